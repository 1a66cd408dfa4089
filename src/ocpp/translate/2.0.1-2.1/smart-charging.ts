/** Block K, Smart charging. */
import type { Payload } from '../outcome.ts';
import { answer, refuse } from '../outcome.ts';
import { convert, keep, type ListMapper, list, object, procedure, row, sameBut, table, widened } from '../rows.ts';
import { mapped } from '../translator.ts';
import {
  chargingProfile,
  chargingSchedule,
  invalidStackLevel,
  isNewPurpose,
  isSayable,
  newPurposes,
  periodsRow,
  whyNot,
} from './charging-profiles.ts';
import {
  crossing,
  isNegative,
  noSuchEvse,
  objectIf,
  saying,
  statusInfo,
  statusResponse,
  unless,
  valueAt,
} from './crossing.ts';
import { asDynamic, clearDynamic, isDynamic, replaceDynamic, setDynamic } from './dynamic-profiles.ts';
import { newIn21, notNegative, rounded, within } from './numbers.ts';

/** Free text in 2.1. */
const limitSource = table(
  [
    ['EMS', 'EMS'],
    ['Other', 'Other'],
    ['SO', 'SO'],
    ['CSO', 'CSO'],
  ],
  { down: 'Other' },
);

export const setChargingProfile = crossing('csms', 'SetChargingProfile', {
  note: 'A profile that 2.0.1 cannot say is Rejected with the reason: UnsupportedPurpose, UnsupportedKind, InvalidSchedule or, where it would discharge, InvalidProfile. A Dynamic one becomes Absolute, with one limit that is kept up to date from here (by setting; otherwise UnsupportedKind).',
  request: sameBut(
    row('evseId', 'evseId', procedure('below 0: Rejected, UnknownEvse')),
    row('chargingProfile', 'chargingProfile', object(chargingProfile)),
  ),
  response: statusResponse,
  up: unless('up', noSuchEvse('evseId'), invalidStackLevel('chargingProfile')),
  down(request, context, pair) {
    const profile = request.chargingProfile as Payload;
    if (isDynamic(profile, context.settings)) return setDynamic(request, context);
    const reason = whyNot(profile, context.settings);
    if (reason !== undefined) return saying('Rejected', reason);
    return replaceDynamic(mapped(pair, 'down', request, context), profile.id, context);
  },
});

const onlyPurposeOf21 = unless(
  'down',
  objectIf(
    (request) => isNewPurpose(valueAt(request, 'chargingProfileCriteria.chargingProfilePurpose')),
    'UnsupportedPurpose',
    'Unknown',
  ),
);

export const clearChargingProfile = crossing('csms', 'ClearChargingProfile', {
  note: 'A 2.0.1 station has no profile of a purpose that only 2.1 knows, a 2.1 station none of an EVSE or level below 0: Unknown.',
  request: sameBut(
    row('chargingProfileCriteria.evseId', 'chargingProfileCriteria.evseId', procedure('below 0: Unknown')),
    row(
      'chargingProfileCriteria.chargingProfilePurpose',
      'chargingProfileCriteria.chargingProfilePurpose',
      newPurposes,
    ),
    row('chargingProfileCriteria.stackLevel', 'chargingProfileCriteria.stackLevel', procedure('below 0: Unknown')),
  ),
  response: statusResponse,
  up: unless(
    'up',
    noSuchEvse('chargingProfileCriteria.evseId', 'Unknown'),
    objectIf(
      (request) => isNegative(valueAt(request, 'chargingProfileCriteria.stackLevel')),
      'InvalidStackLevel',
      'Unknown',
    ),
  ),
  down: (request, context, pair) => clearDynamic(onlyPurposeOf21(request, context, pair), request, context),
});

const limitSources = convert('towards 2.0.1 what is not EMS, SO or CSO is Other', keep, (value) => [
  ...new Set((value as string[]).map((source) => (['EMS', 'SO', 'CSO'].includes(source) ? source : 'Other'))),
]);

