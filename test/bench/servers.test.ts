/** The load processes against the servers that need no gateway: real processes, real sockets, the smallest sizes. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runLoad } from '../../bench/load/run.ts';
import { type RunningServer, serverKinds } from '../../bench/servers/servers.ts';

const window = { warmUpMs: 100, windowMs: 300 };
const fine = { errors: 0, samples: [], unanswered: 0 };

describe.each(['ocpp-rpc', 'ws-echo'])('%s', (name) => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await serverKinds.find((kind) => kind.name === name)!.start();
  });
  afterAll(() => server.stop());

  test.each(['meterValues16', 'transactions16', 'transactions201', 'heartbeat16'] as const)('%s', async (script) => {
    const job = { kind: 'throughput', target: server.target, prefix: 'T-', script, connections: 4, ...window } as const;
    const result = await runLoad(job);
    expect(result).toMatchObject(fine);
    expect(result.count).toBeGreaterThan(0);
    expect(result.cost.serverTotal).toBeGreaterThan(0);
  });

  test('connects', async () => {
    const result = await runLoad({
      kind: 'connects',
      target: server.target,
      prefix: 'C-',
      concurrency: 4,
      stations: 10,
      ...window,
    });
    expect(result).toMatchObject(fine);
    expect(result.count).toBeGreaterThan(0);
  });

  test('drop and come back', async () => {
    const result = await runLoad({ kind: 'drop', target: server.target, prefix: 'D-', connections: 20, drop: 10 });
    expect(result).toMatchObject(fine);
    expect(result.bystanderMaxMs).toBeGreaterThan(0);
  });

  test('all reconnect', async () => {
    const result = await runLoad({ kind: 'reconnect', target: server.target, prefix: 'R-', connections: 50 });
    expect(result).toMatchObject({ ...fine, retries: 0 });
  });

  test('idle connections', async () => {
    const result = await runLoad({ kind: 'idle', target: server.target, prefix: 'I-', steps: [10, 20], settleMs: 50 });
    expect(result).toMatchObject({ errors: 0, steps: [{ connections: 10 }, { connections: 20 }] });
  });
});

test('commands through the API of the yardstick', async () => {
  const server = await serverKinds.find((kind) => kind.name === 'ocpp-rpc')!.start();
  try {
    const result = await runLoad({ kind: 'commands', target: server.target, prefix: 'K-', connections: 4, ...window });
    expect(result).toMatchObject(fine);
    expect(result.count).toBeGreaterThan(0);
  } finally {
    await server.stop();
  }
});

test('a load process that fails says why', async () => {
  const server = await serverKinds.find((kind) => kind.name === 'ws-echo')!.start();
  await server.stop();
  const job = { kind: 'reconnect', target: server.target, prefix: 'X-', connections: 1 } as const;
  await expect(runLoad(job)).rejects.toThrow('X-00001 is lost: ECONNREFUSED');
});
