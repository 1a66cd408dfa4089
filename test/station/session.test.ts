import { afterEach, describe, expect, test } from 'vitest';
import { type StationOptions, type StationVersion, VirtualStation } from '../../src/station/index.ts';
import { TestCsms } from './csms.ts';

const open: { csms?: TestCsms; stations: VirtualStation[] } = { stations: [] };

async function setUp(version: StationVersion, options: Partial<StationOptions> = {}) {
  const csms = await TestCsms.listen(version);
  open.csms = csms;
  const station = new VirtualStation({ id: 'CP-1', version, url: csms.url, speed: 300, outlet: 'ac22', ...options });
  open.stations.push(station);
  return { csms, station };
}

afterEach(async () => {
  for (const station of open.stations.splice(0)) await station.stop(0);
  await open.csms?.close();
  delete open.csms;
});

const statuses16 = (csms: TestCsms) =>
  csms.of('StatusNotification').map(({ payload }) => `${payload.connectorId} ${payload.status}`);

describe('a charging session', () => {
  test('of 1.6 is told in the order of the specification', async () => {
    const { csms, station } = await setUp('1.6');
    station.start();
    await csms.until(() => statuses16(csms).length === 2);
    expect(csms.received[0]?.action).toBe('BootNotification');
    expect(statuses16(csms)).toEqual(['0 Available', '1 Available']);
    station.plug();
    await csms.until(() => statuses16(csms).at(-1) === '1 Preparing');
    expect(await station.startCharging('tag-1')).toMatchObject({ status: 'Accepted', by: 'csms' });
    await csms.until(() => csms.of('MeterValues').length >= 3);
    station.stopCharging();
    await csms.until(() => statuses16(csms).at(-1) === '1 Finishing');
    station.unplug();
    await csms.until(() => statuses16(csms).at(-1) === '1 Available');
    expect(csms.violations).toEqual([]);

    const told = csms.received.map(({ action, payload }) =>
      action === 'StatusNotification' ? payload.status : action,
    );
    const story = told.filter((each, index) => each !== 'MeterValues' || told[index - 1] !== 'MeterValues').slice(3);
    expect(story).toEqual([
      'Preparing',
      'Authorize',
      'StartTransaction',
      'Charging',
      'MeterValues',
      'StopTransaction',
      'Finishing',
      'Available',
    ]);
    const start = csms.of('StartTransaction')[0]!.payload;
    const stop = csms.of('StopTransaction')[0]!.payload;
    expect(stop).toMatchObject({ transactionId: 1, idTag: 'tag-1', reason: 'Local' });
    expect(stop.meterStop).toBeGreaterThan(start.meterStart);
    for (const { payload } of csms.of('MeterValues')) expect(payload.transactionId).toBe(1);
    const [record] = station.ledger.transactions;
    expect(record).toMatchObject({
      nativeId: 1,
      meterStart: start.meterStart,
      meterStop: stop.meterStop,
      reason: 'Local',
    });
    expect([...station.ledger.acknowledged()]).toHaveLength(record!.messages.length);
    expect(record!.messages.map(({ payload }) => payload)).toEqual(
      csms.received
        .filter(({ action }) => /^(Start|Stop)Transaction$|^MeterValues$/.test(action))
        .map(({ payload }) => payload),
    );
  });

  test.each(['2.0.1', '2.1'] as const)('of %s is one transaction with ascending seqNo', async (version) => {
    const { csms, station } = await setUp(version);
    station.start();
    const told = version === '2.1' ? 'NotifyEvent' : 'StatusNotification';
    await csms.until(() => csms.of(told).length > 0);
    station.plug();
    await station.startCharging('tag-1');
    const events = () => csms.of('TransactionEvent').map(({ payload }) => payload);
    await csms.until(() => events().filter(({ triggerReason }) => triggerReason === 'MeterValuePeriodic').length >= 2);
    station.pauseCharging(true);
    await csms.until(() => events().at(-1)?.transactionInfo.chargingState === 'SuspendedEV');
    station.pauseCharging(false);
    await csms.until(() => events().at(-1)?.transactionInfo.chargingState === 'Charging');
    station.unplug();
    await csms.until(() => events().at(-1)?.eventType === 'Ended');
    expect(csms.violations).toEqual([]);
    expect(events().map(({ seqNo }) => seqNo)).toEqual(events().map((_, index) => index));
    expect(new Set(events().map(({ transactionInfo }) => transactionInfo.transactionId)).size).toBe(1);
    expect(events()[0]).toMatchObject({
      eventType: 'Started',
      triggerReason: 'Authorized',
      evse: { id: 1, connectorId: 1 },
      idToken: { idToken: 'tag-1', type: 'ISO14443' },
      transactionInfo: { chargingState: 'EVConnected' },
    });
    expect(events()[1]).toMatchObject({ eventType: 'Updated', triggerReason: 'ChargingStateChanged' });
    expect(events().at(-1)).toMatchObject({
      triggerReason: 'EVCommunicationLost',
      transactionInfo: { stoppedReason: 'EVDisconnected', chargingState: 'Idle' },
    });
    for (const event of events().slice(1)) expect(event).not.toHaveProperty('evse');
  });

  test('of 2.0.1 begins with the cable where TxStartPoint says so, and ends with it', async () => {
    const { csms, station } = await setUp('2.0.1', {
      settings: { 'TxCtrlr.TxStartPoint': 'EVConnected', 'TxCtrlr.TxStopPoint': 'EVConnected' },
    });
    station.start();
    await csms.until(() => csms.of('StatusNotification').length === 1);
    station.plug();
    const events = () => csms.of('TransactionEvent').map(({ payload }) => payload);
    await csms.until(() => events().length === 1);
    expect(events()[0]).toMatchObject({ eventType: 'Started', triggerReason: 'CablePluggedIn' });
    expect(events()[0]).not.toHaveProperty('idToken');
    await station.startCharging('tag-1');
    await csms.until(() => events().some(({ transactionInfo }) => transactionInfo.chargingState === 'Charging'));
    expect(events()[1]).toMatchObject({
      eventType: 'Updated',
      triggerReason: 'Authorized',
      idToken: { idToken: 'tag-1' },
    });
    station.stopCharging();
    await csms.until(() => events().at(-1)?.triggerReason === 'StopAuthorized');
    expect(events().at(-1)).toMatchObject({ eventType: 'Updated', transactionInfo: { chargingState: 'EVConnected' } });
    station.unplug();
    await csms.until(() => events().at(-1)?.eventType === 'Ended');
    expect(events().at(-1)).toMatchObject({ transactionInfo: { stoppedReason: 'Local' } });
    expect(csms.violations).toEqual([]);
  });

  test.each(['1.6', '2.0.1'] as const)(
    'of %s ends when the CSMS does not accept the token of the transaction',
    async (version) => {
      const { csms, station } = await setUp(version);
      csms.replies.set('StartTransaction', () => ({ transactionId: 9, idTagInfo: { status: 'ConcurrentTx' } }));
      csms.replies.set('TransactionEvent', ({ payload }) =>
        payload.idToken ? { idTokenInfo: { status: 'ConcurrentTx' } } : {},
      );
      station.start();
      await csms.until(() => csms.of('StatusNotification').length > 0);
      station.plug();
      await station.startCharging('tag-1');
      await csms.until(() => station.ledger.ended === 1 || csms.of('StopTransaction').length === 1);
      await station.drained(2000);
      expect(station.ledger.transactions[0]?.reason).toBe('DeAuthorized');
      expect(csms.violations).toEqual([]);
    },
  );

  test('does not begin with a token that is not accepted', async () => {
    const { csms, station } = await setUp('1.6');
    csms.replies.set('Authorize', () => ({ idTagInfo: { status: 'Blocked' } }));
    station.start();
    await csms.until(() => csms.of('StatusNotification').length === 2);
    station.plug();
    expect(await station.startCharging('tag-1')).toMatchObject({ status: 'Blocked' });
    expect(station.ledger.begun).toBe(0);
  });

  test('that a fault ends is told with its reason', async () => {
    const { csms, station } = await setUp('2.0.1');
    station.start();
    await csms.until(() => csms.of('StatusNotification').length === 1);
    station.plug();
    await station.startCharging('tag-1');
    station.fault('GroundFailure');
    await csms.until(() => csms.of('StatusNotification').at(-1)?.payload.connectorStatus === 'Faulted');
    expect(csms.of('TransactionEvent').at(-1)?.payload).toMatchObject({
      eventType: 'Ended',
      triggerReason: 'AbnormalCondition',
      transactionInfo: { stoppedReason: 'GroundFault' },
    });
    await csms.until(() => csms.of('NotifyEvent').length === 1);
    expect(csms.of('NotifyEvent').at(-1)?.payload.eventData[0]).toMatchObject({
      component: { name: 'RCD', evse: { id: 1 } },
      variable: { name: 'Tripped' },
      actualValue: 'true',
    });
    station.clearFault();
    await csms.until(() => csms.of('NotifyEvent').length === 2);
    expect(csms.violations).toEqual([]);
  });

  test('of 1.6 with a fault tells the error code', async () => {
    const { csms, station } = await setUp('1.6', { connectors: 2 });
    station.start();
    await csms.until(() => csms.of('StatusNotification').length === 3);
    station.fault('OverCurrentFailure', 2);
    await csms.until(() => csms.of('StatusNotification').length === 4);
    expect(csms.of('StatusNotification').at(-1)?.payload).toMatchObject({
      connectorId: 2,
      status: 'Faulted',
      errorCode: 'OverCurrentFailure',
    });
    expect(csms.violations).toEqual([]);
  });
});

