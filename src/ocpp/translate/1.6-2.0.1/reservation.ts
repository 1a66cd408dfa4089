/** Block H, Reservation: ReserveNow, CancelReservation, ReservationStatusUpdate. */
import type { Context } from '../context.ts';
import { answer, forward, type Outcome, type Payload } from '../outcome.ts';
import { lost, procedure, row, rows, same } from '../rows.ts';
import type { Pair } from '../translator.ts';
import { noCustomData, statusRows } from './common-rows.ts';
import { mirrored } from './configuration-mirror.ts';
import { lastStatus } from './connector-state.ts';
import { forwardOr, refusal } from './fan-out.ts';
import { forgetReservation, type Reservation, rememberReservation, watchReservation } from './reservation-state.ts';
import { type IdToken, toIdTag, toIdToken } from './tokens.ts';
import { isUnknown, toConnectors, toEvse } from './topology.ts';

/** A reservation as a 1.6 request says it. */
const reservationOf = ({ connectorId, idTag, parentIdTag, expiryDate }: Payload): Reservation => ({
  connectorId,
  idTag,
  parentIdTag,
  expires: Date.parse(expiryDate),
});

/** What the station has said in ReserveConnectorZeroSupported, or ReservationCtrlr.NonEvseSpecific, which are the same. */
const reservesSingleConnectorsOnly = (context: Context): boolean =>
  mirrored('ReserveConnectorZeroSupported', context)?.trim().toLowerCase() === 'false';

function reserveDown(request: Payload, context: Context): Outcome {
  const evseId = (request.evseId as number | undefined) ?? 0;
  // 1.6 knows nothing of plugs: an EVSE that has the right one cannot be found.
  if (request.connectorType !== undefined && evseId === 0) return refusal('Rejected', 'UnknownConnectorType');
  if (evseId !== 0 && isUnknown(evseId, undefined, context)) return refusal('Rejected', 'UnknownEvse');
  if (evseId === 0 && reservesSingleConnectorsOnly(context)) {
    return refusal('Rejected', 'UnsupportedParam', 'the station reserves single connectors only');
  }
  if (request.connectorType !== undefined) context.lost('connectorType', '1.6 reserves a connector, whatever its type');
  const connectors = toConnectors(evseId, undefined, context);
  const connectorId =
    connectors.find((connector) => lastStatus(connector, context) === 'Available') ?? connectors[0] ?? 0;
  const group = request.groupIdToken as IdToken | undefined;
  const payload = {
    connectorId,
    expiryDate: request.expiryDateTime,
    idTag: toIdTag(request.idToken as IdToken, context),
    ...(group === undefined ? {} : { parentIdTag: toIdTag(group, context) }),
    reservationId: request.id,
  };
  return forwardOr('Rejected', 'ReserveNow', payload, ({ status }) => {
    if (status === 'Accepted') watchReservation(payload.reservationId, reservationOf(payload), context);
    return answer({ status });
  });
}

function reserveUp(request: Payload, context: Context): Outcome {
  const connectorId = request.connectorId as number;
  if (connectorId < 0 || (connectorId === 0 && reservesSingleConnectorsOnly(context))) {
    return answer({ status: 'Rejected' });
  }
  const parent = request.parentIdTag as string | undefined;
  const payload = {
    id: request.reservationId,
    expiryDateTime: request.expiryDate,
    idToken: toIdToken(request.idTag as string, context),
    ...(connectorId === 0 ? {} : { evseId: toEvse(connectorId, context).id }),
    ...(parent === undefined || parent === '' ? {} : { groupIdToken: toIdToken(parent, context, 'Central') }),
  };
  return forward('ReserveNow', payload, ({ status }) => {
    if (status === 'Accepted') rememberReservation(request.reservationId, reservationOf(request), context);
    return answer({ status });
  });
}

export const reserveNow: Pair = {
  initiator: 'csms',
  older: 'ReserveNow',
  newer: 'ReserveNow',
  note: 'Down: without EVSE connector 0 is reserved, unless the station is known not to do that; of an EVSE with several connectors the first free one.',
  request: rows(
    row('connectorId', 'evseId', procedure('the numbering of connectors and EVSEs; 0 ↔ absent')),
    row('expiryDate', 'expiryDateTime', same),
    row(
      'idTag',
      'idToken',
      procedure('the exact IdToken is remembered; up: the token it came from, else by its shape'),
    ),
    row('parentIdTag', 'groupIdToken', procedure('as the idTag')),
    row('reservationId', 'id', same),
    row(null, 'connectorType', lost('1.6 knows no connector types: without EVSE the reservation is Rejected')),
    noCustomData,
  ),
  response: rows(...statusRows),
  down: reserveDown,
  up: reserveUp,
};

export const cancelReservation: Pair = {
  initiator: 'csms',
  older: 'CancelReservation',
  newer: 'CancelReservation',
  request: rows(row('reservationId', 'reservationId', same), noCustomData),
  response: rows(...statusRows),
  down: (request, context) =>
    forwardOr('Rejected', 'CancelReservation', { reservationId: request.reservationId }, ({ status }) =>
      cancelled(request, status as string, context),
    ),
  up: (request, context) =>
    forward('CancelReservation', { reservationId: request.reservationId }, ({ status }) =>
      cancelled(request, status as string, context),
    ),
};

function cancelled(request: Payload, status: string, context: Context): Outcome {
  if (status === 'Accepted') forgetReservation(request.reservationId as number, context);
  return answer({ status });
}

export const reservationStatusUpdate: Pair = {
  initiator: 'station',
  older: null,
  newer: 'ReservationStatusUpdate',
  note: 'Taken in; a 1.6 CSMS sees the connector become Available.',
  request: rows(
    row(null, 'reservationId', procedure('the table of reservations')),
    row(null, 'reservationUpdateStatus', lost('1.6 has no such message')),
    noCustomData,
  ),
  response: rows(noCustomData),
  down(request, context) {
    forgetReservation(request.reservationId as number, context);
    return answer({});
  },
};
