import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../src');

/** What the files of a folder may import of ours, besides their own folder. `gateway/ports` is the interfaces alone. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  ocpp: [],
  gateway: ['ocpp'],
  csms: ['ocpp', 'gateway types'],
  transport: ['ocpp', 'gateway/ports'],
  storage: ['ocpp', 'gateway/ports'],
  cluster: ['ocpp', 'gateway/ports'],
  events: ['ocpp', 'gateway/ports'],
  station: ['ocpp'],
  translate: ['ocpp'],
  api: ['ocpp', 'gateway'],
};

interface Import {
  readonly file: string;
  readonly target: string;
  readonly typeOnly: boolean;
}

const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
  (file) => /\.ts$/.test(file) && !file.endsWith('.d.ts') && !file.includes('generated'),
);

const statement = /^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm;
const dynamic = /import\(\s*'([^']+)'/g;

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  const found = [
    ...[...text.matchAll(statement)].map((match) => ({ typeOnly: match[1] !== undefined, path: match[2] as string })),
    ...[...text.matchAll(dynamic)].map((match) => ({ typeOnly: false, path: match[1] as string })),
  ];
  return found
    .filter(({ path }) => path.startsWith('.'))
    .map(({ typeOnly, path }) => ({ file, typeOnly, target: relative(root, resolve(root, dirname(file), path)) }));
}

const folderOf = (file: string): string => (file.includes('/') ? (file.split('/')[0] as string) : '');

function isAllowed({ file, target, typeOnly }: Import): boolean {
  const from = folderOf(file);
  const to = folderOf(target);
  // The composition root imports all.
  if (from === '' || from === to) return true;
  return (allowed[from] ?? []).some(
    (rule) =>
      rule === to ||
      (rule === 'gateway/ports' && target === 'gateway/ports.ts') ||
      (rule === 'gateway types' && to === 'gateway' && (typeOnly || target === 'gateway/decision.ts')),
  );
}

describe('the import direction', () => {
  it('is kept by every file', () => {
    const broken = files.flatMap(importsOf).filter((entry) => !isAllowed(entry));
    expect(broken.map(({ file, target }) => `${file} imports ${target}`)).toEqual([]);
  });

  it('knows every folder', () => {
    const folders = new Set(files.map(folderOf).filter((folder) => folder !== ''));
    expect([...folders].filter((folder) => allowed[folder] === undefined)).toEqual([]);
  });

  it('keeps transports, storage and events apart', () => {
    const outside = ['transport', 'storage', 'cluster', 'events'];
    const crossing = files
      .flatMap(importsOf)
      .filter(
        ({ file, target }) =>
          outside.includes(folderOf(file)) && outside.includes(folderOf(target)) && folderOf(file) !== folderOf(target),
      );
    expect(crossing).toEqual([]);
  });

  it('leaves the protocol pure: no I/O, no clock, no environment', () => {
    const impure = files
      .filter((file) => file.startsWith('ocpp/'))
      .filter((file) =>
        /from 'node:|process\.|Date\.now\(\)|new Date\(\)|Math\.random|setTimeout/.test(
          readFileSync(join(root, file), 'utf8'),
        ),
      );
    expect(impure).toEqual([]);
  });

  it('lets nobody ask for a version by name where a Version has a field for it', () => {
    const asking = files
      .filter((file) => !file.startsWith('station/') && !file.startsWith('ocpp/versions/'))
      .filter((file) => /===?\s*'(?:1\.5|1\.6|2\.0\.1|2\.1)'/.test(readFileSync(join(root, file), 'utf8')));
    expect(asking).toEqual([]);
  });
});
