/**
 * The way of a message from a station, top to bottom:
 * frame → parse → registration → validate → repetition? → translate to HEAD → decide → translate the answer back → validate → commit → send.
 */
import { type Action, type MessageId, type Payload, parseFrame, versions } from '../ocpp/index.ts';
import { payloadOfEnvelope } from '../ocpp/soap/index.ts';
import { type Answer, settle } from './answers.ts';
import type { Connection } from './connection.ts';
import { type Handled, handle } from './handle.ts';
import { identityOf } from './identity.ts';
import { callEntry, derivedEntry, eventEntry, putAnswer, recorded } from './journal.ts';
import { type CommitCaller, type JournalEntry, type RegistrationStatus, StoreUnavailable } from './ports.ts';
import { barredBy } from './registration.ts';
import { type CallFrame, notStored, refuse, sendResult, storeAside } from './replies.ts';
import { runTasks } from './tasks.ts';
import type { Concern } from './upstream/station-links.ts';
import { validated } from './validated.ts';

/** Takes in one frame. Never throws. */
export function receive(connection: Connection, text: string): void {
  const { station, version, services } = connection;
  const now = services.now();
  const tolerant = !station.row.strict;
  station.seen(now);
  const frame = parseFrame(text, version, tolerant);
  switch (frame.type) {
    case 'Call':
    case 'Send':
      for (const deviation of frame.deviations) station.deviates(deviation);
      receiveCall(connection, frame, now);
      break;
    case 'CallResult':
    case 'CallError':
      if (frame.type === 'CallResult') for (const deviation of frame.deviations) station.deviates(deviation);
      if (!connection.calls.answered(frame, tolerant, now, (code) => station.deviates(code))) {
        station.deviates('unexpectedAnswer');
        services.log.debug({ station: station.id, id: frame.id }, 'an answer came that no Call waits for');
      }
      break;
    case 'CallResultError':
      services.log.warn(
        { station: station.id, id: frame.id, code: frame.code, description: frame.description },
        'the station complains about our answer',
      );
      storeAside(
        connection,
        [
          eventEntry(connection, now, 'evsebridge.station.answer_refused', {
            messageId: String(frame.id),
            code: frame.code,
            description: frame.description,
          }),
        ],
        now,
      );
      break;
    case 'Malformed':
      station.deviates('malformedFrame');
      services.log.debug({ station: station.id, reason: frame.reason }, 'a frame could not be read');
      if (frame.answer !== undefined) connection.link.send(frame.answer);
      if (frame.answers !== undefined) connection.calls.unusable(frame.answers, frame.reason);
  }
}

function receiveCall(connection: Connection, frame: CallFrame, now: number): void {
  const { version, services } = connection;
  const action = version.actions.get(frame.action);
  if (action === undefined) {
    refuse(connection, frame, 'NotImplemented', `${frame.action.slice(0, 50)} is no action of OCPP ${version.name}`);
    return;
  }
  if (action.initiator === 'csms') {
    refuse(connection, frame, 'NotSupported', `${action.name} is not for stations to send`);
    return;
  }
  services.statistics.countAction(services.statistics.received, version.name, action);

  const barred = barredBy(connection, action, now);
  if (barred !== undefined) {
    refuse(connection, frame, 'SecurityError', barred);
    return;
  }

  const identity = identityOf(action, frame.payload, frame.text);
  const payload = validated(connection, frame, action, now);
  if (payload === undefined) return;

  if (identity !== undefined && isRepetition(connection, frame, action, payload, identity, now)) return;

  if (!services.commits.accepting && action.name !== version.heartbeat) {
    // Storage is away and its waiting room full: an answer would promise what cannot be kept. The station will try again.
    services.statistics.unanswered++;
    return;
  }
  process(connection, frame, action, payload, identity, now);
}

