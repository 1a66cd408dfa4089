/** Runs the examples of the docs and compares what they print. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { examples } from '../support/examples.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'examples-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('docs/library.md', () => {
  const found = examples('docs/library.md', 'ts');

  it('has examples, each with what it prints', () => {
    expect(found.length).toBeGreaterThan(5);
    expect(found.filter(({ printed }) => printed === undefined).map(({ name }) => name)).toEqual([]);
  });

  it.concurrent.each(found)('$name', async ({ name, code, printed }) => {
    const file = join(folder, `${name.replace(/\W/g, '-')}.ts`);
    const library = pathToFileURL(join(root, 'src/ocpp/index.ts')).href;
    writeFileSync(file, code.replaceAll("'evsebridge/ocpp'", `'${library}'`));
    const { stdout } = await run(process.execPath, ['--no-warnings', file]);
    expect(stdout).toBe(printed);
  });
});

describe('docs/translate.md', () => {
  it.concurrent.each(examples('docs/translate.md', 'sh'))('$name', async ({ code, printed }) => {
    // As npm would run it, with the words as the shell reads them.
    const script = code.replaceAll('evsebridge translate', `"${process.execPath}" bin/evsebridge.js translate`);
    const { stdout } = await run('sh', ['-c', script], { cwd: root });
    if (printed !== undefined) expect(stdout.trimEnd()).toBe(printed.trimEnd());
  });
});
