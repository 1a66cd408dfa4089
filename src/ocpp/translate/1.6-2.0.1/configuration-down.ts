/** Block B, device model, station 1.6 under a CSMS of 2.x: GetVariables → GetConfiguration, SetVariables → several ChangeConfigurations. */
import type { Context } from '../context.ts';
import { answer, type Failure, forward, type Outcome, type Payload } from '../outcome.ts';
import { identity, type Meaning, meaning, type Reference } from './configuration-index.ts';
import type { ConfigurationKey } from './configuration-keys.ts';
import { items, keysAtOnce, mirror, mirroredKey } from './configuration-mirror.ts';
import {
  MAX_GET_VALUE,
  MAX_OLDER_VALUE,
  rotations,
  rotationsText,
  valueDown,
  variableValue,
  within,
  withoutPhase,
} from './configuration-values.ts';

/** What the station says of its keys, by name in lower case. A key that it does not know is not there. */
type Reported = ReadonlyMap<string, { readonly value: string | undefined; readonly readonly: boolean }>;

/**
 * Asks the station for keys, in as many Calls as it wants, and takes the values into the mirror. A Call that fails is repeated
 * key by key; a key that fails by itself stands in `failed`. No answer in time ends it.
 */
export function readKeys(
  keys: readonly string[],
  context: Context,
  then: (reported: Reported, failed: ReadonlyMap<string, Failure>) => Outcome,
): Outcome {
  const reported = new Map<string, { readonly value: string | undefined; readonly readonly: boolean }>();
  const failed = new Map<string, Failure>();
  const next = (left: readonly string[], count: number): Outcome => {
    if (left.length === 0) return then(reported, failed);
    const asked = left.slice(0, count);
    return forward(
      'GetConfiguration',
      { key: asked },
      (response) => {
        for (const { key, value, readonly } of (response.configurationKey ?? []) as Payload[]) {
          mirror(key, value, readonly, context);
          reported.set(String(key).toLowerCase(), { value, readonly });
        }
        return next(left.slice(count), count);
      },
      (failure) => {
        if (failure.uncertain === true) return { kind: 'refuse', failure };
        if (asked.length > 1) return next(left, 1);
        failed.set(String(asked[0]).toLowerCase(), failure);
        return next(left.slice(1), count);
      },
    );
  };
  return next(keys, keysAtOnce(context));
}

interface Verdict {
  readonly attributeStatus: string;
  readonly attributeValue?: string;
  readonly reasonCode?: string;
  readonly additionalInfo?: string;
}

const asResult = (
  item: Payload,
  { attributeStatus, attributeValue, reasonCode, additionalInfo }: Verdict,
): Payload => ({
  attributeStatus,
  ...(reasonCode === undefined
    ? {}
    : { attributeStatusInfo: { reasonCode, ...(additionalInfo === undefined ? {} : { additionalInfo }) } }),
  ...(item.attributeType === undefined ? {} : { attributeType: item.attributeType }),
  ...(attributeValue === undefined ? {} : { attributeValue }),
  component: item.component,
  variable: item.variable,
});

const unknownAs = (found: Extract<Meaning, { unknown: string }>): Verdict => ({
  attributeStatus: found.unknown,
  ...(found.reasonCode === undefined ? {} : { reasonCode: found.reasonCode }),
});

const isOtherAttribute = (item: Payload): boolean =>
  item.attributeType !== undefined && item.attributeType !== 'Actual';

/** How many there can be is told in reports; how many there are, 1.6 does not say. */
const onlyItsLimit: Verdict = {
  attributeStatus: 'Rejected',
  reasonCode: 'Unspecified',
  additionalInfo: 'only its maxLimit is known',
};

const unsupportedAttribute: Verdict = { attributeStatus: 'NotSupportedAttributeType' };

