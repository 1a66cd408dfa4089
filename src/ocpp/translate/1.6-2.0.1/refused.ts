/**
 * Events that the CSMS did not take. The station that got no answer for its message sends it again; what goes up then are the
 * same events with the same seqNos, so that there is neither a gap nor a second one.
 */
import type { Context } from '../context.ts';
import { crossed, forwardAll, type Message, type Outcome, type Payload, type Result } from '../outcome.ts';

const TABLE = 'refusedEvent';
const LIMIT = 50;
const QUEUE_LIMIT = 20;

interface Refused {
  readonly calls: readonly Message[];
  /** The transaction's number in the station's words. */
  readonly number: number;
}

/** What was made of this very message when it came before and was refused. */
export const refusedBefore = (key: string, context: Context): Refused | undefined =>
  context.state.size(TABLE) === 0 ? undefined : context.state.get<Refused>(TABLE, key);

const queueOf = ({ payload }: Message): string =>
  `queue ${(payload.transactionInfo as Payload).transactionId as string}`;

/** Keeps an event whose cause the station will not tell again, to go before the next one of its transaction. */
export function queueEvent(event: Message, context: Context): void {
  const key = queueOf(event);
  const queued = context.state.get<Refused>(TABLE, key)?.calls ?? [];
  context.state.set(TABLE, key, { calls: [...queued, event].slice(-QUEUE_LIMIT), number: 0 } satisfies Refused, LIMIT);
}

function takeQueued(event: Message, context: Context): readonly Message[] {
  if (context.state.size(TABLE) === 0) return [];
  const key = queueOf(event);
  const queued = context.state.get<Refused>(TABLE, key)?.calls ?? [];
  context.state.delete(TABLE, key);
  return queued;
}

/**
 * Puts events of a transaction to the CSMS, and refuses the station's message when the last of them was refused.
 * @param key what makes a repetition of the station's message recognisable
 * @param number the transaction's number in the station's words
 * @param then what to do with the answer to the last one
 */
export function tell(
  key: string,
  number: number,
  events: readonly Message[],
  context: Context,
  then: (answer: Payload) => Outcome,
): Outcome {
  const queued = takeQueued(events.at(-1) as Message, context);
  const calls = queued.length === 0 ? events : [...queued, ...events];
  return forwardAll(calls, (results) => {
    const last = results.at(-1) as Result;
    const failed = calls.filter((_call, index) => results[index]?.failure !== undefined);
    if (last.failure === undefined) {
      if (context.state.size(TABLE) > 0) context.state.delete(TABLE, key);
      for (const event of failed) queueEvent(event, context);
      return then(last.payload);
    }
    context.state.set(TABLE, key, { calls: failed, number } satisfies Refused, LIMIT);
    return { kind: 'refuse', failure: crossed(last.failure) };
  });
}
