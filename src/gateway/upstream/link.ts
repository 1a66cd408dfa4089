/**
 * One station towards one upstream: its queue of messages in order, what translation remembers of that pair, and the Calls that come
 * the other way. What a message changed and that it has been taken is one commit, so after a crash it is sent again with the same content.
 */
import {
  type Action,
  Chain,
  type DueTask,
  type Failure,
  type Message,
  type Outcome,
  type Payload,
  type Result,
  TranslationState,
  translators,
  type Version,
  type VersionName,
  versionByName,
} from '../../ocpp/index.ts';
import { eventOf, storable, withoutSecrets } from '../journal.ts';
import type { JournalEntry, JournalType, JsonObject, TranslationRow } from '../ports.ts';
import type { Services } from '../services.ts';
import type { Station } from '../station.ts';
import { mayBeAsked } from '../tasks.ts';
import { recall, remember } from './authorizations.ts';
import { commandFrom, exchange } from './commands.ts';
import { handlingOf } from './handling.ts';
import { type Item, Queue } from './queue.ts';
import { Seed } from './seed.ts';
import { UpstreamConnection } from './socket.ts';
import { statePrefix } from './state-prefix.ts';
import { toUpstream, withStationsId } from './transaction-ids.ts';
import type { LinkRole, LinkView, QueuedMessage, QueueRow, UpstreamDialer, UpstreamRow } from './types.ts';

/** What upstreams say when they do not know a message at all: to say it again is of no use. */
const unknownThere: ReadonlySet<string> = new Set(['NotImplemented', 'NotSupported']);
/** Between attempts at a message that was refused, ms, times the attempts so far. */
const ATTEMPT_PAUSE = 1000;

export interface LinkEnvironment {
  readonly station: Station;
  readonly services: Services;
  readonly upstream: UpstreamRow;
  readonly dialer: UpstreamDialer;
  /** Resolves when one more connection may be begun. */
  turn(): Promise<void>;
  /** Everything that waited has been taken. */
  idle(): void;
}

export class UpstreamLink {
  readonly station: Station;
  readonly services: Services;
  upstream: UpstreamRow;
  connection: UpstreamConnection;
  readonly state: TranslationState;
  readonly queue: Queue;
  role: LinkRole = 'former';
  /** HEAD Actions that it may send though it is not the owner. */
  allow: ReadonlySet<string> = new Set();
  readonly #prefix: string;
  readonly #chains = new Map<VersionName, Chain>();
  readonly #tasks: DueTask[] = [];
  /** What is being delivered. */
  #busy: Item | undefined;
  #delivering:
    | { readonly seed: Seed; readonly at: number; readonly away: boolean; readonly given: unknown }
    | undefined;
  #running = false;
  #ended = false;
  #opened: (() => void)[] = [];
  #alarm: NodeJS.Timeout | undefined;
  #reboot: NodeJS.Timeout | undefined;
  #introducing = false;
  readonly #environment: LinkEnvironment;

