import { describe, expect, test } from 'vitest';
import { compare, type LedgerTransaction, type StoredCall, type StoredTransaction } from '../../bench/kill9/ledger.ts';
import { dialects } from '../../bench/kill9/station.ts';
import { versions } from '../../src/ocpp/index.ts';

const ledger: LedgerTransaction = {
  stationId: 'CP1',
  nativeId: '7',
  meterStart: 10,
  meterStop: 30,
  registers: [20],
  said: [
    { action: 'StartTransaction', payload: '{"meterStart":10,"connectorId":1}', attempts: 1 },
    { action: 'MeterValues', payload: '{"transactionId":7,"value":"20"}', attempts: 2 },
  ],
};
const stored: StoredTransaction = {
  id: 'u-1',
  stationId: 'CP1',
  nativeId: '7',
  endedAt: '2030-01-01T00:00:00.000Z',
  meterStart: 10,
  meterStop: 30,
  meterValues: [{ sampledValue: [{ value: 20 }, { value: 16, measurand: 'Current.Import' }] }],
};
const calls: StoredCall[] = [
  { action: 'StartTransaction', payload: { connectorId: 1, meterStart: 10 } },
  { action: 'MeterValues', payload: { transactionId: 7, value: '20' } },
];

describe('the ledger against what is stored', () => {
  test('all is there once', () => {
    expect(compare([ledger], [stored], calls)).toEqual({ missing: [], twice: [], wrong: [] });
  });

  test('an answered transaction is missing', () => {
    expect(compare([ledger], [], calls).missing).toEqual(['CP1: transaction 7']);
  });

  test('a meter value, an end and a Journal entry are missing', () => {
    const { missing } = compare([ledger], [{ ...stored, endedAt: null, meterValues: [] }], calls.slice(0, 1));
    expect(missing).toHaveLength(3);
    expect(missing.join()).toMatch(/MeterValues in the Journal.*its end.*meter value 20 Wh/s);
  });

  test('twice: transaction, meter value, Journal entry', () => {
    const value = stored.meterValues[0]!;
    const { twice } = compare([ledger], [{ ...stored, meterValues: [value, value] }, stored], [...calls, calls[0]!]);
    expect(twice).toHaveLength(3);
  });

  test('wrong: never said, said otherwise', () => {
    const alien = { ...stored, nativeId: '8' };
    const { wrong } = compare(
      [ledger],
      [{ ...stored, meterStop: 31, meterValues: [{ sampledValue: [{ value: 20 }, { value: 99 }] }] }, alien],
      calls,
    );
    expect(wrong).toEqual([
      'CP1: transaction 8 is stored and the station does not know it',
      'CP1: transaction 7: meterStop 31, not 30',
      'CP1: transaction 7: meter value 99 Wh was never said',
    ]);
  });
});

describe('what the stations say is valid', () => {
  test.each(['1.6', '2.0.1'] as const)('%s', (name) => {
    const version = versions.find((each) => each.name === name)!;
    const draft = { nativeId: '7', time: () => '2030-01-01T00:00:00.000Z', register: 5 };
    const { boot, start, meter, stop } = dialects[name];
    for (const [action, payload] of [boot, start(draft), meter(draft, 6, 1), stop(draft, 2)]) {
      const { request } = version.actions.get(action)!;
      expect(request(payload), JSON.stringify(request.errors)).toBe(true);
    }
  });
});
