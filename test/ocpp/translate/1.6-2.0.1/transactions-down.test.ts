/** Station 2.0.1, CSMS 1.6: what TransactionEvent, StatusNotification and NotifyEvent become. */
import { describe, expect, test } from 'vitest';
import { between16and201 } from '../../../../src/ocpp/translate/1.6-2.0.1/index.ts';
import type { Message, Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { at, type Bridge, bridge, failure } from '../../../support/translation.ts';

const down = (): Bridge => bridge('2.0.1', '1.6', [between16and201]);

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
  transactionInfo: { transactionId: 'TX-1', ...info },
  ...more,
});

const register = (minutes: number, value: number, context = 'Sample.Periodic'): Payload => ({
  timestamp: at(minutes),
  sampledValue: [{ value, context, unitOfMeasure: { unit: 'kWh' } }],
});

const accepted = (transactionId: number): Payload => ({ transactionId, idTagInfo: { status: 'Accepted' } });

/** The essentials of forwarded Calls, one line each. */
const told = (calls: readonly Message[]): string[] =>
  calls.map(({ action, payload }) =>
    action === 'StatusNotification' ? `${payload.connectorId} ${payload.status} ${payload.errorCode}` : action,
  );

describe('a transaction of a 2.0.1 station under a 1.6 CSMS', () => {
  test('one that ends while very many go on is told to its end', () => {
    const b = down();
    const on = (transactionId: string, number: number, eventType: string, seqNo: number): Message[] => {
      const payload = event(seqNo, eventType, seqNo === 0 ? 'Authorized' : 'EVCommunicationLost', {
        transactionId,
        chargingState: 'Charging',
      });
      const at = { idToken: rfid, evse: { id: number, connectorId: 1 } };
      return [...b.fromStation('TransactionEvent', seqNo === 0 ? { ...payload, ...at } : payload).calls];
    };
    for (let number = 1; number <= 101; number++) on(`TX-${number}`, number, 'Started', 0);
    expect(told(on('TX-50', 50, 'Ended', 1))).toContain('StopTransaction');
  });

  test('it begins for the CSMS once the token is known', () => {
    const b = down();
    const plugged = b.fromStation('StatusNotification', {
      timestamp: at(0),
      connectorStatus: 'Occupied',
      evseId: 1,
      connectorId: 1,
    });
    expect(plugged.calls).toEqual([
      {
        action: 'StatusNotification',
        payload: { connectorId: 1, status: 'Preparing', timestamp: at(0), errorCode: 'NoError' },
      },
    ]);
    const begun = event(
      0,
      'Started',
      'CablePluggedIn',
      { chargingState: 'EVConnected' },
      { evse, meterValue: [register(0, 1, 'Transaction.Begin')] },
    );
    expect(b.fromStation('TransactionEvent', begun)).toMatchObject({ calls: [], answer: {} });
    const authorized = b.fromStation(
      'TransactionEvent',
      event(1, 'Updated', 'Authorized', {}, { idToken: rfid }),
      accepted(42),
    );
    expect(authorized.answer).toEqual({ idTokenInfo: { status: 'Accepted' } });
    expect(authorized.calls[0]).toEqual({
      action: 'StartTransaction',
      payload: { connectorId: 1, idTag: '04AABBCCDDEE11', meterStart: 1000, timestamp: at(1) },
    });
    // The samples that came before it, then what the connector shows now.
    expect(authorized.calls[1]?.payload).toMatchObject({
      connectorId: 1,
      transactionId: 42,
      meterValue: [{ timestamp: at(0) }],
    });
    expect(told(authorized.calls.slice(2))).toEqual(['1 SuspendedEVSE NoError']);
    const charging = b.fromStation(
      'TransactionEvent',
      event(2, 'Updated', 'ChargingStateChanged', { chargingState: 'Charging' }),
    );
    expect(told(charging.calls)).toEqual(['1 Charging NoError']);
    const metered = b.fromStation(
      'TransactionEvent',
      event(3, 'Updated', 'MeterValuePeriodic', {}, { meterValue: [register(3, 1.25)] }),
    );
    expect(metered.calls).toEqual([
      {
        action: 'MeterValues',
        payload: {
          connectorId: 1,
          transactionId: 42,
          meterValue: [
            { timestamp: at(3), sampledValue: [{ value: '1.25', context: 'Sample.Periodic', unit: 'kWh' }] },
          ],
        },
      },
    ]);
    b.restart();
    const ended = event(
      4,
      'Ended',
      'EVCommunicationLost',
      { stoppedReason: 'EVDisconnected' },
      { meterValue: [register(4, 2.5, 'Transaction.End')] },
    );
    const stopped = b.fromStation('TransactionEvent', ended);
    expect(stopped.calls[0]).toEqual({
      action: 'StopTransaction',
      payload: {
        transactionId: 42,
        timestamp: at(4),
        meterStop: 2500,
        reason: 'EVDisconnected',
        transactionData: [
          { timestamp: at(4), sampledValue: [{ value: '2.5', context: 'Transaction.End', unit: 'kWh' }] },
        ],
      },
    });
    expect(told(stopped.calls.slice(1))).toEqual(['1 Finishing NoError']);
    const gone = { timestamp: at(5), connectorStatus: 'Available', evseId: 1, connectorId: 1 };
    expect(told(b.fromStation('StatusNotification', gone).calls)).toEqual(['1 Available NoError']);
  });

  test('a token that the CSMS blocks, in the event that carries it and afterwards', () => {
    const b = down();
    const start = event(0, 'Started', 'Authorized', { chargingState: 'EVConnected' }, { evse, idToken: rfid });
    const blocked = { transactionId: 9, idTagInfo: { status: 'Blocked' } };
    expect(b.fromStation('TransactionEvent', start, {}, blocked).answer).toEqual({
      idTokenInfo: { status: 'Blocked' },
    });
    expect(b.emitted()).toEqual([]);
    const ended = event(1, 'Ended', 'Deauthorized', { stoppedReason: 'DeAuthorized' });
    const [stop] = b.fromStation('TransactionEvent', ended).calls;
    expect(stop?.payload).toMatchObject({ transactionId: 9, reason: 'DeAuthorized' });
    expect(stop?.payload).not.toHaveProperty('idTag');
    // The token came before the car: by now only a RequestStopTransaction reaches the station.
    const early = {
      ...event(0, 'Started', 'Authorized', {}, { evse, idToken: rfid }),
      transactionInfo: { transactionId: 'TX-2' },
    };
    b.fromStation('TransactionEvent', early);
    const car = {
      ...event(1, 'Updated', 'CablePluggedIn'),
      transactionInfo: { transactionId: 'TX-2', chargingState: 'EVConnected' },
    };
    b.otherwise = ({ action }) =>
      action === 'StartTransaction' ? { transactionId: 10, idTagInfo: { status: 'Blocked' } } : {};
    expect(b.fromStation('TransactionEvent', car).answer).toEqual({ idTokenInfo: { status: 'Blocked' } });
    b.otherwise = undefined;
    expect(b.emitted().map(({ side, calls }) => [side, ...calls])).toEqual([
      ['station', { action: 'RequestStopTransaction', payload: { transactionId: 'TX-2' } }],
    ]);
  });

  test('an event that the CSMS did not take is dealt with when it comes again', () => {
    const b = down();
    const start = event(0, 'Started', 'Authorized', { chargingState: 'EVConnected' }, { evse, idToken: rfid });
    expect(b.fromStation('TransactionEvent', start, {}, failure('GenericError', true)).refusal?.uncertain).toBe(true);
    b.restart();
    expect(told(b.fromStation('TransactionEvent', start, accepted(6)).calls)).toEqual([
      'StartTransaction',
      '1 SuspendedEVSE NoError',
    ]);
    const ended = event(1, 'Ended', 'RemoteStop', { stoppedReason: 'Remote' });
    expect(b.fromStation('TransactionEvent', ended, failure('InternalError')).refusal).toBeDefined();
    expect(told(b.fromStation('TransactionEvent', ended).calls)).toEqual(['StopTransaction', '1 Finishing NoError']);
  });

  test('a CSMS that refuses StartTransaction for good gets the rest as −1', () => {
    const b = down();
    const start = event(0, 'Started', 'Authorized', { chargingState: 'Charging' }, { evse, idToken: rfid });
    expect(b.fromStation('TransactionEvent', start, {}, failure('NotSupported')).answer).toEqual({});
    const [stop] = b.fromStation('TransactionEvent', event(1, 'Ended', 'StopAuthorized', {}, { idToken: rfid })).calls;
    expect(stop?.payload).toEqual({ transactionId: -1, timestamp: at(1), meterStop: 0, idTag: rfid.idToken });
  });

  test('events out of the queue of the station say nothing of the present', () => {
    const b = down();
    const start = event(
      0,
      'Started',
      'Authorized',
      { chargingState: 'Charging' },
      { evse, idToken: rfid, offline: true },
    );
    expect(told(b.fromStation('TransactionEvent', start).calls)).toEqual(['StartTransaction']);
  });

  test.each([
    ['Hard', 'HardReset'],
    ['Soft', 'SoftReset'],
  ])('Reset(%s) in a transaction', (type, reason) => {
    const b = down();
    const start = event(0, 'Started', 'Authorized', { chargingState: 'Charging' }, { evse, idToken: rfid });
    b.fromStation('TransactionEvent', start, {}, accepted(8));
    const run = b.fromCsms('Reset', { type }, { status: 'Scheduled' });
    expect(run.calls).toEqual([{ action: 'Reset', payload: { type: 'Immediate' } }]);
    expect(run.answer).toEqual({ status: 'Accepted' });
    b.fromStation('BootNotification', { reason: 'RemoteReset', chargingStation: { model: 'M', vendorName: 'V' } });
    const [stop] = b.fromStation(
      'TransactionEvent',
      event(1, 'Ended', 'ResetCommand', { stoppedReason: 'ImmediateReset' }),
    ).calls;
    expect(stop?.payload.reason).toBe(reason);
  });

  test.each([
    ['StopAuthorized', undefined, undefined],
    ['StopAuthorized', 'MasterPass', 'Local'],
    ['UnlockCommand', 'Remote', 'UnlockCommand'],
    ['EnergyLimitReached', 'EnergyLimitReached', 'Other'],
    ['AbnormalCondition', 'GroundFault', 'Other'],
    ['ChargingStateChanged', undefined, 'Other'],
  ])('an end by %s for %s is reason %s', (trigger, stoppedReason, reason) => {
    const b = down();
    const start = event(0, 'Started', 'Authorized', { chargingState: 'Charging' }, { evse, idToken: rfid });
    b.fromStation('TransactionEvent', start, {}, accepted(8));
    const ended = event(1, 'Ended', trigger, stoppedReason === undefined ? {} : { stoppedReason });
    expect(b.fromStation('TransactionEvent', ended).calls[0]?.payload.reason).toBe(reason);
  });

  test('a second connector of an EVSE gets a number of its own, for ever', () => {
    const b = down();
    const say = (evseId: number, connectorId: number): unknown =>
      b.fromStation('StatusNotification', { timestamp: at(0), connectorStatus: 'Available', evseId, connectorId })
        .calls[0]?.payload.connectorId;
    expect([say(1, 1), say(1, 2), say(2, 1)]).toEqual([1, 2, 3]);
    b.restart();
    const [unlock] = b.fromCsms('UnlockConnector', { connectorId: 2 }).calls;
    expect(unlock?.payload).toEqual({ evseId: 1, connectorId: 2 });
    expect(b.fromCsms('UnlockConnector', { connectorId: 3 }).calls[0]?.payload).toEqual({ evseId: 2, connectorId: 1 });
  });
});

