import type { ErrorCondition } from '../versions/version.ts';

/** A payload of any message: a JSON object. Types of a Version's messages are in `generated/<version>.types.ts`. */
// biome-ignore lint/suspicious/noExplicitAny: payloads are described by schemas, and validated by them, not by this type
export type Payload = Record<string, any>;

/** A Call (or Send) in one Version. */
export interface Message {
  readonly action: string;
  readonly payload: Payload;
}

/** Why there is no CallResult: the other side's CallError, a timeout, or our own refusal. */
export interface Failure {
  readonly condition: ErrorCondition;
  readonly description: string;
  /** True when the other side may have carried the Call out although no answer came. */
  readonly uncertain?: boolean;
}

/** What came back for a forwarded Call. */
export type Result = { readonly payload: Payload; readonly failure?: undefined } | { readonly failure: Failure };

/**
 * What is to be done with a Call, as data:
 * - `forward`: put this Call to the other side, and continue with its result (several forwards after each other are a fan-out);
 * - `answer`: answer here, nothing (more) crosses;
 * - `refuse`: answer with a CallError.
 */
export type Outcome =
  | {
      readonly kind: 'forward';
      readonly call: Message;
      readonly resume: (result: Result) => Outcome;
      /** ms to wait before it is put: the other side needs time for what it was asked before. */
      readonly delay?: number;
    }
  | { readonly kind: 'answer'; readonly payload: Payload }
  | { readonly kind: 'refuse'; readonly failure: Failure };

export const answer = (payload: Payload): Outcome => ({ kind: 'answer', payload });

export const refuse = (condition: ErrorCondition, description: string): Outcome => ({
  kind: 'refuse',
  failure: { condition, description },
});

/**
 * Puts a Call to the other side.
 * @param then what to do with the payload of its CallResult
 * @param failed what to do when there is none; by default the failure is passed on
 */
export function forward(
  action: string,
  payload: Payload,
  then: (response: Payload) => Outcome,
  failed: (failure: Failure) => Outcome = (failure) => ({ kind: 'refuse', failure: crossed(failure) }),
): Outcome {
  return {
    kind: 'forward',
    call: { action, payload },
    resume: (result) => (result.failure === undefined ? then(result.payload) : failed(result.failure)),
  };
}

/** The outcome, begun `delay` ms later. */
export const after = (delay: number, outcome: Outcome): Outcome =>
  outcome.kind === 'forward' ? { ...outcome, delay } : outcome;

/** Puts several Calls to the other side, one after the other, and combines their results (in order, failures included). */
export function forwardAll(calls: readonly Message[], combine: (results: readonly Result[]) => Outcome): Outcome {
  const step = (index: number, results: readonly Result[]): Outcome => {
    const call = calls[index];
    if (call === undefined) return combine(results);
    return { kind: 'forward', call, resume: (result) => step(index + 1, [...results, result]) };
  };
  return step(0, []);
}

/** The outcome with another answer in place of the one that it comes to; failures stay as they are. */
export function withAnswer(outcome: Outcome, change: (payload: Payload) => Payload): Outcome {
  switch (outcome.kind) {
    case 'forward':
      return { ...outcome, resume: (result) => withAnswer(outcome.resume(result), change) };
    case 'answer':
      return answer(change(outcome.payload));
    case 'refuse':
      return outcome;
  }
}

/**
 * The failure that the near side gets to see for one of the far side: a constraint violation there is about a message that
 * we built, so here it is an InternalError; what the far side does not know, the near side's request cannot use.
 */
export function crossed(failure: Failure): Failure {
  switch (failure.condition) {
    case 'NotImplemented':
    case 'NotSupported':
      return { ...failure, condition: 'NotSupported' };
    case 'FormatViolation':
    case 'ProtocolError':
    case 'PropertyConstraintViolation':
    case 'OccurrenceConstraintViolation':
    case 'TypeConstraintViolation':
    case 'MessageTypeNotSupported':
    case 'RpcFrameworkError':
      return {
        ...failure,
        condition: 'InternalError',
        description: `the translated message was refused: ${failure.condition}`,
      };
    default:
      return failure;
  }
}
