/**
 * Where the time of the gateway's main thread goes: one script of the load generator, and V8's sampling profiler over
 * exactly the measured window.
 *
 * `node bench/profile.ts [--store postgres|embedded] [--script meterValues16] [--connections 200] [--seconds 8] [--save FILE.cpuprofile]`
 */
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import WebSocket from 'ws';
import type { Target } from './load/job.ts';
import { runLoad } from './load/run.ts';
import { type ScriptName, scripts } from './load/scripts.ts';
import { type CpuProfile, groupTimes, selfTimes } from './profiling.ts';
import { faults, table } from './report.ts';
import { makeHome, type StoreKind, startGateway } from './servers/gateway.ts';

const { values } = parseArgs({
  options: {
    store: { type: 'string', default: 'postgres' },
    script: { type: 'string', default: 'meterValues16' },
    connections: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '8' },
    top: { type: 'string', default: '25' },
    save: { type: 'string' },
  },
});
if (!(values.script in scripts)) throw new Error(`--script: one of ${Object.keys(scripts).join(', ')}`);
if (values.store !== 'postgres' && values.store !== 'embedded') throw new Error('--store: postgres or embedded');

const warmUpMs = 4000;
const windowMs = Number(values.seconds) * 1000;

/** The few calls of the inspector protocol that a profile needs. */
async function attach(url: string) {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  const waiting = new Map<number, { resolve: (result: unknown) => void; reject: (reason: Error) => void }>();
  let last = 0;
  socket.on('message', (data) => {
    const message = JSON.parse(String(data)) as { id?: number; result?: unknown; error?: { message: string } };
    const call = waiting.get(message.id ?? 0);
    waiting.delete(message.id ?? 0);
    if (message.error !== undefined) call?.reject(new Error(message.error.message));
    else call?.resolve(message.result);
  });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const call = (method: string, params: object = {}) =>
    new Promise<unknown>((resolve, reject) => {
      waiting.set(++last, { resolve, reject });
      socket.send(JSON.stringify({ id: last, method, params }));
    });
  return { call, close: () => socket.close() };
}

const home = await makeHome(values.store as StoreKind);
try {
  // Port 0: a launcher in front of the gateway would take a fixed one.
  const gateway = await startGateway(home, { env: { NODE_OPTIONS: '--inspect=127.0.0.1:0' } });
  try {
    const url = [...gateway.output().matchAll(/Debugger listening on (ws:\S+)/g)].at(-1)?.[1];
    if (url === undefined) throw new Error(`no debugger address in:\n${gateway.output()}`);
    const inspector = await attach(url);
    await inspector.call('Profiler.enable');
    await inspector.call('Profiler.setSamplingInterval', { interval: 250 });
    const target: Target = {
      name: `gateway-${values.store}`,
      ocppPort: gateway.ocppPort,
      path: '/ocpp/',
      answers: 'ocpp',
      pid: gateway.pid,
      database: home.database,
      commands: undefined,
    };
    const script = values.script as ScriptName;
    const connections = Number(values.connections);
    const load = runLoad({ kind: 'throughput', target, prefix: 'PROFILE-', script, connections, warmUpMs, windowMs });
    await sleep(warmUpMs + 500);
    await inspector.call('Profiler.start');
    await sleep(windowMs - 1000);
    const { profile } = (await inspector.call('Profiler.stop')) as { profile: CpuProfile };
    inspector.close();
    const result = await load;
    if (values.save !== undefined) await writeFile(values.save, JSON.stringify(profile));

    const times = selfTimes(profile);
    const busy = times.reduce((sum, each) => sum + each.microseconds, 0);
    const percent = (microseconds: number) => `${((100 * microseconds) / busy).toFixed(1)} %`;
    const perMessage = (microseconds: number) => ((microseconds / busy) * result.cost.server.main).toFixed(2);
    console.log(
      table([
        ['by part', 'of busy time', 'us/message'],
        ...groupTimes(times).map(({ group, microseconds }) => [group, percent(microseconds), perMessage(microseconds)]),
      ]),
    );
    console.log(
      `\n${table([
        ['by function (self time)', 'of busy time', 'us/message', 'where'],
        ...times
          .slice(0, Number(values.top))
          .map(({ name, place, microseconds }) => [name, percent(microseconds), perMessage(microseconds), place]),
      ])}`,
    );
    const { cost } = result;
    console.log(
      `\n${script}, ${connections} connections, ${values.store}, while profiled: ${result.perSecond.toFixed(0)} messages/s; us a message: ` +
        `main thread ${cost.server.main.toFixed(1)}, workers ${cost.server.workers.toFixed(1)}, helpers ${cost.server.helpers.toFixed(1)}, PostgreSQL ${cost.database.toFixed(1)}; ` +
        `main thread busy ${(100 * result.serverBusy).toFixed(0)} %, load ${(100 * result.loadBusy).toFixed(0)} %`,
    );
    for (const fault of faults(result)) console.log(`NOT VALID: ${fault}`);
  } finally {
    await gateway.stop();
  }
} finally {
  await home.remove();
}
