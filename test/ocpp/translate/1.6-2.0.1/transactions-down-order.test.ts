/** Station 2.0.1, CSMS 1.6: events that are lost, late or repeated, a CSMS that refuses, and a station that forgets. */
import { describe, expect, test } from 'vitest';
import { between16and201 } from '../../../../src/ocpp/translate/1.6-2.0.1/index.ts';
import type { Message, Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { smallestOf } from '../../../support/transaction-lives.ts';
import { at, type Bridge, bridge, type EmittedRun, failure, type Reply, START } from '../../../support/translation.ts';

/** A CSMS that gives out the numbers 1, 2, 3 … */
const down = (): Bridge => {
  const b = bridge('2.0.1', '1.6', [between16and201]);
  let number = 0;
  const plain = smallestOf('2.0.1', '1.6');
  b.otherwise = (call) => {
    const { action } = call;
    if (action === 'StartTransaction') return { transactionId: ++number, idTagInfo: { status: 'Accepted' } };
    if (action === 'GetTransactionStatus') return { messagesInQueue: false, ongoingIndicator: false };
    return plain(call);
  };
  return b;
};
const rfid = { idToken: '04AABBCCDDEE11', type: 'ISO14443' };
const evse = { id: 1, connectorId: 1 };
const event = (
  seqNo: number,
  eventType: string,
  triggerReason: string,
  info: Payload = {},
  more: Payload = {},
): Payload => ({
  eventType,
  timestamp: at(seqNo),
  triggerReason,
  seqNo,
  ...more,
  transactionInfo: { transactionId: 'TX-1', ...info },
});
const register = (minutes: number, value: number, context = 'Sample.Periodic'): Payload => ({
  timestamp: at(minutes),
  sampledValue: [{ value, context }],
});
const charging = (more: Payload = {}): Payload =>
  event(
    0,
    'Started',
    'Authorized',
    { chargingState: 'Charging' },
    { evse, idToken: rfid, meterValue: [register(0, 100)], ...more },
  );
const say = (b: Bridge, payload: Payload, ...replies: Reply[]): string[] =>
  told(b.fromStation('TransactionEvent', payload, ...replies).calls);
const status = (b: Bridge, connectorStatus: string, evseId = 1): string[] =>
  told(b.fromStation('StatusNotification', { timestamp: at(0), connectorStatus, evseId, connectorId: 1 }).calls);
const later = (b: Bridge, minutes: number, ...replies: Reply[]): readonly EmittedRun[] => {
  b.now = START + minutes * 60_000;
  return b.emitted(...replies);
};

/** The essentials of forwarded Calls, one line each. */
const told = (calls: readonly Message[]): string[] =>
  calls.map(({ action, payload }) => {
    switch (action) {
      case 'StatusNotification':
        return `${payload.connectorId} ${payload.status}`;
      case 'StartTransaction':
        return `Start ${payload.idTag} ${payload.meterStart}`;
      case 'StopTransaction':
        return `Stop ${payload.transactionId} ${payload.meterStop} ${payload.reason ?? 'Local'}`;
      case 'MeterValues':
        return `Values ${payload.transactionId}`;
      default:
        return `${action} ${payload.transactionId ?? ''}`.trim();
    }
  });
/** What is done later for transactions; a boot has other consequences too. */
const toldLater = (runs: readonly EmittedRun[]): string[] =>
  runs.flatMap(({ calls }) => told(calls.filter(({ action }) => action !== 'GetChargingProfiles')));

describe('the status of the connector', () => {
  test('a car that comes after another one is Preparing again', () => {
    const b = down();
    status(b, 'Occupied');
    say(b, charging());
    expect(say(b, event(1, 'Ended', 'StopAuthorized'))).toEqual(['Stop 1 100 Local', '1 Finishing']);
    expect(status(b, 'Occupied')).toEqual([]);
    expect(status(b, 'Available')).toEqual(['1 Available']);
    b.restart();
    expect(status(b, 'Occupied')).toEqual(['1 Preparing']);
  });

  test.each([
    ['StopAuthorized', undefined, '1 SuspendedEVSE'],
    ['StopAuthorized', 'EVConnected', '1 Finishing'],
    ['RemoteStop', 'EVConnected', '1 Finishing'],
    ['EnergyLimitReached', undefined, '1 SuspendedEVSE'],
    ['EnergyLimitReached', 'EVConnected', '1 SuspendedEVSE'],
    ['EVDeparted', undefined, '1 SuspendedEV'],
    ['EVCommunicationLost', undefined, '1 SuspendedEV'],
    ['ChargingStateChanged', 'Idle', '1 SuspendedEV'],
    ['ChargingStateChanged', 'SuspendedEVSE', '1 SuspendedEVSE'],
  ])('after %s with chargingState %s: %s', (trigger, chargingState, expected) => {
    const b = down();
    say(b, charging());
    expect(say(b, event(1, 'Updated', trigger, chargingState === undefined ? {} : { chargingState }))).toEqual([
      expected,
    ]);
  });

  test('where energy flows again, an announced stop is off', () => {
    const b = down();
    say(b, charging());
    say(b, event(1, 'Updated', 'EnergyLimitReached'));
    expect(say(b, event(2, 'Updated', 'ChargingStateChanged', { chargingState: 'Charging' }))).toEqual(['1 Charging']);
  });

  test('E-39, E-47: a station that says Available while it charges is mistaken; Faulted stays Faulted', () => {
    const b = down();
    say(b, charging());
    status(b, 'Available');
    expect(say(b, event(1, 'Updated', 'MeterValuePeriodic'))).toEqual(['1 Charging']);
    expect(status(b, 'Faulted')).toEqual(['1 Faulted']);
    expect(say(b, event(2, 'Updated', 'AbnormalCondition', { chargingState: 'SuspendedEVSE' }))).toEqual([]);
    expect(status(b, 'Occupied')).toEqual(['1 SuspendedEVSE']);
  });

  test('E-38: an event that comes late says nothing of the present', () => {
    const b = down();
    say(b, charging());
    say(b, event(3, 'Updated', 'ChargingStateChanged', { chargingState: 'SuspendedEV' }));
    expect(say(b, event(2, 'Updated', 'ChargingStateChanged', { chargingState: 'Charging' }))).toEqual([]);
    expect(say(b, event(4, 'Updated', 'MeterValuePeriodic'))).toEqual([]);
  });

  test('an old transaction out of the queue does not make the next car Finishing', () => {
    const b = down();
    status(b, 'Available');
    say(b, charging({ offline: true }));
    say(b, { ...event(1, 'Ended', 'StopAuthorized'), offline: true });
    expect(status(b, 'Occupied')).toEqual(['1 Preparing']);
  });

  test('what the CSMS did not take is told with what comes next', () => {
    const b = down();
    const occupied = { timestamp: at(0), connectorStatus: 'Occupied', evseId: 1, connectorId: 1 };
    expect(b.fromStation('StatusNotification', occupied, failure('InternalError')).answer).toEqual({});
    expect(status(b, 'Occupied')).toEqual(['1 Preparing']);
    expect(status(b, 'Occupied')).toEqual([]);
  });
});

describe('a CSMS that refuses', () => {
  test('gets StartTransaction again as it was, also with a later event', () => {
    const b = down();
    const first = b.fromStation('TransactionEvent', charging(), {}, failure('GenericError', true));
    expect(first.refusal?.uncertain).toBe(true);
    b.restart();
    const second = b.fromStation('TransactionEvent', event(1, 'Updated', 'MeterValuePeriodic'));
    expect(second.calls.filter(({ action }) => action === 'StartTransaction')).toEqual(
      first.calls.filter(({ action }) => action === 'StartTransaction'),
    );
    expect(told(second.calls)).toEqual(['Start 04AABBCCDDEE11 100', '1 Charging']);
  });

  test('three times for trouble of its own gets the rest as −1, and what waited too', () => {
    const b = down();
    say(
      b,
      event(0, 'Started', 'CablePluggedIn', { chargingState: 'EVConnected' }, { evse, meterValue: [register(0, 5)] }),
    );
    const authorized = event(1, 'Updated', 'Authorized', {}, { idToken: rfid });
    const trouble = failure('InternalError');
    expect(b.fromStation('TransactionEvent', authorized, trouble).refusal).toBeDefined();
    expect(b.fromStation('TransactionEvent', authorized, trouble).refusal).toBeDefined();
    expect(say(b, authorized, trouble)).toEqual(['Start 04AABBCCDDEE11 5', 'Values -1', '1 SuspendedEVSE']);
    expect(say(b, event(2, 'Ended', 'StopAuthorized'))).toEqual(['Stop -1 5 Local', '1 Finishing']);
  });

  test('values that waited does not lose them', () => {
    const b = down();
    say(
      b,
      event(0, 'Started', 'CablePluggedIn', { chargingState: 'EVConnected' }, { evse, meterValue: [register(0, 5)] }),
    );
    say(b, event(1, 'Updated', 'MeterValuePeriodic', {}, { meterValue: [register(1, 5)] }));
    const authorized = event(2, 'Updated', 'Authorized', {}, { idToken: rfid });
    const started = { transactionId: 7, idTagInfo: { status: 'Accepted' } };
    const refused = b.fromStation('TransactionEvent', authorized, started, {}, failure('InternalError'));
    expect(told(refused.calls)).toEqual(['Start 04AABBCCDDEE11 5', 'Values 7', 'Values 7']);
    expect(refused.refusal).toBeDefined();
    b.restart();
    expect(say(b, authorized)).toEqual(['Values 7', '1 SuspendedEVSE']);
  });

  test('the end hears of it, though the station gives it up', () => {
    const b = down();
    say(b, charging());
    const ended = event(1, 'Ended', 'StopAuthorized');
    expect(b.fromStation('TransactionEvent', ended, failure('InternalError')).refusal).toBeDefined();
    b.restart();
    expect(toldLater(later(b, 1))).toEqual(['Stop 1 100 Local', '1 Finishing']);
    expect(toldLater(later(b, 60))).toEqual([]);
    expect(say(b, ended)).toEqual([]);
  });
});

describe('events that do not come as they should', () => {
  test('a second end is none', () => {
    const b = down();
    say(b, charging());
    say(b, event(1, 'Ended', 'StopAuthorized'));
    expect(say(b, event(2, 'Ended', 'EVDeparted'))).toEqual([]);
  });

  test('meter values that come after the end carry the number still', () => {
    const b = down();
    say(b, charging());
    say(b, event(3, 'Ended', 'StopAuthorized'));
    expect(say(b, event(1, 'Updated', 'MeterValuePeriodic', {}, { meterValue: [register(1, 120)] }))).toEqual([
      'Values 1',
    ]);
  });

  test('an end that seemed to be of nothing is told when it turns out that energy has flowed', () => {
    const b = down();
    say(
      b,
      event(0, 'Started', 'CablePluggedIn', { chargingState: 'EVConnected' }, { evse, meterValue: [register(0, 5)] }),
    );
    expect(say(b, event(3, 'Ended', 'EVDeparted', { stoppedReason: 'EVDisconnected' }))).toEqual(['1 Finishing']);
    const late = event(1, 'Updated', 'ChargingStateChanged', { chargingState: 'Charging' }, { idToken: rfid });
    expect(say(b, late)).toEqual(['Start 04AABBCCDDEE11 5', 'Values 1', 'Stop 1 5 EVDisconnected']);
  });

  test('the reservation and the token of an earlier event go with StartTransaction', () => {
    const b = down();
    say(b, event(0, 'Started', 'Authorized', {}, { evse, idToken: rfid, reservationId: 9 }));
    const [start] = b.fromStation(
      'TransactionEvent',
      event(1, 'Updated', 'CablePluggedIn', { chargingState: 'EVConnected' }),
    ).calls;
    expect(start?.payload).toMatchObject({ idTag: rfid.idToken, reservationId: 9, timestamp: at(1) });
  });

  test('E-37: a token that is repeated is no new authorization; it is answered as before', () => {
    const b = down();
    const blocked = { transactionId: 5, idTagInfo: { status: 'ConcurrentTx' } };
    b.fromStation('TransactionEvent', charging(), {}, blocked);
    const again = b.fromStation(
      'TransactionEvent',
      event(1, 'Updated', 'MeterValuePeriodic', {}, { evse, idToken: rfid }),
    );
    expect(again).toMatchObject({ calls: [], answer: { idTokenInfo: { status: 'ConcurrentTx' } } });
    const other = event(2, 'Updated', 'StopAuthorized', {}, { idToken: { idToken: 'OTHER', type: 'ISO14443' } });
    expect(b.fromStation('TransactionEvent', other).answer).toEqual({});
    expect(b.fromStation('TransactionEvent', charging())).toMatchObject({
      calls: [],
      answer: { idTokenInfo: { status: 'ConcurrentTx' } },
    });
  });

  test('a transaction stopped for its token has ended DeAuthorized, whatever the station calls it', () => {
    const b = down();
    say(b, event(0, 'Started', 'Authorized', {}, { evse, idToken: rfid }));
    const blocked = { transactionId: 5, idTagInfo: { status: 'Blocked' } };
    b.fromStation('TransactionEvent', event(1, 'Updated', 'CablePluggedIn', { chargingState: 'EVConnected' }), blocked);
    expect(toldLater(b.emitted())).toEqual(['RequestStopTransaction TX-1']);
    expect(say(b, event(2, 'Ended', 'RemoteStop', { stoppedReason: 'Remote' }))[0]).toBe('Stop 5 0 DeAuthorized');
  });
});

describe('the register at the beginning', () => {
  const ended = (...meterValue: Payload[]): Payload =>
    event(
      5,
      'Ended',
      'EVDeparted',
      { stoppedReason: 'EVDisconnected', chargingState: 'EVConnected' },
      { evse, idToken: rfid, meterValue },
    );

  test('is where the meter was last, where the transaction does not say it', () => {
    const b = down();
    b.fromStation('MeterValues', { evseId: 1, meterValue: [register(-9, 700)] });
    b.restart();
    expect(say(b, ended(register(5, 900, 'Transaction.End')))).toEqual([
      'Start 04AABBCCDDEE11 700',
      'Stop 1 900 EVDisconnected',
      '1 Finishing',
    ]);
    const next = {
      ...charging(),
      transactionInfo: { transactionId: 'TX-2', chargingState: 'Charging' },
      meterValue: undefined,
    };
    expect(say(b, JSON.parse(JSON.stringify(next)))).toContain('Start 04AABBCCDDEE11 900');
  });

  test('is that of the end when nothing else is known', () => {
    const b = down();
    expect(say(b, ended(register(5, 900, 'Transaction.End')))[0]).toBe('Start 04AABBCCDDEE11 900');
    expect(b.notes.map(({ field }) => field)).toContain('meterValue');
  });

  test('is the sample that says so, though it comes later', () => {
    const b = down();
    say(
      b,
      event(0, 'Started', 'CablePluggedIn', { chargingState: 'EVConnected' }, { evse, meterValue: [register(0, 50)] }),
    );
    const begun = register(1, 60, 'Transaction.Begin');
    expect(say(b, event(1, 'Updated', 'Authorized', {}, { idToken: rfid, meterValue: [begun] }))[0]).toBe(
      'Start 04AABBCCDDEE11 60',
    );
  });
});

test('a station that is known to start transactions with the power needs no chargingState', () => {
  const b = down();
  const started = event(0, 'Started', 'Authorized', {}, { evse, idToken: rfid });
  b.fromStation('NotifyReport', {
    requestId: 1,
    generatedAt: at(0),
    seqNo: 0,
    reportData: [
      {
        component: { name: 'TxCtrlr' },
        variable: { name: 'TxStartPoint' },
        variableAttribute: [{ value: 'PowerPathClosed' }],
      },
    ],
  });
  expect(say(b, started)).toContain('Start 04AABBCCDDEE11 0');
  expect(say(down(), started)).toEqual(['1 Preparing']);
});

describe('a station that forgets', () => {
  test('E-48: an id used again is another transaction; the one before has ended', () => {
    const b = down();
    say(b, charging());
    say(b, event(1, 'Updated', 'MeterValuePeriodic', {}, { meterValue: [register(1, 150)] }));
    const again = { ...charging({ meterValue: [register(90, 150)] }), timestamp: at(90) };
    expect(say(b, again, failure('InternalError'))).toEqual(['Stop 1 150 Reboot']);
    expect(say(b, again)).toEqual([
      'Stop 1 150 Reboot',
      '1 Preparing',
      'Start 04AABBCCDDEE11 150',
      'Values 2',
      '1 Charging',
    ]);
    expect(say(b, { ...event(1, 'Ended', 'StopAuthorized'), timestamp: at(91) })[0]).toBe('Stop 2 150 Local');
  });

  test.each<[string, (b: Bridge) => unknown]>([
    [
      'a boot',
      (b) => b.fromStation('BootNotification', { reason: 'PowerUp', chargingStation: { vendorName: 'V', model: 'M' } }),
    ],
    ['it was away', (b) => b.reconnect()],
  ])('is asked for its transactions after %s: what it does not know has ended', (_what, happens) => {
    const b = down();
    say(b, charging());
    say(b, event(1, 'Updated', 'MeterValuePeriodic', {}, { meterValue: [register(1, 150)] }));
    happens(b);
    b.restart();
    expect(toldLater(later(b, 0.9))).toEqual([]);
    const runs = later(b, 1);
    expect(toldLater(runs)).toEqual(['GetTransactionStatus TX-1', 'Stop 1 150 Other', '1 Finishing']);
    expect(runs[1]?.calls[0]?.payload.timestamp).toBe(at(1));
    // Its end comes after all.
    expect(say(b, event(2, 'Ended', 'StopAuthorized'))).toEqual([]);
    expect(b.notes.at(-1)).toMatchObject({ field: 'eventType' });
  });

  test('but knows its transaction goes on with it', () => {
    const b = down();
    say(b, charging());
    b.reconnect();
    expect(toldLater(later(b, 1, { messagesInQueue: false, ongoingIndicator: true }))).toEqual([
      'GetTransactionStatus TX-1',
    ]);
    expect(toldLater(later(b, 600))).toEqual([]);
    expect(say(b, event(1, 'Ended', 'StopAuthorized'))[0]).toBe('Stop 1 100 Local');
  });

  test('and has messages left is asked again; one that cannot say is left alone', () => {
    const b = down();
    say(b, charging());
    b.reconnect();
    expect(toldLater(later(b, 1, { messagesInQueue: true, ongoingIndicator: false }))).toEqual([
      'GetTransactionStatus TX-1',
    ]);
    expect(toldLater(later(b, 6, failure('GenericError', true)))).toEqual(['GetTransactionStatus TX-1']);
    expect(toldLater(later(b, 11, failure('NotImplemented')))).toEqual(['GetTransactionStatus TX-1']);
    expect(toldLater(later(b, 600))).toEqual([]);
  });

  test('is asked for a transaction when another begins on its connector', () => {
    const b = down();
    say(b, charging());
    const other = { transactionInfo: { transactionId: 'TX-2', chargingState: 'Charging' }, timestamp: at(30) };
    expect(say(b, { ...charging({ meterValue: [register(30, 400)] }), ...other })).toEqual([
      '1 Preparing',
      'Start 04AABBCCDDEE11 400',
      'Values 2',
      '1 Charging',
    ]);
    expect(toldLater(later(b, 1))).toEqual(['GetTransactionStatus TX-1', 'Stop 1 100 Other']);
  });

  test('events of a transaction is told as such, once they cannot come any more', () => {
    const b = down();
    say(b, charging());
    say(b, event(3, 'Ended', 'StopAuthorized'));
    expect(toldLater(later(b, 5, { messagesInQueue: true, ongoingIndicator: false }))).toEqual([
      'GetTransactionStatus TX-1',
    ]);
    expect(b.notes).toEqual([]);
    say(b, event(1, 'Updated', 'MeterValuePeriodic'));
    expect(toldLater(later(b, 10))).toEqual(['GetTransactionStatus TX-1']);
    expect(b.notes.at(-1)).toMatchObject({ field: 'seqNo' });
    expect(toldLater(later(b, 600))).toEqual([]);
  });

  test('nothing is not asked', () => {
    const b = down();
    say(b, charging());
    say(b, event(2, 'Ended', 'StopAuthorized'));
    say(b, event(1, 'Updated', 'MeterValuePeriodic'));
    expect(toldLater(later(b, 600))).toEqual([]);
  });
});

test('MeterValues of an EVSE with two plugs are those of the one that charges', () => {
  const b = down();
  for (const connectorId of [1, 2]) {
    b.fromStation('StatusNotification', { timestamp: at(0), connectorStatus: 'Available', evseId: 1, connectorId });
  }
  say(b, charging({ evse: { id: 1, connectorId: 2 } }));
  const [call] = b.fromStation('MeterValues', { evseId: 1, meterValue: [register(2, 110)] }).calls;
  expect(call?.payload).toMatchObject({ connectorId: 2, transactionId: 1 });
});
