/** Carries one message through the translation and writes down all that happens on the way. */
import { readFileSync } from 'node:fs';
import {
  Bridge,
  callError,
  callFrame,
  callResult,
  check,
  type DeviationCode,
  describeError,
  type FrameDeviation,
  initiatorOf,
  type Message,
  missingFields,
  type Payload,
  type Result,
  type Side,
  type Surroundings,
  sendFrame,
  type TraceStep,
  traced,
  translators,
  type Version,
  type VersionName,
  versionByName,
  versionNames,
} from '../ocpp/index.ts';
import { type Schemas, smallest } from '../ocpp/smallest.ts';
import { WrongMessage, WrongUse } from './errors.ts';
import type { GivenAnswer, Input } from './input.ts';
import type { StateFile } from './state-file.ts';

/** Something that happened, in the order of happening. */
export type Event =
  | ({ readonly kind: 'step' } & TraceStep)
  /** A Call goes to a side, in its Version. */
  | { readonly kind: 'sent'; readonly to: Side; readonly version: VersionName; readonly frame: string }
  /** Its answer. */
  | {
      readonly kind: 'received';
      readonly from: Side;
      readonly version: VersionName;
      /** `undefined`: nothing came in time. */
      readonly frame: string | undefined;
      readonly by: 'given' | 'smallest valid';
    }
  /** From here on translation does by itself what it has to do. */
  | { readonly kind: 'byItself' }
  /** A message that translation made and that is not valid: a defect. */
  | {
      readonly kind: 'invalid';
      readonly version: VersionName;
      readonly message: Message;
      readonly complaints: readonly string[];
    };

/** What became of one message. */
export interface Report {
  readonly place?: string;
  readonly from: VersionName;
  readonly to: VersionName;
  /** Who sent it. */
  readonly side: Side;
  readonly frame: string;
  /** What was wrong with it and could be mended. */
  readonly mended?: {
    readonly complaints: readonly string[];
    readonly deviations: readonly (DeviationCode | FrameDeviation)[];
    /** The payload as it is read. */
    readonly payload: Payload;
  };
  readonly events: readonly Event[];
  /** What the sender gets; `undefined` for a message that is not answered. */
  readonly answer?: string;
  /**
   * `translated`: the other side got it; `answered`: it needs no Call there; `refused`: it cannot be said there; `failed`: the other
   * side's given answers made it fail; `invalid`: a message of translation's own is not valid.
   */
  readonly end: 'translated' | 'answered' | 'refused' | 'failed' | 'invalid';
  /** When translation has something to do again, RFC 3339. */
  readonly waitsUntil?: string;
}

export interface RunOptions extends Surroundings {
  readonly from: Version;
  readonly to: Version;
  /** Who sends messages that both may send, or else a check on who does. */
  readonly side: Side | undefined;
  readonly tolerant: boolean;
  readonly state: StateFile;
  /** What the other side answers, in order; where there are no more, the smallest valid answer. Those used are taken out. */
  readonly answers: GivenAnswer[];
}

/** @throws WrongMessage when it is not valid; WrongUse when it cannot be sent by who is said to send it */
export async function run(input: Exclude<Input, { error: WrongMessage }>, options: RunOptions): Promise<Report> {
  const { from, to, state } = options;
  const side = sideOf(input.action, options);
  const { payload, mended } = understood(input, options);
  const sides = side === 'station' ? { station: from, csms: to } : { station: to, csms: from };
  const environment = state.environment(sides.station.name, sides.csms.name, options);
  const events: Event[] = [];
  let calls = 0;
  let failed = false;

  const bridge = new Bridge({
    station: sides.station.name,
    csms: sides.csms.name,
    environment,
    translators: translators.map((each) => traced(each, (step) => events.push({ kind: 'step', ...step }))),
    invalid: (at, message, complaints) =>
      events.push({ kind: 'invalid', version: sides[at].name, message, complaints }),
    send(at, call) {
      const version = sides[at];
      const id = calls++ === 0 ? String(input.id) : `${input.id}-${calls}`.slice(-36);
      events.push({ kind: 'sent', to: at, version: version.name, frame: frameOf(version, id, call) });
      const response = version.actions.get(call.action)?.response;
      if (response === undefined) return { payload: {} };
      const given = options.answers.shift();
      const result =
        given === undefined
          ? { payload: smallestAnswer(version.name, call.action, options.now()) }
          : valid(given, version, call.action, options);
      if (result.failure !== undefined) failed = true;
      events.push({
        kind: 'received',
        from: at,
        version: version.name,
        frame: isSilence(result) ? undefined : answerOf(version, id, result),
        by: given === undefined ? 'smallest valid' : 'given',
      });
      return result;
    },
  });

  const result = await bridge.call(side, { action: input.action, payload });
  const reached = calls > 0;
  const failedBefore = failed;
  const mark = events.length;
  const next = await bridge.runDue();
  if (events.length > mark) events.splice(mark, 0, { kind: 'byItself' });

  const isInvalid = events.some(({ kind }) => kind === 'invalid');
  const end =
    result.failure === undefined ? (reached ? 'translated' : 'answered') : failedBefore ? 'failed' : 'refused';
  const answer = from.actions.get(input.action)?.response === undefined ? undefined : answerOf(from, input.id, result);
  return {
    ...(input.place === undefined ? {} : { place: input.place }),
    from: from.name,
    to: to.name,
    side,
    frame: frameOf(from, input.id, { action: input.action, payload: input.payload }),
    ...(mended === undefined ? {} : { mended }),
    events,
    ...(answer === undefined ? {} : { answer }),
    end: isInvalid ? 'invalid' : end,
    ...(next === undefined ? {} : { waitsUntil: new Date(next).toISOString() }),
  };
}

