import type { Context } from '../context.ts';

const TABLE = 'triggered';
/** How long after TriggerMessage a message still counts as its effect, in ms. */
const WINDOW = 60_000;

/** Remembers that the CSMS asked for a message (D.13). `connectorId` 0: of any connector. */
export function rememberTrigger(message: string, connectorId: number, context: Context): void {
  context.state.set(TABLE, `${message} ${connectorId}`, context.now() + WINDOW, 100);
}

/** Whether a message was asked for just now; asking uses the memory up. */
export function takeTrigger(message: string, connectorId: number, context: Context): boolean {
  for (const connector of [connectorId, 0]) {
    const key = `${message} ${connector}`;
    const until = context.state.get<number>(TABLE, key);
    if (until === undefined) continue;
    context.state.delete(TABLE, key);
    if (until >= context.now()) return true;
  }
  return false;
}
