/** Reservations that a station has accepted, in 1.6 words; and their end, which a 1.6 station does not tell. */
import type { Context } from '../context.ts';
import { answer, forward, type Message, type Outcome } from '../outcome.ts';
import { type Tasks, task } from '../tasks.ts';
import { lastStatus } from './connector-state.ts';

const TABLE = 'reservation';
const LIMIT = 100;
/** A station whose clock is behind may hold a reservation for longer; it is looked at again so often, in ms. */
const AGAIN = 60_000;
const LOOKS = 10;

export interface Reservation {
  /** 1.6 connector; 0: any. */
  readonly connectorId: number;
  readonly idTag: string;
  readonly parentIdTag: string | undefined;
  /** ms since 1970. */
  readonly expires: number;
}

/** The same id again replaces the reservation, in every version. */
export const rememberReservation = (id: number, reservation: Reservation, context: Context): void =>
  context.state.set(TABLE, String(id), reservation, LIMIT);

/** A reservation of a 1.6 station, whose end is told for it. */
export function watchReservation(id: number, reservation: Reservation, context: Context): void {
  rememberReservation(id, reservation, context);
  if (Number.isNaN(reservation.expires)) return;
  context.later('expire reservation', String(id), { id, looks: 0 } satisfies Expiry, reservation.expires);
}

/** It was used, cancelled, or is over. */
export function forgetReservation(id: number, context: Context): void {
  context.state.delete(TABLE, String(id));
  context.cancel('expire reservation', String(id));
}

/** The reservation of a connector that is in force. */
export function reservationOn(connectorId: number, context: Context): Reservation | undefined {
  for (const [, reservation] of context.state.rows<Reservation>(TABLE)) {
    if (reservation.connectorId === connectorId && reservation.expires > context.now()) return reservation;
  }
  return undefined;
}

/** The reservations of an idTag, by their ids. */
export const reservationsOf = (idTag: string, context: Context): readonly (readonly [id: string, Reservation])[] =>
  [...context.state.rows<Reservation>(TABLE)].filter(([, one]) => one.idTag.toLowerCase() === idTag.toLowerCase());

/** A connector that nobody can use is no longer reserved for anybody (2.0.1 H04). @param status of the connector, in 1.6 words */
export function endReservation(connectorId: number, status: string, context: Context): void {
  if (status !== 'Faulted' && status !== 'Unavailable') return;
  for (const [id, reservation] of [...context.state.rows<Reservation>(TABLE)]) {
    if (reservation.connectorId !== connectorId || reservation.expires <= context.now()) continue;
    forgetReservation(Number(id), context);
    context.emit('csms', update(Number(id), 'Removed'));
  }
}

const update = (reservationId: number, reservationUpdateStatus: 'Expired' | 'Removed'): Message => ({
  action: 'ReservationStatusUpdate',
  payload: { reservationId, reservationUpdateStatus },
});

interface Expiry {
  readonly id: number;
  /** How often it was looked at and the connector was reserved still. */
  readonly looks: number;
}

function expire({ id, looks }: Expiry, context: Context): Outcome {
  const reservation = context.state.get<Reservation>(TABLE, String(id));
  if (reservation === undefined) return answer({});
  const again = (count: number): Outcome => {
    context.later('expire reservation', String(id), { id, looks: count } satisfies Expiry, context.now() + AGAIN);
    return answer({});
  };
  if (lastStatus(reservation.connectorId, context) === 'Reserved' && looks < LOOKS) return again(looks + 1);
  const { action, payload } = update(id, 'Expired');
  return forward(
    action,
    payload,
    () => {
      forgetReservation(id, context);
      return answer({});
    },
    (failure) => {
      if (failure.uncertain === true) return again(looks);
      forgetReservation(id, context);
      return answer({});
    },
  );
}

export const reservationTasks: Tasks = { 'expire reservation': task('csms', expire) };
