import { type Changes, type Commits, type JournalRecord, StoreRefused, StoreUnavailable } from '../gateway/ports.ts';
import { batchStatement, encodeSections, numbersOfAll, unusedSeparators } from './batch.ts';
import type { Database } from './database.ts';
import { isRefusal } from './errors.ts';
import { numbersOf, recordsOf } from './journal.ts';
import type { Log } from './log.ts';
import { RowBuffer } from './row-buffer.ts';
import { type Separators, usualSeparators } from './section.ts';
import type { Writer } from './writer.ts';

export interface GroupCommitOptions {
  readonly database: Database;
  readonly writer: Writer;
  readonly log: Log;
  readonly maxWaiting: number;
  /** How long the first changes of a quiet time wait for company, ms. */
  readonly window?: number;
  /** Changes in one batch at most. */
  readonly maxBatch?: number;
  /** Pauses between attempts while the database is away, ms: the first, doubled up to the last. */
  readonly backOff?: { readonly first: number; readonly last: number };
}

/** Changes that travel together, and the callers to tell: three arrays side by side, which costs less than an object for each. */
interface Batch {
  readonly changes: Changes[];
  readonly resolve: ((seq: number) => void)[];
  readonly reject: ((error: Error) => void)[];
}

const emptyBatch = (): Batch => ({ changes: [], resolve: [], reject: [] });

/** What became of an attempt: stored with this first number, or the database cannot take (some of) it. */
type Outcome = { readonly first: number } | { readonly refused: unknown };

/** {@link Commits}: one batch in flight, the next one gathering. */
export class GroupCommit implements Commits {
  readonly #options: Required<GroupCommitOptions>;
  readonly #listeners = new Set<(records: readonly JournalRecord[]) => void>();
  /** What is on its way to the database: only ever one batch. */
  readonly #rows = new RowBuffer();
  #gathering = emptyBatch();
  /** Halves of a batch that was refused; they go before what is gathering. */
  readonly #parts: Batch[] = [];
  #waiting = 0;
  #healthy = true;
  /** The connection broke while nothing was to be stored: find out whether the database is there. */
  #doubtful = false;
  #timer: NodeJS.Timeout | undefined;
  #draining: Promise<void> | undefined;
  #closed = false;
  /** Ends the pause between two attempts. */
  #wake: (() => void) | undefined;

  constructor(options: GroupCommitOptions) {
    this.#options = { window: 2, maxBatch: 1000, backOff: { first: 50, last: 2000 }, ...options };
    options.database.onLost(() => {
      this.#doubtful = true;
      this.#start();
    });
  }

  get accepting(): boolean {
    return this.#waiting < this.#options.maxWaiting;
  }

  get waiting(): number {
    return this.#waiting;
  }

  get healthy(): boolean {
    return this.#healthy;
  }

  onCommitted(listener: (records: readonly JournalRecord[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  commit(changes: Changes): Promise<number> {
    if (this.#closed) return Promise.reject(new StoreUnavailable('storage is closed'));
    return new Promise((resolve, reject) => {
      const batch = this.#gathering;
      batch.changes.push(changes);
      batch.resolve.push(resolve);
      batch.reject.push(reject);
      this.#waiting++;
      if (this.#draining === undefined && this.#timer === undefined) {
        this.#timer = setTimeout(() => this.#start(), this.#options.window);
      }
    });
  }

  /** Stores what waits, then takes nothing more. What the database does not take now is turned away with StoreUnavailable. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#wake?.();
    this.#start();
    await this.#draining;
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#draining ??= this.#drain().finally(() => {
      this.#draining = undefined;
      // Whoever came while the last promise settled.
      if (this.#gathering.changes.length > 0) this.#start();
    });
  }

  async #drain(): Promise<void> {
    for (let batch = this.#next(); batch !== undefined || this.#doubtful; batch = this.#next()) {
      if (batch === undefined) await this.#lookAround();
      else await this.#store(batch);
    }
  }

  /** The next batch to store. A long queue, as after an outage, is taken in pieces. */
  #next(): Batch | undefined {
    const part = this.#parts.pop();
    if (part !== undefined) return part;
    const { changes, resolve, reject } = this.#gathering;
    const { maxBatch } = this.#options;
    if (changes.length === 0) return undefined;
    if (changes.length > maxBatch) {
      return {
        changes: changes.splice(0, maxBatch),
        resolve: resolve.splice(0, maxBatch),
        reject: reject.splice(0, maxBatch),
      };
    }
    const batch = this.#gathering;
    this.#gathering = emptyBatch();
    return batch;
  }

  /** Stores a batch and tells everyone; parts of it go back to the queue when the whole is refused. Never throws. */
  async #store(batch: Batch): Promise<void> {
    let outcome: Outcome;
    try {
      outcome = await this.#attempt(batch.changes, usualSeparators);
      if ('refused' in outcome) {
        const separators = separatorsAgainst(batch.changes);
        if (separators !== undefined) outcome = await this.#attempt(batch.changes, separators);
      }
    } catch (error) {
      this.#turnAway(batch, error instanceof Error ? error : new Error(String(error)));
      return;
    }
    if ('first' in outcome) this.#committed(batch, outcome.first);
    else if (batch.changes.length === 1) {
      const reason = outcome.refused instanceof Error ? outcome.refused.message : String(outcome.refused);
      this.#options.log.warn(
        { reason, stationId: batch.changes[0]?.journal[0]?.stationId },
        'changes refused by storage',
      );
      this.#turnAway(batch, new StoreRefused(`storage cannot hold this: ${reason}`, { cause: outcome.refused }));
    } else this.#halve(batch);
  }

  #halve({ changes, resolve, reject }: Batch): void {
    const middle = changes.length >> 1;
    const part = (from: number, to: number): Batch => ({
      changes: changes.slice(from, to),
      resolve: resolve.slice(from, to),
      reject: reject.slice(from, to),
    });
    this.#parts.push(part(middle, changes.length), part(0, middle));
  }