test('clock-aligned values come for every connector at multiples of the interval', async () => {
  const { csms, station } = await setUp('1.6', { connectors: 2, settings: { ClockAlignedDataInterval: '60' } });
  station.start();
  await csms.until(() => csms.of('MeterValues').length >= 4);
  for (const { payload } of csms.of('MeterValues').slice(0, 4)) {
    expect(payload).not.toHaveProperty('transactionId');
    expect(payload.meterValue[0].sampledValue[0].context).toBe('Sample.Clock');
    expect(Date.parse(payload.meterValue[0].timestamp) % 60_000).toBe(0);
  }
  expect(csms.violations).toEqual([]);
});

test('Basic authentication carries identity and password; 1.6 sends the bytes that hex digits stand for', async () => {
  const text = await setUp('2.0.1', { password: 'correct horse battery' });
  text.station.start();
  await text.csms.until(() => text.csms.handshakes.length === 1);
  expect(text.csms.handshakes[0]?.authorization).toBe(
    `Basic ${Buffer.from('CP-1:correct horse battery').toString('base64')}`,
  );
  await text.station.stop(0);
  await text.csms.close();

  const bytes = await setUp('1.6', { password: '00112233445566778899aabbccddeeff' });
  bytes.station.start();
  await bytes.csms.until(() => bytes.csms.handshakes.length === 1);
  const credentials = Buffer.from(bytes.csms.handshakes[0]!.authorization!.slice(6), 'base64');
  expect(credentials.subarray(5).toString('hex')).toBe('00112233445566778899aabbccddeeff');
});

test('the same seed gives the same energy, whatever the network does', async () => {
  const run = async (seed: number) => {
    const { csms, station } = await setUp('1.6', { seed, settings: { MeterValueSampleInterval: '30' } });
    station.start();
    await csms.until(() => csms.of('StatusNotification').length === 2);
    station.plug();
    await station.startCharging('tag-1');
    await csms.until(() => csms.of('MeterValues').length >= 4);
    await station.stop(0);
    await csms.close();
    const start = csms.of('StartTransaction')[0]!.payload;
    return csms
      .of('MeterValues')
      .slice(0, 4)
      .map(({ payload: { meterValue } }) => [
        Date.parse(meterValue[0].timestamp) - Date.parse(start.timestamp),
        meterValue[0].sampledValue[0].value - start.meterStart,
        meterValue[0].sampledValue[1].value,
      ]);
  };
  const first = await run(7);
  expect(await run(7)).toEqual(first);
  expect(await run(8)).not.toEqual(first);
});
