/** Block G, Availability: StatusNotification, Heartbeat, ChangeAvailability; errors ↔ NotifyEvent. */
import type { Context } from '../context.ts';
import { answer, forward, forwardAll, type Message, type Outcome, type Payload, type Result } from '../outcome.ts';
import { lost, procedure, row, rows, same, table } from '../rows.ts';
import type { Pair } from '../translator.ts';
import { watchFinishing } from './ask-status.ts';
import { connectorState, saveConnector } from './connector-state.ts';
import { errorEvents, nextEventId } from './errors.ts';
import { failureAsStatus, refusal, worst } from './fan-out.ts';
import { watchForOrphan } from './orphans.ts';
import { checkAvailability, rememberAvailability } from './requested-availability.ts';
import { endReservation } from './reservation-state.ts';
import { statusForConnector, tellStatuses } from './status-down.ts';
import { learn, seen, toConnectors, toEvse, whatIsUnknown } from './topology.ts';
import { statusInTransaction } from './transaction-events.ts';
import { takeTrigger } from './triggered.ts';
import { tell } from './untold.ts';

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
  const isTold = asked || before?.newer !== newer || before.stale === true;
  const statuses: Message[] = [];
  const events: Payload[] = [];
  if (isTold && connectorId === 0) events.push(availabilityEvent(newer, timestamp, context));
  else if (isTold) {
    const payload = { timestamp, connectorStatus: newer, evseId: evse.id, connectorId: evse.connectorId };
    statuses.push({ action: 'StatusNotification', payload });
  }
  const at = { evseId: evse.id, connectorId: evse.connectorId };
  events.push(...errorEvents(before?.errorCode ?? 'NoError', request, timestamp, at, context));
  if (connectorId > 0) {
    watchFinishing(connectorId, status, context);
    watchForOrphan(connectorId, status, timestamp, context);
    statusInTransaction(connectorId, status, timestamp, context);
  }
  if (before?.stale === true) checkAvailability(connectorId, status, context);
  endReservation(connectorId, status, context);
  const state = { status, newer, errorCode };
  saveConnector(connectorId, state, context);
  // A 1.6 station says a status once: what the CSMS did not take is told with what comes next.
  const tellErrors = (): Outcome =>
    forwardAll(notifyEvent(timestamp, events), ([told]) => {
      if (told?.failure !== undefined) {
        const known = connectorState(connectorId, context) ?? state;
        const stale = connectorId === 0 ? { stale: true as const } : {};
        saveConnector(connectorId, { ...known, ...stale, errorCode: before?.errorCode ?? 'NoError' }, context);
      }
      return answer({});
    });
  return forwardAll(statuses, ([told]) => {
    if (told?.failure !== undefined) saveConnector(connectorId, { ...state, stale: true }, context);
    return tell(undefined, context, tellErrors, tellErrors);
  });
}

const notifyEvent = (generatedAt: string, eventData: readonly Payload[]): readonly Message[] =>
  eventData.length === 0 ? [] : [{ action: 'NotifyEvent', payload: { generatedAt, seqNo: 0, eventData } }];

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
  if (connectorState(connectorId, context)?.stale === true) checkAvailability(connectorId, status, context);
  const calls = statusForConnector(connectorId, status, request.timestamp as string, context, status);
  return tellStatuses(calls, context, () => answer({}));
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
    const evse = request.evse as { id: number; connectorId?: number } | undefined;
    const unknown = evse === undefined ? undefined : whatIsUnknown(evse.id, evse.connectorId, context);
    if (unknown !== undefined) return refusal('Rejected', unknown);
    const connectors = evse === undefined ? [0] : toConnectors(evse.id, evse.connectorId, context);
    const type = request.operationalStatus as string;
    return forwardAll(
      connectors.map((connectorId) => ({ action: 'ChangeAvailability', payload: { connectorId, type } })),
      (results) => {
        for (const [index, connectorId] of connectors.entries()) {
          if (isTaken(results[index])) rememberAvailability(connectorId, type, context);
        }
        return (
          failureAsStatus(results, 'Rejected') ??
          answer({ status: worst(results, ['Rejected', 'Scheduled', 'Accepted']) })
        );
      },
    );
  },
  up(request, context) {
    const connectorId = request.connectorId as number;
    const type = request.type as string;
    if (connectorId < 0) return answer({ status: 'Rejected' });
    const evse = connectorId === 0 ? {} : { evse: { ...toEvse(connectorId, context) } };
    return forward('ChangeAvailability', { ...evse, operationalStatus: type }, ({ status }) => {
      if (isTaken({ payload: { status } })) rememberAvailability(connectorId, type, context);
      return answer({ status });
    });
  },
};

const isTaken = (result: Result | undefined): boolean =>
  result?.failure === undefined && (result?.payload.status === 'Accepted' || result?.payload.status === 'Scheduled');
