import { randomUUID } from 'node:crypto';
import type { IdToken } from './authorization.ts';
import { type StopCause, stopCauses, type Trigger } from './causes.ts';
import type { TransactionHappening } from './dialect.ts';
import type { Authorization, Evse, Transaction } from './evse.ts';
import { type MeterValue, type ReadingContext, sample } from './meter.ts';
import { type Demand, voltageOf } from './profiles.ts';
import { cancel } from './schedule.ts';
import type { VirtualStation } from './station.ts';

/** From authorization to the closing of the contactor, ms. */
const CONTACTOR_DELAY = 1000;
/** How often charging is looked at when nothing else is due, ms. */
const LONGEST_TICK = 30_000;

/** The life of transactions: what begins, changes and ends them, and what is told when. All moments are simulated time. */
export class Transactions {
  readonly #station: VirtualStation;

  constructor(station: VirtualStation) {
    this.#station = station;
  }

  /** Transactions that are open. */
  get open(): readonly { readonly evse: Evse; readonly transaction: Transaction }[] {
    return this.#station.evses.flatMap((evse) => (evse.transaction ? [{ evse, transaction: evse.transaction }] : []));
  }

  /** The open transaction that the CSMS calls `nativeId`. */
  find(nativeId: string | number): { readonly evse: Evse; readonly transaction: Transaction } | undefined {
    return this.open.find(({ transaction }) => transaction.record.nativeId === nativeId);
  }

  /** A vehicle or a token has come. */
  arrived(evse: Evse, trigger: Trigger, at: number, token?: IdToken): void {
    evse.finished = false;
    if (evse.points.has('PowerPathClosed')) cancel(evse.connectTimeout);
    this.#energiseLater(evse, at);
    this.#refresh(evse, trigger, at, token);
  }

  /** Ends the right to charge: the transaction ends with it where the stop point says so. */
  stop(evse: Evse, cause: StopCause, at: number, token?: IdToken): void {
    evse.cut(at);
    evse.authorization = undefined;
    cancel(evse.connectTimeout);
    if (evse.transaction !== undefined && evse.transaction.stop === undefined) evse.transaction.stop = { cause, token };
    this.#refresh(evse, stopCauses[cause].trigger, at, token);
  }

  /** The cable was pulled. */
  unplugged(evse: Evse, at: number): void {
    evse.cut(at);
    evse.vehicle = undefined;
    evse.finished = false;
    if (evse.transaction !== undefined && this.#station.settings.flag('StopTransactionOnEVSideDisconnect')) {
      this.stop(evse, 'EVDisconnected', at);
    } else {
      if (evse.transaction === undefined) evse.authorization = undefined;
      this.#refresh(evse, 'EVCommunicationLost', at);
    }
  }

  /** Ends a transaction whatever the stop points say (reset, fault). */
  end(evse: Evse, cause: StopCause, at: number, token?: IdToken): void {
    evse.cut(at);
    evse.authorization = undefined;
    const { transaction } = evse;
    if (transaction === undefined) return;
    transaction.stop ??= { cause, token };
    this.#end(evse, transaction, stopCauses[cause].trigger, at, token);
  }

