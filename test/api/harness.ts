/** The API on the doubles, listening on a port of its own. */
import type { AddressInfo } from 'node:net';
import pino from 'pino';
import { Registry } from 'prom-client';
import { createApi } from '../../src/api/server.ts';
import { EventStream } from '../../src/events/stream.ts';
import type { EventDraft, JournalEntry, UpstreamDialer } from '../../src/gateway/ports.ts';
import { Upstreams } from '../../src/gateway/upstream/upstreams.ts';
import { FakeGateway } from '../support/fake-gateway.ts';
import { at, FakeStore } from '../support/fake-store.ts';

export const key = 'a-key-that-is-long-enough';

export const journalEntry = (given: Partial<JournalEntry> = {}): JournalEntry => ({
  stationId: 'CP1',
  at,
  direction: 'in',
  peer: 'station',
  version: '1.6',
  type: 'Call',
  messageId: 'm1',
  action: 'Heartbeat',
  payload: '{}',
  head: null,
  headAction: null,
  identity: null,
  events: [],
  ...given,
});

export const happened = (type: string, data: EventDraft['data'] = {}, stationId = 'CP1'): JournalEntry =>
  journalEntry({ stationId, type: 'Event', events: [{ type, data }] });

const noDialer: UpstreamDialer = {
  dial: () => ({ send: () => undefined, close: () => undefined }),
};

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // Tests reach into whatever came; each expectation states what it must be.
  // biome-ignore lint/suspicious/noExplicitAny: the shape is what is tested
  readonly body: any;
}

/** Starts it; `call` makes a request with the key unless told otherwise. */
export async function startApi(options: { readonly heartbeat?: number; readonly nextCommand?: string } = {}) {
  const store = new FakeStore();
  const gateway = new FakeGateway(store);
  const upstreams = await Upstreams.open({ upstreams: store.upstreams, routes: store.routes, dialer: noDialer });
  const events = new EventStream({ journal: store.journal, commits: store.commits, clock: () => at });
  const lines: string[] = [];
  const app = await createApi({
    store,
    gateway,
    upstreams,
    events,
    metrics: new Registry(),
    adminKey: key,
    logger: pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) }),
    version: '0.1.0',
    stationUrls: [
      { version: '1.6', transport: 'json', url: 'ws://127.0.0.1:9000/ocpp/{stationId}' },
      { version: '2.0.1', transport: 'json', url: 'ws://127.0.0.1:9000/ocpp/{stationId}' },
      { version: '2.1', transport: 'json', url: 'ws://127.0.0.1:9000/ocpp/{stationId}' },
    ],
    ...options,
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const call = async (
    method: string,
    path: string,
    { body, headers, withKey = true }: { body?: unknown; headers?: Record<string, string>; withKey?: boolean } = {},
  ): Promise<Answer> => {
    const response = await fetch(`${url}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(withKey && { authorization: `Bearer ${key}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      body: isJson && text !== '' ? JSON.parse(text) : text,
    };
  };
  return { app, url, call, store, gateway, events, lines, close: () => app.close() };
}
