/** Block G, Availability: StatusNotification, Heartbeat, ChangeAvailability; errors ↔ NotifyEvent. */
import type { Context } from '../context.ts';
import { answer, forward, forwardAll, type Message, type Outcome, type Payload } from '../outcome.ts';
import { lost, procedure, row, rows, same, table } from '../rows.ts';
import type { Pair } from '../translator.ts';
import { connectorState, saveConnector } from './connector-state.ts';
import { errorEvents, nextEventId } from './errors.ts';
import { failureAsStatus, worst } from './fan-out.ts';
import { queueEvent } from './refused.ts';
import { statusForConnector } from './status-down.ts';
import { isUnknown, learn, seen, toConnectors, toEvse } from './topology.ts';
import { statusInTransaction } from './transaction-events.ts';
import { takeTrigger } from './triggered.ts';

/** ConnectorStatus: the five states of a plugged connector collapse to Occupied; what they mean in a transaction is its chargingState. */
export const connectorStatus = table(
  [
    ['Available', 'Available'],
    ['Preparing', 'Occupied'],
    ['Charging', 'Occupied'],
    ['SuspendedEVSE', 'Occupied'],
    ['SuspendedEV', 'Occupied'],
    ['Finishing', 'Occupied'],
    ['Reserved', 'Reserved'],
    ['Unavailable', 'Unavailable'],
    ['Faulted', 'Faulted'],
  ],
  { up: 'Unavailable', down: 'Unavailable' },
);

const statusUp: Readonly<Record<string, string>> = {
  Available: 'Available',
  Reserved: 'Reserved',
  Unavailable: 'Unavailable',
  Faulted: 'Faulted',
};

export const statusNotification: Pair = {
  initiator: 'station',
  older: 'StatusNotification',
  newer: 'StatusNotification',
  note: 'Up: only changes of the 2.x status are told; in a transaction the 1.6 status is its chargingState; error codes are NotifyEvents. Down: the 1.6 status is told from connectorStatus and the transaction.',
  request: rows(
    row('connectorId', 'evseId', procedure('connector n is EVSE n, connector 1; 0 is the whole station')),
    row(
      'connectorId',
      'connectorId',
      procedure('connector n is EVSE n, connector 1, unless the station has another numbering'),
    ),
    row('errorCode', null, procedure('NotifyEvent of the component that the code is about')),
    row('info', null, procedure('techInfo of that NotifyEvent')),
    row('status', 'connectorStatus', connectorStatus),
    row('timestamp', 'timestamp', procedure('the time of receipt when the station sent none')),
    row('vendorId', null, lost('2.x has no vendorId of a status')),
    row('vendorErrorCode', null, procedure('techCode of that NotifyEvent')),
    row(null, 'customData', lost('1.6 has no customData')),
  ),
  response: rows(row(null, 'customData', lost('1.6 has no customData'))),
  up: statusUpwards,
  down: statusDownwards,
};

