/** Block B, device model, station 2.x under a 1.6 CSMS (D.14): GetConfiguration → GetVariables, ChangeConfiguration → SetVariables. */
import type { Context } from '../context.ts';
import { answer, crossed, type Failure, forward, type Outcome, type Payload } from '../outcome.ts';
import { identity, type Reference, rowOf } from './configuration-index.ts';
import {
  type ConfigurationKey,
  configurationKeys,
  legacyComponent,
  type Variable,
  variable,
} from './configuration-keys.ts';
import { mirror, mirrored, mirroredInteger } from './configuration-mirror.ts';
import { MAX_OLDER_VALUE, rotations, rotationsText, valueDown, valueUp, within } from './configuration-values.ts';
import { connectorCount, toEvse } from './topology.ts';

/** Variables in one Call when the station did not say how many it takes, and how many may be asked for before asking that. */
const DEFAULT_ITEMS = 10;
const FEW = 4;

const itemsPerMessage = (message: string): Variable => variable('DeviceDataCtrlr', 'ItemsPerMessage', message);
const bytesPerMessage = (message: string): Variable => variable('DeviceDataCtrlr', 'BytesPerMessage', message);

/** The variable as messages name it; `connectorId` says which, where there is one per EVSE or connector. */
function reference({ component, variable, instance, place }: Variable, context: Context, connectorId = 0): Reference {
  const evse = toEvse(connectorId, context);
  return {
    component: {
      name: component,
      ...(place === undefined
        ? {}
        : { evse: place === 'evse' ? { id: evse.id } : { id: evse.id, connectorId: evse.connectorId } }),
    },
    variable: { name: variable, ...(instance === undefined ? {} : { instance }) },
  };
}

/** 1.6 connectors of the station, as far as they were seen; a station has one at least. */
const connectors = (context: Context): readonly number[] =>
  Array.from({ length: Math.max(1, connectorCount(context)) }, (_, index) => index + 1);

/** All references of a variable: one, or one per EVSE or connector. */
function references(
  variable: Variable,
  context: Context,
): readonly { readonly connectorId: number; readonly reference: Reference }[] {
  if (variable.place === undefined) return [{ connectorId: 0, reference: reference(variable, context) }];
  const found = new Map<string, { connectorId: number; reference: Reference }>();
  for (const connectorId of connectors(context)) {
    const one = reference(variable, context, connectorId);
    if (!found.has(identity(one))) found.set(identity(one), { connectorId, reference: one });
  }
  return [...found.values()];
}

/** `Component[.instance][@evse[.connector]].Variable[.instance]`: how a key names a variable that has no key of its own. */
const dotted =
  /^(?<component>[^.@]+)(?:\.(?<componentInstance>[^.@]+)(?=[@.][^.@]+\.))?(?:@(?<evse>\d{1,9})(?:\.(?<connector>\d{1,9})(?=\.))?)?\.(?<variable>[^.@]+)(?:\.(?<instance>[^.@]+))?$/;

/** What a 1.6 key means at a 2.x station. */
interface Asked {
  readonly row: ConfigurationKey;
  /** What is read for the value; of a key that the gateway makes up: what it is made of. */
  readonly reads: readonly { readonly connectorId: number; readonly reference: Reference }[];
}

function asked(key: string, context: Context): Asked {
  const found = rowOf(key);
  if (found === undefined) return unmapped(key);
  const { row, suffix } = found;
  if (row.derived !== undefined) return { row, reads: row.derived.from.flatMap((one) => references(one, context)) };
  if (row.variable === undefined || row.access === 'W') return { row, reads: [] };
  if (row.suffix === 'connector') {
    const connectorId = Number(suffix);
    return { row, reads: [{ connectorId, reference: reference(row.variable, context, connectorId) }] };
  }
  if (row.suffix === 'instance') {
    const one = { ...row.variable, instance: suffix };
    return { row, reads: [{ connectorId: 0, reference: reference(one, context) }] };
  }
  const whole = row.kind === 'rotation' ? [variable('ChargingStation', row.variable.variable)] : [];
  return { row, reads: [...whole, row.variable].flatMap((one) => references(one, context)) };
}

