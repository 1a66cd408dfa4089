import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Changes, JournalRecord, Store } from '../../src/gateway/ports.ts';
import { openStore, type StoreOptions } from '../../src/storage/store.ts';
import { type TestDatabase, testDatabases } from '../support/databases.ts';
import { command, common, entry, memoryLog, meterValue, one, readAll, station, transaction, until } from './support.ts';

const event = (n: number) => ({ type: 'evsebridge.test.event', data: { n } });

/** Reads the Journal of some stations back as `[seq, messageId]`, by number. */
async function stored(store: Store, stationIds: readonly string[]): Promise<(readonly [number, string | null])[]> {
  const lists = await Promise.all(
    stationIds.map((id) => readAll((page) => store.journal.messages(id, {}, page), 1000)),
  );
  return lists
    .flat()
    .map(({ seq, messageId }) => [seq, messageId] as const)
    .toSorted((a, b) => a[0] - b[0]);
}

describe.each(await testDatabases())('the group commit on $name', ({ open }) => {
  let database: TestDatabase;
  let store: Store;
  const reopen = async (options: Partial<StoreOptions> = {}) => {
    await store?.close();
    store = await openStore({ ...database.options, ...common, log: memoryLog(), ...options });
  };

  beforeAll(async () => {
    database = await open();
    await reopen();
  });
  afterAll(async () => {
    await store?.close();
    await database?.drop();
  });

  it('numbers entries in the order of the calls, without gaps, and tells listeners before the callers', async () => {
    await reopen({ maxBatch: 7 });
    const start = await store.journal.lastSeq();
    const told: JournalRecord[] = [];
    const stop = store.commits.onCommitted((records) => told.push(...records));
    const settled: number[] = [];
    const toldWhenSettled: boolean[] = [];
    const expected: number[] = [];
    let next = start + 1;
    const waiting: Promise<void>[] = [];
    for (let index = 0; index < 200; index++) {
      const journal = Array.from({ length: index % 4 }, (_, k) =>
        entry({
          stationId: `G${index % 3}`,
          messageId: `${index}.${k}`,
          events: Array.from({ length: (index + k) % 3 }, (_, n) => event(n)),
        }),
      );
      expected.push(next);
      for (const { events } of journal) next += Math.max(1, events.length);
      waiting.push(
        store.commits.commit({ journal }).then((seq) => {
          settled.push(seq);
          toldWhenSettled.push(journal.every(({ messageId }) => told.some((record) => record.messageId === messageId)));
        }),
      );
      if (index % 40 === 39) await waiting[index - 20];
    }
    await Promise.all(waiting);
    stop();
    expect(settled).toEqual(expected);
    expect(toldWhenSettled).not.toContain(false);
    expect(await store.journal.lastSeq()).toBe(next - 1);
    let seq = start + 1;
    for (const record of told) {
      expect(record.seq).toBe(seq);
      expect(record).not.toHaveProperty('identity');
      seq += Math.max(1, record.events.length);
    }
    expect(seq).toBe(next);
    expect(await stored(store, ['G0', 'G1', 'G2'])).toEqual(told.map((record) => [record.seq, record.messageId]));
    expect(await readAll((page) => store.journal.messages('G1', {}, page), 50)).toEqual(
      told.filter(({ stationId }) => stationId === 'G1'),
    );
  });

  it('takes the last of several rows with the same key', async () => {
    await reopen();
    const stationId = 'G-last';
    const tx = transaction({ stationId });
    const queued = command({ stationId });
    const change = (n: number): Changes => ({
      journal: [],
      stations: [station({ id: stationId, model: `m${n}` })],
      connectors: [{ stationId, evseId: 1, connectorId: 1, status: `s${n}`, at: n }],
      variables: [
        { stationId, key: 'k', attribute: 'Actual', value: `v${n}`, mutability: null, characteristics: null, at: n },
      ],
      transactions: [{ ...tx, energyWh: n }],
      commands: [{ ...queued, updatedAt: n }],
      translation: [
        { stationId, table: 't', key: 'kept', value: `${n}` },
        { stationId, table: 't', key: 'deleted', value: n === 9 ? null : `${n}` },
        { stationId, table: 't', key: 'revived', value: n % 2 === 0 ? null : `${n}` },
      ],
    });
    await Promise.all(Array.from({ length: 10 }, (_, n) => store.commits.commit(change(n))));
    expect(await store.stations.load(stationId)).toMatchObject({
      station: { model: 'm9' },
      connectors: [{ status: 's9', at: 9 }],
      transactions: [{ id: tx.id, energyWh: 9 }],
    });
    const { translation } = (await store.stations.load(stationId))!;
    expect(translation.toSorted((a, b) => (a.key < b.key ? -1 : 1))).toEqual([
      { stationId, table: 't', key: 'kept', value: '9' },
      { stationId, table: 't', key: 'revived', value: '9' },
    ]);
    expect((await store.stations.variables(stationId, { limit: 5 })).items).toMatchObject([{ value: 'v9' }]);
    expect(await store.commands.get(queued.id)).toMatchObject({ updatedAt: 9 });
  });

  it.each<[string, Changes]>([
    ['NUL in a message id', one({ messageId: 'a\0b' })],
    ['NUL in a token', { journal: [], transactions: [transaction({ idToken: '\0' })] }],
    ['a time that is no number', one({ at: Number.NaN })],
    ['an EVSE that is no integer', { journal: [], meterValues: [meterValue({ evseId: 1.5 })] }],
    [
      'an EVSE beyond 32 bits',
      { journal: [], connectors: [{ stationId: 'P', evseId: 2 ** 40, connectorId: 1, status: 's', at: 1 }] },
    ],
    ['a station without an id', { journal: [], stations: [station({ id: null as unknown as string })] }],
    ['an identity that no index can hold', one({ identity: randomText(20_000) })],
    ['what is no JSON', { journal: [], commands: [command({ request: { n: 1n } as never })] }],
  ])('refuses changes with %s, and nothing else', async (_what, poison) => {
    await reopen();
    const stationId = 'G-poison';
    const start = await store.journal.lastSeq();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 23 }, (_, index) =>
        store.commits.commit(
          index === 5 || index === 17
            ? poison
            : {
                ...one({ stationId, messageId: `${index}` }),
                stations: [station({ id: stationId, model: `${index}` })],
              },
        ),
      ),
    );
    let next = start + 1;
    for (const [index, outcome] of outcomes.entries()) {
      if (index === 5 || index === 17)
        expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'StoreRefused' } });
      else expect(outcome).toEqual({ status: 'fulfilled', value: next++ });
    }
    expect(await store.journal.lastSeq()).toBe(next - 1);
    expect((await store.stations.get(stationId))?.station.model).toBe('22');
    expect(store.commits.waiting).toBe(0);
    expect(store.commits.healthy).toBe(true);
  });

  it('stores identifiers that contain the characters it separates fields with', async () => {
    await reopen();
    const stationId = 'G-\x1d\x1e\x1f';
    const ids = ['\x1d', '\x1e', '\x1f', 'a\x1fb\x1ec', '\x1f\x1f\x1f\x1f', '\ue000\x1e\ue001', ''];
    await Promise.all(
      ids.map((messageId) =>
        store.commits.commit({
          ...one({ stationId, messageId, action: messageId }),
          stations: [station({ id: stationId, vendorName: messageId })],
        }),
      ),
    );
    const records = await readAll((page) => store.journal.messages(stationId, {}, page), 10);
    expect(records.map(({ messageId, action }) => [messageId, action])).toEqual(ids.map((id) => [id, id]));
    expect((await store.stations.get(stationId))?.station.vendorName).toBe('');
    expect(await store.stations.load(stationId)).toMatchObject({ station: { id: stationId } });
  });

  it('tells who begins to listen while changes wait that there is something new, and of what comes from then on', async () => {
    await reopen();
    const before = store.commits.commit(one({ stationId: 'G-late' }));
    const told: (readonly number[])[] = [];
    const stop = store.commits.onCommitted((records) => told.push(records.map(({ seq }) => seq)));
    const after = store.commits.commit(one({ stationId: 'G-late' }));
    expect(await after).toBe((await before) + 1);
    expect(told).toEqual([[await after]]);
    stop();
    const unheard = store.commits.commit(one({ stationId: 'G-late' }));
    store.commits.onCommitted((records) => told.push(records.map(({ seq }) => seq)));
    await unheard;
    expect(told).toEqual([[await after], []]);
  });

  it('keeps the other listeners and the callers from harm when a listener throws', async () => {
    const log = memoryLog();
    await reopen({ log });
    const told: number[] = [];
    store.commits.onCommitted(() => {
      throw new Error('listener');
    });
    store.commits.onCommitted((records) => told.push(...records.map(({ seq }) => seq)));
    const seq = await store.commits.commit(one());
    expect(told).toEqual([seq]);
    expect(log.lines).toContain('a listener of commits failed');
  });

  it('takes no more than may wait, and stores what waits before it closes', async () => {
    await reopen({ maxWaiting: 10 });
    expect(store.commits.accepting).toBe(true);
    const results = Array.from({ length: 10 }, (_, n) =>
      store.commits.commit(one({ stationId: 'G-close', messageId: `${n}` })),
    );
    expect(store.commits.accepting).toBe(false);
    expect(store.commits.waiting).toBe(10);
    await store.close();
    const seqs = await Promise.all(results);
    expect(store.commits.accepting).toBe(true);
    await expect(store.commits.commit(one())).rejects.toMatchObject({ name: 'StoreUnavailable' });
    await expect(store.ping()).rejects.toMatchObject({ name: 'StoreUnavailable' });
    await reopen();
    expect(await stored(store, ['G-close'])).toEqual(seqs.map((seq, n) => [seq, `${n}`]));
  });

  it('gathers what comes while a batch is in flight', async () => {
    await reopen();
    const sizes: number[] = [];
    store.commits.onCommitted((records) => sizes.push(records.length));
    const rounds = Array.from({ length: 20 }, async () => {
      for (let n = 0; n < 10; n++) await store.commits.commit(one({ stationId: 'G-gather' }));
    });
    await Promise.all(rounds);
    await until(() => store.commits.waiting === 0);
    expect(sizes.reduce((a, b) => a + b)).toBe(200);
    expect(sizes.length).toBeLessThan(100);
  });
});

/** Text that does not compress. */
function randomText(length: number): string {
  let text = '';
  while (text.length < length) text += Math.random().toString(36).slice(2);
  return text;
}
