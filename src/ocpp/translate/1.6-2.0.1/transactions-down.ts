/** Block E, Transactions, station 2.x under a 1.6 CSMS (D.5b): TransactionEvent → Start/StopTransaction, MeterValues, StatusNotification. */
import type { Context } from '../context.ts';
import { answer, type Failure, forward, type Message, type Outcome, type Payload } from '../outcome.ts';
import { apply } from '../rows.ts';
import { statusForConnector } from './availability.ts';
import { meterValuesDown, registerWh } from './metering.ts';
import { remoteStartById } from './remote-start.ts';
import { reasonDown } from './stop-reasons.ts';
import { type IdToken, idTagInfo, toIdTag } from './tokens.ts';
import { toConnectors } from './topology.ts';

const TABLE = 'stationTransaction';
const LIMIT = 100;
/** MeterValues kept for a transaction that has not started in 1.6 terms. */
const PENDING_LIMIT = 50;

/** A transaction of a 2.x station, as far as the 1.6 CSMS is concerned. */
export interface StationTransaction {
  readonly id: string;
  /** What the CSMS calls it; `undefined` until its StartTransaction is answered. */
  readonly number?: number;
  /** `rejected`: the CSMS did not answer StartTransaction; later messages carry −1, as those of a 1.6 station would. */
  readonly start: 'pending' | 'confirmed' | 'rejected';
  readonly token?: IdToken;
  readonly connectorId?: number;
  /** First and latest import register, in Wh. */
  readonly meterStart?: number;
  readonly meterLast?: number;
  readonly plugged: boolean;
  readonly chargingState?: string;
  /** The reason and token of a stop that was announced before the Ended event. */
  readonly stop?: { readonly triggerReason: string; readonly token?: IdToken };
  readonly waiting: readonly Payload[];
  readonly seqNos: readonly number[];
  readonly ended: boolean;
}

export const stationTransaction = (id: string, context: Context): StationTransaction | undefined =>
  context.state.get<StationTransaction>(TABLE, id);

export function stationTransactionByNumber(number: number, context: Context): StationTransaction | undefined {
  for (const [, transaction] of context.state.rows<StationTransaction>(TABLE)) {
    if (transaction.number === number) return transaction;
  }
  return undefined;
}

/** The transaction on a connector: the one not ended, else the latest. */
export function stationTransactionOn(connectorId: number, context: Context): StationTransaction | undefined {
  let found: StationTransaction | undefined;
  for (const [, transaction] of context.state.rows<StationTransaction>(TABLE)) {
    if (transaction.connectorId === connectorId && (found === undefined || found.ended || !transaction.ended)) found = transaction;
  }
  return found;
}

const save = (transaction: StationTransaction, context: Context): void =>
  context.state.set(TABLE, transaction.id, transaction, LIMIT);

const charging = new Set(['Charging', 'SuspendedEV', 'SuspendedEVSE']);
const plugging = new Set(['CablePluggedIn', 'EVDetected']);
const stopping = new Set([
  'StopAuthorized', 'RemoteStop', 'Deauthorized', 'EnergyLimitReached', 'TimeLimitReached', 'UnlockCommand', 'ResetCommand',
]);

/** What a 1.6 connector shows while its 2.x counterpart says Occupied (D.6). */
export function occupiedStatus(connectorId: number, context: Context): string {
  const transaction = stationTransactionOn(connectorId, context);
  if (transaction === undefined) return 'Preparing';
  if (transaction.ended) return 'Finishing';
  if (transaction.start === 'pending') return 'Preparing';
  if (charging.has(transaction.chargingState ?? '')) return transaction.chargingState as string;
  if (transaction.chargingState === 'Idle') return 'SuspendedEV';
  return transaction.stop?.triggerReason === 'StopAuthorized' ? 'Finishing' : 'SuspendedEVSE';
}

