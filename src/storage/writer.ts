import { randomUUID } from 'node:crypto';
import type { Database } from './database.ts';
import type { Log } from './log.ts';

/** A session that has been silent for so long will not ask for its last batch any more, ms. */
const forgottenAfter = 30 * 86_400_000;

/**
 * This run of the process as a writer of batches. Its batches are numbered, and the number of the last one is stored with it: so a
 * batch whose answer was lost can be sent again and is stored once. Every run has a row of its own, for two processes that
 * share a node's name by mistake must not take each other's batches for theirs.
 */
export class Writer {
  readonly session = randomUUID();
  readonly #database: Database;
  readonly #node: string;
  readonly #log: Log;
  #last = 0;

  constructor(database: Database, node: string, log: Log) {
    this.#database = database;
    this.#node = node;
    this.#log = log;
  }

  /** The number of the batch to store now. */
  get next(): number {
    return this.#last + 1;
  }

  /** The batch {@link next} is stored. */
  advance(): void {
    this.#last++;
  }

  /** Enters this run; to be called before the first batch. @throws StoreUnavailable */
  async register(): Promise<void> {
    await this.#database.kysely
      .insertInto('writers')
      .values({ session: this.session, node: this.#node, batch: this.#last, firstSeq: 0, aliveAt: Date.now() })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }

  /**
   * The first sequence number of the batch {@link next}, which the database did not store anew.
   * `undefined`: it does not know this run any more, and the batch is to be sent again. @throws StoreUnavailable
   */
  async storedAs(): Promise<number | undefined> {
    const [row] = await this.#database.commits.query<{ batch: number; first_seq: number }>(
      { text: 'select batch, first_seq from writers where session = $1', values: [this.session] },
      true,
    );
    if (row?.batch === this.next) return row.first_seq;
    if (row !== undefined)
      throw new Error(`the last batch of this process is ${row.batch} in the database and ${this.#last} here`);
    this.#log.error(
      { session: this.session, batch: this.next },
      'the database has forgotten this process; if it had stored the batch, it is stored twice',
    );
    await this.register();
    return undefined;
  }

  /** Says that this run is alive, and forgets those that have not been for long. */
  async renew(): Promise<void> {
    const now = Date.now();
    const { kysely } = this.#database;
    await kysely.updateTable('writers').set({ aliveAt: now }).where('session', '=', this.session).execute();
    await kysely
      .deleteFrom('writers')
      .where('aliveAt', '<', now - forgottenAfter)
      .execute();
  }

  /** Ends this run; there is nothing left to ask for. */
  async leave(): Promise<void> {
    await this.#database.kysely.deleteFrom('writers').where('session', '=', this.session).execute();
  }
}
