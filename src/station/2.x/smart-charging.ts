import type { Messages } from '../../ocpp/generated/2.1.types.ts';
import { type Answers, answer } from '../dialect.ts';
import type { InstalledProfile } from '../profiles.ts';
import { composite, scheduleFits } from '../smart-charging.ts';
import type { VirtualStation } from '../station.ts';
import { call, iso } from './telling.ts';

type Profile = Messages['SetChargingProfileRequest']['chargingProfile'];

/** Why a profile cannot be installed (K01); `undefined` when it can. */
function objectionTo(station: VirtualStation, evseId: number, profile: Profile): string | undefined {
  const evse = station.evses[evseId - 1];
  if (evseId !== 0 && evse === undefined) return 'UnknownEvse';
  switch (profile.chargingProfilePurpose) {
    case 'ChargingStationMaxProfile':
      if (evseId !== 0 || profile.chargingProfileKind === 'Relative') return 'InvalidProfile';
      break;
    case 'TxProfile':
      if (profile.transactionId === undefined) return 'InvalidProfile';
      if (evse?.transaction?.id !== profile.transactionId) return 'TxNotFound';
      break;
    case 'TxDefaultProfile':
      if (profile.transactionId !== undefined) return 'InvalidProfile';
      break;
    default:
      return 'UnsupportedPurpose';
  }
  if (
    profile.chargingSchedule.some(({ startSchedule }) => profile.chargingProfileKind === 'Relative' && startSchedule)
  ) {
    return 'InvalidSchedule';
  }
  if (!scheduleFits(station, profile)) return 'InvalidSchedule';
  return station.profiles.rival({ evseId, profile }) === undefined ? undefined : 'DuplicateProfile';
}

type Criteria = Messages['GetChargingProfilesRequest'];

const matches =
  ({ evseId, chargingProfile: wanted }: Criteria) =>
  ({ evseId: at, profile }: InstalledProfile): boolean =>
    (evseId === undefined || evseId === at) &&
    (wanted.chargingProfileId === undefined || wanted.chargingProfileId.includes(profile.id)) &&
    (wanted.chargingProfilePurpose === undefined || wanted.chargingProfilePurpose === profile.chargingProfilePurpose) &&
    (wanted.stackLevel === undefined || wanted.stackLevel === profile.stackLevel) &&
    (wanted.chargingLimitSource === undefined || wanted.chargingLimitSource.includes('CSO'));

/** One ReportChargingProfiles for every EVSE (K09). */
function reportProfiles(station: VirtualStation, requestId: number, found: readonly InstalledProfile[]): void {
  const byEvse = [...Map.groupBy(found, ({ evseId }) => evseId)];
  for (const [index, [evseId, installed]] of byEvse.entries()) {
    station.out.tell(
      call('ReportChargingProfiles', {
        requestId,
        evseId,
        chargingLimitSource: 'CSO',
        chargingProfile: installed.map(({ profile }) => profile),
        tbc: index < byEvse.length - 1,
      }),
    );
  }
}

/** SmartCharging. */
export const smartChargingAnswers: Answers<
  Messages,
  'ClearChargingProfile' | 'GetChargingProfiles' | 'GetCompositeSchedule' | 'SetChargingProfile'
> = {
  SetChargingProfile: (station, { evseId, chargingProfile }) => {
    const objection = objectionTo(station, evseId, chargingProfile);
    if (objection !== undefined) return answer({ status: 'Rejected', statusInfo: { reasonCode: objection } });
    station.profiles.install(evseId, chargingProfile);
    return answer({ status: 'Accepted' }, () => station.transactions.limitsChanged(station.clock.now()));
  },

  ClearChargingProfile: (station, { chargingProfileId, chargingProfileCriteria = {} }) => {
    const { evseId, chargingProfilePurpose, stackLevel } = chargingProfileCriteria;
    const removed = station.profiles.remove(({ evseId: at, profile }) =>
      chargingProfileId !== undefined
        ? profile.id === chargingProfileId
        : (evseId === undefined || at === evseId) &&
          (chargingProfilePurpose === undefined || profile.chargingProfilePurpose === chargingProfilePurpose) &&
          (stackLevel === undefined || profile.stackLevel === stackLevel),
    );
    return answer({ status: removed > 0 ? 'Accepted' : 'Unknown' }, () =>
      station.transactions.limitsChanged(station.clock.now()),
    );
  },

  GetChargingProfiles: (station, request) => {
    const found = station.profiles.all.filter(matches(request));
    if (found.length === 0) return answer({ status: 'NoProfiles' });
    return answer({ status: 'Accepted' }, () => reportProfiles(station, request.requestId, found));
  },

  GetCompositeSchedule: (station, { evseId, duration, chargingRateUnit }) => {
    const schedule = composite(station, evseId, duration, chargingRateUnit);
    if (schedule === undefined) return answer({ status: 'Rejected', statusInfo: { reasonCode: 'UnknownEvse' } });
    const { start, unit, periods } = schedule;
    return answer({
      status: 'Accepted',
      schedule: {
        evseId,
        duration,
        scheduleStart: iso(start),
        chargingRateUnit: unit,
        chargingSchedulePeriod: periods,
      },
    });
  },
};
