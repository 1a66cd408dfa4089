/**
 * What a 1.6 CSMS is told of a 2.x station's transaction: StartTransaction, MeterValues, StopTransaction. Each step looks at
 * what is remembered and does what is due, so that it may be taken again after a failure, or by a task.
 */
import type { Context } from '../context.ts';
import { crossed, type Failure, forward, type Outcome, type Payload } from '../outcome.ts';
import { apply } from '../rows.ts';
import { meterValuesDown } from './metering.ts';
import { forgetProfilesOf } from './smart-charging-registry.ts';
import {
  changeStationTransaction,
  isEarlier,
  registerBefore,
  type StationTransaction,
  stationTransaction,
} from './station-transactions.ts';
import { statusForConnector, tellStatuses } from './status-down.ts';
import { idTagInfo, stationIdTag } from './tokens.ts';

/** MeterValues kept for a transaction that has not started in 1.6 terms. */
const WAITING = 50;
/** So often the CSMS may refuse a message because of trouble of its own: what 1.6 calls TransactionMessageAttempts. */
const REFUSALS = 3;
/** When a transaction that has ended is told of again though the station says nothing more, in ms. */
const RETRY = 60_000;

/** The event at hand, as far as it matters for a beginning. */
export interface Occasion {
  readonly timestamp: string;
  readonly hasToken: boolean;
  /** It is not out of the station's queue: it says how the connector is now. */
  readonly isLive: boolean;
  /** It is the end of a transaction of which nothing else was heard, though there was something. */
  readonly isAllThereIs: boolean;
  /** Timestamp of its first meter value. */
  readonly firstValueAt: string | undefined;
}

/** All that 1.6 wants to know of a transaction's beginning is known. */
const canStart = ({ token, connectorId, charged, plugged }: StationTransaction): boolean =>
  token !== undefined && connectorId !== undefined && (charged || plugged);

/** A transaction has ended that never began in 1.6 terms: what is missing is made up if energy may have flowed, so that it is not lost. */
const mustStart = ({ charged, startRequest }: StationTransaction, occasion: Occasion | undefined): boolean =>
  charged || startRequest !== undefined || occasion?.isAllThereIs === true;

/** @param then gets true when the CSMS has answered StartTransaction just now */
export function startTransaction(
  id: string,
  occasion: Occasion | undefined,
  context: Context,
  then: (started: boolean) => Outcome,
): Outcome {
  const transaction = stationTransaction(id, context) as StationTransaction;
  if (transaction.start !== 'pending') return then(false);
  if (transaction.ended ? !mustStart(transaction, occasion) : !canStart(transaction)) return then(false);
  const request = transaction.startRequest ?? startRequest(transaction, occasion, context);
  const { connectorId, meterStart } = request;
  changeStationTransaction(id, { startRequest: request, connectorId, meterStart }, context);
  const begin = (): Outcome =>
    forward(
      'StartTransaction',
      request,
      (response) => {
        confirmed(id, response, occasion, context);
        return then(true);
      },
      (failure) =>
        failed(id, 'StartTransaction', failure, context, () => {
          changeStationTransaction(id, { start: 'rejected', number: -1, startRequest: undefined }, context);
          return then(false);
        }),
    );
  if (transaction.ended || occasion?.isLive !== true) return begin();
  // 1.6 expects the connector to be Preparing before a transaction begins on it (order).
  return tellStatuses(statusForConnector(connectorId, 'Occupied', occasion.timestamp, context), context, begin);
}

function startRequest(transaction: StationTransaction, occasion: Occasion | undefined, context: Context): Payload {
  const { connectorId = 1, token, reservationId, startedAt } = transaction;
  if (token === undefined) context.lost('idToken', 'no token is known; the idTag is a placeholder');
  return {
    connectorId,
    idTag: token === undefined ? context.settings.noAuthorizationTag : stationIdTag(token, context),
    meterStart: transaction.meterStart ?? assumedStart(transaction, context),
    timestamp: !transaction.ended && occasion !== undefined ? occasion.timestamp : earliest(startedAt, occasion),
    ...(reservationId === undefined ? {} : { reservationId }),
  };
}

const earliest = (startedAt: string, occasion: Occasion | undefined): string => {
  const value = occasion?.firstValueAt;
  return value !== undefined && isEarlier(value, startedAt) ? value : startedAt;
};

/** Where the meter must have been when the transaction began: where it was last, unless that is past the end. */
function assumedStart({ id, connectorId = 1, meterLast }: StationTransaction, context: Context): number {
  const known = registerBefore(id, connectorId, context);
  if (known !== undefined && (meterLast === undefined || known <= meterLast)) return known;
  context.lost('meterValue', `no register is known; meterStart is ${meterLast ?? 0}`);
  return meterLast ?? 0;
}

