/** What is stored of upstream CSMSs, and the interfaces towards them. All times are milliseconds since 1970 (UTC) unless a name says otherwise. */
import type { VersionName } from '../../ocpp/index.ts';

/** A CSMS that the gateway connects to on behalf of stations. */
export interface UpstreamRow {
  readonly name: string;
  /** `ws:` or `wss:`; a station's identity is appended to its path. */
  readonly url: string;
  readonly version: VersionName;
  /** HTTP Basic, with the station's identity as user; `null`: none. */
  readonly password: string | null;
  /** Sent with every handshake. */
  readonly headers: Readonly<Record<string, string>>;
  /** PEM: whom to trust besides the usual authorities, and what to show as a client. */
  readonly ca: string | null;
  readonly certificate: string | null;
  readonly privateKey: string | null;
  /** Seconds between pings; 0: none. */
  readonly pingInterval: number;
  /** Seconds that its connection outlives the station's. */
  readonly gracePeriod: number;
  /** Seconds that a station waits for its answer before it is answered here. */
  readonly answerTimeout: number;
  /** Attempts at a message that it refuses to process before the message is parked. */
  readonly attempts: number;
}

/** Which stations a {@link RouteRow} is for; what is absent is not asked for. */
export interface RouteMatch {
  /** Shell-like pattern: `*` and `?`. */
  readonly stationId?: string;
  readonly version?: VersionName;
  readonly vendorName?: string;
  readonly model?: string;
}

/** Who answers the stations that match, and who is told. */
export interface RouteRow {
  readonly name: string;
  readonly match: RouteMatch;
  /** Name of an upstream, or {@link builtin}. */
  readonly owner: string;
  readonly observers: readonly string[];
  /** HEAD Actions that observers may send to the stations. */
  readonly allow: readonly string[];
  /** Of several routes that match, the one with the highest holds; of equal ones the first by name. */
  readonly priority: number;
}

/** The owner of stations that no upstream answers. */
export const builtin = 'builtin';

/** A station's message on its way to an upstream. */
export interface QueuedMessage {
  /** The message id that it is sent with, each time. */
  readonly id: string;
  readonly version: VersionName;
  readonly action: string;
  /** JSON text of the payload, as the station sent it. */
  readonly payload: string;
  /** JSON text of what the station was told when the message was taken in. */
  readonly answer: string;
  /** The owner was not there to answer it. */
  readonly away: boolean;
  /** Of messages with the same key only the newest is kept; `null`: all are. */
  readonly key: string | null;
  /** How often the upstream refused to process it, and what it said last. */
  readonly attempts: number;
  readonly error: string | null;
}

/** One row of the queue; `message` `null` deletes it. */
export interface QueueRow {
  readonly stationId: string;
  readonly upstream: string;
  /** Ascending for each station and upstream. */
  readonly number: number;
  /** When the station sent it. */
  readonly at: number;
  readonly parkedAt: number | null;
  readonly message: QueuedMessage | null;
}

/** Small things that are read once and kept in memory. */
export interface Definitions<Row> {
  all(): Promise<readonly Row[]>;
  put(row: Row): Promise<void>;
  delete(name: string): Promise<void>;
}

// -------------------------------------------------------------------------------------------------------------- the wire

/** An open, or opening, connection to an upstream as one station. */
export interface UpstreamSocket {
  send(frame: string): void;
  close(code: number, reason: string): void;
}

/** What is told of an {@link UpstreamSocket}. After `closed` nothing more is. */
export interface UpstreamSession {
  opened(): void;
  receive(frame: string): void;
  closed(code: number, reason: string): void;
}

/** Makes connections to upstreams. */
export interface UpstreamDialer {
  dial(upstream: UpstreamRow, stationId: string, session: UpstreamSession): UpstreamSocket;
}

// --------------------------------------------------------------------------------------------------- the face for the API

export type LinkState = 'closed' | 'waiting' | 'connecting' | 'open';

/** One station's connection to one upstream, as it is now. */
export interface LinkView {
  readonly upstream: string;
  readonly stationId: string;
  readonly role: LinkRole;
  readonly state: LinkState;
  /** Since when it is open. */
  readonly openedAt: number | null;
  /** Messages that wait, without the parked ones. */
  readonly queued: number;
  /** When the oldest of them was sent by the station. */
  readonly oldestAt: number | null;
  readonly parked: number;
  /** Failed attempts to connect since it was last open. */
  readonly failures: number;
  readonly lastError: string | null;
}

/** `former`: no route leads there any more, and it is still to be told what it has missed. */
export type LinkRole = 'owner' | 'observer' | 'former';

/** What the API uses. */
export interface UpstreamFace {
  readonly upstreams: ReadonlyMap<string, UpstreamRow>;
  readonly routes: ReadonlyMap<string, RouteRow>;
  /** Whether it is new. */
  /** Whether a route leads there, or a station has to do with it. */
  isUsed(name: string): boolean;
  putUpstream(row: UpstreamRow): Promise<boolean>;
  /** What became of it; `routes` name those that lead to it. */
  deleteUpstream(name: string): Promise<'deleted' | 'unknown' | { readonly routes: readonly string[] }>;
  putRoute(row: RouteRow): Promise<boolean>;
  deleteRoute(name: string): Promise<boolean>;
  links(): Iterable<LinkView>;
  /** The parked messages of a station that is in memory. */
  parked(upstream: string, stationId: string): readonly QueueRow[];
  /** Sends a parked message once more, or drops it. False when there is none of this number. */
  settleParked(upstream: string, stationId: string, number: number, what: 'retry' | 'drop'): Promise<boolean>;
}
