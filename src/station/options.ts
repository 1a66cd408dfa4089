import type { VersionName } from '../ocpp/versions/index.ts';
import type { Frame } from './frames.ts';
import type { LedgerTransaction } from './ledger.ts';
import type { outlets } from './power.ts';
import type { RegistrationState } from './registration.ts';
import type { Schedule } from './schedule.ts';

/** The Versions that a virtual station speaks. */
export type StationVersion = Exclude<VersionName, '1.5'>;

export interface StationOptions {
  /** Identity, the last part of the URL. */
  readonly id: string;
  readonly version: StationVersion;
  /** WebSocket endpoint without the identity, e.g. `ws://127.0.0.1:9000/ocpp`. */
  readonly url: string;
  /** Password of HTTP Basic; absent: none. 32 to 40 hex digits on 1.6 are sent as the bytes they stand for. */
  readonly password?: string | undefined;
  /** EVSEs with one connector each; 1 by default. */
  readonly connectors?: number | undefined;
  /** What they deliver; by default the seed decides between AC and DC. */
  readonly outlet?: keyof typeof outlets | undefined;
  /** What the station draws by lot (outlets, vehicles, noise) follows from it and from `id`. */
  readonly seed?: number | undefined;
  /** Simulated seconds per second; 1 by default. */
  readonly speed?: number | undefined;
  /** Initial settings by 1.6 key, or `Component.Variable` where 1.6 has none. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /** Transactions that the ledger keeps with their messages; all by default, none with 0. */
  readonly ledgerLimit?: number | undefined;
  /** Whether somebody plugs a vehicle in when the CSMS starts a transaction remotely; true by default. */
  readonly plugOnRemoteStart?: boolean | undefined;
  /** How long a reboot takes, simulated ms; 5000 by default. */
  readonly rebootTime?: number | undefined;
  readonly schedule?: Schedule | undefined;
}

/** A message as it passed. */
export interface SeenMessage {
  readonly direction: 'in' | 'out';
  readonly type: Frame['type'];
  readonly id: string;
  readonly action: string | undefined;
  readonly payload: unknown;
  readonly text: string;
}

export interface StationEvents {
  message: [message: SeenMessage];
  connected: [];
  disconnected: [code: number, reason: string];
  /** An attempt to connect failed. */
  refusedConnection: [reason: string];
  registration: [state: RegistrationState];
  transaction: [what: 'started' | 'ended', transaction: LedgerTransaction];
  /** The CSMS did not accept a token. */
  refused: [idToken: string];
  /** An EVSE's status as told. */
  status: [evseId: number, status: string];
  /** The CSMS did what it should not, or refused what it should not. */
  deviation: [what: string];
  /** A kept message was given up. */
  dropped: [action: string];
}

/** Characters of an identity that a URL's last part can carry in every Version. */
const IDENTITY = /^[^/\s]{1,48}$/;

/** @throws RangeError for options that cannot be. */
export function checkOptions({ id, url, connectors = 1, speed = 1 }: StationOptions): void {
  if (!IDENTITY.test(id)) throw new RangeError(`"${id}" is no identity: 1 to 48 characters without blank and slash`);
  if (!/^wss?:\/\//.test(url)) throw new RangeError(`the URL must begin with ws:// or wss://: ${url}`);
  if (!Number.isInteger(connectors) || connectors < 1) throw new RangeError('a station has at least one connector');
  if (!(speed > 0)) throw new RangeError('the speed must be greater than 0');
}
