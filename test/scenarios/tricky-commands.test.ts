/** The tricky cases that begin with a command, with the built-in CSMS of 2.1 as the other side. CSMSs of other versions are played in test/ocpp/translate/tricky-cases/. */
import { expect, it } from 'vitest';
import { SoapStation, textOf } from '../support/soap.ts';
import { booted, Events, stage } from './support.ts';

const on = stage({
  EVSEBRIDGE_CALL_TIMEOUT: '1',
  EVSEBRIDGE_UNKNOWN_TOKENS: 'accept',
  EVSEBRIDGE_READ_CONFIGURATION: 'false',
});

const at = (minute: number): string => `2026-01-05T10:${String(minute).padStart(2, '0')}:00.000Z`;
const of = (component: string, variable: string) => ({ component: { name: component }, variable: { name: variable } });

it('F33: the report of a 1.6 station that tells nothing unless it is asked for it', async () => {
  const keys: Readonly<Record<string, string>> = {
    HeartbeatInterval: '300',
    NumberOfConnectors: '1',
    VendorMood: 'fine',
  };
  const station = await booted(on.url, 'F33', 'ocpp1.6');
  station.onCall = ([, id, , { key }]) => {
    if (key === undefined) return undefined;
    const [known, unknownKey] = [true, false].map((is) => (key as string[]).filter((one) => one in keys === is));
    return [
      3,
      id,
      { configurationKey: known?.map((one) => ({ key: one, readonly: false, value: keys[one] })), unknownKey },
    ];
  };
  await on.api.command('F33', 'GetVariables', { getVariableData: [of('OCPP16LegacyCtrlr', 'VendorMood')] });
  const { status, body } = await on.api.command('F33', 'GetBaseReport', { requestId: 7, reportBase: 'FullInventory' });
  expect([status, body.response, body.native]).toEqual([200, { status: 'Accepted' }, []]);
  const events = new Events(on.api, 'after=0&stationId=F33&types=evsebridge.station.reported');
  const last = await events.until((all) => all[0], 'the last part of the report');
  events.close();
  const parts = (await on.api.all('/v1/stations/F33/messages?order=asc')).filter(
    ({ headAction, type }) => headAction === 'NotifyReport' && type === 'Call',
  );
  expect(parts.map(({ head }) => [head.requestId, head.seqNo, head.tbc])).toEqual(
    parts.map((_part, index) => [7, index, index < parts.length - 1]),
  );
  expect(last.data).toMatchObject({ requestId: 7, seqNo: parts.length - 1 });
  const variables = await on.api.all('/v1/stations/F33/variables');
  const values = Object.fromEntries(variables.map(({ key, value }) => [key, value]));
  expect(values).toMatchObject({ 'OCPPCommCtrlr/HeartbeatInterval': '300', 'OCPP16LegacyCtrlr/VendorMood': 'fine' });
  await station.close();
});

it('F34: SetVariables at a 1.6 station, its results in order', async () => {
  const station = await booted(on.url, 'F34', 'ocpp1.6');
  const { body } = await on.api.command('F34', 'SetVariables', {
    setVariableData: [
      { attributeValue: '60', ...of('SampledDataCtrlr', 'TxUpdatedInterval') },
      { attributeValue: '1', ...of('Foo', 'Bar') },
      { attributeValue: 'EVConnected', ...of('TxCtrlr', 'TxStartPoint') },
    ],
  });
  expect(body.response.setVariableResult).toMatchObject([
    { attributeStatus: 'Accepted', ...of('SampledDataCtrlr', 'TxUpdatedInterval') },
    { attributeStatus: 'UnknownComponent', ...of('Foo', 'Bar') },
    {
      attributeStatus: 'Rejected',
      attributeStatusInfo: { reasonCode: 'ReadOnly' },
      ...of('TxCtrlr', 'TxStartPoint'),
    },
  ]);
  expect(station.frames.filter(([type]) => type === 2).map((frame) => frame.slice(2))).toEqual([
    ['ChangeConfiguration', { key: 'MeterValueSampleInterval', value: '60' }],
  ]);
  await station.close();
});

it('F36: a profile with two schedules does not reach a 1.6 station; one with one does, in tenths', async () => {
  const station = await booted(on.url, 'F36', 'ocpp1.6');
  await station.call('StartTransaction', { connectorId: 1, idTag: 'T', meterStart: 0, timestamp: at(0) });
  const [{ id: transactionId }] = await on.api.all('/v1/transactions?stationId=F36');
  const schedule = (id: number) => ({
    id,
    chargingRateUnit: 'A',
    chargingSchedulePeriod: [{ startPeriod: 0, limit: 10.57 }],
  });
  const set = async (...chargingSchedule: object[]) =>
    (
      await on.api.command('F36', 'SetChargingProfile', {
        evseId: 1,
        chargingProfile: {
          id: 1,
          transactionId,
          stackLevel: 0,
          chargingProfilePurpose: 'TxProfile',
          chargingProfileKind: 'Relative',
          chargingSchedule,
        },
      })
    ).body;
  expect(await set(schedule(1), schedule(2))).toMatchObject({
    state: 'refused',
    native: [],
    response: { status: 'Rejected', statusInfo: { reasonCode: 'InvalidSchedule' } },
  });
  expect(await set(schedule(1))).toMatchObject({
    state: 'completed',
    native: [
      {
        action: 'SetChargingProfile',
        request: {
          connectorId: 1,
          csChargingProfiles: {
            chargingProfilePurpose: 'TxProfile',
            chargingSchedule: { chargingRateUnit: 'A', chargingSchedulePeriod: [{ startPeriod: 0, limit: 10.5 }] },
          },
        },
      },
    ],
  });
  expect(station.frames.filter(([type]) => type === 2)).toHaveLength(1);
  await station.close();
});

