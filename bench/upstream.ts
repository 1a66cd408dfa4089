/**
 * The long run of "an upstream that is away loses nothing":
 * `node bench/upstream.ts [--outages 10] [--kills 5] [--upstream 2.0.1] [--store postgres|embedded] [--stations 5] [--seed N]`.
 * Exit code 1 when the upstream's record is not the stations'.
 */
import { parseArgs } from 'node:util';
import { versionNames } from '../src/ocpp/index.ts';
import { outageRounds } from './upstream/rounds.ts';

const { values } = parseArgs({
  options: {
    outages: { type: 'string', default: '10' },
    kills: { type: 'string', default: '5' },
    upstream: { type: 'string', default: '2.0.1' },
    store: { type: 'string', default: 'postgres' },
    stations: { type: 'string', default: '5' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const { store } = values;
if (store !== 'postgres' && store !== 'embedded') throw new Error('--store: postgres or embedded');
const upstream = versionNames.find((name) => name === values.upstream);
if (upstream === undefined) throw new Error(`--upstream: ${versionNames.join(', ')}`);

console.log(`seed ${values.seed}`);
const report = await outageRounds({
  store,
  upstream,
  outages: Number(values.outages),
  kills: Number(values.kills),
  stations: Number(values.stations),
  seed: Number(values.seed),
  onProgress: (text) => console.log(text),
});
console.log(
  `${report.transactions} transactions of ${report.messages} messages; ${report.repeated} came again with the same id and content`,
);
for (const kind of ['missing', 'twice', 'wrong'] as const) {
  console.log(`${kind}: ${report[kind].length}`);
  for (const each of report[kind].slice(0, 20)) console.log(`  ${each}`);
}
process.exitCode = report.missing.length + report.twice.length + report.wrong.length > 0 ? 1 : 0;
