/** Station 2.x under a 1.6 CSMS: ChangeConfiguration → SetVariables. */
import type { Context } from '../context.ts';
import { answer, crossed, type Failure, forward, type Outcome, type Payload } from '../outcome.ts';
import { type Asked, asked, reference } from './configuration-asked.ts';
import { identity, type Reference } from './configuration-index.ts';
import { type ConfigurationKey, configurationKeys, variable } from './configuration-keys.ts';
import { mirror } from './configuration-mirror.ts';
import { fitting, readVariables } from './configuration-station.ts';
import { MAX_SET_VALUE, rotations, valueUp } from './configuration-values.ts';

interface Write {
  readonly reference: Reference;
  readonly value: string;
}

export function changeConfigurationUp(request: Payload, context: Context): Outcome {
  const key = request.key as string;
  const text = request.value as string;
  const target = asked(key, context);
  const { row } = target;
  if (row.access === 'R' || row.refused !== undefined) {
    context.lost('value', row.refused ?? `${row.key} is read-only`);
    return answer({ status: 'Rejected' });
  }
  const writes = writesOf(target, text, context);
  if (writes === undefined) return answer({ status: 'Rejected' });
  const changed = (status: string): Outcome => {
    if (status === 'Accepted') mirror(key, text, false, context);
    if (status === 'Accepted' || status === 'RebootRequired') choose(row, context);
    return answer({ status });
  };
  const [only] = writes;
  if (writes.length === 1 && only !== undefined) {
    return write(writes, context, ([status]) => changed(olderStatus(status)), asStatus);
  }
  return writeAll(writes, context, changed);
}

/** What is to be set for a key; `undefined` when nothing of the value can be said in 2.x. */
function writesOf({ row, reads }: Asked, text: string, context: Context): readonly Write[] | undefined {
  if (row.kind === 'rotation') return rotationWrites(text, context);
  const value = valueUp(row.kind, text, context);
  if (value === '' && text.trim() !== '') return undefined;
  const own = reads.map(({ reference }) => ({ reference, value }));
  const also = (row.also ?? []).filter(
    ({ unlessChosen }) => unlessChosen === undefined || !isChosen(unlessChosen, context),
  );
  return [
    ...own,
    ...also.map((one) => ({ reference: reference(one, context), value: valueUp(one.kind, text, context) })),
  ];
}

function rotationWrites(text: string, context: Context): readonly Write[] | undefined {
  const writes = [...rotations(text)].map(([connectorId, value]) => ({
    reference: reference(
      connectorId === 0
        ? variable('ChargingStation', 'PhaseRotation')
        : { component: 'Connector', variable: 'PhaseRotation', place: 'connector' },
      context,
      connectorId,
    ),
    value,
  }));
  return writes.length === 0 ? undefined : writes;
}

const CHOSEN = 'configurationChoice';

/** Keys that another key's write would change too, once the CSMS has set them by themselves. */
const independent = new Set(
  configurationKeys.flatMap(({ also = [] }) => also.flatMap(({ unlessChosen }) => unlessChosen ?? [])),
);

function choose({ key }: ConfigurationKey, context: Context): void {
  if (independent.has(key)) context.state.set(CHOSEN, key, true);
}

const isChosen = (key: string, context: Context): boolean => context.state.get<boolean>(CHOSEN, key) === true;

const took = (status: string | undefined): boolean => status === 'Accepted' || status === 'RebootRequired';
const isUnknown = (status: string | undefined): boolean =>
  status === 'UnknownComponent' || status === 'UnknownVariable';

const olderStatus = (status: string | undefined): string =>
  took(status) ? (status as string) : isUnknown(status) ? 'NotSupported' : 'Rejected';

const asStatus = (failure: Failure): Outcome =>
  failure.condition === 'NotSupported' || failure.condition === 'NotImplemented'
    ? answer({ status: 'NotSupported' })
    : { kind: 'refuse', failure: crossed(failure) };

/** Sets variables, in as many Calls as the station wants; continues with their statuses in order. */
function write(
  writes: readonly Write[],
  context: Context,
  then: (statuses: readonly (string | undefined)[]) => Outcome,
  failed: (failure: Failure, statuses: readonly (string | undefined)[]) => Outcome,
  done: readonly (string | undefined)[] = [],
): Outcome {
  const left = writes.slice(done.length);
  if (left.length === 0) return then(done);
  const data = left.map(({ reference, value }) => ({ attributeValue: value, ...reference }));
  const part = data.slice(0, fitting(data, 'SetVariables', context));
  return forward(
    'SetVariables',
    { setVariableData: part },
    (response) => {
      const results = response.setVariableResult as (Payload & Reference)[];
      const byIdentity = new Map(
        results.map((result) => [identity(result), result.attributeStatus as string] as const),
      );
      return write(writes, context, then, failed, [...done, ...part.map((one) => byIdentity.get(identity(one)))]);
    },
    (failure) => failed(failure, done),
  );
}

/** Sets the variables that one key stands for: all that the station has, or none. */
function writeAll(writes: readonly Write[], context: Context, then: (status: string) => Outcome): Outcome {
  return readVariables(
    writes.map(({ reference }) => reference),
    context,
    (before) => {
      const known = writes.filter(({ reference }) => before.has(identity(reference)));
      // Nothing could be read: the station is to say itself what it thinks of the first.
      const wanted = known.length === 0 ? writes.slice(0, 1) : known;
      const restore = (statuses: readonly (string | undefined)[], final: Outcome): Outcome => {
        const changed = wanted.flatMap(({ reference }, index): Write[] => {
          const value = before.get(identity(reference));
          return took(statuses[index]) && value !== undefined ? [{ reference, value }] : [];
        });
        // What is read may be longer than what can be set.
        const settable = changed.filter(({ value }) => value.length <= MAX_SET_VALUE);
        const lost = (): Outcome => {
          context.lost('value', 'what the key stands for was changed in part and could not be restored');
          return final;
        };
        return write(
          settable,
          context,
          (restored) => (settable.length === changed.length && restored.every(took) ? final : lost()),
          lost,
        );
      };
      return write(
        wanted,
        context,
        (statuses) => {
          if (statuses.every(took)) return then(statuses.includes('RebootRequired') ? 'RebootRequired' : 'Accepted');
          if (statuses.every(isUnknown)) return then('NotSupported');
          return restore(statuses, answer({ status: 'Rejected' }));
        },
        (failure, statuses) =>
          failure.uncertain === true ? { kind: 'refuse', failure } : restore(statuses, asStatus(failure)),
      );
    },
  );
}
