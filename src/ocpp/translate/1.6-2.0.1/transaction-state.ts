/** What is remembered of the transactions of a 1.6 station under a 2.x CSMS. */
import type { Context } from '../context.ts';
import type { Payload } from '../outcome.ts';
import { prune } from './prune.ts';

const TRANSACTIONS = 'transaction';
const PROGRESS = 'transactionProgress';
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
  /** `assumed`: ended by us because all spoke for it; its real StopTransaction may still come. */
  readonly ended: 'no' | 'yes' | 'assumed';
  /** What its StartTransaction was answered, for when it comes again; `undefined`: nothing yet. */
  readonly idTagInfo?: Payload;
}

/** What changes with every event of a transaction; the rest of it is written seldom. */
interface Progress {
  readonly nextSeqNo: number;
  /** The import register as last told, in Wh. */
  readonly register?: number;
}

export const transactionByNumber = (number: number | undefined, context: Context): Transaction | undefined =>
  number === undefined || number <= 0 ? undefined : context.state.get<Transaction>(TRANSACTIONS, String(number));

export function findTransaction(
  fits: (transaction: Transaction) => boolean,
  context: Context,
): Transaction | undefined {
  for (const [, transaction] of context.state.rows<Transaction>(TRANSACTIONS)) {
    if (fits(transaction)) return transaction;
  }
  return undefined;
}

export const transactionById = (id: string, context: Context): Transaction | undefined =>
  findTransaction((transaction) => transaction.id === id, context);

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
  // What is dropped takes along what belongs to it, so it is for `prune` alone to drop something.
  context.state.set(TRANSACTIONS, String(transaction.number), transaction, Number.POSITIVE_INFINITY);
  if (transaction.ended === 'no') context.state.set(OPEN, String(transaction.connectorId), transaction.number);
  else closed(transaction, context);
  // The count of a transaction's events lives exactly as long as the transaction is remembered.
  prune(
    TRANSACTIONS,
    String(transaction.number),
    LIMIT,
    ({ ended }: Transaction) => ended !== 'no',
    context,
    (number, dropped) => {
      context.state.delete(PROGRESS, number);
      closed(dropped, context);
    },
  );
}

function closed({ number, connectorId }: Transaction, context: Context): void {
  const key = String(connectorId);
  if (context.state.get<number>(OPEN, key) === number) context.state.delete(OPEN, key);
}

/**
 * The next seqNo of a transaction, from 0 and without gaps; stored in the same commit as the event that carries it.
 * @param register the import register that the event tells, in Wh
 */
export function nextSeqNo(number: number, register: number | undefined, context: Context): number {
  const key = String(number);
  const before = context.state.get<Progress>(PROGRESS, key);
  const seqNo = before?.nextSeqNo ?? 0;
  const known = register ?? before?.register;
  const progress: Progress = { nextSeqNo: seqNo + 1, ...(known === undefined ? {} : { register: known }) };
  context.state.set(PROGRESS, key, progress, Number.POSITIVE_INFINITY);
  return seqNo;
}

/** The import register of a transaction as last told, in Wh. */
export const lastRegister = (number: number, context: Context): number | undefined =>
  context.state.get<Progress>(PROGRESS, String(number))?.register;
