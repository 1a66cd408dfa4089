import { Chain, type DroppedNote, type Payload, TranslationState, translators, type Version } from '../ocpp/index.ts';
import { Answers } from './answers.ts';
import type { Connection } from './connection.ts';
import type { Decision, DecisionContext } from './decision.ts';
import type {
  Changes,
  ConnectorRow,
  EventDraft,
  JournalEntry,
  MeterValueRow,
  QueueRow,
  StationRow,
  StationSnapshot,
  StationView,
  TransactionRow,
  TranslationRow,
  VariableRow,
} from './ports.ts';
import type { Services } from './services.ts';
import { statePrefix } from './upstream/state-prefix.ts';
import type { StationLinks } from './upstream/station-links.ts';

/** Ended transactions kept in memory per station, for late messages and repetitions. */
const ENDED_KEPT = 8;
/** Least time between two writes of a station's row that are only about counters, in ms. */
const ROW_WRITE_INTERVAL = 10_000;

const connectorKey = (evseId: number, connectorId: number): string => `${evseId}.${connectorId}`;

/** The single writer of one station's state. Everything that happens to a station goes through its one instance. */
export class Station {
  readonly id: string;
  row: StationRow;
  readonly answers: Answers;
  readonly translation: TranslationState;
  /** Towards the upstreams of the station; `undefined` when it has none. */
  links: StationLinks | undefined;
  /** The newest connection, the only one that counts. */
  connection: Connection | undefined;
  /** Another instance has taken over, or will: nothing that comes in is for this one any more. */
  retired = false;
  readonly #services: Services;
  readonly #connectors = new Map<string, ConnectorRow>();
  readonly #transactions = new Map<string, TransactionRow>();
  #chain: { readonly version: Version; readonly chain: Chain } | undefined;
  #pending: Pending = {};
  #view: StationDecisionContext | undefined;
  #rowDirty = false;
  #rowWrittenAt = 0;
  #dropped: Set<string> | undefined;
  /** What was stored of its upstreams when it was loaded; taken over by {@link links}. */
  ofUpstreams: { readonly translation: readonly TranslationRow[]; readonly queue: readonly QueueRow[] } | undefined;

  constructor(snapshot: StationSnapshot, services: Services) {
    this.id = snapshot.station.id;
    this.row = snapshot.station;
    this.#services = services;
    this.answers = new Answers(snapshot.answers, snapshot.moreAnswers);
    const { own, ofUpstreams } = parted(snapshot.translation);
    this.translation = new TranslationState(own);
    if (ofUpstreams.length > 0 || snapshot.upstreamQueue.length > 0)
      this.ofUpstreams = { translation: ofUpstreams, queue: snapshot.upstreamQueue };
    for (const row of snapshot.connectors) this.#connectors.set(connectorKey(row.evseId, row.connectorId), row);
    for (const row of snapshot.transactions) this.#transactions.set(row.headId, row);
  }

  /** The way between the connection's Version and HEAD. */
  chain(version: Version): Chain {
    if (this.#chain?.version !== version) {
      const { settings, transactionIds } = this.#services;
      const chain = new Chain(version, this.#services.head, translators, {
        state: this.translation,
        settings: settings.translation,
        now: () => this.#services.now(),
        connectedSince: () => this.connection?.openedAt ?? this.#services.now(),
        newId: () => this.#services.newId(),
        nextTransactionId: () => transactionIds.next(),
        dropped: (note) => this.#noteDropped(note),
      });
      this.#chain = { version, chain };
    }
    return (this.#chain as { chain: Chain }).chain;
  }

