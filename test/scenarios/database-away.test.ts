import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { proxyTo, type TcpProxy } from '../storage/support.ts';
import { hasTestServer, type TestDatabase, testDatabases } from '../support/databases.ts';
import { RawStation, startGateway, type TestGateway, until } from '../support/gateway.ts';
import { boot, booted, Events, protocols } from './support.ts';

const server = (await testDatabases()).find(({ name }) => name === 'PostgreSQL');

describe.skipIf(!(await hasTestServer()))('a database that goes away', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let gateway: TestGateway;

  beforeAll(async () => {
    database = await (server as NonNullable<typeof server>).open();
    proxy = await proxyTo(database.options.databaseUrl as string);
    const settings = {
      EVSEBRIDGE_MAX_WAITING: '100',
      EVSEBRIDGE_UNKNOWN_TOKENS: 'accept',
      EVSEBRIDGE_CALL_TIMEOUT: '2',
      EVSEBRIDGE_LOG_LEVEL: 'fatal',
    };
    gateway = await startGateway({ ...database.options, databaseUrl: proxy.url }, settings);
  });
  afterAll(async () => {
    proxy?.open();
    await gateway?.stop();
    await proxy?.close();
    await database?.drop();
  });

  const ready = async () => (await gateway.api.get('/readyz')).status;
  const start = (connectorId: number, second = 0) => ({
    connectorId,
    idTag: 'TAG',
    meterStart: 100,
    timestamp: `2026-01-05T10:00:${String(second).padStart(2, '0')}.000Z`,
  });

  it('leaves stations connected, and what must be stored waits until it can be', async () => {
    const stations = await Promise.all(protocols.map((protocol) => booted(gateway.ocppUrl, `A-${protocol}`, protocol)));
    const [old] = stations as [RawStation, RawStation, RawStation];
    expect(await ready()).toBe(200);
    proxy.shut();
    expect(await until(async () => (await ready()) === 503, 'the gateway to notice')).toBe(true);
    expect((await gateway.api.get('/healthz')).status).toBe(200);

    // Heartbeats need no storage.
    for (const station of stations) expect((await station.call('Heartbeat', {}))[0]).toBe(3);
    // What was said is not answered, however often it is said.
    const first = old.call('StartTransaction', start(1), 'start-1');
    old.send([2, 'start-2', 'StartTransaction', start(1)]);
    const [, , later] = stations as [RawStation, RawStation, RawStation];
    const event = later.call('TransactionEvent', {
      eventType: 'Started',
      triggerReason: 'Authorized',
      seqNo: 0,
      timestamp: '2026-01-05T10:00:00Z',
      transactionInfo: { transactionId: 'T1' },
      evse: { id: 1, connectorId: 1 },
      idToken: { idToken: 'TAG', type: 'Central' },
    });
    for (const station of stations) expect((await station.call('Heartbeat', {}))[0]).toBe(3);
    expect(old.frames.some(([, id]) => id === 'start-1')).toBe(false);
    // A command is not taken: nothing is sent that is not stored.
    const command = await gateway.api.command('A-ocpp1.6', 'DataTransfer', { vendorId: 'x' });
    expect(command.status).toBe(503);
    // A station that nothing is known of cannot be judged.
    await expect(RawStation.connect(gateway.ocppUrl, 'STRANGER', 'ocpp1.6')).rejects.toThrow(/503/);

    proxy.open();
    const [type, , { transactionId }] = await first;
    expect([type, transactionId]).toEqual([3, expect.any(Number)]);
    const repeated = await until(() => old.frames.find(([, id]) => id === 'start-2'), 'the answer to the repetition');
    expect(repeated[2]).toEqual((old.frames.find(([, id]) => id === 'start-1') ?? [])[2]);
    expect((await event)[2]).toEqual({ idTokenInfo: { status: 'Accepted' } });
    await until(async () => (await ready()) === 200, 'the gateway to be ready');
    expect(await gateway.api.all('/v1/transactions?stationId=A-ocpp1.6')).toHaveLength(1);
    expect(await gateway.api.all('/v1/transactions?stationId=A-ocpp2.1')).toHaveLength(1);
    const stranger = await booted(gateway.ocppUrl, 'STRANGER', 'ocpp1.6');
    for (const station of [...stations, stranger]) {
      expect(station.socket.readyState).toBe(1);
      await station.close();
    }
  });

  it('is waited for within a bound; beyond it nothing is half-processed', async () => {
    const fleet = await Promise.all(Array.from({ length: 30 }, (_, n) => booted(gateway.ocppUrl, `B-${n}`, 'ocpp1.6')));
    proxy.shut();
    await until(async () => (await ready()) === 503, 'the gateway to notice');
    // 300 messages for 100 places.
    for (const [n, station] of fleet.entries()) {
      for (let m = 0; m < 10; m++) station.send([2, `s-${n}-${m}`, 'StartTransaction', start(m + 1, m)]);
    }
    for (const station of fleet) expect((await station.call('Heartbeat', {}))[0]).toBe(3);
    expect((await gateway.api.get('/readyz')).body.checks).toMatchObject({ accepting: false });
    // A station that reconnects while there is no room loses nothing either.
    const [again] = fleet as [RawStation];
    await again.close();
    fleet[0] = await RawStation.connect(gateway.ocppUrl, 'B-0', 'ocpp1.6');
    proxy.open();
    await until(async () => (await ready()) === 200, 'the gateway to be ready');

    // All is sent again, as stations do; every one is answered, and with the first answer.
    const answers = (
      await Promise.all(
        fleet.map(async (sender, n) => {
          const numbers: number[] = [];
          for (let m = 0; m < 10; m++) {
            const [type, , answer] = await sender.call('StartTransaction', start(m + 1, m));
            const before = sender.frames.find(([, id]) => id === `s-${n}-${m}`);
            if (before !== undefined) expect(before[2]).toEqual(answer);
            expect([type, answer.idTagInfo]).toEqual([3, { status: 'Accepted' }]);
            numbers.push(answer.transactionId);
          }
          return numbers;
        }),
      )
    ).flat();
    expect(new Set(answers).size).toBe(300);
    const stored = await gateway.api.all('/v1/transactions?active=true');
    expect(
      new Set(stored.filter(({ stationId }) => stationId.startsWith('B-')).map(({ nativeId }) => Number(nativeId))),
    ).toEqual(new Set(answers));
    const events = new Events(gateway.api);
    const started = await events.until((all) => {
      const found = all.filter(
        ({ type, data }) => type === 'evsebridge.transaction.started' && answers.includes(Number(data.nativeId)),
      );
      return found.length >= 300 && found;
    }, 'the events');
    expect(started).toHaveLength(300);
    events.close();
    for (const station of fleet) await station.close();
  });

  it('for longer than transaction numbers last leaves StartTransaction unanswered rather than refused', {
    timeout: 120_000,
  }, async () => {
    await gateway.stop();
    gateway = await startGateway(
      { ...database.options, databaseUrl: proxy.url },
      { EVSEBRIDGE_MAX_WAITING: '50000', EVSEBRIDGE_UNKNOWN_TOKENS: 'accept', EVSEBRIDGE_LOG_LEVEL: 'fatal' },
    );
    const fleet = await Promise.all(Array.from({ length: 50 }, (_, n) => booted(gateway.ocppUrl, `N-${n}`, 'ocpp1.6')));
    proxy.shut();
    await until(async () => (await ready()) === 503, 'the gateway to notice');
    // Of now: whether something old is a repetition only storage can tell.
    const timestamp = new Date().toISOString();
    const payload = (m: number) => ({ ...start((m % 50) + 1), meterStart: m, timestamp });
    const closed = Promise.race(fleet.map((station) => station.closed()));
    for (let m = 0; m < 220; m++)
      for (const station of fleet) station.send([2, `n-${m}`, 'StartTransaction', payload(m)]);
    expect((await closed)[0]).toBe(1011);
    proxy.open();
    await until(async () => (await ready()) === 200, 'the gateway to be ready');
    const numbers = await Promise.all(
      fleet.map(async (before, n) => {
        // A station that gets no answer, or loses its connection, comes back and asks again.
        const given = await until(async () => {
          const station = await RawStation.connect(gateway.ocppUrl, `N-${n}`, 'ocpp1.6');
          const lost = station.closed().then(() => undefined);
          const numbers: number[] = [];
          for (const m of [0, 1, 218, 219]) {
            const answered = await Promise.race([station.call('StartTransaction', payload(m)), lost]);
            if (answered === undefined) return undefined;
            const [type, , answer] = answered;
            expect(type).toBe(3);
            const first = before.frames.find(([, id]) => id === `n-${m}`);
            if (first !== undefined) expect(first[2]).toEqual(answer);
            numbers.push(answer.transactionId);
          }
          await station.close();
          return numbers;
        }, `the answers to N-${n}`);
        expect(before.frames.filter(([type]) => type === 4)).toEqual([]);
        await before.close();
        return given;
      }),
    );
    expect(new Set(numbers.flat()).size).toBe(200);
  });

  it('while a command is under way leaves it with a true state', async () => {
    const station = await booted(gateway.ocppUrl, 'C', 'ocpp1.6');
    let asked = '';
    station.onCall = ([, id]) => {
      asked = id;
      return undefined;
    };
    const called = station.next((frame) => frame[0] === 2);
    const pending = gateway.api.command('C', 'DataTransfer', { vendorId: 'x' });
    await called;
    proxy.shut();
    await until(async () => (await ready()) === 503, 'the gateway to notice');
    station.send([3, asked, { status: 'Accepted' }]);
    expect((await station.call('Heartbeat', {}))[0]).toBe(3);
    proxy.open();
    const { status, body } = await pending;
    expect([status, body.state]).toEqual([200, 'completed']);
    expect((await gateway.api.get(`/v1/commands/${body.id}`)).body.state).toBe('completed');
    await station.close();
  });

  it('lets the gateway be stopped, and what was not stored was not answered', async () => {
    const station = await booted(gateway.ocppUrl, 'D', 'ocpp1.6');
    proxy.shut();
    await until(async () => (await ready()) === 503, 'the gateway to notice');
    station.send([2, 'late', 'StartTransaction', start(1)]);
    expect((await station.call('Heartbeat', {}))[0]).toBe(3);
    const closed = station.closed();
    await gateway.stop();
    expect((await closed)[0]).toBe(1001);
    expect(station.frames.some(([, id]) => id === 'late')).toBe(false);
    proxy.open();
    gateway = await startGateway(
      { ...database.options, databaseUrl: proxy.url },
      { EVSEBRIDGE_UNKNOWN_TOKENS: 'accept' },
    );
    const again = await RawStation.connect(gateway.ocppUrl, 'D', 'ocpp1.6');
    expect((await again.call('BootNotification', boot['ocpp1.6']))[2]).toMatchObject({ status: 'Accepted' });
    expect((await again.call('StartTransaction', start(1)))[0]).toBe(3);
    expect(await gateway.api.all('/v1/transactions?stationId=D')).toHaveLength(1);
    await again.close();
  });
});
