import type { StoredAnswer } from './ports.ts';

/** How many answers a station's actor keeps; older ones are looked for in storage. */
const LIMIT = 256;

/** An answer that was given, or is being stored and will then be given. */
export type Answer = { readonly payload: string } | { readonly pending: Promise<string | undefined> };

/** The first answers to the messages that a station may repeat. */
export class Answers {
  readonly #known: Map<string, Answer>;
  /** Older answers than these may be in storage. */
  truncated: boolean;

  constructor(stored: readonly StoredAnswer[], truncated: boolean) {
    this.#known = new Map(stored.map(({ identity, payload }) => [identity, { payload }]));
    this.truncated = truncated;
  }

  get(identity: string): Answer | undefined {
    return this.#known.get(identity);
  }

  set(identity: string, answer: Answer): void {
    this.#known.set(identity, answer);
    if (this.#known.size > LIMIT) {
      this.#known.delete(this.#known.keys().next().value as string);
      this.truncated = true;
    }
  }

  delete(identity: string): void {
    this.#known.delete(identity);
  }
}
