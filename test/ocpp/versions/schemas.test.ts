/** The repaired schemas, each repair with a message that the published schema takes wrongly, or refuses wrongly. */
import { describe, expect, test } from 'vitest';
import type { Payload } from '../../../src/ocpp/translate/outcome.ts';
import { describeError } from '../../../src/ocpp/validate.ts';
import { type VersionName, versionByName } from './all.ts';

/** Every complaint in words; empty: valid. */
function complaints(version: VersionName, action: string, side: 'request' | 'response', payload: Payload): string[] {
  const validate = versionByName(version).actions.get(action)?.[side];
  if (validate === undefined) throw new Error(`${version} has no ${side} of ${action}`);
  return validate(payload) ? [] : (validate.errors ?? []).map(describeError);
}

const at = '2026-03-01T12:00:00Z';

describe('1.5', () => {
  const idTagInfo = { status: 'ConcurrentTx' };
  test.each([
    ['Authorize', 'response', { idTagInfo }],
    ['StartTransaction', 'response', { transactionId: 1, idTagInfo }],
    ['StopTransaction', 'response', { idTagInfo }],
    [
      'SendLocalList',
      'request',
      { updateType: 'Full', listVersion: 1, localAuthorisationList: [{ idTag: 'AB12', idTagInfo }] },
    ],
  ] as const)('%s knows ConcurrentTx', (action, side, payload) => {
    expect(complaints('1.5', action, side, payload)).toEqual([]);
    const unknown = JSON.parse(JSON.stringify(payload).replace('ConcurrentTx', 'ConcurrentTX')) as Payload;
    expect(complaints('1.5', action, side, unknown)).toHaveLength(1);
  });

  test('a Heartbeat is answered with the time', () => {
    expect(complaints('1.5', 'Heartbeat', 'response', { currentTime: at })).toEqual([]);
    expect(complaints('1.5', 'Heartbeat', 'response', {})).toEqual(['/: lacks currentTime']);
  });

  test('GetConfiguration may be answered with unknown keys only', () => {
    expect(complaints('1.5', 'GetConfiguration', 'response', { unknownKey: ['Nope'] })).toEqual([]);
    expect(complaints('1.5', 'GetConfiguration', 'response', {})).toEqual([]);
  });

  test('transactionData of StopTransaction has timestamps and values', () => {
    const stop = (values: Payload): Payload => ({
      transactionId: 7,
      timestamp: at,
      meterStop: 1500,
      transactionData: [{ values: [values] }],
    });
    expect(
      complaints('1.5', 'StopTransaction', 'request', stop({ timestamp: at, value: [{ $value: '1500' }] })),
    ).toEqual([]);
    expect(complaints('1.5', 'StopTransaction', 'request', stop({}))).toEqual([
      '/transactionData/0/values/0: lacks timestamp',
      '/transactionData/0/values/0: lacks value',
    ]);
  });

  test('a value has text', () => {
    const meterValues = (value: Payload): Payload => ({ connectorId: 1, values: [{ timestamp: at, value: [value] }] });
    expect(
      complaints('1.5', 'MeterValues', 'request', meterValues({ $value: '1', attributes: { unit: 'Amp' } })),
    ).toEqual([]);
    expect(complaints('1.5', 'MeterValues', 'request', meterValues({ attributes: { unit: 'Amp' } }))).toEqual([
      '/values/0/value/0: lacks $value',
    ]);
  });

  test('BootNotification has the lengths of the WSDL', () => {
    const boot = (more: Payload): Payload => ({ chargePointVendor: 'v'.repeat(20), chargePointModel: 'm', ...more });
    expect(complaints('1.5', 'BootNotification', 'request', boot({ firmwareVersion: 'f'.repeat(50) }))).toEqual([]);
    expect(complaints('1.5', 'BootNotification', 'request', boot({ chargeBoxSerialNumber: 's'.repeat(26) }))).toEqual([
      '/chargeBoxSerialNumber: is longer than 25 characters',
    ]);
  });

  test('objects inside messages are closed', () => {
    expect(complaints('1.5', 'Authorize', 'response', { idTagInfo: { status: 'Accepted', cacheExpiry: at } })).toEqual([
      '/idTagInfo: has the unknown property cacheExpiry',
    ]);
  });
});

