/** A station of 1.6 under a CSMS of 1.5, both ways. */
import { describe, expect, test } from 'vitest';
import { between15and16 } from '../../../../src/ocpp/translate/1.5-1.6/index.ts';
import type { Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { at, type Bridge, bridge, failure } from '../../../support/translation.ts';

const open = (): Bridge => bridge('1.6', '1.5', [between15and16]);
const accepted = { status: 'Accepted' };

test('BootNotification: the answer has interval', () => {
  const boot = { chargePointVendor: 'Vendor', chargePointModel: 'Model' };
  const run = open().fromStation('BootNotification', boot, {
    status: 'Rejected',
    currentTime: at(0),
    heartbeatInterval: 600,
  });
  expect(run.calls).toEqual([{ action: 'BootNotification', payload: boot }]);
  expect(run.answer).toEqual({ status: 'Rejected', currentTime: at(0), interval: 600 });
});

test.each([
  ['Heartbeat', {}, { currentTime: at(0) }],
  ['Authorize', { idTag: 'AB12' }, { idTagInfo: { status: 'Blocked', parentIdTag: 'P' } }],
  ['DataTransfer', { vendorId: 'v', data: 'd' }, { status: 'Rejected' }],
  ['FirmwareStatusNotification', { status: 'Installed' }, {}],
  ['DiagnosticsStatusNotification', { status: 'UploadFailed' }, {}],
  [
    'StartTransaction',
    { connectorId: 1, idTag: 'AB12', timestamp: at(0), meterStart: 5, reservationId: 3 },
    { transactionId: 1, idTagInfo: { status: 'Expired', expiryDate: at(0) } },
  ],
])('%s is the same', (action, request, response) => {
  const run = open().fromStation(action, request, response);
  expect(run.calls).toEqual([{ action, payload: request }]);
  expect(run.answer).toEqual(response);
});

describe('StatusNotification', () => {
  const status = (b: Bridge, value: string, more: Payload = {}): unknown =>
    b.fromStation('StatusNotification', { connectorId: 1, status: value, errorCode: 'NoError', ...more }).calls[0]
      ?.payload;

  test.each(['Preparing', 'Charging', 'SuspendedEV', 'SuspendedEVSE', 'Finishing'])('%s is Occupied', (value) => {
    expect(status(open(), value)).toEqual({ connectorId: 1, status: 'Occupied', errorCode: 'NoError' });
  });

  test.each(['Available', 'Reserved', 'Unavailable', 'Faulted'])('%s is the same', (value) => {
    expect(status(open(), value, { timestamp: at(1) })).toEqual({
      connectorId: 1,
      status: value,
      errorCode: 'NoError',
      timestamp: at(1),
    });
  });

  test('what was told is not told again, until the station boots', () => {
    const b = open();
    const seen = (value: string, more?: Payload): unknown => (status(b, value, more) as Payload | undefined)?.status;
    expect(seen('Preparing', { timestamp: at(0) })).toBe('Occupied');
    expect(seen('Charging', { timestamp: at(1) })).toBeUndefined();
    b.restart();
    expect(seen('SuspendedEV', { timestamp: at(2) })).toBeUndefined();
    expect(seen('SuspendedEV', { errorCode: 'WeakSignal' })).toBe('Occupied');
    expect(seen('Finishing', { connectorId: 2 })).toBe('Occupied');
    expect(seen('Available')).toBe('Available');
    expect(seen('Charging')).toBe('Occupied');
    b.fromStation('BootNotification', { chargePointVendor: 'Vendor', chargePointModel: 'Model' });
    expect(seen('Charging')).toBe('Occupied');
    expect(seen('Charging')).toBeUndefined();
  });

  test('what the CSMS did not take is told again', () => {
    const b = open();
    const request = { connectorId: 1, status: 'Preparing', errorCode: 'NoError' };
    expect(b.fromStation('StatusNotification', request, failure('InternalError')).refusal).toBeDefined();
    expect(b.fromStation('StatusNotification', { ...request, status: 'Charging' }).calls).toHaveLength(1);
  });

  test.each([
    ['EVCommunicationError', {}, { errorCode: 'Mode3Error' }],
    ['OverVoltage', {}, { errorCode: 'OtherError', vendorErrorCode: 'OverVoltage' }],
    ['InternalError', { vendorErrorCode: '' }, { errorCode: 'OtherError', vendorErrorCode: 'InternalError' }],
    ['LocalListConflict', { vendorErrorCode: 'E7' }, { errorCode: 'OtherError', vendorErrorCode: 'E7' }],
    ['OtherError', {}, { errorCode: 'OtherError' }],
    ['GroundFailure', { info: 'i', vendorId: 'v' }, { errorCode: 'GroundFailure', info: 'i', vendorId: 'v' }],
  ])('%s %j', (errorCode, more, expected) => {
    expect(status(open(), 'Faulted', { errorCode, ...more })).toEqual({
      connectorId: 1,
      status: 'Faulted',
      ...expected,
    });
  });

  test('a connector below 0 is not told', () => {
    const b = open();
    expect(status(b, 'Available', { connectorId: -1 })).toBeUndefined();
    expect(b.notes).toMatchObject([{ field: 'connectorId', kind: 'lost' }]);
  });
});

describe('transactions', () => {
  test('a connector that no station has is 1', () => {
    const b = open();
    const start = { connectorId: 0, idTag: 'A', timestamp: at(0), meterStart: 0 };
    expect(b.fromStation('StartTransaction', start).calls[0]?.payload).toEqual({ ...start, connectorId: 1 });
    expect(b.notes).toMatchObject([{ field: 'connectorId', kind: 'lost' }]);
  });

  test('StopTransaction has no reason, and its data are in one list', () => {
    const b = open();
    const run = b.fromStation(
      'StopTransaction',
      {
        transactionId: 7,
        timestamp: at(5),
        meterStop: 10,
        idTag: 'AB12',
        reason: 'EVDisconnected',
        transactionData: [
          { timestamp: at(1), sampledValue: [{ value: '1', context: 'Transaction.Begin', unit: 'Wh' }] },
          { timestamp: at(2), sampledValue: [{ value: '80', measurand: 'SoC', unit: 'Percent' }] },
          { timestamp: at(3), sampledValue: [{ value: '2' }] },
        ],
      },
      { idTagInfo: { status: 'Accepted' } },
    );
    expect(run.calls[0]?.payload).toEqual({
      transactionId: 7,
      timestamp: at(5),
      meterStop: 10,
      idTag: 'AB12',
      transactionData: [
        {
          values: [
            { timestamp: at(1), value: [{ $value: '1', attributes: { context: 'Transaction.Begin', unit: 'Wh' } }] },
            { timestamp: at(3), value: [{ $value: '2' }] },
          ],
        },
      ],
    });
    expect(run.answer).toEqual({ idTagInfo: { status: 'Accepted' } });
    expect(b.notes.map(({ field }) => field).sort()).toEqual(['measurand', 'reason']);
  });

  test('nothing is lost of a stop that says no more than 1.5 can', () => {
    const b = open();
    const stop = { transactionId: 7, timestamp: at(5), meterStop: 10 };
    const transactionData = [{ timestamp: at(1), sampledValue: [{ value: '1', measurand: 'RPM' }] }];
    expect(b.fromStation('StopTransaction', { ...stop, reason: 'Local' }).calls[0]?.payload).toEqual(stop);
    expect(b.notes).toEqual([]);
    expect(b.fromStation('StopTransaction', { ...stop, transactionData }).calls[0]?.payload).toEqual(stop);
  });
});

describe('meter values', () => {
  const told = (b: Bridge, ...sampledValue: Payload[]): Payload[] | undefined =>
    b.fromStation('MeterValues', { connectorId: 1, meterValue: [{ timestamp: at(0), sampledValue }] }).calls[0]?.payload
      .values[0].value;
  const down = (...samples: Payload[]): Payload[] | undefined => told(open(), ...samples);

  test('fields are attributes', () => {
    const run = open().fromStation('MeterValues', {
      connectorId: 1,
      transactionId: 7,
      meterValue: [
        {
          timestamp: at(1),
          sampledValue: [
            {
              value: '16',
              context: 'Sample.Clock',
              format: 'Raw',
              measurand: 'Current.Import',
              location: 'Inlet',
              unit: 'A',
            },
            { value: '230', measurand: 'Voltage', unit: 'V' },
          ],
        },
      ],
    });
    expect(run.calls[0]?.payload).toEqual({
      connectorId: 1,
      transactionId: 7,
      values: [
        {
          timestamp: at(1),
          value: [
            {
              $value: '16',
              attributes: {
                context: 'Sample.Clock',
                format: 'Raw',
                measurand: 'Current.Import',
                location: 'Inlet',
                unit: 'Amp',
              },
            },
            { $value: '230', attributes: { measurand: 'Voltage', unit: 'Volt' } },
          ],
        },
      ],
    });
  });

  test.each(['Trigger', 'Other'])('context %s is Sample.Periodic', (context) => {
    expect(down({ value: '1', context })).toEqual([{ $value: '1', attributes: { context: 'Sample.Periodic' } }]);
  });

  test.each(['Cable', 'EV'])('location %s is Outlet', (location) => {
    expect(down({ value: '1', location })).toEqual([{ $value: '1', attributes: { location: 'Outlet' } }]);
  });

  test.each([
    ['294.15', 'K', '21'],
    ['70.7', 'Fahrenheit', '21.5'],
    ['100', 'Fahrenheit', '37.778'],
    ['21.50', 'Celsius', '21.50'],
    ['21.50', 'Celcius', '21.50'],
  ])('%s %s are %s Celsius', (value, unit, celsius) => {
    expect(down({ value, measurand: 'Temperature', unit })).toEqual([
      { $value: celsius, attributes: { measurand: 'Temperature', unit: 'Celsius' } },
    ]);
  });

  test.each([
    [{ value: '1', measurand: 'Current.Offered', unit: 'A' }],
    [{ value: '1', measurand: 'Power.Offered', unit: 'W' }],
    [{ value: '1', measurand: 'Power.Factor' }],
    [{ value: '50', measurand: 'Frequency' }],
    [{ value: '80', measurand: 'SoC', unit: 'Percent' }],
    [{ value: '900', measurand: 'RPM' }],
    [{ value: '1', measurand: 'Power.Active.Import', unit: 'VA' }],
    [{ value: '1', measurand: 'Power.Active.Import', unit: 'kVA' }],
    [{ value: 'warm', measurand: 'Temperature', unit: 'K' }],
    [{ value: 'a signature', measurand: 'Temperature', unit: 'K', format: 'SignedData' }],
  ])('%j cannot be said', (sample) => {
    const b = open();
    expect(told(b, sample)).toBeUndefined();
    expect(b.notes).toMatchObject([{ action: 'MeterValues', kind: 'lost' }]);
    expect(told(b, sample, { value: '5' })).toEqual([{ $value: '5' }]);
  });

  test('a message without samples is answered here', () => {
    expect(open().fromStation('MeterValues', { connectorId: 1, meterValue: [] })).toMatchObject({
      calls: [],
      answer: {},
    });
  });

  test('connector −1 is the station', () => {
    const meterValue = [{ timestamp: at(0), sampledValue: [{ value: '1' }] }];
    const run = open().fromStation('MeterValues', { connectorId: -1, meterValue });
    expect(run.calls[0]?.payload.connectorId).toBe(0);
  });

  describe('of phases', () => {
    const of = (measurand: string, unit: string, ...values: [phase: string | undefined, value: string][]): Payload[] =>
      values.map(([phase, value]) => ({ value, measurand, unit, ...(phase === undefined ? {} : { phase }) }));

    test('the total is kept', () => {
      const b = open();
      const samples = of('Current.Import', 'A', ['L1', '10'], [undefined, '30'], ['L2', '10'], ['L3', '10']);
      expect(told(b, ...samples)).toEqual([{ $value: '30', attributes: { measurand: 'Current.Import', unit: 'Amp' } }]);
      expect(b.notes).toMatchObject([{ field: 'phase', kind: 'lost' }]);
    });

    test.each([
      ['Current.Import', 'A', 'Amp', '30.6'],
      ['Power.Active.Import', 'kW', 'kW', '30.6'],
      ['Energy.Active.Import.Register', 'kWh', 'kWh', '30.6'],
      ['Voltage', 'V', 'Volt', '10.2'],
      ['Temperature', 'Celsius', 'Celsius', '10.2'],
    ])('%s of three phases', (measurand, unit, older, value) => {
      expect(down(...of(measurand, unit, ['L1', '10.1'], ['L2', '10.2'], ['L3', '10.3']))).toEqual([
        { $value: value, attributes: { measurand, unit: older } },
      ]);
    });

    test('a single phase is what there is', () => {
      expect(down(...of('Current.Import', 'A', ['L1', '16']))).toEqual([
        { $value: '16', attributes: { measurand: 'Current.Import', unit: 'Amp' } },
      ]);
    });

    test('the neutral is not added, nor are the voltages between lines to those to neutral', () => {
      expect(
        down(
          ...of('Current.Import', 'A', ['L1', '10'], ['L2', '12'], ['N', '2']),
          ...of('Voltage', 'V', ['L1-L2', '400'], ['L1-N', '230'], ['L2-N', '232']),
        ),
      ).toEqual([
        { $value: '22', attributes: { measurand: 'Current.Import', unit: 'Amp' } },
        { $value: '231', attributes: { measurand: 'Voltage', unit: 'Volt' } },
      ]);
      expect(down(...of('Voltage', 'V', ['L1-L2', '400'], ['L2-L3', '402']))).toEqual([
        { $value: '401', attributes: { measurand: 'Voltage', unit: 'Volt' } },
      ]);
      expect(down(...of('Current.Import', 'A', ['L1', '10'], ['L1-N', '10'], ['L2', '11']))).toEqual([
        { $value: '21', attributes: { measurand: 'Current.Import', unit: 'Amp' } },
      ]);
    });

    test('contexts and locations stay apart; units come together', () => {
      const begin = of('Power.Active.Import', 'W', ['L1', '1'], ['L2', '2']).map((sample) => ({
        ...sample,
        context: 'Transaction.Begin',
      }));
      const mixed = [...of('Power.Active.Import', 'kW', ['L1', '1']), ...of('Power.Active.Import', 'W', ['L2', '500'])];
      expect(down(...begin, ...mixed)).toEqual([
        { $value: '3', attributes: { context: 'Transaction.Begin', measurand: 'Power.Active.Import', unit: 'W' } },
        { $value: '1500', attributes: { measurand: 'Power.Active.Import', unit: 'W' } },
      ]);
    });

    test('what is no number is not added; signed data stay as they are', () => {
      expect(down(...of('Current.Import', 'A', ['L1', '10'], ['L2', '---'], ['L3', '11']))).toEqual([
        { $value: '21', attributes: { measurand: 'Current.Import', unit: 'Amp' } },
      ]);
      expect(down(...of('Current.Import', 'A', ['L1', 'x'], ['L2', 'y']))).toBeUndefined();
      const signed = ['L1', 'L2'].map((phase) => ({ value: `OCMF|${phase}`, format: 'SignedData', phase }));
      expect(down(...signed)).toEqual([
        { $value: 'OCMF|L1', attributes: { format: 'SignedData' } },
        { $value: 'OCMF|L2', attributes: { format: 'SignedData' } },
      ]);
    });
  });
});

describe('what 1.5 has no word for is answered here', () => {
  test.each([
    ['FirmwareStatusNotification', { status: 'Downloading' }, {}],
    ['FirmwareStatusNotification', { status: 'Installing' }, {}],
    ['FirmwareStatusNotification', { status: 'Idle' }, {}],
    ['DiagnosticsStatusNotification', { status: 'Uploading' }, {}],
    ['DiagnosticsStatusNotification', { status: 'Idle' }, {}],
    ['LogStatusNotification', { status: 'Uploaded', requestId: 1 }, {}],
    ['SecurityEventNotification', { type: 'TamperDetectionActivated', timestamp: at(0) }, {}],
    ['SignedFirmwareStatusNotification', { status: 'Installed', requestId: 1 }, {}],
    ['SignCertificate', { csr: 'x' }, { status: 'Rejected' }],
  ])('%s %j', (action, request, answer) => {
    const b = open();
    expect(b.fromStation(action, request)).toEqual({ calls: [], answer, refusal: undefined });
    expect(b.notes).toMatchObject([{ action, kind: 'lost' }]);
  });
});

describe('commands', () => {
  test.each([
    ['Reset', { type: 'Hard' }, accepted],
    ['ClearCache', {}, accepted],
    ['ChangeAvailability', { connectorId: 1, type: 'Operative' }, { status: 'Scheduled' }],
    ['ReserveNow', { connectorId: 0, expiryDate: at(60), idTag: 'A', reservationId: 3 }, { status: 'Faulted' }],
    ['CancelReservation', { reservationId: 3 }, accepted],
    ['UpdateFirmware', { location: 'ftp://x/f.bin', retrieveDate: at(0) }, {}],
    ['GetDiagnostics', { location: 'ftp://x/d' }, {}],
    ['GetLocalListVersion', {}, { listVersion: 4 }],
    ['RemoteStartTransaction', { connectorId: 1, idTag: 'AB12' }, { status: 'Rejected' }],
    ['RemoteStopTransaction', { transactionId: 9 }, accepted],
    ['DataTransfer', { vendorId: 'v' }, { status: 'UnknownMessageId' }],
  ])('%s is the same', (action, request, response) => {
    const run = open().fromCsms(action, request, response);
    expect(run.calls).toEqual([{ action, payload: request }]);
    expect(run.answer).toEqual(response);
  });

  test.each([
    ['Unlocked', 'Accepted'],
    ['UnlockFailed', 'Rejected'],
    ['NotSupported', 'Rejected'],
  ])('an unlock that is %s is %s', (newer, older) => {
    const run = open().fromCsms('UnlockConnector', { connectorId: 1 }, { status: newer });
    expect(run.answer).toEqual({ status: older });
  });

  test('SendLocalList has an American list, and its hash is not checked', () => {
    const b = open();
    const list = [{ idTag: 'A', idTagInfo: accepted }];
    const run = b.fromCsms(
      'SendLocalList',
      { listVersion: 5, updateType: 'Full', localAuthorisationList: list, hash: 'abc' },
      { status: 'Failed' },
    );
    expect(run.calls[0]?.payload).toEqual({ listVersion: 5, updateType: 'Full', localAuthorizationList: list });
    expect(run.answer).toEqual({ status: 'Failed' });
    expect(b.notes).toMatchObject([{ field: 'hash', kind: 'lost' }]);
  });

  test('GetConfiguration spells HeartBeatInterval as 1.5 does', () => {
    const entry = { readonly: false, value: '60' };
    const run = open().fromCsms(
      'GetConfiguration',
      { key: ['HeartBeatInterval', 'Nope'] },
      { configurationKey: [{ key: 'HeartbeatInterval', ...entry }], unknownKey: ['Nope'] },
    );
    expect(run.calls[0]?.payload).toEqual({ key: ['HeartbeatInterval', 'Nope'] });
    expect(run.answer).toEqual({ configurationKey: [{ key: 'HeartBeatInterval', ...entry }], unknownKey: ['Nope'] });
    const all = open().fromCsms('GetConfiguration', {}, { configurationKey: [{ key: 'HeartbeatInterval', ...entry }] });
    expect(all.answer).toEqual({ configurationKey: [{ key: 'HeartBeatInterval', ...entry }] });
  });

  test('a key that is too long for 1.6 is unknown, and not supported', () => {
    const long = 'k'.repeat(51);
    expect(open().fromCsms('GetConfiguration', { key: [long] })).toMatchObject({
      calls: [],
      answer: { unknownKey: [long] },
    });
    expect(open().fromCsms('ChangeConfiguration', { key: long, value: 'v' })).toMatchObject({
      calls: [],
      answer: { status: 'NotSupported' },
    });
    expect(open().fromCsms('ChangeConfiguration', { key: 'k', value: 'v'.repeat(501) })).toMatchObject({
      calls: [],
      answer: { status: 'Rejected' },
    });
  });

  test.each([
    ['Accepted', 'Accepted', 0],
    ['Rejected', 'Rejected', 0],
    ['NotSupported', 'NotSupported', 0],
    ['RebootRequired', 'Accepted', 1],
  ])('a change that is %s is %s', (newer, older, notes) => {
    const b = open();
    const run = b.fromCsms('ChangeConfiguration', { key: 'HeartBeatInterval', value: '60' }, { status: newer });
    expect(run.calls[0]?.payload).toEqual({ key: 'HeartbeatInterval', value: '60' });
    expect(run.answer).toEqual({ status: older });
    expect(b.notes).toHaveLength(notes);
  });
});
