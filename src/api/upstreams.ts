/** `/v1/upstreams`: CSMSs that the gateway connects to on behalf of stations, and how it stands with them. */
import { Type } from 'typebox';
import type { LinkView, QueueRow, UpstreamFace, UpstreamRow } from '../gateway/ports.ts';
import { versionNames } from '../ocpp/index.ts';
import { Problem } from './problems.ts';
import {
  type Api,
  Closed,
  failures,
  IntegerOrNull,
  iso,
  ListOf,
  NoContent,
  OneOf,
  Ref,
  Text,
  TextOrNull,
} from './schema.ts';

/** Names stand in addresses and in the Journal. */
export const Name = (description: string) => Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$', description });

const seconds = (fallback: number, minimum: number, maximum: number, description: string) =>
  Type.Optional(Type.Integer({ minimum, maximum, default: fallback, description }));
const pem = (description: string) =>
  Type.Optional(
    Type.Unsafe<string | null>({ type: ['string', 'null'], minLength: 1, maxLength: 100_000, description }),
  );

export const UpstreamSchema = Type.Object(
  {
    name: Text(),
    url: Text('The identity of the station is appended to it.'),
    version: OneOf(versionNames),
    hasPassword: Type.Boolean({ description: 'The password itself is never told.' }),
    headers: Type.Record(Type.String(), Type.String()),
    ca: TextOrNull('PEM.'),
    certificate: TextOrNull('PEM.'),
    hasPrivateKey: Type.Boolean({ description: 'The key itself is never told.' }),
    pingInterval: Type.Integer(),
    gracePeriod: Type.Integer(),
    answerTimeout: Type.Integer(),
    attempts: Type.Integer(),
    links: Type.Object(
      {
        open: Type.Integer(),
        connecting: Type.Integer({ description: 'Also those that wait for their next attempt.' }),
        queued: Type.Integer({ description: 'Messages that it has not taken yet, of stations in memory.' }),
        parked: Type.Integer(),
        oldestAt: TextOrNull('When the oldest message that waits was sent by its station.'),
      },
      { description: 'All stations together.' },
    ),
  },
  { $id: 'Upstream', description: 'A CSMS that the gateway connects to on behalf of stations.' },
);

export const LinkSchema = Type.Object(
  {
    upstream: Text(),
    stationId: Text(),
    role: OneOf(['owner', 'observer', 'former'], 'former: no route leads there, and it is told what it has missed.'),
    state: OneOf(['closed', 'waiting', 'connecting', 'open']),
    openedAt: TextOrNull(),
    queued: Type.Integer({ description: 'Messages that wait, without the parked ones.' }),
    oldestAt: TextOrNull(),
    lag: IntegerOrNull('Seconds since the oldest of them was sent.'),
    parked: Type.Integer(),
    failures: Type.Integer({ description: 'Failed attempts to connect since it was last open.' }),
    lastError: TextOrNull(),
  },
  { $id: 'UpstreamLink', description: 'The connection to an upstream as one station.' },
);

export const ParkedSchema = Type.Object(
  {
    number: Type.Integer(),
    at: Text('When the station sent it.'),
    parkedAt: Text(),
    version: Text(),
    action: Text(),
    payload: Type.Unsafe<unknown>({ description: 'As the station sent it.' }),
    attempts: Type.Integer(),
    error: TextOrNull('What the upstream said last.'),
  },
  { $id: 'ParkedMessage', description: 'A message that an upstream refused to process, again and again.' },
);

const UpstreamBody = Closed({
  url: Type.String({ maxLength: 2000, description: 'ws:// or wss://, without user, query and fragment.' }),
  version: OneOf(versionNames),
  password: Type.Optional(
    Type.Unsafe<string | null>({
      type: ['string', 'null'],
      minLength: 1,
      maxLength: 64,
      description: 'HTTP Basic, with the identity of the station as user. Absent: it stays as it is.',
    }),
  ),
  headers: Type.Optional(
    Type.Record(
      Type.String({ pattern: '^[A-Za-z0-9-]+$' }),
      Type.String({ pattern: '^[\\x20-\\x7e]*$', maxLength: 1000 }),
      {
        description: 'Sent with every handshake.',
      },
    ),
  ),
  ca: pem('PEM: authorities to trust instead of the usual ones.'),
  certificate: pem('PEM: the client certificate.'),
  privateKey: pem('PEM: its key. Absent: it stays as it is.'),
  pingInterval: seconds(60, 0, 86_400, 'Seconds between pings; 0: none.'),
  gracePeriod: seconds(30, 0, 86_400, 'Seconds that the connection outlives that of the station.'),
  answerTimeout: seconds(5, 1, 300, 'Seconds that a station waits for its answer before it is answered here.'),
  attempts: seconds(3, 1, 100, 'Attempts at a message that it refuses to process, before the message is parked.'),
});

