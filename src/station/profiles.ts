import type { ChargingProfileType, ChargingScheduleType } from '../ocpp/generated/2.1.types.ts';
import { NOMINAL_VOLTAGE } from './power.ts';

/** A charging profile as OCPP 2.1 spells it; those of older Versions are written in the same shape. */
export type ChargingProfile = ChargingProfileType;

export interface InstalledProfile {
  /** 0: the whole station. */
  readonly evseId: number;
  readonly profile: ChargingProfile;
}

/** Where and since when energy is wanted; moments are wall time, ms. */
export interface Demand {
  readonly evseId: number;
  /** The transaction on the EVSE. */
  readonly transactionId: string | undefined;
  /** Its start. */
  readonly startedAt: number | undefined;
  /** Phases of the outlet. */
  readonly phases: 1 | 3;
  /** V of one phase. */
  readonly voltage: number;
  /** EVSEs that share what the whole station may take. */
  readonly sharing: number;
}

/** A limit in W; `undefined` is none. */
export type Limit = number | undefined;

const DAY = 86_400_000;
const recurrence = { Daily: DAY, Weekly: 7 * DAY } as const;
const time = (text: string | undefined): number | undefined => (text === undefined ? undefined : Date.parse(text));

/** The moment from which a profile's periods count, as it is at `at`. */
function startOf(profile: ChargingProfile, schedule: ChargingScheduleType, at: number, demand: Demand): number {
  const started = demand.startedAt ?? at;
  switch (profile.chargingProfileKind) {
    case 'Relative':
      return started;
    case 'Recurring': {
      const cycle = recurrence[profile.recurrencyKind ?? 'Daily'];
      const first = time(schedule.startSchedule) ?? 0;
      return first + Math.floor((at - first) / cycle) * cycle;
    }
    case 'Absolute':
    case 'Dynamic':
      return time(schedule.startSchedule) ?? started;
  }
}

/** W that `profile` allows at `at`; `undefined` when it says nothing then. */
function limitOf(profile: ChargingProfile, at: number, demand: Demand): Limit {
  const [schedule] = profile.chargingSchedule;
  if (schedule === undefined) return undefined;
  if (at < (time(profile.validFrom) ?? Number.NEGATIVE_INFINITY)) return undefined;
  if (at >= (time(profile.validTo) ?? Number.POSITIVE_INFINITY)) return undefined;
  const elapsed = (at - startOf(profile, schedule, at, demand)) / 1000;
  if (elapsed < 0 || elapsed >= (schedule.duration ?? Number.POSITIVE_INFINITY)) return undefined;
  const period = schedule.chargingSchedulePeriod.findLast(({ startPeriod }) => startPeriod <= elapsed);
  const limit = period?.limit ?? period?.setpoint;
  if (period === undefined || limit === undefined) return undefined;
  const phases = Math.min(demand.phases, period.numberPhases ?? 3);
  return Math.max(0, schedule.chargingRateUnit === 'W' ? limit : limit * demand.voltage * phases);
}

/** Moments after `from` and before `to` at which what `profile` says may change. */
function changesOf(profile: ChargingProfile, from: number, to: number, demand: Demand): number[] {
  const [schedule] = profile.chargingSchedule;
  if (schedule === undefined) return [];
  const offsets = [...schedule.chargingSchedulePeriod.map(({ startPeriod }) => startPeriod)];
  if (schedule.duration !== undefined) offsets.push(schedule.duration);
  const cycle = profile.chargingProfileKind === 'Recurring' ? recurrence[profile.recurrencyKind ?? 'Daily'] : undefined;
  const moments = [time(profile.validFrom), time(profile.validTo)].filter((moment) => moment !== undefined);
  let start = startOf(profile, schedule, from, demand);
  do {
    for (const offset of offsets) moments.push(start + offset * 1000);
    start += cycle ?? Number.POSITIVE_INFINITY;
  } while (start < to);
  return moments.filter((moment) => moment > from && moment < to);
}

