/** Energy out of meter values of every Version (J02): registers, intervals, units, multipliers, phases. */
import type { JsonObject } from '../../gateway/ports.ts';
import type { Payload } from '../../ocpp/index.ts';

/** What is kept of a transaction's metering, in Wh. */
export interface Energy {
  /** Import register when the transaction began, and by the station's clock when that was read. */
  readonly meterStart: number | null;
  readonly startAt: number | null;
  /** The latest reading of the import register, and when it was read. */
  readonly meterLast: number | null;
  readonly lastAt: number | null;
  /** Energy counted by meters that were replaced or restarted meanwhile: it is in no difference of registers. */
  readonly carried: number;
  /** Sums of import intervals, sampled and aligned with the clock, and until when each is counted. */
  readonly sampled: Sum | null;
  readonly aligned: Sum | null;
}

type Sum = {
  readonly wh: number;
  readonly upTo: number;
};

export const noEnergy: Energy = {
  meterStart: null,
  startAt: null,
  meterLast: null,
  lastAt: null,
  carried: 0,
  sampled: null,
  aligned: null,
};

/** The form in which {@link Energy} is stored with its transaction; the register at the start has a column of its own. */
export const storedEnergy = ({ startAt, meterLast, lastAt, carried, sampled, aligned }: Energy) => ({
  startAt,
  meterLast,
  lastAt,
  carried,
  sampled,
  aligned,
});

export function energyOfRow(meterStart: number | null, stored: JsonObject | null): Energy {
  if (stored === null) return { ...noEnergy, meterStart };
  const {
    startAt = null,
    meterLast = null,
    lastAt = null,
    carried = 0,
    sampled = null,
    aligned = null,
  } = stored as Partial<Energy>;
  return { meterStart, startAt, meterLast, lastAt, carried, sampled, aligned };
}

const REGISTER = 'Energy.Active.Import.Register';
const INTERVAL = 'Energy.Active.Import.Interval';

/** Unit → Wh; a power is a slip for its energy, because the measurand is to be trusted. Anything else is no energy. */
const units: Readonly<Record<string, number>> = { Wh: 1, kWh: 1000, MWh: 1_000_000, W: 1, kW: 1000 };

/** More than the world uses in a month: no register tells it. */
const MOST = 1e15;

/** A register that is lower by less is the same one, told in coarser units. */
const COARSEST_UNIT = 1000;

/** To 0.001 Wh. */
const rounded = (wh: number): number => Math.round(wh * 1000) / 1000;

/** value × 10^multiplier in Wh; `undefined` for what is no energy. */
function inWh(sample: Payload): number | undefined {
  const measure = sample['unitOfMeasure'] as { unit?: string; multiplier?: number } | undefined;
  const unit = measure?.unit ?? 'Wh';
  const factor = Object.hasOwn(units, unit) ? units[unit] : undefined;
  if (factor === undefined) return undefined;
  const wh = rounded((sample['value'] as number) * factor * 10 ** (measure?.multiplier ?? 0));
  return Math.abs(wh) <= MOST ? wh : undefined;
}

/**
 * The reading of one measurand at one moment: the total if the meter tells it (at the outlet rather than elsewhere), else the sum
 * of the phases.
 * @param last what the meter was known to stand at
 */
function reading(
  samples: readonly Payload[],
  measurand: string,
  last = 0,
): { wh: number; aligned: boolean } | undefined {
  let total: number | undefined;
  let elsewhere: number | undefined;
  let phases: (number | undefined)[] | undefined;
  let aligned = false;
  for (const sample of samples) {
    if (((sample['measurand'] as string | undefined) ?? REGISTER) !== measurand) continue;
    const wh = inWh(sample);
    if (wh === undefined) continue;
    // D.7: beside a signed value that cannot be read 0 stands for no number. No meter that stood higher tells 0 but for that.
    if (wh === 0 && last > 0 && sample['signedMeterValue'] !== undefined) continue;
    aligned = sample['context'] === 'Sample.Clock';
    const phase = sample['phase'] as string | undefined;
    const location = sample['location'] as string | undefined;
    if (phase === undefined) {
      if (location === undefined || location === 'Outlet') total ??= wh;
      else elsewhere ??= wh;
    } else if (/^L[123](?:-N)?$/.test(phase)) {
      phases ??= [];
      phases[Number(phase[1])] ??= wh;
    }
  }
  const wh = total ?? elsewhere ?? phases?.reduce<number>((sum, one) => sum + (one ?? 0), 0);
  return wh === undefined ? undefined : { wh, aligned };
}

/**
 * Takes meter values in, in whatever order they come. Values are ordered by their own timestamps: what is repeated (in
 * `transactionData`, or in an event that was queued) counts once, and what comes late does not turn the register back.
 * @param times when each value was read
 */
export function takeIn(before: Energy, values: readonly Payload[], times: readonly number[]): Energy {
  let energy = before;
  for (const [index, value] of values.entries()) {
    const at = times[index] as number;
    const samples = value['sampledValue'] as Payload[];
    const register = reading(samples, REGISTER, energy.meterLast ?? 0);
    if (register !== undefined) energy = withRegister(energy, register.wh, at);
    const interval = reading(samples, INTERVAL);
    if (interval !== undefined) {
      const kind = interval.aligned ? 'aligned' : 'sampled';
      energy = { ...energy, [kind]: added(energy[kind], interval.wh, at) };
    }
  }
  return energy;
}

function withRegister(energy: Energy, register: number, at: number): Energy {
  const { meterStart, startAt, meterLast, lastAt, carried } = energy;
  if (meterStart === null || meterLast === null || startAt === null || lastAt === null) {
    return { ...energy, meterStart: meterStart ?? register, startAt: at, meterLast: register, lastAt: at };
  }
  // Older than what the transaction was thought to have begun with: its beginning came late.
  if (at < startAt) return { ...energy, meterStart: register, startAt: at };
  if (at < lastAt) return energy;
  // The meter was replaced or restarted: it counts from where it stands.
  const lost = meterLast - register > COARSEST_UNIT ? meterLast - register : 0;
  return { ...energy, meterLast: register, lastAt: at, carried: rounded(carried + lost) };
}

const added = (sum: Sum | null, wh: number, at: number): Sum => {
  if (sum === null) return { wh, upTo: at };
  return at > sum.upTo ? { wh: rounded(sum.wh + wh), upTo: at } : sum;
};

/** Energy delivered, in Wh; `null` while nothing is known. Never negative. A meter that tells no register tells intervals. */
export function energyOf({ meterStart, meterLast, carried, sampled, aligned }: Energy): number | null {
  const sum = sampled?.wh ?? aligned?.wh;
  const intervals = sum === undefined ? null : Math.max(0, sum);
  if (meterStart === null || meterLast === null) return intervals;
  const counted = Math.max(0, rounded(meterLast - meterStart + carried));
  return counted === 0 && intervals !== null ? intervals : counted;
}
