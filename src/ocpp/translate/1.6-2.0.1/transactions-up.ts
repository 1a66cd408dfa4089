/** Block E, Transactions, station 1.6 under a CSMS of 2.x (D.5): Start/StopTransaction and MeterValues → TransactionEvent. */
import type { Context } from '../context.ts';
import { answer, forward, forwardAll, type Message, type Outcome, type Payload, type Result } from '../outcome.ts';
import { apply } from '../rows.ts';
import { lastStatus } from './availability.ts';
import { meterValuesUp, registerSample } from './metering.ts';
import { takeRemoteStart } from './remote-start.ts';
import { stopReason } from './stop-reasons.ts';
import { idTagInfo, toIdToken } from './tokens.ts';
import { seen, toEvse } from './topology.ts';
import { takeTrigger } from './triggered.ts';
import {
  latestOn,
  nextSeqNo,
  openOn,
  openTransactions,
  save,
  type Transaction,
  transactionByNumber,
} from './transaction-state.ts';

/** States of charging that a 1.6 connector status means while a transaction is open. */
const chargingStates: Readonly<Record<string, string>> = {
  Charging: 'Charging',
  SuspendedEV: 'SuspendedEV',
  SuspendedEVSE: 'SuspendedEVSE',
  Preparing: 'EVConnected',
  Finishing: 'EVConnected',
  Faulted: 'SuspendedEVSE',
};

/** How much older than the connection an event must be to have happened offline, in ms. */
const OFFLINE_MARGIN = 10_000;

function event(
  eventType: 'Started' | 'Updated' | 'Ended',
  triggerReason: string,
  transaction: Transaction,
  timestamp: string,
  context: Context,
  info: Payload = {},
  fields: Payload = {},
): Message {
  const payload: Payload = {
    eventType,
    timestamp,
    triggerReason,
    seqNo: nextSeqNo(transaction.number, context),
    transactionInfo: { transactionId: transaction.id, ...info },
    ...fields,
  };
  if (Date.parse(timestamp) < context.connectedSince() - OFFLINE_MARGIN) payload['offline'] = true;
  return { action: 'TransactionEvent', payload };
}

export function startUp(request: Payload, context: Context): Outcome {
  const connectorId = request['connectorId'] as number;
  const idTag = request['idTag'] as string;
  const timestamp = request['timestamp'] as string;
  const meterStart = request['meterStart'] as number;
  if (connectorId > 0) seen(connectorId, context);
  const before = openOn(connectorId, context);
  const calls: Message[] = before === undefined ? [] : [endAssumed(before, timestamp, context)];
  const remote = takeRemoteStart(idTag, connectorId, context);
  const status = lastStatus(connectorId, context) ?? '';
  const chargingState = ['Charging', 'SuspendedEV', 'SuspendedEVSE'].includes(status) ? status : 'EVConnected';
  const transaction: Transaction = {
    number: context.nextTransactionId(),
    id: context.newId(),
    connectorId,
    idTag,
    startedAt: timestamp,
    meterStart,
    chargingState,
    ended: 'no',
  };
  calls.push(
    event(
      'Started',
      remote === undefined ? 'Authorized' : 'RemoteStart',
      transaction,
      timestamp,
      context,
      { chargingState, ...(remote === undefined ? {} : { remoteStartId: remote.remoteStartId }) },
      {
        ...(connectorId > 0 ? { evse: { ...toEvse(connectorId, context) } } : {}),
        idToken: remote?.token ?? toIdToken(idTag, context),
        ...(request['reservationId'] === undefined ? {} : { reservationId: request['reservationId'] }),
        meterValue: [registerSample(timestamp, meterStart, 'Transaction.Begin')],
      },
    ),
  );
  save(transaction, context);
  return forwardAll(calls, (results) => {
    const started = results.at(-1) as Result;
    if (started.failure !== undefined) return { kind: 'refuse', failure: started.failure };
    return answer({ transactionId: transaction.number, idTagInfo: infoOf(started.payload, context) ?? { status: 'Accepted' } });
  });
}

function infoOf(response: Payload, context: Context): Payload | undefined {
  const info = response['idTokenInfo'] as Payload | undefined;
  for (const field of ['totalCost', 'chargingPriority', 'updatedPersonalMessage']) {
    if (response[field] !== undefined) context.lost(field, '1.6 has no such field in the answer');
  }
  return info === undefined ? undefined : apply(idTagInfo, 'down', info, context);
}

