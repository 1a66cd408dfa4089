/** Block E, Transactions, station 1.6 under a CSMS of 2.x: Start/StopTransaction and MeterValues → TransactionEvent. */
import type { Context } from '../context.ts';
import { answer, forward, type Outcome, type Payload } from '../outcome.ts';
import { DEFAULT_MEASURAND } from '../readings.ts';
import { apply } from '../rows.ts';
import { lastStatus } from './connector-state.ts';
import { resetIfIdle } from './deferred-reset.ts';
import { type KnownRegister, meterValuesUp, registerSample } from './metering.ts';
import { endAssumed, stopsBeingOrphan } from './orphans.ts';
import { takeRemoteStart } from './remote-start.ts';
import { forgetReservation } from './reservation-state.ts';
import { forgetProfilesOf, startProfileBegins } from './smart-charging-registry.ts';
import { stopReason } from './stop-reasons.ts';
import { allowedOn, idTagInfo, rememberEvses, toIdToken } from './tokens.ts';
import { connectorCount, seen, toEvse } from './topology.ts';
import { transactionEvent } from './transaction-events.ts';
import {
  findTransaction,
  lastRegister,
  latestOn,
  openOn,
  save,
  type Transaction,
  transactionByNumber,
  unstopped,
} from './transaction-state.ts';
import { takeTrigger } from './triggered.ts';
import { type Before, before, isUnheardOf, keep, METER_VALUES, tell } from './untold.ts';

const charging = new Set(['Charging', 'SuspendedEV', 'SuspendedEVSE']);

export function startUp(request: Payload, context: Context): Outcome {
  const { connectorId, idTag, timestamp, meterStart } = request as {
    connectorId: number;
    idTag: string;
    timestamp: string;
    meterStart: number;
  };
  const again = sameStart(request, context);
  if (again !== undefined) return repeated(again, request, context);
  if (connectorId > 0) seen(connectorId, context);
  const last = openOn(connectorId, context);
  if (last !== undefined) endBefore(last, timestamp, meterStart, context);
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
  const event = transactionEvent('Started', reason, transaction, timestamp, context, info, {
    ...(connectorId > 0 ? { evse: { ...toEvse(connectorId, context) } } : {}),
    idToken: remote?.token ?? toIdToken(idTag, context),
    ...(request.reservationId === undefined ? {} : { reservationId: request.reservationId }),
    meterValue: [registerSample(timestamp, meterStart, 'Transaction.Begin')],
  });
  const place = keep(event, transaction.number, context, startCause(transaction));
  return started({ place }, transaction, request, context);
}

const startCause = ({ number }: Transaction): string => `start ${number}`;

/** The transaction that this very StartTransaction began when it came before. One that was answered and has been stopped does not come again. */
function sameStart({ connectorId, idTag, timestamp, meterStart }: Payload, context: Context): Transaction | undefined {
  return findTransaction(
    (known) =>
      (known.ended !== 'yes' || known.idTagInfo === undefined) &&
      known.connectorId === connectorId &&
      known.startedAt === timestamp &&
      known.meterStart === meterStart &&
      known.idTag.toLowerCase() === idTag.toLowerCase(),
    context,
  );
}

/** The same transactionId for ever; the CSMS is told what it has not heard yet. */
const repeated = (transaction: Transaction, request: Payload, context: Context): Outcome =>
  transaction.idTagInfo === undefined
    ? started(before(startCause(transaction), context), transaction, request, context)
    : answer({ transactionId: transaction.number, idTagInfo: transaction.idTagInfo });

function started(
  event: Before | undefined,
  { number, idTag }: Transaction,
  request: Payload,
  context: Context,
): Outcome {
  return tell(event, context, (response) => {
    const info = infoOf(response, idTag, context) ?? { status: 'Accepted' };
    const allowed = allowedOn(idTag, toEvse(request.connectorId as number, context).id, context);
    const idTagInfo = info.status === 'Accepted' && !allowed ? { ...info, status: 'Blocked' } : info;
    const now = transactionByNumber(number, context);
    if (now !== undefined) save({ ...now, idTagInfo }, context);
    return answer({ transactionId: number, idTagInfo });
  });
}

/** idTagInfo of an answer to a TransactionEvent, and what else is in it. */
function infoOf(response: Payload, idTag: string | undefined, context: Context): Payload | undefined {
  const info = response.idTokenInfo as Payload | undefined;
  if (response.chargingPriority !== undefined) context.lost('chargingPriority', '1.6 has no priorities');
  if (info === undefined) return undefined;
  if (idTag !== undefined) rememberEvses(idTag, info, context);
  return apply(idTagInfo, 'down', info, context);
}

/**
 * Another transaction begins on the connector: this one must have ended without our being told. Its meter stopped where that of
 * the next one starts: nothing is delivered in between.
 */
function endBefore(transaction: Transaction, timestamp: string, register: number, context: Context): void {
  const known = register >= transaction.meterStart ? register : lastRegister(transaction.number, context);
  endAssumed(transaction, 'AbnormalCondition', { stoppedReason: 'Other' }, timestamp, known, context);
}

