import type { Messages } from '../../ocpp/generated/2.1.types.ts';
import { type Answers, answer } from '../dialect.ts';
import type { VirtualStation } from '../station.ts';

type Tariff = Messages['SetDefaultTariffRequest']['tariff'];
interface DefaultTariff {
  readonly evseId: number;
  readonly tariff: Tariff;
}
const tariffs = (station: VirtualStation) => station.shelf<DefaultTariff>('tariffs');
const unsupported = { status: 'Rejected', statusInfo: { reasonCode: 'UnsupportedRequest' } } as const;

/** What 2.1 added. Of that the station does tariffs and dynamic schedules; it has no battery to swap or to discharge. */
export const answers21: Answers<
  Messages,
  | 'AFRRSignal'
  | 'AdjustPeriodicEventStream'
  | 'ChangeTransactionTariff'
  | 'ClearDERControl'
  | 'ClearTariffs'
  | 'GetDERControl'
  | 'GetPeriodicEventStream'
  | 'GetTariffs'
  | 'NotifyAllowedEnergyTransfer'
  | 'NotifyWebPaymentStarted'
  | 'RequestBatterySwap'
  | 'SetDERControl'
  | 'SetDefaultTariff'
  | 'UpdateDynamicSchedule'
  | 'UsePriorityCharging'
> = {
  SetDefaultTariff: (station, { evseId, tariff }) => {
    if (evseId !== 0 && station.evses[evseId - 1] === undefined) {
      return answer({ status: 'Rejected', statusInfo: { reasonCode: 'UnknownEvse' } });
    }
    // I07.FR.04: one default tariff for an EVSE; EVSE 0 stands for all.
    for (const [key, other] of tariffs(station))
      if (evseId === 0 || other.evseId === evseId) tariffs(station).delete(key);
    tariffs(station).set(`${evseId}/${tariff.tariffId}`, { evseId, tariff });
    return answer({ status: 'Accepted' });
  },

  GetTariffs: (station, { evseId }) => {
    if (evseId !== 0 && station.evses[evseId - 1] === undefined) {
      return answer({ status: 'Rejected', statusInfo: { reasonCode: 'UnknownEvse' } });
    }
    const found = [...tariffs(station).values()].filter(
      (each) => evseId === 0 || each.evseId === 0 || each.evseId === evseId,
    );
    if (found.length === 0) return answer({ status: 'NoTariff' });
    return answer({
      status: 'Accepted',
      tariffAssignments: found.map(({ evseId: at, tariff: { tariffId, validFrom } }) => ({
        tariffId,
        tariffKind: 'DefaultTariff',
        evseIds: at === 0 ? station.evses.map(({ id }) => id) : [at],
        ...(validFrom !== undefined && { validFrom }),
      })),
    });
  },

  ClearTariffs: (station, { tariffIds, evseId }) => {
    const held = [...tariffs(station)].filter(([, each]) => evseId === undefined || each.evseId === evseId);
    const wanted = tariffIds ?? held.map(([, { tariff }]) => tariff.tariffId);
    if (wanted.length === 0) return answer({ clearTariffsResult: [{ status: 'NoTariff' }] });
    return answer({
      clearTariffsResult: wanted.map((tariffId) => {
        const matching = held.filter(([, { tariff }]) => tariff.tariffId === tariffId);
        for (const [key] of matching) tariffs(station).delete(key);
        return { tariffId, status: matching.length > 0 ? 'Accepted' : 'NoTariff' };
      }),
    });
  },

  ChangeTransactionTariff: (station, { transactionId, tariff }) => {
    if (station.transactions.find(transactionId) === undefined) return answer({ status: 'TxNotFound' });
    if (tariff.currency !== station.settings.text('TariffCostCtrlr.Currency'))
      return answer({ status: 'NoCurrencyChange' });
    return answer({ status: 'Accepted' });
  },

  UpdateDynamicSchedule: (station, { chargingProfileId, scheduleUpdate }) => {
    const installed = station.profiles.find(chargingProfileId);
    if (installed?.profile.chargingProfileKind !== 'Dynamic') {
      return answer({ status: 'Rejected', statusInfo: { reasonCode: 'UnsupportedKind' } });
    }
    const { evseId, profile } = installed;
    station.profiles.install(evseId, {
      ...profile,
      chargingSchedule: profile.chargingSchedule.map((schedule) => ({
        ...schedule,
        chargingSchedulePeriod: schedule.chargingSchedulePeriod.map((period) => ({ ...period, ...scheduleUpdate })),
      })),
    });
    return answer({ status: 'Accepted' }, () => station.transactions.limitsChanged(station.clock.now()));
  },

  UsePriorityCharging: (station, { transactionId }) =>
    station.transactions.find(transactionId) === undefined
      ? answer({ status: 'Rejected', statusInfo: { reasonCode: 'TxNotFound' } })
      : answer({ status: 'NoProfile' }),

  GetPeriodicEventStream: () => answer({}),
  AdjustPeriodicEventStream: () => answer(unsupported),
  NotifyWebPaymentStarted: () => answer({}),
  NotifyAllowedEnergyTransfer: () => answer(unsupported),
  AFRRSignal: () => answer(unsupported),
  RequestBatterySwap: () => answer(unsupported),
  SetDERControl: () => answer({ status: 'NotSupported' }),
  GetDERControl: () => answer({ status: 'NotSupported' }),
  ClearDERControl: () => answer({ status: 'NotSupported' }),
};
