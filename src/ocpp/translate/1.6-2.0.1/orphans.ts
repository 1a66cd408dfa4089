/** Transactions of a 1.6 station that never end by themselves. A transaction that the station may go on with is never ended here. */
import type { Context } from '../context.ts';
import { answer, type Outcome, type Payload } from '../outcome.ts';
import { type Tasks, task } from '../tasks.ts';
import { lastStatus } from './connector-state.ts';
import { resetIfIdle } from './deferred-reset.ts';
import { registerSample } from './metering.ts';
import { forgetProfilesOf } from './smart-charging-registry.ts';
import { transactionEvent } from './transaction-events.ts';
import { lastRegister, openOn, save, type Transaction, transactionByNumber } from './transaction-state.ts';
import { keep, tell } from './untold.ts';

/**
 * Ends a transaction without its StopTransaction.
 * @param info of the Ended event; `stoppedReason` is in it
 * @param register where the meter stopped, in Wh; `undefined`: nobody knows
 */
export function endAssumed(
  transaction: Transaction,
  triggerReason: string,
  info: Payload,
  timestamp: string,
  register: number | undefined,
  context: Context,
): void {
  const meterValue =
    register === undefined ? {} : { meterValue: [registerSample(timestamp, register, 'Transaction.End')] };
  const event = transactionEvent('Ended', triggerReason, transaction, timestamp, context, info, meterValue);
  save({ ...transaction, ended: 'assumed' }, context);
  forgetProfilesOf(transaction.id, context);
  stopsBeingOrphan(transaction.number, context);
  keep(event, transaction.number, context);
}

/** What a connector status says of the transaction open there: an Available connector has none, unless the station forgot to tell. */
export function watchForOrphan(connectorId: number, status: string, timestamp: string, context: Context): void {
  const transaction = openOn(connectorId, context);
  if (transaction === undefined) return;
  if (status !== 'Available') stopsBeingOrphan(transaction.number, context);
  else if (context.settings.closeOrphans) {
    const at = context.now() + context.settings.orphanGrace * 1000;
    context.later(
      'end orphan',
      String(transaction.number),
      { number: transaction.number, since: timestamp } satisfies Orphan,
      at,
    );
  }
}

/** The station speaks of the transaction: it goes on, or has ended. */
export function stopsBeingOrphan(number: number, context: Context): void {
  if (context.settings.closeOrphans) context.cancel('end orphan', String(number));
}

interface Orphan {
  readonly number: number;
  /** When the connector became Available. */
  readonly since: string;
}

function endOrphan({ number, since }: Orphan, context: Context): Outcome {
  const transaction = transactionByNumber(number, context);
  const isOrphan = transaction?.ended === 'no' && lastStatus(transaction.connectorId, context) === 'Available';
  if (!isOrphan) return answer({});
  context.lost('transactionId', `transaction ${number} was never stopped; its connector is Available`);
  const info = { chargingState: 'Idle', stoppedReason: 'EVDisconnected' };
  endAssumed(transaction, 'EVCommunicationLost', info, since, lastRegister(number, context), context);
  resetIfIdle(context);
  return tell(
    undefined,
    context,
    () => answer({}),
    () => answer({}),
  );
}

export const orphanTasks: Tasks = { 'end orphan': task('csms', endOrphan) };
