import { afterEach, describe, expect, it } from 'vitest';
import { happened, key, startApi } from './harness.ts';

type Api = Awaited<ReturnType<typeof startApi>>;
let api: Api;
afterEach(() => api.close());

/** A server-sent events client of a few lines, by the letter of WHATWG HTML 9.2.6. */
async function connect(query = '', headers: Record<string, string> = {}) {
  const stop = new AbortController();
  const response = await fetch(`${api.url}/v1/events${query}`, {
    signal: stop.signal,
    headers: { authorization: `Bearer ${key}`, accept: 'text/event-stream', ...headers },
  });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  /** The next block that is an event, with its fields; `undefined` at the end. */
  const next = async (): Promise<Record<string, string> | undefined> => {
    for (;;) {
      const end = rest.indexOf('\n\n');
      if (end < 0) {
        const { value, done } = await reader.read();
        if (done) return undefined;
        rest += value;
        continue;
      }
      const lines = rest.slice(0, end).split('\n');
      rest = rest.slice(end + 2);
      const fields = Object.fromEntries(
        lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
      );
      if (fields.data !== undefined) return fields;
    }
  };
  const take = async (count: number) => {
    const got: Record<string, string>[] = [];
    while (got.length < count) got.push((await next())!);
    return got;
  };
  const raw = async (): Promise<string> => (await reader.read()).value ?? '';
  return { response, next, take, raw, stop: () => stop.abort() };
}

const commit = (...types: readonly string[]) =>
  api.store.commits.commit({ journal: types.map((type) => happened(type, { type })) });

describe('server-sent events', () => {
  it('are CloudEvents with the sequence number as id', async () => {
    api = await startApi();
    await commit('evsebridge.station.connected');
    const stream = await connect('?after=0');
    expect(stream.response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(stream.response.headers.get('cache-control')).toBe('no-store');
    const event = (await stream.next())!;
    expect([event.id, event.event]).toEqual(['1', 'evsebridge.station.connected']);
    expect(JSON.parse(event.data!)).toEqual({
      specversion: '1.0',
      id: '1',
      source: 'evsebridge',
      type: 'evsebridge.station.connected',
      subject: 'CP1',
      time: '2026-03-01T12:00:00.000Z',
      datacontenttype: 'application/json',
      sequence: '1',
      data: { type: 'evsebridge.station.connected' },
    });
    stream.stop();
  });

  it('begin now without a start, from the moment that the header is there', async () => {
    api = await startApi();
    await commit('old');
    const stream = await connect();
    await commit('new');
    expect((await stream.next())!.event).toBe('new');
    stream.stop();
  });

  it('resume after Last-Event-ID, which wins over after, without a gap or a repeat', async () => {
    api = await startApi();
    const sent: string[] = [];
    let last = '0';
    let stream = await connect('?after=0');
    for (let round = 0; round < 10; round++) {
      await commit('a', 'b', 'c');
      for (const event of await stream.take((round % 3) + 1)) {
        last = event.id!;
        sent.push(last);
      }
      stream.stop();
      await commit('d');
      stream = await connect('?after=0', { 'last-event-id': last });
    }
    for (const event of await stream.take(40 - sent.length)) sent.push(event.id!);
    expect(sent).toEqual(Array.from({ length: 40 }, (_, index) => String(index + 1)));
    stream.stop();
  });

  it('are filtered by type and station', async () => {
    api = await startApi();
    await api.store.commits.commit({
      journal: [
        happened('evsebridge.station.booted'),
        happened('evsebridge.connector.status'),
        happened('evsebridge.station.booted', {}, 'CP2'),
      ],
    });
    const stream = await connect('?after=0&types=evsebridge.connector,evsebridge.station.&stationId=CP1');
    expect((await stream.take(2)).map((event) => event.id)).toEqual(['1', '2']);
    await api.store.commits.commit({
      journal: [happened('evsebridge.transaction.started'), happened('evsebridge.station.lost')],
    });
    expect((await stream.next())!.id).toBe('5');
    stream.stop();
  });

  it('say first when events were removed', async () => {
    api = await startApi();
    await commit('a', 'b', 'c');
    api.store.expire(2);
    const stream = await connect('', { 'last-event-id': '1' });
    const [gap, next] = await stream.take(2);
    expect([gap!.event, gap!.id, JSON.parse(gap!.data!).data]).toEqual([
      'evsebridge.stream.gap',
      '2',
      { after: 1, resumedAfter: 2, reason: 'expired' },
    ]);
    expect(next!.id).toBe('3');
    stream.stop();
  });

  it('wait for a client that does not read, in bounded memory, and lose nothing', async () => {
    api = await startApi();
    const stream = await connect('?after=0');
    const text = 'x'.repeat(2000);
    const total = 20_000;
    for (let sent = 0; sent < total; sent += 100) {
      await api.store.commits.commit({ journal: Array.from({ length: 100 }, () => happened('big', { text })) });
    }
    const got = await stream.take(total);
    expect(got.every((event, index) => event.id === String(index + 1))).toBe(true);
    stream.stop();
  });

  it('are kept open by comments', async () => {
    api = await startApi({ heartbeat: 10 });
    const stream = await connect();
    let seen = '';
    while (!seen.endsWith(':\n\n:\n\n')) seen += await stream.raw();
    stream.stop();
  });

  it('end when the gateway closes, and are counted while they last', async () => {
    api = await startApi();
    const stream = await connect();
    expect((await api.call('GET', '/metrics')).body).toContain('evsebridge_event_stream_consumers 1');
    const closed = api.close();
    expect(await stream.next()).toBeUndefined();
    await closed;
    expect(api.events.readers).toBe(0);
  });

  it('end when the database goes away while reading it, for the client to come back', async () => {
    api = await startApi();
    await commit('a');
    const stream = await connect('?after=1');
    api.store.away = true;
    api.store.store({ journal: [happened('b')] });
    await commit('c');
    await expect(stream.next()).rejects.toThrow();
    api.store.away = false;
    const again = await connect('', { 'last-event-id': '1' });
    expect((await again.take(2)).map((event) => event.event)).toEqual(['b', 'c']);
    again.stop();
  });

  it('refuse a start that is no number', async () => {
    api = await startApi();
    expect((await api.call('GET', '/v1/events?after=x')).body.errors).toEqual([
      { parameter: 'after', detail: 'must be integer' },
    ]);
    expect((await api.call('GET', '/v1/events', { headers: { 'last-event-id': 'abc' } })).status).toBe(400);
  });
});

describe('events as JSON', () => {
  it('are pages that go on', async () => {
    api = await startApi();
    await commit('a', 'b', 'c');
    const page = async (query: string) =>
      (await api.call('GET', `/v1/events?${query}`, { headers: { accept: 'application/json' } })).body;
    const first = await page('limit=2');
    expect([first.items.map(({ id }: { id: string }) => id), first.nextCursor, first.upTo]).toEqual([
      ['1', '2'],
      '2',
      2,
    ]);
    const second = await page(`limit=2&cursor=${first.nextCursor}`);
    expect([second.items.map(({ id }: { id: string }) => id), second.nextCursor, second.upTo]).toEqual([
      ['3'],
      null,
      3,
    ]);
    expect(await page('after=3')).toEqual({ items: [], nextCursor: null, upTo: 3 });
    expect((await page('types=b')).items).toHaveLength(1);
  });
});
