import { type ChargingProfile, type Demand, voltageOf } from './profiles.ts';
import type { VirtualStation } from './station.ts';

/** Whether a schedule is one that the station can follow (K01.FR.31, .34, .35; ChargingScheduleMaxPeriods, MaxStackLevel). */
export function scheduleFits(station: VirtualStation, profile: ChargingProfile): boolean {
  const { settings, profiles } = station;
  if (profile.stackLevel < 0 || profile.stackLevel > settings.integer('ChargeProfileMaxStackLevel')) return false;
  if (profile.chargingProfileKind === 'Recurring' && profile.recurrencyKind === undefined) return false;
  if (!profiles.find(profile.id) && profiles.all.length >= settings.integer('MaxChargingProfilesInstalled'))
    return false;
  return profile.chargingSchedule.every(({ chargingSchedulePeriod }) => {
    const starts = chargingSchedulePeriod.map(({ startPeriod }) => startPeriod);
    const rising = starts.every((start, index) => index === 0 || start > starts[index - 1]!);
    return starts[0] === 0 && rising && starts.length <= settings.integer('ChargingScheduleMaxPeriods');
  });
}

/** A composite schedule: limits from `start` (wall time, ms) on. */
export interface CompositeSchedule {
  readonly start: number;
  readonly unit: 'A' | 'W';
  readonly periods: { startPeriod: number; limit: number; numberPhases?: number }[];
}

/**
 * What an EVSE (or, for 0, the station) will be allowed during the next `duration` seconds (1.6 5.7, 2.x K08).
 * @returns `undefined` for an EVSE that there is not
 */
export function composite(
  station: VirtualStation,
  evseId: number,
  duration: number,
  unit: 'A' | 'W' = 'W',
): CompositeSchedule | undefined {
  const { clock, evses, profiles, transactions } = station;
  const evse = evseId === 0 ? evses[0] : evses[evseId - 1];
  if (evse === undefined || duration < 0) return undefined;
  const { outlet } = evse;
  const start = clock.wall();
  const demand = transactions.demand(evse);
  // Where nothing charges yet, what is relative to the start of charging begins now.
  const own: Demand = { ...demand, startedAt: demand.startedAt ?? start };
  const whole: Demand = { ...own, evseId: 0, transactionId: undefined, sharing: 1 };
  const most = outlet.maxPower * (evseId === 0 ? evses.length : 1);
  const perAmpere = voltageOf(outlet.kind) * outlet.phases;
  const tenth = (value: number) => Math.floor(value * 10 + 1e-6) / 10;
  const periods = profiles
    .composite(start, duration, evseId === 0 ? whole : own, most)
    .map(({ startPeriod, limit }) => ({
      startPeriod,
      limit: tenth(unit === 'W' ? limit : limit / perAmpere),
      ...(outlet.kind === 'AC' && { numberPhases: outlet.phases }),
    }));
  return { start, unit, periods };
}
