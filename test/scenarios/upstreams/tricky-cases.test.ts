/** The tricky cases that take a CSMS on the other side, over the wire on both. */
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { Csms } from '../../../bench/servers/csms.ts';
import type { Payload, VersionName } from '../../../src/ocpp/index.ts';
import { RawStation, until } from '../../support/gateway.ts';
import { boot, booted, Events, stage } from '../support.ts';

const on = stage({ EVSEBRIDGE_READ_CONFIGURATION: 'false' });
const at = (minute: number): string => `2026-02-03T10:${String(minute).padStart(2, '0')}:00.000Z`;

/** A CSMS of this version for the tests of a `describe`, which owns the stations whose ids begin with `prefix`. */
function csmsOf(version: VersionName, prefix: string): { readonly csms: Csms } {
  let csms: Csms | undefined;
  const running = {
    get csms() {
      return csms as Csms;
    },
  };
  beforeAll(async () => {
    csms = await Csms.start(version);
    const owner = prefix.trim().toLowerCase();
    const upstream = { url: csms.url, version, gracePeriod: 10, answerTimeout: 10 };
    expect((await on.api.put(`/v1/upstreams/${owner}`, upstream)).status).toBe(201);
    const route = { match: { stationId: `${prefix}*` }, owner };
    expect((await on.api.put(`/v1/routes/${owner}`, route)).status).toBe(201);
  });
  afterEach(() => {
    expect(csms?.invalid).toEqual([]);
  });
  afterAll(() => csms?.kill());
  return running;
}

/** What a CSMS called the station with; a 2.x station under one of 1.6 is asked for its charging profiles besides. */
const calls = (station: RawStation): unknown[][] =>
  station.frames
    .filter(([type, , action]) => type === 2 && action !== 'GetChargingProfiles')
    .map((frame) => frame.slice(2));

/** The station answers Calls of this Action so, and others as ever. */
function answering(station: RawStation, action: string, answer: (payload: Payload) => Payload | undefined): void {
  const { onCall } = station;
  station.onCall = (frame) => {
    if (frame[2] !== action) return onCall(frame);
    const payload = answer(frame[3]);
    return payload === undefined ? undefined : [3, frame[1], payload];
  };
}

