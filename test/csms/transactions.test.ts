import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Payload } from '../../src/ocpp/index.ts';
import { at, now, station } from './support.ts';

type EventType = 'Started' | 'Updated' | 'Ended';

/** A TransactionEvent so many minutes from {@link now}, with the register at that moment. */
function event(eventType: EventType, seqNo: number, minutes: number, register?: number, more: Payload = {}): Payload {
  const { transactionInfo, ...rest } = more;
  const meterValue = [{ timestamp: at(minutes), sampledValue: [{ value: register, unitOfMeasure: { unit: 'Wh' } }] }];
  return {
    eventType,
    timestamp: at(minutes),
    triggerReason: 'Trigger',
    seqNo,
    transactionInfo: { transactionId: 't1', ...transactionInfo },
    ...(register === undefined ? {} : { meterValue }),
    ...rest,
  };
}

const token = { idToken: 'AB12', type: 'ISO14443' };

test('a transaction from its beginning to its end', () => {
  const one = station();
  const evse = { id: 1, connectorId: 2 };
  one.tell(
    'TransactionEvent',
    event('Started', 0, 0, 1000, {
      evse,
      idToken: token,
      reservationId: 7,
      transactionInfo: { remoteStartId: 77, chargingState: 'EVConnected' },
    }),
  );
  one.tell('TransactionEvent', event('Updated', 1, 10, 1200, { transactionInfo: { chargingState: 'Charging' } }));
  expect(one.transactions[0]).toMatchObject({
    endedAt: null,
    chargingState: 'Charging',
    energyWh: 200,
    meterStop: null,
  });
  const { events } = one.tell(
    'TransactionEvent',
    event('Ended', 2, 20, 1500, { transactionInfo: { stoppedReason: 'EVDisconnected', chargingState: 'Idle' } }),
  );
  expect(one.transactions).toHaveLength(1);
  expect(one.transactions[0]).toMatchObject({
    id: 'id-1',
    stationId: 'CS1',
    headId: 't1',
    nativeId: 't1',
    evseId: 1,
    connectorId: 2,
    idToken: 'AB12',
    idTokenType: 'ISO14443',
    startedAt: now,
    endedAt: now + 20 * 60_000,
    stoppedReason: 'EVDisconnected',
    meterStart: 1000,
    meterStop: 1500,
    energyWh: 500,
    chargingState: 'Idle',
    remoteStartId: 77,
    reservationId: 7,
    seqNo: 2,
  });
  expect(events).toEqual([
    {
      type: 'evsebridge.transaction.ended',
      data: expect.objectContaining({
        transactionId: 'id-1',
        nativeId: 't1',
        energyWh: 500,
        meterStart: 1000,
        meterStop: 1500,
        stoppedReason: 'EVDisconnected',
      }),
    },
  ]);
  expect(events?.[0]?.data).not.toHaveProperty('incomplete');
});

test('a transaction of an older Version keeps the id that the station knows', () => {
  const one = station({ native: { 'a-uuid': '4711' } });
  one.tell('TransactionEvent', event('Started', 0, 0, 0, { transactionInfo: { transactionId: 'a-uuid' } }));
  expect(one.transactions[0]).toMatchObject({ id: 'a-uuid', headId: 'a-uuid', nativeId: '4711' });
});

test('events in any order, and any of them twice, make the same transaction', () => {
  const events = [
    event('Started', 0, 0, 1000, {
      idToken: token,
      evse: { id: 1, connectorId: 1 },
      transactionInfo: { chargingState: 'EVConnected' },
    }),
    event('Updated', 1, 5, 1100, { transactionInfo: { chargingState: 'Charging' } }),
    event('Updated', 2, 10, 2600, { transactionInfo: { chargingState: 'SuspendedEV' } }),
    event('Ended', 3, 15, 3000, { transactionInfo: { chargingState: 'Idle', stoppedReason: 'Local' } }),
  ];
  const order = fc
    .shuffledSubarray([0, 1, 2, 3], { minLength: 4 })
    .chain((all) => fc.array(fc.nat(3), { maxLength: 4 }).map((again) => [...all, ...again]));
  fc.assert(
    fc.property(order, (indexes) => {
      const one = station();
      one.setClock(60);
      for (const index of indexes) one.tell('TransactionEvent', structuredClone(events[index] as Payload));
      expect(one.transactions).toHaveLength(1);
      expect(one.transactions[0]).toMatchObject({
        startedAt: now,
        endedAt: now + 15 * 60_000,
        meterStart: 1000,
        meterStop: 3000,
        energyWh: 2000,
        chargingState: 'Idle',
        idToken: 'AB12',
        evseId: 1,
        stoppedReason: 'Local',
        seqNo: 3,
      });
    }),
  );
});

