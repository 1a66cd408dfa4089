import { describeError, type SchemaError } from '../ocpp/validate.ts';
import { type ErrorCondition, errorConditions } from '../ocpp/versions/index.ts';

/** An OCPP-J frame as received (1.6J 4.2, 2.x part 4 4.2). */
export type Frame =
  | { readonly type: 'Call'; readonly id: string; readonly action: string; readonly payload: unknown }
  | { readonly type: 'Send'; readonly id: string; readonly action: string; readonly payload: unknown }
  | { readonly type: 'CallResult'; readonly id: string; readonly payload: unknown }
  | {
      readonly type: 'CallError' | 'CallResultError';
      readonly id: string;
      readonly condition: ErrorCondition;
      readonly code: string;
      readonly description: string;
    }
  | { readonly type: 'unknown'; readonly id: string; readonly number: unknown }
  | { readonly type: 'unreadable'; readonly reason: string };

/** Reads a text frame; never throws. */
export function readFrame(text: string): Frame {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return { type: 'unreadable', reason: 'is not JSON' };
  }
  if (!Array.isArray(frame)) return { type: 'unreadable', reason: 'is not an array' };
  const [number, id, third, fourth] = frame as unknown[];
  if (typeof id !== 'string' || id.length > 36) {
    return { type: 'unreadable', reason: 'has no message id of at most 36 characters' };
  }
  switch (number) {
    case 2:
    case 6:
      if (typeof third !== 'string') return { type: 'unreadable', reason: 'has no action' };
      return { type: number === 2 ? 'Call' : 'Send', id, action: third, payload: fourth };
    case 3:
      return { type: 'CallResult', id, payload: third };
    case 4:
    case 5: {
      const code = String(third);
      return {
        type: number === 4 ? 'CallError' : 'CallResultError',
        id,
        condition: errorConditions.get(code) ?? 'GenericError',
        code,
        description: typeof fourth === 'string' ? fourth : '',
      };
    }
    default:
      return { type: 'unknown', id, number };
  }
}

/** Why a Call is answered with a CallError. Thrown by the code that answers Calls. */
export class CallRefused extends Error {
  override name = 'CallRefused';
  readonly condition: ErrorCondition;
  constructor(condition: ErrorCondition, description: string) {
    super(description.slice(0, 255));
    this.condition = condition;
  }
}

const conditionByKeyword: Readonly<Record<string, ErrorCondition>> = {
  required: 'OccurrenceConstraintViolation',
  minItems: 'OccurrenceConstraintViolation',
  maxItems: 'OccurrenceConstraintViolation',
  additionalProperties: 'FormatViolation',
  type: 'TypeConstraintViolation',
};

/** The refusal that fits a validator's first complaint. */
export function refusalOf(errors: readonly SchemaError[] | null | undefined): CallRefused {
  const first = errors?.[0];
  if (first === undefined) return new CallRefused('FormatViolation', 'the payload does not follow the schema');
  return new CallRefused(conditionByKeyword[first.keyword] ?? 'PropertyConstraintViolation', describeError(first));
}
