/**
 * The way of a Command to a station, top to bottom:
 * check → store → the station's turn → translate down → validate → store → send → pair the answer → translate up → complete.
 */
import { setTimeout } from 'node:timers/promises';
import {
  describeError,
  type Failure,
  type Hide,
  hidesNothing,
  hiding,
  type Message,
  masked,
  type Outcome,
  type Payload,
  type Result,
} from '../ocpp/index.ts';
import type { Connection } from './connection.ts';
import { tellInvalidTranslation } from './invalid-translation.ts';
import { callEntry, eventEntry, hushed } from './journal.ts';
import {
  type Changes,
  type CommandRow,
  type CommandState,
  type JournalEntry,
  type JsonObject,
  type NativeExchange,
  StoreRefused,
} from './ports.ts';
import { runTasks } from './tasks.ts';

/** Codes by which a station says that it will not: the Command is refused, not failed. */
const refusals = new Set(['NotSupported', 'NotImplemented', 'SecurityError']);

/** Status values of a response that mean "no". */
const refusedStatus = new Set([
  'Rejected',
  'NotSupported',
  'NotImplemented',
  'Failed',
  'Invalid',
  'UnknownVendorId',
  'UnknownMessageId',
  // UnlockConnector, ReserveNow, SendLocalList, UpdateFirmware
  'UnlockFailed',
  'OngoingAuthorizedTransaction',
  'UnknownConnector',
  'Faulted',
  'Occupied',
  'Unavailable',
  'VersionMismatch',
  'InvalidCertificate',
  'RevokedCertificate',
  // tariffs, priority charging, display messages
  'TooManyElements',
  'ConditionNotSupported',
  'TxNotFound',
  'NoCurrencyChange',
  'DuplicateTariffId',
  'NoProfile',
  'NotSupportedMessageFormat',
  'NotSupportedPriority',
  'NotSupportedState',
  'UnknownTransaction',
  'LanguageNotSupported',
]);

/** One station's outbound work: one task at a time, in order. */
export class Outbound {
  #last: Promise<unknown> = Promise.resolve();
  #depth = 0;

  get depth(): number {
    return this.#depth;
  }

  /**
   * Runs `task` after everything before it. The task must not throw.
   * @param ready gets in line only then: what is not ready keeps nobody else waiting
   */
  run<T>(task: () => Promise<T>, ready?: Promise<void>): Promise<T> {
    this.#depth++;
    return ready === undefined ? this.#append(task) : ready.then(() => this.#append(task));
  }

  #append<T>(task: () => Promise<T>): Promise<T> {
    const done = this.#last.then(task);
    this.#last = done.finally(() => this.#depth--);
    return done;
  }
}

/**
 * Carries a stored Command out. Never rejects: what goes wrong is the Command's state.
 * @param request with its secrets, of which the Command has none
 * @param timeout how long the station has for each Call, in ms; as the settings say when absent
 */
export async function execute(
  connection: Connection,
  command: CommandRow,
  request: JsonObject,
  timeout?: number,
): Promise<CommandRow> {
  const { station, services, version } = connection;
  const exchange = new Exchange(
    connection,
    command,
    hiding(command.action, request),
    timeout ?? services.settings.callTimeout,
  );
  try {
    const chain = station.chain(version);
    const message: Message = { action: command.action, payload: station.withHeadIds(request as Payload) };
    expectAsked(connection, message);
    let outcome = notYetAccepted(connection, message) ?? chain.call('csms', message);
    while (outcome.kind === 'forward') {
      if (outcome.delay !== undefined) await setTimeout(outcome.delay);
      outcome = outcome.resume(await exchange.put(outcome.call));
    }
    const finished = await exchange.finish(stateOf(outcome, services.head.actions.get(command.action)?.response));
    runTasks(connection);
    return finished;
  } catch (error) {
    services.log.error({ station: station.id, command: command.id, err: error }, 'a command could not be carried out');
    const failure: Failure = {
      condition: 'InternalError',
      description: error instanceof StoreRefused ? error.message : 'the command could not be carried out',
    };
    return exchange
      .finish({ state: 'failed', response: null, error: failure })
      .catch(() => ({ ...command, state: 'failed' as const }));
  }
}

interface Ending {
  readonly state: CommandState;
  readonly response: Payload | null;
  readonly error: Failure | null;
}

