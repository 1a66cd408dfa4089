/**
 * ChargingProfile. What 2.1 added is left out towards 2.0.1 where the profile still charges no faster than it
 * was meant to; else the whole profile is refused with a reason. Discharging never becomes charging.
 */
import type { Context, TranslationSettings } from '../context.ts';
import type { Payload } from '../outcome.ts';
import { convert, keep, list, procedure, type Row, row, sameBut, widened } from '../rows.ts';
import { fromLocalTime } from '../zone.ts';
import { isNegative, type Objection, objectIf, valueAt } from './crossing.ts';
import { newIn21, notNegative, renumbered, within } from './numbers.ts';

/** reasonCode of a refusal (2.1 appendix, reason codes). */
export type ProfileReason = 'UnsupportedPurpose' | 'UnsupportedKind' | 'InvalidSchedule' | 'InvalidProfile';

const onlyWithDischarge = new Set([
  'ExternalSetpoint',
  'ExternalLimits',
  'CentralFrequency',
  'LocalFrequency',
  'LocalLoadBalancing',
]);
/** Below 0 these discharge; `limit` does so for older systems (2.1, ChargingSchedulePeriodType). */
const discharges = [
  'limit',
  'limit_L2',
  'limit_L3',
  'dischargeLimit',
  'dischargeLimit_L2',
  'dischargeLimit_L3',
  'setpoint',
  'setpoint_L2',
  'setpoint_L3',
] as const;
const phases = ['', '_L2', '_L3'] as const;

const numbers = (period: Payload, field: 'limit' | 'setpoint'): readonly number[] =>
  phases.flatMap((phase) => (period[field + phase] as number | undefined) ?? []);

const differ = (values: readonly number[]): boolean => values.some((value) => value !== values[0]);

/** Why 2.0.1 cannot say a period; `undefined`: it can. */
export function whyNotPeriod(period: Payload, settings: TranslationSettings): ProfileReason | undefined {
  const mode = (period.operationMode as string | undefined) ?? 'ChargingOnly';
  if (mode === 'Idle') return undefined;
  if (onlyWithDischarge.has(mode) || discharges.some((field) => isNegative(period[field]))) return 'InvalidProfile';
  if (settings.phaseLimits === 'reject' && (differ(numbers(period, 'limit')) || differ(numbers(period, 'setpoint'))))
    return 'InvalidSchedule';
  if (numbers(period, 'setpoint').length > 0) return settings.setpointAsLimit ? undefined : 'InvalidSchedule';
  return numbers(period, 'limit').length === 0 ? 'InvalidSchedule' : undefined;
}

/** Why 2.0.1 cannot say a schedule of a profile. Local time needs the station's time zone. */
function whyNotSchedule(schedule: Payload, settings: TranslationSettings): ProfileReason | undefined {
  if (schedule.startSchedule !== undefined && startOf(schedule, settings) === undefined) return 'InvalidSchedule';
  return first(schedule.chargingSchedulePeriod, (period) => whyNotPeriod(period, settings));
}

/** startSchedule with its offset; `undefined` when it is in local time and the zone is not known. */
function startOf({ startSchedule, useLocalTime }: Payload, { timeZone }: TranslationSettings): string | undefined {
  if (useLocalTime !== true) return startSchedule as string;
  return timeZone === undefined ? undefined : fromLocalTime(startSchedule as string, timeZone);
}

