import type { Evse } from './evse.ts';
import type { Random } from './random.ts';
import type { Task } from './schedule.ts';
import type { VirtualStation } from './station.ts';

/** What the drivers at a station do. Times are simulated seconds. */
export interface DriverPlan {
  readonly idTokens: readonly string[];
  /** About how long a vehicle charges. */
  readonly sessionLength: number;
  /** About how long an EVSE is free between two vehicles. */
  readonly pause: number;
  /** Chance that the connection is lost during a session. */
  readonly dropRate: number;
}

/** Sessions that the EVSEs of one station share; `Infinity` never ends. */
export interface Remaining {
  sessions: number;
}

/** How a session went. */
export type SessionEnd = 'charged' | 'refused' | 'notStarted';

/** Part of the drivers who present their token before they plug in, and of those who just pull the cable to stop. */
const TOKEN_FIRST = 0.2;
const PULLS_CABLE = 0.1;
const AT_THE_PLUG = 4;

/** Somebody comes to an EVSE with a vehicle, charges and goes; then the next. */
export class Driver {
  readonly #station: VirtualStation;
  readonly #evse: Evse;
  readonly #plan: DriverPlan;
  readonly #remaining: Remaining;
  readonly #random: Random;
  readonly #ended: (end: SessionEnd, idToken: string, status: string) => void;
  #stopped = false;
  #wake: (() => void) | undefined;

  constructor(
    station: VirtualStation,
    evse: Evse,
    plan: DriverPlan,
    remaining: Remaining,
    random: Random,
    ended: (end: SessionEnd, idToken: string, status: string) => void,
  ) {
    this.#station = station;
    this.#evse = evse;
    this.#plan = plan;
    this.#remaining = remaining;
    this.#random = random;
    this.#ended = ended;
  }

  /** No more sessions; one that runs is left as it is. */
  stop(): void {
    this.#stopped = true;
    this.#wake?.();
  }

  /** Resolves when all sessions are done, or after {@link stop}. */
  async run(): Promise<void> {
    while (!this.#stopped && this.#station.registration.state !== 'Accepted') await this.#until(this.#in(1));
    await this.#until(this.#in(this.#random.between(0, Math.min(this.#plan.pause, 10))));
    while (!this.#stopped && this.#remaining.sessions > 0) {
      if (!this.#evse.free) await this.#attend();
      else if (this.#evse.usable && this.#station.operative) {
        this.#remaining.sessions--;
        await this.#session();
      }
      await this.#until(this.#in(this.#plan.pause * this.#random.between(0.6, 1.4)));
    }
  }

  async #session(): Promise<void> {
    const { id } = this.#evse;
    const station = this.#station;
    const idToken = this.#random.pick(this.#plan.idTokens);
    const length = this.#plan.sessionLength * this.#random.between(0.7, 1.3);
    const tokenFirst = this.#random.chance(TOKEN_FIRST);
    const pulls = this.#random.chance(PULLS_CABLE);
    const dropAt = this.#random.chance(this.#plan.dropRate) ? this.#random.between(0.1, 0.6) : undefined;
    const dropFor = this.#random.between(0.1, 0.3);

    if (!tokenFirst) await this.#plugIn();
    const verdict = await station.startCharging(idToken, id);
    if (verdict.status === 'Accepted' && tokenFirst && !this.#stopped) await this.#plugIn();
    const transaction = this.#evse.transaction;
    if (transaction !== undefined && !this.#stopped) {
      const from = transaction.startedAt;
      if (dropAt !== undefined)
        await this.#drop(from + length * dropAt * 1000, from + length * (dropAt + dropFor) * 1000);
      const end = from + length * 1000;
      await this.#until(end);
      if (this.#stopped) return;
      if (this.#evse.transaction === transaction && !pulls) station.stopCharging(id, 'Local', end);
    }
    this.#ended(
      verdict.status !== 'Accepted' ? 'refused' : transaction === undefined ? 'notStarted' : 'charged',
      idToken,
      verdict.status,
    );
    await this.#leave();
  }

  async #plugIn(): Promise<void> {
    await this.#until(this.#in(this.#random.between(1, AT_THE_PLUG)));
    if (!this.#stopped && this.#evse.vehicle === undefined) this.#station.plug(this.#evse.id);
    await this.#until(this.#in(this.#random.between(1, AT_THE_PLUG)));
  }

  async #leave(): Promise<void> {
    await this.#until(this.#in(this.#random.between(1, AT_THE_PLUG)));
    if (!this.#stopped && this.#evse.vehicle !== undefined) this.#station.unplug(this.#evse.id);
  }

  /** A session that the CSMS began: its vehicle goes when it has ended, or after the usual time. */
  async #attend(): Promise<void> {
    const end = this.#in(this.#plan.sessionLength);
    while (!this.#stopped && this.#evse.transaction !== undefined && this.#station.clock.now() < end) {
      await this.#until(this.#in(5));
    }
    if (this.#stopped) return;
    if (this.#evse.transaction !== undefined) this.#station.stopCharging(this.#evse.id);
    await this.#leave();
  }

  async #drop(from: number, to: number): Promise<void> {
    await this.#until(from);
    if (this.#stopped || !this.#station.online) return;
    this.#station.goOffline();
    await this.#until(to);
    this.#station.goOnline();
  }

  /** The moment so many simulated seconds from now. */
  #in(seconds: number): number {
    return this.#station.clock.now() + seconds * 1000;
  }

  #until(moment: number): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    return new Promise((resolve) => {
      const task: Task = this.#station.clock.at(moment, () => resolve());
      this.#wake = () => {
        task.cancel();
        resolve();
      };
    });
  }
}
