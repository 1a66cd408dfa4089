/** What is remembered of remote starts until the transaction begins. */
import type { Context } from '../context.ts';
import { mirroredInteger } from './configuration-mirror.ts';
import type { IdToken } from './tokens.ts';

const TABLE = 'remoteStart';
/** How long a station waits for the car where its ConnectionTimeOut is not known, in s: what stations use at most. */
const CONNECTION_TIMEOUT = 300;
/** The message of the transaction may take as long on its way, in s. */
const MARGIN = 60;

const lifetime = (context: Context): number =>
  ((mirroredInteger('ConnectionTimeOut', context) ?? CONNECTION_TIMEOUT) + MARGIN) * 1000;

export interface RemoteStart {
  readonly remoteStartId: number;
  readonly token: IdToken;
  readonly idTag: string;
  /** 1.6 connector; `undefined`: the station's choice. */
  readonly connectorId: number | undefined;
  readonly expires: number;
}

export function rememberRemoteStart(start: Omit<RemoteStart, 'expires'>, context: Context): void {
  context.state.set(
    TABLE,
    String(start.remoteStartId),
    { ...start, expires: context.now() + lifetime(context) } satisfies RemoteStart,
    50,
  );
}

export const forgetRemoteStart = (remoteStartId: number, context: Context): void =>
  context.state.delete(TABLE, String(remoteStartId));

/** The remote start that a StartTransaction fulfils; it is used up. */
export function takeRemoteStart(idTag: string, connectorId: number, context: Context): RemoteStart | undefined {
  for (const [key, start] of [...context.state.rows<RemoteStart>(TABLE)]) {
    if (start.expires < context.now()) {
      context.state.delete(TABLE, key);
      continue;
    }
    const fits = start.connectorId === undefined || start.connectorId === connectorId;
    if (fits && start.idTag.toLowerCase() === idTag.toLowerCase()) {
      context.state.delete(TABLE, key);
      return start;
    }
  }
  return undefined;
}

export const remoteStartById = (remoteStartId: number, context: Context): RemoteStart | undefined =>
  context.state.get<RemoteStart>(TABLE, String(remoteStartId));

/** The next remoteStartId that this gateway gives out for a 1.6 CSMS. */
export function nextRemoteStartId(context: Context): number {
  const next = (context.state.get<number>('counter', 'remoteStartId') ?? 0) + 1;
  context.state.set('counter', 'remoteStartId', next);
  return next;
}