test('an end whose beginning never came is a transaction, and said to be incomplete', () => {
  const one = station();
  const { events } = one.tell('TransactionEvent', event('Ended', 5, 0, 1500));
  expect(one.transactions[0]).toMatchObject({
    startedAt: now,
    endedAt: now,
    meterStart: 1500,
    meterStop: 1500,
    energyWh: 0,
    stoppedReason: 'Local',
  });
  expect(events?.[0]).toMatchObject({ type: 'evsebridge.transaction.ended', data: { incomplete: true } });
  const { events: late } = one.tell('TransactionEvent', event('Started', 0, -20, 1000));
  expect(one.transactions).toHaveLength(1);
  expect(one.transactions[0]).toMatchObject({
    startedAt: now - 20 * 60_000,
    endedAt: now,
    meterStart: 1000,
    energyWh: 500,
  });
  expect(late?.[0]?.data).not.toHaveProperty('incomplete');
});

describe('an id that is used again', () => {
  test('is another transaction when the first has ended before', () => {
    const one = station();
    one.tell('TransactionEvent', event('Started', 0, 0, 1000, { idToken: token }));
    one.tell('TransactionEvent', event('Ended', 1, 10, 1500));
    one.tell('TransactionEvent', event('Started', 0, 20, 1500, { idToken: { idToken: 'CD34', type: 'ISO14443' } }));
    one.tell('TransactionEvent', event('Updated', 1, 25, 1600));
    expect(
      one.transactions.map(({ id, idToken, endedAt, energyWh, seqNo }) => ({
        id,
        idToken,
        ended: endedAt !== null,
        energyWh,
        seqNo,
      })),
    ).toEqual([
      { id: 'id-1', idToken: 'AB12', ended: true, energyWh: 500, seqNo: 1 },
      { id: 'id-2', idToken: 'CD34', ended: false, energyWh: 100, seqNo: 1 },
    ]);
  });

  test('is the same transaction when its beginning is told late', () => {
    const one = station();
    one.tell('TransactionEvent', event('Ended', 1, 10, 1500));
    one.tell('TransactionEvent', event('Started', 0, 0, 1000));
    expect(one.transactions).toHaveLength(1);
  });
});

test('an end that was assumed is corrected by the real one', () => {
  const one = station();
  one.tell('TransactionEvent', event('Started', 0, 0, 1000));
  one.tell('TransactionEvent', event('Ended', 1, 10, 1500));
  const { events } = one.tell(
    'TransactionEvent',
    event('Ended', 2, 12, 1600, { transactionInfo: { stoppedReason: 'PowerLoss' } }),
  );
  expect(one.transactions[0]).toMatchObject({
    endedAt: now + 12 * 60_000,
    meterStop: 1600,
    energyWh: 600,
    stoppedReason: 'PowerLoss',
  });
  expect(events?.[0]?.data).toMatchObject({ corrected: true });
});

test('a station that repeats EVSE and token in every event changes nothing by it', () => {
  const one = station();
  for (const seqNo of [0, 1, 2]) {
    one.tell(
      'TransactionEvent',
      event(seqNo === 0 ? 'Started' : 'Updated', seqNo, seqNo, 1000, { evse: { id: 1 }, idToken: token }),
    );
  }
  expect(one.transactions[0]).toMatchObject({ evseId: 1, connectorId: null, idToken: 'AB12' });
  expect(one.tokens.activeTransactions('AB12')).toBe(1);
});

test('meter values are kept to the letter, signed ones too', () => {
  const one = station();
  const sampledValue = [
    {
      value: 1234.5,
      signedMeterValue: { signedMeterData: ' T0NNRg== ', encodingMethod: 'OCMF' },
      context: 'Transaction.Begin',
      customData: { vendorId: 'x', y: [1] },
    },
  ];
  const { meterValues } = one.tell('TransactionEvent', {
    ...event('Started', 0, 0),
    evse: { id: 3 },
    meterValue: [{ timestamp: at(0), sampledValue }],
  });
  expect(meterValues).toEqual([
    { stationId: 'CS1', transactionId: 'id-1', evseId: 3, at: now, sampledValue: JSON.stringify(sampledValue) },
  ]);
});