/** A key of no row: a variable by its full name, else one of the component that stands for 1.6. */
function unmapped(key: string): Asked {
  const row: ConfigurationKey = { key, access: 'RW', kind: 'text' };
  const parts = dotted.exec(key)?.groups;
  if (parts === undefined) {
    return {
      row,
      reads: [{ connectorId: 0, reference: { component: { name: legacyComponent }, variable: { name: key } } }],
    };
  }
  const { component, componentInstance, evse, connector, variable: name, instance } = parts;
  const named: Reference = {
    component: {
      name: component,
      ...(componentInstance === undefined ? {} : { instance: componentInstance }),
      ...(evse === undefined
        ? {}
        : { evse: { id: Number(evse), ...(connector === undefined ? {} : { connectorId: Number(connector) }) } }),
    },
    variable: { name, ...(instance === undefined ? {} : { instance }) },
  };
  // What must not be written under its key must not be written under its variable's name either.
  const mapped = refusedVariables.get(identity(named));
  return mapped === undefined ? { row, reads: [{ connectorId: 0, reference: named }] } : { row: mapped, reads: [] };
}

const refusedVariables: ReadonlyMap<string, ConfigurationKey> = new Map(
  configurationKeys.flatMap((row) =>
    row.refused === undefined || row.variable === undefined
      ? []
      : [[`${row.variable.component}.${row.variable.variable}`.toLowerCase(), row] as const],
  ),
);

/** Values of a station's variables by {@link identity}; of one that it does not have there is none. */
type Values = ReadonlyMap<string, string>;

/** Reads variables in as many Calls as the station wants, and goes on with those that it has. */
function readVariables(wanted: readonly Reference[], context: Context, then: (values: Values) => Outcome): Outcome {
  const values = new Map<string, string>();
  const unique = [...new Map(wanted.map((one) => [identity(one), one] as const)).values()];
  const takeIn = (response: Payload): void => {
    for (const result of response.getVariableResult as (Payload & Reference)[]) {
      if (result.attributeStatus !== 'Accepted' || (result.attributeType ?? 'Actual') !== 'Actual') continue;
      values.set(identity(result), (result.attributeValue as string | undefined) ?? '');
    }
  };
  const next = (left: readonly Reference[], most: number): Outcome => {
    if (left.length === 0) return then(values);
    const asked = left.slice(0, Math.min(most, fitting(left, 'GetVariables', context)));
    return forward(
      'GetVariables',
      { getVariableData: asked },
      (response) => {
        takeIn(response);
        return next(left.slice(asked.length), most);
      },
      (failure) =>
        // Perhaps it was too much at once.
        failure.uncertain === true || asked.length === 1
          ? { kind: 'refuse', failure: crossed(failure) }
          : next(left, Math.ceil(asked.length / 2)),
    );
  };
  const all = (): Outcome => next(unique, Number.POSITIVE_INFINITY);
  if (unique.length <= FEW || limitOf('GetVariables', context) !== undefined) return all();
  const limits = [itemsPerMessage('GetVariables'), bytesPerMessage('GetVariables')].map((one) =>
    reference(one, context),
  );
  return forward(
    'GetVariables',
    { getVariableData: limits },
    (response) => {
      takeIn(response);
      for (const limit of limits) {
        const value = values.get(identity(limit));
        if (value !== undefined) mirror(mirrorName(limit), value, true, context);
      }
      return all();
    },
    (failure) => (failure.uncertain === true ? { kind: 'refuse', failure } : all()),
  );
}

/** Limits are kept under their 2.x names, but for the one that 1.6 has a key for. */
const mirrorName = (limit: Reference): string =>
  identity(limit) === identityOfItems ? 'GetConfigurationMaxKeys' : identity(limit);

const identityOfItems = 'devicedatactrlr.itemspermessage.getvariables';

