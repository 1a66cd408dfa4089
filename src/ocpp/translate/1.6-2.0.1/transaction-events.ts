/** The TransactionEvents of a 1.6 station's transactions. */
import type { Context } from '../context.ts';
import type { Message, Payload } from '../outcome.ts';
import { registerWh } from '../readings.ts';
import { nextSeqNo, openOn, save, type Transaction } from './transaction-state.ts';
import { keep } from './untold.ts';

/** States of charging that a 1.6 connector status means while a transaction is open. */
const chargingStates: Readonly<Record<string, string>> = {
  Charging: 'Charging',
  SuspendedEV: 'SuspendedEV',
  SuspendedEVSE: 'SuspendedEVSE',
  Preparing: 'EVConnected',
  Finishing: 'EVConnected',
  Faulted: 'SuspendedEVSE',
};

/** How much older than the connection an event must be to have happened offline, in ms. */
const OFFLINE_MARGIN = 10_000;

/** Whether something of this time happened before the station connected, and comes out of its queue. */
export const isOffline = (timestamp: string, context: Context): boolean =>
  Date.parse(timestamp) < context.connectedSince() - OFFLINE_MARGIN;

/**
 * An event of a transaction, with the next seqNo.
 * @param info further transactionInfo
 * @param fields further fields of the request
 */
export function transactionEvent(
  eventType: 'Started' | 'Updated' | 'Ended',
  triggerReason: string,
  transaction: Transaction,
  timestamp: string,
  context: Context,
  info?: Payload,
  fields?: Payload,
): Message {
  const transactionInfo: Payload = { transactionId: transaction.id };
  if (info !== undefined) Object.assign(transactionInfo, info);
  const register = registerWh(fields?.meterValue as Payload[] | undefined, 'Transaction.End');
  const seqNo = nextSeqNo(transaction.number, register, context);
  const payload: Payload = { eventType, timestamp, triggerReason, seqNo, transactionInfo };
  if (fields !== undefined) Object.assign(payload, fields);
  if (isOffline(timestamp, context)) payload.offline = true;
  return { action: 'TransactionEvent', payload };
}

/** What a connector status means for the transaction open there: at most one TransactionEvent, to be told. */
export function statusInTransaction(connectorId: number, status: string, timestamp: string, context: Context): boolean {
  const transaction = openOn(connectorId, context);
  const chargingState = chargingStates[status];
  if (transaction === undefined || chargingState === undefined || transaction.chargingState === chargingState)
    return false;
  const changed = { ...transaction, chargingState };
  save(changed, context);
  const reason = status === 'Faulted' ? 'AbnormalCondition' : 'ChargingStateChanged';
  const event = transactionEvent('Updated', reason, changed, timestamp, context, { chargingState });
  keep(event, transaction.number, context);
  return true;
}
