/** Block E, Transactions, station 2.x under a 1.6 CSMS: what a TransactionEvent means for Start/StopTransaction, MeterValues and the connector's status. */
import type { Context } from '../context.ts';
import { answer, type Outcome, type Payload } from '../outcome.ts';
import { registerWh } from '../readings.ts';
import { mirroredItems } from './configuration-mirror.ts';
import { connectorState } from './connector-state.ts';
import { withCosts } from './cost-of-csms.ts';
import { recentReset } from './deferred-reset.ts';
import { meterValuesDown } from './metering.ts';
import { remoteStartById } from './remote-start.ts';
import { forgetReservation } from './reservation-state.ts';
import { forgetProfilesOf, startProfileBegins } from './smart-charging-registry.ts';
import {
  changeStationTransaction,
  chargingStates,
  isAnswered,
  isComplete,
  isEarlier,
  latestAnswered,
  type StationTransaction,
  saveStationTransaction,
  stationTransaction,
  withAnswered,
} from './station-transactions.ts';
import { statusForConnector, tellStatuses } from './status-down.ts';
import { reasonDown } from './stop-reasons.ts';
import { type IdToken, stationIdTag } from './tokens.ts';
import { learn, toConnectors, toEvse } from './topology.ts';
import { doubtCompleteness, doubtOthersOn } from './transactions-down-doubts.ts';
import {
  assumeEnded,
  type Occasion,
  startTransaction,
  stopTransaction,
  tellMeterValue,
  tellWaiting,
} from './transactions-down-messages.ts';

const plugging = new Set(['CablePluggedIn', 'EVDetected']);
const departing = new Set(['EVDeparted', 'EVCommunicationLost']);
const stopping = new Set([
  'StopAuthorized',
  'RemoteStop',
  'Deauthorized',
  'EnergyLimitReached',
  'TimeLimitReached',
  'UnlockCommand',
  'ResetCommand',
]);
/** Values of TxStartPoint that mean a car which may charge. */
const chargingPoints = new Set(['PowerPathClosed', 'EnergyTransfer']);

interface TransactionEvent extends Payload {
  readonly eventType: 'Started' | 'Updated' | 'Ended';
  readonly timestamp: string;
  readonly triggerReason: string;
  readonly seqNo: number;
  readonly transactionInfo: Payload;
  readonly idToken?: IdToken;
  readonly meterValue?: readonly Payload[];
}

export function transactionEventDown(request: Payload, context: Context): Outcome {
  const event = request as TransactionEvent;
  const known = stationTransaction(event.transactionInfo.transactionId, context);
  for (const field of ['numberOfPhasesUsed', 'cableMaxCurrent']) {
    if (event[field] !== undefined) context.lost(field, '1.6 has no such field');
  }
  if (known === undefined || !isAnother(event, known)) return takeIn(event, known, context);
  // The station has forgotten the one before.
  if (!known.ended) assumeEnded(known, 'Reboot', context);
  return startTransaction(known.id, undefined, context, () =>
    tellWaiting(known.id, context, () => stopTransaction(known.id, context, () => takeIn(event, undefined, context))),
  );
}

/** Whether a station that counts its transactions anew after a reboot begins another one under a known id (E-48). */
const isAnother = (event: TransactionEvent, known: StationTransaction): boolean =>
  event.eventType === 'Started' &&
  isEarlier(known.startedAt, event.timestamp) &&
  (known.ended || isAnswered(known, event.seqNo));

function takeIn(event: TransactionEvent, before: StationTransaction | undefined, context: Context): Outcome {
  if (before !== undefined && isAnswered(before, event.seqNo)) {
    return answer(response(before.info, event, before));
  }
  const isLate = before !== undefined && event.seqNo < (latestAnswered(before) ?? event.seqNo);
  const transaction = withEvent(event, before, isLate, context);
  saveStationTransaction(transaction, context);
  const { id, connectorId } = transaction;
  followProfiles(event, transaction, context);
  if (event.reservationId !== undefined) forgetReservation(event.reservationId, context);
  if (connectorId !== undefined && before?.connectorId === undefined) doubtOthersOn(connectorId, id, context);
  const isLive = event.offline !== true && !isLate;
  const occasion: Occasion = {
    timestamp: event.timestamp,
    hasToken: event.idToken !== undefined,
    isLive,
    isAllThereIs: isAllThereIs(event, transaction),
    firstValueAt: event.meterValue?.[0]?.timestamp,
  };
  return startTransaction(id, occasion, context, (started) =>
    tellWaiting(id, context, () =>
      tellMeterValue(id, event, context, () =>
        stopTransaction(id, context, (stopInfo) => {
          const now = stationTransaction(id, context) as StationTransaction;
          return finish(event, now, isLive, stopInfo ?? (started ? now.info : undefined), context);
        }),
      ),
    ),
  );
}

/** The events before the end were lost, and with them what happened; nobody coming is no loss. */
function isAllThereIs(event: TransactionEvent, { answered, token }: StationTransaction): boolean {
  if (event.eventType !== 'Ended' || answered.length > 0) return false;
  const isTimeout = event.transactionInfo.stoppedReason === 'Timeout' || event.triggerReason === 'EVConnectTimeout';
  return !isTimeout && (token !== undefined || event.seqNo > 0);
}

