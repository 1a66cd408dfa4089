import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { VersionName } from '../ocpp/versions/index.ts';
import { Answering } from './answering.ts';
import { type IdToken, type IdTokenInfo, LocalAuthorization, type LocalRules, type Verdict } from './authorization.ts';
import { CallQueue, type Outcome, type Permission } from './calls.ts';
import { type Fault, faults, type StopCause } from './causes.ts';
import { CertificateStore } from './certificates.ts';
import { Connection } from './connection.ts';
import type { BootReason, Call, Dialect, TransactionCall } from './dialect.ts';
import { dialects } from './dialects.ts';
import { type Authorization, Evse, type Transaction } from './evse.ts';
import type { Frame } from './frames.ts';
import { Ledger, type LedgerTransaction } from './ledger.ts';
import { Maintenance } from './maintenance.ts';
import { type Outlet, outlets, someVehicle, type Vehicle } from './power.ts';
import { ChargingProfiles } from './profiles.ts';
import { Random } from './random.ts';
import { Registration, type RegistrationState } from './registration.ts';
import { Remote } from './remote.ts';
import { Reservations } from './reservations.ts';
import { cancel, type Schedule, StationClock, sharedSchedule, type Task } from './schedule.ts';
import { Settings, settings } from './settings.ts';
import { Transactions } from './transactions.ts';

/** The Versions that a virtual station speaks. */
export type StationVersion = Exclude<VersionName, '1.5'>;

export interface StationOptions {
  /** Identity, the last part of the URL. */
  readonly id: string;
  readonly version: StationVersion;
  /** WebSocket endpoint without the identity, e.g. `ws://127.0.0.1:9000/ocpp`. */
  readonly url: string;
  /** Password of HTTP Basic; absent: none. 32 to 40 hex digits on 1.6 are sent as the bytes they stand for. */
  readonly password?: string | undefined;
  /** EVSEs with one connector each; 1 by default. */
  readonly connectors?: number | undefined;
  /** What they deliver; by default the seed decides between AC and DC. */
  readonly outlet?: keyof typeof outlets | undefined;
  /** What the station draws by lot (outlets, vehicles, noise) follows from it and from `id`. */
  readonly seed?: number | undefined;
  /** Simulated seconds per second; 1 by default. */
  readonly speed?: number | undefined;
  /** Initial settings by 1.6 key, or `Component.Variable` where 1.6 has none. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /** Transactions that the ledger keeps; all by default. */
  readonly ledgerLimit?: number | undefined;
  /** Whether somebody plugs a vehicle in when the CSMS starts a transaction remotely; true by default. */
  readonly plugOnRemoteStart?: boolean | undefined;
  /** How long a reboot takes, simulated ms; 5000 by default. */
  readonly rebootTime?: number | undefined;
  readonly schedule?: Schedule | undefined;
}

/** A message as it passed. */
export interface SeenMessage {
  readonly direction: 'in' | 'out';
  readonly type: Frame['type'];
  readonly id: string;
  readonly action: string | undefined;
  readonly payload: unknown;
  readonly text: string;
}

export interface StationEvents {
  message: [message: SeenMessage];
  connected: [];
  disconnected: [code: number, reason: string];
  /** An attempt to connect failed. */
  refusedConnection: [reason: string];
  registration: [state: RegistrationState];
  transaction: [what: 'started' | 'ended', transaction: LedgerTransaction];
  /** The CSMS did not accept a token. */
  refused: [idToken: string];
  /** An EVSE's status as told. */
  status: [evseId: number, status: string];
  /** The CSMS did what it should not, or refused what it should not. */
  deviation: [what: string];
  /** A kept message was given up. */
  dropped: [action: string];
}

/** Characters of an identity that a URL's last part can carry in every Version. */
const IDENTITY = /^[^/\s]{1,48}$/;

/**
 * A charging station in software: it boots, authorizes, charges and stops as OCPP says, keeps what must not be lost while
 * it is offline, and answers every Action of a CSMS. Start it with {@link start}; then plug, authorize and charge.
 * Moments are simulated time in ms, energies Wh.
 */
