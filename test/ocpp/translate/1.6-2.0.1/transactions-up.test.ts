/** Station 1.6, CSMS 2.0.1: what Start/StopTransaction, MeterValues and StatusNotification become. */
import { describe, expect, test } from 'vitest';
import { between16and201 } from '../../../../src/ocpp/translate/1.6-2.0.1/index.ts';
import type { Message, Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { at, type Bridge, bridge, failure } from '../../../support/translation.ts';

const up = (): Bridge => bridge('1.6', '2.0.1', [between16and201]);
const SECOND = '00000000-0000-4000-8000-000000000002';

const status = (connectorId: number, value: string, minutes: number, more: Payload = {}): Payload => ({
  connectorId,
  errorCode: 'NoError',
  status: value,
  timestamp: at(minutes),
  ...more,
});

const start = (more: Payload = {}): Payload => ({
  connectorId: 1,
  idTag: '04AABBCC',
  meterStart: 1000,
  timestamp: at(1),
  ...more,
});

const energy = (minutes: number, value: string, more: Payload = {}): Payload => ({
  timestamp: at(minutes),
  sampledValue: [
    { value, context: 'Sample.Periodic', measurand: 'Energy.Active.Import.Register', unit: 'Wh', ...more },
  ],
});

const register = (minutes: number, value: number, context: string): Payload => ({
  timestamp: at(minutes),
  sampledValue: [
    {
      value,
      context,
      measurand: 'Energy.Active.Import.Register',
      location: 'Outlet',
      unitOfMeasure: { unit: 'Wh' },
    },
  ],
});

/** The essentials of forwarded Calls, one line each. */
const told = (calls: readonly Message[]): string[] =>
  calls.map(({ action, payload }) => {
    if (action === 'TransactionEvent') {
      const { eventType, seqNo, triggerReason, transactionInfo } = payload;
      return `${eventType} ${seqNo} ${triggerReason} ${transactionInfo.stoppedReason ?? transactionInfo.chargingState ?? ''}`.trim();
    }
    if (action === 'StatusNotification') return `${payload.evseId}.${payload.connectorId} ${payload.connectorStatus}`;
    return action;
  });

describe('a transaction of a 1.6 station under a 2.0.1 CSMS', () => {
  test('what is remembered stays bounded though transactions begin on ever more connectors and none ends', () => {
    const b = up();
    for (let connectorId = 1; connectorId <= 1200; connectorId++) {
      b.fromStation('StartTransaction', start({ connectorId, timestamp: at(connectorId) }));
    }
    const sizes = ['transaction', 'openTransaction', 'transactionProgress'].map((table) => b.state.size(table));
    expect(sizes).toEqual([1000, 1000, 1000]);
  });

  test('what the CSMS refused goes again as the same event when the station repeats itself', () => {
    const b = up();
    const refused = b.fromStation('StartTransaction', start(), failure('GenericError', true));
    expect(refused.refusal).toMatchObject({ condition: 'GenericError', uncertain: true });
    b.restart();
    const again = b.fromStation('StartTransaction', start());
    expect(again.calls).toEqual(refused.calls);
    expect(again.answer).toEqual({ transactionId: 1, idTagInfo: { status: 'Accepted' } });
    // A status is said once: the event that it caused goes before the next one.
    b.fromStation('StatusNotification', status(1, 'Charging', 2), {}, failure('InternalError'));
    const next = b.fromStation('MeterValues', { connectorId: 1, transactionId: 1, meterValue: [energy(3, '1200')] });
    expect(told(next.calls)).toEqual(['Updated 1 ChargingStateChanged Charging', 'Updated 2 MeterValuePeriodic']);
  });

  test('a new transaction ends the one that was open on the connector, at the register where it begins', () => {
    const b = up();
    b.fromStation('StartTransaction', start());
    const second = b.fromStation('StartTransaction', start({ meterStart: 3000, timestamp: at(90) }));
    expect(told(second.calls)).toEqual(['Ended 1 AbnormalCondition Other', 'Started 0 Authorized EVConnected']);
    expect(second.calls[0]?.payload.meterValue).toEqual([register(90, 3000, 'Transaction.End')]);
    expect(second.calls[1]?.payload.transactionInfo.transactionId).toBe(SECOND);
    // Its own StopTransaction comes late: the CSMS knows the end already.
    const late = b.fromStation('StopTransaction', { transactionId: 1, meterStop: 2990, timestamp: at(91) });
    expect(late.calls).toEqual([]);
    expect(late.answer).toEqual({});
    expect(b.notes.at(-1)).toMatchObject({ field: 'transactionId', kind: 'lost' });
  });

  test('StopTransaction of which nothing is known: the beginning is made up from its data', () => {
    const b = up();
    const run = b.fromStation('StopTransaction', {
      transactionId: 0,
      idTag: 'AB12',
      meterStop: 5000,
      timestamp: at(10),
      reason: 'PowerLoss',
      transactionData: [energy(-30, '4.2', { unit: 'kWh', context: 'Transaction.Begin' })],
    });
    expect(told(run.calls)).toEqual(['Started 0 Authorized EVConnected', 'Ended 1 AbnormalCondition PowerLoss']);
    expect(run.calls[0]?.payload).toMatchObject({
      timestamp: at(-30),
      meterValue: [register(-30, 4200, 'Transaction.Begin')],
    });
    expect(run.answer).toEqual({ idTagInfo: { status: 'Accepted' } });
  });

  test('meter values after the end are no Updated', () => {
    const b = up();
    b.fromStation('StartTransaction', start());
    b.fromStation('StopTransaction', { transactionId: 1, meterStop: 2000, timestamp: at(5) });
    const run = b.fromStation('MeterValues', { connectorId: 1, transactionId: 1, meterValue: [energy(6, '2000')] });
    expect(run.calls.map(({ action }) => action)).toEqual(['MeterValues']);
    expect(run.calls[0]?.payload.evseId).toBe(1);
  });

  test.each([
    ['Sample.Clock', undefined, 'MeterValueClock'],
    ['Trigger', undefined, 'Trigger'],
    ['Interruption.Begin', undefined, 'MeterValuePeriodic'],
    ['Transaction.Begin', 'SignedData', 'SignedDataReceived'],
  ])('a sample of context %s and format %s is %s', (context, format, reason) => {
    const b = up();
    b.fromStation('StartTransaction', start());
    const value = energy(2, format === undefined ? '1100' : 'OCMF|{"RD":[{"RV":1.1,"RU":"kWh"}]}|{}', {
      context,
      ...(format === undefined ? {} : { format }),
    });
    const [call] = b.fromStation('MeterValues', { connectorId: 1, meterValue: [value] }).calls;
    expect(call?.payload.triggerReason).toBe(reason);
    expect(call?.payload.meterValue[0].sampledValue[0].value).toBe(1100);
  });

  test('a token whose authorization is taken back in the answer to an Updated stops the transaction', () => {
    const b = up();
    b.fromStation('StartTransaction', start());
    const reply = { idTokenInfo: { status: 'Blocked' } };
    b.fromStation('MeterValues', { connectorId: 1, transactionId: 1, meterValue: [energy(2, '1100')] }, reply);
    expect(b.emitted({ status: 'Accepted' }).map(({ side, calls }) => [side, ...calls])).toEqual([
      ['station', { action: 'RemoteStopTransaction', payload: { transactionId: 1 } }],
    ]);
  });

  test.each([
    ['NoCredit', 'Blocked'],
    ['Unknown', 'Invalid'],
    ['NotAtThisTime', 'Blocked'],
    ['ConcurrentTx', 'ConcurrentTx'],
  ])('Started answered %s tells the station %s', (newer, older) => {
    const b = up();
    expect(b.fromStation('StartTransaction', start(), { idTokenInfo: { status: newer } }).answer).toEqual({
      transactionId: 1,
      idTagInfo: { status: older },
    });
  });

  test('a token for other EVSEs is accepted by Authorize and blocked by StartTransaction', () => {
    const b = up();
    const info = {
      idTokenInfo: { status: 'Accepted', evseId: [2], groupIdToken: { idToken: 'FLEET', type: 'Central' } },
    };
    expect(b.fromStation('Authorize', { idTag: 'AB12' }, info).answer).toEqual({
      idTagInfo: { status: 'Accepted', parentIdTag: 'FLEET' },
    });
    b.restart();
    expect(b.fromStation('StartTransaction', start({ idTag: 'ab12' })).answer).toEqual({
      transactionId: 1,
      idTagInfo: { status: 'Blocked' },
    });
    expect(b.fromStation('StartTransaction', start({ idTag: 'AB12', connectorId: 2 })).answer).toEqual({
      transactionId: 2,
      idTagInfo: { status: 'Accepted' },
    });
  });

  test('a fault in a transaction is a status, an event of the component, and a suspended transaction', () => {
    const b = up();
    b.fromStation('StatusNotification', status(1, 'Charging', 0));
    b.fromStation('StartTransaction', start());
    const fault = { errorCode: 'GroundFailure', info: 'RCD 30 mA', vendorErrorCode: 'E7' };
    const faulted = b.fromStation('StatusNotification', status(1, 'Faulted', 2, fault));
    expect(told(faulted.calls)).toEqual(['1.1 Faulted', 'Updated 1 AbnormalCondition SuspendedEVSE', 'NotifyEvent']);
    expect(faulted.calls[2]?.payload).toEqual({
      generatedAt: at(2),
      seqNo: 0,
      eventData: [
        {
          eventId: 1,
          timestamp: at(2),
          trigger: 'Alerting',
          actualValue: 'true',
          techCode: 'E7',
          techInfo: 'RCD 30 mA',
          eventNotificationType: 'HardWiredNotification',
          component: { name: 'RCD', evse: { id: 1, connectorId: 1 } },
          variable: { name: 'Tripped' },
        },
      ],
    });
    const stopped = b.fromStation('StopTransaction', {
      transactionId: 1,
      meterStop: 1100,
      timestamp: at(3),
      reason: 'Other',
    });
    expect(told(stopped.calls)).toEqual(['Ended 2 AbnormalCondition Other']);
    const cleared = b.fromStation('StatusNotification', status(1, 'Available', 4));
    expect(told(cleared.calls)).toEqual(['1.1 Available', 'NotifyEvent']);
    expect(cleared.calls[1]?.payload.eventData[0]).toMatchObject({
      cleared: true,
      actualValue: 'false',
      component: { name: 'RCD' },
    });
  });

  test('the station as a whole is an event of ChargingStation.AvailabilityState, told once', () => {
    const b = up();
    const run = b.fromStation('StatusNotification', status(0, 'Unavailable', 0));
    expect(run.calls[0]?.payload.eventData[0]).toMatchObject({
      actualValue: 'Unavailable',
      component: { name: 'ChargingStation' },
      variable: { name: 'AvailabilityState' },
    });
    expect(b.fromStation('StatusNotification', status(0, 'Unavailable', 1)).calls).toEqual([]);
  });

  test('an old transaction that is still open is remembered among many that have ended', () => {
    const b = up();
    b.fromStation('StartTransaction', start({ connectorId: 2 }));
    for (let n = 1; n <= 150; n++) {
      b.fromStation('StartTransaction', start({ timestamp: at(n) }));
      b.fromStation('StopTransaction', { transactionId: n + 1, meterStop: 2000, timestamp: at(n + 0.5) });
    }
    const run = b.fromStation('StopTransaction', { transactionId: 1, meterStop: 9000, timestamp: at(200) });
    expect(told(run.calls)).toEqual(['Ended 1 StopAuthorized Local']);
    expect(b.state.size('transaction')).toBeLessThanOrEqual(101);
  });
});

test.each([
  ['Local', 'Local', 'StopAuthorized'],
  ['Remote', 'Remote', 'RemoteStop'],
  ['DeAuthorized', 'DeAuthorized', 'Deauthorized'],
  ['EVDisconnected', 'EVDisconnected', 'EVCommunicationLost'],
  ['EmergencyStop', 'EmergencyStop', 'AbnormalCondition'],
  ['PowerLoss', 'PowerLoss', 'AbnormalCondition'],
  ['Reboot', 'Reboot', 'AbnormalCondition'],
  ['HardReset', 'ImmediateReset', 'ResetCommand'],
  ['SoftReset', 'ImmediateReset', 'ResetCommand'],
  ['UnlockCommand', 'Remote', 'UnlockCommand'],
  ['Other', 'Other', 'ChargingStateChanged'],
  [undefined, 'Local', 'StopAuthorized'],
])('a stop for the reason %s', (reason, stoppedReason, triggerReason) => {
  const b = up();
  b.fromStation('StartTransaction', start());
  const stop = { transactionId: 1, meterStop: 2000, timestamp: at(5), ...(reason === undefined ? {} : { reason }) };
  const [call] = b.fromStation('StopTransaction', stop).calls;
  expect(call?.payload).toMatchObject({ triggerReason, transactionInfo: { stoppedReason } });
});

describe('statuses and transactions', () => {
  test.each([
    ['Charging', 'Updated 1 ChargingStateChanged Charging'],
    ['SuspendedEV', 'Updated 1 ChargingStateChanged SuspendedEV'],
    ['SuspendedEVSE', 'Updated 1 ChargingStateChanged SuspendedEVSE'],
  ])('%s in a transaction is told once, as its chargingState', (value, expected) => {
    const b = up();
    b.fromStation('StatusNotification', status(1, 'Preparing', 0));
    b.fromStation('StartTransaction', start());
    expect(told(b.fromStation('StatusNotification', status(1, value, 2)).calls)).toEqual([expected]);
    expect(b.fromStation('StatusNotification', status(1, value, 3)).calls).toEqual([]);
  });

  test.each(['Preparing', 'Finishing'])('%s in a transaction: the car is connected, and no more', (value) => {
    const b = up();
    b.fromStation('StatusNotification', status(1, 'Charging', 0));
    b.fromStation('StartTransaction', start());
    expect(told(b.fromStation('StatusNotification', status(1, value, 2)).calls)).toEqual([
      'Updated 1 ChargingStateChanged EVConnected',
    ]);
    // The transaction goes on until it is stopped.
    const stopped = b.fromStation('StopTransaction', { transactionId: 1, meterStop: 2000, timestamp: at(3) });
    expect(told(stopped.calls)).toEqual(['Ended 2 StopAuthorized Local']);
  });

  test('Charging before StartTransaction is Occupied, and what Started says', () => {
    const b = up();
    expect(told(b.fromStation('StatusNotification', status(1, 'Charging', 0)).calls)).toEqual(['1.1 Occupied']);
    expect(told(b.fromStation('StartTransaction', start()).calls)).toEqual(['Started 0 Authorized Charging']);
  });

  test('a car that has gone leaves the connector idle', () => {
    const b = up();
    b.fromStation('StartTransaction', start());
    const stop = { transactionId: 1, meterStop: 2000, timestamp: at(5), reason: 'EVDisconnected' };
    expect(b.fromStation('StopTransaction', stop).calls[0]?.payload.transactionInfo.chargingState).toBe('Idle');
  });
});

describe('meter values and transactions', () => {
  const values = (minutes: number, more: Payload = {}): Payload => ({
    connectorId: 1,
    meterValue: [energy(minutes, '1100')],
    ...more,
  });
  const actions = (b: Bridge, request: Payload): string[] =>
    b.fromStation('MeterValues', request).calls.map(({ action }) => action);

  test('without transactionId belong to the transaction of the connector, unless they are older or the operator says so', () => {
    const b = up();
    b.fromStation('StartTransaction', start());
    expect(actions(b, values(2))).toEqual(['TransactionEvent']);
    expect(actions(b, values(0))).toEqual(['MeterValues']);
    expect(actions(b, values(2, { connectorId: 0 }))).toEqual(['MeterValues']);
    expect(actions(b, values(2, { connectorId: 2 }))).toEqual(['MeterValues']);
    const apart = bridge('1.6', '2.0.1', [between16and201], { attachMeterValues: false });
    apart.fromStation('StartTransaction', start());
    expect(actions(apart, values(2))).toEqual(['MeterValues']);
    expect(actions(apart, values(2, { transactionId: 1 }))).toEqual(['TransactionEvent']);
  });

  test('the register at the end is told once', () => {
    const b = up();
    b.fromStation('StartTransaction', start());
    const transactionData = [energy(5, '2000', { context: 'Transaction.End' })];
    const stop = { transactionId: 1, meterStop: 2000, timestamp: at(5), transactionData };
    const [ended] = b.fromStation('StopTransaction', stop).calls;
    expect(ended?.payload.meterValue).toHaveLength(1);
    expect(ended?.payload.meterValue[0].sampledValue).toHaveLength(1);
  });

  test('a register that has gone back says nothing of the transaction before', () => {
    const b = up();
    b.fromStation('StartTransaction', start());
    b.fromStation('MeterValues', { connectorId: 1, transactionId: 1, meterValue: [energy(3, '1400')] });
    const second = b.fromStation('StartTransaction', start({ meterStart: 0, timestamp: at(90) }));
    expect(second.calls[0]?.payload.meterValue).toEqual([register(90, 1400, 'Transaction.End')]);
  });
});

describe('StopTransaction without a number that is known', () => {
  const stop = (more: Payload = {}): Payload => ({ transactionId: -1, meterStop: 5000, timestamp: at(30), ...more });
  const number = (b: Bridge, request: Payload): unknown =>
    b.fromStation('StopTransaction', request).calls.at(-1)?.payload.transactionInfo.transactionId;
  const THIRD = '00000000-0000-4000-8000-000000000003';

  test('is of the transaction that began last, of those that fit', () => {
    const b = up();
    b.fromStation('StartTransaction', start());
    b.fromStation('StartTransaction', start({ connectorId: 2, timestamp: at(2), idTag: 'OTHER' }));
    b.fromStation('StartTransaction', start({ connectorId: 3, timestamp: at(40), meterStart: 9000 }));
    expect(number(b, stop())).toBe(SECOND);
  });

  test('is of the one with its idTag', () => {
    const b = up();
    b.fromStation('StartTransaction', start());
    b.fromStation('StartTransaction', start({ connectorId: 2, timestamp: at(2), idTag: 'OTHER' }));
    expect(number(b, stop({ idTag: '04aabbcc' }))).toBe('00000000-0000-4000-8000-000000000001');
  });

  test('is of the one whose beginning was not confirmed: the station was never told its number', () => {
    const b = up();
    b.fromStation('StartTransaction', start({ connectorId: 3 }), failure('GenericError', true));
    b.otherwise = ({ action }) => (action === 'TransactionEvent' ? failure('GenericError', true) : {});
    b.fromStation('StartTransaction', start({ connectorId: 2, timestamp: at(2) }));
    b.otherwise = undefined;
    b.fromStation('StartTransaction', start({ timestamp: at(3), meterStart: 1200 }));
    // All were told by then: the last one it is.
    expect(number(b, stop())).toBe(THIRD);
    const c = up();
    c.fromStation('StartTransaction', start({ timestamp: at(3) }));
    c.fromStation('StartTransaction', start({ connectorId: 2, timestamp: at(1) }), failure('GenericError', true));
    expect(number(c, stop())).toBe(SECOND);
  });
});