/** Answers a message that was taken in before with its first answer. */
function isRepetition(
  connection: Connection,
  frame: CallFrame,
  action: Action,
  payload: Payload,
  identity: string,
  now: number,
): boolean {
  const { station, services } = connection;
  const known = station.answers.get(identity);
  if (known !== undefined) {
    services.statistics.repetitions++;
    if (known.payload !== undefined) repeat(connection, frame, known.payload, now);
    else {
      known.waiting ??= [];
      known.waiting.push((answer) => answer !== undefined && repeat(connection, frame, answer, services.now()));
    }
    return true;
  }
  if (!station.answers.truncated || isLive(payload, connection, now)) return false;
  // Older than what is in memory: storage knows whether it was answered before.
  connection.hold(
    services.store.stations.findAnswer(station.id, identity).then(
      (stored) => {
        if (stored === undefined) process(connection, frame, action, payload, identity, now);
        else {
          station.answers.stored(identity, stored.payload);
          services.statistics.repetitions++;
          repeat(connection, frame, stored.payload, now);
        }
      },
      (error: unknown) => {
        services.statistics.unanswered++;
        services.log.warn(
          { station: station.id, err: error },
          'storage does not tell whether a message is a repetition; it stays unanswered',
        );
      },
    ),
  );
  return true;
}

/** The message is in the Journal already; that it came again is told, not recorded as another message. */
function repeat(connection: Connection, frame: CallFrame, answer: string, now: number): void {
  if (frame.type === 'Call') sendResult(connection, frame.id, plainAnswer(answer));
  const data = { action: frame.action, messageId: String(frame.id) };
  storeAside(connection, [eventEntry(connection, now, 'evsebridge.station.repeated', data)], now);
}

/** The payload of an answer as stored: of one that was given over SOAP, its envelope. */
const plainAnswer = (stored: string): string =>
  stored.startsWith('"') ? JSON.stringify(payloadOfEnvelope(JSON.parse(stored) as string, versions)) : stored;

/** Whether a message tells of now: a repetition of something older cannot hide behind it. */
function isLive(payload: Payload, connection: Connection, now: number): boolean {
  const timestamp = payload['timestamp'] ?? payload['meterValue']?.[0]?.timestamp;
  const at = typeof timestamp === 'string' ? Date.parse(timestamp) : Number.NaN;
  return at > now - 60_000 && at >= connection.openedAt;
}

/** Translate, decide, commit, answer. */
function process(
  connection: Connection,
  frame: CallFrame,
  action: Action,
  payload: Payload,
  identity: string | undefined,
  now: number,
): void {
  const { station, services, version } = connection;
  let handled: Handled;
  try {
    handled = handle(connection, action, payload, now);
  } catch (error) {
    if (error instanceof StoreUnavailable) {
      // A CallError would make the station give its message up in the end; without an answer it sends it again.
      services.statistics.unanswered++;
      services.log.warn({ station: station.id, action: action.name, err: error }, 'a message stays unanswered');
      services.discard(station);
      return;
    }
    services.log.error({ station: station.id, action: action.name, err: error }, 'a message could not be handled');
    station.dropChanges();
    refuse(connection, frame, 'InternalError', 'the message could not be handled');
    // What is in memory may be half changed: begin anew from what is stored.
    services.discard(station);
    return;
  }
  const { result, head } = handled;
  if (action.name === version.heartbeat && result.failure === undefined && !station.hasChanges) {
    const answer = JSON.stringify(result.payload);
    answerHeartbeat(connection, frame, answer, now);
    station.links?.heartbeat(version, frame.text, answer, now);
    return;
  }
  // Only of one HEAD Call is it plain which meter values are whose.
  const meterValues = head.length === 1 ? station.newMeterValues : undefined;
  const entry = callEntry(connection, now, 'in', frame.type, frame.id, action.name, frame.text, head[0], meterValues);
  if (result.failure !== undefined) {
    refuse(connection, frame, result.failure.condition, result.failure.description, entry);
    runTasks(connection);
    return;
  }
  if (action.name === version.boot) services.upstreams?.booted(connection);
  const given = JSON.stringify(result.payload);
  const concern = station.links?.concern(version, action, frame.text, payload, given, now);
  const answer = concern?.answer ?? given;
  if (frame.type === 'Call')
    putAnswer(
      entry,
      recorded(connection, 'out', 'CallResult', frame.id, action.name, answer),
      handled.headResponse,
      identity,
    );
  const journal: JournalEntry[] = [entry];
  for (const extra of head.slice(1)) journal.push(derivedEntry(connection, now, frame.id, extra));
  const id = frame.type === 'Call' ? frame.id : undefined;
  services.commits.store(
    station.takeChanges(journal, now),
    new Answering(connection, action, id, answer, identity, concern),
  );
  runTasks(connection);
}

