/** `/v1/stations/{id}/messages`: the Journal of one station. */
import { Type } from 'typebox';
import type { GatewayFace, JournalRecord, Store } from '../gateway/ports.ts';
import { HEAD, versionNames } from '../ocpp/index.ts';
import {
  AnyJson,
  type Api,
  Closed,
  failures,
  iso,
  ListOf,
  OneOf,
  OneOfOrNull,
  pageOf,
  paging,
  Text,
  TextOrNull,
} from './schema.ts';
import { stationParams, unknownStation } from './stations.ts';

export const MessageSchema = Type.Object(
  {
    seq: Type.Integer({ description: 'Place in the Journal: increasing in the order of commits.' }),
    at: Text(),
    direction: OneOf(['in', 'out'], 'As the gateway sees it.'),
    peer: Text(
      'Who is at the other end: `station`, `builtin`, `gateway` (derived by translation) or `upstream:<name>`.',
    ),
    version: OneOfOrNull(versionNames),
    type: OneOf(['Call', 'CallResult', 'CallError', 'CallResultError', 'Send', 'Event']),
    messageId: TextOrNull(),
    action: TextOrNull('As the version of this message spells it.'),
    payload: AnyJson('As on the wire, with `***` in place of secrets; of an error `{ code, description, details }`.'),
    head: AnyJson('The same in OCPP 2.1; null when it has no form there.'),
    headAction: TextOrNull('The Action of `head`.'),
  },
  { $id: 'Message', description: 'One message, or one thing that happened to a station.' },
);

function messageJson(record: JournalRecord) {
  const payload: unknown = JSON.parse(record.payload);
  // A message that came in HEAD is stored once.
  const isHead = record.head === null && record.version === HEAD.name;
  return {
    seq: record.seq,
    at: iso(record.at),
    direction: record.direction,
    peer: record.peer,
    version: record.version,
    type: record.type,
    messageId: record.messageId,
    action: record.action,
    payload,
    head: isHead ? payload : record.head === null ? null : (JSON.parse(record.head) as unknown),
    headAction: isHead || record.head !== null ? (record.headAction ?? record.action) : null,
  };
}

export function messageRoutes(
  api: Api,
  { store, gateway }: { store: Pick<Store, 'journal'>; gateway: Pick<GatewayFace, 'station'> },
): void {
  api.get(
    '/v1/stations/:id/messages',
    {
      schema: {
        operationId: 'listMessages',
        summary: 'List the messages of a station',
        description:
          'Every message in and out, as sent and as understood. They outlive the station when it is deleted.',
        tags: ['Messages'],
        params: stationParams,
        querystring: Closed({
          action: Type.Optional(
            Type.String({ minLength: 1, maxLength: 50, description: 'Only messages of this Action.' }),
          ),
          direction: Type.Optional(OneOf(['in', 'out'])),
          order: Type.Optional(OneOf(['asc', 'desc'], 'Oldest first, or newest first (the default).')),
          ...paging,
        }),
        response: { 200: ListOf('Message'), ...failures('unknown-station', 'invalid-cursor') },
      },
    },
    async ({ params, query }) => {
      const { action, direction, order } = query;
      const page = await store.journal.messages(
        params.id,
        { action, direction, order: order ?? 'desc' },
        pageOf(query),
      );
      if (page.items.length === 0 && (await gateway.station(params.id)) === undefined) throw unknownStation(params.id);
      return { items: page.items.map(messageJson), nextCursor: page.nextCursor };
    },
  );
}
