/** A station of 1.5 under a CSMS of 1.6: what the station says. */
import { describe, expect, test } from 'vitest';
import { between15and16 } from '../../../../src/ocpp/translate/1.5-1.6/index.ts';
import type { Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { at, type Bridge, bridge, failure } from '../../../support/translation.ts';

const open = (): Bridge => bridge('1.5', '1.6', [between15and16]);

const boot = { chargePointVendor: 'Vendor', chargePointModel: 'Model', firmwareVersion: '1.0' };
const occupied = (minute: number, more: Payload = {}): Payload => ({
  connectorId: 1,
  status: 'Occupied',
  errorCode: 'NoError',
  timestamp: at(minute),
  ...more,
});
const start = (minute: number): Payload => ({ connectorId: 1, idTag: 'AB12', timestamp: at(minute), meterStart: 1000 });
const started = { transactionId: 7, idTagInfo: { status: 'Accepted' } };
const stop = (minute: number): Payload => ({ transactionId: 7, timestamp: at(minute), meterStop: 1500 });
const power = (minute: number, watts: string): Payload => ({
  connectorId: 1,
  transactionId: 7,
  values: [
    {
      timestamp: at(minute),
      value: [{ $value: watts, attributes: { measurand: 'Power.Active.Import', unit: 'W' } }],
    },
  ],
});

/** The statuses that the CSMS is told by a run. */
const statuses = ({ calls }: { calls: readonly { action: string; payload: Payload }[] }): unknown[] =>
  calls.filter(({ action }) => action === 'StatusNotification').map(({ payload }) => payload.status);

describe('BootNotification', () => {
  test('is the same; its answer has heartbeatInterval', () => {
    const run = open().fromStation('BootNotification', boot, {
      status: 'Accepted',
      currentTime: at(0),
      interval: 300,
    });
    expect(run.calls).toEqual([{ action: 'BootNotification', payload: boot }]);
    expect(run.answer).toEqual({ status: 'Accepted', currentTime: at(0), heartbeatInterval: 300 });
  });

  test.each([
    [3600, 60],
    [0, 60],
    [30, 30],
  ])('Pending for %i s is Rejected for %i s', (interval, heartbeatInterval) => {
    const run = open().fromStation('BootNotification', boot, { status: 'Pending', currentTime: at(0), interval });
    expect(run.answer).toEqual({ status: 'Rejected', currentTime: at(0), heartbeatInterval });
  });

  test('Rejected keeps its interval', () => {
    const run = open().fromStation('BootNotification', boot, {
      status: 'Rejected',
      currentTime: at(0),
      interval: 3600,
    });
    expect(run.answer).toEqual({ status: 'Rejected', currentTime: at(0), heartbeatInterval: 3600 });
  });
});

describe('Actions that are the same', () => {
  test('Heartbeat, Authorize', () => {
    const b = open();
    expect(b.fromStation('Heartbeat', {}, { currentTime: at(0) })).toMatchObject({
      calls: [{ action: 'Heartbeat', payload: {} }],
      answer: { currentTime: at(0) },
    });
    const idTagInfo = { status: 'ConcurrentTx', expiryDate: at(60), parentIdTag: 'GROUP' };
    expect(b.fromStation('Authorize', { idTag: 'AB12' }, { idTagInfo })).toMatchObject({
      calls: [{ action: 'Authorize', payload: { idTag: 'AB12' } }],
      answer: { idTagInfo },
    });
  });

  test('DataTransfer, cut to the lengths of 1.6', () => {
    const b = open();
    const answer = { status: 'UnknownVendorId', data: 'd' };
    const run = b.fromStation('DataTransfer', { vendorId: 'v'.repeat(256), messageId: 'm'.repeat(51) }, answer);
    expect(run.calls[0]?.payload).toEqual({ vendorId: 'v'.repeat(255), messageId: 'm'.repeat(50) });
    expect(run.answer).toEqual(answer);
    expect(b.notes).toContainEqual(expect.objectContaining({ action: 'DataTransfer', reason: 'cut to 50 characters' }));
  });

  test.each(['Downloaded', 'DownloadFailed', 'InstallationFailed', 'Installed'])('firmware %s', (status) => {
    expect(open().fromStation('FirmwareStatusNotification', { status })).toMatchObject({
      calls: [{ action: 'FirmwareStatusNotification', payload: { status } }],
      answer: {},
    });
  });

  test.each(['Uploaded', 'UploadFailed'])('diagnostics %s', (status) => {
    expect(open().fromStation('DiagnosticsStatusNotification', { status })).toMatchObject({
      calls: [{ action: 'DiagnosticsStatusNotification', payload: { status } }],
      answer: {},
    });
  });
});

describe('Occupied', () => {
  test('is what the transaction makes of it', () => {
    const b = open();
    expect(statuses(b.fromStation('StatusNotification', occupied(0)))).toEqual(['Preparing']);
    const begun = b.fromStation('StartTransaction', start(1), started, {});
    expect(begun.calls).toEqual([
      { action: 'StartTransaction', payload: start(1) },
      {
        action: 'StatusNotification',
        payload: { connectorId: 1, status: 'Charging', errorCode: 'NoError', timestamp: at(1) },
      },
    ]);
    expect(begun.answer).toEqual(started);
    expect(statuses(b.fromStation('StatusNotification', occupied(2)))).toEqual(['Charging']);
    b.restart();
    const ended = b.fromStation('StopTransaction', stop(3), { idTagInfo: { status: 'Accepted' } }, {});
    expect(ended.calls.map(({ action }) => action)).toEqual(['StopTransaction', 'StatusNotification']);
    expect(ended.calls[1]?.payload).toMatchObject({ status: 'Finishing', timestamp: at(3) });
    expect(ended.answer).toEqual({ idTagInfo: { status: 'Accepted' } });
    expect(statuses(b.fromStation('StatusNotification', occupied(4)))).toEqual(['Finishing']);
    expect(statuses(b.fromStation('StatusNotification', occupied(5, { status: 'Available' })))).toEqual(['Available']);
    expect(statuses(b.fromStation('StatusNotification', occupied(6)))).toEqual(['Preparing']);
  });

  test('in a transaction is SuspendedEV when no power has flowed for more than 60 s', () => {
    const b = open();
    b.fromStation('StatusNotification', occupied(0));
    b.fromStation('StartTransaction', start(1), started);
    expect(statuses(b.fromStation('MeterValues', power(2, '7000')))).toEqual([]);
    expect(statuses(b.fromStation('MeterValues', power(3, '0')))).toEqual([]);
    expect(statuses(b.fromStation('MeterValues', power(4, '0.0')))).toEqual([]);
    b.restart();
    const suspended = b.fromStation('MeterValues', power(5, '0'));
    expect(suspended.calls.map(({ action }) => action)).toEqual(['MeterValues', 'StatusNotification']);
    expect(suspended.calls[1]?.payload).toEqual({
      connectorId: 1,
      status: 'SuspendedEV',
      errorCode: 'NoError',
      timestamp: at(5),
    });
    expect(statuses(b.fromStation('StatusNotification', occupied(6)))).toEqual(['SuspendedEV']);
    expect(statuses(b.fromStation('MeterValues', power(7, '100')))).toEqual(['Charging']);
  });

  test('the station may say it by a status long after the last reading', () => {
    const b = open();
    b.fromStation('StatusNotification', occupied(0));
    b.fromStation('StartTransaction', start(1), started);
    b.fromStation('MeterValues', power(2, '0'));
    expect(statuses(b.fromStation('StatusNotification', occupied(3)))).toEqual(['Charging']);
    expect(statuses(b.fromStation('StatusNotification', occupied(3.1)))).toEqual(['SuspendedEV']);
  });

  test('currents count as well; energy, and the readings of another transaction, do not', () => {
    const b = open();
    b.fromStation('StatusNotification', occupied(0));
    b.fromStation('StartTransaction', start(1), started);
    const of = (minute: number, transactionId: number, ...value: Payload[]): Payload => ({
      connectorId: 1,
      transactionId,
      values: [{ timestamp: at(minute), value }],
    });
    const amperes = ($value: string): Payload => ({ $value, attributes: { measurand: 'Current.Import', unit: 'Amp' } });
    b.fromStation('MeterValues', of(2, 7, { $value: '0' }));
    expect(statuses(b.fromStation('MeterValues', of(9, 7, { $value: '0' })))).toEqual([]);
    b.fromStation('MeterValues', of(10, 7, amperes('0')));
    expect(statuses(b.fromStation('MeterValues', of(15, 6, amperes('0'))))).toEqual([]);
    expect(statuses(b.fromStation('MeterValues', of(16, 7, amperes('0'), amperes('16'))))).toEqual([]);
    b.fromStation('MeterValues', of(17, 7, amperes('0')));
    expect(statuses(b.fromStation('MeterValues', of(19, -1, amperes('0'))))).toEqual(['SuspendedEV']);
  });

  test('is not made up of a connector that has not said it', () => {
    const b = open();
    expect(b.fromStation('StartTransaction', start(1), started).calls).toHaveLength(1);
    expect(b.fromStation('StopTransaction', stop(2)).calls).toHaveLength(1);
    b.fromStation('StatusNotification', occupied(3, { status: 'Faulted', errorCode: 'OtherError' }));
    expect(b.fromStation('StartTransaction', start(4), started).calls).toHaveLength(1);
  });

  test('keeps what else the station said; what the CSMS did not take is told with the next message', () => {
    const b = open();
    b.fromStation('StatusNotification', occupied(0, { errorCode: 'WeakSignal', info: 'far away' }));
    b.fromStation('StartTransaction', start(1), started, failure('InternalError'));
    const run = b.fromStation('MeterValues', power(2, '7000'));
    expect(run.calls[1]?.payload).toEqual({
      connectorId: 1,
      status: 'Charging',
      errorCode: 'WeakSignal',
      info: 'far away',
      timestamp: at(2),
    });
  });

  test('without transaction id the only transaction there is has ended', () => {
    const b = open();
    b.fromStation('StatusNotification', occupied(0));
    b.fromStation('StartTransaction', start(1), started);
    const run = b.fromStation('StopTransaction', { ...stop(2), transactionId: -1 });
    expect(statuses(run)).toEqual(['Finishing']);
  });

  test('of the station itself is none in 1.6', () => {
    expect(statuses(open().fromStation('StatusNotification', occupied(0, { connectorId: 0 })))).toEqual(['Available']);
  });

  test('a refused start is no transaction', () => {
    const b = open();
    b.fromStation('StatusNotification', occupied(0));
    expect(b.fromStation('StartTransaction', start(1), failure('InternalError')).refusal).toMatchObject({
      condition: 'InternalError',
    });
    expect(statuses(b.fromStation('StatusNotification', occupied(2)))).toEqual(['Preparing']);
  });
});

describe('StatusNotification', () => {
  test.each([
    'ConnectorLockFailure',
    'GroundFailure',
    'HighTemperature',
    'NoError',
    'OtherError',
    'OverCurrentFailure',
    'PowerMeterFailure',
    'PowerSwitchFailure',
    'ReaderFailure',
    'ResetFailure',
    'UnderVoltage',
    'WeakSignal',
  ])('%s is the same', (errorCode) => {
    const request = { connectorId: 2, status: 'Faulted', errorCode };
    expect(open().fromStation('StatusNotification', request)).toMatchObject({
      calls: [{ action: 'StatusNotification', payload: request }],
      answer: {},
    });
  });

  test('Mode3Error is EVCommunicationError; long texts are cut', () => {
    const b = open();
    const run = b.fromStation('StatusNotification', {
      connectorId: 1,
      status: 'Faulted',
      errorCode: 'Mode3Error',
      info: 'i'.repeat(51),
      vendorId: 'v'.repeat(256),
      vendorErrorCode: 'e'.repeat(60),
      timestamp: at(0),
    });
    expect(run.calls[0]?.payload).toEqual({
      connectorId: 1,
      status: 'Faulted',
      errorCode: 'EVCommunicationError',
      info: 'i'.repeat(50),
      vendorId: 'v'.repeat(255),
      vendorErrorCode: 'e'.repeat(50),
      timestamp: at(0),
    });
    expect(b.notes).toHaveLength(3);
  });

  test.each(['Available', 'Reserved', 'Unavailable', 'Faulted'])('%s is the same', (status) => {
    expect(statuses(open().fromStation('StatusNotification', occupied(0, { status })))).toEqual([status]);
  });
});

describe('meter values', () => {
  test('attributes are fields', () => {
    const run = open().fromStation('MeterValues', {
      connectorId: 1,
      transactionId: 7,
      values: [
        {
          timestamp: at(1),
          value: [
            { $value: '1500' },
            {
              $value: '16',
              attributes: {
                context: 'Sample.Clock',
                format: 'Raw',
                measurand: 'Current.Import',
                location: 'Outlet',
                unit: 'Amp',
              },
            },
            { $value: '230', attributes: { measurand: 'Voltage', unit: 'Volt' } },
            { $value: '21.5', attributes: { measurand: 'Temperature', unit: 'Celsius' } },
          ],
        },
        { timestamp: at(2), value: [] },
      ],
    });
    expect(run.calls).toEqual([
      {
        action: 'MeterValues',
        payload: {
          connectorId: 1,
          transactionId: 7,
          meterValue: [
            {
              timestamp: at(1),
              sampledValue: [
                { value: '1500' },
                {
                  value: '16',
                  context: 'Sample.Clock',
                  format: 'Raw',
                  measurand: 'Current.Import',
                  location: 'Outlet',
                  unit: 'A',
                },
                { value: '230', measurand: 'Voltage', unit: 'V' },
                { value: '21.5', measurand: 'Temperature', unit: 'Celcius' },
              ],
            },
          ],
        },
      },
    ]);
    expect(run.answer).toEqual({});
  });

  test.each([[{}], [{ values: [] }], [{ values: [{ timestamp: at(0), value: [] }] }]])(
    'what holds none is answered here: %j',
    (values) => {
      expect(open().fromStation('MeterValues', { connectorId: 1, ...values })).toEqual({
        calls: [],
        answer: {},
        refusal: undefined,
      });
    },
  );

  test('of a transaction are one list in 1.6', () => {
    const run = open().fromStation('StopTransaction', {
      ...stop(3),
      idTag: 'AB12',
      transactionData: [
        { values: [{ timestamp: at(1), value: [{ $value: '1', attributes: { unit: 'kWh' } }] }] },
        {},
        { values: [{ timestamp: at(2), value: [{ $value: '2' }] }] },
      ],
    });
    expect(run.calls[0]?.payload).toEqual({
      ...stop(3),
      idTag: 'AB12',
      reason: 'Local',
      transactionData: [
        { timestamp: at(1), sampledValue: [{ value: '1', unit: 'kWh' }] },
        { timestamp: at(2), sampledValue: [{ value: '2' }] },
      ],
    });
  });

  test.each([[[]], [[{}]], [[{ values: [] }]]])('of a transaction that are none: %j', (transactionData) => {
    const run = open().fromStation('StopTransaction', { ...stop(3), transactionData });
    expect(run.calls[0]?.payload).toEqual({ ...stop(3), reason: 'Local' });
  });
});

describe('the reason of a stop', () => {
  const running = (): Bridge => {
    const b = open();
    b.fromStation('StartTransaction', start(0), started);
    return b;
  };
  const reason = (b: Bridge, more: Payload = {}): unknown =>
    b.fromStation('StopTransaction', { ...stop(2), ...more }).calls[0]?.payload.reason;

  test('is Local', () => {
    expect(reason(running())).toBe('Local');
    expect(reason(running(), { idTag: 'AB12' })).toBe('Local');
  });

  test('is Remote when the CSMS asked for it less than five minutes before', () => {
    const b = running();
    b.fromCsms('RemoteStopTransaction', { transactionId: 7 }, { status: 'Accepted' });
    b.restart();
    b.now += 299_000;
    expect(reason(b)).toBe('Remote');
    const late = running();
    late.fromCsms('RemoteStopTransaction', { transactionId: 7 }, { status: 'Accepted' });
    late.now += 300_000;
    expect(reason(late)).toBe('Local');
  });

  test('is Remote with the tag of the start, which some stations repeat, and Local with another', () => {
    const b = running();
    b.fromCsms('RemoteStopTransaction', { transactionId: 7 }, { status: 'Accepted' });
    expect(reason(b, { idTag: 'ab12' })).toBe('Remote');
    const other = running();
    other.fromCsms('RemoteStopTransaction', { transactionId: 7 }, { status: 'Accepted' });
    expect(reason(other, { idTag: 'OTHER' })).toBe('Local');
  });

  test.each([
    ['Local', { status: 'Rejected' }],
    ['Local', failure('NotSupported')],
    ['Remote', failure('GenericError', true)],
  ])('is %s when the station answered %j', (expected, reply) => {
    const b = running();
    b.fromCsms('RemoteStopTransaction', { transactionId: 7 }, reply);
    expect(reason(b)).toBe(expected);
  });

  test('is Local when another transaction was to be stopped', () => {
    const b = running();
    b.fromCsms('RemoteStopTransaction', { transactionId: 8 }, { status: 'Accepted' });
    expect(reason(b)).toBe('Local');
  });

  test('is Remote when the StopTransaction comes before the answer', () => {
    const b = running();
    let told: unknown;
    b.fromCsms('RemoteStopTransaction', { transactionId: 7 }, () => {
      told = reason(b);
      return { status: 'Accepted' };
    });
    expect(told).toBe('Remote');
  });
});
