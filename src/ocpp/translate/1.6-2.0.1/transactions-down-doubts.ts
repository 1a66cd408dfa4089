/** Transactions of a 2.x station of which a 1.6 CSMS may not know all: the station is asked (2.0.1 E14), and what it no longer knows is ended. */
import type { Context } from '../context.ts';
import { answer, forward, type Outcome } from '../outcome.ts';
import { type Tasks, task } from '../tasks.ts';
import { connectorState } from './connector-state.ts';
import {
  isComplete,
  openStationTransactions,
  stationTransaction,
  stationTransactionOn,
} from './station-transactions.ts';
import { statusForConnector, tellStatuses } from './status-down.ts';
import { assumeEnded, startTransaction, stopTransaction, tellWaiting } from './transactions-down-messages.ts';

/** How long a station may take to say by itself what it is asked for after it was away, in ms. */
const GRACE = 60_000;
/** How long the events of a transaction may be on their way after its end, in ms. */
const ON_THE_WAY = 300_000;
/** How often it is asked while it says that there are more. */
const ASKS = 12;

interface Doubt {
  readonly id: string;
  /** How often the station was asked. */
  readonly asks: number;
}

const doubt = (id: string, delay: number, context: Context, asks = 0): void =>
  context.later('ask for transaction', id, { id, asks } satisfies Doubt, context.now() + delay);

/** The station was away, or has booted: it may have forgotten its transactions. */
export function doubtAll(context: Context): void {
  for (const { id } of openStationTransactions(context)) doubt(id, GRACE, context);
}

/** A transaction begins on a connector: others there must be over, but their ends may be on their way still. */
export function doubtOthersOn(connectorId: number, id: string, context: Context): void {
  for (const other of openStationTransactions(context)) {
    if (other.connectorId === connectorId && other.id !== id) doubt(other.id, GRACE, context);
  }
}

/** A transaction has ended, and events of it are missing. */
export const doubtCompleteness = (id: string, context: Context): void => doubt(id, ON_THE_WAY, context);

function ask({ id, asks }: Doubt, context: Context): Outcome {
  const transaction = stationTransaction(id, context);
  if (transaction === undefined || isComplete(transaction) || transaction.assumed === true) return answer({});
  const incomplete = (): Outcome => {
    if (stationTransaction(id, context)?.ended === true) {
      context.lost('seqNo', `events of transaction ${id} never came: it is incomplete`);
    }
    return answer({});
  };
  const again = (): Outcome => {
    if (asks >= ASKS) return incomplete();
    doubt(id, ON_THE_WAY, context, asks + 1);
    return answer({});
  };
  return forward(
    'GetTransactionStatus',
    { transactionId: id },
    ({ messagesInQueue, ongoingIndicator }) => {
      if (messagesInQueue === true) return again();
      const now = stationTransaction(id, context);
      if (now === undefined || now.ended) return incomplete();
      if (ongoingIndicator !== false) return answer({});
      assumeEnded(now, 'Other', context);
      context.later('end transaction', id, { id });
      return answer({});
    },
    (failure) => (failure.uncertain === true ? again() : incomplete()),
  );
}

/** Tells the CSMS of the end of a transaction that the station says nothing more of. */
function end({ id }: { readonly id: string }, context: Context): Outcome {
  const transaction = stationTransaction(id, context);
  if (transaction === undefined || !transaction.ended) return answer({});
  const { connectorId } = transaction;
  return startTransaction(id, undefined, context, () =>
    tellWaiting(id, context, () =>
      stopTransaction(id, context, () => {
        const isLast = connectorId !== undefined && stationTransactionOn(connectorId, context)?.id === id;
        if (!isLast) return answer({});
        const status = connectorState(connectorId, context)?.newer ?? 'Occupied';
        const told = statusForConnector(connectorId, status, new Date(context.now()).toISOString(), context);
        return tellStatuses(told, context, () => answer({}));
      }),
    ),
  );
}

export const doubtTasks: Tasks = {
  'ask for transaction': task('station', ask),
  'end transaction': task('csms', end),
};