/** The profile of a remote start becomes that of its transaction; the profiles of a transaction end with it. */
function followProfiles(
  event: TransactionEvent,
  { id, connectorId, ended }: StationTransaction,
  context: Context,
): void {
  const { remoteStartId } = event.transactionInfo as { remoteStartId?: number };
  if (remoteStartId !== undefined && connectorId !== undefined)
    startProfileBegins(remoteStartId, id, toEvse(connectorId, context).id, context);
  if (ended) forgetProfilesOf(id, context);
}

/** What is known of a transaction with one more event of it. @param isLate newer ones came before it */
function withEvent(
  event: TransactionEvent,
  before: StationTransaction | undefined,
  isLate: boolean,
  context: Context,
): StationTransaction {
  const { transactionInfo: info, timestamp, meterValue } = event;
  const known: StationTransaction = before ?? {
    id: info.transactionId,
    start: 'pending',
    plugged: false,
    charged: false,
    waiting: [],
    answered: [],
    begun: false,
    ended: false,
    startedAt: timestamp,
    lastAt: timestamp,
  };
  const stop = isLate ? known.stop : stopAfter(event, known, before === undefined);
  const token = known.token ?? startToken(event, before !== undefined, context);
  const chargingState = isLate ? known.chargingState : (chargingStateOf(event) ?? known.chargingState);
  const meterStart = meterStartAfter(event, known);
  const meterLast = isLate
    ? (known.meterLast ?? registerWh(meterValue, 'Transaction.End'))
    : (registerWh(meterValue, 'Transaction.End') ?? known.meterLast);
  const connectorId = known.connectorId ?? connectorOf(event, context);
  const reservationId = known.reservationId ?? event.reservationId;
  const { stop: _stop, ...rest } = known;
  const after: StationTransaction = {
    ...rest,
    ...(connectorId === undefined ? {} : { connectorId }),
    ...(token === undefined ? {} : { token: { idToken: token.idToken, type: token.type } }),
    ...(chargingState === undefined ? {} : { chargingState }),
    ...(meterStart === undefined ? {} : { meterStart }),
    ...(meterLast === undefined ? {} : { meterLast }),
    ...(reservationId === undefined ? {} : { reservationId }),
    ...(stop === undefined ? {} : { stop }),
    plugged: known.plugged || showsCar(event, context),
    charged:
      known.charged ||
      chargingStates.has(info.chargingState) ||
      (meterStart !== undefined && meterLast !== undefined && meterLast > meterStart),
    begun: known.begun || event.eventType === 'Started',
    startedAt: isEarlier(timestamp, known.startedAt) ? timestamp : known.startedAt,
    lastAt: isEarlier(known.lastAt, timestamp) ? timestamp : known.lastAt,
  };
  if (event.eventType !== 'Ended') return after;
  if (known.assumed === true)
    context.lost('eventType', `transaction ${known.id} was ended before, with what was known then`);
  if (known.ended) return after;
  const ended: StationTransaction = { ...after, ended: true, stopRequest: stopRequest(event, after, context) };
  // It may be an old one: the connector shows by now what came after it.
  const shown = connectorId === undefined ? undefined : connectorState(connectorId, context)?.newer;
  return shown === undefined || shown === 'Occupied' ? ended : { ...ended, left: true };
}

/** The token that began the transaction, as far as an event tells. */
function startToken(event: TransactionEvent, hasBegun: boolean, context: Context): IdToken | undefined {
  const { remoteStartId } = event.transactionInfo as { remoteStartId?: number };
  const given = stopping.has(event.triggerReason) && hasBegun ? undefined : event.idToken;
  return given ?? (remoteStartId === undefined ? undefined : remoteStartById(remoteStartId, context)?.token);
}

/** The stop that was announced, after an event. */
function stopAfter(
  { triggerReason, eventType, idToken, transactionInfo }: TransactionEvent,
  known: StationTransaction,
  isFirst: boolean,
): StationTransaction['stop'] {
  if (stopping.has(triggerReason) && !(isFirst && eventType === 'Started')) {
    return { triggerReason, ...(idToken === undefined ? {} : { token: idToken }) };
  }
  // Where energy flows again, the stop is off.
  return transactionInfo.chargingState === 'Charging' ? undefined : known.stop;
}

const chargingStateOf = ({ transactionInfo, triggerReason }: TransactionEvent): string | undefined =>
  transactionInfo.chargingState ?? (departing.has(triggerReason) ? 'Idle' : undefined);

/** Whether an event says that a car is there. */
function showsCar({ eventType, triggerReason, transactionInfo }: TransactionEvent, context: Context): boolean {
  const { chargingState } = transactionInfo;
  if (plugging.has(triggerReason) || (chargingState !== undefined && chargingState !== 'Idle')) return true;
  const points = eventType === 'Started' ? mirroredItems('TxCtrlr.TxStartPoint', context) : undefined;
  return points !== undefined && points.length > 0 && points.every((point) => chargingPoints.has(point));
}