  /** The charging profiles of the station have changed. */
  limitsChanged(at: number): void {
    for (const evse of this.#station.evses) if (evse.energisedAt !== undefined) this.#tick(evse, at);
  }

  /** The vehicle pauses or goes on. */
  pause(evse: Evse, paused: boolean, at: number): void {
    evse.advance(at);
    evse.paused = paused;
    this.#refresh(evse, 'ChargingStateChanged', at);
  }

  /** Tells the CSMS where a transaction stands, because it asks or because the clock says so. */
  report(
    evse: Evse,
    transaction: Transaction,
    trigger: Trigger,
    context: ReadingContext,
    names: string,
    at: number,
  ): void {
    this.#tell(evse, transaction, 'Updated', trigger, at, this.values(evse, names, context, at, false));
  }

  /** Samples of the measurands that the setting `names` lists; none when the list gives no sample. */
  values(evse: Evse, names: string, context: ReadingContext, at: number, periodic: boolean): MeterValue[] {
    const samples = sample(this.#station.settings.list(names), evse.metered(at, periodic));
    return samples.length === 0 ? [] : [{ at, context, samples }];
  }

  /** What is wanted from charging profiles for an EVSE, in wall time. */
  demand(evse: Evse): Demand {
    const { clock, evses } = this.#station;
    const { transaction, outlet } = evse;
    const sinceStart = transaction && (clock.now() - transaction.startedAt) / clock.speed;
    return {
      evseId: evse.id,
      transactionId: transaction?.id,
      startedAt: sinceStart === undefined ? undefined : clock.wall() - sinceStart,
      phases: outlet.phases,
      voltage: voltageOf(outlet.kind),
      sharing: evses.filter(({ energisedAt }) => energisedAt !== undefined).length,
    };
  }

  #energiseLater(evse: Evse, at: number): void {
    if (evse.energisedAt !== undefined || !evse.points.has('PowerPathClosed') || !evse.usable) return;
    cancel(evse.tick);
    evse.tick = this.#station.clock.at(at + CONTACTOR_DELAY, (due) => {
      if (!evse.points.has('PowerPathClosed') || !evse.usable) return;
      evse.advance(due);
      evse.energisedAt = due;
      this.#tick(evse, due);
    });
  }

  /** Looks at a charging EVSE: what flowed, what may flow, whether a sample is due, whether a limit is reached. */
  #tick(evse: Evse, at: number): void {
    cancel(evse.tick);
    evse.advance(at);
    const { clock, profiles, settings } = this.#station;
    let next = at + LONGEST_TICK;
    if (profiles.all.length > 0 || evse.limit !== Number.POSITIVE_INFINITY) {
      const demand = this.demand(evse);
      const wall = clock.wall();
      evse.limit = profiles.limitAt(wall, demand) ?? Number.POSITIVE_INFINITY;
      const change = profiles.nextChange(wall, wall + LONGEST_TICK / clock.speed, demand);
      if (change !== undefined) next = Math.min(next, at + (change - wall) * clock.speed);
    }
    this.#refresh(evse, 'ChargingStateChanged', at);
    const { transaction } = evse;
    if (transaction !== undefined) {
      if (transaction.nextSampleAt <= at) {
        this.#sampled(evse, transaction, at);
        transaction.nextSampleAt = following(transaction.startedAt, settings.integer('MeterValueSampleInterval'), at);
      }
      if (transaction.nextKeptAt <= at) {
        transaction.kept.push(...this.values(evse, 'StopTxnSampledData', 'Sample.Periodic', at, false));
        transaction.nextKeptAt = following(
          transaction.startedAt,
          settings.integer('SampledDataCtrlr.TxEndedInterval'),
          at,
        );
      }
      const reached = limitReached(evse, transaction, at);
      if (reached !== undefined) this.stop(evse, reached, at);
      next = Math.min(next, transaction.nextSampleAt, transaction.nextKeptAt);
    }
    if (evse.energisedAt !== undefined) evse.tick = clock.at(next, (due) => this.#tick(evse, due));
  }

  #sampled(evse: Evse, transaction: Transaction, at: number): void {
    const values = this.values(evse, 'MeterValuesSampledData', 'Sample.Periodic', at, true);
    if (values.length > 0) this.#tell(evse, transaction, 'Updated', 'MeterValuePeriodic', at, values);
  }

  /** Compares what is with what was told: begins, updates or ends the transaction, then tells the status. */
  #refresh(evse: Evse, trigger: Trigger, at: number, token?: IdToken): void {
    const station = this.#station;
    const { transaction, points } = evse;
    if (transaction === undefined) {
      const start = station.dialect.startPoints(station.settings);
      if (start.some((point) => points.has(point)) && evse.fault === undefined) this.#begin(evse, trigger, at, token);
    } else {
      this.#adopt(transaction, evse.authorization);
      const stop = station.dialect.stopPoints(station.settings);
      const left = stop.some((point) => transaction.reached.has(point) && !points.has(point));
      for (const point of points) transaction.reached.add(point);
      if (left) this.#end(evse, transaction, trigger, at, token);
      else if (token !== undefined || transaction.chargingState !== evse.chargingState) {
        this.#tell(evse, transaction, 'Updated', trigger, at, [], token);
      }
    }
    station.tellStatus(evse);
  }

  #adopt(transaction: Transaction, authorization: Authorization | undefined): void {
    if (authorization === undefined || transaction.token !== undefined) return;
    transaction.token = authorization.token;
    transaction.groupIdToken = authorization.groupIdToken;
    transaction.remoteStartId = authorization.remoteStartId;
    transaction.record.idToken = authorization.token.idToken;
    transaction.reservationId = this.#station.useReservation(transaction.evseId, authorization);
  }

  #begin(evse: Evse, trigger: Trigger, at: number, token: IdToken | undefined): void {
    const { ledger, settings, dialect } = this.#station;
    evse.advance(at);
    const id = randomUUID();
    const meterStart = Math.floor(evse.register);
    const sampleInterval = settings.integer('MeterValueSampleInterval');
    const keptInterval = settings.integer('SampledDataCtrlr.TxEndedInterval');
    const transaction: Transaction = {
      id,
      evseId: evse.id,
      startedAt: at,
      meterStart,
      record: {
        id,
        nativeId: undefined,
        evseId: evse.id,
        idToken: undefined,
        startedAt: at,
        meterStart,
        endedAt: undefined,
        meterStop: undefined,
        reason: undefined,
        messages: [],
      },
      token: undefined,
      groupIdToken: undefined,
      remoteStartId: undefined,
      reservationId: undefined,
      chargingState: evse.chargingState,
      nextSeqNo: 0,
      reached: new Set(evse.points),
      stop: undefined,
      kept: this.values(evse, 'StopTxnSampledData', 'Transaction.Begin', at, true),
      nextSampleAt: following(at, sampleInterval, at),
      nextKeptAt: following(at, keptInterval, at),
      chargingMs: 0,
      limits: {},
      suspended: false,
    };
    evse.transaction = transaction;
    ledger.add(transaction.record);
    this.#adopt(transaction, evse.authorization);
    const values = this.values(evse, dialect.startedMeasurands, 'Transaction.Begin', at, false);
    this.#tell(evse, transaction, 'Started', trigger, at, values, token ?? transaction.token);
    this.#station.emit('transaction', 'started', transaction.record);
  }

  #end(evse: Evse, transaction: Transaction, trigger: Trigger, at: number, token?: IdToken): void {
    evse.cut(at);
    cancel(evse.tick);
    const cause = transaction.stop?.cause ?? 'EVDisconnected';
    transaction.stop ??= { cause, token };
    transaction.record.endedAt = at;
    transaction.record.meterStop = Math.floor(evse.register);
    transaction.record.reason = cause;
    const last = this.values(evse, 'StopTxnSampledData', 'Transaction.End', at, true);
    this.#tell(evse, transaction, 'Ended', trigger, at, [...transaction.kept, ...last], token);
    evse.transaction = undefined;
    evse.authorization = undefined;
    evse.limit = Number.POSITIVE_INFINITY;
    evse.finished = evse.vehicle !== undefined;
    this.#station.ledger.ended++;
    this.#station.transactionEnded(evse, transaction);
    this.#station.emit('transaction', 'ended', transaction.record);
    this.#station.tellStatus(evse);
  }

  #tell(
    evse: Evse,
    transaction: Transaction,
    kind: TransactionHappening['kind'],
    trigger: Trigger,
    at: number,
    meterValues: readonly MeterValue[],
    token?: IdToken,
  ): void {
    const station = this.#station;
    const chargingState = evse.chargingState;
    const call = station.dialect.transaction(station, evse, transaction, {
      kind,
      trigger,
      at,
      chargingState,
      stateChanged: kind === 'Started' || chargingState !== transaction.chargingState,
      meterValues,
      offline: !station.online,
      seqNo: transaction.nextSeqNo,
      token,
    });
    transaction.chargingState = chargingState;
    if (call === undefined) return;
    transaction.nextSeqNo++;
    station.out.tellTransaction(transaction.record, call, (payload) => {
      const verdict = station.dialect.transactionVerdict(call.action, payload);
      if (verdict.nativeId !== undefined) transaction.record.nativeId = verdict.nativeId;
      if (verdict.limits !== undefined) transaction.limits = { ...transaction.limits, ...verdict.limits };
      if (verdict.info === undefined || token === undefined) return;
      station.remember(token, verdict.info);
      if (kind !== 'Ended' && verdict.info.status !== 'Accepted') this.#rejected(evse, transaction);
    });
  }

  /** The CSMS does not accept the token of a running transaction (1.6 StopTransactionOnInvalidId, 2.x C10, E05). */
  #rejected(evse: Evse, transaction: Transaction): void {
    if (evse.transaction !== transaction) return;
    const { settings, clock } = this.#station;
    this.#station.emit('refused', transaction.record.idToken ?? '');
    const most = settings.integer('MaxEnergyOnInvalidId');
    if (!settings.flag('StopTransactionOnInvalidId')) {
      evse.advance(clock.now());
      transaction.suspended = true;
      this.#refresh(evse, 'ChargingStateChanged', clock.now());
    } else if (most > 0) {
      transaction.limits = { ...transaction.limits, maxEnergy: most };
    } else {
      this.stop(evse, 'DeAuthorized', clock.now());
    }
  }
}

/** The first multiple of `interval` seconds after `start` that is later than `at`; never, for an interval of 0. */
function following(start: number, interval: number, at: number): number {
  if (interval <= 0) return Number.POSITIVE_INFINITY;
  return start + (Math.floor((at - start) / (interval * 1000)) + 1) * interval * 1000;
}

function limitReached(evse: Evse, { limits, meterStart, startedAt }: Transaction, at: number): StopCause | undefined {
  const { maxEnergy, maxTime, maxSoC } = limits;
  if (maxEnergy !== undefined && evse.register - meterStart >= maxEnergy) return 'EnergyLimitReached';
  if (maxTime !== undefined && at - startedAt >= maxTime * 1000) return 'TimeLimitReached';
  if (maxSoC !== undefined && (evse.vehicle?.soc ?? 0) >= maxSoC) return 'SOCLimitReached';
  return undefined;
}
