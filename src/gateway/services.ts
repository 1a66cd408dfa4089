import type { TranslationSettings, Version, VersionName } from '../ocpp/index.ts';
import type { Decide, DecisionSettings, TokenView } from './decision.ts';
import type { Commits, Store, TokenRow } from './ports.ts';
import type { Station } from './station.ts';
import type { Statistics } from './statistics.ts';
import type { Upstreams } from './upstream/upstreams.ts';

/** The part of pino that is used here. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Tokens in memory, changed together with what is stored. */
export interface TokenDirectory extends TokenView {
  put(token: TokenRow): void;
  delete(idToken: string): void;
  /** A transaction of the token has begun (or was found open at the start). */
  began(transactionId: string, idToken: string): void;
  ended(transactionId: string): void;
}

export interface GatewaySettings extends DecisionSettings {
  readonly translation: TranslationSettings;
  /** Unknown stations that are refused learn no more than those with a wrong password. */
  readonly hideUnknown: boolean;
  /** What becomes of messages of a station that is Pending; those that ask to charge are refused in any case. */
  readonly earlyMessages: 'refuse' | 'take';
  /** How long a Call to a station may take, in ms. */
  readonly callTimeout: number;
  /** Commands that may wait for one station. */
  readonly maxQueuedCommands: number;
  /** Disconnected stations whose state is kept in memory. */
  readonly maxIdleStations: number;
  /** Store Heartbeats too; they are answered at once either way. */
  readonly journalHeartbeats: boolean;
}

/** Numbers that are reserved durably before one is used. */
export interface NumberSource {
  /** @throws StoreUnavailable when none is left and storage does not answer */
  next(): number;
}

/** What every part of the gateway works with. */
export interface Services {
  readonly store: Store;
  readonly commits: Commits;
  readonly head: Version;
  readonly decide: Decide;
  /** False for a Version that there is no way to HEAD from. */
  translatable(version: VersionName): boolean;
  readonly tokens: TokenDirectory;
  readonly settings: GatewaySettings;
  readonly transactionIds: NumberSource;
  /** CSMSs that stations are put through to; absent: all are answered here. */
  readonly upstreams?: Upstreams;
  readonly statistics: Statistics;
  readonly log: Log;
  /** ms since 1970 */
  now(): number;
  /** A new UUID. */
  newId(): string;
  /** Throws a station's state in memory away: it is ahead of what is stored. Its connection is closed. */
  discard(station: Station): void;
}