/** Where the meter was at the beginning: the sample that says so, else the first that came, but not the one of the end. */
function meterStartAfter({ meterValue }: TransactionEvent, known: StationTransaction): number | undefined {
  if (known.start !== 'pending' || known.startRequest !== undefined) return known.meterStart;
  const samples = (fits: (context: unknown) => boolean): readonly Payload[] =>
    (meterValue ?? []).map((value) => ({
      ...value,
      sampledValue: (value.sampledValue as readonly Payload[]).filter((sample) => fits(sample.context)),
    }));
  return (
    registerWh(
      samples((context) => context === 'Transaction.Begin'),
      'Transaction.Begin',
    ) ??
    known.meterStart ??
    registerWh(
      samples((context) => context !== 'Transaction.End'),
      'Transaction.Begin',
    )
  );
}

/** The 1.6 connector of an event's EVSE: without a connector the one that is occupied, else the first. */
function connectorOf(event: TransactionEvent, context: Context): number | undefined {
  const evse = event.evse as { id: number; connectorId?: number } | undefined;
  if (evse === undefined || evse.id <= 0) return undefined;
  if (evse.connectorId !== undefined) return learn(evse.id, evse.connectorId, context);
  const connectors = toConnectors(evse.id, undefined, context);
  if (connectors.length <= 1) return learn(evse.id, undefined, context);
  const occupied = connectors.filter((connector) => connectorState(connector, context)?.newer === 'Occupied');
  if (occupied.length !== 1) context.lost('evse', 'several connectors are possible; the first is taken');
  return occupied.length === 1 ? occupied[0] : connectors[0];
}

/** Triggers of a stop by presenting a token; the idTag of any other stop would say what is not so. */
function stopToken(event: TransactionEvent, { stop }: StationTransaction): IdToken | undefined {
  if (event.triggerReason !== 'StopAuthorized' && stop?.triggerReason !== 'StopAuthorized') return undefined;
  const token = event.idToken ?? stop?.token;
  return token === undefined || token.idToken === '' ? undefined : token;
}

function stopRequest(event: TransactionEvent, transaction: StationTransaction, context: Context): Payload {
  const token = stopToken(event, transaction);
  const { stoppedReason } = event.transactionInfo as { stoppedReason?: string };
  const isOurs = stoppedReason === undefined || stoppedReason === 'Remote';
  const triggers = [event.triggerReason, transaction.stop?.triggerReason];
  const reason =
    (isOurs ? transaction.stoppedFor : undefined) ?? reasonDown(stoppedReason, triggers, recentReset(context));
  const transactionData = meterValuesDown(event.meterValue, context);
  return {
    timestamp: event.timestamp,
    meterStop: transaction.meterLast ?? transaction.meterStart ?? 0,
    ...(reason === undefined ? {} : { reason }),
    ...(token === undefined ? {} : { idTag: stationIdTag(token, context) }),
    ...(transactionData === undefined ? {} : { transactionData }),
  };
}

/** The event is dealt with. Tells the connector's status if it is another one now. @param info what the CSMS has said of the token just now */
function finish(
  event: TransactionEvent,
  before: StationTransaction,
  isLive: boolean,
  info: Payload | undefined,
  context: Context,
): Outcome {
  const { id, connectorId } = before;
  const transaction = changeStationTransaction(id, { answered: withAnswered(before.answered, event.seqNo) }, context);
  if (event.eventType === 'Ended') {
    if (transaction.start === 'pending')
      context.lost('transactionInfo', 'the transaction never began in 1.6 terms: no token, or no car');
    else if (!isComplete(transaction)) doubtCompleteness(id, context);
  }
  const answered = withCosts(response(info, event, transaction), event, transaction, context);
  const done = (): Outcome => answer(answered);
  if (connectorId === undefined || !isLive) return done();
  const status = statusAfter(event, transaction, connectorState(connectorId, context)?.newer);
  return tellStatuses(statusForConnector(connectorId, status, event.timestamp, context), context, done);
}

/** The answer to an event; to one that repeats the token of the transaction, what was said of it before. */
function response(info: Payload | undefined, { idToken }: TransactionEvent, known: StationTransaction): Payload {
  const isSame =
    idToken !== undefined &&
    idToken.idToken.toLowerCase() === known.token?.idToken.toLowerCase() &&
    idToken.type === known.token.type;
  const told = info ?? (isSame ? known.info : undefined);
  return told === undefined ? {} : { idTokenInfo: told };
}

/** The connector's 2.x status after an event. @param reported what the station last said of it */
function statusAfter(event: TransactionEvent, transaction: StationTransaction, reported: string | undefined): string {
  // A station that says Available while it charges is mistaken (E-39); one that says Faulted knows.
  if (!transaction.ended) return reported === 'Faulted' ? 'Faulted' : 'Occupied';
  if (reported !== undefined && reported !== 'Occupied') return reported;
  // Nobody came, or the car never did: there is no cable that the station could report as gone.
  const empty = event.triggerReason === 'EVConnectTimeout' || (transaction.start === 'pending' && !transaction.plugged);
  return empty && reported === undefined ? 'Available' : 'Occupied';
}
