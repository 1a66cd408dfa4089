import type { Decision, DecisionContext } from '../../gateway/decision.ts';
import type { ConnectorRow, EventDraft } from '../../gateway/ports.ts';
import type { Payload } from '../../ocpp/index.ts';

/** G01: a connector's status. Station (0, 0) is status of the whole station (E-40). */
export function statusNotification(request: Payload, context: DecisionContext): Decision {
  const { connector, event } = connectorStatus(
    request['evseId'] as number,
    request['connectorId'] as number,
    request['connectorStatus'] as string,
    request['timestamp'] as string,
    context,
  );
  return { response: {}, connectors: connector, events: event };
}

/** What a status that a station tells of a connector changes. A status older than the one known changes nothing. */
export function connectorStatus(
  evseId: number,
  connectorId: number,
  status: string,
  timestamp: string,
  context: DecisionContext,
): { connector: readonly ConnectorRow[]; event: readonly EventDraft[] } {
  const at = Date.parse(timestamp);
  const before = context.connector(evseId, connectorId);
  if (before !== undefined && (before.at > at || (before.status === status && before.at === at))) return { connector: [], event: [] };
  const connector = { stationId: context.station.id, evseId, connectorId, status, at };
  if (before?.status === status) return { connector: [connector], event: [] };
  const data = { evseId, connectorId, status, previousStatus: before?.status ?? null, timestamp };
  return { connector: [connector], event: [{ type: 'evsebridge.connector.status', data }] };
}
