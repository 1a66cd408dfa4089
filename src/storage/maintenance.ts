import { sql } from 'kysely';
import type { Database } from './database.ts';
import { numbersOfRow } from './journal.ts';
import type { Log } from './log.ts';
import type { Lease } from './pool.ts';

export interface Retention {
  /** Days that the Journal and finished commands are kept; 0: for ever. */
  readonly journalDays: number;
  /** Days that meter values are kept; 0: for ever. */
  readonly meterValuesDays: number;
}

const day = 86_400_000;
/** A partition holds a week: a station's last seven days are in two of them, and a year is 53. */
const week = 7 * day;
/** Partitions made ahead, so that a gateway that stays up never runs out of them. */
const ahead = 3;
/** Making a partition needs a lock that waits for readers and keeps writers waiting behind it: not for long. */
const lockTimeout = 3_000;
const lockKey = 0x65767366;

interface Partitioned {
  readonly table: 'journal' | 'meter_values';
  readonly keptDays: (retention: Retention) => number;
}

const partitioned: readonly Partitioned[] = [
  { table: 'journal', keptDays: ({ journalDays }) => journalDays },
  // As long as the Journal that points to them.
  {
    table: 'meter_values',
    keptDays: ({ journalDays, meterValuesDays }) =>
      journalDays === 0 || meterValuesDays === 0 ? 0 : Math.max(journalDays, meterValuesDays),
  },
];

/** Makes partitions ahead and drops what is older than the retention. Safe to run on several nodes at once, and at any time again. */
export async function maintain(database: Database, retention: Retention, log: Log, now = Date.now()): Promise<void> {
  for (const { table, keptDays } of partitioned) {
    const start = Math.floor(now / week) * week;
    for (let from = start; from <= start + ahead * week; from += week) await createPartition(database, table, from);
    const days = keptDays(retention);
    if (days > 0) await dropBefore(database, table, now - days * day, log);
  }
  if (retention.journalDays > 0) await forgetCommands(database, now - retention.journalDays * day);
}

const nameOf = (table: string, from: number): string =>
  `${table}_${new Date(from).toISOString().slice(0, 10).replaceAll('-', '')}`;

/** In a transaction that gives way to writers. @throws StoreUnavailable, pg.DatabaseError */
async function exclusively(database: Database, work: (lease: Lease) => Promise<void>): Promise<void> {
  const lease = await database.reads.connect();
  try {
    await lease.run(`begin; set local lock_timeout = ${lockTimeout}; select pg_advisory_xact_lock(${lockKey})`);
    await work(lease);
    await lease.run('commit');
  } catch (error) {
    await lease.run('rollback').catch(() => undefined); // the first error is the one to report
    throw error;
  } finally {
    lease.release();
  }
}

/** The partitions of `$1` by name. Read from the catalogue as data: `to_regclass` may answer from a cache that does not know what another node has just made. */
const partitionsOf = (table: string) => ({
  text: 'select c.relname as name from pg_inherits join pg_class c on c.oid = inhrelid where inhparent = $1::regclass order by 1',
  values: [table],
});

async function createPartition(database: Database, table: string, from: number): Promise<void> {
  const name = nameOf(table, from);
  const isAmong = (rows: readonly { name: string }[]) => rows.some((row) => row.name === name);
  if (isAmong(await database.reads.query<{ name: string }>(partitionsOf(table)))) return;
  await exclusively(database, async (lease) => {
    // Another node may have made it meanwhile.
    if (isAmong((await lease.run<{ name: string }>(partitionsOf(table))).rows)) return;
    // Rows of this week may have gone to the default partition, from a clock that ran ahead.
    await lease.run(`create table ${name} (like ${table} including defaults);
      lock table ${table} in share row exclusive mode;
      with early as (delete from ${table}_default where at >= ${from} and at < ${from + week} returning *) insert into ${name} select * from early;
      alter table ${table} attach partition ${name} for values from (${from}) to (${from + week})`);
  });
}

async function dropBefore(database: Database, table: Partitioned['table'], cutoff: number, log: Log): Promise<void> {
  const partitions = await database.reads.query<{ name: string }>(partitionsOf(table));
  const dated = new RegExp(`^${table}_(\\d{4})(\\d\\d)(\\d\\d)$`);
  for (const { name } of partitions) {
    const [, year, month, date] = dated.exec(name) ?? [];
    if (year === undefined || Date.parse(`${year}-${month}-${date}T00:00:00Z`) + week > cutoff) continue;
    const after = table === 'journal' ? await firstAfter(database, name) : 0;
    await exclusively(database, async (lease) => {
      await lease.run(`drop table if exists ${name}`);
      await raiseFirst(lease, after);
    });
    log.info({ partition: name }, 'dropped what is older than the retention');
  }
  if (table === 'journal') {
    await exclusively(database, async (lease) => {
      const { rows } = await lease.run<{ after: number }>({
        text: `with gone as (delete from journal_default where at < $1 returning seq, events, answer_type)
          select coalesce(max(seq + ${numbersOfRow}), 0) as after from gone`,
        values: [cutoff],
      });
      await raiseFirst(lease, rows[0]?.after ?? 0);
    });
  } else {
    await sql`delete from meter_values_default where at < ${cutoff}`.execute(database.kysely);
  }
}

/** The first number after all those in a partition of the Journal; 0 when it is empty. Goes from station to station along the index: there is none on seq alone. */
async function firstAfter(database: Database, partition: string): Promise<number> {
  const newest = `select station_id, seq, events, answer_type from ${partition}`;
  const [row] = await database.reads.query<{ after: number }>({
    text: `with recursive last as (
      (${newest} order by station_id desc, seq desc limit 1)
      union all
      select next.* from last, lateral (${newest} where station_id < last.station_id order by station_id desc, seq desc limit 1) as next)
    select coalesce(max(seq + ${numbersOfRow}), 0) as after from last`,
  });
  return row?.after ?? 0;
}

async function raiseFirst(lease: Lease, after: number): Promise<void> {
  if (after > 0)
    await lease.run({ text: 'update journal_head set first_seq = greatest(first_seq, $1)', values: [after] });
}

async function forgetCommands({ kysely }: Database, cutoff: number): Promise<void> {
  await kysely
    .deleteFrom('commands')
    .where('createdAt', '<', cutoff)
    .where('state', 'not in', ['queued', 'sent'])
    .execute();
}
