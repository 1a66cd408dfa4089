import { afterEach, describe, expect, test } from 'vitest';
import { type StationOptions, type StationVersion, VirtualStation } from '../../src/station/index.ts';
import { TestCsms } from './csms.ts';
import { requests16, requests21, requests201 } from './requests.ts';

const open: { csms: TestCsms; station: VirtualStation }[] = [];

async function setUp(version: StationVersion, options: Partial<StationOptions> = {}) {
  const csms = await TestCsms.listen(version);
  const station = new VirtualStation({ id: 'CP-1', version, url: csms.url, speed: 300, outlet: 'ac22', ...options });
  open.push({ csms, station });
  station.start();
  const told = version === '2.1' ? 'NotifyEvent' : 'StatusNotification';
  const statuses = (options.connectors ?? 1) + (version === '2.0.1' ? 0 : 1);
  await csms.until(() => csms.of(told).length === statuses);
  return { csms, station };
}

afterEach(async () => {
  for (const { csms, station } of open.splice(0)) {
    await station.stop(0);
    await csms.close();
    expect(csms.violations).toEqual([]);
  }
});

describe.each([
  ['1.6', requests16],
  ['2.0.1', requests201],
  ['2.1', requests21],
] as const)('a station of %s', (version, requests) => {
  test('answers every Action of a CSMS, validly', async () => {
    // Nothing moves by itself meanwhile, so that every answer is the same each time.
    const { csms, station } = await setUp(version, { speed: 1, plugOnRemoteStart: false });
    const ofCsms = [...csms.version.actions.values()]
      .filter(({ initiator }) => initiator !== 'station')
      .map(({ name }) => name);
    expect(Object.keys(requests).sort()).toEqual(ofCsms.sort());
    expect([...station.dialect.answers.keys()].sort()).toEqual(ofCsms.sort());
    const answered: Record<string, string> = {};
    for (const [action, request] of Object.entries(requests)) {
      const response = await csms.call('CP-1', action, request);
      expect(response, action).not.toHaveProperty('error');
      answered[action] = response.status ?? Object.keys(response).join();
    }
    expect(answered).toMatchSnapshot();
  });

  test('refuses what is bad with the right CallError', async () => {
    const { csms } = await setUp(version);
    const code = async (action: string, payload: unknown) =>
      (await csms.raw('CP-1', JSON.stringify([2, `bad-${Math.random()}`.slice(0, 36), action, payload])))[2];
    const missing = version === '1.6' ? 'OccurenceConstraintViolation' : 'OccurrenceConstraintViolation';
    const format = version === '1.6' ? 'FormationViolation' : 'FormatViolation';
    expect(await code('MakeCoffee', {})).toBe('NotImplemented');
    expect(await code('Heartbeat', {})).toBe('NotSupported');
    expect(await code('Reset', {})).toBe(missing);
    expect(await code('Reset', { type: 5 })).toBe('TypeConstraintViolation');
    expect(await code('Reset', { type: 'Gently' })).toBe('PropertyConstraintViolation');
    expect(await code('ClearCache', { milk: true })).toBe(format);
    expect(await csms.raw('CP-1', '[2,"no-payload","ClearCache",null]')).toEqual([
      3,
      'no-payload',
      { status: 'Accepted' },
    ]);
    expect(await csms.raw('CP-1', '[2,"none-at-all","ClearCache"]')).toEqual([
      3,
      'none-at-all',
      { status: 'Accepted' },
    ]);
  });

  test('keeps the connection whatever it is sent', async () => {
    const { csms } = await setUp(version);
    for (const frame of [
      '',
      '{}',
      '[',
      '[2]',
      '[2,5,"Reset",{}]',
      '[3,"never-asked",{}]',
      '[4,"never-asked","GenericError","",{}]',
    ]) {
      csms.write('CP-1', frame);
    }
    const unknown = '[9,"number-nine",{}]';
    csms.violations.length = 0;
    if (version === '2.0.1') expect((await csms.raw('CP-1', unknown))[2]).toBe('MessageTypeNotSupported');
    else csms.write('CP-1', unknown);
    expect(await csms.call('CP-1', 'ClearCache', {})).toEqual({ status: 'Accepted' });
    // Only what 2.x answers to what nobody can read.
    for (const violation of csms.violations.splice(0)) expect(violation).toContain('RpcFrameworkError');
  });
});

