import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Changes,
  type JournalRecord,
  type MeterValueRow,
  type Store,
  samplesPointer,
} from '../../src/gateway/ports.ts';
import { openStore } from '../../src/storage/store.ts';
import { type TestDatabase, testDatabases } from '../support/databases.ts';
import { common, entry, memoryLog, meterValue, readAll } from './support.ts';

const stationId = 'S-samples';
const at = Date.UTC(2026, 2, 1);

/** A message whose HEAD form points to the samples of its meter values. */
const message = (messageId: string, meterValues: readonly MeterValueRow[], more: Partial<Changes> = {}): Changes => ({
  journal: [
    entry({
      stationId,
      messageId,
      head: `{"meterValue":[${meterValues.map((row) => `{"sampledValue":${samplesPointer(row)},"n":1}`).join(',')}]}`,
      events: [{ type: 'evsebridge.test', data: {} }],
    }),
  ],
  meterValues,
  ...more,
});
const values = (...samples: number[]) =>
  samples.map((value) =>
    meterValue({ stationId, transactionId: 'T', at, sampledValue: JSON.stringify([{ value, context: '$& é' }]) }),
  );
const samplesIn = (head: string | null) =>
  (JSON.parse(head ?? '') as { meterValue: { sampledValue: { value: number }[]; n: 1 }[] }).meterValue.map(
    ({ sampledValue }) => sampledValue.map(({ value }) => value),
  );

describe.each(await testDatabases())('samples that are stored once, on $name', ({ open }) => {
  let database: TestDatabase;
  let store: Store;
  beforeAll(async () => {
    database = await open();
    store = await openStore({ ...database.options, ...common, log: memoryLog() });
  });
  afterAll(async () => {
    await store?.close();
    await database?.drop();
  });

  it('are in the HEAD form of every message again when it is read, also of those at the same moment', async () => {
    const told: JournalRecord[] = [];
    const stop = store.commits.onCommitted((records) => told.push(...records));
    const messages = [message('a', values(1, 2)), message('b', values(3)), message('c', values(4))];
    await Promise.all(messages.map((changes) => store.commits.commit(changes)));
    stop();
    const records = await readAll((page) => store.journal.messages(stationId, {}, page), 2);
    expect(records.map(({ head }) => samplesIn(head))).toEqual([[[1], [2]], [[3]], [[4]]]);
    expect(told).toEqual(records);
    expect((await store.journal.eventsAfter(0, 10)).records).toEqual(records);
    const stored = await store.transactions.meterValues('T', { limit: 10 });
    expect(stored.items).toEqual(messages.flatMap(({ meterValues }) => meterValues));
  });

  it('are found whatever characters the station puts into its names', async () => {
    const odd = { ...message('\x1a\x1f', values(5)) };
    await store.commits.commit(odd);
    const [last] = (await store.journal.messages(stationId, { order: 'desc' }, { limit: 1 })).items;
    expect(samplesIn(last!.head)).toEqual([[5]]);
    expect(last!.messageId).toBe('\x1a\x1f');
  });

  it('are missing when the meter values are', async () => {
    await store.commits.commit({ ...message('d', values(6)), meterValues: [] });
    const [last] = (await store.journal.messages(stationId, { order: 'desc' }, { limit: 1 })).items;
    expect(samplesIn(last!.head)).toEqual([[]]);
  });
});
