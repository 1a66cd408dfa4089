import { sameToken } from './authorization.ts';
import type { Trigger } from './causes.ts';
import type { Authorization, Evse } from './evse.ts';
import type { ReadingContext } from './meter.ts';
import type { ChargingProfile } from './profiles.ts';
import type { Reservation } from './reservations.ts';
import { cancel } from './schedule.ts';
import type { VirtualStation } from './station.ts';

/** Why an authorization cannot be used on an EVSE; the reason codes of 2.x part 2 appendix. */
export type Objection =
  | 'TxInProgress'
  | 'Unavailable'
  | 'Faulted'
  | 'Reserved'
  | 'UnknownEvse'
  | 'NoEvseFree'
  | 'CSNotAccepted';

/** How long somebody takes to plug in after a remote start, simulated ms. */
const PLUG_DELAY = 2000;

/** What can be asked of a station from afar: start, stop, unlock, reserve, take out of operation. */
export class Remote {
  readonly #station: VirtualStation;

  constructor(station: VirtualStation) {
    this.#station = station;
  }

  /** Why `authorization` cannot charge at `evse`; `undefined` when it can. */
  objection(evse: Evse, { token, groupIdToken }: Authorization): Objection | undefined {
    const { reservations } = this.#station;
    if (evse.fault !== undefined) return 'Faulted';
    if (!evse.operative || evse.scheduled === false || !this.#station.operative) return 'Unavailable';
    if (
      evse.authorization !== undefined ||
      evse.transaction?.stop !== undefined ||
      evse.transaction?.token !== undefined
    ) {
      return 'TxInProgress';
    }
    if (!this.#station.reserved(evse)) return undefined;
    return reservations.usable(evse.id, token.idToken, groupIdToken) === undefined ? 'Reserved' : undefined;
  }

  /** Gives the right to charge; it lapses when no vehicle comes in time (1.6 ConnectionTimeOut, 2.x EVConnectionTimeOut). */
  grant(evse: Evse, authorization: Authorization, trigger: Trigger): void {
    const station = this.#station;
    const at = station.clock.now();
    evse.authorization = authorization;
    const seconds = station.settings.integer('ConnectionTimeOut');
    if (evse.vehicle === undefined && seconds > 0) {
      evse.connectTimeout = station.clock.at(at + seconds * 1000, (due) => {
        if (evse.vehicle === undefined) station.transactions.stop(evse, 'Timeout', due);
      });
    }
    station.transactions.arrived(evse, trigger, at, authorization.token);
  }

  /**
   * RemoteStartTransaction, RequestStartTransaction.
   * @returns why not, or the EVSE on which it will start and what starts it (to be called once the answer is sent)
   */
  start(
    evseId: number | undefined,
    authorization: Authorization,
    profile: ChargingProfile | undefined,
  ): { readonly objection: Objection } | { readonly evse: Evse; readonly begin: () => void } {
    const station = this.#station;
    if (station.registration.state !== 'Accepted') return { objection: 'CSNotAccepted' };
    if (evseId !== undefined && station.evses[evseId - 1] === undefined) return { objection: 'UnknownEvse' };
    const candidates = evseId === undefined ? station.evses : [station.evse(evseId)];
    const objections = candidates.map((evse) => this.objection(evse, authorization));
    const willing = candidates.filter((_, index) => objections[index] === undefined);
    const evse = willing.find(({ vehicle }) => vehicle !== undefined) ?? willing[0];
    if (evse === undefined) return { objection: evseId === undefined ? 'NoEvseFree' : objections[0]! };
    return { evse, begin: () => void this.#begin(evse, authorization, profile) };
  }

  async #begin(evse: Evse, authorization: Authorization, profile: ChargingProfile | undefined): Promise<void> {
    const station = this.#station;
    if (station.settings.flag('AuthorizeRemoteTxRequests')) {
      const { status } = await station.authorize(authorization.token.idToken, authorization.token.type);
      if (status !== 'Accepted' || this.objection(evse, authorization) !== undefined) return;
    }
    if (profile !== undefined) this.#profileFor(evse, profile);
    this.grant(evse, authorization, 'RemoteStart');
    if (evse.vehicle === undefined && station.plugOnRemoteStart) {
      station.clock.at(station.clock.now() + PLUG_DELAY, (at) => {
        if (evse.vehicle === undefined && evse.authorization === authorization) station.plug(evse.id, undefined, at);
      });
    }
  }

  /** A profile that came with a remote start belongs to the transaction that begins with it. */
  #profileFor(evse: Evse, profile: ChargingProfile): void {
    const station = this.#station;
    const install = () => {
      const { transaction } = evse;
      if (transaction === undefined) return;
      station.off('transaction', install);
      station.profiles.install(evse.id, { ...profile, transactionId: transaction.id });
      station.transactions.limitsChanged(station.clock.now());
    };
    if (evse.transaction !== undefined) install();
    else station.on('transaction', install);
  }

  /** RemoteStopTransaction, RequestStopTransaction. False for a transaction that is not open here. */
  stop(nativeId: string | number): boolean {
    const found = this.#station.transactions.find(nativeId);
    if (found === undefined) return false;
    this.#station.clock.after(0, () => {
      if (found.evse.transaction === found.transaction) this.#station.stopCharging(found.evse.id, 'Remote');
    });
    return true;
  }

  /** ChangeAvailability; `evse` absent: the whole station. */
  changeAvailability(evse: Evse | undefined, operative: boolean): 'Accepted' | 'Scheduled' {
    const station = this.#station;
    if (evse === undefined) station.operative = operative;
    let status: 'Accepted' | 'Scheduled' = 'Accepted';
    for (const each of evse === undefined ? station.evses : [evse]) {
      if (!operative && each.transaction !== undefined) {
        each.scheduled = false;
        status = 'Scheduled';
        continue;
      }
      each.scheduled = undefined;
      each.operative = operative;
      if (!operative) {
        each.authorization = undefined;
        this.releaseReservation(each, 'Removed');
      }
    }
    return status;
  }

  /** ReserveNow; `evse` absent: any. */
  reserve(
    evse: Evse | undefined,
    reservation: Reservation,
  ): 'Accepted' | 'Faulted' | 'Occupied' | 'Rejected' | 'Unavailable' {
    const station = this.#station;
    const { reservations, clock } = station;
    const before = reservations.remove(reservation.id);
    const status = this.#reservable(evse, reservation);
    if (status === 'Accepted') {
      const wait = reservation.expiresAt - clock.wall();
      reservations.put(
        reservation,
        clock.after(wait, () => this.#endReservation(reservation.id, 'Expired')),
      );
    } else if (before !== undefined) {
      station.out.tell(station.dialect.reservationEnded(before.id, 'Removed'));
    }
    return status;
  }

  #reservable(evse: Evse | undefined, { expiresAt }: Reservation): ReturnType<Remote['reserve']> {
    const station = this.#station;
    if (expiresAt <= station.clock.wall()) return 'Rejected';
    if (!station.operative) return 'Unavailable';
    if (evse === undefined) {
      if (station.evses.every((each) => each.fault !== undefined)) return 'Faulted';
      if (station.evses.every((each) => !each.operative)) return 'Unavailable';
      return station.evses.some((each) => each.free && each.usable && !station.reserved(each))
        ? 'Accepted'
        : 'Occupied';
    }
    if (evse.fault !== undefined) return 'Faulted';
    if (!evse.operative) return 'Unavailable';
    return evse.free && !station.reserved(evse) ? 'Accepted' : 'Occupied';
  }

  /** CancelReservation. False when there is none. */
  cancelReservation(id: number): boolean {
    return this.#station.reservations.remove(id) !== undefined;
  }

  #endReservation(id: number, why: 'Expired' | 'Removed'): void {
    const station = this.#station;
    if (station.reservations.remove(id) === undefined) return;
    station.out.tell(station.dialect.reservationEnded(id, why));
    station.tellStatuses();
  }

  /** The EVSE cannot be held any longer. */
  releaseReservation(evse: Evse, why: 'Expired' | 'Removed'): void {
    const reservation = this.#station.reservations.of(evse.id);
    if (reservation !== undefined) this.#endReservation(reservation.id, why);
  }

  /** The cable is released; a vehicle that charged takes it along. */
  unlock(evse: Evse): void {
    const station = this.#station;
    if (evse.transaction !== undefined) station.stopCharging(evse.id, 'UnlockCommand');
    if (evse.vehicle === undefined) return;
    station.clock.at(station.clock.now() + PLUG_DELAY, (at) => {
      if (evse.vehicle !== undefined && evse.transaction === undefined) station.unplug(evse.id, at);
    });
  }

  transactionEnded(evse: Evse): void {
    const { scheduled } = evse;
    if (scheduled === undefined) return;
    evse.scheduled = undefined;
    evse.operative = scheduled;
  }

  /** Meter values on demand or by the clock: of the transaction, or of the EVSE where there is none. */
  reportMeter(evse: Evse, trigger: Trigger, context: ReadingContext, at: number): void {
    const station = this.#station;
    const { transaction } = evse;
    if (transaction !== undefined) {
      station.transactions.report(evse, transaction, trigger, context, 'MeterValuesAlignedData', at);
      return;
    }
    const values = station.transactions.values(evse, 'MeterValuesAlignedData', context, at, false);
    station.out.tell(station.dialect.meterValues(evse, values), context === 'Trigger' ? 'triggered' : 'any');
  }

  /** Whether `idToken` may stop a transaction: the token that began it, or one of its group (1.6 3.5, 2.x C09). */
  mayStop(evse: Evse, idToken: string, groupIdToken: string | undefined): boolean {
    const { transaction } = evse;
    if (transaction?.token === undefined) return false;
    if (sameToken(transaction.token.idToken, idToken)) return true;
    const group = transaction.groupIdToken;
    return group !== undefined && groupIdToken !== undefined && sameToken(group, groupIdToken);
  }

  /** Takes back what was granted and not begun. */
  revoke(evse: Evse): void {
    cancel(evse.connectTimeout);
    evse.authorization = undefined;
  }
}
