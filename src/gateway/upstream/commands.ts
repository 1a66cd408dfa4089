/** The way of an upstream's Call to the station: may it? → the station's turn → translate → send → pair the answer → translate back → answer. */
import { setTimeout } from 'node:timers/promises';
import {
  check,
  describeError,
  type ErrorCondition,
  type Failure,
  hiding,
  type Outcome,
  type Payload,
  type Result,
} from '../../ocpp/index.ts';
import { expectAsked, notYetAccepted, putCall } from '../command.ts';
import type { Connection } from '../connection.ts';
import { callEntry, hushed } from '../journal.ts';
import type { UpstreamLink } from './link.ts';
import type { CallFrame } from './socket.ts';
import { toStation } from './transaction-ids.ts';

/** Takes in a Call of an upstream. Never throws. */
export function commandFrom(link: UpstreamLink, frame: CallFrame): void {
  link.commit([link.entry('in', 'Call', String(frame.id), frame.action.slice(0, 100), frame.text)]);
  const taken = admitted(link, frame);
  if ('failure' in taken) {
    answer(link, frame, taken);
    return;
  }
  const { connection, payload } = taken;
  const isSame = connection.version === link.version;
  void connection.outbound
    .run(async () => {
      const call = { action: frame.action, payload };
      const early = notYetAccepted(connection, call);
      if (early !== undefined) return answer(link, frame, resultOf(early));
      expectAsked(connection, call);
      await (isSame ? pass(link, connection, frame) : translated(link, connection, frame, payload));
    })
    .catch((error: unknown) => {
      const { services, station, upstream } = link;
      services.log.error(
        { station: station.id, upstream: upstream.name, err: error },
        "an upstream's command could not be carried out",
      );
      answer(link, frame, failed('InternalError', 'the command could not be carried out'));
    });
}

const failed = (condition: ErrorCondition, description: string): { readonly failure: Failure } => ({
  failure: { condition, description },
});

/** The station's connection and the valid payload, or why it may not go there. */
function admitted(
  { version, services, station, role, allow }: UpstreamLink,
  { action: name, payload }: CallFrame,
): { readonly connection: Connection; readonly payload: Payload } | { readonly failure: Failure } {
  const action = version.actions.get(name);
  if (action === undefined) return failed('NotImplemented', `${name.slice(0, 50)} is not known`);
  if (action.initiator === 'station') return failed('NotSupported', `${name} is not for a CSMS to send`);
  if (role !== 'owner' && !allow.has(name)) return failed('SecurityError', 'this system may not command the station');
  const { connection } = station;
  if (connection === undefined) return failed('GenericError', 'the station is not connected');
  if (connection.outbound.depth >= services.settings.maxQueuedCommands)
    return failed('GenericError', 'too many commands wait for the station');
  if (connection.version === version) return { connection, payload };
  const checked = check(payload, action.request, true, services.now());
  return checked.errors === undefined
    ? { connection, payload: checked.payload }
    : failed(checked.condition, checked.errors.join('; '));
}

function answer(link: UpstreamLink, frame: CallFrame, result: Result, text?: string): void {
  const id = String(frame.id);
  const action = frame.action.slice(0, 100);
  if (result.failure !== undefined) {
    const code = link.version.errorCodes[result.failure.condition];
    const { description } = result.failure;
    link.connection.refuse(frame, code, description);
    const told = JSON.stringify({ code, description: description.slice(0, 255), details: {} });
    const entry = link.entry('out', 'CallError', id, action, told);
    link.commit([hushed(entry, hiding(action, frame.payload))]);
    return;
  }
  const told = text ?? JSON.stringify(result.payload);
  link.connection.answer(frame, told);
  link.commit([hushed(link.entry('out', 'CallResult', id, action, told), hiding(action, frame.payload))]);
}

const resultOf = (outcome: Exclude<Outcome, { kind: 'forward' }>): Result =>
  outcome.kind === 'answer' ? { payload: outcome.payload } : { failure: outcome.failure };

/** Equal Versions: as it is, whatever is in it, and so its answer. */
async function pass(link: UpstreamLink, connection: Connection, frame: CallFrame): Promise<void> {
  const { services, version } = link;
  const action = version.actions.get(frame.action)!;
  const payload = toStation(link.state, frame.payload);
  const text = payload === frame.payload ? frame.text : JSON.stringify(payload);
  if (!connection.isCurrent) {
    answer(link, frame, { failure: lost });
    return;
  }
  const id = services.newId();
  await services.commits.commit({
    journal: [callEntry(connection, services.now(), 'out', 'Call', id, action.name, text)],
  });
  if (!connection.isCurrent) {
    answer(link, frame, { failure: lost });
    return;
  }
  services.statistics.countAction(services.statistics.sent, version.name, action);
  const reply = await connection.calls.call(id, action, text, services.settings.callTimeout);
  if (reply.frame === undefined) {
    answer(link, frame, reply.result);
    return;
  }
  const { frame: back } = reply;
  const hide = hiding(action.name, payload);
  if (back.type === 'CallResult') {
    link.commit([hushed(callEntry(connection, services.now(), 'in', 'CallResult', id, action.name, back.text), hide)]);
    return answer(link, frame, { payload: back.payload }, back.text);
  }
  const error = { code: back.code, description: back.description, details: back.details };
  const told = JSON.stringify(error);
  link.commit([hushed(callEntry(connection, services.now(), 'in', 'CallError', id, action.name, told), hide)]);
  return answer(link, frame, reply.result);
}

const lost: Failure = { condition: 'GenericError', description: 'the connection to the station was lost' };

async function translated(
  link: UpstreamLink,
  connection: Connection,
  frame: CallFrame,
  payload: Payload,
): Promise<void> {
  const call = { action: frame.action, payload };
  const outcome = await exchange(link, connection, link.chain(connection.version).call('csms', call));
  if (outcome === undefined) return answer(link, frame, { failure: lost });
  if (outcome.kind === 'refuse') return answer(link, frame, resultOf(outcome));
  const validate = link.version.actions.get(frame.action)?.response;
  if (validate !== undefined && !validate(outcome.payload)) {
    link.services.statistics.invalidTranslations++;
    const [first] = validate.errors ?? [];
    const why = first === undefined ? '' : `: ${describeError(first)}`;
    const failure: Failure = { condition: 'InternalError', description: `the translated answer is invalid${why}` };
    return answer(link, frame, { failure });
  }
  answer(link, frame, resultOf(outcome));
  link.runTasks();
}

/** Puts the Calls of an outcome to the station, in its turn. @returns what it came to; `undefined`: the station went away */
export async function exchange(
  link: UpstreamLink,
  connection: Connection,
  begun: Outcome,
): Promise<Exclude<Outcome, { kind: 'forward' }> | undefined> {
  let outcome = begun;
  while (outcome.kind === 'forward') {
    if (outcome.delay !== undefined) await setTimeout(outcome.delay);
    const call = { ...outcome.call, payload: toStation(link.state, outcome.call.payload) };
    const { result, entries } = await putCall(connection, call, link.services.settings.callTimeout, (entry) => ({
      journal: [entry],
    }));
    if (entries.length > 0) link.commit(entries);
    if (result.failure !== undefined && !connection.isCurrent) return undefined;
    outcome = outcome.resume(result);
  }
  return outcome;
}
