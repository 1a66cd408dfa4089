/** Meter values: 1.6 `meterValue[]` ↔ 2.0.1 `meterValue[]`. */
import type { Context } from '../context.ts';
import { decimal, parseValue } from '../decimal.ts';
import type { Payload } from '../outcome.ts';
import { DEFAULT_MEASURAND, scaled } from '../readings.ts';
import { isObject, list, lost, procedure, row, rows, same } from '../rows.ts';

/** The rows of one SampledValue. Value, format and unit belong together and are read by {@link sampleUp} / {@link sampleDown}. */
export const sampledValue = rows(
  row(
    'value',
    'value',
    procedure('number ↔ shortest decimal text, the multiplier folded in; SignedData becomes signedMeterValue'),
  ),
  row('context', 'context', same),
  row(
    'format',
    'signedMeterValue',
    procedure('Raw is no field; SignedData ↔ signedMeterValue, its container byte for byte'),
  ),
  row(
    'measurand',
    'measurand',
    procedure('same names; Temperature and RPM have no measurand in 2.x, Net and Apparent none in 1.6'),
  ),
  row('phase', 'phase', same),
  row('location', 'location', same),
  row('unit', 'unitOfMeasure', procedure('unit names; written explicitly, by measurand when 1.6 leaves it out')),
  row(null, 'customData', lost('1.6 has no customData')),
);

export const meterValue = rows(
  row('timestamp', 'timestamp', same),
  row('sampledValue', 'sampledValue', list(sampledValue)),
  row(null, 'customData', lost('1.6 has no customData')),
);

/** Measurands of 1.6 that 2.0.1 does not have, and the other way. */
const only16: ReadonlySet<string> = new Set(['Temperature', 'RPM']);
const only201: ReadonlySet<string> = new Set([
  'Energy.Active.Net',
  'Energy.Reactive.Net',
  'Energy.Apparent.Net',
  'Energy.Apparent.Import',
  'Energy.Apparent.Export',
]);

/** Measurand prefix → base unit, the first that fits. `undefined`: 2.x has no standard unit for it. */
const baseUnits: readonly (readonly [prefix: string, unit: string | undefined])[] = [
  ['Energy.Active', 'Wh'],
  ['Energy.Reactive', 'varh'],
  ['Energy.Apparent', 'VAh'],
  ['Power.Factor', undefined],
  ['Power.Reactive', 'var'],
  ['Power', 'W'],
  ['Current', 'A'],
  ['Voltage', 'V'],
  ['SoC', 'Percent'],
  ['Frequency', 'Hz'],
];

const baseUnitCache = new Map<string, string | undefined>();
function baseUnit(measurand: string): string | undefined {
  if (!baseUnitCache.has(measurand)) {
    baseUnitCache.set(measurand, baseUnits.find(([prefix]) => measurand.startsWith(prefix))?.[1]);
  }
  return baseUnitCache.get(measurand);
}

/** Units of 1.6 (and what stations write instead) → 2.x unit. */
const unitUp: ReadonlyMap<string, string> = new Map([
  ['Celcius', 'Celsius'],
  ['Hertz', 'Hz'],
  ['Amp', 'A'],
  ['Volt', 'V'],
]);

/** 2.x unit → 1.6 unit and the factor between them; units that stand nowhere are left out of 1.6. */
const unitDown: ReadonlyMap<string, readonly [unit: string | undefined, factor: number]> = new Map([
  ...['Wh', 'kWh', 'varh', 'kvarh', 'W', 'kW', 'VA', 'kVA', 'var', 'kvar', 'A', 'V', 'K', 'Fahrenheit', 'Percent'].map(
    (unit): [string, [string | undefined, number]] => [unit, [unit, 1]],
  ),
  ['Celsius', ['Celcius', 1]],
  ['Hz', [undefined, 1]],
  ['mHz', [undefined, 0.001]],
]);

const isEnergyUnit = (unit: string): boolean => unit.endsWith('h');

/** The import register of a transaction at a moment, in Wh, as the message or what came before it tells. @param context of the sample */
export type KnownRegister = (context: string | undefined) => number | undefined;

/**
 * One 1.6 SampledValue → 2.0.1; `undefined` when nothing of it can cross.
 * @param beside the other samples of the same moment: a signed container that cannot be read is given their plain number
 * @param register for a signed container that has none beside it either
 */
