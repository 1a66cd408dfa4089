import type { QueuedMessage, QueueRow } from './types.ts';

/** A message on its way, in memory. */
export interface Item {
  row: QueueRow & { readonly message: QueuedMessage };
  /** Whether storage has it, too: those that are only of interest now are not stored. */
  readonly durable: boolean;
  /** May be sent: what it is about is stored. */
  ready: boolean;
  /** Told the answer's JSON text in the station's Version; `undefined` when there is none to wait for. */
  settle: ((answer: string | undefined) => void) | undefined;
}

/** What one upstream has not taken yet of one station's messages, in order. */
export class Queue {
  readonly #items: Item[];
  readonly #parked = new Map<number, Item>();
  #last: number;

  /** @param rows as stored, oldest first */
  constructor(rows: readonly QueueRow[]) {
    const items = rows.flatMap(({ message, ...row }): Item[] =>
      // Whoever waited for the answer was in another process, or has gone.
      message === null
        ? []
        : [{ row: { ...row, message: { ...message, away: true } }, durable: true, ready: true, settle: undefined }],
    );
    this.#last = rows.at(-1)?.number ?? 0;
    this.#items = items.filter(({ row }) => row.parkedAt === null);
    for (const item of items) if (item.row.parkedAt !== null) this.#parked.set(item.row.number, item);
  }

  get length(): number {
    return this.#items.length;
  }

  get oldestAt(): number | null {
    return this.#items[0]?.row.at ?? null;
  }

  get parked(): ReadonlyMap<number, Item> {
    return this.#parked;
  }

  /** Whether a message of this Action waits. */
  has(action: string): boolean {
    return this.#items.some(({ row }) => row.message.action === action);
  }

  nextNumber(): number {
    return ++this.#last;
  }

  add(item: Item): void {
    this.#items.push(item);
  }

  /** Before everything else. */
  addFirst(item: Item): void {
    this.#items.unshift(item);
  }

  /** Takes out an older one that a message of this key replaces. @param busy the one that is being delivered stays */
  replaced(key: string, busy: Item | undefined): Item | undefined {
    const index = this.#items.findIndex((item) => item !== busy && item.row.message.key === key);
    return index < 0 ? undefined : this.#items.splice(index, 1)[0];
  }

  /** The first that fits, provided that it is ready: nothing overtakes what is still being stored. */
  first(fits: (item: Item) => boolean): Item | undefined {
    const item = this.#items.find(fits);
    return item?.ready === true ? item : undefined;
  }

  remove(item: Item): void {
    const index = this.#items.indexOf(item);
    if (index >= 0) this.#items.splice(index, 1);
  }

  park(item: Item): void {
    this.remove(item);
    this.#parked.set(item.row.number, item);
  }

  /** A parked one, out of the parking place. */
  unpark(number: number): Item | undefined {
    const item = this.#parked.get(number);
    this.#parked.delete(number);
    return item;
  }

  /** Those of which only the present is of interest go. */
  dropFleeting(busy: Item | undefined): void {
    for (const item of this.#items.filter((candidate) => !candidate.durable && candidate !== busy)) {
      this.remove(item);
      item.settle?.(undefined);
    }
  }

  /** Nobody waits for answers any longer. */
  release(): void {
    for (const item of this.#items) {
      const { settle } = item;
      item.settle = undefined;
      if (settle === undefined) continue;
      item.row = { ...item.row, message: { ...item.row.message, away: true } };
      settle(undefined);
    }
  }
}
