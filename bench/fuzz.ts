/**
 * `node bench/fuzz.ts [--frames 100000] [--store postgres|embedded] [--seed N] [--connections 24]`: random and mutated
 * frames of every Version. Exit code 1 when the gateway crashed, leaked, lost a connection that the rules do not close,
 * or did not answer a Heartbeat.
 */
import { parseArgs } from 'node:util';
import { fuzz } from './fuzz/run.ts';
import { makeHome, startGateway } from './servers/gateway.ts';

const { values } = parseArgs({
  options: {
    frames: { type: 'string', default: '100000' },
    store: { type: 'string', default: 'postgres' },
    seed: { type: 'string', default: '1' },
    connections: { type: 'string', default: '24' },
    'max-growth-mb': { type: 'string', default: '150' },
  },
});
const { store } = values;
if (store !== 'postgres' && store !== 'embedded') throw new Error('--store: postgres or embedded');

const home = await makeHome(store);
try {
  const gateway = await startGateway(home);
  try {
    const report = await fuzz(gateway, {
      frames: Number(values.frames),
      connections: Number(values.connections),
      seed: Number(values.seed),
      onProgress: (text) => console.error(text),
    });
    const print = (title: string, counts: Readonly<Record<string, number>>) => {
      console.log(`\n${title}`);
      for (const [name, count] of Object.entries(counts).toSorted(([, a], [, b]) => b - a))
        console.log(`${String(count).padStart(8)}  ${name}`);
    };
    print('sent', report.sent);
    print('came back', report.answers);
    const growth = (report.residentAfter - report.residentBefore) / 1024 / 1024;
    console.log(
      `\n${report.frames} frames, seed ${values.seed}; resident memory grew by ${growth.toFixed(0)} MB to ${(report.residentAfter / 1024 / 1024).toFixed(0)} MB`,
    );
    const failures = report.complaints.slice();
    if (growth > Number(values['max-growth-mb'])) failures.push(`resident memory grew by ${growth.toFixed(0)} MB`);
    for (const path of ['/readyz', '/v1/stations?limit=100', '/v1/events?limit=1']) {
      if (!gateway.alive()) break;
      const headers = { Authorization: `Bearer ${gateway.key}`, Accept: 'application/json' };
      const response = await fetch(`http://127.0.0.1:${gateway.apiPort}${path}`, { headers });
      if (!response.ok) failures.push(`${path} says ${response.status}: ${await response.text()}`);
      else await response.body?.cancel();
    }
    console.log(`${report.complaintCount} complaints`);
    for (const failure of failures) console.log(`  ${failure}`);
    const output = gateway.output().trim();
    if (output !== '') console.log(`\nthe last that the gateway wrote\n${output.slice(-3000)}`);
    process.exitCode = failures.length > 0 ? 1 : 0;
  } finally {
    await gateway.stop();
  }
} finally {
  await home.remove();
}
