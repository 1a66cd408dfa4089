/** A store in memory that behaves: the interface of storage, for tests of what is built on it. */
import {
  type Changes,
  type CommandRow,
  type CommitCaller,
  type ConnectorRow,
  type Definitions,
  type JournalRecord,
  type MeterValueRow,
  type Page,
  type PageQuery,
  type RouteRow,
  type StationRow,
  type Store,
  StoreUnavailable,
  type TokenRow,
  type TransactionRow,
  type UpstreamRow,
  type VariableRow,
} from '../../src/gateway/ports.ts';

export const at = Date.parse('2026-03-01T12:00:00.000Z');

export const stationRow = (id: string, given: Partial<StationRow> = {}): StationRow => ({
  id,
  version: '1.6',
  transport: 'json',
  vendorName: 'Vendor',
  model: 'Model',
  serialNumber: null,
  firmwareVersion: '1.0',
  registrationStatus: 'Accepted',
  admission: null,
  passwordHash: null,
  strict: false,
  deviations: {},
  versions: null,
  assumeVersion: null,
  callbackUrl: null,
  linkState: null,
  connectedAt: at,
  lastSeenAt: at,
  createdAt: at,
  ...given,
});

export const transactionRow = (id: string, given: Partial<TransactionRow> = {}): TransactionRow => ({
  id,
  stationId: 'CP1',
  headId: id,
  nativeId: '1',
  evseId: 1,
  connectorId: 1,
  idToken: 'TAG',
  idTokenType: 'ISO14443',
  startedAt: at,
  endedAt: null,
  stoppedReason: null,
  meterStart: 0,
  meterStop: null,
  energyWh: 0,
  chargingState: 'Charging',
  remoteStartId: null,
  reservationId: null,
  seqNo: 0,
  metering: null,
  updatedAt: at,
  ...given,
});

const page = <T>(all: readonly T[], { limit, cursor }: PageQuery): Page<T> => {
  if (cursor !== undefined && !/^\d+$/.test(cursor)) {
    throw Object.assign(new Error(`${cursor} is not a cursor of this list`), { name: 'InvalidCursor' });
  }
  const from = Number(cursor ?? 0);
  return { items: all.slice(from, from + limit), nextCursor: from + limit < all.length ? String(from + limit) : null };
};

