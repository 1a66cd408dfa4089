import type { Database } from '../database.ts';
import type { Log } from '../log.ts';

/**
 * What the background processes of a server do. Without them the write-ahead log grows until the database is closed, and after a
 * crash all of it is replayed; dead rows stay; and statements are planned for tables as they were long ago.
 */

/** How often the database is looked at, ms. */
const interval = 1000;
/** Bytes of write-ahead log after which there is a checkpoint, however busy it is. Measured: replaying them takes half a second, the checkpoint a tenth. */
const busyLimit = 48 * 1024 * 1024;
/** The same when nothing was written since the last look. */
const quietLimit = 1024 * 1024;
/** How often all tables are vacuumed, ms. */
const vacuumInterval = 3_600_000;
/** Transactions after which a table must be frozen; the database refuses to work at two thousand million. */
const freezeAge = 200_000_000;

/** Tables whose rows are replaced again and again, and are looked for in more than one way. */
const mutable = [
  'journal_head',
  'writers',
  'stations',
  'connectors',
  'variables',
  'transactions',
  'translation_state',
  'commands',
  'tokens',
  'counters',
];

/**
 * Those that hold anything, with the pages that they have now and had when they were last vacuumed. An empty table is left alone: once
 * told that there is nothing in it, the database plans for that, and keeps to it when the table has grown.
 */
const sizes = {
  text: `select relname as name, pg_relation_size(oid) / current_setting('block_size')::integer as pages, relpages as known
    from pg_class where relnamespace = current_schema()::regnamespace and relname = any ($1) and pg_relation_size(oid) > 0`,
  values: [mutable],
};

/** The end of the write-ahead log, and how much of it a crash would have to replay, in bytes. */
const written = {
  name: 'wal-written',
  text: `select (lsn - '0/0')::bigint as "end", (lsn - redo_lsn)::bigint as since
    from pg_current_wal_insert_lsn() as lsn, pg_control_checkpoint()`,
};

/** Looks after the embedded database for as long as it is open. @returns the function that ends it */
export function keepUp({ reads }: Database, log: Log): () => Promise<void> {
  let lastEnd = 0;
  let vacuumAt = Date.now() + vacuumInterval;

  async function look(): Promise<void> {
    if (Date.now() >= vacuumAt) {
      vacuumAt = Date.now() + vacuumInterval;
      await vacuum(() => true);
      await freeze();
    }
    const [wal] = await reads.query<{ end: number; since: number }>(written);
    if (wal === undefined) return;
    const quiet = wal.end === lastEnd;
    lastEnd = wal.end;
    if (wal.since < (quiet ? quietLimit : busyLimit)) return;
    await vacuum(({ pages, known }) => pages > 2 * known);
    await reads.query({ text: 'checkpoint' });
  }

  async function vacuum(isDue: (table: { readonly pages: number; readonly known: number }) => boolean): Promise<void> {
    const tables = await reads.query<{ name: string; pages: number; known: number }>(sizes);
    for (const table of tables) if (isDue(table)) await reads.query({ text: `vacuum (analyze) ${table.name}` });
  }

  async function freeze(): Promise<void> {
    const aged = await reads.query<{ name: string }>({
      text: `select oid::regclass::text as name from pg_class where relkind in ('r', 't', 'm') and relpersistence = 'p' and age(relfrozenxid) > $1`,
      values: [freezeAge],
    });
    for (const { name } of aged) await reads.query({ text: `vacuum (freeze) ${name}` });
  }

  let looking: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout;
  let ended = false;
  const wait = () => {
    if (ended) return;
    timer = setTimeout(() => {
      looking = look().then(wait, (error: unknown) => {
        if (!ended)
          log.warn(
            { error: error instanceof Error ? error.message : String(error) },
            'upkeep of the embedded database failed, will be tried again',
          );
        wait();
      });
    }, interval);
    timer.unref();
  };
  wait();
  return async () => {
    ended = true;
    clearTimeout(timer);
    await looking;
  };
}
