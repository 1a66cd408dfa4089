import { spread, table } from '../report.ts';
import type { Measured } from './measure.ts';
import { scripts } from './scripts.ts';

/** A line for each script that was measured. */
export function translationTable(results: Readonly<Record<string, Measured>>): string {
  const lines = scripts.flatMap(({ name, title }) => {
    const measured = results[name];
    if (measured === undefined) return [];
    const { median, min, max } = spread(measured.rounds);
    const cpu = `${median.toFixed(1)} (${min.toFixed(1)}-${max.toFixed(1)})`;
    return [[title, cpu, measured.calls.toFixed(2), measured.stored.toFixed(0)]];
  });
  return table([['', 'CPU us/message', 'Calls made', 'characters stored'], ...lines]);
}