/** How an event adds to what is known of its transaction. */
function takeIn(event: Payload, before: StationTransaction | undefined, context: Context): StationTransaction {
  const info = event['transactionInfo'] as Payload;
  const id = info['transactionId'] as string;
  const known: StationTransaction = before ?? { id, start: 'pending', plugged: false, waiting: [], seqNos: [], ended: false };
  const evse = event['evse'] as { id: number; connectorId?: number } | undefined;
  const connectorId = known.connectorId ?? (evse === undefined ? undefined : toConnectors(evse.id, evse.connectorId, context)[0]);
  const triggerReason = event['triggerReason'] as string;
  const given = event['idToken'] as IdToken | undefined;
  const remote = info['remoteStartId'] === undefined ? undefined : remoteStartById(info['remoteStartId'] as number, context);
  const token = known.token ?? (stopping.has(triggerReason) && before !== undefined ? undefined : given) ?? remote?.token;
  const chargingState = (info['chargingState'] as string | undefined) ?? known.chargingState;
  const values = event['meterValue'] as Payload[] | undefined;
  const meterStart = known.meterStart ?? registerWh(values, 'Transaction.Begin');
  const meterLast = registerWh(values, 'Transaction.End') ?? known.meterLast;
  return {
    ...known,
    ...(connectorId === undefined ? {} : { connectorId }),
    ...(token === undefined ? {} : { token }),
    ...(chargingState === undefined ? {} : { chargingState }),
    ...(meterStart === undefined ? {} : { meterStart }),
    ...(meterLast === undefined ? {} : { meterLast }),
    ...(stopping.has(triggerReason) && (before !== undefined || event['eventType'] !== 'Started')
      ? { stop: { triggerReason, ...(given === undefined ? {} : { token: given }) } }
      : {}),
    plugged: known.plugged || plugging.has(triggerReason) || (chargingState !== undefined && chargingState !== 'Idle'),
    seqNos: [...known.seqNos, event['seqNo'] as number].slice(-500),
    ended: known.ended || event['eventType'] === 'Ended',
  };
}

/** All that 1.6 wants to know of a transaction's beginning is known (D.5b, start condition). */
const canStart = ({ token, connectorId, chargingState, plugged }: StationTransaction): boolean =>
  token !== undefined && connectorId !== undefined && (charging.has(chargingState ?? '') || plugged);

export function transactionEventDown(event: Payload, context: Context): Outcome {
  const id = (event['transactionInfo'] as Payload)['transactionId'] as string;
  const before = stationTransaction(id, context);
  if (before?.seqNos.includes(event['seqNo'] as number) === true) return answer({});
  const transaction = takeIn(event, before, context);
  save(transaction, context);
  for (const field of ['numberOfPhasesUsed', 'cableMaxCurrent']) {
    if (event[field] !== undefined) context.lost(field, '1.6 has no such field');
  }
  const ended = event['eventType'] === 'Ended';
  // Ended before anything else was heard: what is missing is made up, so that the energy is not lost.
  const mustStart = ended && transaction.start === 'pending' && before === undefined && transaction.token !== undefined;
  if (transaction.start === 'pending' && (mustStart || (!ended && canStart(transaction)))) return start(event, transaction, context);
  return afterStart(event, transaction, undefined, context);
}

function start(event: Payload, transaction: StationTransaction, context: Context): Outcome {
  const { connectorId = 1, token, meterStart = 0 } = transaction;
  if (transaction.meterStart === undefined) context.lost('meterValue', 'no register is known; meterStart is 0');
  const timestamp = earliest(event);
  const request = {
    connectorId,
    idTag: toIdTag(token as IdToken, context),
    meterStart,
    timestamp,
    ...(event['reservationId'] === undefined ? {} : { reservationId: event['reservationId'] }),
  };
  return forward(
    'StartTransaction',
    request,
    (response) => {
      const confirmed: StationTransaction = { ...transaction, start: 'confirmed', number: response['transactionId'] as number, waiting: [] };
      save(confirmed, context);
      const info = apply(idTagInfo, 'up', response['idTagInfo'] as Payload, context);
      if (info['status'] !== 'Accepted' && event['idToken'] === undefined) {
        context.emit('station', { action: 'RequestStopTransaction', payload: { transactionId: transaction.id } });
      }
      const waiting = transaction.waiting.map((payload) => ({ ...payload, transactionId: confirmed.number }));
      return series(
        waiting.map((payload) => ({ action: 'MeterValues', payload })),
        () => afterStart(event, confirmed, info, context),
      );
    },
    (failure) => {
      if (isTransient(failure)) return { kind: 'refuse', failure };
      const rejected: StationTransaction = { ...transaction, start: 'rejected', number: -1 };
      save(rejected, context);
      return afterStart(event, rejected, undefined, context);
    },
  );
}

