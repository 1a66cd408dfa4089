/** Block N, NotifyEvent of a 2.x station under a 1.6 CSMS: availability and trouble become StatusNotifications. */
import type { Context } from '../context.ts';
import { answer, type Message, type Payload } from '../outcome.ts';
import { list, lost, procedure, row, rows } from '../rows.ts';
import type { Pair } from '../translator.ts';
import { noCustomData } from './common-rows.ts';
import { connectorState } from './connector-state.ts';
import { isTrouble, rememberEvent } from './errors.ts';
import { statusForConnector, tellStatuses } from './status-down.ts';
import { learn, toConnectors } from './topology.ts';

/** The 1.6 connectors that an event's component is or belongs to; 0: the whole station. */
function connectorsOf(component: Payload, context: Context): readonly number[] {
  const evse = component.evse as { id: number; connectorId?: number } | undefined;
  if (evse === undefined || evse.id <= 0) return [0];
  if (evse.connectorId !== undefined) return [learn(evse.id, evse.connectorId, context)];
  const connectors = toConnectors(evse.id, undefined, context);
  return connectors.length > 0 ? connectors : [learn(evse.id, undefined, context)];
}

const statuses: ReadonlySet<string> = new Set(['Available', 'Occupied', 'Reserved', 'Unavailable', 'Faulted']);
const places: ReadonlySet<string> = new Set(['chargingstation', 'evse', 'connector']);

/** Names of components and variables are the same in any case (2.0.1 part 2, identifierString). */
const isAvailability = ({ component, variable, actualValue }: Payload): boolean =>
  variable.name.toLowerCase() === 'availabilitystate' &&
  places.has(component.name.toLowerCase()) &&
  statuses.has(actualValue as string);

/** What one event tells a 1.6 CSMS. */
function statusesOf(event: Payload, context: Context): readonly Message[] {
  const connectors = connectorsOf(event.component as Payload, context);
  const timestamp = event.timestamp as string;
  if (isAvailability(event)) {
    const status = event.actualValue as string;
    // The EVSE's state is that of its connector; of several connectors each says its own.
    const spokenFor =
      connectors.length > 1 && connectors.some((connector) => connectorState(connector, context) !== undefined);
    if (spokenFor && event.component.name.toLowerCase() === 'evse') return [];
    return connectors.flatMap((connector) => statusForConnector(connector, status, timestamp, context, status));
  }
  if (!isTrouble(event)) {
    context.lost('eventData', '1.6 is told of availability and trouble only');
    return [];
  }
  return connectors.flatMap((connector) => {
    rememberEvent(connector, event, context);
    const known = connectorState(connector, context);
    return known === undefined ? [] : statusForConnector(connector, known.newer ?? known.status, timestamp, context);
  });
}

const onlyFor16 = lost('1.6 is told of availability and trouble only');

export const notifyEvent: Pair = {
  initiator: 'station',
  older: null,
  newer: 'NotifyEvent',
  note: "Down: AvailabilityState is the connector's status; Problem, Tripped and Fallback of a component are its errorCode. Everything else is taken in and goes no further.",
  request: rows(
    row(null, 'generatedAt', onlyFor16),
    row(null, 'tbc', onlyFor16),
    row(null, 'seqNo', onlyFor16),
    row(
      null,
      'eventData',
      list(
        rows(
          row(null, 'eventId', onlyFor16),
          row(null, 'timestamp', procedure('timestamp of the StatusNotification')),
          row(null, 'trigger', procedure('a measurement is trouble only as an alert')),
          row(null, 'cause', onlyFor16),
          row(null, 'actualValue', procedure('the status; false: the trouble is over')),
          row(null, 'techCode', procedure('vendorErrorCode')),
          row(null, 'techInfo', procedure('info, cut to 50 characters')),
          row(null, 'cleared', procedure('the trouble is over')),
          row(null, 'transactionId', onlyFor16),
          row(null, 'component', procedure('the connector, and the errorCode')),
          row(null, 'variableMonitoringId', onlyFor16),
          row(null, 'eventNotificationType', onlyFor16),
          row(null, 'variable', procedure('AvailabilityState, or what says that something is wrong')),
          noCustomData,
        ),
      ),
    ),
    noCustomData,
  ),
  response: rows(noCustomData),
  down(request, context) {
    const calls = (request.eventData as Payload[]).flatMap((event) => statusesOf(event, context));
    return tellStatuses(calls, context, () => answer({}));
  },
};