describe('1.6', () => {
  test('RemoteStart charges, RemoteStop stops, with a profile that limits', async () => {
    const { csms, station } = await setUp('1.6', { connectors: 2 });
    const chargingProfile = {
      chargingProfileId: 5,
      stackLevel: 1,
      chargingProfilePurpose: 'TxProfile',
      chargingProfileKind: 'Relative',
      chargingSchedule: { chargingRateUnit: 'W', chargingSchedulePeriod: [{ startPeriod: 0, limit: 4200 }] },
    };
    const start = { connectorId: 2, idTag: 'REMOTE', chargingProfile };
    expect(await csms.call('CP-1', 'RemoteStartTransaction', start)).toEqual({ status: 'Accepted' });
    expect(await csms.call('CP-1', 'RemoteStartTransaction', start)).toEqual({ status: 'Rejected' });
    await csms.until(() => csms.of('MeterValues').length >= 2);
    expect(csms.of('StartTransaction')[0]?.payload).toMatchObject({ connectorId: 2, idTag: 'REMOTE' });
    const power = csms.of('MeterValues')[1]!.payload.meterValue[0].sampledValue[1];
    expect(power.measurand).toBe('Power.Active.Import');
    expect(Number(power.value)).toBeLessThanOrEqual(4200);
    expect(await csms.call('CP-1', 'RemoteStopTransaction', { transactionId: 1 })).toEqual({ status: 'Accepted' });
    await csms.until(() => csms.of('StopTransaction').length === 1);
    expect(csms.of('StopTransaction')[0]?.payload).toMatchObject({ transactionId: 1, reason: 'Remote' });
    expect(station.profiles.all).toEqual([]);
  });

  test('AuthorizeRemoteTxRequests asks first', async () => {
    const { csms, station } = await setUp('1.6', { settings: { AuthorizeRemoteTxRequests: 'true' } });
    csms.replies.set('Authorize', () => ({ idTagInfo: { status: 'Invalid' } }));
    expect(await csms.call('CP-1', 'RemoteStartTransaction', { idTag: 'REMOTE' })).toEqual({ status: 'Accepted' });
    await csms.until(() => csms.of('Authorize').length === 1);
    expect(station.evse().authorization).toBeUndefined();
  });

  test('a charging limit below 6 A suspends, and lifting it goes on', async () => {
    const { csms, station } = await setUp('1.6');
    station.plug();
    await station.startCharging('TAG');
    const last = () => csms.of('StatusNotification').at(-1)?.payload.status;
    await csms.until(() => last() === 'Charging');
    const profile = requests16.SetChargingProfile as { csChargingProfiles: object };
    const limited = (limit: number) => ({
      connectorId: 1,
      csChargingProfiles: {
        ...profile.csChargingProfiles,
        chargingProfilePurpose: 'TxDefaultProfile',
        chargingSchedule: { chargingRateUnit: 'A', chargingSchedulePeriod: [{ startPeriod: 0, limit }] },
      },
    });
    expect(await csms.call('CP-1', 'SetChargingProfile', limited(0))).toEqual({ status: 'Accepted' });
    await csms.until(() => last() === 'SuspendedEVSE');
    const composite = await csms.call('CP-1', 'GetCompositeSchedule', {
      connectorId: 1,
      duration: 60,
      chargingRateUnit: 'A',
    });
    expect(composite.chargingSchedule.chargingSchedulePeriod).toEqual([{ startPeriod: 0, limit: 0, numberPhases: 3 }]);
    expect(await csms.call('CP-1', 'ClearChargingProfile', { id: 1 })).toEqual({ status: 'Accepted' });
    await csms.until(() => last() === 'Charging');
    expect(await csms.call('CP-1', 'ClearChargingProfile', { id: 1 })).toEqual({ status: 'Unknown' });
  });

  test.each([
    ['Soft', 'SoftReset'],
    ['Hard', 'HardReset'],
  ])('a %s reset stops the transaction, boots again and tells it', async (type, reason) => {
    const { csms, station } = await setUp('1.6', { rebootTime: 3000 });
    station.plug();
    await station.startCharging('TAG');
    await csms.until(() => csms.of('StartTransaction').length === 1);
    expect(await csms.call('CP-1', 'Reset', { type })).toEqual({ status: 'Accepted' });
    await csms.until(() => csms.of('BootNotification').length === 2 && csms.of('StopTransaction').length === 1);
    expect(csms.of('StopTransaction')[0]?.payload.reason).toBe(reason);
    const order = csms.received.map(({ action }) => action).filter((each) => /Boot|Stop/.test(each));
    if (type === 'Soft') expect(order).toEqual(['BootNotification', 'StopTransaction', 'BootNotification']);
  });

  test('UnlockConnector ends the transaction', async () => {
    const { csms, station } = await setUp('1.6');
    station.plug();
    await station.startCharging('TAG');
    expect(await csms.call('CP-1', 'UnlockConnector', { connectorId: 1 })).toEqual({ status: 'Unlocked' });
    await csms.until(() => csms.of('StatusNotification').at(-1)?.payload.status === 'Available');
    expect(csms.of('StopTransaction')[0]?.payload.reason).toBe('UnlockCommand');
    expect(await csms.call('CP-1', 'UnlockConnector', { connectorId: 4 })).toEqual({ status: 'NotSupported' });
  });

  test('ChangeAvailability waits for a transaction', async () => {
    const { csms, station } = await setUp('1.6');
    station.plug();
    await station.startCharging('TAG');
    const request = { connectorId: 0, type: 'Inoperative' };
    expect(await csms.call('CP-1', 'ChangeAvailability', request)).toEqual({ status: 'Scheduled' });
    await csms.until(
      () => csms.of('StatusNotification').at(-1)?.payload.connectorId === 0 || csms.of('StartTransaction').length === 1,
    );
    station.stopCharging();
    station.unplug();
    await csms.until(() => csms.of('StatusNotification').at(-1)?.payload.status === 'Unavailable');
    expect(await csms.call('CP-1', 'RemoteStartTransaction', { idTag: 'TAG' })).toEqual({ status: 'Rejected' });
    expect(await csms.call('CP-1', 'ChangeAvailability', { connectorId: 0, type: 'Operative' })).toEqual({
      status: 'Accepted',
    });
    await csms.until(() => csms.of('StatusNotification').at(-1)?.payload.status === 'Available');
  });

  test('configuration: read, written, refused, unknown', async () => {
    const { csms } = await setUp('1.6', { connectors: 2 });
    const all = await csms.call('CP-1', 'GetConfiguration', {});
    expect(all.configurationKey.length).toBeGreaterThan(40);
    const change = (key: string, value: string) => csms.call('CP-1', 'ChangeConfiguration', { key, value });
    expect(await change('metervaluesampleinterval', '15')).toEqual({ status: 'Accepted' });
    expect(await change('MeterValueSampleInterval', 'often')).toEqual({ status: 'Rejected' });
    expect(await change('MeterValuesSampledData', 'Energy.Active.Import.Register,Taste')).toEqual({
      status: 'Rejected',
    });
    expect(await change('NumberOfConnectors', '9')).toEqual({ status: 'Rejected' });
    expect(await change('Kettle', 'on')).toEqual({ status: 'NotSupported' });
    expect(
      await csms.call('CP-1', 'GetConfiguration', {
        key: ['NumberOfConnectors', 'AuthorizationKey', 'Kettle', 'MeterValueSampleInterval'],
      }),
    ).toEqual({
      configurationKey: [
        { key: 'NumberOfConnectors', readonly: true, value: '2' },
        { key: 'AuthorizationKey', readonly: false },
        { key: 'MeterValueSampleInterval', readonly: false, value: '15' },
      ],
      unknownKey: ['Kettle'],
    });
  });

  test('a local list decides while offline', async () => {
    const { csms, station } = await setUp('1.6');
    const list = (listVersion: number, updateType: string, entries: object[]) =>
      csms.call('CP-1', 'SendLocalList', { listVersion, updateType, localAuthorizationList: entries });
    const entry = { idTag: 'FRIEND', idTagInfo: { status: 'Accepted' } };
    expect(await list(3, 'Full', [entry])).toEqual({ status: 'Accepted' });
    expect(await list(3, 'Differential', [])).toEqual({ status: 'VersionMismatch' });
    expect(await list(4, 'Differential', [{ idTag: 'FOE', idTagInfo: { status: 'Blocked' } }])).toEqual({
      status: 'Accepted',
    });
    expect(await csms.call('CP-1', 'GetLocalListVersion', {})).toEqual({ listVersion: 4 });
    station.goOffline();
    expect(await station.authorize('friend')).toMatchObject({ status: 'Accepted', by: 'localList' });
    expect(await station.authorize('foe')).toMatchObject({ status: 'Blocked', by: 'localList' });
    expect(await station.authorize('stranger')).toMatchObject({ status: 'Invalid', by: 'station' });
    expect(csms.of('Authorize')).toEqual([]);
  });

  test('a reservation holds the connector for its token and is used up', async () => {
    const { csms, station } = await setUp('1.6');
    const reserve = {
      connectorId: 1,
      expiryDate: new Date(Date.now() + 60_000).toISOString(),
      idTag: 'GUEST',
      reservationId: 4,
    };
    expect(await csms.call('CP-1', 'ReserveNow', reserve)).toEqual({ status: 'Accepted' });
    await csms.until(() => csms.of('StatusNotification').at(-1)?.payload.status === 'Reserved');
    expect(await csms.call('CP-1', 'ReserveNow', { ...reserve, reservationId: 5 })).toEqual({ status: 'Occupied' });
    expect(await csms.call('CP-1', 'RemoteStartTransaction', { idTag: 'OTHER' })).toEqual({ status: 'Rejected' });
    station.plug();
    await station.startCharging('guest');
    await csms.until(() => csms.of('StartTransaction').length === 1);
    expect(csms.of('StartTransaction')[0]?.payload).toMatchObject({ reservationId: 4 });
    expect(await csms.call('CP-1', 'CancelReservation', { reservationId: 4 })).toEqual({ status: 'Rejected' });
  });

  test('a reservation expires', async () => {
    const { csms } = await setUp('1.6', { connectors: 2 });
    const expiryDate = new Date(Date.now() + 1500).toISOString();
    const reserve = { connectorId: 0, expiryDate, idTag: 'GUEST', reservationId: 4 };
    expect(await csms.call('CP-1', 'ReserveNow', reserve)).toEqual({ status: 'Accepted' });
    // One of two connectors can be spared.
    expect(await csms.call('CP-1', 'RemoteStartTransaction', { connectorId: 1, idTag: 'OTHER' })).toEqual({
      status: 'Accepted',
    });
    await csms.until(() => csms.of('StatusNotification').some(({ payload }) => payload.status === 'Reserved'));
    const status = (id: number) =>
      csms.of('StatusNotification').findLast(({ payload }) => payload.connectorId === id)?.payload.status;
    await csms.until(
      () =>
        status(2) === 'Available' &&
        csms.of('StatusNotification').some(({ payload }) => payload.connectorId === 2 && payload.status === 'Reserved'),
    );
  });

  test('what is triggered comes after the answer', async () => {
    const { csms } = await setUp('1.6', { connectors: 2 });
    const trigger = (requestedMessage: string, connectorId?: number) =>
      csms.call('CP-1', 'TriggerMessage', { requestedMessage, ...(connectorId !== undefined && { connectorId }) });
    expect(await trigger('BootNotification')).toEqual({ status: 'Rejected' });
    expect(await trigger('StatusNotification', 9)).toEqual({ status: 'Rejected' });
    for (const [message, connectorId, count] of [
      ['Heartbeat', undefined, 1],
      ['StatusNotification', 2, 1],
      ['StatusNotification', undefined, 3],
      ['MeterValues', undefined, 2],
      ['DiagnosticsStatusNotification', undefined, 1],
      ['FirmwareStatusNotification', undefined, 1],
    ] as const) {
      const before = csms.of(message).length;
      expect(await trigger(message, connectorId)).toEqual({ status: 'Accepted' });
      await csms.until(() => csms.of(message).length === before + count);
    }
    expect(csms.of('MeterValues')[0]?.payload.meterValue[0].sampledValue[0].context).toBe('Trigger');
  });

  test('firmware is loaded, installed and booted; logs are sent', async () => {
    const { csms, station } = await setUp('1.6', { rebootTime: 1000 });
    const retrieveDate = new Date().toISOString();
    await csms.call('CP-1', 'UpdateFirmware', { location: 'https://files.example/fw', retrieveDate });
    await csms.until(() => csms.of('FirmwareStatusNotification').length === 4);
    expect(csms.of('FirmwareStatusNotification').map(({ payload }) => payload.status)).toEqual([
      'Downloading',
      'Downloaded',
      'Installing',
      'Installed',
    ]);
    expect(csms.of('BootNotification')[1]?.payload.firmwareVersion).toBe('1.0.1');
    expect(station.registration.state).toBe('Accepted');
    expect((await csms.call('CP-1', 'GetDiagnostics', { location: 'gopher://old' })).fileName).toMatch(/^diagnostics/);
    await csms.until(() => csms.of('DiagnosticsStatusNotification').at(-1)?.payload.status === 'UploadFailed');
  });

  test('a certificate is asked for, delivered and refused when it is none', async () => {
    const { csms } = await setUp('1.6');
    await csms.call('CP-1', 'ExtendedTriggerMessage', { requestedMessage: 'SignChargePointCertificate' });
    await csms.until(() => csms.of('SignCertificate').length === 1);
    expect(csms.of('SignCertificate')[0]?.payload.csr).toMatch(/^-----BEGIN CERTIFICATE REQUEST-----\n/);
    expect(await csms.call('CP-1', 'CertificateSigned', { certificateChain: 'nonsense' })).toEqual({
      status: 'Rejected',
    });
  });
});

