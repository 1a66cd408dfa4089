import { answer, crossed, forward, type Outcome, type Payload, type Result } from '../outcome.ts';

/** The worst status of several answers, by the given order (worst first). A missing or unknown status counts as the worst. */
export function worst(results: readonly Result[], order: readonly string[], field = 'status'): string {
  let found = order.length - 1;
  for (const result of results) {
    const status = result.failure === undefined ? (result.payload[field] as string) : '';
    found = Math.min(found, Math.max(0, order.indexOf(status)));
  }
  return order[found] as string;
}

/**
 * What to answer when a Call of the other side failed and the response has a status for it: `refused` with the reason as
 * statusInfo (2.x). An uncertain failure (no answer in time) stays one. `undefined` when none failed.
 */
export function failureAsStatus(results: readonly Result[], refused: string): Outcome | undefined {
  for (const { failure } of results) {
    if (failure === undefined) continue;
    if (failure.uncertain === true) return { kind: 'refuse', failure };
    const unsupported = failure.condition === 'NotSupported' || failure.condition === 'NotImplemented';
    if (!unsupported) return { kind: 'refuse', failure: crossed(failure) };
    return answer({ status: refused, statusInfo: { reasonCode: 'UnsupportedRequest' } });
  }
  return undefined;
}

/** A Call to a 1.6 station whose refusal has a status in the 2.x answer. */
export const forwardOr = (
  refused: string,
  action: string,
  payload: Payload,
  then: (response: Payload) => Outcome,
): Outcome =>
  forward(
    action,
    payload,
    then,
    (failure) => failureAsStatus([{ failure }], refused) ?? { kind: 'refuse', failure: crossed(failure) },
  );

/** An answer of 2.x that refuses, and why (2.0.1 part 2 appendix 5, standardized reason codes). */
export const refusal = (status: string, reasonCode: string, additionalInfo?: string): Outcome =>
  answer({ status, statusInfo: { reasonCode, ...(additionalInfo === undefined ? {} : { additionalInfo }) } });