  /** One statement, sent until the database has answered it. @throws StoreUnavailable when closed while it is away. */
  async #attempt(changes: readonly Changes[], separators: Separators): Promise<Outcome> {
    let sections: (Buffer | null)[];
    try {
      sections = encodeSections(changes, separators, this.#rows);
    } catch (error) {
      return { refused: error };
    }
    const { database, writer } = this.#options;
    const numbers = numbersOfAll(changes);
    for (let pause = this.#options.backOff.first; ; pause = Math.min(pause * 2, this.#options.backOff.last)) {
      try {
        const { field, record, none } = separators;
        const values = [field, record, none, writer.session, writer.next, numbers, Date.now(), ...sections];
        const [row] = await database.commits.query<{ first: number }>({ ...batchStatement, values }, true);
        const first = row?.first ?? (await writer.storedAs());
        if (first === undefined) continue;
        writer.advance();
        this.#recovered();
        return { first };
      } catch (error) {
        if (isRefusal(error)) {
          this.#recovered();
          return { refused: error };
        }
        await this.#away(error, pause);
      }
    }
  }

  /** Asks the database whether it is there until it is, or until there is something to store, which asks as well. */
  async #lookAround(): Promise<void> {
    this.#doubtful = false;
    for (let pause = this.#options.backOff.first; ; pause = Math.min(pause * 2, this.#options.backOff.last)) {
      try {
        await this.#options.database.commits.query({ text: 'select' }, true);
        this.#recovered();
        return;
      } catch (error) {
        if (this.#closed || this.#gathering.changes.length > 0) return;
        await this.#away(error, pause).catch(() => undefined); // closed: the caller's loop ends by itself
      }
    }
  }

  async #away(error: unknown, pause: number): Promise<void> {
    const message = error instanceof Error ? error.message : String(error);
    if (this.#healthy)
      this.#options.log.error(
        { error: message, waiting: this.#waiting },
        'storage is away, trying again until it is back',
      );
    this.#healthy = false;
    if (this.#closed) throw new StoreUnavailable(`storage was closed while the database was away: ${message}`);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, pause * (0.5 + Math.random() / 2));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }

  #recovered(): void {
    if (!this.#healthy) this.#options.log.info({ waiting: this.#waiting }, 'storage is back');
    this.#healthy = true;
    this.#doubtful = false;
  }

  #committed({ changes, resolve }: Batch, first: number): void {
    this.#waiting -= changes.length;
    if (this.#listeners.size > 0) {
      const records = recordsOf(changes, first);
      if (records.length > 0) for (const listener of this.#listeners) this.#tell(listener, records);
    }
    let seq = first;
    for (let index = 0; index < changes.length; index++) {
      resolve[index]?.(seq);
      for (const entry of changes[index]?.journal ?? []) seq += numbersOf(entry);
    }
  }

  #tell(listener: (records: readonly JournalRecord[]) => void, records: readonly JournalRecord[]): void {
    try {
      listener(records);
    } catch (error) {
      // What is committed stays committed, and the callers must hear of it, whatever a listener does.
      this.#options.log.error(
        { error: error instanceof Error ? error.stack : String(error) },
        'a listener of commits failed',
      );
    }
  }

  #turnAway({ changes, reject }: Batch, error: Error): void {
    this.#waiting -= changes.length;
    for (const tell of reject) tell(error);
  }
}

/** Other separators, when a text among `changes` contains one of the usual ones; `undefined` when that was not the trouble. */
function separatorsAgainst(changes: readonly Changes[]): Separators | undefined {
  try {
    return unusedSeparators(changes);
  } catch {
    return undefined; // what cannot be encoded at all is refused for that
  }
}
