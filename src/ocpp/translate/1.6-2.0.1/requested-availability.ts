/** The availability that the CSMS asked for. A station keeps it over a boot (1.6 5.2, 2.0.1 G03); one that does not is told of. */
import type { Context } from '../context.ts';

const TABLE = 'requestedAvailability';

/** Takes in that the station has accepted, or scheduled, a change. @param connectorId in 1.6 numbering; 0: the whole station */
export function rememberAvailability(connectorId: number, type: string, context: Context): void {
  // What is asked of the whole station is asked of every connector.
  if (connectorId === 0) for (const [key] of [...context.state.rows(TABLE)]) context.state.delete(TABLE, key);
  context.state.set(TABLE, String(connectorId), type);
}

/** Compares the first 1.6 status after a boot with what was asked for. */
export function checkAvailability(connectorId: number, status: string, context: Context): void {
  const asked = context.state.get<string>(TABLE, String(connectorId)) ?? context.state.get<string>(TABLE, '0');
  if (asked === undefined || status === 'Faulted') return;
  if ((asked === 'Inoperative') !== (status === 'Unavailable')) {
    context.lost('type', `connector ${connectorId} was made ${asked}, and is ${status} after a boot`);
  }
}
