import { describe, expect, it } from 'vitest';
import { identityOf } from '../../src/gateway/identity.ts';
import { type Payload, type VersionName, versionByName } from '../../src/ocpp/index.ts';

const identity = (version: VersionName, action: string, payload: Payload, text = JSON.stringify(payload)) =>
  identityOf(versionByName(version).actions.get(action)!, payload, text);

describe('what makes a message the same as an earlier one', () => {
  const start = { connectorId: 1, idTag: 'A', meterStart: 5, timestamp: '2026-01-01T00:00:00Z' };
  const event = {
    eventType: 'Updated',
    seqNo: 3,
    timestamp: 't',
    triggerReason: 'Clock',
    transactionInfo: { transactionId: 'x' },
  };

  it('is what the specification names, in the order it comes in or not', () => {
    const { connectorId, ...rest } = start;
    expect(identity('1.6', 'StartTransaction', start)).toBe(
      identity('1.6', 'StartTransaction', { ...rest, connectorId }),
    );
    expect(identity('1.6', 'StartTransaction', start)).toBe(
      identity('1.6', 'StartTransaction', { ...start, reservationId: 7 }),
    );
    for (const change of [
      { connectorId: 2 },
      { idTag: 'B' },
      { meterStart: 6 },
      { timestamp: '2026-01-01T00:00:01Z' },
    ]) {
      expect(identity('1.6', 'StartTransaction', { ...start, ...change })).not.toBe(
        identity('1.6', 'StartTransaction', start),
      );
    }
  });

  it.each(['2.0.1', '2.1'] as const)('is transaction, number and kind of an event of %s', (version) => {
    const same = identity(version, 'TransactionEvent', event);
    expect(identity(version, 'TransactionEvent', { ...event, offline: true })).toBe(same);
    expect(identity(version, 'TransactionEvent', { ...event, seqNo: 4 })).not.toBe(same);
    expect(identity(version, 'TransactionEvent', { ...event, eventType: 'Ended' })).not.toBe(same);
    expect(identity(version, 'TransactionEvent', { ...event, transactionInfo: { transactionId: 'y' } })).not.toBe(same);
  });

  it('is the whole text of MeterValues of 1.6', () => {
    expect(identity('1.6', 'MeterValues', {}, '{"a":1}')).toBe(identity('1.6', 'MeterValues', {}, '{"a":1}'));
    expect(identity('1.6', 'MeterValues', {}, '{"a":1}')).not.toBe(identity('1.6', 'MeterValues', {}, '{"a":2}'));
  });

  it('is short, and tells texts apart that share their beginning', () => {
    const long = (end: string) =>
      identity('2.1', 'TransactionEvent', { ...event, transactionInfo: { transactionId: `${'x'.repeat(500)}${end}` } });
    expect(long('a')?.length).toBeLessThanOrEqual(200);
    expect(long('a')).not.toBe(long('b'));
  });

  it('cannot be forged by separators in a value', () => {
    const one = { ...start, idTag: 'A","5' };
    const two = { ...start, idTag: 'A', timestamp: '5' };
    expect(identity('1.6', 'StartTransaction', one)).not.toBe(identity('1.6', 'StartTransaction', two));
  });

  it('does not exist for what is not repeated', () => {
    expect(identity('1.6', 'Heartbeat', {})).toBeUndefined();
    expect(identity('1.6', 'StatusNotification', {})).toBeUndefined();
    expect(identity('2.1', 'BootNotification', {})).toBeUndefined();
  });
});

describe('a message whose identifying fields are missing', () => {
  const action = versionByName('1.6').actions.get('StartTransaction')!;

  it('is the same as another only to the letter', () => {
    const [first, second] = [
      '{"connectorId":1,"idTag":"T","meterStart":5}',
      '{"connectorId":1,"idTag":"T","meterStart":6}',
    ];
    const of = (text: string) => identityOf(action, JSON.parse(text), text);
    expect(of(first as string)).toBe(of(first as string));
    expect(of(first as string)).not.toBe(of(second as string));
  });
});