/** A failure that the same message may not meet again. */
const isTransient = (failure: Failure): boolean => failure.condition === 'InternalError' || failure.condition === 'GenericError';

const earliest = (event: Payload): string =>
  event['eventType'] === 'Ended'
    ? (((event['meterValue'] as Payload[] | undefined)?.[0]?.['timestamp'] as string | undefined) ?? (event['timestamp'] as string))
    : (event['timestamp'] as string);

/** Calls one after the other whose failures do not matter to the station: it has said what it had to say. */
function series(calls: readonly Message[], then: () => Outcome): Outcome {
  const [first, ...rest] = calls;
  if (first === undefined) return then();
  return forward(first.action, first.payload, () => series(rest, then), (failure) =>
    isTransient(failure) ? { kind: 'refuse', failure } : series(rest, then),
  );
}

/** What an event tells besides the beginning: meter values, the connector's status, the end. */
function afterStart(event: Payload, transaction: StationTransaction, info: Payload | undefined, context: Context): Outcome {
  const response = info === undefined ? {} : { idTokenInfo: info };
  const ended = event['eventType'] === 'Ended';
  if (ended && transaction.start === 'pending') {
    context.lost('transactionInfo', 'the transaction never began in 1.6 terms: no token, or no car');
    return thenStatus(event, transaction, response, context);
  }
  const values = event['meterValue'] as Payload[] | undefined;
  if (ended) {
    return forward('StopTransaction', stopRequest(event, transaction, context), (answered) => {
      const stopInfo = answered['idTagInfo'] as Payload | undefined;
      const told = stopInfo === undefined ? response : { idTokenInfo: apply(idTagInfo, 'up', stopInfo, context) };
      return thenStatus(event, transaction, told, context);
    });
  }
  const meterValue = meterValuesDown(values, context);
  if (meterValue === undefined) return thenStatus(event, transaction, response, context);
  const { connectorId = 0 } = transaction;
  if (transaction.start === 'pending') {
    const waiting = [...transaction.waiting, { connectorId, meterValue }].slice(-PENDING_LIMIT);
    save({ ...transaction, waiting }, context);
    return thenStatus(event, transaction, response, context);
  }
  const payload = { connectorId, transactionId: transaction.number, meterValue };
  return forward('MeterValues', payload, () => thenStatus(event, transaction, response, context));
}

function stopRequest(event: Payload, transaction: StationTransaction, context: Context): Payload {
  const values = event['meterValue'] as Payload[] | undefined;
  const meterStop = transaction.meterLast ?? transaction.meterStart ?? 0;
  const stopToken = (event['idToken'] as IdToken | undefined) ?? transaction.stop?.token;
  const info = event['transactionInfo'] as Payload;
  const trigger = event['triggerReason'] as string;
  const reason = reasonDown(info['stoppedReason'] as string | undefined, trigger);
  const transactionData = meterValuesDown(values, context);
  return {
    transactionId: transaction.number,
    timestamp: event['timestamp'],
    meterStop,
    ...(reason === undefined ? {} : { reason }),
    ...(stopToken === undefined || stopToken.idToken === '' ? {} : { idTag: toIdTag(stopToken, context) }),
    ...(transactionData === undefined ? {} : { transactionData }),
  };
}

/** Tells the connector's status if it is another one now, unless the event is an old one from the station's queue. */
function thenStatus(event: Payload, transaction: StationTransaction, response: Payload, context: Context): Outcome {
  const { connectorId } = transaction;
  if (connectorId === undefined || event['offline'] === true) return answer(response);
  const told = statusForConnector(connectorId, 'Occupied', event['timestamp'] as string, context);
  // The status is news of ours; whether it arrives changes nothing for the station's event.
  return told.kind === 'forward' ? { ...told, then: () => answer(response) } : answer(response);
}
