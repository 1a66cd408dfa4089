/** Meter values: 1.5 `values[]{timestamp, value[]}` with attributes ↔ 1.6 `meterValue[]{timestamp, sampledValue[]}` with fields. */
import type { Context } from '../context.ts';
import { decimal, parseValue } from '../decimal.ts';
import type { Payload } from '../outcome.ts';
import { apply, type ListMapper, list, procedure, row, rows, same, table, widened } from '../rows.ts';
import { withoutPhases } from './phases.ts';

/** Measurands that only 1.6 has. */
const newMeasurands = ['Current.Offered', 'Power.Offered', 'Power.Factor', 'Frequency', 'SoC', 'RPM'];
const unsayableMeasurands: ReadonlySet<unknown> = new Set(newMeasurands);

/** Units that 1.5 cannot say, and cannot be turned into ones that it can. */
const newUnits = ['VA', 'kVA', 'Percent'];
const unsayableUnits: ReadonlySet<unknown> = new Set(newUnits);

/** Degrees of other scales → Celsius. */
const toCelsius: ReadonlyMap<unknown, (degrees: number) => number> = new Map([
  ['K', (degrees: number) => degrees - 273.15],
  ['Fahrenheit', (degrees: number) => ((degrees - 32) * 5) / 9],
]);

const unit = table([
  ...['Wh', 'kWh', 'varh', 'kvarh', 'W', 'kW', 'var', 'kvar'].map((name) => [name, name] as const),
  ['Amp', 'A'],
  ['Volt', 'V'],
  // The oldest schema of 1.6 has the misspelled one only, and every CSMS takes it (J errata 2025-04).
  ['Celsius', 'Celcius'],
  ['Celsius', 'Celsius'],
  ['Celsius', 'K'],
  ['Celsius', 'Fahrenheit'],
  ...newUnits.map((name) => [null, name] as const),
]);

const sample = rows(
  row('$value', 'value', same),
  row('attributes.context', 'context', widened(['Sample.Periodic', 'Trigger'], ['Sample.Periodic', 'Other'])),
  row('attributes.format', 'format', same),
  row('attributes.measurand', 'measurand', widened(...newMeasurands.map((name) => [null, name] as const))),
  row(
    null,
    'phase',
    procedure(
      '1.5 has no phases: the total is kept, else the sum of current, power and energy, the average of voltage and temperature',
    ),
  ),
  row('attributes.location', 'location', widened(['Outlet', 'Cable'], ['Outlet', 'EV'])),
  row('attributes.unit', 'unit', unit),
);

const meterValue = rows(row('timestamp', 'timestamp', same), row('value', 'sampledValue', list(sample)));

/** What has no samples says nothing, and 1.6 does not take it. */
const filled: ListMapper = (values) => values.filter(({ value }) => (value as readonly Payload[]).length > 0);

const sayable: ListMapper = (values, context) =>
  values
    .map((value) => ({ ...value, sampledValue: sayableSamples(value.sampledValue as readonly Payload[], context) }))
    .filter(({ sampledValue }) => sampledValue.length > 0);

const sayableSamples = (samples: readonly Payload[], context: Context): readonly Payload[] =>
  withoutPhases(
    samples.flatMap((sample) => inUnitsOf15(sample, context) ?? []),
    context,
  );

/** A 1.6 SampledValue of a measurand and in a unit that 1.5 has; `undefined`: it cannot be said. */
function inUnitsOf15(sample: Payload, context: Context): Payload | undefined {
  if (unsayableMeasurands.has(sample.measurand)) {
    context.lost('measurand', `1.5 has no measurand ${sample.measurand as string}`);
    return undefined;
  }
  if (unsayableUnits.has(sample.unit)) {
    context.lost('unit', `1.5 has no unit ${sample.unit as string}`);
    return undefined;
  }
  const convert = toCelsius.get(sample.unit);
  if (convert === undefined) return sample;
  const degrees = sample.format === 'SignedData' ? undefined : parseValue(sample.value);
  if (degrees === undefined) {
    context.lost('value', `it cannot be turned from ${sample.unit as string} into Celsius`);
    return undefined;
  }
  return { ...sample, value: decimal(Number(convert(degrees).toFixed(3))), unit: 'Celsius' };
}

/** The meter values of a message. */
export const meterValuesRow = row('values', 'meterValue', list(meterValue, { up: filled, down: sayable }));

const onlyValues = rows(meterValuesRow);

/** 1.5 values → 1.6 meterValue; `undefined` when nothing is left. */
export const meterValuesUp = (values: readonly Payload[], context: Context): readonly Payload[] | undefined =>
  nonEmpty(apply(onlyValues, 'up', { values }, context).meterValue as readonly Payload[] | undefined);

/** 1.6 meterValue → 1.5 values; `undefined` when nothing is left. */
export const meterValuesDown = (meterValue: readonly Payload[], context: Context): readonly Payload[] | undefined =>
  nonEmpty(apply(onlyValues, 'down', { meterValue }, context).values as readonly Payload[] | undefined);

const nonEmpty = (values: readonly Payload[] | undefined): readonly Payload[] | undefined =>
  values === undefined || values.length === 0 ? undefined : values;