function statusUpwards(request: Payload, context: Context): Outcome {
  const { connectorId, status, errorCode } = request as { connectorId: number; status: string; errorCode: string };
  const timestamp = (request.timestamp as string | undefined) ?? new Date(context.now()).toISOString();
  if (request.vendorId !== undefined) context.lost('vendorId', '2.x has no vendorId of a status');
  if (connectorId > 0) seen(connectorId, context);
  const before = connectorState(connectorId, context);
  const newer = statusUp[status] ?? 'Occupied';
  const evse = toEvse(connectorId, context);
  const asked = takeTrigger('StatusNotification', connectorId, context);
  const tell = asked || before?.newer !== newer || before.stale === true;
  const calls: Message[] = [];
  const events: Payload[] = [];
  if (connectorId === 0) {
    if (tell) events.push(availabilityEvent(newer, timestamp, context));
  } else {
    if (tell) {
      const payload = { timestamp, connectorStatus: newer, evseId: evse.id, connectorId: evse.connectorId };
      calls.push({ action: 'StatusNotification', payload });
    }
    calls.push(...statusInTransaction(connectorId, status, timestamp, context));
  }
  const at = { evseId: evse.id, connectorId: evse.connectorId };
  events.push(...errorEvents(before?.errorCode ?? 'NoError', request, timestamp, at, context));
  if (events.length > 0) {
    calls.push({ action: 'NotifyEvent', payload: { generatedAt: timestamp, seqNo: 0, eventData: events } });
  }
  saveConnector(connectorId, { status, newer, errorCode }, context);
  return forwardAll(calls, (results) => {
    // A 1.6 station says a status once: what the CSMS did not take is told with what comes next.
    for (const [index, call] of calls.entries()) {
      if (results[index]?.failure === undefined) continue;
      if (call.action === 'TransactionEvent') queueEvent(call, context);
      if (call.action === 'StatusNotification')
        saveConnector(connectorId, { status, newer, errorCode, stale: true }, context);
    }
    return answer({});
  });
}

/** ChargingStation.AvailabilityState: 2.x has no StatusNotification of the whole station. */
const availabilityEvent = (status: string, timestamp: string, context: Context): Payload => ({
  eventId: nextEventId(context),
  timestamp,
  trigger: 'Delta',
  actualValue: status,
  eventNotificationType: 'HardWiredNotification',
  component: { name: 'ChargingStation' },
  variable: { name: 'AvailabilityState' },
});

function statusDownwards(request: Payload, context: Context): Outcome {
  const connectorId = learn(request.evseId as number, request.connectorId as number, context);
  const status = request.connectorStatus as string;
  const calls = statusForConnector(connectorId, status, request.timestamp as string, context, status);
  return forwardAll(calls, () => answer({}));
}

export const heartbeat: Pair = {
  initiator: 'station',
  older: 'Heartbeat',
  newer: 'Heartbeat',
  request: rows(row(null, 'customData', lost('1.6 has no customData'))),
  response: rows(row('currentTime', 'currentTime', same), row(null, 'customData', lost('1.6 has no customData'))),
};

export const changeAvailability: Pair = {
  initiator: 'csms',
  older: 'ChangeAvailability',
  newer: 'ChangeAvailability',
  note: 'An EVSE without connector means every 1.6 connector of it; the combined status is the worst of theirs.',
  request: rows(
    row('connectorId', 'evse', procedure('the numbering of connectors and EVSEs; 0 ↔ absent')),
    row('type', 'operationalStatus', same),
    row(null, 'customData', lost('1.6 has no customData')),
  ),
  response: rows(
    row('status', 'status', same),
    row(null, 'statusInfo', lost('1.6 has no statusInfo')),
    row(null, 'customData', lost('1.6 has no customData')),
  ),
  down(request, context) {
    const evse = request['evse'] as { id: number; connectorId?: number } | undefined;
    if (evse !== undefined && isUnknown(evse.id, evse.connectorId, context)) {
      return answer({ status: 'Rejected', statusInfo: { reasonCode: 'UnknownEvse' } });
    }
    const connectors = evse === undefined ? [0] : toConnectors(evse.id, evse.connectorId, context);
    return forwardAll(
      connectors.map((connectorId) => ({
        action: 'ChangeAvailability',
        payload: { connectorId, type: request['operationalStatus'] },
      })),
      (results) =>
        failureAsStatus(results, 'Rejected') ??
        answer({ status: worst(results, ['Rejected', 'Scheduled', 'Accepted']) }),
    );
  },
  up(request, context) {
    const connectorId = request['connectorId'] as number;
    const evse = connectorId === 0 ? {} : { evse: { ...toEvse(connectorId, context) } };
    return forward('ChangeAvailability', { ...evse, operationalStatus: request['type'] }, ({ status }) =>
      answer({ status }),
    );
  },
};
