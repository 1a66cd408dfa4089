/** What is remembered of the connectors of a 1.5 station, to tell which of five states of 1.6 its Occupied is. */
import type { Context } from '../context.ts';
import { forward, type Outcome, type Payload } from '../outcome.ts';

const TABLE = '1.5 connector';
/** More connectors than any station has: of what a broken one invents beyond them the oldest are forgotten. */
const LIMIT = 200;
/** How long no power must have flowed for the car to count as the one that wants none, in ms. */
const IDLE_AFTER = 60_000;

/** A transaction that goes on. */
export interface Running {
  readonly number: number;
  readonly idTag: string;
  /** When the CSMS asked to stop it, ms since 1970; absent: it has not, or the station would not. */
  readonly stopAsked?: number;
}

export interface Connector {
  /** The last StatusNotification in 1.6 form, without timestamp: as the station said it, and what was made of it since. */
  readonly status?: Payload;
  readonly transaction?: Running;
  /** A transaction has ended here, and the connector has not been free since. */
  readonly finishing?: true;
  /** Since when no power flows in the transaction, ms since 1970 by the station's clock. */
  readonly idleSince?: number;
}

/** Statuses of 1.6 that 1.5 calls Occupied. */
const occupied: ReadonlySet<unknown> = new Set(['Preparing', 'Charging', 'SuspendedEV', 'SuspendedEVSE', 'Finishing']);

const unknown: Connector = {};

export const connectorOf = (connectorId: number, context: Context): Connector =>
  context.state.get<Connector>(TABLE, String(connectorId)) ?? unknown;

/** Changes what is known of a connector; a field set to `undefined` is forgotten. */
export function saveConnector(
  connectorId: number,
  changes: { readonly [Field in keyof Connector]: Connector[Field] | undefined },
  context: Context,
): void {
  const before = context.state.get<Connector>(TABLE, String(connectorId));
  // Text of JSON has no fields that are undefined.
  const after = JSON.stringify({ ...before, ...changes });
  if (before !== undefined && JSON.stringify({ ...before }) === after) return;
  context.state.set(TABLE, String(connectorId), JSON.parse(after), LIMIT);
}

/** Remembers that the station has this connector. */
export const seen = (connectorId: number, context: Context): void => saveConnector(connectorId, {}, context);

/** Every connector known, 0 (the station) among them, ascending. */
export const connectors = (context: Context): readonly number[] =>
  [...context.state.rows(TABLE)].map(([key]) => Number(key)).sort((a, b) => a - b);

/** The connector on which a transaction goes on. A number that says nothing (−1, 0, unknown) can only mean the one there is. */
export function connectorRunning(number: number, context: Context): number | undefined {
  const running: number[] = [];
  for (const [key, { transaction }] of context.state.rows<Connector>(TABLE)) {
    if (transaction?.number === number) return Number(key);
    if (transaction !== undefined) running.push(Number(key));
  }
  return running.length === 1 ? running[0] : undefined;
}

/** What Occupied means in 1.6. @param at ms since 1970 */
function occupiedAs({ transaction, finishing, idleSince }: Connector, at: number): string {
  if (transaction === undefined) return finishing === true ? 'Finishing' : 'Preparing';
  return idleSince !== undefined && at - idleSince > IDLE_AFTER ? 'SuspendedEV' : 'Charging';
}

/** 1.5 status → 1.6 status of this connector, at a time in ms since 1970. */
export const statusAt = (older: string, connector: Connector, at: number): string =>
  older === 'Occupied' ? occupiedAs(connector, at) : older;

/** The status to tell of a connector at a time in ms since 1970; `undefined`: the station has said nothing yet. */
export function presentStatus(connector: Connector, at: number): Payload | undefined {
  const { status } = connector;
  return status !== undefined && occupied.has(status.status)
    ? { ...status, status: occupiedAs(connector, at) }
    : status;
}

/** Tells the CSMS the status that a connector has come to without a word of the station; then goes on. */
export function tellStatus(connectorId: number, timestamp: string, context: Context, then: () => Outcome): Outcome {
  const connector = connectorOf(connectorId, context);
  const status = presentStatus(connector, Date.parse(timestamp));
  if (status === undefined || status.status === connector.status?.status) return then();
  return forward(
    'StatusNotification',
    { ...status, timestamp },
    () => {
      saveConnector(connectorId, { status }, context);
      return then();
    },
    // It is made out of what is known again with the next message.
    then,
  );
}