function stateOf(
  outcome: Exclude<Outcome, { kind: 'forward' }>,
  validate: (((payload: unknown) => boolean) & { errors?: unknown }) | undefined,
): Ending {
  if (outcome.kind === 'refuse') {
    const { failure } = outcome;
    const state = failure.uncertain === true ? 'uncertain' : refusals.has(failure.condition) ? 'refused' : 'failed';
    return { state, response: null, error: failure };
  }
  if (validate !== undefined && !validate(outcome.payload)) {
    const [first] = (validate.errors as Parameters<typeof describeError>[0][] | undefined) ?? [];
    const description = `the translated answer is invalid${first === undefined ? '' : `: ${describeError(first)}`}`;
    return { state: 'failed', response: null, error: { condition: 'InternalError', description } };
  }
  const state = refusedStatus.has(outcome.payload['status'] as string) ? 'refused' : 'completed';
  return { state, response: outcome.payload, error: null };
}

/** A station that is not accepted must not charge, and is not asked to (1.6 4.2, 2.0.1 B02.FR.05). */
export function notYetAccepted(
  { station }: Connection,
  { action }: Message,
): Exclude<Outcome, { kind: 'forward' }> | undefined {
  const { registrationStatus } = station.row;
  if (registrationStatus === 'Rejected') {
    return {
      kind: 'refuse',
      failure: { condition: 'SecurityError', description: 'the station was rejected and must not be called' },
    };
  }
  const payload = registrationStatus === 'Pending' ? notWhilePending.get(action) : undefined;
  return payload === undefined ? undefined : { kind: 'answer', payload };
}

const rejected = { status: 'Rejected', statusInfo: { reasonCode: 'CSNotAccepted' } };
/** What would start or stop to charge, in any Version → its answer for a station that is Pending. */
const notWhilePending: ReadonlyMap<string, Payload> = new Map<string, Payload>([
  ['RequestStartTransaction', rejected],
  ['RequestStopTransaction', rejected],
  ['RemoteStartTransaction', { status: 'Rejected' }],
  ['RemoteStopTransaction', { status: 'Rejected' }],
]);

/** How long a station that is Pending may send what it was asked for, in ms. */
const ASKED_FOR = 60_000;

/**
 * A station that is Pending may send what it was asked for (B02.FR.02). Known before the question is sent: what was asked for may
 * arrive in the same segment as the answer.
 */
export function expectAsked(connection: Connection, { action, payload }: Message): void {
  if (connection.station.row.registrationStatus === 'Accepted') return;
  const until = connection.services.now() + connection.services.settings.callTimeout + ASKED_FOR;
  const asked =
    action === 'GetBaseReport' || action === 'GetReport'
      ? ['NotifyReport']
      : (triggered[payload['requestedMessage'] as string] ?? [payload['requestedMessage']]);
  connection.asked ??= new Map();
  for (const name of asked) if (typeof name === 'string') connection.asked.set(name, until);
}

/** MessageTrigger → the Actions that it makes stations of any Version send, where that is not the Action of the same name. */
const triggered: Readonly<Record<string, readonly string[]>> = {
  LogStatusNotification: ['LogStatusNotification', 'DiagnosticsStatusNotification'],
  FirmwareStatusNotification: ['FirmwareStatusNotification', 'SignedFirmwareStatusNotification'],
  SignChargingStationCertificate: ['SignCertificate'],
  SignV2GCertificate: ['SignCertificate'],
  SignV2G20Certificate: ['SignCertificate'],
  SignCombinedCertificate: ['SignCertificate'],
};

/** The native Calls of one Command, each stored before it is sent. */
class Exchange {
  readonly #connection: Connection;
  readonly #timeout: number;
  readonly #hide: Hide;
  #command: CommandRow;
  #answers: JournalEntry[] = [];

  /** @param hide the secrets of the Command in what is said to it */
  constructor(connection: Connection, command: CommandRow, hide: Hide, timeout: number) {
    this.#connection = connection;
    this.#command = command;
    this.#hide = hide;
    this.#timeout = timeout;
  }

