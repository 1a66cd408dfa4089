/** A change of TranslationState that is to be made durable; `value` `null`: the row is gone. */
export interface StateChange {
  readonly table: string;
  readonly key: string;
  /** JSON text. */
  readonly value: string | null;
}

const none: readonly StateChange[] = [];

interface Changed {
  readonly table: string;
  readonly key: string;
  /** Whether the row was there before the changes. */
  readonly existed: boolean;
}

/**
 * What the translation of one station must remember, as small tables of JSON rows. Pure: changes are collected and made
 * durable by the caller, in the same commit as the message that caused them.
 */
export class TranslationState {
  readonly #tables = new Map<string, Map<string, unknown>>();
  /** Each changed row once. A list, because a message changes two or three of them: looking through it is cheaper than making maps. */
  #changed: Changed[] = [];

  /** @param rows as stored: JSON text by table and key */
  constructor(rows: readonly { readonly table: string; readonly key: string; readonly value: string | null }[] = []) {
    for (const row of rows) {
      if (row.value !== null) this.#table(row.table).set(row.key, JSON.parse(row.value));
    }
  }

  #table(name: string): Map<string, unknown> {
    let table = this.#tables.get(name);
    if (table === undefined) {
      table = new Map();
      this.#tables.set(name, table);
    }
    return table;
  }

  #mark(table: string, key: string, existed: boolean): void {
    if (this.#placeOf(table, key) < 0) this.#changed.push({ table, key, existed });
  }

  /** Where a row stands in {@link #changed}; below 0: nowhere. */
  #placeOf(table: string, key: string): number {
    return this.#changed.findIndex((row) => row.key === key && row.table === table);
  }

  get<T>(table: string, key: string): T | undefined {
    return this.#tables.get(table)?.get(key) as T | undefined;
  }

  /** Sets a row; a row that exists keeps its place in the order of age. The value must not be changed afterwards without another `set`. */
  set(table: string, key: string, value: unknown, limit = 1000): void {
    const rows = this.#table(table);
    this.#mark(table, key, rows.has(key));
    rows.set(key, value);
    if (rows.size > limit) this.delete(table, rows.keys().next().value as string);
  }

  delete(table: string, key: string): void {
    if (this.#tables.get(table)?.delete(key) !== true) return;
    this.#mark(table, key, true);
    // What came and went between two commits was never stored.
    const place = this.#placeOf(table, key);
    if (this.#changed[place]?.existed === false) this.#changed.splice(place, 1);
  }

  /** Rows of a table, oldest first. */
  rows<T>(table: string): IterableIterator<[key: string, value: T]> {
    return (this.#tables.get(table) ?? empty).entries() as IterableIterator<[string, T]>;
  }

  /** Keys of a table's rows, oldest first. */
  keys(table: string): readonly string[] {
    const rows = this.#tables.get(table);
    return rows === undefined ? [] : [...rows.keys()];
  }

  size(table: string): number {
    return this.#tables.get(table)?.size ?? 0;
  }

  /** Everything, as the constructor takes it. */
  all(): readonly StateChange[] {
    return [...this.#tables].flatMap(([table, rows]) =>
      [...rows].map(([key, value]) => ({ table, key, value: JSON.stringify(value) })),
    );
  }

  /** True when there are changes to be taken. */
  get isChanged(): boolean {
    return this.#changed.length > 0;
  }

  /** The changes since the last call, each row once in its last form. */
  takeChanges(): readonly StateChange[] {
    if (this.#changed.length === 0) return none;
    const changes = this.#changed.map(({ table, key }): StateChange => {
      const value = this.get(table, key);
      return { table, key, value: value === undefined ? null : JSON.stringify(value) };
    });
    this.#changed = [];
    return changes;
  }
}

const empty: ReadonlyMap<string, unknown> = new Map();