export class VirtualStation extends EventEmitter<StationEvents> {
  readonly id: string;
  readonly dialect: Dialect;
  readonly clock: StationClock;
  readonly random: Random;
  readonly settings: Settings;
  readonly evses: readonly Evse[];
  readonly calls: CallQueue;
  readonly ledger: Ledger;
  readonly profiles = new ChargingProfiles();
  readonly local = new LocalAuthorization();
  readonly reservations = new Reservations();
  readonly certificates: CertificateStore;
  readonly registration: Registration;
  readonly transactions: Transactions;
  readonly remote: Remote;
  readonly maintenance: Maintenance;
  /** Facts that a Version keeps and no other needs (display messages, tariffs, ...), by name. */
  readonly shelves = new Map<string, Map<string | number, object>>();
  readonly plugOnRemoteStart: boolean;
  readonly rebootTime: number;
  /** Whether the whole station is in operation. */
  operative = true;
  firmwareVersion = '1.0.0';
  readonly #connection: Connection;
  readonly #answering: Answering;
  #toldStation = true;
  #aligned: Task | undefined;
  #eventId = 0;

  /** @throws RangeError, Error for options that cannot be. */
  constructor(options: StationOptions) {
    super();
    const { id, version, url, password, connectors = 1, speed = 1, seed = 1 } = options;
    if (!IDENTITY.test(id)) throw new RangeError(`"${id}" is no identity: 1 to 48 characters without blank and slash`);
    if (!/^wss?:\/\//.test(url)) throw new RangeError(`the URL must begin with ws:// or wss://: ${url}`);
    if (!Number.isInteger(connectors) || connectors < 1) throw new RangeError('a station has at least one connector');
    if (!(speed > 0)) throw new RangeError('the speed must be greater than 0');
    const schedule = options.schedule ?? sharedSchedule;
    this.id = id;
    this.dialect = dialects[version];
    this.clock = new StationClock(schedule, speed);
    this.random = new Random(`${seed}/${id}`);
    this.settings = new Settings({
      NumberOfConnectors: String(connectors),
      SecurityProfile: password === undefined ? '0' : url.startsWith('wss:') ? '2' : '1',
      'SecurityCtrlr.Identity': id,
      ...options.settings,
    });
    const site = this.random.fork('site');
    const outlet: Outlet = outlets[options.outlet ?? site.pick(['ac22', 'ac22', 'ac7', 'dc60', 'dc150'] as const)];
    this.evses = Array.from(
      { length: connectors },
      (_, index) => new Evse(index + 1, outlet, Math.floor(site.between(50_000, 5_000_000))),
    );
    this.ledger = new Ledger(options.ledgerLimit ?? Number.POSITIVE_INFINITY);
    this.plugOnRemoteStart = options.plugOnRemoteStart ?? true;
    this.rebootTime = options.rebootTime ?? 5000;
    this.calls = new CallQueue({
      schedule,
      timeout: () => this.settings.integer('MessageTimeout') * 1000,
      attempts: () => this.settings.integer('TransactionMessageAttempts'),
      retryInterval: () => this.settings.integer('TransactionMessageRetryInterval') * 1000,
      send: (messageId, action, text) => {
        const frame = `[2,"${messageId}","${action}",${text}]`;
        this.#connection.send(frame);
        this.emitMessage('out', { type: 'Call', id: messageId, action, payload: undefined }, frame);
      },
      dropped: (action) => this.emit('dropped', action),
    });
    this.#connection = new Connection(
      {
        url,
        identity: id,
        subprotocol: this.dialect.version.subprotocol,
        password: password === undefined ? undefined : this.dialect.password(password),
        maxFrameBytes: this.dialect.version.maxFrameBytes,
      },
      {
        backOff: () => ({
          minimum: this.settings.integer('OCPPCommCtrlr.RetryBackOffWaitMinimum') * 1000,
          range: this.settings.integer('OCPPCommCtrlr.RetryBackOffRandomRange') * 1000,
          repeats: this.settings.integer('OCPPCommCtrlr.RetryBackOffRepeatTimes'),
        }),
        pingInterval: () => this.settings.integer('WebSocketPingInterval'),
        opened: () => this.#opened(),
        received: (text) => this.#answering.receive(text),
        lost: (code, reason) => this.#lost(code, reason),
        failed: (reason) => this.emit('refusedConnection', reason),
      },
      schedule,
      this.random.fork('connection'),
    );
    this.#answering = new Answering(this);
    this.certificates = new CertificateStore();
    this.registration = new Registration(this);
    this.transactions = new Transactions(this);
    this.remote = new Remote(this);
    this.maintenance = new Maintenance(this);
  }

  /** Whether there is a connection. */
  get online(): boolean {
    return this.#connection.open;
  }

