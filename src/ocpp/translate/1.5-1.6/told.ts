/** What a 1.5 CSMS was last told of the connectors of a 1.6 station, so that five states that are one in 1.5 are told once. */
import type { Context } from '../context.ts';
import type { Payload } from '../outcome.ts';

const TABLE = '1.5 told';
/** More connectors than any station has. */
const LIMIT = 200;

/** A status without the time of it: equal texts mean that there is nothing new. */
function content({ timestamp: _timestamp, ...rest }: Payload): string {
  return JSON.stringify(rest);
}

/** Whether the CSMS knows this already. `status` is a StatusNotification of 1.5. */
export const isTold = (status: Payload, context: Context): boolean =>
  context.state.get<string>(TABLE, String(status.connectorId)) === content(status);

export function remember(status: Payload, context: Context): void {
  if (!isTold(status, context)) context.state.set(TABLE, String(status.connectorId), content(status), LIMIT);
}

/** A station that has booted tells every status anew, and its CSMS expects that. */
export function tellAllAgain(context: Context): void {
  for (const [key] of [...context.state.rows(TABLE)]) context.state.delete(TABLE, key);
}
