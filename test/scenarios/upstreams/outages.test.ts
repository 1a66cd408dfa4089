/** An owner that is away: nothing is lost, nothing comes twice, and stations go on. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Csms } from '../../../bench/servers/csms.ts';
import type { VersionName } from '../../../src/ocpp/index.ts';
import type { TestDatabase } from '../../support/databases.ts';
import { type GatewayProcess, RawStation, spawnGateway, until } from '../../support/gateway.ts';
import { embedded, stage } from '../support.ts';

const at = (minute: number) => new Date(Date.parse('2026-02-03T10:00:00.000Z') + minute * 60_000).toISOString();
const boot16 = { chargePointVendor: 'Vendor', chargePointModel: 'Model' };

/** A whole transaction of a 1.6 station. @returns the id that it was given */
async function charge(station: RawStation, minute: number, idTag = 'TAG'): Promise<number> {
  const start = await station.call('StartTransaction', {
    connectorId: 1,
    idTag,
    meterStart: 100,
    timestamp: at(minute),
  });
  const { transactionId } = start[2] as { transactionId: number };
  await station.call('MeterValues', {
    connectorId: 1,
    transactionId,
    meterValue: [{ timestamp: at(minute + 1), sampledValue: [{ value: '150' }] }],
  });
  const stop = await station.call('StopTransaction', { transactionId, meterStop: 200, timestamp: at(minute + 2) });
  expect(stop[0]).toBe(3);
  return transactionId;
}

