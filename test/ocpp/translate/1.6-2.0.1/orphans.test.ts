/** Station 1.6, CSMS 2.0.1: transactions of which nothing is heard, and statuses that do not come. */
import { describe, expect, test } from 'vitest';
import { between16and201 } from '../../../../src/ocpp/translate/1.6-2.0.1/index.ts';
import type { TranslationSettings } from '../../../../src/ocpp/translate/context.ts';
import type { Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { at, type Bridge, bridge, type EmittedRun, failure, START } from '../../../support/translation.ts';

const up = (settings: Partial<TranslationSettings> = {}): Bridge => {
  const b = bridge('1.6', '2.0.1', [between16and201], settings);
  status(b, 1, 'Preparing', 0);
  return b;
};
const later = (b: Bridge, minutes: number): readonly EmittedRun[] => {
  b.now = START + minutes * 60_000;
  return b.emitted();
};
const status = (b: Bridge, connectorId: number, value: string, minutes: number): unknown => {
  b.now = START + minutes * 60_000;
  return b.fromStation('StatusNotification', {
    connectorId,
    errorCode: 'NoError',
    status: value,
    timestamp: at(minutes),
  });
};
const start = (b: Bridge, more: Payload = {}): unknown =>
  b.fromStation('StartTransaction', { connectorId: 1, idTag: 'AB12', meterStart: 1000, timestamp: at(1), ...more });
const boot = (b: Bridge, ...replies: Payload[]): unknown =>
  b.fromStation('BootNotification', { chargePointVendor: 'V', chargePointModel: 'M' }, ...replies);
const asked = (runs: readonly EmittedRun[]): unknown[] =>
  runs.flatMap(({ side, calls }) => calls.map(({ action, payload }) => [side, action, payload.connectorId]));

describe('a transaction whose connector is Available', () => {
  const values = {
    connectorId: 1,
    transactionId: 1,
    meterValue: [{ timestamp: at(3), sampledValue: [{ value: '4.5', unit: 'kWh' }] }],
  };

  test('goes on, unless the operator wants it ended', () => {
    const b = up();
    start(b);
    status(b, 1, 'Available', 5);
    expect(later(b, 60)).toEqual([]);
    const stop = b.fromStation('StopTransaction', { transactionId: 1, meterStop: 2000, timestamp: at(4) });
    expect(stop.calls[0]?.payload.eventType).toBe('Ended');
  });

  test('is ended ten minutes later with the last register, also over a restart', () => {
    const b = up({ closeOrphans: true });
    start(b);
    b.fromStation('MeterValues', values);
    status(b, 1, 'Available', 5);
    expect(later(b, 14.9)).toEqual([]);
    b.restart();
    const [run] = later(b, 15);
    expect(run?.calls).toEqual([
      {
        action: 'TransactionEvent',
        payload: {
          eventType: 'Ended',
          timestamp: at(5),
          triggerReason: 'EVCommunicationLost',
          seqNo: 2,
          transactionInfo: {
            transactionId: '00000000-0000-4000-8000-000000000001',
            chargingState: 'Idle',
            stoppedReason: 'EVDisconnected',
          },
          meterValue: [
            {
              timestamp: at(5),
              sampledValue: [
                {
                  value: 4500,
                  context: 'Transaction.End',
                  measurand: 'Energy.Active.Import.Register',
                  location: 'Outlet',
                  unitOfMeasure: { unit: 'Wh' },
                },
              ],
            },
          ],
        },
      },
    ]);
    expect(b.notes.at(-1)).toMatchObject({ field: 'transactionId' });
    // Its StopTransaction comes after all: it cannot end twice.
    const late = b.fromStation('StopTransaction', { transactionId: 1, meterStop: 4600, timestamp: at(4) });
    expect(late).toMatchObject({ calls: [], answer: {} });
  });

  test.each<[string, (b: Bridge) => unknown]>([
    ['another status', (b) => status(b, 1, 'Charging', 6)],
    ['meter values', (b) => b.fromStation('MeterValues', values)],
    ['its end', (b) => b.fromStation('StopTransaction', { transactionId: 1, meterStop: 2000, timestamp: at(4) })],
  ])('is no orphan after %s', (_what, happens) => {
    const b = up({ closeOrphans: true });
    start(b);
    status(b, 1, 'Available', 5);
    happens(b);
    expect(later(b, 60)).toEqual([]);
  });

  test('that the CSMS would not hear of is told again', () => {
    const b = up({ closeOrphans: true });
    start(b);
    status(b, 1, 'Available', 5);
    b.now = START + 15 * 60_000;
    const [refused] = b.emitted(failure('InternalError'));
    b.restart();
    const [again] = later(b, 16);
    const [event] = refused?.calls ?? [];
    expect(again?.calls).toEqual([{ ...event, payload: { ...event?.payload, offline: true } }]);
    expect(later(b, 60)).toEqual([]);
  });
});

describe('a boot', () => {
  test('ends no transaction: the station may go on with it', () => {
    const b = up({ closeOrphans: true });
    start(b);
    boot(b);
    b.restart();
    const stopped = b.fromStation('StopTransaction', {
      transactionId: 1,
      meterStop: 3000,
      timestamp: at(5),
      reason: 'PowerLoss',
    });
    expect(stopped.calls[0]?.payload).toMatchObject({
      eventType: 'Ended',
      triggerReason: 'AbnormalCondition',
      transactionInfo: { stoppedReason: 'PowerLoss' },
    });
  });

  test('is followed by every status, or they are asked for', () => {
    const b = up();
    status(b, 2, 'Available', 0);
    status(b, 0, 'Available', 0);
    boot(b);
    status(b, 2, 'Available', 0.5);
    expect(later(b, 0.9)).toEqual([]);
    b.restart();
    expect(asked(later(b, 1.5))).toEqual([
      ['station', 'TriggerMessage', 1],
      ['station', 'TriggerMessage', 0],
    ]);
    expect(later(b, 60)).toEqual([]);
  });

  test('that was not accepted, or was only asked for, asks for nothing', () => {
    const b = up();
    boot(b, { status: 'Pending', interval: 60, currentTime: at(0) });
    expect(later(b, 60)).toEqual([]);
    b.fromCsms('TriggerMessage', { requestedMessage: 'BootNotification' }, { status: 'Accepted' });
    boot(b, { status: 'Accepted', interval: 60, currentTime: at(0) });
    expect(later(b, 120)).toEqual([]);
  });
});

test('a station that comes back with a transaction is asked what became of it', () => {
  const b = up();
  b.reconnect();
  expect(later(b, 10)).toEqual([]);
  start(b);
  start(b, { connectorId: 2 });
  b.fromStation('StopTransaction', { transactionId: 1, meterStop: 2000, timestamp: at(2) });
  b.reconnect();
  b.restart();
  expect(asked(later(b, 11))).toEqual([['station', 'TriggerMessage', 2]]);
});

describe('E-41: a connector in Finishing', () => {
  test('is asked for after five minutes, once', () => {
    const b = up();
    status(b, 1, 'Finishing', 1);
    status(b, 1, 'Finishing', 4);
    b.restart();
    expect(later(b, 5.9)).toEqual([]);
    expect(asked(later(b, 6))).toEqual([['station', 'TriggerMessage', 1]]);
    expect(later(b, 60)).toEqual([]);
  });

  test('is not asked for when the car has gone', () => {
    const b = up();
    status(b, 1, 'Finishing', 1);
    status(b, 1, 'Available', 4);
    expect(later(b, 60)).toEqual([]);
  });
});

describe('GetTransactionStatus of a 1.6 station', () => {
  const FIRST = '00000000-0000-4000-8000-000000000001';
  const ask = (b: Bridge, transactionId?: string): unknown => {
    const run = b.fromCsms('GetTransactionStatus', transactionId === undefined ? {} : { transactionId });
    expect(run.calls).toEqual([]);
    return run.answer;
  };

  test('says whether the transaction goes on, and whether events wait', () => {
    const b = up();
    expect(ask(b)).toEqual({ messagesInQueue: false });
    expect(ask(b, 'unknown')).toEqual({ messagesInQueue: false, ongoingIndicator: false });
    start(b);
    expect(ask(b, FIRST)).toEqual({ messagesInQueue: false, ongoingIndicator: true });
    const stop = { transactionId: 1, meterStop: 2000, timestamp: at(2) };
    b.fromStation('StopTransaction', stop, failure('InternalError', true));
    b.restart();
    expect(ask(b, FIRST)).toEqual({ messagesInQueue: true, ongoingIndicator: false });
    expect(ask(b)).toEqual({ messagesInQueue: true });
    expect(ask(b, 'unknown')).toEqual({ messagesInQueue: false, ongoingIndicator: false });
    b.fromStation('StopTransaction', stop);
    expect(ask(b)).toEqual({ messagesInQueue: false });
  });
});

test('StartTransaction that comes again before its end is the same transaction, with the same answer', () => {
  const b = up();
  const request = { connectorId: 1, idTag: 'AB12', meterStart: 1000, timestamp: at(1) };
  const first = b.fromStation('StartTransaction', request, { idTokenInfo: { status: 'ConcurrentTx' } });
  b.restart();
  expect(b.fromStation('StartTransaction', request)).toMatchObject({ calls: [], answer: first.answer });
});

test('CostUpdated is taken in: a 1.6 station shows no cost', () => {
  const b = up();
  expect(b.fromCsms('CostUpdated', { totalCost: 1.5, transactionId: 'T' })).toMatchObject({ calls: [], answer: {} });
  expect(b.notes.at(-1)).toMatchObject({ field: 'totalCost' });
});

describe('events that the CSMS does not take', () => {
  const energy = (minutes: number): Payload => ({
    connectorId: 1,
    transactionId: 1,
    meterValue: [{ timestamp: at(minutes), sampledValue: [{ value: '1100' }] }],
  });

  test('go before newer ones, also when the station gave their cause up', () => {
    const b = up();
    expect(b.fromStation('StartTransaction', startOf(), failure('GenericError', true)).refusal).toBeDefined();
    const metered = b.fromStation('MeterValues', { ...energy(2), transactionId: -1 });
    expect(metered.calls.map(({ payload }) => `${payload.eventType} ${payload.seqNo}`)).toEqual([
      'Started 0',
      'Updated 1',
    ]);
    // The station repeats itself after all, and learns its id; nothing is told twice.
    expect(b.fromStation('StartTransaction', startOf())).toMatchObject({ calls: [], answer: { transactionId: 1 } });
  });

  test('are told without the station when it says nothing more', () => {
    const b = up();
    start(b);
    const stop = { transactionId: 1, meterStop: 2000, timestamp: at(2), idTag: 'AB12' };
    b.fromStation('StopTransaction', stop, failure('InternalError'));
    b.restart();
    const [run] = later(b, 1);
    expect(run?.calls.map(({ payload }) => `${payload.eventType} ${payload.seqNo}`)).toEqual(['Ended 1']);
    expect(b.fromStation('StopTransaction', stop)).toMatchObject({
      calls: [],
      answer: { idTagInfo: { status: 'Accepted' } },
    });
    expect(later(b, 60)).toEqual([]);
  });

  test('are given up when the CSMS refuses them again and again: others go on', () => {
    const b = up();
    start(b);
    for (let times = 0; times < 4; times++) {
      expect(b.fromStation('MeterValues', energy(2), failure('FormatViolation')).refusal?.condition).toBe(
        'InternalError',
      );
    }
    expect(b.fromStation('MeterValues', energy(2), failure('FormatViolation')).answer).toEqual({});
    expect(b.notes.at(-1)).toMatchObject({ field: 'TransactionEvent' });
    expect(b.fromStation('MeterValues', energy(3)).calls.map(({ payload }) => payload.seqNo)).toEqual([2]);
  });

  test('a remembered answer that blocks the token stops the transaction', () => {
    const b = up();
    start(b);
    b.fromStation('MeterValues', energy(2), failure('GenericError', true));
    b.now = START + 60_000;
    const runs = b.emitted({ idTokenInfo: { status: 'Blocked' } }, { status: 'Accepted' });
    expect(runs.at(-1)?.calls).toEqual([{ action: 'RemoteStopTransaction', payload: { transactionId: 1 } }]);
  });

  const startOf = (): Payload => ({ connectorId: 1, idTag: 'AB12', meterStart: 1000, timestamp: at(1) });
});