const smallest = (limits: readonly Limit[]): Limit => {
  const known = limits.filter((limit) => limit !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
};

/** The charging profiles installed in a station (1.6 3.13, 2.x K). */
export class ChargingProfiles {
  #installed: InstalledProfile[] = [];

  get all(): readonly InstalledProfile[] {
    return this.#installed;
  }

  /** Installs a profile; one with the same id, or of the same EVSE, purpose and stack level, is replaced (1.6 5.16.2). */
  install(evseId: number, profile: ChargingProfile): void {
    this.#installed = this.#installed.filter(
      (other) => other.profile.id !== profile.id && !rivals(other, { evseId, profile }),
    );
    this.#installed.push({ evseId, profile });
  }

  /** An installed profile of another id that `candidate` would replace (2.x K01.FR.06: a CSMS must not do that). */
  rival(candidate: InstalledProfile): InstalledProfile | undefined {
    return this.#installed.find((other) => other.profile.id !== candidate.profile.id && rivals(other, candidate));
  }

  find(id: number): InstalledProfile | undefined {
    return this.#installed.find(({ profile }) => profile.id === id);
  }

  /** Removes what satisfies `test`. @returns how many those were. */
  remove(test: (installed: InstalledProfile) => boolean): number {
    const before = this.#installed.length;
    this.#installed = this.#installed.filter((installed) => !test(installed));
    return before - this.#installed.length;
  }

  /** W allowed at `at` to the vehicle at an EVSE: the least of what the station, its surroundings and the transaction allow. */
  limitAt(at: number, demand: Demand): Limit {
    const limit = (purpose: ChargingProfile['chargingProfilePurpose']) => this.#governing(purpose, at, demand);
    const stationMax = smallest([limit('ChargingStationMaxProfile'), limit('ChargingStationExternalConstraints')]);
    // EVSE 0 is the station itself: what holds for each transaction is no limit of the whole.
    if (demand.evseId === 0) return stationMax;
    return smallest([
      stationMax === undefined ? undefined : stationMax / Math.max(1, demand.sharing),
      limit('TxProfile') ?? limit('TxDefaultProfile'),
    ]);
  }

  /** When the limit may change next, before `to`. */
  nextChange(at: number, to: number, demand: Demand): number | undefined {
    return this.#changes(at, to, demand)[0];
  }

  /**
   * The limits over a time, as GetCompositeSchedule reports them.
   * @returns periods with their start in seconds after `from` and their limit in W (`most` where nothing limits)
   */
  composite(from: number, seconds: number, demand: Demand, most: number): { startPeriod: number; limit: number }[] {
    const periods: { startPeriod: number; limit: number }[] = [];
    for (const moment of [from, ...this.#changes(from, from + seconds * 1000, demand)]) {
      const limit = Math.min(most, this.limitAt(moment, demand) ?? most);
      if (periods.at(-1)?.limit !== limit) periods.push({ startPeriod: Math.round((moment - from) / 1000), limit });
    }
    return periods;
  }

  #applies({ evseId, profile }: InstalledProfile, demand: Demand): boolean {
    if (evseId !== 0 && evseId !== demand.evseId) return false;
    if (profile.chargingProfilePurpose !== 'TxProfile') return true;
    return demand.transactionId !== undefined && profile.transactionId === demand.transactionId;
  }

  /** The limit of the highest stack level of a purpose that says something at `at` (2.x K01.FR.31 ff.). */
  #governing(purpose: ChargingProfile['chargingProfilePurpose'], at: number, demand: Demand): Limit {
    let governing: { readonly level: number; readonly limit: number } | undefined;
    for (const installed of this.#installed) {
      if (installed.profile.chargingProfilePurpose !== purpose || !this.#applies(installed, demand)) continue;
      // A profile of the EVSE itself goes before one of all EVSEs with the same stack level.
      const level = installed.profile.stackLevel + (installed.evseId === 0 ? 0 : 0.5);
      if (governing !== undefined && governing.level > level) continue;
      const limit = limitOf(installed.profile, at, demand);
      if (limit !== undefined) governing = { level, limit };
    }
    return governing?.limit;
  }

  #changes(from: number, to: number, demand: Demand): number[] {
    const moments = new Set<number>();
    for (const installed of this.#installed) {
      if (!this.#applies(installed, demand)) continue;
      for (const moment of changesOf(installed.profile, from, to, demand)) moments.add(moment);
    }
    return [...moments].sort((left, right) => left - right);
  }
}

/** Volts that turn A into W for an outlet. */
export const voltageOf = (kind: 'AC' | 'DC'): number => (kind === 'AC' ? NOMINAL_VOLTAGE : 400);

function rivals(left: InstalledProfile, right: InstalledProfile): boolean {
  const { profile: a } = left;
  const { profile: b } = right;
  return (
    left.evseId === right.evseId &&
    a.stackLevel === b.stackLevel &&
    a.chargingProfilePurpose === b.chargingProfilePurpose &&
    a.transactionId === b.transactionId &&
    overlap(a, b)
  );
}

function overlap(a: ChargingProfile, b: ChargingProfile): boolean {
  const until = (profile: ChargingProfile) => time(profile.validTo) ?? Number.POSITIVE_INFINITY;
  const since = (profile: ChargingProfile) => time(profile.validFrom) ?? Number.NEGATIVE_INFINITY;
  return since(a) < until(b) && since(b) < until(a);
}