function first(list: unknown, reason: (item: Payload) => ProfileReason | undefined): ProfileReason | undefined {
  for (const item of list as readonly Payload[]) {
    const found = reason(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Why 2.0.1 cannot say a whole ChargingProfile as it is; `undefined`: it can. */
export function whyNot(profile: Payload, settings: TranslationSettings): ProfileReason | undefined {
  if (isNewPurpose(profile.chargingProfilePurpose)) return 'UnsupportedPurpose';
  if (profile.chargingProfileKind === 'Dynamic') return 'UnsupportedKind';
  return first(profile.chargingSchedule, (schedule) => whyNotSchedule(schedule, settings));
}

/** True when 2.0.1 can say the schedule that a station reports. */
export const isSayable = (schedule: Payload, context: Context): boolean =>
  whyNotSchedule(schedule, context.settings) === undefined;

export const isNewPurpose = (purpose: unknown): boolean =>
  purpose === 'PriorityCharging' || purpose === 'LocalGeneration';
export const newPurposes = widened([null, 'PriorityCharging'], [null, 'LocalGeneration']);

/** 2.1 levels begin at 0 (K01). */
export const invalidStackLevel = (path: string): Objection =>
  objectIf((request) => isNegative(valueAt(request, `${path}.stackLevel`)), 'InvalidStackLevel');

/**
 * One number for what 2.1 may give for each phase. In A 2.0.1 means each phase, so the lowest holds for all; in W it means
 * their sum (2.1: with L2 or L3 given, `limit` is that of L1), which a station divides by numberPhases (K01.FR.50), so the lowest
 * is taken as many times as there are phases given and used.
 */
function joined(values: readonly number[], unit: string, numberPhases: number): number {
  const lowest = Math.min(...values);
  return unit === 'W' ? Number((lowest * Math.min(values.length, numberPhases)).toPrecision(12)) : lowest;
}

function joinPhases(period: Payload, unit: string): Payload {
  let out = period;
  for (const field of ['limit', 'setpoint'] as const) {
    if (period[`${field}_L2`] === undefined && period[`${field}_L3`] === undefined) continue;
    const { [`${field}_L2`]: _l2, [`${field}_L3`]: _l3, ...rest } = out;
    // Without numberPhases three are meant (K01.FR.49).
    const used = Math.max(1, (period.numberPhases as number | undefined) ?? 3);
    out = { ...rest, [field]: joined(numbers(period, field), unit, used) };
  }
  return out;
}

/** The limit that a period (of joined phases) means in 2.0.1 words: the lower one of limit and setpoint, 0 when it is Idle. */
function meant({ operationMode, limit, setpoint }: Payload): number | undefined {
  if (operationMode === 'Idle') return 0;
  if (setpoint === undefined || limit === undefined) return limit ?? setpoint;
  return Math.min(limit as number, setpoint as number);
}

/** The limit of 2.0.1 for a period that {@link whyNotPeriod} has nothing against. */
export const limitOf = (period: Payload, unit: string): number | undefined => meant(joinPhases(period, unit));

const limit = convert(
  'towards 2.0.1: 0 in operationMode Idle, else the lower one of limit and setpoint; below 0 the profile is refused (InvalidProfile)',
  keep,
  (_value, _context, period) => meant(period),
  { absent: true },
);

const v2x = 'only operation modes that 2.0.1 lacks need it';
const perPhase = procedure(
  'towards 2.0.1 the lowest phase holds for all of them; by setting the profile is refused (InvalidSchedule) when they differ',
);
const inLimit = procedure('towards 2.0.1 part of limit');

const period = sameBut(
  row('limit', 'limit', limit),
  row('numberPhases', 'numberPhases', within(0, 3)),
  row('phaseToUse', 'phaseToUse', within(0, 3)),
  row(null, 'limit_L2', perPhase),
  row(null, 'limit_L3', perPhase),
  newIn21('dischargeLimit', 'below 0 the profile is refused (InvalidProfile); 0 is what 2.0.1 does anyway'),
  newIn21('dischargeLimit_L2', 'see dischargeLimit'),
  newIn21('dischargeLimit_L3', 'see dischargeLimit'),
  row(null, 'setpoint', {
    kind: 'derived',
    how: 'towards 2.0.1 part of limit; below 0 the profile is refused (InvalidProfile)',
    make: () => undefined,
  }),
  row(null, 'setpoint_L2', inLimit),
  row(null, 'setpoint_L3', inLimit),
  newIn21('setpointReactive', v2x),
  newIn21('setpointReactive_L2', v2x),
  newIn21('setpointReactive_L3', v2x),
  newIn21('preconditioningRequest', '2.0.1 knows no preconditioning of batteries'),
  newIn21('evseSleep', '2.0.1 knows no sleeping EVSE'),
  newIn21('v2xBaseline', v2x),
  row(null, 'operationMode', {
    kind: 'derived',
    how: 'Idle is limit 0, ChargingOnly and CentralSetpoint without discharge are what 2.0.1 does; with the others the profile is refused (InvalidProfile)',
    make: () => undefined,
  }),
  newIn21('v2xFreqWattCurve', v2x),
  newIn21('v2xSignalWattCurve', v2x),
);

/** chargingSchedulePeriod[], in a schedule with a chargingRateUnit. */
export const periodsRow: Row = row(
  'chargingSchedulePeriod',
  'chargingSchedulePeriod',
  list(period, {
    down: (periods, _context, schedule) => periods.map((item) => joinPhases(item, schedule.chargingRateUnit as string)),
  }),
);

const prices = '2.0.1 has sales tariffs only';

/** ChargingScheduleType. */
export const chargingSchedule = sameBut(
  newIn21('limitAtSoC', 'a 2.0.1 station does not look at the state of charge'),
  newIn21('powerTolerance', '2.0.1 has no tolerance'),
  newIn21('signatureId', '2.0.1 signs no schedules'),
  newIn21('digestValue', '2.0.1 signs no schedules'),
  row(
    'startSchedule',
    'startSchedule',
    convert(
      'towards 2.0.1 with the offset of the configured zone where it is local time',
      keep,
      (_value, context, schedule) => startOf(schedule, context.settings),
    ),
  ),
  row(null, 'useLocalTime', {
    kind: 'derived',
    how: 'towards 2.0.1 startSchedule is converted by the configured zone; without one the profile is refused (InvalidSchedule)',
    make: () => undefined,
  }),
  newIn21('randomizedDelay', '2.0.1 delays nothing at random'),
  row('salesTariff.id', 'salesTariff.id', renumbered('salesTariff')),
  row('salesTariff.numEPriceLevels', 'salesTariff.numEPriceLevels', within(0)),
  periodsRow,
  newIn21('absolutePriceSchedule', prices),
  newIn21('priceLevelSchedule', prices),
);

/** ChargingProfileType. A profile that {@link whyNot} has a reason against must not be read downwards. */
export const chargingProfile = sameBut(
  row('stackLevel', 'stackLevel', notNegative),
  row('chargingProfilePurpose', 'chargingProfilePurpose', newPurposes),
  row('chargingProfileKind', 'chargingProfileKind', widened([null, 'Dynamic'])),
  newIn21('maxOfflineDuration', 'a 2.0.1 station keeps its profiles while it is offline'),
  newIn21('invalidAfterOfflineDuration', 'a 2.0.1 station keeps its profiles while it is offline'),
  newIn21('dynUpdateInterval', 'only Dynamic profiles have it, which are kept up to date from here'),
  newIn21('dynUpdateTime', 'only Dynamic profiles have it, which are kept up to date from here'),
  newIn21('priceScheduleSignature', prices),
  row('chargingSchedule', 'chargingSchedule', list(chargingSchedule)),
);
