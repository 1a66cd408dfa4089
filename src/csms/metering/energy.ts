/** Energy out of meter values of every Version (J02): registers, intervals, units, multipliers, phases. */
import type { Payload } from '../../ocpp/index.ts';

/** What is kept of a transaction's metering, in Wh. */
export interface Energy {
  readonly meterStart: number | null;
  /** The latest reading of the import register. */
  readonly meterLast: number | null;
  /** Sum of the import intervals, counted when the meter tells no register. */
  readonly intervals: number | null;
}

const REGISTER = 'Energy.Active.Import.Register';
const INTERVAL = 'Energy.Active.Import.Interval';

/** Unit → Wh. Anything else is no energy. */
const units: ReadonlyMap<string, number> = new Map([
  ['Wh', 1],
  ['kWh', 1000],
]);

/** value × 10^multiplier in Wh, rounded to 0.001 Wh; `undefined` for a unit that is no energy. */
function inWh(sample: Payload): number | undefined {
  const measure = sample['unitOfMeasure'] as { unit?: string; multiplier?: number } | undefined;
  const factor = units.get(measure?.unit ?? 'Wh');
  if (factor === undefined) return undefined;
  const value = (sample['value'] as number) * factor * 10 ** (measure?.multiplier ?? 0);
  return Math.round(value * 1000) / 1000;
}

/**
 * The reading of one measurand at one moment: the total if the meter tells it (at the outlet rather than elsewhere), else the sum
 * of the phases.
 */
function reading(samples: readonly Payload[], measurand: string): number | undefined {
  let total: number | undefined;
  let elsewhere: number | undefined;
  let phases: number | undefined;
  for (const sample of samples) {
    if (((sample['measurand'] as string | undefined) ?? REGISTER) !== measurand) continue;
    const wh = inWh(sample);
    if (wh === undefined) continue;
    const phase = sample['phase'] as string | undefined;
    const location = sample['location'] as string | undefined;
    if (phase === undefined) {
      if (location === undefined || location === 'Outlet') total ??= wh;
      else elsewhere ??= wh;
    } else if (/^L[123](?:-N)?$/.test(phase)) phases = (phases ?? 0) + wh;
  }
  return total ?? elsewhere ?? phases;
}

/** Takes meter values in, oldest first. A register that went back (a meter was replaced or restarted) counts from where it stands. */
export function takeIn(before: Energy, values: readonly Payload[]): Energy {
  let { meterStart, meterLast, intervals } = before;
  for (const value of values) {
    const samples = value['sampledValue'] as Payload[];
    const register = reading(samples, REGISTER);
    if (register !== undefined) {
      meterStart ??= register;
      meterLast = register;
    }
    const interval = reading(samples, INTERVAL);
    if (interval !== undefined) intervals = (intervals ?? 0) + interval;
  }
  return { meterStart, meterLast, intervals };
}

/** Energy delivered, in Wh; `null` while nothing is known. Never negative. */
export function energyOf({ meterStart, meterLast, intervals }: Energy): number | null {
  if (meterStart !== null && meterLast !== null && (meterLast !== meterStart || intervals === null)) {
    return Math.max(0, Math.round((meterLast - meterStart) * 1000) / 1000);
  }
  return intervals;
}
