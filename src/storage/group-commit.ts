import {
  type Changes,
  type CommitCaller,
  type Commits,
  type JournalRecord,
  StoreRefused,
  StoreUnavailable,
} from '../gateway/ports.ts';
import { Batch, batchStatement } from './batch.ts';
import type { Database } from './database.ts';
import { isRefusal } from './errors.ts';
import type { Log } from './log.ts';
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

/** The changes of a batch from `from` to `to`: all of them, unless the batch was refused as a whole. */
interface Part {
  readonly batch: Batch;
  readonly from: number;
  readonly to: number;
}

/** Emptied batches that are kept for use again: one is in flight while another gathers. */
const SPARE = 2;

/** What became of an attempt: stored with this first number, or the database cannot take (some of) it. */
type Outcome = { readonly first: number } | { readonly refused: unknown };

/** {@link Commits}: one batch in flight, the next one gathering. */
export class GroupCommit implements Commits {
  readonly #options: Required<GroupCommitOptions>;
  readonly #listeners = new Set<(records: readonly JournalRecord[]) => void>();
  #gathering = new Batch();
  /** Batches that are full: they go before what is gathering. */
  readonly #full: Batch[] = [];
  /** Halves of a batch that was refused; they go before everything else. */
  readonly #parts: Part[] = [];
  readonly #spare: Batch[] = [];
  /** Batches that were sent on a connection which broke: it may still hold their bytes, so they are not used again. */
  readonly #doubted = new WeakSet<Batch>();
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
    return new Promise((stored, failed) => this.store(changes, { stored, failed }));
  }

  store(changes: Changes, caller: CommitCaller): void {
    if (this.#closed) {
      queueMicrotask(() => caller.failed(new StoreUnavailable('storage is closed')));
      return;
    }
    this.#gathering.add(changes, caller, this.#listeners.size > 0);
    if (this.#gathering.size >= this.#options.maxBatch) {
      this.#full.push(this.#gathering);
      this.#gathering = this.#spare.pop() ?? new Batch();
    }
    this.#waiting++;
    if (this.#draining === undefined && this.#timer === undefined) {
      this.#timer = setTimeout(() => this.#start(), this.#options.window);
    }
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
      if (this.#hasWork) this.#start();
    });
  }

  get #hasWork(): boolean {
    return this.#gathering.size > 0 || this.#full.length > 0;
  }

  async #drain(): Promise<void> {
    for (let part = this.#next(); part !== undefined || this.#doubtful; part = this.#next()) {
      if (part === undefined) await this.#lookAround();
      else await this.#store(part);
    }
  }

  /** What is to be stored next. A long queue, as after an outage, is there in several batches. */
  #next(): Part | undefined {
    const part = this.#parts.pop();
    if (part !== undefined) return part;
    const full = this.#full.shift();
    if (full !== undefined) return whole(full);
    const batch = this.#gathering;
    if (batch.size === 0) return undefined;
    this.#gathering = this.#spare.pop() ?? new Batch();
    return whole(batch);
  }

  /** Stores changes and tells everyone; halves of them go back to the queue when the whole is refused. Never throws. */
  async #store(part: Part): Promise<void> {
    let outcome: Outcome;
    try {
      outcome = await this.#attempt(part, usualSeparators);
      if ('refused' in outcome) {
        const separators = separatorsAgainst(part);
        if (separators !== undefined) outcome = await this.#attempt(part, separators);
      }
    } catch (error) {
      this.#turnAway(part, error instanceof Error ? error : new Error(String(error)));
      return;
    }
    if ('first' in outcome) this.#committed(part, outcome.first);
    else if (part.to - part.from === 1) {
      const reason = outcome.refused instanceof Error ? outcome.refused.message : String(outcome.refused);
      this.#options.log.warn({ reason }, 'changes refused by storage');
      this.#turnAway(part, new StoreRefused(`storage cannot hold this: ${reason}`, { cause: outcome.refused }));
    } else this.#halve(part);
  }

  #halve({ batch, from, to }: Part): void {
    const middle = (from + to) >> 1;
    this.#parts.push({ batch, from: middle, to }, { batch, from, to: middle });
  }

  /** One statement, sent until the database has answered it. @throws StoreUnavailable when closed while it is away. */
  async #attempt({ batch, from, to }: Part, separators: Separators): Promise<Outcome> {
    let sections: (Buffer | null)[];
    try {
      sections = batch.sections(from, to, separators);
    } catch (error) {
      return { refused: error };
    }
    const { database, writer } = this.#options;
    const { before, taken } = batch.numbers(from, to);
    for (let pause = this.#options.backOff.first; ; pause = Math.min(pause * 2, this.#options.backOff.last)) {
      try {
        const { field, record, none } = separators;
        const values = [field, record, none, writer.session, writer.next, taken, before, Date.now(), ...sections];
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
        this.#doubted.add(batch);
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
        if (this.#closed || this.#hasWork) return;
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

  #committed({ batch, from, to }: Part, first: number): void {
    this.#waiting -= to - from;
    if (this.#listeners.size > 0) {
      // Told even without a record, of changes that came before anyone listened: the Journal has something new.
      const records = batch.records(from, to, first);
      for (const listener of this.#listeners) this.#tell(listener, records);
    }
    batch.stored(from, to, first);
    this.#recycle(batch);
  }

  #recycle(batch: Batch): void {
    if (!batch.isOver || this.#doubted.has(batch) || this.#spare.length >= SPARE) return;
    batch.clear();
    this.#spare.push(batch);
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

  #turnAway({ batch, from, to }: Part, error: Error): void {
    this.#waiting -= to - from;
    batch.failed(from, to, error);
    this.#recycle(batch);
  }
}

const whole = (batch: Batch): Part => ({ batch, from: 0, to: batch.size });

/** Other separators, when a text among the changes contains one of the usual ones; `undefined` when that was not the trouble. */
function separatorsAgainst({ batch, from, to }: Part): Separators | undefined {
  try {
    return batch.unusedSeparators(from, to);
  } catch {
    return undefined; // what cannot be encoded at all is refused for that
  }
}
