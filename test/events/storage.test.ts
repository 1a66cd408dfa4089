import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EventStream } from '../../src/events/stream.ts';
import type { JournalEntry, Store } from '../../src/gateway/ports.ts';
import { openStore } from '../../src/storage/store.ts';
import { at } from '../support/fake-store.ts';

const server = 'postgres://root@127.0.0.1:5432/';
const name = `events_${randomUUID().replaceAll('-', '')}`;

async function administer(statement: string): Promise<void> {
  const client = new pg.Client(`${server}postgres`);
  await client.connect();
  await client.query(statement);
  await client.end();
}

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

let store: Store;
beforeAll(async () => {
  await administer(`create database ${name}`);
  store = await openStore({
    node: 'test',
    databaseUrl: `${server}${name}`,
    dataDir: tmpdir(),
    log: quiet,
    retention: { journalDays: 0, meterValuesDays: 0 },
  });
});
afterAll(async () => {
  await store.close();
  await administer(`drop database ${name}`);
});

const entry = (events: number): JournalEntry => ({
  stationId: 'CP1',
  at,
  direction: 'in',
  peer: 'station',
  version: '1.6',
  type: 'Call',
  messageId: randomUUID(),
  action: 'Heartbeat',
  payload: '{}',
  head: null,
  headAction: null,
  identity: null,
  events: Array.from({ length: events }, (_, index) => ({ type: 'evsebridge.test', data: { index } })),
});

it('on a real database: every event once and in order, for readers that keep up, fall behind and come back', async () => {
  const stream = new EventStream({ journal: store.journal, commits: store.commits, capacity: 50, batch: 7 });
  const commits = 600;
  let total = 0;
  const writing = (async () => {
    for (let n = 0; n < commits; n += 20) {
      const entries = Array.from({ length: 20 }, (_, index) => (n + index) % 4);
      total += entries.reduce((sum, events) => sum + events, 0);
      await Promise.all(entries.map((events) => store.commits.commit({ journal: [entry(events)] })));
    }
  })();
  const expected = (commits / 4) * (0 + 1 + 2 + 3);
  const reader = async (before: (turn: number) => Promise<boolean>): Promise<number[]> => {
    const got: number[] = [];
    while (got.length < expected) {
      const stop = new AbortController();
      for await (const batch of await stream.open({ after: got.at(-1) ?? 0, signal: stop.signal })) {
        for (const event of batch) got.push(event.seq);
        if (got.length >= expected || (await before(got.length))) break;
      }
      stop.abort();
    }
    return got;
  };
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  const readers = await Promise.all([
    reader(async () => false),
    reader(async () => turn().then(() => false)),
    reader(async (count) => turn().then(() => count % 3 === 0)),
    writing.then(() => reader(async () => false)),
  ]);
  expect(total).toBe(expected);
  const { records } = await store.journal.eventsAfter(0, 10_000);
  const all = records.flatMap((record) => record.events.map((_, index) => record.seq + index));
  expect(all).toHaveLength(expected);
  for (const got of readers) expect(got).toEqual(all);
  expect(stream.readers).toBe(0);
  const page = await stream.page({ limit: 1000 });
  expect([page.items.map(({ seq }) => seq), page.more]).toEqual([all, false]);
});
