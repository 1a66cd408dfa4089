/** Everything that the API can answer instead of what was asked for, as RFC 9457 problem details. */
import type { FastifyReply } from 'fastify';

/** One kind of problem: the row that the documentation prints. */
export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  /** When it is answered, and what to do about it. */
  readonly when: string;
}

/** Code → kind. The code is the last segment of the problem's `type`, and never changes. */
export const problems = {
  'malformed-json': {
    status: 400,
    title: 'The body is not JSON',
    when: 'The body cannot be parsed, is empty although a JSON content type was sent, or names __proto__.',
  },
  'invalid-request': {
    status: 400,
    title: 'The request is not understood',
    when: 'A path, query or header parameter is unknown or has a wrong value; `errors` names each.',
  },
  'invalid-cursor': {
    status: 400,
    title: 'The cursor is not one of this list',
    when: '`cursor` was not taken from `nextCursor` of the same list with the same filters.',
  },
  unauthorized: {
    status: 401,
    title: 'A key is needed',
    when: 'The header `Authorization: Bearer KEY` is absent or carries another key.',
  },
  'not-found': { status: 404, title: 'There is nothing at this address', when: 'The path is none of the API.' },
  'unknown-station': {
    status: 404,
    title: 'The charging station is not known',
    when: 'No station of this id has connected or been created with PUT.',
  },
  'unknown-action': {
    status: 404,
    title: 'There is no such command',
    when: 'The Action is not one that a CSMS initiates in OCPP 2.1. Names are case-sensitive.',
  },
  'unknown-command': { status: 404, title: 'The command is not known', when: 'No Command has this id.' },
  'unknown-transaction': { status: 404, title: 'The transaction is not known', when: 'No transaction has this id.' },
  'unknown-token': { status: 404, title: 'The token is not known', when: 'No IdToken of this value is stored.' },
  'unknown-upstream': { status: 404, title: 'The upstream is not known', when: 'No upstream has this name.' },
  'unknown-route': { status: 404, title: 'The route is not known', when: 'No route has this name.' },
  'unknown-message': {
    status: 404,
    title: 'The message is not known',
    when: 'No message of this number is parked; it may have been sent or dropped meanwhile.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'The method is not allowed here',
    when: 'The path exists, with the methods that the header `Allow` lists.',
  },
  'station-offline': {
    status: 409,
    title: 'The charging station is not connected',
    when: 'A command was sent to a station that is not connected. Nothing was stored; try again when it is.',
  },
  'upstream-in-use': {
    status: 409,
    title: 'The upstream is in use',
    when: 'Routes lead to it, or messages of its version wait for it. Let the routes lead elsewhere first.',
  },
  'station-not-callable': {
    status: 409,
    title: 'The charging station cannot be called',
    when: 'It speaks SOAP, and its own service has no address: it gave none (`wsa:From`), and no `callbackUrl` is configured. With `Prefer: respond-async` the command waits for one.',
  },
  'body-too-large': { status: 413, title: 'The body is too large', when: 'The body is larger than 1 MiB.' },
  'address-too-long': {
    status: 414,
    title: 'The address is too long',
    when: 'A path parameter is longer than any id.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The media type is not supported',
    when: 'A body was sent as something other than `application/json`.',
  },
  'invalid-body': {
    status: 422,
    title: 'The body is not valid',
    when: 'The body breaks its schema: of a command the official OCPP 2.1 schema. `errors` names every place.',
  },
  'idempotency-conflict': {
    status: 422,
    title: 'The idempotency key was used for another command',
    when: 'The same `Idempotency-Key` came before, to the same station, with another Action or body.',
  },
  'not-storable': {
    status: 422,
    title: 'The text cannot be stored',
    when: 'A value holds what the database cannot take, such as the character U+0000.',
  },
  internal: {
    status: 500,
    title: 'The gateway failed',
    when: 'A defect of the gateway; its log has the cause under the `requestId` given.',
  },
  'command-failed': {
    status: 502,
    title: 'The charging station did not carry out the command',
    when: 'The station answered with an OCPP error, or was lost before it was told. `command` has the details.',
  },
  unavailable: {
    status: 503,
    title: 'The database does not answer',
    when: 'Storage is away; nothing was taken in. Try again after `Retry-After` seconds.',
  },
  overloaded: {
    status: 503,
    title: 'The gateway or the station is overloaded',
    when: 'Too much waits already; nothing was taken in. Try again after `Retry-After` seconds.',
  },
  'not-ready': {
    status: 503,
    title: 'The gateway is not ready',
    when: 'Only `GET /readyz`: `checks` says what is missing.',
  },
  'command-uncertain': {
    status: 504,
    title: 'The charging station did not answer in time',
    when: 'The command was sent, and whether it was carried out is not known. `command` has state `uncertain`, and keeps it.',
  },
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof problems;

/** One thing that is wrong: in the body at a JSON pointer (RFC 6901 as a URI fragment), or with a named parameter. */
export interface ProblemDetail {
  readonly pointer?: string;
  readonly parameter?: string;
  readonly detail: string;
}

/** Thrown by a handler to answer with a problem. `extra` becomes members beside `type`, `title`, `status` and `detail`. */
export class Problem extends Error {
  override name = 'Problem';
  readonly code: ProblemCode;
  readonly extra: Readonly<Record<string, unknown>>;
  /** Seconds, for the header `Retry-After`. */
  readonly retryAfter: number | undefined;
  constructor(code: ProblemCode, detail: string, extra: Readonly<Record<string, unknown>> = {}, retryAfter?: number) {
    super(detail);
    this.code = code;
    this.extra = extra;
    this.retryAfter = retryAfter;
  }
}

export const problemMediaType = 'application/problem+json';

/** The JSON of a problem. */
export function problemBody(problem: Problem): Record<string, unknown> {
  const { status, title } = problems[problem.code];
  return { type: `/problems/${problem.code}`, title, status, detail: problem.message, ...problem.extra };
}

/** Answers with a problem. */
export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.retryAfter !== undefined) reply.header('retry-after', problem.retryAfter);
  return reply
    .code(problems[problem.code].status)
    .type(problemMediaType)
    .send(JSON.stringify(problemBody(problem)));
}
