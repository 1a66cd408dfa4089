/**
 * The long property run of translation: random valid messages of every Action through every pair of Versions, in both
 * deployments and directions, with random answers. Whatever comes out must be valid, every Call must come to an end, the caller's
 * payloads stay untouched, and what is remembered is bounded and the same in memory as stored.
 *
 *   node bench/translation-properties.ts                       10,000 messages of every Action of every pair
 *   node bench/translation-properties.ts --messages 100
 *   node bench/translation-properties.ts --messages 100 --soak 50000     the latter of all Actions together, of each pair
 *   node bench/translation-properties.ts --pair 1.6:2.1 --action MeterValues
 *   node bench/translation-properties.ts --seed 7 --pair 1.6:2.1 --action station/MeterValues --index 4711   one message again
 *
 * Exit code 1 when something does not hold.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { propertiesTable, soakTable } from './properties/report.ts';
import { ANY, type Found, nameOf, type Unit, type UnitResult, UnitRun } from './properties/unit.ts';
import { pairs, units } from './properties/units.ts';
import type { Job } from './properties/worker.ts';

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '10000' },
    pair: { type: 'string' },
    action: { type: 'string' },
    seed: { type: 'string', default: '1' },
    index: { type: 'string' },
    soak: { type: 'string' },
    workers: { type: 'string', default: '2' },
    out: { type: 'string', default: fileURLToPath(new URL('./results/translation-properties.json', import.meta.url)) },
  },
});

function whole(name: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  console.error(`--${name}: ${text} is no whole number from ${least} on`);
  process.exit(2);
}

const messages = whole('messages', values.messages, 1);
/** A station's whole life has so many: what is remembered of it is to level off. */
const soak = values.soak === undefined ? messages * 20 : whole('soak', values.soak, 1);
const messagesOf = ({ action }: Unit): number => (action === ANY ? soak : messages);
const seed = whole('seed', values.seed, 0);
const workers = whole('workers', values.workers, 1);
const chosen = units(values);
if (chosen.length === 0) {
  console.error(
    `there is no such pair or Action; pairs are ${pairs()
      .map((pair) => pair.join(':'))
      .join(', ')}`,
  );
  process.exit(2);
}

/** One message again, with all that happens to it. */
function again(index: number): void {
  const [unit] = chosen;
  if (chosen.length !== 1 || unit === undefined) {
    console.error(`--index needs one unit; these are ${chosen.slice(0, 5).map(nameOf).join(', ')}, …`);
    process.exit(2);
  }
  const { found } = new UnitRun(unit, seed).run(messagesOf(unit), {
    index,
    watch: (line, data) => console.log(data === undefined ? line : `${line} ${JSON.stringify(data)}`),
  });
  process.exitCode = found.some((each) => each.index === index) ? 1 : 0;
}

/** The command that runs a message again. */
const replay = ({ unit, seed: own, index }: Found): string =>
  `node bench/translation-properties.ts --seed ${own} --messages ${messages} --soak ${soak} --pair ${unit.station}:${unit.csms} --action ${unit.side}/${unit.action} --index ${index}`;

async function everything(): Promise<0 | 1> {
  const begun = Date.now();
  // The long ones first, so that the workers end together.
  const waiting = chosen.toSorted((a, b) => messagesOf(b) - messagesOf(a));
  const results: UnitResult[] = [];
  const progress = setInterval(() => tell(results, begun), process.stderr.isTTY ? 500 : 15_000);
  await Promise.all(Array.from({ length: Math.min(workers, chosen.length) }, () => work(waiting, results)));
  clearInterval(progress);
  tell(results, begun);
  process.stderr.write('\n');

  results.sort((a, b) => chosen.indexOf(a.unit) - chosen.indexOf(b.unit));
  const found = results.flatMap((result) => result.found);
  const seconds = Math.round((Date.now() - begun) / 1000);
  console.log(propertiesTable(results));
  if (results.some(({ unit }) => unit.action === ANY)) console.log(`\n${soakTable(results)}`);
  console.log(
    `\nseed ${seed}, ${messages.toLocaleString('en')} messages of each Action, ${seconds} s on ${workers} of ${cpus().length} cores`,
  );
  for (const each of found) {
    console.log(`\nFAILED ${nameOf(each.unit)}, at ${each.message}: ${each.error.slice(0, 1500)}\n  ${replay(each)}`);
  }
  await mkdir(dirname(values.out), { recursive: true });
  await writeFile(
    values.out,
    `${JSON.stringify({ at: new Date(begun).toISOString(), seed, messages, seconds, results }, null, 2)}\n`,
  );
  return found.length > 0 ? 1 : 0;
}

/** One worker process, which gets a unit when it has done the one before. */
function work(waiting: Unit[], results: UnitResult[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker: ChildProcess = fork(new URL('./properties/worker.ts', import.meta.url));
    let unit: Unit | undefined;
    const next = (): void => {
      unit = waiting.shift();
      if (unit === undefined) worker.disconnect();
      else worker.send({ unit, seed, messages: messagesOf(unit) } satisfies Job);
    };
    worker.on('message', (result: UnitResult) => {
      // As it was sent, so that it is found again in its list.
      results.push({ ...result, unit: unit as Unit });
      for (const each of result.found.slice(0, 1))
        process.stderr.write(`\r\u001b[Kfailed: ${nameOf(each.unit)}: ${each.error.slice(0, 200)}\n`);
      next();
    });
    worker.on('error', reject);
    worker.on('exit', (code) =>
      unit === undefined ? resolve() : reject(new Error(`a worker ended with ${code} at ${nameOf(unit)}`)),
    );
    next();
  });
}

function tell(results: readonly UnitResult[], begun: number): void {
  const seconds = (Date.now() - begun) / 1000;
  const sum = (units: readonly Unit[]): number => units.reduce((total, unit) => total + messagesOf(unit), 0);
  const done = sum(results.map(({ unit }) => unit));
  const left = done === 0 ? '' : `, about ${Math.round((seconds / done) * (sum(chosen) - done))} s left`;
  const text = `${results.length} of ${chosen.length} Actions, ${Math.round(seconds)} s${left}`;
  process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${text}` : `${text}\n`);
}

if (values.index !== undefined) again(whole('index', values.index, 0));
else process.exitCode = await everything();
