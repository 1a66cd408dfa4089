import { type Action, describeError, masked, type Payload, type VersionName, versions } from '../ocpp/index.ts';
import { admit, factsOf } from './admission.ts';
import { execute } from './command.ts';
import { Connection } from './connection.ts';
import { eventEntry, eventOf } from './journal.ts';
import { hashPassword } from './passwords.ts';
import {
  type Admission,
  type Admitted,
  CommandRefused,
  type CommandRequest,
  type CommandRow,
  type ConnectionlessDoor,
  type GatewayFace,
  type Handshake,
  type Link,
  type Session,
  type StationRow,
  type StationSettings,
  type StationView,
  type SubmittedCommand,
  type TokenRow,
  type Transport,
} from './ports.ts';
import type { Services } from './services.ts';
import { Station } from './station.ts';
import { runTasks } from './tasks.ts';

/** A station that nothing is known of yet. */
export const newStation = (id: string, now: number): StationRow => ({
  id,
  version: null,
  transport: null,
  vendorName: null,
  model: null,
  serialNumber: null,
  firmwareVersion: null,
  registrationStatus: null,
  admission: null,
  passwordHash: null,
  strict: false,
  deviations: {},
  versions: null,
  assumeVersion: null,
  callbackUrl: null,
  linkState: null,
  connectedAt: null,
  lastSeenAt: null,
  createdAt: now,
});

/** Holds the stations: the door they come in by, and the face that the API sees. */
export class Gateway implements ConnectionlessDoor, GatewayFace {
  readonly #services: Services;
  /** Actors in memory, the least recently connected ones first. */
  readonly #stations = new Map<string, Station>();
  readonly #loading = new Map<string, Promise<Station | undefined>>();
  readonly #running = new Map<string, Promise<CommandRow>>();
  /** Stations thrown out of memory → when all that they had to store is stored. */
  readonly #settling = new Map<string, Promise<void>>();
  /** Idempotency keys being taken → when that is done. */
  readonly #keys = new Map<string, Promise<void>>();
  #connected = 0;

  constructor(services: Omit<Services, 'discard'>) {
    this.#services = { ...services, discard: (station) => this.#discard(station) };
  }

  get connectedCount(): number {
    return this.#connected;
  }

  // ------------------------------------------------------------------------------------------------------------ the door

