import {
  type Hide,
  hidesNothing,
  type Message,
  type MessageId,
  masked,
  maskedText,
  type Payload,
  type VersionName,
} from '../ocpp/index.ts';
import type { Connection } from './connection.ts';
import { type JournalEntry, type JournalType, type JsonObject, type MeterValueRow, samplesPointer } from './ports.ts';

const noEvents: JournalEntry['events'] = [];

/** A station may put anything into an id or a name; no database can hold NUL. */
export const storable = (text: string): string => (text.includes('\0') ? text.replaceAll('\0', '') : text);

/**
 * The record of one message of a connection, without its secrets.
 * @param text JSON text of the payload as on the wire
 * @param head the same in HEAD; absent when the wire form is HEAD
 * @param meterValues those stored with it
 */
export function callEntry(
  connection: Connection,
  at: number,
  direction: 'in' | 'out',
  type: JournalType,
  id: MessageId,
  action: string,
  text: string,
  head?: Message,
  meterValues?: readonly MeterValueRow[],
): JournalEntry {
  return {
    stationId: connection.station.id,
    at,
    direction,
    peer: 'station',
    version: connection.version.name,
    type,
    messageId: storable(String(id)),
    action: storable(action),
    payload: recorded(connection, direction, type, id, action, text),
    head: head === undefined ? null : headText(masked(head.action, 'request', head.payload), meterValues),
    headAction: head === undefined || head.action === action ? null : head.action,
    identity: null,
    events: noEvents,
    answer: undefined,
  };
}

/** The record of a HEAD Call that translation makes of something else: of a Call that is several of them, or by itself. */
export function derivedEntry(
  { station, services }: Connection,
  at: number,
  id: MessageId,
  { action, payload }: Message,
): JournalEntry {
  return {
    stationId: station.id,
    at,
    direction: 'in',
    peer: 'gateway',
    version: services.head.name,
    type: 'Call',
    messageId: storable(String(id)),
    action,
    payload: JSON.stringify(masked(action, 'request', payload)),
    head: null,
    headAction: null,
    identity: null,
    events: noEvents,
    answer: undefined,
  };
}

/** A HEAD form whose samples are stored as meter values of a transaction points to them there. */
function headText(payload: Payload, meterValues: readonly MeterValueRow[] | undefined): string {
  const { meterValue: values, ...rest } = payload as { meterValue?: readonly Payload[] };
  if (meterValues === undefined || values?.length !== meterValues.length) return JSON.stringify(payload);
  let text = JSON.stringify(rest).slice(0, -1);
  let separator = text.length > 1 ? ',"meterValue":[' : '"meterValue":[';
  for (let index = 0; index < values.length; index++) {
    const row = meterValues[index] as MeterValueRow;
    if (row.transactionId === null) return JSON.stringify(payload);
    const { sampledValue, ...facts } = values[index] as Payload;
    text += `${separator}{"sampledValue":${samplesPointer(row)},${JSON.stringify(facts).slice(1)}`;
    separator = ',';
  }
  return `${text}]}`;
}

const kinds: Partial<Record<JournalType, 'request' | 'response'>> = {
  Call: 'request',
  Send: 'request',
  CallResult: 'response',
};

/** A message's text as it may be kept. @param text JSON text of the payload; of an error `{ code, description, details }` */
export function withoutSecrets(type: JournalType, action: string, text: string): string {
  const kind = kinds[type];
  return kind === undefined ? text : maskedText(action, kind, text);
}

/** The record of an answer, without what it repeats of the secrets that were in the question. */
export const hushed = (entry: JournalEntry, hide: Hide): JournalEntry =>
  hide === hidesNothing ? entry : { ...entry, payload: JSON.stringify(hide(JSON.parse(entry.payload))) };

/**
 * What the Journal keeps of a message: JSON text of its payload, or of its text on the wire where that is not OCPP-J. Of a message
 * with secrets it is the payload without them in any case.
 */
export function recorded(
  { link }: Connection,
  direction: 'in' | 'out',
  type: JournalType,
  id: MessageId,
  action: string,
  text: string,
): string {
  const kept = withoutSecrets(type, action, text);
  if (kept !== text) return kept;
  const wire = link.wire?.text(direction, type, id, action, text);
  return wire === undefined ? text : JSON.stringify(wire);
}

/**
 * Puts the answer into the record of its Call.
 * @param text JSON text of the answer's payload
 * @param head the same in HEAD; absent when the wire form is HEAD
 * @param identity of the Call, when stations repeat it
 */
export function putAnswer(
  call: { -readonly [K in keyof JournalEntry]: JournalEntry[K] },
  text: string,
  head: Payload | undefined,
  identity: string | undefined,
): void {
  call.answer = { type: 'CallResult', payload: text, head: head === undefined ? null : JSON.stringify(head) };
  if (identity !== undefined) call.identity = identity;
}

/** The record of something that happened to a connected station and is no message. */
export const eventEntry = (connection: Connection, at: number, type: string, data: JsonObject): JournalEntry =>
  eventOf(connection.station.id, connection.version.name, at, type, data);

/** The record of something that happened to a station and is no message; `version` `null`: it is not connected. */
export function eventOf(
  stationId: string,
  version: VersionName | null,
  at: number,
  type: string,
  data: JsonObject,
): JournalEntry {
  return {
    stationId,
    at,
    direction: 'in',
    peer: 'gateway',
    version,
    type: 'Event',
    messageId: null,
    action: null,
    payload: JSON.stringify(data),
    head: null,
    headAction: null,
    identity: null,
    events: [{ type, data }],
  };
}
