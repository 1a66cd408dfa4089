/** What a station gets to hear for its messages, and what is kept of that. */
import { callError, callResult, type ErrorCondition, type Frame, type MessageId } from '../ocpp/index.ts';
import type { Connection } from './connection.ts';
import { callEntry } from './journal.ts';
import { type JournalEntry, StoreRefused } from './ports.ts';

export type CallFrame = Extract<Frame, { type: 'Call' | 'Send' }>;

export function sendResult(connection: Connection, id: MessageId, answer: string): void {
  // On the newest connection only; a station that has reconnected asks again and gets the stored answer.
  if (connection.isCurrent) connection.link.send(callResult(id, answer));
}

/** Answers with a CallError, and keeps a record of both. */
export function refuse(
  connection: Connection,
  frame: CallFrame,
  condition: ErrorCondition,
  description: string,
  entry?: JournalEntry,
): void {
  const { version, services, station } = connection;
  const now = services.now();
  const code = version.errorCodes[condition];
  services.statistics.count(services.statistics.callErrors, code);
  const journal = [
    entry ?? callEntry(connection, now, 'in', frame.type, frame.id, frame.action.slice(0, 100), frame.text),
  ];
  if (frame.type === 'Call') {
    const payload = JSON.stringify({ code, description: description.slice(0, 255), details: {} });
    journal.push(callEntry(connection, now, 'out', 'CallError', frame.id, frame.action.slice(0, 100), payload));
    connection.link.send(callError(frame.id, code, description));
  }
  services.log.debug(
    { station: station.id, action: frame.action.slice(0, 100), code, description },
    'a message was refused',
  );
  storeAside(connection, journal, now);
}

/** Stores what nobody waits for. When storage is full it is left out: nothing was promised. */
export function storeAside(connection: Connection, journal: readonly JournalEntry[], now: number): void {
  const { services, station } = connection;
  if (!services.commits.accepting) return;
  services.commits.commit(station.takeChanges(journal, now)).catch((error: unknown) => {
    services.log.error({ station: station.id, err: error }, 'a journal entry was not stored');
  });
}

/** A message that could not be stored is not acknowledged. */
export function notStored(connection: Connection, action: string, id: MessageId | undefined, error: unknown): void {
  const { services, station, version } = connection;
  services.log.error({ station: station.id, action, err: error }, 'a message was not stored');
  if (error instanceof StoreRefused && id !== undefined && connection.isCurrent) {
    connection.link.send(callError(id, version.errorCodes.InternalError, 'the message could not be stored'));
  }
  // What is in memory is ahead of what is stored: begin anew from what is stored.
  services.discard(station);
}