describe('1.6', () => {
  const meterValues = (sample: Payload): Payload => ({
    connectorId: 1,
    meterValue: [{ timestamp: at, sampledValue: [{ value: '21', measurand: 'Temperature', ...sample }] }],
  });

  test.each(['Celcius', 'Celsius'])('the unit may be spelled %s', (unit) => {
    expect(complaints('1.6', 'MeterValues', 'request', meterValues({ unit }))).toEqual([]);
  });

  test('StopTransaction needs no reason, UpdateFirmware counts in whole numbers, StartTransaction is answered with an id', () => {
    expect(complaints('1.6', 'StopTransaction', 'request', { transactionId: 1, timestamp: at, meterStop: 1 })).toEqual(
      [],
    );
    const update = { location: 'ftp://example.org/f', retrieveDate: at, retries: 1.5 };
    expect(complaints('1.6', 'UpdateFirmware', 'request', update)).toEqual(['/retries: is not of type integer']);
    expect(complaints('1.6', 'StartTransaction', 'response', { idTagInfo: { status: 'Accepted' } })).toEqual([
      '/: lacks transactionId',
    ]);
  });

  const profile = (limit: number): Payload => ({
    connectorId: 1,
    csChargingProfiles: {
      chargingProfileId: 1,
      stackLevel: 0,
      chargingProfilePurpose: 'TxDefaultProfile',
      chargingProfileKind: 'Absolute',
      chargingSchedule: { chargingRateUnit: 'A', chargingSchedulePeriod: [{ startPeriod: 0, limit }] },
    },
  });

  test('every tenth between 0 and 100 is a limit', () => {
    const refused = Array.from({ length: 1001 }, (_, tenths) => tenths / 10).filter(
      (limit) => complaints('1.6', 'SetChargingProfile', 'request', profile(limit)).length > 0,
    );
    expect(refused).toEqual([]);
  });

  test('what computing leaves of a tenth is a limit too', () => {
    expect(complaints('1.6', 'SetChargingProfile', 'request', profile(0.1 + 0.2))).toEqual([]);
  });

  test.each([0.05, 8.15, 10.57, 0.001])('%d is not a limit', (limit) => {
    expect(complaints('1.6', 'SetChargingProfile', 'request', profile(limit))).toEqual([
      '/csChargingProfiles/chargingSchedule/chargingSchedulePeriod/0/limit: is not a multiple of 0.1',
    ]);
  });
});

describe('date-times are checked in every Version', () => {
  test.each([
    ['1.5', { connectorId: 1, status: 'Available', errorCode: 'NoError' }],
    ['1.6', { connectorId: 1, status: 'Available', errorCode: 'NoError' }],
    ['2.0.1', { evseId: 1, connectorId: 1, connectorStatus: 'Available' }],
    ['2.1', { evseId: 1, connectorId: 1, connectorStatus: 'Available' }],
  ] as const)('%s', (version, status) => {
    expect(
      complaints(version, 'StatusNotification', 'request', { ...status, timestamp: '2026-03-01T12:00:00+02:00' }),
    ).toEqual([]);
    expect(
      complaints(version, 'StatusNotification', 'request', { ...status, timestamp: '2026-03-01T12:00:00' }),
    ).toEqual(['/timestamp: is not a date-time']);
  });
});

test('lengths are counted in characters, not in UTF-16 units', () => {
  expect(complaints('1.6', 'Authorize', 'request', { idTag: '🔌'.repeat(20) })).toEqual([]);
  expect(complaints('1.6', 'Authorize', 'request', { idTag: '🔌'.repeat(21) })).toEqual([
    '/idTag: is longer than 20 characters',
  ]);
});

test('status (0, 0) of a 2.0.1 station is valid', () => {
  const status = { timestamp: at, connectorStatus: 'Available', evseId: 0, connectorId: 0 };
  expect(complaints('2.0.1', 'StatusNotification', 'request', status)).toEqual([]);
});

test('customData is open, everything else of 2.x is closed', () => {
  const heartbeat = { customData: { vendorId: 'x', anything: [1] } };
  expect(complaints('2.1', 'Heartbeat', 'request', heartbeat)).toEqual([]);
  expect(complaints('2.1', 'Heartbeat', 'request', { customData: {} })).toEqual(['/customData: lacks vendorId']);
  expect(complaints('2.1', 'Heartbeat', 'request', { anything: 1 })).toEqual(['/: has the unknown property anything']);
});
