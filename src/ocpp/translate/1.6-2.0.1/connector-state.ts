/** What was last said of each connector, in 1.6 numbering and 1.6 words (0: the whole station). */
import type { Context } from '../context.ts';

const TABLE = 'connector';

export interface ConnectorState {
  /** The 1.6 status: as the station said it, or as it was told for it. */
  readonly status: string;
  /** The 2.x status: what the CSMS was last told, or what the station last said. `undefined`: nothing yet. */
  readonly newer: string | undefined;
  readonly errorCode: string;
  /** Set when the station has booted since: the CSMS is told again, even if nothing changed. */
  readonly stale?: true;
}

export const connectorState = (connectorId: number, context: Context): ConnectorState | undefined =>
  context.state.get<ConnectorState>(TABLE, String(connectorId));

export function saveConnector(connectorId: number, state: ConnectorState, context: Context): void {
  const before = connectorState(connectorId, context);
  const same =
    before !== undefined &&
    before.status === state.status &&
    before.newer === state.newer &&
    before.errorCode === state.errorCode &&
    before.stale === state.stale;
  if (!same) context.state.set(TABLE, String(connectorId), state);
}

/** The last 1.6 status of a connector. */
export const lastStatus = (connectorId: number, context: Context): string | undefined =>
  connectorState(connectorId, context)?.status;

/** A station that has booted tells every status anew (2.0.1 B01.FR.05), and its CSMS expects that. */
export function tellAllAgain(context: Context): void {
  for (const [key, state] of [...context.state.rows<ConnectorState>(TABLE)]) {
    context.state.set(TABLE, key, { ...state, stale: true } satisfies ConnectorState);
  }
}

/** Connectors of which nothing was heard since the station has booted. */
export const staleConnectors = (context: Context): readonly number[] =>
  [...context.state.rows<ConnectorState>(TABLE)].flatMap(([key, { stale }]) => (stale === true ? [Number(key)] : []));
