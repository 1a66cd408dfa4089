import { expect, it } from 'vitest';
import WebSocket from 'ws';
import { RawStation, until } from '../support/gateway.ts';
import { boot, booted, protocols, stage } from './support.ts';

const on = stage({ EVSEBRIDGE_UNKNOWN_TOKENS: 'accept' });
const STATIONS = 500;

it('500 stations that drop in one instant and reconnect in one lose nothing', { timeout: 120_000 }, async () => {
  const numbers = Array.from({ length: STATIONS }, (_, n) => n);
  const protocolOf = (n: number) => protocols[n % protocols.length] as (typeof protocols)[number];
  const start = { connectorId: 1, idTag: 'TAG', meterStart: 1000, timestamp: '2026-01-05T10:00:00.000Z' };
  const started = {
    eventType: 'Started',
    triggerReason: 'Authorized',
    seqNo: 0,
    timestamp: '2026-01-05T10:00:00.000Z',
    transactionInfo: { transactionId: 'tx' },
    evse: { id: 1, connectorId: 1 },
    idToken: { idToken: 'TAG', type: 'Central' },
    meterValue: [{ timestamp: '2026-01-05T10:00:00.000Z', sampledValue: [{ value: 1000 }] }],
  };
  const begin = (station: RawStation, n: number) =>
    protocolOf(n) === 'ocpp1.6' ? station.call('StartTransaction', start) : station.call('TransactionEvent', started);

  const before = await Promise.all(numbers.map((n) => booted(on.url, `D-${n}`, protocolOf(n))));
  // The message is on its way, and every line is cut.
  for (const [n, station] of before.entries()) void begin(station, n).catch(() => undefined);
  for (const station of before) station.socket.terminate();
  const after = await Promise.all(numbers.map((n) => RawStation.connect(on.url, `D-${n}`, protocolOf(n))));
  const boots = await Promise.all(after.map((station, n) => station.call('BootNotification', boot[protocolOf(n)])));
  expect(boots.filter(([type, , answer]) => type === 3 && answer.status === 'Accepted')).toHaveLength(STATIONS);
  const answers = await Promise.all(after.map((station, n) => begin(station, n)));
  expect(answers.every(([type]) => type === 3)).toBe(true);

  const transactions = await on.api.all('/v1/transactions?active=true');
  expect(transactions).toHaveLength(STATIONS);
  expect(new Set(transactions.map(({ stationId }) => stationId)).size).toBe(STATIONS);
  const given = answers.map(([, , answer]) => answer.transactionId).filter((id) => id !== undefined);
  expect(new Set(given).size).toBe(given.length);
  const stations = await on.api.all('/v1/stations');
  expect(
    stations.filter(({ connected, registrationStatus }) => connected && registrationStatus === 'Accepted'),
  ).toHaveLength(STATIONS);
  expect(after.every(({ socket }) => socket.readyState === WebSocket.OPEN)).toBe(true);

  for (const station of after) station.socket.terminate();
  await until(async () => (await on.api.get('/v1/gateway')).body.connectedStations === 0, 'all to be gone');
});
