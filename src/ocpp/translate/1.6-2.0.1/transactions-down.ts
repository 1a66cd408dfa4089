/** Block E, Transactions, station 2.x under a 1.6 CSMS: TransactionEvent → Start/StopTransaction, MeterValues, StatusNotification. */
import type { Context } from '../context.ts';
import {
  answer,
  crossed,
  type Failure,
  forward,
  forwardAll,
  type Message,
  type Outcome,
  type Payload,
} from '../outcome.ts';
import { registerWh } from '../readings.ts';
import { apply } from '../rows.ts';
import { connectorState } from './connector-state.ts';
import { withCosts } from './cost-of-csms.ts';
import { recentReset } from './deferred-reset.ts';
import { meterValuesDown } from './metering.ts';
import { remoteStartById } from './remote-start.ts';
import { forgetProfilesOf, startProfileBegins } from './smart-charging-registry.ts';
import {
  chargingStates,
  isAnswered,
  type StationTransaction,
  saveStationTransaction,
  stationTransaction,
  withAnswered,
} from './station-transactions.ts';
import { statusForConnector } from './status-down.ts';
import { reasonDown } from './stop-reasons.ts';
import { type IdToken, idTagInfo, NO_AUTHORIZATION_TAG, stationIdTag } from './tokens.ts';
import { learn, toConnectors, toEvse } from './topology.ts';

/** MeterValues kept for a transaction that has not started in 1.6 terms. */
const PENDING_LIMIT = 50;

const plugging = new Set(['CablePluggedIn', 'EVDetected']);
const stopping = new Set([
  'StopAuthorized',
  'RemoteStop',
  'Deauthorized',
  'EnergyLimitReached',
  'TimeLimitReached',
  'UnlockCommand',
  'ResetCommand',
]);

export function transactionEventDown(event: Payload, context: Context): Outcome {
  const id = (event.transactionInfo as Payload).transactionId as string;
  const known = stationTransaction(id, context);
  // A station that counts its transactions anew after a reboot may use an id again.
  const before =
    known?.ended === true && event.eventType === 'Started' && event.seqNo === 0 && isNew(event, known)
      ? undefined
      : known;
  if (before !== undefined && isAnswered(before, event.seqNo as number)) return answer({});
  const transaction = takeIn(event, before, context);
  saveStationTransaction(transaction, context);
  followProfiles(event, transaction, context);
  for (const field of ['numberOfPhasesUsed', 'cableMaxCurrent']) {
    if (event[field] !== undefined) context.lost(field, '1.6 has no such field');
  }
  if (transaction.start !== 'pending') return afterStart(event, transaction, undefined, context);
  const ended = event.eventType === 'Ended';
  if (ended ? mustStart(event, transaction, before) : canStart(transaction)) return start(event, transaction, context);
  return afterStart(event, transaction, undefined, context);
}

/** The profile of a remote start becomes that of its transaction; the profiles of a transaction end with it. */
function followProfiles(event: Payload, { id, connectorId, ended }: StationTransaction, context: Context): void {
  const { remoteStartId } = event.transactionInfo as { remoteStartId?: number };
  if (remoteStartId !== undefined && connectorId !== undefined)
    startProfileBegins(remoteStartId, id, toEvse(connectorId, context).id, context);
  if (ended) forgetProfilesOf(id, context);
}

const isNew = (event: Payload, known: StationTransaction): boolean =>
  known.startedAt !== undefined && Date.parse(event.timestamp as string) > Date.parse(known.startedAt);

/** How an event adds to what is known of its transaction. */
function takeIn(event: Payload, before: StationTransaction | undefined, context: Context): StationTransaction {
  const info = event.transactionInfo as Payload;
  const known: StationTransaction = before ?? {
    id: info.transactionId as string,
    start: 'pending',
    plugged: false,
    charged: false,
    waiting: [],
    answered: [],
    ended: false,
  };
  const triggerReason = event.triggerReason as string;
  const stops = stopping.has(triggerReason) && (before !== undefined || event.eventType !== 'Started');
  const given = event.idToken as IdToken | undefined;
  const remote = info.remoteStartId === undefined ? undefined : remoteStartById(info.remoteStartId as number, context);
  const token = known.token ?? (stops && before !== undefined ? undefined : given) ?? remote?.token;
  const chargingState = (info.chargingState as string | undefined) ?? known.chargingState;
  const values = event.meterValue as Payload[] | undefined;
  const meterStart = known.meterStart ?? registerWh(values, 'Transaction.Begin');
  const meterLast = registerWh(values, 'Transaction.End') ?? known.meterLast;
  const connectorId = known.connectorId ?? connectorOf(event, context);
  const startedAt = known.startedAt ?? (event.timestamp as string);
  return {
    ...known,
    startedAt,
    ...(connectorId === undefined ? {} : { connectorId }),
    ...(token === undefined ? {} : { token: { idToken: token.idToken, type: token.type } }),
    ...(chargingState === undefined ? {} : { chargingState }),
    ...(meterStart === undefined ? {} : { meterStart }),
    ...(meterLast === undefined ? {} : { meterLast }),
    ...(stops ? { stop: { triggerReason, ...(given === undefined ? {} : { token: given }) } } : {}),
    plugged: known.plugged || plugging.has(triggerReason) || (chargingState !== undefined && chargingState !== 'Idle'),
    charged:
      known.charged ||
      chargingStates.has(chargingState ?? '') ||
      (meterStart !== undefined && meterLast !== undefined && meterLast > meterStart),
    ended: known.ended || event.eventType === 'Ended',
  };
}

