import { describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { type VersionName, versionByName } from '../../src/ocpp/index.ts';
import { RawStation } from '../support/gateway.ts';
import { type AnyProtocol, booted, stage } from './support.ts';

const on = stage({ EVSEBRIDGE_UNKNOWN_TOKENS: 'accept', EVSEBRIDGE_LOG_LEVEL: 'fatal' });
const FRAMES = 2500;

/** mulberry32: the same numbers for the same seed, everywhere. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const time = '2026-01-05T10:00:00.000Z';
const sampled = (value: unknown) => [
  {
    timestamp: time,
    sampledValue: [{ value, context: 'Sample.Periodic', measurand: 'Energy.Active.Import.Register' }],
  },
];
const seeds16: readonly [string, object][] = [
  ['BootNotification', { chargePointVendor: 'V', chargePointModel: 'M', firmwareVersion: '1' }],
  ['StatusNotification', { connectorId: 1, errorCode: 'NoError', status: 'Preparing', timestamp: time }],
  ['Authorize', { idTag: 'TAG' }],
  ['StartTransaction', { connectorId: 1, idTag: 'TAG', meterStart: 0, timestamp: time }],
  ['MeterValues', { connectorId: 1, transactionId: 1, meterValue: sampled('10') }],
  [
    'StopTransaction',
    {
      transactionId: 1,
      idTag: 'TAG',
      meterStop: 100,
      timestamp: time,
      reason: 'Local',
      transactionData: sampled('90'),
    },
  ],
  ['DataTransfer', { vendorId: 'v', messageId: 'm', data: '{}' }],
  ['SecurityEventNotification', { type: 'FirmwareUpdated', timestamp: time, techInfo: 'x' }],
  ['FirmwareStatusNotification', { status: 'Idle' }],
];
const sampled15 = [
  {
    timestamp: time,
    value: [{ $value: '10', attributes: { context: 'Sample.Periodic', measurand: 'Current.Import', unit: 'Amp' } }],
  },
];
const seeds15: readonly [string, object][] = [
  ['BootNotification', { chargePointVendor: 'V', chargePointModel: 'M', firmwareVersion: '1' }],
  ['StatusNotification', { connectorId: 1, errorCode: 'NoError', status: 'Occupied', timestamp: time }],
  ['Authorize', { idTag: 'TAG' }],
  ['StartTransaction', { connectorId: 1, idTag: 'TAG', meterStart: 0, timestamp: time }],
  ['MeterValues', { connectorId: 1, transactionId: 1, values: sampled15 }],
  [
    'StopTransaction',
    { transactionId: 1, idTag: 'TAG', meterStop: 100, timestamp: time, transactionData: [{ values: sampled15 }] },
  ],
  ['DataTransfer', { vendorId: 'v', messageId: 'm', data: '{}' }],
  ['FirmwareStatusNotification', { status: 'Installed' }],
];
const seeds2x: readonly [string, object][] = [
  ['BootNotification', { reason: 'PowerUp', chargingStation: { vendorName: 'V', model: 'M', modem: { iccid: '1' } } }],
  ['StatusNotification', { evseId: 1, connectorId: 1, connectorStatus: 'Occupied', timestamp: time }],
  [
    'Authorize',
    { idToken: { idToken: 'TAG', type: 'Central', additionalInfo: [{ additionalIdToken: 'a', type: 'b' }] } },
  ],
  [
    'TransactionEvent',
    {
      eventType: 'Started',
      triggerReason: 'Authorized',
      seqNo: 0,
      timestamp: time,
      transactionInfo: { transactionId: 't', chargingState: 'Charging' },
      evse: { id: 1, connectorId: 1 },
      idToken: { idToken: 'TAG', type: 'Central' },
      meterValue: sampled(10),
    },
  ],
  [
    'TransactionEvent',
    {
      eventType: 'Ended',
      triggerReason: 'StopAuthorized',
      seqNo: 1,
      timestamp: time,
      transactionInfo: { transactionId: 't', stoppedReason: 'Local' },
    },
  ],
  ['MeterValues', { evseId: 1, meterValue: sampled(1) }],
  [
    'NotifyEvent',
    {
      generatedAt: time,
      seqNo: 0,
      eventData: [
        {
          eventId: 1,
          timestamp: time,
          trigger: 'Delta',
          actualValue: 'Available',
          eventNotificationType: 'HardWiredNotification',
          component: { name: 'Connector', evse: { id: 1, connectorId: 1 } },
          variable: { name: 'AvailabilityState' },
        },
      ],
    },
  ],
  [
    'NotifyReport',
    {
      requestId: 1,
      generatedAt: time,
      seqNo: 0,
      reportData: [
        {
          component: { name: 'C' },
          variable: { name: 'V' },
          variableAttribute: [{ value: '1' }],
          variableCharacteristics: { dataType: 'string', supportsMonitoring: false },
        },
      ],
    },
  ],
  ['SecurityEventNotification', { type: 'FirmwareUpdated', timestamp: time }],
];

const seedsOf: Readonly<Record<AnyProtocol, readonly [string, object][]>> = {
  'ocpp1.5': seeds15,
  'ocpp1.6': seeds16,
  'ocpp2.0.1': seeds2x,
  'ocpp2.1': seeds2x,
};

const values: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  -1e308,
  2 ** 31,
  2 ** 53,
  1e21,
  '',
  'x',
  '\u0000',
  '\ud800',
  '\u{1f600}',
  'x'.repeat(3000),
  [],
  {},
  [[]],
  [{}],
  '1e9999',
  'NaN',
  'null',
  '0x10',
  '9999-99-99T99:99:99Z',
  '+275760-09-13T00:00:00Z',
  '1970-01-01T00:00:00Z',
  '-000001-01-01T00:00:00Z',
  '0000-00-00T00:00:00Z',
  '2026-02-30T25:00:00+99:99',
  { __proto__: null, constructor: 1 },
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  "'; drop table stations; --",
  '\u001e\u001f\u001d',
];

describe.each(Object.keys(seedsOf) as AnyProtocol[])('mutated frames over %s', (protocol) => {
  it.each([1, 2])(
    'leave the gateway alive and every connection answering (seed %i)',
    { timeout: 120_000 },
    async (seed) => {
      const next = random(seed * 7919 + protocol.length);
      const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T;
      const version = versionByName(protocol.slice(4) as VersionName);
      const actions = [...version.actions.keys()];
      const seeds = seedsOf[protocol];

      /** Changes one place of a payload, however deep. */
      function mutate(value: unknown): unknown {
        if (typeof value !== 'object' || value === null || next() < 0.15) return pick(values);
        if (Array.isArray(value)) {
          const kind = next();
          if (kind < 0.1) return [];
          if (kind < 0.2) return [...value, ...value, ...value];
          return value.map((item, index) => (index === 0 ? mutate(item) : item));
        }
        const copy: Record<string, unknown> = { ...value };
        const keys = Object.keys(copy);
        const key = pick(keys);
        const kind = next();
        if (key === undefined || kind < 0.1)
          copy[pick(['customData', '__proto__', 'extra', 'id', 'connectorId'])] = pick(values);
        else if (kind < 0.25) delete copy[key];
        else copy[key] = mutate(copy[key]);
        return copy;
      }

      function frame(): string {
        const [action, payload] = pick(seeds);
        const id: unknown = next() < 0.9 ? `f${Math.floor(next() * 1e9)}` : pick(values);
        const kind = next();
        const valid = [2, id, action, payload];
        if (kind < 0.6) return JSON.stringify([2, id, action, mutate(payload)]);
        if (kind < 0.7) return JSON.stringify([2, id, pick(actions), mutate(payload)]);
        if (kind < 0.78)
          return JSON.stringify(valid.map((part, index) => (index === Math.floor(next() * 4) ? pick(values) : part)));
        if (kind < 0.84)
          return JSON.stringify([pick([0, 1, 3, 4, 5, 6, 7, -2, 2.5, '2']), id, action, mutate(payload), pick(values)]);
        if (kind < 0.88) return JSON.stringify(valid).slice(0, Math.floor(next() * 80));
        if (kind < 0.95) {
          // One character of the text becomes another.
          const text = JSON.stringify(valid);
          const place = Math.floor(next() * text.length);
          return (
            text.slice(0, place) +
            pick(['"', '\\', '{', '}', '[', ']', ',', ':', '\u0001', 'é', ' ', '9', '-']) +
            text.slice(place + 1)
          );
        }
        return JSON.stringify(valid);
      }

      const ids = Array.from({ length: 5 }, (_, n) => `F${seed}-${protocol}-${n}`);
      const stations = await Promise.all(ids.map((id) => booted(on.url, id, protocol)));
      // What the station is asked for is answered with nonsense too.
      for (const station of stations)
        station.onCall = ([, id]) =>
          next() < 0.5
            ? [3, id, mutate({ status: 'Accepted' })]
            : [4, pick([id, 'other']), pick(values), pick(values), pick(values)];
      const sent: string[] = [];
      for (let n = 0; n < FRAMES; n++) {
        const text = frame();
        sent.push(text);
        (stations[n % stations.length] as RawStation).send(text);
        if (n % 50 === 49) await Promise.all(stations.map((station) => station.call('Heartbeat', {}, `beat-${n}`)));
      }
      for (const [n, station] of stations.entries()) {
        expect(station.socket.readyState, `${ids[n]} after ${sent.length} frames`).toBe(WebSocket.OPEN);
        const before = await station.call('BootNotification', seeds[0]?.[1]);
        expect(['Accepted', 'Pending', 'Rejected', 'SecurityError']).toContain(
          before[0] === 3 ? before[2].status : before[2],
        );
        expect((await station.call('Heartbeat', {}))[0]).toBe(3);
        // Everything that the station was sent is a frame of its version.
        for (const answer of station.frames) {
          expect(
            answer[0] === 3 ||
              answer[0] === 4 ||
              answer[0] === 2 ||
              (answer[0] === 5 && version.messageTypes.includes(5)),
            JSON.stringify(answer),
          ).toBe(true);
          if (answer[0] === 4) expect(Object.values(version.errorCodes)).toContain(answer[2]);
        }
      }
      // And the API can still show all of it.
      for (const id of ids) {
        expect((await on.api.get(`/v1/stations/${id}`)).status).toBe(200);
        for (const { id: transactionId } of await on.api.all(`/v1/transactions?stationId=${id}`))
          await on.api.all(`/v1/transactions/${transactionId}/meter-values`);
        expect((await on.api.all(`/v1/stations/${id}/messages`)).length).toBeGreaterThan(10);
        for (const action of ['GetVariables', 'TriggerMessage', 'DataTransfer'] as const) {
          const bodies = {
            GetVariables: {
              getVariableData: [{ component: { name: 'OCPPCommCtrlr' }, variable: { name: 'HeartbeatInterval' } }],
            },
            TriggerMessage: { requestedMessage: 'BootNotification' },
            DataTransfer: { vendorId: 'x' },
          };
          const { status } = await on.api.command(id, action, bodies[action], { prefer: 'wait=1' });
          expect([200, 502, 504]).toContain(status);
        }
      }
      const metrics = await (
        await fetch(`${on.api.url}/metrics`, { headers: { authorization: 'Bearer test-key-0123456789' } })
      ).text();
      expect(metrics.match(/^evsebridge_invalid_translations_total (\d+)/m)?.[1]).toBe('0');
      await Promise.all(stations.map((station) => station.close()));
      const fresh = await RawStation.connect(on.url, ids[0] as string, protocol);
      expect((await fresh.call('Heartbeat', {}))[0]).toBe(3);
      await fresh.close();
    },
  );
});
