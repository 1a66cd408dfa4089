import type { IdToken } from './authorization.ts';
import type { Fault, StopCause } from './causes.ts';
import type { LedgerTransaction } from './ledger.ts';
import type { Metered, MeterValue } from './meter.ts';
import { charge, leastPower, type Outlet, powerAt, type Reading, readMeter, type Vehicle } from './power.ts';
import type { Task } from './schedule.ts';

/** 2.x ChargingStateEnumType; 1.6 says the same with its connector status. */
export type ChargingState = 'EVConnected' | 'Charging' | 'SuspendedEV' | 'SuspendedEVSE' | 'Idle';

/** What may begin or end a transaction (2.x TxStartPoint, TxStopPoint). */
export type TxPoint = 'EVConnected' | 'Authorized' | 'PowerPathClosed' | 'EnergyTransfer';

/** Connector status as 1.6 spells it, the finest there is. */
export type ConnectorStatus =
  | 'Available'
  | 'Preparing'
  | 'Charging'
  | 'SuspendedEVSE'
  | 'SuspendedEV'
  | 'Finishing'
  | 'Reserved'
  | 'Unavailable'
  | 'Faulted';

/** The right to take energy. */
export interface Authorization {
  readonly token: IdToken;
  readonly groupIdToken: string | undefined;
  /** Set when the CSMS asked for it (2.x). */
  readonly remoteStartId: number | undefined;
  readonly remote: boolean;
}

/** What a 2.1 CSMS allows a transaction (transactionLimit). */
export interface TransactionLimits {
  /** Wh. */
  readonly maxEnergy?: number | undefined;
  /** Seconds. */
  readonly maxTime?: number | undefined;
  /** Percent. */
  readonly maxSoC?: number | undefined;
}

export interface Transaction {
  /** A UUID; the transaction id of 2.x. */
  readonly id: string;
  readonly evseId: number;
  readonly startedAt: number;
  /** Wh. */
  readonly meterStart: number;
  readonly record: LedgerTransaction;
  /** The first token that was accepted for it. */
  token: IdToken | undefined;
  groupIdToken: string | undefined;
  remoteStartId: number | undefined;
  reservationId: number | undefined;
  /** The last state told. */
  chargingState: ChargingState;
  nextSeqNo: number;
  /** Which points were reached: it ends when one of the stop points is left again. */
  readonly reached: Set<TxPoint>;
  /** Why and by which token it was stopped, once it was. */
  stop: { readonly cause: StopCause; readonly token: IdToken | undefined } | undefined;
  /** Samples for its last message. */
  readonly kept: MeterValue[];
  nextSampleAt: number;
  nextKeptAt: number;
  chargingMs: number;
  limits: TransactionLimits;
  /** The CSMS did not accept its token, and the settings say not to stop for that: nothing more is delivered. */
  suspended: boolean;
}

/** One EVSE with one connector: what is plugged, allowed, broken and flowing. It says nothing to anybody. */
export class Evse {
  readonly id: number;
  readonly connectorId = 1;
  readonly outlet: Outlet;
  operative = true;
  /** What it becomes when its transaction ends (ChangeAvailability answered Scheduled). */
  scheduled: boolean | undefined;
  fault: Fault | undefined;
  vehicle: Vehicle | undefined;
  /** The vehicle itself asks for nothing at the moment. */
  paused = false;
  authorization: Authorization | undefined;
  transaction: Transaction | undefined;
  /** A transaction has ended and its vehicle is still here. */
  finished = false;
  /** Import register, Wh. */
  register: number;
  /** W that charging profiles allow. */
  limit = Number.POSITIVE_INFINITY;
  /** Since when the contactor is closed. */
  energisedAt: number | undefined;
  /** The next thing that happens by itself. */
  tick: Task | undefined;
  /** Until when an authorization waits for a vehicle. */
  connectTimeout: Task | undefined;
  /** The status last told to the CSMS. */
  told: string | undefined;
  #meteredAt: number | undefined;
  #intervalFrom: number;

