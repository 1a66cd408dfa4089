/** Reservations that a station has accepted, in 1.6 words. */
import type { Context } from '../context.ts';

const TABLE = 'reservation';
const LIMIT = 100;

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

export const forgetReservation = (id: number, context: Context): void => context.state.delete(TABLE, String(id));

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
