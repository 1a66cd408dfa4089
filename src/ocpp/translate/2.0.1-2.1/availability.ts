/** Block G, Availability, and the events of block N that tell it. */
import { answer, crossed, type Failure, forwardAll, type Message, type Payload } from '../outcome.ts';
import { apply, list, procedure, row, sameBut } from '../rows.ts';
import { mapped } from '../translator.ts';
import { crossing, isNegative, noSuchEvse, refuseIf, statusResponse, unless } from './crossing.ts';
import { componentEvse, newIn21, notNegative, renumbered } from './numbers.ts';

export const heartbeat = crossing('station', 'Heartbeat');

export const statusNotification = crossing('station', 'StatusNotification', {
  note: 'Deprecated in 2.1, but every 2.1 CSMS takes it: it crosses as it is.',
  request: sameBut(
    row('evseId', 'evseId', procedure('below 0: refused')),
    row('connectorId', 'connectorId', procedure('below 0: refused')),
  ),
  up: unless(
    'up',
    refuseIf(
      ({ evseId, connectorId }) => isNegative(evseId) || isNegative(connectorId),
      'evseId or connectorId is below 0',
    ),
  ),
});

export const changeAvailability = crossing('csms', 'ChangeAvailability', {
  request: sameBut(row('evse', 'evse', procedure('below 0: Rejected, UnknownEvse'))),
  response: statusResponse,
  up: unless('up', noSuchEvse('evse')),
});

const connectorStatus = new Set(['Available', 'Occupied', 'Reserved', 'Unavailable', 'Faulted']);

/** The StatusNotification that an event is instead of (2.1 G01): Connector.AvailabilityState, trigger Delta. */
function asStatus(event: Payload): Payload | undefined {
  const { component, variable, trigger, actualValue, timestamp } = event;
  const { name, evse } = component as { name: string; evse?: { id: number; connectorId?: number } };
  if (trigger !== 'Delta' || evse?.connectorId === undefined || !connectorStatus.has(actualValue as string))
    return undefined;
  if (name.toLowerCase() !== 'connector') return undefined;
  if ((variable as Payload).name.toLowerCase() !== 'availabilitystate') return undefined;
  return { timestamp, connectorStatus: actualValue, evseId: evse.id, connectorId: evse.connectorId };
}

export const notifyEvent = crossing('station', 'NotifyEvent', {
  note: 'A 2.1 station tells the status of its connectors by events (Connector.AvailabilityState, trigger Delta): towards 2.0.1 each is a StatusNotification, the other events stay together in a NotifyEvent, and none is sent when no other is left.',
  request: sameBut(
    row('seqNo', 'seqNo', notNegative),
    row(
      'eventData',
      'eventData',
      list(
        sameBut(
          row('eventId', 'eventId', renumbered('event')),
          row('cause', 'cause', renumbered('event')),
          newIn21('severity', '2.0.1 tells the severity of monitors only'),
          componentEvse(),
          row('variableMonitoringId', 'variableMonitoringId', renumbered('monitor')),
        ),
      ),
    ),
  ),
  down(request, context, pair) {
    const events = request.eventData as readonly Payload[];
    const calls: Message[] = [];
    const others = events.filter((event) => {
      const status = asStatus(event);
      if (status !== undefined) calls.push({ action: 'StatusNotification', payload: status });
      return status === undefined;
    });
    if (calls.length === 0) return mapped(pair, 'down', request, context);
    if (others.length > 0) {
      calls.push({
        action: 'NotifyEvent',
        payload: apply(pair.request, 'down', { ...request, eventData: others }, context),
      });
    }
    return forwardAll(calls, (results) => {
      for (const [index, { failure }] of results.entries()) {
        if (failure === undefined) continue;
        // A station that hears that its events are not supported may stop telling its status.
        if (calls[index]?.action === 'NotifyEvent' && isUnsupported(failure)) continue;
        return { kind: 'refuse', failure: crossed(failure) };
      }
      return answer({});
    });
  },
});

const isUnsupported = ({ condition }: Failure): boolean =>
  condition === 'NotSupported' || condition === 'NotImplemented';
