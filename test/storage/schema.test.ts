import { readdirSync } from 'node:fs';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { batchStatement } from '../../src/storage/batch.ts';
import { type Database, openDatabase } from '../../src/storage/database.ts';
import { maintain } from '../../src/storage/maintenance.ts';
import { applyMigrations } from '../../src/storage/migrate.ts';
import { migrate, openStore } from '../../src/storage/store.ts';
import { type TestDatabase, testDatabases } from '../support/databases.ts';
import { command, common, entry, memoryLog, meterValue, one } from './support.ts';

const day = 86_400_000;
const migrations = readdirSync(new URL('../../migrations/', import.meta.url)).sort();

describe.each(await testDatabases())('the schema on $name', { timeout: 120_000 }, ({ name, open }) => {
  let location: TestDatabase;
  const log = memoryLog();
  beforeAll(async () => {
    location = await open();
  });
  afterAll(() => location?.drop());

  const within = async <T>(work: (database: Database) => Promise<T>): Promise<T> => {
    const database = openDatabase({ ...location.options, log });
    try {
      return await work(database);
    } finally {
      await database.close();
    }
  };

  it('is made once', async () => {
    expect(await migrate({ ...location.options, log })).toEqual(migrations);
    expect(await migrate({ ...location.options, log })).toEqual([]);
  });

  it('refuses a database whose migrations are others', async () => {
    await within(async (database) => {
      await sql`update migrations set checksum = 'x' || checksum`.execute(database.kysely);
      await expect(applyMigrations(database, log)).rejects.toThrow(/0001_initial.sql is not the file that was applied/);
      await sql`update migrations set checksum = substr(checksum, 2)`.execute(database.kysely);
      await sql`insert into migrations values ('9999_later.sql', '')`.execute(database.kysely);
      await expect(applyMigrations(database, log)).rejects.toThrow(/9999_later.sql, which this release does not know/);
      await sql`delete from migrations where name like '9999%'`.execute(database.kysely);
      expect(await applyMigrations(database, log)).toEqual([]);
    });
  });

  it('stores a batch by index even when that is planned for empty tables', () =>
    within(async ({ reads }) => {
      await reads.query({ text: 'vacuum (analyze) translation_state' });
      const nulls = Array.from(new Set(batchStatement.text.match(/\$\d+/g)), () => 'null');
      const lease = await reads.connect();
      await lease.run(`prepare batch as ${batchStatement.text}`);
      const { rows: plan } = await lease.run<Record<string, string>>(`explain execute batch (${nulls.join()})`);
      lease.release();
      const lines = plan.map((line) => Object.values(line)[0]);
      const scans = lines.filter((line) => /(Scan using|Seq Scan on) /.test(line ?? ''));
      // The head is one row; every other table is gone through by a condition on its index.
      for (const scan of scans) {
        if (/ on (journal_head|writers)/.test(scan ?? '')) continue;
        expect(lines[lines.indexOf(scan) + 1]).toMatch(/Index Cond: /);
      }
      expect(scans.some((scan) => scan?.includes('translation_state'))).toBe(true);
    }));

  it.runIf(name === 'PostgreSQL')('is made once by nodes that start together', async () => {
    const fresh = await open();
    const stores = await Promise.all(
      ['a', 'b', 'c'].map((node) => openStore({ ...fresh.options, ...common, node, log: memoryLog() })),
    );
    await Promise.all(stores.map((store) => store.commits.commit(one())));
    expect(await stores[0]?.journal.lastSeq()).toBe(3);
    for (const store of stores) await store.close();
    const client = new pg.Client(fresh.options.databaseUrl);
    await client.connect();
    expect((await client.query('select from migrations')).rowCount).toBe(migrations.length);
    expect((await client.query('select from writers')).rowCount).toBe(0);
    await client.end();
    await fresh.drop();
  });

  it('has partitions ahead, moves into them what came early, and drops those beyond the retention', async () => {
    const now = Date.UTC(2024, 4, 8, 12);
    const weeks = async ({ reads }: Database, table: string) => {
      const rows = await reads.query<{ name: string; rows: number }>({
        text: `select tableoid::regclass::text as name, count(*) as rows from ${table} group by 1 order by 1`,
      });
      return rows.map(({ name: partition, rows: count }) => [partition, count]);
    };
    const at = (days: number) => now + days * day;
    let store = await openStore({
      ...location.options,
      ...common,
      retention: { journalDays: 0, meterValuesDays: 0 },
      log,
    });
    // Journal entries before, in and after the weeks to come; the last but one has two events.
    const two = [1, 2].map((n) => ({ type: 'evsebridge.test.n', data: { n } }));
    await store.commits.commit({
      journal: [
        entry({ stationId: 'B', at: at(0) }),
        entry({ stationId: 'A', at: at(-400) }),
        entry({ stationId: 'B', at: at(7) }),
        entry({ stationId: 'A', at: at(7), events: two }),
        entry({ stationId: 'A', at: at(14) }),
      ],
      meterValues: [meterValue({ at: at(-400) }), meterValue({ at: at(0) }), meterValue({ at: at(7) })],
      commands: [
        command({ id: 'old', state: 'completed', createdAt: at(0) }),
        command({ id: 'open', state: 'sent', createdAt: at(0) }),
        command({ id: 'new', state: 'completed', createdAt: at(14) }),
      ],
    });
    await store.close();

    const forEver = { journalDays: 0, meterValuesDays: 0 };
    await within(async (database) => {
      expect(await weeks(database, 'journal')).toEqual([['journal_default', 5]]);
      await maintain(database, forEver, log, now);
      await maintain(database, forEver, log, now);
      expect(await weeks(database, 'journal')).toEqual([
        ['journal_20240502', 1],
        ['journal_20240509', 2],
        ['journal_20240516', 1],
        ['journal_default', 1],
      ]);
      expect(await weeks(database, 'meter_values')).toEqual([
        ['meter_values_20240502', 1],
        ['meter_values_20240509', 1],
        ['meter_values_default', 1],
      ]);
      // Ten days ago two of the weeks were over.
      await maintain(database, { journalDays: 10, meterValuesDays: 0 }, log, Date.UTC(2024, 4, 27));
      expect(await weeks(database, 'journal')).toEqual([['journal_20240516', 1]]);
      expect(await weeks(database, 'meter_values')).toHaveLength(3);
      await maintain(database, { journalDays: 10, meterValuesDays: 17 }, log, Date.UTC(2024, 4, 27));
      expect(await weeks(database, 'meter_values')).toEqual([['meter_values_20240509', 1]]);
    });

    store = await openStore({ ...location.options, ...common, retention: forEver, log });
    expect(await store.journal.firstSeq()).toBe(6);
    expect(await store.journal.lastSeq()).toBe(6);
    expect(await store.commits.commit(one())).toBe(7);
    expect(await store.commands.get('old')).toBeUndefined();
    expect(await store.commands.get('open')).toBeDefined();
    expect(await store.commands.get('new')).toBeDefined();
    await store.close();
  });

  it('has a partition for today as soon as it is open', async () => {
    const store = await openStore({ ...location.options, ...common, log });
    await store.commits.commit(one({ stationId: 'today', at: Date.now() }));
    await store.commits.commit(one({ stationId: 'today', at: Date.now() + 20 * day }));
    await store.close();
    await within(async ({ reads }) => {
      const where = await reads.query({ text: `select from journal_default where station_id = 'today'` });
      expect(where).toEqual([]);
    });
  });
});
