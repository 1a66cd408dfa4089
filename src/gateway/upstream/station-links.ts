/** All upstreams of one station: what becomes of its messages, and when the connections are open. */
import type { Action, Payload, Version } from '../../ocpp/index.ts';
import type { QueueRow, TranslationRow } from '../ports.ts';
import type { Services } from '../services.ts';
import type { Station } from '../station.ts';
import { handlingOf } from './handling.ts';
import { introduce } from './introduction.ts';
import { UpstreamLink } from './link.ts';
import type { Item } from './queue.ts';
import type { Plan } from './routes.ts';
import { statePrefix } from './state-prefix.ts';
import { TransactionOwners } from './transaction-owners.ts';
import type { UpstreamDialer, UpstreamRow } from './types.ts';

export interface LinksEnvironment {
  readonly services: Services;
  readonly dialer: UpstreamDialer;
  upstream(name: string): UpstreamRow | undefined;
  turn(): Promise<void>;
}

/** What upstreams make of one message of a station. */
export interface Concern {
  /** JSON text of what the station is told when its owner does not say in time. */
  readonly answer: string;
  /** What the owner says, JSON text in the station's Version; absent when it is not waited for. */
  readonly owner: Promise<string | undefined> | undefined;
  /** The message is stored: it may go. */
  stored(): void;
}

export class StationLinks {
  readonly #station: Station;
  readonly #environment: LinksEnvironment;
  readonly #links = new Map<string, UpstreamLink>();
  readonly #owners: TransactionOwners;
  readonly #left: { translation: readonly TranslationRow[]; queue: readonly QueueRow[] };
  #plan: Plan;
  readonly #grace = new Map<string, NodeJS.Timeout>();

  constructor(station: Station, plan: Plan, environment: LinksEnvironment) {
    this.#station = station;
    this.#environment = environment;
    this.#plan = plan;
    this.#left = station.ofUpstreams ?? { translation: [], queue: [] };
    station.ofUpstreams = undefined;
    this.#owners = new TransactionOwners(station, this.#left.translation);
    this.follow(plan);
  }

  [Symbol.iterator](): IterableIterator<UpstreamLink> {
    return this.#links.values();
  }

  get(upstream: string): UpstreamLink | undefined {
    return this.#links.get(upstream);
  }