const pattern = (text: string): RegExp =>
  new RegExp(
    `^${text
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  );

const definitions = <Row extends { readonly name: string }>(): Definitions<Row> => {
  const rows = new Map<string, Row>();
  return {
    all: async () => [...rows.values()],
    put: async (row) => void rows.set(row.name, row),
    delete: async (name) => void rows.delete(name),
  };
};

export class FakeStore implements Store {
  /** The database does not answer. */
  away = false;
  readonly rows = {
    stations: new Map<string, StationRow>(),
    connectors: [] as ConnectorRow[],
    variables: [] as VariableRow[],
    transactions: new Map<string, TransactionRow>(),
    meterValues: [] as MeterValueRow[],
    commands: new Map<string, CommandRow>(),
    tokens: new Map<string, TokenRow>(),
    journal: [] as JournalRecord[],
  };
  #seq = 0;
  #first = 1;
  readonly #listeners = new Set<(records: readonly JournalRecord[]) => void>();

  /** Stored now; told when the returned function is called. */
  store(changes: Changes): { readonly seq: number; readonly tell: () => void } {
    const records = changes.journal.flatMap(({ identity: _identity, answer, ...entry }): JournalRecord[] => {
      const record = { ...entry, seq: this.#seq + 1 };
      this.#seq += Math.max(1, entry.events.length);
      if (answer === undefined) return [record];
      return [record, { ...record, seq: ++this.#seq, direction: 'out', ...answer, events: [] }];
    });
    this.rows.journal.push(...records);
    for (const row of changes.stations ?? []) this.rows.stations.set(row.id, row);
    for (const row of changes.transactions ?? []) this.rows.transactions.set(row.id, row);
    for (const row of changes.commands ?? []) this.rows.commands.set(row.id, row);
    this.rows.connectors.push(...(changes.connectors ?? []));
    this.rows.variables.push(...(changes.variables ?? []));
    this.rows.meterValues.push(...(changes.meterValues ?? []));
    return {
      seq: records[0]?.seq ?? this.#seq,
      tell: () => {
        for (const listener of this.#listeners) listener(records);
      },
    };
  }

  /** Removes what retention would: everything up to this number. */
  expire(seq: number): void {
    this.#first = seq + 1;
    this.rows.journal = this.rows.journal.filter((record) => record.seq > seq);
  }

  readonly #answer = async <T>(value: () => T): Promise<T> => {
    await Promise.resolve();
    if (this.away) throw new StoreUnavailable('the database does not answer');
    return value();
  };

  readonly commits: { -readonly [K in keyof Store['commits']]: Store['commits'][K] } = {
    commit: async (changes: Changes) => {
      const { seq, tell } = this.store(changes);
      await Promise.resolve();
      tell();
      return seq;
    },
    store: (changes: Changes, { stored, failed }: CommitCaller) =>
      void this.commits.commit(changes).then(stored, failed),
    waiting: 0,
    healthy: true,
    accepting: true,
    onCommitted: (listener: (records: readonly JournalRecord[]) => void) => {
      this.#listeners.add(listener);
      return () => void this.#listeners.delete(listener);
    },
  };

  readonly stations: Store['stations'] = {
    load: () => this.#answer(() => undefined),
    findAnswer: () => this.#answer(() => undefined),
    get: (id) => this.#answer(() => this.#station(id)),
    list: (filter, query) =>
      this.#answer(() => {
        const matching = [...this.rows.stations.values()]
          .filter(({ id }) => filter.id === undefined || pattern(filter.id).test(id))
          .filter(({ version }) => filter.version === undefined || version === filter.version)
          .filter(
            ({ registrationStatus: status }) =>
              filter.registrationStatus === undefined || status === filter.registrationStatus,
          )
          .sort((a, b) => (a.id < b.id ? -1 : 1));
        const { items, nextCursor } = page(matching, query);
        return { items: items.map(({ id }) => this.#station(id)!), nextCursor };
      }),
    delete: (id) => this.#answer(() => this.rows.stations.delete(id)),
    variables: (stationId, query) =>
      this.#answer(() =>
        page(
          this.rows.variables.filter((row) => row.stationId === stationId),
          query,
        ),
      ),
  };

  #station(id: string) {
    const station = this.rows.stations.get(id);
    return station && { station, connectors: this.rows.connectors.filter(({ stationId }) => stationId === id) };
  }

  readonly transactions: Store['transactions'] = {
    get: (id) => this.#answer(() => this.rows.transactions.get(id)),
    list: (filter, query) =>
      this.#answer(() =>
        page(
          [...this.rows.transactions.values()]
            .filter(({ stationId }) => filter.stationId === undefined || stationId === filter.stationId)
            .filter(({ endedAt }) => filter.active === undefined || (endedAt === null) === filter.active)
            .filter(
              ({ idToken }) => filter.idToken === undefined || idToken?.toLowerCase() === filter.idToken.toLowerCase(),
            )
            .filter(
              ({ startedAt }) => startedAt >= (filter.from ?? 0) && startedAt < (filter.to ?? Number.POSITIVE_INFINITY),
            )
            .sort((a, b) => b.startedAt - a.startedAt),
          query,
        ),
      ),
    meterValues: (id, query) =>
      this.#answer(() =>
        page(
          this.rows.meterValues.filter(({ transactionId }) => transactionId === id),
          query,
        ),
      ),
    openTokens: () => this.#answer(() => []),
  };

  readonly tokens: Store['tokens'] = {
    all: async function* () {},
    get: (id) => this.#answer(() => this.rows.tokens.get(id.toLowerCase())),
    list: ({ status }, query) =>
      this.#answer(() =>
        page(
          [...this.rows.tokens.values()].filter((row) => status === undefined || row.status === status),
          query,
        ),
      ),
    put: (token) => this.#answer(() => void this.rows.tokens.set(token.idToken.toLowerCase(), token)),
    delete: (id) => this.#answer(() => this.rows.tokens.delete(id.toLowerCase())),
  };

  readonly commands: Store['commands'] = {
    get: (id) => this.#answer(() => this.rows.commands.get(id)),
    findByIdempotencyKey: (stationId, key) =>
      this.#answer(() =>
        [...this.rows.commands.values()].find((row) => row.stationId === stationId && row.idempotencyKey === key),
      ),
    list: (stationId, query) =>
      this.#answer(() =>
        page([...this.rows.commands.values()].filter((row) => row.stationId === stationId).reverse(), query),
      ),
    unfinished: () => this.#answer(() => []),
  };

  readonly journal: Store['journal'] = {
    lastSeq: () => this.#answer(() => this.#seq),
    firstSeq: () => this.#answer(() => this.#first),
    messages: (stationId, { action, direction, order }, query) =>
      this.#answer(() => {
        const matching = this.rows.journal
          .filter((row) => row.stationId === stationId && row.type !== 'Event')
          .filter(
            (row) =>
              (action === undefined || row.action === action) &&
              (direction === undefined || row.direction === direction),
          );
        return page(order === 'asc' ? matching : matching.reverse(), query);
      }),
    eventsAfter: (seq, limit) =>
      this.#answer(() => {
        const after = this.rows.journal.filter((row) => row.events.length > 0 && row.seq + row.events.length - 1 > seq);
        const records = after.slice(0, limit);
        const last = records.at(-1);
        return { records, upTo: after.length > limit ? last!.seq + last!.events.length - 1 : Math.max(seq, this.#seq) };
      }),
  };

  readonly upstreams = definitions<UpstreamRow>();
  readonly routes = definitions<RouteRow>();

  readonly counters: Store['counters'] = { reserve: () => this.#answer(() => 1) };

  ping(): Promise<void> {
    return this.#answer(() => undefined);
  }

  async close(): Promise<void> {}
}