  async admit(handshake: Handshake): Promise<Admission> {
    return admit(handshake, (id) => this.#find(id), this.#services);
  }

  open(admission: Admitted, link: Link, heardAt?: number): Session {
    const { stationId } = admission;
    const now = this.#services.now();
    let station = this.#stations.get(stationId);
    if (station === undefined) {
      // Admitted without being known: by policy, or dropped from memory between the two steps.
      station = new Station(
        {
          station: newStation(stationId, now),
          connectors: [],
          transactions: [],
          translation: [],
          upstreamQueue: [],
          answers: [],
          moreAnswers: false,
        },
        this.#services,
      );
    }
    this.#stations.delete(stationId);
    this.#stations.set(stationId, station);
    const before = station.connection;
    const connection = new Connection(station, admission.version, link, this.#services, (closed, code, reason) =>
      this.#closed(closed, code, reason),
    );
    // Newest wins: installed first, so that the end of the old one finds it is no longer current.
    station.connection = connection;
    if (before === undefined) this.#connected++;
    else {
      before.link.close(1001, 'replaced by a newer connection');
      // The old one may be half-open: what it was asked for is not waited for.
      before.calls.close();
    }
    station.setRow({
      ...station.row,
      version: admission.version,
      transport: link.transport,
      connectedAt: now,
      lastSeenAt: heardAt ?? now,
    });
    this.#services.statistics.connections++;
    if (admission.hexTextPassword === true) station.deviates('hexTextPassword');
    station.chain(connection.version).connected();
    this.#services.upstreams?.connected(connection);
    this.#record(connection, 'evsebridge.station.connected', {
      version: admission.version,
      remoteAddress: link.remoteAddress,
    });
    runTasks(connection);
    return connection;
  }

  async heardSince(transport: Transport, since: number): Promise<readonly Admitted[]> {
    const admitted: Admitted[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await this.#services.store.stations.list(
        { transport, heardSince: since },
        { limit: 1000, cursor: cursor ?? undefined },
      );
      await Promise.all(
        page.items.map(async ({ station: { id } }) => {
          const row = (await this.#find(id))?.row;
          if (row?.version === null || row === undefined || !this.#services.translatable(row.version)) return;
          admitted.push({
            kind: 'admitted',
            stationId: id,
            version: row.version,
            subprotocol: undefined,
            facts: factsOf(row),
          });
        }),
      );
      cursor = page.nextCursor;
    } while (cursor !== null);
    return admitted;
  }

  #closed(connection: Connection, code: number, reason: string): void {
    const { station } = connection;
    if (station.connection !== connection) return;
    station.connection = undefined;
    this.#connected--;
    station.setRow({ ...station.row, lastSeenAt: connection.link.lastSeen ?? this.#services.now() });
    this.#services.upstreams?.disconnected(station);
    this.#record(connection, 'evsebridge.station.disconnected', { code, reason });
    this.#forgetIdle();
  }

  #record(connection: Connection, type: string, data: Record<string, string | number>): void {
    const { commits, log } = this.#services;
    if (!commits.accepting) return;
    const now = this.#services.now();
    commits
      .commit(connection.station.takeChanges([eventEntry(connection, now, type, data)], now))
      .catch((error: unknown) =>
        log.error({ station: connection.station.id, err: error }, 'a connection event was not stored'),
      );
  }

  /** Disconnected stations stay in memory for their next connection, within a bound. */
  #forgetIdle(): void {
    const excess = this.#stations.size - this.#connected - this.#services.settings.maxIdleStations;
    if (excess <= 0 || this.#services.commits.waiting > 0) return;
    let left = excess;
    for (const [id, station] of this.#stations) {
      if (station.connection !== undefined || station.links?.isActive === true) continue;
      this.#services.upstreams?.retired(station);
      this.#stations.delete(id);
      if (--left === 0) return;
    }
  }

  #discard(station: Station): void {
    if (this.#stations.get(station.id) === station) this.#stations.delete(station.id);
    station.retired = true;
    this.#services.upstreams?.retired(station);
    void this.#settle(station.id);
    const { connection } = station;
    if (connection === undefined) return;
    station.connection = undefined;
    this.#connected--;
    connection.calls.close();
    connection.link.close(1011, 'the state of the station could not be stored');
  }

  /** The station's actor: out of memory, else out of storage; `undefined` when there is no such station. */
  #find(id: string): Promise<Station | undefined> {
    const known = this.#stations.get(id);
    if (known !== undefined) return Promise.resolve(known);
    let loading = this.#loading.get(id);
    if (loading === undefined) {
      loading = this.#load(id).finally(() => this.#loading.delete(id));
      this.#loading.set(id, loading);
    }
    return loading;
  }

  /** Waits for the commits that are under way: only then does storage tell how a station is. Never rejects. */
  #settle(id: string): Promise<void> {
    const settled = this.#services.commits
      .commit({ journal: [] })
      .catch((error: unknown) =>
        this.#services.log.error({ station: id, err: error }, 'storage was closed before all was stored'),
      )
      .then(() => {
        if (this.#settling.get(id) === settled) this.#settling.delete(id);
      });
    this.#settling.set(id, settled);
    return settled;
  }

  async #load(id: string): Promise<Station | undefined> {
    await this.#settling.get(id);
    const snapshot = await this.#services.store.stations.load(id);
    const meanwhile = this.#stations.get(id);
    if (meanwhile !== undefined) return meanwhile;
    if (snapshot === undefined) return undefined;
    const station = new Station(snapshot, this.#services);
    this.#stations.set(id, station);
    return station;
  }

  // --------------------------------------------------------------------------------------------------- the face for the API

  isConnected(id: string): boolean {
    return this.#stations.get(id)?.connection !== undefined;
  }

  live(id: string): StationView | undefined {
    return this.#stations.get(id)?.view;
  }

  async station(id: string): Promise<StationView | undefined> {
    return (await this.#find(id))?.view;
  }

  async putStation(id: string, settings: StationSettings): Promise<{ view: StationView; created: boolean }> {
    const now = this.#services.now();
    const found = await this.#find(id);
    const station = found ?? this.#adopt(id, now);
    const { password, ...rest } = settings;
    station.setRow({
      ...station.row,
      ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)),
      ...(password === undefined ? {} : { passwordHash: password === null ? null : hashPassword(password) }),
    });
    station.connection?.link.configure?.(factsOf(station.row));
    await this.#services.commits.commit(station.takeChanges([], now));
    return { view: station.view, created: found === undefined };
  }

  #adopt(id: string, now: number): Station {
    const known = this.#stations.get(id);
    if (known !== undefined) return known;
    const snapshot = {
      station: newStation(id, now),
      connectors: [],
      transactions: [],
      translation: [],
      upstreamQueue: [],
      answers: [],
      moreAnswers: false,
    };
    const station = new Station(snapshot, this.#services);
    this.#stations.set(id, station);
    return station;
  }

  async deleteStation(id: string): Promise<boolean> {
    const station = await this.#find(id);
    if (station === undefined) return false;
    this.#stations.delete(id);
    station.retired = true;
    this.#services.upstreams?.retired(station);
    const { connection } = station;
    if (connection !== undefined) {
      station.connection = undefined;
      this.#connected--;
      connection.calls.close();
      connection.link.close(1001, 'the station was removed');
    }
    await this.#settle(id);
    return this.#services.store.stations.delete(id);
  }

  async putToken(token: TokenRow): Promise<void> {
    await this.#services.store.tokens.put(token);
    this.#services.tokens.put(token);
  }

  async deleteToken(idToken: string): Promise<boolean> {
    const existed = await this.#services.store.tokens.delete(idToken);
    this.#services.tokens.delete(idToken);
    return existed;
  }

  async submit(request: CommandRequest): Promise<SubmittedCommand> {
    const action = this.#commandAction(request);
    const { stationId, idempotencyKey } = request;
    if (idempotencyKey === undefined) return this.#take(action, request);
    // One after the other: of two requests that come at once, the second must find the first one's Command.
    const key = JSON.stringify([stationId, idempotencyKey]);
    const turn = (this.#keys.get(key) ?? Promise.resolve()).then(async () => {
      const earlier = await this.#services.store.commands.findByIdempotencyKey(stationId, idempotencyKey);
      return earlier === undefined ? this.#take(action, request) : this.#again(earlier, request);
    });
    const ended = turn.then(
      () => undefined,
      () => undefined,
    );
    this.#keys.set(key, ended);
    void ended.then(() => this.#keys.get(key) === ended && this.#keys.delete(key));
    return turn;
  }

  async #take(action: Action, request: CommandRequest): Promise<SubmittedCommand> {
    const { stationId, idempotencyKey, timeout } = request;
    const station = await this.#find(stationId);
    if (station === undefined) throw new CommandRefused('unknownStation', `there is no station ${stationId}`);
    const { connection } = station;
    if (connection === undefined) throw new CommandRefused('offline', `station ${stationId} is not connected`);
    const { callable } = connection.link;
    if (callable?.isCallable === false && request.patient !== true) {
      const reason = callable.whyNot;
      this.#record(connection, 'evsebridge.station.not_callable', { action: action.name, reason });
      throw new CommandRefused('notCallable', `station ${stationId} cannot be called: ${reason}`);
    }
    const { commits, settings } = this.#services;
    if (connection.outbound.depth >= settings.maxQueuedCommands) {
      throw new CommandRefused(
        'overloaded',
        `${connection.outbound.depth} commands wait for station ${stationId} already`,
      );
    }
    if (!commits.accepting || !commits.healthy)
      throw new CommandRefused('unavailable', 'storage does not answer; the command was not taken');
    const now = this.#services.now();
    const command: CommandRow = {
      id: this.#services.newId(),
      stationId,
      action: action.name,
      request: masked(action.name, 'request', request.request),
      state: 'queued',
      response: null,
      error: null,
      native: [],
      idempotencyKey: idempotencyKey ?? null,
      createdAt: now,
      updatedAt: now,
    };
    await commits.commit({ journal: [], commands: [command] });
    const done = connection.outbound
      .run(() => execute(connection, command, request.request, timeout), connection.whenCallable)
      .finally(() => this.#running.delete(command.id));
    this.#running.set(command.id, done);
    return { command, done };
  }

  #commandAction({ action: name, request }: CommandRequest): Action {
    const action = this.#services.head.actions.get(name);
    if (action === undefined || action.initiator === 'station') {
      throw new CommandRefused('unknownAction', `${name} is no Action that a CSMS sends`);
    }
    if (!action.request(request)) {
      throw new CommandRefused(
        'invalid',
        `the body is no ${name} request`,
        (action.request.errors ?? []).map(describeError),
      );
    }
    return action;
  }

  #again(earlier: CommandRow, request: CommandRequest): SubmittedCommand {
    // Of secrets nothing is stored, not even what would tell whether they are the same.
    const asked = masked(request.action, 'request', request.request);
    if (earlier.action !== request.action || canonical(earlier.request) !== canonical(asked)) {
      throw new CommandRefused('idempotencyConflict', 'this Idempotency-Key was used with another command');
    }
    return { command: earlier, done: this.#running.get(earlier.id) ?? Promise.resolve(earlier), replayed: true };
  }

  /** Commands that an earlier process left: the station may have carried out those that were sent. */
  async recover(): Promise<number> {
    const unfinished = await this.#services.store.commands.unfinished();
    const now = this.#services.now();
    const commands = unfinished.map(
      (command): CommandRow => ({
        ...command,
        state: command.state === 'sent' ? 'uncertain' : 'failed',
        error: { code: 'GenericError', description: 'the gateway was restarted before the station answered' },
        updatedAt: now,
      }),
    );
    const journal = commands.map(({ id, stationId, action, state, response }) =>
      eventOf(stationId, null, now, `evsebridge.command.${state}`, { commandId: id, action, state, response }),
    );
    if (commands.length > 0) await this.#services.commits.commit({ journal, commands });
    return commands.length;
  }

  /** A deviation that a transport tolerated. */
  deviates(stationId: string, code: string): void {
    this.#stations.get(stationId)?.deviates(code);
  }

  /** Stations connected, by Version. */
  connectedByVersion(): ReadonlyMap<VersionName, number> {
    const counts = new Map<VersionName, number>(versions.map(({ name }) => [name, 0]));
    for (const { connection } of this.#stations.values()) {
      if (connection !== undefined) counts.set(connection.version.name, (counts.get(connection.version.name) ?? 0) + 1);
    }
    return counts;
  }
}

/** JSON text that does not depend on the order of properties. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item as Payload).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}