/** Another transaction begins on the connector: this one must have ended without our being told. */
function endAssumed(transaction: Transaction, timestamp: string, context: Context): Message {
  save({ ...transaction, ended: 'assumed' }, context);
  return event('Ended', 'AbnormalCondition', transaction, timestamp, context, { stoppedReason: 'Other' });
}

export function stopUp(request: Payload, context: Context): Outcome {
  const number = request['transactionId'] as number | undefined;
  const known = transactionByNumber(number, context) ?? candidate(request, context);
  // Repetitions are recognised before translation; another StopTransaction of an ended transaction changes nothing.
  if (known?.ended === 'yes') {
    context.lost('transactionId', `transaction ${number} has ended before`);
    return answer(request['idTag'] === undefined ? {} : { idTagInfo: { status: 'Accepted' } });
  }
  const calls: Message[] = [];
  const transaction = known ?? unknownTransaction(request, context, calls);
  const timestamp = request['timestamp'] as string;
  const idTag = request['idTag'] as string | undefined;
  const reason = stopReason(request['reason'] as string | undefined, lastStatus(transaction.connectorId, context));
  calls.push(
    event(
      'Ended',
      reason.triggerReason,
      transaction,
      timestamp,
      context,
      {
        chargingState: reason.stoppedReason === 'EVDisconnected' ? 'Idle' : 'EVConnected',
        stoppedReason: reason.stoppedReason,
      },
      {
        ...(idTag === undefined ? {} : { idToken: toIdToken(idTag, context) }),
        meterValue: endValues(request, timestamp, context),
      },
    ),
  );
  save({ ...transaction, ended: 'yes' }, context);
  return forwardAll(calls, (results) => {
    const ended = results.at(-1) as Result;
    if (ended.failure !== undefined) return { kind: 'refuse', failure: ended.failure };
    const info = infoOf(ended.payload, context);
    return answer(idTag === undefined ? {} : { idTagInfo: info ?? { status: 'Accepted' } });
  });
}

/** transactionData, and meterStop as the Transaction.End sample unless one is there. */
function endValues(request: Payload, timestamp: string, context: Context): Payload[] {
  const values = meterValuesUp(request['transactionData'] as Payload[] | undefined, context) ?? [];
  const hasEnd = values.some((value) =>
    (value['sampledValue'] as Payload[]).some(
      (sample) =>
        sample['context'] === 'Transaction.End' &&
        (sample['measurand'] ?? 'Energy.Active.Import.Register') === 'Energy.Active.Import.Register' &&
        sample['phase'] === undefined &&
        sample['signedMeterValue'] === undefined,
    ),
  );
  return hasEnd ? values : [...values, registerSample(timestamp, request['meterStop'] as number, 'Transaction.End')];
}

/** The transaction that a StopTransaction with −1, 0 or a foreign id can only mean (D.5); it has no connectorId to go by. */
function candidate(request: Payload, context: Context): Transaction | undefined {
  const at = Date.parse(request['timestamp'] as string);
  const idTag = (request['idTag'] as string | undefined)?.toLowerCase();
  const fitting = openTransactions(context).filter(
    (transaction) =>
      Date.parse(transaction.startedAt) <= at &&
      transaction.meterStart <= (request['meterStop'] as number) &&
      (idTag === undefined || transaction.idTag.toLowerCase() === idTag),
  );
  return fitting.reduce<Transaction | undefined>(
    (latest, transaction) =>
      latest === undefined || Date.parse(transaction.startedAt) >= Date.parse(latest.startedAt) ? transaction : latest,
    undefined,
  );
}

