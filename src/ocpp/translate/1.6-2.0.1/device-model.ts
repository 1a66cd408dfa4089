/** The device model of a 1.6 station: what is known of it and of its configuration, as variables of 2.x. */
import type { Context } from '../context.ts';
import type { Payload } from '../outcome.ts';
import { connectors, reference, references } from './configuration-asked.ts';
import { type DataType, type EmulatedVariable, emulatedVariables } from './configuration-emulated.ts';
import { identity, type Reference, rowOf, unmappedKey } from './configuration-index.ts';
import { type ConfigurationKey, configurationKeys, legacyComponent, variable } from './configuration-keys.ts';
import { isOwn, type Mirrored, mirroredInteger, mirroredKey, mirroredKeys } from './configuration-mirror.ts';
import { MAX_GET_VALUE, type ValueKind, variableValue, within } from './configuration-values.ts';

/** A variable, with what reports say of it. */
export interface Reported extends Reference {
  /** `undefined`: not known, or not to be read. */
  readonly value: string | undefined;
  readonly mutability: 'ReadOnly' | 'WriteOnly' | 'ReadWrite';
  /** True when SetVariables would not refuse it. */
  readonly settable: boolean;
  /** True for what tells whether something is wrong. */
  readonly trouble: boolean;
  readonly characteristics: Payload;
}

const kinds: Readonly<Record<ValueKind, { readonly dataType: DataType; readonly unit?: string }>> = {
  text: { dataType: 'string' },
  boolean: { dataType: 'boolean' },
  integer: { dataType: 'integer' },
  seconds: { dataType: 'integer', unit: 's' },
  wattHours: { dataType: 'integer', unit: 'Wh' },
  list: { dataType: 'MemberList' },
  measurands: { dataType: 'MemberList' },
  boundaryMeasurands: { dataType: 'MemberList' },
  rateUnits: { dataType: 'MemberList' },
  protocols: { dataType: 'MemberList' },
  price: { dataType: 'string' },
  rotation: { dataType: 'string' },
};

const forms: Partial<Record<DataType, RegExp>> = { boolean: /^(?:true|false)$/, integer: /^-?\d{1,15}$/ };

/** What a station says against its key's type is a text. */
const typeOf = (type: DataType, value: string | undefined): DataType =>
  value === undefined || forms[type]?.test(value) !== false ? type : 'string';

/** The longest name of a variable or of an instance, in characters. */
const MAX_NAME = 50;

/** Every variable that is known, each once: those that the gateway makes up, then the keys in the order of their table, then what else the station told. */
export function deviceModel(context: Context): readonly Reported[] {
  const found = new Map<string, Reported>();
  const limits = maxLimits(context);
  const add = (one: Reference, known: Omit<Reported, keyof Reference>): void => {
    const name = identity(one);
    if (found.has(name)) return;
    const maxLimit = limits.get(name);
    const { characteristics } = known;
    found.set(name, {
      ...one,
      ...known,
      characteristics: maxLimit === undefined ? characteristics : { ...characteristics, maxLimit },
    });
  };
  for (const emulated of emulatedVariables) addEmulated(emulated, context, add);
  for (const row of configurationKeys) addKey(row, context, add);
  for (const row of configurationKeys) addAlso(row, context, add);
  for (const { characteristic } of configurationKeys) {
    if (characteristic?.of !== 'maxLimit') continue;
    const one = reference(characteristic, context);
    if (limits.has(identity(one))) {
      add(one, { ...readOnly, value: undefined, characteristics: characteristicsOf('integer', undefined) });
    }
  }
  for (const told of mirroredKeys(context)) addUnmapped(told, context, add);
  return [...found.values()];
}

type Add = (one: Reference, known: Omit<Reported, keyof Reference>) => void;

const readOnly = { mutability: 'ReadOnly', settable: false, trouble: false } as const;

const characteristicsOf = (
  type: DataType,
  value: string | undefined,
  more: { unit?: string | undefined; valuesList?: string | undefined } = {},
): Payload => ({
  ...(more.unit === undefined ? {} : { unit: more.unit }),
  dataType: typeOf(type, value),
  ...(more.valuesList === undefined ? {} : { valuesList: more.valuesList }),
  supportsMonitoring: false,
});

