/** Block E and J: Start/StopTransaction ↔ TransactionEvent, MeterValues. The rows say what becomes of every field; the procedures when. */
import { answer, forward } from '../outcome.ts';
import { registerWh } from '../readings.ts';
import { list, lost, object, procedure, row, rows, same } from '../rows.ts';
import type { Pair } from '../translator.ts';
import { meterValue, meterValuesDown } from './metering.ts';
import { noteRegister, stationTransactionOn } from './station-transactions.ts';
import { stoppedReason } from './stop-reasons.ts';
import { idTagField, idTagInfoField } from './tokens.ts';
import { toConnectors } from './topology.ts';
import { transactionEventDown } from './transactions-down.ts';
import { meterValuesUpwards, startUp, stopUp } from './transactions-up.ts';

const noCustomData = row(null, 'customData', lost('1.6 has no customData'));

/** What the answer to a TransactionEvent says that 1.6 cannot. */
const responseRows = [
  row(
    null,
    'totalCost',
    procedure('where costs cross (`costMessages`) RunningCost, and FinalCost in the end; else lost'),
  ),
  row(null, 'chargingPriority', lost('1.6 has no priorities')),
  row(
    null,
    'updatedPersonalMessage',
    procedure('where costs cross (`costMessages`) SetUserPrice, in the end the text of FinalCost; else lost'),
  ),
  noCustomData,
];

const evseField = row(
  'connectorId',
  'evse',
  object(
    rows(
      row(null, 'id', procedure('connector n is EVSE n, connector 1')),
      row(
        null,
        'connectorId',
        procedure('connector n is EVSE n, connector 1, unless the station has another numbering'),
      ),
      row(null, 'customData', lost('1.6 has no customData')),
    ),
  ),
);

/** Fields of TransactionEvent that no 1.6 message has. */
const eventRows = [
  row(
    null,
    'eventType',
    procedure('Started: StartTransaction; Ended: StopTransaction; Updated: StatusNotification, MeterValues'),
  ),
  row(null, 'triggerReason', procedure('made from what happened; down it decides which 1.6 messages are sent')),
  row(null, 'seqNo', procedure('counted per transaction from 0 without gaps; down it tells repetitions')),
  row(null, 'offline', procedure('true when the event is older than the connection; down: no live status is told')),
  row(null, 'numberOfPhasesUsed', lost('1.6 has no such field')),
  row(null, 'cableMaxCurrent', lost('1.6 has no such field')),
  row(null, 'transactionInfo.chargingState', procedure('the 1.6 status of the connector')),
  row(null, 'transactionInfo.timeSpentCharging', lost('1.6 has no such field')),
  row(null, 'transactionInfo.remoteStartId', procedure('of the remote start that the transaction fulfils')),
  row(null, 'transactionInfo.customData', lost('1.6 has no customData')),
  noCustomData,
];

export const startTransaction: Pair = {
  initiator: 'station',
  older: 'StartTransaction',
  newer: 'TransactionEvent',
  note: 'Up: Started (after Ended of an older one on the connector). Down: once token, connector and car are known.',
  request: rows(
    evseField,
    idTagField(),
    row('meterStart', 'meterValue', procedure('the Transaction.Begin sample of Energy.Active.Import.Register, in Wh')),
    row('reservationId', 'reservationId', same),
    row('timestamp', 'timestamp', same),
    ...eventRows,
  ),
  response: rows(
    idTagInfoField,
    row(
      'transactionId',
      null,
      procedure('the gateway gives the station an integer; transactionInfo.transactionId is the same for ever'),
    ),
    ...responseRows,
  ),
  up: startUp,
  down: transactionEventDown,
};

export const stopTransaction: Pair = {
  initiator: 'station',
  older: 'StopTransaction',
  newer: 'TransactionEvent',
  note: 'Up: Ended; −1, 0 and unknown ids are resolved to the transaction that can only be meant. Down: see StartTransaction.',
  request: rows(
    idTagField(),
    row('meterStop', 'meterValue', procedure('the Transaction.End sample of Energy.Active.Import.Register, in Wh')),
    row('timestamp', 'timestamp', same),
    row('transactionId', 'transactionInfo.transactionId', procedure('the table of transactions')),
    row('reason', 'transactionInfo.stoppedReason', stoppedReason),
    row('transactionData', 'meterValue', list(meterValue)),
    ...eventRows,
  ),
  response: rows(idTagInfoField, ...responseRows),
  up: stopUp,
};

export const meterValues: Pair = {
  initiator: 'station',
  older: 'MeterValues',
  newer: 'MeterValues',
  note: 'Up: TransactionEvent Updated while a transaction is open on the connector, else MeterValues.',
  request: rows(
    row(
      'connectorId',
      'evseId',
      procedure('connector n is EVSE n, connector 1, unless the station has another numbering'),
    ),
    row('transactionId', null, procedure('TransactionEvent instead of MeterValues; down: the transaction open there')),
    row('meterValue', 'meterValue', list(meterValue)),
    noCustomData,
  ),
  response: rows(noCustomData),
  up: meterValuesUpwards,
  down(request, context) {
    const connectors = toConnectors(request.evseId, undefined, context);
    const [first = 0] = connectors;
    const connectorId = connectors.find((one) => stationTransactionOn(one, context)?.ended === false) ?? first;
    const transaction = connectorId > 0 ? stationTransactionOn(connectorId, context) : undefined;
    const open = transaction?.ended === false && transaction.number !== undefined;
    if (transaction?.ended !== false && connectorId > 0) {
      noteRegister(connectorId, registerWh(request.meterValue, 'Transaction.End'), context);
    }
    const values = meterValuesDown(request.meterValue, context);
    if (values === undefined) return answer({});
    const payload = { connectorId, ...(open ? { transactionId: transaction.number } : {}), meterValue: values };
    return forward('MeterValues', payload, () => answer({}));
  },
};
