import type { Messages } from '../../ocpp/generated/2.1.types.ts';
import { certificateRequest } from '../certificates.ts';
import { type Answers, answer } from '../dialect.ts';
import type { Evse } from '../evse.ts';
import type { VirtualStation } from '../station.ts';
import { call } from './telling.ts';

type EvseAddress = { readonly id: number; readonly connectorId?: number };

/** The EVSE that an address means; `undefined` where there is none. */
const evseAt = (station: VirtualStation, { id, connectorId = 1 }: EvseAddress): Evse | undefined =>
  connectorId === 1 ? station.evses[id - 1] : undefined;

type Triggers = Messages['TriggerMessageRequest']['requestedMessage'];

/** What TriggerMessage makes a station send (F06); `undefined`: it cannot. */
function triggered(station: VirtualStation, requested: Triggers, evse: Evse | undefined): (() => void) | undefined {
  const { dialect, clock, maintenance, transactions } = station;
  const evses = evse === undefined ? station.evses : [evse];
  switch (requested) {
    case 'BootNotification':
      return () => station.registration.triggered();
    case 'Heartbeat':
      return () => station.registration.heartbeat();
    case 'StatusNotification':
      return () => {
        for (const each of evses) {
          each.told = dialect.statusOf(station, each);
          station.out.tell(dialect.status(station, each, each.told), 'triggered');
        }
      };
    case 'MeterValues':
      return () => {
        for (const each of evses) {
          const values = transactions.values(each, 'MeterValuesAlignedData', 'Trigger', clock.now(), false);
          station.out.tell(dialect.meterValues(each, values), 'triggered');
        }
      };
    case 'TransactionEvent':
      return () => {
        for (const { evse: each, transaction } of transactions.open) {
          if (!evses.includes(each)) continue;
          transactions.report(each, transaction, 'Trigger', 'Trigger', 'MeterValuesSampledData', clock.now());
        }
      };
    case 'LogStatusNotification':
    case 'FirmwareStatusNotification': {
      const work = requested === 'LogStatusNotification' ? 'log' : 'firmware';
      return () =>
        station.out.tell(maintenance.statusOf(work) ?? { action: requested, payload: { status: 'Idle' } }, 'triggered');
    }
    case 'SignChargingStationCertificate':
      return () => {
        station.certificates.requested = true;
        const csr = certificateRequest(station.id, station.settings.text('CpoName'));
        station.out.tell(call('SignCertificate', { csr, certificateType: 'ChargingStationCertificate' }), 'triggered');
      };
    default:
      return undefined;
  }
}

const refused = (reasonCode: string) => answer({ status: 'Rejected' as const, statusInfo: { reasonCode } });

/** RemoteControl, Transactions, Availability, Reservation, Authorization, LocalAuthorizationListManagement, DataTransfer. */
export const controlAnswers: Answers<
  Messages,
  | 'CancelReservation'
  | 'ChangeAvailability'
  | 'ClearCache'
  | 'CostUpdated'
  | 'DataTransfer'
  | 'GetLocalListVersion'
  | 'GetTransactionStatus'
  | 'RequestStartTransaction'
  | 'RequestStopTransaction'
  | 'ReserveNow'
  | 'SendLocalList'
  | 'TriggerMessage'
  | 'UnlockConnector'
