/** `GET /v1/events`: what happened, as server-sent events that resume, or as a page of JSON. */

import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { Gauge, type Registry } from 'prom-client';
import { Type } from 'typebox';
import type { EventFeed, FeedItem } from './options.ts';
import { Problem } from './problems.ts';
import { type Api, Closed, defaultLimit, failures, paging, Text, TextOrNull } from './schema.ts';

export const EventSchema = Type.Object(
  {
    specversion: Text('1.0'),
    id: Text('The sequence number, as text.'),
    source: Text(),
    type: Text('`evsebridge.<subject>.<what>`'),
    subject: Type.Optional(Text('The id of the station.')),
    time: Text(),
    datacontenttype: Text('application/json'),
    sequence: Text('The sequence number in decimal: compare as numbers.'),
    data: Type.Unsafe<object>({ type: 'object' }),
  },
  { $id: 'Event', description: 'A CloudEvent 1.0.' },
);

const EventPage = Type.Object({
  items: Type.Array(Type.Unsafe<unknown>({ $ref: 'Event#' })),
  nextCursor: TextOrNull('Asks for the next page; null when there is no more now.'),
  upTo: Type.Integer({ description: 'How far this reading got: `after` of the next one.' }),
});

const answers: Record<string, unknown> = {
  description: 'Events as they happen, or a page of those that did.',
  content: { 'text/event-stream': { schema: Type.String() }, 'application/json': { schema: EventPage } },
};

const description = `Server-sent events, unless \`Accept\` asks for \`application/json\` and not for \`text/event-stream\`.

Each event's \`data\` is a CloudEvent, its \`id\` the sequence number, its \`event\` the type. A client that reconnects with \`Last-Event-ID\` (or \`after\`, which the header overrides)
goes on with the next event: none is missing, none comes twice. Without either the stream begins now; a JSON page begins with the oldest event retained.

When events that were asked for have been removed by retention, or the number is one that was never given out, an \`evsebridge.stream.gap\` comes first; its
\`data\` is \`{ after, resumedAfter, reason: "expired" | "unknown" }\`.`;

/** `Last-Event-ID` or `after` as a number; `undefined`: neither was sent. @throws Problem `invalid-request` */
function startOf(header: string | string[] | undefined, after: number | undefined): number | undefined {
  if (header === undefined || header === '') return after;
  if (typeof header === 'string' && /^\d{1,15}$/.test(header)) return Number(header);
  throw new Problem('invalid-request', 'Last-Event-ID is not a sequence number.', {
    errors: [{ parameter: 'Last-Event-ID', detail: 'must be the id of an event of this stream' }],
  });
}

const asServerSentEvent = ({ seq, type, json }: FeedItem): string => `id: ${seq}\nevent: ${type}\ndata: ${json}\n\n`;

/** Writes the feed as fast as the client reads, and no faster: the feed waits, and buffers nothing for it. */
async function pump(feed: AsyncIterable<readonly FeedItem[]>, out: PassThrough, signal: AbortSignal): Promise<void> {
  for await (const batch of feed) {
    if (!out.write(batch.map(asServerSentEvent).join(''))) await once(out, 'drain', { signal });
  }
}

export function eventRoutes(
  api: Api,
  { events, metrics, heartbeat = 15_000 }: { events: EventFeed; metrics: Registry; heartbeat?: number | undefined },
): void {
  const consumers = new Gauge({
    name: 'evsebridge_event_stream_consumers',
    help: 'Open server-sent event streams',
    registers: [metrics],
  });
  const open = new Set<AbortController>();
  api.addHook('preClose', async () => {
    for (const controller of open) controller.abort();
  });

  api.get(
    '/v1/events',
    {
      exposeHeadRoute: false,
      schema: {
        operationId: 'streamEvents',
        summary: 'Follow what happens',
        description,
        tags: ['Events'],
        querystring: Closed({
          after: Type.Optional(
            Type.Integer({
              minimum: 0,
              maximum: Number.MAX_SAFE_INTEGER,
              description: 'Only events with greater numbers.',
            }),
          ),
          types: Type.Optional(
            Type.String({
              minLength: 1,
              maxLength: 1024,
              description:
                'Beginnings of types, separated by commas: `evsebridge.station,evsebridge.transaction.ended`.',
            }),
          ),
          stationId: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
          limit: paging.limit,
          cursor: Type.Optional(
            Type.String({ pattern: '^[0-9]{1,15}$', description: '`nextCursor` of the JSON page before.' }),
          ),
        }),
        response: {
          200: answers,
          ...failures(),
        },
      },
    },
    async ({ query, headers, log }, reply) => {
      const filter = {
        types: query.types
          ?.split(',')
          .map((type) => type.trim())
          .filter((type) => type !== ''),
        stationId: query.stationId,
      };
      const accept = headers.accept ?? '';
      if (accept.includes('application/json') && !accept.includes('text/event-stream')) {
        const after = query.cursor === undefined ? query.after : Number(query.cursor);
        const { items, upTo, more } = await events.page({ ...filter, after, limit: query.limit ?? defaultLimit });
        const nextCursor = more ? `"${upTo}"` : 'null';
        return reply
          .type('application/json; charset=utf-8')
          .send(`{"items":[${items.map(({ json }) => json).join(',')}],"nextCursor":${nextCursor},"upTo":${upTo}}`);
      }

      const after = startOf(headers['last-event-id'], query.after);
      const stop = new AbortController();
      const { signal } = stop;
      const feed = await events.open({ ...filter, after, signal });
      const out = new PassThrough();
      open.add(stop);
      consumers.inc();
      const beat = setInterval(() => {
        if (!out.writableNeedDrain) out.write(':\n\n');
      }, heartbeat);
      out.once('close', () => {
        clearInterval(beat);
        open.delete(stop);
        consumers.dec();
        stop.abort();
      });
      out.on('error', (error) => log.debug({ err: error }, 'event stream broken off'));
      // The first bytes send the header; `retry` is how soon a browser reconnects.
      out.write(':\nretry: 2000\n\n');
      pump(feed, out, signal).then(
        () => out.end(),
        (error: unknown) => {
          if (signal.aborted) return out.end();
          // The client reconnects with Last-Event-ID and misses nothing.
          log.warn({ err: error }, 'event stream ended early');
          return out.destroy();
        },
      );
      return (
        reply
          // Nothing follows on this connection: when the stream ends, so does it, and closing does not wait for it.
          .header('connection', 'close')
          .header('x-accel-buffering', 'no')
          .type('text/event-stream; charset=utf-8')
          .send(out)
      );
    },
  );
}
