/** Turns whatever went wrong with a request into a problem, and writes to the log what the client cannot mend. */
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { CommandRefused, StoreRefused, StoreUnavailable } from '../gateway/ports.ts';
import { refusalProblem } from './commands.ts';
import { Problem, type ProblemCode, problemMediaType, sendProblem } from './problems.ts';
import { type Api, SchemaViolation } from './schema.ts';

/** Fastify's errors that a client causes. */
const fastifyProblems: Readonly<Record<string, { readonly code: ProblemCode; readonly detail: string }>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'malformed-json', detail: 'The body is not JSON.' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'malformed-json',
    detail: 'The body is not as long as Content-Length says.',
  },
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'body-too-large', detail: 'The body is larger than 1 MiB.' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'unsupported-media-type',
    detail: 'Send the body with "Content-Type: application/json".',
  },
  FST_ERR_BAD_URL: { code: 'invalid-request', detail: 'The path is not percent-encoded UTF-8.' },
  FST_ERR_MAX_PARAM_LENGTH: { code: 'address-too-long', detail: 'A path parameter is longer than any id.' },
};

/** The problem that stands for an error; one of the gateway's own making is `internal`. */
export function problemOf(error: unknown, requestId: string): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof SchemaViolation) {
    return new Problem(error.part === 'body' ? 'invalid-body' : 'invalid-request', error.message, {
      errors: error.errors,
    });
  }
  if (error instanceof CommandRefused) return refusalProblem(error);
  if (error instanceof StoreUnavailable) return new Problem('unavailable', 'The database does not answer.', {}, 5);
  if (error instanceof StoreRefused) return new Problem('not-storable', error.message);
  const { code = '', name, message } = error as Partial<FastifyError>;
  // Known by name: the adapters' own classes are not imported here.
  if (name === 'InvalidCursor') return new Problem('invalid-cursor', message ?? 'The cursor is not one of this list.');
  const known = fastifyProblems[code];
  if (known !== undefined) return new Problem(known.code, known.detail);
  // secure-json-parse: the body would change an object's prototype.
  if (name === 'SyntaxError' && (error as FastifyError).statusCode === 400)
    return new Problem('malformed-json', message ?? 'The body is not JSON.');
  return new Problem('internal', 'The gateway failed; its log says why.', { requestId });
}

/** Answers what is not HTTP at all, of which there is no request to reply to. */
export function refuseConnection(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy(error);
  const [status, title] = clientErrors[error.code ?? ''] ?? [400, 'Bad Request'];
  const body = JSON.stringify({ type: 'about:blank', title, status, detail: 'The request cannot be read as HTTP.' });
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nContent-Type: ${problemMediaType}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

const clientErrors: Readonly<Record<string, readonly [number, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout'],
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large'],
};

/** Which methods the API has at a path, out of the routes that it has. */
class Methods {
  readonly #routes: { readonly segments: readonly string[]; readonly methods: readonly string[] }[] = [];

  add(url: string, method: string | readonly string[]): void {
    this.#routes.push({ segments: url.split('/'), methods: [method].flat() as string[] });
  }

  at(path: string): readonly string[] {
    const given = path.split('/');
    const matching = this.#routes.filter(
      ({ segments }) =>
        segments.length === given.length &&
        segments.every((segment, index) => (segment.startsWith(':') ? given[index] !== '' : segment === given[index])),
    );
    return [...new Set(matching.flatMap(({ methods }) => methods))].sort();
  }
}

/** Answers every error as a problem. To be called before the routes. */
export function handleErrors(api: Api): void {
  const methods = new Methods();
  api.addHook('onRoute', ({ url, method }) => methods.add(url, method));

  api.setErrorHandler((error, request: FastifyRequest, reply: FastifyReply) => {
    const problem = problemOf(error, request.id);
    if (problem.code === 'internal')
      request.log.error({ err: error, path: request.routeOptions.url }, 'request failed');
    return sendProblem(reply, problem);
  });

  api.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0]!;
    const allowed = methods.at(path);
    if (allowed.length === 0)
      return sendProblem(
        reply,
        new Problem('not-found', `There is nothing at ${path}. GET /openapi.json lists what there is.`),
      );
    reply.header('allow', allowed.join(', '));
    return sendProblem(
      reply,
      new Problem('method-not-allowed', `${request.method} is not possible here, but ${allowed.join(', ')}.`),
    );
  });
}
