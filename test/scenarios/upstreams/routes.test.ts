/** Who is told what, who may command, and what crosses as it is. */
import { afterEach, describe, expect, it } from 'vitest';
import { Csms } from '../../../bench/servers/csms.ts';
import type { VersionName } from '../../../src/ocpp/index.ts';
import { RawStation, until } from '../../support/gateway.ts';
import { stage } from '../support.ts';

const boot16 = { chargePointVendor: 'Vendor', chargePointModel: 'Model' };
const boot2x = { reason: 'PowerUp', chargingStation: { vendorName: 'Vendor', model: 'Model' } };
const time = '2026-02-03T10:00:00.000Z';

describe('upstreams', { timeout: 60_000 }, () => {
  const at = stage();
  const open: Csms[] = [];
  const stations: RawStation[] = [];
  afterEach(async () => {
    for (const station of stations.splice(0)) await station.close();
    for (const csms of open.splice(0)) await csms.kill();
  });

  /** A CSMS that is entered as an upstream. */
  async function upstream(name: string, version: VersionName, more: object = {}): Promise<Csms> {
    const csms = await Csms.start(version);
    open.push(csms);
    expect((await at.api.put(`/v1/upstreams/${name}`, { url: csms.url, version, ...more })).status).toBeLessThan(300);
    return csms;
  }
  const route = (name: string, body: object) =>
    at.api.put(`/v1/routes/${name}`, { match: { stationId: name }, ...body });
  async function connect(id: string, protocol: string): Promise<RawStation> {
    const station = await RawStation.connect(at.url, id, protocol);
    stations.push(station);
    return station;
  }
  const calls = (station: RawStation, action: string) =>
    station.frames.filter(([type, , name]) => type === 2 && name === action).map((frame) => frame[3]);

  it('of the same version get messages as they are, and so does the station, unknown fields included', async () => {
    const csms = await upstream('same', '2.1');
    await route('SAME', { owner: 'same' });
    csms.answers['DataTransfer'] = () => ({ status: 'Accepted', data: { a: [1, null] }, extra: 'x' });
    const station = await connect('SAME', 'ocpp2.1');
    station.unchecked = true;
    station.onCall = ([, id]) => [3, id, { status: 'Accepted', extra: { of: 'ours' } }];
    await station.call('BootNotification', { ...boot2x, vendorExtra: { a: 1.5 } });
    const answer = await station.call('DataTransfer', { vendorId: 'V', data: 'x', more: true });
    expect(answer[2]).toEqual({ status: 'Accepted', data: { a: [1, null] }, extra: 'x' });
    const event = {
      eventType: 'Started',
      timestamp: time,
      triggerReason: 'Authorized',
      seqNo: 0,
      transactionInfo: { transactionId: 'TX-1', unheardOf: 1 },
      idToken: { idToken: 'T', type: 'ISO14443' },
    };
    expect((await station.call('TransactionEvent', event))[2]).toEqual({ idTokenInfo: { status: 'Accepted' } });
    expect(csms.of('SAME').map(({ payload }) => payload)).toEqual([
      { ...boot2x, vendorExtra: { a: 1.5 } },
      { vendorId: 'V', data: 'x', more: true },
      event,
    ]);
    const reset = { type: 'Immediate', extra: 'for the station' };
    expect(await csms.call('SAME', 'Reset', reset)).toEqual({ status: 'Accepted', extra: { of: 'ours' } });
    expect(calls(station, 'Reset')).toEqual([reset]);
    const journal = await at.api.all('/v1/stations/SAME/messages');
    expect(journal.map(({ peer }) => peer)).toEqual(expect.arrayContaining(['station', 'upstream:same']));
  });

  it('that observe are told in their own versions, and command only what they may', async () => {
    const owner = await upstream('owner', '1.6');
    const watcher = await upstream('watcher', '2.0.1');
    watcher.answers['TransactionEvent'] = () => ({ idTokenInfo: { status: 'Blocked' } });
    await route('WATCHED', { owner: 'owner', observers: ['watcher'], allow: ['ClearCache'] });
    const station = await connect('WATCHED', 'ocpp1.6');
    await station.call('BootNotification', boot16);
    const start = { connectorId: 1, idTag: 'TAG', meterStart: 0, timestamp: time };
    const started = await station.call('StartTransaction', start);
    expect(started[2].idTagInfo).toEqual({ status: 'Accepted' });
    const [, , { transactionId }] = started;
    await station.call('StopTransaction', { transactionId, meterStop: 10, timestamp: time });
    await until(() => watcher.of('WATCHED').some(({ payload }) => payload['eventType'] === 'Ended'), 'the observer');
    await until(() => owner.actions('WATCHED').includes('StopTransaction'), 'the owner');
    expect(owner.of('WATCHED').at(-1)?.payload).toMatchObject({ transactionId: owner.lastTransactionId });
    await expect(watcher.call('WATCHED', 'Reset', { type: 'Immediate' })).rejects.toMatchObject({
      rpcErrorCode: 'SecurityError',
    });
    expect(calls(station, 'Reset')).toEqual([]);
    expect(await watcher.call('WATCHED', 'ClearCache', {})).toMatchObject({
      status: 'Accepted',
    });
    expect(calls(station, 'ClearCache')).toEqual([{}]);
    expect([...owner.invalid, ...watcher.invalid]).toEqual([]);
  });

  it('of a new route get to know a station that runs already, which stays connected', async () => {
    const station = await connect('MOVED', 'ocpp1.6');
    await station.call('BootNotification', boot16);
    for (const [connectorId, status] of [
      [1, 'Preparing'],
      [1, 'Available'],
      [2, 'Faulted'],
    ])
      await station.call('StatusNotification', { connectorId, errorCode: 'NoError', status, timestamp: time });
    const first = await upstream('first', '2.1', { gracePeriod: 0 });
    const second = await upstream('second', '1.6');
    await route('MOVED', { owner: 'first' });
    await until(
      () => first.actions('MOVED').filter((action) => action === 'StatusNotification').length === 2,
      'statuses',
    );
    expect(first.actions('MOVED')[0]).toBe('BootNotification');
    expect(
      first
        .of('MOVED')
        .map(({ payload }) => payload['connectorStatus'])
        .filter(Boolean)
        .sort(),
    ).toEqual(['Available', 'Faulted']);
    await route('MOVED', { owner: 'second' });
    await until(() => second.actions('MOVED').includes('BootNotification'), 'the other');
    await until(() => !first.clients.has('MOVED'), 'the end of the first');
    expect((await station.call('Authorize', { idTag: 'A' }))[2]).toEqual({ idTagInfo: { status: 'Accepted' } });
    expect(await second.call('MOVED', 'ClearCache', {})).toEqual({ status: 'Accepted' });
    expect((await at.api.call('DELETE', '/v1/upstreams/first')).status).toBe(204);
    expect(station.socket.readyState).toBe(1);
  });

  it('keep the transactions that began there when a route leads elsewhere', async () => {
    const before = await upstream('before', '2.0.1', { gracePeriod: 0 });
    const after = await upstream('after', '1.6');
    await route('HANDED', { owner: 'before' });
    const station = await connect('HANDED', 'ocpp1.6');
    await station.call('BootNotification', boot16);
    const start = (minute: number) => ({
      connectorId: 1,
      idTag: 'A',
      meterStart: minute,
      timestamp: `2026-02-03T10:0${minute}:00.000Z`,
    });
    const [, , { transactionId }] = await station.call('StartTransaction', start(0));
    await route('HANDED', { owner: 'after' });
    await until(() => after.actions('HANDED').includes('BootNotification'), 'the other');
    await station.call('MeterValues', {
      connectorId: 1,
      transactionId,
      meterValue: [{ timestamp: time, sampledValue: [{ value: '5' }] }],
    });
    await station.call('StopTransaction', { transactionId, meterStop: 10, timestamp: time });
    const [, , second] = await station.call('StartTransaction', start(1));
    await station.call('StopTransaction', { transactionId: second.transactionId, meterStop: 20, timestamp: time });
    await until(() => after.actions('HANDED').includes('StopTransaction'), 'the second transaction');
    expect(
      after
        .of('HANDED')
        .filter(({ action }) => /Transaction|MeterValues/.test(action))
        .map(({ action, payload }) => [action, payload['transactionId'] ?? payload['meterStart']]),
    ).toEqual([
      ['StartTransaction', 1],
      ['StopTransaction', after.lastTransactionId],
    ]);
    const events = before.of('HANDED').filter(({ action }) => action === 'TransactionEvent');
    expect(events.map(({ payload }) => [payload['eventType'], payload['seqNo']])).toEqual([
      ['Started', 0],
      ['Updated', 1],
      ['Ended', 2],
    ]);
    await until(() => !before.clients.has('HANDED'), 'the end of the first');
  });

  it('that have not accepted the station get nothing else, and the station hears so: F16, F17', async () => {
    const csms = await upstream('picky', '2.0.1');
    await route('PENDING', { owner: 'picky' });
    csms.answers['BootNotification'] = () => ({ status: 'Pending', interval: 5, currentTime: time });
    const station = await connect('PENDING', 'ocpp1.6');
    expect((await station.call('BootNotification', boot16))[2]).toMatchObject({ status: 'Pending', interval: 5 });
    expect((await station.call('Authorize', { idTag: 'A' })).slice(0, 3)).toEqual([
      4,
      expect.anything(),
      'SecurityError',
    ]);
    expect((await at.api.get('/v1/stations/PENDING')).body.registrationStatus).toBe('Pending');
    delete csms.answers['BootNotification'];
    expect((await station.call('BootNotification', boot16))[2]).toMatchObject({ status: 'Accepted', interval: 300 });
    expect((await station.call('Authorize', { idTag: 'A' }))[2]).toEqual({ idTagInfo: { status: 'Accepted' } });
    expect(csms.actions('PENDING')).toEqual(['BootNotification', 'BootNotification', 'Authorize']);
  });

  it('stay connected while their station is away for a moment, and not longer', async () => {
    const csms = await upstream('grace', '1.6', { gracePeriod: 1 });
    await route('FLAPS', { owner: 'grace' });
    const station = await connect('FLAPS', 'ocpp1.6');
    await station.call('BootNotification', boot16);
    const client = csms.clients.get('FLAPS');
    await station.close();
    const again = await connect('FLAPS', 'ocpp1.6');
    await again.call('Heartbeat', {});
    await until(() => csms.actions('FLAPS').includes('Heartbeat'), 'the heartbeat');
    expect(csms.clients.get('FLAPS')).toBe(client);
    await again.close();
    await until(() => !csms.clients.has('FLAPS'), 'the end');
  });
});
