import type { Decision, DecisionContext } from '../../gateway/decision.ts';
import type { ConnectorRow, EventDraft } from '../../gateway/ports.ts';
import type { Payload } from '../../ocpp/index.ts';
import { clockUnset, happenedAt, isClockUnset } from '../clock.ts';
import { int32 } from '../integer.ts';

/** G01: a connector's status. Station (0, 0) is status of the whole station. */
export function statusNotification(request: Payload, context: DecisionContext): Decision {
  const { connector, event } = connectorStatus(
    request['evseId'] as number,
    request['connectorId'] as number,
    request['connectorStatus'] as string,
    request['timestamp'] as string,
    context,
  );
  const decision = { response: {}, connectors: connector, events: event };
  return isClockUnset(Date.parse(request['timestamp'] as string)) ? { ...decision, deviations: clockUnset } : decision;
}

/**
 * What a status that a station tells of a connector changes. A status older than the one known changes nothing; one that comes from
 * the future would be newer than all that follow: it counts from now.
 */
export function connectorStatus(
  evseId: number,
  connectorId: number,
  status: string,
  timestamp: string,
  context: DecisionContext,
): { connector: readonly ConnectorRow[]; event: readonly EventDraft[] } {
  if (int32(evseId) === null || int32(connectorId) === null) return { connector: [], event: [] };
  const at = Math.min(happenedAt(timestamp, context.now), context.now);
  const before = context.connector(evseId, connectorId);
  if (before !== undefined && (before.at > at || (before.status === status && before.at === at)))
    return { connector: [], event: [] };
  const connector = { stationId: context.station.id, evseId, connectorId, status, at };
  if (before?.status === status) return { connector: [connector], event: [] };
  const data = {
    evseId,
    connectorId,
    status,
    previousStatus: before?.status ?? null,
    timestamp: isClockUnset(Date.parse(timestamp)) ? new Date(at).toISOString() : timestamp,
  };
  return { connector: [connector], event: [{ type: 'evsebridge.connector.status', data }] };
}
