import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabases } from '../support/databases.ts';
import { type GatewayProcess, RawStation, spawnGateway } from '../support/gateway.ts';

const boot16 = { chargePointVendor: 'Vendor', chargePointModel: 'Model' };
const boot2x = { reason: 'PowerUp', chargingStation: { vendorName: 'Vendor', model: 'Model' } };

describe.each(await testDatabases())('a message that is sent again, on $name', ({ open }) => {
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

  const restart = async (): Promise<void> => {
    await gateway.kill();
    gateway = await spawnGateway(database.options, settings);
  };

  it('gets the first answer and leaves one record (1.6)', async () => {
    let station = await RawStation.connect(gateway.ocppUrl, 'R16', 'ocpp1.6');
    await station.call('BootNotification', boot16);
    const start = { connectorId: 1, idTag: 'TAG1', meterStart: 100, timestamp: '2026-11-22T10:00:00.000Z' };
    const first = await station.call('StartTransaction', start, 'same-id');
    const { transactionId } = first[2];
    expect(transactionId).toBeGreaterThan(0);
    expect(Number.isInteger(transactionId)).toBe(true);
    // The same message id, another one, another connection, after kill -9.
    expect(await station.call('StartTransaction', start, 'same-id')).toEqual(first);
    expect((await station.call('StartTransaction', start))[2]).toEqual(first[2]);
    await station.close();
    station = await RawStation.connect(gateway.ocppUrl, 'R16', 'ocpp1.6');
    expect((await station.call('StartTransaction', start))[2]).toEqual(first[2]);
    const values = {
      connectorId: 1,
      transactionId,
      meterValue: [{ timestamp: '2026-11-22T10:05:00Z', sampledValue: [{ value: '350' }] }],
    };
    expect((await station.call('MeterValues', values))[2]).toEqual({});
    await restart();
    station = await RawStation.connect(gateway.ocppUrl, 'R16', 'ocpp1.6');
    expect((await station.call('StartTransaction', start))[2]).toEqual(first[2]);
    expect((await station.call('MeterValues', values))[2]).toEqual({});
    const stop = { transactionId, meterStop: 600, timestamp: '2026-11-22T10:10:00Z', idTag: 'TAG1' };
    const stopped = await station.call('StopTransaction', stop);
    expect(stopped[2]).toEqual({ idTagInfo: { status: 'Accepted' } });
    await restart();
    station = await RawStation.connect(gateway.ocppUrl, 'R16', 'ocpp1.6');
    expect((await station.call('StopTransaction', stop))[2]).toEqual(stopped[2]);
    const transactions = await gateway.api.all('/v1/transactions?stationId=R16');
    expect(transactions).toHaveLength(1);
    expect(transactions[0]).toMatchObject({
      nativeId: String(transactionId),
      meterStart: 100,
      meterStop: 600,
      energyWh: 500,
      stoppedReason: 'Local',
      idToken: 'TAG1',
    });
    const meterValues = await gateway.api.all(`/v1/transactions/${transactions[0].id}/meter-values`);
    expect(meterValues.map(({ sampledValue }) => sampledValue[0].value)).toEqual([100, 350, 600]);
    await station.close();
  });

  it.each(['ocpp2.0.1', 'ocpp2.1'])('gets the first answer and leaves one record (%s)', async (protocol) => {
    const id = `R-${protocol}`;
    let station = await RawStation.connect(gateway.ocppUrl, id, protocol);
    await station.call('BootNotification', boot2x);
    const event = (eventType: string, seqNo: number, value: number, more = {}) => ({
      eventType,
      seqNo,
      timestamp: `2026-11-22T11:0${seqNo}:00Z`,
      triggerReason: eventType === 'Started' ? 'Authorized' : 'MeterValuePeriodic',
      transactionInfo: { transactionId: 'own-id' },
      meterValue: [
        { timestamp: `2026-11-22T11:0${seqNo}:00Z`, sampledValue: [{ value, unitOfMeasure: { unit: 'Wh' } }] },
      ],
      ...more,
    });
    const started = event('Started', 0, 1000, {
      evse: { id: 1, connectorId: 1 },
      idToken: { idToken: 'TAG2', type: 'ISO14443' },
    });
    const events = [started, event('Updated', 1, 1500), event('Ended', 2, 2500)];
    const answers = [];
    for (const each of events) answers.push((await station.call('TransactionEvent', each))[2]);
    expect(answers).toEqual([{ idTokenInfo: { status: 'Accepted' } }, {}, {}]);
    await station.close();
    await restart();
    station = await RawStation.connect(gateway.ocppUrl, id, protocol);
    for (const [index, each] of events.entries())
      expect((await station.call('TransactionEvent', each))[2]).toEqual(answers[index]);
    const transactions = await gateway.api.all(`/v1/transactions?stationId=${id}`);
    expect(transactions).toHaveLength(1);
    expect(transactions[0]).toMatchObject({ nativeId: 'own-id', meterStart: 1000, meterStop: 2500, energyWh: 1500 });
    expect(await gateway.api.all(`/v1/transactions/${transactions[0].id}/meter-values`)).toHaveLength(3);
    await station.close();
  });

  it('is recognised however long ago it was answered', async () => {
    let station = await RawStation.connect(gateway.ocppUrl, 'OLD', 'ocpp1.6');
    await station.call('BootNotification', boot16);
    const start = { connectorId: 1, idTag: 'TAG1', meterStart: 0, timestamp: '2026-11-20T10:00:00Z' };
    const first = await station.call('StartTransaction', start);
    for (let n = 1; n <= 400; n++) {
      const timestamp = new Date(Date.parse(start.timestamp) + n * 1000).toISOString();
      await station.call('MeterValues', {
        connectorId: 1,
        transactionId: first[2].transactionId,
        meterValue: [{ timestamp, sampledValue: [{ value: String(n) }] }],
      });
    }
    expect((await station.call('StartTransaction', start))[2]).toEqual(first[2]);
    await restart();
    station = await RawStation.connect(gateway.ocppUrl, 'OLD', 'ocpp1.6');
    // Sent without waiting: the answers keep the order of the questions.
    const again = station.call('StartTransaction', start);
    const late = station.call('Heartbeat', {});
    expect((await again)[2]).toEqual(first[2]);
    expect((await late)[0]).toBe(3);
    expect(await gateway.api.all('/v1/transactions?stationId=OLD')).toHaveLength(1);
    await station.close();
  });
});
