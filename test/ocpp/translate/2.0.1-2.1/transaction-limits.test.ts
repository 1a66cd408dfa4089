/** A station of 2.0.1 or 1.6 under a 2.1 CSMS that limits its transactions. */
import { describe, expect, it } from 'vitest';
import { between201and21 } from '../../../../src/ocpp/translate/2.0.1-2.1/index.ts';
import type { TranslationSettings } from '../../../../src/ocpp/translate/context.ts';
import { translators } from '../../../../src/ocpp/translate/index.ts';
import type { Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { at, type Bridge, bridge, failure, type Reply, type Run, START } from '../../../support/translation.ts';

const event = (minutes: number, eventType: string, more: Payload = {}, info: Payload = {}): Payload => ({
  eventType,
  timestamp: at(minutes),
  triggerReason: 'MeterValuePeriodic',
  seqNo: minutes,
  ...more,
  transactionInfo: { transactionId: 'T', ...info },
});
const reading = (minutes: number, value: number, more: Payload = {}): Payload => ({
  meterValue: [{ timestamp: at(minutes), sampledValue: [{ value, unitOfMeasure: { unit: 'kWh' }, ...more }] }],
});

/** A transaction that began at 10 kWh, with this limit. */
const limited = (transactionLimit: Payload, settings: Partial<TranslationSettings> = {}): Bridge => {
  const b = bridge('2.0.1', '2.1', [between201and21], settings);
  const started = b.fromStation('TransactionEvent', event(0, 'Started', reading(0, 10)), { transactionLimit });
  expect(started.answer).toEqual({});
  return b;
};
const say = (b: Bridge, minutes: number, more: Payload = {}): Run =>
  b.fromStation('TransactionEvent', event(minutes, 'Updated', more));
const later = (b: Bridge, minutes: number, ...replies: Reply[]): unknown[] => {
  b.now = START + minutes * 60_000;
  return b
    .emitted(...replies)
    .flatMap(({ side, calls }) => calls.map(({ action, payload }) => [side, action, payload]));
};
const stop = [['station', 'RequestStopTransaction', { transactionId: 'T' }]];
const ended = event(9, 'Ended', { triggerReason: 'RemoteStop' }, { stoppedReason: 'Remote' });
const reasonOf = (run: Run): unknown => [
  run.calls[0]?.payload.triggerReason,
  run.calls[0]?.payload.transactionInfo.stoppedReason,
];

describe('maxEnergy', () => {
  it('stops the transaction when it is reached, and is told as the reason', () => {
    const b = limited({ maxEnergy: 5000 });
    say(b, 1, reading(1, 14.999));
    expect(b.emitted()).toEqual([]);
    b.restart();
    say(b, 2, reading(2, 15));
    b.restart();
    expect(later(b, 2, { status: 'Accepted' })).toEqual(stop);
    say(b, 3, reading(3, 15.1));
    expect(later(b, 3)).toEqual([]);
    expect(reasonOf(b.fromStation('TransactionEvent', ended))).toEqual(['EnergyLimitReached', 'EnergyLimitReached']);
    expect(b.state.size('transactionLimit')).toBe(0);
  });

  it('counts from the first register that is told, and from any answer on', () => {
    const b = bridge('2.0.1', '2.1', [between201and21]);
    b.fromStation('TransactionEvent', event(0, 'Started'));
    say(b, 1, reading(1, 20));
    b.fromStation('TransactionEvent', event(2, 'Updated', reading(2, 30)), { transactionLimit: { maxEnergy: 10_000 } });
    expect(later(b, 2, { status: 'Accepted' })).toEqual(stop);
  });

  it('that is set anew takes the place of the one before', () => {
    const b = limited({ maxEnergy: 5000 });
    b.fromStation('TransactionEvent', event(1, 'Updated', reading(1, 11)), { transactionLimit: { maxEnergy: 9000 } });
    say(b, 2, reading(2, 16));
    expect(later(b, 2)).toEqual([]);
  });
});

describe('maxTime', () => {
  it('stops the transaction so many seconds after its beginning, also over a restart', () => {
    const b = limited({ maxTime: 600 });
    say(b, 9);
    b.restart();
    expect(later(b, 9.99)).toEqual([]);
    expect(later(b, 10, { status: 'Accepted' })).toEqual(stop);
    expect(reasonOf(b.fromStation('TransactionEvent', ended))).toEqual(['TimeLimitReached', 'TimeLimitReached']);
  });

  it('is nothing to a transaction that has ended, or whose limit is off', () => {
    const over = limited({ maxTime: 600 });
    over.fromStation('TransactionEvent', ended);
    expect(later(over, 60)).toEqual([]);
    const off = limited({ maxTime: 600 });
    off.fromStation('TransactionEvent', event(1, 'Updated'), { transactionLimit: { maxEnergy: 5000 } });
    expect(later(off, 60)).toEqual([]);
  });

  it('is kept at for a station that does not answer, or refuses', () => {
    const b = limited({ maxTime: 600 });
    expect(later(b, 10, failure('GenericError', true))).toEqual(stop);
    expect(later(b, 11, { status: 'Rejected' })).toEqual(stop);
    const refused = [12, 13, 14, 15].map((minutes) => later(b, minutes, { status: 'Rejected' }));
    expect(refused).toEqual([stop, stop, stop, []]);
    expect(b.notes.at(-1)).toMatchObject({ field: 'transactionLimit' });
    // What ends it then is not the limit.
    expect(reasonOf(b.fromStation('TransactionEvent', ended))).toEqual(['RemoteStop', 'Remote']);
  });
});

it('maxSoC stops the transaction at the state of charge of the car', () => {
  const b = limited({ maxSoC: 80 });
  const soc = (value: number): Payload => reading(1, value, { measurand: 'SoC', unitOfMeasure: { unit: 'Percent' } });
  say(b, 1, soc(79));
  expect(later(b, 1)).toEqual([]);
  say(b, 2, soc(80));
  expect(later(b, 2, { status: 'Accepted' })).toEqual(stop);
  expect(reasonOf(b.fromStation('TransactionEvent', ended))).toEqual(['SoCLimitReached', 'SOCLimitReached']);
});

it('maxCost cannot be watched', () => {
  const b = limited({ maxCost: 20 });
  expect(b.notes).toEqual([expect.objectContaining({ field: 'transactionLimit.maxCost' })]);
});

it('nothing is watched where the operator does not want it', () => {
  const b = limited({ maxTime: 600 }, { emulateLimits: false });
  expect(later(b, 60)).toEqual([]);
  expect(b.notes).toEqual([expect.objectContaining({ field: 'transactionLimit' })]);
  expect(b.state.size('transactionLimit')).toBe(0);
});

it('a 1.6 station is stopped by RemoteStopTransaction', () => {
  const b = bridge('1.6', '2.1', translators);
  const start = { connectorId: 1, idTag: 'AB12', meterStart: 1000, timestamp: at(0) };
  b.fromStation('StartTransaction', start, { transactionLimit: { maxEnergy: 500 } });
  const values = {
    connectorId: 1,
    transactionId: 1,
    meterValue: [{ timestamp: at(1), sampledValue: [{ value: '1500' }] }],
  };
  b.fromStation('MeterValues', values);
  expect(later(b, 1, { status: 'Accepted' })).toEqual([['station', 'RemoteStopTransaction', { transactionId: 1 }]]);
  const stopped = { transactionId: 1, meterStop: 1510, timestamp: at(2), reason: 'Remote' };
  expect(reasonOf(b.fromStation('StopTransaction', stopped))).toEqual(['EnergyLimitReached', 'EnergyLimitReached']);
});
