/** `GET /openapi.json`: OpenAPI 3.1 out of the routes' schemas, and one path for every command with its official schema. */
import fastifySwagger from '@fastify/swagger';
import { HEAD } from '../ocpp/index.ts';
import { CommandSchema } from './commands.ts';
import { EventSchema } from './events.ts';
import { commandActions, headSchemas } from './head-schemas.ts';
import { MessageSchema } from './messages.ts';
import { type ProblemCode, problemMediaType, problems } from './problems.ts';
import { RouteSchema } from './routes.ts';
import { type Api, ProblemSchema } from './schema.ts';
import { StationSchema, VariableSchema } from './stations.ts';
import { TokenSchema } from './tokens.ts';
import { MeterValueSchema, TransactionSchema } from './transactions.ts';
import { LinkSchema, ParkedSchema, UpstreamSchema } from './upstreams.ts';

type Json = Record<string, unknown>;

const description = `The gateway between charging stations of OCPP 1.5, 1.6, 2.0.1 and 2.1 and the software of the people who run them.

Everything here speaks one vocabulary, OCPP ${HEAD.name}, whatever version a station speaks. Lists are \`{ "items": [...], "nextCursor": ... }\`; errors are RFC 9457
problem details; moments are RFC 3339 in UTC.`;

const tags = [
  { name: 'Stations', description: 'Charging stations, as stored and as they are now.' },
  { name: 'Commands', description: `Calls to stations: the body is the request of OCPP ${HEAD.name}.` },
  { name: 'Transactions', description: 'Charging sessions and their meter values.' },
  { name: 'Tokens', description: 'Who may charge.' },
  { name: 'Messages', description: 'The Journal: every message, as sent and as understood.' },
  { name: 'Events', description: 'What happens, as it happens.' },
  { name: 'Operation', description: 'Health, metrics, addresses.' },
];

/** Official names that this API has for something else get `OCPP` before them. */
const ownNames = new Set([
  'Problem',
  'Station',
  'Variable',
  'Command',
  'Message',
  'Transaction',
  'MeterValue',
  'Token',
  'Event',
]);
const componentName = (name: string): string => (ownNames.has(name) ? `OCPP${name}` : name);

/** An official schema with its references pointing into the document. */
function inDocument(schema: unknown): unknown {
  return JSON.parse(JSON.stringify(schema), (key, value: unknown) =>
    key === '$ref' && typeof value === 'string'
      ? `#/components/schemas/${componentName(value.replace('#/definitions/', ''))}`
      : value,
  );
}

/** Those of the official definitions that the commands use. */
function usedDefinitions(roots: readonly unknown[]): Json {
  const used: Json = {};
  const visit = (schema: unknown): void => {
    for (const [, name] of JSON.stringify(schema).matchAll(/"#\/definitions\/([^"]+)"/g)) {
      if (used[componentName(name!)] !== undefined) continue;
      used[componentName(name!)] = inDocument(headSchemas.definitions[name!]);
      visit(headSchemas.definitions[name!]);
    }
  };
  roots.forEach(visit);
  return used;
}

const commandProblems = [
  'malformed-json',
  'invalid-request',
  'unauthorized',
  'unknown-station',
  'station-offline',
  'station-not-callable',
  'body-too-large',
  'unsupported-media-type',
  'invalid-body',
  'idempotency-conflict',
  'internal',
  'command-failed',
  'unavailable',
  'overloaded',
  'command-uncertain',
] as const satisfies readonly ProblemCode[];

