/** Station 1.6, CSMS 2.0.1: how reservations end, which a 1.6 station does not tell. */
import { describe, expect, test } from 'vitest';
import { between16and201 } from '../../../../src/ocpp/translate/1.6-2.0.1/index.ts';
import type { Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { at, type Bridge, bridge, failure, START } from '../../../support/translation.ts';

const status = (b: Bridge, connectorId: number, value: string): unknown =>
  b.fromStation('StatusNotification', { connectorId, errorCode: 'NoError', status: value, timestamp: at(0) });
const request = {
  id: 4,
  evseId: 1,
  expiryDateTime: at(60),
  idToken: { idToken: 'AB12', type: 'Central' },
};
/** A station with connector 1 reserved for an hour, and connector 2 free. */
const reserved = (...expiry: [Payload?]): Bridge => {
  const b = bridge('1.6', '2.0.1', [between16and201]);
  for (const connectorId of [1, 2]) status(b, connectorId, 'Available');
  b.fromCsms('ReserveNow', { ...request, ...expiry[0] }, { status: 'Accepted' });
  status(b, 1, 'Reserved');
  return b;
};
const later = (b: Bridge, minutes: number, ...replies: Parameters<Bridge['emitted']>): unknown[] => {
  b.now = START + minutes * 60_000;
  return b.emitted(...replies).flatMap(({ side, calls }) => calls.map(({ payload }) => [side, payload]));
};
const told = (reservationUpdateStatus: string): unknown[] => [['csms', { reservationId: 4, reservationUpdateStatus }]];

describe('a reservation', () => {
  test('expires, also over a restart', () => {
    const b = reserved();
    b.restart();
    expect(later(b, 59.9)).toEqual([]);
    b.now = START + 60 * 60_000;
    status(b, 1, 'Available');
    expect(later(b, 60)).toEqual(told('Expired'));
    expect(later(b, 120)).toEqual([]);
  });

  test('expires a little later when the station holds on to it', () => {
    const b = reserved();
    expect(later(b, 60)).toEqual([]);
    status(b, 1, 'Available');
    expect(later(b, 61)).toEqual(told('Expired'));
  });

  test('expires in the end, whatever the connector shows', () => {
    const b = reserved();
    const updates = Array.from({ length: 30 }, (_, minute) => later(b, 60 + minute));
    expect(updates.flat()).toEqual(told('Expired'));
  });

  test('is told once more when the CSMS did not answer', () => {
    const b = reserved();
    status(b, 1, 'Available');
    expect(later(b, 60, failure('GenericError', true))).toEqual(told('Expired'));
    expect(later(b, 61, failure('NotSupported'))).toEqual(told('Expired'));
    expect(later(b, 120)).toEqual([]);
  });

  test.each<[string, (b: Bridge) => unknown]>([
    [
      'its use',
      (b) =>
        b.fromStation('StartTransaction', {
          connectorId: 1,
          idTag: 'AB12',
          meterStart: 0,
          timestamp: at(5),
          reservationId: 4,
        }),
    ],
    ['its cancellation', (b) => b.fromCsms('CancelReservation', { reservationId: 4 }, { status: 'Accepted' })],
  ])('is over with %s', (_what, happens) => {
    const b = reserved();
    happens(b);
    expect(later(b, 120)).toEqual([]);
  });

  test('goes on when another takes the connector, and the station refuses to cancel', () => {
    const b = reserved();
    b.fromCsms('CancelReservation', { reservationId: 4 }, { status: 'Rejected' });
    b.fromStation('StartTransaction', { connectorId: 2, idTag: 'AB12', meterStart: 0, timestamp: at(5) });
    status(b, 1, 'Available');
    expect(later(b, 60)).toEqual(told('Expired'));
  });

  test('with the same id takes the place of the one before', () => {
    const b = reserved();
    b.fromCsms('ReserveNow', { ...request, expiryDateTime: at(90) }, { status: 'Accepted' });
    status(b, 1, 'Available');
    expect(later(b, 60)).toEqual([]);
    expect(later(b, 90)).toEqual(told('Expired'));
  });

  test.each(['Faulted', 'Unavailable'])('is removed when its connector is %s', (value) => {
    const b = reserved();
    status(b, 2, value);
    expect(b.emitted()).toEqual([]);
    status(b, 1, value);
    b.restart();
    expect(later(b, 1)).toEqual(told('Removed'));
    expect(later(b, 120)).toEqual([]);
  });

  test('that the station refused is none', () => {
    const b = bridge('1.6', '2.0.1', [between16and201]);
    b.fromCsms('ReserveNow', request, { status: 'Occupied' });
    expect(later(b, 120)).toEqual([]);
  });
});

test('a station that reserves single connectors only is not asked for any', () => {
  const b = reserved();
  b.fromCsms(
    'GetVariables',
    { getVariableData: [{ component: { name: 'ReservationCtrlr' }, variable: { name: 'NonEvseSpecific' } }] },
    { configurationKey: [{ key: 'ReserveConnectorZeroSupported', readonly: true, value: 'false' }] },
  );
  const { evseId: _none, ...any } = request;
  expect(b.fromCsms('ReserveNow', any)).toMatchObject({
    calls: [],
    answer: { status: 'Rejected', statusInfo: { reasonCode: 'UnsupportedParam' } },
  });
});
