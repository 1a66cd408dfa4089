/** A station of 1.5 under a CSMS of 1.6: what the CSMS asks for. */
import { describe, expect, test } from 'vitest';
import { between15and16 } from '../../../../src/ocpp/translate/1.5-1.6/index.ts';
import type { Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { at, type Bridge, bridge, failure } from '../../../support/translation.ts';

const open = (settings = {}): Bridge => bridge('1.5', '1.6', [between15and16], settings);
const accepted = { status: 'Accepted' };

const profile = {
  chargingProfileId: 1,
  stackLevel: 0,
  chargingProfilePurpose: 'TxProfile',
  chargingProfileKind: 'Relative',
  chargingSchedule: { chargingRateUnit: 'A', chargingSchedulePeriod: [{ startPeriod: 0, limit: 16 }] },
};

test.each([
  ['Reset', { type: 'Soft' }, { status: 'Rejected' }],
  ['ClearCache', {}, accepted],
  ['ChangeAvailability', { connectorId: 0, type: 'Inoperative' }, { status: 'Scheduled' }],
  ['ReserveNow', { connectorId: 1, expiryDate: at(60), idTag: 'A', parentIdTag: 'P', reservationId: 3 }, accepted],
  ['CancelReservation', { reservationId: 3 }, { status: 'Rejected' }],
  ['UpdateFirmware', { location: 'ftp://x/f.bin', retrieveDate: at(0), retries: 2, retryInterval: 60 }, {}],
  ['GetDiagnostics', { location: 'ftp://x/d', startTime: at(0), stopTime: at(1) }, { fileName: 'd.zip' }],
  ['GetLocalListVersion', {}, { listVersion: -1 }],
  ['RemoteStopTransaction', { transactionId: 9 }, accepted],
  ['RemoteStartTransaction', { connectorId: 1, idTag: 'AB12' }, accepted],
  ['RemoteStartTransaction', { idTag: 'AB12' }, accepted],
  ['DataTransfer', { vendorId: 'v', messageId: 'm', data: 'd' }, { status: 'Accepted', data: 'x' }],
  ['ChangeConfiguration', { key: 'MeterValueSampleInterval', value: '60' }, { status: 'NotSupported' }],
])('%s %j is the same', (action, request, response) => {
  const run = open().fromCsms(action, request, response);
  expect(run.calls).toEqual([{ action, payload: request }]);
  expect(run.answer).toEqual(response);
});

test.each([
  ['ChangeAvailability', { connectorId: -1, type: 'Operative' }, { status: 'Rejected' }],
  ['ReserveNow', { connectorId: -1, expiryDate: at(60), idTag: 'A', reservationId: 3 }, { status: 'Rejected' }],
  ['RemoteStartTransaction', { connectorId: -1, idTag: 'AB12' }, { status: 'Rejected' }],
  ['UnlockConnector', { connectorId: 0 }, { status: 'NotSupported' }],
])('%s %j names no connector of 1.5', (action, request, response) => {
  expect(open().fromCsms(action, request)).toEqual({ calls: [], answer: response, refusal: undefined });
});

test('a file name is cut to what 1.6 holds', () => {
  const run = open().fromCsms('GetDiagnostics', { location: 'ftp://x/d' }, { fileName: 'f'.repeat(300) });
  expect(run.answer).toEqual({ fileName: 'f'.repeat(255) });
});

test.each([
  ['Accepted', 'Unlocked'],
  ['Rejected', 'UnlockFailed'],
])('an unlock that is %s is %s', (older, newer) => {
  const run = open().fromCsms('UnlockConnector', { connectorId: 1 }, { status: older });
  expect(run.calls).toEqual([{ action: 'UnlockConnector', payload: { connectorId: 1 } }]);
  expect(run.answer).toEqual({ status: newer });
});

test('an Action that the station does not know is not supported', () => {
  expect(open().fromCsms('ClearCache', {}, failure('NotImplemented')).refusal?.condition).toBe('NotSupported');
});

describe('RemoteStartTransaction', () => {
  test('connector 0 is the choice of the station', () => {
    const run = open().fromCsms('RemoteStartTransaction', { connectorId: 0, idTag: 'AB12' }, accepted);
    expect(run.calls[0]?.payload).toEqual({ idTag: 'AB12' });
  });

  test('with a profile is Rejected, or goes without it by setting', () => {
    const request = { connectorId: 1, idTag: 'AB12', chargingProfile: profile };
    expect(open().fromCsms('RemoteStartTransaction', request)).toMatchObject({
      calls: [],
      answer: { status: 'Rejected' },
    });
    const b = open({ dropProfile: true });
    const run = b.fromCsms('RemoteStartTransaction', request, accepted);
    expect(run.calls[0]?.payload).toEqual({ connectorId: 1, idTag: 'AB12' });
    expect(run.answer).toEqual(accepted);
    expect(b.notes).toMatchObject([{ action: 'RemoteStartTransaction', field: 'chargingProfile', kind: 'lost' }]);
  });
});

describe('SendLocalList', () => {
  test('has a British list, and no hash', () => {
    const list = [
      { idTag: 'A', idTagInfo: { status: 'Accepted', expiryDate: at(60), parentIdTag: 'P' } },
      { idTag: 'B' },
    ];
    const run = open().fromCsms(
      'SendLocalList',
      { listVersion: 5, updateType: 'Differential', localAuthorizationList: list },
      { status: 'VersionMismatch' },
    );
    expect(run.calls).toEqual([
      {
        action: 'SendLocalList',
        payload: { listVersion: 5, updateType: 'Differential', localAuthorisationList: list },
      },
    ]);
    expect(run.answer).toEqual({ status: 'VersionMismatch' });
  });

  test.each(['Accepted', 'Failed', 'NotSupported', 'VersionMismatch'])('%s is the same', (status) => {
    expect(open().fromCsms('SendLocalList', { listVersion: 1, updateType: 'Full' }, { status }).answer).toEqual({
      status,
    });
  });

  test('HashError is Failed, and the hash of the station stays here', () => {
    const b = open();
    const run = b.fromCsms('SendLocalList', { listVersion: 1, updateType: 'Full' }, { status: 'HashError', hash: 'x' });
    expect(run.answer).toEqual({ status: 'Failed' });
    expect(b.notes).toMatchObject([{ field: 'hash', kind: 'lost' }]);
  });
});

describe('GetConfiguration', () => {
  const withConnectors = (): Bridge => {
    const b = open();
    for (const connectorId of [0, 1, 2]) {
      b.fromStation('StatusNotification', { connectorId, status: 'Available', errorCode: 'NoError' });
    }
    return b;
  };
  const made = [
    { key: 'NumberOfConnectors', readonly: true, value: '2' },
    {
      key: 'SupportedFeatureProfiles',
      readonly: true,
      value: 'Core,FirmwareManagement,LocalAuthListManagement,Reservation',
    },
  ];

  test('of everything has what 1.5 does not know as well', () => {
    const run = withConnectors().fromCsms(
      'GetConfiguration',
      {},
      { configurationKey: [{ key: 'HeartBeatInterval', readonly: false, value: '300' }] },
    );
    expect(run.calls).toEqual([{ action: 'GetConfiguration', payload: {} }]);
    expect(run.answer).toEqual({
      configurationKey: [{ key: 'HeartbeatInterval', readonly: false, value: '300' }, ...made],
    });
  });

  test('of single keys asks the station for those that it may have', () => {
    const run = withConnectors().fromCsms(
      'GetConfiguration',
      { key: ['heartbeatinterval', 'numberofconnectors', 'Nope', 'Silent'] },
      { configurationKey: [{ key: 'HeartBeatInterval', readonly: false, value: '300' }], unknownKey: ['Nope'] },
    );
    expect(run.calls).toEqual([
      { action: 'GetConfiguration', payload: { key: ['HeartBeatInterval', 'Nope', 'Silent'] } },
    ]);
    expect(run.answer).toEqual({
      configurationKey: [
        { key: 'heartbeatinterval', readonly: false, value: '300' },
        { key: 'numberofconnectors', readonly: true, value: '2' },
      ],
      unknownKey: ['Nope', 'Silent'],
    });
  });

  test('of nothing that the station may have is answered here', () => {
    const key = ['NumberOfConnectors', 'SupportedFeatureProfiles'];
    expect(withConnectors().fromCsms('GetConfiguration', { key })).toMatchObject({
      calls: [],
      answer: { configurationKey: made },
    });
    expect(open().fromCsms('GetConfiguration', { key: ['NumberOfConnectors'] }).answer).toEqual({
      unknownKey: ['NumberOfConnectors'],
    });
  });

  test('what the station says itself counts; values are cut', () => {
    const run = open().fromCsms(
      'GetConfiguration',
      { key: [] },
      {
        configurationKey: [
          { key: 'SupportedFeatureProfiles', readonly: true, value: 'Core' },
          { key: 'x', readonly: true, value: 'v'.repeat(600) },
          { key: 'k'.repeat(60), readonly: true },
        ],
        unknownKey: ['u'.repeat(60)],
      },
    );
    expect(run.answer).toEqual({
      configurationKey: [
        { key: 'SupportedFeatureProfiles', readonly: true, value: 'Core' },
        { key: 'x', readonly: true, value: 'v'.repeat(500) },
        { key: 'k'.repeat(50), readonly: true },
      ],
      unknownKey: ['u'.repeat(50)],
    });
  });
});

describe('ChangeConfiguration', () => {
  test('HeartbeatInterval has another capital in 1.5', () => {
    const run = open().fromCsms('ChangeConfiguration', { key: 'HeartbeatInterval', value: '60' }, accepted);
    expect(run.calls).toEqual([{ action: 'ChangeConfiguration', payload: { key: 'HeartBeatInterval', value: '60' } }]);
    expect(run.answer).toEqual(accepted);
  });

  test.each(['NumberOfConnectors', 'supportedFeatureProfiles'])('%s is read-only', (key) => {
    expect(open().fromCsms('ChangeConfiguration', { key, value: '1' })).toMatchObject({
      calls: [],
      answer: { status: 'Rejected' },
    });
  });
});

describe('what 1.5 does not have', () => {
  const location = { location: 'https://x/f', retrieveDateTime: at(0), signingCertificate: 'c', signature: 's' };
  const hash = { hashAlgorithm: 'SHA256', issuerNameHash: 'a', issuerKeyHash: 'b', serialNumber: 'c' };

  test.each([
    ['SetChargingProfile', { connectorId: 1, csChargingProfiles: profile }, 'NotSupported'],
    ['ClearChargingProfile', {}, 'Unknown'],
    ['GetCompositeSchedule', { connectorId: 1, duration: 60 }, 'Rejected'],
  ])('%s is %s', (action, request, status) => {
    expect(open().fromCsms(action, request)).toEqual({ calls: [], answer: { status }, refusal: undefined });
  });

  test.each([
    ['CertificateSigned', { certificateChain: 'x' }],
    ['DeleteCertificate', { certificateHashData: hash }],
    ['ExtendedTriggerMessage', { requestedMessage: 'Heartbeat' }],
    ['GetInstalledCertificateIds', { certificateType: 'ManufacturerRootCertificate' }],
    ['GetLog', { log: { remoteLocation: 'x' }, logType: 'SecurityLog', requestId: 1 }],
    ['InstallCertificate', { certificateType: 'ManufacturerRootCertificate', certificate: 'x' }],
    ['SignedUpdateFirmware', { requestId: 1, firmware: location }],
  ])('%s is not supported', (action, request) => {
    expect(open().fromCsms(action, request)).toMatchObject({ calls: [], refusal: { condition: 'NotSupported' } });
  });
});

describe('TriggerMessage', () => {
  const ask = (b: Bridge, requestedMessage: string, more: Payload = {}): unknown =>
    b.fromCsms('TriggerMessage', { requestedMessage, ...more }).answer?.status;
  const told = (b: Bridge): unknown => {
    b.restart();
    return b.emitted().flatMap(({ side, calls }) => calls.map(({ action, payload }) => ({ side, action, payload })));
  };

  test('Heartbeat is told after the answer', () => {
    const b = open();
    expect(ask(b, 'Heartbeat')).toBe('Accepted');
    expect(told(b)).toEqual([{ side: 'csms', action: 'Heartbeat', payload: {} }]);
    expect(told(b)).toEqual([]);
  });

  test('BootNotification is told again when the CSMS had accepted it', () => {
    const b = open();
    expect(ask(b, 'BootNotification')).toBe('NotImplemented');
    const boot = { chargePointVendor: 'Vendor', chargePointModel: 'Model' };
    const response = (status: string): Payload => ({ status, currentTime: at(0), interval: 60 });
    b.fromStation('BootNotification', boot, response('Accepted'));
    expect(ask(b, 'BootNotification')).toBe('Accepted');
    expect(told(b)).toEqual([{ side: 'csms', action: 'BootNotification', payload: boot }]);
    b.fromStation('BootNotification', boot, response('Pending'));
    expect(ask(b, 'BootNotification')).toBe('NotImplemented');
  });

  test('StatusNotification of one connector, or of all', () => {
    const b = open();
    expect(ask(b, 'StatusNotification')).toBe('NotImplemented');
    b.fromStation('StatusNotification', { connectorId: 0, status: 'Available', errorCode: 'NoError' });
    b.fromStation('StatusNotification', { connectorId: 1, status: 'Occupied', errorCode: 'Mode3Error', info: 'x' });
    b.now += 3_600_000;
    const one = {
      connectorId: 1,
      status: 'Preparing',
      errorCode: 'EVCommunicationError',
      info: 'x',
      timestamp: at(60),
    };
    expect(ask(b, 'StatusNotification', { connectorId: 2 })).toBe('NotImplemented');
    expect(ask(b, 'StatusNotification', { connectorId: 1 })).toBe('Accepted');
    expect(told(b)).toEqual([{ side: 'csms', action: 'StatusNotification', payload: one }]);
    expect(ask(b, 'StatusNotification')).toBe('Accepted');
    expect(told(b)).toEqual([
      {
        side: 'csms',
        action: 'StatusNotification',
        payload: { connectorId: 0, status: 'Available', errorCode: 'NoError', timestamp: at(60) },
      },
      { side: 'csms', action: 'StatusNotification', payload: one },
    ]);
  });

  test('StatusNotification has noticed meanwhile that no power flows', () => {
    const b = open();
    b.fromStation('StatusNotification', { connectorId: 1, status: 'Occupied', errorCode: 'NoError' });
    const begun = { transactionId: 7, idTagInfo: { status: 'Accepted' } };
    b.fromStation('StartTransaction', { connectorId: 1, idTag: 'A', timestamp: at(0), meterStart: 0 }, begun);
    const idle = { $value: '0', attributes: { measurand: 'Power.Active.Import' } };
    b.fromStation('MeterValues', { connectorId: 1, values: [{ timestamp: at(0), value: [idle] }] });
    b.now += 600_000;
    expect(ask(b, 'StatusNotification', { connectorId: 1 })).toBe('Accepted');
    expect(told(b)).toMatchObject([{ payload: { status: 'SuspendedEV', timestamp: at(10) } }]);
    // It is known to the CSMS now.
    const later = { connectorId: 1, values: [{ timestamp: at(11), value: [idle] }] };
    expect(b.fromStation('MeterValues', later).calls).toHaveLength(1);
  });

  test('MeterValues are the last reading, as of its time', () => {
    const b = open();
    expect(ask(b, 'MeterValues', { connectorId: 1 })).toBe('NotImplemented');
    const begun = { transactionId: 7, idTagInfo: { status: 'Accepted' } };
    b.fromStation('StartTransaction', { connectorId: 1, idTag: 'A', timestamp: at(0), meterStart: 0 }, begun);
    b.fromStation('MeterValues', {
      connectorId: 1,
      transactionId: 7,
      values: [
        { timestamp: at(1), value: [{ $value: '1' }] },
        { timestamp: at(2), value: [{ $value: '2', attributes: { context: 'Sample.Clock', unit: 'Wh' } }] },
      ],
    });
    b.now += 600_000;
    expect(ask(b, 'MeterValues', { connectorId: 1 })).toBe('Accepted');
    const meterValue = [{ timestamp: at(2), sampledValue: [{ value: '2', unit: 'Wh', context: 'Trigger' }] }];
    expect(told(b)).toEqual([
      { side: 'csms', action: 'MeterValues', payload: { connectorId: 1, transactionId: 7, meterValue } },
    ]);
    b.fromStation('StopTransaction', { transactionId: 7, timestamp: at(12), meterStop: 10 });
    expect(ask(b, 'MeterValues')).toBe('Accepted');
    expect(told(b)).toEqual([{ side: 'csms', action: 'MeterValues', payload: { connectorId: 1, meterValue } }]);
  });

  test.each(['DiagnosticsStatusNotification', 'FirmwareStatusNotification'])('%s is NotImplemented', (message) => {
    expect(ask(open(), message)).toBe('NotImplemented');
  });
});