describe('an owner that goes and comes back', () => {
  const gateway = stage();
  const versions = ['1.6', '2.0.1', '2.1'] as const satisfies readonly VersionName[];
  let csms: Csms;
  afterEach(() => csms.kill());

  it.each(versions)('in %s gets what it has missed, in order and once', { timeout: 60_000 }, async (version) => {
    csms = await Csms.start(version);
    const name = `v${version}`;
    const id = `OUT-${version}`;
    await gateway.api.put(`/v1/upstreams/${name}`, { url: csms.url, version });
    await gateway.api.put(`/v1/routes/${name}`, { match: { stationId: id }, owner: name });
    const station = await RawStation.connect(gateway.url, id, 'ocpp1.6');
    expect((await station.call('BootNotification', boot16))[2]).toMatchObject({ status: 'Accepted', interval: 300 });
    expect((await station.call('Authorize', { idTag: 'TAG' }))[2]).toEqual({ idTagInfo: { status: 'Accepted' } });
    const ids = [await charge(station, 0)];

    await csms.kill();
    const state = async () => (await gateway.api.get(`/v1/upstreams/${name}/links?stationId=${id}`)).body.items[0];
    await until(async () => (await state()).state !== 'open', 'the loss');
    // What the owner said of the token holds; of others the gateway decides (unknown tokens are rejected by default).
    expect((await station.call('Authorize', { idTag: 'tag' }))[2]).toEqual({ idTagInfo: { status: 'Accepted' } });
    expect((await station.call('Authorize', { idTag: 'OTHER' }))[2].idTagInfo.status).toBe('Invalid');
    ids.push(await charge(station, 10));
    for (const status of ['Preparing', 'Charging', 'Available'])
      await station.call('StatusNotification', { connectorId: 1, errorCode: 'NoError', status, timestamp: at(15) });
    ids.push(await charge(station, 20));
    expect((await station.call('BootNotification', boot16))[2]).toMatchObject({ status: 'Accepted', interval: 300 });
    expect(new Set(ids).size).toBe(3);
    expect((await state()).queued).toBeGreaterThan(6);
    expect((await state()).oldestAt).not.toBeNull();
    const metrics = await (
      await fetch(`${gateway.api.url}/metrics`, { headers: { authorization: 'Bearer test-key-0123456789' } })
    ).text();
    expect(metrics).toContain(`evsebridge_upstream_links_open{upstream="${name}"} 0`);
    expect(metrics).toMatch(new RegExp(`evsebridge_upstream_queued\\{upstream="${name}"\\} [1-9]`));

    await csms.open();
    await until(async () => (await state()).state === 'open' && (await state()).queued === 0, 'delivery');
    const told = csms.of(id);
    if (version === '1.6') {
      const order = told.flatMap(({ action, payload }) =>
        /Transaction$/.test(action) ? [[action, payload['transactionId'] ?? payload['timestamp']]] : [],
      );
      const first = csms.lastTransactionId - 2;
      expect(order).toEqual([
        ['StartTransaction', at(0)],
        ['StopTransaction', first],
        ['StartTransaction', at(10)],
        ['StopTransaction', first + 1],
        ['StartTransaction', at(20)],
        ['StopTransaction', first + 2],
      ]);
      expect(
        told.filter(({ action }) => action === 'MeterValues').map(({ payload }) => payload['transactionId']),
      ).toEqual([first, first + 1, first + 2]);
    } else {
      const events = told.filter(({ action }) => action === 'TransactionEvent').map(({ payload }) => payload);
      const transactions = [...new Set(events.map((event) => event['transactionInfo'].transactionId))];
      expect(transactions).toHaveLength(3);
      for (const [index, transaction] of transactions.entries()) {
        const own = events.filter((event) => event['transactionInfo'].transactionId === transaction);
        expect(own.map((event) => event['seqNo'])).toEqual(own.map((_, seqNo) => seqNo));
        expect(own[0]).toMatchObject({ eventType: 'Started', timestamp: at(index * 10) });
        expect(own.at(-1)).toMatchObject({ eventType: 'Ended', timestamp: at(index * 10 + 2) });
        if (index > 0) expect(own.every((event) => event['offline'] === true)).toBe(true);
      }
    }
    expect(csms.invalid).toEqual([]);
    await station.close();
  });

  it('has a message parked that it refuses, and takes it when it is tried again', { timeout: 60_000 }, async () => {
    csms = await Csms.start('1.6');
    await gateway.api.put('/v1/upstreams/poison', { url: csms.url, version: '1.6', attempts: 2 });
    await gateway.api.put('/v1/routes/poison', { match: { stationId: 'POISON' }, owner: 'poison' });
    csms.answers['SecurityEventNotification'] = () => {
      throw new Error('cannot process it');
    };
    const station = await RawStation.connect(gateway.url, 'POISON', 'ocpp1.6');
    await station.call('BootNotification', boot16);
    await station.call('SecurityEventNotification', { type: 'TamperDetectionActivated', timestamp: at(0) });
    await charge(station, 1);
    const path = '/v1/upstreams/poison/links/POISON/parked';
    const [parked] = await until(async () => {
      const { items } = (await gateway.api.get(path)).body;
      return items.length > 0 && items;
    }, 'the parked message');
    expect(parked).toMatchObject({ action: 'SecurityEventNotification', attempts: 2, at: expect.any(String) });
    expect(parked.error).toContain('cannot process it');
    await until(() => csms.actions('POISON').includes('StopTransaction'), 'what came after it');
    const { items } = (
      await gateway.api.call('GET', '/v1/events?types=evsebridge.upstream.parked&after=0', undefined, {
        accept: 'application/json',
      })
    ).body;
    expect(items.at(-1)).toMatchObject({ subject: 'POISON', data: { upstream: 'poison', number: parked.number } });
    delete csms.answers['SecurityEventNotification'];
    expect((await gateway.api.call('POST', `${path}/${parked.number}/retry`)).status).toBe(204);
    await until(() => csms.actions('POISON').includes('SecurityEventNotification'), 'the second try');
    expect((await gateway.api.get(path)).body.items).toEqual([]);
    await station.close();
  });

  it('that is slow does not keep the station waiting, nor is asked twice', { timeout: 60_000 }, async () => {
    csms = await Csms.start('1.6');
    await gateway.api.put('/v1/upstreams/slow', { url: csms.url, version: '1.6', answerTimeout: 1 });
    await gateway.api.put('/v1/routes/slow', { match: { stationId: 'SLOW' }, owner: 'slow' });
    const station = await RawStation.connect(gateway.url, 'SLOW', 'ocpp1.6');
    await station.call('BootNotification', boot16);
    let answer: (() => void) | undefined;
    csms.answers['StartTransaction'] = () =>
      new Promise((resolve) => {
        answer = () => resolve({ transactionId: 77, idTagInfo: { status: 'Blocked' } });
      });
    const start = { connectorId: 1, idTag: 'TAG', meterStart: 0, timestamp: at(0) };
    const first = await station.call('StartTransaction', start);
    expect(first[2].idTagInfo.status).toBe('Invalid');
    expect((await station.call('StartTransaction', start))[2]).toEqual(first[2]);
    await until(() => answer !== undefined, 'the question');
    answer?.();
    const { transactionId } = first[2];
    await station.call('StopTransaction', { transactionId, meterStop: 5, timestamp: at(1) });
    await until(() => csms.actions('SLOW').includes('StopTransaction'), 'the end');
    expect(csms.of('SLOW').filter(({ action }) => action === 'StartTransaction')).toHaveLength(1);
    expect(csms.of('SLOW').at(-1)?.payload['transactionId']).toBe(77);
    await station.close();
  });
});

