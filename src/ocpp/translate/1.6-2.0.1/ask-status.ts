/** Asks a 1.6 station for statuses that it should have told by itself. What it refuses to tell stays as it was last told. */
import type { Context } from '../context.ts';
import { answer, forwardAll, type Outcome } from '../outcome.ts';
import { type Tasks, task } from '../tasks.ts';
import { lastStatus, staleConnectors } from './connector-state.ts';
import { openTransactions } from './transaction-state.ts';

/** How long a station may take to tell its statuses after it has booted or come back, in ms. */
const GRACE = 60_000;
/** A car that has finished leaves, or its cable does, within this time; some stations do not tell, in ms (E-41). */
const FINISHING = 300_000;

/** The station has booted: it tells every status anew (1.6 4.2, 2.0.1 B01.FR.05), or is asked for those that are missing. */
export const askAfterBoot = (context: Context): void =>
  context.later('ask for missing statuses', '', null, context.now() + GRACE);

/** The station is back after a time of which nothing is known: its transactions may have ended without a word. */
export function askAfterConnecting(context: Context): void {
  if (openTransactions(context).length > 0)
    context.later('ask for statuses in transactions', '', null, context.now() + GRACE);
}

/** Takes in a connector's status, as the station says it. */
export function watchFinishing(connectorId: number, status: string, context: Context): void {
  const key = String(connectorId);
  if (status !== 'Finishing') context.cancel('ask whether it is finished', key);
  else if (lastStatus(connectorId, context) !== 'Finishing')
    context.later('ask whether it is finished', key, { connectorId }, context.now() + FINISHING);
}

/** Stations asked for all statuses tell some of them only: each is asked for. */
const ask = (connectors: readonly number[]): Outcome =>
  forwardAll(
    connectors.map((connectorId) => ({
      action: 'TriggerMessage',
      payload: { requestedMessage: 'StatusNotification', connectorId },
    })),
    () => answer({}),
  );

export const statusTasks: Tasks = {
  'ask for missing statuses': task('station', (_data, context) => ask(staleConnectors(context))),
  'ask for statuses in transactions': task('station', (_data, context) =>
    ask([...new Set(openTransactions(context).map(({ connectorId }) => connectorId))].filter((one) => one > 0)),
  ),
  'ask whether it is finished': task<{ connectorId: number }>('station', ({ connectorId }, context) =>
    ask(lastStatus(connectorId, context) === 'Finishing' ? [connectorId] : []),
  ),
};
