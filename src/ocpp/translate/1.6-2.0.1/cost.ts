/** Block I, Tariff and cost. */
import { answer } from '../outcome.ts';
import { lost, row, rows } from '../rows.ts';
import type { Pair } from '../translator.ts';
import { noCustomData } from './common-rows.ts';

const reason = '1.6 shows no cost';
const noCost = lost(reason);

export const costUpdated: Pair = {
  initiator: 'csms',
  older: null,
  newer: 'CostUpdated',
  note: 'Taken in here for a 1.6 station, which has no display of it.',
  request: rows(row(null, 'totalCost', noCost), row(null, 'transactionId', noCost), noCustomData),
  response: rows(noCustomData),
  down(_request, context) {
    context.lost('totalCost', reason);
    return answer({});
  },
};