describe('kill -9 while the owner is away', () => {
  let database: TestDatabase;
  let gateway: GatewayProcess;
  let csms: Csms;
  beforeAll(async () => {
    database = await (await embedded()).open();
    gateway = await spawnGateway(database.options);
    csms = await Csms.start('2.0.1');
  }, 120_000);
  afterAll(async () => {
    await csms.kill();
    await gateway.stop();
    await database.drop();
  });

  it('F23: loses nothing', { timeout: 120_000 }, async () => {
    await gateway.api.put('/v1/upstreams/north', { url: csms.url, version: '2.0.1' });
    await gateway.api.put('/v1/routes/all', { match: {}, owner: 'north' });
    let station = await RawStation.connect(gateway.ocppUrl, 'KILL', 'ocpp1.6');
    await station.call('BootNotification', boot16);
    const start = { connectorId: 1, idTag: 'TAG', meterStart: 100, timestamp: at(0) };
    const { transactionId } = (await station.call('StartTransaction', start))[2];
    await csms.kill();
    const values = (minute: number) => ({
      connectorId: 1,
      transactionId,
      meterValue: [{ timestamp: at(minute), sampledValue: [{ value: String(100 + minute) }] }],
    });
    for (let minute = 1; minute < 10; minute++) {
      await station.call('MeterValues', values(minute));
      if (minute % 4 !== 0) continue;
      await gateway.kill();
      gateway = await spawnGateway(database.options);
      station = await RawStation.connect(gateway.ocppUrl, 'KILL', 'ocpp1.6');
      // Its answer was lost, for all that it knows.
      await station.call('MeterValues', values(minute));
    }
    await station.call('StopTransaction', { transactionId, meterStop: 200, timestamp: at(10) });
    await gateway.kill();
    await csms.open();
    gateway = await spawnGateway(database.options);
    station = await RawStation.connect(gateway.ocppUrl, 'KILL', 'ocpp1.6');
    await until(() => csms.of('KILL').some(({ payload }) => payload['eventType'] === 'Ended'), 'the end');
    const events = csms
      .of('KILL')
      .filter(({ action }) => action === 'TransactionEvent')
      .map(({ payload }) => payload);
    expect(events.map((event) => event['seqNo'])).toEqual(events.map((_, seqNo) => seqNo));
    expect(new Set(events.map((event) => event['transactionInfo'].transactionId)).size).toBe(1);
    expect(events.map((event) => event['timestamp'])).toEqual(Array.from({ length: 11 }, (_, minute) => at(minute)));
    await station.close();
  });
});
