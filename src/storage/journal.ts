import type {
  Changes,
  Journal,
  JournalAnswer,
  JournalEntry,
  JournalRecord,
  MessageFilter,
  PageQuery,
} from '../gateway/ports.ts';
import type { Database } from './database.ts';
import { columnOf } from './fields.ts';
import { pageOf, readPlace } from './pages.ts';
import { withSamples, withSamplesOf } from './samples.ts';
import type { JournalTable } from './schema.ts';
import { type FlowingSection, linesOf, nullable, parameter } from './section.ts';

/** How many sequence numbers an entry takes: one for each event, at least one, and one for its answer. */
export const numbersOf = ({ events, answer }: Pick<JournalEntry, 'events' | 'answer'>): number =>
  Math.max(events.length, 1) + (answer === undefined ? 0 : 1);

/** The same in SQL, of a row. */
export const numbersOfRow =
  "greatest(1, json_array_length(coalesce(events, '[]')::json)) + (answer_type is not null)::int";

/** Written out rather than made from a list of fields: every message passes here. The first field is the entry's number within the batch, from 1. */
export const journalSection: FlowingSection = {
  write({ journal }, first, { field, none }, rows) {
    let number = first;
    for (const entry of journal) {
      rows.add(
        `${number}${field}${entry.at}${field}${entry.stationId}${field}${entry.direction}${field}${entry.peer}${field}${
          entry.version ?? none
        }${field}${entry.type}${field}${nullable(entry.messageId, none)}${field}${nullable(entry.action, none)}${field}${entry.payload}${field}${
          entry.head ?? none
        }${field}${nullable(entry.headAction, none)}${field}${nullable(entry.identity, none)}${field}${
          entry.events.length === 0 ? none : JSON.stringify(entry.events)
        }${field}${entry.answer?.type ?? none}${field}${entry.answer?.payload ?? none}${field}${entry.answer?.head ?? none}`,
      );
      number += numbersOf(entry);
    }
  },
  sql: (section) => `journal_rows as (
  insert into journal (seq, at, station_id, direction, peer, version, type, message_id, action, payload, head, head_action, identity, events, answer_type, answer_payload, answer_head)
  select mine.base - ${parameter.before}::bigint + r[1]::bigint, r[2]::bigint, r[3], r[4], r[5], r[6], r[7], r[8], r[9], r[10], r[11], r[12], r[13], r[14], r[15], r[16], r[17]
  from ${linesOf(section, 17)})`,
};

/** The records of changes, in order, the first of them numbered `first`. */
export function recordsOf({ journal, meterValues }: Changes, first: number): JournalRecord[] {
  const records: JournalRecord[] = [];
  let seq = first;
  for (const entry of journal) {
    const record: JournalRecord = {
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
      head: withSamplesOf(entry.head, meterValues),
      headAction: entry.headAction,
      events: entry.events,
    };
    records.push(record);
    if (entry.answer !== undefined) records.push(answerOf(record, entry.answer));
    seq += numbersOf(entry);
  }
  return records;
}

const noEvents: JournalRecord['events'] = [];
const opposite = { in: 'out', out: 'in' } as const;

/** The answer that was stored with a Call, as a record of its own. */
const answerOf = (call: JournalRecord, { type, payload, head }: JournalAnswer): JournalRecord => ({
  ...call,
  seq: call.seq + Math.max(call.events.length, 1),
  direction: opposite[call.direction],
  type,
  payload,
  head,
  events: noEvents,
});

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
  'answerType',
  'answerPayload',
  'answerHead',
] as const satisfies readonly (keyof JournalTable)[];

type FoundRow = Omit<JournalTable, 'identity'>;

/** The message of a row, and after it the answer that was stored with it. */
function recordsOfRow({ events, answerType, answerPayload, answerHead, ...message }: FoundRow): JournalRecord[] {
  const record: JournalRecord = { ...message, events: events === null ? noEvents : JSON.parse(events) };
  if (answerType === null || answerPayload === null) return [record];
  return [record, answerOf(record, { type: answerType, payload: answerPayload, head: answerHead })];
}

/**
 * Entries with events after number `$1`, at most `$2`. One statement, hence one snapshot: the head is that of the moment in which the records were read.
 * `begun` is the entry that number `$1` itself belongs to, when some of its events have greater numbers.
 */
const eventsStatement = {
  name: 'events-after',
  text: `with begun as (
  select * from journal where events is not null and seq <= $1::bigint order by seq desc limit 1),
following as (
  select * from journal where events is not null and seq > $1::bigint order by seq limit $2::bigint)
select ${columns.map((column) => `found.${columnOf(column)} as "${column}"`).join(', ')}, head.seq as "headSeq"
from journal_head as head left join (
  select * from begun where seq + json_array_length(events::json) - 1 > $1::bigint
  union all select * from following) as found on true
order by found.seq limit $2::bigint`,
};

/** Reads the Journal. */
export function openJournal(database: Database): Journal {
  const { kysely, reads } = database;
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
        // Every row has at least one record of the page, but for the one that the page before ended in.
        .limit(page.limit + 2);
      const isAsked = (record: JournalRecord): boolean =>
        (direction === undefined || record.direction === direction) &&
        (place === undefined || (order === 'asc' ? record.seq > place[0] : record.seq < place[0]));
      // A page may end between a Call and its answer: the next one begins with the same row.
      if (place !== undefined) query = query.where('seq', order === 'asc' ? '>=' : '<', place[0]);
      if (direction !== undefined)
        query = query.where(({ eb, or, and }) =>
          or([
            eb('direction', '=', direction),
            and([eb('direction', '=', opposite[direction]), eb('answerType', 'is not', null)]),
          ]),
        );
      if (action !== undefined)
        query = query.where(({ eb, or }) => or([eb('action', '=', action), eb('headAction', '=', action)]));
      const found = (await withSamples(await query.execute(), database)).flatMap((row) =>
        (order === 'asc' ? recordsOfRow(row) : recordsOfRow(row).reverse()).filter(isAsked),
      );
      return pageOf(
        found,
        page.limit,
        (record) => [record.seq],
        (record): JournalRecord => record,
      );
    },

    async eventsAfter(after, limit) {
      const rows = await reads.query<(FoundRow | { seq: null }) & { headSeq: number }>({
        ...eventsStatement,
        values: [after, limit],
      });
      const found = rows.flatMap(({ headSeq, ...row }) => (row.seq === null ? [] : [row]));
      const records = (await withSamples(found, database)).flatMap((row) => recordsOfRow(row).slice(0, 1));
      const last = records.at(-1);
      const headSeq = rows[0]?.headSeq ?? 0;
      const complete = last === undefined || records.length < limit;
      return { records, upTo: complete ? Math.max(headSeq, after) : last.seq + numbersOf(last) - 1 };
    },
  };
}
