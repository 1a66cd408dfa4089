/** Station 1.6, CSMS 2.0.1: a Reset that waits, and one that the station does not heed. */
import { describe, expect, test } from 'vitest';
import { between16and201 } from '../../../../src/ocpp/translate/1.6-2.0.1/index.ts';
import type { TranslationSettings } from '../../../../src/ocpp/translate/context.ts';
import type { Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { at, type Bridge, bridge, crash, type EmittedRun, failure, START } from '../../../support/translation.ts';

/** A station with a transaction, whose number is 1. */
const charging = (settings: Partial<TranslationSettings> = {}): Bridge => {
  const b = bridge('1.6', '2.0.1', [between16and201], settings);
  start(b, 1);
  return b;
};
const start = (b: Bridge, minutes: number): unknown =>
  b.fromStation('StartTransaction', { connectorId: 1, idTag: 'AB12', meterStart: 0, timestamp: at(minutes) });
const stop = (b: Bridge, transactionId = 1): unknown =>
  b.fromStation('StopTransaction', { transactionId, meterStop: 10, timestamp: at(2) });
const boot = (b: Bridge): Payload | undefined =>
  b.fromStation('BootNotification', { chargePointVendor: 'V', chargePointModel: 'M' }).calls[0]?.payload;
const sent = (runs: readonly EmittedRun[]): unknown[] =>
  runs.flatMap(({ calls }) => calls.map(({ action, payload }) => `${action} ${payload.type}`));
const later = (b: Bridge, minutes: number, ...replies: Parameters<Bridge['emitted']>): unknown[] => {
  b.now = START + minutes * 60_000;
  return sent(b.emitted(...replies));
};

describe('OnIdle', () => {
  test('is sent again until the station has answered', () => {
    const b = charging();
    b.fromCsms('Reset', { type: 'OnIdle' });
    stop(b);
    expect(sent(b.emitted(failure('GenericError', true)))).toEqual(['Reset Soft']);
    b.restart();
    expect(later(b, 0.9)).toEqual([]);
    expect(later(b, 1, { status: 'Rejected' })).toEqual(['Reset Soft']);
    expect(later(b, 2, { status: 'Accepted' })).toEqual(['Reset Soft']);
    expect(later(b, 60)).toEqual([]);
    expect(b.notes).toEqual([]);
  });

  test('is not lost with a process that ends while it is on its way', () => {
    const b = charging();
    b.fromCsms('Reset', { type: 'OnIdle' });
    stop(b);
    // Before it was sent, and after.
    b.restart();
    expect(sent(b.emitted(crash))).toEqual(['Reset Soft']);
    expect(later(b, 0.9)).toEqual([]);
    expect(later(b, 1, { status: 'Accepted' })).toEqual(['Reset Soft']);
    expect(later(b, 60)).toEqual([]);
  });

  test('is called off by a boot, and explains it', () => {
    const b = charging();
    b.fromCsms('Reset', { type: 'OnIdle' });
    stop(b);
    expect(sent(b.emitted(failure('GenericError', true)))).toEqual(['Reset Soft']);
    // The station resets without a word and comes back: it is given the time to say so.
    b.now = START + 5 * 60_000 - 1;
    b.reconnect();
    expect(sent(b.emitted())).toEqual([]);
    expect(boot(b)?.reason).toBe('RemoteReset');
    expect(later(b, 120)).toEqual([]);
  });

  test('is given up after five times: a station that resets without a word is not reset for ever', () => {
    const b = charging();
    b.fromCsms('Reset', { type: 'OnIdle' });
    stop(b);
    b.otherwise = ({ action }) => (action === 'Reset' ? failure('GenericError', true) : { status: 'Accepted' });
    const resets: unknown[] = [];
    for (let minutes = 0; minutes < 60; minutes++) {
      resets.push(...later(b, minutes));
      b.restart();
      b.reconnect();
    }
    expect(resets).toHaveLength(5);
    expect(b.notes.at(-1)).toMatchObject({ field: 'type' });
  });

  test('waits anew when a transaction begins before it is sent', () => {
    const b = charging();
    b.fromCsms('Reset', { type: 'OnIdle' });
    stop(b);
    start(b, 3);
    expect(b.emitted().flatMap(({ calls }) => calls)).toEqual([]);
    stop(b, 2);
    expect(sent(b.emitted())).toEqual(['Reset Soft']);
  });

  test('a boot makes up for one that waits; a boot that was only asked for does not', () => {
    const b = charging();
    b.fromCsms('Reset', { type: 'OnIdle' });
    b.fromCsms('TriggerMessage', { requestedMessage: 'BootNotification' }, { status: 'Accepted' });
    expect(boot(b)?.reason).toBe('Triggered');
    stop(b);
    expect(sent(b.emitted(failure('GenericError', true)))).toEqual(['Reset Soft']);
    start(b, 3);
    b.fromCsms('Reset', { type: 'OnIdle' });
    boot(b);
    stop(b, 2);
    expect(b.emitted()).toEqual([]);
  });
});

describe('Immediate in a transaction', () => {
  const immediate = (b: Bridge): Payload | undefined =>
    b.fromCsms('Reset', { type: 'Immediate' }, { status: 'Accepted' }).calls[0]?.payload;

  test('is Soft, and Hard two minutes later where the operator wants it so', () => {
    const b = charging({ hardAfterSoftReset: true });
    expect(immediate(b)).toEqual({ type: 'Soft' });
    b.restart();
    expect(later(b, 1.9)).toEqual([]);
    expect(later(b, 2, { status: 'Accepted' })).toEqual(['Reset Hard']);
    expect(later(b, 60)).toEqual([]);
  });

  test('is not made Hard when the station has booted, or nobody asked for it', () => {
    const b = charging({ hardAfterSoftReset: true });
    immediate(b);
    boot(b);
    expect(later(b, 60)).toEqual([]);
    const gentle = charging();
    immediate(gentle);
    expect(later(gentle, 60)).toEqual([]);
  });
});
