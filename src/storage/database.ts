import { CamelCasePlugin, Kysely, PostgresDialect, type PostgresPool } from 'kysely';
import pg from 'pg';
import { bindWithoutCopies } from './bind.ts';
import type { Log } from './log.ts';
import { openEmbedded } from './pglite/embedded.ts';
import { Pool } from './pool.ts';
import type { Tables } from './schema.ts';
import { types } from './types.ts';

/** A database to talk to: a PostgreSQL server or the embedded one, with nothing to tell them apart in what is said to them. */
export interface Database {
  readonly kind: 'server' | 'embedded';
  /** For the group commit alone, on a server; never kept waiting by reads. */
  readonly commits: Pool;
  /** For everything else. */
  readonly reads: Pool;
  readonly kysely: Kysely<Tables>;
  /** Told when the idle connection of the commits broke. */
  onLost(listener: () => void): void;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** `postgres://…`; absent: the embedded database in `<dataDir>/db`. */
  readonly databaseUrl?: string | undefined;
  readonly dataDir: string;
  readonly log: Log;
}

/** Connections for reads: stations connecting by the thousand are read side by side. */
const readConnections = 4;
const connectTimeout = 5_000;

/**
 * What every connection says first. jit: compiling costs more than any of our statements. Generic plans: the prepared ones are
 * made to be planned once; no sequential scans, because such a plan may be made while a partition is empty and used when it is full;
 * no bitmap scans, because every list is the first few rows in an index's order, and those fetch all rows to sort them.
 * synchronous_commit: a server that is set to acknowledge before it stores would break our promise; other settings are the operator's.
 */
const greeting = `set jit = off; set plan_cache_mode = force_generic_plan; set enable_seqscan = off; set enable_bitmapscan = off;
select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'`;

/** Opens a database; connections are made when first used, so a server may be away. @throws Error when the embedded data is in use by another process. */
export function openDatabase(options: DatabaseOptions): Database {
  const listeners: (() => void)[] = [];
  const onLost = () => {
    for (const listener of listeners) listener();
  };
  const greet = async (client: pg.Client) => {
    // pg reports a broken connection here as well as to whoever waits for an answer; without a listener it would end the process.
    client.on('error', (error) => options.log.warn({ error: error.message }, 'database connection lost'));
    try {
      await bindWithoutCopies(client).connect();
      await client.query(greeting);
    } catch (error) {
      await client.end().catch(() => undefined); // the first error is the one to report
      throw error;
    }
    return client;
  };
  if (options.databaseUrl === undefined) {
    const embedded = openEmbedded(options.dataDir);
    const pool = new Pool({ size: 1, connect: () => greet(embedded.client()), onLost });
    const close = async () => {
      await pool.end();
      await embedded.close();
    };
    return {
      kind: 'embedded',
      commits: pool,
      reads: pool,
      kysely: kyselyOver(pool),
      onLost: (l) => listeners.push(l),
      close,
    };
  }
  const connectionString = options.databaseUrl;
  const connect = () =>
    greet(
      new pg.Client({
        connectionString,
        types,
        keepAlive: true,
        keepAliveInitialDelayMillis: 10_000,
        connectionTimeoutMillis: connectTimeout,
        application_name: 'evsebridge',
      }),
    );
  const commits = new Pool({ size: 1, connect, onLost });
  const reads = new Pool({ size: readConnections, connect });
  const close = async () => {
    await Promise.all([commits.end(), reads.end()]);
  };
  return { kind: 'server', commits, reads, kysely: kyselyOver(reads), onLost: (l) => listeners.push(l), close };
}

function kyselyOver(pool: Pool): Kysely<Tables> {
  // Kysely's type of a pool has an overload for cursors, which are not used here.
  const dialect = new PostgresDialect({ pool: pool as unknown as PostgresPool });
  return new Kysely<Tables>({ dialect, plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })] });
}
