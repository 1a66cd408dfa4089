/** For those who operate the gateway: is it alive, is it ready, what does it measure. */
import type { Registry } from 'prom-client';
import { Type } from 'typebox';
import type { GatewayFace, Store } from '../gateway/ports.ts';
import { versionNames } from '../ocpp/index.ts';
import type { StationUrl } from './options.ts';
import { Problem } from './problems.ts';
import { type Api, failures, OneOf, Text } from './schema.ts';

const GatewaySchema = Type.Object({
  version: Text('Of the gateway.'),
  stationUrls: Type.Array(
    Type.Object({
      version: OneOf(versionNames),
      transport: OneOf(['json', 'soap']),
      url: Text('`{stationId}` stands for the id.'),
    }),
    { description: 'Where stations connect.' },
  ),
  connectedStations: Type.Integer(),
  lastSequence: Type.Integer({
    description: 'The newest sequence number: `after` of an event stream that begins now.',
  }),
  nextCommand: Type.Optional(Text('Something to try next.')),
});

const Checks = Type.Object({ database: Type.Boolean(), accepting: Type.Boolean() });

export function healthRoutes(
  api: Api,
  {
    store,
    gateway,
    metrics,
    version,
    stationUrls,
    nextCommand,
  }: {
    store: Pick<Store, 'ping' | 'commits' | 'journal'>;
    gateway: Pick<GatewayFace, 'connectedCount'>;
    metrics: Registry;
    version: string;
    stationUrls: readonly StationUrl[];
    nextCommand?: string | undefined;
  },
): void {
  api.get(
    '/healthz',
    {
      config: { public: true },
      schema: {
        operationId: 'getHealth',
        summary: 'Is the process alive',
        tags: ['Operation'],
        security: [],
        response: { 200: Type.Object({ status: Text(), version: Text() }, { description: 'It is.' }) },
      },
    },
    async () => ({ status: 'ok', version }),
  );

  api.get(
    '/readyz',
    {
      config: { public: true },
      schema: {
        operationId: 'getReadiness',
        summary: 'Can it take messages in',
        description: 'The database answers, and not too much waits for it.',
        tags: ['Operation'],
        security: [],
        response: {
          200: Type.Object({ status: Text(), checks: Checks }, { description: 'It can.' }),
          ...failures('not-ready'),
        },
      },
    },
    async ({ log }) => {
      const database = await store.ping().then(
        () => true,
        (error: unknown) => {
          log.warn({ err: error }, 'not ready: the database does not answer');
          return false;
        },
      );
      const checks = { database, accepting: store.commits.accepting };
      if (!checks.database || !checks.accepting) {
        const missing = checks.database ? 'too much waits to be stored' : 'the database does not answer';
        throw new Problem('not-ready', `Not ready: ${missing}.`, { checks }, 5);
      }
      return { status: 'ready', checks };
    },
  );

  api.get(
    '/metrics',
    {
      schema: {
        operationId: 'getMetrics',
        summary: 'Metrics for Prometheus',
        tags: ['Operation'],
        response: {
          200: { description: 'Prometheus text format.', content: { 'text/plain': { schema: Type.String() } } },
          ...failures(),
        },
      },
    },
    async (_request, reply) => reply.type(metrics.contentType).send(await metrics.metrics()),
  );

  api.get(
    '/v1/gateway',
    {
      schema: {
        operationId: 'getGateway',
        summary: 'What this gateway is, and where stations connect',
        tags: ['Operation'],
        response: { 200: GatewaySchema, ...failures() },
      },
    },
    async () => ({
      version,
      stationUrls: [...stationUrls],
      connectedStations: gateway.connectedCount,
      lastSequence: await store.journal.lastSeq(),
      ...(nextCommand !== undefined && { nextCommand }),
    }),
  );
}
