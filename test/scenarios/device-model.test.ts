/** The device model of a 1.6 station through the API: asked for, read from the station, reported, listed; over a kill -9 too. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestDatabase } from '../support/databases.ts';
import { type Api, type GatewayProcess, RawStation, spawnGateway, until } from '../support/gateway.ts';
import { boot, booted, Events, embedded, stage } from './support.ts';

const keys: Readonly<Record<string, string>> = {
  GetConfigurationMaxKeys: '100',
  NumberOfConnectors: '2',
  SupportedFeatureProfiles: 'Core,SmartCharging',
  HeartbeatInterval: '300',
  MeterValueSampleInterval: '60',
  ChargeProfileMaxStackLevel: '8',
  ...Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`VendorKey${n}`, `${n}${'x'.repeat(400)}`])),
};
const configurationKey = Object.entries(keys).map(([key, value]) => ({ key, readonly: false, value }));

/** Answers GetConfiguration out of `keys`; everything else is accepted. */
function answers(station: RawStation): void {
  station.onCall = ([, id, action, payload]) => {
    if (action !== 'GetConfiguration') return [3, id, { status: 'Accepted' }];
    const asked = payload.key as string[] | undefined;
    if (asked === undefined) return [3, id, { configurationKey }];
    const known = configurationKey.filter(({ key }) => asked.includes(key));
    return [3, id, { configurationKey: known, unknownKey: asked.filter((key) => !(key in keys)) }];
  };
}

type Variable = { key: string; attribute: string; value: string | null; mutability: string | null };
const variables = async (api: Api, station: string): Promise<Record<string, Variable>> =>
  Object.fromEntries((await api.all(`/v1/stations/${station}/variables`)).map((one: Variable) => [one.key, one]));

const calls = (station: RawStation): unknown[] =>
  station.frames.filter(([type, , action]) => type === 2 && action === 'GetConfiguration').map((frame) => frame[3]);

describe('the device model of a 1.6 station', () => {
  const on = stage();

  it('is reported when it is asked for', async () => {
    const station = await booted(on.url, 'DM-1', 'ocpp1.6');
    answers(station);
    await station.call('StatusNotification', { connectorId: 1, errorCode: 'NoError', status: 'Charging' });
    const events = new Events(on.api);
    const { status, body } = await on.api.command('DM-1', 'GetBaseReport', {
      requestId: 41,
      reportBase: 'FullInventory',
    });
    expect([status, body.response, body.native]).toEqual([200, { status: 'Accepted' }, []]);
    const reported = await events.until(
      (all) => all.find(({ type }) => type === 'evsebridge.station.reported'),
      'the report',
    );
    expect(reported.data).toMatchObject({ requestId: 41 });
    expect(calls(station)).toEqual([{}]);
    const told = await variables(on.api, 'DM-1');
    expect(told['OCPPCommCtrlr/HeartbeatInterval']).toMatchObject({ value: '300', mutability: 'ReadWrite' });
    expect(told['SmartChargingCtrlr/ProfileStackLevel']).toMatchObject({ value: '8', mutability: 'ReadOnly' });
    expect(told['ChargingStation/VendorName']).toMatchObject({ value: 'Vendor' });
    expect(told['Connector@1.1/AvailabilityState']).toMatchObject({ value: 'Occupied' });
    expect(told['OCPP16LegacyCtrlr/VendorKey59']).toMatchObject({ value: keys['VendorKey59'] });
    // In the Journal it is what a 2.1 station would have sent; the newest come first.
    const messages = (await on.api.all('/v1/stations/DM-1/messages')).toReversed();
    const parts = messages.filter(({ action }) => action === 'NotifyReport').map(({ payload }) => payload);
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.map(({ seqNo, tbc }) => [seqNo, tbc])).toEqual(parts.map((_, n) => [n, n < parts.length - 1]));
    events.close();
    await station.close();
  });

  it('of one component, and of none that there is', async () => {
    const station = await booted(on.url, 'DM-2', 'ocpp1.6');
    answers(station);
    const ask = (name: string) =>
      on.api.command('DM-2', 'GetReport', { requestId: 1, componentVariable: [{ component: { name } }] });
    expect((await ask('Nope')).body.response).toEqual({ status: 'EmptyResultSet' });
    expect((await ask('TxCtrlr')).body.response).toEqual({ status: 'Accepted' });
    await until(async () => (await variables(on.api, 'DM-2'))['TxCtrlr/TxStartPoint'], 'the report');
    expect(Object.keys(await variables(on.api, 'DM-2')).every((key) => key.startsWith('TxCtrlr/'))).toBe(true);
    await station.close();
  });
});

