/** Costs and prices: fields of 2.0.1, DataTransfers of 1.6 (D.17, California pricing). */
import { describe, expect, test } from 'vitest';
import { between16and201 } from '../../../../src/ocpp/translate/1.6-2.0.1/index.ts';
import type { Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { at, type Bridge, bridge, type EmittedRun, failure, type Run } from '../../../support/translation.ts';

const vendorId = 'org.openchargealliance.costmsg';
const multilanguage = 'org.openchargealliance.multilanguage';
const text = (content: string): Payload => ({ format: 'UTF8', content });
/** DataTransfers as what they say. */
const opened = (runs: readonly (Run | EmittedRun)[]): readonly unknown[] =>
  runs.flatMap(({ calls }) =>
    calls.map(({ action, payload }) =>
      action === 'DataTransfer' ? [payload.messageId, JSON.parse(payload.data)] : [action, payload],
    ),
  );

describe('a 1.6 station under a 2.0.1 CSMS', () => {
  const station = (costMessages = true): Bridge => bridge('1.6', '2.0.1', [between16and201], { costMessages });
  const start = (b: Bridge, response: Payload = {}): Run =>
    b.fromStation('StartTransaction', { connectorId: 1, idTag: 'AB12', meterStart: 1000, timestamp: at(1) }, response);
  const meter = (b: Bridge, value: string, response: Payload): Run =>
    b.fromStation(
      'MeterValues',
      { connectorId: 1, transactionId: 1, meterValue: [{ timestamp: at(2), sampledValue: [{ value }] }] },
      response,
    );
  const stop = (b: Bridge, response: Payload): Run =>
    b.fromStation('StopTransaction', { transactionId: 1, meterStop: 3000, timestamp: at(3) }, response);
  const id = '00000000-0000-4000-8000-000000000001';

  test('what it costs so far is a RunningCost, with the register that is known', () => {
    const b = station();
    start(b);
    b.now = Date.parse(at(2));
    const run = b.fromCsms('CostUpdated', { totalCost: 1.25, transactionId: id }, { status: 'Accepted' });
    expect(run.calls[0]?.payload.vendorId).toBe(vendorId);
    expect(opened([run])).toEqual([
      [
        'RunningCost',
        { transactionId: 1, timestamp: at(2), meterValue: 1000, cost: 1.25, state: 'Charging', chargingPrice: {} },
      ],
    ]);
    expect(run.answer).toEqual({});
    meter(b, '2000', { totalCost: 2 });
    expect(opened(b.emitted({ status: 'Accepted' }))).toMatchObject([['RunningCost', { meterValue: 2000, cost: 2 }]]);
  });

  test('what the CSMS adds to a cost in customData crosses', () => {
    const b = station();
    start(b);
    const told = {
      timestamp: at(1),
      meterValue: 1900,
      state: 'Idle',
      chargingPrice: { kWhPrice: 0.3 },
      idlePrice: { hourPrice: 1 },
      triggerMeterValue: { atPowerkW: 0.1 },
    };
    const run = b.fromCsms(
      'CostUpdated',
      { totalCost: 1, transactionId: id, customData: { vendorId, ...told } },
      { status: 'Accepted' },
    );
    expect(opened([run])).toEqual([['RunningCost', { transactionId: 1, cost: 1, ...told }]]);
    const others = b.fromCsms(
      'CostUpdated',
      { totalCost: 1, transactionId: id, customData: { vendorId: 'other', state: 'Idle' } },
      { status: 'Accepted' },
    );
    expect(opened([others])).toMatchObject([['RunningCost', { state: 'Charging' }]]);
  });

  test('the last of several costs is told, and none after the end', () => {
    const b = station();
    start(b);
    meter(b, '1500', { totalCost: 1 });
    meter(b, '2000', { totalCost: 2 });
    b.restart();
    expect(opened(b.emitted({ status: 'Accepted' }))).toMatchObject([['RunningCost', { cost: 2 }]]);
    meter(b, '2500', { totalCost: 3 });
    stop(b, {
      totalCost: 4.5,
      updatedPersonalMessage: text('4.50 EUR'),
      customData: { vendorId, qrCodeText: 'https://example.org/1' },
    });
    expect(opened(b.emitted({ status: 'Accepted' }))).toEqual([
      ['FinalCost', { transactionId: 1, cost: 4.5, priceText: '4.50 EUR', qrCodeText: 'https://example.org/1' }],
    ]);
    expect(b.emitted()).toEqual([]);
  });

  test('a final cost without a text is its number; without a cost there is nothing final', () => {
    const b = station();
    start(b);
    stop(b, { totalCost: 0 });
    expect(opened(b.emitted({ status: 'Accepted' }))).toEqual([
      ['FinalCost', { transactionId: 1, cost: 0, priceText: '0' }],
    ]);
    const other = station();
    start(other);
    stop(other, { updatedPersonalMessage: text('Bye') });
    expect(other.emitted()).toEqual([]);
  });

  test('messages for the driver are prices of the user, in several languages', () => {
    const b = station();
    b.fromStation(
      'Authorize',
      { idTag: 'AB12' },
      {
        idTokenInfo: {
          status: 'Accepted',
          personalMessage: text('0.30 EUR/kWh'),
          customData: {
            vendorId: multilanguage,
            personalMessageExtra: [{ format: 'UTF8', language: 'de', content: '0,30 EUR/kWh' }],
          },
        },
      },
    );
    expect(opened(b.emitted({ status: 'Accepted' }))).toEqual([
      [
        'SetUserPrice',
        {
          idToken: 'AB12',
          priceText: '0.30 EUR/kWh',
          priceTextExtra: [{ format: 'UTF8', language: 'de', content: '0,30 EUR/kWh' }],
        },
      ],
    ]);
    start(b, { idTokenInfo: { status: 'Accepted', personalMessage: text('start') } });
    expect(opened(b.emitted({ status: 'Accepted' }))).toEqual([
      ['SetUserPrice', { idToken: 'AB12', priceText: 'start' }],
    ]);
    meter(b, '1500', { updatedPersonalMessage: text('later') });
    expect(opened(b.emitted({ status: 'Accepted' }))).toEqual([
      ['SetUserPrice', { idToken: 'AB12', priceText: 'later' }],
    ]);
    expect(b.notes.map(({ field }) => field)).toEqual(['customData']);
  });

  test('by default, and where the station shows no costs, nothing crosses', () => {
    const off = station(false);
    const told = station();
    told.fromCsms(
      'GetVariables',
      {
        getVariableData: [
          { component: { name: 'TariffCostCtrlr' }, variable: { name: 'Enabled', instance: 'Tariff' } },
        ],
      },
      { configurationKey: [{ key: 'CustomDisplayCostAndPrice', readonly: true, value: 'false' }] },
    );
    for (const b of [off, told]) {
      start(b, { idTokenInfo: { status: 'Accepted', personalMessage: text('x') } });
      meter(b, '1500', { totalCost: 1, updatedPersonalMessage: text('y') });
      const run = b.fromCsms('CostUpdated', { totalCost: 1, transactionId: id });
      expect([run.calls, run.answer]).toEqual([[], {}]);
      stop(b, { totalCost: 2 });
      expect(b.emitted()).toEqual([]);
      const fields = new Set(b.notes.map(({ field }) => field));
      expect(fields).toEqual(new Set(['personalMessage', 'totalCost', 'updatedPersonalMessage']));
    }
  });

  test('what becomes of it at the station is told to the operator only', () => {
    const b = station();
    start(b);
    const cost = { totalCost: 1, transactionId: id };
    for (const reply of [{ status: 'UnknownVendorId' }, failure('NotSupported')]) {
      expect(b.fromCsms('CostUpdated', cost, reply).answer).toEqual({});
      expect(b.notes.at(-1)).toMatchObject({ field: 'RunningCost' });
    }
    expect(b.fromCsms('CostUpdated', cost, failure('GenericError', true)).refusal?.uncertain).toBe(true);
    expect(b.fromCsms('CostUpdated', cost, failure('FormatViolation')).refusal?.condition).toBe('InternalError');
    expect(b.fromCsms('CostUpdated', { ...cost, transactionId: 'other' })).toMatchObject({ calls: [], answer: {} });
  });

  test('ConnectorUnplugged is an event: the car has left', () => {
    const b = station();
    start(b);
    stop(b, {});
    const unplugged = (data: unknown, ...replies: Parameters<Bridge['fromStation']>[2][]): Run =>
      b.fromStation(
        'DataTransfer',
        { vendorId, messageId: 'ConnectorUnplugged', data: typeof data === 'string' ? data : JSON.stringify(data) },
        ...(replies as Payload[]),
      );
    const run = unplugged({ transactionId: 1, timestamp: '2026-01-01T01:00:00+01:00' });
    expect(run.calls).toEqual([
      {
        action: 'NotifyEvent',
        payload: {
          generatedAt: at(0),
          seqNo: 0,
          eventData: [
            {
              eventId: 1,
              timestamp: at(0),
              trigger: 'Delta',
              actualValue: 'false',
              transactionId: id,
              eventNotificationType: 'HardWiredNotification',
              component: { name: 'ConnectedEV', evse: { id: 1, connectorId: 1 } },
              variable: { name: 'Available' },
            },
          ],
        },
      },
    ]);
    expect(run.answer).toEqual({ status: 'Accepted' });
    expect(unplugged({ transactionId: 1, timestamp: at(1) }, failure('NotSupported')).answer).toEqual({
      status: 'Accepted',
    });
    expect(unplugged({ transactionId: 1, timestamp: at(1) }, failure('InternalError')).refusal).toBeDefined();
    expect(unplugged({ transactionId: 7, timestamp: at(1) }).answer?.status).toBe('Rejected');
    expect(unplugged({ transactionId: 1, timestamp: 'soon' }).answer?.status).toBe('Rejected');
    expect(unplugged('{').answer?.status).toBe('Rejected');
    expect(b.fromStation('DataTransfer', { vendorId, messageId: 'SetUserPrice' }).answer).toEqual({
      status: 'UnknownMessageId',
    });
    const off = station(false).fromStation('DataTransfer', { vendorId, messageId: 'ConnectorUnplugged', data: '{}' });
    expect(off.calls.map(({ action }) => action)).toEqual(['DataTransfer']);
  });
});

describe('a 2.0.1 station under a 1.6 CSMS', () => {
  const station = (costMessages = true): Bridge => bridge('2.0.1', '1.6', [between16and201], { costMessages });
  const told = (b: Bridge, messageId: string, data: object, ...replies: Payload[]): Run =>
    b.fromCsms('DataTransfer', { vendorId, messageId, data: JSON.stringify(data) }, ...replies);
  const token = { idToken: '04AABBCCDDEE11', type: 'ISO14443' };
  const event = (eventType: string, seqNo: number, more: Payload = {}): Payload => ({
    eventType,
    seqNo,
    timestamp: at(seqNo),
    triggerReason: 'ChargingStateChanged',
    transactionInfo: { transactionId: 'T1', chargingState: 'Charging' },
    evse: { id: 1, connectorId: 1 },
    idToken: token,
    ...more,
  });
  const charging = (): Bridge => {
    const b = station();
    b.otherwise = ({ action }) =>
      action === 'StartTransaction' ? { transactionId: 17, idTagInfo: { status: 'Accepted' } } : {};
    b.fromStation('TransactionEvent', event('Started', 0));
    return b;
  };

  test('the price of a user is shown with the next answer, once, and after a restart too', () => {
    const b = charging();
    expect(told(b, 'SetUserPrice', { idToken: token.idToken.toLowerCase(), priceText: '0.30 EUR' }).answer).toEqual({
      status: 'Accepted',
    });
    b.restart();
    expect(b.fromStation('TransactionEvent', event('Updated', 1)).answer).toMatchObject({
      updatedPersonalMessage: text('0.30 EUR'),
    });
    expect(b.fromStation('TransactionEvent', event('Updated', 2)).answer).not.toHaveProperty('updatedPersonalMessage');
    told(b, 'SetUserPrice', { idToken: token.idToken, priceText: 'x'.repeat(600) });
    b.otherwise = undefined;
    expect(b.fromStation('Authorize', { idToken: token }, { idTagInfo: { status: 'Accepted' } }).answer).toEqual({
      idTokenInfo: { status: 'Accepted', personalMessage: text('x'.repeat(512)) },
    });
    expect(b.notes.map(({ field }) => field)).toContain('priceText');
  });

  test('RunningCost is CostUpdated, with what it says of prices', () => {
    const b = charging();
    b.otherwise = undefined;
    const more = { timestamp: at(1), meterValue: 5, state: 'Charging', chargingPrice: { kWhPrice: 0.3 } };
    const run = told(b, 'RunningCost', { transactionId: 17, cost: 1.5, ...more }, {});
    expect(run.calls).toEqual([
      {
        action: 'CostUpdated',
        payload: { totalCost: 1.5, transactionId: 'T1', customData: { vendorId, ...more } },
      },
    ]);
    expect(run.answer).toEqual({ status: 'Accepted' });
    expect(told(b, 'RunningCost', { transactionId: 17, cost: 2 }, {}).calls[0]?.payload).toEqual({
      totalCost: 2,
      transactionId: 'T1',
    });
    const refused = b.fromCsms(
      'DataTransfer',
      { vendorId, messageId: 'RunningCost', data: '{"transactionId":17,"cost":1}' },
      failure('NotImplemented'),
    );
    expect(refused.answer).toEqual({ status: 'Rejected', data: 'the station shows no costs' });
  });

  test('FinalCost is in the answer to the end, or comes after it', () => {
    const b = charging();
    const final = { transactionId: 17, cost: 3.31, priceText: 'total', qrCodeText: 'https://example.org' };
    expect(told(b, 'FinalCost', final)).toMatchObject({ calls: [], answer: { status: 'Accepted' } });
    b.restart();
    const ended = b.fromStation('TransactionEvent', event('Ended', 1));
    expect(ended.answer).toMatchObject({
      totalCost: 3.31,
      updatedPersonalMessage: text('total'),
      customData: { vendorId, qrCodeText: 'https://example.org' },
    });
    b.otherwise = undefined;
    expect(opened([told(b, 'FinalCost', { transactionId: 17, cost: 4, priceText: 'late' }, {})])).toEqual([
      ['CostUpdated', { totalCost: 4, transactionId: 'T1', customData: { vendorId, priceText: 'late' } }],
    ]);
  });

  test('what cannot be understood is Rejected with the reason', () => {
    const b = charging();
    const reasons = (
      [
        ['RunningCost', { transactionId: 18, cost: 1 }],
        ['RunningCost', { transactionId: 17, cost: '1' }],
        ['FinalCost', {}],
        ['SetUserPrice', { idToken: 'x' }],
        ['SetUserPrice', { priceText: 'x' }],
      ] as const
    ).map(([messageId, data]) => told(b, messageId, data).answer);
    expect(reasons.every((given) => given?.status === 'Rejected' && typeof given.data === 'string')).toBe(true);
    expect(b.fromCsms('DataTransfer', { vendorId, messageId: 'RunningCost', data: '[]' }).answer?.status).toBe(
      'Rejected',
    );
    expect(told(b, 'ConnectorUnplugged', {}).answer).toEqual({ status: 'UnknownMessageId' });
  });

  test('by default a DataTransfer is a DataTransfer', () => {
    expect(told(station(false), 'RunningCost', {}).calls.map(({ action }) => action)).toEqual(['DataTransfer']);
  });
});
