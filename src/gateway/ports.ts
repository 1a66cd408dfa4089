/**
 * The interfaces between the gateway and everything around it. Adapters (`storage`, `transport`, `events`, `api`) implement
 * or use these; none of them imports another. All times are milliseconds since 1970 (UTC) unless a name says otherwise.
 */
import type { MessageId, VersionName } from '../ocpp/index.ts';

import type {
  CommandRow,
  ConnectorRow,
  JsonObject,
  MeterValueRow,
  RegistrationStatus,
  StationRow,
  TokenRow,
  TransactionRow,
  TranslationRow,
  Transport,
  VariableRow,
} from './rows.ts';
import type { Definitions, QueueRow, RouteRow, UpstreamRow } from './upstream/types.ts';

export type * from './rows.ts';
export type * from './upstream/types.ts';

// ------------------------------------------------------------------------------------------------------------- journal

export type JournalType = 'Call' | 'CallResult' | 'CallError' | 'CallResultError' | 'Send' | 'Event';

/** What the business is told, before it has a sequence number. */
export interface EventDraft {
  /** CloudEvents `type`: `evsebridge.<subject>.<what>`. */
  readonly type: string;
  readonly data: JsonObject;
}

/** One message, or one thing that happened to a station, on its way into the Journal. */
export interface JournalEntry {
  readonly stationId: string;
  readonly at: number;
  readonly direction: 'in' | 'out';
  /** Who is at the other end: `station`, `builtin`, `gateway` (derived by translation) or `upstream:<name>`. */
  readonly peer: string;
  readonly version: VersionName | null;
  readonly type: JournalType;
  readonly messageId: string | null;
  readonly action: string | null;
  /** JSON text as on the wire: a payload, or of an error `{ code, description, details }`. */
  readonly payload: string;
  /** JSON text of the same in HEAD, with {@link samplesPointer}s; `null` when the wire form is HEAD already. */
  readonly head: string | null;
  /** The Action in HEAD when it differs from `action`. */
  readonly headAction: string | null;
  /** The retransmission identity of a Call, where the entry has its answer. */
  readonly identity: string | null;
  readonly events: readonly EventDraft[];
  /** The answer to the Call that this is, given at the same moment: one row in storage, two records to whoever reads. */
  readonly answer?: JournalAnswer | undefined;
}

/** Begins, separates and ends the parts of a {@link samplesPointer}: a character that JSON text never holds. */
export const samplesMark = '\x1a';

/**
 * Stands in {@link JournalEntry.head} in place of a `sampledValue` that the same {@link Changes} store as a meter value, so that samples
 * are written once. The pointers of all entries point to the first, second, … of the meter values. Who reads gets the samples themselves.
 */
export const samplesPointer = ({ transactionId, at }: MeterValueRow): string =>
  `${samplesMark}${transactionId}${samplesMark}${at}${samplesMark}`;

/** What an answer does not share with its Call. Its direction is the other one. */
export interface JournalAnswer {
  readonly type: Exclude<JournalType, 'Call' | 'Send' | 'Event'>;
  /** As {@link JournalEntry.payload} and {@link JournalEntry.head}. */
  readonly payload: string;
  readonly head: string | null;
}

/** One message of the Journal as stored, its HEAD form complete. */
export interface JournalRecord extends Omit<JournalEntry, 'identity' | 'answer'> {
  /**
   * Strictly increasing in commit order and without gaps: a reader that has seen n will find n+1 next. A record with k events
   * takes max(1, k) numbers; its i-th event has `seq + i`. The answer that an entry brings with it has the number after these.
   */
  readonly seq: number;
}

/** All that one step changes. Stored whole or not at all. */
export interface Changes {
  readonly journal: readonly JournalEntry[];
  readonly stations?: readonly StationRow[];
  readonly connectors?: readonly ConnectorRow[];
  readonly variables?: readonly VariableRow[];
  readonly transactions?: readonly TransactionRow[];
  readonly meterValues?: readonly MeterValueRow[];
  readonly commands?: readonly CommandRow[];
  readonly translation?: readonly TranslationRow[];
  readonly upstreamQueue?: readonly QueueRow[];
}

// --------------------------------------------------------------------------------------------------------------- store

/** A page of a list; `nextCursor` is `null` on the last one. Cursors are opaque. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

export interface PageQuery {
  /** At most this many items, 1 to 1000. */
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** Everything a Station actor needs in memory. */
export interface StationSnapshot {
  readonly station: StationRow;
  readonly connectors: readonly ConnectorRow[];
  /** Open ones, and the last few ended. */
  readonly transactions: readonly TransactionRow[];
  readonly translation: readonly TranslationRow[];
  /** What upstreams have not taken yet, oldest first. */
  readonly upstreamQueue: readonly QueueRow[];
  /** The last answers to messages that stations repeat, oldest first. */
  readonly answers: readonly StoredAnswer[];
  /** True when there are older answers than `answers` holds: an unknown identity may still be a repetition. */
  readonly moreAnswers: boolean;
}

