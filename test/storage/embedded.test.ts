import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/storage/database.ts';
import { applyMigrations } from '../../src/storage/migrate.ts';
import { openEmbedded } from '../../src/storage/pglite/embedded.ts';
import type { EmbeddedStream } from '../../src/storage/pglite/stream.ts';
import { keepUp } from '../../src/storage/pglite/upkeep.ts';
import { Pool } from '../../src/storage/pool.ts';
import { DataDirectoryInUse, migrate, openStore } from '../../src/storage/store.ts';
import { testDatabases } from '../support/databases.ts';
import { common, memoryLog, one, readAll, until } from './support.ts';

const directories: string[] = [];
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'evsebridge-embedded-'));
  directories.push(directory);
  return directory;
}

/** A directory in which the database is made already. */
async function preparedDirectory(): Promise<string> {
  const { options } = await (await testDatabases()).find(({ name }) => name === 'embedded')!.open();
  directories.push(options.dataDir);
  return options.dataDir;
}

const open = (dataDir: string) => openStore({ ...common, dataDir, log: memoryLog() });

/** The child as a process of its own: what it acknowledges, and its end. */
function committer(dataDir: string, from: number) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'embedded-child.ts'), dataDir, String(from)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (some: string) => {
    text += some;
  });
  const acknowledged = () =>
    text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .filter((line) => line !== '');
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  return { child, acknowledged, ended };
}

// Making a database takes seconds, and longer on a busy machine.
describe('the embedded database', { timeout: 120_000 }, () => {
  it('is made whole or not at all: a process killed while it makes one leaves nothing in the way', async () => {
    const dataDir = newDirectory();
    for (const pause of [700, 1500, 2500]) {
      const { child, ended } = committer(dataDir, 0);
      await new Promise((resolve) => setTimeout(resolve, pause));
      child.kill('SIGKILL');
      await ended;
    }
    const store = await open(dataDir);
    await store.commits.commit(one());
    await store.close();
  });

  it('has everything acknowledged exactly once after its process was killed, again and again', async () => {
    const dataDir = await preparedDirectory();
    const acknowledged: string[] = [];
    for (let round = 0; round < 4; round++) {
      const { child, acknowledged: ofChild, ended } = committer(dataDir, round * 1_000_000);
      await until(() => ofChild().length > 40 + round * 70);
      child.kill('SIGKILL');
      await ended;
      acknowledged.push(...ofChild());
      const store = await open(dataDir);
      const records = await readAll((page) => store.journal.messages('CP1', {}, page), 1000);
      const found = records.map(({ messageId }) => messageId);
      expect(new Set(found).size).toBe(found.length);
      expect(acknowledged.filter((n) => !found.includes(n))).toEqual([]);
      expect(records.map(({ seq }) => seq)).toEqual(records.map((_, index) => index + 1));
      expect(await store.journal.lastSeq()).toBe(records.length);
      expect(found).toContain((await store.stations.get('CP1'))?.station.model);
      await store.close();
    }
  });

  it('refuses a directory that another process uses, naming both, and takes it when that process was killed', async () => {
    const dataDir = await preparedDirectory();
    const { child, acknowledged, ended } = committer(dataDir, 0);
    await until(() => acknowledged().length > 0);
    const attempt = open(dataDir);
    await expect(attempt).rejects.toThrow(DataDirectoryInUse);
    await expect(attempt).rejects.toThrow(new RegExp(`${join(dataDir, 'db')} is in use by process ${child.pid}`));
    child.kill('SIGKILL');
    await ended;
    await (await open(dataDir)).close();
  });

  it('refuses a second opening in the same process, also by a migration', async () => {
    const dataDir = await preparedDirectory();
    const store = await open(dataDir);
    await expect(open(dataDir)).rejects.toThrow(/already open in this process/);
    await expect(migrate({ dataDir, log: memoryLog() })).rejects.toThrow(DataDirectoryInUse);
    await store.commits.commit(one());
    await store.close();
    expect(existsSync(join(dataDir, 'db.lock'))).toBe(false);
    expect(await migrate({ dataDir, log: memoryLog() })).toEqual([]);
  });

  it.each([
    ['of a process that is gone', (started: string) => JSON.stringify({ pid: 2 ** 22 + 1, started })],
    ['of an earlier process with this id', (started: string) => JSON.stringify({ pid: process.pid, started })],
    ['of an earlier process with the id of another', () => JSON.stringify({ pid: process.ppid, started: '1' })],
    ['that was cut short', () => '{"pid":'],
  ])('is not kept out by a lock %s', async (_whose, content) => {
    const dataDir = await preparedDirectory();
    writeFileSync(join(dataDir, 'db.lock'), content('12345'));
    const store = await open(dataDir);
    expect(JSON.parse(readFileSync(join(dataDir, 'db.lock'), 'utf8'))).toMatchObject({ pid: process.pid });
    await store.close();
  });

  it('starts anew when its thread has ended, and keeps what was stored', async () => {
    const embedded = openEmbedded(await preparedDirectory());
    const streams: EmbeddedStream[] = [];
    const connect = async () => {
      const client = embedded.client();
      client.on('error', () => undefined);
      await client.connect();
      // Not in pg's types: the stream that the client was given.
      streams.push((client as unknown as { connection: { stream: EmbeddedStream } }).connection.stream);
      return client;
    };
    const pool = new Pool({ size: 1, connect });
    await pool.query({ text: 'create table t as select 1 as n' });
    const lost = pool.query({ text: 'select count(*) from generate_series(1, 100000000)' });
    await until(() => streams.length === 1);
    streams[0]?.destroy(new Error('the thread broke'));
    await expect(lost).rejects.toMatchObject({
      name: 'StoreUnavailable',
      message: expect.stringContaining('the thread broke'),
    });
    expect(await pool.query({ text: 'select n from t' })).toEqual([{ n: 1 }]);
    expect(streams).toHaveLength(2);
    await pool.end();
    await embedded.close();
  });

  it('is written down as it grows, and its tables are counted: little is left to replay after a crash', async () => {
    const database = openDatabase({ dataDir: newDirectory(), log: memoryLog() });
    try {
      await applyMigrations(database, memoryLog());
      const endUpkeep = keepUp(database, memoryLog());
      await database.reads.query({
        text: `insert into translation_state (station_id, tbl, key, value) select 'CP' || n, 'table', 'key', repeat('x', 100) from generate_series(1, 20000) n`,
      });
      const look = async () => {
        const [row] = await database.reads.query<{ since: number; counted: number; empty: number }>({
          text: `select (pg_current_wal_insert_lsn() - redo_lsn)::bigint as since,
            (select reltuples from pg_class where relname = 'translation_state') as counted,
            (select reltuples from pg_class where relname = 'transactions') as empty
            from pg_control_checkpoint()`,
        });
        return row!;
      };
      expect((await look()).since).toBeGreaterThan(2_000_000);
      await until(async () => (await look()).since < 1_000_000);
      // What is empty is not counted: statements would be planned for a table without rows, and keep to it.
      expect(await look()).toMatchObject({ counted: 20_000, empty: -1 });
      await endUpkeep();
    } finally {
      await database.close();
    }
  });
});
