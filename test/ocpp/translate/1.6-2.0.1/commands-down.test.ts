/** Station 1.6, CSMS 2.0.1: the station's boot, and what the CSMS asks of it. */
import { describe, expect, test } from 'vitest';
import { between16and201 } from '../../../../src/ocpp/translate/1.6-2.0.1/index.ts';
import type { Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { at, type Bridge, bridge, failure } from '../../../support/translation.ts';

/** A station with as many connectors, all of them Available. */
const withConnectors = (count: number): Bridge => {
  const b = bridge('1.6', '2.0.1', [between16and201]);
  for (let connectorId = 1; connectorId <= count; connectorId++) available(b, connectorId);
  return b;
};
const available = (b: Bridge, connectorId: number): unknown =>
  b.fromStation('StatusNotification', { connectorId, errorCode: 'NoError', status: 'Available', timestamp: at(0) });
const status = (b: Bridge, connectorId: number, value: string): unknown =>
  b.fromStation('StatusNotification', { connectorId, errorCode: 'NoError', status: value, timestamp: at(0) });
const start = (b: Bridge, more: Payload = {}): unknown =>
  b.fromStation('StartTransaction', { connectorId: 1, idTag: 'AB12', meterStart: 0, timestamp: at(1), ...more });
const stop = (b: Bridge, transactionId = 1): unknown =>
  b.fromStation('StopTransaction', { transactionId, meterStop: 10, timestamp: at(2) });

const reason = (answer: Payload | undefined): unknown => [answer?.status, answer?.statusInfo?.reasonCode];
const central = { idToken: 'AB12', type: 'Central' };

describe('BootNotification', () => {
  const boot = {
    chargePointVendor: 'Vendor',
    chargePointModel: 'Model',
    chargePointSerialNumber: '',
    chargeBoxSerialNumber: 'BOX-1',
    firmwareVersion: '1.2',
    iccid: '',
    imsi: '204043396',
    meterType: 'EM340',
    meterSerialNumber: '991',
  };

  test('every field, with the old serial number where the new one is empty', () => {
    const b = withConnectors(1);
    const run = b.fromStation('BootNotification', boot, {
      status: 'Accepted',
      interval: 300,
      currentTime: at(0),
      statusInfo: { reasonCode: 'NoError' },
    });
    expect(run.calls).toEqual([
      {
        action: 'BootNotification',
        payload: {
          reason: 'PowerUp',
          chargingStation: {
            model: 'Model',
            vendorName: 'Vendor',
            serialNumber: 'BOX-1',
            firmwareVersion: '1.2',
            modem: { imsi: '204043396' },
          },
        },
      },
    ]);
    expect(run.answer).toEqual({ status: 'Accepted', interval: 300, currentTime: at(0) });
    const both = b.fromStation('BootNotification', { ...boot, chargePointSerialNumber: 'CP-1' });
    expect(both.calls[0]?.payload.chargingStation.serialNumber).toBe('CP-1');
  });

  test('its reason is what the station was told to do', () => {
    const b = withConnectors(1);
    const reasonNow = (): unknown => b.fromStation('BootNotification', boot).calls[0]?.payload.reason;
    b.fromCsms('Reset', { type: 'Immediate' }, { status: 'Accepted' });
    b.now += 60_000;
    expect([reasonNow(), reasonNow()]).toEqual(['RemoteReset', 'PowerUp']);
    b.fromCsms('Reset', { type: 'Immediate' }, { status: 'Accepted' });
    b.now += 301_000;
    expect(reasonNow()).toBe('PowerUp');
    b.fromCsms('Reset', { type: 'Immediate' }, { status: 'Rejected' });
    expect(reasonNow()).toBe('PowerUp');
    b.fromCsms('TriggerMessage', { requestedMessage: 'BootNotification' }, { status: 'Accepted' });
    expect([reasonNow(), reasonNow()]).toEqual(['Triggered', 'PowerUp']);
  });

  test('after it, every status is told again', () => {
    const b = withConnectors(1);
    expect(
      b.fromStation('StatusNotification', { connectorId: 1, errorCode: 'NoError', status: 'Available' }).calls,
    ).toEqual([]);
    b.fromStation('BootNotification', boot);
    const [again] = b.fromStation('StatusNotification', {
      connectorId: 1,
      errorCode: 'NoError',
      status: 'Available',
    }).calls;
    expect(again?.payload).toEqual({ timestamp: at(0), connectorStatus: 'Available', evseId: 1, connectorId: 1 });
  });
});

describe('Reset', () => {
  test('OnIdle in a transaction waits for its end, also over a restart', () => {
    const b = withConnectors(2);
    start(b);
    start(b, { connectorId: 2 });
    const run = b.fromCsms('Reset', { type: 'OnIdle' });
    expect(run).toMatchObject({ calls: [], answer: { status: 'Scheduled' } });
    stop(b, 1);
    expect(b.emitted()).toEqual([]);
    b.restart();
    stop(b, 2);
    expect(b.emitted().map(({ side, calls }) => [side, ...calls])).toEqual([
      ['station', { action: 'Reset', payload: { type: 'Soft' } }],
    ]);
    start(b, { timestamp: at(5) });
    stop(b, 3);
    expect(b.emitted()).toEqual([]);
  });

  test('a later Reset takes the place of the one that waits', () => {
    const b = withConnectors(1);
    start(b);
    b.fromCsms('Reset', { type: 'OnIdle' });
    const now = b.fromCsms('Reset', { type: 'Immediate' }, { status: 'Accepted' });
    expect(now.calls).toEqual([{ action: 'Reset', payload: { type: 'Soft' } }]);
    stop(b);
    expect(b.emitted()).toEqual([]);
  });

  test('a BootNotification that was asked for is no boot: the Reset still waits', () => {
    const b = withConnectors(1);
    start(b);
    b.fromCsms('Reset', { type: 'OnIdle' });
    b.fromCsms('TriggerMessage', { requestedMessage: 'BootNotification' }, { status: 'Accepted' });
    const boot = { chargePointVendor: 'Vendor', chargePointModel: 'Model' };
    expect(b.fromStation('BootNotification', boot).calls[0]?.payload.reason).toBe('Triggered');
    stop(b);
    expect(b.emitted().map(({ calls }) => calls[0]?.action)).toEqual(['Reset']);
  });

  test('types and EVSEs', () => {
    const b = withConnectors(2);
    const sent = (request: Payload): unknown => b.fromCsms('Reset', request).calls[0]?.payload.type;
    expect([sent({ type: 'OnIdle' }), sent({ type: 'Immediate' })]).toEqual(['Soft', 'Hard']);
    expect(reason(b.fromCsms('Reset', { type: 'Immediate', evseId: 1 }).answer)).toEqual([
      'Rejected',
      'UnsupportedParam',
    ]);
    expect(reason(b.fromCsms('Reset', { type: 'Immediate', evseId: 9 }).answer)).toEqual(['Rejected', 'UnknownEvse']);
    expect(withConnectors(1).fromCsms('Reset', { type: 'Immediate', evseId: 1 }).calls).toHaveLength(1);
  });
});

describe('RequestStartTransaction', () => {
  const request = (more: Payload = {}): Payload => ({ remoteStartId: 1, idToken: central, ...more });
  const connector = (b: Bridge, more: Payload): unknown =>
    b.fromCsms('RequestStartTransaction', request(more)).calls[0]?.payload;

  test('without EVSE the station chooses, unless it has one connector only', () => {
    expect(connector(withConnectors(2), {})).toEqual({ idTag: 'AB12' });
    expect(connector(withConnectors(1), {})).toEqual({ idTag: 'AB12', connectorId: 1 });
    expect(connector(withConnectors(2), { evseId: 2 })).toEqual({ idTag: 'AB12', connectorId: 2 });
  });

  test('what a 2.0.1 station would refuse is refused here', () => {
    const b = withConnectors(3);
    const refused = (more: Payload): unknown => {
      const run = b.fromCsms('RequestStartTransaction', request(more));
      expect(run.calls).toEqual([]);
      return reason(run.answer);
    };
    expect(refused({ evseId: 7 })).toEqual(['Rejected', 'UnknownEvse']);
    start(b);
    expect(refused({ evseId: 1 })).toEqual(['Rejected', 'TxInProgress']);
    status(b, 2, 'Faulted');
    expect(refused({ evseId: 2 })).toEqual(['Rejected', 'Unspecified']);
    const reservation = {
      id: 4,
      evseId: 3,
      expiryDateTime: at(60),
      idToken: { idToken: 'OTHER', type: 'Central' },
      groupIdToken: { idToken: 'FLEET', type: 'Central' },
    };
    b.fromCsms('ReserveNow', reservation, { status: 'Accepted' });
    status(b, 3, 'Reserved');
    expect(refused({ evseId: 3 })).toEqual(['Rejected', 'Unspecified']);
    expect(connector(b, { evseId: 3, groupIdToken: { idToken: 'FLEET', type: 'Central' } })).toMatchObject({
      connectorId: 3,
    });
  });

  test('its charging profile goes with it, or nothing goes', () => {
    const profile = (chargingSchedule: Payload[]): Payload => ({
      chargingProfile: {
        id: 5,
        stackLevel: 0,
        chargingProfilePurpose: 'TxProfile',
        chargingProfileKind: 'Relative',
        chargingSchedule,
      },
    });
    const schedule = { id: 1, chargingRateUnit: 'A', chargingSchedulePeriod: [{ startPeriod: 0, limit: 10.57 }] };
    expect(connector(withConnectors(1), profile([schedule]))).toMatchObject({
      chargingProfile: {
        chargingProfileId: 5,
        chargingSchedule: { chargingRateUnit: 'A', chargingSchedulePeriod: [{ startPeriod: 0, limit: 10.5 }] },
      },
    });
    const two = withConnectors(1).fromCsms('RequestStartTransaction', request(profile([schedule, schedule])));
    expect(two.calls).toEqual([]);
    expect(reason(two.answer)).toEqual(['Rejected', 'InvalidSchedule']);
  });

  test('a station that does not answer may have started', () => {
    const b = withConnectors(1);
    expect(b.fromCsms('RequestStartTransaction', request(), failure('GenericError', true)).refusal?.uncertain).toBe(
      true,
    );
    const run = b.fromStation('StartTransaction', { connectorId: 1, idTag: 'AB12', meterStart: 0, timestamp: at(1) });
    expect(run.calls[0]?.payload).toMatchObject({
      triggerReason: 'RemoteStart',
      transactionInfo: { remoteStartId: 1 },
    });
  });
});

test('RequestStopTransaction finds the transaction by its id', () => {
  const b = withConnectors(1);
  const transactionId = '00000000-0000-4000-8000-000000000001';
  expect(reason(b.fromCsms('RequestStopTransaction', { transactionId }).answer)).toEqual(['Rejected', 'TxNotFound']);
  start(b);
  b.restart();
  const run = b.fromCsms('RequestStopTransaction', { transactionId }, { status: 'Accepted' });
  expect(run.calls).toEqual([{ action: 'RemoteStopTransaction', payload: { transactionId: 1 } }]);
  stop(b);
  expect(reason(b.fromCsms('RequestStopTransaction', { transactionId }).answer)).toEqual(['Rejected', 'TxNotFound']);
});

test('UnlockConnector', () => {
  const b = withConnectors(2);
  start(b);
  const unlock = (evseId: number, connectorId: number, ...reply: Payload[]): ReturnType<Bridge['fromCsms']> =>
    b.fromCsms('UnlockConnector', { evseId, connectorId }, ...reply);
  expect(unlock(1, 1)).toMatchObject({ calls: [], answer: { status: 'OngoingAuthorizedTransaction' } });
  expect(unlock(3, 1)).toMatchObject({ calls: [], answer: { status: 'UnknownConnector' } });
  expect(unlock(2, 2)).toMatchObject({ calls: [], answer: { status: 'UnknownConnector' } });
  const run = unlock(2, 1, { status: 'Unlocked' });
  expect(run).toMatchObject({
    calls: [{ action: 'UnlockConnector', payload: { connectorId: 2 } }],
    answer: { status: 'Unlocked' },
  });
  expect(reason(unlock(2, 1, { status: 'NotSupported' }).answer)).toEqual(['UnlockFailed', 'UnsupportedRequest']);
});

describe('TriggerMessage', () => {
  const trigger = (
    b: Bridge,
    requestedMessage: string,
    more: Payload = {},
    ...replies: Payload[]
  ): ReturnType<Bridge['fromCsms']> => b.fromCsms('TriggerMessage', { requestedMessage, ...more }, ...replies);

  test('Heartbeat is sent here, after the answer', () => {
    const b = withConnectors(1);
    expect(trigger(b, 'Heartbeat')).toMatchObject({ calls: [], answer: { status: 'Accepted' } });
    expect(b.emitted().map(({ side, calls }) => [side, calls])).toEqual([
      ['csms', [{ action: 'Heartbeat', payload: {} }]],
    ]);
  });

  test('a boot that the station will not repeat is repeated for it', () => {
    const b = withConnectors(1);
    expect(trigger(b, 'BootNotification', {}, { status: 'Rejected' }).answer).toEqual({ status: 'Rejected' });
    b.fromStation('BootNotification', { chargePointVendor: 'V', chargePointModel: 'M' });
    expect(trigger(b, 'BootNotification', {}, { status: 'Rejected' }).answer).toEqual({ status: 'Accepted' });
    expect(b.emitted()[0]?.calls).toEqual([
      {
        action: 'BootNotification',
        payload: { reason: 'Triggered', chargingStation: { vendorName: 'V', model: 'M' } },
      },
    ]);
  });

  test('a status that was asked for is told though it did not change; one that the station will not tell is told from memory', () => {
    const b = withConnectors(1);
    const evse = { evse: { id: 1, connectorId: 1 } };
    expect(trigger(b, 'StatusNotification', evse, { status: 'Accepted' }).calls).toEqual([
      { action: 'TriggerMessage', payload: { requestedMessage: 'StatusNotification', connectorId: 1 } },
    ]);
    const again = { connectorId: 1, errorCode: 'NoError', status: 'Available' };
    expect(b.fromStation('StatusNotification', again).calls).toHaveLength(1);
    expect(b.fromStation('StatusNotification', again).calls).toHaveLength(0);
    expect(trigger(b, 'StatusNotification', evse, { status: 'Rejected' }).answer).toEqual({ status: 'Accepted' });
    expect(b.emitted()[0]?.calls[0]?.payload).toMatchObject({
      connectorStatus: 'Available',
      evseId: 1,
      connectorId: 1,
    });
    expect(reason(trigger(b, 'StatusNotification', { evse: { id: 5, connectorId: 1 } }).answer)).toEqual([
      'Rejected',
      'UnknownEvse',
    ]);
  });

  test('meter values that were asked for are MeterValues, also in a transaction', () => {
    const b = withConnectors(1);
    start(b);
    expect(trigger(b, 'MeterValues', { evse: { id: 1 } }, { status: 'Accepted' }).answer).toEqual({
      status: 'Accepted',
    });
    const values = {
      connectorId: 1,
      transactionId: 1,
      meterValue: [{ timestamp: at(2), sampledValue: [{ value: '5', context: 'Trigger' }] }],
    };
    expect(b.fromStation('MeterValues', values).calls.map(({ action }) => action)).toEqual(['MeterValues']);
    expect(b.fromStation('MeterValues', values).calls.map(({ action }) => action)).toEqual(['TransactionEvent']);
  });

  test('TransactionEvent is made from what is known', () => {
    const b = withConnectors(1);
    expect(reason(trigger(b, 'TransactionEvent').answer)).toEqual(['Rejected', 'TxNotFound']);
    start(b);
    expect(trigger(b, 'TransactionEvent', { evse: { id: 1 } }).answer).toEqual({ status: 'Accepted' });
    expect(b.emitted()[0]?.calls[0]?.payload).toMatchObject({
      eventType: 'Updated',
      triggerReason: 'Trigger',
      seqNo: 1,
    });
  });

  test('what only the extended message can ask for, and what 1.6 cannot be asked for', () => {
    const b = withConnectors(1);
    expect(trigger(b, 'SignChargingStationCertificate').calls).toEqual([
      { action: 'ExtendedTriggerMessage', payload: { requestedMessage: 'SignChargePointCertificate' } },
    ]);
    const log = b.fromCsms('TriggerMessage', { requestedMessage: 'LogStatusNotification' }, failure('NotImplemented'), {
      status: 'Accepted',
    });
    expect(log.calls.map(({ action, payload }) => `${action} ${payload.requestedMessage}`)).toEqual([
      'ExtendedTriggerMessage LogStatusNotification',
      'TriggerMessage DiagnosticsStatusNotification',
    ]);
    expect(log.answer).toEqual({ status: 'Accepted' });
    for (const message of ['SignV2GCertificate', 'SignCombinedCertificate', 'PublishFirmwareStatusNotification']) {
      expect(trigger(b, message)).toMatchObject({ calls: [], answer: { status: 'NotImplemented' } });
    }
  });
});

describe('the local list', () => {
  const entry = (idToken: string, info: Payload = {}, type = 'ISO14443'): Payload => ({
    idToken: { idToken, type },
    idTokenInfo: { status: 'Accepted', ...info },
  });
  const full = (versionNumber: number, ...localAuthorizationList: Payload[]): Payload => ({
    versionNumber,
    updateType: 'Full',
    ...(localAuthorizationList.length === 0 ? {} : { localAuthorizationList }),
  });

  test('entries, what 1.6 cannot list, and the exact token afterwards', () => {
    const b = withConnectors(1);
    const run = b.fromCsms(
      'SendLocalList',
      full(
        3,
        entry('APP-1', { cacheExpiryDateTime: at(99) }, 'Central'),
        entry('', {}, 'NoAuthorization'),
        entry('FAR', { evseId: [9] }),
        entry('app-1', {}, 'Local'),
      ),
    );
    expect(run.calls).toEqual([
      {
        action: 'SendLocalList',
        payload: {
          listVersion: 3,
          updateType: 'Full',
          localAuthorizationList: [{ idTag: 'app-1', idTagInfo: { status: 'Accepted' } }],
        },
      },
    ]);
    const [begun] = b.fromStation('StartTransaction', {
      connectorId: 1,
      idTag: 'APP-1',
      meterStart: 0,
      timestamp: at(1),
    }).calls;
    expect(begun?.payload.idToken).toEqual({ idToken: 'app-1', type: 'Local' });
    expect(b.fromCsms('SendLocalList', full(4)).calls[0]?.payload).toEqual({ listVersion: 4, updateType: 'Full' });
  });

  test('parts with versions of their own, which the CSMS never sees', () => {
    const b = withConnectors(1);
    b.fromCsms(
      'GetVariables',
      { getVariableData: [{ component: { name: 'LocalAuthListCtrlr' }, variable: { name: 'ItemsPerMessage' } }] },
      {
        configurationKey: [{ key: 'SendLocalListMaxLength', readonly: true, value: '2' }],
      },
    );
    const run = b.fromCsms('SendLocalList', full(10, entry('A'), entry('B'), entry('C'), entry('D'), entry('E')));
    expect(
      run.calls.map(({ payload }) => [payload.listVersion, payload.updateType, payload.localAuthorizationList.length]),
    ).toEqual([
      [10, 'Full', 2],
      [11, 'Differential', 2],
      [12, 'Differential', 1],
    ]);
    expect(run.answer).toEqual({ status: 'Accepted' });
    b.restart();
    expect(b.fromCsms('GetLocalListVersion', {}, { listVersion: 12 }).answer).toEqual({ versionNumber: 10 });
    expect(b.fromCsms('GetLocalListVersion', {}, { listVersion: -1 }).answer).toEqual({ versionNumber: 0 });
    const differential = { versionNumber: 11, updateType: 'Differential', localAuthorizationList: [entry('F')] };
    expect(b.fromCsms('SendLocalList', differential).calls[0]?.payload.listVersion).toBe(13);
    expect(b.fromCsms('SendLocalList', differential).answer).toEqual({ status: 'VersionMismatch' });
    const broken = b.fromCsms(
      'SendLocalList',
      full(20, entry('A'), entry('B'), entry('C')),
      { status: 'Accepted' },
      { status: 'VersionMismatch' },
    );
    expect(broken.answer).toEqual({ status: 'Failed' });
  });

  test('a station without list', () => {
    const b = withConnectors(1);
    expect(reason(b.fromCsms('SendLocalList', full(1), { status: 'NotSupported' }).answer)).toEqual([
      'Failed',
      'UnsupportedRequest',
    ]);
    expect(reason(b.fromCsms('SendLocalList', full(1), failure('NotSupported')).answer)).toEqual([
      'Failed',
      'UnsupportedRequest',
    ]);
  });
});

test('ReserveNow and CancelReservation', () => {
  const b = withConnectors(2);
  const request = {
    id: 4,
    expiryDateTime: at(60),
    idToken: central,
    groupIdToken: { idToken: 'FLEET', type: 'Central' },
  };
  const run = b.fromCsms('ReserveNow', { ...request, evseId: 2 }, { status: 'Occupied' });
  expect(run.calls).toEqual([
    {
      action: 'ReserveNow',
      payload: { connectorId: 2, expiryDate: at(60), idTag: 'AB12', parentIdTag: 'FLEET', reservationId: 4 },
    },
  ]);
  expect(run.answer).toEqual({ status: 'Occupied' });
  expect(b.fromCsms('ReserveNow', request).calls[0]?.payload.connectorId).toBe(0);
  expect(reason(b.fromCsms('ReserveNow', { ...request, connectorType: 'cType2' }).answer)).toEqual([
    'Rejected',
    'UnknownConnectorType',
  ]);
  expect(reason(b.fromCsms('ReserveNow', { ...request, evseId: 5 }).answer)).toEqual(['Rejected', 'UnknownEvse']);
  expect(reason(b.fromCsms('ReserveNow', request, failure('NotImplemented')).answer)).toEqual([
    'Rejected',
    'UnsupportedRequest',
  ]);
  expect(b.fromCsms('CancelReservation', { reservationId: 4 }, { status: 'Accepted' }).calls).toEqual([
    { action: 'CancelReservation', payload: { reservationId: 4 } },
  ]);
});

test('ChangeAvailability and ClearCache', () => {
  const b = withConnectors(2);
  const change = b.fromCsms(
    'ChangeAvailability',
    { operationalStatus: 'Inoperative', evse: { id: 2, connectorId: 1 } },
    { status: 'Scheduled' },
  );
  expect(change.calls).toEqual([{ action: 'ChangeAvailability', payload: { connectorId: 2, type: 'Inoperative' } }]);
  expect(change.answer).toEqual({ status: 'Scheduled' });
  expect(b.fromCsms('ChangeAvailability', { operationalStatus: 'Operative' }).calls[0]?.payload.connectorId).toBe(0);
  expect(reason(b.fromCsms('ChangeAvailability', { operationalStatus: 'Operative', evse: { id: 5 } }).answer)).toEqual([
    'Rejected',
    'UnknownEvse',
  ]);
  expect(b.fromCsms('ClearCache', {}, { status: 'Rejected' }).answer).toEqual({ status: 'Rejected' });
  expect(reason(b.fromCsms('ClearCache', {}, failure('NotSupported')).answer)).toEqual([
    'Rejected',
    'UnsupportedRequest',
  ]);
});

test('DataTransfer: text and JSON, both ways', () => {
  const b = withConnectors(1);
  const run = b.fromCsms(
    'DataTransfer',
    { vendorId: 'V', messageId: 'M', data: { a: [1] } },
    { status: 'Accepted', data: '{"b":2}' },
  );
  expect(run.calls).toEqual([
    { action: 'DataTransfer', payload: { vendorId: 'V', messageId: 'M', data: '{"a":[1]}' } },
  ]);
  expect(run.answer).toEqual({ status: 'Accepted', data: '{"b":2}' });
  const parsing = bridge('1.6', '2.0.1', [between16and201], { parseDataTransfer: true });
  const up = parsing.fromStation(
    'DataTransfer',
    { vendorId: 'V', data: ' {"c":3}' },
    { status: 'Accepted', data: [1], statusInfo: { reasonCode: 'X' } },
  );
  expect(up.calls[0]?.payload).toEqual({ vendorId: 'V', data: { c: 3 } });
  expect(up.answer).toEqual({ status: 'Accepted', data: '[1]' });
  expect(parsing.fromStation('DataTransfer', { vendorId: 'V', data: '{no json' }).calls[0]?.payload.data).toBe(
    '{no json',
  );
});

test('an EVSE or a connector that the station does not have', () => {
  const b = withConnectors(2);
  const availability = (evse: Payload): unknown =>
    reason(b.fromCsms('ChangeAvailability', { operationalStatus: 'Operative', evse }).answer);
  expect(availability({ id: 5 })).toEqual(['Rejected', 'UnknownEvse']);
  expect(availability({ id: 1, connectorId: 2 })).toEqual(['Rejected', 'UnknownConnectorId']);
  const trigger = { requestedMessage: 'StatusNotification', evse: { id: 2, connectorId: 3 } };
  expect(reason(b.fromCsms('TriggerMessage', trigger).answer)).toEqual(['Rejected', 'UnknownConnectorId']);
});

describe('the availability that was asked for', () => {
  const boot = (b: Bridge): unknown =>
    b.fromStation('BootNotification', { chargePointVendor: 'V', chargePointModel: 'M' });

  test('is told of when the station has forgotten it', () => {
    const b = withConnectors(2);
    b.fromCsms('ChangeAvailability', { operationalStatus: 'Inoperative', evse: { id: 1 } }, { status: 'Scheduled' });
    boot(b);
    b.restart();
    available(b, 2);
    expect(b.notes).toEqual([]);
    available(b, 1);
    expect(b.notes).toEqual([
      expect.objectContaining({ field: 'type', reason: expect.stringContaining('Inoperative') }),
    ]);
  });

  test('is kept, refused, or asked of the whole station', () => {
    const b = withConnectors(1);
    b.fromCsms('ChangeAvailability', { operationalStatus: 'Inoperative', evse: { id: 1 } }, { status: 'Rejected' });
    boot(b);
    available(b, 1);
    b.fromCsms('ChangeAvailability', { operationalStatus: 'Inoperative' }, { status: 'Accepted' });
    boot(b);
    status(b, 1, 'Unavailable');
    expect(b.notes).toEqual([]);
    b.fromCsms('ChangeAvailability', { operationalStatus: 'Operative' }, { status: 'Accepted' });
    boot(b);
    status(b, 1, 'Unavailable');
    expect(b.notes).toHaveLength(1);
  });
});

test('what the CSMS did not take of a status is told with the next one', () => {
  const b = withConnectors(1);
  const faulted = { connectorId: 1, errorCode: 'GroundFailure', status: 'Faulted', timestamp: at(1) };
  const first = b.fromStation('StatusNotification', faulted, failure('InternalError'), failure('InternalError'));
  expect(first.answer).toEqual({});
  expect(b.fromStation('StatusNotification', faulted).calls.map(({ action }) => action)).toEqual([
    'StatusNotification',
    'NotifyEvent',
  ]);
  expect(b.fromStation('StatusNotification', faulted).calls).toEqual([]);
});
