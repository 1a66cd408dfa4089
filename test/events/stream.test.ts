import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StreamEvent } from '../../src/events/cloud-event.ts';
import { EventStream, gapType } from '../../src/events/stream.ts';
import type { JournalEntry } from '../../src/gateway/ports.ts';
import { at, FakeStore } from '../support/fake-store.ts';

const entry = (events: readonly string[], stationId = 'CP1'): JournalEntry => ({
  stationId,
  at,
  direction: 'in',
  peer: 'station',
  version: '1.6',
  type: 'Call',
  messageId: 'm',
  action: 'Heartbeat',
  payload: '{}',
  head: null,
  headAction: null,
  identity: null,
  events: events.map((type) => ({ type, data: { type } })),
});

const make = (capacity = 4096, batch = 256) => {
  const store = new FakeStore();
  const stream = new EventStream({ journal: store.journal, commits: store.commits, capacity, batch, clock: () => at });
  return { store, stream };
};

/** Reads until `count` events came. */
async function take(feed: AsyncIterator<readonly StreamEvent[]>, count: number): Promise<StreamEvent[]> {
  const got: StreamEvent[] = [];
  while (got.length < count) {
    const { value, done } = await feed.next();
    if (done === true) break;
    got.push(...(value as readonly StreamEvent[]));
  }
  return got;
}

const seqs = (events: readonly StreamEvent[]): number[] => events.map(({ seq }) => seq);

