/**
 * TransactionEvents that the CSMS has not taken yet. Each is remembered before it is sent, and forgotten when it was taken:
 * whatever happens in between, it is told again as it was, before anything newer, so that there is neither a gap in the seqNos
 * nor a second event of one number.
 */
import type { Context } from '../context.ts';
import { sha256Base32 } from '../hash.ts';
import { answer, crossed, type Failure, forward, type Message, type Outcome, type Payload } from '../outcome.ts';
import { type Tasks, task } from '../tasks.ts';
import { tellCost } from './cost.ts';
import { transactionByNumber } from './transaction-state.ts';

const TABLE = 'untoldEvent';
const LIMIT = 200;
/** Answers to events that were taken after the station's message had been refused: it may send that once more. */
const LATE = 'toldLate';
const LATE_LIMIT = 50;
/** So often the CSMS may refuse an event before it is given up; an answer that does not come is no refusal. */
const REFUSALS = 5;
/** An event that the CSMS gets so much later is marked as one that it could not be told of (`offline`), in ms. */
const LATELY = 10_000;
/** When it is tried again though the station says nothing, in ms. */
const RETRY = 60_000;

/** What makes the station's message recognisable that waits for an event; of MeterValues it is the values themselves. */
export type Cause = string | typeof METER_VALUES;
export const METER_VALUES = 'values';

interface Untold {
  readonly event: Message;
  /** The transaction, in the station's words. */
  readonly number: number;
  /** Absent: nobody waits for it. */
  readonly cause?: Cause;
  readonly refusals: number;
  /** When it was taken in, ms since 1970. */
  readonly since: number;
}

/**
 * Takes an event in, to be told with the next {@link tell}.
 * @returns its place
 */
export function keep(event: Message, number: number, context: Context, cause?: Cause): string {
  const { transactionInfo, seqNo } = event.payload;
  if (context.state.size(TABLE) >= LIMIT) makeRoom(context);
  const place = `${transactionInfo.transactionId} ${seqNo}`;
  const since = context.now();
  const untold: Untold = { event, number, ...(cause === undefined ? {} : { cause }), refusals: 0, since };
  context.state.set(TABLE, place, untold, LIMIT);
  return place;
}

/** A beginning and an end are worth more than what was between them. */
function makeRoom(context: Context): void {
  for (const [place, { event }] of context.state.rows<Untold>(TABLE)) {
    if (event.payload.eventType !== 'Updated') continue;
    context.lost('TransactionEvent', 'the CSMS has not taken events for too long; one of them is left out');
    context.state.delete(TABLE, place);
    return;
  }
}

/** What there is of a message of the station that came before and was refused then. */
export type Before = { readonly place: string } | { readonly answer: Payload };

/** @param values of the MeterValues, where the cause is such a message */
export function before(cause: Cause, context: Context, values?: readonly Payload[]): Before | undefined {
  if (context.state.size(TABLE) === 0 && context.state.size(LATE) === 0) return undefined;
  const wanted = textOf(cause, values);
  const told = context.state.get<Payload>(LATE, sha256Base32(wanted));
  if (told !== undefined) return { answer: told };
  for (const [place, { cause: known, event }] of context.state.rows<Untold>(TABLE)) {
    if (known === cause && textOf(known, event.payload.meterValue) === wanted) return { place };
  }
  return undefined;
}

const textOf = (cause: Cause, values: readonly Payload[] | undefined): string =>
  cause === METER_VALUES ? JSON.stringify(values) : cause;

/** Whether events of a transaction wait; without id those of any. */
export function isWaiting(id: string | undefined, context: Context): boolean {
  for (const [, { event }] of context.state.rows<Untold>(TABLE)) {
    if (id === undefined || event.payload.transactionInfo.transactionId === id) return true;
  }
  return false;
}

/** Whether the CSMS has yet to hear that a transaction began. */
export function isUnheardOf(number: number, context: Context): boolean {
  for (const [, untold] of context.state.rows<Untold>(TABLE)) {
    if (untold.number === number && untold.event.payload.eventType === 'Started') return true;
  }
  return false;
}

/**
 * Tells the CSMS what it has not taken yet, oldest first, up to the first event that it refuses.
 * @param own the event that the station's message waits for
 * @param then what to do with the answer to that event
 * @param failed what to do when it could not be told; by default the station is refused, and will repeat itself
 */
export function tell(
  own: Before | undefined,
  context: Context,
  then: (answer: Payload) => Outcome,
  failed: (failure: Failure) => Outcome = (failure) => ({ kind: 'refuse', failure: crossed(failure) }),
): Outcome {
  if (own !== undefined && 'answer' in own) return then(own.answer);
  const places = context.state.keys(TABLE);
  let told: Payload | undefined;
  const step = (index: number): Outcome => {
    const place = places[index];
    if (place === undefined) return then(told ?? {});
    const untold = context.state.get<Untold>(TABLE, place);
    if (untold === undefined) return step(index + 1);
    const { action, payload } = untold.event;
    return forward(
      action,
      context.now() - untold.since > LATELY ? { ...payload, offline: true } : payload,
      (response) => {
        context.state.delete(TABLE, place);
        if (place === own?.place) told = response;
        else toldLate(untold, response, context);
        tellCost(payload.eventType, response, untold.number, context);
        // The answer to StartTransaction says it to the station; any other one has no room for it.
        if (payload.eventType !== 'Started' || place !== own?.place) {
          stopUnlessAccepted(response, untold.number, context);
        }
        return step(index + 1);
      },
      (failure) => {
        const refusals = untold.refusals + (failure.uncertain === true ? 0 : 1);
        if (refusals < REFUSALS) {
          if (refusals > untold.refusals) context.state.set(TABLE, place, { ...untold, refusals }, LIMIT);
          context.later('tell again', '', null, context.now() + RETRY);
          return told === undefined ? failed(failure) : then(told);
        }
        context.state.delete(TABLE, place);
        context.lost('TransactionEvent', `the CSMS refused it ${REFUSALS} times: ${failure.condition}`);
        if (place === own?.place) told = {};
        return step(index + 1);
      },
    );
  };
  return step(0);
}

function toldLate({ cause, event }: Untold, response: Payload, context: Context): void {
  if (cause === undefined) return;
  context.state.set(LATE, sha256Base32(textOf(cause, event.payload.meterValue)), response, LATE_LIMIT);
}

/** A CSMS that takes an authorization back says so in the answer to any event; a 1.6 station learns it by RemoteStopTransaction. */
function stopUnlessAccepted(response: Payload, number: number, context: Context): void {
  const status = (response.idTokenInfo as Payload | undefined)?.status;
  if (status === undefined || status === 'Accepted') return;
  if (transactionByNumber(number, context)?.ended !== 'no') return;
  context.emit('station', { action: 'RemoteStopTransaction', payload: { transactionId: number } });
}

const nothing = (): Outcome => answer({});

export const tellingTasks: Tasks = {
  'tell again': task('csms', (_data, context) => tell(undefined, context, nothing, nothing)),
};