  get view(): StationView {
    return {
      station: this.row,
      connectors: [...this.#connectors.values()],
      connected: this.connection !== undefined,
      callable: this.connection?.isCallable === true,
    };
  }

  get transactions(): IterableIterator<TransactionRow> {
    return this.#transactions.values();
  }

  /** What a decision may look at, now. Valid until the next call. */
  decisionContext(now: number): DecisionContext {
    this.#view ??= new StationDecisionContext(this, this.#services, this.#connectors, this.#transactions);
    this.#view.now = now;
    return this.#view;
  }

  /** The integer by which a 1.x station knows a transaction whose HEAD id translation made up. */
  nativeTransactionId(headId: string): string | undefined {
    return this.#chain?.chain.isEmpty === false ? this.#chain.chain.nativeTransactionId(headId) : undefined;
  }

  /** The last import register known of an EVSE, in Wh. */
  lastRegister(evseId: number): number | undefined {
    let latest: TransactionRow | undefined;
    for (const row of this.#transactions.values()) {
      if (row.evseId === evseId && (latest === undefined || row.startedAt > latest.startedAt)) latest = row;
    }
    if (latest === undefined) return undefined;
    return latest.meterStop ?? (latest.meterStart === null ? undefined : latest.meterStart + (latest.energyWh ?? 0));
  }

  /** Takes a decision's changes into memory, to be stored with the next {@link takeChanges}. */
  apply(decision: Decision): void {
    const pending = this.#pending;
    const { station, connectors, transactions, variables, meterValues, events } = decision;
    if (station !== undefined) this.setRow(station);
    if (connectors !== undefined) {
      for (const row of connectors) this.#connectors.set(connectorKey(row.evseId, row.connectorId), row);
      pending.connectors = joined(pending.connectors, connectors);
    }
    if (transactions !== undefined) {
      for (const row of transactions) this.#applyTransaction(row);
      pending.transactions = joined(pending.transactions, transactions);
    }
    if (variables !== undefined) pending.variables = joined(pending.variables, variables);
    if (meterValues !== undefined) pending.meterValues = joined(pending.meterValues, meterValues);
    if (events !== undefined) pending.events = joined(pending.events, events);
    if (decision.deviations !== undefined) for (const code of decision.deviations) this.deviates(code);
  }

  /** The meter values that wait for {@link takeChanges}. */
  get newMeterValues(): readonly MeterValueRow[] | undefined {
    return this.#pending.meterValues;
  }

  #applyTransaction(row: TransactionRow): void {
    const before = this.#transactions.get(row.headId);
    this.#transactions.set(row.headId, row);
    const { tokens } = this.#services;
    if (row.endedAt !== null) {
      tokens.ended(row.id);
      this.#forgetOldTransactions();
    } else if (row.idToken !== null && before?.idToken !== row.idToken) tokens.began(row.id, row.idToken);
  }

  #forgetOldTransactions(): void {
    const ended = [...this.#transactions.values()].filter((row) => row.endedAt !== null);
    for (const row of ended.slice(0, Math.max(0, ended.length - ENDED_KEPT))) this.#transactions.delete(row.headId);
  }

  setRow(row: StationRow): void {
    this.row = row;
    this.#rowDirty = true;
    this.#rowWrittenAt = 0;
  }

  /** Counts a deviation that was tolerated. Stored with what comes next, but not with every message. */
  deviates(code: string): void {
    this.#services.statistics.count(this.#services.statistics.deviations, code);
    this.row = { ...this.row, deviations: { ...this.row.deviations, [code]: (this.row.deviations[code] ?? 0) + 1 } };
    this.#rowDirty = true;
  }

  seen(now: number): void {
    if (this.row.lastSeenAt === null || now - this.row.lastSeenAt > 1000) this.row = { ...this.row, lastSeenAt: now };
  }

  event(type: string, data: EventDraft['data']): void {
    this.#pending.events = joined(this.#pending.events, [{ type, data }]);
  }

  #noteDropped(note: DroppedNote): void {
    const key = `${note.kind} ${note.action} ${note.field} ${note.reason}`;
    this.#dropped ??= new Set();
    if (this.#dropped.has(key) || this.#dropped.size >= 1000) return;
    this.#dropped.add(key);
    const { action, field, reason } = note;
    this.event(note.kind === 'lost' ? 'evsebridge.translation.dropped' : 'evsebridge.translation.unknown_enum', {
      action,
      field,
      reason,
    });
  }

  /** To be stored with the next {@link takeChanges}. */
  enqueue(row: QueueRow): void {
    this.#pending.upstreamQueue = joined(this.#pending.upstreamQueue, [row]);
  }

  /** As {@link enqueue}, a fact that upstreams need. */
  keep(row: TranslationRow): void {
    this.#pending.translation = joined(this.#pending.translation, [row]);
  }

