/** Block E, Transactions, and block I, cost: TransactionEvent, GetTransactionStatus, CostUpdated. */
import { answer, forward, type Payload } from '../outcome.ts';
import { apply, convert, keep, lost, procedure, row, sameBut, widened } from '../rows.ts';
import { crossing } from './crossing.ts';
import { messageContent } from './display.ts';
import { followTransaction } from './dynamic-profiles.ts';
import { meterValueRow } from './metering.ts';
import { evse, newIn21, notNegative, renumbered, within } from './numbers.ts';
import { idTokenInfoRow, idTokenRow } from './tokens.ts';
import { limit, watch } from './transaction-limits.ts';

const triggerReasons = [
  ['EnergyLimitReached', 'CostLimitReached'],
  ['EnergyLimitReached', 'SoCLimitReached'],
  ['ChargingStateChanged', 'TxResumed'],
  ['ChargingStateChanged', 'LimitSet'],
  ['ChargingStateChanged', 'TariffChanged'],
  ['ChargingStateChanged', 'RunningCost'],
  ['ChargingStateChanged', 'OperationModeChanged'],
  ['Deauthorized', 'TariffNotAccepted'],
] as const;

const reasonDown: ReadonlyMap<string, string> = new Map(triggerReasons.map(([older, newer]) => [newer, older]));
/** Events about which 2.0.1 says no more than that something was sent. */
const ofNoState = new Set(['LimitSet', 'TariffChanged', 'RunningCost', 'OperationModeChanged']);

const triggerReason = convert(
  'the new reasons of 2.1 by their nearest meaning; LimitSet, TariffChanged, RunningCost and OperationModeChanged without a chargingState are MeterValuePeriodic',
  keep,
  (value, _context, source) => {
    const reason = value as string;
    const state = (source.transactionInfo as Payload | undefined)?.chargingState;
    return state === undefined && ofNoState.has(reason) ? 'MeterValuePeriodic' : (reasonDown.get(reason) ?? reason);
  },
  { pairs: triggerReasons },
);

/** The one message that must never be refused: what 2.1 has no room for is mended or left out. */
export const transactionEvent = crossing('station', 'TransactionEvent', {
  note: 'The limits of a 2.1 CSMS for a transaction are watched for a 2.0.1 station; what is stopped for one ends with it as the reason.',
  request: sameBut(
    row('triggerReason', 'triggerReason', triggerReason),
    row('seqNo', 'seqNo', notNegative),
    row('numberOfPhasesUsed', 'numberOfPhasesUsed', within(0, 3)),
    row('reservationId', 'reservationId', renumbered('reservation')),
    newIn21('preconditioningStatus', '2.0.1 knows no preconditioning of batteries'),
    newIn21('evseSleep', '2.0.1 knows no sleeping EVSE'),
    row(
      'transactionInfo.stoppedReason',
      'transactionInfo.stoppedReason',
      widened(['Other', 'ReqEnergyTransferRejected']),
    ),
    newIn21('transactionInfo.operationMode', '2.0.1 only charges'),
    newIn21('transactionInfo.tariffId', '2.0.1 has no tariffs'),
    newIn21('transactionInfo.transactionLimit', '2.0.1 has no limits of a transaction'),
    newIn21('costDetails', '2.0.1 stations do not reckon costs'),
    row('evse', 'evse', evse),
    idTokenRow,
    meterValueRow,
  ),
  response: sameBut(
    row(
      null,
      'transactionLimit',
      procedure(
        'maxEnergy, maxTime and maxSoC are watched here (`emulateLimits`): RequestStopTransaction when one is reached',
      ),
    ),
    idTokenInfoRow,
    row('updatedPersonalMessage', 'updatedPersonalMessage', messageContent),
    row(null, 'updatedPersonalMessageExtra', lost('2.0.1 shows a message in one language')),
  ),
  up(request, context, pair) {
    followTransaction(request, context);
    const event = apply(pair.request, 'up', watch(request, context), context);
    return forward('TransactionEvent', event, (response) => {
      if (response.transactionLimit === undefined) return answer(apply(pair.response, 'down', response, context));
      const { transactionLimit, ...others } = response;
      limit(request, transactionLimit, context);
      return answer(apply(pair.response, 'down', others, context));
    });
  },
});

export const getTransactionStatus = crossing('csms', 'GetTransactionStatus');
export const costUpdated = crossing('csms', 'CostUpdated');
