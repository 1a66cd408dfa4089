/** Block P, DataTransfer. */
import { convert, type Mapper, row, rows, same } from '../rows.ts';
import type { Pair } from '../translator.ts';
import { noCustomData, noStatusInfo } from './common-rows.ts';

/** A text that holds a JSON object or array is that object or array, where the operator wants it so. */
const parse: Mapper = (value, context) => {
  if (!context.settings.parseDataTransfer || typeof value !== 'string' || !/^\s*[{[]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value; // a text that only looks like JSON is a text
  }
};

const write: Mapper = (value) =>
  typeof value === 'string' ? value : value === null ? undefined : JSON.stringify(value);

const data = row('data', 'data', convert('text ↔ any JSON; what is no text is written as JSON text', parse, write));

export const dataTransfer: Pair = {
  initiator: 'both',
  older: 'DataTransfer',
  newer: 'DataTransfer',
  request: rows(row('vendorId', 'vendorId', same), row('messageId', 'messageId', same), data, noCustomData),
  response: rows(row('status', 'status', same), data, noStatusInfo, noCustomData),
};
