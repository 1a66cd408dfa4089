/** Numbers of charging schedules: one decimal, and A or W for stations that take one of them only (E-46). */
import type { Context } from '../context.ts';
import type { Payload } from '../outcome.ts';
import { mirroredItems } from './configuration-mirror.ts';

export type RateUnit = 'A' | 'W';

/**
 * The greatest multiple of 0.1 that is not above `value`: 1.6 limits have one decimal, and a limit is never raised by
 * translation. A value that is such a multiple already stays what it is, whatever its binary fraction (8.1 stays 8.1).
 */
export const floorToTenth = (value: number): number => Math.floor(value * 10 + 1e-6) / 10;

/** `Current`/`Power` of 1.6, `A`/`W` of 2.x, and what stations write for them; `undefined`: none of these. */
export function rateUnit(text: string): RateUnit | undefined {
  switch (text.trim().toLowerCase()) {
    case 'current':
    case 'a':
    case 'amp':
    case 'ampere':
      return 'A';
    case 'power':
    case 'w':
    case 'watt':
      return 'W';
    default:
      return undefined;
  }
}

/** The unit to use with a station instead of `unit`; `unit` itself when it takes that, or when nothing is known of it. */
export function unitTaken(unit: RateUnit, context: Context): RateUnit {
  const units = mirroredItems('ChargingScheduleAllowedChargingRateUnit', context)?.map(rateUnit) ?? [];
  if (units.length === 0 || units.includes(unit) || units.includes(undefined)) return unit;
  return unit === 'A' ? 'W' : 'A';
}

/**
 * A schedule (of either version, composite ones too) in another unit, cut to one decimal: W = A × V × phases (K01.FR.50).
 * `undefined` when the voltage and the phases are not configured.
 */
export function inUnit(schedule: Payload, unit: RateUnit, context: Context): Payload | undefined {
  const { nominalVoltage, phases } = context.settings;
  if (schedule.chargingRateUnit === unit) return schedule;
  if (nominalVoltage === undefined || phases === undefined) return undefined;
  const converted = (value: number, used: number): number =>
    floorToTenth(unit === 'W' ? value * nominalVoltage * used : value / (nominalVoltage * used));
  return {
    ...schedule,
    chargingRateUnit: unit,
    chargingSchedulePeriod: (schedule.chargingSchedulePeriod as Payload[]).map((period) => ({
      ...period,
      limit: converted(period.limit as number, phasesUsed(period.numberPhases as number | undefined, phases)),
    })),
    ...(schedule.minChargingRate === undefined
      ? {}
      : { minChargingRate: converted(schedule.minChargingRate as number, phases) }),
  };
}

/** The unit that the station is asked in: one that it takes, where the answer can be converted. */
export function unitToAsk(wanted: RateUnit | undefined, context: Context): RateUnit | undefined {
  const { nominalVoltage, phases } = context.settings;
  if (wanted === undefined || nominalVoltage === undefined || phases === undefined) return wanted;
  return unitTaken(wanted, context);
}

/** A period may use fewer phases than the connection has, not more. */
const phasesUsed = (given: number | undefined, phases: number): number =>
  given === undefined || given < 1 ? phases : Math.min(given, phases);