describe('2.0.1', () => {
  test('RequestStart tells its remoteStartId, RequestStop stops, GetTransactionStatus knows', async () => {
    const { csms } = await setUp('2.0.1', { connectors: 2 });
    const start = { evseId: 2, idToken: { idToken: 'REMOTE', type: 'Central' }, remoteStartId: 77 };
    expect(await csms.call('CP-1', 'RequestStartTransaction', start)).toEqual({ status: 'Accepted' });
    await csms.until(() => csms.of('TransactionEvent').length >= 2);
    const [started] = csms.of('TransactionEvent');
    expect(started?.payload).toMatchObject({
      eventType: 'Started',
      evse: { id: 2 },
      transactionInfo: { remoteStartId: 77 },
      idToken: { idToken: 'REMOTE', type: 'Central' },
    });
    const { transactionId } = started!.payload.transactionInfo;
    expect(await csms.call('CP-1', 'GetTransactionStatus', { transactionId })).toMatchObject({
      ongoingIndicator: true,
    });
    expect(await csms.call('CP-1', 'UnlockConnector', { evseId: 2, connectorId: 1 })).toEqual({
      status: 'OngoingAuthorizedTransaction',
    });
    expect(await csms.call('CP-1', 'RequestStopTransaction', { transactionId })).toEqual({ status: 'Accepted' });
    await csms.until(() => csms.of('TransactionEvent').at(-1)?.payload.eventType === 'Ended');
    expect(csms.of('TransactionEvent').at(-1)?.payload).toMatchObject({
      triggerReason: 'RemoteStop',
      transactionInfo: { stoppedReason: 'Remote' },
    });
    expect(await csms.call('CP-1', 'GetTransactionStatus', { transactionId })).toEqual({
      ongoingIndicator: false,
      messagesInQueue: false,
    });
    expect(await csms.call('CP-1', 'RequestStartTransaction', { ...start, evseId: 9 })).toMatchObject({
      status: 'Rejected',
      statusInfo: { reasonCode: 'UnknownEvse' },
    });
  });

  test('the whole device model is reported in numbered parts', async () => {
    const { csms } = await setUp('2.0.1', { connectors: 4 });
    await csms.call('CP-1', 'GetBaseReport', { requestId: 5, reportBase: 'FullInventory' });
    await csms.until(() => csms.of('NotifyReport').at(-1)?.payload.tbc === false);
    const reports = csms.of('NotifyReport').map(({ payload }) => payload);
    expect(reports.length).toBeGreaterThan(1);
    expect(reports.map(({ seqNo, tbc }) => [seqNo, tbc])).toEqual(reports.map((_, n) => [n, n < reports.length - 1]));
    const rows = reports.flatMap(({ reportData }) => reportData);
    expect(rows.filter(({ component }) => component.name === 'Connector').length).toBe(16);
    const password = rows.find(({ variable }) => variable.name === 'BasicAuthPassword');
    expect(password.variableAttribute).toEqual([{ type: 'Actual', mutability: 'WriteOnly' }]);
    await csms.call('CP-1', 'GetReport', {
      requestId: 6,
      componentVariable: [{ component: { name: 'EVSE', evse: { id: 3 } } }],
    });
    await csms.until(() => csms.of('NotifyReport').at(-1)?.payload.requestId === 6);
    for (const { component } of csms.of('NotifyReport').at(-1)!.payload.reportData)
      expect(component.evse).toEqual({ id: 3 });
  });

  test('variables: each is read or written by itself', async () => {
    const { csms, station } = await setUp('2.0.1');
    const v = (component: string, variable: string) => ({
      component: { name: component },
      variable: { name: variable },
    });
    const { getVariableResult } = await csms.call('CP-1', 'GetVariables', {
      getVariableData: [
        v('SampledDataCtrlr', 'TxUpdatedInterval'),
        v('Kettle', 'On'),
        v('TxCtrlr', 'Taste'),
        v('SecurityCtrlr', 'BasicAuthPassword'),
        { ...v('TxCtrlr', 'TxStartPoint'), attributeType: 'MaxSet' },
      ],
    });
    expect(getVariableResult.map(({ attributeStatus }: { attributeStatus: string }) => attributeStatus)).toEqual([
      'Accepted',
      'UnknownComponent',
      'UnknownVariable',
      'Rejected',
      'NotSupportedAttributeType',
    ]);
    const { setVariableResult } = await csms.call('CP-1', 'SetVariables', {
      setVariableData: [
        { ...v('sampleddatactrlr', 'txupdatedinterval'), attributeValue: '20' },
        { ...v('TxCtrlr', 'TxStartPoint'), attributeValue: 'Breakfast' },
        { ...v('ChargingStation', 'Model'), attributeValue: 'Other' },
      ],
    });
    expect(setVariableResult.map(({ attributeStatus }: { attributeStatus: string }) => attributeStatus)).toEqual([
      'Accepted',
      'Rejected',
      'Rejected',
    ]);
    expect(station.settings.integer('MeterValueSampleInterval')).toBe(20);
  });

  test('Reset OnIdle waits for the transaction; Immediate ends it', async () => {
    const { csms, station } = await setUp('2.0.1', { rebootTime: 1000 });
    station.plug();
    await station.startCharging('TAG');
    expect(await csms.call('CP-1', 'Reset', { type: 'OnIdle' })).toEqual({ status: 'Scheduled' });
    station.stopCharging();
    await csms.until(() => csms.of('BootNotification').length === 2);
    expect(csms.of('BootNotification')[1]?.payload.reason).toBe('RemoteReset');
    await csms.until(() => csms.of('StatusNotification').at(-1)?.payload.connectorStatus === 'Occupied');
    await station.startCharging('TAG');
    expect(await csms.call('CP-1', 'Reset', { type: 'Immediate' })).toEqual({ status: 'Accepted' });
    await csms.until(() => csms.of('BootNotification').length === 3);
    expect(csms.of('TransactionEvent').at(-1)?.payload).toMatchObject({
      eventType: 'Ended',
      triggerReason: 'ResetCommand',
      transactionInfo: { stoppedReason: 'ImmediateReset' },
    });
  });

  test('charging profiles: stored, limiting, reported, duplicates refused, gone with the transaction', async () => {
    const { csms, station } = await setUp('2.0.1');
    station.plug();
    await station.startCharging('TAG');
    await csms.until(() => csms.of('TransactionEvent').length >= 2);
    const { transactionId } = csms.of('TransactionEvent')[0]!.payload.transactionInfo;
    const set = (id: number, more: object = {}) =>
      csms.call('CP-1', 'SetChargingProfile', {
        evseId: 1,
        chargingProfile: {
          id,
          stackLevel: 0,
          chargingProfilePurpose: 'TxProfile',
          chargingProfileKind: 'Relative',
          transactionId,
          chargingSchedule: [
            {
              id: 1,
              chargingRateUnit: 'W',
              chargingSchedulePeriod: [
                { startPeriod: 0, limit: 5000 },
                { startPeriod: 100_000, limit: 0 },
              ],
            },
          ],
          ...more,
        },
      });
    expect(await set(1)).toEqual({ status: 'Accepted' });
    expect(await set(2)).toMatchObject({ statusInfo: { reasonCode: 'DuplicateProfile' } });
    expect(await set(3, { transactionId: 'nope', stackLevel: 2 })).toMatchObject({
      statusInfo: { reasonCode: 'TxNotFound' },
    });
    expect(await set(4, { stackLevel: 99 })).toMatchObject({ status: 'Rejected' });
    const { schedule } = await csms.call('CP-1', 'GetCompositeSchedule', { evseId: 1, duration: 600 });
    expect(schedule.chargingSchedulePeriod[0]).toMatchObject({ limit: 5000 });
    await csms.call('CP-1', 'GetChargingProfiles', {
      requestId: 9,
      chargingProfile: { chargingProfilePurpose: 'TxProfile' },
    });
    await csms.until(() => csms.of('ReportChargingProfiles').length === 1);
    expect(csms.of('ReportChargingProfiles')[0]?.payload).toMatchObject({
      evseId: 1,
      chargingLimitSource: 'CSO',
      tbc: false,
    });
    station.stopCharging();
    expect(
      await csms.call('CP-1', 'GetChargingProfiles', { requestId: 9, chargingProfile: { stackLevel: 0 } }),
    ).toEqual({
      status: 'NoProfiles',
    });
  });

  test('a reservation that expires is told', async () => {
    const { csms } = await setUp('2.0.1');
    const expiryDateTime = new Date(Date.now() + 150).toISOString();
    const request = { id: 4, expiryDateTime, idToken: { idToken: 'GUEST', type: 'Central' }, evseId: 1 };
    expect(await csms.call('CP-1', 'ReserveNow', request)).toEqual({ status: 'Accepted' });
    await csms.until(() => csms.of('ReservationStatusUpdate').length === 1);
    expect(csms.of('ReservationStatusUpdate')[0]?.payload).toEqual({
      reservationId: 4,
      reservationUpdateStatus: 'Expired',
    });
    await csms.until(() => csms.of('StatusNotification').at(-1)?.payload.connectorStatus === 'Available');
  });

  test('triggers', async () => {
    const { csms, station } = await setUp('2.0.1');
    const trigger = (requestedMessage: string) => csms.call('CP-1', 'TriggerMessage', { requestedMessage });
    expect(await trigger('BootNotification')).toMatchObject({ status: 'Rejected' });
    expect(await trigger('SignV2GCertificate')).toEqual({ status: 'NotImplemented' });
    for (const message of ['Heartbeat', 'MeterValues', 'LogStatusNotification', 'FirmwareStatusNotification']) {
      const before = csms.of(message).length;
      expect(await trigger(message)).toEqual({ status: 'Accepted' });
      await csms.until(() => csms.of(message).length === before + 1);
    }
    await trigger('SignChargingStationCertificate');
    await csms.until(() => csms.of('SignCertificate').length === 1);
    station.plug();
    await station.startCharging('TAG');
    await trigger('TransactionEvent');
    await csms.until(() => csms.of('TransactionEvent').some(({ payload }) => payload.triggerReason === 'Trigger'));
  });
});

