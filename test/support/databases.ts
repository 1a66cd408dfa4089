import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import packageJson from '../../package.json' with { type: 'json' };

const pgliteVersion = packageJson.dependencies['@electric-sql/pglite'];

/** What of the options of `openStore` says where the data is. */
export interface DatabaseLocation {
  readonly databaseUrl?: string;
  readonly dataDir: string;
}

/** A fresh, empty database. */
export interface TestDatabase {
  readonly options: DatabaseLocation;
  /** Removes it; every store on it must be closed. */
  drop(): Promise<void>;
}

/** One kind of database that tests run on. */
export interface TestDatabaseKind {
  readonly name: 'PostgreSQL' | 'embedded';
  open(): Promise<TestDatabase>;
}

/** The server that tests may create databases on. */
export const testServerUrl = process.env.EVSEBRIDGE_TEST_DATABASE_URL ?? 'postgres://root@127.0.0.1:5432/postgres';

async function onServer<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: testServerUrl, connectionTimeoutMillis: 5_000 });
  // A broken connection is reported by the statement as well; without a listener it would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end();
  }
}

const postgres: TestDatabaseKind = {
  name: 'PostgreSQL',
  async open() {
    const name = `evsebridge_test_${randomUUID().replaceAll('-', '')}`;
    await onServer((client) => client.query(`create database ${name}`));
    const url = new URL(testServerUrl);
    url.pathname = `/${name}`;
    const dataDir = await mkdtemp(join(tmpdir(), 'evsebridge-test-'));
    return {
      options: { databaseUrl: url.href, dataDir },
      async drop() {
        await onServer((client) => client.query(`drop database if exists ${name} with (force)`));
        await rm(dataDir, { recursive: true, force: true });
      },
    };
  },
};

/**
 * An empty embedded database to copy: making one takes seconds. Made once per version and machine, aside and then put in
 * place, so that test files that run at once do not meet half of one.
 */
async function emptyEmbedded(): Promise<string> {
  const template = join(tmpdir(), `evsebridge-test-template-${pgliteVersion}`);
  if (!existsSync(template)) {
    const aside = await mkdtemp(`${template}-`);
    await (await PGlite.create({ dataDir: aside })).close();
    // Another test file may have been faster; then its template is as good.
    await rename(aside, template).catch(() => rm(aside, { recursive: true, force: true }));
  }
  return template;
}

const embedded: TestDatabaseKind = {
  name: 'embedded',
  async open() {
    const dataDir = await mkdtemp(join(tmpdir(), 'evsebridge-test-'));
    await cp(await emptyEmbedded(), join(dataDir, 'db'), { recursive: true });
    return {
      options: { dataDir },
      drop: () => rm(dataDir, { recursive: true, force: true }),
    };
  },
};

let serverAnswers: Promise<boolean> | undefined;

/** True when tests may use PostgreSQL. In CI it must be there, and this throws when it is not. */
export function hasTestServer(): Promise<boolean> {
  serverAnswers ??= onServer((client) => client.query('select')).then(
    () => true,
    (error: unknown) => {
      const message = `PostgreSQL does not answer at ${testServerUrl} (EVSEBRIDGE_TEST_DATABASE_URL): ${String(error)}`;
      if (process.env.CI !== undefined) throw new Error(message);
      console.warn(`${message}. Tests on PostgreSQL are skipped.`);
      return false;
    },
  );
  return serverAnswers;
}

/** The databases to run a test on: the embedded one, and PostgreSQL when it answers. @throws Error in CI when it does not. */
export async function testDatabases(): Promise<readonly TestDatabaseKind[]> {
  return (await hasTestServer()) ? [postgres, embedded] : [embedded];
}
