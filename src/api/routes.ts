/** `/v1/routes`: which upstream answers which stations, and who is told. */
import { Type } from 'typebox';
import type { RouteMatch, RouteRow, UpstreamFace } from '../gateway/ports.ts';
import { HEAD, versionNames } from '../ocpp/index.ts';
import { Problem, type ProblemDetail } from './problems.ts';
import { type Api, Closed, failures, ListOf, NoContent, OneOf, Ref, Text } from './schema.ts';
import { Name } from './upstreams.ts';

const builtin = 'builtin';
const commands = [...HEAD.actions.values()].filter(({ initiator }) => initiator !== 'station').map(({ name }) => name);

const Match = Closed(
  {
    stationId: Type.Optional(Type.String({ minLength: 1, maxLength: 255, description: 'Pattern: `*` and `?`.' })),
    version: Type.Optional(OneOf(versionNames)),
    vendorName: Type.Optional(Type.String({ minLength: 1, maxLength: 50 })),
    model: Type.Optional(Type.String({ minLength: 1, maxLength: 50 })),
  },
  'All that is named must hold; an empty object is every station.',
);

export const RouteSchema = Type.Object(
  {
    name: Text(),
    match: Match,
    owner: Text('Name of an upstream, or `builtin`.'),
    observers: Type.Array(Type.String()),
    allow: Type.Array(Type.String(), { description: 'Actions that observers may send.' }),
    priority: Type.Integer(),
  },
  { $id: 'Route', description: 'Who answers the stations that match, and who is told.' },
);

const RouteBody = Closed({
  match: Match,
  owner: Type.String({ minLength: 1, description: 'Name of an upstream, or `builtin`.' }),
  observers: Type.Optional(Type.Array(Type.String(), { uniqueItems: true, maxItems: 20 })),
  allow: Type.Optional(
    Type.Array(OneOf(commands), {
      uniqueItems: true,
      description: 'Actions, by their names in OCPP 2.1, that observers may send to the stations.',
    }),
  ),
  priority: Type.Optional(
    Type.Integer({
      minimum: -1_000_000,
      maximum: 1_000_000,
      default: 0,
      description:
        'Of several routes that match a station, the one with the highest holds; of equal ones the first by name.',
    }),
  ),
});

const params = Closed({ name: Name('Of the route.') });
const unknown = (name: string): Problem => new Problem('unknown-route', `There is no route ${name}.`);

export function routeRoutes(api: Api, { upstreams }: { readonly upstreams: UpstreamFace }): void {
  api.get(
    '/v1/routes',
    {
      schema: {
        operationId: 'listRoutes',
        summary: 'List routes',
        tags: ['Upstreams'],
        response: { 200: ListOf('Route'), ...failures() },
      },
    },
    async () => ({ items: [...upstreams.routes.values()], nextCursor: null }),
  );

  api.get(
    '/v1/routes/:name',
    {
      schema: {
        operationId: 'getRoute',
        summary: 'Read a route',
        tags: ['Upstreams'],
        params,
        response: { 200: Ref('Route'), ...failures('unknown-route') },
      },
    },
    async ({ params: { name } }) => {
      const route = upstreams.routes.get(name);
      if (route === undefined) throw unknown(name);
      return route;
    },
  );

  api.put(
    '/v1/routes/:name',
    {
      schema: {
        operationId: 'putRoute',
        summary: 'Create a route or replace it',
        description: 'It holds at once, also for stations that are connected.',
        tags: ['Upstreams'],
        params,
        body: RouteBody,
        response: {
          200: Ref('Route'),
          201: Ref('Route'),
          ...failures('malformed-json', 'invalid-body', 'not-storable'),
        },
      },
    },
    async ({ params: { name }, body }, reply) => {
      const { match, owner, observers = [], allow = [], priority = 0 } = body;
      const errors: ProblemDetail[] = [];
      const ask = (upstream: string, pointer: string): void => {
        if (!upstreams.upstreams.has(upstream)) errors.push({ pointer, detail: `there is no upstream ${upstream}` });
      };
      if (owner !== builtin) ask(owner, '#/owner');
      for (const [index, observer] of observers.entries()) ask(observer, `#/observers/${index}`);
      if (errors.length > 0) throw new Problem('invalid-body', 'The route leads nowhere.', { errors });
      const row: RouteRow = { name, match: match as RouteMatch, owner, observers, allow, priority };
      if (await upstreams.putRoute(row)) reply.code(201).header('location', `/v1/routes/${name}`);
      return row;
    },
  );

  api.delete(
    '/v1/routes/:name',
    {
      schema: {
        operationId: 'deleteRoute',
        summary: 'Delete a route',
        tags: ['Upstreams'],
        params,
        response: { 204: NoContent('Deleted.'), ...failures('unknown-route') },
      },
    },
    async ({ params: { name } }, reply) => {
      if (!(await upstreams.deleteRoute(name))) throw unknown(name);
      return reply.code(204).send();
    },
  );
}
