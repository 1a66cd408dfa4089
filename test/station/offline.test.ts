import { afterEach, describe, expect, test } from 'vitest';
import { type StationOptions, type StationVersion, VirtualStation } from '../../src/station/index.ts';
import { type Reply, TestCsms } from './csms.ts';

const open: { csms: TestCsms; station: VirtualStation }[] = [];

async function setUp(version: StationVersion, options: Partial<StationOptions> = {}) {
  const csms = await TestCsms.listen(version);
  const station = new VirtualStation({
    id: 'CP-1',
    version,
    url: csms.url,
    speed: 300,
    outlet: 'ac22',
    ...options,
    settings: {
      TransactionMessageRetryInterval: '0',
      'OCPPCommCtrlr.RetryBackOffWaitMinimum': '0',
      'OCPPCommCtrlr.RetryBackOffRandomRange': '0',
      ...options.settings,
    },
  });
  open.push({ csms, station });
  return { csms, station };
}

afterEach(async () => {
  for (const { csms, station } of open.splice(0)) {
    await station.stop(0);
    await csms.close();
    expect(csms.violations).toEqual([]);
  }
});

const transactional = /^(StartTransaction|StopTransaction|MeterValues|TransactionEvent)$/;
const booted = (csms: TestCsms, station: VirtualStation) =>
  csms.until(
    () =>
      station.registration.state === 'Accepted' && csms.of('BootNotification').length > 0 && csms.received.length > 1,
  );
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('offline', () => {
  test('1.6: a transaction that begins and ends offline is replayed in order, with its own times and the id of its start', async () => {
    const { csms, station } = await setUp('1.6');
    station.start();
    await booted(csms, station);
    expect(await station.authorize('TAG')).toMatchObject({ by: 'csms' });
    await station.drained(2000);
    station.goOffline();
    await csms.until(() => !csms.connected('CP-1'));
    station.plug();
    expect(await station.startCharging('TAG')).toMatchObject({ status: 'Accepted', by: 'cache' });
    await later(300);
    station.stopCharging();
    station.unplug();
    const [record] = station.ledger.transactions;
    expect(record).toMatchObject({ nativeId: undefined, reason: 'Local' });
    expect(csms.received.filter(({ action }) => transactional.test(action))).toEqual([]);
    const wentOnline = station.clock.now();
    station.goOnline();
    await csms.until(() => csms.of('StopTransaction').length === 1);
    expect(await station.drained(2000)).toBe(true);

    const sent = csms.received.filter(({ action }) => transactional.test(action));
    expect(sent.map(({ payload }) => payload)).toEqual(record!.messages.map(({ payload }) => payload));
    expect(sent[0]?.action).toBe('StartTransaction');
    expect(sent.at(-1)?.action).toBe('StopTransaction');
    for (const { payload } of sent.slice(1)) expect(payload.transactionId).toBe(1);
    const times = sent.map(({ payload }) => Date.parse(payload.timestamp ?? payload.meterValue[0].timestamp));
    expect(times).toEqual(times.toSorted((left, right) => left - right));
    expect(times.at(-1)).toBeLessThan(wentOnline);
    // A reconnection is no boot, and a status that is as it was is not told again.
    expect(csms.of('BootNotification')).toHaveLength(1);
    expect(csms.of('StatusNotification')).toHaveLength(2);
  });

  test.each(['2.0.1', '2.1'] as const)(
    '%s: what happens offline is marked, what happened before is not',
    async (version) => {
      const { csms, station } = await setUp(version);
      station.start();
      await booted(csms, station);
      station.plug();
      await station.startCharging('TAG');
      await csms.until(() => csms.of('TransactionEvent').length >= 3);
      await station.drained(2000);
      const before = csms.of('TransactionEvent').length;
      station.goOffline();
      await later(300);
      station.stopCharging();
      station.goOnline();
      await csms.until(() => csms.of('TransactionEvent').at(-1)?.payload.eventType === 'Ended');
      const events = csms.of('TransactionEvent').map(({ payload }) => payload);
      for (const [index, event] of events.entries()) {
        expect(event.seqNo).toBe(index);
        if (index < before) expect(event).not.toHaveProperty('offline');
        else expect(event.offline).toBe(true);
      }
      expect(events.length).toBeGreaterThan(before + 1);
    },
  );

  test('a connection that breaks before the answer: the same message again, and no attempt is counted', async () => {
    const { csms, station } = await setUp('1.6', { settings: { TransactionMessageAttempts: '1' } });
    let times = 0;
    csms.replies.set('StartTransaction', () => {
      times++;
      if (times > 2) return undefined;
      station.loseConnection();
      return 'silence';
    });
    station.start();
    await booted(csms, station);
    station.plug();
    await station.startCharging('TAG');
    await csms.until(() => csms.of('StartTransaction').length === 3);
    await csms.until(() => csms.of('MeterValues').length >= 1);
    const [first, second, third] = csms.of('StartTransaction');
    expect([second?.payload, second?.id]).toEqual([first?.payload, first?.id]);
    expect(third?.payload).toEqual(first?.payload);
    expect(station.ledger.transactions[0]).toMatchObject({ nativeId: 1 });
    expect(station.ledger.transactions[0]?.messages[0]).toMatchObject({ attempts: 3, dropped: false });
  });

  test('statuses that changed meanwhile are told as they are', async () => {
    const { csms, station } = await setUp('1.6');
    station.start();
    await booted(csms, station);
    await csms.until(() => csms.of('StatusNotification').length === 2);
    station.goOffline();
    await csms.until(() => !csms.connected('CP-1'));
    station.plug();
    station.unplug();
    station.plug();
    station.goOnline();
    await csms.until(() => csms.of('StatusNotification').length === 3);
    expect(csms.of('StatusNotification').at(-1)?.payload).toMatchObject({ connectorId: 1, status: 'Preparing' });
  });

  test('an unknown token may charge offline where the settings say so', async () => {
    const { csms, station } = await setUp('2.0.1', { settings: { AllowOfflineTxForUnknownId: 'true' } });
    csms.replies.set('TransactionEvent', ({ payload }) =>
      payload.idToken ? { idTokenInfo: { status: 'Unknown' } } : {},
    );
    station.start();
    await booted(csms, station);
    station.goOffline();
    station.plug();
    expect(await station.startCharging('STRANGER')).toMatchObject({ status: 'Accepted', by: 'station' });
    station.goOnline();
    await csms.until(() => csms.of('TransactionEvent').at(-1)?.payload.eventType === 'Ended');
    expect(csms.of('TransactionEvent').at(-1)?.payload.transactionInfo.stoppedReason).toBe('DeAuthorized');
  });
});

