/** The pieces of the load generator. */
import { describe, expect, test } from 'vitest';
import { type Frame, frameOf, mask, maskedFrame, patch, startsWithId, template } from '../../bench/load/frame.ts';
import { Histogram } from '../../bench/load/histogram.ts';
import { type Script, scripts } from '../../bench/load/scripts.ts';
import { versions } from '../../src/ocpp/index.ts';

function unmask(frame: Frame): string {
  return Buffer.from(frame.bytes.subarray(frame.payload).map((byte, index) => byte ^ mask[index & 3]!)).toString();
}

describe('frames', () => {
  test('a template is filled in place', () => {
    const frame = frameOf(
      template('StopTransaction', '{"transactionId":@TX@,"meterStop":@ENERGY@,"timestamp":"@TIME@"}'),
      '4711',
    );
    patch(frame, frame.id, '0123456789ab');
    patch(frame, frame.energies[0]!, '10000017');
    patch(frame, frame.times[0]!, '2030-01-02T03:04:05.678Z');
    expect(unmask(frame)).toBe(
      '[2,"a3f1c2d4-5b6e-4f70-8a91-0123456789ab","StopTransaction",{"transactionId":4711,"meterStop":10000017,"timestamp":"2030-01-02T03:04:05.678Z"}]',
    );
    expect(frame.bytes[0]).toBe(0x81);
    expect(frame.bytes[1]! & 0x7f).toBe(126);
    expect(frame.bytes.readUInt16BE(2)).toBe(frame.bytes.length - frame.payload);
  });

  test('an answer is known by type and id', () => {
    const answer = Buffer.from('..[3,"a3f1c2d4-5b6e-4f70-8a91-0123456789ab",{}]');
    expect(startsWithId(answer, 2, 0x33, '0123456789ab')).toBe(true);
    expect(startsWithId(answer, 2, 0x33, '0123456789ac')).toBe(false);
    expect(startsWithId(answer, 2, 0x32, '0123456789ab')).toBe(false);
  });

  test.each([
    [125, 2],
    [126, 4],
    [65_535, 4],
    [65_536, 10],
  ])('%i bytes have a header of %i', (length, header) => {
    expect(maskedFrame(0x81, Buffer.alloc(length)).length).toBe(header + 4 + length);
  });
});

describe('histogram', () => {
  test('quantiles are within one per cent', () => {
    const histogram = new Histogram();
    for (let value = 1; value <= 100_000; value++) histogram.add(value);
    expect(histogram.quantile(0.5)).toBeGreaterThan(49_500);
    expect(histogram.quantile(0.5)).toBeLessThanOrEqual(50_000);
    expect(histogram.quantile(0.99)).toBeGreaterThan(98_000);
    expect(histogram.quantile(0.99)).toBeLessThanOrEqual(99_000);
    expect(histogram.quantile(1)).toBeLessThanOrEqual(histogram.max);
    expect(histogram.max).toBe(100_000);
  });

  test('small values are exact, and none give zero', () => {
    const histogram = new Histogram();
    expect(histogram.quantile(0.5)).toBe(0);
    histogram.add(7);
    expect(histogram.quantile(0.5)).toBe(7);
    histogram.reset();
    expect(histogram.count).toBe(0);
  });
});

describe('what the stations of the benchmark say is valid', () => {
  for (const [name, script] of Object.entries<Script>(scripts)) {
    test(name, () => {
      const version = versions.find(({ subprotocol }) => subprotocol === script.subprotocol)!;
      for (const step of [...script.prepare, ...script.loop, ...script.finish]) {
        const frame = frameOf(step.template, script.subprotocol === 'ocpp1.6' ? '1' : '"t-1"');
        for (const offset of frame.times) patch(frame, offset, '2030-01-02T03:04:05.678Z');
        for (const offset of frame.energies) patch(frame, offset, '10000017');
        const [type, id, action, payload] = JSON.parse(unmask(frame)) as [number, string, string, unknown];
        const { request } = version.actions.get(action)!;
        expect([type, id.length, action]).toEqual([2, 36, step.action]);
        expect(request(payload), JSON.stringify(request.errors)).toBe(true);
      }
    });
  }

  test('a MeterValues is as long as those of real stations', () => {
    const [step] = scripts.meterValues16.loop;
    expect(frameOf(step.template, '4711').bytes.length).toBeGreaterThan(650);
    expect(frameOf(step.template, '4711').bytes.length).toBeLessThan(900);
  });
});