  /** @throws RangeError for an EVSE that the station does not have. */
  evse(evseId = 1): Evse {
    const evse = this.evses[evseId - 1];
    if (evse === undefined) throw new RangeError(`station ${this.id} has no EVSE ${evseId}`);
    return evse;
  }

  // ------------------------------------------------------------------------------------------------------- power and network

  /** Powers up and connects. */
  start(reason: BootReason = 'PowerUp'): void {
    this.registration.power(reason);
    this.#connection.connect();
  }

  /**
   * Ends what is running, delivers what is kept, and goes.
   * @param patience wall ms for the delivery
   * @returns whether everything was delivered
   */
  async stop(patience = 10_000, cause: StopCause = 'Local'): Promise<boolean> {
    const at = this.clock.now();
    for (const { evse, transaction } of this.transactions.open)
      this.transactions.end(evse, cause, at, transaction.token);
    const delivered = await this.drained(patience);
    this.halt();
    this.#connection.close();
    return delivered;
  }

  /** Resolves once nothing waits to be sent or answered, or after `patience` ms; tells which. */
  async drained(patience: number): Promise<boolean> {
    const until = Date.now() + patience;
    while (!this.calls.idle && Date.now() < until) {
      await new Promise<void>((resolve) => this.clock.schedule.after(20, () => resolve()));
    }
    return this.calls.idle;
  }

  /** Loses the connection as a broken network does, and stays offline. */
  goOffline(): void {
    this.#connection.lose(false);
  }

  goOnline(): void {
    this.#connection.connect();
  }

  /** Loses the connection and reconnects by itself. */
  loseConnection(): void {
    this.#connection.lose(true);
  }

