/** ChargingProfile 1.6 ↔ 2.0.1: the rows, and the normalisations that each side's stricter rules ask for. */
import type { Context } from '../context.ts';
import type { Payload } from '../outcome.ts';
import { apply, convert, keep, list, lost, procedure, row, rows, same, table } from '../rows.ts';
import { zoneOffset } from '../zone.ts';
import { noCustomData } from './common-rows.ts';
import { mirrored, mirroredInteger } from './configuration-mirror.ts';
import { olderIds } from './smart-charging-registry.ts';
import { floorToTenth, inUnit, type RateUnit, unitTaken } from './smart-charging-units.ts';

const tenth = (field: string): ReturnType<typeof convert> =>
  convert('cut to one decimal towards 1.6', keep, (value, context) => {
    const floored = floorToTenth(value as number);
    // What has one decimal already is told as it is written; only a real difference is a loss.
    if (Math.abs(floored - (value as number)) > 1e-9)
      context.lost(field, '1.6 limits have one decimal; it is cut, never raised');
    return floored;
  });

export const chargingSchedulePeriod = rows(
  row('startPeriod', 'startPeriod', same),
  row('limit', 'limit', tenth('limit')),
  row('numberPhases', 'numberPhases', same),
  row(null, 'phaseToUse', lost('1.6 leaves the choice of the phase to the station')),
  noCustomData,
);

export const chargingSchedule = rows(
  row(null, 'id', procedure('1.6 has no schedule ids; up they are counted per station')),
  row('duration', 'duration', same),
  row(
    'startSchedule',
    'startSchedule',
    convert('absent: towards 2.x as the kind of profile wants it; towards 1.6 by setting the present time', keep, keep),
  ),
  row(
    'chargingRateUnit',
    'chargingRateUnit',
    convert(
      'one that the station does not take is converted where voltage and phases are configured, else refused (UnsupportedRateUnit)',
      keep,
      keep,
    ),
  ),
  row('chargingSchedulePeriod', 'chargingSchedulePeriod', list(chargingSchedulePeriod)),
  row('minChargingRate', 'minChargingRate', tenth('minChargingRate')),
  row(null, 'salesTariff', lost('1.6 has no tariffs in schedules')),
  noCustomData,
);

export const chargingProfilePurpose = table([
  ['ChargePointMaxProfile', 'ChargingStationMaxProfile'],
  ['TxDefaultProfile', 'TxDefaultProfile'],
  ['TxProfile', 'TxProfile'],
  [null, 'ChargingStationExternalConstraints'],
]);

/** Read upwards with the one 1.6 schedule in a list of its own. */
export const chargingProfile = rows(
  row('chargingProfileId', 'id', same),
  row('transactionId', 'transactionId', procedure('the table of transactions')),
  row('stackLevel', 'stackLevel', same),
  row('chargingProfilePurpose', 'chargingProfilePurpose', chargingProfilePurpose),
  row('chargingProfileKind', 'chargingProfileKind', same),
  row('recurrencyKind', 'recurrencyKind', same),
  row('validFrom', 'validFrom', same),
  row('validTo', 'validTo', same),
  row('chargingSchedule', 'chargingSchedule', list(chargingSchedule)),
  noCustomData,
);

/** A profile of the other version, without its transactionId; or why there is none, as a reasonCode of 2.x. */
export type Converted =
  | { readonly profile: Payload; readonly refused?: undefined }
  | { readonly profile?: undefined; readonly refused: string };

/**
 * A 2.0.1 profile as 1.6 says it. `chargingProfileId` is the 2.x id as it is, `transactionId` is left out.
 * Refused: purposes that 1.6 does not have, several schedules, what 2.x forbids, and what the station is known not to take.
 */
export function profileToOlder(profile: Payload, context: Context): Converted {
  if (profile.chargingProfilePurpose === 'ChargingStationExternalConstraints') return { refused: 'InvalidProfile' };
  const [given, ...more] = profile.chargingSchedule as Payload[];
  if (given === undefined || more.length > 0) return { refused: 'InvalidSchedule' };
  // A negative limit discharges (2.1, limit), which no station of 1.6 can.
  if ((given.chargingSchedulePeriod as Payload[]).some(({ limit }) => limit < 0)) return { refused: 'InvalidSchedule' };
  const suitable = suited(profile, given, context);
  if (suitable.refused !== undefined) return suitable;
  const older = apply(chargingProfile, 'down', { ...profile, chargingSchedule: [suitable.schedule] }, context);
  const [schedule] = older.chargingSchedule as Payload[];
  const startSchedule =
    schedule?.startSchedule ?? (context.settings.needsStartSchedule ? timestamp(context.now()) : undefined);
  return {
    profile: {
      ...older,
      chargingSchedule: { ...schedule, ...(startSchedule === undefined ? {} : { startSchedule }) },
    },
  };
}

/** The most periods that a 2.0.1 schedule can hold. */
const MAX_PERIODS = 1024;

/**
 * A 1.6 profile as 2.0.1 says it, brought into the form that 2.x insists on; without `transactionId`.
 * Refused: what 2.x cannot say at all, and what the station is known not to take.
 */
