/** What an operator sees of a 1.6 station's firmware, logs, certificates and security events: all of it in the words of HEAD. */
import { expect, it } from 'vitest';
import type { RawStation } from '../support/gateway.ts';
import { booted, type CloudEvent, Events, stage } from './support.ts';

const on = stage();

/** Answers the gateway's Calls by Action: a payload, or the code of a CallError. */
function answers(station: RawStation, byAction: Readonly<Record<string, object | string>>): void {
  station.onCall = ([, id, action]) => {
    const reply = byAction[action as string];
    if (reply === undefined) return [4, id, 'NotImplemented', '', {}];
    return typeof reply === 'string' ? [4, id, reply, '', {}] : [3, id, reply];
  };
}

/** The data of a station's events of one type, once there are as many. */
async function told(id: string, type: string, count: number): Promise<readonly unknown[]> {
  const events = new Events(on.api, `after=0&stationId=${id}`);
  const of = (all: readonly CloudEvent[]): readonly CloudEvent[] => all.filter((event) => event.type === type);
  const found = await events.until((all) => of(all).length >= count && of(all), `${count} ${type}`);
  events.close();
  return found.map(({ data }) => data);
}

const location = 'https://files.example/up';
const retrieveDateTime = '2026-01-05T10:00:00.000Z';
const signatures = { signingCertificate: '-----BEGIN CERTIFICATE-----', signature: 'c2ln' };

it('a signed update, its course, and one that the station refuses', async () => {
  const station = await booted(on.url, 'SIGNED', 'ocpp1.6');
  answers(station, { SignedUpdateFirmware: { status: 'Accepted' } });
  const request = { requestId: 501, firmware: { location, retrieveDateTime, ...signatures } };
  const { body } = await on.api.command('SIGNED', 'UpdateFirmware', request);
  expect(body).toMatchObject({
    state: 'completed',
    response: { status: 'Accepted' },
    native: [{ action: 'SignedUpdateFirmware', request, response: { status: 'Accepted' } }],
  });
  for (const status of ['DownloadScheduled', 'Downloading', 'SignatureVerified', 'Installed']) {
    expect((await station.call('SignedFirmwareStatusNotification', { status, requestId: 501 }))[2]).toEqual({});
  }
  expect(await told('SIGNED', 'evsebridge.station.firmware_status', 4)).toEqual([
    { status: 'DownloadScheduled', requestId: 501 },
    { status: 'Downloading', requestId: 501 },
    { status: 'SignatureVerified', requestId: 501 },
    { status: 'Installed', requestId: 501 },
  ]);
  answers(station, { SignedUpdateFirmware: { status: 'RevokedCertificate' } });
  const revoked = await on.api.command('SIGNED', 'UpdateFirmware', { ...request, requestId: 502 });
  expect(revoked.body).toMatchObject({ state: 'refused', response: { status: 'RevokedCertificate' } });
  await station.close();
});

it('an update of a station that knows no signatures; the gateway is restarted and the station boots in its course', async () => {
  let station = await booted(on.url, 'PLAIN', 'ocpp1.6');
  answers(station, { UpdateFirmware: {} });
  const request = { requestId: 77, firmware: { location, retrieveDateTime, ...signatures } };
  const { body } = await on.api.command('PLAIN', 'UpdateFirmware', request);
  expect(body).toMatchObject({ state: 'completed', response: { status: 'Accepted' } });
  expect(body.native.map(({ action }: { action: string }) => action)).toEqual([
    'SignedUpdateFirmware',
    'UpdateFirmware',
  ]);
  expect(body.native[1].request).toEqual({ location, retrieveDate: retrieveDateTime });
  await station.call('FirmwareStatusNotification', { status: 'Downloading' });
  await station.close();
  await on.restart();
  station = await booted(on.url, 'PLAIN', 'ocpp1.6');
  await station.call('FirmwareStatusNotification', { status: 'Installing' });
  await station.close();
  station = await booted(on.url, 'PLAIN', 'ocpp1.6');
  await station.call('FirmwareStatusNotification', { status: 'Installed' });
  expect(await told('PLAIN', 'evsebridge.station.firmware_status', 3)).toEqual([
    { status: 'Downloading', requestId: 77 },
    { status: 'Installing', requestId: 77 },
    { status: 'Installed', requestId: 77 },
  ]);
  const boots = await told('PLAIN', 'evsebridge.station.booted', 3);
  expect(boots).toMatchObject([{ reason: 'PowerUp' }, { reason: 'PowerUp' }, { reason: 'FirmwareUpdate' }]);
  // What it lacks is remembered over the restart.
  answers(station, { UpdateFirmware: {} });
  const again = await on.api.command('PLAIN', 'UpdateFirmware', { ...request, requestId: 78 });
  expect(again.body.native).toHaveLength(1);
  await station.close();
});