> = {
  RequestStartTransaction: (station, { evseId, idToken, groupIdToken, remoteStartId, chargingProfile }) => {
    const { idToken: id, type } = idToken;
    const authorization = {
      token: { idToken: id, type },
      groupIdToken: groupIdToken?.idToken,
      remoteStartId,
      remote: true,
    };
    // F01.FR.09 ff.: only a TxProfile, without a transaction id.
    if (chargingProfile !== undefined) {
      const { chargingProfilePurpose: purpose, transactionId } = chargingProfile;
      if (purpose !== 'TxProfile' || transactionId !== undefined) return refused('InvalidProfile');
    }
    const started = station.remote.start(evseId, authorization, chargingProfile);
    if ('objection' in started) return refused(started.objection);
    const { transaction } = started.evse;
    return answer({ status: 'Accepted', ...(transaction && { transactionId: transaction.id }) }, started.begin);
  },

  RequestStopTransaction: (station, { transactionId }) => {
    if (station.registration.state !== 'Accepted') return refused('CSNotAccepted');
    return station.remote.stop(transactionId) ? answer({ status: 'Accepted' }) : refused('TxNotFound');
  },

  GetTransactionStatus: (station, { transactionId }) => {
    if (transactionId === undefined) return answer({ messagesInQueue: station.calls.backlog > 0 });
    return answer({
      ongoingIndicator: station.transactions.find(transactionId) !== undefined,
      messagesInQueue: station.calls.keeps((message) => message?.transactionId === transactionId),
    });
  },

  // F05: a running authorized transaction is left alone.
  UnlockConnector: (station, { evseId, connectorId }) => {
    const evse = evseAt(station, { id: evseId, connectorId });
    if (evse === undefined) return answer({ status: 'UnknownConnector' });
    if (evse.transaction !== undefined && evse.authorization !== undefined) {
      return answer({ status: 'OngoingAuthorizedTransaction' });
    }
    return answer({ status: 'Unlocked' }, () => station.remote.unlock(evse));
  },

  TriggerMessage: (station, { requestedMessage, evse: address }) => {
    const evse = address && evseAt(station, address);
    if (address !== undefined && address.id !== 0 && evse === undefined) return refused('UnknownEvse');
    // F06.FR.17: an accepted station does not boot again.
    if (requestedMessage === 'BootNotification' && station.registration.state === 'Accepted')
      return refused('BootAccepted');
    const send = triggered(station, requestedMessage, evse);
    return send === undefined ? answer({ status: 'NotImplemented' }) : answer({ status: 'Accepted' }, send);
  },

  ChangeAvailability: (station, { evse: address, operationalStatus }) => {
    const evse = address && evseAt(station, address);
    if (address !== undefined && evse === undefined) return refused('UnknownEvse');
    const status = station.remote.changeAvailability(evse, operationalStatus === 'Operative');
    return answer({ status }, () => station.tellStatuses());
  },

  ReserveNow: (station, { id, expiryDateTime, idToken, groupIdToken, evseId, connectorType }) => {
    const evse = evseId === undefined ? undefined : station.evses[evseId - 1];
    if (evseId !== undefined && evse === undefined) return refused('UnknownEvse');
    const type = station.evses[0]!.outlet.connectorType;
    if (connectorType !== undefined && connectorType !== type) return refused('UnknownConnectorType');
    const status = station.remote.reserve(evse, {
      id,
      evseId,
      idToken: idToken.idToken,
      groupIdToken: groupIdToken?.idToken,
      expiresAt: Date.parse(expiryDateTime),
    });
    return answer({ status }, () => station.tellStatuses());
  },

  CancelReservation: (station, { reservationId }) =>
    answer({ status: station.remote.cancelReservation(reservationId) ? 'Accepted' : 'Rejected' }, () =>
      station.tellStatuses(),
    ),

  ClearCache: (station) => {
    if (!station.settings.flag('AuthorizationCacheEnabled')) return refused('NotEnabled');
    station.local.clearCache();
    return answer({ status: 'Accepted' });
  },

  GetLocalListVersion: (station) => answer({ versionNumber: station.local.version }),

  SendLocalList: (station, { versionNumber, updateType, localAuthorizationList = [] }) => {
    if (localAuthorizationList.length > station.settings.integer('SendLocalListMaxLength')) {
      return answer({ status: 'Failed', statusInfo: { reasonCode: 'TooManyElements' } });
    }
    const entries = localAuthorizationList.map(({ idToken: { idToken, type }, idTokenInfo }) => ({
      token: { idToken, type },
      info: idTokenInfo && {
        status: idTokenInfo.status,
        groupIdToken: idTokenInfo.groupIdToken?.idToken,
        expiresAt:
          idTokenInfo.cacheExpiryDateTime === undefined ? undefined : Date.parse(idTokenInfo.cacheExpiryDateTime),
      },
    }));
    const most = station.settings.integer('LocalAuthListMaxLength');
    return answer({ status: station.local.update(updateType, versionNumber, entries, most) });
  },

  CostUpdated: (station, { transactionId, totalCost }) => {
    station.shelf<{ totalCost: number }>('costs').set(transactionId, { totalCost });
    return answer({});
  },

  DataTransfer: () => answer({ status: 'UnknownVendorId' }),
};
