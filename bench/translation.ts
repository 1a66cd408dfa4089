/**
 * What a chain of two translations costs, in one process: CPU µs for each message of a station, its validation and that of all
 * messages made of it included, with answers, and with what is to be stored written as JSON. A part of `npm run bench`.
 *
 *   node bench/translation.ts [--rounds N] [--messages N] [--only NAME,…] [--json]
 */
import { parseArgs } from 'node:util';
import { type Measured, measure } from './translation/measure.ts';
import { translationTable } from './translation/report.ts';
import { scripts } from './translation/scripts.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    // A multiple of the lengths of all loops and of the batches.
    messages: { type: 'string', default: '77000' },
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

const only = values.only?.split(',');
const results: Record<string, Measured> = {};
for (const script of scripts.filter(({ name }) => only?.includes(name) ?? true)) {
  results[script.name] = measure(script, Number(values.rounds), Number(values.messages));
}
console.log(values.json ? JSON.stringify(results) : translationTable(results));
