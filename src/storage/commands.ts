import { sql } from 'kysely';
import type { CommandRow, Commands } from '../gateway/ports.ts';
import type { Database } from './database.ts';
import { type Fields, propertiesOf } from './fields.ts';
import { pageOf, readPlace } from './pages.ts';
import { parameter, upsertSection } from './section.ts';

const fields: Fields<CommandRow> = {
  id: 'text',
  stationId: 'text',
  action: 'text',
  request: 'json',
  state: 'text',
  response: 'json',
  error: 'json',
  native: 'json',
  idempotencyKey: 'text',
  createdAt: 'bigint',
  updatedAt: 'bigint',
};
const properties = propertiesOf(fields);

/** A process of another name that has stored nothing for so long has ended, ms. Every running one renews its mark hourly. */
const goneAfter = 3 * 3_600_000;

export const commandSection = upsertSection<CommandRow>({
  table: 'commands',
  fields,
  key: ['id'],
  rowsOf: (changes) => changes.commands,
  keyOf: (row) => row.id,
  also: { session: parameter.session },
});

/** Reads commands. @param session this run of the process; what it has in hand is not "left". */
export function openCommands({ kysely }: Database, node: string, session: string): Commands {
  return {
    get: (id) => kysely.selectFrom('commands').select(properties).where('id', '=', id).executeTakeFirst(),

    findByIdempotencyKey: (stationId, key) =>
      kysely
        .selectFrom('commands')
        .select(properties)
        .where('stationId', '=', stationId)
        .where('idempotencyKey', '=', key)
        .executeTakeFirst(),

    async list(stationId, page) {
      const place = readPlace(page, ['number', 'string']);
      let query = kysely
        .selectFrom('commands')
        .select(properties)
        .where('stationId', '=', stationId)
        .orderBy('createdAt', 'desc')
        .orderBy('id', 'desc')
        .limit(page.limit + 1);
      if (place !== undefined) {
        query = query.where(({ eb, refTuple, tuple }) =>
          eb(refTuple('createdAt', 'id'), '<', tuple(place[0], place[1])),
        );
      }
      return pageOf(
        await query.execute(),
        page.limit,
        (row) => [row.createdAt, row.id],
        (row): CommandRow => row,
      );
    },

    unfinished: () =>
      kysely
        .selectFrom('commands')
        .select(properties)
        // As it stands in the partial index, which parameters would keep the planner from using.
        .where(sql<boolean>`state in ('queued', 'sent')`)
        .where('session', '<>', session)
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('writers')
                .select('writers.session')
                .whereRef('writers.session', '=', 'commands.session')
                .where('node', '<>', node)
                .where('aliveAt', '>', Date.now() - goneAfter),
            ),
          ),
        )
        .orderBy('createdAt')
        .orderBy('id')
        .execute(),
  };
}
