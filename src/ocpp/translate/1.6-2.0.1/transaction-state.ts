/** What is remembered of the transactions of a 1.6 station under a 2.x CSMS. */
import type { Context } from '../context.ts';
import { prune } from './prune.ts';

const TRANSACTIONS = 'transaction';
const SEQUENCE = 'transactionSeqNo';
const OPEN = 'openTransaction';
/** Ended transactions are remembered for late messages; there is never more than one open per connector. */
const LIMIT = 100;

export interface Transaction {
  /** The integer the station knows it by. */
  readonly number: number;
  /** transactionInfo.transactionId on the 2.x side. */
  readonly id: string;
  /** 1.6 connector; 0: not known. */
  readonly connectorId: number;
  readonly idTag: string;
  /** As the station wrote it. */
  readonly startedAt: string;
  readonly meterStart: number;
  readonly chargingState: string | undefined;
  /** `assumed`: ended by us because another one began on the connector; its real StopTransaction may still come. */
  readonly ended: 'no' | 'yes' | 'assumed';
}

export const transactionByNumber = (number: number | undefined, context: Context): Transaction | undefined =>
  number === undefined || number <= 0 ? undefined : context.state.get<Transaction>(TRANSACTIONS, String(number));

export function transactionById(id: string, context: Context): Transaction | undefined {
  for (const [, transaction] of context.state.rows<Transaction>(TRANSACTIONS)) {
    if (transaction.id === id) return transaction;
  }
  return undefined;
}

export const openOn = (connectorId: number, context: Context): Transaction | undefined =>
  transactionByNumber(context.state.get<number>(OPEN, String(connectorId)), context);

/** Every transaction that goes on, oldest first. */
export const openTransactions = (context: Context): readonly Transaction[] =>
  context.state.size(OPEN) === 0 ? [] : transactions(({ ended }) => ended === 'no', context);

/** Every transaction whose StopTransaction has not come, oldest first: those that go on, and those assumed to have ended. */
export const unstopped = (context: Context): readonly Transaction[] =>
  transactions(({ ended }) => ended !== 'yes', context);

/** Every transaction that began with this idTag, oldest first. */
export const transactionsOf = (idTag: string, context: Context): readonly Transaction[] =>
  transactions((transaction) => transaction.idTag.toLowerCase() === idTag.toLowerCase(), context);

const transactions = (fits: (transaction: Transaction) => boolean, context: Context): readonly Transaction[] =>
  [...context.state.rows<Transaction>(TRANSACTIONS)].map(([, value]) => value).filter(fits);

/** The open transaction of a connector, or the one that began there last. */
export function latestOn(connectorId: number, context: Context): Transaction | undefined {
  let latest: Transaction | undefined = openOn(connectorId, context);
  if (latest !== undefined) return latest;
  for (const [, transaction] of context.state.rows<Transaction>(TRANSACTIONS)) {
    if (transaction.connectorId === connectorId && (latest === undefined || transaction.number > latest.number))
      latest = transaction;
  }
  return latest;
}

export function save(transaction: Transaction, context: Context): void {
  context.state.set(TRANSACTIONS, String(transaction.number), transaction);
  const key = String(transaction.connectorId);
  if (transaction.ended === 'no') context.state.set(OPEN, key, transaction.number);
  else if (context.state.get<number>(OPEN, key) === transaction.number) context.state.delete(OPEN, key);
  // The count of a transaction's events lives exactly as long as the transaction is remembered.
  prune(
    TRANSACTIONS,
    LIMIT,
    ({ ended }: Transaction) => ended !== 'no',
    context,
    (number) => context.state.delete(SEQUENCE, number),
  );
}

/** The next seqNo of a transaction, from 0 and without gaps; stored in the same commit as the event that carries it. */
export function nextSeqNo(number: number, context: Context): number {
  const key = String(number);
  const next = context.state.get<number>(SEQUENCE, key) ?? 0;
  context.state.set(SEQUENCE, key, next + 1, Number.POSITIVE_INFINITY);
  return next;
}
