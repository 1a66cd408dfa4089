import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import type { Store } from '../../src/gateway/ports.ts';
import { openStore } from '../../src/storage/store.ts';
import { hasTestServer, type TestDatabase, testDatabases } from '../support/databases.ts';
import { command, common, memoryLog, one, proxyTo, readAll, station, type TcpProxy, until } from './support.ts';

const server = (await testDatabases()).find(({ name }) => name === 'PostgreSQL');

describe.skipIf(!(await hasTestServer()))('PostgreSQL that goes away and comes back', () => {
  const cleanUps: (() => Promise<unknown>)[] = [];
  const later = (cleanUp: () => Promise<unknown>) => cleanUps.unshift(cleanUp);
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0)) await cleanUp();
  });

  async function database(): Promise<TestDatabase & { admin: pg.Client }> {
    const opened = await server!.open();
    later(() => opened.drop());
    const admin = new pg.Client(opened.options.databaseUrl!);
    await admin.connect();
    later(() => admin.end());
    return { ...opened, admin };
  }

  async function storeOn(options: TestDatabase['options'], log = memoryLog(), node = 'test'): Promise<Store> {
    const store = await openStore({ ...options, ...common, node, log });
    later(() => store.close());
    return store;
  }

  async function behindProxy(): Promise<{ store: Store; proxy: TcpProxy; log: ReturnType<typeof memoryLog> }> {
    const { options } = await database();
    const proxy = await proxyTo(options.databaseUrl!);
    later(() => proxy.close());
    const log = memoryLog();
    return { store: await storeOn({ ...options, databaseUrl: proxy.url }, log), proxy, log };
  }

  /** Callers that commit one after the other until told to stop; what each was answered. */
  function load(store: Store, stations: number) {
    let running = true;
    const answered = new Map<string, number>();
    const done = Promise.all(
      Array.from({ length: stations }, async (_, who) => {
        for (let n = 0; running; n++) {
          const messageId = `${who}-${n}`;
          answered.set(messageId, await store.commits.commit(one({ stationId: `O${who}`, messageId })));
        }
      }),
    );
    const stop = async () => {
      running = false;
      await done;
    };
    return { answered, stop };
  }

  /** Everything that was answered is there once, under the number that was told; and nothing else. */
  async function expectExactly(store: Store, answered: ReadonlyMap<string, number>, stations: number): Promise<void> {
    const found: (readonly [string | null, number])[] = [];
    for (let who = 0; who < stations; who++) {
      const records = await readAll((page) => store.journal.messages(`O${who}`, {}, page), 1000);
      found.push(...records.map(({ messageId, seq }) => [messageId, seq] as const));
    }
    expect(found.toSorted((a, b) => a[1] - b[1])).toEqual([...answered].toSorted((a, b) => a[1] - b[1]));
    expect(found.map(([, seq]) => seq).toSorted((a, b) => a - b)).toEqual(found.map((_, index) => index + 1));
  }

  it('stores everything exactly once while its backends are terminated', async () => {
    const { options, admin } = await database();
    const store = await storeOn(options);
    const { answered, stop } = load(store, 20);
    for (let round = 0; round < 15; round++) {
      const reached = answered.size + 150;
      await until(() => answered.size >= reached);
      await admin.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
      );
    }
    await stop();
    await expectExactly(store, answered, 20);
    expect(store.commits.healthy).toBe(true);
  });

  it('stores a batch once whose answer was lost', async () => {
    const { store, proxy } = await behindProxy();
    const { answered, stop } = load(store, 10);
    for (let round = 1; round <= 10; round++) {
      const reached = answered.size + 30;
      await until(() => answered.size >= reached);
      // Bind names the statement, so this hits the batch, not its preparation alone.
      proxy.cutAfter('store-batch', 1);
      await until(() => proxy.cuts === round);
    }
    await stop();
    await expectExactly(store, answered, 10);
  });

  it('lets what must be stored wait, and goes on by itself', async () => {
    const { store, proxy, log } = await behindProxy();
    await store.commits.commit(one({ stationId: 'O0', messageId: 'before' }));
    proxy.shut();
    const waiting = Array.from({ length: 3000 }, (_, n) =>
      store.commits.commit(one({ stationId: 'O0', messageId: `${n}` })),
    );
    await until(() => !store.commits.healthy);
    expect(store.commits.waiting).toBe(3000);
    await expect(store.ping()).rejects.toMatchObject({ name: 'StoreUnavailable' });
    await expect(store.stations.load('O0')).rejects.toMatchObject({ name: 'StoreUnavailable' });
    await expect(store.journal.lastSeq()).rejects.toMatchObject({ name: 'StoreUnavailable' });
    proxy.open();
    expect(await Promise.all(waiting)).toEqual(Array.from({ length: 3000 }, (_, n) => n + 2));
    expect(store.commits).toMatchObject({ healthy: true, waiting: 0, accepting: true });
    await store.ping();
    expect(log.lines).toEqual(
      expect.arrayContaining(['storage is away, trying again until it is back', 'storage is back']),
    );
  });

  it('notices while nothing is to be stored', async () => {
    const { store, proxy } = await behindProxy();
    await store.commits.commit(one());
    proxy.shut();
    await until(() => !store.commits.healthy);
    proxy.open();
    await until(() => store.commits.healthy);
  });

  it('closes without waiting for a database that is away, and says what was not stored', async () => {
    const { store, proxy } = await behindProxy();
    await store.commits.commit(one());
    proxy.shut();
    const waiting = Promise.allSettled([store.commits.commit(one()), store.commits.commit(one())]);
    await until(() => !store.commits.healthy);
    await store.close();
    for (const outcome of await waiting)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'StoreUnavailable' } });
  });

  it('is not opened when there is no server', async () => {
    const dead = openStore({
      ...common,
      databaseUrl: 'postgres://root@127.0.0.1:1/none',
      dataDir: '/nowhere',
      log: memoryLog(),
    });
    await expect(dead).rejects.toMatchObject({ name: 'StoreUnavailable' });
  });

  it('gives two nodes one dense order, and a reader misses nothing', async () => {
    const { options } = await database();
    const nodes = await Promise.all([storeOn(options, memoryLog(), 'a'), storeOn(options, memoryLog(), 'b')]);
    const told: number[] = [];
    for (const node of nodes) node.commits.onCommitted((records) => told.push(...records.map(({ seq }) => seq)));
    const total = 2 * 8 * 60;
    const read: number[] = [];
    const reader = (async () => {
      for (let seq = 0; read.length < total; ) {
        const { records, upTo } = await nodes[0]!.journal.eventsAfter(seq, 50);
        read.push(...records.map((record) => record.seq));
        expect(upTo).toBeGreaterThanOrEqual(seq);
        seq = upTo;
      }
    })();
    await Promise.all(
      nodes.flatMap((node, which) =>
        Array.from({ length: 8 }, async (_, who) => {
          for (let n = 0; n < 60; n++) {
            await node.commits.commit({
              ...one({ stationId: `${which}-${who}`, events: [{ type: 'evsebridge.test.n', data: { n } }] }),
              // The same rows from both nodes, in opposite orders.
              stations: (which === 0 ? ['x', 'y', 'z'] : ['z', 'y', 'x']).map((id) => station({ id })),
            });
            if (n % 10 === 5) await node.stations.delete('y');
          }
        }),
      ),
    );
    await reader;
    const dense = Array.from({ length: total }, (_, index) => index + 1);
    expect(read).toEqual(dense);
    expect(told.toSorted((a, b) => a - b)).toEqual(dense);
  });

  it('leaves to each node its own unfinished commands', async () => {
    const { options, admin } = await database();
    const [a, b] = [await storeOn(options, memoryLog(), 'a'), await storeOn(options, memoryLog(), 'b')];
    await a.commits.commit({ journal: [], commands: [command({ id: 'of-a' })] });
    await b.commits.commit({ journal: [], commands: [command({ id: 'of-b' })] });
    expect(await a.commands.unfinished()).toEqual([]);
    const again = await storeOn(options, memoryLog(), 'a');
    expect((await again.commands.unfinished()).map(({ id }) => id)).toEqual(['of-a']);
    await admin.query(`update writers set alive_at = 0 where node = 'b'`);
    expect((await again.commands.unfinished()).map(({ id }) => id)).toEqual(['of-a', 'of-b']);
  });
});
