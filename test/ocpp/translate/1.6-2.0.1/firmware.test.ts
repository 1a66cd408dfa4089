/** Firmware updates (reference: L01-L03 of 2.x; UpdateFirmware of 1.6 and SignedUpdateFirmware of its security extension), both deployments. */
import { describe, expect, test } from 'vitest';
import { between16and201 } from '../../../../src/ocpp/translate/1.6-2.0.1/index.ts';
import type { Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { at, type Bridge, bridge, failure } from '../../../support/translation.ts';

const location = 'https://firmware.example/cp-7.bin';
const signatures = { signingCertificate: '-----BEGIN CERTIFICATE-----', signature: 'c2ln' };

describe('station 1.6, CSMS 2.0.1', () => {
  const underNewer = (settings = {}): Bridge => bridge('1.6', '2.0.1', [between16and201], settings);
  const plain = { requestId: 71, firmware: { location, retrieveDateTime: at(5) } };
  const signed = { requestId: 72, firmware: { ...plain.firmware, ...signatures } };
  const reason = (answer: Payload | undefined): unknown => [answer?.status, answer?.statusInfo?.reasonCode];
  const told = (b: Bridge, action: string, payload: Payload): unknown => b.fromStation(action, payload).calls;

  test('an unsigned update, and its course under the number of the request, over restarts', () => {
    const b = underNewer();
    const run = b.fromCsms('UpdateFirmware', { ...plain, retries: 3, retryInterval: 60 }, {});
    expect(run.calls).toEqual([
      { action: 'UpdateFirmware', payload: { location, retrieveDate: at(5), retries: 3, retryInterval: 60 } },
    ]);
    expect(run.answer).toEqual({ status: 'Accepted' });
    for (const status of ['Downloading', 'Downloaded', 'Installing', 'Installed']) {
      b.restart();
      const { calls, answer } = b.fromStation('FirmwareStatusNotification', { status });
      expect(calls).toEqual([{ action: 'FirmwareStatusNotification', payload: { status, requestId: 71 } }]);
      expect(answer).toEqual({});
    }
    b.restart();
    b.now += 3_600_000;
    // Told late, after a boot: it can only be the last one.
    expect(told(b, 'FirmwareStatusNotification', { status: 'InstallationFailed' })).toEqual([
      { action: 'FirmwareStatusNotification', payload: { status: 'InstallationFailed', requestId: 71 } },
    ]);
    expect(told(b, 'FirmwareStatusNotification', { status: 'Idle' })).toEqual([
      { action: 'FirmwareStatusNotification', payload: { status: 'Idle' } },
    ]);
  });

  test('an update that nobody asked for has the number 0', () => {
    const b = underNewer();
    expect(told(b, 'FirmwareStatusNotification', { status: 'Downloading' })).toEqual([
      { action: 'FirmwareStatusNotification', payload: { status: 'Downloading', requestId: 0 } },
    ]);
    expect(told(b, 'SignedFirmwareStatusNotification', { status: 'InstallScheduled' })).toEqual([
      { action: 'FirmwareStatusNotification', payload: { status: 'InstallScheduled', requestId: 0 } },
    ]);
  });

  test('a signed update', () => {
    const b = underNewer();
    const run = b.fromCsms(
      'UpdateFirmware',
      { ...signed, firmware: { ...signed.firmware, installDateTime: at(60) }, retries: 1, retryInterval: 30 },
      { status: 'Accepted' },
    );
    expect(run.calls).toEqual([
      {
        action: 'SignedUpdateFirmware',
        payload: {
          requestId: 72,
          retries: 1,
          retryInterval: 30,
          firmware: { location, retrieveDateTime: at(5), installDateTime: at(60), ...signatures },
        },
      },
    ]);
    expect(run.answer).toEqual({ status: 'Accepted' });
    b.restart();
    for (const status of ['DownloadScheduled', 'SignatureVerified', 'InstallRebooting', 'InvalidSignature']) {
      expect(told(b, 'SignedFirmwareStatusNotification', { status, requestId: 72 })).toEqual([
        { action: 'FirmwareStatusNotification', payload: { status, requestId: 72 } },
      ]);
    }
    // Without a number it is the last one.
    expect(told(b, 'SignedFirmwareStatusNotification', { status: 'Installed' })).toEqual([
      { action: 'FirmwareStatusNotification', payload: { status: 'Installed', requestId: 72 } },
    ]);
    expect(told(b, 'SignedFirmwareStatusNotification', { status: 'Idle', requestId: 72 })).toEqual([
      { action: 'FirmwareStatusNotification', payload: { status: 'Idle' } },
    ]);
  });

  test.each(['Rejected', 'InvalidCertificate', 'RevokedCertificate'])(
    'a signed update that is %s leaves the one before in its place',
    (status) => {
      const b = underNewer();
      b.fromCsms('UpdateFirmware', plain, {});
      expect(b.fromCsms('UpdateFirmware', signed, { status }).answer).toEqual({ status });
      b.restart();
      expect(told(b, 'FirmwareStatusNotification', { status: 'Downloaded' })).toEqual([
        { action: 'FirmwareStatusNotification', payload: { status: 'Downloaded', requestId: 71 } },
      ]);
    },
  );

  test('AcceptedCanceled: the new one is done', () => {
    const b = underNewer();
    b.fromCsms('UpdateFirmware', plain, {});
    expect(b.fromCsms('UpdateFirmware', signed, { status: 'AcceptedCanceled' }).answer).toEqual({
      status: 'AcceptedCanceled',
    });
    expect(told(b, 'SignedFirmwareStatusNotification', { status: 'Downloading' })).toMatchObject([
      { payload: { requestId: 72 } },
    ]);
  });

  test('the first status counts for the new update though its answer never came', () => {
    const b = underNewer();
    const run = b.fromCsms('UpdateFirmware', plain, failure('GenericError', true));
    expect(run.refusal).toMatchObject({ uncertain: true });
    b.restart();
    expect(told(b, 'FirmwareStatusNotification', { status: 'Downloading' })).toMatchObject([
      { payload: { requestId: 71 } },
    ]);
  });

  test('a station without the security extension gets signed firmware plainly, and is not asked again', () => {
    const b = underNewer();
    const first = b.fromCsms('UpdateFirmware', signed, failure('NotImplemented'), {});
    expect(first.calls.map(({ action }) => action)).toEqual(['SignedUpdateFirmware', 'UpdateFirmware']);
    expect(first.calls[1]?.payload).toEqual({ location, retrieveDate: at(5) });
    expect(first.answer).toEqual({ status: 'Accepted' });
    expect(b.notes.map(({ field }) => field)).toEqual(['firmware.signingCertificate', 'firmware.signature']);
    b.restart();
    const second = b.fromCsms('UpdateFirmware', { ...signed, requestId: 73 }, {});
    expect(second.calls.map(({ action }) => action)).toEqual(['UpdateFirmware']);
    b.restart();
    expect(told(b, 'FirmwareStatusNotification', { status: 'Installed' })).toMatchObject([
      { payload: { requestId: 73 } },
    ]);
    // New firmware may have learnt it.
    const boot = { chargePointVendor: 'Vendor', chargePointModel: 'Model', firmwareVersion: '2.0' };
    b.fromStation('BootNotification', boot);
    expect(b.fromCsms('UpdateFirmware', signed, { status: 'Accepted' }).calls.map(({ action }) => action)).toEqual([
      'SignedUpdateFirmware',
    ]);
  });

  test('a CallError of another kind means the same, unless the station has shown that it has the extension', () => {
    const b = underNewer();
    expect(b.fromCsms('UpdateFirmware', signed, failure('InternalError'), {}).answer).toEqual({ status: 'Accepted' });
    b.fromStation('SecurityEventNotification', { type: 'StartupOfTheDevice', timestamp: at(0) });
    b.restart();
    const run = b.fromCsms('UpdateFirmware', signed, failure('InternalError'));
    expect(run).toMatchObject({ answer: undefined, refusal: { condition: 'InternalError' } });
    expect(b.fromCsms('UpdateFirmware', signed, failure('NotSupported', true)).refusal?.uncertain).toBe(true);
  });

  test('without allowUnsignedFirmware nothing is sent that the station cannot check', () => {
    const b = underNewer({ allowUnsignedFirmware: false });
    const unsigned = b.fromCsms('UpdateFirmware', plain);
    expect(unsigned.calls).toEqual([]);
    expect(reason(unsigned.answer)).toEqual(['InvalidCertificate', 'InvalidCertificate']);
    const run = b.fromCsms('UpdateFirmware', signed, failure('NotSupported'));
    expect(run.calls.map(({ action }) => action)).toEqual(['SignedUpdateFirmware']);
    expect(reason(run.answer)).toEqual(['InvalidCertificate', 'InvalidCertificate']);
    expect(b.fromCsms('UpdateFirmware', signed).calls).toEqual([]);
  });

  test('firmware with only one of certificate and signature is not signed', () => {
    const { signature } = signatures;
    const run = underNewer().fromCsms('UpdateFirmware', { ...plain, firmware: { ...plain.firmware, signature } }, {});
    expect(run.calls.map(({ action }) => action)).toEqual(['UpdateFirmware']);
  });

  test('a date of installation: what is to come cannot be said plainly, what is past is left out', () => {
    const b = underNewer();
    const update = (installDateTime: string): ReturnType<Bridge['fromCsms']> =>
      b.fromCsms('UpdateFirmware', { ...plain, firmware: { ...plain.firmware, installDateTime } });
    const future = update(at(10));
    expect(future.calls).toEqual([]);
    expect(reason(future.answer)).toEqual(['Rejected', 'UnsupportedParam']);
    expect(update(at(-1)).calls[0]?.payload).toEqual({ location, retrieveDate: at(5) });
  });

  test('a location that is no URI is refused', () => {
    const run = underNewer().fromCsms('UpdateFirmware', { ...plain, firmware: { ...plain.firmware, location: 'a b' } });
    expect(run.calls).toEqual([]);
    expect(reason(run.answer)).toEqual(['Rejected', 'InvalidURL']);
  });

  test('a station without firmware management', () => {
    const b = underNewer();
    b.fromCsms('UpdateFirmware', plain, {});
    const run = b.fromCsms('UpdateFirmware', { ...plain, requestId: 99 }, failure('NotImplemented'));
    expect(reason(run.answer)).toEqual(['Rejected', 'UnsupportedRequest']);
    expect(told(b, 'FirmwareStatusNotification', { status: 'Downloading' })).toMatchObject([
      { payload: { requestId: 71 } },
    ]);
  });

  test('TriggerMessage asks in the messages of the last update', () => {
    const b = underNewer();
    const asked = (...replies: Parameters<Bridge['fromCsms']>[2][]): unknown =>
      b
        .fromCsms('TriggerMessage', { requestedMessage: 'FirmwareStatusNotification' }, ...replies)
        .calls.map(({ action, payload }) => `${action} ${payload.requestedMessage}`);
    const plainly = 'TriggerMessage FirmwareStatusNotification';
    expect(asked({ status: 'Accepted' })).toEqual([plainly]);
    b.fromCsms('UpdateFirmware', signed, { status: 'Accepted' });
    b.restart();
    expect(asked({ status: 'Accepted' })).toEqual(['ExtendedTriggerMessage FirmwareStatusNotification']);
    expect(asked({ status: 'NotImplemented' }, { status: 'Accepted' })).toEqual([
      'ExtendedTriggerMessage FirmwareStatusNotification',
      plainly,
    ]);
    b.fromCsms('UpdateFirmware', plain, {});
    expect(asked({ status: 'Accepted' })).toEqual([plainly]);
  });

  test('the boot of an installation says so, once', () => {
    const b = underNewer();
    const boot = (): unknown =>
      b.fromStation('BootNotification', { chargePointVendor: 'Vendor', chargePointModel: 'Model' }).calls[0]?.payload
        .reason;
    const status = (value: string): unknown => b.fromStation('FirmwareStatusNotification', { status: value });
    status('Downloaded');
    expect(boot()).toBe('PowerUp');
    status('Installing');
    b.restart();
    expect([boot(), boot()]).toEqual(['FirmwareUpdate', 'PowerUp']);
    // Told after the boot that it was for.
    status('Installed');
    expect(boot()).toBe('PowerUp');
    status('Downloading');
    status('Installed');
    expect(boot()).toBe('FirmwareUpdate');
    status('Installing');
    status('InstallationFailed');
    expect(boot()).toBe('PowerUp');
  });

  test('nothing is published', () => {
    const b = underNewer();
    const publish = b.fromCsms('PublishFirmware', { location, checksum: 'd41d8cd9', requestId: 5 });
    expect(publish.calls).toEqual([]);
    expect(reason(publish.answer)).toEqual(['Rejected', 'UnsupportedRequest']);
    expect(b.fromCsms('UnpublishFirmware', { checksum: 'd41d8cd9' })).toMatchObject({
      calls: [],
      answer: { status: 'NoFirmware' },
    });
  });
});

describe('station 2.0.1, CSMS 1.6', () => {
  const underOlder = (): Bridge => bridge('2.0.1', '1.6', [between16and201]);
  const update = { location, retrieveDate: at(5) };
  const signed = { requestId: 7, firmware: { location, retrieveDateTime: at(5), ...signatures } };
  const told = (b: Bridge, status: string, requestId?: number): unknown =>
    b.fromStation('FirmwareStatusNotification', { status, ...(requestId === undefined ? {} : { requestId }) }).calls;
  const plainly = (status: string): unknown => [{ action: 'FirmwareStatusNotification', payload: { status } }];

  test('an unsigned update gets a number, and its course is told in the words of 1.6, over restarts', () => {
    const b = underOlder();
    const run = b.fromCsms('UpdateFirmware', { ...update, retries: 2, retryInterval: 10 }, { status: 'Accepted' });
    expect(run.calls).toEqual([
      {
        action: 'UpdateFirmware',
        payload: { requestId: 1, firmware: { location, retrieveDateTime: at(5) }, retries: 2, retryInterval: 10 },
      },
    ]);
    expect(run.answer).toEqual({});
    const course = [
      ['DownloadScheduled', undefined],
      ['Downloading', 'Downloading'],
      ['DownloadPaused', undefined],
      ['Downloaded', 'Downloaded'],
      ['SignatureVerified', undefined],
      ['InstallScheduled', undefined],
      ['Installing', 'Installing'],
      ['InstallRebooting', 'Installing'],
      ['Installed', 'Installed'],
      ['DownloadFailed', 'DownloadFailed'],
      ['InstallationFailed', 'InstallationFailed'],
      ['InvalidSignature', 'InstallationFailed'],
      ['InstallVerificationFailed', 'InstallationFailed'],
      ['Idle', 'Idle'],
    ] as const;
    for (const [newer, older] of course) {
      b.restart();
      expect(told(b, newer, 1), newer).toEqual(older === undefined ? [] : plainly(older));
    }
    expect(b.emitted()).toEqual([]);
    b.restart();
    expect(b.fromCsms('UpdateFirmware', update).calls[0]?.payload.requestId).toBe(2);
  });

  test.each(['Rejected', 'InvalidCertificate', 'RevokedCertificate'])(
    'what the station refuses (%s) has failed to download, which is told after the answer',
    (status) => {
      const b = underOlder();
      const run = b.fromCsms('UpdateFirmware', update, { status });
      expect(run.answer).toEqual({});
      b.restart();
      expect(b.emitted()).toMatchObject([
        { side: 'csms', calls: [{ action: 'FirmwareStatusNotification', payload: { status: 'DownloadFailed' } }] },
      ]);
      expect(b.emitted()).toEqual([]);
    },
  );

  test('a location that 2.0.1 has no room for has failed to download', () => {
    const b = underOlder();
    const run = b.fromCsms('UpdateFirmware', { ...update, location: `https://example.com/${'x'.repeat(500)}` });
    expect(run).toMatchObject({ calls: [], answer: {} });
    expect(b.emitted()[0]?.calls[0]?.payload).toEqual({ status: 'DownloadFailed' });
    expect(b.notes.map(({ field }) => field)).toEqual(['location']);
  });

  test('a station that does not answer, or cannot', () => {
    const b = underOlder();
    expect(b.fromCsms('UpdateFirmware', update, failure('NotImplemented')).refusal?.condition).toBe('NotSupported');
    expect(b.fromCsms('UpdateFirmware', update, failure('GenericError', true)).refusal?.uncertain).toBe(true);
    expect(b.emitted()).toEqual([]);
  });

  test('a signed update keeps its number and its words', () => {
    const b = underOlder();
    const request = {
      ...signed,
      firmware: { ...signed.firmware, installDateTime: at(60) },
      retries: 2,
      retryInterval: 10,
    };
    const run = b.fromCsms('SignedUpdateFirmware', request, {
      status: 'Accepted',
      statusInfo: { reasonCode: 'NoError' },
    });
    expect(run.calls).toEqual([{ action: 'UpdateFirmware', payload: request }]);
    expect(run.answer).toEqual({ status: 'Accepted' });
    b.restart();
    for (const status of ['DownloadPaused', 'InvalidSignature', 'InstallRebooting']) {
      expect(told(b, status, 7)).toEqual([
        { action: 'SignedFirmwareStatusNotification', payload: { status, requestId: 7 } },
      ]);
    }
    expect(told(b, 'Idle')).toEqual([{ action: 'SignedFirmwareStatusNotification', payload: { status: 'Idle' } }]);
    for (const status of ['Rejected', 'AcceptedCanceled', 'InvalidCertificate', 'RevokedCertificate']) {
      expect(b.fromCsms('SignedUpdateFirmware', signed, { status }).answer).toEqual({ status });
    }
  });

  test('numbers that the CSMS gave are passed over, and statuses keep apart whose they are', () => {
    const b = underOlder();
    b.fromCsms('SignedUpdateFirmware', { ...signed, requestId: 1 }, { status: 'Accepted' });
    expect(b.fromCsms('UpdateFirmware', update, { status: 'AcceptedCanceled' }).calls[0]?.payload.requestId).toBe(2);
    b.restart();
    expect(told(b, 'DownloadFailed', 1)).toEqual([
      { action: 'SignedFirmwareStatusNotification', payload: { status: 'DownloadFailed', requestId: 1 } },
    ]);
    expect(told(b, 'Downloading', 2)).toEqual(plainly('Downloading'));
    // The end of a plain update that another took the place of would be taken for the end of that one.
    b.fromCsms('UpdateFirmware', update, { status: 'AcceptedCanceled' });
    expect(told(b, 'DownloadFailed', 2)).toEqual([]);
    expect(b.notes.map(({ field }) => field)).toEqual(['requestId']);
    expect(told(b, 'Downloading', 3)).toEqual(plainly('Downloading'));
  });

  test('an update that the CSMS did not ask for', () => {
    const b = underOlder();
    expect(told(b, 'Downloading', 55)).toEqual(plainly('Downloading'));
    expect(told(b, 'Idle')).toEqual(plainly('Idle'));
  });

  test('Idle comes in the messages in which it was asked for', () => {
    const b = underOlder();
    const trigger = (action: string, status = 'Accepted'): unknown =>
      b.fromCsms(action, { requestedMessage: 'FirmwareStatusNotification' }, { status });
    trigger('ExtendedTriggerMessage');
    b.restart();
    expect(told(b, 'Idle')).toEqual([{ action: 'SignedFirmwareStatusNotification', payload: { status: 'Idle' } }]);
    expect(told(b, 'Idle')).toEqual(plainly('Idle'));
    b.fromCsms('SignedUpdateFirmware', signed, { status: 'Accepted' });
    trigger('TriggerMessage');
    expect(told(b, 'Idle')).toEqual(plainly('Idle'));
    trigger('TriggerMessage', 'Rejected');
    expect(told(b, 'Idle')).toMatchObject([{ action: 'SignedFirmwareStatusNotification' }]);
  });

  test('firmware that the station publishes is of no interest to a 1.6 CSMS', () => {
    const b = underOlder();
    const run = b.fromStation('PublishFirmwareStatusNotification', {
      status: 'Published',
      location: [location],
      requestId: 4,
    });
    expect(run).toMatchObject({ calls: [], answer: {} });
    expect(b.notes.map(({ field }) => field)).toEqual(['status', 'location', 'requestId']);
  });
});
