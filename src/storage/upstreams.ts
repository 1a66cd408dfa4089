/** Upstreams and routes, which are few, and the queues of what upstreams have not taken yet. */
import { sql } from 'kysely';
import type { Definitions, QueueRow } from '../gateway/ports.ts';
import type { Database } from './database.ts';
import { lastOfEach, linesOf, nullable, type Section } from './section.ts';

/** Reads and changes the definitions in one of the two tables. */
export function openDefinitions<Row extends { readonly name: string }>(
  { kysely }: Database,
  table: 'upstreams' | 'routes',
): Definitions<Row> {
  return {
    async all() {
      const rows = await kysely.selectFrom(table).selectAll().orderBy('name').execute();
      return rows.map(({ definition }) => definition as unknown as Row);
    },
    async put(row) {
      const definition = JSON.stringify(row);
      await kysely
        .insertInto(table)
        .values({ name: row.name, definition })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ definition }))
        .execute();
    },
    async delete(name) {
      await kysely.deleteFrom(table).where('name', '=', name).execute();
      if (table !== 'upstreams') return;
      // The lock of the batches first, as in stations.ts.
      await sql`
        with lock as materialized (select 1 from journal_head for update),
        queue_gone as (delete from upstream_queue using lock where upstream = ${name})
        delete from translation_state using lock where starts_with(tbl, ${`upstream:${name}:`})`.execute(kysely);
    },
  };
}

/** Rows without a message are deletions; the stations are named once more for the reason given in translation.ts. */
export const upstreamQueueSection: Section = {
  encode(changes, { field, none }, rows) {
    const last = lastOfEach<QueueRow>(
      changes,
      ({ upstreamQueue }) => upstreamQueue,
      ({ stationId, upstream, number }) => JSON.stringify([stationId, upstream, number]),
    );
    for (const { stationId, upstream, number, at, parkedAt, message } of last) {
      const text = message === null ? null : JSON.stringify(message);
      rows.add(
        [stationId, upstream, number, at, parkedAt === null ? none : parkedAt, nullable(text, none)].join(field),
      );
    }
  },
  sql: (section) => `queue_rows as materialized (
  select r[1] as station_id, r[2] as upstream, r[3]::bigint as number, r[4]::bigint as at, r[5]::bigint as parked_at, r[6] as message
  from ${linesOf(section, 6)}),
queue_kept as (
  insert into upstream_queue (station_id, upstream, number, at, parked_at, message)
  select station_id, upstream, number, at, parked_at, message from queue_rows where message is not null
  on conflict (station_id, upstream, number) do update
  set at = excluded.at, parked_at = excluded.parked_at, message = excluded.message),
queue_taken as (
  delete from upstream_queue q using queue_rows d
  where q.station_id = any (array(select station_id from queue_rows where message is null))
    and d.message is null and q.station_id = d.station_id and q.upstream = d.upstream and q.number = d.number)`,
};

/** SQL: a QueueRow as JSON. */
export const queueJson = `json_build_object('stationId', station_id, 'upstream', upstream, 'number', number, 'at', at,
  'parkedAt', parked_at, 'message', message::json)`;
