/** Block G, Availability (D.6): StatusNotification, Heartbeat, ChangeAvailability; errors ↔ NotifyEvent. */
import type { Context } from '../context.ts';
import { answer, forward, forwardAll, type Message, type Outcome, type Payload } from '../outcome.ts';
import { lost, procedure, row, rows, same, table } from '../rows.ts';
import type { Pair } from '../translator.ts';
import { failureAsStatus, worst } from './fan-out.ts';
import { errorEvent, errorOf, nextEventId } from './errors.ts';
import { isUnknown, seen, toConnectors, toEvse } from './topology.ts';
import { occupiedStatus } from './transactions-down.ts';
import { statusInTransaction } from './transactions-up.ts';

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

const TABLE = 'connector';

/** What was last said of one 1.6 connector (0: the station). */
interface ConnectorState {
  readonly status: string;
  /** What the 2.x side was last told; `undefined`: nothing yet. */
  readonly told: string | undefined;
  readonly errorCode: string;
}

/** The last 1.6 status of a connector, as the station said it or as it would have. */
export const lastStatus = (connectorId: number, context: Context): string | undefined =>
  context.state.get<ConnectorState>(TABLE, String(connectorId))?.status;

export const statusNotification: Pair = {
  initiator: 'station',
  older: 'StatusNotification',
  newer: 'StatusNotification',
  note: 'Up: only changes of the 2.x status are told; in a transaction the 1.6 status is its chargingState; error codes are NotifyEvents. Down: the 1.6 status is told from connectorStatus and the transaction.',
  request: rows(
    row('connectorId', 'evseId', procedure('D.1: connector n is EVSE n, connector 1; 0 is the whole station')),
    row('connectorId', 'connectorId', procedure('D.1')),
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
  const connectorId = request['connectorId'] as number;
  const status = request['status'] as string;
  const timestamp = (request['timestamp'] as string | undefined) ?? new Date(context.now()).toISOString();
  const errorCode = request['errorCode'] as string;
  if (connectorId > 0) seen(connectorId, context);
  const before = context.state.get<ConnectorState>(TABLE, String(connectorId));
  const mapped = statusUp[status] ?? 'Occupied';
  const { id: evseId, connectorId: connector } = toEvse(connectorId, context);
  const calls: Message[] = [];
  if (connectorId === 0) {
    calls.push({ action: 'NotifyEvent', payload: stationStatus(mapped, timestamp, context) });
  } else {
    if (before?.told !== mapped) {
      calls.push({ action: 'StatusNotification', payload: { timestamp, connectorStatus: mapped, evseId, connectorId: connector } });
    }
    calls.push(...statusInTransaction(connectorId, status, timestamp, context));
  }
  const event = errorEvent(before?.errorCode ?? 'NoError', request, timestamp, { evseId, connectorId: connector }, context);
  if (event !== undefined) calls.push({ action: 'NotifyEvent', payload: event });
  context.state.set(TABLE, String(connectorId), { status, told: mapped, errorCode } satisfies ConnectorState);
  return forwardAll(calls, () => answer({}));
}

/** ChargingStation.AvailabilityState: 2.x has no StatusNotification of the whole station. */
function stationStatus(status: string, timestamp: string, context: Context): Payload {
  return {
    generatedAt: timestamp,
    seqNo: 0,
    eventData: [
      {
        eventId: nextEventId(context),
        timestamp,
        trigger: 'Delta',
        actualValue: status,
        eventNotificationType: 'HardWiredNotification',
        component: { name: 'ChargingStation' },
        variable: { name: 'AvailabilityState' },
      },
    ],
  };
}

function statusDownwards(request: Payload, context: Context): Outcome {
  const evseId = request['evseId'] as number;
  const [connectorId = evseId] = toConnectors(evseId, request['connectorId'] as number, context);
  return statusForConnector(connectorId, request['connectorStatus'] as string, request['timestamp'] as string, context);
}

/** Tells the 1.6 side a connector's status, in 1.6 words; says nothing twice. */
export function statusForConnector(connectorId: number, status: string, timestamp: string, context: Context): Outcome {
  const occupied = status === 'Occupied' ? occupiedStatus(connectorId, context) : status;
  // Connector 0 knows Available, Unavailable and Faulted only.
  const told = connectorId === 0 && !['Unavailable', 'Faulted'].includes(occupied) ? 'Available' : occupied;
  const error = errorOf(connectorId, told, context);
  const before = context.state.get<ConnectorState>(TABLE, String(connectorId));
  if (connectorId > 0) seen(connectorId, context);
  if (before?.status === told && before.errorCode === error.errorCode) return answer({});
  context.state.set(TABLE, String(connectorId), { status: told, told: status, errorCode: error.errorCode } satisfies ConnectorState);
  return forward('StatusNotification', { connectorId, status: told, timestamp, ...error }, () => answer({}));
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
    row('connectorId', 'evse', procedure('D.1; 0 ↔ absent')),
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
      (results) => failureAsStatus(results, 'Rejected') ?? answer({ status: worst(results, ['Rejected', 'Scheduled', 'Accepted']) }),
    );
  },
  up(request, context) {
    const connectorId = request['connectorId'] as number;
    const evse = connectorId === 0 ? {} : { evse: { ...toEvse(connectorId, context) } };
    return forward('ChangeAvailability', { ...evse, operationalStatus: request['type'] }, ({ status }) => answer({ status }));
  },
};