export const getChargingProfiles = crossing('csms', 'GetChargingProfiles', {
  request: sameBut(
    row('evseId', 'evseId', procedure('below 0: NoProfiles')),
    row('chargingProfile.chargingProfilePurpose', 'chargingProfile.chargingProfilePurpose', newPurposes),
    row('chargingProfile.stackLevel', 'chargingProfile.stackLevel', procedure('below 0: NoProfiles')),
    row('chargingProfile.chargingLimitSource', 'chargingProfile.chargingLimitSource', limitSources),
  ),
  response: statusResponse,
  up: unless(
    'up',
    noSuchEvse('evseId', 'NoProfiles'),
    objectIf(
      (request) => isNegative(valueAt(request, 'chargingProfile.stackLevel')),
      'InvalidStackLevel',
      'NoProfiles',
    ),
  ),
  down: unless(
    'down',
    objectIf(
      (request) => isNewPurpose(valueAt(request, 'chargingProfile.chargingProfilePurpose')),
      'UnsupportedPurpose',
      'NoProfiles',
    ),
  ),
});

export const reportChargingProfiles = crossing('station', 'ReportChargingProfiles', {
  note: 'Profiles that 2.0.1 cannot say are left out; a report of nothing else is answered here. Up: a Dynamic profile that is kept up to date from here is told as it was set.',
  request: sameBut(
    row('chargingLimitSource', 'chargingLimitSource', limitSource),
    row('chargingProfile', 'chargingProfile', list(chargingProfile)),
    row('evseId', 'evseId', procedure('below 0: refused')),
  ),
  up(request, context, pair) {
    if (isNegative(request.evseId)) return refuse('PropertyConstraintViolation', 'evseId is below 0');
    const outcome = mapped(pair, 'up', request, context);
    if (outcome.kind !== 'forward') return outcome;
    const { chargingProfile } = outcome.call.payload as { chargingProfile: readonly Payload[] };
    const profiles = chargingProfile.map((profile) => asDynamic(profile, context));
    if (profiles.every((profile, index) => profile === chargingProfile[index])) return outcome;
    return { ...outcome, call: { ...outcome.call, payload: { ...outcome.call.payload, chargingProfile: profiles } } };
  },
  down(request, context, pair) {
    const profiles = request.chargingProfile as readonly Payload[];
    const sayable = profiles.filter((profile) => whyNot(profile, context.settings) === undefined);
    if (sayable.length < profiles.length) context.lost('chargingProfile', '2.0.1 cannot say it');
    if (sayable.length === 0) return answer({});
    return mapped(
      pair,
      'down',
      sayable.length === profiles.length ? request : { ...request, chargingProfile: sayable },
      context,
    );
  },
});

const scheduleStatus = convert(
  'Rejected towards 2.0.1 when it cannot say the schedule',
  keep,
  (value, context, { schedule }) =>
    schedule === undefined || isSayable(schedule as Payload, context) ? value : 'Rejected',
);

export const getCompositeSchedule = crossing('csms', 'GetCompositeSchedule', {
  note: 'A schedule of a 2.1 station that 2.0.1 cannot say, because it discharges or has no limit, is Rejected.',
  request: sameBut(row('evseId', 'evseId', procedure('below 0: Rejected, UnknownEvse'))),
  response: sameBut(
    row('status', 'status', scheduleStatus),
    row(
      'schedule',
      'schedule',
      object(sameBut(row('evseId', 'evseId', notNegative), periodsRow), {
        down: (value, context) => (isSayable(value as Payload, context) ? value : undefined),
      }),
    ),
    statusInfo,
  ),
  up: unless('up', noSuchEvse('evseId')),
});

const onlySayable: ListMapper = (schedules, context) => {
  const sayable = schedules.filter((schedule) => isSayable(schedule, context));
  if (sayable.length < schedules.length) context.lost('chargingSchedule', '2.0.1 cannot say it');
  return sayable;
};