it('logs, by GetLog and by GetDiagnostics', async () => {
  const station = await booted(on.url, 'LOGS', 'ocpp1.6');
  answers(station, { GetLog: { status: 'Accepted', filename: 'security.log' } });
  const request = { requestId: 9, logType: 'SecurityLog', log: { remoteLocation: location } };
  const log = await on.api.command('LOGS', 'GetLog', request);
  expect(log.body).toMatchObject({
    state: 'completed',
    response: { status: 'Accepted', filename: 'security.log' },
    native: [{ action: 'GetLog', request }],
  });
  await station.call('LogStatusNotification', { status: 'Uploading', requestId: 9 });
  await station.call('LogStatusNotification', { status: 'Uploaded', requestId: 9 });
  await station.close();

  const older = await booted(on.url, 'DIAGNOSTICS', 'ocpp1.6');
  answers(older, { GetDiagnostics: { fileName: 'diagnostics.zip' } });
  const diagnostics = await on.api.command('DIAGNOSTICS', 'GetLog', { ...request, logType: 'DiagnosticsLog' });
  expect(diagnostics.body).toMatchObject({
    state: 'completed',
    response: { status: 'Accepted', filename: 'diagnostics.zip' },
    native: [{ action: 'GetLog' }, { action: 'GetDiagnostics', request: { location } }],
  });
  await older.call('DiagnosticsStatusNotification', { status: 'Uploading' });
  await older.call('DiagnosticsStatusNotification', { status: 'UploadFailed' });
  const security = await on.api.command('DIAGNOSTICS', 'GetLog', request);
  expect(security.body).toMatchObject({ state: 'refused', response: { status: 'Rejected' }, native: [] });
  await older.close();

  expect(await told('LOGS', 'evsebridge.station.log_status', 2)).toEqual([
    { status: 'Uploading', requestId: 9 },
    { status: 'Uploaded', requestId: 9 },
  ]);
  expect(await told('DIAGNOSTICS', 'evsebridge.station.log_status', 2)).toEqual([
    { status: 'Uploading', requestId: 9 },
    { status: 'UploadFailure', requestId: 9 },
  ]);
});

it('security events are stored and told; one that comes again is told once', async () => {
  const station = await booted(on.url, 'EVENTS', 'ocpp1.6');
  const event = { type: 'InvalidCentralSystemCertificate', timestamp: '2026-01-05T10:00:00.000Z', techInfo: 'expired' };
  expect((await station.call('SecurityEventNotification', event))[2]).toEqual({});
  expect((await station.call('SecurityEventNotification', event))[2]).toEqual({});
  await station.call('SecurityEventNotification', { ...event, type: 'TamperDetectionActivated' });
  expect(await told('EVENTS', 'evsebridge.security.event', 2)).toEqual([
    { ...event, type: 'InvalidCsmsCertificate' },
    { ...event, type: 'TamperDetectionActivated' },
  ]);
  const messages = await on.api.all('/v1/stations/EVENTS/messages');
  const stored = messages.filter(({ action, type }) => action === 'SecurityEventNotification' && type === 'Call');
  expect(stored).toHaveLength(2);
  expect(stored.map(({ head }) => head.type).toSorted()).toEqual([
    'InvalidCsmsCertificate',
    'TamperDetectionActivated',
  ]);
  await station.close();
});

it('certificates: what is installed, and a request to sign one, which nobody here can', async () => {
  const station = await booted(on.url, 'CERTIFICATES', 'ocpp1.6');
  const certificateHashData = {
    hashAlgorithm: 'SHA256',
    issuerNameHash: 'a1',
    issuerKeyHash: 'b2',
    serialNumber: '01',
  };
  answers(station, {
    GetInstalledCertificateIds: { status: 'Accepted', certificateHashData: [certificateHashData] },
    InstallCertificate: { status: 'Accepted' },
    DeleteCertificate: { status: 'NotFound' },
    CertificateSigned: { status: 'Rejected' },
  });
  const certificateType = ['CSMSRootCertificate'];
  const { body } = await on.api.command('CERTIFICATES', 'GetInstalledCertificateIds', { certificateType });
  expect(body.response).toEqual({
    status: 'Accepted',
    certificateHashDataChain: [{ certificateType: 'CSMSRootCertificate', certificateHashData }],
  });
  const install = { certificateType: 'CSMSRootCertificate', certificate: '-----BEGIN CERTIFICATE-----' };
  expect((await on.api.command('CERTIFICATES', 'InstallCertificate', install)).body).toMatchObject({
    state: 'completed',
    native: [{ request: { ...install, certificateType: 'CentralSystemRootCertificate' } }],
  });
  expect((await on.api.command('CERTIFICATES', 'DeleteCertificate', { certificateHashData })).body.response).toEqual({
    status: 'NotFound',
  });
  const signed = { certificateChain: '-----BEGIN CERTIFICATE-----' };
  expect((await on.api.command('CERTIFICATES', 'CertificateSigned', signed)).body).toMatchObject({ state: 'refused' });
  const csr = '-----BEGIN CERTIFICATE REQUEST-----';
  expect((await station.call('SignCertificate', { csr }))[2]).toEqual({ status: 'Rejected' });
  await station.close();
});
