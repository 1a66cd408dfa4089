/** Station 2.0.1, CSMS 1.6: the station's boot and its authorizations, and what the CSMS asks of it. */
import { describe, expect, test } from 'vitest';
import { between16and201 } from '../../../../src/ocpp/translate/1.6-2.0.1/index.ts';
import type { Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { at, type Bridge, bridge, failure } from '../../../support/translation.ts';

/** A station with as many EVSEs, all of them Available. */
const withEvses = (count: number): Bridge => {
  const b = bridge('2.0.1', '1.6', [between16and201]);
  for (let evseId = 1; evseId <= count; evseId++) {
    b.fromStation('StatusNotification', { timestamp: at(0), connectorStatus: 'Available', evseId, connectorId: 1 });
  }
  return b;
};

/** A transaction that the CSMS knows as 42. */
const charge = (b: Bridge, more: Payload = {}): void => {
  const event = {
    eventType: 'Started',
    timestamp: at(1),
    triggerReason: 'Authorized',
    seqNo: 0,
    transactionInfo: { transactionId: 'TX-1', chargingState: 'Charging' },
    evse: { id: 1, connectorId: 1 },
    idToken: { idToken: 'AB12', type: 'KeyCode' },
    ...more,
  };
  b.otherwise = ({ action }) =>
    action === 'StartTransaction' ? { transactionId: 42, idTagInfo: { status: 'Accepted' } } : {};
  b.fromStation('TransactionEvent', event);
  b.otherwise = undefined;
};

test('BootNotification: every field, and what is too long', () => {
  const b = withEvses(1);
  const boot = {
    reason: 'PowerUp',
    chargingStation: {
      vendorName: 'A vendor with a name that is long',
      model: 'Model',
      serialNumber: 'S-1',
      firmwareVersion: '2.0',
      modem: { iccid: '8931', imsi: '2040' },
    },
  };
  const run = b.fromStation('BootNotification', boot, { status: 'Pending', interval: 60, currentTime: at(0) });
  expect(run.calls).toEqual([
    {
      action: 'BootNotification',
      payload: {
        chargePointVendor: 'A vendor with a name',
        chargePointModel: 'Model',
        chargePointSerialNumber: 'S-1',
        firmwareVersion: '2.0',
        iccid: '8931',
        imsi: '2040',
      },
    },
  ]);
  expect(run.answer).toEqual({ status: 'Pending', interval: 60, currentTime: at(0) });
});

test('Authorize: idTagInfo becomes idTokenInfo', () => {
  const b = withEvses(1);
  const run = b.fromStation(
    'Authorize',
    { idToken: { idToken: 'AB12', type: 'KeyCode', additionalInfo: [{ additionalIdToken: 'x', type: 'y' }] } },
    { idTagInfo: { status: 'Expired', expiryDate: at(5), parentIdTag: 'FLEET' } },
  );
  expect(run.calls).toEqual([{ action: 'Authorize', payload: { idTag: 'AB12' } }]);
  expect(run.answer).toEqual({
    idTokenInfo: { status: 'Expired', cacheExpiryDateTime: at(5), groupIdToken: { idToken: 'FLEET', type: 'Central' } },
  });
  const free = b.fromStation('Authorize', { idToken: { idToken: '', type: 'NoAuthorization' } });
  expect(free.calls[0]?.payload).toEqual({ idTag: 'NOAUTH' });
});

describe('RemoteStartTransaction', () => {
  test('a token of the CSMS, unless it is one that the station has read', () => {
    const b = withEvses(2);
    const first = b.fromCsms('RemoteStartTransaction', { idTag: '04AABBCC', connectorId: 2 }, { status: 'Accepted' });
    expect(first.calls).toEqual([
      {
        action: 'RequestStartTransaction',
        payload: { evseId: 2, remoteStartId: 1, idToken: { idToken: '04AABBCC', type: 'Central' } },
      },
    ]);
    expect(first.answer).toEqual({ status: 'Accepted' });
    b.fromStation('Authorize', { idToken: { idToken: '04AABBCC', type: 'ISO14443' } });
    b.restart();
    const second = b.fromCsms(
      'RemoteStartTransaction',
      { idTag: '04aabbcc' },
      { status: 'Accepted', transactionId: 'TX-9' },
    );
    expect(second.calls[0]?.payload).toEqual({ remoteStartId: 2, idToken: { idToken: '04AABBCC', type: 'ISO14443' } });
    expect(second.answer).toEqual({ status: 'Accepted' });
  });

  test('the transaction that it starts has its token, though no event carries one', () => {
    const b = withEvses(1);
    b.fromCsms('RemoteStartTransaction', { idTag: 'APP-1', connectorId: 1 }, { status: 'Accepted' });
    const event = {
      eventType: 'Started',
      timestamp: at(1),
      triggerReason: 'RemoteStart',
      seqNo: 0,
      transactionInfo: { transactionId: 'TX-1', chargingState: 'EVConnected', remoteStartId: 1 },
      evse: { id: 1 },
    };
    const calls = b
      .fromStation('TransactionEvent', event)
      .calls.map(({ action, payload }) => `${action} ${payload.idTag ?? payload.status}`);
    expect(calls).toEqual([
      'StatusNotification Preparing',
      'StartTransaction APP-1',
      'StatusNotification SuspendedEVSE',
    ]);
  });

  test('its profile goes with it without transactionId, or nothing goes', () => {
    const b = withEvses(1);
    const chargingProfile = {
      chargingProfileId: 3,
      transactionId: 5,
      stackLevel: 0,
      chargingProfilePurpose: 'TxProfile',
      chargingProfileKind: 'Relative',
      chargingSchedule: { chargingRateUnit: 'A', chargingSchedulePeriod: [{ startPeriod: 0, limit: 16 }] },
    };
    const [call] = b.fromCsms('RemoteStartTransaction', { idTag: 'A', chargingProfile }).calls;
    expect(call?.payload.chargingProfile).toMatchObject({ id: 3, chargingSchedule: [{ chargingRateUnit: 'A' }] });
    expect(call?.payload.chargingProfile).not.toHaveProperty('transactionId');
    const wrong = { ...chargingProfile, chargingProfilePurpose: 'TxDefaultProfile' };
    expect(b.fromCsms('RemoteStartTransaction', { idTag: 'A', chargingProfile: wrong })).toMatchObject({
      calls: [],
      answer: { status: 'Rejected' },
    });
  });
});

test('RemoteStopTransaction finds the transaction by its number', () => {
  const b = withEvses(1);
  for (const transactionId of [42, -1, 0]) {
    expect(b.fromCsms('RemoteStopTransaction', { transactionId })).toMatchObject({
      calls: [],
      answer: { status: 'Rejected' },
    });
  }
  charge(b);
  b.restart();
  const run = b.fromCsms('RemoteStopTransaction', { transactionId: 42 }, { status: 'Accepted' });
  expect(run).toMatchObject({
    calls: [{ action: 'RequestStopTransaction', payload: { transactionId: 'TX-1' } }],
    answer: { status: 'Accepted' },
  });
});

test.each([
  ['Unlocked', 'Unlocked'],
  ['UnlockFailed', 'UnlockFailed'],
  ['OngoingAuthorizedTransaction', 'UnlockFailed'],
  ['UnknownConnector', 'NotSupported'],
])('UnlockConnector answered %s is %s', (newer, older) => {
  const b = withEvses(2);
  const run = b.fromCsms('UnlockConnector', { connectorId: 2 }, { status: newer, statusInfo: { reasonCode: 'X' } });
  expect(run.calls).toEqual([{ action: 'UnlockConnector', payload: { evseId: 2, connectorId: 1 } }]);
  expect(run.answer).toEqual({ status: older });
});

describe('Reset', () => {
  test('Soft waits for the transactions where the operator wants it so', () => {
    const b = bridge('2.0.1', '1.6', [between16and201], { softReset: 'OnIdle' });
    expect(b.fromCsms('Reset', { type: 'Soft' }, { status: 'Scheduled' })).toMatchObject({
      calls: [{ action: 'Reset', payload: { type: 'OnIdle' } }],
      answer: { status: 'Accepted' },
    });
  });

  test('a refusal and a silence are passed on', () => {
    const b = withEvses(1);
    expect(b.fromCsms('Reset', { type: 'Hard' }, { status: 'Rejected' }).answer).toEqual({ status: 'Rejected' });
    expect(b.fromCsms('Reset', { type: 'Hard' }, failure('GenericError', true)).refusal?.uncertain).toBe(true);
    expect(b.fromCsms('Reset', { type: 'Hard' }, failure('FormatViolation')).refusal?.condition).toBe('InternalError');
  });
});

describe('TriggerMessage', () => {
  test('the status of one connector, of all of them, and of the station', () => {
    const b = withEvses(2);
    const one = b.fromCsms('TriggerMessage', { requestedMessage: 'StatusNotification', connectorId: 2 });
    expect(one.calls).toEqual([
      {
        action: 'TriggerMessage',
        payload: { requestedMessage: 'StatusNotification', evse: { id: 2, connectorId: 1 } },
      },
    ]);
    const again = { timestamp: at(1), connectorStatus: 'Available', evseId: 2, connectorId: 1 };
    expect(b.fromStation('StatusNotification', again).calls).toHaveLength(1);
    const all = b.fromCsms(
      'TriggerMessage',
      { requestedMessage: 'StatusNotification' },
      { status: 'Accepted' },
      { status: 'Rejected' },
    );
    expect(all.calls.map(({ payload }) => payload.evse.id)).toEqual([1, 2]);
    expect(all.answer).toEqual({ status: 'Rejected' });
    b.emitted();
    const station = b.fromCsms('TriggerMessage', { requestedMessage: 'StatusNotification', connectorId: 0 });
    expect(station).toMatchObject({ calls: [], answer: { status: 'Accepted' } });
    expect(b.emitted()[0]?.calls).toEqual([
      {
        action: 'StatusNotification',
        payload: { connectorId: 0, status: 'Available', timestamp: at(0), errorCode: 'NoError' },
      },
    ]);
  });

  test.each([
    ['TriggerMessage', 'BootNotification', 'BootNotification'],
    ['TriggerMessage', 'Heartbeat', 'Heartbeat'],
    ['TriggerMessage', 'FirmwareStatusNotification', 'FirmwareStatusNotification'],
    ['TriggerMessage', 'DiagnosticsStatusNotification', 'LogStatusNotification'],
    ['ExtendedTriggerMessage', 'LogStatusNotification', 'LogStatusNotification'],
    ['ExtendedTriggerMessage', 'SignChargePointCertificate', 'SignChargingStationCertificate'],
    ['ExtendedTriggerMessage', 'FirmwareStatusNotification', 'FirmwareStatusNotification'],
  ])('%s %s asks for %s', (action, older, newer) => {
    const run = withEvses(1).fromCsms(action, { requestedMessage: older }, { status: 'NotImplemented' });
    expect(run.calls).toEqual([{ action: 'TriggerMessage', payload: { requestedMessage: newer } }]);
    expect(run.answer).toEqual({ status: 'NotImplemented' });
  });

  test('meter values of an EVSE, with the transaction that is open there', () => {
    const b = withEvses(1);
    charge(b);
    const run = b.fromCsms('ExtendedTriggerMessage', { requestedMessage: 'MeterValues', connectorId: 1 });
    expect(run.calls[0]?.payload).toEqual({ requestedMessage: 'MeterValues', evse: { id: 1 } });
    const values = { evseId: 1, meterValue: [{ timestamp: at(2), sampledValue: [{ value: 7, context: 'Trigger' }] }] };
    expect(b.fromStation('MeterValues', values).calls[0]?.payload).toMatchObject({ connectorId: 1, transactionId: 42 });
  });
});

describe('the local list', () => {
  test('entries with and without information, the last of equal ones', () => {
    const b = withEvses(1);
    b.fromStation('Authorize', { idToken: { idToken: '1234', type: 'KeyCode' } });
    const run = b.fromCsms('SendLocalList', {
      listVersion: 5,
      updateType: 'Differential',
      localAuthorizationList: [
        { idTag: '04AABBCC', idTagInfo: { status: 'Blocked' } },
        { idTag: '1234' },
        { idTag: '04aabbcc', idTagInfo: { status: 'Accepted', parentIdTag: '' } },
      ],
    });
    expect(run.calls[0]?.payload).toEqual({
      versionNumber: 5,
      updateType: 'Differential',
      localAuthorizationList: [
        { idToken: { idToken: '04aabbcc', type: 'ISO14443' }, idTokenInfo: { status: 'Accepted' } },
        { idToken: { idToken: '1234', type: 'KeyCode' } },
      ],
    });
    const empty = b.fromCsms('SendLocalList', { listVersion: 6, updateType: 'Full', localAuthorizationList: [] });
    expect(empty.calls[0]?.payload).toEqual({ versionNumber: 6, updateType: 'Full' });
  });

  test('versions and stations without list', () => {
    const b = withEvses(1);
    expect(b.fromCsms('GetLocalListVersion', {}, { versionNumber: 0 }).answer).toEqual({ listVersion: 0 });
    expect(b.fromCsms('GetLocalListVersion', {}, failure('NotSupported')).answer).toEqual({ listVersion: -1 });
    expect(
      b.fromCsms('SendLocalList', { listVersion: 1, updateType: 'Full' }, failure('NotImplemented')).answer,
    ).toEqual({ status: 'NotSupported' });
    expect(b.fromCsms('SendLocalList', { listVersion: 0, updateType: 'Full' })).toMatchObject({
      calls: [],
      answer: { status: 'Failed' },
    });
  });
});

test('reservations', () => {
  const b = withEvses(2);
  const request = { connectorId: 2, expiryDate: at(60), idTag: '04AABBCC', parentIdTag: 'FLEET', reservationId: 4 };
  expect(b.fromCsms('ReserveNow', request, { status: 'Accepted' }).calls).toEqual([
    {
      action: 'ReserveNow',
      payload: {
        id: 4,
        expiryDateTime: at(60),
        idToken: { idToken: '04AABBCC', type: 'ISO14443' },
        groupIdToken: { idToken: 'FLEET', type: 'Central' },
        evseId: 2,
      },
    },
  ]);
  expect(b.fromCsms('ReserveNow', { ...request, connectorId: 0 }).calls[0]?.payload).not.toHaveProperty('evseId');
  const update = { reservationId: 4, reservationUpdateStatus: 'Expired' };
  expect(b.fromStation('ReservationStatusUpdate', update)).toMatchObject({ calls: [], answer: {} });
  expect(b.fromCsms('CancelReservation', { reservationId: 4 }, { status: 'Rejected' }).answer).toEqual({
    status: 'Rejected',
  });
});

test('ChangeAvailability and ClearCache', () => {
  const b = withEvses(2);
  expect(
    b.fromCsms('ChangeAvailability', { connectorId: 2, type: 'Inoperative' }, { status: 'Scheduled' }),
  ).toMatchObject({
    calls: [
      { action: 'ChangeAvailability', payload: { operationalStatus: 'Inoperative', evse: { id: 2, connectorId: 1 } } },
    ],
    answer: { status: 'Scheduled' },
  });
  expect(b.fromCsms('ChangeAvailability', { connectorId: 0, type: 'Operative' }).calls[0]?.payload).toEqual({
    operationalStatus: 'Operative',
  });
  expect(b.fromCsms('ClearCache', {}, { status: 'Accepted', statusInfo: { reasonCode: 'X' } }).answer).toEqual({
    status: 'Accepted',
  });
});

describe('UnlockConnector with a transaction', () => {
  const inTransaction = (unlockStopsFirst: boolean): Bridge => {
    const b = bridge('2.0.1', '1.6', [between16and201], { unlockStopsFirst });
    charge(b);
    return b;
  };
  const calls = (run: { readonly calls: readonly { readonly action: string }[] }): string[] =>
    run.calls.map(({ action }) => action);
  const busy = { status: 'OngoingAuthorizedTransaction' };

  test('is the station’s to refuse', () => {
    const run = inTransaction(false).fromCsms('UnlockConnector', { connectorId: 1 }, busy);
    expect([calls(run), run.answer]).toEqual([['UnlockConnector'], { status: 'UnlockFailed' }]);
  });

  test('stops it first where the operator wants it so, and waits for that', () => {
    const b = inTransaction(true);
    const before = b.now;
    const accepted = { status: 'Accepted' };
    const run = b.fromCsms('UnlockConnector', { connectorId: 1 }, accepted, busy, busy, { status: 'Unlocked' });
    expect(calls(run)).toEqual(['RequestStopTransaction', ...Array(3).fill('UnlockConnector')]);
    expect(run.answer).toEqual({ status: 'Unlocked' });
    expect(b.now - before).toBe(6000);
    const ended = {
      eventType: 'Ended',
      timestamp: at(2),
      triggerReason: 'RemoteStop',
      seqNo: 1,
      transactionInfo: { transactionId: 'TX-1', stoppedReason: 'Remote' },
    };
    expect(b.fromStation('TransactionEvent', ended).calls[0]?.payload.reason).toBe('UnlockCommand');
  });

  test('gives up after half a minute, or when the station will not stop', () => {
    const b = inTransaction(true);
    b.otherwise = ({ action }) => (action === 'UnlockConnector' ? busy : { status: 'Accepted' });
    const before = b.now;
    const run = b.fromCsms('UnlockConnector', { connectorId: 1 });
    expect([run.calls.length, run.answer, b.now - before]).toEqual([16, { status: 'UnlockFailed' }, 30_000]);
    const refused = inTransaction(true).fromCsms('UnlockConnector', { connectorId: 1 }, { status: 'Rejected' }, busy);
    expect([calls(refused), refused.answer]).toEqual([
      ['RequestStopTransaction', 'UnlockConnector'],
      { status: 'UnlockFailed' },
    ]);
  });
});

test.each([
  ['RemoteStartTransaction', { idTag: 'A', connectorId: -1 }],
  ['ReserveNow', { connectorId: -1, expiryDate: at(60), idTag: 'A', reservationId: 4 }],
  ['ChangeAvailability', { connectorId: -1, type: 'Operative' }],
  ['TriggerMessage', { requestedMessage: 'MeterValues', connectorId: -1 }],
])('%s of a connector below 0 is for nobody', (action, request) => {
  expect(withEvses(2).fromCsms(action, request)).toMatchObject({ calls: [], answer: { status: 'Rejected' } });
});
