/** Values of configuration keys ↔ values of variables: both are text, written differently. */
import type { Context } from '../context.ts';
import type { ConfigurationKey } from './configuration-keys.ts';
import { items } from './configuration-mirror.ts';
import { rateUnit } from './smart-charging-units.ts';

/** How the text of a key's value is read in the other version. */
export type ValueKind =
  | 'text'
  /** `true` and `false` in any case ↔ lower case. */
  | 'boolean'
  | 'integer'
  /** Integers too. */
  | 'seconds'
  | 'wattHours'
  | 'list'
  /** List of measurands: 2.x knows no phases in it, and each version has some that the other has not. */
  | 'measurands'
  /** The same where a transaction's first or last meter register comes from: it is never taken out of the list. */
  | 'boundaryMeasurands'
  /** `Current`, `Power` ↔ `A`, `W`. */
  | 'rateUnits'
  /** File transfer protocols; 1.6 has no SFTP. */
  | 'protocols'
  /** JSON `{"priceText": ...}` ↔ the text. */
  | 'price'
  /** `0.RST,1.RST` ↔ a value per connector; the procedures take it apart. */
  | 'rotation';

/** The longest value of a key; of a variable that is set; of one that is read. */
export const MAX_OLDER_VALUE = 500;
export const MAX_SET_VALUE = 1000;
export const MAX_GET_VALUE = 2500;

const REGISTER = 'Energy.Active.Import.Register';

const measurands16: ReadonlySet<string> = new Set([
  'Current.Export',
  'Current.Import',
  'Current.Offered',
  'Energy.Active.Export.Register',
  'Energy.Active.Import.Register',
  'Energy.Reactive.Export.Register',
  'Energy.Reactive.Import.Register',
  'Energy.Active.Export.Interval',
  'Energy.Active.Import.Interval',
  'Energy.Reactive.Export.Interval',
  'Energy.Reactive.Import.Interval',
  'Frequency',
  'Power.Active.Export',
  'Power.Active.Import',
  'Power.Factor',
  'Power.Offered',
  'Power.Reactive.Export',
  'Power.Reactive.Import',
  'RPM',
  'SoC',
  'Temperature',
  'Voltage',
]);

const not201: ReadonlySet<string> = new Set(['RPM', 'Temperature']);

/** A measurand of a 1.6 list without the phase that may stand behind it: `Voltage.L1-N` → `Voltage`. */
export const withoutPhase = (item: string): string => item.replace(/\.(?:N|L[123](?:-(?:N|L[123]))?)$/, '');

function measurandsUp(text: string, context: Context): string[] {
  const found = new Set<string>();
  for (const item of items(text)) {
    const measurand = withoutPhase(item);
    if (not201.has(measurand)) context.lost('value', `2.x has no measurand ${measurand}`);
    else found.add(measurand);
  }
  return [...found];
}

const measurandsDown = (text: string, context: Context): string[] =>
  items(text).filter((item) => {
    if (measurands16.has(withoutPhase(item))) return true;
    context.lost('value', `1.6 has no measurand ${item}`);
    return false;
  });

const booleanText = (text: string): string => {
  const word = text.trim().toLowerCase();
  return word === 'true' || word === 'false' ? word : text;
};

/** The price text in the JSON that 1.6 keeps it in; text that is no such JSON is the price text itself. */
function priceText(text: string): string {
  try {
    const price: unknown = JSON.parse(text);
    const found =
      typeof price === 'object' && price !== null ? (price as { priceText?: unknown }).priceText : undefined;
    return typeof found === 'string' ? found : text;
  } catch {
    // Not JSON: some write the bare text.
    return text;
  }
}

/** The value of a 1.6 key as 2.x writes it. */
export function valueUp(kind: ValueKind, text: string, context: Context): string {
  switch (kind) {
    case 'text':
    case 'rotation':
      return text;
    case 'boolean':
      return booleanText(text);
    case 'integer':
    case 'seconds':
    case 'wattHours':
      return text.trim();
    case 'list':
    case 'protocols':
      return items(text).join(',');
    case 'measurands':
      return measurandsUp(text, context).join(',');
    case 'boundaryMeasurands': {
      const list = measurandsUp(text, context);
      return (list.includes(REGISTER) ? list : [REGISTER, ...list]).join(',');
    }
    case 'rateUnits':
      return items(text)
        .map((item) => rateUnit(item) ?? item)
        .join(',');
    case 'price':
      return priceText(text);
  }
}

const olderUnits = { A: 'Current', W: 'Power' } as const;

/** The value of a variable as 1.6 writes it. */
export function valueDown(kind: ValueKind, text: string, context: Context): string {
  switch (kind) {
    case 'text':
    case 'rotation':
      return text;
    case 'boolean':
      return booleanText(text);
    case 'integer':
    case 'seconds':
    case 'wattHours':
      return text.trim();
    case 'list':
      return items(text).join(',');
    case 'measurands':
    case 'boundaryMeasurands':
      return measurandsDown(text, context).join(',');
    case 'rateUnits':
      return items(text)
        .map((item) => {
          const unit = rateUnit(item);
          return unit === undefined ? item : olderUnits[unit];
        })
        .join(',');
    case 'protocols':
      return items(text)
        .filter((item) => item !== 'SFTP')
        .join(',');
    case 'price':
      return JSON.stringify({ priceText: text });
  }
}

const lists: ReadonlySet<ValueKind> = new Set([
  'list',
  'measurands',
  'boundaryMeasurands',
  'rateUnits',
  'protocols',
  'rotation',
]);
const isList = (kind: ValueKind): boolean => lists.has(kind);

/** A value within `limit` characters: a list is cut behind an item, anything else that is longer cannot be said (`undefined`). */
export function within(limit: number, kind: ValueKind, text: string, context: Context): string | undefined {
  if (text.length <= limit) return text;
  if (!isList(kind)) return undefined;
  const end = text.lastIndexOf(',', limit);
  context.lost('value', `the list is longer than ${limit} characters; its last items are cut`);
  return end <= 0 ? '' : text.slice(0, end);
}

/**
 * The value of a variable out of what the station says of its key. What is read is told as it is; only what is set must keep the
 * registers. A key without a value is one of an empty value.
 * @param entry `undefined`: the station does not know the key
 * @param connectorId which part of a key that has one for every connector
 * @returns `undefined` when the variable does not exist
 */
export function variableValue(
  { kind, fallback }: ConfigurationKey,
  entry: { readonly value: string | undefined } | undefined,
  connectorId: number,
  context: Context,
): string | undefined {
  if (entry === undefined) return fallback;
  const text = entry.value ?? '';
  if (kind === 'rotation') return rotations(text).get(connectorId);
  return valueUp(kind === 'boundaryMeasurands' ? 'measurands' : kind, text, context);
}

/** `0.RST, 1.RTS` → connector → rotation. What is not of this form is passed over. */
export function rotations(text: string): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  for (const item of items(text)) {
    const [, connector, rotation] = /^(\d{1,9})\s*\.\s*(.+)$/.exec(item) ?? [];
    if (connector !== undefined && rotation !== undefined) found.set(Number(connector), rotation);
  }
  return found;
}

export const rotationsText = (rotations: ReadonlyMap<number, string>): string =>
  [...rotations]
    .toSorted(([a], [b]) => a - b)
    .map(([connector, rotation]) => `${connector}.${rotation}`)
    .join(',');
