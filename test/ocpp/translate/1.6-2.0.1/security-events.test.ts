/** Security events (A04), both deployments. */
import { describe, expect, test } from 'vitest';
import { between16and201 } from '../../../../src/ocpp/translate/1.6-2.0.1/index.ts';
import { at, bridge, failure } from '../../../support/translation.ts';

const names = [
  ['FailedToAuthenticateAtCentralSystem', 'FailedToAuthenticateAtCsms'],
  ['CentralSystemFailedToAuthenticate', 'CsmsFailedToAuthenticate'],
  ['InvalidCentralSystemCertificate', 'InvalidCsmsCertificate'],
  ['InvalidChargePointCertificate', 'InvalidChargingStationCertificate'],
  ...[
    'FirmwareUpdated',
    'SettingSystemTime',
    'StartupOfTheDevice',
    'ResetOrReboot',
    'SecurityLogWasCleared',
    'MemoryExhaustion',
    'TamperDetectionActivated',
    'ReconfigurationOfSecurityParameters',
    'InvalidMessages',
    'AttemptedReplayAttacks',
    'InvalidFirmwareSignature',
    'InvalidFirmwareSigningCertificate',
    'InvalidTLSVersion',
    'InvalidTLSCipherSuite',
    // Of 2.x and 2.1 only, and of a vendor.
    'MaintenanceLoginAccepted',
    'MaintenanceLoginFailed',
    'DiscardedRenewedClientCertificate',
    'VendorDoorOpened',
  ].map((name) => [name, name] as const),
] as const;
const event = (type: string) => ({ type, timestamp: at(1), techInfo: 'port 443' });

describe.each(names)('%s ↔ %s', (older, newer) => {
  test('of a station of 1.6', () => {
    const run = bridge('1.6', '2.0.1', [between16and201]).fromStation('SecurityEventNotification', event(older));
    expect(run.calls).toEqual([{ action: 'SecurityEventNotification', payload: event(newer) }]);
    expect(run.answer).toEqual({});
  });

  test('of a station of 2.0.1', () => {
    const run = bridge('2.0.1', '1.6', [between16and201]).fromStation('SecurityEventNotification', event(newer));
    expect(run.calls).toEqual([{ action: 'SecurityEventNotification', payload: event(older) }]);
    expect(run.answer).toEqual({});
  });
});

test.each([
  ['FailedToAuthenticationAtCentralSystem', 'FailedToAuthenticateAtCsms'],
  ['CentralSystemFailedToAuthentication', 'CsmsFailedToAuthenticate'],
])('%s, as some prints of the white paper spell it, is %s', (older, newer) => {
  const run = bridge('1.6', '2.0.1', [between16and201]).fromStation('SecurityEventNotification', event(older));
  expect(run.calls[0]?.payload.type).toBe(newer);
});

test('a CSMS that does not take it: the station sends it again, unless there is no sense in that', () => {
  const b = bridge('2.0.1', '1.6', [between16and201]);
  const send = (reply: ReturnType<typeof failure>) =>
    b.fromStation('SecurityEventNotification', event('InvalidMessages'), reply);
  expect(send(failure('InternalError')).refusal?.condition).toBe('InternalError');
  expect(send(failure('NotSupported', true)).refusal?.uncertain).toBe(true);
  expect(b.notes).toEqual([]);
  expect(send(failure('NotImplemented')).answer).toEqual({});
  expect(b.notes).toMatchObject([{ field: 'type', reason: 'the CSMS does not have the security extension' }]);
});