function confirmed(id: string, response: Payload, occasion: Occasion | undefined, context: Context): void {
  const info = apply(idTagInfo, 'up', response.idTagInfo, context);
  const transaction = changeStationTransaction(
    id,
    { start: 'confirmed', number: response.transactionId, info, startRequest: undefined, refused: undefined },
    context,
  );
  // The event that brought the token is answered with it; where that was another one, the station hears of it no more.
  if (info.status === 'Accepted' || occasion?.hasToken === true || transaction.ended) return;
  changeStationTransaction(id, { stoppedFor: 'DeAuthorized' }, context);
  context.emit('station', { action: 'RequestStopTransaction', payload: { transactionId: id } });
}

/** Tells the values that waited for the transaction's number, one after the other. */
export function tellWaiting(id: string, context: Context, then: () => Outcome): Outcome {
  const transaction = stationTransaction(id, context) as StationTransaction;
  const [first] = transaction.waiting;
  if (first === undefined || transaction.start === 'pending') return then();
  const next = (): Outcome => {
    const { waiting } = stationTransaction(id, context) as StationTransaction;
    changeStationTransaction(id, { waiting: waiting.slice(1), refused: undefined }, context);
    return tellWaiting(id, context, then);
  };
  return forward('MeterValues', { ...first, transactionId: transaction.number }, next, (failure) =>
    failed(id, `waiting ${first.meterValue[0].timestamp}`, failure, context, next),
  );
}

/** Tells the meter values of an event, or has them wait until the transaction has begun. Those of its end go with StopTransaction. */
export function tellMeterValue(id: string, event: Payload, context: Context, then: () => Outcome): Outcome {
  const meterValue = event.eventType === 'Ended' ? undefined : meterValuesDown(event.meterValue, context);
  if (meterValue === undefined) return then();
  const { start, number, connectorId = 0, waiting } = stationTransaction(id, context) as StationTransaction;
  if (start === 'pending') {
    if (waiting.length === WAITING) context.lost('meterValue', 'too many wait for the transaction to begin');
    changeStationTransaction(id, { waiting: [...waiting, { connectorId, meterValue }].slice(-WAITING) }, context);
    return then();
  }
  return forward('MeterValues', { connectorId, transactionId: number, meterValue }, then, (failure) =>
    failed(id, `MeterValues ${event.seqNo}`, failure, context, then),
  );
}

/** @param then gets idTokenInfo of the token that stopped the transaction, if the CSMS has said something of it */
export function stopTransaction(id: string, context: Context, then: (info?: Payload) => Outcome): Outcome {
  const { start, number, stopRequest } = stationTransaction(id, context) as StationTransaction;
  if (stopRequest === undefined || start === 'pending') return then();
  const done = (): void => {
    changeStationTransaction(id, { stopRequest: undefined, refused: undefined }, context);
    context.cancel('end transaction', id);
  };
  return forward(
    'StopTransaction',
    { transactionId: number, ...stopRequest },
    ({ idTagInfo: info }) => {
      done();
      return then(info === undefined ? undefined : apply(idTagInfo, 'up', info, context));
    },
    (failure) =>
      failed(id, 'StopTransaction', failure, context, () => {
        context.lost('eventType', `the CSMS refused StopTransaction: ${failure.condition}`);
        done();
        return then();
      }),
  );
}

/** A failure that the same message may not meet again. */
const isTransient = (failure: Failure): boolean =>
  failure.uncertain === true || failure.condition === 'InternalError' || failure.condition === 'GenericError';

/**
 * The CSMS did not take a message. The station is refused, and will repeat itself, unless the CSMS never will take it.
 * @param what tells the message from others of the transaction
 * @param givenUp what to do when it is put to the CSMS no more
 */
function failed(id: string, what: string, failure: Failure, context: Context, givenUp: () => Outcome): Outcome {
  const { refused, ended } = stationTransaction(id, context) as StationTransaction;
  // An answer that does not come is no refusal.
  const times = (refused?.what === what ? refused.times : 0) + (failure.uncertain === true ? 0 : 1);
  const isFinal = !isTransient(failure) || times >= REFUSALS;
  changeStationTransaction(id, { refused: isFinal || times === 0 ? undefined : { what, times } }, context);
  if (isFinal) return givenUp();
  // The station may give its last event up; the CSMS has to hear of the end nevertheless.
  if (ended) context.later('end transaction', id, { id }, context.now() + RETRY);
  return { kind: 'refuse', failure: crossed(failure) };
}

/** The transaction is over though the station did not say so: it ends with what was heard of it last. */
export function assumeEnded(transaction: StationTransaction, reason: string, context: Context): void {
  const { id, lastAt, meterLast, meterStart } = transaction;
  context.lost('transactionInfo', `transaction ${id} has ended, and its end was never told`);
  const stopRequest = { timestamp: lastAt, meterStop: meterLast ?? meterStart ?? 0, reason };
  changeStationTransaction(id, { ended: true, assumed: true, stopRequest }, context);
  forgetProfilesOf(id, context);
}