describe('a CSMS of 1.6', () => {
  const by = csmsOf('1.6', 'OLD ');

  it('F4: sees the identity of the station encoded once, at the end of the URL', async () => {
    const station = await RawStation.connect(`${on.url}/`, 'OLD 123', 'ocpp1.6');
    await station.call('BootNotification', boot['ocpp1.6']);
    await until(() => by.csms.actions('OLD 123').includes('BootNotification'), 'the boot');
    expect(by.csms.urls.get('OLD 123')).toMatch(/\/csms\/OLD%20123$/);
    await station.close();
  });

  it('F8: does not hear of a connection that is replaced', async () => {
    const id = 'OLD F8';
    const old = await booted(on.url, id, 'ocpp2.0.1');
    await until(() => by.csms.clients.has(id), 'the connection');
    const client = by.csms.clients.get(id);
    answering(old, 'ClearCache', () => undefined);
    const asked = old.next(([, , action]) => action === 'ClearCache');
    const pending = by.csms.call(id, 'ClearCache', {}).then(
      () => 'answered',
      () => 'failed',
    );
    await asked;
    // Half-open: nothing that arrives is read any more.
    old.socket.pause();
    const fresh = await RawStation.connect(on.url, id, 'ocpp2.0.1');
    expect(await pending).toBe('failed');
    expect(await by.csms.call(id, 'ClearCache', {})).toEqual({ status: 'Accepted' });
    old.socket.terminate();
    expect((await fresh.call('Heartbeat', {}))[0]).toBe(3);
    expect(await by.csms.call(id, 'ClearCache', {})).toEqual({ status: 'Accepted' });
    expect(by.csms.clients.get(id)).toBe(client);
    await fresh.close();
  });

  it('F9: has a call in flight while the station calls', async () => {
    const id = 'OLD F9';
    const station = await booted(on.url, id, 'ocpp2.0.1');
    answering(station, 'RequestStartTransaction', () => undefined);
    const called = station.next(([, , action]) => action === 'RequestStartTransaction');
    const started = by.csms.call(id, 'RemoteStartTransaction', { idTag: 'AB12', connectorId: 1 });
    const [, callId] = await called;
    expect((await station.call('Heartbeat', {}))[2]).toEqual({ currentTime: expect.any(String) });
    // Even what its owner has to answer.
    const token = { idToken: { idToken: 'AB12', type: 'Central' } };
    expect((await station.call('Authorize', token))[2]).toMatchObject({ idTokenInfo: { status: 'Accepted' } });
    station.send([3, callId, { status: 'Accepted' }]);
    expect(await started).toEqual({ status: 'Accepted' });
    await station.close();
  });

  it('F11: does not hear of an action that does not exist', async () => {
    const id = 'OLD F11';
    const station = await booted(on.url, id, 'ocpp1.6');
    expect((await station.call('FooBar', {})).slice(0, 3)).toEqual([4, expect.any(String), 'NotImplemented']);
    await station.call('DataTransfer', { vendorId: 'after' });
    expect(by.csms.actions(id)).toEqual(['BootNotification', 'DataTransfer']);
    await station.close();
  });

  it('F35: asks a 2.0.1 station for keys as it spells them', async () => {
    const id = 'OLD F35';
    const station = await booted(on.url, id, 'ocpp2.0.1');
    answering(station, 'GetVariables', ({ getVariableData }) => ({
      getVariableResult: getVariableData.map(({ component, variable }: Payload) =>
        variable['name'] === 'HeartbeatInterval'
          ? { attributeStatus: 'Accepted', attributeValue: '300', component, variable }
          : { attributeStatus: 'UnknownVariable', component, variable },
      ),
    }));
    expect(await by.csms.call(id, 'GetConfiguration', { key: ['heartbeatinterval', 'Nope'] })).toEqual({
      configurationKey: [{ key: 'heartbeatinterval', readonly: false, value: '300' }],
      unknownKey: ['Nope'],
    });
    await station.close();
  });

  it('F37: has the profile come back that a refused one would have replaced', async () => {
    const id = 'OLD F37';
    const station = await booted(on.url, id, 'ocpp2.0.1');
    const set = (chargingProfileId: number) =>
      by.csms.call(id, 'SetChargingProfile', {
        connectorId: 0,
        csChargingProfiles: {
          chargingProfileId,
          stackLevel: 0,
          chargingProfilePurpose: 'TxDefaultProfile',
          chargingProfileKind: 'Relative',
          chargingSchedule: { chargingRateUnit: 'A', chargingSchedulePeriod: [{ startPeriod: 0, limit: 16 }] },
        },
      });
    expect(await set(1)).toEqual({ status: 'Accepted' });
    answering(station, 'SetChargingProfile', ({ chargingProfile }) => ({
      status: chargingProfile.id === 2 ? 'Rejected' : 'Accepted',
    }));
    expect(await set(2)).toEqual({ status: 'Rejected' });
    const [first, ...rest] = calls(station);
    expect(rest).toEqual([
      ['ClearChargingProfile', { chargingProfileId: 1 }],
      ['SetChargingProfile', { evseId: 0, chargingProfile: expect.objectContaining({ id: 2 }) }],
      first,
    ]);
    await station.close();
  });
});

