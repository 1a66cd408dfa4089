/**
 * `npm run bench [-- --quick]`: the gateway on both stores, `ocpp-rpc` and a bare `ws` echo, side by side in one run.
 * Prints a table per scenario and writes `bench/results/latest.json`. Exit code 1 when a run was not valid.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, release } from 'node:os';
import { parseArgs } from 'node:util';
import type { IdleResult, RateResult, StormResult } from './load/job.ts';
import { runLoad } from './load/run.ts';
import { faults, idleTable, type RateSummary, rateTable, stormTable, summarize } from './report.ts';
import { type FleetScenario, type RateScenario, type Scale, scales, scenarios } from './scenarios.ts';
import { type RunningServer, type ServerKind, serverKinds, yardstick } from './servers/servers.ts';
import { translationTable } from './translation/report.ts';
import { runTranslation } from './translation/run.ts';

const help = `npm run bench -- [options]
  --quick              a run of two or three minutes instead of about forty
  --rounds N           interleaved rounds per scenario
  --only A,B           scenarios whose names begin so: ${scenarios(scales.quick)
    .map(({ name }) => name)
    .join(', ')}, translation
  --servers A,B        of ${serverKinds.map(({ name }) => name).join(', ')}
  --connections A,B    for the message scenarios
  --out FILE           where the figures go (bench/results/latest.json)`;

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    only: { type: 'string' },
    servers: { type: 'string' },
    connections: { type: 'string' },
    out: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  console.log(help);
  process.exit(0);
}

const base = scales[options.quick ? 'quick' : 'full'];
const scale: Scale = {
  ...base,
  rounds: options.rounds === undefined ? base.rounds : positive('rounds', options.rounds),
  connections: options.connections?.split(',').map((each) => positive('connections', each)) ?? base.connections,
};
const kinds = serverKinds.filter(({ name }) => options.servers?.split(',').includes(name) ?? true);
const only = options.only?.split(',');
const chosen = scenarios(scale).filter(({ name }) => only?.some((each) => name.startsWith(each)) ?? true);
const withTranslation = only?.some((each) => 'translation'.startsWith(each)) ?? true;
if (kinds.length === 0 || (chosen.length === 0 && !withTranslation)) {
  console.error(`nothing to do\n${help}`);
  process.exit(2);
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name}: ${text} is not a positive whole number`);
  return value;
}

const running = new Map<ServerKind, RunningServer>();
const failures: string[] = [];
let runs = 0;

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    Promise.allSettled([...running.values()].map((server) => server.stop())).then(() => process.exit(130));
  });
}

const say = (text: string) => process.stderr.write(`${text}\n`);

async function start(kind: ServerKind): Promise<RunningServer> {
  const server = await kind.start();
  running.set(kind, server);
  return server;
}

async function stop(kind: ServerKind): Promise<void> {
  const server = running.get(kind);
  running.delete(kind);
  await server?.stop();
}

/** One measurement; a failure is written down and the run goes on with the others. */
async function attempt<T>(what: string, kind: ServerKind, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    const output = running.get(kind)?.output().trim().split('\n').slice(-15).join('\n') ?? '';
    failures.push(`${what}, ${kind.name}: ${error instanceof Error ? error.message : error}`);
    say(`  FAILED ${failures.at(-1)}${output === '' ? '' : `\n${output}`}`);
    return undefined;
  }
}

/** Rounds of all servers in turn: what disturbs this machine for a while disturbs them alike. */
async function rates(scenario: RateScenario): Promise<Record<string, RateSummary>> {
  const results = new Map<string, RateResult[]>();
  const taking = kinds.filter((kind) => scenario.unit !== 'command' || kind.takesCommands);
  for (let round = 1; round <= scale.rounds; round++) {
    for (const kind of taking) {
      const server = running.get(kind);
      if (server === undefined) continue;
      const prefix = `BENCH-${++runs}-`;
      const result = await attempt(scenario.name, kind, () => runLoad(scenario.job(server.target, prefix)));
      if (result === undefined) continue;
      const list = results.get(kind.name) ?? [];
      results.set(kind.name, list);
      list.push(result);
      const { cost, perSecond, latency, loadBusy, serverBusy } = result;
      say(
        `  ${scenario.name} ${round}/${scale.rounds} ${kind.name}: ${cost.serverTotal.toFixed(1)} us, database ${cost.database.toFixed(1)} us, ` +
          `${perSecond.toFixed(0)}/s, p50 ${latency.p50.toFixed(2)} ms, p99 ${latency.p99.toFixed(2)} ms, busy ${serverBusy.toFixed(2)}, load ${loadBusy.toFixed(2)} ${faults(result).join('; ')}`,
      );
    }
  }
  const summaries = [...results].map(([name, rounds]) => [name, summarize(rounds, results.get(yardstick))] as const);
  for (const [name, summary] of summaries) {
    failures.push(...summary.faults.map((fault) => `${scenario.name}, ${name}, ${fault}`));
  }
  return Object.fromEntries(summaries);
}

