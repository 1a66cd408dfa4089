/** Transactions of a 1.6 station under a CSMS of 2.0.1. */
import { expect } from 'vitest';
import { translators } from '../../../../src/ocpp/translate/index.ts';
import type { Message, Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { at, type Bridge, bridge, failure, START } from '../../../support/translation.ts';
import { trickyCase } from '../../../support/tricky-case.ts';

const up = (): Bridge => bridge('1.6', '2.0.1', translators);
/** The first UUID that is made. */
const FIRST = '00000000-0000-4000-8000-000000000001';

const status = (minutes: number, value: string): Payload => ({
  connectorId: 1,
  errorCode: 'NoError',
  status: value,
  timestamp: at(minutes),
});
const occupied = (minutes: number): Message => ({
  action: 'StatusNotification',
  payload: { timestamp: at(minutes), connectorStatus: 'Occupied', evseId: 1, connectorId: 1 },
});
const register = (minutes: number, value: number, context: string): Payload => ({
  timestamp: at(minutes),
  sampledValue: [
    {
      value,
      context,
      measurand: 'Energy.Active.Import.Register',
      location: 'Outlet',
      unitOfMeasure: { unit: 'Wh' },
    },
  ],
});
const values = (minutes: number, value: string, transactionId: number): Payload => ({
  connectorId: 1,
  transactionId,
  meterValue: [
    {
      timestamp: at(minutes),
      sampledValue: [{ value, context: 'Sample.Periodic', measurand: 'Energy.Active.Import.Register', unit: 'Wh' }],
    },
  ],
});
const accepted = { idTagInfo: { status: 'Accepted' } };

trickyCase('F18: a whole visit, with no repeated Occupied', '1.6', up, (b) => {
  expect(b.fromStation('StatusNotification', status(0, 'Preparing')).calls).toEqual([occupied(0)]);
  const authorized = b.fromStation('Authorize', { idTag: '04AABBCC' }, { idTokenInfo: { status: 'Accepted' } });
  expect(authorized.calls).toEqual([
    { action: 'Authorize', payload: { idToken: { idToken: '04AABBCC', type: 'ISO14443' } } },
  ]);
  expect(authorized.answer).toEqual(accepted);
  const started = b.fromStation('StartTransaction', {
    connectorId: 1,
    idTag: '04AABBCC',
    meterStart: 1000,
    timestamp: at(1),
  });
  expect(started.calls).toEqual([
    {
      action: 'TransactionEvent',
      payload: {
        eventType: 'Started',
        timestamp: at(1),
        triggerReason: 'Authorized',
        seqNo: 0,
        transactionInfo: { transactionId: FIRST, chargingState: 'EVConnected' },
        evse: { id: 1, connectorId: 1 },
        idToken: { idToken: '04AABBCC', type: 'ISO14443' },
        meterValue: [register(1, 1000, 'Transaction.Begin')],
      },
    },
  ]);
  expect(started.answer).toEqual({ transactionId: 1, ...accepted });
  expect(b.fromStation('StatusNotification', status(2, 'Charging')).calls).toEqual([
    {
      action: 'TransactionEvent',
      payload: {
        eventType: 'Updated',
        timestamp: at(2),
        triggerReason: 'ChargingStateChanged',
        seqNo: 1,
        transactionInfo: { transactionId: FIRST, chargingState: 'Charging' },
      },
    },
  ]);
  expect(b.fromStation('MeterValues', values(3, '1200', 1)).calls).toEqual([
    {
      action: 'TransactionEvent',
      payload: {
        eventType: 'Updated',
        timestamp: at(3),
        triggerReason: 'MeterValuePeriodic',
        seqNo: 2,
        transactionInfo: { transactionId: FIRST },
        meterValue: [
          {
            timestamp: at(3),
            sampledValue: [
              {
                value: 1200,
                context: 'Sample.Periodic',
                measurand: 'Energy.Active.Import.Register',
                unitOfMeasure: { unit: 'Wh' },
              },
            ],
          },
        ],
      },
    },
  ]);
  const stopped = b.fromStation('StopTransaction', {
    transactionId: 1,
    idTag: '04AABBCC',
    meterStop: 1500,
    timestamp: at(4),
    reason: 'Local',
  });
  expect(stopped.calls).toEqual([
    {
      action: 'TransactionEvent',
      payload: {
        eventType: 'Ended',
        timestamp: at(4),
        triggerReason: 'StopAuthorized',
        seqNo: 3,
        transactionInfo: { transactionId: FIRST, chargingState: 'EVConnected', stoppedReason: 'Local' },
        idToken: { idToken: '04AABBCC', type: 'ISO14443' },
        meterValue: [register(4, 1500, 'Transaction.End')],
      },
    },
  ]);
  expect(stopped.answer).toEqual(accepted);
  expect(b.fromStation('StatusNotification', status(5, 'Finishing')).calls).toEqual([]);
  expect(b.fromStation('StatusNotification', status(6, 'Available')).calls).toEqual([
    {
      action: 'StatusNotification',
      payload: { timestamp: at(6), connectorStatus: 'Available', evseId: 1, connectorId: 1 },
    },
  ]);
});

const remoteStart = { evseId: 1, remoteStartId: 77, idToken: { idToken: 'AB12', type: 'Central' } };
const start = { connectorId: 1, idTag: 'ab12', meterStart: 0, timestamp: at(1) };

trickyCase('F19: a remote start is told from a local one, its token is the exact one', '1.6', up, (b) => {
  const requested = b.fromCsms('RequestStartTransaction', remoteStart, { status: 'Accepted' });
  expect(requested.calls).toEqual([{ action: 'RemoteStartTransaction', payload: { connectorId: 1, idTag: 'AB12' } }]);
  expect(requested.answer).toEqual({ status: 'Accepted' });
  expect(b.fromStation('StartTransaction', start).calls).toEqual([
    {
      action: 'TransactionEvent',
      payload: {
        eventType: 'Started',
        timestamp: at(1),
        triggerReason: 'RemoteStart',
        seqNo: 0,
        transactionInfo: { transactionId: FIRST, chargingState: 'EVConnected', remoteStartId: 77 },
        evse: { id: 1, connectorId: 1 },
        idToken: { idToken: 'AB12', type: 'Central' },
        meterValue: [register(1, 0, 'Transaction.Begin')],
      },
    },
  ]);
});

trickyCase('F20: a remote start that the station rejects is none', '1.6', up, (b) => {
  expect(b.fromCsms('RequestStartTransaction', remoteStart, { status: 'Rejected' }).answer).toEqual({
    status: 'Rejected',
  });
  const [started] = b.fromStation('StartTransaction', start).calls;
  expect(started?.payload.triggerReason).toBe('Authorized');
  expect(started?.payload.transactionInfo).toEqual({ transactionId: FIRST, chargingState: 'EVConnected' });
});

trickyCase('F21: StartTransaction comes again 30 s later, its answer was lost', '1.6', up, (b) => {
  const first = b.fromStation('StartTransaction', start);
  expect(first.answer).toEqual({ transactionId: 1, ...accepted });
  b.now = START + 30_000;
  const again = b.fromStation('StartTransaction', start);
  expect(again.answer).toEqual(first.answer);
  expect(again.calls).toEqual([]);
});

trickyCase('F22: a transaction that was had offline, with transactionId −1', '1.6', up, (b) => {
  b.reconnect();
  const started = b.fromStation('StartTransaction', { ...start, timestamp: at(-120) });
  const metered = b.fromStation('MeterValues', values(-100, '1400', -1));
  const stopped = b.fromStation('StopTransaction', { transactionId: -1, meterStop: 2000, timestamp: at(-60) });
  expect([started.answer, metered.answer, stopped.answer]).toEqual([{ transactionId: 1, ...accepted }, {}, {}]);
  const events = [...started.calls, ...metered.calls, ...stopped.calls].map(({ payload }) => payload);
  expect(
    events.map(({ eventType, seqNo, offline, timestamp, transactionInfo }) => [
      eventType,
      seqNo,
      offline,
      timestamp,
      transactionInfo.transactionId,
    ]),
  ).toEqual([
    ['Started', 0, true, at(-120), FIRST],
    ['Updated', 1, true, at(-100), FIRST],
    ['Ended', 2, true, at(-60), FIRST],
  ]);
});

trickyCase('F23: the CSMS is away for a whole transaction', '1.6', up, (b) => {
  const away = failure('GenericError', true);
  const stop = { transactionId: 1, meterStop: 500, timestamp: at(3) };
  expect(b.fromStation('StartTransaction', { ...start, timestamp: at(0) }, away).refusal).toBeDefined();
  expect(b.fromStation('StatusNotification', status(1, 'Charging'), {}, away).answer).toEqual({});
  expect(b.fromStation('MeterValues', values(2, '300', -1), away).refusal).toBeDefined();
  expect(b.fromStation('StopTransaction', { ...stop, transactionId: -1 }, away).refusal).toBeDefined();
  b.now = START + 600_000;
  const told = b.emitted().flatMap(({ calls }) => calls.map(({ payload }) => payload));
  expect(told.map(({ eventType, seqNo, offline, timestamp }) => [eventType, seqNo, offline, timestamp])).toEqual([
    ['Started', 0, true, at(0)],
    ['Updated', 1, true, at(1)],
    ['Updated', 2, true, at(2)],
    ['Ended', 3, true, at(3)],
  ]);
  expect(new Set(told.map(({ transactionInfo }) => transactionInfo.transactionId))).toEqual(new Set([FIRST]));
  expect(b.emitted()).toEqual([]);
});
