/** The upstreams and routes, and the stations that they concern. */
import type { Connection } from '../connection.ts';
import type { Definitions } from '../ports.ts';
import type { Services } from '../services.ts';
import type { Station } from '../station.ts';
import { planFor } from './routes.ts';
import { type LinksEnvironment, StationLinks } from './station-links.ts';
import type { LinkView, QueueRow, RouteRow, UpstreamDialer, UpstreamFace, UpstreamRow } from './types.ts';

/** Connections that may be begun in a second. */
const PER_SECOND = 50;

export interface UpstreamsOptions {
  readonly upstreams: Definitions<UpstreamRow>;
  readonly routes: Definitions<RouteRow>;
  readonly dialer: UpstreamDialer;
}

export class Upstreams implements UpstreamFace {
  readonly #options: UpstreamsOptions;
  readonly #upstreams = new Map<string, UpstreamRow>();
  readonly #routes = new Map<string, RouteRow>();
  /** Stations that have links, and those that are connected. */
  readonly #stations = new Map<string, Station>();
  #environment: LinksEnvironment | undefined;
  #nextTurn = 0;

  private constructor(options: UpstreamsOptions) {
    this.#options = options;
  }

  /** Reads what is stored. */
  static async open(options: UpstreamsOptions): Promise<Upstreams> {
    const opened = new Upstreams(options);
    for (const row of await options.upstreams.all()) opened.#upstreams.set(row.name, row);
    for (const row of await options.routes.all()) opened.#routes.set(row.name, row);
    return opened;
  }

  get upstreams(): ReadonlyMap<string, UpstreamRow> {
    return this.#upstreams;
  }

  get routes(): ReadonlyMap<string, RouteRow> {
    return this.#routes;
  }

  // ------------------------------------------------------------------------------------------------------------ for stations

  /** A station has connected. Before its first message is taken in. */
  connected({ station, services }: Connection): void {
    this.#stations.set(station.id, station);
    this.#route(station, services);
    station.links?.opened();
  }

  /** The station's facts may have changed, or the routes. */
  #route(station: Station, services: Services): void {
    const plan = planFor(station.row, this.#routes.values());
    if (station.links !== undefined) station.links.follow(plan);
    else if (plan.owner !== undefined || plan.observers.length > 0 || station.ofUpstreams !== undefined) {
      this.#environment ??= {
        services,
        dialer: this.#options.dialer,
        upstream: (name) => this.#upstreams.get(name),
        turn: () => this.#turn(services),
      };
      station.links = new StationLinks(station, plan, this.#environment);
    }
  }

  /** A station has said what it is: another route may hold now. */
  booted(connection: Connection): void {
    if (this.#routes.size > 0) this.#route(connection.station, connection.services);
  }

  disconnected(station: Station): void {
    station.links?.closed();
    if (station.links === undefined) this.#stations.delete(station.id);
  }

  /** The actor is thrown away. */
  retired(station: Station): void {
    station.links?.end();
    station.links = undefined;
    if (this.#stations.get(station.id) === station) this.#stations.delete(station.id);
  }

  /** Connections are begun one after the other: ten thousand stations may come at once. */
  #turn(services: Services): Promise<void> {
    const now = services.now();
    const wait = Math.max(0, this.#nextTurn - now);
    this.#nextTurn = now + wait + 1000 / PER_SECOND;
    // A few at once wait for nobody.
    return wait < 1000 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, wait - 1000).unref());
  }

  #routeAll(): void {
    const services = this.#environment?.services ?? [...this.#stations.values()][0]?.connection?.services;
    if (services === undefined) return;
    for (const station of this.#stations.values()) this.#route(station, services);
  }

  // ------------------------------------------------------------------------------------------------------------- for the API

  async putUpstream(row: UpstreamRow): Promise<boolean> {
    const isNew = !this.#upstreams.has(row.name);
    await this.#options.upstreams.put(row);
    this.#upstreams.set(row.name, row);
    for (const { links } of this.#stations.values()) links?.renew(row.name);
    return isNew;
  }

  isUsed(name: string): boolean {
    if (this.routesTo(name).length > 0) return true;
    for (const { links } of this.#stations.values()) if (links?.get(name) !== undefined) return true;
    return false;
  }

  routesTo(name: string): readonly string[] {
    return [...this.#routes.values()]
      .filter(({ owner, observers }) => owner === name || observers.includes(name))
      .map((route) => route.name);
  }

  async deleteUpstream(name: string): Promise<'deleted' | 'unknown' | { readonly routes: readonly string[] }> {
    if (!this.#upstreams.has(name)) return 'unknown';
    const routes = this.routesTo(name);
    if (routes.length > 0) return { routes };
    this.#upstreams.delete(name);
    for (const { links } of this.#stations.values()) links?.forget(name);
    await this.#options.upstreams.delete(name);
    return 'deleted';
  }

  async putRoute(row: RouteRow): Promise<boolean> {
    const isNew = !this.#routes.has(row.name);
    await this.#options.routes.put(row);
    this.#routes.set(row.name, row);
    this.#routeAll();
    return isNew;
  }

  async deleteRoute(name: string): Promise<boolean> {
    if (!this.#routes.has(name)) return false;
    await this.#options.routes.delete(name);
    this.#routes.delete(name);
    this.#routeAll();
    return true;
  }

  *links(): IterableIterator<LinkView> {
    for (const { links } of this.#stations.values()) for (const link of links ?? []) yield link.view;
  }

  parked(upstream: string, stationId: string): readonly QueueRow[] {
    const link = this.#stations.get(stationId)?.links?.get(upstream);
    return link === undefined ? [] : [...link.queue.parked.values()].map(({ row }) => row);
  }

  async settleParked(upstream: string, stationId: string, number: number, what: 'retry' | 'drop'): Promise<boolean> {
    const link = this.#stations.get(stationId)?.links?.get(upstream);
    return link === undefined ? false : link.settleParked(number, what);
  }

  /** Closes every connection; what was not taken is stored. */
  close(): void {
    for (const { links } of this.#stations.values()) links?.end();
  }
}
