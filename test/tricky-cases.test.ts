/** The forty tricky cases are tests, each under its number: none can vanish unnoticed. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** Numbers of the cases that are tests or groups of tests in these files. */
function numbers(pattern: string): readonly number[] {
  const found = globSync(pattern, { cwd: import.meta.dirname }).flatMap((path) => {
    const text = readFileSync(join(import.meta.dirname, path), 'utf8');
    return [...text.matchAll(/\(\s*['"`]F(\d+): /g)].map(([, number]) => Number(number));
  });
  return [...new Set(found)].sort((a, b) => a - b);
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);

test.each([
  ['F1 to F17 over the wire', 'scenarios/**/*.test.ts', range(1, 17)],
  ['F18 to F40 over the translation', 'ocpp/translate/tricky-cases/*.test.ts', range(18, 40)],
])('%s', (_what, pattern, all) => {
  const found = numbers(pattern);
  expect(all.filter((number) => !found.includes(number))).toEqual([]);
});