describe('the stream of events', () => {
  it('begins now when no start is given, also for what is committed before the first reading', async () => {
    const { store, stream } = make();
    await store.commits.commit({ journal: [entry(['a'])] });
    const stop = new AbortController();
    const feed = await stream.open({ signal: stop.signal });
    await store.commits.commit({ journal: [entry([]), entry(['b', 'c']), entry(['d'])] });
    expect(seqs(await take(feed, 3))).toEqual([3, 4, 5]);
    stop.abort();
    expect(await feed.next()).toEqual({ value: undefined, done: true });
  });

  it('goes on within an entry of several events', async () => {
    const { store, stream } = make();
    await store.commits.commit({ journal: [entry(['a', 'b', 'c'])] });
    const feed = await stream.open({ after: 2, signal: AbortSignal.timeout(5000) });
    expect(seqs(await take(feed, 1))).toEqual([3]);
  });

  it('is a CloudEvent', async () => {
    const { store, stream } = make();
    await store.commits.commit({ journal: [entry(['evsebridge.station.connected'])] });
    const { items } = await stream.page({ limit: 10 });
    expect(JSON.parse(items[0]!.json)).toEqual({
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
  });

  it('filters by beginnings of types and by station', async () => {
    const { store, stream } = make();
    await store.commits.commit({
      journal: [entry(['x.a.1', 'y.b']), entry(['x.a.2'], 'CP2'), entry(['x.b']), entry(['x.a.3'])],
    });
    const filter = { types: ['x.a', 'y'], stationId: 'CP1' };
    expect(seqs((await stream.page({ ...filter, limit: 10 })).items)).toEqual([1, 2, 5]);
    const feed = await stream.open({ ...filter, after: 0, signal: AbortSignal.timeout(5000) });
    expect(seqs(await take(feed, 3))).toEqual([1, 2, 5]);
  });

  it('says so when events were removed by retention, and goes on with the oldest', async () => {
    const { store, stream } = make();
    await store.commits.commit({ journal: ['a', 'b', 'c', 'd'].map((type) => entry([type])) });
    store.expire(2);
    const feed = await stream.open({ after: 1, types: ['d'], signal: AbortSignal.timeout(5000) });
    const [gap, next] = await take(feed, 2);
    expect(gap).toMatchObject({ type: gapType, seq: 2, data: { after: 1, resumedAfter: 2, reason: 'expired' } });
    expect(JSON.parse(gap!.json)).not.toHaveProperty('subject');
    expect(next).toMatchObject({ type: 'd', seq: 4 });
    const page = await stream.page({ after: 0, limit: 10 });
    expect(page.items.map(({ type }) => type)).toEqual([gapType, 'c', 'd']);
  });

  it('says so when the number was never given out, as after a database was put back', async () => {
    const { store, stream } = make();
    await store.commits.commit({ journal: [entry(['a'])] });
    const feed = await stream.open({ after: 900, signal: AbortSignal.timeout(5000) });
    expect((await take(feed, 1))[0]).toMatchObject({ type: gapType, seq: 1, data: { reason: 'unknown' } });
    await store.commits.commit({ journal: [entry(['b'])] });
    expect(seqs(await take(feed, 1))).toEqual([2]);
  });

  it('does not say so for the end of the stream, or after nothing', async () => {
    const { store, stream } = make();
    const feed = await stream.open({ after: 0, signal: AbortSignal.timeout(5000) });
    await store.commits.commit({ journal: [entry(['a'])] });
    expect(seqs(await take(feed, 1))).toEqual([1]);
    store.expire(1);
    const later = await stream.open({ after: 1, signal: AbortSignal.timeout(5000) });
    await store.commits.commit({ journal: [entry(['b'])] });
    expect((await take(later, 1)).map(({ type }) => type)).toEqual(['b']);
  });

  it('pages, and says how far it got', async () => {
    const { store, stream } = make(4096, 2);
    await store.commits.commit({ journal: [entry(['a', 'b', 'c']), entry([]), entry(['d']), entry([])] });
    const first = await stream.page({ limit: 2 });
    expect([seqs(first.items), first.upTo, first.more]).toEqual([[1, 2], 2, true]);
    const second = await stream.page({ after: first.upTo, limit: 2 });
    expect([seqs(second.items), second.upTo, second.more]).toEqual([[3, 5], 6, false]);
    expect(await stream.page({ after: 6, limit: 2 })).toEqual({ items: [], upTo: 6, more: false });
  });

  it('reports a database that is away to whoever opens or reads', async () => {
    const { store, stream } = make();
    await store.commits.commit({ journal: [entry(['a'])] });
    const stop = new AbortController();
    const feed = await stream.open({ after: 0, signal: stop.signal });
    store.away = true;
    await expect(feed.next()).rejects.toThrow('the database does not answer');
    await expect(stream.open({ signal: stop.signal })).rejects.toThrow('the database does not answer');
    stop.abort();
    expect(stream.readers).toBe(0);
  });

  it('keeps no events for nobody, and no more than its capacity for a reader that does not read', async () => {
    const { store, stream } = make(3);
    const stop = new AbortController();
    const feed = await stream.open({ after: 0, signal: stop.signal });
    for (let i = 0; i < 50; i++) await store.commits.commit({ journal: [entry(['a'])] });
    expect(seqs(await take(feed, 50))).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
    stop.abort();
    expect(stream.readers).toBe(0);
  });
});

/** One step of an interleaving. */
type Step =
  | { readonly do: 'commit'; readonly events: readonly number[] }
  | { readonly do: 'tell' }
  | { readonly do: 'read' }
  | { readonly do: 'microtask' }
  | { readonly do: 'turn' }
  | { readonly do: 'reconnect' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.array(fc.nat(3), { minLength: 1, maxLength: 4 }).map((events) => ({ do: 'commit' as const, events })),
  },
  { weight: 3, arbitrary: fc.constant({ do: 'tell' as const }) },
  { weight: 4, arbitrary: fc.constant({ do: 'read' as const }) },
  { weight: 8, arbitrary: fc.constant({ do: 'microtask' as const }) },
  { weight: 2, arbitrary: fc.constant({ do: 'turn' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'reconnect' as const }) },
);

describe('the seam between the Journal and memory', () => {
  it('gives each event once and in order, whatever commits, readings and reconnections do between each other', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 80 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 4 }),
        async (steps, capacity, batch) => {
          const { store, stream } = make(capacity, batch);
          const untold: (() => void)[] = [];
          const got: number[] = [];
          let stop = new AbortController();
          let feed = await stream.open({ after: 0, signal: stop.signal });
          let reading: Promise<void> | undefined;
          const read = (): void => {
            const { signal } = stop;
            reading ??= feed.next().then(({ value }) => {
              // A client that has gone does not see what was on its way.
              if (signal.aborted) return;
              reading = undefined;
              if (value !== undefined) got.push(...seqs(value));
            });
          };
          for (const one of steps) {
            switch (one.do) {
              case 'commit':
                // Readable from now on; listeners hear of it later, in the same order.
                untold.push(
                  store.store({ journal: one.events.map((count) => entry(Array<string>(count).fill('a'))) }).tell,
                );
                break;
              case 'tell':
                untold.shift()?.();
                break;
              case 'read':
                read();
                break;
              case 'microtask':
                await undefined;
                break;
              case 'turn':
                await new Promise(setImmediate);
                break;
              case 'reconnect':
                stop.abort();
                stop = new AbortController();
                feed = await stream.open({ after: got.at(-1) ?? 0, signal: stop.signal });
                reading = undefined;
                break;
            }
          }
          for (const tell of untold) tell();
          const expected = store.rows.journal.flatMap((record) => record.events.map((_, index) => record.seq + index));
          while (got.length < expected.length) {
            read();
            await reading;
          }
          stop.abort();
          expect(got).toEqual(expected);
          expect(stream.readers).toBe(0);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
