/** Transactions of a 2.0.1 station under a CSMS of 1.6. */
import { expect } from 'vitest';
import { translators } from '../../../../src/ocpp/translate/index.ts';
import type { Message, Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { at, type Bridge, bridge } from '../../../support/translation.ts';
import { trickyCase } from '../../../support/tricky-case.ts';

const down = (): Bridge => bridge('2.0.1', '1.6', translators);
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
const plugged = event(0, 'Started', 'CablePluggedIn', { chargingState: 'EVConnected' }, { evse });
const reading = (minutes: number, value: number, context: string): Payload => ({
  timestamp: at(minutes),
  sampledValue: [{ value, context }],
});
const status = (minutes: number, value: string): Message => ({
  action: 'StatusNotification',
  payload: { connectorId: 1, status: value, timestamp: at(minutes), errorCode: 'NoError' },
});
const answered = (transactionId: number, value = 'Accepted'): Payload => ({
  transactionId,
  idTagInfo: { status: value },
});

trickyCase('F24: the transaction begins for the CSMS when the driver is authorized', '2.0.1', down, (b) => {
  expect(b.fromStation('TransactionEvent', plugged)).toMatchObject({ calls: [status(0, 'Preparing')], answer: {} });
  const authorized = b.fromStation(
    'TransactionEvent',
    event(1, 'Updated', 'Authorized', {}, { idToken: rfid }),
    answered(42),
  );
  expect(authorized.calls).toEqual([
    {
      action: 'StartTransaction',
      payload: { connectorId: 1, idTag: '04AABBCCDDEE11', meterStart: 0, timestamp: at(1) },
    },
    status(1, 'SuspendedEVSE'),
  ]);
  expect(authorized.answer).toEqual({ idTokenInfo: { status: 'Accepted' } });
  const charging = event(2, 'Updated', 'ChargingStateChanged', { chargingState: 'Charging' });
  expect(b.fromStation('TransactionEvent', charging).calls).toEqual([status(2, 'Charging')]);
  const ended = event(
    3,
    'Ended',
    'EVCommunicationLost',
    { stoppedReason: 'EVDisconnected' },
    { meterValue: [reading(3, 900, 'Transaction.End')] },
  );
  expect(b.fromStation('TransactionEvent', ended).calls).toEqual([
    {
      action: 'StopTransaction',
      payload: {
        transactionId: 42,
        timestamp: at(3),
        meterStop: 900,
        reason: 'EVDisconnected',
        transactionData: [
          { timestamp: at(3), sampledValue: [{ value: '900', context: 'Transaction.End', unit: 'Wh' }] },
        ],
      },
    },
    status(3, 'Finishing'),
  ]);
});

trickyCase('F25: nobody authorizes: the CSMS hears of no transaction', '2.0.1', down, (b) => {
  expect(b.fromStation('TransactionEvent', plugged).calls).toEqual([status(0, 'Preparing')]);
  const over = event(1, 'Ended', 'EVConnectTimeout', { stoppedReason: 'Timeout' });
  expect(b.fromStation('TransactionEvent', over).calls).toEqual([status(1, 'Available')]);
  expect(b.notes).toContainEqual(expect.objectContaining({ action: 'TransactionEvent', field: 'transactionInfo' }));
});

trickyCase('F26: a contract id of 28 characters goes by an alias, which leads back to it', '2.0.1', down, (b) => {
  const contract = { idToken: 'DE-ABC-C12345678-9-LONGER-28', type: 'eMAID' };
  const started = event(0, 'Started', 'Authorized', { chargingState: 'EVConnected' }, { evse, idToken: contract });
  const [, start] = b.fromStation('TransactionEvent', started, {}, answered(7)).calls;
  const { idTag } = (start as Message).payload;
  expect(idTag).toMatch(/^~[A-Z2-7]{19}$/);
  const remote = b.fromCsms('RemoteStartTransaction', { idTag, connectorId: 1 }, { status: 'Accepted' });
  expect(remote.calls).toEqual([
    { action: 'RequestStartTransaction', payload: { evseId: 1, remoteStartId: 1, idToken: contract } },
  ]);
});

trickyCase('F27: the CSMS blocks the token', '2.0.1', down, (b) => {
  const started = event(0, 'Started', 'Authorized', { chargingState: 'EVConnected' }, { evse, idToken: rfid });
  expect(b.fromStation('TransactionEvent', started, {}, answered(9, 'Blocked')).answer).toEqual({
    idTokenInfo: { status: 'Blocked' },
  });
  const [stop] = b.fromStation(
    'TransactionEvent',
    event(1, 'Ended', 'Deauthorized', { stoppedReason: 'DeAuthorized' }),
  ).calls;
  expect(stop).toEqual({
    action: 'StopTransaction',
    payload: { transactionId: 9, timestamp: at(1), meterStop: 0, reason: 'DeAuthorized' },
  });
});

trickyCase('F28: the station repeats its events: two of them were not acknowledged', '2.0.1', down, (b) => {
  const events = [
    event(0, 'Started', 'Authorized', { chargingState: 'Charging' }, { evse, idToken: rfid }),
    ...[1, 2, 3, 4].map((n) =>
      event(n, 'Updated', 'MeterValuePeriodic', {}, { meterValue: [reading(n, n, 'Sample.Periodic')] }),
    ),
  ];
  b.fromStation('TransactionEvent', events[0] as Payload, {}, answered(5));
  for (const one of events.slice(1)) expect(b.fromStation('TransactionEvent', one).calls).toHaveLength(1);
  for (const one of events) expect(b.fromStation('TransactionEvent', one).calls).toEqual([]);
  expect(b.fromStation('TransactionEvent', events[0] as Payload).answer).toEqual({
    idTokenInfo: { status: 'Accepted' },
  });
});

trickyCase('F29: only the end arrives', '2.0.1', down, (b) => {
  const meterValue = [reading(1, 10_000, 'Transaction.Begin'), reading(5, 12_000, 'Transaction.End')];
  const ended = event(5, 'Ended', 'EVDeparted', { stoppedReason: 'EVDisconnected' }, { evse, meterValue });
  const run = b.fromStation('TransactionEvent', ended, answered(3));
  expect(run.calls[0]).toEqual({
    action: 'StartTransaction',
    payload: { connectorId: 1, idTag: 'NOAUTH', meterStart: 10_000, timestamp: at(1) },
  });
  expect(run.calls[1]?.payload).toMatchObject({
    transactionId: 3,
    timestamp: at(5),
    meterStop: 12_000,
    reason: 'EVDisconnected',
  });
  // Nobody knows what lies between: the station is asked, and it is said that events are missing.
  b.now += 300_000;
  const [asked] = b.emitted({ messagesInQueue: false, ongoingIndicator: false });
  expect(asked?.calls).toEqual([{ action: 'GetTransactionStatus', payload: { transactionId: 'TX-1' } }]);
  expect(b.notes).toContainEqual(expect.objectContaining({ field: 'seqNo' }));
});
