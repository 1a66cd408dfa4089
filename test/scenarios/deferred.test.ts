/** What the gateway has promised a CSMS to do later at a 1.6 station, over processes that are killed in between. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TestDatabase } from '../support/databases.ts';
import { type GatewayProcess, RawStation, spawnGateway, until } from '../support/gateway.ts';
import { available, booted, Events, embedded } from './support.ts';

let database: TestDatabase;
let gateway: GatewayProcess;
const settings = { EVSEBRIDGE_UNKNOWN_TOKENS: 'accept', EVSEBRIDGE_READ_CONFIGURATION: 'false' };

beforeAll(async () => {
  database = await (await embedded()).open();
  gateway = await spawnGateway(database.options, settings);
});
afterAll(async () => {
  await gateway?.stop();
  await database?.drop();
});
const killed = async (): Promise<void> => {
  await gateway.kill();
  gateway = await spawnGateway(database.options, settings);
};
const resets = ({ frames }: RawStation): RawStation['frames'] => frames.filter(([, , action]) => action === 'Reset');

it('a Reset that waits for a transaction is sent after its end', async () => {
  let station = await booted(gateway.ocppUrl, 'RESET', 'ocpp1.6');
  const start = { connectorId: 1, idTag: 'TAG', meterStart: 0, timestamp: new Date().toISOString() };
  const [, , started] = await station.call('StartTransaction', start);
  const { body } = await gateway.api.command('RESET', 'Reset', { type: 'OnIdle' });
  expect(body.response).toEqual({ status: 'Scheduled' });
  expect(resets(station)).toEqual([]);
  await killed();
  station = await RawStation.connect(gateway.ocppUrl, 'RESET', 'ocpp1.6');
  // It takes the Reset, and the gateway dies before it hears of that.
  station.onCall = () => undefined;
  const stop = { transactionId: started.transactionId, meterStop: 10, timestamp: new Date().toISOString() };
  expect((await station.call('StopTransaction', stop))[0]).toBe(3);
  await until(() => resets(station).length === 1, 'the Reset');
  expect(resets(station)[0]?.[3]).toEqual({ type: 'Soft' });
  await killed();
  // It has reset: its boot says so, and calls the Reset off.
  const events = new Events(gateway.api);
  station = await booted(gateway.ocppUrl, 'RESET', 'ocpp1.6');
  await events.until(
    (all) => all.some(({ type, data }) => type === 'evsebridge.station.booted' && data.reason === 'RemoteReset'),
    'a boot by the Reset',
  );
  expect(resets(station)).toEqual([]);
  events.close();
  await station.close();
});

it('a reservation that nobody used is told to have expired', async () => {
  let station = await booted(gateway.ocppUrl, 'RESERVE', 'ocpp1.6');
  await station.call('StatusNotification', available('ocpp1.6'));
  const idToken = { idToken: 'TAG', type: 'Central' };
  const request = { id: 4, evseId: 1, idToken, expiryDateTime: new Date(Date.now() + 1000).toISOString() };
  expect((await gateway.api.command('RESERVE', 'ReserveNow', request)).body.response).toEqual({ status: 'Accepted' });
  await killed();
  const events = new Events(gateway.api);
  station = await RawStation.connect(gateway.ocppUrl, 'RESERVE', 'ocpp1.6');
  const { data } = await events.until(
    (all) => all.find(({ type }) => type === 'evsebridge.reservation.updated'),
    'the end of the reservation',
  );
  expect(data).toMatchObject({ reservationId: 4, reservationUpdateStatus: 'Expired' });
  events.close();
  await station.close();
});
