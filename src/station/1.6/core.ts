import type { Messages } from '../../ocpp/generated/1.6.types.ts';
import { type Answers, answer } from '../dialect.ts';
import type { Evse } from '../evse.ts';
import { CallRefused } from '../frames.ts';
import { objectionTo, type Setting, settingByKey, settings } from '../settings.ts';
import type { VirtualStation } from '../station.ts';
import { profileOf } from './smart-charging.ts';

/**
 * The EVSE of a connectorId.
 * @throws CallRefused for one that the station does not have: where 1.6 has no status for it (J errata 3.x).
 */
export function evseOf(station: VirtualStation, connectorId: number): Evse {
  const evse = station.evses[connectorId - 1];
  if (evse === undefined) throw new CallRefused('PropertyConstraintViolation', `there is no connector ${connectorId}`);
  return evse;
}

/** What the triggers of 1.6 make a station send; they are sent after the answer (1.6 5.17). */
export function trigger(station: VirtualStation, requested: string, connectorId: number | undefined): () => void {
  const evses = connectorId === undefined || connectorId === 0 ? station.evses : [evseOf(station, connectorId)];
  const { dialect, clock, maintenance } = station;
  return () => {
    switch (requested) {
      case 'BootNotification':
        return station.registration.triggered();
      case 'Heartbeat':
        return station.registration.heartbeat();
      case 'StatusNotification':
        if (connectorId === undefined || connectorId === 0)
          station.out.tell(dialect.stationStatus(station), 'triggered');
        if (connectorId === 0) return;
        for (const evse of evses) {
          evse.told = dialect.statusOf(station, evse);
          station.out.tell(dialect.status(station, evse, evse.told), 'triggered');
        }
        return;
      case 'MeterValues':
        for (const evse of evses) station.remote.reportMeter(evse, 'Trigger', 'Trigger', clock.now());
        return;
      case 'DiagnosticsStatusNotification':
      case 'LogStatusNotification':
        return station.out.tell(
          maintenance.statusOf('log') ?? { action: requested, payload: { status: 'Idle' } },
          'triggered',
        );
      case 'FirmwareStatusNotification':
        return station.out.tell(
          maintenance.statusOf('firmware') ?? { action: requested, payload: { status: 'Idle' } },
          'triggered',
        );
    }
  };
}

const keyAndValue = (station: VirtualStation, setting: Setting) => ({
  key: setting.key!,
  readonly: setting.access === 'R',
  // Write-only: a station does not tell its password (1.6 security 4.1.2).
  ...(setting.access !== 'W' && { value: station.settings.get(setting) }),
});

/** Core, LocalAuthListManagement, Reservation and RemoteTrigger. */
export const coreAnswers: Answers<
  Messages,
  | 'CancelReservation'
  | 'ChangeAvailability'
  | 'ChangeConfiguration'
  | 'ClearCache'
  | 'DataTransfer'
  | 'GetConfiguration'
  | 'GetLocalListVersion'
  | 'RemoteStartTransaction'
  | 'RemoteStopTransaction'
  | 'ReserveNow'
  | 'Reset'
  | 'SendLocalList'
  | 'TriggerMessage'
  | 'UnlockConnector'