  /** Goes down and comes back up; what is kept survives. */
  reboot(reason: BootReason): void {
    this.halt();
    this.#connection.close(1000, 'reboot');
    this.registration.power(reason);
    for (const evse of this.evses) evse.told = undefined;
    this.clock.at(this.clock.now() + this.rebootTime, () => this.#connection.connect());
  }

  /** Cancels what happens by itself. */
  halt(): void {
    cancel(this.#aligned);
    for (const evse of this.evses) if (evse.transaction === undefined) cancel(evse.tick);
  }

  // ---------------------------------------------------------------------------------------------------------------- driver

  /** Plugs a vehicle in. @throws Error when there is one already. */
  plug(evseId = 1, vehicle?: Vehicle, at = this.clock.now()): Vehicle {
    const evse = this.evse(evseId);
    if (evse.vehicle !== undefined) throw new Error(`there is a vehicle at EVSE ${evseId} already`);
    evse.vehicle = vehicle ?? someVehicle(this.random, evse.outlet);
    evse.paused = false;
    this.tellStatus(evse);
    this.transactions.arrived(evse, 'CablePluggedIn', at);
    return evse.vehicle;
  }

  /** Pulls the cable. */
  unplug(evseId = 1, at = this.clock.now()): void {
    this.transactions.unplugged(this.evse(evseId), at);
  }

  /** Asks whether a token may charge: the local list where that is enough, else the CSMS, else (offline) what is known. */
  async authorize(idToken: string, type = 'ISO14443'): Promise<Verdict> {
    const token = { idToken, type };
    const rules = this.localRules;
    const known = this.local.find(idToken, rules, this.clock.wall());
    if (known?.status === 'Accepted' && this.settings.flag('LocalPreAuthorize')) return known;
    const outcome = this.online ? await this.call({ ...this.dialect.authorize(token), urgent: true }) : undefined;
    if (outcome?.kind !== 'result') return this.local.offline(idToken, rules, this.clock.wall());
    const info = this.dialect.authorizationOf(outcome.payload);
    this.remember(token, info);
    if (info.status !== 'Accepted') this.emit('refused', idToken);
    return { ...info, by: 'csms' };
  }

  /**
   * Presents a token at an EVSE: after authorization the transaction begins once a vehicle is plugged in.
   * @returns the verdict; charging begins only with `Accepted`.
   */
  async startCharging(idToken: string, evseId = 1, type = 'ISO14443'): Promise<Verdict> {
    const evse = this.evse(evseId);
    const verdict = await this.authorize(idToken, type);
    if (verdict.status === 'Accepted') {
      const { groupIdToken } = verdict;
      const authorization = { token: { idToken, type }, groupIdToken, remoteStartId: undefined, remote: false };
      const objection = this.remote.objection(evse, authorization);
      if (objection !== undefined) return { status: objection, by: 'station' };
      this.remote.grant(evse, authorization, 'Authorized');
    }
    return verdict;
  }

  /** Stops charging: by the driver's token unless `cause` says otherwise. The cable stays plugged. */
  stopCharging(evseId = 1, cause: StopCause = 'Local', at = this.clock.now()): void {
    const evse = this.evse(evseId);
    this.transactions.stop(evse, cause, at, cause === 'Local' ? evse.transaction?.token : undefined);
  }

  /** The vehicle pauses charging, or goes on. */
  pauseCharging(paused: boolean, evseId = 1, at = this.clock.now()): void {
    this.transactions.pause(this.evse(evseId), paused, at);
  }

  /** Something breaks: a running transaction ends. */
  fault(fault: Fault, evseId = 1): void {
    const evse = this.evse(evseId);
    evse.fault = fault;
    this.transactions.end(evse, faults[fault].stop, this.clock.now());
    this.remote.releaseReservation(evse, 'Removed');
    this.tell(this.dialect.fault(this, evse, fault, false));
    this.tellStatus(evse);
  }

  clearFault(evseId = 1): void {
    const evse = this.evse(evseId);
    const { fault } = evse;
    if (fault === undefined) return;
    evse.fault = undefined;
    this.tell(this.dialect.fault(this, evse, fault, true));
    this.tellStatus(evse);
  }

  // ------------------------------------------------------------------------------------------------ what the parts tell and ask

  get localRules(): LocalRules {
    const { settings } = this;
    return {
      listEnabled: settings.flag('LocalAuthListEnabled'),
      cacheEnabled: settings.flag('AuthorizationCacheEnabled'),
      authorizeOffline: settings.flag('LocalAuthorizeOffline'),
      unknownOffline: settings.flag('AllowOfflineTxForUnknownId'),
    };
  }

  /** Keeps what the CSMS said of a token. */
  remember(token: IdToken, info: IdTokenInfo): void {
    this.local.remember(token.idToken, info);
  }

  /** Uses up the reservation that a token may use. @returns its id */
  useReservation(evseId: number, { token, groupIdToken }: Authorization): number | undefined {
    const reservation = this.reservations.usable(evseId, token.idToken, groupIdToken);
    return reservation && this.reservations.remove(reservation.id)?.id;
  }

  /** Whether a reservation holds an EVSE: its own, or so many of any EVSE that none of those free can be spared. */
  reserved(evse: Evse): boolean {
    if (this.reservations.empty) return false;
    if (this.reservations.of(evse.id) !== undefined) return true;
    const spare = this.evses.filter((other) => other.free && other.usable && !this.reservations.of(other.id));
    return evse.free && spare.length <= this.reservations.unspecific.length;
  }

  /** A number for the next NotifyEvent. */
  nextEventId(): number {
    return this.#eventId++;
  }

  /** A shelf of {@link shelves}, made when first asked for. */
  shelf<T extends object>(name: string): Map<string | number, T> {
    const shelf = this.shelves.get(name) ?? new Map<string | number, object>();
    this.shelves.set(name, shelf);
    return shelf as Map<string | number, T>;
  }

  /** Changes a setting, and what follows from it. @throws Error for an unknown one */
  setSetting(id: string, value: string): void {
    const setting = settings.find((candidate) => candidate.id === id);
    if (setting === undefined) throw new Error(`a station has no setting ${id}`);
    if (this.settings.get(setting) === value) return;
    this.settings.set(setting, value);
    if (id === 'HeartbeatInterval') this.registration.heartbeatChanged();
    if (id === 'ClockAlignedDataInterval') this.#alignLater();
  }

  /** Accepted: the station says how it is (1.6 4.2, 2.x B01.FR.05). */
  registered(): void {
    this.#toldStation = this.operative;
    this.tell(this.dialect.stationStatus(this));
    for (const evse of this.evses) {
      evse.told = undefined;
      this.tellStatus(evse);
    }
    this.#alignLater();
    this.maintenance.registered();
  }

  /** Tells an EVSE's status if it is not what was told last. */
  tellStatus(evse: Evse): void {
    if (this.registration.state !== 'Accepted') return;
    const status = this.dialect.statusOf(this, evse);
    if (evse.told === status) return;
    evse.told = status;
    this.emit('status', evse.id, status);
    const failed = () => {
      // Told again when the station is back, as it is then (1.6 4.9).
      if (evse.told === status) evse.told = undefined;
    };
    this.tell(this.dialect.status(this, evse, status), 'any', failed);
  }

  /** Tells every status that has changed. */
  tellStatuses(): void {
    if (this.registration.state === 'Accepted' && this.#toldStation !== this.operative) {
      this.#toldStation = this.operative;
      this.tell(this.dialect.stationStatus(this));
    }
    for (const evse of this.evses) this.tellStatus(evse);
  }

  /** Sends a message that is not kept. */
  tell(call: Call | undefined, needs: Permission = 'any', failed?: () => void): void {
    if (call === undefined) return;
    const { action, payload } = call;
    this.calls.add({
      action,
      payload: () => payload,
      needs,
      done: (outcome) => {
        if (outcome.kind === 'result') return;
        if (outcome.kind === 'error') this.emit('deviation', `${action}: ${outcome.code} ${outcome.description}`);
        if (outcome.kind === 'offline') failed?.();
      },
    });
  }

  /** Sends a message that is not kept, and waits for what comes back. */
  call({ action, payload, urgent = false }: Call & { readonly urgent?: boolean }): Promise<Outcome> {
    return new Promise((done) => this.calls.add({ action, payload: () => payload, urgent, done }));
  }

  /** Sends a message that must not be lost, outside of transactions. */
  tellSurely({ action, payload }: Call): void {
    this.calls.add({ action, payload: () => payload, kept: true });
  }

  /** Sends a message about a transaction: kept, in order, and written down. */
  tellTransaction(record: LedgerTransaction, call: TransactionCall, answered: (payload: object) => void): void {
    const message = {
      action: call.action,
      messageId: randomUUID(),
      payload: undefined,
      attempts: 0,
      answer: undefined,
      dropped: false,
    };
    record.messages.push(message);
    this.calls.add({
      ...call,
      kept: true,
      record: message,
      done: (outcome) => {
        if (outcome.kind === 'result') answered(outcome.payload);
      },
    });
  }

  /** A transaction is over: what was put off until then happens. */
  transactionEnded(evse: Evse, transaction: Transaction): void {
    this.profiles.remove(
      ({ profile }) => profile.chargingProfilePurpose === 'TxProfile' && profile.transactionId === transaction.id,
    );
    this.remote.transactionEnded(evse);
    this.maintenance.transactionEnded();
  }

  /** Writes a frame that is no Call of ours. */
  write(frame: readonly [3 | 4 | 5, string, ...unknown[]]): void {
    const text = JSON.stringify(frame);
    this.#connection.send(text);
    const [number, id, payload] = frame;
    const type = ({ 3: 'CallResult', 4: 'CallError', 5: 'CallResultError' } as const)[number];
    if (type === 'CallResult') this.emitMessage('out', { type, id, payload }, text);
    else {
      const [, , code, description] = frame;
      this.emitMessage(
        'out',
        { type, id, condition: 'GenericError', code: String(code), description: String(description) },
        text,
      );
    }
  }

  emitMessage(direction: 'in' | 'out', frame: Frame, text: string): void {
    if (this.listenerCount('message') === 0) return;
    const { type } = frame;
    const id = 'id' in frame ? frame.id : '';
    const action = 'action' in frame ? frame.action : undefined;
    const payload = 'payload' in frame ? (frame.payload ?? (JSON.parse(text) as unknown[])[3]) : undefined;
    this.emit('message', { direction, type, id, action, payload, text });
  }

  #opened(): void {
    this.emit('connected');
    this.calls.connected();
    this.registration.connected();
    this.tellStatuses();
  }

  #lost(code: number, reason: string): void {
    this.calls.disconnected();
    this.registration.disconnected();
    this.emit('disconnected', code, reason);
  }

  /** Clock-aligned meter values: at multiples of the interval since midnight (1.6 ClockAlignedDataInterval, 2.x J01). */
  #alignLater(): void {
    cancel(this.#aligned);
    const interval = this.settings.integer('ClockAlignedDataInterval') * 1000;
    if (interval <= 0) return;
    const next = (Math.floor(this.clock.now() / interval) + 1) * interval;
    this.#aligned = this.clock.at(next, (at) => {
      for (const evse of this.evses) this.remote.reportMeter(evse, 'MeterValueClock', 'Sample.Clock', at);
      this.#alignLater();
    });
  }
}