function sideOf(action: string, { from, side }: RunOptions): Side {
  const initiator = from.actions.get(action)?.initiator;
  if (side === undefined || initiator === 'both') return side ?? initiatorOf(from.name, action);
  if (side !== initiator) {
    throw new WrongUse(`--side ${side}: in OCPP ${from.name} ${action} is sent by the ${initiator}`);
  }
  return side;
}

/** The payload as a gateway would take it in. @throws WrongMessage when it would not */
function understood(
  { action, payload, deviations }: Exclude<Input, { error: WrongMessage }>,
  { from, tolerant, now }: RunOptions,
): { payload: Payload; mended?: NonNullable<Report['mended']> } {
  const schema = from.actions.get(action)?.request;
  if (schema === undefined) throw new Error(`OCPP ${from.name} has no Action ${action}`);
  const isValid = schema(payload);
  const complaints = isValid ? [] : [...new Set((schema.errors ?? []).map(describeError))];
  const checked = check(structuredClone(payload), schema, tolerant, now(), missingFields);
  if (checked.errors !== undefined) {
    throw new WrongMessage(
      `the payload is no valid OCPP ${from.name} ${action} (${from.errorCodes[checked.condition]})`,
      checked.errors,
    );
  }
  const all = [...deviations, ...checked.deviations];
  if (all.length === 0) return { payload };
  return { payload: checked.payload, mended: { complaints, deviations: all, payload: checked.payload } };
}

/** @throws WrongMessage when a given CallResult is not what the Call can be answered with */
function valid({ text, result }: GivenAnswer, version: Version, action: string, options: RunOptions): Result {
  const schema = version.actions.get(action)?.response;
  if (result.failure !== undefined || schema === undefined) return result;
  const checked = check(structuredClone(result.payload), schema, options.tolerant, options.now(), missingFields);
  if (checked.errors === undefined) return { payload: checked.payload };
  throw new WrongMessage(`--answer ${text}: no valid answer to OCPP ${version.name} ${action}`, checked.errors);
}

function frameOf(version: Version, id: string | number, { action, payload }: Message): string {
  const write = version.actions.get(action)?.kind === 'send' ? sendFrame : callFrame;
  return write(String(id), action, JSON.stringify(payload));
}

const isSilence = ({ failure }: Result): boolean => failure?.uncertain === true;

function answerOf(version: Version, id: string | number, result: Result): string {
  if (result.failure === undefined) return callResult(id, JSON.stringify(result.payload));
  return callError(id, version.errorCodes[result.failure.condition], result.failure.description);
}

const schemas = new Map<VersionName, Schemas>();

function smallestAnswer(version: VersionName, action: string, now: number): Payload {
  let own = schemas.get(version);
  if (own === undefined) {
    const file = new URL(`../ocpp/generated/${version}.schemas.json`, import.meta.url);
    own = JSON.parse(readFileSync(file, 'utf8')) as Schemas;
    schemas.set(version, own);
  }
  return smallest(own, `${action}Response`, new Date(now).toISOString());
}

/** @throws WrongUse for a text that names no Version */
export function readVersion(text: string, option: string): Version {
  const name = text.replace(/^(?:ocpp)?\s*v?/i, '');
  try {
    return versionByName(name as VersionName);
  } catch {
    throw new WrongUse(`${option} ${text}: there is no such version of OCPP; there are ${versionNames.join(', ')}`);
  }
}
