import { NOMINAL_VOLTAGE, type Outlet, type Reading } from './power.ts';

/** When a sample was taken; the same names in every Version. */
export type ReadingContext =
  | 'Interruption.Begin'
  | 'Interruption.End'
  | 'Other'
  | 'Sample.Clock'
  | 'Sample.Periodic'
  | 'Transaction.Begin'
  | 'Transaction.End'
  | 'Trigger';

type Phase = 'L1' | 'L2' | 'L3' | 'L1-N' | 'L2-N' | 'L3-N';

/** One sampled value, in base units, before a Version spells it. */
export interface Sample {
  readonly measurand: Measurand;
  readonly value: number;
  readonly unit?: 'Wh' | 'W' | 'var' | 'A' | 'V' | 'Hz' | 'Percent' | 'Celsius';
  readonly phase?: Phase;
  readonly location?: 'Outlet' | 'EV' | 'Body';
}

/** All that was sampled at one moment. */
export interface MeterValue {
  /** Simulated time, ms. */
  readonly at: number;
  readonly context: ReadingContext;
  readonly samples: readonly Sample[];
}

/** What the measurands are computed from. */
export interface Metered {
  readonly reading: Reading;
  readonly outlet: Outlet;
  /** Import register, Wh. */
  readonly register: number;
  /** Import since the last periodic sample, Wh. */
  readonly interval: number;
  /** What charging profiles allow, W. */
  readonly offered: number;
}

const round = (value: number, digits: number): number => {
  const scale = 10 ** digits;
  return Math.round(value * scale) / scale;
};
const phases = ['L1', 'L2', 'L3'] as const;

const measurands = {
  'Energy.Active.Import.Register': ({ register }) => [{ value: Math.floor(register), unit: 'Wh', location: 'Outlet' }],
  'Energy.Active.Import.Interval': ({ interval }) => [{ value: round(interval, 1), unit: 'Wh', location: 'Outlet' }],
  'Power.Active.Import': ({ reading }) => [{ value: round(reading.power, 0), unit: 'W', location: 'Outlet' }],
  'Power.Reactive.Import': ({ reading }) => [
    { value: round(reading.power * Math.tan(Math.acos(reading.powerFactor)), 0), unit: 'var', location: 'Outlet' },
  ],
  'Power.Offered': ({ offered }) => [{ value: round(offered, 0), unit: 'W', location: 'Outlet' }],
  'Power.Factor': ({ reading }) => [{ value: round(reading.powerFactor, 2), location: 'Outlet' }],
  'Current.Import': ({ reading, outlet }) =>
    reading.currents.map((current, index) => ({
      value: round(current, 2),
      unit: 'A',
      location: 'Outlet',
      ...(outlet.kind === 'AC' && { phase: phases[index]! }),
    })),
  'Current.Offered': ({ offered, reading, outlet }) => [
    {
      value: round(
        outlet.kind === 'AC'
          ? offered / (NOMINAL_VOLTAGE * reading.voltages.length)
          : Math.min(outlet.maxCurrent, offered / (reading.voltages[0] || 400)),
        1,
      ),
      unit: 'A',
      location: 'Outlet',
    },
  ],
  Voltage: ({ reading, outlet }) =>
    reading.voltages.map((voltage, index) => ({
      value: round(voltage, 1),
      unit: 'V',
      location: 'Outlet',
      ...(outlet.kind === 'AC' && { phase: `${phases[index]!}-N` as const }),
    })),
  Frequency: ({ reading }) => [{ value: round(reading.frequency, 2), unit: 'Hz', location: 'Outlet' }],
  SoC: ({ reading }) =>
    reading.soc === undefined ? [] : [{ value: Math.floor(reading.soc), unit: 'Percent', location: 'EV' }],
  Temperature: ({ reading }) => [{ value: round(reading.temperature, 1), unit: 'Celsius', location: 'Body' }],
} as const satisfies Record<string, (metered: Metered) => readonly Omit<Sample, 'measurand'>[]>;

/** The measurands that a virtual station can sample. */
export type Measurand = keyof typeof measurands;
export const measurandNames = Object.keys(measurands) as readonly Measurand[];

/** Samples of `names`, in that order; names that this meter does not know give none. */
export function sample(names: readonly string[], metered: Metered): Sample[] {
  const samples: Sample[] = [];
  for (const name of names) {
    if (!Object.hasOwn(measurands, name)) continue;
    const measurand = name as Measurand;
    const values: readonly Omit<Sample, 'measurand'>[] = measurands[measurand](metered);
    for (const value of values) samples.push({ measurand, ...value });
  }
  return samples;
}