describe.each([
  ['2.0.1', { remoteStartId: 1, idToken: { idToken: 'T', type: 'Central' } }, 'RequestStartTransaction'],
  ['1.6', { idTag: 'T' }, 'RemoteStartTransaction'],
] as const)('a CSMS of %s that has answered Pending', (version, start, startAction) => {
  const prefix = `PENDING-${version}-`;
  const by = csmsOf(version, prefix);
  beforeAll(() => {
    by.csms.answers['BootNotification'] = () => ({ status: 'Pending', interval: 60, currentTime: at(0) });
  });

  it.each(['ocpp1.6', 'ocpp2.0.1'] as const)('F16: hears nothing that it did not ask for (%s)', async (protocol) => {
    const id = `${prefix}F16-${protocol}`;
    const station = await RawStation.connect(on.url, id, protocol);
    expect((await station.call('BootNotification', boot[protocol]))[2]).toMatchObject({
      status: 'Pending',
      interval: 60,
    });
    const sampledValue = [{ value: protocol === 'ocpp1.6' ? '1' : 1 }];
    const values = {
      [protocol === 'ocpp1.6' ? 'connectorId' : 'evseId']: 1,
      meterValue: [{ timestamp: at(1), sampledValue }],
    };
    expect((await station.call('MeterValues', values))[2]).toBe('SecurityError');
    // What it asks for it gets.
    const status = {
      'ocpp1.6': { connectorId: 1, errorCode: 'NoError', status: 'Available' },
      'ocpp2.0.1': {
        evseId: 1,
        connectorId: 1,
        connectorStatus: 'Available',
        timestamp: at(2),
      },
    }[protocol];
    const trigger = version === '1.6' ? { connectorId: 1 } : { evse: { id: 1, connectorId: 1 } };
    expect(await by.csms.call(id, 'TriggerMessage', { requestedMessage: 'StatusNotification', ...trigger })).toEqual({
      status: 'Accepted',
    });
    expect((await station.call('StatusNotification', status))[0]).toBe(3);
    expect((await station.call('BootNotification', boot[protocol]))[2].status).toBe('Pending');
    expect(new Set(by.csms.actions(id))).not.toContain('MeterValues');
    await station.close();
  });

  it.each(['ocpp1.6', 'ocpp2.0.1'] as const)('F17: cannot start a transaction (%s)', async (protocol) => {
    const id = `${prefix}F17-${protocol}`;
    const station = await RawStation.connect(on.url, id, protocol);
    await station.call('BootNotification', boot[protocol]);
    expect(await by.csms.call(id, startAction, start)).toEqual(
      version === '1.6' ? { status: 'Rejected' } : { status: 'Rejected', statusInfo: { reasonCode: 'CSNotAccepted' } },
    );
    expect((await station.call('BootNotification', boot[protocol]))[0]).toBe(3);
    expect(calls(station).filter(([action]) => /Start/.test(String(action)))).toEqual([]);
    await station.close();
  });
});

describe('a CSMS of 2.1 that complains', () => {
  const server = new WebSocketServer({ port: 0, handleProtocols: () => 'ocpp2.1' });
  afterAll(() => server.close());

  it('F14: about our answer is taken down with the message, and answered nothing', async () => {
    const received: unknown[][] = [];
    const connected = new Promise<import('ws').WebSocket>((resolve) =>
      server.on('connection', (socket) => {
        socket.on('message', (data) => {
          const frame = JSON.parse(String(data));
          received.push(frame);
          if (frame[0] === 2) {
            const answer = { status: 'Accepted', interval: 300, currentTime: at(0) };
            socket.send(JSON.stringify([3, frame[1], frame[2] === 'BootNotification' ? answer : {}]));
          }
        });
        resolve(socket);
      }),
    );
    const { port } = server.address() as AddressInfo;
    await on.api.put('/v1/upstreams/raw', { url: `ws://127.0.0.1:${port}/csms`, version: '2.1' });
    await on.api.put('/v1/routes/raw', { match: { stationId: 'F14' }, owner: 'raw' });
    const station = await booted(on.url, 'F14', 'ocpp1.6');
    const csms = await connected;
    csms.send(JSON.stringify([2, 'question', 'ClearCache', {}]));
    await until(() => received.some(([type, id]) => type === 3 && id === 'question'), 'the answer');
    csms.send(JSON.stringify([5, 'question', 'FormatViolation', 'status is no status', {}]));
    csms.send(JSON.stringify([2, 'after', 'ClearCache', {}]));
    await until(() => received.some(([, id]) => id === 'after'), 'the next answer');
    expect(received.filter(([, id]) => id === 'question')).toEqual([[3, 'question', { status: 'Accepted' }]]);
    const events = new Events(on.api, 'after=0&stationId=F14&types=evsebridge.upstream.answer_refused');
    const told = await events.until((all) => all[0], 'the event');
    events.close();
    expect(told.data).toEqual({
      upstream: 'raw',
      messageId: 'question',
      code: 'FormatViolation',
      description: 'status is no status',
    });
    expect((await station.call('Heartbeat', {}))[0]).toBe(3);
    await station.close();
  });
});