const params = Closed({ name: Name('Of the upstream.') });
const stationParams = Closed({
  name: Name('Of the upstream.'),
  stationId: Type.String({ minLength: 1, maxLength: 255 }),
});
const parkedParams = Closed({
  name: Name('Of the upstream.'),
  stationId: Type.String({ minLength: 1, maxLength: 255 }),
  number: Type.Integer({ minimum: 1 }),
});

const unknown = (name: string): Problem => new Problem('unknown-upstream', `There is no upstream ${name}.`);

function checkUrl(url: string): void {
  const problem = (detail: string) =>
    new Problem('invalid-body', 'The URL cannot be used.', { errors: [{ pointer: '#/url', detail }] });
  if (!URL.canParse(url)) throw problem('must be a URL');
  const { protocol, username, password, search, hash } = new URL(url);
  if (protocol !== 'ws:' && protocol !== 'wss:') throw problem('must begin with ws:// or wss://');
  if (username !== '' || password !== '') throw problem('must name no user: the password has a property of its own');
  if (search !== '' || hash !== '') throw problem('must have no query and no fragment: the identity is appended to it');
}

function upstreamJson(row: UpstreamRow, links: readonly LinkView[]): object {
  const { password, privateKey, ...shown } = row;
  const own = links.filter(({ upstream }) => upstream === row.name);
  const oldest = Math.min(...own.map(({ oldestAt }) => oldestAt ?? Number.POSITIVE_INFINITY));
  return {
    ...shown,
    hasPassword: password !== null,
    hasPrivateKey: privateKey !== null,
    links: {
      open: own.filter(({ state }) => state === 'open').length,
      connecting: own.filter(({ state }) => state === 'connecting' || state === 'waiting').length,
      queued: own.reduce((sum, { queued }) => sum + queued, 0),
      parked: own.reduce((sum, { parked }) => sum + parked, 0),
      oldestAt: Number.isFinite(oldest) ? iso(oldest) : null,
    },
  };
}

const linkJson = (link: LinkView, now: number): object => ({
  ...link,
  openedAt: iso(link.openedAt),
  oldestAt: iso(link.oldestAt),
  lag: link.oldestAt === null ? null : Math.max(0, Math.round((now - link.oldestAt) / 1000)),
});

const parkedJson = ({ number, at, parkedAt, message }: QueueRow): object => ({
  number,
  at: iso(at),
  parkedAt: iso(parkedAt),
  version: message?.version,
  action: message?.action,
  payload: message === null ? null : (JSON.parse(message.payload) as unknown),
  attempts: message?.attempts,
  error: message?.error ?? null,
});

