import { sql } from 'kysely';
import type { TransactionFilter, TransactionRow, Transactions } from '../gateway/ports.ts';
import type { Database } from './database.ts';
import { type Fields, propertiesOf } from './fields.ts';
import { listMeterValues } from './meter-values.ts';
import { pageOf, readPlace } from './pages.ts';
import { nullable, type RowEncoder, upsertSection } from './section.ts';

export const transactionFields: Fields<TransactionRow> = {
  id: 'text',
  stationId: 'text',
  headId: 'text',
  nativeId: 'text',
  evseId: 'integer',
  connectorId: 'integer',
  idToken: 'text',
  idTokenType: 'text',
  startedAt: 'bigint',
  endedAt: 'bigint',
  stoppedReason: 'text',
  meterStart: 'double precision',
  meterStop: 'double precision',
  energyWh: 'double precision',
  chargingState: 'text',
  remoteStartId: 'bigint',
  reservationId: 'bigint',
  seqNo: 'bigint',
  metering: 'json',
  updatedAt: 'bigint',
};
const properties = propertiesOf(transactionFields);

/** Written out, in the order of the fields, because every meter value of a transaction changes its row. */
const encodeRow: RowEncoder<TransactionRow> = (row, { field, none }) =>
  `${row.id}${field}${row.stationId}${field}${row.headId}${field}${row.nativeId}${field}${row.evseId ?? none}${field}${
    row.connectorId ?? none
  }${field}${nullable(row.idToken, none)}${field}${nullable(row.idTokenType, none)}${field}${row.startedAt}${field}${
    row.endedAt ?? none
  }${field}${nullable(row.stoppedReason, none)}${field}${row.meterStart ?? none}${field}${row.meterStop ?? none}${field}${
    row.energyWh ?? none
  }${field}${nullable(row.chargingState, none)}${field}${row.remoteStartId ?? none}${field}${
    row.reservationId ?? none
  }${field}${row.seqNo}${field}${row.metering === null ? none : JSON.stringify(row.metering)}${field}${row.updatedAt}`;

export const transactionSection = upsertSection<TransactionRow>({
  table: 'transactions',
  fields: transactionFields,
  key: ['id'],
  rowsOf: (changes) => changes.transactions,
  keyOf: (row) => row.id,
  encodeRow,
});

/** Reads transactions. */
export function openTransactions(database: Database): Transactions {
  const { kysely } = database;
  return {
    get: (id) => kysely.selectFrom('transactions').select(properties).where('id', '=', id).executeTakeFirst(),

    async list({ stationId, active, idToken, from, to }: TransactionFilter, page) {
      const place = readPlace(page, ['number', 'string']);
      let query = kysely
        .selectFrom('transactions')
        .select(properties)
        .orderBy('startedAt', 'desc')
        .orderBy('id', 'desc')
        .limit(page.limit + 1);
      if (place !== undefined) {
        query = query.where(({ eb, refTuple, tuple }) =>
          eb(refTuple('startedAt', 'id'), '<', tuple(place[0], place[1])),
        );
      }
      if (stationId !== undefined) query = query.where('stationId', '=', stationId);
      if (active !== undefined) query = query.where('endedAt', active ? 'is' : 'is not', null);
      if (idToken !== undefined) query = query.where(sql`lower(id_token)`, '=', sql`lower(${idToken} collate "C")`);
      if (from !== undefined) query = query.where('startedAt', '>=', from);
      if (to !== undefined) query = query.where('startedAt', '<', to);
      return pageOf(
        await query.execute(),
        page.limit,
        (row) => [row.startedAt, row.id],
        (row): TransactionRow => row,
      );
    },

    meterValues: (transactionId, page) => listMeterValues(database, transactionId, page),

    openTokens: () =>
      kysely
        .selectFrom('transactions')
        .select(['id', 'idToken'])
        .where('endedAt', 'is', null)
        .where('idToken', 'is not', null)
        .$narrowType<{ idToken: string }>()
        .execute(),
  };
}