  constructor(environment: LinkEnvironment, queue: readonly QueueRow[], state: readonly TranslationRow[]) {
    const { station, services, upstream } = environment;
    this.#environment = environment;
    this.station = station;
    this.services = services;
    this.upstream = upstream;
    this.#prefix = statePrefix(upstream.name);
    this.queue = new Queue(queue);
    this.state = new TranslationState(
      state.map(({ table, key, value }) => ({ table: table.slice(this.#prefix.length), key, value })),
    );
    this.connection = this.#connectionTo(upstream);
  }

  #connectionTo(upstream: UpstreamRow): UpstreamConnection {
    const { station, services, dialer, turn } = this.#environment;
    return new UpstreamConnection(versionByName(upstream.version), upstream, station.id, services, dialer, turn, {
      opened: () => this.#onOpened(),
      closed: (wasOpen, reason) => this.#onClosed(wasOpen, reason),
      called: (frame) => commandFrom(this, frame),
      complained: ({ id, code, description }) =>
        this.#tell('evsebridge.upstream.answer_refused', {
          upstream: upstream.name,
          messageId: String(id),
          code,
          description,
        }),
    });
  }

  /** Goes by another definition of the upstream, of the same Version. */
  use(upstream: UpstreamRow): void {
    const wasWanted = this.connection.state !== 'closed';
    this.connection.close('the upstream was changed');
    this.upstream = upstream;
    this.connection = this.#connectionTo(upstream);
    if (wasWanted) this.connection.open();
  }

  /** Delivers nothing before this is done, which never rejects. */
  waitFor(introduction: Promise<void>): void {
    this.#introducing = true;
    void introduction.then(() => {
      this.#introducing = false;
      this.pump();
    });
  }

  get version(): Version {
    return this.connection.version;
  }

  get view(): LinkView {
    const { state, openedAt, failures, lastError } = this.connection;
    return {
      upstream: this.upstream.name,
      stationId: this.station.id,
      role: this.role,
      state,
      openedAt,
      queued: this.queue.length,
      oldestAt: this.queue.oldestAt,
      parked: this.queue.parked.size,
      failures,
      lastError,
    };
  }

  /** It is connected, or is for the first time trying to be: worth waiting for. */
  get isThere(): boolean {
    const { state, failures } = this.connection;
    return state === 'open' || (state === 'connecting' && failures === 0);
  }

  /** Whether this upstream ever accepted the station. */
  get hasAccepted(): boolean {
    return this.state.get<Boot>('boot', '')?.status === 'Accepted';
  }

  get knowsBoot(): boolean {
    return this.state.get<Boot>('boot', '') !== undefined;
  }

  // ----------------------------------------------------------------------------------------------- messages of the station

  /**
   * Takes in a message of the station; it is sent when it is marked as ready, and what is to be stored of it is left with the station.
   * @returns `undefined` when it is of no interest later, and the upstream is not there now
   */
  take(
    message: Omit<QueuedMessage, 'id' | 'away' | 'key' | 'attempts' | 'error'>,
    payload: Payload,
    at: number,
    ready = false,
  ): Item | undefined {
    const { kept, key } = handlingOf(message.action);
    const durable = kept !== 'none';
    if (!durable && !this.isThere) return undefined;
    const same = key === undefined ? null : `${message.action} ${JSON.stringify(key(payload))}`;
    const older = same === null ? undefined : this.queue.replaced(same, this.#busy);
    if (older !== undefined) {
      older.settle?.(undefined);
      if (older.durable) this.station.enqueue({ ...older.row, message: null });
    }
    const row = {
      stationId: this.station.id,
      upstream: this.upstream.name,
      number: this.queue.nextNumber(),
      at,
      parkedAt: null,
      message: { ...message, id: this.services.newId(), away: !this.isThere, key: same, attempts: 0, error: null },
    };
    const item: Item = { row, durable, ready, settle: undefined };
    this.queue.add(item);
    if (durable) this.station.enqueue(row);
    return item;
  }

  /** An earlier message that the upstream has to know before all others. */
  introduce(message: Pick<QueuedMessage, 'version' | 'action' | 'payload' | 'answer'>, at: number): void {
    const row = {
      stationId: this.station.id,
      upstream: this.upstream.name,
      number: this.queue.nextNumber(),
      at,
      parkedAt: null,
      message: { ...message, id: this.services.newId(), away: true, key: null, attempts: 0, error: null },
    };
    this.queue.addFirst({ row, durable: false, ready: true, settle: undefined });
  }

  /** What the station is told when the owner does not say: what that last said of the token, and of the station. */
  policy(action: string, boot: string, request: Payload, answer: Payload): Payload {
    if (action !== boot) return recall(this.state, request, answer, this.services.now());
    const known = this.state.get<Boot>('boot', '');
    return known?.status === 'Accepted'
      ? { ...answer, status: 'Accepted', interval: known.interval }
      : { ...answer, status: 'Pending', interval: this.services.settings.retryInterval };
  }

  /** Goes on, when there is anything to do. */
  pump(): void {
    if (this.#running || this.#ended) return;
    this.#running = true;
    void this.#run()
      .catch((error: unknown) => {
        this.services.log.error(
          { station: this.station.id, upstream: this.upstream.name, err: error },
          'messages for an upstream could not be handled',
        );
        // Memory may be half changed: begin anew from what is stored.
        this.services.discard(this.station);
      })
      .finally(() => {
        this.#running = false;
      });
  }

  async #run(): Promise<void> {
    while (!this.#ended) {
      const task = this.#tasks.shift();
      if (task !== undefined) await this.#perform(task);
      else {
        const item = this.#next();
        if (item === undefined) {
          if (this.queue.length === 0) this.#environment.idle();
          return;
        }
        await this.#deliver(item);
      }
    }
  }

  /** Until the upstream has accepted the station, only BootNotifications go there (1.6 4.2, 2.x B01 to B03). */
  #next(): Item | undefined {
    if (this.connection.state !== 'open' || this.#introducing) return undefined;
    const boot = this.state.get<Boot>('boot', '');
    if (boot === undefined || boot.status === 'Accepted') return this.queue.first(() => true);
    return this.queue.first(({ row }) => row.message.action === versionByName(row.message.version).boot);
  }

  async #deliver(item: Item): Promise<void> {
    const { message, at } = item.row;
    const version = versionByName(message.version);
    const chain = this.chain(version);
    const journal: JournalEntry[] = [];
    const sent = JSON.parse(message.payload) as Payload;
    const given = (JSON.parse(message.answer) as Payload)['transactionId'];
    this.#busy = item;
    this.#delivering = { seed: new Seed(message.id), at, away: message.away, given };
    let refused: Failure | undefined;
    let text: string | undefined;
    let outcome: Outcome = chain.isEmpty
      ? {
          kind: 'forward',
          call: { action: message.action, payload: this.#asItIs(sent, message) },
          resume: (result) =>
            result.failure === undefined
              ? { kind: 'answer', payload: result.payload }
              : { kind: 'refuse', failure: result.failure },
        }
      : chain.call('station', { action: message.action, payload: sent });
    let first = true;
    while (outcome.kind === 'forward') {
      const call: Message = { ...outcome.call, payload: toUpstream(this.state, outcome.call.payload) };
      const verbatim = chain.isEmpty && call.payload === sent ? message.payload : undefined;
      const { result, reply } = await this.#put(item, call, first, journal, chain.isEmpty, verbatim);
      if (this.#ended) return;
      first = false;
      refused ??= result.failure;
      text = reply;
      outcome = outcome.resume(result);
    }
    this.#delivering = undefined;
    this.#busy = undefined;
    if (refused !== undefined && !unknownThere.has(refused.condition)) this.#park(item, refused, journal);
    else this.#taken(item, version, outcome, chain.isEmpty ? text : undefined, given, journal);
    this.runTasks();
  }

  /** The message as the station sent it; of events that were made while the upstream was away, that they were (2.x E04.FR.03). */
  #asItIs(payload: Payload, { action, away }: QueuedMessage): Payload {
    return away && action === 'TransactionEvent' && payload['offline'] !== true
      ? { ...payload, offline: true }
      : payload;
  }

  #taken(
    item: Item,
    version: Version,
    outcome: Exclude<Outcome, { kind: 'forward' }>,
    text: string | undefined,
    given: unknown,
    journal: readonly JournalEntry[],
  ): void {
    const { message } = item.row;
    let answer: string | undefined;
    if (outcome.kind === 'answer') {
      const payload = withStationsId(this.state, outcome.payload, given);
      const request = JSON.parse(message.payload) as Payload;
      remember(this.state, request, payload);
      if (message.action === version.boot) this.#booted(payload, message);
      if (version.actions.get(message.action)?.response?.(payload) !== false || text !== undefined)
        answer = text !== undefined && payload === outcome.payload ? text : JSON.stringify(payload);
    }
    this.queue.remove(item);
    const kept = message.action !== version.heartbeat || this.services.settings.journalHeartbeats;
    this.commit(kept ? journal : [], item.durable ? [{ ...item.row, message: null }] : []);
    item.settle?.(answer);
  }

  #booted({ status, interval }: Payload, message: QueuedMessage): void {
    this.state.set('boot', '', { status, interval } satisfies Boot);
    clearTimeout(this.#reboot);
    if (status === 'Accepted' || this.role === 'owner') return;
    // The station was told something else by its owner: here the gateway asks again in its place.
    const again = () => {
      this.introduce(message, this.services.now());
      this.pump();
    };
    this.#reboot = setTimeout(again, Math.max(1, Number(interval) || 0) * 1000).unref();
  }

  #park(item: Item, failure: Failure, journal: JournalEntry[]): void {
    const error = `${failure.condition}: ${failure.description}`.slice(0, 500);
    const now = this.services.now();
    item.row = { ...item.row, parkedAt: now, message: { ...item.row.message, error } };
    const { number, message } = item.row;
    if (item.durable) {
      this.queue.park(item);
      const { name: upstream } = this.upstream;
      journal.push(this.#event('evsebridge.upstream.parked', { upstream, number, action: message.action, error }));
    } else this.queue.remove(item);
    this.commit(journal, item.durable ? [item.row] : []);
    item.settle?.(undefined);
  }

  async settleParked(number: number, what: 'retry' | 'drop'): Promise<boolean> {
    const item = this.queue.unpark(number);
    if (item === undefined) return false;
    const { row } = item;
    if (what === 'drop') {
      await this.#store([], [{ ...row, message: null }]);
      return true;
    }
    item.row = { ...row, parkedAt: null, message: { ...row.message, attempts: 0, error: null } };
    await this.#store([], [item.row]);
    this.queue.add(item);
    this.pump();
    return true;
  }

  /** Puts one Call of a delivery to the upstream, as often as it takes. */
  async #put(
    item: Item | undefined,
    call: Message,
    isFirst: boolean,
    journal: JournalEntry[],
    verbatim: boolean,
    text = JSON.stringify(call.payload),
  ): Promise<{ readonly result: Result; readonly reply: string | undefined }> {
    const action = this.version.actions.get(call.action);
    if (action === undefined || !(verbatim || action.request(call.payload))) {
      this.#tellInvalid(call.action, action);
      const failure: Failure = { condition: 'NotSupported', description: 'it could not be put into this version' };
      return { result: { failure }, reply: undefined };
    }
    const id = item !== undefined && isFirst ? item.row.message.id : this.#newId();
    journal.push(this.entry('out', 'Call', id, call.action, text));
    const timeout = this.services.settings.callTimeout;
    for (;;) {
      await this.#whenOpen();
      const reply = await this.connection.call(id, action, text, timeout);
      if (this.#ended) return { result: { failure: gone }, reply: undefined };
      const { failure } = reply.result;
      if (failure?.uncertain === true) {
        if (item?.durable === false) return { result: reply.result, reply: undefined };
        // Lost or late: what it did is not known. It comes again, with the same id and content.
        this.connection.drop(failure.description);
        continue;
      }
      if (reply.frame !== undefined) {
        const { frame } = reply;
        const told =
          frame.type === 'CallResult'
            ? frame.text
            : JSON.stringify({ code: frame.code, description: frame.description, details: frame.details });
        journal.push(this.entry('in', frame.type, id, call.action, told));
      }
      if (item !== undefined && failure !== undefined && !unknownThere.has(failure.condition)) {
        const attempts = item.row.message.attempts + 1;
        item.row = { ...item.row, message: { ...item.row.message, attempts } };
        if (item.durable && attempts < this.upstream.attempts) {
          await new Promise((resolve) => setTimeout(resolve, attempts * ATTEMPT_PAUSE).unref());
          continue;
        }
      }
      return { result: reply.result, reply: reply.frame?.type === 'CallResult' ? reply.frame.text : undefined };
    }
  }

  #tellInvalid(action: string, known: Action | undefined): void {
    this.services.statistics.invalidTranslations++;
    const errors = known?.request.errors ?? 'no such Action';
    this.services.log.error(
      { station: this.station.id, upstream: this.upstream.name, action, errors },
      'a translation is not valid against the schema of its version',
    );
    this.station.event('evsebridge.translation.invalid', { action, errors: JSON.stringify(errors).slice(0, 2000) });
  }

