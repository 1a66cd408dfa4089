interface Waiting<T> {
  readonly key: string;
  readonly resolve: (value: T | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Lookups by key that go together: those that come while one statement is on its way share the next. A statement costs far more than
 * a row, above all in the embedded database, and while it has few of them to do, commits find more company too.
 */
export class Lookups<T> {
  readonly #most: number;
  readonly #find: (keys: readonly string[]) => Promise<ReadonlyMap<string, T>>;
  #waiting: Waiting<T>[] = [];
  #busy = false;

  /** At most `most` keys are given to `find` at once; it answers with those that exist. */
  constructor(most: number, find: (keys: readonly string[]) => Promise<ReadonlyMap<string, T>>) {
    this.#most = most;
    this.#find = find;
  }

  /** @throws what `find` throws */
  get(key: string): Promise<T | undefined> {
    // PostgreSQL has no NUL: nothing is stored under such a key, and asking would fail for all that are asked for with it.
    if (key.includes('\0')) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ key, resolve, reject });
      if (!this.#busy) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#busy = true;
    while (this.#waiting.length > 0) {
      const together = this.#waiting.splice(0, this.#most);
      try {
        const found = await this.#find(together.map(({ key }) => key));
        for (const { key, resolve } of together) resolve(found.get(key));
      } catch (error) {
        for (const { reject } of together) reject(error);
      }
    }
    this.#busy = false;
  }
}
