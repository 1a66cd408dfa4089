/** E. Transactions: one row per transaction, from TransactionEvents in whatever order they come. */
import type { Decision, DecisionContext } from '../../gateway/decision.ts';
import type { EventDraft, JsonObject, TransactionRow } from '../../gateway/ports.ts';
import type { Payload } from '../../ocpp/index.ts';
import { idTokenInfoOf } from '../authorization/authorize.ts';
import { clockUnset, happenedAt, instantOf, isClockUnset } from '../clock.ts';
import { int32 } from '../integer.ts';
import { energyOf, energyOfRow, storedEnergy, takeIn } from '../metering/energy.ts';
import { meterValueRows, readAt } from '../metering/meter-values.ts';

export function transactionEvent(request: Payload, context: DecisionContext): Decision {
  const values = (request['meterValue'] as Payload[] | undefined) ?? [];
  const times = readAt(values, context.now);
  const found = context.transaction((request['transactionInfo'] as Payload)['transactionId'] as string);
  const before = found !== undefined && !isReused(request, found, context.now) ? found : undefined;
  const row = advanced(before ?? begun(request, context), request, context, times);
  const idToken = request['idToken'] as Payload | undefined;
  const isUnset = isClockUnset(instantOf(request['timestamp'] as string));
  const decision = {
    response: idToken === undefined ? {} : { idTokenInfo: idTokenInfoOf(idToken, context, row.id) },
    transactions: [row],
    meterValues: meterValueRows(row.stationId, row.id, row.evseId, values, times),
    events: [
      told(request, before, row, isUnset ? new Date(context.now).toISOString() : (request['timestamp'] as string)),
    ],
  };
  return isUnset ? { ...decision, deviations: clockUnset } : decision;
}

/** a station that counts its transactions anew after a reboot begins another one under an old id. */
function isReused(request: Payload, known: TransactionRow, now: number): boolean {
  if (request['eventType'] !== 'Started' || known.endedAt === null) return false;
  return happenedAt(request['timestamp'] as string, now) > known.endedAt;
}

/** A new transaction. Its Started event may have been lost: then it begins with what came first. */
function begun(request: Payload, context: DecisionContext): TransactionRow {
  const headId = (request['transactionInfo'] as Payload)['transactionId'] as string;
  const native = context.nativeTransactionId(headId);
  return {
    // A HEAD id that translation made up is a UUID already, and ours.
    id: native === undefined ? context.newId() : headId,
    stationId: context.station.id,
    headId,
    nativeId: native ?? headId,
    evseId: null,
    connectorId: null,
    idToken: null,
    idTokenType: null,
    startedAt: happenedAt(request['timestamp'] as string, context.now),
    endedAt: null,
    stoppedReason: null,
    meterStart: null,
    meterStop: null,
    energyWh: null,
    chargingState: null,
    remoteStartId: null,
    reservationId: null,
    seqNo: -1,
    metering: null,
    updatedAt: 0,
  };
}

/** The transaction as it is after an event. */
function advanced(
  row: TransactionRow,
  request: Payload,
  { now }: DecisionContext,
  times: readonly number[],
): TransactionRow {
  const info = request['transactionInfo'] as Payload;
  const evse = request['evse'] as { id: number; connectorId?: number } | undefined;
  const idToken = request['idToken'] as { idToken: string; type: string } | undefined;
  const ended = request['eventType'] === 'Ended';
  const seqNo = int32(request['seqNo']) ?? row.seqNo;
  const kept = (row.metering ?? {}) as { unsetStart?: number };
  const values = (request['meterValue'] as Payload[] | undefined) ?? [];
  const energy = takeIn(energyOfRow(row.meterStart, row.metering), values, times);
  const { startedAt, endedAt } = period(row, request, now, kept.unsetStart);
  const unset = unsetStart(row, request, kept.unsetStart);
  const metering = storedEnergy(energy);
  return {
    ...row,
    startedAt,
    endedAt,
    evseId: row.evseId ?? int32(evse?.id),
    connectorId: row.connectorId ?? int32(evse?.connectorId),
    idToken: row.idToken ?? idToken?.idToken ?? null,
    idTokenType: row.idTokenType ?? idToken?.type ?? null,
    stoppedReason: ended ? ((info['stoppedReason'] as string | undefined) ?? 'Local') : row.stoppedReason,
    meterStart: energy.meterStart,
    meterStop: ended || row.endedAt !== null ? energy.meterLast : row.meterStop,
    energyWh: energyOf(energy),
    // An event that comes late tells of a state that is over.
    chargingState:
      (seqNo >= row.seqNo ? (info['chargingState'] as string | undefined) : undefined) ?? row.chargingState,
    remoteStartId: int32(info['remoteStartId']) ?? row.remoteStartId,
    reservationId: int32(request['reservationId']) ?? row.reservationId,
    seqNo: Math.max(row.seqNo, seqNo),
    metering: unset === undefined ? metering : { ...metering, unsetStart: unset },
    updatedAt: now,
  };
}

/** From when to when the transaction lasts. */
function period(
  row: TransactionRow,
  request: Payload,
  now: number,
  unset: number | undefined,
): Pick<TransactionRow, 'startedAt' | 'endedAt'> {
  const timestamp = request['timestamp'] as string;
  const told = instantOf(timestamp);
  const at = happenedAt(timestamp, now);
  const { startedAt, endedAt } = row;
  if (request['eventType'] === 'Started') return { startedAt: at, endedAt };
  if (request['eventType'] !== 'Ended') return { startedAt: Math.min(startedAt, at), endedAt };
  // Both ends by a clock that was never set: how long it took is known all the same.
  const lasted = isClockUnset(told) && unset !== undefined ? Math.max(0, told - unset) : undefined;
  return { startedAt: lasted === undefined ? Math.min(startedAt, at) : at - lasted, endedAt: at };
}

/** What a clock that was never set said when the transaction began. */
function unsetStart(row: TransactionRow, request: Payload, known: number | undefined): number | undefined {
  if (known !== undefined) return known;
  const told = instantOf(request['timestamp'] as string);
  return row.seqNo < 0 && isClockUnset(told) ? told : undefined;
}

const whats = { Started: 'started', Updated: 'updated', Ended: 'ended' } as const;

function told(
  request: Payload,
  before: TransactionRow | undefined,
  row: TransactionRow,
  timestamp: string,
): EventDraft {
  const eventType = request['eventType'] as keyof typeof whats;
  const data: Record<string, JsonObject[string]> = {
    transactionId: row.id,
    nativeId: row.nativeId,
    evseId: row.evseId,
    connectorId: row.connectorId,
    idToken: row.idToken,
    timestamp,
    triggerReason: request['triggerReason'] as string,
    chargingState: row.chargingState,
    energyWh: row.energyWh,
  };
  if (request['offline'] === true) data['offline'] = true;
  if (eventType === 'Started') data['meterStart'] = row.meterStart;
  if (eventType === 'Ended') {
    data['meterStart'] = row.meterStart;
    data['meterStop'] = row.meterStop;
    data['stoppedReason'] = row.stoppedReason;
    // The end that was assumed has turned out differently.
    if (before !== undefined && before.endedAt !== null) data['corrected'] = true;
  }
  if (eventType !== 'Started' && before === undefined) data['incomplete'] = true;
  return { type: `evsebridge.transaction.${whats[eventType]}`, data };
}
