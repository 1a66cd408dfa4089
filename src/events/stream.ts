/**
 * The stream of events: from the Journal for readers that are behind, from memory for those that keep up, each event exactly
 * once and in order across the seam. Sequence numbers have no gaps, so a reader's position says all there is to know about it.
 */
import type { Commits, Journal } from '../gateway/ports.ts';
import { eventsOf, StreamEvent } from './cloud-event.ts';
import { Tail } from './tail.ts';

export interface EventFilter {
  /** Only types that begin with one of these. */
  readonly types?: readonly string[] | undefined;
  readonly stationId?: string | undefined;
}

export interface EventStreamOptions {
  readonly journal: Pick<Journal, 'lastSeq' | 'firstSeq' | 'eventsAfter'>;
  readonly commits: Pick<Commits, 'onCommitted'>;
  /** Events kept in memory for all readers together; 4096 when absent. */
  readonly capacity?: number;
  /** Events handed to a reader at a time, and Journal entries read at a time; 256 when absent. */
  readonly batch?: number;
  /** Now, in ms. */
  readonly clock?: () => number;
}

/** Type of the event that says that events are missing. */
export const gapType = 'evsebridge.stream.gap';

const matches = ({ types, stationId }: EventFilter, event: StreamEvent): boolean =>
  (stationId === undefined || event.stationId === stationId) &&
  (types === undefined || types.some((prefix) => event.type.startsWith(prefix)));

/** Wakes one reader. A ring while nobody waits is remembered. */
class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Forgets earlier rings. */
  arm(): void {
    this.#rung = false;
  }

  /** Returns at the first ring since {@link arm}. */
  async wait(): Promise<void> {
    while (!this.#rung) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#wake = undefined;
  }
}

export class EventStream {
  readonly #journal: EventStreamOptions['journal'];
  readonly #commits: EventStreamOptions['commits'];
  readonly #batch: number;
  readonly #clock: () => number;
  readonly #tail: Tail;
  /** Commits are listened to only while someone reads: what nobody hears shall cost nothing. */
  #stopListening: (() => void) | undefined;
  /** One for each reader. */
  readonly #bells = new Set<Bell>();

  constructor({ journal, commits, capacity = 4096, batch = 256, clock = Date.now }: EventStreamOptions) {
    this.#journal = journal;
    this.#commits = commits;
    this.#batch = batch;
    this.#clock = clock;
    this.#tail = new Tail(capacity);
  }

  /** Readers now. */
  get readers(): number {
    return this.#bells.size;
  }

  /**
   * Every event after `after` (absent: after this call) that passes the filter, in order, each once, until `signal` aborts.
   * Batches are never empty. When events after `after` were removed by retention, or `after` was never given out, an event
   * {@link gapType} comes first, whatever the filter; its number is that after which the stream goes on.
   * @throws StoreUnavailable, also while iterating
   */
  async open({
    after,
    signal,
    ...filter
  }: EventFilter & { readonly after?: number | undefined; readonly signal: AbortSignal }): Promise<
    AsyncGenerator<readonly StreamEvent[]>
  > {
    const bell = new Bell();
    signal.addEventListener('abort', () => this.#leave(bell), { once: true });
    // From here on the tail is kept: what is committed while the Journal is asked will be found there.
    if (!signal.aborted) this.#enter(bell);
    try {
      const last = await this.#journal.lastSeq();
      return this.#follow(after ?? last, last, filter, bell, signal);
    } catch (error) {
      this.#leave(bell);
      throw error;
    }
  }

  /** Listens to commits no more: readers get nothing new. For the end of the process, after the readers have gone. */
  close(): void {
    this.#stopListening?.();
    this.#stopListening = undefined;
  }

  #enter(bell: Bell): void {
    this.#bells.add(bell);
    this.#stopListening ??= this.#commits.onCommitted((records) => {
      this.#tail.append(records);
      for (const each of this.#bells) each.ring();
    });
  }

  #leave(bell: Bell): void {
    this.#bells.delete(bell);
    bell.ring();
    if (this.#bells.size > 0) return;
    this.#stopListening?.();
    this.#stopListening = undefined;
    this.#tail.clear();
  }

  /** Up to `limit` events after `after` (absent: from the oldest), and how far this reading got. `more`: there are others now. */
  async page({
    after,
    limit,
    ...filter
  }: EventFilter & { readonly after?: number | undefined; readonly limit: number }): Promise<{
    readonly items: readonly StreamEvent[];
    readonly upTo: number;
    readonly more: boolean;
  }> {
    const last = await this.#journal.lastSeq();
    const first = await this.#journal.firstSeq();
    const items: StreamEvent[] = [];
    let position = after ?? first - 1;
    const gap = this.#gap(position, first, last);
    if (gap !== undefined) {
      items.push(gap);
      position = gap.seq;
    }
    while (position < last) {
      const { events, upTo } = await this.#read(position);
      for (const event of events) {
        if (!matches(filter, event)) continue;
        if (items.length >= limit) return { items, upTo: items.at(-1)!.seq, more: true };
        items.push(event);
      }
      if (upTo <= position) break;
      position = upTo;
    }
    return { items, upTo: position, more: false };
  }

  async *#follow(
    after: number,
    last: number,
    filter: EventFilter,
    bell: Bell,
    signal: AbortSignal,
  ): AsyncGenerator<readonly StreamEvent[]> {
    let position = after;
    const unknown = this.#gap(position, 0, last);
    if (unknown !== undefined) {
      position = unknown.seq;
      yield [unknown];
    }
    while (!signal.aborted) {
      // Before reading, so that a commit between the reading and the waiting is not slept through.
      bell.arm();
      let events: readonly StreamEvent[];
      let reached: number;
      if (position < this.#tail.floor) {
        const read = await this.#read(position);
        // Asked after reading: what the reading missed has been removed by now.
        const expired = this.#gap(position, await this.#journal.firstSeq(), Number.POSITIVE_INFINITY);
        if (expired !== undefined) {
          position = expired.seq;
          yield [expired];
          continue;
        }
        events = read.events;
        reached = read.upTo;
      } else {
        events = this.#tail.after(position, this.#batch);
        reached = events.length < this.#batch ? this.#tail.top : events.at(-1)!.seq;
      }
      if (reached > position) {
        position = reached;
        const passing = events.filter((event) => matches(filter, event));
        if (passing.length > 0) yield passing;
      } else {
        await bell.wait();
      }
    }
  }

  /** Reads the Journal on from a position. An entry whose first events were seen gives only the others. */
  async #read(position: number): Promise<{ events: StreamEvent[]; upTo: number }> {
    const { records, upTo } = await this.#journal.eventsAfter(position, this.#batch);
    return { events: records.flatMap(eventsOf).filter((event) => event.seq > position), upTo };
  }

  /** The event that says what is missing after `after`, when `first` is the oldest number there is and `last` the newest. */
  #gap(after: number, first: number, last: number): StreamEvent | undefined {
    const reason = after > last ? 'unknown' : after + 1 < first ? 'expired' : undefined;
    if (reason === undefined) return undefined;
    const resumedAfter = reason === 'unknown' ? last : first - 1;
    return new StreamEvent({
      seq: resumedAfter,
      at: this.#clock(),
      type: gapType,
      data: { after, resumedAfter, reason },
    });
  }
}
