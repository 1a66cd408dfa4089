/** OCPP-J frames (1.6J 4, 2.0.1 part 4 4, 2.1 part 4 4): text ↔ {@link Frame}. */
import type { Payload } from '../translate/outcome.ts';
import { mayBeUnprintable, removeUnprintable } from '../unprintable.ts';
import { type ErrorCondition, errorConditions, type Version } from '../versions/version.ts';

/** Message ids are strings of up to 36 characters; a number is tolerated and answered with the same number. */
export type MessageId = string | number;

export type Frame =
  | {
      readonly type: 'Call' | 'Send';
      readonly id: MessageId;
      readonly action: string;
      readonly payload: Payload;
      /** JSON text of the payload, as it was sent. */
      readonly text: string;
      readonly deviations: readonly FrameDeviation[];
    }
  | {
      readonly type: 'CallResult';
      readonly id: MessageId;
      readonly payload: Payload;
      readonly text: string;
      readonly deviations: readonly FrameDeviation[];
    }
  | ({ readonly type: 'CallError' } & ErrorFields)
  | ({ readonly type: 'CallResultError' } & ErrorFields)
  | {
      /** Nothing that can be acted on. */
      readonly type: 'Malformed';
      readonly reason: string;
      /** The error to send, if the Version wants one. */
      readonly answer: string | undefined;
      /** The Call that this was to answer: it waits in vain. */
      readonly answers?: MessageId;
    };

interface ErrorFields {
  readonly id: MessageId;
  /** As spelled by the sender. */
  readonly code: string;
  readonly condition: ErrorCondition;
  readonly description: string;
  readonly details: Payload;
}

/** What was mended in the frame itself. */
export type FrameDeviation = 'invalidJson' | 'numericMessageId' | 'missingPayload' | 'sendAsCall' | 'unprintable';

const MAX_ID = 36;
/** No message of any Version is nested this deeply; what is overflows the stack of whoever walks or writes it. */
const MAX_DEPTH = 200;
/** Shorter frames cannot be nested so deeply that it hurts. */
const DEEP_LENGTH = 2000;

/**
 * Reads one frame. Never throws.
 * @param tolerant mend what can be understood; otherwise such a frame is malformed
 */
export function parseFrame(text: string, version: Version, tolerant: boolean): Frame {
  if (text.length > DEEP_LENGTH && isDeep(text)) return malformed('the frame is nested too deeply', version);
  let deviations: FrameDeviation[] | undefined;
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch (error) {
    message = tolerant ? repairedJson(text) : undefined;
    if (message === undefined) {
      return malformed(`the frame is not JSON: ${(error as Error).message.slice(0, 100)}`, version);
    }
    deviations = ['invalidJson'];
  }
  if (!Array.isArray(message)) return malformed('the frame is not a JSON array', version);
  const [type, id] = message as [unknown, unknown];
  const wrongId = whatIsWrongWith(id, tolerant);
  if (wrongId !== undefined) {
    return isAnswered(type, version)
      ? malformed(wrongId, version)
      : { type: 'Malformed', reason: wrongId, answer: undefined };
  }
  if (typeof id === 'number') deviations = add(deviations, 'numericMessageId');
  return parseMessage(text, message, type, id as MessageId, version, tolerant, deviations);
}

/** Only what may be a Call is answered with a CallError; a CallResult, a CallError or a Send never is. */
function isAnswered(type: unknown, version: Version): boolean {
  if (typeof type !== 'number' || type === 2) return true;
  return version.unknownMessageType !== 'ignore' && (type < 3 || type > 6);
}

function whatIsWrongWith(id: unknown, tolerant: boolean): string | undefined {
  // A number is sent back as it came, so it has to be one that JavaScript writes as it read it.
  if (tolerant && typeof id === 'number' && Number.isSafeInteger(id)) return undefined;
  if (typeof id !== 'string' || id === '') return 'the message id is not a string';
  if (id.length > MAX_ID) return `the message id is longer than ${MAX_ID} characters`;
  return isPrintable(id) ? undefined : 'the message id holds NUL or half a surrogate pair';
}

const isPrintable = (text: string): boolean => !text.includes('\u0000') && text.isWellFormed();

