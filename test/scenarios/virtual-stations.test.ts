import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StationVersion, VirtualStation } from '../../src/station/index.ts';
import { type TestDatabase, testDatabases } from '../support/databases.ts';
import { type GatewayProcess, spawnGateway, until } from '../support/gateway.ts';

const versions: readonly StationVersion[] = ['1.6', '2.0.1', '2.1'];

describe.each(await testDatabases())('virtual stations of every version, on $name', ({ open }) => {
  let database: TestDatabase;
  let gateway: GatewayProcess;
  let port = '0';
  const stations: VirtualStation[] = [];
  const spawn = async () => {
    gateway = await spawnGateway(database.options, { EVSEBRIDGE_UNKNOWN_TOKENS: 'accept', EVSEBRIDGE_OCPP_PORT: port });
    port = new URL(gateway.ocppUrl).port;
  };
  beforeAll(async () => {
    database = await open();
    await spawn();
  });
  afterAll(async () => {
    for (const station of stations) await station.stop(0);
    await gateway?.stop();
    await database?.drop();
  });

  /** The ledger of a station is what the API tells. */
  async function expectSame(station: VirtualStation): Promise<void> {
    const told = await gateway.api.all(`/v1/transactions?stationId=${station.id}`);
    const byNativeId = new Map(told.map((transaction) => [transaction.nativeId, transaction]));
    expect(byNativeId.size).toBe(told.length);
    expect(told).toHaveLength(station.ledger.transactions.length);
    for (const own of station.ledger.transactions) {
      const found = byNativeId.get(String(own.nativeId));
      expect(found, `${station.id} ${own.nativeId}`).toMatchObject({
        evseId: own.evseId,
        idToken: own.idToken,
        meterStart: own.meterStart,
        meterStop: own.meterStop,
        energyWh: (own.meterStop as number) - own.meterStart,
      });
      // Answered is stored: every meter value that was acknowledged is there.
      expect(own.messages.filter(({ dropped }) => dropped)).toEqual([]);
      expect(own.messages.every(({ answer }) => answer?.kind === 'result')).toBe(true);
    }
  }

  it('charge, lose their connection and their gateway, and nothing is lost', { timeout: 180_000 }, async () => {
    const problems: string[] = [];
    for (let n = 0; n < 12; n++) {
      const version = versions[n % versions.length] as StationVersion;
      const id = `V-${version}-${n}`;
      const station = new VirtualStation({
        id,
        version,
        url: gateway.ocppUrl,
        speed: 60,
        seed: 7,
        connectors: 2,
        outlet: 'ac22',
        settings: {
          MeterValueSampleInterval: '60',
          TransactionMessageAttempts: '50',
          'OCPPCommCtrlr.RetryBackOffWaitMinimum': '5',
          'OCPPCommCtrlr.RetryBackOffRandomRange': '5',
        },
      });
      station.on('deviation', (what) => problems.push(`${id}: ${what}`));
      station.on('dropped', (action) => problems.push(`${id}: ${action} dropped`));
      stations.push(station);
      station.start();
    }
    const accepted = (station: VirtualStation) => station.registration.state === 'Accepted' && station.online;
    await until(() => stations.every(accepted), 'all to be accepted');
    const begin = async (evseId: number) => {
      await Promise.all(
        stations.map(async (station) => {
          station.plug(evseId);
          await until(
            async () => (await station.startCharging(`TAG-${evseId}`, evseId)).status === 'Accepted',
            `${station.id} to be authorized`,
          );
        }),
      );
    };
    const samples = (count: number) =>
      until(
        () => stations.every(({ ledger }) => ledger.transactions.every(({ messages }) => messages.length >= count)),
        'meter values',
      );
    await begin(1);
    await samples(2);
    for (const station of stations) station.loseConnection();
    await samples(3);
    await begin(2).catch((error: unknown) => problems.push(String(error)));
    await gateway.kill();
    await samples(3);
    // Some end while there is no gateway.
    for (const station of stations.slice(0, 6)) {
      station.stopCharging(1);
      station.unplug(1);
    }
    await spawn();
    await until(() => stations.every(accepted), 'all to be back', 60_000);
    for (const station of stations) {
      for (const evse of station.evses) if (evse.transaction !== undefined) station.stopCharging(evse.id);
    }
    for (const station of stations) expect(await station.drained(30_000), station.id).toBe(true);
    expect(problems).toEqual([]);
    expect(stations.map(({ ledger }) => ledger.transactions.length)).toEqual(Array(12).fill(2));
    for (const station of stations) await expectSame(station);
    const seqNos = new Map<string, number[]>();
    for (const station of stations.filter(({ id }) => id.startsWith('V-1.6'))) {
      for (const { head } of await gateway.api.all(`/v1/stations/${station.id}/messages?order=asc`)) {
        const id = head?.transactionInfo?.transactionId;
        if (id !== undefined) seqNos.set(id, [...(seqNos.get(id) ?? []), head.seqNo]);
      }
    }
    for (const list of seqNos.values()) expect(list).toEqual(list.map((_, index) => index));
  });

  it('answer every command', { timeout: 60_000 }, async () => {
    for (const station of stations.slice(0, 3)) {
      const send = async (action: string, body: object) => (await gateway.api.command(station.id, action, body)).body;
      const start = await send('RequestStartTransaction', {
        remoteStartId: 5,
        evseId: 1,
        idToken: { idToken: 'REMOTE', type: 'Central' },
      });
      expect(start, JSON.stringify(start)).toMatchObject({ state: 'completed', response: { status: 'Accepted' } });
      const [open] = await until(async () => {
        const found = await gateway.api.all(`/v1/transactions?stationId=${station.id}&active=true`);
        return found.length > 0 && found;
      }, 'the transaction');
      expect(open).toMatchObject({ idToken: 'REMOTE', remoteStartId: 5, evseId: 1 });
      const stop = await send('RequestStopTransaction', { transactionId: open.id });
      expect(stop, JSON.stringify(stop)).toMatchObject({ state: 'completed', response: { status: 'Accepted' } });
      await until(async () => (await gateway.api.get(`/v1/transactions/${open.id}`)).body.endedAt !== null, 'the end');
      expect((await gateway.api.get(`/v1/transactions/${open.id}`)).body).toMatchObject({ stoppedReason: 'Remote' });
      const got = await send('GetVariables', {
        getVariableData: [{ component: { name: 'OCPPCommCtrlr' }, variable: { name: 'HeartbeatInterval' } }],
      });
      expect(got.response.getVariableResult).toMatchObject([{ attributeStatus: 'Accepted', attributeValue: '300' }]);
    }
  });
});
