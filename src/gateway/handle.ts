/** What a station's message means: translated to HEAD, decided on, and the answer translated back. */
import type { Action, Failure, Message, Outcome, Payload, Result } from '../ocpp/index.ts';
import type { Connection } from './connection.ts';
import { tellInvalidTranslation } from './invalid-translation.ts';

export interface Handled {
  /** The answer in the station's Version. */
  readonly result: Result;
  /** The Calls in HEAD that the message means; empty when it is HEAD already or goes no further. */
  readonly head: readonly Message[];
  readonly headResponse: Payload | undefined;
}

/** Its changes are in the station's memory, not stored yet. */
export function handle(connection: Connection, action: Action, payload: Payload, now: number): Handled {
  const { station, version, services } = connection;
  const chain = station.chain(version);
  if (chain.isEmpty)
    return {
      result: valid(connection, action, decide(connection, { action: action.name, payload }, now)),
      head: [],
      headResponse: undefined,
    };
  const head: Message[] = [];
  let headResponse: Payload | undefined;
  let outcome: Outcome = chain.call('station', { action: action.name, payload });
  while (outcome.kind === 'forward') {
    head.push(outcome.call);
    const expected = services.head.actions.get(outcome.call.action);
    if (expected === undefined || !expected.request(outcome.call.payload)) {
      tellInvalidTranslation(connection, outcome.call.action, expected?.request.errors);
    }
    const result = decide(connection, outcome.call, now);
    if (head.length === 1 && result.failure === undefined) headResponse = result.payload;
    outcome = outcome.resume(result);
  }
  if (outcome.kind === 'refuse') return { result: { failure: outcome.failure }, head, headResponse };
  return { result: valid(connection, action, { payload: outcome.payload }), head, headResponse };
}

function decide(connection: Connection, call: Message, now: number): Result {
  const { station, services } = connection;
  const decision = services.decide(call.action, call.payload, station.decisionContext(now));
  station.apply(decision);
  return decision.failure === undefined ? { payload: decision.response } : { failure: decision.failure };
}

/** Nothing invalid leaves: an answer that is not valid is our defect, told as such. */
function valid(connection: Connection, action: Action, result: Result): Result {
  if (result.failure !== undefined || action.response === undefined || action.response(result.payload)) return result;
  tellInvalidTranslation(connection, action.name, action.response.errors);
  const failure: Failure = { condition: 'InternalError', description: 'the answer could not be put into this version' };
  return { failure };
}