/** Limits that 1.6 has keys for, by the variable that they limit. */
function maxLimits(context: Context): ReadonlyMap<string, number> {
  const limits = new Map<string, number>();
  for (const { key, characteristic } of configurationKeys) {
    const limit = characteristic?.of === 'maxLimit' ? mirroredInteger(key, context) : undefined;
    if (characteristic !== undefined && limit !== undefined) {
      limits.set(identity(reference(characteristic, context)), limit);
    }
  }
  return limits;
}

function addEmulated(emulated: EmulatedVariable, context: Context, add: Add): void {
  const { key, dataType, valuesList, trouble = false } = emulated;
  const entry = key === undefined ? undefined : mirroredKey(key, context);
  const reported = entry === undefined ? undefined : (entry.value ?? '');
  for (const { connectorId, reference: one } of references(emulated, context)) {
    const value = emulated.value(reported, context, connectorId);
    if (value === undefined) continue;
    add(one, { ...readOnly, trouble, value, characteristics: characteristicsOf(dataType, value, { valuesList }) });
  }
}

/** The variables that a key of the table stands for, as far as the station has it. */
function addKey(row: ConfigurationKey, context: Context, add: Add): void {
  if (row.variable === undefined) return;
  const { variable: mapped } = row;
  const addOne = (one: Reference, entry: Mirrored | undefined, connectorId: number): void =>
    addValue(one, row, entry, connectorId, context, add);
  switch (row.suffix) {
    case 'connector':
      for (const connectorId of connectors(context)) {
        const entry = mirroredKey(`${row.key}${connectorId}`, context);
        addOne(reference(mapped, context, connectorId), entry, connectorId);
      }
      return;
    case 'instance':
      for (const entry of mirroredKeys(context)) {
        const named = rowOf(entry.key);
        if (named?.row !== row || named.suffix.length > MAX_NAME) continue;
        addOne(reference({ ...mapped, instance: named.suffix }, context), entry, 0);
      }
      return;
    case undefined: {
      const entry = mirroredKey(row.key, context);
      if (row.kind === 'rotation') {
        addOne(reference(variable('ChargingStation', mapped.variable), context), entry, 0);
      }
      for (const { connectorId, reference: one } of references(mapped, context)) addOne(one, entry, connectorId);
    }
  }
}

/** Variables that are set with those of a key, and have none of their own. */
function addAlso(row: ConfigurationKey, context: Context, add: Add): void {
  for (const { kind, ...also } of row.also ?? []) {
    addValue(reference(also, context), { ...row, kind, access: 'R' }, mirroredKey(row.key, context), 0, context, add);
  }
}

function addValue(
  one: Reference,
  row: ConfigurationKey,
  entry: Mirrored | undefined,
  connectorId: number,
  context: Context,
  add: Add,
): void {
  const isWriteOnly = row.access === 'W';
  const told = variableValue(row, entry, connectorId, context);
  if (told === undefined) return;
  const value = isWriteOnly ? undefined : within(MAX_GET_VALUE, row.kind, told, context);
  const isReadOnly = row.access === 'R' || entry === undefined || entry.readonly;
  const { dataType, unit } = kinds[row.kind];
  add(one, {
    value,
    mutability: isWriteOnly ? 'WriteOnly' : isReadOnly || row.refused !== undefined ? 'ReadOnly' : 'ReadWrite',
    settable: (isWriteOnly || !isReadOnly) && row.refused === undefined,
    trouble: false,
    characteristics: characteristicsOf(dataType, value, { unit }),
  });
}

/** A key that 2.x has no variable for. */
function addUnmapped(told: Mirrored, context: Context, add: Add): void {
  if (isOwn(told.name) || told.key === '' || told.key.length > MAX_NAME) return;
  const row = rowOf(told.key)?.row;
  if (row?.variable !== undefined) return;
  addValue(reference(variable(legacyComponent, told.key), context), row ?? unmappedKey, told, 0, context, add);
}
