/** Many stations at once, and waiting for them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Script, type ScriptName, scripts } from './scripts.ts';
import { type Endpoint, type Phase, Station, Tally } from './station.ts';

const openAtOnce = 100;
/** Longest time without progress before waiting ends. */
const patienceMs = 15_000;

export class Fleet {
  readonly stations: Station[] = [];
  readonly tally = new Tally();
  /** Told of every change of phase. */
  onChange: ((station: Station) => void) | undefined;
  readonly #endpoint: Endpoint;
  readonly #script: Script;
  readonly #prefix: string;
  #closing = false;

  constructor(endpoint: Endpoint, script: ScriptName, prefix: string) {
    this.#endpoint = endpoint;
    this.#script = scripts[script];
    this.#prefix = prefix;
  }

  /** A station that does not connect yet. */
  add(): Station {
    const id = `${this.#prefix}${String(this.stations.length + 1).padStart(5, '0')}`;
    const station = new Station(id, this.#script, this.#endpoint, this.tally, (changed) => this.onChange?.(changed));
    this.stations.push(station);
    return station;
  }

  /** Grows to `count` stations, a hundred at a time under way, until all are ready. @throws when they do not get there. */
  async open(count: number): Promise<void> {
    const begin = this.stations.length;
    for (let i = begin; i < count; i++) {
      const station = this.add();
      station.connect();
      if ((i + 1) % openAtOnce === 0) await this.reach('ready', this.stations.slice(Math.max(0, i + 1 - openAtOnce)));
    }
    await this.reach('ready', this.stations.slice(begin));
  }

  /** Until every one of `stations` is in `phase`. @throws when one is lost or nothing moves for a while. */
  async reach(phase: Phase, stations: readonly Station[] = this.stations): Promise<void> {
    let missing = Number.POSITIVE_INFINITY;
    let movedAt = performance.now();
    for (;;) {
      const left = stations.filter((station) => station.phase !== phase);
      if (left.length === 0) return;
      const lost = left.find((station) => station.phase === 'lost');
      if (lost !== undefined) throw new Error(`${lost.id} is lost: ${lost.lostBecause}`);
      if (left.length < missing) {
        missing = left.length;
        movedAt = performance.now();
      } else if (performance.now() - movedAt > patienceMs) {
        throw new Error(
          `${left.length} stations never got ${phase}, ${left[0]?.id} is ${left[0]?.phase}; ${this.tally.samples.join('; ')}`,
        );
      }
      await sleep(10);
    }
  }

  get unanswered(): number {
    return this.stations.filter((station) => station.waiting).length;
  }

  /** Connections lost that nobody here closed become errors. */
  watchLosses(): void {
    this.onChange = (station) => {
      if (station.phase === 'lost' && !this.#closing) this.tally.error(`${station.id} is lost: ${station.lostBecause}`);
    };
  }

  /** Closes all properly. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const station of this.stations) station.close();
    const deadline = performance.now() + patienceMs;
    while (this.stations.some((station) => station.phase !== 'lost') && performance.now() < deadline) await sleep(10);
    for (const station of this.stations) if (station.phase !== 'lost') station.drop();
  }
}