function parseMessage(
  text: string,
  message: readonly unknown[],
  type: unknown,
  id: MessageId,
  version: Version,
  tolerant: boolean,
  deviations: FrameDeviation[] | undefined,
): Frame {
  if (type === 2 || (type === 6 && version.messageTypes.includes(6))) {
    return parseCall(text, message, id, version, tolerant, deviations);
  }
  if (type === 3) return parseResult(text, message, id, version, tolerant, deviations);
  if (type === 4 || (type === 5 && version.messageTypes.includes(5))) return parseError(type, id, message);
  const reason = `message type ${String(JSON.stringify(type)).slice(0, 20)} is not supported`;
  const answer =
    version.unknownMessageType === 'ignore'
      ? undefined
      : callError(id, version.errorCodes.MessageTypeNotSupported, reason);
  return { type: 'Malformed', reason, answer };
}

const none: readonly FrameDeviation[] = [];

const add = (list: FrameDeviation[] | undefined, deviation: FrameDeviation): FrameDeviation[] => [
  ...(list ?? []),
  deviation,
];

function parseCall(
  text: string,
  message: readonly unknown[],
  id: MessageId,
  version: Version,
  tolerant: boolean,
  deviations: FrameDeviation[] | undefined,
): Frame {
  const action = message[2];
  const isSend = message[0] === 6;
  if (typeof action !== 'string' || !isPrintable(action)) {
    return unusable('the action is not a text', isSend ? undefined : id, version.errorCodes.RpcFrameworkError);
  }
  const payload = payloadOf(message[3]);
  if (payload === undefined || (payload !== message[3] && !tolerant)) {
    return unusable('the payload is not a JSON object', isSend ? undefined : id, version.errorCodes.FormatViolation);
  }
  let found = deviations;
  if (payload !== message[3]) found = add(found, 'missingPayload');
  // NotifyPeriodicEventStream is a message of type 6; some stations send it as a Call, and then want an answer.
  if (!isSend && version.sends?.includes(action) === true) found = add(found, 'sendAsCall');
  const complete = message.length === 4 && deviations?.[0] !== 'invalidJson';
  return {
    type: isSend ? 'Send' : 'Call',
    id,
    action,
    payload,
    text: sliceOf(text, isSend ? 6 : 2, id, action, payload, complete),
    deviations: found ?? none,
  };
}

function parseResult(
  text: string,
  message: readonly unknown[],
  id: MessageId,
  version: Version,
  tolerant: boolean,
  deviations: FrameDeviation[] | undefined,
): Frame {
  const payload = payloadOf(message[2]);
  if (payload === undefined || (payload !== message[2] && !tolerant)) {
    const reason = 'the CallResult has no object as payload';
    const complains = version.messageTypes.includes(5);
    return {
      type: 'Malformed',
      reason,
      answers: id,
      answer: complains ? callResultError(id, version.errorCodes.FormatViolation, reason) : undefined,
    };
  }
  let found = deviations;
  if (payload !== message[2]) found = add(found, 'missingPayload');
  const complete = message.length === 3 && deviations?.[0] !== 'invalidJson';
  const own = sliceOf(text, 3, id, undefined, payload, complete);
  if (mayBeUnprintable(own) && removeUnprintable(payload)) found = add(found, 'unprintable');
  return { type: 'CallResult', id, payload, text: own, deviations: found ?? none };
}

/** @param id of the Call that gets a CallError; `undefined`: nothing is answered */
const unusable = (reason: string, id: MessageId | undefined, code: string): Frame => ({
  type: 'Malformed',
  reason,
  answer: id === undefined ? undefined : callError(id, code, reason),
});

const start = `^\\s*\\[\\s*\\d\\s*,\\s*(?:-?\\d+|"[^"\\\\]*(?:\\\\.[^"\\\\]*)*")\\s*,\\s*`;
/** What stands before the payload in a frame of three elements, and of four. */
const beforeResult = new RegExp(start);
const beforeCall = new RegExp(`${start}"[^"\\\\]*(?:\\\\.[^"\\\\]*)*"\\s*,\\s*`);

/**
 * The payload's own text out of the frame's, to the letter. Written anew only where the frame has no such text: it had to be
 * repaired, or the payload is missing.
 */
function sliceOf(
  text: string,
  type: number,
  id: MessageId,
  action: string | undefined,
  payload: Payload,
  complete: boolean,
): string {
  if (!complete) return JSON.stringify(payload);
  return (
    usualSlice(text, type, id, action) ?? anySlice(text, action === undefined ? beforeResult : beforeCall, payload)
  );
}