  // ----------------------------------------------------------------------------------------------------------- translation

  /** The way between a Version of the station and the upstream's. */
  chain(version: Version): Chain {
    let chain = this.#chains.get(version.name);
    if (chain === undefined) {
      const { settings, transactionIds } = this.services;
      chain = new Chain(version, this.version, translators, {
        state: this.state,
        // The configuration is read once, for the gateway itself.
        settings: { ...settings.translation, readConfiguration: false },
        now: () => this.#delivering?.at ?? this.services.now(),
        connectedSince: () => {
          if (this.#delivering?.away === true) return this.services.now();
          return this.#delivering === undefined ? (this.connection.openedAt ?? this.services.now()) : 0;
        },
        newId: () => this.#newId(),
        nextTransactionId: () =>
          typeof this.#delivering?.given === 'number' ? this.#delivering.given : transactionIds.next(),
        dropped: ({ action, field, reason }) =>
          this.services.log.debug(
            { station: this.station.id, upstream: this.upstream.name, action, field, reason },
            'a field does not cross to an upstream',
          ),
      });
      this.#chains.set(version.name, chain);
    }
    return chain;
  }

  #newId(): string {
    return this.#delivering?.seed.next() ?? this.services.newId();
  }

  /** Begins the tasks of translation whose time has come, and wakes up for the next. */
  runTasks(): void {
    if (this.#ended) return;
    const now = this.services.now();
    let next: number | undefined;
    for (const chain of this.#chains.values()) {
      for (const task of chain.due(now)) {
        if (task.side === 'csms') this.#tasks.push(task);
        else this.#towardsStation(task);
      }
      const later = chain.nextDue(now);
      if (later !== undefined && (next === undefined || later < next)) next = later;
    }
    clearTimeout(this.#alarm);
    if (next !== undefined) this.#alarm = setTimeout(() => this.runTasks(), Math.min(next - now, 0x7fffffff)).unref();
    if (this.#tasks.length > 0) this.pump();
  }

  async #perform(task: DueTask): Promise<void> {
    const journal: JournalEntry[] = [];
    let outcome = task.begin();
    while (outcome.kind === 'forward') {
      const call = { ...outcome.call, payload: toUpstream(this.state, outcome.call.payload) };
      const { result } = await this.#put(undefined, call, false, journal, false);
      if (this.#ended) return;
      outcome = outcome.resume(result);
    }
    task.done();
    this.commit(journal);
    this.runTasks();
  }

  #towardsStation(task: DueTask): void {
    const { connection } = this.station;
    if (connection === undefined || !mayBeAsked(connection)) {
      task.abandon();
      return;
    }
    void connection.outbound.run(async () => {
      const finished = await exchange(this, connection, task.begin());
      if (finished === undefined) task.abandon();
      else task.done();
      this.commit([]);
    });
  }

  // ------------------------------------------------------------------------------------------------------------- connection

  #onOpened(): void {
    this.#tell('evsebridge.upstream.connected', { upstream: this.upstream.name, version: this.version.name });
    const waiting = this.#opened;
    this.#opened = [];
    for (const resume of waiting) resume();
    this.pump();
    this.runTasks();
  }

  #onClosed(wasOpen: boolean, reason: string): void {
    this.queue.dropFleeting(this.#busy);
    this.queue.release();
    if (wasOpen) this.#tell('evsebridge.upstream.disconnected', { upstream: this.upstream.name, reason });
  }

  #tell(type: string, data: Record<string, string>): void {
    this.commit([this.#event(type, data)]);
  }

  #event(type: string, data: JsonObject): JournalEntry {
    return eventOf(this.station.id, this.version.name, this.services.now(), type, data);
  }

  #whenOpen(): Promise<void> {
    if (this.connection.state === 'open' || this.#ended) return Promise.resolve();
    return new Promise((resolve) => this.#opened.push(resolve));
  }

  /** For good: what is under way is begun anew from what is stored. */
  end(): void {
    this.#ended = true;
    clearTimeout(this.#alarm);
    clearTimeout(this.#reboot);
    this.queue.release();
    this.connection.close('the station is gone');
    for (const resume of this.#opened) resume();
  }

  // ---------------------------------------------------------------------------------------------------------------- storing

  entry(direction: 'in' | 'out', type: JournalType, id: string, action: string, text: string): JournalEntry {
    return {
      stationId: this.station.id,
      at: this.services.now(),
      direction,
      peer: `upstream:${this.upstream.name}`,
      version: this.version.name,
      type,
      messageId: storable(id),
      action: storable(action),
      payload: withoutSecrets(type, action, text),
      head: null,
      headAction: null,
      identity: null,
      events: [],
    };
  }

  commit(journal: readonly JournalEntry[], queue: readonly QueueRow[] = []): void {
    this.#store(journal, queue).catch((error: unknown) => {
      this.services.log.error(
        { station: this.station.id, upstream: this.upstream.name, err: error },
        'what an upstream has taken was not stored',
      );
      this.services.discard(this.station);
    });
  }

  async #store(journal: readonly JournalEntry[], queue: readonly QueueRow[]): Promise<void> {
    if (journal.length === 0 && queue.length === 0 && !this.state.isChanged && !this.station.hasChanges) return;
    const now = this.services.now();
    const own = this.station.takeChanges(journal, now);
    // Of a delivery under way nothing may be stored by itself: it is done again as a whole.
    const changed = this.#delivering === undefined ? this.state.takeChanges() : [];
    const rows = changed.map(({ table, key, value }) => ({
      stationId: this.station.id,
      table: this.#prefix + table,
      key,
      value,
    }));
    await this.services.commits.commit({
      ...own,
      translation: [...(own.translation ?? []), ...rows],
      upstreamQueue: [...(own.upstreamQueue ?? []), ...queue],
    });
  }
}

interface Boot {
  readonly status: string;
  readonly interval: number;
}

const gone: Failure = { condition: 'GenericError', description: 'the station is gone', uncertain: true };
