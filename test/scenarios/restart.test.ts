import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabases } from '../support/databases.ts';
import { type GatewayProcess, RawStation, spawnGateway } from '../support/gateway.ts';
import { boot, booted, Events } from './support.ts';

const at = (second: number): string => `2026-01-05T10:00:${String(second).padStart(2, '0')}.000Z`;

describe.each(await testDatabases())('a restart, on $name', ({ open }) => {
  let database: TestDatabase;
  let gateway: GatewayProcess;
  const settings = { EVSEBRIDGE_UNKNOWN_TOKENS: 'accept' };
  beforeAll(async () => {
    database = await open();
    gateway = await spawnGateway(database.options, settings);
  });
  afterAll(async () => {
    await gateway?.stop();
    await database?.drop();
  });
  const started = async () => {
    gateway = await spawnGateway(database.options, settings);
  };
  const start = (connectorId: number, second: number) => ({
    connectorId,
    idTag: 'TAG',
    meterStart: 1000,
    timestamp: at(second),
  });
  const meter = (transactionId: number, second: number, value: number) => ({
    connectorId: 1,
    transactionId,
    meterValue: [{ timestamp: at(second), sampledValue: [{ value: String(value) }] }],
  });

  it('when asked for closes stations with 1001 and loses nothing that was said', async () => {
    const stations = await Promise.all(
      Array.from({ length: 20 }, (_, n) => booted(gateway.ocppUrl, `G-${n}`, 'ocpp1.6')),
    );
    const closed = stations.map((station) => station.closed());
    // The signal comes while the answers are still being stored.
    for (const station of stations) station.send([2, 'start', 'StartTransaction', start(1, 0)]);
    const stopped = gateway.stop();
    expect((await Promise.all(closed)).map(([code]) => code)).toEqual(Array(20).fill(1001));
    await stopped;
    expect(gateway.process.exitCode).toBe(0);
    await started();
    const numbers = await Promise.all(
      stations.map(async (before, n) => {
        const station = await RawStation.connect(gateway.ocppUrl, `G-${n}`, 'ocpp1.6');
        const [type, , answer] = await station.call('StartTransaction', start(1, 0));
        const first = before.frames.find(([, id]) => id === 'start');
        if (first !== undefined) expect(first[2]).toEqual(answer);
        expect(type).toBe(3);
        await station.close();
        return answer.transactionId as number;
      }),
    );
    expect(new Set(numbers).size).toBe(20);
    expect(
      (await gateway.api.all('/v1/transactions')).filter(({ stationId }) => stationId.startsWith('G-')),
    ).toHaveLength(20);
  });

  it.each(['stop', 'kill'] as const)('(%s) in the middle of a transaction goes on with it', async (how) => {
    const id = `T-${how}`;
    let station = await booted(gateway.ocppUrl, id, 'ocpp1.6');
    await station.call('StatusNotification', {
      connectorId: 1,
      errorCode: 'NoError',
      status: 'Charging',
      timestamp: at(0),
    });
    const { transactionId } = (await station.call('StartTransaction', start(1, 1)))[2];
    await station.call('MeterValues', meter(transactionId, 2, 1500));
    await gateway[how]();
    await started();
    station = await RawStation.connect(gateway.ocppUrl, id, 'ocpp1.6');
    expect((await station.call('MeterValues', meter(transactionId, 3, 2000)))[0]).toBe(3);
    // A transaction of another connector gets another number.
    const other = (await station.call('StartTransaction', start(2, 4)))[2];
    expect(other.transactionId).not.toBe(transactionId);
    await gateway[how]();
    await started();
    station = await RawStation.connect(gateway.ocppUrl, id, 'ocpp1.6');
    const third = (await station.call('StartTransaction', start(3, 5)))[2];
    expect(new Set([transactionId, other.transactionId, third.transactionId]).size).toBe(3);
    expect((await station.call('StopTransaction', { transactionId, meterStop: 3000, timestamp: at(9) }))[0]).toBe(3);
    const [done] = await gateway.api.all(`/v1/transactions?stationId=${id}&active=false`);
    expect(done).toMatchObject({
      nativeId: String(transactionId),
      meterStart: 1000,
      meterStop: 3000,
      energyWh: 2000,
      endedAt: at(9),
    });
    expect(await gateway.api.all(`/v1/transactions/${done.id}/meter-values`)).toHaveLength(4);
    const seqNos = (await gateway.api.all(`/v1/stations/${id}/messages?order=asc`))
      .filter(({ head }) => head?.transactionInfo?.transactionId === done.transactionId)
      .map(({ head }) => head.seqNo);
    expect(seqNos).toEqual([0, 1, 2, 3]);
    expect((await gateway.api.get(`/v1/stations/${id}`)).body).toMatchObject({
      registrationStatus: 'Accepted',
      vendorName: 'Vendor',
      evses: [{ id: 1, connectors: [{ id: 1, status: 'Occupied' }] }],
    });
    await station.close();
  });

  it('leaves commands that were sent uncertain, and those that were not failed', async () => {
    const station = await booted(gateway.ocppUrl, 'C', 'ocpp1.6');
    station.onCall = () => undefined;
    const asked = station.next((frame) => frame[0] === 2);
    const ids: string[] = [];
    for (const data of ['first', 'second']) {
      const { status, body } = await gateway.api.command(
        'C',
        'DataTransfer',
        { vendorId: 'x', data },
        { prefer: 'respond-async', 'idempotency-key': data },
      );
      expect(status).toBe(202);
      ids.push(body.id);
    }
    await asked;
    await gateway.kill();
    await started();
    const states = await Promise.all(ids.map(async (id) => (await gateway.api.get(`/v1/commands/${id}`)).body.state));
    expect(states).toEqual(['uncertain', 'failed']);
    // Asked once more with its key, it is not carried out a second time.
    const again = await RawStation.connect(gateway.ocppUrl, 'C', 'ocpp1.6');
    const repeated = await gateway.api.command(
      'C',
      'DataTransfer',
      { vendorId: 'x', data: 'first' },
      { 'idempotency-key': 'first' },
    );
    expect([repeated.status, repeated.body.command.id]).toEqual([504, ids[0]]);
    expect(again.frames).toEqual([]);
    // Whoever follows the events learns of it.
    const events = new Events(gateway.api, 'after=0&stationId=C&types=evsebridge.command');
    const told = await events.until((all) => all.length >= 2 && [...all], 'the events of the commands');
    expect(told.map(({ type, data }) => [type, data.commandId])).toEqual([
      ['evsebridge.command.uncertain', ids[0]],
      ['evsebridge.command.failed', ids[1]],
    ]);
    events.close();
    await again.close();
  });

  it('goes on with the event stream where it was left', async () => {
    const first = await booted(gateway.ocppUrl, 'E', 'ocpp2.1');
    const events = new Events(gateway.api, 'after=0&stationId=E');
    const last = await events.until((all) => all.find(({ type }) => type === 'evsebridge.station.booted'), 'the boot');
    events.close();
    await first.call('StatusNotification', {
      evseId: 1,
      connectorId: 1,
      connectorStatus: 'Available',
      timestamp: at(0),
    });
    await gateway.kill();
    await started();
    const second = await RawStation.connect(gateway.ocppUrl, 'E', 'ocpp2.1');
    await second.call('BootNotification', boot['ocpp2.1']);
    const rest = new Events(gateway.api, `after=${last.id}&stationId=E`);
    const types = await rest.until((all) => all.length >= 3 && all.map(({ type }) => type), 'the rest');
    expect(types).toEqual(['evsebridge.connector.status', 'evsebridge.station.connected', 'evsebridge.station.booted']);
    rest.close();
    await second.close();
  });
});
