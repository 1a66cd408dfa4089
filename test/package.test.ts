/** The library as a user gets it: built, packed, installed beside its dependencies, used from TypeScript and in a browser. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { examples } from './support/examples.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..');
const scratch = mkdtempSync(join(tmpdir(), 'package-'));
const installed = join(scratch, 'node_modules/evsebridge');
const entry = join(installed, 'dist/ocpp/index.js');
/** What the library needs besides itself. */
const dependencies = ['@noble/hashes'];

const tsc = (...args: readonly string[]): ReturnType<typeof run> =>
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...args], { cwd: scratch });

/** The output of a command that failed says what is wrong. */
const told = (error: unknown): never => {
  const { stdout, stderr } = error as { stdout?: string; stderr?: string };
  throw new Error(`${stdout ?? ''}${stderr ?? ''}` || String(error));
};

beforeAll(async () => {
  const dist = join(installed, 'dist');
  mkdirSync(installed, { recursive: true });
  writeFileSync(join(installed, 'package.json'), readFileSync(join(root, 'package.json')));
  await tsc('-p', join(root, 'tsconfig.build.json'), '--outDir', dist).catch(told);
  await run(process.execPath, [join(root, 'scripts/build-copy.ts'), dist]).catch(told);
  for (const name of dependencies) {
    const link = join(scratch, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), link);
  }
  writeFileSync(join(scratch, 'package.json'), '{"type":"module"}');
}, 120_000);
afterAll(() => rmSync(scratch, { recursive: true }));

describe('evsebridge/ocpp in a project of its own', () => {
  it('has types that hold, for the examples of its docs', async () => {
    for (const [index, { code }] of examples('docs/library.md', 'ts').entries()) {
      writeFileSync(join(scratch, `example-${index}.ts`), code);
    }
    const wrong = [
      "import type { RequestOf } from 'evsebridge/ocpp';",
      '// @ts-expect-error idTag is missing',
      "export const request: RequestOf<'1.6', 'Authorize'> = {};",
      '// @ts-expect-error 1.6 has no such Action',
      "export type None = RequestOf<'1.6', 'TransactionEvent'>;",
    ];
    writeFileSync(join(scratch, 'wrong.ts'), wrong.join('\n'));
    const compilerOptions = {
      target: 'es2024',
      lib: ['es2024', 'esnext.collection', 'dom'],
      module: 'nodenext',
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      types: [],
      noEmit: true,
    };
    writeFileSync(join(scratch, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    await tsc('-p', '.').catch(told);
  }, 60_000);

  it('runs the examples of its docs', async () => {
    const [first] = examples('docs/library.md', 'ts');
    writeFileSync(join(scratch, 'run.ts'), first?.code ?? '');
    const { stdout } = await run(process.execPath, ['--no-warnings', 'run.ts'], { cwd: scratch }).catch(told);
    expect(stdout).toBe(first?.printed);
  });

  it('reaches nothing but its own files and its dependencies', () => {
    const outside = [...reached(entry).values()].filter((name) => name !== undefined);
    expect([...new Set(outside)].toSorted()).toEqual(dependencies);
    expect([...reached(entry).keys()].filter((file) => !file.startsWith(join(installed, 'dist/ocpp/')))).toEqual([]);
  });
});

/** The modules that a module reaches, with the package of those that are not relative. */
function reached(file: string, found = new Map<string, string | undefined>()): Map<string, string | undefined> {
  if (found.has(file)) return found;
  found.set(file, undefined);
  const text = readFileSync(file, 'utf8');
  for (const [, path = ''] of text.matchAll(
    /^(?:import|export)\s[^'"]*?from ['"]([^'"]+)['"]|^import ['"][^'"]+['"]/gm,
  )) {
    if (path.startsWith('.')) reached(join(dirname(file), path), found);
    else
      found.set(
        join(installed, 'dist/ocpp', path),
        path
          .split('/')
          .slice(0, path.startsWith('@') ? 2 : 1)
          .join('/'),
      );
  }
  expect(text, relative(installed, file)).not.toMatch(/\brequire\(|\bimport\(/);
  return found;
}

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
if (executablePath === undefined) {
  const why = 'test/package.test.ts needs a Chromium (apt-get install chromium)';
  if (process.env.CI !== undefined) throw new Error(why);
  console.warn(`skipped: ${why}`);
}

describe.skipIf(executablePath === undefined)('in a browser', { timeout: 60_000 }, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
  }, 60_000);
  afterAll(() => browser.close());

  it('runs the examples of its docs as they are built', async () => {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    const imports = {
      'evsebridge/ocpp': '/node_modules/evsebridge/dist/ocpp/index.js',
      '@noble/hashes/': '/node_modules/@noble/hashes/',
    };
    await page.route('http://library.test/**', async (route) => {
      const { pathname } = new URL(route.request().url());
      if (pathname === '/') {
        const html = `<!doctype html><script type="importmap">${JSON.stringify({ imports })}</script>`;
        await route.fulfill({ contentType: 'text/html', body: html });
      } else await route.fulfill({ contentType: 'text/javascript', body: readFileSync(join(scratch, pathname)) });
    });
    await page.goto('http://library.test/');
    // Texts only: a browser prints objects in its own way.
    const result = await page.evaluate(`import('evsebridge/ocpp').then(async (ocpp) => {
      const { Bridge, memoryEnvironment, validate } = ocpp;
      const environment = memoryEnvironment({ now: () => Date.now(), newId: () => '00000000-0000-4000-8000-000000000001' });
      const sent = [];
      const send = (_to, call) => (sent.push(call.action), { payload: {} });
      const bridge = new Bridge({ station: '1.6', csms: '2.1', environment, send });
      const payload = { connectorId: 1, idTag: 'TAG', meterStart: 0, timestamp: '2026-01-01T12:00:00Z' };
      const result = await bridge.call('station', { action: 'StartTransaction', payload });
      return { sent, result, complaints: validate('2.1', 'HeartbeatRequest', { x: 1 }) };
    })`);
    expect(result).toEqual({
      sent: ['TransactionEvent'],
      result: { payload: { transactionId: 1, idTagInfo: { status: 'Accepted' } } },
      complaints: ['/: has the unknown property x'],
    });
    expect(complaints).toEqual([]);
    await page.close();
  });
});
