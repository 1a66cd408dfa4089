import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** Every code that is counted anywhere. */
function counted(): readonly string[] {
  const codes = new Set<string>();
  const collect = (pattern: RegExp, text: string): void => {
    for (const [, found = ''] of text.matchAll(pattern))
      for (const [, code = ''] of found.matchAll(/'(\w+)'/g)) codes.add(code);
  };
  for (const path of globSync('src/{gateway,transport,csms,ocpp}/**/*.ts', { cwd: root })) {
    if (path.includes('generated')) continue;
    const text = read(path);
    collect(/(?:\bdeviates|\bonDeviation|\bdeviations\.push)\(([^)]*)\)/g, text);
    collect(/\b(?:DeviationCode|FrameDeviation|SoapDeviation) =([^;]*);/g, text);
    collect(/\bclockUnset: readonly string\[\] = \[([^\]]*)\]/g, text);
  }
  return [...codes].sort();
}

test('docs/deviations.md has a row for every code that is counted, and for no other', () => {
  const documented = [...read('docs/deviations.md').matchAll(/^\| `(\w+)` \|/gm)].map(([, code]) => code);
  expect(new Set(documented).size).toBe(documented.length);
  expect([...documented].sort()).toEqual(counted());
});
