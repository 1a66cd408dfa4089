import type { Messages } from '../../ocpp/generated/1.6.types.ts';
import { type Answers, answer } from '../dialect.ts';
import type { ChargingProfile } from '../profiles.ts';
import { composite, scheduleFits } from '../smart-charging.ts';

type Profile16 = Messages['SetChargingProfileRequest']['csChargingProfiles'];

const purposes = {
  ChargePointMaxProfile: 'ChargingStationMaxProfile',
  TxDefaultProfile: 'TxDefaultProfile',
  TxProfile: 'TxProfile',
} as const;

/** A 1.6 profile in the shape of 2.x. @param transactionId the station's own id of the transaction it is for */
export function profileOf(profile: Profile16, transactionId: string | undefined): ChargingProfile {
  const { chargingProfileId, chargingProfilePurpose, chargingSchedule, stackLevel, chargingProfileKind } = profile;
  const { recurrencyKind, validFrom, validTo } = profile;
  return {
    id: chargingProfileId,
    stackLevel,
    chargingProfilePurpose: purposes[chargingProfilePurpose],
    chargingProfileKind,
    ...(recurrencyKind !== undefined && { recurrencyKind }),
    ...(validFrom !== undefined && { validFrom }),
    ...(validTo !== undefined && { validTo }),
    ...(transactionId !== undefined && { transactionId }),
    chargingSchedule: [{ id: chargingProfileId, ...chargingSchedule }],
  };
}

/** SmartCharging. */
export const smartChargingAnswers: Answers<
  Messages,
  'ClearChargingProfile' | 'GetCompositeSchedule' | 'SetChargingProfile'
> = {
  SetChargingProfile: (station, { connectorId, csChargingProfiles }) => {
    const purpose = csChargingProfiles.chargingProfilePurpose;
    const evse = station.evses[connectorId - 1];
    if (connectorId !== 0 && evse === undefined) return answer({ status: 'Rejected' });
    if (purpose === 'ChargePointMaxProfile' && connectorId !== 0) return answer({ status: 'Rejected' });
    // 1.6 5.16.2: a TxProfile is for the transaction that runs on the connector.
    const transaction = purpose === 'TxProfile' ? evse?.transaction : undefined;
    const wanted = csChargingProfiles.transactionId;
    if (purpose === 'TxProfile' && (!transaction || (wanted !== undefined && wanted !== transaction.record.nativeId))) {
      return answer({ status: 'Rejected' });
    }
    const profile = profileOf(csChargingProfiles, transaction?.id);
    if (!scheduleFits(station, profile)) return answer({ status: 'Rejected' });
    station.profiles.install(connectorId, profile);
    return answer({ status: 'Accepted' }, () => station.transactions.limitsChanged(station.clock.now()));
  },

  ClearChargingProfile: (station, { id, connectorId, chargingProfilePurpose, stackLevel }) => {
    const purpose = chargingProfilePurpose && purposes[chargingProfilePurpose];
    const removed = station.profiles.remove(({ evseId, profile }) =>
      id !== undefined
        ? profile.id === id
        : (connectorId === undefined || evseId === connectorId) &&
          (purpose === undefined || profile.chargingProfilePurpose === purpose) &&
          (stackLevel === undefined || profile.stackLevel === stackLevel),
    );
    return answer({ status: removed > 0 ? 'Accepted' : 'Unknown' }, () =>
      station.transactions.limitsChanged(station.clock.now()),
    );
  },

  GetCompositeSchedule: (station, { connectorId, duration, chargingRateUnit }) => {
    const schedule = composite(station, connectorId, duration, chargingRateUnit);
    if (schedule === undefined) return answer({ status: 'Rejected' });
    const { start, unit, periods } = schedule;
    return answer({
      status: 'Accepted',
      connectorId,
      scheduleStart: new Date(start).toISOString(),
      chargingSchedule: { duration, chargingRateUnit: unit, chargingSchedulePeriod: periods },
    });
  },
};
