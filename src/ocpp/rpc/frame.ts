/** OCPP-J frames (1.6J 4, 2.0.1 part 4 4, 2.1 part 4 4): text ↔ {@link Frame}. */
import type { Payload } from '../translate/outcome.ts';
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
  /** Nothing that can be acted on. `answer`: the CallError to send, if the Version wants one. */
  | { readonly type: 'Malformed'; readonly reason: string; readonly answer: string | undefined };

interface ErrorFields {
  readonly id: MessageId;
  /** As spelled by the sender. */
  readonly code: string;
  readonly condition: ErrorCondition;
  readonly description: string;
  readonly details: Payload;
}

/** What was mended in the frame itself. */
export type FrameDeviation = 'invalidJson' | 'numericMessageId' | 'missingPayload' | 'sendAsCall' | 'longMessageId';

const MAX_ID = 36;

/**
 * Reads one frame. Never throws.
 * @param tolerant mend what can be understood (E-4, E-12); otherwise such a frame is malformed
 */
export function parseFrame(text: string, version: Version, tolerant: boolean): Frame {
  let deviations: FrameDeviation[] | undefined;
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch (error) {
    message = tolerant ? repairedJson(text) : undefined;
    if (message === undefined) return malformed(`the frame is not JSON: ${(error as Error).message.slice(0, 100)}`, '-1', version);
    deviations = ['invalidJson'];
  }
  if (!Array.isArray(message)) return malformed('the frame is not a JSON array', '-1', version);
  const [type, id] = message as [unknown, unknown];
  if (typeof id === 'number' && tolerant) deviations = add(deviations, 'numericMessageId');
  else if (typeof id !== 'string' || id === '') return malformed('the message id is not a string', '-1', version);
  else if (id.length > MAX_ID) return malformed(`the message id is longer than ${MAX_ID} characters`, '-1', version);
  if (type === 2 || (type === 6 && version.messageTypes.includes(6))) {
    return parseCall(text, message as unknown[], id, version, tolerant, deviations);
  }
  if (type === 3) {
    const payload = payloadOf(message[2]);
    if (payload === undefined) return { type: 'Malformed', reason: 'the CallResult has no object as payload', answer: undefined };
    if (payload !== message[2]) deviations = add(deviations, 'missingPayload');
    return { type: 'CallResult', id, payload, text: sliceOf(text, 3, id, undefined, payload, message.length === 3 && deviations === undefined), deviations: deviations ?? none };
  }
  if (type === 4 || (type === 5 && version.messageTypes.includes(5))) return parseError(type, id, message as unknown[]);
  const answer = version.unknownMessageType === 'ignore' ? undefined : callError(id, version.errorCodes.MessageTypeNotSupported, `message type ${String(type)} is not supported`);
  return { type: 'Malformed', reason: `message type ${String(type)} is not supported`, answer };
}

const none: readonly FrameDeviation[] = [];

const add = (list: FrameDeviation[] | undefined, deviation: FrameDeviation): FrameDeviation[] => [...(list ?? []), deviation];

function parseCall(
  text: string,
  message: readonly unknown[],
  id: MessageId,
  version: Version,
  tolerant: boolean,
  deviations: FrameDeviation[] | undefined,
): Frame {
  const action = message[2];
  if (typeof action !== 'string') return malformed('the action is not a string', id, version);
  const isSend = message[0] === 6;
  const payload = payloadOf(message[3]);
  if (payload === undefined || (payload !== message[3] && !tolerant)) {
    const answer = isSend ? undefined : callError(id, version.errorCodes.FormatViolation, 'the payload is not a JSON object');
    return { type: 'Malformed', reason: 'the payload is not a JSON object', answer };
  }
  let found = deviations;
  if (payload !== message[3]) found = add(found, 'missingPayload');
  // NotifyPeriodicEventStream is a message of type 6; some stations send it as a Call, and then want an answer.
  if (!isSend && version.sends?.includes(action) === true) found = add(found, 'sendAsCall');
  return {
    type: isSend ? 'Send' : 'Call',
    id,
    action,
    payload,
    text: sliceOf(text, isSend ? 6 : 2, id, action, payload, message.length === 4 && deviations === undefined),
    deviations: found ?? none,
  };
}

/** The payload's own text out of the frame's, when the frame is written the usual way, `[2,"id","action",{`; otherwise written anew. */
function sliceOf(
  text: string,
  type: number,
  id: MessageId,
  action: string | undefined,
  payload: Payload,
  complete: boolean,
): string {
  if (!complete || typeof id !== 'string') return JSON.stringify(payload);
  let at = 4 + id.length;
  if (text.charCodeAt(1) !== 0x30 + type || !text.startsWith(',"', 2) || !text.startsWith(id, 4)) return JSON.stringify(payload);
  if (action !== undefined) {
    if (!text.startsWith('","', at) || !text.startsWith(action, at + 3)) return JSON.stringify(payload);
    at += 3 + action.length;
  }
  if (!text.startsWith('",{', at) || text.charCodeAt(text.length - 1) !== 0x5d) return JSON.stringify(payload);
  return text.slice(at + 2, -1).trimEnd();
}

function payloadOf(value: unknown): Payload | undefined {
  if (value === null || value === undefined) return {};
  return typeof value === 'object' && !Array.isArray(value) ? (value as Payload) : undefined;
}

function parseError(type: 4 | 5, id: MessageId, message: readonly unknown[]): Frame {
  const code = typeof message[2] === 'string' ? message[2] : 'GenericError';
  const details = message[4];
  return {
    type: type === 4 ? 'CallError' : 'CallResultError',
    id,
    code,
    condition: errorConditions.get(code) ?? 'GenericError',
    description: typeof message[3] === 'string' ? message[3] : '',
    // E-33: a string or nothing where an object is meant
    details: typeof details === 'object' && details !== null && !Array.isArray(details) ? (details as Payload) : details === undefined ? {} : { details },
  };
}

/** One attempt at JSON with stray control characters or commas (E-12). */
function repairedJson(text: string): unknown {
  const stripped = text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: stray control characters are what is looked for
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '')
    .trim()
    .replace(/^,+|,+$/g, '')
    .replace(/,\s*([\]}])/g, '$1')
    .replace(/([[{])\s*,/g, '$1');
  try {
    return JSON.parse(stripped);
  } catch {
    return undefined;
  }
}

function malformed(reason: string, id: MessageId, version: Version): Frame {
  return { type: 'Malformed', reason, answer: callError(id, version.errorCodes.RpcFrameworkError, reason) };
}

/** @param payload JSON text */
export const callFrame = (id: string, action: string, payload: string): string => `[2,"${id}","${action}",${payload}]`;

/** @param payload JSON text */
export const callResult = (id: MessageId, payload: string): string => `[3,${JSON.stringify(id)},${payload}]`;

/** @param code in the Version's spelling */
export const callError = (id: MessageId, code: string, description: string): string =>
  `[4,${JSON.stringify(id)},"${code}",${JSON.stringify(description.slice(0, 255))},{}]`;

/** A complaint about a bad CallResult, for Versions that have message type 5. */
export const callResultError = (id: MessageId, code: string, description: string): string =>
  `[5,${JSON.stringify(id)},"${code}",${JSON.stringify(description.slice(0, 255))},{}]`;
