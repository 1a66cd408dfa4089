import { sameToken } from './authorization.ts';
import { cancel, type Task } from './schedule.ts';

/** A promise that an EVSE stays free for somebody. */
export interface Reservation {
  readonly id: number;
  /** `undefined`: any EVSE of the station. */
  readonly evseId: number | undefined;
  readonly idToken: string;
  readonly groupIdToken: string | undefined;
  /** Wall time, ms. */
  readonly expiresAt: number;
}

/** The reservations of one station. */
export class Reservations {
  readonly #held = new Map<number, { readonly reservation: Reservation; readonly expiry: Task }>();

  /** @param expiry the task that ends it; cancelled when the reservation ends otherwise. The same id replaces (1.6 5.13). */
  put(reservation: Reservation, expiry: Task): void {
    this.remove(reservation.id);
    this.#held.set(reservation.id, { reservation, expiry });
  }

  remove(id: number): Reservation | undefined {
    const held = this.#held.get(id);
    if (held === undefined) return undefined;
    cancel(held.expiry);
    this.#held.delete(id);
    return held.reservation;
  }

  clear(): void {
    for (const id of [...this.#held.keys()]) this.remove(id);
  }

  of(evseId: number): Reservation | undefined {
    for (const { reservation } of this.#held.values()) if (reservation.evseId === evseId) return reservation;
    return undefined;
  }

  /** Reservations of any EVSE. */
  get unspecific(): readonly Reservation[] {
    return [...this.#held.values()].map((held) => held.reservation).filter(({ evseId }) => evseId === undefined);
  }

  get empty(): boolean {
    return this.#held.size === 0;
  }

  /** The reservation that a token may use on an EVSE. */
  usable(evseId: number, idToken: string, groupIdToken: string | undefined): Reservation | undefined {
    for (const { reservation } of this.#held.values()) {
      if (reservation.evseId !== undefined && reservation.evseId !== evseId) continue;
      if (sameToken(reservation.idToken, idToken)) return reservation;
      const { groupIdToken: group } = reservation;
      if (group !== undefined && groupIdToken !== undefined && sameToken(group, groupIdToken)) return reservation;
    }
    return undefined;
  }
}