  /** True while a connection is open, or may be: the station must stay in memory. */
  get isActive(): boolean {
    for (const { connection } of this.#links.values()) if (connection.state !== 'closed') return true;
    return false;
  }

  /** Goes by a new plan from now on. An upstream that is left gets what it has not taken yet, and then no more. */
  follow(plan: Plan): void {
    this.#plan = plan;
    const wanted = new Set([...(plan.owner === undefined ? [] : [plan.owner]), ...plan.observers]);
    for (const { upstream } of this.#left.queue) if (!this.#links.has(upstream)) this.#make(upstream);
    for (const name of this.#owners.names()) if (!this.#links.has(name)) this.#make(name);
    for (const name of wanted) if (!this.#links.has(name)) this.#make(name);
    for (const [name, link] of this.#links) {
      link.role = name === plan.owner ? 'owner' : plan.observers.includes(name) ? 'observer' : 'former';
      link.allow = plan.allow;
      if (link.role === 'former' && !this.#isNeeded(name, link)) this.#closeSoon(name, link);
      else if (this.#station.connection !== undefined) this.#open(name, link);
    }
  }

  /** The definition of an upstream has changed: its connection is made anew. */
  renew(name: string): void {
    const upstream = this.#environment.upstream(name);
    if (upstream !== undefined) this.#links.get(name)?.use(upstream);
  }

  /** The upstream is gone, and what waited for it. */
  forget(name: string): void {
    const link = this.#links.get(name);
    this.#links.delete(name);
    this.#owners.forget(name);
    link?.end();
  }

  #make(name: string): void {
    const upstream = this.#environment.upstream(name);
    if (upstream === undefined) return;
    const { services, dialer, turn } = this.#environment;
    const prefix = statePrefix(name);
    const idle = () => {
      const left = this.#links.get(name);
      if (left?.role === 'former' && !this.#isNeeded(name, left)) this.#closeSoon(name, left);
    };
    const link = new UpstreamLink(
      { station: this.#station, services, upstream, dialer, turn, idle },
      this.#left.queue.filter((row) => row.upstream === name),
      this.#left.translation.filter(({ table }) => table.startsWith(prefix)),
    );
    this.#links.set(name, link);
  }

  /** The station has connected. */
  opened(): void {
    for (const [name, link] of this.#links)
      if (link.role !== 'former' || this.#isNeeded(name, link)) this.#open(name, link);
  }

  /** An upstream that is left has something to hear yet. */
  #isNeeded(name: string, link: UpstreamLink): boolean {
    return link.queue.length > 0 || this.#owners.has(name);
  }

  #open(name: string, link: UpstreamLink): void {
    clearTimeout(this.#grace.get(name));
    this.#grace.delete(name);
    if (link.connection.state !== 'closed') {
      link.runTasks();
      return;
    }
    if (!link.knowsBoot) link.waitFor(introduce(link));
    link.connection.open();
  }

  /** The station's connection is gone; those of its upstreams follow after their time of grace. */
  closed(): void {
    for (const [name, link] of this.#links) this.#closeSoon(name, link);
  }

  #closeSoon(name: string, link: UpstreamLink): void {
    if (link.connection.state === 'closed' || this.#grace.has(name)) return;
    const timer = setTimeout(() => {
      this.#grace.delete(name);
      link.connection.close('the station is not connected');
    }, link.upstream.gracePeriod * 1000).unref();
    this.#grace.set(name, timer);
  }

  end(): void {
    for (const timer of this.#grace.values()) clearTimeout(timer);
    for (const link of this.#links.values()) link.end();
  }

  // ----------------------------------------------------------------------------------------------------------- its messages

  /**
   * Takes in a message that the station is about to be answered.
   * @param text JSON text of the payload as the station sent it
   * @param payload the same, valid
   * @param answer what is answered here
   */
  concern(version: Version, action: Action, text: string, payload: Payload, answer: string, now: number): Concern {
    const name = this.#owners.of(payload, JSON.parse(answer) as Payload, this.#plan.owner);
    const owner = name === undefined ? undefined : this.#links.get(name);
    const { awaited = false, kept } = handlingOf(action.name);
    // A question need not be stored before it is asked, only before it is answered: the one does not wait for the other.
    const atOnce = kept === 'none';
    let told = answer;
    if (owner !== undefined && awaited)
      told = JSON.stringify(owner.policy(action.name, version.boot, payload, JSON.parse(answer) as Payload));
    const items: [UpstreamLink, Item][] = [];
    let waits: Promise<string | undefined> | undefined;
    for (const link of this.#links.values()) {
      // The owner of a transaction that began elsewhere is not told of it.
      if (link !== owner && link.role !== 'observer') continue;
      const sent = link.version === version ? text : JSON.stringify(payload);
      const message = { version: version.name, action: action.name, payload: sent, answer: told };
      const item = link.take(message, payload, now, atOnce);
      if (item === undefined) continue;
      items.push([link, item]);
      if (link === owner && awaited && link.isThere)
        waits = new Promise((resolve) => {
          item.settle = resolve;
        });
    }
    if (atOnce) for (const [link] of items) link.pump();
    return {
      answer: told,
      owner: waits === undefined ? undefined : within(waits, (owner as UpstreamLink).upstream.answerTimeout * 1000),
      stored: () => {
        for (const [link, item] of items) {
          item.ready = true;
          link.pump();
        }
      },
    };
  }

  /** A Heartbeat, which is answered here at once. */
  heartbeat(version: Version, text: string, answer: string, now: number): void {
    const message = { version: version.name, action: version.heartbeat, payload: text, answer };
    for (const link of this.#links.values()) {
      if (link.role === 'former') continue;
      if (link.take(message, {}, now, true) !== undefined) link.pump();
    }
  }
}

/** `undefined` when it takes longer. @param time ms */
function within<T>(promise: Promise<T>, time: number): Promise<T | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), time);
    void promise.then((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
}
