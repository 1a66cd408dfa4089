import type { Context } from '../context.ts';

const TABLE = 'triggered';
/** How long after TriggerMessage a message still counts as its effect, in ms. */
const WINDOW = 60_000;

/** Remembers that the CSMS asked for a message. `connectorId` 0: of any connector. */
export function rememberTrigger(message: string, connectorId: number, context: Context): void {
  context.state.set(TABLE, `${message} ${connectorId}`, context.now() + WINDOW, 100);
}

/** The station will not send it. */
export const forgetTrigger = (message: string, connectorId: number, context: Context): void =>
  context.state.delete(TABLE, `${message} ${connectorId}`);

/** Whether a message was asked for just now. Asking uses up what was asked for of one connector; of any lasts its time. */
export function takeTrigger(message: string, connectorId: number, context: Context): boolean {
  if (context.state.size(TABLE) === 0) return false;
  return takeFrom(`${message} ${connectorId}`, context) || (connectorId !== 0 && isAsked(`${message} 0`, context));
}

function takeFrom(key: string, context: Context): boolean {
  const asked = isAsked(key, context);
  context.state.delete(TABLE, key);
  return asked;
}

const isAsked = (key: string, context: Context): boolean =>
  (context.state.get<number>(TABLE, key) ?? 0) >= context.now();
