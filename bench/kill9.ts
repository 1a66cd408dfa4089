/**
 * The long run of "acknowledged means stored": `node bench/kill9.ts [--rounds 20] [--store postgres|embedded] [--stations 10] [--seed N]`.
 * Exit code 1 when an answered message is missing or one is there twice.
 */
import { parseArgs } from 'node:util';
import { killRounds } from './kill9/rounds.ts';
import { spread } from './report.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    store: { type: 'string', default: 'postgres' },
    stations: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const { store } = values;
if (store !== 'postgres' && store !== 'embedded') throw new Error('--store: postgres or embedded');

console.log(`seed ${values.seed}`);
const report = await killRounds({
  store,
  rounds: Number(values.rounds),
  stations: Number(values.stations),
  seed: Number(values.seed),
  onProgress: (text) => console.log(text),
});
const restart = spread(report.restartMs);
console.log(
  `${report.kills} kills, ${report.transactions} transactions of ${report.messages} answered messages, ${report.resent} sent again; ` +
    `ready again after ${restart.median.toFixed(0)} ms (${restart.min.toFixed(0)}-${restart.max.toFixed(0)})`,
);
for (const kind of ['missing', 'twice', 'wrong', 'complaints'] as const) {
  console.log(`${kind}: ${report[kind].length}`);
  for (const each of report[kind].slice(0, 20)) console.log(`  ${each}`);
}
process.exitCode = report.missing.length + report.twice.length + report.wrong.length > 0 ? 1 : 0;