  /** Everything that changed since the last time. The first Journal entry carries the events. */
  takeChanges(journal: readonly JournalEntry[], now: number): Changes {
    const { events, ...pending } = this.#pending;
    const changes: Writable<Changes> = { ...pending, journal };
    this.#pending = {};
    if (events !== undefined && events.length > 0) {
      const first = journal[0] as Writable<JournalEntry> | undefined;
      // Without an entry to travel with they wait for the next one.
      if (first === undefined) this.#pending.events = events;
      else first.events = joined(first.events, events);
    }
    if (this.#rowDirty && now - this.#rowWrittenAt > ROW_WRITE_INTERVAL) {
      changes.stations = [this.row];
      this.#rowDirty = false;
      this.#rowWrittenAt = now;
    }
    const translation = this.translation.takeChanges();
    if (translation.length > 0)
      changes.translation = joined(
        pending.translation,
        translation.map(({ table, key, value }) => ({ stationId: this.id, table, key, value })),
      );
    return changes;
  }

  /** Forgets what changed: it is not to be stored. */
  dropChanges(): void {
    this.#pending = {};
    this.translation.takeChanges();
  }

  /** True when {@link takeChanges} would have more than Journal entries. */
  get hasChanges(): boolean {
    for (const _kind in this.#pending) return true;
    return this.translation.isChanged;
  }

  /** Replaces the ids of a HEAD request that name a transaction by the API's own id. */
  withHeadIds(request: Payload): Payload {
    const given = request['transactionId'];
    if (typeof given !== 'string') return request;
    for (const row of this.#transactions.values()) {
      if (row.id === given || (row.nativeId === given && row.endedAt === null))
        return { ...request, transactionId: row.headId };
    }
    return request;
  }
}

/** Changes not yet handed over; a kind without changes is absent. */
type Pending = {
  events?: readonly EventDraft[];
  connectors?: readonly ConnectorRow[];
  transactions?: readonly TransactionRow[];
  meterValues?: readonly MeterValueRow[];
  variables?: readonly VariableRow[];
  upstreamQueue?: readonly QueueRow[];
  translation?: readonly TranslationRow[];
};

const joined = <T>(before: readonly T[] | undefined, more: readonly T[]): readonly T[] =>
  before === undefined || before.length === 0 ? more : more.length === 0 ? before : [...before, ...more];

/** One per station, made when first needed. */
class StationDecisionContext implements DecisionContext {
  now = 0;
  readonly #station: Station;
  readonly #services: Services;
  readonly #connectors: ReadonlyMap<string, ConnectorRow>;
  readonly #transactions: ReadonlyMap<string, TransactionRow>;

  constructor(
    station: Station,
    services: Services,
    connectors: ReadonlyMap<string, ConnectorRow>,
    transactions: ReadonlyMap<string, TransactionRow>,
  ) {
    this.#station = station;
    this.#services = services;
    this.#connectors = connectors;
    this.#transactions = transactions;
  }

  get station(): StationRow {
    return this.#station.row;
  }

  get tokens(): DecisionContext['tokens'] {
    return this.#services.tokens;
  }

  get settings(): DecisionContext['settings'] {
    return this.#services.settings;
  }

  transaction(headId: string): TransactionRow | undefined {
    return this.#transactions.get(headId);
  }

  openOn(evseId: number): TransactionRow | undefined {
    for (const row of this.#transactions.values()) if (row.endedAt === null && row.evseId === evseId) return row;
    return undefined;
  }

  connector(evseId: number, connectorId: number): ConnectorRow | undefined {
    return this.#connectors.get(connectorKey(evseId, connectorId));
  }

  nativeTransactionId(headId: string): string | undefined {
    return this.#station.nativeTransactionId(headId);
  }

  newId(): string {
    return this.#services.newId();
  }
}

/** The translation state towards upstreams has tables of its own. */
function parted(rows: readonly TranslationRow[]): {
  readonly own: readonly TranslationRow[];
  readonly ofUpstreams: readonly TranslationRow[];
} {
  const ofUpstreams = rows.filter(({ table }) => table.startsWith(statePrefix()));
  return {
    own: ofUpstreams.length === 0 ? rows : rows.filter(({ table }) => !table.startsWith(statePrefix())),
    ofUpstreams,
  };
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