describe('what else a 2.0.1 station says of its state', () => {
  const notice = (component: Payload, variable: string, actualValue: string, more: Payload = {}): Payload => ({
    generatedAt: at(1),
    seqNo: 0,
    eventData: [
      {
        eventId: 1,
        timestamp: at(1),
        trigger: 'Alerting',
        actualValue,
        eventNotificationType: 'HardWiredNotification',
        component,
        variable: { name: variable },
        ...more,
      },
    ],
  });

  test('StatusNotification(0, 0) is the station, which is never occupied', () => {
    const b = down();
    const run = b.fromStation('StatusNotification', {
      timestamp: at(0),
      connectorStatus: 'Occupied',
      evseId: 0,
      connectorId: 0,
    });
    expect(told(run.calls)).toEqual(['0 Available NoError']);
  });

  test('AvailabilityState is the status; a measurement goes no further', () => {
    const b = down();
    const { eventData } = notice({ name: 'Connector', evse }, 'AvailabilityState', 'Occupied', { trigger: 'Delta' });
    const warm = notice({ name: 'TemperatureSensor', evse: { id: 1 } }, 'Temperature', '41', {
      trigger: 'Delta',
    }).eventData;
    const run = b.fromStation('NotifyEvent', { generatedAt: at(1), seqNo: 0, eventData: [...eventData, ...warm] });
    expect(run.calls).toEqual([
      {
        action: 'StatusNotification',
        payload: { connectorId: 1, status: 'Preparing', timestamp: at(1), errorCode: 'NoError' },
      },
    ]);
  });

  test('trouble of a component is the errorCode until the component says that it is over', () => {
    const b = down();
    b.fromStation('StatusNotification', { timestamp: at(0), connectorStatus: 'Available', evseId: 1, connectorId: 1 });
    const rcd = { name: 'RCD', evse };
    const tripped = b.fromStation(
      'NotifyEvent',
      notice(rcd, 'Tripped', 'true', { techCode: 'E7', techInfo: 'x'.repeat(60) }),
    );
    expect(tripped.calls[0]?.payload).toEqual({
      connectorId: 1,
      status: 'Available',
      timestamp: at(1),
      errorCode: 'GroundFailure',
      vendorErrorCode: 'E7',
      info: 'x'.repeat(50),
    });
    // Another component's trouble comes and goes: the first one stays.
    expect(told(b.fromStation('NotifyEvent', notice({ name: 'TokenReader', evse }, 'Problem', 'true')).calls)).toEqual([
      '1 Available ReaderFailure',
    ]);
    expect(told(b.fromStation('NotifyEvent', notice({ name: 'TokenReader', evse }, 'Problem', 'false')).calls)).toEqual(
      ['1 Available GroundFailure'],
    );
    expect(told(b.fromStation('NotifyEvent', notice(rcd, 'Tripped', 'true', { cleared: true })).calls)).toEqual([
      '1 Available NoError',
    ]);
  });

  test('Faulted of which nothing is known is OtherError; after a boot every status is told again', () => {
    const b = down();
    const faulted = { timestamp: at(0), connectorStatus: 'Faulted', evseId: 1, connectorId: 1 };
    expect(told(b.fromStation('StatusNotification', faulted).calls)).toEqual(['1 Faulted OtherError']);
    expect(b.fromStation('StatusNotification', faulted).calls).toEqual([]);
    b.fromStation('BootNotification', { reason: 'PowerUp', chargingStation: { model: 'M', vendorName: 'V' } });
    expect(told(b.fromStation('StatusNotification', faulted).calls)).toEqual(['1 Faulted OtherError']);
  });

  test('MeterValues of an EVSE carry the transaction that is open there', () => {
    const b = down();
    const values = { evseId: 1, meterValue: [register(2, 1, 'Sample.Clock')] };
    expect(b.fromStation('MeterValues', values).calls[0]?.payload).not.toHaveProperty('transactionId');
    const start = event(0, 'Started', 'Authorized', { chargingState: 'Charging' }, { evse, idToken: rfid });
    b.fromStation('TransactionEvent', start, {}, accepted(8));
    expect(b.fromStation('MeterValues', values).calls[0]?.payload).toMatchObject({ connectorId: 1, transactionId: 8 });
  });
});
