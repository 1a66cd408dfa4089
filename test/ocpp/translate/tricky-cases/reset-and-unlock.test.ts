/** What 1.6 does to transactions by a Reset or UnlockConnector, and 2.0.1 does not. */
import { expect } from 'vitest';
import { translators } from '../../../../src/ocpp/translate/index.ts';
import { at, type Bridge, bridge } from '../../../support/translation.ts';
import { trickyCase } from '../../../support/tricky-case.ts';

const up = (): Bridge => bridge('1.6', '2.0.1', translators);
const start = { connectorId: 1, idTag: 'AB12', meterStart: 0, timestamp: at(1) };
const stop = { transactionId: 1, meterStop: 10, timestamp: at(2) };

trickyCase('F30: Reset OnIdle of a 1.6 station waits for its transaction', '1.6', up, (b) => {
  b.fromStation('StartTransaction', start);
  expect(b.fromCsms('Reset', { type: 'OnIdle' })).toMatchObject({ calls: [], answer: { status: 'Scheduled' } });
  expect(b.emitted()).toEqual([]);
  b.fromStation('StopTransaction', stop);
  expect(b.emitted({ status: 'Accepted' }).map(({ side, calls }) => [side, ...calls])).toEqual([
    ['station', { action: 'Reset', payload: { type: 'Soft' } }],
  ]);
  b.now += 3_600_000;
  expect(b.emitted()).toEqual([]);
});

trickyCase(
  'F31: Reset(Hard) of a 2.0.1 station ends its transaction',
  '2.0.1',
  () => bridge('2.0.1', '1.6', translators),
  (b) => {
    const started = {
      eventType: 'Started',
      timestamp: at(0),
      triggerReason: 'Authorized',
      seqNo: 0,
      transactionInfo: { transactionId: 'TX-1', chargingState: 'Charging' },
      evse: { id: 1, connectorId: 1 },
      idToken: { idToken: 'AB12', type: 'KeyCode' },
    };
    b.fromStation('TransactionEvent', started, {}, { transactionId: 8, idTagInfo: { status: 'Accepted' } });
    const reset = b.fromCsms('Reset', { type: 'Hard' }, { status: 'Accepted' });
    expect(reset.calls).toEqual([{ action: 'Reset', payload: { type: 'Immediate' } }]);
    expect(reset.answer).toEqual({ status: 'Accepted' });
    const ended = {
      eventType: 'Ended',
      timestamp: at(1),
      triggerReason: 'ResetCommand',
      seqNo: 1,
      transactionInfo: { transactionId: 'TX-1', stoppedReason: 'ImmediateReset' },
    };
    expect(b.fromStation('TransactionEvent', ended).calls[0]).toEqual({
      action: 'StopTransaction',
      payload: { transactionId: 8, timestamp: at(1), meterStop: 0, reason: 'HardReset' },
    });
  },
);

trickyCase('F32: UnlockConnector of a 1.6 station with a transaction would end it', '1.6', up, (b) => {
  b.fromStation('StartTransaction', start);
  expect(b.fromCsms('UnlockConnector', { evseId: 1, connectorId: 1 })).toMatchObject({
    calls: [],
    answer: { status: 'OngoingAuthorizedTransaction' },
  });
  b.fromStation('StopTransaction', stop);
  const unlocked = b.fromCsms('UnlockConnector', { evseId: 1, connectorId: 1 }, { status: 'Unlocked' });
  expect(unlocked.calls).toEqual([{ action: 'UnlockConnector', payload: { connectorId: 1 } }]);
  expect(unlocked.answer).toEqual({ status: 'Unlocked' });
});