describe('2.1', () => {
  test('availability is told by NotifyEvent', async () => {
    const { csms } = await setUp('2.1');
    expect(csms.of('StatusNotification')).toEqual([]);
    expect(csms.of('NotifyEvent').at(-1)?.payload.eventData[0]).toMatchObject({
      component: { name: 'Connector', evse: { id: 1, connectorId: 1 } },
      variable: { name: 'AvailabilityState' },
      trigger: 'Delta',
      actualValue: 'Available',
    });
  });

  test('ImmediateAndResume resumes the transaction after the boot', async () => {
    const { csms, station } = await setUp('2.1', { rebootTime: 1000 });
    station.plug();
    await station.startCharging('TAG');
    await csms.until(() => csms.of('TransactionEvent').length >= 2);
    expect(await csms.call('CP-1', 'Reset', { type: 'ImmediateAndResume' })).toEqual({ status: 'Accepted' });
    await csms.until(() => csms.of('TransactionEvent').some(({ payload }) => payload.triggerReason === 'TxResumed'));
    await csms.until(() => csms.of('TransactionEvent').at(-1)?.payload.transactionInfo.chargingState === 'Charging');
    const ids = new Set(csms.of('TransactionEvent').map(({ payload }) => payload.transactionInfo.transactionId));
    expect(ids.size).toBe(1);
  });

  test('a dynamic schedule follows its updates', async () => {
    const { csms, station } = await setUp('2.1');
    const request = structuredClone(requests21.SetChargingProfile) as {
      evseId: number;
      chargingProfile: Record<string, unknown>;
    };
    request.evseId = 1;
    Object.assign(request.chargingProfile, {
      chargingProfilePurpose: 'TxDefaultProfile',
      chargingProfileKind: 'Dynamic',
    });
    expect(await csms.call('CP-1', 'SetChargingProfile', request)).toEqual({ status: 'Accepted' });
    expect(
      await csms.call('CP-1', 'UpdateDynamicSchedule', { chargingProfileId: 1, scheduleUpdate: { limit: 7 } }),
    ).toEqual({
      status: 'Accepted',
    });
    expect(station.profiles.all[0]?.profile.chargingSchedule[0]?.chargingSchedulePeriod[0]?.limit).toBe(7);
  });

  test('the limits of a CSMS end a transaction', async () => {
    const { csms, station } = await setUp('2.1');
    csms.replies.set('TransactionEvent', ({ payload }) =>
      payload.eventType === 'Started'
        ? { idTokenInfo: { status: 'Accepted' }, transactionLimit: { maxEnergy: 300 } }
        : undefined,
    );
    station.plug();
    await station.startCharging('TAG');
    await csms.until(() => csms.of('TransactionEvent').at(-1)?.payload.eventType === 'Ended');
    expect(csms.of('TransactionEvent').at(-1)?.payload).toMatchObject({
      triggerReason: 'EnergyLimitReached',
      transactionInfo: { stoppedReason: 'EnergyLimitReached' },
    });
  });

  test('an invalid answer is complained of with CallResultError', async () => {
    const { csms, station } = await setUp('2.1');
    csms.replies.set('Authorize', () => ({ idTokenInfo: { status: 'Sunny' } }));
    const deviations: string[] = [];
    const sent: string[] = [];
    station.on('deviation', (what) => deviations.push(what));
    station.on('message', ({ direction, type }) => direction === 'out' && sent.push(type));
    expect(await station.authorize('TAG')).toMatchObject({ status: 'Invalid', by: 'station' });
    expect(deviations[0]).toContain('the answer to Authorize is invalid: /idTokenInfo/status');
    expect(sent).toContain('CallResultError');
    await csms.until(() => csms.violations.length === 2);
    csms.violations.length = 0;
  });
});
