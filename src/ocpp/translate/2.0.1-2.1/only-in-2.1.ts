/** The Actions that 2.1 added: what a 2.0.1 peer would say to them, said here (D.19, "new messages"). */
import type { Context } from '../context.ts';
import { answer, type Outcome, type Payload } from '../outcome.ts';
import { sameBut } from '../rows.ts';
import type { Pair } from '../translator.ts';
import { getCertificateChainStatus } from './certificate-chain-status.ts';
import { saying } from './crossing.ts';
import { updateDynamicSchedule } from './dynamic-profiles.ts';
import { closePeriodicEventStream, notifyPeriodicEventStream, openPeriodicEventStream } from './streams.ts';

const nothing = sameBut();

const only = (
  initiator: Pair['initiator'],
  action: string,
  note: string,
  down: (request: Payload, context: Context) => Outcome,
): Pair => ({
  initiator,
  older: null,
  newer: action,
  request: nothing,
  response: nothing,
  note,
  down,
});

/** What the CSMS asks of a 2.0.1 station: the status that says no. */
const refused = (action: string, status = 'Rejected'): Pair =>
  only('csms', action, `A 2.0.1 station cannot: ${status} (UnsupportedRequest).`, () =>
    saying(status, 'UnsupportedRequest'),
  );

/** What a station tells and 2.0.1 has no message for: taken note of here. */
const untold = (action: string, why: string): Pair =>
  only('station', action, `Answered here: ${why}.`, (_request, context) => {
    context.lost('message', why);
    return answer({});
  });

export const onlyIn21: readonly Pair[] = [
  // Block C and I: tariffs and payment
  refused('SetDefaultTariff'),
  refused('GetTariffs', 'NoTariff'),
  refused('ChangeTransactionTariff'),
  only('csms', 'ClearTariffs', 'A 2.0.1 station has no tariffs: NoTariff for each.', ({ tariffIds }) =>
    answer({
      clearTariffsResult: ((tariffIds as readonly string[] | undefined) ?? [undefined]).map((tariffId) => ({
        ...(tariffId === undefined ? {} : { tariffId }),
        status: 'NoTariff',
      })),
    }),
  ),
  only('csms', 'NotifyWebPaymentStarted', 'Answered here: a 2.0.1 station has nothing to show.', () => answer({})),
  untold('NotifySettlement', '2.0.1 has no settlements'),
  only('station', 'VatNumberValidation', 'A 2.0.1 CSMS cannot check it: Rejected.', ({ vatNumber, evseId }) =>
    saying('Rejected', 'UnsupportedRequest', { vatNumber, ...(evseId === undefined ? {} : { evseId }) }),
  ),
  // Block K: smart charging
  refused('UsePriorityCharging', 'NoProfile'),
  only(
    'csms',
    'UpdateDynamicSchedule',
    'The profile is set again with the new limit (limit, or a setpoint that charges), at most every ten seconds. One that is not Dynamic: Rejected (UnsupportedKind).',
    updateDynamicSchedule,
  ),
  untold('NotifyPriorityCharging', '2.0.1 has no priority charging'),
  only('station', 'PullDynamicScheduleUpdate', 'A 2.0.1 CSMS has no Dynamic profiles: Rejected (InvalidProfile).', () =>
    saying('Rejected', 'InvalidProfile'),
  ),
  // Block M: certificates
  getCertificateChainStatus,
  // Block N: event streams
  refused('AdjustPeriodicEventStream'),
  only('csms', 'GetPeriodicEventStream', 'A 2.0.1 station has no streams: an empty answer.', () => answer({})),
  openPeriodicEventStream,
  closePeriodicEventStream,
  notifyPeriodicEventStream,
  // Block Q and R: V2X and DER control
  refused('NotifyAllowedEnergyTransfer'),
  refused('AFRRSignal'),
  refused('SetDERControl', 'NotSupported'),
  refused('GetDERControl', 'NotSupported'),
  refused('ClearDERControl', 'NotSupported'),
  untold('NotifyDERAlarm', '2.0.1 has no DER control'),
  untold('NotifyDERStartStop', '2.0.1 has no DER control'),
  untold('ReportDERControl', '2.0.1 has no DER control'),
  // Block S: battery swap
  refused('RequestBatterySwap'),
  untold('BatterySwap', '2.0.1 has no battery swap'),
];
