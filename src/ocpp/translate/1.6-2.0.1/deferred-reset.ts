/**
 * Resets: those of a 1.6 station that wait for the end of its transactions, and what a reset explains afterwards. A 1.6 station
 * would end its transactions for a Reset(Soft); one that shall wait for them must not be sent before.
 */
import type { Context } from '../context.ts';
import { answer, forward, type Outcome } from '../outcome.ts';
import { type Tasks, task } from '../tasks.ts';
import { openTransactions } from './transaction-state.ts';

const TABLE = 'reset';
/** How long a reset explains a BootNotification or the end of a transaction, in ms. */
const WINDOW = 300_000;
/** When a station is asked again that did not reset, in ms, and how often it is asked. */
const RETRY = 60_000;
const ATTEMPTS = 5;
/** How long a station may take to end its transactions and reset, before it is reset the hard way, in ms. */
const PATIENCE = 120_000;

type ResetType = 'Hard' | 'Soft';

/** A 1.6 station shall be reset when its last transaction has ended. In state, so that it survives a restart. */
export const deferReset = (context: Context): void => context.state.set(TABLE, 'deferred', true);

/** A later Reset, or a boot, makes up for the one that waits. */
export function cancelReset(context: Context): void {
  context.state.delete(TABLE, 'deferred');
  context.cancel('reset', '');
}

/** Has the Reset that waited sent, once no transaction goes on any more. */
export function resetIfIdle(context: Context): void {
  if (context.state.get(TABLE, 'deferred') !== true || openTransactions(context).length > 0) return;
  context.state.delete(TABLE, 'deferred');
  context.later('reset', '', { type: 'Soft', attempt: 1 } satisfies Reset);
}

/** A station that was told to reset softly and has not booted by then is reset hard. */
export const resetHardUnlessBooted = (context: Context): void =>
  context.later('reset', '', { type: 'Hard', attempt: 1 } satisfies Reset, context.now() + PATIENCE);

interface Reset {
  readonly type: ResetType;
  /** From 1. */
  readonly attempt: number;
}

/** Sends a Reset until the station has accepted it or has booted ({@link cancelReset}), within reason: a station that resets without a word is not reset for ever. */
function sendReset({ type, attempt }: Reset, context: Context): Outcome {
  const later = (next: number, at: number): Outcome => {
    context.later('reset', '', { type, attempt: next } satisfies Reset, at);
    return answer({});
  };
  // It may have reset and come back, and be about to say so.
  const settled = context.connectedSince() + RETRY;
  if (attempt > 1 && context.now() < settled) return later(attempt, settled);
  if (attempt > ATTEMPTS) {
    context.lost('type', `the station was told to reset ${ATTEMPTS} times, and neither accepted it nor booted`);
    return answer({});
  }
  if (type === 'Soft' && openTransactions(context).length > 0) {
    deferReset(context);
    return answer({});
  }
  rememberReset(type, context);
  later(attempt + 1, context.now() + RETRY);
  return forward(
    'Reset',
    { type },
    ({ status }) => {
      if (status === 'Accepted') context.cancel('reset', '');
      else forgetReset(context);
      return answer({});
    },
    (failure) => {
      if (failure.uncertain !== true) forgetReset(context);
      return answer({});
    },
  );
}

export const resetTasks: Tasks = { reset: task('station', sendReset) };

/** Takes in that the station was told to reset. */
export const rememberReset = (type: ResetType, context: Context): void =>
  context.state.set(TABLE, 'sent', { type, at: context.now() });

export const forgetReset = (context: Context): void => context.state.delete(TABLE, 'sent');

/** The 1.6 type of a Reset sent less than five minutes ago. */
export function recentReset(context: Context): ResetType | undefined {
  const sent = context.state.get<{ type: ResetType; at: number }>(TABLE, 'sent');
  return sent !== undefined && context.now() - sent.at < WINDOW ? sent.type : undefined;
}