describe('retries', () => {
  const failures: readonly [string, Reply, Record<string, string>][] = [
    ['a CallError', { error: 'InternalError' }, {}],
    ['no answer in time', 'silence', { MessageTimeout: '1' }],
    ['an invalid answer', { idTagInfo: { status: 'Accepted' } }, {}],
  ];
  test.each(failures)('%s: the same message again with the same id', async (_name, reply, settings) => {
    const { csms, station } = await setUp('1.6', { settings });
    let times = 0;
    csms.replies.set('StartTransaction', () => (++times === 1 ? reply : undefined));
    station.start();
    await booted(csms, station);
    station.plug();
    await station.startCharging('TAG');
    await csms.until(() => csms.of('StartTransaction').length === 2);
    const [first, second] = csms.of('StartTransaction');
    expect([second?.id, second?.payload]).toEqual([first?.id, first?.payload]);
    await csms.until(() => csms.of('MeterValues').length >= 1);
    expect(csms.of('MeterValues')[0]?.payload.transactionId).toBe(1);
    for (const violation of csms.violations.splice(0)) expect(violation).toContain("the test's own answer");
  });

  test('a start that is given up leaves -1 to what follows', async () => {
    const { csms, station } = await setUp('1.6', { settings: { TransactionMessageAttempts: '2' } });
    csms.replies.set('StartTransaction', () => ({ error: 'InternalError' }));
    const dropped: string[] = [];
    station.on('dropped', (action) => dropped.push(action));
    station.start();
    await booted(csms, station);
    station.plug();
    await station.startCharging('TAG');
    await csms.until(() => csms.of('MeterValues').length >= 1);
    station.stopCharging();
    await csms.until(() => csms.of('StopTransaction').length === 1);
    expect(csms.of('StartTransaction')).toHaveLength(2);
    expect(csms.of('MeterValues')[0]?.payload.transactionId).toBe(-1);
    expect(csms.of('StopTransaction')[0]?.payload.transactionId).toBe(-1);
    expect(dropped).toEqual(['StartTransaction']);
    expect(station.ledger.transactions[0]?.messages[0]).toMatchObject({ attempts: 2, dropped: true });
  });

  test('other messages go on while a transaction message waits to be sent again', async () => {
    const { csms, station } = await setUp('1.6', { settings: { TransactionMessageRetryInterval: '600' } });
    csms.replies.set('StartTransaction', () => ({ error: 'InternalError' }));
    station.start();
    await booted(csms, station);
    station.plug();
    await station.startCharging('TAG');
    await csms.until(() => csms.of('StartTransaction').length === 1);
    await csms.until(() => csms.of('StatusNotification').at(-1)?.payload.status === 'Charging');
    expect(await station.authorize('OTHER')).toMatchObject({ status: 'Accepted' });
    expect(csms.of('MeterValues')).toEqual([]);
  });

  test('one Call is in flight at a time', async () => {
    const { csms, station } = await setUp('2.0.1', { connectors: 5 });
    let held: (() => void) | undefined;
    csms.replies.set('StatusNotification', () => {
      held = () => {};
      return 'silence';
    });
    station.start();
    await csms.until(() => csms.of('StatusNotification').length === 1);
    await later(100);
    expect(held).toBeDefined();
    expect(csms.received.map(({ action }) => action)).toEqual(['BootNotification', 'StatusNotification']);
  });
});