export function getVariablesDown(request: Payload, context: Context): Outcome {
  const data = request.getVariableData as (Payload & Reference)[];
  const meanings = data.map((item) => meaning(item, context));
  const keys = new Map<string, string>();
  for (const [index, found] of meanings.entries()) {
    if (found.unknown !== undefined || isOtherAttribute(data[index] as Payload) || found.row?.access === 'W') continue;
    if (found.key !== undefined && found.limitOnly !== true) keys.set(found.key.toLowerCase(), found.key);
  }
  return readKeys([...keys.values()], context, (reported, failed) =>
    answer({
      getVariableResult: data.map((item, index) =>
        asResult(item, read(item, meanings[index] as Meaning, reported, failed, context)),
      ),
    }),
  );
}

function read(
  item: Payload,
  found: Meaning,
  reported: Reported,
  failed: ReadonlyMap<string, Failure>,
  context: Context,
): Verdict {
  if (found.unknown !== undefined) return unknownAs(found);
  if (isOtherAttribute(item)) return unsupportedAttribute;
  if (found.row?.access === 'W') return { attributeStatus: 'Rejected', reasonCode: 'WriteOnly' };
  if (found.limitOnly === true) return onlyItsLimit;
  const name = found.key?.toLowerCase();
  const failure = name === undefined ? undefined : failed.get(name);
  if (failure !== undefined) return failedAs(failure);
  const entry = name === undefined ? undefined : reported.get(name);
  const value =
    found.emulated === undefined
      ? variableValue(found.row as ConfigurationKey, entry, found.connectorId, context)
      : found.emulated.value(entry === undefined ? undefined : (entry.value ?? ''), context, found.connectorId);
  if (value === undefined) return { attributeStatus: 'UnknownVariable' };
  const fitting = within(MAX_GET_VALUE, found.row?.kind ?? 'text', value, context);
  return fitting === undefined
    ? { attributeStatus: 'Rejected', reasonCode: 'TooLargeElement' }
    : { attributeStatus: 'Accepted', attributeValue: fitting };
}

const failedAs = ({ condition, description }: Failure): Verdict => ({
  attributeStatus: 'Rejected',
  reasonCode: condition === 'NotSupported' || condition === 'NotImplemented' ? 'UnsupportedRequest' : 'InternalError',
  additionalInfo: shortened(`${condition}: ${description}`),
});

/** As long as additionalInfo may be; whole characters, whatever they are. */
const shortened = (text: string): string => [...text].slice(0, 512).join('');

export function setVariablesDown(request: Payload, context: Context): Outcome {
  const data = request.setVariableData as (Payload & Reference & { attributeValue: string })[];
  const counts = new Map<string, number>();
  for (const item of data) counts.set(identityOf(item), (counts.get(identityOf(item)) ?? 0) + 1);
  const results: Payload[] = [];
  const from = (start: number): Outcome => {
    for (let index = start; index < data.length; index++) {
      const item = data[index] as (typeof data)[number];
      const isDuplicate = (counts.get(identityOf(item)) ?? 0) > 1;
      const plan = isDuplicate ? duplicate : planSet(item, item.attributeValue, context);
      if (typeof plan === 'function') {
        return plan((verdict) => {
          results.push(asResult(item, verdict));
          return from(index + 1);
        });
      }
      results.push(asResult(item, plan));
    }
    return answer({ setVariableResult: results });
  };
  return from(0);
}

/** Which of the values is meant cannot be known, so none is set. */
const duplicate: Verdict = {
  attributeStatus: 'Rejected',
  reasonCode: 'Unspecified',
  additionalInfo: 'the variable stands more than once in the request',
};

const identityOf = (item: Payload & Reference): string => `${item.attributeType ?? 'Actual'} ${identity(item)}`;

type Then = (verdict: Verdict) => Outcome;

