import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** Where events are made. `api` only speaks of them. */
const folders = ['gateway', 'csms', 'events', 'storage', 'transport', 'cluster'];

/** What can stand in the place of an expression in a type. */
const endings: Readonly<Record<string, readonly string[]>> = {
  'evsebridge.command.': ['completed', 'refused', 'failed', 'uncertain'],
  'evsebridge.transaction.': ['started', 'updated', 'ended'],
};

/** A text or template that is a type as a whole, or the beginning of one before an expression. */
const literal = /(['`])(evsebridge\.[a-z]+\.[a-z_]*)(?:\$\{[^}]*\})?\1/g;

function sources(): readonly string[] {
  const all = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
  return all.filter((file) => file.endsWith('.ts') && folders.includes(file.split('/')[0] ?? ''));
}

function typesInSources(): readonly string[] {
  const found = new Set<string>();
  for (const file of sources()) {
    for (const [, , type = ''] of readFileSync(join(root, 'src', file), 'utf8').matchAll(literal)) {
      const each = type.endsWith('.') ? endings[type]?.map((ending) => type + ending) : [type];
      if (each === undefined) throw new Error(`${file}: say in this test what can follow ${type}`);
      for (const one of each) found.add(one);
    }
  }
  return [...found].sort();
}

describe('docs/events.md', () => {
  const text = readFileSync(join(root, 'docs/events.md'), 'utf8');
  const documented = [...text.matchAll(/^\| `(evsebridge\.[a-z._]+)` \|/gm)].map(([, type]) => type as string);

  it('has every type of event that is told, and no other', () => {
    expect(documented.toSorted()).toEqual(typesInSources());
  });

  it('has each of them once', () => {
    expect(documented).toEqual([...new Set(documented)]);
  });
});
