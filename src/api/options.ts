/** What the API is given to work with. */
import type { FastifyBaseLogger } from 'fastify';
import type { Registry } from 'prom-client';
import type { GatewayFace, Store, UpstreamFace } from '../gateway/ports.ts';
import type { VersionName } from '../ocpp/index.ts';

/** One event as it is told: CloudEvents 1.0 in JSON text. */
export interface FeedItem {
  readonly seq: number;
  readonly type: string;
  readonly json: string;
}

export interface FeedFilter {
  /** Only types that begin with one of these. */
  readonly types?: readonly string[] | undefined;
  readonly stationId?: string | undefined;
}

/** Where events come from; `EventStream` of `src/events` is one. */
export interface EventFeed {
  /**
   * Every event after `after` (absent: after this call), in order, each once, for as long as `signal` allows. Batches are never
   * empty; the next is read when it is asked for.
   * @throws StoreUnavailable, also while iterating
   */
  open(
    options: FeedFilter & { readonly after?: number | undefined; readonly signal: AbortSignal },
  ): Promise<AsyncIterable<readonly FeedItem[]>>;
  /** Up to `limit` events after `after`, those that are there now, and how far this reading got. */
  page(
    options: FeedFilter & { readonly after?: number | undefined; readonly limit: number },
  ): Promise<{ readonly items: readonly FeedItem[]; readonly upTo: number; readonly more: boolean }>;
}

/** Where stations connect: shown on the start page. `url` holds `{stationId}` where the id goes. */
export interface StationUrl {
  readonly version: VersionName;
  readonly transport: 'json' | 'soap';
  readonly url: string;
}

export interface ApiOptions {
  readonly store: Store;
  readonly gateway: GatewayFace;
  readonly upstreams: UpstreamFace;
  readonly events: EventFeed;
  readonly metrics: Registry;
  /** The one key; whoever has it may do everything. */
  readonly adminKey: string;
  /** A pino instance. */
  readonly logger: FastifyBaseLogger;
  /** Of this software, e.g. `0.1.0`. */
  readonly version: string;
  readonly stationUrls: readonly StationUrl[];
  /** What the start page proposes to try next. */
  readonly nextCommand?: string | undefined;
  /** Milliseconds between comments that keep an idle event stream open; 15,000 when absent. */
  readonly heartbeat?: number | undefined;
}
