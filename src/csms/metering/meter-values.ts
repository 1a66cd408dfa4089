import type { Decision, DecisionContext } from '../../gateway/decision.ts';
import type { MeterValueRow } from '../../gateway/ports.ts';
import type { Payload } from '../../ocpp/index.ts';
import { clockUnset, happenedAtEach, instantOf, isClockUnset } from '../clock.ts';
import { int32 } from '../integer.ts';

/** J01: meter values outside a transaction. */
export function meterValues(request: Payload, { station, now }: DecisionContext): Decision {
  const values = request['meterValue'] as Payload[];
  const rows = meterValueRows(station.id, null, int32(request['evseId']), values, readAt(values, now));
  const isUnset = values.some((value) => isClockUnset(instantOf(value['timestamp'] as string)));
  return { response: {}, meterValues: rows, ...(isUnset ? { deviations: clockUnset } : {}) };
}

/** When each meter value was read. */
export const readAt = (values: readonly Payload[], now: number): readonly number[] =>
  happenedAtEach(
    values.map((value) => value['timestamp'] as string),
    now,
  );

/**
 * Rows for meter values, their samples kept to the letter.
 * @param times when each was read: {@link readAt}
 */
export function meterValueRows(
  stationId: string,
  transactionId: string | null,
  evseId: number | null,
  values: readonly Payload[],
  times: readonly number[],
): readonly MeterValueRow[] {
  return values.map((value, index) => ({
    stationId,
    transactionId,
    evseId,
    at: times[index] as number,
    sampledValue: JSON.stringify(value['sampledValue']),
  }));
}
