/** Readings out of meterValue[] of 2.x, which every version's meter values have become by then. */
import type { Payload } from './outcome.ts';

/** What a sample without measurand is of, in every version. */
export const DEFAULT_MEASURAND = 'Energy.Active.Import.Register';

/** value × 10^multiplier × factor, without the noise of binary fractions. */
export function scaled(value: number, multiplier: number, factor: number): number {
  if (multiplier === 0 && factor === 1) return value;
  return Number((value * 10 ** multiplier * factor).toPrecision(15));
}

const wattHours = (sample: Payload): number => {
  const measure = (sample.unitOfMeasure ?? {}) as { unit?: string; multiplier?: number };
  return scaled(Number(sample.value), measure.multiplier ?? 0, measure.unit === 'kWh' ? 1000 : 1);
};

const phases: ReadonlySet<unknown> = new Set(['L1', 'L2', 'L3', 'L1-N', 'L2-N', 'L3-N']);

/** A register reading as 1.6 knows it: whole Wh. Without a total the registers of the phases are added up. */
export function registerWh(
  values: readonly Payload[] | undefined,
  prefer: 'Transaction.Begin' | 'Transaction.End',
): number | undefined {
  let found: { value: number; rank: number } | undefined;
  let sum: number | undefined;
  for (const value of values ?? []) {
    let byPhase: Map<unknown, number> | undefined;
    for (const sample of value.sampledValue as Payload[]) {
      if ((sample.measurand ?? DEFAULT_MEASURAND) !== DEFAULT_MEASURAND) continue;
      const reading = wattHours(sample);
      if (!Number.isFinite(reading)) continue;
      if (sample.phase !== undefined) {
        if (!phases.has(sample.phase)) continue;
        byPhase ??= new Map();
        byPhase.set((sample.phase as string).slice(0, 2), reading);
        continue;
      }
      const rank = (sample.context === prefer ? 2 : 0) + ((sample.location ?? 'Outlet') === 'Outlet' ? 1 : 0);
      // The first sample is the earliest, the last one the latest: take what the preference asks for among equals.
      if (found === undefined || rank > found.rank || (rank === found.rank && prefer === 'Transaction.End')) {
        found = { value: reading, rank };
      }
    }
    if (byPhase?.size === 3 && (sum === undefined || prefer === 'Transaction.End')) {
      sum = [...byPhase.values()].reduce((total, reading) => total + reading, 0);
    }
  }
  const reading = found?.value ?? sum;
  return reading === undefined ? undefined : Math.round(reading);
}

/** The latest state of charge of the car, in %. */
export function stateOfCharge(values: readonly Payload[] | undefined): number | undefined {
  let found: number | undefined;
  for (const value of values ?? []) {
    for (const sample of value.sampledValue as Payload[]) {
      if (sample.measurand === 'SoC' && Number.isFinite(sample.value)) found = sample.value as number;
    }
  }
  return found;
}
