/** Station 2.x under a 1.6 CSMS: GetConfiguration → GetVariables. */
import type { Context } from '../context.ts';
import { answer, type Outcome, type Payload } from '../outcome.ts';
import { type Asked, asked, connectors, reference } from './configuration-asked.ts';
import { identity, rowOf } from './configuration-index.ts';
import { type ConfigurationKey, configurationKeys, legacyComponent } from './configuration-keys.ts';
import { mirror, mirrored, mirroredKey } from './configuration-mirror.ts';
import { readVariables, type Values } from './configuration-station.ts';
import { MAX_OLDER_VALUE, rotationsText, valueDown, within } from './configuration-values.ts';
import { isReadOnlyOther, otherKeys } from './report-taken.ts';

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

/** Every key that has a name of its own, one public key per connector, and what the CSMS wants to see besides. */
const allKeys = (context: Context): readonly string[] => [
  ...configurationKeys.flatMap(({ key, suffix, variable }) => {
    if (suffix === 'connector') return connectors(context).map((connectorId) => `${key}${connectorId}`);
    return suffix === 'instance' || variable?.component === legacyComponent ? [] : [key];
  }),
  ...otherKeys(context),
];

/** `{ key, readonly, value }`, in the spelling of the request; `undefined` when the station has no such thing. */
function configurationEntry(key: string, { row, reads }: Asked, values: Values, context: Context): Payload | undefined {
  if (row.access === 'W') return { key, readonly: true };
  const value = olderValue(key, row, reads, values, context);
  if (value === undefined) return undefined;
  const readonly = isReadOnly(key, row, context);
  if (rowOf(key) !== undefined) mirror(key, value, readonly, context);
  const fits = within(MAX_OLDER_VALUE, row.kind, value, context);
  if (fits === undefined) context.lost('value', `it is longer than ${MAX_OLDER_VALUE} characters`);
  return { key, readonly, ...(fits === undefined ? {} : { value: fits }) };
}

/** As the table has it, or a report of the station. */
const isReadOnly = (key: string, row: ConfigurationKey, context: Context): boolean =>
  row.access === 'R' ||
  row.refused !== undefined ||
  mirroredKey(key, context)?.readonly === true ||
  isReadOnlyOther(key, context);

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
