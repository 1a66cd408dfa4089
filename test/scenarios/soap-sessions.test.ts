/** A station over SOAP has no connection: it is there as long as it is not silent for two heartbeat intervals, also over a restart. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { until } from '../support/gateway.ts';
import { post, SoapStation } from '../support/soap.ts';
import { booted, Events, soapStations, stage } from './support.ts';

const settings = { EVSEBRIDGE_UNKNOWN_TOKENS: 'accept', EVSEBRIDGE_CALL_TIMEOUT: '6' };
/** With this interval a station is away after 4 s of silence. */
const brief = { ...settings, EVSEBRIDGE_HEARTBEAT_INTERVAL: '2' };
const on = stage(settings);
const station = soapStations(on);

const soapUrl = (): string => new SoapStation('x', '1.6', on.url).url;
const view = async (id: string) => (await on.api.get(`/v1/stations/${id}`)).body;
const told = (events: Events, id: string): string[] =>
  events.all
    .filter(({ subject, type }) => subject === id && /connected$/.test(type))
    .map(({ type, data }) => `${type.split('.').at(-1)} ${data.reason ?? ''}`.trim());

it('is connected with its first message, and away after a silence', async () => {
  await on.restart(brief);
  const events = new Events(on.api);
  const s = await station('S1');
  await s.boot();
  const { connectedAt, connected, lastSeenAt } = await view('S1');
  expect(connected).toBe(true);
  expect(Date.parse(lastSeenAt) - Date.parse(connectedAt)).toBeLessThan(1_000);
  const began = Date.now();
  while (Date.now() - began < 5_000) {
    await s.send('Heartbeat');
    await sleep(500);
  }
  const later = await view('S1');
  expect(later).toMatchObject({ connected: true, callable: true, connectedAt });
  expect(Date.parse(later.lastSeenAt)).toBeGreaterThan(Date.parse(connectedAt) + 4_000);
  await until(async () => (await view('S1')).connected === false, 'the station to be away');
  const away = await view('S1');
  expect(away).toMatchObject({ connected: false, callable: false, connectedAt });
  // When it was last heard of, not when that was found to be too long ago.
  expect(Date.parse(away.lastSeenAt)).toBeLessThan(Date.now() - 3_900);
  expect((await on.api.command('S1', 'ClearCache', {})).body.type).toMatch(/station-offline$/);
  expect((await on.api.command('S1', 'ClearCache', {}, { prefer: 'respond-async' })).status).toBe(409);
  await s.send('Heartbeat');
  expect((await view('S1')).connectedAt).not.toBe(connectedAt);
  await events.until(() => told(events, 'S1').length === 3, 'three events');
  expect(told(events, 'S1')).toEqual(['connected', 'disconnected no message for two heartbeat intervals', 'connected']);
  events.close();
});

it('is still there after a restart, and can be called before it has said anything', async () => {
  await on.restart();
  const s = await station('S2', '1.5');
  await s.boot();
  // The dialect of the station is known as well.
  const soap11 = s
    .envelope('Heartbeat', '')
    .replaceAll('http://www.w3.org/2003/05/soap-envelope', 'http://schemas.xmlsoap.org/soap/envelope/');
  expect((await post(s.url, soap11)).status).toBe(200);
  const before = await view('S2');
  await on.restart();
  const after = await view('S2');
  expect(after).toMatchObject({ connected: true, callable: true, version: '1.5', transport: 'soap' });
  expect(Date.parse(after.lastSeenAt) - Date.parse(before.lastSeenAt)).toBeLessThan(1_000);
  expect((await on.api.command('S2', 'ClearCache', {})).body).toMatchObject({ state: 'completed' });
  expect(s.calls.at(-1)).toContain('http://schemas.xmlsoap.org/soap/envelope/');
  const events = new Events(on.api);
  await events.until(() => told(events, 'S2').length === 3, 'three events');
  expect(told(events, 'S2')).toEqual(['connected', 'disconnected the gateway is going away', 'connected']);
  events.close();
});

it('is away after a restart when it was silent for too long', async () => {
  await on.restart(brief);
  const s = await station('S3');
  await s.boot();
  await on.gateway.stop();
  await sleep(4_100);
  await on.restart(brief);
  expect(await view('S3')).toMatchObject({ connected: false, callable: false });
  // Where it listens is not forgotten: it need not say so again.
  s.from = undefined;
  s.url = soapUrl();
  await s.send('Heartbeat');
  expect(await view('S3')).toMatchObject({ connected: true, callable: true });
});

it('may be told another interval: by the operator, or by whoever asks it to change its own', async () => {
  await on.restart(brief);
  const s = await station('S4', '1.6');
  await s.boot();
  const changed = await on.api.command('S4', 'SetVariables', {
    setVariableData: [
      { component: { name: 'OCPPCommCtrlr' }, variable: { name: 'HeartbeatInterval' }, attributeValue: '60' },
    ],
  });
  expect(changed.body).toMatchObject({ state: 'completed' });
  await s.send('Heartbeat');
  await sleep(5_000);
  expect(await view('S4')).toMatchObject({ connected: true });
});

it('is the same station when it comes over WebSocket, and back', async () => {
  await on.restart();
  const s = await station('S5', '1.6');
  await s.boot();
  const transactionId = await s.start();
  const json = await booted(on.url, 'S5', 'ocpp1.6');
  expect(await view('S5')).toMatchObject({ transport: 'json', connected: true });
  const closed = json.closed();
  await s.send('Heartbeat');
  expect((await closed)[0]).toBe(1001);
  expect(await view('S5')).toMatchObject({ transport: 'soap', connected: true, callable: true });
  await s.send('StopTransaction', { transactionId, timestamp: '2026-01-05T10:10:00Z', meterStop: 1500 });
  expect(await on.api.all('/v1/transactions?stationId=S5')).toMatchObject([{ energyWh: 500 }]);
  // An answer that was given over one transport is given again over the other.
  const again = await booted(on.url, 'S5', 'ocpp1.6');
  const start = { connectorId: 1, idTag: 'AB12', timestamp: '2026-01-05T10:00:00Z', meterStart: 1000 };
  expect((await again.call('StartTransaction', start))[2].transactionId).toBe(Number(transactionId));
  await again.close();
});