function problemResponses(codes: readonly ProblemCode[]): Json {
  const byStatus = Object.groupBy(codes, (code) => problems[code].status);
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, same]) => [
      status,
      {
        description: (same ?? []).map((code) => `\`${code}\`: ${problems[code].title}.`).join(' '),
        content: { [problemMediaType]: { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  );
}

const commandJson = { 'application/json': { schema: { $ref: '#/components/schemas/Command' } } };

const commandParameters = [
  { name: 'id', in: 'path', required: true, description: 'The station, percent-encoded.', schema: { type: 'string' } },
  {
    name: 'Prefer',
    in: 'header',
    description:
      '`respond-async`: answer 202 at once, with a Command to poll. `wait=N`: wait N seconds (at most 300) for the station; with `respond-async` before the 202, without it before the 504.',
    schema: { type: 'string' },
    example: 'wait=10',
  },
  {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'Of your choice, per station. The same key with the same Action and body again gives the same Command (and the header `Idempotency-Replayed: true`) and sends nothing; with another body 422 `idempotency-conflict`.',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
  },
];

/** The path of one command. */
function commandPath(name: string, block: string): Json {
  const request = headSchemas.messages[`${name}Request`]!;
  const required = Array.isArray(request.required) && request.required.length > 0;
  const words = block.replaceAll(/([a-z])([A-Z])/g, '$1 $2');
  return {
    post: {
      operationId: `command${name}`,
      summary: name,
      description: `Functional block of OCPP ${HEAD.name}: ${words}. The answer's \`response\` is a ${name}Response; \`native\` has the Calls in the station's own version.`,
      tags: ['Commands'],
      parameters: commandParameters,
      requestBody: {
        required,
        content: { 'application/json': { schema: { $ref: `#/components/schemas/${name}Request` } } },
      },
      responses: {
        200: {
          description: 'The station has answered: `state` is completed or refused.',
          content: {
            'application/json': {
              schema: {
                allOf: [
                  { $ref: '#/components/schemas/Command' },
                  {
                    type: 'object',
                    properties: {
                      response: { anyOf: [{ $ref: `#/components/schemas/${name}Response` }, { type: 'null' }] },
                    },
                  },
                ],
              },
            },
          },
        },
        202: {
          description: 'Taken, and on its way; poll the address in `Location`.',
          headers: { Location: { schema: { type: 'string' } } },
          content: commandJson,
        },
        ...problemResponses(commandProblems),
      },
    },
  };
}

/** Adds to what the routes say: the commands, and the official schemas that they use. */
function withCommands(document: Json): Json {
  const { schemas, ...components } = document.components as { schemas: Json };
  const names = [...commandActions.keys()].sort();
  const messages = names.flatMap((name) => [`${name}Request`, `${name}Response`]);
  const paths = Object.fromEntries(
    names.map((name) => [`/v1/stations/{id}/commands/${name}`, commandPath(name, commandActions.get(name)!.block)]),
  );
  return {
    ...document,
    paths: { ...(document.paths as Json), ...paths },
    components: {
      ...components,
      schemas: {
        ...schemas,
        ...Object.fromEntries(messages.map((name) => [componentName(name), inDocument(headSchemas.messages[name])])),
        ...usedDefinitions(messages.map((name) => headSchemas.messages[name])),
      },
    },
  };
}

/** Registers the shared schemas and `GET /openapi.json`. To be called before the routes that it shall describe. */
export async function openapiRoutes(api: Api, { version }: { version: string }): Promise<void> {
  for (const schema of [
    ProblemSchema,
    StationSchema,
    VariableSchema,
    CommandSchema,
    MessageSchema,
    TransactionSchema,
    MeterValueSchema,
    TokenSchema,
    UpstreamSchema,
    LinkSchema,
    ParkedSchema,
    RouteSchema,
    EventSchema,
  ]) {
    api.addSchema(schema);
  }
  await api.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'EVSEBridge', version, description, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
      servers: [{ url: '/', description: 'This gateway.' }],
      tags,
      security: [{ key: [] }],
      components: {
        securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'The key of the gateway.' } },
      },
    },
    refResolver: { buildLocalReference: (json, _uri, _fragment, index) => String(json.$id ?? `def-${index}`) },
    transformObject: (document) => withCommands(('openapiObject' in document ? document.openapiObject : {}) as Json),
  });
  let text: string | undefined;
  api.get('/openapi.json', { config: { public: true }, schema: { hide: true } }, async (_request, reply) => {
    text ??= JSON.stringify(api.swagger());
    return reply.type('application/json; charset=utf-8').send(text);
  });
}
