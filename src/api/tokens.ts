/** `/v1/tokens`: the IdTokens that the built-in authorization knows. */
import { Type } from 'typebox';
import type { GatewayFace, Store, TokenRow } from '../gateway/ports.ts';
import { headSchemas } from './head-schemas.ts';
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
  pageOf,
  paging,
  Ref,
  Text,
  TextOrNull,
  TimeOrNull,
} from './schema.ts';

const statuses = headSchemas.enumeration('AuthorizationStatusEnumType');

export const TokenSchema = Type.Object(
  {
    idToken: Text('As the operator wrote it; compared without regard to case.'),
    type: Text('IdTokenEnumType of OCPP 2.1, such as ISO14443, eMAID, Central.'),
    status: OneOf(
      statuses,
      'What Authorize is answered with, as long as it is not expired or in too many transactions.',
    ),
    groupIdToken: TextOrNull('Tokens of one group may stop the transactions of each other.'),
    expiresAt: TimeOrNull(),
    maxActiveTransactions: IntegerOrNull('Null: no limit.'),
  },
  { $id: 'Token', description: 'An IdToken: a card, a contract, an app user.' },
);

const TokenBody = Closed({
  idToken: Type.Optional(Type.String({ description: 'When present, the same as in the path.' })),
  type: Type.Optional(Type.String({ minLength: 1, maxLength: 20, default: 'ISO14443' })),
  status: Type.Optional(OneOf(statuses)),
  groupIdToken: Type.Optional(Type.Unsafe<string | null>({ type: ['string', 'null'], minLength: 1, maxLength: 255 })),
  expiresAt: Type.Optional(TimeOrNull()),
  maxActiveTransactions: Type.Optional(
    Type.Unsafe<number | null>({ type: ['integer', 'null'], minimum: 0, maximum: 2_147_483_647 }),
  ),
});

const params = Closed({ idToken: Type.String({ minLength: 1, maxLength: 255, description: 'Percent-encoded.' }) });

const tokenJson = (token: TokenRow) => ({ ...token, expiresAt: iso(token.expiresAt) });
const unknown = (id: string): Problem => new Problem('unknown-token', `There is no token ${JSON.stringify(id)}.`);

export function tokenRoutes(
  api: Api,
  { store, gateway }: { store: Pick<Store, 'tokens'>; gateway: Pick<GatewayFace, 'putToken' | 'deleteToken'> },
): void {
  api.get(
    '/v1/tokens',
    {
      schema: {
        operationId: 'listTokens',
        summary: 'List tokens',
        tags: ['Tokens'],
        querystring: Closed({ status: Type.Optional(OneOf(statuses)), ...paging }),
        response: { 200: ListOf('Token'), ...failures('invalid-cursor') },
      },
    },
    async ({ query }) => {
      const page = await store.tokens.list({ status: query.status }, pageOf(query));
      return { items: page.items.map(tokenJson), nextCursor: page.nextCursor };
    },
  );

  api.get(
    '/v1/tokens/:idToken',
    {
      schema: {
        operationId: 'getToken',
        summary: 'Read a token',
        tags: ['Tokens'],
        params,
        response: { 200: Ref('Token'), ...failures('unknown-token') },
      },
    },
    async ({ params: { idToken: id } }) => {
      const token = await store.tokens.get(id);
      if (token === undefined) throw unknown(id);
      return tokenJson(token);
    },
  );

  api.put(
    '/v1/tokens/:idToken',
    {
      schema: {
        operationId: 'putToken',
        summary: 'Create a token or replace it',
        description: 'What the body does not name takes its default: type ISO14443, status Accepted, the rest null.',
        tags: ['Tokens'],
        params,
        body: TokenBody,
        response: {
          200: Ref('Token'),
          201: Ref('Token'),
          ...failures('malformed-json', 'invalid-body', 'not-storable'),
        },
      },
    },
    async ({ params: { idToken: id }, body }, reply) => {
      if (body.idToken !== undefined && body.idToken.toLowerCase() !== id.toLowerCase()) {
        throw new Problem('invalid-body', 'The token of the body is another than that of the path.', {
          errors: [{ pointer: '#/idToken', detail: `must be ${JSON.stringify(id)}, as in the path` }],
        });
      }
      const token: TokenRow = {
        idToken: id,
        type: body.type ?? 'ISO14443',
        status: body.status ?? 'Accepted',
        groupIdToken: body.groupIdToken ?? null,
        expiresAt: typeof body.expiresAt === 'string' ? Date.parse(body.expiresAt) : null,
        maxActiveTransactions: body.maxActiveTransactions ?? null,
      };
      const known = await store.tokens.get(id);
      await gateway.putToken(token);
      if (known === undefined) reply.code(201).header('location', `/v1/tokens/${encodeURIComponent(id)}`);
      return tokenJson(token);
    },
  );

  api.delete(
    '/v1/tokens/:idToken',
    {
      schema: {
        operationId: 'deleteToken',
        summary: 'Delete a token',
        tags: ['Tokens'],
        params,
        response: { 204: NoContent('Deleted.'), ...failures('unknown-token') },
      },
    },
    async ({ params: { idToken: id } }, reply) => {
      if (!(await gateway.deleteToken(id))) throw unknown(id);
      return reply.code(204).send();
    },
  );
}
