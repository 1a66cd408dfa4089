import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { type Database, type DatabaseOptions, openDatabase } from './database.ts';
import type { Log } from './log.ts';

/** One numbered file of SQL. Once released it never changes. */
interface Migration {
  readonly name: string;
  readonly text: string;
  readonly checksum: string;
}

/** The folder `migrations` of the package: as far from here in `src` as in `dist`. */
const folder = new URL('../../migrations/', import.meta.url);

/** Any number, the same in every gateway: nodes that start together migrate one after the other. */
const lockKey = 0x65767365;

function readMigrations(): Migration[] {
  return readdirSync(folder)
    .filter((name) => /^\d{4}_\w+\.sql$/.test(name))
    .sort()
    .map((name) => {
      const text = readFileSync(new URL(name, folder), 'utf8').replaceAll('\r\n', '\n');
      return { name, text, checksum: createHash('sha256').update(text).digest('hex') };
    });
}

/**
 * Brings the schema of a database up to date, all or nothing.
 * @returns the names of the migrations that were applied now.
 * @throws Error when the database was migrated by a newer release or by files that were changed since. @throws StoreUnavailable
 */
export async function applyMigrations(database: Database, log: Log): Promise<readonly string[]> {
  const migrations = readMigrations();
  const lease = await database.reads.connect();
  try {
    await lease.run('begin');
    await lease.run({ text: 'select pg_advisory_xact_lock($1)', values: [lockKey] });
    await lease.run(
      'create table if not exists migrations (name text primary key, checksum text not null, applied_at timestamptz not null default now())',
    );
    const { rows } = await lease.run<{ name: string; checksum: string }>(
      'select name, checksum from migrations order by name',
    );
    const applied = new Map(rows.map(({ name, checksum }) => [name, checksum]));
    for (const name of applied.keys()) {
      if (migrations.some((migration) => migration.name === name)) continue;
      throw new Error(
        `the database has the migration ${name}, which this release does not know: it was used by a newer release`,
      );
    }
    const done: string[] = [];
    for (const { name, text, checksum } of migrations) {
      const known = applied.get(name);
      if (known === checksum) continue;
      if (known !== undefined)
        throw new Error(
          `migrations/${name} is not the file that was applied to this database: released migrations never change`,
        );
      await lease.run(text);
      await lease.run({ text: 'insert into migrations (name, checksum) values ($1, $2)', values: [name, checksum] });
      done.push(name);
    }
    await lease.run('commit');
    if (done.length > 0) log.info({ migrations: done }, 'database migrated');
    return done;
  } catch (error) {
    await lease.run('rollback').catch(() => undefined); // the first error is the one to report
    throw error;
  } finally {
    lease.release();
  }
}

/** The command line's `migrate`: opens the database, applies what is missing, closes it. @returns the names of the migrations that were applied. */
export async function migrate(options: DatabaseOptions): Promise<readonly string[]> {
  const database = openDatabase(options);
  try {
    return await applyMigrations(database, options.log);
  } finally {
    await database.close();
  }
}
