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
  /** StartTransaction as it was put to the CSMS the first time, until it is answered: it is never put differently. */
  readonly startRequest?: Payload;
  readonly token?: IdToken;
  /** idTokenInfo of the token, as the CSMS has answered StartTransaction. */
  readonly info?: Payload;
  /** 1.6 connector. */
  readonly connectorId?: number;
  readonly reservationId?: number;
  /** First and latest import register, in Wh. */
  readonly meterStart?: number;
  readonly meterLast?: number;
  readonly plugged: boolean;
  /** True once energy may have flowed. */
  readonly charged: boolean;
  readonly chargingState?: string;
  /** The reason and token of a stop that was announced before the Ended event. */
  readonly stop?: { readonly triggerReason: string; readonly token?: IdToken };
  /** Why we had the station stop it, as 1.6 says it; the station itself will say that it was a remote stop. */
  readonly stoppedFor?: 'DeAuthorized' | 'UnlockCommand';
  /** MeterValues kept until the transaction has begun in 1.6 terms. */
  readonly waiting: readonly Payload[];
  /** StopTransaction without its transactionId, once the transaction has ended and until the CSMS has taken it. */
  readonly stopRequest?: Payload;
  /** How often the CSMS has refused a message that is put to it again. */
  readonly refused?: { readonly what: string; readonly times: number };
  /** seqNos that were answered, as ranges [first, last], ascending. */
  readonly answered: readonly (readonly [first: number, last: number])[];
  /** Whether its Started event was seen. */
  readonly begun: boolean;
  readonly ended: boolean;
  /** Its Ended event never came; the station no longer knows it. */
  readonly assumed?: true;
  /** The connector was something else than Occupied after it: what occupies it now is another car. */
  readonly left?: true;
  /** Timestamps of its earliest and its latest event. */
  readonly startedAt: string;
  readonly lastAt: string;
}

export const stationTransaction = (id: string, context: Context): StationTransaction | undefined =>
  context.state.get<StationTransaction>(TABLE, id);

const stationTransactions = (context: Context): readonly StationTransaction[] =>
  [...context.state.rows<StationTransaction>(TABLE)].map(([, transaction]) => transaction);

export const openStationTransactions = (context: Context): readonly StationTransaction[] =>
  stationTransactions(context).filter(({ ended }) => !ended);

export function stationTransactionByNumber(number: number, context: Context): StationTransaction | undefined {
  if (number <= 0) return undefined;
  return stationTransactions(context).find((transaction) => transaction.number === number);
}

/** The transaction on a connector: the one that goes on (of several the one that began last), else the latest. */
export function stationTransactionOn(connectorId: number, context: Context): StationTransaction | undefined {
  let found: StationTransaction | undefined;
  for (const [, transaction] of context.state.rows<StationTransaction>(TABLE)) {
    if (transaction.connectorId !== connectorId) continue;
    if (found === undefined || isNearer(transaction, found)) found = transaction;
  }
  return found;
}

function isNearer(transaction: StationTransaction, than: StationTransaction): boolean {
  if (transaction.ended !== than.ended) return than.ended;
  return !isEarlier(transaction.startedAt, than.startedAt);
}

/** Timestamps of one form and in UTC, as stations write them, are in the order of their letters, which is much cheaper to tell. */
export const isEarlier = (timestamp: string, than: string): boolean =>
  timestamp.length === than.length && timestamp.endsWith('Z') && than.endsWith('Z')
    ? timestamp < than
    : Date.parse(timestamp) < Date.parse(than);

export function saveStationTransaction(transaction: StationTransaction, context: Context): void {
  context.state.set(TABLE, transaction.id, transaction);
  const isOver = ({ ended, stopRequest }: StationTransaction): boolean => ended && stopRequest === undefined;
  prune(TABLE, transaction.id, LIMIT, isOver, context);
}

/** Changes what is remembered of a transaction; `undefined` takes a field away. */
export function changeStationTransaction(
  id: string,
  change: { readonly [field in keyof StationTransaction]?: StationTransaction[field] | undefined },
  context: Context,
): StationTransaction {
  const changed: Payload = { ...stationTransaction(id, context) };
  for (const [field, value] of Object.entries(change)) {
    if (value === undefined) delete changed[field];
    else changed[field] = value;
  }
  saveStationTransaction(changed as StationTransaction, context);
  return changed as StationTransaction;
}

/** The highest seqNo that was answered; `undefined`: none. */
export const latestAnswered = ({ answered }: StationTransaction): number | undefined => answered.at(-1)?.[1];

export const isAnswered = (transaction: StationTransaction, seqNo: number): boolean =>
  transaction.answered.some(([first, last]) => first <= seqNo && seqNo <= last);

/** Whether all of its events have come, as far as their numbers tell. */
export const isComplete = ({ answered, begun, ended, assumed }: StationTransaction): boolean =>
  begun && ended && assumed !== true && answered.length === 1;

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

/** Stops that somebody wanted: the driver is done, whatever the cable does. */
const wantedStops: ReadonlySet<string | undefined> = new Set(['StopAuthorized', 'RemoteStop', 'Deauthorized']);

/** What a 1.6 connector shows while its 2.x counterpart says Occupied. */
export function occupiedStatus(connectorId: number, context: Context): string {
  const transaction = stationTransactionOn(connectorId, context);
  if (transaction === undefined) return 'Preparing';
  if (transaction.ended) return transaction.left === true ? 'Preparing' : 'Finishing';
  if (transaction.start === 'pending') return 'Preparing';
  const { chargingState = '', stop } = transaction;
  if (wantedStops.has(stop?.triggerReason) && chargingState === 'EVConnected') return 'Finishing';
  if (stop !== undefined && chargingState === 'Charging') return 'SuspendedEVSE';
  if (chargingStates.has(chargingState)) return chargingState;
  return chargingState === 'Idle' ? 'SuspendedEV' : 'SuspendedEVSE';
}

/** The connector is free, or is nobody's: the transaction that has ended there has nothing to do with the next car. */
export function leaveConnector(connectorId: number, context: Context): void {
  const transaction = stationTransactionOn(connectorId, context);
  if (transaction === undefined || !transaction.ended || transaction.left === true) return;
  changeStationTransaction(transaction.id, { left: true }, context);
}

const REGISTERS = 'idleRegister';

/** Takes in a connector's import register outside of transactions, in Wh. */
export function noteRegister(connectorId: number, register: number | undefined, context: Context): void {
  const key = String(connectorId);
  if (register !== undefined && context.state.get(REGISTERS, key) !== register)
    context.state.set(REGISTERS, key, register);
}

/** The last known import register of a connector before a transaction, in Wh: registers only grow. */
export function registerBefore(id: string, connectorId: number, context: Context): number | undefined {
  const known = stationTransactions(context)
    .filter((transaction) => transaction.connectorId === connectorId && transaction.id !== id)
    .flatMap(({ meterLast, meterStart }) => meterLast ?? meterStart ?? []);
  const idle = context.state.get<number>(REGISTERS, String(connectorId));
  if (idle !== undefined) known.push(idle);
  return known.length === 0 ? undefined : Math.max(...known);
}
