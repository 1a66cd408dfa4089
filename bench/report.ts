/** Figures of many rounds into medians, spreads and ratios; those into a table. */
import type { IdleResult, Outcome, RateResult, StormResult } from './load/job.ts';

/** Over the rounds. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spread(values: readonly number[]): Spread {
  if (values.length === 0) throw new Error('a spread of nothing');
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, min: sorted[0]!, max: sorted.at(-1)! };
}

/** Over this part of a core, the load process may have been what limited the rate. */
export const saturated = 0.9;

/** Why a result must not be used; empty when it may. */
export function faults(result: Outcome): string[] {
  const found = [];
  if (result.errors > 0) found.push(`${result.errors} errors: ${result.samples[0] ?? ''}`);
  if (result.unanswered > 0) found.push(`${result.unanswered} unanswered`);
  return found;
}

/** One server in one rate scenario. */
export interface RateSummary {
  /** µs of CPU of the serving process for each thing counted. */
  readonly cpu: Spread;
  /** Medians of the parts of `cpu`, µs. */
  readonly threads: { readonly main: number; readonly workers: number; readonly helpers: number };
  /** µs of CPU of PostgreSQL's backends. */
  readonly database: Spread;
  /** `cpu` in that of the yardstick in the same round; absent without one. */
  readonly ratio: Spread | undefined;
  readonly perSecond: Spread;
  /** ms */
  readonly p50: Spread;
  readonly p99: Spread;
  /** µs of CPU of the load process for each. */
  readonly load: Spread;
  readonly loadSaturated: boolean;
  readonly faults: readonly string[];
  readonly rounds: readonly RateResult[];
}

export function summarize(rounds: readonly RateResult[], yardstick: readonly RateResult[] | undefined): RateSummary {
  const over = (pick: (result: RateResult) => number) => spread(rounds.map(pick));
  const cpu = over((result) => result.cost.serverTotal);
  const ratios = rounds.flatMap((result, round) => {
    const other = yardstick?.[round];
    return other === undefined ? [] : [result.cost.serverTotal / other.cost.serverTotal];
  });
  return {
    cpu,
    threads: {
      main: over(({ cost }) => cost.server.main).median,
      workers: over(({ cost }) => cost.server.workers).median,
      helpers: over(({ cost }) => cost.server.helpers).median,
    },
    database: over((result) => result.cost.database),
    ratio: ratios.length === 0 ? undefined : spread(ratios),
    perSecond: over((result) => result.perSecond),
    p50: over((result) => result.latency.p50),
    p99: over((result) => result.latency.p99),
    load: over((result) => result.cost.load),
    loadSaturated: rounds.some((result) => result.loadBusy > saturated),
    faults: rounds.flatMap((result, round) => faults(result).map((fault) => `round ${round + 1}: ${fault}`)),
    rounds,
  };
}

const figure = (value: number) =>
  value >= 1000 ? value.toFixed(0) : value >= 100 ? value.toFixed(1) : value.toFixed(2);
const span = ({ median, min, max }: Spread) => `${figure(median)} (${figure(min)}-${figure(max)})`;
const whole = ({ median }: Spread) => Math.round(median).toLocaleString('en');

/** Cells into lines: the first column to the left, the others to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  ');
  const [head = [], ...body] = rows;
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...body.map(line)].join('\n');
}

export function rateTable(unit: string, servers: readonly (readonly [title: string, RateSummary])[]): string {
  const head = [
    '',
    `CPU us/${unit}`,
    'x ocpp-rpc',
    'main',
    'worker',
    'helpers',
    'PostgreSQL us',
    `${unit}s/s`,
    'p50 ms',
    'p99 ms',
    'load us',
    '',
  ];
  return table([
    head,
    ...servers.map(([title, summary]) => [
      title,
      span(summary.cpu),
      summary.ratio === undefined ? '' : span(summary.ratio),
      figure(summary.threads.main),
      figure(summary.threads.workers),
      figure(summary.threads.helpers),
      figure(summary.database.median),
      whole(summary.perSecond),
      figure(summary.p50.median),
      figure(summary.p99.median),
      figure(summary.load.median),
      [summary.faults.length > 0 ? 'INVALID' : '', summary.loadSaturated ? 'load saturated' : ''].join(' ').trim(),
    ]),
  ]);
}

const megabytes = (bytes: number) => (bytes / 1024 / 1024).toFixed(0);

export function idleTable(servers: readonly (readonly [title: string, IdleResult])[]): string {
  const counts = servers[0]?.[1].steps.map((step) => step.connections) ?? [];
  return table([
    ['', 'MB before', ...counts.flatMap((count) => [`MB at ${count}`, 'KB each']), 'opened in s', ''],
    ...servers.map(([title, result]) => [
      title,
      megabytes(result.baseBytes),
      ...result.steps.flatMap((step) => [megabytes(step.bytes), (step.perConnection / 1024).toFixed(1)]),
      result.seconds.toFixed(1),
      faults(result).length > 0 ? 'INVALID' : '',
    ]),
  ]);
}

export function stormTable(servers: readonly (readonly [title: string, StormResult])[]): string {
  return table([
    ['', 'all back ms', 'boot p50 ms', 'boot p99 ms', 'retries', 'bystanders max ms', 'errors', ''],
    ...servers.map(([title, result]) => [
      title,
      result.recoveredMs.toFixed(0),
      result.latency.p50.toFixed(0),
      result.latency.p99.toFixed(0),
      String(result.retries),
      result.bystanderMaxMs === 0 ? '' : result.bystanderMaxMs.toFixed(0),
      String(result.errors),
      faults(result).length > 0 ? 'INVALID' : '',
    ]),
  ]);
}
