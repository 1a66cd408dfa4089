/** Block P, DataTransfer. */
import type { Context, Side } from '../context.ts';
import type { Outcome, Payload } from '../outcome.ts';
import { convert, type Mapper, row, rows, same } from '../rows.ts';
import { mapped, type Pair } from '../translator.ts';
import { noCustomData, noStatusInfo } from './common-rows.ts';
import { costOfStation } from './cost.ts';
import { costOfCsms } from './cost-of-csms.ts';
import { outOfDataTransfer } from './plug-and-charge.ts';

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

/** What a DataTransfer of the 1.6 side carries that 2.x has other words for. */
const extensions: Readonly<Record<Side, readonly ((request: Payload, context: Context) => Outcome | undefined)[]>> = {
  station: [(request, context) => outOfDataTransfer('station', request, context), costOfStation],
  csms: [(request, context) => outOfDataTransfer('csms', request, context), costOfCsms],
};

const notes: Readonly<Record<Side, string>> = {
  station:
    'Sent by a station. Up: messages of Plug & Charge that it carries become those messages; ConnectorUnplugged is a NotifyEvent (ConnectedEV.Available), where costs cross (`costMessages`).',
  csms: 'Sent by a CSMS. Up: messages of Plug & Charge that it carries become those messages; where costs cross (`costMessages`) RunningCost is CostUpdated, FinalCost and SetUserPrice stand in the next answers to the station.',
};

const dataTransfer = (initiator: Side): Pair => ({
  initiator,
  older: 'DataTransfer',
  newer: 'DataTransfer',
  note: notes[initiator],
  request: rows(row('vendorId', 'vendorId', same), row('messageId', 'messageId', same), data, noCustomData),
  response: rows(row('status', 'status', same), data, noStatusInfo, noCustomData),
  up(request, context, pair) {
    for (const extension of extensions[initiator]) {
      const outcome = extension(request, context);
      if (outcome !== undefined) return outcome;
    }
    return mapped(pair, 'up', request, context);
  },
});

export const dataTransferOfStation = dataTransfer('station');
export const dataTransferOfCsms = dataTransfer('csms');
