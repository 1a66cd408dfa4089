/** Block E, Transactions, station 1.6 under a CSMS of 2.x: Start/StopTransaction and MeterValues → TransactionEvent. */
import type { Context } from '../context.ts';
import { answer, forward, type Message, type Outcome, type Payload } from '../outcome.ts';
import { DEFAULT_MEASURAND } from '../readings.ts';
import { apply } from '../rows.ts';
import { lastStatus } from './connector-state.ts';
import { resetIfDue } from './deferred-reset.ts';
import { meterValuesUp, registerSample } from './metering.ts';
import { refusedBefore, tell } from './refused.ts';
import { takeRemoteStart } from './remote-start.ts';
import { forgetReservation } from './reservation-state.ts';
import { forgetProfilesOf, startProfileBegins } from './smart-charging-registry.ts';
import { stopReason } from './stop-reasons.ts';
import { allowedOn, idTagInfo, rememberEvses, toIdToken } from './tokens.ts';
import { connectorCount, seen, toEvse } from './topology.ts';
import { transactionEvent } from './transaction-events.ts';
import { latestOn, openOn, save, type Transaction, transactionByNumber, unstopped } from './transaction-state.ts';
import { takeTrigger } from './triggered.ts';

const charging = new Set(['Charging', 'SuspendedEV', 'SuspendedEVSE']);

export function startUp(request: Payload, context: Context): Outcome {
  const { connectorId, idTag, timestamp, meterStart } = request as {
    connectorId: number;
    idTag: string;
    timestamp: string;
    meterStart: number;
  };
  const key = `start ${connectorId} ${idTag} ${timestamp} ${meterStart}`;
  const refused = refusedBefore(key, context);
  if (refused !== undefined) return started(key, refused.number, refused.calls, request, context);
  if (connectorId > 0) seen(connectorId, context);
  const before = openOn(connectorId, context);
  const calls: Message[] = before === undefined ? [] : [endAssumed(before, timestamp, meterStart, context)];
  const remote = takeRemoteStart(idTag, connectorId, context);
  const status = lastStatus(connectorId, context) ?? '';
  const chargingState = charging.has(status) ? status : 'EVConnected';
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
  save(transaction, context);
  if (remote !== undefined) {
    startProfileBegins(remote.remoteStartId, transaction.id, toEvse(connectorId, context).id, context);
  }
  if (request.reservationId !== undefined) forgetReservation(request.reservationId as number, context);
  const reason = remote === undefined ? 'Authorized' : 'RemoteStart';
  const info = { chargingState, ...(remote === undefined ? {} : { remoteStartId: remote.remoteStartId }) };
  calls.push(
    transactionEvent('Started', reason, transaction, timestamp, context, info, {
      ...(connectorId > 0 ? { evse: { ...toEvse(connectorId, context) } } : {}),
      idToken: remote?.token ?? toIdToken(idTag, context),
      ...(request.reservationId === undefined ? {} : { reservationId: request.reservationId }),
      meterValue: [registerSample(timestamp, meterStart, 'Transaction.Begin')],
    }),
  );
  return started(key, transaction.number, calls, request, context);
}

function started(key: string, number: number, calls: readonly Message[], request: Payload, context: Context): Outcome {
  return tell(key, number, calls, context, (response) => {
    const idTag = request.idTag as string;
    const info = infoOf(response, idTag, context) ?? { status: 'Accepted' };
    const allowed = allowedOn(idTag, toEvse(request.connectorId as number, context).id, context);
    const idTagInfo = info.status === 'Accepted' && !allowed ? { ...info, status: 'Blocked' } : info;
    return answer({ transactionId: number, idTagInfo });
  });
}

/** idTagInfo of an answer to a TransactionEvent, and what else is in it. */
function infoOf(response: Payload, idTag: string | undefined, context: Context): Payload | undefined {
  const info = response.idTokenInfo as Payload | undefined;
  for (const field of ['totalCost', 'chargingPriority', 'updatedPersonalMessage']) {
    if (response[field] !== undefined) context.lost(field, '1.6 has no such field in the answer');
  }
  if (info === undefined) return undefined;
  if (idTag !== undefined) rememberEvses(idTag, info, context);
  return apply(idTagInfo, 'down', info, context);
}

/**
 * Another transaction begins on the connector: this one must have ended without our being told. Its meter stopped where that of
 * the next one starts: nothing is delivered in between.
 */