/** The 1.6 connector of an event's EVSE: without a connector the one that is occupied, else the first. */
function connectorOf(event: Payload, context: Context): number | undefined {
  const evse = event.evse as { id: number; connectorId?: number } | undefined;
  if (evse === undefined || evse.id <= 0) return undefined;
  if (evse.connectorId !== undefined) return learn(evse.id, evse.connectorId, context);
  const connectors = toConnectors(evse.id, undefined, context);
  if (connectors.length <= 1) return learn(evse.id, undefined, context);
  const occupied = connectors.filter((connector) => connectorState(connector, context)?.newer === 'Occupied');
  if (occupied.length !== 1) context.lost('evse', 'several connectors are possible; the first is taken');
  return occupied.length === 1 ? occupied[0] : connectors[0];
}

/** All that 1.6 wants to know of a transaction's beginning is known (start condition). */
const canStart = ({ token, connectorId, chargingState, plugged }: StationTransaction): boolean =>
  token !== undefined && connectorId !== undefined && (chargingStates.has(chargingState ?? '') || plugged);

/** A transaction ends that never began in 1.6 terms: what is missing is made up if energy may have flowed, so that it is not lost. */
function mustStart(event: Payload, transaction: StationTransaction, before: StationTransaction | undefined): boolean {
  if (transaction.charged) return true;
  const { stoppedReason } = event.transactionInfo as Payload;
  if (stoppedReason === 'Timeout' || event.triggerReason === 'EVConnectTimeout') return false;
  // The events before this one were lost, and with them what happened.
  return before === undefined && (transaction.token !== undefined || (event.seqNo as number) > 0);
}

function start(event: Payload, transaction: StationTransaction, context: Context): Outcome {
  const { connectorId = 1, token, meterStart = 0 } = transaction;
  if (transaction.meterStart === undefined) context.lost('meterValue', 'no register is known; meterStart is 0');
  if (token === undefined) context.lost('idToken', 'no token is known; the idTag is a placeholder');
  const request = {
    connectorId,
    idTag: token === undefined ? NO_AUTHORIZATION_TAG : stationIdTag(token, context),
    meterStart,
    timestamp: earliest(event),
    ...(event.reservationId === undefined ? {} : { reservationId: event.reservationId }),
  };
  const startNow = forward(
    'StartTransaction',
    request,
    (response) => {
      const { waiting, ...known } = {
        ...transaction,
        connectorId,
        start: 'confirmed' as const,
        number: response.transactionId as number,
      };
      const confirmed: StationTransaction = { ...known, waiting: [] };
      saveStationTransaction(confirmed, context);
      const info = apply(idTagInfo, 'up', response.idTagInfo as Payload, context);
      if (info.status !== 'Accepted' && event.idToken === undefined && !transaction.ended) {
        context.emit('station', { action: 'RequestStopTransaction', payload: { transactionId: transaction.id } });
      }
      return series(
        waiting.map((payload) => ({ action: 'MeterValues', payload: { ...payload, transactionId: confirmed.number } })),
        () => afterStart(event, confirmed, info, context),
      );
    },
    (failure) => {
      if (isTransient(failure)) return { kind: 'refuse', failure: crossed(failure) };
      const rejected: StationTransaction = { ...transaction, connectorId, start: 'rejected', number: -1 };
      saveStationTransaction(rejected, context);
      return afterStart(event, rejected, undefined, context);
    },
  );
  if (event.offline === true || transaction.ended) return startNow;
  // 1.6 expects the connector to be Preparing before a transaction begins on it (order).
  const told = statusForConnector(connectorId, 'Occupied', event.timestamp as string, context);
  return forwardAll(told, () => startNow);
}

/** A failure that the same message may not meet again. */
const isTransient = (failure: Failure): boolean =>
  failure.uncertain === true || failure.condition === 'InternalError' || failure.condition === 'GenericError';

const earliest = (event: Payload): string =>
  event.eventType === 'Ended'
    ? (((event.meterValue as Payload[] | undefined)?.[0]?.timestamp as string | undefined) ??
      (event.timestamp as string))
    : (event.timestamp as string);

