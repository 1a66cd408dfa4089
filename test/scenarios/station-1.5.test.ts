/** A station of OCPP 1.5 over JSON, as it speaks on the wire, through the whole gateway; the API shows it in the words of 2.1. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RawStation, until } from '../support/gateway.ts';
import { Events, stage } from './support.ts';

const on = stage();
const ID = 'OLD-1';

/** Seconds before now, as stations write the time. */
const ago = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');

let station: RawStation;
let events: Events;
/** The station's own words for what it is asked. */
const answers: Record<string, (payload: Record<string, unknown>) => object> = {
  GetConfiguration: ({ key }) =>
    JSON.stringify(key) === '["HeartBeatInterval"]'
      ? { configurationKey: [{ key: 'HeartBeatInterval', readonly: false, value: '300' }] }
      : { unknownKey: key },
};

const read = async () => (await on.api.get(`/v1/stations/${ID}`)).body;
const connector = async () => (await read()).evses.find(({ id }: { id: number }) => id === 1)?.connectors[0]?.status;
const command = (action: string, body: object) => on.api.command(ID, action, body);
const say = async (action: string, payload: object) => {
  const [type, , answer] = await station.call(action, payload);
  expect(type, JSON.stringify(answer)).toBe(3);
  return answer;
};
const transactions = () => on.api.all(`/v1/transactions?stationId=${ID}`);

beforeAll(async () => {
  expect((await on.api.put('/v1/tokens/04AABBCC', { status: 'Accepted' })).status).toBeLessThan(300);
  station = await RawStation.connect(on.url, ID, 'ocpp1.5');
  station.onCall = ([, id, action, payload]) => [3, id, answers[action]?.(payload) ?? { status: 'Accepted' }];
  events = new Events(on.api, `after=0&stationId=${ID}`);
});
afterAll(async () => {
  events?.close();
  await station?.close();
});

test('it introduces itself', async () => {
  expect(station.socket.protocol).toBe('ocpp1.5');
  const boot = { chargePointVendor: 'Vendor', chargePointModel: 'Model', firmwareVersion: '1.0' };
  expect(await say('BootNotification', boot)).toEqual({
    status: 'Accepted',
    currentTime: expect.any(String),
    heartbeatInterval: expect.any(Number),
  });
  expect(await say('Heartbeat', {})).toEqual({ currentTime: expect.any(String) });
  expect(await read()).toMatchObject({
    version: '1.5',
    connected: true,
    vendorName: 'Vendor',
    model: 'Model',
    firmwareVersion: '1.0',
    registrationStatus: 'Accepted',
  });
});

describe('a transaction', () => {
  let number: number;

  test('begins', async () => {
    expect(await say('StatusNotification', { connectorId: 1, status: 'Available', errorCode: 'NoError' })).toEqual({});
    expect(await say('Authorize', { idTag: '04AABBCC' })).toEqual({ idTagInfo: { status: 'Accepted' } });
    expect(await say('Authorize', { idTag: 'NOBODY' })).toEqual({ idTagInfo: { status: 'Invalid' } });
    const info = 'a text that is as long as 1.5 allows it, and 1.6 does not';
    await say('StatusNotification', { connectorId: 1, status: 'Occupied', errorCode: 'NoError', info });
    expect(await connector()).toBe('Occupied');
    const answer = await say('StartTransaction', {
      connectorId: 1,
      idTag: '04AABBCC',
      timestamp: ago(300),
      meterStart: 1000,
    });
    expect(answer).toEqual({ transactionId: expect.any(Number), idTagInfo: { status: 'Accepted' } });
    number = answer.transactionId;
    expect(await transactions()).toMatchObject([
      {
        nativeId: String(number),
        evseId: 1,
        connectorId: 1,
        chargingState: 'Charging',
        meterStart: 1000,
        endedAt: null,
      },
    ]);
  });

  test('has meter values with attributes', async () => {
    const reading = (seconds: number, energy: string, amperes: string) => ({
      connectorId: 1,
      transactionId: number,
      values: [
        {
          timestamp: ago(seconds),
          value: [
            { $value: energy, attributes: { measurand: 'Energy.Active.Import.Register', unit: 'kWh' } },
            {
              $value: amperes,
              attributes: { context: 'Sample.Periodic', measurand: 'Current.Import', location: 'Outlet', unit: 'Amp' },
            },
          ],
        },
      ],
    });
    expect(await say('MeterValues', reading(240, '1.2', '16'))).toEqual({});
    const [transaction] = await transactions();
    expect(transaction).toMatchObject({ energyWh: 200, chargingState: 'Charging' });
    const values = await on.api.all(`/v1/transactions/${transaction.id}/meter-values`);
    expect(JSON.stringify(values)).toContain('"Current.Import"');
    expect(JSON.stringify(values)).toContain('"unit":"A"');
    await say('MeterValues', reading(180, '1.3', '0'));
    await say('MeterValues', reading(60, '1.3', '0'));
    expect((await transactions())[0]).toMatchObject({ energyWh: 300, chargingState: 'SuspendedEV' });
  });

  test('has meter values in the dialect of another maker', async () => {
    const values = [{ timestamp: ago(30), values: [{ value: 1400, unit: 'Wh' }] }];
    expect(await say('MeterValues', { connectorId: 1, transactionId: number, values })).toEqual({});
    expect((await transactions())[0]).toMatchObject({ energyWh: 400 });
    await until(async () => (await read()).deviations.renamedField >= 1, 'the deviation');
  });

  test('is stopped by the CSMS', async () => {
    const [{ id }] = await transactions();
    const stopped = station.next((frame) => frame[0] === 2 && frame[2] === 'RemoteStopTransaction');
    expect((await command('RequestStopTransaction', { transactionId: id })).body).toMatchObject({
      state: 'completed',
      native: [{ action: 'RemoteStopTransaction', request: { transactionId: number } }],
    });
    await stopped;
    const answer = await say('StopTransaction', {
      transactionId: number,
      timestamp: ago(10),
      meterStop: 1500,
      transactionData: [{ values: [{ timestamp: ago(10), value: [{ $value: '1500' }] }] }],
    });
    expect(answer).toEqual({});
    expect(await transactions()).toMatchObject([
      { stoppedReason: 'Remote', meterStart: 1000, meterStop: 1500, energyWh: 500, endedAt: expect.any(String) },
    ]);
    await say('StatusNotification', { connectorId: 1, status: 'Available', errorCode: 'NoError' });
    expect(await connector()).toBe('Available');
  });
});

