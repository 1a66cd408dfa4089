import { Chain, type DroppedNote, type Payload, TranslationState, translators, type Version } from '../ocpp/index.ts';
import { Answers } from './answers.ts';
import type { Connection } from './connection.ts';
import type { Decision, DecisionContext } from './decision.ts';
import type { Changes, ConnectorRow, EventDraft, JournalEntry, MeterValueRow, StationRow, StationSnapshot, StationView, TransactionRow, VariableRow } from './ports.ts';
import type { Services } from './services.ts';

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
  /** The newest connection, the only one that counts. */
  connection: Connection | undefined;
  readonly #services: Services;
  readonly #connectors = new Map<string, ConnectorRow>();
  readonly #transactions = new Map<string, TransactionRow>();
  #chain: { readonly version: Version; readonly chain: Chain } | undefined;
  #pending: Pending = emptyPending();
  #rowDirty = false;
  #rowWrittenAt = 0;
  #dropped: Set<string> | undefined;

  constructor(snapshot: StationSnapshot, services: Services) {
    this.id = snapshot.station.id;
    this.row = snapshot.station;
    this.#services = services;
    this.answers = new Answers(snapshot.answers, snapshot.moreAnswers);
    this.translation = new TranslationState(snapshot.translation);
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
    return { station: this.row, connectors: [...this.#connectors.values()], connected: this.connection !== undefined };
  }

  get transactions(): IterableIterator<TransactionRow> {
    return this.#transactions.values();
  }

  /** What a decision may look at, now. */
  decisionContext(now: number): DecisionContext {
    const { tokens, settings, newId } = this.#services;
    return {
      station: this.row,
      transaction: (headId) => this.#transactions.get(headId),
      openOn: (evseId) => {
        for (const row of this.#transactions.values()) if (row.endedAt === null && row.evseId === evseId) return row;
        return undefined;
      },
      connector: (evseId, connectorId) => this.#connectors.get(connectorKey(evseId, connectorId)),
      nativeTransactionId: (headId) => this.#nativeTransactionId(headId),
      tokens,
      settings,
      now,
      newId,
    };
  }

  /** The integer by which a 1.x station knows a transaction whose HEAD id translation made up. */
  #nativeTransactionId(headId: string): string | undefined {
    if (this.#chain === undefined || this.#chain.chain.isEmpty) return undefined;
    return this.#chain.chain.nativeTransactionId(headId);
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
    if (decision.station !== undefined) this.setRow(decision.station);
    for (const row of decision.connectors ?? []) {
      this.#connectors.set(connectorKey(row.evseId, row.connectorId), row);
      pending.connectors.push(row);
    }
    for (const row of decision.transactions ?? []) {
      this.#applyTransaction(row);
      pending.transactions.push(row);
    }
    if (decision.variables !== undefined) pending.variables.push(...decision.variables);
    if (decision.meterValues !== undefined) pending.meterValues.push(...decision.meterValues);
    if (decision.events !== undefined) pending.events.push(...decision.events);
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
    this.#pending.events.push({ type, data });
  }

  #noteDropped(note: DroppedNote): void {
    const key = `${note.kind} ${note.action} ${note.field} ${note.reason}`;
    this.#dropped ??= new Set();
    if (this.#dropped.has(key) || this.#dropped.size >= 1000) return;
    this.#dropped.add(key);
    const { action, field, reason } = note;
    this.event(note.kind === 'lost' ? 'evsebridge.translation.dropped' : 'evsebridge.translation.unknown_enum', { action, field, reason });
  }

  /** Everything that changed since the last time. The first Journal entry carries the events. */
  takeChanges(journal: readonly JournalEntry[], now: number): Changes {
    const { events, connectors, transactions, meterValues, variables } = this.#pending;
    this.#pending = emptyPending();
    const changes: Writable<Changes> = { journal };
    if (events.length > 0) {
      const [first, ...rest] = journal as [JournalEntry, ...JournalEntry[]];
      changes.journal = [{ ...first, events: [...first.events, ...events] }, ...rest];
    }
    if (this.#rowDirty && now - this.#rowWrittenAt > ROW_WRITE_INTERVAL) {
      changes.stations = [this.row];
      this.#rowDirty = false;
      this.#rowWrittenAt = now;
    }
    if (connectors.length > 0) changes.connectors = connectors;
    if (transactions.length > 0) changes.transactions = transactions;
    if (meterValues.length > 0) changes.meterValues = meterValues;
    if (variables.length > 0) changes.variables = variables;
    const translation = this.translation.takeChanges();
    if (translation.length > 0) changes.translation = translation.map((change) => ({ stationId: this.id, ...change }));
    return changes;
  }

  /** True when {@link takeChanges} would have more than Journal entries. */
  get hasChanges(): boolean {
    const { events, connectors, transactions, meterValues, variables } = this.#pending;
    return events.length + connectors.length + transactions.length + meterValues.length + variables.length > 0 || this.translation.isChanged;
  }

  /** Replaces the ids of a HEAD request that name a transaction by the API's own id. */
  withHeadIds(request: Payload): Payload {
    const given = request['transactionId'];
    if (typeof given !== 'string') return request;
    for (const row of this.#transactions.values()) {
      if (row.id === given || (row.nativeId === given && row.endedAt === null)) return { ...request, transactionId: row.headId };
    }
    return request;
  }
}

interface Pending {
  readonly events: EventDraft[];
  readonly connectors: ConnectorRow[];
  readonly transactions: TransactionRow[];
  readonly meterValues: MeterValueRow[];
  readonly variables: VariableRow[];
}

const emptyPending = (): Pending => ({ events: [], connectors: [], transactions: [], meterValues: [], variables: [] });

type Writable<T> = { -readonly [K in keyof T]: T[K] };
