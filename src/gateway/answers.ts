import type { StoredAnswer } from './ports.ts';

/**
 * How many answers a station's actor keeps; older ones are looked for in storage. A station has one call in flight and repeats that
 * one; a map of many, for thousands of stations, is out of the processor's cache and in the way of the garbage collector.
 */
const LIMIT = 16;

/** An answer that was given, or is being stored and will then be given. */
export interface Answer {
  /** JSON text of the CallResult's payload; `undefined` while it is being stored. */
  payload: string | undefined;
  /** Told when it is stored: with the payload, or `undefined` when it could not be. */
  waiting: ((payload: string | undefined) => void)[] | undefined;
}

/** The first answers to the messages that a station may repeat. */
export class Answers {
  readonly #known: Map<string, Answer>;
  /** Older answers than these may be in storage. */
  truncated: boolean;

  constructor(stored: readonly StoredAnswer[], truncated: boolean) {
    this.#known = new Map(
      stored.slice(-LIMIT).map(({ identity, payload }) => [identity, { payload, waiting: undefined }]),
    );
    this.truncated = truncated || stored.length > LIMIT;
  }

  get(identity: string): Answer | undefined {
    return this.#known.get(identity);
  }

  /** An answer that is already stored. */
  stored(identity: string, payload: string): void {
    this.begin(identity).payload = payload;
  }

  /** The place for an answer that is now being stored. */
  begin(identity: string): Answer {
    const answer: Answer = { payload: undefined, waiting: undefined };
    this.#known.set(identity, answer);
    if (this.#known.size > LIMIT) {
      this.#known.delete(this.#known.keys().next().value as string);
      this.truncated = true;
    }
    return answer;
  }

  /** It could not be stored: the next time the message comes it is a new one. */
  failed(identity: string): void {
    const answer = this.#known.get(identity);
    this.#known.delete(identity);
    if (answer !== undefined) settle(answer, undefined);
  }
}

/** Tells those who wait for an answer. */
export function settle(answer: Answer, payload: string | undefined): void {
  answer.payload = payload;
  const { waiting } = answer;
  answer.waiting = undefined;
  if (waiting !== undefined) for (const tell of waiting) tell(payload);
}
