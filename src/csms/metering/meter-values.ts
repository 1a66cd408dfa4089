import type { Decision, DecisionContext } from '../../gateway/decision.ts';
import type { MeterValueRow } from '../../gateway/ports.ts';
import type { Payload } from '../../ocpp/index.ts';

/** J01: meter values outside a transaction. */
export function meterValues(request: Payload, { station }: DecisionContext): Decision {
  return { response: {}, meterValues: meterValueRows(station.id, null, request['evseId'] as number, request['meterValue'] as Payload[]) };
}

/** Rows for meter values, their samples kept to the letter. */
export function meterValueRows(
  stationId: string,
  transactionId: string | null,
  evseId: number | null,
  values: readonly Payload[],
): readonly MeterValueRow[] {
  return values.map((value) => ({
    stationId,
    transactionId,
    evseId,
    at: Date.parse(value['timestamp'] as string),
    sampledValue: JSON.stringify(value['sampledValue']),
  }));
}
