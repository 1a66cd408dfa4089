/** What `translate` is given: frames of OCPP-J or bare payloads, and answers of the other side. */
import {
  errorConditions,
  type FrameDeviation,
  type MessageId,
  type Payload,
  parseFrame,
  type Result,
  type Version,
  versions,
} from '../ocpp/index.ts';
import { nearest, parseJson, WrongMessage, WrongUse } from './errors.ts';

/** One message, or what is wrong with it. */
export type Input =
  | {
      /** `line 3`, where there are several. */
      readonly place: string | undefined;
      readonly id: MessageId;
      readonly action: string;
      readonly payload: Payload;
      /** What was mended in the frame. */
      readonly deviations: readonly FrameDeviation[];
      readonly error?: undefined;
    }
  | { readonly place: string | undefined; readonly error: WrongMessage };

export interface InputOptions {
  readonly version: Version;
  /** Of bare payloads. */
  readonly action: string | undefined;
  readonly tolerant: boolean;
}

/**
 * Reads one or several messages: a frame or a payload, written over as many lines as one likes; a JSON list of them; or one on
 * each line.
 * @throws WrongUse when there is nothing to read
 */
export function readInputs(text: string, options: InputOptions): readonly Input[] {
  if (text.trim() === '') throw new WrongUse('there is no message to translate');
  const whole = json(text);
  if (isListOfMessages(whole)) {
    return whole.map((message, index) => readInput(JSON.stringify(message), options, `message ${index + 1}`));
  }
  const lines = text.split('\n').flatMap((line, index) => (line.trim() === '' ? [] : [{ line, number: index + 1 }]));
  // What does not end where its line ends is one message over several lines.
  const isOne = whole !== undefined || lines.length === 1 || !/[\]}]\s*$/.test(lines[0]?.line ?? '');
  if (isOne) return [readInput(text, options, undefined)];
  return lines.map(({ line, number }) => readInput(line.trim(), options, `line ${number}`));
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isListOfMessages = (value: unknown): value is readonly unknown[] =>
  Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'object' && item !== null);

function readInput(text: string, options: InputOptions, place: string | undefined): Input {
  try {
    return { place, ...(/^\s*\{/.test(text) ? readPayload(text, options) : readFrame(text, options)) };
  } catch (error) {
    if (error instanceof WrongMessage) return { place, error };
    throw error;
  }
}

type Read = Omit<Exclude<Input, { error: WrongMessage }>, 'place'>;

function readPayload(text: string, { version, action }: InputOptions): Read {
  if (action === undefined) throw new WrongUse('a payload without its frame needs --action');
  const payload = parseJson(text, 'the payload') as Payload;
  return { id: '1', action: known(action, version), payload, deviations: [] };
}

function readFrame(text: string, { version, action, tolerant }: InputOptions): Read {
  if (action !== undefined) throw new WrongUse('--action is for a payload without its frame; a frame names its Action');
  const frame = parseFrame(text.trim(), version, tolerant);
  switch (frame.type) {
    case 'Call':
    case 'Send':
      return {
        id: frame.id,
        action: known(frame.action, version),
        payload: frame.payload,
        deviations: frame.deviations,
      };
    case 'Malformed':
      parseJson(text, 'the frame');
      throw new WrongMessage(`${frame.reason}; a Call is written [2,"id","Action",{…}]`);
    default:
      throw new WrongMessage(
        `the frame is a ${frame.type}: give the Call that it answers, and the answer with --answer`,
      );
  }
}

/** @throws WrongMessage when the Version has no such Action, with those that may be meant */
function known(action: string, version: Version): string {
  if (version.actions.has(action)) return action;
  const meant = nearest(action, version.actions.keys());
  const others = versions.filter(({ actions }) => actions.has(action)).map(({ name }) => name);
  throw new WrongMessage(
    [
      `OCPP ${version.name} has no Action ${action}`,
      ...(others.length === 0 ? [] : [`it is one of OCPP ${others.join(' and ')}`]),
      ...(meant.length === 0 ? [] : [`did you mean ${meant.join(' or ')}?`]),
    ].join('; '),
  );
}

/** What the other side answers to one Call. */
export interface GivenAnswer {
  readonly text: string;
  readonly result: Result;
}

/**
 * Reads an `--answer`: the payload of a CallResult, a CallResult or CallError frame, or `timeout`.
 * @throws WrongUse when it is none of them
 */
export function readAnswer(text: string): GivenAnswer {
  if (text.trim() === 'timeout') {
    return {
      text,
      result: { failure: { condition: 'GenericError', description: 'no answer in time', uncertain: true } },
    };
  }
  let value: unknown;
  try {
    value = parseJson(text, '--answer');
  } catch (error) {
    throw new WrongUse((error as Error).message);
  }
  const payload = Array.isArray(value) && value[0] === 3 ? value[2] : value;
  if (typeof payload === 'object' && payload !== null && !Array.isArray(payload)) {
    return { text, result: { payload: payload as Payload } };
  }
  if (Array.isArray(value) && value[0] === 4 && typeof value[2] === 'string') {
    const [, , code, description] = value as [4, unknown, string, unknown];
    const condition = errorConditions.get(code);
    if (condition === undefined) {
      throw new WrongUse(`--answer: OCPP has no error code ${code}; it has ${[...errorConditions.keys()].join(', ')}`);
    }
    return {
      text,
      result: { failure: { condition, description: typeof description === 'string' ? description : '' } },
    };
  }
  throw new WrongUse(
    `--answer ${text}: this is no payload {…}, no CallResult [3,"id",{…}], no CallError [4,"id","code","description",{}] and not timeout`,
  );
}
