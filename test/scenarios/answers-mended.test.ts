import { expect, it } from 'vitest';
import { testDatabases } from '../support/databases.ts';
import { RawStation, startGateway } from '../support/gateway.ts';

it('counts what is mended in the answers of a station too', async () => {
  const kind = (await testDatabases()).find(({ name }) => name === 'embedded');
  const database = await kind!.open();
  const gateway = await startGateway(database.options);
  try {
    const station = await RawStation.connect(gateway.ocppUrl, 'MENDED', 'ocpp2.0.1');
    await station.call('BootNotification', { reason: 'PowerUp', chargingStation: { vendorName: 'V', model: 'M' } });
    station.onCall = (frame) => [3, frame[1], null];
    await gateway.api.command('MENDED', 'CostUpdated', { totalCost: 1, transactionId: 'T' });
    const { body } = await gateway.api.get('/v1/stations/MENDED');
    expect(body.deviations).toMatchObject({ missingPayload: 1 });
    await station.close();
  } finally {
    await gateway.stop();
    await database.drop();
  }
});
