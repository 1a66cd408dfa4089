/**
 * Limits of a transaction that a 2.1 CSMS sets in its answers (energy, time, state of charge), watched for a station that cannot:
 * when one is reached the station is asked to stop the transaction, and the CSMS is told the limit as the reason.
 */
import type { Context } from '../context.ts';
import { answer, forward, type Outcome, type Payload } from '../outcome.ts';
import { registerWh, stateOfCharge } from '../readings.ts';
import { type Tasks, task } from '../tasks.ts';

const TABLE = 'transactionLimit';
const TRANSACTIONS = 200;
/** When a station is asked again that did not stop, in ms, and how often it is asked. */
const RETRY = 60_000;
const ATTEMPTS = 5;
/** Clocks that say less were never set (2020-01-01). */
const CLOCK_SET = Date.UTC(2020, 0, 1);

type Kind = 'Energy' | 'Time' | 'SoC';

/** A transaction of the station that goes on. */
interface Watched {
  /** ms since 1970. */
  readonly startedAt: number;
  /** Import register at the beginning, in Wh; absent: none was told yet. */
  readonly meterStart?: number;
  readonly limit?: { readonly maxEnergy?: number; readonly maxTime?: number; readonly maxSoC?: number };
  /** The limit for which the station has been asked to stop, and whether it will. */
  readonly reached?: { readonly kind: Kind; readonly accepted: boolean };
}

const watched = (id: string, context: Context): Watched | undefined => context.state.get<Watched>(TABLE, id);
const save = (id: string, transaction: Watched, context: Context): void =>
  context.state.set(TABLE, id, transaction, TRANSACTIONS);

/** triggerReason and stoppedReason of 2.1 for each limit. */
const reasons: Readonly<Record<Kind, readonly [trigger: string, stopped: string]>> = {
  Energy: ['EnergyLimitReached', 'EnergyLimitReached'],
  Time: ['TimeLimitReached', 'TimeLimitReached'],
  SoC: ['SoCLimitReached', 'SOCLimitReached'],
};

/** Takes an event of the station in. @returns the event as the CSMS is to see it: what we had stopped was not stopped from afar */
export function watch(event: Payload, context: Context): Payload {
  if (!context.settings.emulateLimits) return event;
  const id = event.transactionInfo.transactionId as string;
  const known = watched(id, context);
  if (event.eventType === 'Ended') {
    context.state.delete(TABLE, id);
    context.cancel('stop at limit', id);
    return known === undefined ? event : relabelled(event, known);
  }
  if (known?.meterStart === undefined) {
    const meterStart = registerWh(event.meterValue, 'Transaction.Begin');
    const begun = known ?? { startedAt: startOf(event, context) };
    if (known === undefined || meterStart !== undefined) {
      save(id, meterStart === undefined ? begun : { ...begun, meterStart }, context);
    }
  }
  check(id, event, context);
  return known === undefined ? event : relabelled(event, known);
}

function startOf({ timestamp }: Payload, context: Context): number {
  const told = Date.parse(timestamp);
  return told >= CLOCK_SET ? told : context.now();
}

function relabelled(event: Payload, { reached }: Watched): Payload {
  if (reached?.accepted !== true || event.triggerReason !== 'RemoteStop') return event;
  const [triggerReason, limit] = reasons[reached.kind];
  const { stoppedReason } = event.transactionInfo;
  const info = stoppedReason === 'Remote' ? { ...event.transactionInfo, stoppedReason: limit } : event.transactionInfo;
  return { ...event, triggerReason, transactionInfo: info };
}

/** Takes in what the answer to an event limits. A new limit takes the place of the one before. */
export function limit(event: Payload, given: Payload, context: Context): void {
  const { maxCost, customData: _custom, ...limits } = given;
  if (maxCost !== undefined) context.lost('transactionLimit.maxCost', 'what a transaction costs is not known here');
  const id = event.transactionInfo.transactionId as string;
  const known = watched(id, context);
  if (!context.settings.emulateLimits) {
    context.lost('transactionLimit', 'a 2.0.1 station cannot watch limits');
    return;
  }
  if (known === undefined || known.reached !== undefined) return;
  save(id, { ...known, limit: limits }, context);
  if (limits.maxTime === undefined) context.cancel('stop at limit', id);
  else stop(id, 'Time', context, known.startedAt + limits.maxTime * 1000);
  check(id, event, context);
}

/** Whether an event shows that energy or state of charge have come to their limit. */
function check(id: string, event: Payload, context: Context): void {
  const { limit, meterStart, reached } = watched(id, context) as Watched;
  if (limit === undefined || reached !== undefined) return;
  const register = limit.maxEnergy === undefined ? undefined : registerWh(event.meterValue, 'Transaction.End');
  const charge = limit.maxSoC === undefined ? undefined : stateOfCharge(event.meterValue);
  const delivered = register === undefined || meterStart === undefined ? undefined : register - meterStart;
  if (delivered !== undefined && delivered >= (limit.maxEnergy as number)) stop(id, 'Energy', context);
  else if (charge !== undefined && charge >= (limit.maxSoC as number)) stop(id, 'SoC', context);
}

const stop = (id: string, kind: Kind, context: Context, at = context.now()): void =>
  context.later('stop at limit', id, { id, kind, attempt: 1 } satisfies Stop, at);

interface Stop {
  readonly id: string;
  readonly kind: Kind;
  /** From 1. */
  readonly attempt: number;
}

function askToStop({ id, kind, attempt }: Stop, context: Context): Outcome {
  const transaction = watched(id, context);
  if (transaction === undefined) return answer({});
  save(id, { ...transaction, reached: { kind, accepted: false } }, context);
  const again = (): Outcome => {
    if (attempt < ATTEMPTS) {
      context.later('stop at limit', id, { id, kind, attempt: attempt + 1 } satisfies Stop, context.now() + RETRY);
    } else context.lost('transactionLimit', `the station did not stop transaction ${id} at its limit`);
    return answer({});
  };
  return forward(
    'RequestStopTransaction',
    { transactionId: id },
    ({ status }) => {
      const now = watched(id, context);
      if (status !== 'Accepted') return again();
      if (now !== undefined) save(id, { ...now, reached: { kind, accepted: true } }, context);
      return answer({});
    },
    again,
  );
}

export const limitTasks: Tasks = { 'stop at limit': task('station', askToStop) };