  constructor(id: number, outlet: Outlet, register: number) {
    this.id = id;
    this.outlet = outlet;
    this.register = register;
    this.#intervalFrom = register;
  }

  /** Nobody is here and nobody is expected. */
  get free(): boolean {
    return this.vehicle === undefined && this.transaction === undefined && this.authorization === undefined;
  }

  get usable(): boolean {
    return this.operative && this.fault === undefined;
  }

  get chargingState(): ChargingState {
    if (this.vehicle === undefined) return 'Idle';
    if (this.authorization === undefined || this.energisedAt === undefined) return 'EVConnected';
    if (this.transaction?.suspended || this.limit < leastPower(this.vehicle, this.outlet)) return 'SuspendedEVSE';
    return this.paused || this.vehicle.soc >= 100 ? 'SuspendedEV' : 'Charging';
  }

  /** The transaction points that hold now. */
  get points(): ReadonlySet<TxPoint> {
    const points = new Set<TxPoint>();
    if (this.vehicle !== undefined) points.add('EVConnected');
    if (this.authorization !== undefined) points.add('Authorized');
    if (points.size === 2) points.add('PowerPathClosed');
    if (this.chargingState === 'Charging') points.add('EnergyTransfer');
    return points;
  }

  /** @param reserved whether a reservation holds this EVSE */
  status(reserved: boolean): ConnectorStatus {
    if (this.fault !== undefined) return 'Faulted';
    if (this.transaction !== undefined) {
      const state = this.chargingState;
      if (state === 'EVConnected') return this.transaction.stop === undefined ? 'Preparing' : 'Finishing';
      return state === 'Idle' ? 'SuspendedEV' : state;
    }
    if (this.vehicle !== undefined) return this.finished ? 'Finishing' : 'Preparing';
    if (!this.operative) return 'Unavailable';
    if (this.authorization !== undefined) return 'Preparing';
    return reserved ? 'Reserved' : 'Available';
  }

  /** W flowing at `at`. */
  powerAt(at: number): number {
    const { vehicle, energisedAt } = this;
    if (vehicle === undefined || energisedAt === undefined || this.chargingState !== 'Charging') return 0;
    return powerAt(vehicle, this.outlet, Math.max(0, at - energisedAt) / 1000, this.limit);
  }

  /** Lets the energy flow until `at`, in steps on a fixed grid so that the outcome does not depend on who looks when. */
  advance(at: number): void {
    const origin = this.energisedAt;
    if (origin === undefined || this.vehicle === undefined) {
      this.#meteredAt = at;
      return;
    }
    let from = Math.max(this.#meteredAt ?? origin, origin);
    while (from < at) {
      const gridEnd = origin + (Math.floor((from - origin) / STEP) + 1) * STEP;
      const to = Math.min(at, gridEnd);
      if (this.chargingState === 'Charging') {
        const wattHours = (this.powerAt((from + to) / 2) * (to - from)) / 3_600_000;
        this.register += wattHours;
        charge(this.vehicle, this.outlet, wattHours);
        if (this.transaction !== undefined) this.transaction.chargingMs += to - from;
      }
      from = to;
    }
    this.#meteredAt = at;
  }

  /** Opens the contactor. */
  cut(at: number): void {
    this.advance(at);
    this.energisedAt = undefined;
  }

  reading(at: number): Reading {
    return readMeter(this.outlet, this.vehicle, this.powerAt(at), (at % 1_000_000_000) / 1000);
  }

  /** What the meter can be asked at `at`. @param periodic begins a new interval for the interval measurands */
  metered(at: number, periodic: boolean): Metered {
    this.advance(at);
    const interval = this.register - this.#intervalFrom;
    if (periodic) this.#intervalFrom = this.register;
    return {
      reading: this.reading(at),
      outlet: this.outlet,
      register: this.register,
      interval,
      offered: this.authorization === undefined ? 0 : Math.min(this.limit, this.outlet.maxPower),
    };
  }
}

const STEP = 5000;