function endAssumed(transaction: Transaction, timestamp: string, register: number, context: Context): Message {
  save({ ...transaction, ended: 'assumed' }, context);
  forgetProfilesOf(transaction.id, context);
  const known = register >= transaction.meterStart;
  return transactionEvent(
    'Ended',
    'AbnormalCondition',
    transaction,
    timestamp,
    context,
    { stoppedReason: 'Other' },
    known ? { meterValue: [registerSample(timestamp, register, 'Transaction.End')] } : {},
  );
}

export function stopUp(request: Payload, context: Context): Outcome {
  const number = request.transactionId as number | undefined;
  const timestamp = request.timestamp as string;
  const key = `stop ${number} ${timestamp} ${request.meterStop as number}`;
  const refused = refusedBefore(key, context);
  if (refused !== undefined) return stopped(key, refused.number, refused.calls, request, context);
  const known = transactionByNumber(number, context) ?? candidate(request, context);
  // Repetitions are recognised before translation. The CSMS knows the end of this transaction; it cannot end once more.
  if (known !== undefined && known.ended !== 'no') {
    context.lost('transactionId', `transaction ${known.number} has ended before, with what was known then`);
    save({ ...known, ended: 'yes' }, context);
    return answer(request.idTag === undefined ? {} : { idTagInfo: { status: 'Accepted' } });
  }
  const calls: Message[] = [];
  const transaction = known ?? unknownTransaction(request, context, calls);
  const idTag = request.idTag as string | undefined;
  const reason = stopReason(request.reason as string | undefined, lastStatus(transaction.connectorId, context));
  const info = {
    chargingState: reason.stoppedReason === 'EVDisconnected' ? 'Idle' : 'EVConnected',
    stoppedReason: reason.stoppedReason,
  };
  calls.push(
    transactionEvent('Ended', reason.triggerReason, transaction, timestamp, context, info, {
      ...(idTag === undefined ? {} : { idToken: toIdToken(idTag, context) }),
      meterValue: endValues(request, timestamp, context),
    }),
  );
  save({ ...transaction, ended: 'yes' }, context);
  forgetProfilesOf(transaction.id, context);
  resetIfDue(context);
  return stopped(key, transaction.number, calls, request, context);
}

function stopped(key: string, number: number, calls: readonly Message[], request: Payload, context: Context): Outcome {
  const idTag = request.idTag as string | undefined;
  return tell(key, number, calls, context, (response) => {
    const info = infoOf(response, idTag, context);
    return answer(idTag === undefined ? {} : { idTagInfo: info ?? { status: 'Accepted' } });
  });
}

const isRegister = (sample: Payload): boolean =>
  (sample.measurand ?? DEFAULT_MEASURAND) === DEFAULT_MEASURAND && sample.phase === undefined;

/** transactionData, and meterStop as the Transaction.End sample unless one is there. */
function endValues(request: Payload, timestamp: string, context: Context): Payload[] {
  const values = meterValuesUp(request.transactionData as Payload[] | undefined, context) ?? [];
  const hasEnd = values.some((value) =>
    (value.sampledValue as Payload[]).some(
      (sample) => sample.context === 'Transaction.End' && isRegister(sample) && sample.signedMeterValue === undefined,
    ),
  );
  return hasEnd ? values : [...values, registerSample(timestamp, request.meterStop as number, 'Transaction.End')];
}

/** The transaction that a StopTransaction with −1, 0 or a foreign id can only mean; it has no connectorId to go by. */
function candidate(request: Payload, context: Context): Transaction | undefined {
  const at = Date.parse(request.timestamp as string);
  const idTag = (request.idTag as string | undefined)?.toLowerCase();
  let found: Transaction | undefined;
  for (const transaction of unstopped(context)) {
    const fits =
      Date.parse(transaction.startedAt) <= at &&
      transaction.meterStart <= (request.meterStop as number) &&
      (idTag === undefined || transaction.idTag.toLowerCase() === idTag);
    if (fits && (found === undefined || isLikelier(transaction, found))) found = transaction;
  }
  return found;
}

/** One that goes on before one that was assumed to have ended, then the one that began last. */
function isLikelier(transaction: Transaction, than: Transaction): boolean {
  if (transaction.ended !== than.ended) return transaction.ended === 'no';
  return Date.parse(transaction.startedAt) >= Date.parse(than.startedAt);
}

