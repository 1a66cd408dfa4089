/** The REST API, the stream of events and the pages, on one Fastify instance. */

import type { Socket } from 'node:net';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyInstance, LogController } from 'fastify';
import { Histogram, type Registry } from 'prom-client';
import { requireKey } from './auth.ts';
import { commandRoutes } from './commands.ts';
import { handleErrors, problemOf, refuseConnection } from './errors.ts';
import { eventRoutes } from './events.ts';
import { healthRoutes } from './health.ts';
import { messageRoutes } from './messages.ts';
import { openapiRoutes } from './openapi.ts';
import type { ApiOptions } from './options.ts';
import { pageRoutes } from './pages.ts';
import { sendProblem } from './problems.ts';
import { routeRoutes } from './routes.ts';
import { type Api, validatorCompiler } from './schema.ts';
import { stationRoutes } from './stations.ts';
import { tokenRoutes } from './tokens.ts';
import { transactionRoutes } from './transactions.ts';
import { upstreamRoutes } from './upstreams.ts';

export type { ApiOptions, EventFeed, FeedFilter, FeedItem, StationUrl } from './options.ts';
export { type ProblemCode, type ProblemKind, problems } from './problems.ts';

const bodyLimit = 1024 * 1024;

/**
 * What goes with every answer. Pages set a policy of their own, and nothing else may be framed, run or remembered.
 * The start page may have a key in its address, which must not travel on as a referrer.
 */
const securityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
};

/** Logs no keys: neither the header nor the query, which the start page may carry one in, is written. */
const logged = {
  req: ({ method, url }: { method?: string; url?: string }) => ({ method, path: url?.split('?', 1)[0] }),
};

/** Measures every request that ends; an event stream has no duration worth the name. */
function measure(api: Api, metrics: Registry): void {
  const durations = new Histogram({
    name: 'evsebridge_http_request_duration_seconds',
    help: 'Duration of requests to the REST API',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [metrics],
  });
  api.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    const seconds = reply.elapsedTime / 1000;
    if (route !== '/v1/events') durations.observe({ method: request.method, route, status: reply.statusCode }, seconds);
    request.log.debug({ req: request.raw, status: reply.statusCode, seconds }, 'request');
  });
}

/** Answers given while closing are the last of their connections, which would keep the server open else. */
function leaveOnClose(api: Api): void {
  let closing = false;
  /** Connections that have asked for nothing yet, as browsers open ahead: no idle one in Node's eyes, and nobody's loss. */
  const silent = new Set<Socket>();
  api.server.on('connection', (socket: Socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  api.server.on('request', ({ socket }) => silent.delete(socket));
  api.addHook('preClose', async () => {
    closing = true;
    for (const socket of silent) socket.destroy();
  });
  api.addHook('onSend', async (_request, reply) => {
    if (closing) reply.header('connection', 'close');
  });
}

/** Clients that always name a content type send it without a body too, with a DELETE for instance: that is no body. */
function takeEmptyBodies(api: Api): void {
  const parse = api.getDefaultJsonParser('error', 'error');
  api.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else parse(request, body as string, done);
  });
}

/**
 * Makes the API; the caller lets it listen and closes it. Closing ends the event streams and waits for the requests that are under way.
 * @throws Error when a file of `web/` is missing
 */
export async function createApi(options: ApiOptions): Promise<FastifyInstance> {
  const app = Fastify({
    loggerInstance: options.logger.child({}, { serializers: logged }),
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit,
    requestTimeout: 60_000,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { maxParamLength: 1024 },
    clientErrorHandler: refuseConnection,
    frameworkErrors: (error, request, reply) => {
      sendProblem(reply, problemOf(error, request.id));
    },
  });
  const api: Api = app.withTypeProvider<TypeBoxTypeProvider>();
  api.setValidatorCompiler(validatorCompiler);
  // What a handler returns is what is sent: the response schemas describe, and do not filter.
  api.setSerializerCompiler(() => (data) => JSON.stringify(data));
  api.addHook('onRequest', async (_request, reply) => {
    reply.headers(securityHeaders);
  });
  api.addHook('onRequest', requireKey(options.adminKey));
  takeEmptyBodies(api);
  leaveOnClose(api);
  measure(api, options.metrics);
  handleErrors(api);
  await openapiRoutes(api, options);
  stationRoutes(api, options);
  commandRoutes(api, options);
  messageRoutes(api, options);
  transactionRoutes(api, options);
  tokenRoutes(api, options);
  upstreamRoutes(api, options);
  routeRoutes(api, options);
  eventRoutes(api, options);
  healthRoutes(api, options);
  pageRoutes(api);
  await api.ready();
  return app;
}
