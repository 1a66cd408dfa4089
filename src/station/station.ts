import { EventEmitter } from 'node:events';
import { Answering } from './answering.ts';
import { type IdToken, type IdTokenInfo, LocalAuthorization, type LocalRules, type Verdict } from './authorization.ts';
import { CallQueue } from './calls.ts';
import { type Fault, faults, type StopCause } from './causes.ts';
import { CertificateStore } from './certificates.ts';
import { Connection } from './connection.ts';
import type { BootReason, Dialect } from './dialect.ts';
import { dialects } from './dialects.ts';
import { type Authorization, Evse, type Transaction } from './evse.ts';
import { Ledger } from './ledger.ts';
import { Maintenance } from './maintenance.ts';
import { checkOptions, type StationEvents, type StationOptions } from './options.ts';
import { Outbox } from './outbox.ts';
import { type Outlet, outlets, someVehicle, type Vehicle } from './power.ts';
import { ChargingProfiles } from './profiles.ts';
import { Random } from './random.ts';
import { Registration } from './registration.ts';
import { Remote } from './remote.ts';
import { Reservations } from './reservations.ts';
import { cancel, StationClock, sharedSchedule, type Task } from './schedule.ts';
import { Settings, settings } from './settings.ts';
import { Transactions } from './transactions.ts';

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
  readonly out: Outbox;
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
    checkOptions(options);
    this.id = id;
    this.dialect = dialects[version];
    this.clock = new StationClock(options.schedule ?? sharedSchedule, speed);
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
      timer: this.clock,
      timeout: () => this.settings.integer('MessageTimeout') * 1000,
      attempts: () => this.settings.integer('TransactionMessageAttempts'),
      retryInterval: () => this.settings.integer('TransactionMessageRetryInterval') * 1000,
      send: (messageId, action, text) => {
        const frame = `[2,"${messageId}","${action}",${text}]`;
        this.#connection.send(frame);
        this.out.seen('out', { type: 'Call', id: messageId, action, payload: undefined }, frame);
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
      this.clock,
      this.random.fork('connection'),
    );
    this.out = new Outbox(this, (text) => this.#connection.send(text));
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
    this.#connection.close();
    this.clock.stop();
    return delivered;
  }

  /** Resolves once nothing waits to be sent or answered, or after `patience` ms; tells which. */
  async drained(patience: number): Promise<boolean> {
    const until = Date.now() + patience;
    while (!this.calls.idle && Date.now() < until) {
      await new Promise<void>((resolve) => this.clock.after(20, () => resolve()));
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
    cancel(this.#aligned);
    this.#connection.close(1000, 'reboot');
    this.registration.power(reason);
    for (const evse of this.evses) evse.told = undefined;
    this.clock.at(this.clock.now() + this.rebootTime, () => this.#connection.connect());
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
    const outcome = this.online ? await this.out.call({ ...this.dialect.authorize(token), urgent: true }) : undefined;
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
    this.out.tell(this.dialect.fault(this, evse, fault, false));
    this.tellStatus(evse);
  }

  clearFault(evseId = 1): void {
    const evse = this.evse(evseId);
    const { fault } = evse;
    if (fault === undefined) return;
    evse.fault = undefined;
    this.out.tell(this.dialect.fault(this, evse, fault, true));
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
    if (reservation === undefined) return undefined;
    this.reservations.remove(reservation.id);
    for (const evse of this.evses) if (evse.id !== evseId) this.#tellStatus(evse);
    return reservation.id;
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
    this.out.tell(this.dialect.stationStatus(this));
    for (const evse of this.evses) {
      evse.told = undefined;
      this.tellStatus(evse);
    }
    this.#alignLater();
    this.maintenance.registered();
  }

  /** Tells an EVSE's status if it is not what was told last. What it is may leave others reserved. */
  tellStatus(evse: Evse): void {
    this.#tellStatus(evse);
    if (this.reservations.empty) return;
    for (const other of this.evses) if (other !== evse) this.#tellStatus(other);
  }

  /** While offline nothing is told; on return, only what is no longer as it was told (1.6 4.9). */
  #tellStatus(evse: Evse): void {
    if (this.registration.state !== 'Accepted' || !this.online) return;
    const status = this.dialect.statusOf(this, evse);
    if (evse.told === status) return;
    evse.told = status;
    this.emit('status', evse.id, status);
    const failed = () => {
      // It was lost on its way.
      if (evse.told === status) evse.told = undefined;
    };
    this.out.tell(this.dialect.status(this, evse, status), 'any', failed);
  }

  /** Tells every status that has changed. */
  tellStatuses(): void {
    if (this.registration.state === 'Accepted' && this.online && this.#toldStation !== this.operative) {
      this.#toldStation = this.operative;
      this.out.tell(this.dialect.stationStatus(this));
    }
    for (const evse of this.evses) this.tellStatus(evse);
  }

  /** A transaction is over: what was put off until then happens. */
  transactionEnded(evse: Evse, transaction: Transaction): void {
    this.profiles.remove(
      ({ profile }) => profile.chargingProfilePurpose === 'TxProfile' && profile.transactionId === transaction.id,
    );
    this.remote.transactionEnded(evse);
    this.maintenance.transactionEnded();
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