export function stopUp(request: Payload, context: Context): Outcome {
  const number = request.transactionId as number | undefined;
  const timestamp = request.timestamp as string;
  const cause = `stop ${number} ${timestamp} ${request.meterStop as number}`;
  const again = before(cause, context);
  if (again !== undefined) return stopped(again, request, context);
  const known = transactionByNumber(number, context) ?? candidate(request, context);
  // The CSMS knows the end of this transaction; it cannot end once more.
  if (known !== undefined && known.ended !== 'no') {
    context.lost('transactionId', `transaction ${known.number} has ended before, with what was known then`);
    save({ ...known, ended: 'yes' }, context);
    return answer(request.idTag === undefined ? {} : { idTagInfo: { status: 'Accepted' } });
  }
  const transaction = known ?? unknownTransaction(request, context);
  const idTag = request.idTag as string | undefined;
  const reason = stopReason(request.reason as string | undefined, lastStatus(transaction.connectorId, context));
  const info = {
    chargingState: reason.stoppedReason === 'EVDisconnected' ? 'Idle' : 'EVConnected',
    stoppedReason: reason.stoppedReason,
  };
  const event = transactionEvent('Ended', reason.triggerReason, transaction, timestamp, context, info, {
    ...(idTag === undefined ? {} : { idToken: toIdToken(idTag, context) }),
    meterValue: endValues(request, timestamp, transaction, context),
  });
  const place = keep(event, transaction.number, context, cause);
  save({ ...transaction, ended: 'yes' }, context);
  forgetProfilesOf(transaction.id, context);
  stopsBeingOrphan(transaction.number, context);
  resetIfIdle(context);
  return stopped({ place }, request, context);
}

function stopped(event: Before, request: Payload, context: Context): Outcome {
  const idTag = request.idTag as string | undefined;
  return tell(event, context, (response) => {
    const info = infoOf(response, idTag, context);
    return answer(idTag === undefined ? {} : { idTagInfo: info ?? { status: 'Accepted' } });
  });
}

const isRegister = (sample: Payload): boolean =>
  (sample.measurand ?? DEFAULT_MEASURAND) === DEFAULT_MEASURAND && sample.phase === undefined;

/** transactionData, and meterStop as the Transaction.End sample unless one is there. */
function endValues(request: Payload, timestamp: string, { meterStart }: Transaction, context: Context): Payload[] {
  const register: KnownRegister = (of) => (of === 'Transaction.Begin' ? meterStart : request.meterStop);
  const values = meterValuesUp(request.transactionData, context, register) ?? [];
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
    if (fits && (found === undefined || isLikelier(transaction, found, context))) found = transaction;
  }
  return found;
}

/**
 * One whose beginning was not confirmed, for which the station never got an id; then one that goes on rather than one that was
 * assumed to have ended; then the one that began last.
 */
function isLikelier(transaction: Transaction, than: Transaction, context: Context): boolean {
  const unconfirmed = isUnheardOf(transaction.number, context);
  if (unconfirmed !== isUnheardOf(than.number, context)) return unconfirmed;
  if (transaction.ended !== than.ended) return transaction.ended === 'no';
  return Date.parse(transaction.startedAt) >= Date.parse(than.startedAt);
}

/** Nothing is known of its beginning: a transaction is made up from what the StopTransaction tells, so that its energy is not lost. */
function unknownTransaction(request: Payload, context: Context): Transaction {
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
  const info = { chargingState: 'EVConnected' };
  const event = transactionEvent('Started', 'Authorized', transaction, startedAt, context, info, {
    ...(transaction.connectorId > 0 ? { evse: { ...toEvse(transaction.connectorId, context) } } : {}),
    ...(idTag === '' ? {} : { idToken: toIdToken(idTag, context) }),
    meterValue: [registerSample(startedAt, meterStart, 'Transaction.Begin')],
  });
  keep(event, transaction.number, context);
  return transaction;
}

/** Sample context → triggerReason; every other one is MeterValuePeriodic. */
const triggerReasons: Readonly<Record<string, string>> = { 'Sample.Clock': 'MeterValueClock', Trigger: 'Trigger' };

const nothing = answer({});

export function meterValuesUpwards(request: Payload, context: Context): Outcome {
  const connectorId = request.connectorId as number;
  const values = meterValuesUp(request.meterValue, context, (of) => {
    const transaction = transactionByNumber(request.transactionId, context) ?? openOn(connectorId, context);
    if (transaction === undefined) return undefined;
    return of === 'Transaction.Begin' ? transaction.meterStart : lastRegister(transaction.number, context);
  });
  // 2.x demands a sample; what has none left is taken in and goes no further.
  if (values === undefined) return nothing;
  const again = before(METER_VALUES, context, values);
  if (again !== undefined) return tell(again, context, () => nothing);
  const { timestamp, sampledValue: samples } = values[0] as { timestamp: string; sampledValue: Payload[] };
  const sampleContext = samples[0]?.context as string | undefined;
  const triggered = sampleContext === 'Trigger' && takeTrigger('MeterValues', connectorId, context);
  const transaction = triggered ? undefined : owner(request, connectorId, timestamp, context);
  if (transaction === undefined) {
    return forward('MeterValues', { evseId: toEvse(connectorId, context).id, meterValue: values }, () => nothing);
  }
  return tell(updated(transaction, values, timestamp, context), context, () => nothing);
}

function updated(transaction: Transaction, values: readonly Payload[], timestamp: string, context: Context): Before {
  const samples = values[0]?.sampledValue as readonly Payload[];
  const signedOnly = samples.every((sample) => sample.signedMeterValue !== undefined);
  const reason = triggerReasons[(samples[0]?.context as string | undefined) ?? ''] ?? 'MeterValuePeriodic';
  const event = transactionEvent(
    'Updated',
    signedOnly ? 'SignedDataReceived' : reason,
    transaction,
    timestamp,
    context,
    undefined,
    { meterValue: values },
  );
  stopsBeingOrphan(transaction.number, context);
  return { place: keep(event, transaction.number, context, METER_VALUES) };
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