describe('a clock that was never set', () => {
  const unset = (minutes: number): string => new Date(minutes * 60_000).toISOString();
  const told = (eventType: EventType, seqNo: number, minutes: number, register: number): Payload => ({
    ...event(eventType, seqNo, 0, register),
    timestamp: unset(minutes),
    meterValue: [{ timestamp: unset(minutes), sampledValue: [{ value: register }] }],
  });

  test('live events happened when they were received', () => {
    const one = station();
    const { deviations, events, meterValues } = one.tell('TransactionEvent', told('Started', 0, 5, 1000));
    expect(deviations).toEqual(['clockUnset']);
    expect(events?.[0]?.data).toMatchObject({ timestamp: at(0) });
    expect(meterValues?.[0]).toMatchObject({ at: now });
    one.setClock(30);
    one.tell('TransactionEvent', told('Updated', 1, 35, 1400));
    one.setClock(60);
    one.tell('TransactionEvent', told('Ended', 2, 65, 1500));
    expect(one.transactions[0]).toMatchObject({ startedAt: now, endedAt: now + 3_600_000, energyWh: 500 });
  });

  test('queued events last as long as that clock says, and end when they were received', () => {
    const one = station();
    one.tell('TransactionEvent', told('Started', 0, 5, 1000));
    one.tell('TransactionEvent', told('Updated', 1, 35, 1400));
    one.tell('TransactionEvent', told('Ended', 2, 65, 1500));
    expect(one.transactions[0]).toMatchObject({ startedAt: now - 3_600_000, endedAt: now, energyWh: 500 });
  });

  test('a clock that is set meanwhile is believed from then on', () => {
    const one = station();
    one.tell('TransactionEvent', told('Started', 0, 5, 1000));
    one.setClock(60);
    one.tell('TransactionEvent', event('Ended', 1, 59, 1500));
    expect(one.transactions[0]).toMatchObject({ startedAt: now, endedAt: now + 59 * 60_000, energyWh: 500 });
  });

  test('a clock that is lost meanwhile does not turn the transaction over', () => {
    const one = station();
    one.tell('TransactionEvent', event('Started', 0, 0, 1000));
    one.setClock(30);
    one.tell('TransactionEvent', told('Updated', 1, 1, 1400));
    one.setClock(60);
    one.tell('TransactionEvent', told('Ended', 2, 31, 1500));
    expect(one.transactions[0]).toMatchObject({
      startedAt: now,
      endedAt: now + 3_600_000,
      meterStart: 1000,
      energyWh: 500,
    });
  });

  test('all that an end repeats counts once', () => {
    const one = station();
    one.tell('TransactionEvent', told('Started', 0, 5, 10_000));
    one.setClock(60);
    const repeated = [5, 35, 65].map((minutes, index) => ({
      timestamp: unset(minutes),
      sampledValue: [{ value: 10_000 + index * 5_000 }],
    }));
    one.tell('TransactionEvent', { ...told('Ended', 1, 65, 0), meterValue: repeated });
    expect(one.transactions[0]).toMatchObject({ energyWh: 10_000, meterStart: 10_000, meterStop: 20_000 });
  });

  test('meter values outside a transaction keep their distances', () => {
    const meterValue = [unset(1), unset(3), at(-5)].map((timestamp) => ({ timestamp, sampledValue: [{ value: 1 }] }));
    const { meterValues, deviations } = station().tell('MeterValues', { evseId: 1, meterValue });
    expect(meterValues?.map((row) => row.at)).toEqual([now - 120_000, now, now - 300_000]);
    expect(deviations).toEqual(['clockUnset']);
    expect(station().tell('MeterValues', { evseId: 1, meterValue: meterValue.slice(2) }).deviations).toBeUndefined();
  });
});

test('a clock that is years ahead does not stop the meter', () => {
  const one = station();
  one.tell('TransactionEvent', event('Started', 0, 0, 1000));
  one.tell('TransactionEvent', {
    ...event('Updated', 1, 1, 1100),
    meterValue: [{ timestamp: '2099-01-01T00:00:00Z', sampledValue: [{ value: 1100 }] }],
  });
  one.setClock(10);
  one.tell('TransactionEvent', event('Ended', 2, 10, 1500));
  expect(one.transactions[0]).toMatchObject({ energyWh: 500 });
});
