/** Results of units into tables. */
import { table } from '../report.ts';
import { ANY, type UnitResult } from './unit.ts';

const most = (values: readonly number[]): number => Math.max(0, ...values);
const sum = (results: readonly UnitResult[], pick: (result: UnitResult) => number): number =>
  results.reduce((total, result) => total + pick(result), 0);
const whole = (value: number): string => value.toLocaleString('en');
const kilobytes = (bytes: number): string => (bytes / 1024).toFixed(0);

/** One line for each pair of Versions. */
export function propertiesTable(results: readonly UnitResult[]): string {
  const byPair = Map.groupBy(results, ({ unit }) => `${unit.station} station, ${unit.csms} CSMS`);
  const lines = [...byPair, ['all', results] as const].map(([name, group]) => {
    const all = sum(group, ({ messages, between }) => messages + between);
    const share = (pick: (result: UnitResult) => number): string => `${((100 * sum(group, pick)) / all).toFixed(0)} %`;
    return [
      name,
      whole(group.length),
      whole(all),
      share(({ forwarded }) => forwarded),
      share(({ answeredHere }) => answeredHere),
      share(({ refused }) => refused),
      whole(sum(group, ({ calls }) => calls)),
      whole(most(group.map(({ mostCalls }) => mostCalls))),
      whole(sum(group, ({ tasks }) => tasks)),
      whole(most(group.flatMap(({ rows }) => rows))),
      kilobytes(most(group.flatMap(({ bytes }) => bytes))),
      whole(sum(group, ({ found }) => found.length)),
      sum(group, ({ seconds }) => seconds).toFixed(0),
    ];
  });
  const head = [
    '',
    'Actions',
    'messages',
    'crossed',
    'answered here',
    'refused',
    'Calls made',
    'most of one',
    'tasks',
    'rows',
    'KB',
    'failures',
    'CPU s',
  ];
  return table([head, ...lines]);
}

/** What the whole life of a station leaves to be remembered: most rows in each quarter of it, and the largest tables. */
export function soakTable(results: readonly UnitResult[]): string {
  const lines = results
    .filter(({ unit }) => unit.action === ANY)
    .map(({ unit, rows, bytes, tables }) => [
      `${unit.station} station, ${unit.csms} CSMS`,
      ...rows.map(whole),
      kilobytes(most(bytes)),
      Object.entries(tables)
        .toSorted(([, a], [, b]) => b - a)
        .slice(0, 4)
        .map(([table, count]) => `${table} ${count}`)
        .join(', '),
    ]);
  return table([['', 'rows, 1st quarter', '2nd', '3rd', '4th', 'KB', 'largest tables'], ...lines]);
}