export const notifyChargingLimit = crossing('station', 'NotifyChargingLimit', {
  note: 'Schedules that 2.0.1 cannot say are left out.',
  request: sameBut(
    row('chargingSchedule', 'chargingSchedule', list(chargingSchedule, { down: onlySayable })),
    row('evseId', 'evseId', within(0)),
    row('chargingLimit.chargingLimitSource', 'chargingLimit.chargingLimitSource', limitSource),
    newIn21('chargingLimit.isLocalGeneration', '2.0.1 knows no local generation'),
  ),
});

export const clearedChargingLimit = crossing('station', 'ClearedChargingLimit', {
  request: sameBut(row('chargingLimitSource', 'chargingLimitSource', limitSource), row('evseId', 'evseId', within(0))),
});

const ac = ['energyAmount', 'evMinCurrent', 'evMaxCurrent', 'evMaxVoltage'];
const dc = ['evMaxCurrent', 'evMaxVoltage', 'energyAmount', 'evMaxPower', 'evEnergyCapacity'];
const roundedRows = (object: string, fields: readonly string[]): readonly ReturnType<typeof row>[] =>
  fields.map((field) => row(`chargingNeeds.${object}.${field}`, `chargingNeeds.${object}.${field}`, rounded));

const belowOne = objectIf(({ evseId }) => (evseId as number) < 1, 'UnknownEvse');

export const notifyEVChargingNeeds = crossing('station', 'NotifyEVChargingNeeds', {
  note: 'Towards 2.0.1 a way of transfer that only 2.1 knows is told as the charging it contains.',
  request: sameBut(
    row('evseId', 'evseId', procedure('below 1: Rejected, UnknownEvse')),
    row('maxScheduleTuples', 'maxScheduleTuples', within(0)),
    newIn21('timestamp', '2.0.1 takes the time of receipt'),
    row(
      'chargingNeeds.requestedEnergyTransfer',
      'chargingNeeds.requestedEnergyTransfer',
      widened(
        ['AC_three_phase', 'AC_BPT'],
        ['AC_three_phase', 'AC_BPT_DER'],
        ['AC_three_phase', 'AC_DER'],
        ['DC', 'DC_BPT'],
        ['DC', 'DC_ACDP'],
        ['DC', 'DC_ACDP_BPT'],
        ['AC_three_phase', 'WPT'],
      ),
    ),
    newIn21('chargingNeeds.availableEnergyTransfer', '2.0.1 is told the requested one only'),
    newIn21('chargingNeeds.controlMode', '2.0.1 knows ISO 15118-2 only'),
    newIn21('chargingNeeds.mobilityNeedsMode', '2.0.1 knows ISO 15118-2 only'),
    newIn21('chargingNeeds.v2xChargingParameters', '2.0.1 only charges'),
    newIn21('chargingNeeds.evEnergyOffer', '2.0.1 only charges'),
    newIn21('chargingNeeds.derChargingParameters', '2.0.1 only charges'),
    ...roundedRows('acChargingParameters', ac),
    ...roundedRows('dcChargingParameters', dc),
  ),
  response: sameBut(row('status', 'status', widened(['Rejected', 'NoChargingProfile'])), statusInfo),
  up: unless('up', belowOne),
});

export const notifyEVChargingSchedule = crossing('station', 'NotifyEVChargingSchedule', {
  note: 'A schedule that 2.0.1 cannot say is Rejected (InvalidSchedule): the CSMS was not able to process it.',
  request: sameBut(
    row('evseId', 'evseId', procedure('below 1: Rejected, UnknownEvse')),
    row('chargingSchedule', 'chargingSchedule', object(chargingSchedule)),
    newIn21('selectedChargingScheduleId', '2.0.1 does not tell which one the EV took'),
    newIn21('powerToleranceAcceptance', '2.0.1 has no tolerance'),
  ),
  response: statusResponse,
  up: unless('up', belowOne),
  down(request, context, pair) {
    return isSayable(request.chargingSchedule as Payload, context)
      ? mapped(pair, 'down', request, context)
      : saying('Rejected', 'InvalidSchedule');
  },
});