export function profileToNewer(profile: Payload, context: Context): Converted {
  const given = profile.chargingSchedule as Payload;
  if ((given.chargingSchedulePeriod as Payload[]).length > MAX_PERIODS) return { refused: 'TooManyElements' };
  const suitable = suited(profile, given, context);
  if (suitable.refused !== undefined) return suitable;
  const timing = timingUp(profile, given.startSchedule as string | undefined, context);
  const { startSchedule: _start, ...schedule } = suitable.schedule;
  const newer = apply(
    chargingProfile,
    'up',
    {
      ...profile,
      chargingProfileKind: timing.kind,
      chargingSchedule: [
        { ...schedule, ...(timing.startSchedule === undefined ? {} : { startSchedule: timing.startSchedule }) },
      ],
    },
    context,
  );
  const [mapped] = newer.chargingSchedule as Payload[];
  return { profile: { ...newer, chargingSchedule: [{ id: nextScheduleId(context), ...mapped }] } };
}

/**
 * The TxProfile of a RequestStartTransaction for a 1.6 RemoteStartTransaction. Neither may name a transaction.
 * A start whose profile is refused must not be made: the car would charge without its limit.
 */
export function startProfileToOlder(profile: Payload, context: Context): Converted {
  if (profile.chargingProfilePurpose !== 'TxProfile') return { refused: 'InvalidProfile' };
  const converted = profileToOlder(profile, context);
  if (converted.refused !== undefined) return converted;
  const [chargingProfileId] = olderIds(profile.id as number, [0], context);
  return { profile: { ...converted.profile, chargingProfileId } };
}

/** The TxProfile of a 1.6 RemoteStartTransaction for a RequestStartTransaction; a transactionId in it is dropped. */
export const startProfileToNewer = (profile: Payload, context: Context): Converted =>
  profile.chargingProfilePurpose === 'TxProfile' ? profileToNewer(profile, context) : { refused: 'InvalidProfile' };

/**
 * The schedule of a profile with its periods in order, in a unit that the station takes; or why the station will not take it,
 * as far as its configuration is known. Unknown limits are no limits.
 */
function suited(
  profile: Payload,
  schedule: Payload,
  context: Context,
): { readonly schedule: Payload; readonly refused?: undefined } | { readonly refused: string } {
  if (profile.chargingProfileKind === 'Recurring' && profile.recurrencyKind === undefined)
    return { refused: 'InvalidProfile' };
  const stackLevel = profile.stackLevel as number;
  const highest = mirroredInteger('ChargeProfileMaxStackLevel', context);
  if (stackLevel < 0 || (highest !== undefined && stackLevel > highest)) return { refused: 'InvalidStackLevel' };
  const chargingSchedulePeriod = (schedule.chargingSchedulePeriod as Payload[]).toSorted(
    (a, b) => (a.startPeriod as number) - (b.startPeriod as number),
  );
  // K01.FR.31
  if (chargingSchedulePeriod[0]?.startPeriod !== 0) return { refused: 'InvalidSchedule' };
  const most = mirroredInteger('ChargingScheduleMaxPeriods', context);
  if (most !== undefined && most > 0 && chargingSchedulePeriod.length > most) return { refused: 'TooManyElements' };
  const unit = unitTaken(schedule.chargingRateUnit as RateUnit, context);
  const converted = inUnit({ ...schedule, chargingSchedulePeriod }, unit, context);
  if (converted === undefined) return { refused: 'UnsupportedRateUnit' };
  if (unit !== schedule.chargingRateUnit) {
    context.lost('chargingRateUnit', `the station takes ${unit} only; converted by the configured voltage and phases`);
  }
  return { schedule: converted };
}

/** Kind and start as 2.x wants them (normalisation towards 2.x). */
function timingUp(
  profile: Payload,
  startSchedule: string | undefined,
  context: Context,
): { readonly kind: string; readonly startSchedule?: string } {
  const kind = profile.chargingProfileKind as string;
  const ofStation = profile.chargingProfilePurpose === 'ChargePointMaxProfile';
  if (kind === 'Relative') {
    // Relative means: to the start of charging. The whole station never starts charging.
    return ofStation ? { kind: 'Absolute', startSchedule: timestamp(context.now()) } : { kind };
  }
  if (startSchedule !== undefined) return { kind, startSchedule };
  if (kind === 'Recurring') return { kind, startSchedule: lastMidnight(profile.recurrencyKind === 'Weekly', context) };
  // 1.6: without startSchedule an absolute schedule begins when charging begins.
  return ofStation ? { kind, startSchedule: timestamp(context.now()) } : { kind: 'Relative' };
}

const timestamp = (at: number): string => new Date(at).toISOString();

const DAY = 86_400_000;

/** The last midnight (`monday`: of a Monday) in the station's zone, UTC when that is not known. */
function lastMidnight(monday: boolean, context: Context): string {
  const zone = mirrored('TimeOffset', context) ?? context.settings.timeZone ?? 'Z';
  const offset = zoneOffset(zone, context.now()) ?? 0;
  const day = Math.floor((context.now() + offset) / DAY);
  // Day 0, 1970-01-01, was a Thursday.
  return timestamp((monday ? day - ((day + 3) % 7) : day) * DAY - offset);
}

/** The next id of a schedule that 1.6 gave none. */
function nextScheduleId(context: Context): number {
  const next = (context.state.get<number>('counter', 'scheduleId') ?? 0) + 1;
  context.state.set('counter', 'scheduleId', next);
  return next;
}
