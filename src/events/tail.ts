/** The newest events, in memory, for the readers that keep up. */
import type { JournalRecord } from '../gateway/ports.ts';
import { eventsOf, lastNumber, type StreamEvent } from './cloud-event.ts';

/**
 * Holds every event with a number in (`floor`, `top`], at most `capacity` of them: as new ones come the oldest leave and `floor`
 * rises, so a reader below `floor` has to read the Journal. One for all readers: a slow one costs no memory.
 */
export class Tail {
  readonly #capacity: number;
  /** In order; those before `#first` have left. */
  #events: (StreamEvent | undefined)[] = [];
  #first = 0;
  #floor = Number.POSITIVE_INFINITY;
  #top = Number.POSITIVE_INFINITY;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Everything after this number, up to {@link top}, is here. Infinite until the first commit is seen. */
  get floor(): number {
    return this.#floor;
  }

  get top(): number {
    return this.#top;
  }

  /** Takes in what was committed. Numbers seen before are ignored; after a hole only what follows it is held. */
  append(records: readonly JournalRecord[]): void {
    for (const record of records) {
      const last = lastNumber(record);
      if (last <= this.#top && this.#top !== Number.POSITIVE_INFINITY) continue;
      if (record.seq !== this.#top + 1) this.#restart(record.seq - 1);
      this.#top = last;
      if (record.events.length > 0) this.#events.push(...eventsOf(record));
    }
    this.#trim();
  }

  /** Forgets everything: as before the first commit. */
  clear(): void {
    this.#restart(Number.POSITIVE_INFINITY);
  }

  /** Up to `limit` events after `position`, which must not be below {@link floor}. */
  after(position: number, limit: number): StreamEvent[] {
    let low = this.#first;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#events[middle]!.seq <= position) low = middle + 1;
      else high = middle;
    }
    return this.#events.slice(low, low + limit) as StreamEvent[];
  }

  #restart(floor: number): void {
    this.#events = [];
    this.#first = 0;
    this.#floor = floor;
    this.#top = floor;
  }

  #trim(): void {
    while (this.#events.length - this.#first > this.#capacity) {
      this.#floor = this.#events[this.#first]!.seq;
      this.#events[this.#first++] = undefined;
    }
    // Moving what is left costs little when it is done once per `capacity` events.
    if (this.#first > this.#capacity) {
      this.#events = this.#events.slice(this.#first);
      this.#first = 0;
    }
  }
}
