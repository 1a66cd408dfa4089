/** E. Transactions: one row per transaction, from TransactionEvents in whatever order they come. */
import type { Decision, DecisionContext } from '../../gateway/decision.ts';
import type { EventDraft, JsonObject, TransactionRow } from '../../gateway/ports.ts';
import type { Payload } from '../../ocpp/index.ts';
import { idTokenInfoOf } from '../authorization/authorize.ts';
import { type Energy, energyOf, takeIn } from '../metering/energy.ts';
import { meterValueRows } from '../metering/meter-values.ts';

export function transactionEvent(request: Payload, context: DecisionContext): Decision {
  const found = context.transaction((request['transactionInfo'] as Payload)['transactionId'] as string);
  const before = found !== undefined && !isReused(request, found) ? found : undefined;
  const row = advanced(before ?? begun(request, context), request, context);
  const idToken = request['idToken'] as Payload | undefined;
  const values = (request['meterValue'] as Payload[] | undefined) ?? [];
  return {
    response: idToken === undefined ? {} : { idTokenInfo: idTokenInfoOf(idToken, context, row.id) },
    transactions: [row],
    meterValues: meterValueRows(row.stationId, row.id, row.evseId, values),
    events: [told(request, before, row)],
  };
}

/** E-48: a station that counts its transactions anew after a reboot begins another one under an old id. */
function isReused(request: Payload, known: TransactionRow): boolean {
  return request['eventType'] === 'Started' && known.endedAt !== null && Date.parse(request['timestamp'] as string) > known.endedAt;
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
    startedAt: Date.parse(request['timestamp'] as string),
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
function advanced(row: TransactionRow, request: Payload, { now }: DecisionContext): TransactionRow {
  const info = request['transactionInfo'] as Payload;
  const evse = request['evse'] as { id: number; connectorId?: number } | undefined;
  const idToken = request['idToken'] as { idToken: string; type: string } | undefined;
  const timestamp = Date.parse(request['timestamp'] as string);
  const ended = request['eventType'] === 'Ended';
  const started = request['eventType'] === 'Started';
  const energy = takeIn(energyBefore(row), (request['meterValue'] as Payload[] | undefined) ?? []);
  return {
    ...row,
    evseId: row.evseId ?? evse?.id ?? null,
    connectorId: row.connectorId ?? evse?.connectorId ?? null,
    idToken: row.idToken ?? idToken?.idToken ?? null,
    idTokenType: row.idTokenType ?? idToken?.type ?? null,
    startedAt: started ? timestamp : Math.min(row.startedAt, timestamp),
    endedAt: ended ? timestamp : row.endedAt,
    stoppedReason: ended ? ((info['stoppedReason'] as string | undefined) ?? 'Local') : row.stoppedReason,
    meterStart: energy.meterStart,
    meterStop: ended ? energy.meterLast : row.meterStop,
    energyWh: energyOf(energy),
    chargingState: (info['chargingState'] as string | undefined) ?? row.chargingState,
    remoteStartId: (info['remoteStartId'] as number | undefined) ?? row.remoteStartId,
    reservationId: (request['reservationId'] as number | undefined) ?? row.reservationId,
    seqNo: Math.max(row.seqNo, request['seqNo'] as number),
    metering: { last: energy.meterLast, intervals: energy.intervals },
    updatedAt: now,
  };
}

function energyBefore(row: TransactionRow): Energy {
  const kept = row.metering as { last: number | null; intervals: number | null } | null;
  return { meterStart: row.meterStart, meterLast: kept?.last ?? null, intervals: kept?.intervals ?? null };
}

const whats = { Started: 'started', Updated: 'updated', Ended: 'ended' } as const;

function told(request: Payload, before: TransactionRow | undefined, row: TransactionRow): EventDraft {
  const eventType = request['eventType'] as keyof typeof whats;
  const data: Record<string, JsonObject[string]> = {
    transactionId: row.id,
    nativeId: row.nativeId,
    evseId: row.evseId,
    connectorId: row.connectorId,
    idToken: row.idToken,
    timestamp: request['timestamp'] as string,
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