  /** Puts one native Call to the station. */
  async put(call: Message): Promise<Result> {
    const before = this.#command.native.length;
    const { result, entries } = await putCall(this.#connection, call, this.#timeout, (entry) => {
      const request = masked(call.action, 'request', call.payload) as JsonObject;
      const native: NativeExchange = { action: call.action, request, response: null };
      this.#command = {
        ...this.#command,
        state: 'sent',
        native: [...this.#command.native, native],
        updatedAt: this.#connection.services.now(),
      };
      return { journal: [...this.#takeAnswers(), entry], commands: [this.#command] };
    });
    this.#answers.push(...entries);
    const native = this.#command.native.slice(0, before);
    const last = this.#command.native[before];
    if (last !== undefined) {
      const answered: NativeExchange =
        result.failure === undefined
          ? { ...last, response: this.#hide(masked(call.action, 'response', result.payload) as JsonObject) }
          : { ...last, error: this.#hide({ code: result.failure.condition, description: result.failure.description }) };
      this.#command = { ...this.#command, native: [...native, answered] };
    }
    return result;
  }

  #takeAnswers(): JournalEntry[] {
    const answers = this.#answers;
    this.#answers = [];
    return answers;
  }

  async finish({ state, response: given, error }: Ending): Promise<CommandRow> {
    const { station, services, version } = this.#connection;
    const now = services.now();
    const { id, action } = this.#command;
    const response = given === null ? null : (this.#hide(masked(action, 'response', given)) as JsonObject);
    this.#command = {
      ...this.#command,
      state,
      response,
      error: error === null ? null : this.#hide({ code: error.condition, description: error.description }),
      updatedAt: now,
    };
    const answers = this.#takeAnswers();
    const last = answers.at(-1);
    if (last !== undefined && response !== null && !station.chain(version).isEmpty) {
      answers[answers.length - 1] = {
        ...last,
        head: JSON.stringify(response),
        headAction: last.action === action ? null : action,
      };
    }
    const told = eventEntry(this.#connection, now, `evsebridge.command.${state}`, {
      commandId: id,
      action,
      state,
      response,
    });
    const changes = station.takeChanges([...answers, told], now);
    await services.commits.commit({ ...changes, commands: [this.#command] });
    return this.#command;
  }
}

const unsent: Failure = { condition: 'GenericError', description: 'the connection was lost before the Call was sent' };

/**
 * Validates, stores, sends, and waits for the answer.
 * @param stored makes the changes to be stored before the Call is sent
 * @returns the result and the Journal entries of the answer, not stored yet
 */
export async function putCall(
  connection: Connection,
  call: Message,
  timeout: number,
  stored: (entry: JournalEntry) => Changes,
): Promise<{ result: Result; entries: readonly JournalEntry[] }> {
  const { station, services, version } = connection;
  const action = version.actions.get(call.action);
  if (action === undefined || !action.request(call.payload)) {
    tellInvalidTranslation(connection, call.action, action?.request.errors ?? 'no such Action');
    return {
      result: {
        failure: { condition: 'InternalError', description: "the Call could not be put into the station's version" },
      },
      entries: [],
    };
  }
  const { wire, transport } = connection.link;
  if (wire?.carries(call.action) === false) {
    const description = `OCPP ${version.name} over ${transport.toUpperCase()} has no ${call.action}`;
    return { result: { failure: { condition: 'NotSupported', description } }, entries: [] };
  }
  if (!connection.isCurrent) return { result: { failure: unsent }, entries: [] };
  const id = services.newId();
  const text = JSON.stringify(call.payload);
  const now = services.now();
  const changes = stored(callEntry(connection, now, 'out', 'Call', id, call.action, text));
  const own = station.takeChanges(changes.journal, now);
  await services.commits.commit({ ...own, ...(changes.commands === undefined ? {} : { commands: changes.commands }) });
  if (!connection.isCurrent) return { result: { failure: unsent }, entries: [] };
  services.statistics.countAction(services.statistics.sent, version.name, action);
  const reply = await connection.calls.call(id, action, text, timeout);
  const { frame, result } = reply;
  if (frame === undefined) return { result, entries: [] };
  const said =
    frame.type === 'CallResult'
      ? frame.text
      : JSON.stringify({ code: frame.code, description: frame.description, details: frame.details });
  const entry = callEntry(connection, services.now(), 'in', frame.type, id, call.action, said);
  // An envelope may have the secret in another spelling.
  const hide = hiding(call.action, call.payload);
  const shown = hide === hidesNothing || wire === undefined ? entry : { ...entry, payload: said };
  return { result, entries: [hushed(shown, hide)] };
}