> = {
  RemoteStartTransaction: (station, { connectorId, idTag, chargingProfile }) => {
    if (connectorId === 0) return answer({ status: 'Rejected' });
    const authorization = {
      token: { idToken: idTag, type: 'Central' },
      groupIdToken: undefined,
      remoteStartId: undefined,
      remote: true,
    };
    // 1.6 5.11: only a TxProfile, for the transaction that is about to start.
    const unfit = chargingProfile !== undefined && chargingProfile.chargingProfilePurpose !== 'TxProfile';
    if (unfit || chargingProfile?.transactionId !== undefined) return answer({ status: 'Rejected' });
    const profile = chargingProfile && profileOf(chargingProfile, undefined);
    const started = station.remote.start(connectorId, authorization, profile);
    return 'objection' in started ? answer({ status: 'Rejected' }) : answer({ status: 'Accepted' }, started.begin);
  },

  RemoteStopTransaction: (station, { transactionId }) =>
    answer({ status: station.remote.stop(transactionId) ? 'Accepted' : 'Rejected' }),

  Reset: (station, { type }) => answer({ status: 'Accepted' }, () => station.maintenance.reset16(type)),

  // 1.6 5.18: a running transaction is stopped first.
  UnlockConnector: (station, { connectorId }) => {
    const evse = station.evses[connectorId - 1];
    if (evse === undefined) return answer({ status: 'NotSupported' });
    return answer({ status: 'Unlocked' }, () => station.remote.unlock(evse));
  },

  ChangeAvailability: (station, { connectorId, type }) => {
    if (connectorId !== 0 && station.evses[connectorId - 1] === undefined) return answer({ status: 'Rejected' });
    const evse = connectorId === 0 ? undefined : station.evse(connectorId);
    return answer({ status: station.remote.changeAvailability(evse, type === 'Operative') }, () =>
      station.tellStatuses(),
    );
  },

  GetConfiguration: (station, { key }) => {
    if (key === undefined || key.length === 0) {
      return answer({
        configurationKey: settings.filter((each) => each.key !== undefined).map((each) => keyAndValue(station, each)),
      });
    }
    const known = key.map((name) => settingByKey(name));
    const unknownKey = key.filter((_, index) => known[index] === undefined);
    const configurationKey = known.filter((each) => each !== undefined).map((each) => keyAndValue(station, each));
    return answer({
      ...(configurationKey.length > 0 && { configurationKey }),
      ...(unknownKey.length > 0 && { unknownKey }),
    });
  },

  ChangeConfiguration: (station, { key, value }) => {
    const setting = settingByKey(key);
    if (setting === undefined) return answer({ status: 'NotSupported' });
    if (setting.access === 'R' || objectionTo(setting, value) !== undefined) return answer({ status: 'Rejected' });
    station.setSetting(setting.id, value);
    return answer({ status: setting.reboot ? 'RebootRequired' : 'Accepted' });
  },

  ClearCache: (station) => {
    if (!station.settings.flag('AuthorizationCacheEnabled')) return answer({ status: 'Rejected' });
    station.local.clearCache();
    return answer({ status: 'Accepted' });
  },

  DataTransfer: () => answer({ status: 'UnknownVendorId' }),

  // -1: the list is not supported (1.6 6.24).
  GetLocalListVersion: (station) =>
    answer({ listVersion: station.settings.flag('LocalAuthListEnabled') ? station.local.version : -1 }),

  SendLocalList: (station, { listVersion, updateType, localAuthorizationList = [] }) => {
    if (!station.settings.flag('LocalAuthListEnabled')) return answer({ status: 'NotSupported' });
    if (localAuthorizationList.length > station.settings.integer('SendLocalListMaxLength')) {
      return answer({ status: 'Failed' });
    }
    const entries = localAuthorizationList.map(({ idTag, idTagInfo }) => ({
      token: { idToken: idTag, type: 'Local' },
      info: idTagInfo && {
        status: idTagInfo.status,
        groupIdToken: idTagInfo.parentIdTag,
        expiresAt: idTagInfo.expiryDate === undefined ? undefined : Date.parse(idTagInfo.expiryDate),
      },
    }));
    const most = station.settings.integer('LocalAuthListMaxLength');
    return answer({ status: station.local.update(updateType, listVersion, entries, most) });
  },

  ReserveNow: (station, { connectorId, expiryDate, idTag, parentIdTag, reservationId }) => {
    if (connectorId !== 0 && station.evses[connectorId - 1] === undefined) return answer({ status: 'Rejected' });
    if (connectorId === 0 && !station.settings.flag('ReserveConnectorZeroSupported'))
      return answer({ status: 'Rejected' });
    const evse = connectorId === 0 ? undefined : station.evse(connectorId);
    const status = station.remote.reserve(evse, {
      id: reservationId,
      evseId: evse?.id,
      idToken: idTag,
      groupIdToken: parentIdTag,
      expiresAt: Date.parse(expiryDate),
    });
    return answer({ status }, () => station.tellStatuses());
  },

  CancelReservation: (station, { reservationId }) =>
    answer({ status: station.remote.cancelReservation(reservationId) ? 'Accepted' : 'Rejected' }, () =>
      station.tellStatuses(),
    ),

  TriggerMessage: (station, { requestedMessage, connectorId }) => {
    if (connectorId !== undefined && connectorId > station.evses.length) return answer({ status: 'Rejected' });
    // J errata: an accepted station does not boot again.
    if (requestedMessage === 'BootNotification' && station.registration.state === 'Accepted') {
      return answer({ status: 'Rejected' });
    }
    return answer({ status: 'Accepted' }, trigger(station, requestedMessage, connectorId));
  },
};