describe('the configuration of a 1.6 station', () => {
  const on = stage({ EVSEBRIDGE_READ_CONFIGURATION: 'true' });

  it('is read 5 s after it has booted, without anyone asking', async () => {
    const station = await booted(on.url, 'RC-1', 'ocpp1.6');
    answers(station);
    expect((await station.next(([type]) => type === 2, 25_000)).slice(2)).toEqual(['GetConfiguration', {}]);
    await station.close();
    // Known now, it is not read after the next boot.
    const again = await booted(on.url, 'RC-1', 'ocpp1.6');
    answers(again);
    const { body } = await on.api.command('RC-1', 'GetVariables', {
      getVariableData: [{ component: { name: 'EVSE', evse: { id: 3 } }, variable: { name: 'Available' } }],
    });
    expect(body.response.getVariableResult[0].attributeStatus).toBe('UnknownComponent');
    await again.close();
  });
});

describe('a station that is not accepted yet', () => {
  const on = stage({ EVSEBRIDGE_UNKNOWN_STATIONS: 'pending', EVSEBRIDGE_READ_CONFIGURATION: 'true' });

  it('B02: is asked for its device model, for whoever is to accept it', async () => {
    const station = await RawStation.connect(on.url, 'PD-1', 'ocpp1.6');
    answers(station);
    expect((await station.call('BootNotification', boot['ocpp1.6']))[2].status).toBe('Pending');
    const ask = { requestId: 1, reportBase: 'FullInventory' };
    expect((await on.api.command('PD-1', 'GetBaseReport', ask)).body.response).toEqual({ status: 'Accepted' });
    await until(async () => (await variables(on.api, 'PD-1'))['OCPP16LegacyCtrlr/VendorKey59'], 'the report');
    await station.close();
  });
});

describe('a gateway that is killed while it reads', () => {
  let database: TestDatabase;
  let gateway: GatewayProcess;
  beforeAll(async () => {
    database = await (await embedded()).open();
    gateway = await spawnGateway(database.options);
  });
  afterAll(async () => {
    await gateway?.stop();
    await database?.drop();
  });

  it('has promised a report, and keeps it', async () => {
    const station = await booted(gateway.ocppUrl, 'DK-1', 'ocpp1.6');
    const asked = station.next(([type, , action]) => type === 2 && action === 'GetConfiguration');
    station.onCall = () => undefined;
    const { body } = await gateway.api.command('DK-1', 'GetBaseReport', { requestId: 9, reportBase: 'FullInventory' });
    expect(body.response).toEqual({ status: 'Accepted' });
    await asked;
    await gateway.kill();
    gateway = await spawnGateway(database.options);
    // It does not even boot again.
    const back = await RawStation.connect(gateway.ocppUrl, 'DK-1', 'ocpp1.6');
    answers(back);
    const told = await until(async () => {
      const found = await variables(gateway.api, 'DK-1');
      return found['OCPP16LegacyCtrlr/VendorKey59'] === undefined ? undefined : found;
    }, 'the report');
    expect(told['OCPPCommCtrlr/HeartbeatInterval']).toMatchObject({ value: '300' });
    expect(calls(back)).toEqual([{}]);
    await back.close();
  });
});
