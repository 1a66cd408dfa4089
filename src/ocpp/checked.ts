/** Translation between two sides with every message held against the official schema of its Version. */
import { conditionOf } from './tolerance.ts';
import type { Chain } from './translate/chain.ts';
import type { Side } from './translate/context.ts';
import { type Failure, type Message, type Outcome, type Result, refuse } from './translate/outcome.ts';
import { describeError, type Validate } from './validate.ts';
import { type Version, type VersionName, versionByName } from './versions/index.ts';

/** The Version that each side speaks. */
export type Sides = Readonly<Record<Side, Version>>;

/** Told of a message that translation made for a side and that is not valid: a defect of this library. It is not sent. */
export type Invalid = (to: Side, message: Message, complaints: readonly string[]) => void;

export const otherSide = { station: 'csms', csms: 'station' } as const;

/** What is to be done with a Call of `from`: refused if it is not valid, else what the Chain says. */
export function checkedCall(chain: Chain, sides: Sides, from: Side, call: Message, invalid?: Invalid): Outcome {
  const wrong = whatIsWrongWith(call, sides[from], from);
  if (wrong !== undefined) return { kind: 'refuse', failure: wrong };
  return checkedAnswer(
    checkedOutcome(chain.call(from, call), sides, otherSide[from], invalid),
    sides,
    from,
    call,
    invalid,
  );
}

/** The outcome in which an invalid Call fails instead of going to its side, and an invalid result counts as none. */
export function checkedOutcome(outcome: Outcome, sides: Sides, to: Side, invalid?: Invalid): Outcome {
  if (outcome.kind !== 'forward') return outcome;
  const { call } = outcome;
  const version = sides[to];
  const resume = (result: Result): Outcome => checkedOutcome(outcome.resume(result), sides, to, invalid);
  const wrong = whatIsWrongWith(call, version, otherSide[to]);
  if (wrong !== undefined) {
    invalid?.(to, call, [wrong.description]);
    return resume({
      failure: { condition: 'InternalError', description: 'the Call could not be put into the other version' },
    });
  }
  const expected = version.actions.get(call.action)?.response;
  return { ...outcome, resume: (result) => resume(expected === undefined ? result : checkedResult(result, expected)) };
}

function checkedResult(result: Result, expected: Validate): Result {
  if (result.failure !== undefined || expected(result.payload)) return result;
  const description = `the answer is invalid: ${complaintsOf(expected).join('; ')}`;
  return { failure: { condition: 'FormatViolation', description } };
}

/** The outcome with its answer checked, when it comes to one. */
function checkedAnswer(outcome: Outcome, sides: Sides, from: Side, call: Message, invalid?: Invalid): Outcome {
  switch (outcome.kind) {
    case 'forward':
      return { ...outcome, resume: (result) => checkedAnswer(outcome.resume(result), sides, from, call, invalid) };
    case 'refuse':
      return outcome;
    case 'answer': {
      const expected = sides[from].actions.get(call.action)?.response;
      if (expected === undefined || expected(outcome.payload)) return outcome;
      invalid?.(from, { action: call.action, payload: outcome.payload }, complaintsOf(expected));
      return refuse('InternalError', 'the answer could not be put into this version');
    }
  }
}

/**
 * What is wrong with a payload by the official schema, in words with the place: `/meterValue/0/timestamp: is not a date-time`.
 * Empty when it is valid.
 * @param message `<Action>Request` or `<Action>Response`
 * @throws Error when the Version has no such message
 */
export function validate(version: VersionName, message: string, payload: unknown): readonly string[] {
  const [, action = '', part] = /^(.*)(Request|Response)$/.exec(message) ?? [];
  const known = versionByName(version).actions.get(action);
  const schema = part === 'Request' ? known?.request : known?.response;
  if (schema === undefined) throw new Error(`OCPP ${version} has no message ${message}`);
  return schema(payload) ? [] : complaintsOf(schema);
}

const complaintsOf = (validate: Validate): readonly string[] => [
  ...new Set((validate.errors ?? []).map(describeError)),
];

/** Why this is no Call that `from` may send in this Version; `undefined`: it is one. */
function whatIsWrongWith({ action, payload }: Message, version: Version, from: Side): Failure | undefined {
  const known = version.actions.get(action);
  if (known === undefined) {
    return { condition: 'NotImplemented', description: `OCPP ${version.name} has no Action ${action}` };
  }
  if (known.initiator !== 'both' && known.initiator !== from) {
    return { condition: 'NotSupported', description: `${action} is a Call of the ${known.initiator}` };
  }
  if (known.request(payload)) return undefined;
  const [first] = known.request.errors ?? [];
  return {
    condition: first === undefined ? 'FormatViolation' : conditionOf(first),
    description: complaintsOf(known.request).join('; '),
  };
}