/** Nothing is known of its beginning: a transaction is made up from what the StopTransaction tells, so that its energy is not lost. */
function unknownTransaction(request: Payload, context: Context, calls: Message[]): Transaction {
  context.lost('transactionId', 'no StartTransaction is known; the beginning of the transaction is made up');
  const data = meterValuesUp(request['transactionData'] as Payload[] | undefined, context)?.[0];
  const startedAt = (data?.['timestamp'] as string | undefined) ?? (request['timestamp'] as string);
  const first = (data?.['sampledValue'] as Payload[] | undefined)?.find(
    (sample) => (sample['measurand'] ?? 'Energy.Active.Import.Register') === 'Energy.Active.Import.Register',
  );
  const factor = (first?.['unitOfMeasure'] as Payload | undefined)?.['unit'] === 'kWh' ? 1000 : 1;
  const meterStart = first === undefined ? (request['meterStop'] as number) : Math.round((first['value'] as number) * factor);
  const idTag = (request['idTag'] as string | undefined) ?? '';
  const transaction: Transaction = {
    number: context.nextTransactionId(),
    id: context.newId(),
    connectorId: 0,
    idTag,
    startedAt,
    meterStart,
    chargingState: 'EVConnected',
    ended: 'no',
  };
  calls.push(
    event('Started', 'Authorized', transaction, startedAt, context, { chargingState: 'EVConnected' }, {
      ...(idTag === '' ? {} : { idToken: toIdToken(idTag, context) }),
      meterValue: [registerSample(startedAt, meterStart, 'Transaction.Begin')],
    }),
  );
  return transaction;
}

const triggerReasons: Readonly<Record<string, string>> = { 'Sample.Clock': 'MeterValueClock', Trigger: 'Trigger' };

export function meterValuesUpwards(request: Payload, context: Context): Outcome {
  const connectorId = request['connectorId'] as number;
  const values = meterValuesUp(request['meterValue'] as Payload[], context);
  // 2.x demands a sample; what has none left is taken in and goes no further.
  if (values === undefined) return answer({});
  const samples = (values[0] as Payload)['sampledValue'] as Payload[];
  const sampleContext = (samples[0] as Payload)['context'] as string | undefined;
  const triggered = sampleContext === 'Trigger' && takeTrigger('MeterValues', connectorId, context);
  const transaction = triggered ? undefined : owner(request, connectorId, values, context);
  if (transaction === undefined) {
    return forward('MeterValues', { evseId: toEvse(connectorId, context).id, meterValue: values }, () => answer({}));
  }
  const signedOnly = samples.every((sample) => sample['signedMeterValue'] !== undefined);
  const reason = signedOnly ? 'SignedDataReceived' : (triggerReasons[sampleContext ?? ''] ?? 'MeterValuePeriodic');
  const timestamp = (values[0] as Payload)['timestamp'] as string;
  const updated = event('Updated', reason, transaction, timestamp, context, {}, { meterValue: values });
  return forward('TransactionEvent', updated.payload, (response) => {
    stopUnlessAccepted(response, transaction, context);
    return answer({});
  });
}

/** The open transaction that meter values belong to (D.5); none after it has ended. */
function owner(request: Payload, connectorId: number, values: readonly Payload[], context: Context): Transaction | undefined {
  const number = request['transactionId'] as number | undefined;
  let transaction: Transaction | undefined;
  if (number !== undefined && number !== null) transaction = transactionByNumber(number, context) ?? latestOn(connectorId, context);
  else if (context.settings.attachMeterValues && connectorId > 0) {
    transaction = openOn(connectorId, context);
    const at = Date.parse((values[0] as Payload)['timestamp'] as string);
    if (transaction !== undefined && at < Date.parse(transaction.startedAt)) transaction = undefined;
  }
  return transaction?.ended === 'no' ? transaction : undefined;
}

/** A CSMS that takes an authorization back says so in the answer to any event; a 1.6 station learns it by RemoteStopTransaction. */
function stopUnlessAccepted(response: Payload, transaction: Transaction, context: Context): void {
  const status = (response['idTokenInfo'] as Payload | undefined)?.['status'];
  if (status === undefined || status === 'Accepted') return;
  context.emit('station', { action: 'RemoteStopTransaction', payload: { transactionId: transaction.number } });
}

/** What a connector status means for the transaction open there: at most one TransactionEvent. */
export function statusInTransaction(connectorId: number, status: string, timestamp: string, context: Context): readonly Message[] {
  const transaction = openOn(connectorId, context);
  const chargingState = chargingStates[status];
  if (transaction === undefined || chargingState === undefined || transaction.chargingState === chargingState) return [];
  const changed = { ...transaction, chargingState };
  save(changed, context);
  const reason = status === 'Faulted' ? 'AbnormalCondition' : 'ChargingStateChanged';
  return [event('Updated', reason, changed, timestamp, context, { chargingState })];
}
