import type { Decision, DecisionContext } from '../../gateway/decision.ts';
import type { ConnectorRow, EventDraft, JsonObject } from '../../gateway/ports.ts';
import type { Payload } from '../../ocpp/index.ts';
import { clockUnset, isClockUnset } from '../clock.ts';
import { connectorStatus } from './status-notification.ts';

const statuses: ReadonlyMap<string, string> = new Map(
  ['Available', 'Occupied', 'Reserved', 'Unavailable', 'Faulted'].map((status) => [status.toLowerCase(), status]),
);
const withStatus: ReadonlySet<string> = new Set(['chargingstation', 'evse', 'connector']);

/** N07: events of the station. AvailabilityState is a connector's status, which 2.1 stations tell this way (G01). */
export function notifyEvent(request: Payload, context: DecisionContext): Decision {
  const connectors: ConnectorRow[] = [];
  const events: EventDraft[] = [];
  for (const data of request['eventData'] as Payload[]) {
    const component = data['component'] as { name: string; evse?: { id: number; connectorId?: number } };
    const variable = data['variable'] as { name: string };
    const isStatus =
      variable.name.toLowerCase() === 'availabilitystate' && withStatus.has(component.name.toLowerCase());
    const status = isStatus ? statuses.get((data['actualValue'] as string).toLowerCase()) : undefined;
    if (status !== undefined) {
      const { connector, event } = connectorStatus(
        component.evse?.id ?? 0,
        component.evse?.connectorId ?? 0,
        status,
        data['timestamp'] as string,
        context,
      );
      connectors.push(...connector);
      events.push(...event);
    } else events.push({ type: 'evsebridge.station.event', data: data as JsonObject });
  }
  const isUnset = (request['eventData'] as Payload[]).some((data) => isClockUnset(Date.parse(data['timestamp'])));
  return { response: {}, connectors, events, ...(isUnset ? { deviations: clockUnset } : {}) };
}
