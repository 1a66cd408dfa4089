import { Command } from 'commander';
import { afterEach, describe, expect, test } from 'vitest';
import { addSimulateCommand, type SimulateOptions, simulate } from '../../src/station/index.ts';
import { TestCsms } from './csms.ts';

let csms: TestCsms | undefined;
afterEach(async () => {
  await csms?.close();
  csms = undefined;
});

function io(signal?: AbortSignal) {
  const written = { stdout: '', stderr: '' };
  return {
    written,
    stdout: { write: (text: string) => (written.stdout += text) },
    stderr: { write: (text: string) => (written.stderr += text) },
    ...(signal && { signal }),
  };
}

const options = (url: string, more: Partial<SimulateOptions> = {}): SimulateOptions => ({
  version: ['1.6'],
  stations: 4,
  url,
  prefix: 'SIM',
  idToken: ['TAG'],
  connectors: 1,
  meterInterval: 60,
  sessionLength: 300,
  pause: 10,
  speed: 600,
  connectRate: 1000,
  dropRate: 0,
  seed: 1,
  ...more,
});

describe('simulate', () => {
  test.each(['1.6', '2.0.1', '2.1'] as const)('charges as often as it is told, in %s', async (version) => {
    csms = await TestCsms.listen(version);
    const streams = io();
    const code = await simulate(options(csms.url, { version: [version], sessions: 2, dropRate: 0.5 }), streams);
    expect(streams.written.stderr).toBe('');
    expect(code).toBe(0);
    expect(csms.violations).toEqual([]);
    expect(new Set(csms.received.map(({ stationId }) => stationId))).toEqual(
      new Set(['SIM-0001', 'SIM-0002', 'SIM-0003', 'SIM-0004']),
    );
    const ended = csms.received.filter(
      ({ action, payload }) => action === 'StopTransaction' || payload.eventType === 'Ended',
    );
    expect(ended).toHaveLength(8);
    expect(streams.written.stdout).toMatch(/8 transactions, \d+\.\d+ kWh, \d+ messages sent and \d+ received in/);
  });

  test('ends sessions in order when interrupted', async () => {
    csms = await TestCsms.listen('1.6');
    const interrupt = new AbortController();
    const streams = io(interrupt.signal);
    const done = simulate(options(csms.url, { sessionLength: 1e6, json: true }), streams);
    await csms.until(() => csms!.of('StartTransaction').length === 4);
    interrupt.abort();
    expect(await done).toBe(0);
    expect(csms.of('StopTransaction')).toHaveLength(4);
    expect(JSON.parse(streams.written.stdout.trim().split('\n').at(-1)!)).toMatchObject({
      kind: 'summary',
      begun: 4,
      ended: 4,
      connected: 0,
      failures: [],
    });
  });

  test('says what to do when no token is accepted', async () => {
    csms = await TestCsms.listen('2.0.1');
    csms.replies.set('Authorize', () => ({ idTokenInfo: { status: 'Unknown' } }));
    const streams = io();
    expect(await simulate(options(csms.url, { version: ['2.0.1'], quiet: true }), streams)).toBe(1);
    expect(streams.written.stderr).toContain(
      'the token TAG is not accepted (Unknown): make it known with PUT /v1/tokens/TAG {"type":"ISO14443","status":"Accepted"}',
    );
    expect(streams.written.stdout).toBe('');
  });

  test('says that nobody is there', async () => {
    const gone = await TestCsms.listen('1.6');
    await gone.close();
    const streams = io();
    expect(await simulate(options(gone.url, { stations: 2 }), streams)).toBe(1);
    expect(streams.written.stderr).toContain('ECONNREFUSED');
    expect(streams.written.stderr).toContain(`no station could connect to ${gone.url}`);
  });

  test('says that stations are not admitted', async () => {
    csms = await TestCsms.listen('1.6');
    csms.replies.set('BootNotification', () => ({
      status: 'Pending',
      interval: 60,
      currentTime: new Date().toISOString(),
    }));
    const streams = io();
    expect(await simulate(options(csms.url, { stations: 2, duration: 0.5 }), streams)).toBe(1);
    expect(streams.written.stderr).toContain('PUT /v1/stations/SIM-0001 {"admission":"Accepted"}');
  });
});

describe('the command line', () => {
  const run = async (...argv: string[]) => {
    const program = new Command().exitOverride().configureOutput({ writeErr: () => {} });
    const command = addSimulateCommand(program)
      .exitOverride()
      .configureOutput({ writeErr: () => {} });
    let parsed: object = {};
    command.action((given: object) => {
      parsed = given;
    });
    await program.parseAsync(['node', 'evsebridge', 'simulate', ...argv]);
    return parsed;
  };

  test('takes lists and numbers', async () => {
    expect(
      await run('--version', '1.6,2.1', '--version', '2.0.1', '--stations', '5', '--id-token', 'A,B', '--speed', '60'),
    ).toMatchObject({
      version: ['1.6', '2.1', '2.0.1'],
      stations: 5,
      idToken: ['A', 'B'],
      speed: 60,
      url: 'ws://127.0.0.1:9000/ocpp',
    });
  });

  test.each([
    [['--version', '1.5'], /choose from 1.6, 2.0.1, 2.1/],
    [['--stations', '0'], /whole number within 1 and 100000/],
    [['--stations', 'many'], /whole number/],
    [['--drop-rate', '2'], /within 0 and 1/],
    [['--speed', ''], /must be a number/],
  ])('refuses %j', async (argv, message) => {
    await expect(run(...argv)).rejects.toThrow(message);
  });
});