/**
 * Gives a message its answer once that is stored. It does not hold on to the message: of those that wait here, the garbage collector
 * would have to carry every parsed payload.
 */
class Answering implements CommitCaller {
  readonly #connection: Connection;
  readonly #action: Action;
  readonly #id: MessageId | undefined;
  readonly #answer: string;
  readonly #identity: string | undefined;
  /** What repetitions of the message wait for. */
  readonly #pending: Answer | undefined;
  readonly #concern: Concern | undefined;

  /**
   * @param id of the message; `undefined` when it wants no answer
   * @param concern what upstreams make of it
   */
  constructor(
    connection: Connection,
    action: Action,
    id: MessageId | undefined,
    answer: string,
    identity: string | undefined,
    concern: Concern | undefined,
  ) {
    this.#connection = connection;
    this.#action = action;
    this.#id = id;
    this.#answer = answer;
    this.#identity = identity;
    this.#concern = concern;
    this.#pending = identity === undefined ? undefined : connection.station.answers.begin(identity);
  }

  stored(): void {
    this.#concern?.stored();
    const owner = this.#concern?.owner;
    if (owner === undefined) this.#finish(this.#answer);
    else void owner.then((said) => this.#finish(said ?? this.#answer));
  }

  #finish(answer: string): void {
    if (this.#concern !== undefined && this.#id !== undefined)
      answeredByOwner(this.#connection, this.#action, this.#id, this.#answer, answer, this.#identity);
    if (this.#id !== undefined) sendResult(this.#connection, this.#id, answer);
    if (this.#pending !== undefined) settle(this.#pending, answer);
  }

  failed(error: Error): void {
    if (this.#identity !== undefined) this.#connection.station.answers.failed(this.#identity);
    notStored(this.#connection, this.#action.name, this.#id, error);
  }
}

/** Takes in what an upstream's station is told in the end. The Journal has what was ready to be told already. */
function answeredByOwner(
  connection: Connection,
  action: Action,
  id: MessageId,
  ready: string,
  told: string,
  identity: string | undefined,
): void {
  const { station, services, version } = connection;
  if (action.name === version.boot) {
    const { status } = JSON.parse(told) as { status: RegistrationStatus };
    if (status !== station.row.registrationStatus) station.setRow({ ...station.row, registrationStatus: status });
  }
  if (told === ready) return;
  const now = services.now();
  const entry = callEntry(connection, now, 'out', 'CallResult', id, action.name, told);
  storeAside(connection, [{ ...entry, identity: identity ?? null }], now);
}

/** A Heartbeat asks for the time; there is nothing to wait for. */
function answerHeartbeat(connection: Connection, frame: CallFrame, answer: string, now: number): void {
  const { journalHeartbeats } = connection.services.settings;
  // Made before the answer goes: a link may know the texts of a message only as long as it is not answered.
  const journal = journalHeartbeats
    ? [
        callEntry(connection, now, 'in', frame.type, frame.id, frame.action, frame.text),
        callEntry(connection, now, 'out', 'CallResult', frame.id, frame.action, answer),
      ]
    : [];
  sendResult(connection, frame.id, answer);
  if (journalHeartbeats) storeAside(connection, journal, now);
}
