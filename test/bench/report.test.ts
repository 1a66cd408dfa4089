import { describe, expect, test } from 'vitest';
import { cpuTime, isAlive, residentBytes, servingProcess, total } from '../../bench/accounting.ts';
import type { RateResult } from '../../bench/load/job.ts';
import { groupTimes, selfTimes } from '../../bench/profiling.ts';
import { faults, rateTable, spread, summarize, table } from '../../bench/report.ts';

function result(serverTotal: number, more: Partial<RateResult> = {}): RateResult {
  return {
    count: 100,
    perSecond: 50,
    latency: { p50: 1, p99: 2, max: 3 },
    cost: { server: { main: serverTotal, workers: 0, helpers: 0 }, serverTotal, database: 4, load: 5 },
    loadBusy: 0.5,
    serverBusy: 0.9,
    residentBytes: 1,
    errors: 0,
    samples: [],
    unanswered: 0,
    ...more,
  };
}

describe('summaries', () => {
  test('the spread of an odd and an even number of rounds', () => {
    expect(spread([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
    expect(spread([4, 1, 2, 3])).toEqual({ median: 2.5, min: 1, max: 4 });
    expect(() => spread([])).toThrow('a spread of nothing');
  });

  test('ratios are taken within a round', () => {
    const summary = summarize([result(30), result(60), result(33)], [result(30), result(30), result(30)]);
    expect(summary.cpu).toEqual({ median: 33, min: 30, max: 60 });
    expect(summary.ratio).toEqual({ median: 1.1, min: 1, max: 2 });
    expect(summarize([result(30)], undefined).ratio).toBeUndefined();
  });

  test('errors and missing answers make a run invalid, a busy load process is flagged', () => {
    const summary = summarize(
      [result(30), result(30, { errors: 2, samples: ['x was answered y'], unanswered: 1, loadBusy: 0.95 })],
      undefined,
    );
    expect(summary.faults).toEqual(['round 2: 2 errors: x was answered y', 'round 2: 1 unanswered']);
    expect(summary.loadSaturated).toBe(true);
    expect(rateTable('message', [['A', summary]])).toMatch(/INVALID load saturated/);
    expect(faults(result(1))).toEqual([]);
  });

  test('columns are as wide as their widest cell', () => {
    expect(
      table([
        ['', 'a'],
        ['row', '100'],
      ]),
    ).toBe('       a\n---  ---\nrow  100');
  });
});

describe('accounting', () => {
  test('the CPU time and memory of this process', () => {
    const before = total(cpuTime(process.pid));
    let sum = 0;
    for (let i = 0; i < 2e7; i++) sum += Math.sqrt(i);
    expect(sum).toBeGreaterThan(0);
    expect(total(cpuTime(process.pid))).toBeGreaterThan(before);
    expect(residentBytes(process.pid)).toBeGreaterThan(10e6);
    expect(isAlive(process.pid)).toBe(true);
    expect(isAlive(2 ** 22 + 1)).toBe(false);
    expect(servingProcess(process.pid)).toBeGreaterThan(0);
  });
});

describe('profiles', () => {
  test('self time by function and by part; idle time is left out', () => {
    const frame = (id: number, functionName: string, url: string) => ({
      id,
      callFrame: { functionName, url, lineNumber: 9 },
    });
    const times = selfTimes({
      nodes: [
        frame(1, '(idle)', ''),
        frame(2, 'translate', 'file:///x/src/ocpp/translate/chain.ts'),
        frame(3, 'receiverOnMessage', 'file:///x/node_modules/ws/lib/websocket.js'),
        frame(4, '(garbage collector)', ''),
        frame(5, 'writeGeneric', 'node:internal/stream_base_commons'),
      ],
      samples: [1, 2, 2, 3, 4, 5],
      timeDeltas: [0, 100, 10, 20, 5, 7, 3],
    });
    expect(times.map(({ name, place, microseconds }) => [name, place, microseconds])).toEqual([
      ['translate', 'src/ocpp/translate/chain.ts:10', 30],
      ['(garbage collector)', '', 7],
      ['receiverOnMessage', 'node_modules/ws/lib/websocket.js:10', 5],
      ['writeGeneric', 'node:internal/stream_base_commons:10', 3],
    ]);
    expect(groupTimes(times).map(({ group }) => group)).toEqual([
      'translate',
      'garbage collection',
      'ws',
      'node: sockets and streams',
    ]);
  });
});