const limitOf = (message: string, context: Context): number | undefined => {
  const most = mirroredInteger(
    message === 'GetVariables' ? 'GetConfigurationMaxKeys' : `devicedatactrlr.itemspermessage.${message}`,
    context,
  );
  return most !== undefined && most > 0 ? most : undefined;
};

/** Bytes of a Call around its list. */
const ENVELOPE = 120;

/** How many of the items fit one Call: one at least. */
function fitting(left: readonly unknown[], message: string, context: Context): number {
  const most = limitOf(message, context) ?? DEFAULT_ITEMS;
  const bytes = mirroredInteger(`devicedatactrlr.bytespermessage.${message}`, context) ?? Number.POSITIVE_INFINITY;
  let used = ENVELOPE;
  let count = 0;
  for (const item of left.slice(0, most)) {
    used += JSON.stringify(item).length + 1;
    if (count > 0 && used > bytes) break;
    count++;
  }
  return count;
}

export function getConfigurationUp(request: Payload, context: Context): Outcome {
  const listed = request.key as string[] | undefined;
  const isAll = listed === undefined || listed.length === 0;
  const keys = isAll ? allKeys(context) : [...new Set(listed)];
  const wanted = keys.map((key) => ({ key, asked: asked(key, context) }));
  return readVariables(
    wanted.flatMap(({ asked }) => asked.reads.map((read) => read.reference)),
    context,
    (values) => {
      const configurationKey: Payload[] = [];
      const unknownKey: string[] = [];
      for (const { key, asked } of wanted) {
        const entry = configurationEntry(key, asked, values, context);
        if (entry !== undefined) configurationKey.push(entry);
        else if (!isAll) unknownKey.push(key);
      }
      return answer({
        ...(configurationKey.length === 0 && unknownKey.length > 0 ? {} : { configurationKey }),
        ...(unknownKey.length === 0 ? {} : { unknownKey }),
      });
    },
  );
}

/** Every key that has a name of its own, and one public key per connector. */
const allKeys = (context: Context): readonly string[] =>
  configurationKeys.flatMap(({ key, suffix, variable }) => {
    if (suffix === 'connector') return connectors(context).map((connectorId) => `${key}${connectorId}`);
    return suffix === 'instance' || variable?.component === legacyComponent ? [] : [key];
  });

/** `{ key, readonly, value }`, in the spelling of the request; `undefined` when the station has no such thing. */
function configurationEntry(key: string, { row, reads }: Asked, values: Values, context: Context): Payload | undefined {
  if (row.access === 'W') return { key, readonly: true };
  const value = olderValue(key, row, reads, values, context);
  if (value === undefined) return undefined;
  const readonly = row.access === 'R' || row.refused !== undefined;
  mirror(key, value, readonly, context);
  const fits = within(MAX_OLDER_VALUE, row.kind, value, context);
  if (fits === undefined) context.lost('value', `it is longer than ${MAX_OLDER_VALUE} characters`);
  return { key, readonly, ...(fits === undefined ? {} : { value: fits }) };
}

function olderValue(
  key: string,
  row: ConfigurationKey,
  reads: Asked['reads'],
  values: Values,
  context: Context,
): string | undefined {
  if (row.derived !== undefined) {
    return row.derived.value((one) => values.get(identity(reference(one, context))), context);
  }
  // Characteristics stand in reports only; one that a report told is in the mirror.
  if (row.variable === undefined && row.characteristic !== undefined) return mirrored(key, context);
  const found = reads.flatMap(({ connectorId, reference }) => {
    const value = values.get(identity(reference));
    return value === undefined ? [] : [[connectorId, value] as const];
  });
  const first = found[0]?.[1];
  if (first === undefined) return undefined;
  return row.kind === 'rotation' ? rotationsText(new Map(found)) : valueDown(row.kind, first, context);
}

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
        const lost = (): Outcome => {
          context.lost('value', 'what the key stands for was changed in part and could not be restored');
          return final;
        };
        return write(changed, context, (restored) => (restored.every(took) ? final : lost()), lost);
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
