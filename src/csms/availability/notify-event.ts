import type { Decision, DecisionContext } from '../../gateway/decision.ts';
import type { ConnectorRow, EventDraft, JsonObject } from '../../gateway/ports.ts';
import type { Payload } from '../../ocpp/index.ts';
import { connectorStatus } from './status-notification.ts';

/** N07: events of the station. AvailabilityState is a connector's status, which 2.1 stations tell this way (G01). */
export function notifyEvent(request: Payload, context: DecisionContext): Decision {
  const connectors: ConnectorRow[] = [];
  const events: EventDraft[] = [];
  for (const data of request['eventData'] as Payload[]) {
    const component = data['component'] as { name: string; evse?: { id: number; connectorId?: number } };
    const variable = data['variable'] as { name: string };
    if (variable.name.toLowerCase() === 'availabilitystate') {
      const { connector, event } = connectorStatus(
        component.evse?.id ?? 0,
        component.evse?.connectorId ?? 0,
        data['actualValue'] as string,
        data['timestamp'] as string,
        context,
      );
      connectors.push(...connector);
      events.push(...event);
    } else events.push({ type: 'evsebridge.station.event', data: data as JsonObject });
  }
  return { response: {}, connectors, events };
}