describe('a command', () => {
  test('starts a transaction', async () => {
    const { body } = await command('RequestStartTransaction', {
      idToken: { idToken: '04AABBCC', type: 'ISO14443' },
      remoteStartId: 1,
      evseId: 1,
    });
    expect(body).toMatchObject({
      state: 'completed',
      response: { status: 'Accepted' },
      native: [{ action: 'RemoteStartTransaction', request: { idTag: '04AABBCC', connectorId: 1 } }],
    });
  });

  test('resets', async () => {
    expect((await command('Reset', { type: 'Immediate' })).body).toMatchObject({
      response: { status: 'Accepted' },
      native: [{ action: 'Reset', request: { type: 'Hard' } }],
    });
  });

  test('reads a variable', async () => {
    const asked = { component: { name: 'OCPPCommCtrlr' }, variable: { name: 'HeartbeatInterval' } };
    expect((await command('GetVariables', { getVariableData: [asked] })).body).toMatchObject({
      response: { getVariableResult: [{ ...asked, attributeStatus: 'Accepted', attributeValue: '300' }] },
      native: [{ action: 'GetConfiguration', request: { key: ['HeartBeatInterval'] } }],
    });
  });

  test('of smart charging is refused without asking the station', async () => {
    const chargingProfile = {
      id: 5,
      stackLevel: 1,
      chargingProfilePurpose: 'TxDefaultProfile',
      chargingProfileKind: 'Absolute',
      chargingSchedule: [
        {
          id: 1,
          startSchedule: ago(0),
          chargingRateUnit: 'A',
          chargingSchedulePeriod: [{ startPeriod: 0, limit: 16 }],
        },
      ],
    };
    expect((await command('SetChargingProfile', { evseId: 1, chargingProfile })).body).toMatchObject({
      state: 'refused',
      response: { status: 'Rejected' },
      native: [],
    });
  });

  test.each([
    ['StatusNotification', { id: 1, connectorId: 1 }],
    ['MeterValues', { id: 1 }],
    ['BootNotification', undefined],
  ])('has %s told again, after the answer', async (requestedMessage, evse) => {
    const told = async () =>
      (await on.api.all(`/v1/stations/${ID}/messages`)).filter(
        ({ peer, action }) => peer === 'gateway' && action === requestedMessage,
      ).length;
    const before = await told();
    expect((await command('TriggerMessage', { requestedMessage, ...(evse && { evse }) })).body).toMatchObject({
      state: 'completed',
      response: { status: 'Accepted' },
      native: [],
    });
    await until(async () => (await told()) > before, `the ${requestedMessage}`);
  });
});

test('what did not cross is told', async () => {
  const note = await events.until(
    (all) => all.find(({ type }) => type === 'evsebridge.translation.dropped'),
    'a note of a loss',
  );
  expect(note.data).toMatchObject({ action: 'StatusNotification', reason: 'cut to 50 characters' });
  expect((await read()).deviations).toEqual({ renamedField: 1, numberAsText: 1 });
});

test('nothing invalid was made', async () => {
  expect(events.all.filter(({ type }) => type === 'evsebridge.translation.invalid')).toEqual([]);
});

test('after a restart it goes on', async () => {
  const begun = await say('StartTransaction', { connectorId: 1, idTag: '04AABBCC', timestamp: ago(5), meterStart: 0 });
  await say('StatusNotification', { connectorId: 1, status: 'Occupied', errorCode: 'NoError', timestamp: ago(5) });
  await on.restart();
  events.close();
  station = await RawStation.connect(on.url, ID, 'ocpp1.5');
  const stop = { transactionId: begun.transactionId, idTag: '04AABBCC', timestamp: ago(0), meterStop: 10 };
  expect(await say('StopTransaction', stop)).toEqual({ idTagInfo: { status: 'Accepted' } });
  const ended = (await transactions()).find(({ nativeId }) => nativeId === String(begun.transactionId));
  expect(ended).toMatchObject({ stoppedReason: 'Local', energyWh: 10, endedAt: expect.any(String) });
});
