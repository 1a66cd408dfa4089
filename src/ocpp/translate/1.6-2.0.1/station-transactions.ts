/** What is remembered of the transactions of a 2.x station under a 1.6 CSMS. */
import type { Context } from '../context.ts';
import type { Payload } from '../outcome.ts';
import { prune } from './prune.ts';
import type { IdToken } from './tokens.ts';

const TABLE = 'stationTransaction';
/** Ended transactions are remembered for repetitions and late messages. */
const LIMIT = 100;

/** A transaction of a 2.x station, as far as the 1.6 CSMS is concerned. */
export interface StationTransaction {
  readonly id: string;
  /** What the CSMS calls it; `undefined` until its StartTransaction is answered. */
  readonly number?: number;
  /** `rejected`: the CSMS refused StartTransaction; later messages carry −1, as those of a 1.6 station would. */
  readonly start: 'pending' | 'confirmed' | 'rejected';
  readonly token?: IdToken;
  /** 1.6 connector. */
  readonly connectorId?: number;
  /** First and latest import register, in Wh. */
  readonly meterStart?: number;
  readonly meterLast?: number;
  readonly plugged: boolean;
  /** True once energy may have flowed. */
  readonly charged: boolean;
  readonly chargingState?: string;
  /** The reason and token of a stop that was announced before the Ended event. */
  readonly stop?: { readonly triggerReason: string; readonly token?: IdToken };
  /** MeterValues kept until the transaction has begun in 1.6 terms. */
  readonly waiting: readonly Payload[];
  /** seqNos that were answered, as ranges [first, last], ascending. */
  readonly answered: readonly (readonly [first: number, last: number])[];
  readonly ended: boolean;
  /** Timestamp of the first event. */
  readonly startedAt?: string;
}

export const stationTransaction = (id: string, context: Context): StationTransaction | undefined =>
  context.state.get<StationTransaction>(TABLE, id);

export function stationTransactionByNumber(number: number, context: Context): StationTransaction | undefined {
  if (number <= 0) return undefined;
  for (const [, transaction] of context.state.rows<StationTransaction>(TABLE)) {
    if (transaction.number === number) return transaction;
  }
  return undefined;
}

/** The transaction on a connector: the one not ended, else the latest. */
export function stationTransactionOn(connectorId: number, context: Context): StationTransaction | undefined {
  let found: StationTransaction | undefined;
  for (const [, transaction] of context.state.rows<StationTransaction>(TABLE)) {
    if (transaction.connectorId !== connectorId) continue;
    if (found === undefined || found.ended || !transaction.ended) found = transaction;
  }
  return found;
}

export function saveStationTransaction(transaction: StationTransaction, context: Context): void {
  context.state.set(TABLE, transaction.id, transaction);
  prune(TABLE, LIMIT, ({ ended }: StationTransaction) => ended, context);
}

export const isAnswered = (transaction: StationTransaction, seqNo: number): boolean =>
  transaction.answered.some(([first, last]) => first <= seqNo && seqNo <= last);

/** More gaps than this are closed: what lies in them can only be very old. */
const RANGES = 20;

/** The ranges with one more seqNo in them. */
export function withAnswered(ranges: StationTransaction['answered'], seqNo: number): StationTransaction['answered'] {
  const all = [...ranges, [seqNo, seqNo] as const].sort(([a], [b]) => a - b);
  const out: [number, number][] = [];
  for (const [first, last] of all) {
    const before = out.at(-1);
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else out.push([first, last]);
  }
  return out.length <= RANGES ? out : [[out[0]![0], out[1]![1]], ...out.slice(2)];
}

export const chargingStates: ReadonlySet<string> = new Set(['Charging', 'SuspendedEV', 'SuspendedEVSE']);

/** What a 1.6 connector shows while its 2.x counterpart says Occupied. */
export function occupiedStatus(connectorId: number, context: Context): string {
  const transaction = stationTransactionOn(connectorId, context);
  if (transaction === undefined) return 'Preparing';
  if (transaction.ended) return 'Finishing';
  if (transaction.start === 'pending') return 'Preparing';
  if (transaction.stop?.triggerReason === 'StopAuthorized' && transaction.chargingState === 'EVConnected')
    return 'Finishing';
  if (chargingStates.has(transaction.chargingState ?? '')) return transaction.chargingState as string;
  return transaction.chargingState === 'Idle' ? 'SuspendedEV' : 'SuspendedEVSE';
}
