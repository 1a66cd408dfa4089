/** Something that waits for its turn at a {@link Turnstile}. */
export interface Visitor {
  /** Does the work of the turn; never rejects. */
  enter(): Promise<void>;
  /** Called instead of, or during, the turn when it takes too long; what `enter` does afterwards must have no effect. */
  expire(): void;
}

/**
 * Lets a bounded number in at a time, in the order of arrival, and keeps a bounded number waiting: so that thousands that
 * arrive in one instant are served one after the other instead of all at once.
 */
export class Turnstile {
  readonly #maxInside: number;
  readonly #maxWaiting: number;
  readonly #timeoutMs: number;
  /** Visitor → deadline, in the order of arrival. */
  readonly #inside = new Map<Visitor, number>();
  readonly #waiting = new Map<Visitor, number>();

  constructor(limits: { readonly maxInside: number; readonly maxWaiting: number; readonly timeoutMs: number }) {
    this.#maxInside = limits.maxInside;
    this.#maxWaiting = limits.maxWaiting;
    this.#timeoutMs = limits.timeoutMs;
  }

  /** Visitors waiting or inside. */
  get size(): number {
    return this.#inside.size + this.#waiting.size;
  }

  /** @returns false when too many wait already. */
  arrive(visitor: Visitor, now: number): boolean {
    if (this.#inside.size < this.#maxInside) {
      this.#letIn(visitor, now + this.#timeoutMs);
      return true;
    }
    if (this.#waiting.size >= this.#maxWaiting) return false;
    this.#waiting.set(visitor, now + this.#timeoutMs);
    return true;
  }

  /** The visitor waits no longer. One that is inside keeps its place until it is done, for its work goes on. */
  leave(visitor: Visitor): void {
    this.#waiting.delete(visitor);
  }

  /** Expires those whose time is over. */
  sweep(now: number): void {
    for (const visitors of [this.#waiting, this.#inside]) {
      for (const [visitor, deadline] of visitors) {
        if (deadline > now) break; // the later ones came later
        visitors.delete(visitor);
        visitor.expire();
      }
    }
    this.#next();
  }

  #letIn(visitor: Visitor, deadline: number): void {
    this.#inside.set(visitor, deadline);
    visitor.enter().then(() => {
      if (this.#inside.delete(visitor)) this.#next();
    });
  }

  #next(): void {
    for (const [visitor, deadline] of this.#waiting) {
      if (this.#inside.size >= this.#maxInside) return;
      this.#waiting.delete(visitor);
      this.#letIn(visitor, deadline);
    }
  }
}
