/** Customers and display messages: what 2.x asks of a 1.6 station, and a 2.x station tells a 1.6 CSMS (D.17). */
import { describe, expect, test } from 'vitest';
import { between16and201 } from '../../../../src/ocpp/translate/1.6-2.0.1/index.ts';
import type { Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { at, type Bridge, bridge, type EmittedRun, failure } from '../../../support/translation.ts';

const alias = '~GBL2HVW6I6ZWTXTDRWG';
const long = { idToken: 'a-token-of-more-than-20-characters', type: 'Central' };
const reserve = (id: number, idToken: object): Payload => ({ id, idToken, evseId: 1, expiryDateTime: at(60) });

const station = (): Bridge => {
  const b = bridge('1.6', '2.0.1', [between16and201]);
  b.fromStation('StatusNotification', { connectorId: 1, errorCode: 'NoError', status: 'Available', timestamp: at(0) });
  b.emitted();
  return b;
};
const transaction = (b: Bridge, idTag: string, ended = true): void => {
  const started = b.fromStation(
    'StartTransaction',
    { connectorId: 1, idTag, meterStart: 0, timestamp: at(1) },
    { idTokenInfo: { status: 'Accepted', evseId: [1] } },
  );
  const { transactionId } = started.answer as { transactionId: number };
  if (ended) b.fromStation('StopTransaction', { transactionId, meterStop: 10, timestamp: at(2) });
};
const ask = (b: Bridge, request: Payload) =>
  b.fromCsms('CustomerInformation', { requestId: 7, report: true, clear: false, ...request });
const told = (runs: readonly EmittedRun[]): readonly Payload[] =>
  runs.flatMap(({ side, calls }) => (side === 'csms' ? calls.map(({ payload }) => payload) : []));
const towardsStation = (runs: readonly EmittedRun[]): unknown =>
  runs.flatMap(({ side, calls }) => (side === 'station' ? calls.map(({ action, payload }) => [action, payload]) : []));

describe('CustomerInformation', () => {
  test('tells what is known of a token, after the answer and after a restart too', () => {
    const b = station();
    b.fromCsms('ReserveNow', reserve(4, long), { status: 'Accepted' });
    transaction(b, alias);
    const run = ask(b, { idToken: long });
    expect(run).toMatchObject({ calls: [], answer: { status: 'Accepted' } });
    b.restart();
    expect(told(b.emitted())).toEqual([
      {
        requestId: 7,
        seqNo: 0,
        tbc: false,
        generatedAt: at(0),
        data: [
          `idTag ${alias}`,
          `token ${long.idToken} (Central)`,
          'only on EVSE 1',
          `transaction 00000000-0000-4000-8000-000000000001 on connector 1 since ${at(1)}, ended`,
          `reservation 4 of connector 1 until ${at(60)}`,
        ].join('\n'),
      },
    ]);
    expect(b.emitted()).toEqual([]);
  });

  test('a long report comes in parts', () => {
    const b = station();
    for (let n = 0; n < 30; n++) transaction(b, 'AB12');
    ask(b, { customerIdentifier: 'ab12' });
    const parts = told(b.emitted());
    expect(parts.map(({ seqNo, tbc }) => [seqNo, tbc])).toEqual([
      [0, true],
      [1, true],
      [2, true],
      [3, true],
      [4, false],
    ]);
    const text = parts.map(({ data }) => data).join('');
    expect(text.split('\n').filter((line: string) => line.startsWith('transaction '))).toHaveLength(20);
  });

  test('of nobody, and of a certificate, there is nothing to tell', () => {
    const b = station();
    ask(b, { idToken: { idToken: 'NOBODY', type: 'Central' } });
    expect(told(b.emitted())).toMatchObject([{ data: '', seqNo: 0, tbc: false }]);
    const customerCertificate = {
      hashAlgorithm: 'SHA256',
      issuerNameHash: 'a',
      issuerKeyHash: 'b',
      serialNumber: 'c',
    };
    ask(b, { customerCertificate });
    expect(told(b.emitted())).toMatchObject([{ data: '' }]);
    expect(b.notes.map(({ field }) => field)).toContain('customerCertificate');
  });

  test('without a customer it is Invalid, without anything to do Rejected', () => {
    const b = station();
    expect(ask(b, {}).answer).toMatchObject({ status: 'Invalid', statusInfo: { reasonCode: 'MissingParam' } });
    expect(ask(b, { customerIdentifier: 'x', report: false }).answer?.status).toBe('Rejected');
    expect(b.emitted()).toEqual([]);
  });

  test('clear erases it here and takes it off the list of the station, whose version stays the same for the CSMS', () => {
    const b = station();
    b.fromCsms('SendLocalList', {
      versionNumber: 5,
      updateType: 'Full',
      localAuthorizationList: [{ idToken: long, idTokenInfo: { status: 'Accepted' } }],
    });
    transaction(b, alias);
    ask(b, { idToken: long, clear: true, report: false });
    b.restart();
    const runs = b.emitted({}, { listVersion: 5 }, { status: 'Accepted' });
    expect(told(runs)).toMatchObject([{ data: '' }]);
    expect(towardsStation(runs)).toEqual([
      ['GetLocalListVersion', {}],
      ['SendLocalList', { listVersion: 6, updateType: 'Differential', localAuthorizationList: [{ idTag: alias }] }],
    ]);
    expect(b.fromCsms('GetLocalListVersion', {}, { listVersion: 6 }).answer).toEqual({ versionNumber: 5 });
    expect(b.fromStation('Authorize', { idTag: alias }).calls[0]?.payload.idToken.idToken).toBe(alias);
    ask(b, { idToken: long });
    expect(told(b.emitted())).toMatchObject([{ data: '' }]);
    ask(b, { customerIdentifier: alias });
    expect(told(b.emitted())).toMatchObject([{ data: '' }]);
  });

  test('a transaction that goes on keeps its token', () => {
    const b = station();
    b.fromCsms('ReserveNow', reserve(4, long), { status: 'Accepted' });
    transaction(b, alias, false);
    ask(b, { idToken: long, clear: true });
    b.emitted({}, failure('NotSupported'));
    const stop = b.fromStation('StopTransaction', {
      transactionId: 1,
      idTag: alias,
      meterStop: 10,
      timestamp: at(3),
    });
    expect(stop.calls[0]?.payload.idToken).toEqual(long);
  });

  test('a station that has no list is not asked further; one that will not is told of', () => {
    const b = station();
    const clear = (...replies: Parameters<Bridge['emitted']>): unknown => {
      ask(b, { customerIdentifier: 'AB12', clear: true });
      return b.emitted({}, ...replies).flatMap(({ calls }) => calls.map(({ action }) => action));
    };
    expect(clear({ listVersion: 0 })).toEqual(['NotifyCustomerInformation', 'GetLocalListVersion']);
    expect(clear(failure('GenericError', true))).toEqual(['NotifyCustomerInformation', 'GetLocalListVersion']);
    expect(clear({ listVersion: 3 }, { status: 'Failed' })).toEqual([
      'NotifyCustomerInformation',
      'GetLocalListVersion',
      'SendLocalList',
    ]);
    expect(b.notes).toContainEqual(expect.objectContaining({ field: 'clear' }));
  });
});

test('a 1.6 station shows no messages', () => {
  const b = station();
  const message = { id: 1, priority: 'InFront', message: { format: 'UTF8', content: 'Hello' } };
  const refused = (status: string): object => ({
    calls: [],
    answer: { status, statusInfo: { reasonCode: 'UnsupportedRequest' } },
  });
  expect(b.fromCsms('SetDisplayMessage', { message })).toMatchObject(refused('Rejected'));
  expect(b.fromCsms('GetDisplayMessages', { requestId: 1 })).toMatchObject(refused('Unknown'));
  expect(b.fromCsms('ClearDisplayMessage', { id: 1 })).toMatchObject(refused('Unknown'));
});

test('what a 2.0.1 station reports of messages and customers is taken in', () => {
  const b = bridge('2.0.1', '1.6', [between16and201]);
  expect(b.fromStation('NotifyDisplayMessages', { requestId: 1, tbc: false })).toMatchObject({ calls: [], answer: {} });
  expect(
    b.fromStation('NotifyCustomerInformation', { data: 'x', seqNo: 0, generatedAt: at(0), requestId: 1 }),
  ).toMatchObject({ calls: [], answer: {} });
});