export function sampleUp(
  sample: Payload,
  context: Context,
  beside: readonly Payload[] = [],
  register: KnownRegister = () => undefined,
): Payload | undefined {
  const measurand = (sample.measurand as string | undefined) ?? DEFAULT_MEASURAND;
  if (only16.has(measurand)) {
    context.lost('measurand', `2.x has no measurand ${measurand}`);
    return undefined;
  }
  const signed = sample.format === 'SignedData' ? signedUp(String(sample.value), context) : undefined;
  const reading =
    signed === undefined
      ? { value: parseValue(sample.value), unit: sample.unit as string | undefined }
      : signedReading(measurand, sample, signed, beside, register, context);
  if (reading?.value === undefined) {
    context.lost('value', 'it is not a number');
    return undefined;
  }
  const out: Payload = { value: reading.value };
  if (sample.context !== undefined) out.context = sample.context;
  if (sample.measurand !== undefined) out.measurand = measurand;
  if (sample.phase !== undefined) out.phase = sample.phase;
  if (sample.location !== undefined) out.location = sample.location;
  if (signed?.meterValue !== undefined) out.signedMeterValue = signed.meterValue;
  const unit = unitOf(reading.unit, measurand, context);
  if (unit !== undefined) out.unitOfMeasure = { unit };
  return out;
}

/**
 * The number of a signed sample, which 2.x demands beside its container: that in the container, that of the unsigned sample of
 * the same measurand, that of the transaction; 0 when there is none.
 */
function signedReading(
  measurand: string,
  sample: Payload,
  signed: Signed,
  beside: readonly Payload[],
  register: KnownRegister,
  context: Context,
): { readonly value: number; readonly unit: string | undefined } | undefined {
  if (signed.value !== undefined) return { value: signed.value, unit: 'Wh' };
  for (const other of beside) {
    const fits = (other.measurand ?? DEFAULT_MEASURAND) === measurand && other.phase === sample.phase;
    const value = fits && other.format !== 'SignedData' ? parseValue(other.value) : undefined;
    if (value !== undefined) return { value, unit: other.unit };
  }
  const isRegister = measurand === DEFAULT_MEASURAND && sample.phase === undefined;
  const known = isRegister ? register(sample.context) : undefined;
  if (known !== undefined) return { value: known, unit: 'Wh' };
  if (signed.meterValue === undefined) return undefined;
  context.lost('value', 'the signed data cannot be read, and no number is known; 2.x is told 0');
  return { value: 0, unit: sample.unit };
}

function unitOf(given: string | undefined, measurand: string, context: Context): string | undefined {
  const base = baseUnit(measurand);
  if (given === undefined) return base;
  const unit = unitUp.get(given) ?? given;
  if (base !== undefined && isEnergyUnit(base) !== isEnergyUnit(unit) && /^k?(?:Wh?|varh?|VAh?)$/.test(unit)) {
    context.unknown('unit', `${given} for ${measurand}`);
    return base;
  }
  return unit.slice(0, 20);
}

/** Longest texts of a 2.0.1 SignedMeterValue. */
const signedLimits = { signedMeterData: 2500, signingMethod: 50, encodingMethod: 50, publicKey: 2500 } as const;

interface Signed {
  /** SignedMeterValue; `undefined`: 2.0.1 has no room for it. */
  readonly meterValue: Payload | undefined;
  /** The number in it, in Wh. */
  readonly value: number | undefined;
}

/** A signed container: the application note's JSON text, or what older firmware writes bare. */
function signedUp(text: string, context: Context): Signed {
  const { meterValue, value } = signedParts(text);
  for (const [field, limit] of Object.entries(signedLimits)) {
    if ((meterValue[field] as string).length <= limit) continue;
    context.lost('value', `the signed data has a ${field} of more than ${limit} characters; cut it would be worthless`);
    return { meterValue: undefined, value };
  }
  return { meterValue, value };
}

function signedParts(text: string): { meterValue: Payload; value: number | undefined } {
  try {
    const note: unknown = JSON.parse(text);
    if (isObject(note) && typeof note.signedMeterData === 'string') {
      const field = (name: string): string => (typeof note[name] === 'string' ? note[name] : '');
      return {
        meterValue: {
          signedMeterData: note.signedMeterData,
          signingMethod: field('signingMethod'),
          encodingMethod: field('encodingMethod'),
          publicKey: field('publicKey'),
        },
        value: ocmfReading(fromBase64(note.signedMeterData)),
      };
    }
  } catch {
    // not the note's JSON: the container itself, below
  }
  const encodingMethod = text.startsWith('OCMF|')
    ? 'OCMF'
    : text.includes('<signedData') || text.startsWith('1b1b')
      ? 'EDL'
      : 'unknown';
  return {
    meterValue: { signedMeterData: toBase64(text), signingMethod: '', encodingMethod, publicKey: '' },
    value: ocmfReading(text),
  };
}