/** The first answer to a message that stations repeat. */
export interface StoredAnswer {
  readonly identity: string;
  /** JSON text of the CallResult payload. */
  readonly payload: string;
}

/** Who is to be told what became of changes. */
export interface CommitCaller {
  /** Durable. @param seq as {@link Commits.commit} returns it */
  stored(seq: number): void;
  /** As {@link Commits.commit} throws. */
  failed(error: Error): void;
}

/** The group commit. */
export interface Commits {
  /**
   * Stores `changes` together with those of other callers, in the order of the calls.
   * @returns the sequence number of the first Journal entry, once durable.
   * @throws StoreRefused when these changes cannot be stored (bad data); the changes of others are not affected.
   * While the database is away the promise stays pending and the changes are stored when it returns.
   */
  commit(changes: Changes): Promise<number>;
  /** The same without a promise, for the way of every message. Neither method of `caller` may throw, nor is called before this returns. */
  store(changes: Changes, caller: CommitCaller): void;
  /** False when so much waits for storage that nothing more is taken in (see `storage.maxWaiting`). */
  readonly accepting: boolean;
  /** Changes taken in and not yet durable. */
  readonly waiting: number;
  /** False while the database does not answer. */
  readonly healthy: boolean;
  /** Told after every commit, in order, what was committed. */
  onCommitted(listener: (records: readonly JournalRecord[]) => void): () => void;
}

/** Changes that storage can never take, e.g. text that PostgreSQL cannot hold. */
export class StoreRefused extends Error {
  override name = 'StoreRefused';
}

/** The database does not answer. */
export class StoreUnavailable extends Error {
  override name = 'StoreUnavailable';
}

export interface StationFilter {
  /** Shell-like pattern over the id: `*` and `?`. */
  readonly id?: string | undefined;
  readonly version?: VersionName | undefined;
  readonly registrationStatus?: RegistrationStatus | undefined;
  readonly transport?: Transport | undefined;
  /** `lastSeenAt` as stored is not before this, ms. */
  readonly heardSince?: number | undefined;
}

export interface Stations {
  load(id: string): Promise<StationSnapshot | undefined>;
  /** What a repeated message was answered in the end, looked for in all that is retained. */
  findAnswer(stationId: string, identity: string): Promise<StoredAnswer | undefined>;
  get(id: string): Promise<{ station: StationRow; connectors: readonly ConnectorRow[] } | undefined>;
  list(
    filter: StationFilter,
    page: PageQuery,
  ): Promise<Page<{ station: StationRow; connectors: readonly ConnectorRow[] }>>;
  /** Forgets the station, its state and its translation state; its transactions and Journal stay. False when unknown. */
  delete(id: string): Promise<boolean>;
  variables(stationId: string, page: PageQuery): Promise<Page<VariableRow>>;
}

export interface TransactionFilter {
  readonly stationId?: string | undefined;
  readonly active?: boolean | undefined;
  readonly idToken?: string | undefined;
  /** `startedAt` not before / before, ms. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

export interface Transactions {
  get(id: string): Promise<TransactionRow | undefined>;
  /** Newest first. */
  list(filter: TransactionFilter, page: PageQuery): Promise<Page<TransactionRow>>;
  /** Oldest first. */
  meterValues(transactionId: string, page: PageQuery): Promise<Page<MeterValueRow>>;
  /** Every open transaction's token, for the count of concurrent ones. */
  openTokens(): Promise<readonly { readonly id: string; readonly idToken: string }[]>;
}

export interface Tokens {
  all(): AsyncIterable<readonly TokenRow[]>;
  get(idToken: string): Promise<TokenRow | undefined>;
  list(filter: { readonly status?: string | undefined }, page: PageQuery): Promise<Page<TokenRow>>;
  put(token: TokenRow): Promise<void>;
  delete(idToken: string): Promise<boolean>;
}

export interface Commands {
  get(id: string): Promise<CommandRow | undefined>;
  findByIdempotencyKey(stationId: string, key: string): Promise<CommandRow | undefined>;
  list(stationId: string, page: PageQuery): Promise<Page<CommandRow>>;
  /** Those left `queued` or `sent` by a process that ended. */
  unfinished(): Promise<readonly CommandRow[]>;
}

