import { type Version, type VersionName, versionByName } from '../ocpp/index.ts';
import { Calls } from './calls.ts';
import { Outbound } from './command.ts';
import type { JsonObject, Link, Session } from './ports.ts';
import { receive } from './receive.ts';
import type { Services } from './services.ts';
import type { Station } from './station.ts';
import { runTasks } from './tasks.ts';

/** Of a timer, ms. */
const LONGEST_DELAY = 0x7fffffff;

/** One connection of one station. Everything that ends with the connection lives here; what outlives it in {@link Station}. */
export class Connection implements Session {
  readonly station: Station;
  readonly version: Version;
  readonly link: Link;
  readonly services: Services;
  readonly calls: Calls;
  /** ms since 1970 */
  readonly openedAt: number;
  /** Actions that a station which is not accepted yet was asked for (B02.FR.02), and until when it may send them. */
  asked: Map<string, number> | undefined;
  #outbound: Outbound | undefined;
  #held: string[] | undefined;
  #alarm: NodeJS.Timeout | undefined;
  #wakesAt: number | undefined;
  /** Commands that wait until the station can be called. */
  readonly #waiting: (() => void)[] = [];
  #isClosed = false;
  #onClosed: (connection: Connection, code: number, reason: string) => void;

  constructor(
    station: Station,
    version: VersionName,
    link: Link,
    services: Services,
    onClosed: (connection: Connection, code: number, reason: string) => void,
  ) {
    this.station = station;
    this.version = versionByName(version);
    this.link = link;
    this.services = services;
    this.calls = new Calls(
      this.version,
      (frame) => link.send(frame),
      (id) => link.giveUp?.(id),
    );
    this.openedAt = services.now();
    this.#onClosed = onClosed;
  }

  /** What is to be sent to the station, in its turn. */
  get outbound(): Outbound {
    this.#outbound ??= new Outbound();
    return this.#outbound;
  }

  /** False as soon as a newer connection of the station has been opened, or this one closed. */
  get isCurrent(): boolean {
    return this.station.connection === this;
  }

  /** False while the station has no address to be called at. */
  get isCallable(): boolean {
    return this.link.callable?.isCallable !== false;
  }

  /** Resolves when the station can be called or the connection is gone; `undefined`: it can be called now. */
  get whenCallable(): Promise<void> | undefined {
    if (this.isCallable || this.#isClosed) return undefined;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  callable(): void {
    for (const go of this.#waiting.splice(0)) go();
    runTasks(this);
  }

  unanswered(id: string, reason: string, sent: boolean): void {
    this.calls.unanswered(id, reason, sent);
  }

  remember(linkState: JsonObject): void {
    const { station, services } = this;
    if (!this.isCurrent) return;
    station.setRow({ ...station.row, linkState });
    if (!services.commits.accepting) return;
    services.commits.commit(station.takeChanges([], services.now())).catch((error: unknown) => {
      services.log.error({ station: station.id, err: error }, 'when a station was last heard of was not stored');
    });
  }

  receive(frame: string): void {
    if (this.station.retired) return;
    if (this.#held !== undefined) this.#held.push(frame);
    else receive(this, frame);
  }

  /** Holds back the frames that come in while `work` looks something up, so that they are taken in order. */
  hold(work: Promise<unknown>): void {
    const held: string[] = [];
    this.#held = held;
    void work.finally(() => {
      this.#held = undefined;
      for (const [index, frame] of held.entries()) {
        if (this.#held !== undefined) {
          // Held again by one of them: the rest waits too.
          (this.#held as string[]).push(...held.slice(index));
          return;
        }
        receive(this, frame);
      }
    });
  }

  /**
   * Runs `then` at a time (or earlier, when that is very far off), once, as long as the connection lasts; instead of what was to be
   * run before. Asked again for the same time it does nothing: that is after every message.
   * @param at ms since 1970
   */
  wake(at: number, then: () => void): void {
    if (at === this.#wakesAt) return;
    clearTimeout(this.#alarm);
    this.#wakesAt = at;
    const ring = () => {
      this.#wakesAt = undefined;
      then();
    };
    this.#alarm = setTimeout(ring, Math.min(at - this.services.now(), LONGEST_DELAY)).unref();
  }

  closed(code: number, reason: string): void {
    this.#isClosed = true;
    clearTimeout(this.#alarm);
    this.calls.close();
    for (const go of this.#waiting.splice(0)) go();
    this.#onClosed(this, code, reason);
  }
}