/** The fast way, for a frame as most write it: `[2,"id","action",{`. */
function usualSlice(text: string, type: number, id: MessageId, action: string | undefined): string | undefined {
  if (typeof id !== 'string') return undefined;
  let at = 4 + id.length;
  if (text.charCodeAt(1) !== 0x30 + type || !text.startsWith(',"', 2) || !text.startsWith(id, 4)) return undefined;
  if (action !== undefined) {
    if (!text.startsWith('","', at) || !text.startsWith(action, at + 3)) return undefined;
    at += 3 + action.length;
  }
  if (!text.startsWith('",{', at) || text.charCodeAt(text.length - 1) !== 0x5d) return undefined;
  return text.slice(at + 2, -1).trimEnd();
}

function anySlice(text: string, before: RegExp, payload: Payload): string {
  const head = before.exec(text)?.[0];
  if (head === undefined || text.charCodeAt(head.length) !== 0x7b) return JSON.stringify(payload);
  return text.slice(head.length, text.lastIndexOf(']')).trimEnd();
}

/** Whether arrays and objects are nested beyond {@link MAX_DEPTH}. */
function isDeep(text: string): boolean {
  let depth = 0;
  let inText = false;
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (inText) {
      if (character === 0x5c) at++;
      else if (character === 0x22) inText = false;
    } else if (character === 0x22) inText = true;
    else if (character === 0x5b || character === 0x7b) {
      if (++depth > MAX_DEPTH) return true;
    } else if (character === 0x5d || character === 0x7d) depth--;
  }
  return false;
}

function payloadOf(value: unknown): Payload | undefined {
  if (value === null || value === undefined) return {};
  return typeof value === 'object' && !Array.isArray(value) ? (value as Payload) : undefined;
}

function parseError(type: 4 | 5, id: MessageId, message: readonly unknown[]): Frame {
  const [, , code, description, details] = message;
  // a string or nothing where an object is meant
  const fields: Payload = {
    code: typeof code === 'string' ? code : 'GenericError',
    description: typeof description === 'string' ? description : '',
    details: payloadOf(details) ?? { details },
  };
  removeUnprintable(fields);
  return {
    type: type === 4 ? 'CallError' : 'CallResultError',
    id,
    code: fields['code'],
    condition: errorConditions.get(fields['code']) ?? 'GenericError',
    description: fields['description'],
    details: fields['details'],
  };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: stray control characters are what is looked for
const controlCharacters = /[\u0000-\u001f]/g;
/** A text, or a comma too many: at the beginning or the end of a list, or before another comma. */
const textOrStrayComma = /"[^"\\]*(?:\\.[^"\\]*)*"|,(?=\s*[,\]}])|(?<=[[{]\s*),/gs;

/** One attempt at JSON with stray control characters or commas; the texts in it stay as they are but for control characters. */
function repairedJson(text: string): unknown {
  const stripped = text
    .replace(controlCharacters, ' ')
    .trim()
    .replace(/^,+|,+$/g, '')
    .replace(textOrStrayComma, (found) => (found === ',' ? '' : found));
  try {
    return JSON.parse(stripped);
  } catch {
    return undefined;
  }
}

/** The message has no usable id: 2.x part 4 4.2.3 wants "-1" in its place. */
function malformed(reason: string, version: Version): Frame {
  return { type: 'Malformed', reason, answer: callError('-1', version.errorCodes.RpcFrameworkError, reason) };
}

/** @param payload JSON text */
export const callFrame = (id: string, action: string, payload: string): string => `[2,"${id}","${action}",${payload}]`;

/** A message that is not answered, for Versions that have message type 6. @param payload JSON text */
export const sendFrame = (id: string, action: string, payload: string): string => `[6,"${id}","${action}",${payload}]`;

/** @param payload JSON text */
export const callResult = (id: MessageId, payload: string): string => `[3,${JSON.stringify(id)},${payload}]`;

/** @param code in the Version's spelling */
export const callError = (id: MessageId, code: string, description: string): string =>
  `[4,${JSON.stringify(id)},"${code}",${JSON.stringify(description.slice(0, 255))},{}]`;

/** A complaint about a bad CallResult, for Versions that have message type 5. */
export const callResultError = (id: MessageId, code: string, description: string): string =>
  `[5,${JSON.stringify(id)},"${code}",${JSON.stringify(description.slice(0, 255))},{}]`;
