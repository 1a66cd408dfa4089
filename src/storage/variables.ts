import type { PageQuery, VariableRow } from '../gateway/ports.ts';
import type { Database } from './database.ts';
import { type Fields, propertiesOf } from './fields.ts';
import { pageOf, readPlace } from './pages.ts';
import { upsertSection } from './section.ts';

const fields: Fields<VariableRow> = {
  stationId: 'text',
  key: 'text',
  attribute: 'text',
  value: 'text',
  mutability: 'text',
  characteristics: 'json',
  at: 'bigint',
};

export const variableSection = upsertSection<VariableRow>({
  table: 'variables',
  fields,
  key: ['stationId', 'key', 'attribute'],
  rowsOf: (changes) => changes.variables,
  keyOf: (row) => `${row.attribute}/${row.stationId}\x1f${row.key}`,
});

/** The device model of a station, ordered by key and attribute. */
export async function listVariables({ kysely }: Database, stationId: string, page: PageQuery) {
  const place = readPlace(page, ['string', 'string']);
  let query = kysely
    .selectFrom('variables')
    .select(propertiesOf(fields))
    .where('stationId', '=', stationId)
    .orderBy('key')
    .orderBy('attribute')
    .limit(page.limit + 1);
  if (place !== undefined) {
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('key', 'attribute'), '>', tuple(place[0], place[1] as VariableRow['attribute'])),
    );
  }
  const rows: readonly VariableRow[] = await query.execute();
  return pageOf(
    rows,
    page.limit,
    (row) => [row.key, row.attribute],
    (row) => row,
  );
}