/** Calls one after the other whose refusal does not matter to the station: it has said what it had to say. */
function series(calls: readonly Message[], then: () => Outcome): Outcome {
  const [first, ...rest] = calls;
  if (first === undefined) return then();
  return forward(
    first.action,
    first.payload,
    () => series(rest, then),
    (failure) => (isTransient(failure) ? { kind: 'refuse', failure: crossed(failure) } : series(rest, then)),
  );
}

/** What an event tells besides the beginning: meter values, the connector's status, the end. */
function afterStart(
  event: Payload,
  transaction: StationTransaction,
  info: Payload | undefined,
  context: Context,
): Outcome {
  const response = info === undefined ? {} : { idTokenInfo: info };
  const ended = event.eventType === 'Ended';
  if (ended && transaction.start === 'pending') {
    context.lost('transactionInfo', 'the transaction never began in 1.6 terms: no token, or no car');
    return finish(event, transaction, response, context);
  }
  const values = event.meterValue as Payload[] | undefined;
  if (ended) {
    return forward(
      'StopTransaction',
      stopRequest(event, transaction, context),
      (answered) => {
        const stopInfo = answered.idTagInfo as Payload | undefined;
        const told = stopInfo === undefined ? response : { idTokenInfo: apply(idTagInfo, 'up', stopInfo, context) };
        return finish(event, transaction, told, context);
      },
      (failure) =>
        isTransient(failure)
          ? { kind: 'refuse', failure: crossed(failure) }
          : finish(event, transaction, response, context),
    );
  }
  const meterValue = meterValuesDown(values, context);
  const { connectorId } = transaction;
  if (meterValue === undefined) return finish(event, transaction, response, context);
  if (transaction.start === 'pending') {
    const waiting = [...transaction.waiting, { connectorId: connectorId ?? 0, meterValue }].slice(-PENDING_LIMIT);
    return finish(event, { ...transaction, waiting }, response, context);
  }
  const payload = { connectorId: connectorId ?? 0, transactionId: transaction.number, meterValue };
  return series([{ action: 'MeterValues', payload }], () => finish(event, transaction, response, context));
}

/** Triggers of a stop by presenting a token; the idTag of any other stop would say what is not so. */
function stopToken(event: Payload, transaction: StationTransaction): IdToken | undefined {
  const { stop } = transaction;
  if (event.triggerReason !== 'StopAuthorized' && stop?.triggerReason !== 'StopAuthorized') return undefined;
  const token = (event.idToken as IdToken | undefined) ?? stop?.token;
  return token === undefined || token.idToken === '' ? undefined : token;
}

function stopRequest(event: Payload, transaction: StationTransaction, context: Context): Payload {
  const token = stopToken(event, transaction);
  const info = event.transactionInfo as Payload;
  const triggers = [event.triggerReason as string, transaction.stop?.triggerReason];
  const reason = reasonDown(info.stoppedReason as string | undefined, triggers, recentReset(context));
  const transactionData = meterValuesDown(event.meterValue as Payload[] | undefined, context);
  return {
    transactionId: transaction.number,
    timestamp: event.timestamp,
    meterStop: transaction.meterLast ?? transaction.meterStart ?? 0,
    ...(reason === undefined ? {} : { reason }),
    ...(token === undefined ? {} : { idTag: stationIdTag(token, context) }),
    ...(transactionData === undefined ? {} : { transactionData }),
  };
}

/** The event is dealt with. Tells the connector's status if it is another one now, unless the event is an old one from the station's queue. */
function finish(event: Payload, transaction: StationTransaction, response: Payload, context: Context): Outcome {
  saveStationTransaction(
    { ...transaction, answered: withAnswered(transaction.answered, event.seqNo as number) },
    context,
  );
  const { connectorId } = transaction;
  const answered = withCosts(response, event, transaction, context);
  if (connectorId === undefined || event.offline === true) return answer(answered);
  const status = statusAfter(event, transaction, connectorState(connectorId, context)?.newer);
  const told = statusForConnector(connectorId, status, event.timestamp as string, context);
  // The status is news of ours; whether it arrives changes nothing for the station's event.
  return forwardAll(told, () => answer(answered));
}

/** The connector's 2.x status after an event. @param reported what the station last said of it */
function statusAfter(event: Payload, transaction: StationTransaction, reported: string | undefined): string {
  if (!transaction.ended) return 'Occupied';
  if (reported !== undefined && reported !== 'Occupied') return reported;
  // Nobody came, or the car never did: there is no cable that the station could report as gone.
  const empty = event.triggerReason === 'EVConnectTimeout' || (transaction.start === 'pending' && !transaction.plugged);
  return empty && reported === undefined ? 'Available' : 'Occupied';
}