export function upstreamRoutes(api: Api, { upstreams }: { readonly upstreams: UpstreamFace }): void {
  const found = (name: string): UpstreamRow => {
    const row = upstreams.upstreams.get(name);
    if (row === undefined) throw unknown(name);
    return row;
  };

  api.get(
    '/v1/upstreams',
    {
      schema: {
        operationId: 'listUpstreams',
        summary: 'List upstreams',
        tags: ['Upstreams'],
        response: { 200: ListOf('Upstream'), ...failures() },
      },
    },
    async () => {
      const links = [...upstreams.links()];
      return { items: [...upstreams.upstreams.values()].map((row) => upstreamJson(row, links)), nextCursor: null };
    },
  );

  api.get(
    '/v1/upstreams/:name',
    {
      schema: {
        operationId: 'getUpstream',
        summary: 'Read an upstream',
        tags: ['Upstreams'],
        params,
        response: { 200: Ref('Upstream'), ...failures('unknown-upstream') },
      },
    },
    async ({ params: { name } }) => upstreamJson(found(name), [...upstreams.links()]),
  );

  api.put(
    '/v1/upstreams/:name',
    {
      schema: {
        operationId: 'putUpstream',
        summary: 'Create an upstream or replace it',
        description:
          'Its connections are made anew, without a message lost. The version of one that routes lead to cannot change: make another one, and let the routes lead there.',
        tags: ['Upstreams'],
        params,
        body: UpstreamBody,
        response: {
          200: Ref('Upstream'),
          201: Ref('Upstream'),
          ...failures('malformed-json', 'invalid-body', 'upstream-in-use', 'not-storable'),
        },
      },
    },
    async ({ params: { name }, body }, reply) => {
      checkUrl(body.url);
      const before = upstreams.upstreams.get(name);
      if (before !== undefined && before.version !== body.version && upstreams.isUsed(name))
        throw new Problem('upstream-in-use', `The upstream ${name} is in use with OCPP ${before.version}.`);
      const row: UpstreamRow = {
        name,
        url: body.url,
        version: body.version,
        password: body.password === undefined ? (before?.password ?? null) : body.password,
        headers: body.headers ?? {},
        ca: body.ca ?? null,
        certificate: body.certificate ?? null,
        privateKey: body.privateKey === undefined ? (before?.privateKey ?? null) : body.privateKey,
        pingInterval: body.pingInterval ?? 60,
        gracePeriod: body.gracePeriod ?? 30,
        answerTimeout: body.answerTimeout ?? 5,
        attempts: body.attempts ?? 3,
      };
      if ((row.certificate === null) !== (row.privateKey === null))
        throw new Problem('invalid-body', 'A certificate needs its key.', {
          errors: [{ pointer: '#/privateKey', detail: 'must be given with the certificate, and only with it' }],
        });
      if (await upstreams.putUpstream(row)) reply.code(201).header('location', `/v1/upstreams/${name}`);
      return upstreamJson(row, [...upstreams.links()]);
    },
  );

  api.delete(
    '/v1/upstreams/:name',
    {
      schema: {
        operationId: 'deleteUpstream',
        summary: 'Delete an upstream',
        description: 'With all that still waits for it.',
        tags: ['Upstreams'],
        params,
        response: { 204: NoContent('Deleted.'), ...failures('unknown-upstream', 'upstream-in-use') },
      },
    },
    async ({ params: { name } }, reply) => {
      const done = await upstreams.deleteUpstream(name);
      if (done === 'unknown') throw unknown(name);
      if (done !== 'deleted')
        throw new Problem('upstream-in-use', `These routes lead to the upstream ${name}: ${done.routes.join(', ')}.`);
      return reply.code(204).send();
    },
  );

  api.get(
    '/v1/upstreams/:name/links',
    {
      schema: {
        operationId: 'listUpstreamLinks',
        summary: 'List the connections to an upstream, one for each station',
        description: 'Of stations that are connected, or were a short time ago.',
        tags: ['Upstreams'],
        params,
        querystring: Closed({ stationId: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })) }),
        response: { 200: ListOf('UpstreamLink'), ...failures('unknown-upstream') },
      },
    },
    async ({ params: { name }, query: { stationId } }) => {
      found(name);
      const now = Date.now();
      const items: object[] = [];
      for (const link of upstreams.links()) {
        if (link.upstream === name && (stationId === undefined || link.stationId === stationId))
          items.push(linkJson(link, now));
      }
      return { items, nextCursor: null };
    },
  );

  api.get(
    '/v1/upstreams/:name/links/:stationId/parked',
    {
      schema: {
        operationId: 'listParkedMessages',
        summary: 'List the parked messages of a station',
        tags: ['Upstreams'],
        params: stationParams,
        response: { 200: ListOf('ParkedMessage'), ...failures('unknown-upstream') },
      },
    },
    async ({ params: { name, stationId } }) => {
      found(name);
      return { items: upstreams.parked(name, stationId).map(parkedJson), nextCursor: null };
    },
  );

  const settle = async (name: string, stationId: string, number: number, what: 'retry' | 'drop'): Promise<void> => {
    found(name);
    if (!(await upstreams.settleParked(name, stationId, number, what)))
      throw new Problem('unknown-message', `No message ${number} of station ${stationId} is parked.`);
  };

  api.post(
    '/v1/upstreams/:name/links/:stationId/parked/:number/retry',
    {
      schema: {
        operationId: 'retryParkedMessage',
        summary: 'Send a parked message once more',
        tags: ['Upstreams'],
        params: parkedParams,
        response: {
          204: NoContent('It waits for its turn again.'),
          ...failures('unknown-upstream', 'unknown-message'),
        },
      },
    },
    async ({ params: { name, stationId, number } }, reply) => {
      await settle(name, stationId, number, 'retry');
      return reply.code(204).send();
    },
  );

  api.delete(
    '/v1/upstreams/:name/links/:stationId/parked/:number',
    {
      schema: {
        operationId: 'dropParkedMessage',
        summary: 'Drop a parked message',
        tags: ['Upstreams'],
        params: parkedParams,
        response: { 204: NoContent('Dropped.'), ...failures('unknown-upstream', 'unknown-message') },
      },
    },
    async ({ params: { name, stationId, number } }, reply) => {
      await settle(name, stationId, number, 'drop');
      return reply.code(204).send();
    },
  );
}
