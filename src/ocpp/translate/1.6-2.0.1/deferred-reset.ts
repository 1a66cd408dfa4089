/** Resets: those that wait for the end of the transactions, and what a reset explains afterwards. */
import type { Context } from '../context.ts';
import { openTransactions } from './transaction-state.ts';

const TABLE = 'reset';
/** How long a reset explains a BootNotification or the end of a transaction, in ms. */
const WINDOW = 300_000;

/** A 1.6 station shall be reset when its last transaction has ended. In state, so that it survives a restart. */
export const deferReset = (context: Context): void => context.state.set(TABLE, 'deferred', true);

/** A later Reset, or a boot, makes up for the one that waits. */
export const cancelDeferredReset = (context: Context): void => context.state.delete(TABLE, 'deferred');

/** Sends the Reset that waited, once no transaction goes on any more. */
export function resetIfDue(context: Context): void {
  if (context.state.get(TABLE, 'deferred') !== true || openTransactions(context).length > 0) return;
  cancelDeferredReset(context);
  rememberReset('Soft', context);
  context.emit('station', { action: 'Reset', payload: { type: 'Soft' } });
}

/** Takes in that the station was told to reset. */
export const rememberReset = (type: 'Hard' | 'Soft', context: Context): void =>
  context.state.set(TABLE, 'sent', { type, at: context.now() });

export const forgetReset = (context: Context): void => context.state.delete(TABLE, 'sent');

/** The 1.6 type of a Reset sent less than five minutes ago. */
export function recentReset(context: Context): 'Hard' | 'Soft' | undefined {
  const sent = context.state.get<{ type: 'Hard' | 'Soft'; at: number }>(TABLE, 'sent');
  return sent !== undefined && context.now() - sent.at < WINDOW ? sent.type : undefined;
}
