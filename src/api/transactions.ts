/** `/v1/transactions`: charging sessions of every version, one row for the whole life of each. */
import { Type } from 'typebox';
import type { Store, TransactionRow } from '../gateway/ports.ts';
import { Problem } from './problems.ts';
import {
  AnyJson,
  type Api,
  Closed,
  failures,
  IntegerOrNull,
  iso,
  ListOf,
  NumberOrNull,
  pageOf,
  paging,
  Ref,
  Text,
  TextOrNull,
  Time,
  TimeOrNull,
} from './schema.ts';

export const TransactionSchema = Type.Object(
  {
    id: Text("The gateway's identity of it: a UUID, the same for ever and in every version."),
    stationId: Text(),
    transactionId: Text(
      'What messages in OCPP 2.1 call it: the `transactionId` of commands such as RequestStopTransaction.',
    ),
    nativeId: Text('What the station calls it: the integer of 1.x as text, the string of 2.x.'),
    evseId: IntegerOrNull(),
    connectorId: IntegerOrNull(),
    idToken: TextOrNull(),
    idTokenType: TextOrNull(),
    startedAt: Text('By the clock of the station, as all its times.'),
    endedAt: TimeOrNull('Null while it is active.'),
    stoppedReason: TextOrNull('ReasonEnumType of OCPP 2.1.'),
    meterStart: NumberOrNull('Import register at the start, in Wh.'),
    meterStop: NumberOrNull('Import register at the end, in Wh.'),
    energyWh: NumberOrNull('Energy delivered so far, in Wh.'),
    chargingState: TextOrNull('ChargingStateEnumType of OCPP 2.1.'),
    remoteStartId: IntegerOrNull(),
    reservationId: IntegerOrNull(),
    updatedAt: Text(),
  },
  { $id: 'Transaction', description: 'A charging session.' },
);

export const MeterValueSchema = Type.Object(
  {
    at: Text('By the clock of the station.'),
    evseId: IntegerOrNull(),
    sampledValue: AnyJson('A list of SampledValueType of OCPP 2.1.'),
  },
  { $id: 'MeterValue', description: 'What was sampled at one moment.' },
);

function transactionJson(row: TransactionRow) {
  return {
    id: row.id,
    stationId: row.stationId,
    transactionId: row.headId,
    nativeId: row.nativeId,
    evseId: row.evseId,
    connectorId: row.connectorId,
    idToken: row.idToken,
    idTokenType: row.idTokenType,
    startedAt: iso(row.startedAt),
    endedAt: iso(row.endedAt),
    stoppedReason: row.stoppedReason,
    meterStart: row.meterStart,
    meterStop: row.meterStop,
    energyWh: row.energyWh,
    chargingState: row.chargingState,
    remoteStartId: row.remoteStartId,
    reservationId: row.reservationId,
    updatedAt: iso(row.updatedAt),
  };
}

const params = Closed({ id: Type.String({ minLength: 1, maxLength: 255 }) });

const unknown = (id: string): Problem =>
  new Problem('unknown-transaction', `There is no transaction ${JSON.stringify(id)}.`);

export function transactionRoutes(api: Api, { store }: { store: Pick<Store, 'transactions'> }): void {
  api.get(
    '/v1/transactions',
    {
      schema: {
        operationId: 'listTransactions',
        summary: 'List transactions',
        description: 'Newest first.',
        tags: ['Transactions'],
        querystring: Closed({
          stationId: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
          active: Type.Optional(
            Type.Boolean({ description: 'True: those that have not ended. False: those that have.' }),
          ),
          idToken: Type.Optional(
            Type.String({ minLength: 1, maxLength: 255, description: 'Compared without regard to case.' }),
          ),
          from: Type.Optional(Time('Started at this moment or later.')),
          to: Type.Optional(Time('Started before this moment.')),
          ...paging,
        }),
        response: { 200: ListOf('Transaction'), ...failures('invalid-cursor') },
      },
    },
    async ({ query }) => {
      const { stationId, active, idToken, from, to } = query;
      const filter = {
        stationId,
        active,
        idToken,
        from: from === undefined ? undefined : Date.parse(from),
        to: to === undefined ? undefined : Date.parse(to),
      };
      const page = await store.transactions.list(filter, pageOf(query));
      return { items: page.items.map(transactionJson), nextCursor: page.nextCursor };
    },
  );

  api.get(
    '/v1/transactions/:id',
    {
      schema: {
        operationId: 'getTransaction',
        summary: 'Read a transaction',
        tags: ['Transactions'],
        params,
        response: { 200: Ref('Transaction'), ...failures('unknown-transaction') },
      },
    },
    async ({ params: { id } }) => {
      const row = await store.transactions.get(id);
      if (row === undefined) throw unknown(id);
      return transactionJson(row);
    },
  );

  api.get(
    '/v1/transactions/:id/meter-values',
    {
      schema: {
        operationId: 'listMeterValues',
        summary: 'List the meter values of a transaction',
        description: 'Oldest first. Signed values are as the station sent them.',
        tags: ['Transactions'],
        params,
        querystring: Closed({ ...paging }),
        response: { 200: ListOf('MeterValue'), ...failures('unknown-transaction', 'invalid-cursor') },
      },
    },
    async ({ params: { id }, query }) => {
      const page = await store.transactions.meterValues(id, pageOf(query));
      if (page.items.length === 0 && (await store.transactions.get(id)) === undefined) throw unknown(id);
      return {
        items: page.items.map(({ at, evseId, sampledValue }) => ({
          at: iso(at),
          evseId,
          sampledValue: JSON.parse(sampledValue) as unknown,
        })),
        nextCursor: page.nextCursor,
      };
    },
  );
}
