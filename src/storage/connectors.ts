import type { ConnectorRow } from '../gateway/ports.ts';
import type { Fields } from './fields.ts';
import { upsertSection } from './section.ts';

export const connectorFields: Fields<ConnectorRow> = {
  stationId: 'text',
  evseId: 'integer',
  connectorId: 'integer',
  status: 'text',
  at: 'bigint',
};

export const connectorSection = upsertSection<ConnectorRow>({
  table: 'connectors',
  fields: connectorFields,
  key: ['stationId', 'evseId', 'connectorId'],
  rowsOf: (changes) => changes.connectors,
  keyOf: (row) => `${row.evseId}/${row.connectorId}/${row.stationId}`,
});