async function fleet(scenario: FleetScenario): Promise<Record<string, IdleResult | StormResult>> {
  const results: Record<string, IdleResult | StormResult> = {};
  for (const kind of kinds) {
    await attempt(scenario.name, kind, async () => {
      const server = await start(kind);
      const result: IdleResult | StormResult = await runLoad(scenario.job(server.target, `BENCH-${++runs}-`));
      results[kind.name] = result;
      const found = faults(result);
      failures.push(...found.map((fault) => `${scenario.name}, ${kind.name}, ${fault}`));
      say(`  ${scenario.name} ${kind.name} ${found.join('; ')}`);
    });
    await stop(kind);
  }
  return results;
}

/** Every server compiles its hot code before the first round counts. */
async function warmUp(): Promise<void> {
  const warm = { kind: 'throughput', connections: 100, warmUpMs: 0, windowMs: 2 * scale.warmUpMs } as const;
  for (const kind of kinds) {
    const server = running.get(kind);
    if (server === undefined) continue;
    for (const script of ['transactions16', 'transactions201'] as const) {
      await attempt('warm-up', kind, () => runLoad({ ...warm, target: server.target, prefix: 'BENCH-W-', script }));
    }
  }
}

const title = new Map(kinds.map((kind) => [kind.name, kind.title]));
const titled = <T>(results: Readonly<Record<string, T>>) =>
  Object.entries(results).map(([name, result]) => [title.get(name) ?? name, result] as const);

const figures: Record<string, unknown> = {};
const tables: string[] = [];
const begun = Date.now();

for (const kind of kinds)
  if (chosen.some((scenario) => scenario.kind === 'rate')) await attempt('start', kind, () => start(kind));
try {
  await warmUp();
  for (const scenario of chosen) {
    if (scenario.kind !== 'rate') continue;
    say(scenario.title);
    const results = await rates(scenario);
    figures[scenario.name] = { title: scenario.title, unit: scenario.unit, servers: results };
    tables.push(`${scenario.title}\n${rateTable(scenario.unit, titled(results))}`);
  }
} finally {
  for (const kind of kinds) await stop(kind);
}
for (const scenario of chosen) {
  if (scenario.kind !== 'fleet') continue;
  say(scenario.title);
  const results = await fleet(scenario);
  figures[scenario.name] = { title: scenario.title, servers: results };
  const printed =
    scenario.name === 'idle'
      ? idleTable(titled(results as Record<string, IdleResult>))
      : stormTable(titled(results as Record<string, StormResult>));
  tables.push(`${scenario.title}\n${printed}`);
}

if (withTranslation) {
  const title = 'a chain of two translations, in a process of its own';
  say(title);
  try {
    const results = await runTranslation(scale.name === 'quick' ? 3 : 7);
    figures.translation = { title, scripts: results };
    tables.push(`${title}\n${translationTable(results)}`);
  } catch (error) {
    failures.push(`translation: ${error instanceof Error ? error.message : error}`);
  }
}

const machine = {
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  kernel: release(),
  node: process.version,
};
const seconds = Math.round((Date.now() - begun) / 1000);
console.log(
  `${tables.join('\n\n')}\n\n${machine.cores} x ${machine.cpu}, Linux ${machine.kernel}, node ${machine.node}; ${scale.rounds} rounds, ${seconds} s. ` +
    'Medians (and extremes) of the rounds; CPU by the accounting of the operating system; ratios within a round.',
);
for (const failure of failures) console.log(`NOT VALID: ${failure}`);

const out = options.out ?? new URL('./results/latest.json', import.meta.url);
await mkdir(new URL('./results/', import.meta.url), { recursive: true });
const { name, ...sizes } = scale;
await writeFile(
  out,
  `${JSON.stringify({ at: new Date(begun).toISOString(), seconds, machine, scale: name, sizes, failures, scenarios: figures }, null, 2)}\n`,
);
process.exitCode = failures.length > 0 ? 1 : 0;