/** The last reading value `RV` of an OCMF container, in Wh. */
function ocmfReading(text: string): number | undefined {
  if (!text.startsWith('OCMF|')) return undefined;
  try {
    const body: unknown = JSON.parse(text.split('|')[1] ?? '');
    const readings: unknown = isObject(body) ? body.RD : undefined;
    const last: unknown = Array.isArray(readings) ? readings.at(-1) : undefined;
    const value = isObject(last) ? parseValue(last.RV) : undefined;
    if (value === undefined || !isObject(last)) return undefined;
    return last.RU === 'kWh' ? Math.round(value * 1e6) / 1e3 : value;
  } catch {
    return undefined;
  }
}

const toBase64 = (text: string): string => {
  let binary = '';
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary);
};

function fromBase64(text: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)));
  } catch {
    return '';
  }
}

/** One 2.0.1 SampledValue → one or two of 1.6 (a signed one goes beside its plain number). */
export function sampleDown(sample: Payload, context: Context): readonly Payload[] {
  const measurand = (sample.measurand as string | undefined) ?? DEFAULT_MEASURAND;
  if (only201.has(measurand)) {
    context.lost('measurand', `1.6 has no measurand ${measurand}`);
    return [];
  }
  const measure = (sample.unitOfMeasure ?? {}) as { unit?: string; multiplier?: number };
  // The 2.x default is Wh whatever the measurand; a station that leaves it out means the measurand's own.
  const [unit, factor] = unitDown.get(measure.unit ?? baseUnit(measurand) ?? '') ?? [undefined, 1];
  const value = scaled(Number(sample.value), measure.multiplier ?? 0, factor);
  if (!Number.isFinite(value)) {
    context.lost('value', 'with its multiplier it is too large');
    return [];
  }
  const out: Payload = { value: decimal(value) };
  if (sample.context !== undefined) out.context = sample.context;
  if (sample.measurand !== undefined) out.measurand = measurand;
  if (sample.phase !== undefined) out.phase = sample.phase;
  if (sample.location !== undefined) out.location = sample.location;
  if (unit !== undefined) out.unit = unit;
  const signed = sample.signedMeterValue as Payload | undefined;
  if (signed === undefined) return [out];
  const { signedMeterData, signingMethod = '', encodingMethod = '', publicKey = '' } = signed;
  const container = JSON.stringify({ signedMeterData, signingMethod, encodingMethod, publicKey });
  return [
    { ...out, format: 'Raw' },
    { ...out, value: container, format: 'SignedData' },
  ];
}

/** 1.6 meterValue[] → 2.0.1, leaving out what has no sample left; `undefined` when nothing is left at all. */
export function meterValuesUp(
  values: readonly Payload[] | undefined,
  context: Context,
  register?: KnownRegister,
): Payload[] | undefined {
  if (values === undefined) return undefined;
  const out: Payload[] = [];
  for (const value of values) {
    const given = value.sampledValue as Payload[];
    const samples: Payload[] = [];
    for (const sample of given) {
      const mapped = sampleUp(sample, context, given, register);
      if (mapped !== undefined) samples.push(mapped);
    }
    if (samples.length > 0) out.push({ timestamp: value.timestamp, sampledValue: samples });
  }
  return out.length > 0 ? out : undefined;
}

/** 2.0.1 meterValue[] → 1.6; `undefined` when nothing is left. */
export function meterValuesDown(values: readonly Payload[] | undefined, context: Context): Payload[] | undefined {
  if (values === undefined) return undefined;
  const out: Payload[] = [];
  for (const value of values) {
    const samples: Payload[] = [];
    for (const sample of value.sampledValue as Payload[]) samples.push(...sampleDown(sample, context));
    if (samples.length > 0) out.push({ timestamp: value.timestamp, sampledValue: samples });
  }
  return out.length > 0 ? out : undefined;
}

/** The sample that a register of a transaction is in 2.x: its meterStart, its meterStop, or the last that is known. */
export const registerSample = (
  timestamp: string,
  wh: number,
  context: 'Transaction.Begin' | 'Transaction.End' | 'Trigger',
): Payload => ({
  timestamp,
  sampledValue: [
    {
      value: wh,
      context,
      measurand: DEFAULT_MEASURAND,
      location: 'Outlet',
      unitOfMeasure: { unit: 'Wh' },
    },
  ],
});

export const meterValueField = (older: string): ReturnType<typeof row> => row(older, 'meterValue', list(meterValue));
