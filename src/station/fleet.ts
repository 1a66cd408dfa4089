import { Driver, type DriverPlan, type SessionEnd } from './driver.ts';
import type { StationVersion } from './options.ts';
import { Random } from './random.ts';
import { Schedule } from './schedule.ts';
import { VirtualStation } from './station.ts';

/** Many stations and what their drivers do. */
export interface FleetOptions extends DriverPlan {
  /** The stations are spread over these. */
  readonly versions: readonly StationVersion[];
  readonly stations: number;
  readonly url: string;
  /** Station n is called `<prefix>-<n>`, n with at least four digits. */
  readonly prefix: string;
  readonly connectors: number;
  /** Simulated seconds between meter values. */
  readonly meterInterval: number;
  readonly speed: number;
  /** Sessions per station; `Infinity` never ends. */
  readonly sessions: number;
  /** Stations that begin to connect per second. */
  readonly connectRate: number;
  readonly password?: string | undefined;
  readonly seed: number;
}

/** What a fleet does, in numbers. */
export interface FleetFigures {
  readonly stations: number;
  /** Stations with a connection now, and those that ever had one and were ever accepted. */
  readonly connected: number;
  readonly everConnected: number;
  readonly accepted: number;
  /** Transactions open now, begun and ended. */
  readonly charging: number;
  readonly begun: number;
  readonly ended: number;
  readonly sessions: Readonly<Record<SessionEnd, number>>;
  readonly sent: number;
  readonly received: number;
  /** Energy of ended transactions, Wh. */
  readonly energyWh: number;
  readonly failedConnections: number;
  /** What went wrong, in words → how often. */
  readonly problems: ReadonlyMap<string, number>;
  /** Tokens that were never accepted → the status they got. */
  readonly refusedTokens: ReadonlyMap<string, string>;
}

/** Runs virtual stations by the thousand. */
export class Fleet {
  readonly stations: readonly VirtualStation[];
  readonly #options: FleetOptions;
  readonly #schedule = new Schedule();
  readonly #drivers: Driver[] = [];
  readonly #everConnected = new Set<string>();
  readonly #accepted = new Set<string>();
  readonly #problems = new Map<string, number>();
  readonly #refused = new Map<string, string>();
  readonly #acceptedTokens = new Set<string>();
  readonly #sessions: Record<SessionEnd, number> = { charged: 0, refused: 0, notStarted: 0 };
  #connected = 0;
  #begun = 0;
  #ended = 0;
  #energyWh = 0;
  #failedConnections = 0;
  #stopping = false;
  #wake: (() => void) | undefined;

  /** @throws RangeError, Error for options that no station can have */
  constructor(options: FleetOptions) {
    this.#options = options;
    this.stations = Array.from({ length: options.stations }, (_, index) => this.#station(index));
  }

  get figures(): FleetFigures {
    let sent = 0;
    let received = 0;
    for (const { out } of this.stations) {
      sent += out.count.sent;
      received += out.count.received;
    }
    return {
      stations: this.stations.length,
      connected: this.#connected,
      everConnected: this.#everConnected.size,
      accepted: this.#accepted.size,
      charging: this.#begun - this.#ended,
      begun: this.#begun,
      ended: this.#ended,
      sessions: this.#sessions,
      sent,
      received,
      energyWh: this.#energyWh,
      failedConnections: this.#failedConnections,
      problems: this.#problems,
      refusedTokens: new Map([...this.#refused].filter(([idToken]) => !this.#acceptedTokens.has(idToken))),
    };
  }

  /** Connects the stations one after the other and lets people charge; resolves when all sessions are done or {@link stop}ped. */
  async run(): Promise<void> {
    const began = this.#schedule.now();
    const running: Promise<void>[] = [];
    for (const [index, station] of this.stations.entries()) {
      const wait = began + (index * 1000) / this.#options.connectRate - this.#schedule.now();
      if (wait > 5) {
        await new Promise<void>((resolve) => {
          const task = this.#schedule.after(wait, () => resolve());
          this.#wake = () => {
            task.cancel();
            resolve();
          };
        });
      }
      if (this.#stopping) break;
      station.start();
      running.push(...this.#drive(station));
    }
    await Promise.all(running);
  }

  /** No more sessions: {@link run} resolves. */
  stop(): void {
    this.#stopping = true;
    this.#wake?.();
    for (const driver of this.#drivers) driver.stop();
  }

  /** Ends what is running, delivers what is kept and disconnects. @returns how many stations could not deliver everything */
  async close(patience: number): Promise<number> {
    const delivered = await Promise.all(this.stations.map((station) => station.stop(station.online ? patience : 0)));
    return delivered.filter((all) => !all).length;
  }

  #station(index: number): VirtualStation {
    const { versions, url, prefix, connectors, password, seed, speed, meterInterval } = this.#options;
    const id = `${prefix}-${String(index + 1).padStart(4, '0')}`;
    const station = new VirtualStation({
      id,
      version: versions[index % versions.length]!,
      url,
      password,
      connectors,
      seed,
      speed,
      schedule: this.#schedule,
      // An endless run must stay within its memory.
      ledgerLimit: 0,
      settings: { MeterValueSampleInterval: String(meterInterval) },
    });
    station.on('connected', () => {
      this.#connected++;
      this.#everConnected.add(id);
    });
    station.on('disconnected', () => {
      this.#connected--;
    });
    station.on('refusedConnection', (reason) => {
      this.#failedConnections++;
      if (!this.#stopping) this.#problem(`cannot connect: ${reason}`);
    });
    station.on('registration', (state) => {
      if (state === 'Accepted') this.#accepted.add(id);
      if (state === 'Pending' || state === 'Rejected') this.#problem(`BootNotification was answered ${state}`);
    });
    station.on('transaction', (what, { meterStart, meterStop }) => {
      if (what === 'started') this.#begun++;
      else {
        this.#ended++;
        this.#energyWh += (meterStop ?? meterStart) - meterStart;
      }
    });
    station.on('deviation', (what) => this.#problem(what));
    station.on('dropped', (action) => this.#problem(`${action} was given up after several attempts`));
    return station;
  }

  #drive(station: VirtualStation): Promise<void>[] {
    const remaining = { sessions: this.#options.sessions };
    return station.evses.map((evse) => {
      const random = new Random(`${this.#options.seed}/${station.id}/${evse.id}`);
      const driver = new Driver(station, evse, this.#options, remaining, random, (end, idToken, status) => {
        this.#sessions[end]++;
        if (end === 'refused') this.#refused.set(idToken, status);
        else this.#acceptedTokens.add(idToken);
      });
      this.#drivers.push(driver);
      return driver.run();
    });
  }

  #problem(what: string): void {
    // Enough to see what is wrong; a message that names ids must not fill the memory of an endless run.
    const key = this.#problems.size < 50 || this.#problems.has(what) ? what : 'others';
    this.#problems.set(key, (this.#problems.get(key) ?? 0) + 1);
  }
}