describe('registration', () => {
  const boot = (status: string, interval = 1) => ({ status, interval, currentTime: new Date().toISOString() });

  test('Pending: nothing but what is triggered, then Boot again after the interval', async () => {
    const { csms, station } = await setUp('2.0.1');
    let times = 0;
    csms.replies.set('BootNotification', () => boot(++times < 2 ? 'Pending' : 'Accepted', times < 2 ? 2 : 300));
    station.start();
    await csms.until(() => station.registration.state === 'Pending');
    const start = { evseId: 1, idToken: { idToken: 'TAG', type: 'Central' }, remoteStartId: 1 };
    expect(await csms.call('CP-1', 'RequestStartTransaction', start)).toMatchObject({
      status: 'Rejected',
      statusInfo: { reasonCode: 'CSNotAccepted' },
    });
    await csms.call('CP-1', 'GetBaseReport', { requestId: 1, reportBase: 'SummaryInventory' });
    await csms.until(() => csms.of('NotifyReport').length === 1);
    await csms.call('CP-1', 'TriggerMessage', {
      requestedMessage: 'StatusNotification',
      evse: { id: 1, connectorId: 1 },
    });
    await csms.until(() => csms.of('StatusNotification').length === 1);
    await csms.until(() => csms.of('BootNotification').length === 2);
    expect(csms.received.map(({ action }) => action)).toEqual([
      'BootNotification',
      'NotifyReport',
      'StatusNotification',
      'BootNotification',
    ]);
    await csms.until(() => station.registration.state === 'Accepted' && csms.of('StatusNotification').length === 2);
  });

  test('a Boot that is triggered while Pending says so', async () => {
    const { csms, station } = await setUp('2.0.1');
    csms.replies.set('BootNotification', ({ payload }) =>
      boot(payload.reason === 'Triggered' ? 'Accepted' : 'Pending', 300),
    );
    station.start();
    await csms.until(() => station.registration.state === 'Pending');
    expect(await csms.call('CP-1', 'TriggerMessage', { requestedMessage: 'BootNotification' })).toEqual({
      status: 'Accepted',
    });
    await csms.until(() => csms.of('BootNotification').length === 2 && station.registration.state === 'Accepted');
  });

  test('Rejected: 2.0.1 answers SecurityError, 1.6 is silent; both boot again', async () => {
    const late = await setUp('2.0.1');
    let times = 0;
    late.csms.replies.set('BootNotification', () => boot(++times < 2 ? 'Rejected' : 'Accepted'));
    late.station.start();
    await late.csms.until(() => late.station.registration.state === 'Rejected');
    expect(await late.csms.call('CP-1', 'ClearCache', {})).toMatchObject({ error: 'SecurityError' });
    await late.csms.until(() => late.station.registration.state === 'Accepted');

    const silent = await setUp('1.6');
    times = 0;
    silent.csms.replies.set('BootNotification', () => boot(++times < 2 ? 'Rejected' : 'Accepted'));
    silent.station.start();
    await silent.csms.until(() => silent.station.registration.state === 'Rejected');
    silent.csms.write('CP-1', '[2,"unheard","ClearCache",{}]');
    await silent.csms.until(() => silent.station.registration.state === 'Accepted');
    expect(silent.csms.violations).toEqual([]);
  });

  test('the heartbeat interval is the one of the answer, and can be changed', async () => {
    const { csms, station } = await setUp('1.6');
    csms.replies.set('BootNotification', () => boot('Accepted', 1));
    station.start();
    await csms.until(() => csms.of('Heartbeat').length === 1);
    expect(station.settings.integer('HeartbeatInterval')).toBe(1);
    await csms.call('CP-1', 'ChangeConfiguration', { key: 'HeartbeatInterval', value: '900' });
    expect(station.settings.integer('HeartbeatInterval')).toBe(900);
  });

  test('the clock follows the CSMS', async () => {
    const { csms, station } = await setUp('1.6');
    csms.replies.set('BootNotification', () => ({
      status: 'Accepted',
      interval: 300,
      currentTime: '2040-05-05T05:05:05Z',
    }));
    station.start();
    await csms.until(() => csms.of('StatusNotification').length === 2);
    expect(csms.of('StatusNotification')[0]?.payload.timestamp).toMatch(/^2040-05-05T05:0/);
  });
});