/** What is to be done for one variable: nothing more than this verdict, or Calls that lead to one. */
function planSet(item: Payload & Reference, value: string, context: Context): Verdict | ((then: Then) => Outcome) {
  const found = meaning(item, context);
  if (found.unknown !== undefined) return unknownAs(found);
  if (isOtherAttribute(item)) return unsupportedAttribute;
  const { row, key, connectorId } = found;
  if (found.readonly || row === undefined || key === undefined) return readOnly;
  if (row.refused !== undefined) {
    return { attributeStatus: 'Rejected', reasonCode: 'ReadOnly', additionalInfo: row.refused };
  }
  if (row.kind === 'rotation') return (then) => setRotation(key, connectorId, value, context, then);
  const text = within(MAX_OLDER_VALUE, row.kind, valueDown(row.kind, value, context), context);
  if (text === undefined) return { attributeStatus: 'Rejected', reasonCode: 'TooLargeElement' };
  if (text === '' && value.trim() !== '') return { attributeStatus: 'Rejected', reasonCode: 'InvalidValue' };
  return (then) =>
    change(key, text, context, (verdict) => {
      if (verdict.attributeStatus === 'UnknownVariable' && row.fallback !== undefined) {
        // It was told with this value, which cannot be changed.
        return then(value === row.fallback ? { attributeStatus: 'Accepted' } : readOnly);
      }
      const isList = row.kind === 'measurands' || row.kind === 'boundaryMeasurands';
      return isList && verdict.attributeStatus === 'Rejected' ? setSupported(key, text, context, then) : then(verdict);
    });
}

const readOnly: Verdict = { attributeStatus: 'Rejected', reasonCode: 'ReadOnly' };

const changeStatus: Readonly<Record<string, string>> = {
  Accepted: 'Accepted',
  Rejected: 'Rejected',
  RebootRequired: 'RebootRequired',
  NotSupported: 'UnknownVariable',
};

function change(key: string, value: string, context: Context, then: Then): Outcome {
  return forward(
    'ChangeConfiguration',
    { key, value },
    ({ status }) => {
      if (status === 'Accepted') mirror(key, value, false, context);
      const isReadonly = status === 'Rejected' && mirroredKey(key, context)?.readonly === true;
      return then(isReadonly ? readOnly : { attributeStatus: changeStatus[status as string] ?? 'Rejected' });
    },
    (failure) => (failure.uncertain === true ? { kind: 'refuse', failure } : then(failedAs(failure))),
  );
}

/** The station would not take the list: once more with those of its items that it has at present, in its spelling (never more). */
function setSupported(key: string, wanted: string, context: Context, then: Then): Outcome {
  const rejected: Verdict = { attributeStatus: 'Rejected' };
  return readKeys([key], context, (reported) => {
    const measurands = new Set(items(wanted));
    const present = items(reported.get(key.toLowerCase())?.value ?? '');
    const left = present.filter((item) => measurands.has(item) || measurands.has(withoutPhase(item)));
    const value = left.join(',');
    if (left.length === 0 || value === wanted) return then(rejected);
    return change(key, value, context, (verdict) => {
      if (!['Accepted', 'RebootRequired'].includes(verdict.attributeStatus)) return then(rejected);
      context.lost('attributeValue', `the station takes only ${value}`);
      return then({
        ...verdict,
        reasonCode: 'UnsupportedParam',
        additionalInfo: `the station takes only ${value}`,
      });
    });
  });
}

/** One connector's part of the key that has all of them. */
function setRotation(key: string, connectorId: number, value: string, context: Context, then: Then): Outcome {
  return readKeys([key], context, (reported, failed) => {
    const failure = failed.get(key.toLowerCase());
    if (failure !== undefined) return then(failedAs(failure));
    const entry = reported.get(key.toLowerCase());
    if (entry === undefined) return then({ attributeStatus: 'UnknownVariable' });
    const all = new Map(rotations(entry.value ?? '')).set(connectorId, value.trim());
    const text = rotationsText(all);
    if (text.length > MAX_OLDER_VALUE) return then({ attributeStatus: 'Rejected', reasonCode: 'TooLargeElement' });
    return change(key, text, context, then);
  });
}