export interface MessageFilter {
  readonly action?: string | undefined;
  readonly direction?: 'in' | 'out' | undefined;
  readonly order?: 'asc' | 'desc' | undefined;
}

export interface Journal {
  /** The last sequence number given out; 0 when the Journal is empty. */
  lastSeq(): Promise<number>;
  /** The oldest sequence number still retained; 1 when nothing was removed. */
  firstSeq(): Promise<number>;
  messages(stationId: string, filter: MessageFilter, page: PageQuery): Promise<Page<JournalRecord>>;
  /** Entries with events whose numbers are greater than `seq`, ascending, and how far this reading got. */
  eventsAfter(
    seq: number,
    limit: number,
  ): Promise<{ readonly records: readonly JournalRecord[]; readonly upTo: number }>;
}

export interface Counters {
  /** Reserves `count` numbers durably. @returns the first of them; the lowest ever is 1. */
  reserve(name: string, count: number): Promise<number>;
}

/** The whole of storage. */
export interface Store {
  readonly commits: Commits;
  readonly stations: Stations;
  readonly transactions: Transactions;
  readonly tokens: Tokens;
  readonly commands: Commands;
  readonly journal: Journal;
  readonly counters: Counters;
  readonly upstreams: Definitions<UpstreamRow>;
  readonly routes: Definitions<RouteRow>;
  /** Answers once the database does; throws StoreUnavailable. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

// ----------------------------------------------------------------------------------------------------- links to stations

/** What is known of a station at the door, before the upgrade. */
export interface Handshake {
  /** Decoded identity. */
  readonly stationId: string;
  /** The subprotocols offered, trimmed, in the client's order and spelling. */
  readonly offered: readonly string[];
  /** User and password of HTTP Basic, as bytes; absent when there was no (readable) header. */
  readonly credentials: { readonly user: Buffer; readonly password: Buffer } | undefined;
  readonly remoteAddress: string;
}

/** What of a station concerns its transport. */
export interface StationFacts {
  /** Its last BootNotification was answered Accepted. */
  readonly isAccepted: boolean;
  readonly strict: boolean;
  /** Where its own SOAP service listens, as configured. */
  readonly callbackUrl: string | null;
  readonly lastSeenAt: number | null;
  /** What a link of the station gave to be kept; see {@link Session.remember}. */
  readonly linkState: JsonObject | null;
}

export type Admitted = Extract<Admission, { kind: 'admitted' }>;
export type Admission =
  | {
      readonly kind: 'admitted';
      readonly stationId: string;
      readonly version: VersionName;
      /** The client's own token to echo; `undefined` when none was offered and the Version was assumed. */
      readonly subprotocol: string | undefined;
      /** The password came as hexadecimal text where the Version means the bytes that it stands for. */
      readonly hexTextPassword?: boolean;
      /** What is stored of the station; absent: nothing yet. */
      readonly facts?: StationFacts | undefined;
    }
  /** None of the offered subprotocols is spoken with this station: 101 without the header, then close 1002 (1.6J 3.1.2, 2.x part 4 3.1.2). */
  | { readonly kind: 'noSubprotocol' }
  | {
      readonly kind: 'refused';
      readonly status: 401 | 403 | 404 | 429 | 503;
      readonly reason: string;
      readonly retryAfter?: number;
    };

/** An open connection to a station, as the gateway sees it. */
export interface Link {
  readonly transport: Transport;
  readonly remoteAddress: string;
  /** Sends one text frame. A link that is closed or whose peer does not read throws the frame away and closes itself. */
  send(frame: string): void;
  close(code: number, reason: string): void;
  /** ms since 1970. When the station was last heard of, where that is not as long as there is a link. */
  readonly lastSeen?: number;
  /** What the Journal keeps of messages whose form on the wire is not the payload of an OCPP-J frame; absent: it is. */
  readonly wire?: Wire;
  /** Absent: the station can be called as long as there is a link. */
  readonly callable?: Callable;
  /** Takes in what the operator has changed. */
  configure?(facts: StationFacts): void;
  /**
   * The answer to a Call is not waited for any more: it need not be sent if it has not been.
   * @returns why the station cannot have got it; `undefined`: it may have. Absent: it may always have.
   */
  giveUp?(id: string): string | undefined;
}

/** A form of messages on the wire that is not OCPP-J. Between link and gateway they travel as OCPP-J frames all the same. */
export interface Wire {
  /** Whether a Call of ours has this form. One that has not is not sent, and counts as not supported by the station. */
  carries(action: string): boolean;
  /**
   * The text of a message on the wire; `undefined` when it is on no wire in this form.
   * @param text JSON text of its payload; of an error `{ code, description, details }`
   */
  text(direction: 'in' | 'out', type: JournalType, id: MessageId, action: string, text: string): string | undefined;
}

/** Whether a station can be called. When it becomes so, {@link Session.callable} is told. */
export interface Callable {
  readonly isCallable: boolean;
  /** Why not, in words. */
  readonly whyNot: string;
}

/** What a transport tells the gateway of one connection. */
export interface Session {
  receive(frame: string): void;
  /** The connection is gone. Called once; never affects a newer connection of the same station. */
  closed(code: number, reason: string): void;
  /** The station can be called now and could not before. */
  callable(): void;
  /**
   * There will be no answer to a Call.
   * @param sent whether the station may have got it
   */
  unanswered(id: string, reason: string, sent: boolean): void;
  /** Keeps what a later link of the station has to know, and when the station was last heard of. */
  remember(linkState: JsonObject): void;
}

/** The gateway's door for stations. */
export interface Door {
  admit(handshake: Handshake): Promise<Admission>;
  /**
   * Only for an admitted handshake. The newest connection of a station wins: an older one is closed with 1001.
   * @param heardAt when the station was last heard of; now, unless a link goes on that an earlier process had
   */
  open(admission: Admitted, link: Link, heardAt?: number): Session;
}

/** The door for a transport without connections. */
export interface ConnectionlessDoor extends Door {
  /** Stations that last came over this transport and were heard of since then (ms since 1970), for links that go on. */
  heardSince(transport: Transport, since: number): Promise<readonly Admitted[]>;
}

// ------------------------------------------------------------------------------------------------ what the API may ask of it

export interface CommandRequest {
  readonly stationId: string;
  /** A CSMS-initiated Action of HEAD. */
  readonly action: string;
  /** In HEAD, valid. */
  readonly request: JsonObject;
  readonly idempotencyKey?: string | undefined;
  /** How long to wait for the station's answer, in ms. */
  readonly timeout?: number | undefined;
  /** The caller does not wait: the Command may be kept until the station can be called. */
  readonly patient?: boolean | undefined;
}

/** Why a Command was not taken. */
export class CommandRefused extends Error {
  override name = 'CommandRefused';
  readonly reason:
    | 'unknownStation'
    | 'offline'
    | 'notCallable'
    | 'unknownAction'
    | 'invalid'
    | 'idempotencyConflict'
    | 'overloaded'
    | 'unavailable';
  readonly details: readonly string[];
  constructor(reason: CommandRefused['reason'], message: string, details: readonly string[] = []) {
    super(message);
    this.reason = reason;
    this.details = details;
  }
}

/** A Command that was taken: stored, and on its way. */
export interface SubmittedCommand {
  readonly command: CommandRow;
  /** Resolves with the Command in its last state; never rejects. */
  readonly done: Promise<CommandRow>;
  /** True when an earlier request with the same idempotency key made this Command. */
  readonly replayed?: boolean;
}

/** A station as it is now: the row, overlaid by what is only in memory. */
export interface StationView {
  readonly station: StationRow;
  readonly connectors: readonly ConnectorRow[];
  readonly connected: boolean;
  /** False for a station over SOAP whose own service has no address; commands to it wait or are refused. */
  readonly callable: boolean;
}

/** The settings of a station that an operator may change. Absent: leave as it is (or by default when new). */
export interface StationSettings {
  readonly admission?: RegistrationStatus | null;
  /** Text, 16 to 64 characters; `null` removes it. */
  readonly password?: string | null;
  readonly strict?: boolean;
  /** Not empty. */
  readonly versions?: readonly VersionName[] | null;
  readonly assumeVersion?: VersionName | null;
  /** Where its own SOAP service listens, instead of the address that it gives; `null`: that one. */
  readonly callbackUrl?: string | null;
}

/** What the API uses of the gateway. */
export interface GatewayFace {
  /** @throws CommandRefused, StoreUnavailable */
  submit(request: CommandRequest): Promise<SubmittedCommand>;
  station(id: string): Promise<StationView | undefined>;
  /** @returns the station, and whether it is new. */
  putStation(id: string, settings: StationSettings): Promise<{ readonly view: StationView; readonly created: boolean }>;
  /** Closes its connection too. False when unknown. */
  deleteStation(id: string): Promise<boolean>;
  putToken(token: TokenRow): Promise<void>;
  deleteToken(idToken: string): Promise<boolean>;
  isConnected(id: string): boolean;
  /** The row as it is in memory while the station is connected (later than the stored one), else undefined. */
  live(id: string): StationView | undefined;
  readonly connectedCount: number;
}