it('F39: a setpoint that discharges does not reach a 2.0.1 station; one that charges is its limit', async () => {
  const station = await booted(on.url, 'F39', 'ocpp2.0.1');
  const set = async (setpoint: number) =>
    (
      await on.api.command('F39', 'SetChargingProfile', {
        evseId: 1,
        chargingProfile: {
          id: 1,
          stackLevel: 0,
          chargingProfilePurpose: 'TxDefaultProfile',
          chargingProfileKind: 'Relative',
          chargingSchedule: [
            {
              id: 1,
              chargingRateUnit: 'W',
              chargingSchedulePeriod: [{ startPeriod: 0, operationMode: 'CentralSetpoint', setpoint }],
            },
          ],
        },
      })
    ).body;
  expect(await set(-5000)).toMatchObject({
    state: 'refused',
    native: [],
    response: { status: 'Rejected', statusInfo: { reasonCode: 'InvalidProfile' } },
  });
  expect(await set(7000)).toMatchObject({ state: 'completed' });
  const calls = station.frames.filter(([type]) => type === 2);
  expect(
    calls.map(([, , , { chargingProfile }]) => chargingProfile.chargingSchedule[0].chargingSchedulePeriod),
  ).toEqual([[{ startPeriod: 0, limit: 7000 }]]);
  await station.close();
});

it('F40: a 1.5 station over SOAP meters in Amp, and is told to stop where it can be called', async () => {
  const station = new SoapStation('F40', '1.5', on.url);
  await station.boot();
  const start = { connectorId: 1, idTag: 'AB12', timestamp: at(0), meterStart: 1000 };
  const nativeId = textOf((await station.send('StartTransaction', start)).text, 'transactionId');
  await station.send('StatusNotification', { connectorId: 1, status: 'Occupied', errorCode: 'NoError' });
  await station.send(
    'MeterValues',
    `<c:connectorId>1</c:connectorId><c:transactionId>${nativeId}</c:transactionId><c:values><c:timestamp>${at(5)}</c:timestamp><c:value context="Sample.Periodic" format="Raw" measurand="Current.Import" unit="Amp">16.5</c:value></c:values>`,
  );
  const messages = await on.api.all('/v1/stations/F40/messages?order=asc');
  const events = messages.filter(({ headAction, type }) => headAction === 'TransactionEvent' && type === 'Call');
  expect(events.map(({ head }) => [head.eventType, head.seqNo, head.triggerReason])).toEqual([
    ['Started', 0, 'Authorized'],
    ['Updated', 1, 'ChargingStateChanged'],
    ['Updated', 2, 'MeterValuePeriodic'],
  ]);
  expect(events[2].head.meterValue[0].sampledValue).toEqual([
    { value: 16.5, context: 'Sample.Periodic', measurand: 'Current.Import', unitOfMeasure: { unit: 'A' } },
  ]);
  const [{ id: transactionId }] = await on.api.all('/v1/transactions?stationId=F40');

  // It has not said where it can be called: at once it is known, and told.
  const refused = await on.api.command('F40', 'RequestStopTransaction', { transactionId });
  expect([refused.status, refused.body.type]).toEqual([409, expect.stringMatching(/station-not-callable$/)]);
  expect((await on.api.all('/v1/transactions?stationId=F40&active=true'))[0].id).toBe(transactionId);

  await station.listen();
  await station.send('Heartbeat');
  const stopped = await on.api.command('F40', 'RequestStopTransaction', { transactionId });
  expect(stopped.body).toMatchObject({ state: 'completed', response: { status: 'Accepted' } });
  const [call = ''] = station.calls;
  expect(call).toContain('xmlns:o="urn://Ocpp/Cp/2012/06/"');
  expect(call).toMatch(/<o:remoteStopTransactionRequest><o:transactionId>\d+<\/o:transactionId>/);
  expect(textOf(call, 'transactionId')).toBe(nativeId);
  await station.send('StopTransaction', { transactionId: nativeId ?? '', timestamp: at(9), meterStop: 1500 });
  const [ended] = await on.api.all('/v1/transactions?stationId=F40');
  expect(ended).toMatchObject({ endedAt: at(9), energyWh: 500, stoppedReason: 'Remote' });
  await station.close();
});
