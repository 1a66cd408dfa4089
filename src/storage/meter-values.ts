import type { MeterValueRow, PageQuery } from '../gateway/ports.ts';
import type { Database } from './database.ts';
import { columnOf, type Fields, propertiesOf } from './fields.ts';
import { pageOf, readPlace } from './pages.ts';
import { type FlowingSection, linesOf, nullable, parameter, readFields } from './section.ts';

const fields: Fields<MeterValueRow> = {
  stationId: 'text',
  transactionId: 'text',
  evseId: 'integer',
  at: 'bigint',
  sampledValue: 'text',
};
const properties = propertiesOf(fields);

/** Written out rather than made from the fields: with the journal it is what every MeterValues message adds to. */
export const meterValueSection: FlowingSection = {
  write({ journal, meterValues }, number, { field, none }, rows) {
    if (meterValues === undefined) return;
    const entry = journal.length === 0 ? none : number;
    for (const row of meterValues) {
      rows.add(
        `${row.stationId}${field}${nullable(row.transactionId, none)}${field}${row.evseId ?? none}${field}${row.at}${field}${row.sampledValue}${field}${entry}`,
      );
    }
  },
  sql: (section) => `meter_value_rows as (
  insert into meter_values (${properties.map(columnOf).join(', ')}, seq)
  select ${readFields(fields)}, mine.base - ${parameter.before}::bigint + r[${properties.length + 1}]::bigint
  from ${linesOf(section, properties.length + 1)})`,
};

/** The meter values of a transaction, oldest first. */
export async function listMeterValues({ kysely }: Database, transactionId: string, page: PageQuery) {
  const place = readPlace(page, ['number', 'number']);
  let query = kysely
    .selectFrom('meterValues')
    .select([...properties, 'id'])
    .where('transactionId', '=', transactionId)
    .orderBy('at')
    .orderBy('id')
    .limit(page.limit + 1);
  if (place !== undefined) {
    query = query.where(({ eb, refTuple, tuple }) => eb(refTuple('at', 'id'), '>', tuple(place[0], place[1])));
  }
  return pageOf(
    await query.execute(),
    page.limit,
    (row) => [row.at, row.id],
    ({ id, ...row }): MeterValueRow => row,
  );
}