/** Nothing is known of its beginning: a transaction is made up from what the StopTransaction tells, so that its energy is not lost. */
function unknownTransaction(request: Payload, context: Context, calls: Message[]): Transaction {
  context.lost('transactionId', 'no StartTransaction is known; the beginning of the transaction is made up');
  const data = meterValuesUp(request.transactionData as Payload[] | undefined, context)?.[0];
  const startedAt = (data?.timestamp as string | undefined) ?? (request.timestamp as string);
  const first = (data?.sampledValue as Payload[] | undefined)?.find(isRegister);
  const factor = (first?.unitOfMeasure as Payload | undefined)?.unit === 'kWh' ? 1000 : 1;
  const meterStart = first === undefined ? (request.meterStop as number) : Math.round((first.value as number) * factor);
  const idTag = (request.idTag as string | undefined) ?? '';
  const transaction: Transaction = {
    number: context.nextTransactionId(),
    id: context.newId(),
    connectorId: connectorCount(context) === 1 ? 1 : 0,
    idTag,
    startedAt,
    meterStart,
    chargingState: 'EVConnected',
    ended: 'no',
  };
  calls.push(
    transactionEvent(
      'Started',
      'Authorized',
      transaction,
      startedAt,
      context,
      { chargingState: 'EVConnected' },
      {
        ...(transaction.connectorId > 0 ? { evse: { ...toEvse(transaction.connectorId, context) } } : {}),
        ...(idTag === '' ? {} : { idToken: toIdToken(idTag, context) }),
        meterValue: [registerSample(startedAt, meterStart, 'Transaction.Begin')],
      },
    ),
  );
  return transaction;
}

/** Sample context → triggerReason; every other one is MeterValuePeriodic. */
const triggerReasons: Readonly<Record<string, string>> = { 'Sample.Clock': 'MeterValueClock', Trigger: 'Trigger' };

const nothing = answer({});

export function meterValuesUpwards(request: Payload, context: Context): Outcome {
  const connectorId = request.connectorId as number;
  const values = meterValuesUp(request.meterValue as Payload[], context);
  // 2.x demands a sample; what has none left is taken in and goes no further.
  if (values === undefined) return nothing;
  const { timestamp, sampledValue: samples } = values[0] as { timestamp: string; sampledValue: Payload[] };
  const sampleContext = samples[0]?.context as string | undefined;
  const triggered = sampleContext === 'Trigger' && takeTrigger('MeterValues', connectorId, context);
  const transaction = triggered ? undefined : owner(request, connectorId, timestamp, context);
  if (transaction === undefined) {
    return forward('MeterValues', { evseId: toEvse(connectorId, context).id, meterValue: values }, () => nothing);
  }
  const key = `meter ${connectorId} ${timestamp}`;
  let calls = refusedBefore(key, context)?.calls;
  if (calls === undefined) {
    const signedOnly = samples.every((sample) => sample.signedMeterValue !== undefined);
    const reason = signedOnly ? 'SignedDataReceived' : (triggerReasons[sampleContext ?? ''] ?? 'MeterValuePeriodic');
    calls = [transactionEvent('Updated', reason, transaction, timestamp, context, undefined, { meterValue: values })];
  }
  return tell(key, transaction.number, calls, context, (response) => {
    stopUnlessAccepted(response, transaction, context);
    return nothing;
  });
}

/** The open transaction that meter values belong to; none after it has ended. */
function owner(request: Payload, connectorId: number, timestamp: string, context: Context): Transaction | undefined {
  const number = request.transactionId as number | undefined;
  let transaction: Transaction | undefined;
  if (number !== undefined && number !== null) {
    transaction = transactionByNumber(number, context) ?? latestOn(connectorId, context);
  } else if (context.settings.attachMeterValues && connectorId > 0) {
    transaction = openOn(connectorId, context);
    if (transaction !== undefined && Date.parse(timestamp) < Date.parse(transaction.startedAt)) transaction = undefined;
  }
  return transaction?.ended === 'no' ? transaction : undefined;
}

/** A CSMS that takes an authorization back says so in the answer to any event; a 1.6 station learns it by RemoteStopTransaction. */
function stopUnlessAccepted(response: Payload, transaction: Transaction, context: Context): void {
  const status = (response.idTokenInfo as Payload | undefined)?.status;
  if (status === undefined || status === 'Accepted') return;
  context.emit('station', { action: 'RemoteStopTransaction', payload: { transactionId: transaction.number } });
}
