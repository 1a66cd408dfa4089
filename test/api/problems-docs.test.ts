import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { problems } from '../../src/api/problems.ts';

describe('docs/api.md', () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/api.md'), 'utf8');
  const section = text.slice(text.indexOf('\n## Problems\n'));
  const documented = [...section.matchAll(/^\| `([a-z-]+)` \| (\d{3}) \|/gm)].map(([, code, status]) => [
    code,
    Number(status),
  ]);

  it('has every problem with its status, and no other', () => {
    const told = Object.entries(problems).map(([code, { status }]) => [code, status]);
    expect(documented.toSorted()).toEqual(told.toSorted());
  });
});
