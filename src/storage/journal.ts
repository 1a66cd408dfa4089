import { sql } from 'kysely';
import type { Changes, Journal, JournalEntry, JournalRecord, MessageFilter, PageQuery } from '../gateway/ports.ts';
import type { Database } from './database.ts';
import { pageOf, readPlace } from './pages.ts';
import type { JournalTable } from './schema.ts';
import { linesOf, nullable, type Section } from './section.ts';

/** How many sequence numbers an entry takes. */
export const numbersOf = (entry: Pick<JournalEntry, 'events'>): number => Math.max(entry.events.length, 1);

/** Written out rather than made from a list of fields: every message passes here. The first field is the entry's number within the batch, from 1. */
export const journalSection: Section = {
  encode(changes, { field, record, none }) {
    let text = '';
    let number = 1;
    for (const { journal } of changes) {
      for (const entry of journal) {
        if (number > 1) text += record;
        text += `${number}${field}${entry.at}${field}${entry.stationId}${field}${entry.direction}${field}${entry.peer}${field}${
          entry.version ?? none
        }${field}${entry.type}${field}${nullable(entry.messageId, none)}${field}${nullable(entry.action, none)}${field}${entry.payload}${field}${
          entry.head ?? none
        }${field}${nullable(entry.headAction, none)}${field}${nullable(entry.identity, none)}${field}${
          entry.events.length === 0 ? none : JSON.stringify(entry.events)
        }`;
        number += numbersOf(entry);
      }
    }
    return number === 1 ? null : text;
  },
  sql: (section) => `journal_rows as (
  insert into journal (seq, at, station_id, direction, peer, version, type, message_id, action, payload, head, head_action, identity, events)
  select mine.base + r[1]::bigint, r[2]::bigint, r[3], r[4], r[5], r[6], r[7], r[8], r[9], r[10], r[11], r[12], r[13], r[14]
  from ${linesOf(section, 14)})`,
};

/** The records of all changes, in order, the first of them numbered `first`. */
export function recordsOf(changes: readonly Changes[], first: number): JournalRecord[] {
  const records: JournalRecord[] = [];
  let seq = first;
  for (const { journal } of changes) {
    for (const entry of journal) {
      records.push({
        seq,
        stationId: entry.stationId,
        at: entry.at,
        direction: entry.direction,
        peer: entry.peer,
        version: entry.version,
        type: entry.type,
        messageId: entry.messageId,
        action: entry.action,
        payload: entry.payload,
        head: entry.head,
        headAction: entry.headAction,
        events: entry.events,
      });
      seq += numbersOf(entry);
    }
  }
  return records;
}

const columns = [
  'seq',
  'stationId',
  'at',
  'direction',
  'peer',
  'version',
  'type',
  'messageId',
  'action',
  'payload',
  'head',
  'headAction',
  'events',
] as const satisfies readonly (keyof JournalTable)[];

const recordOf = (row: Omit<JournalTable, 'identity'>): JournalRecord => ({
  ...row,
  events: row.events === null ? [] : JSON.parse(row.events),
});

/** Reads the Journal. */
export function openJournal({ kysely }: Database): Journal {
  const head = () => kysely.selectFrom('journalHead').select(['seq', 'firstSeq']).executeTakeFirstOrThrow();
  return {
    lastSeq: async () => (await head()).seq,
    firstSeq: async () => (await head()).firstSeq,

    async messages(stationId: string, { action, direction, order = 'asc' }: MessageFilter, page: PageQuery) {
      const place = readPlace(page, ['number']);
      let query = kysely
        .selectFrom('journal')
        .select(columns)
        .where('stationId', '=', stationId)
        .orderBy('seq', order)
        .limit(page.limit + 1);
      if (place !== undefined) query = query.where('seq', order === 'asc' ? '>' : '<', place[0]);
      if (direction !== undefined) query = query.where('direction', '=', direction);
      if (action !== undefined)
        query = query.where(({ eb, or }) => or([eb('action', '=', action), eb('headAction', '=', action)]));
      return pageOf(await query.execute(), page.limit, (row) => [row.seq], recordOf);
    },

    async eventsAfter(after, limit) {
      // One statement, hence one snapshot: the head is that of the moment in which the records were read. The first part is the
      // entry that `after` itself belongs to, when some of its events have greater numbers.
      const withEvents = kysely.selectFrom('journal').select(columns).where('events', 'is not', null);
      const rows = await kysely
        .with('begun', () => withEvents.where('seq', '<=', after).orderBy('seq', 'desc').limit(1))
        .with('following', () => withEvents.where('seq', '>', after).orderBy('seq').limit(limit))
        .selectFrom((from) =>
          from
            .selectFrom('begun')
            .selectAll()
            .where(sql<boolean>`seq + json_array_length(events::json) - 1 > ${after}`)
            .unionAll(from.selectFrom('following').selectAll())
            .as('found'),
        )
        .rightJoin('journalHead', (join) => join.onTrue())
        .select(columns.map((column) => `found.${column}` as const))
        .select('journalHead.seq as headSeq')
        .orderBy('found.seq')
        .limit(limit)
        .execute();
      const records = rows.flatMap(({ headSeq, ...row }) => (row.seq === null ? [] : [recordOf(row as JournalTable)]));
      const last = records.at(-1);
      const headSeq = rows[0]?.headSeq ?? 0;
      const complete = last === undefined || records.length < limit;
      return { records, upTo: complete ? Math.max(headSeq, after) : last.seq + numbersOf(last) - 1 };
    },
  };
}
