/** 1.6 errorCode ↔ NotifyEvent of a component (D.6). */
import type { Context } from '../context.ts';
import type { Payload } from '../outcome.ts';

const TABLE = 'error';

/** What is wrong on one connector, as 1.6 says it. */
interface ActiveError {
  readonly errorCode: string;
  readonly eventId: number;
  readonly info?: string;
  readonly vendorErrorCode?: string;
}

/** errorCode → component and variable that the event is about, and the value that says "wrong". */
export const errorComponents: readonly (readonly [errorCode: string, component: string, variable: string, value?: string])[] = [
  ['ConnectorLockFailure', 'ConnectorPlugRetentionLock', 'Problem'],
  ['EVCommunicationError', 'CPPWMController', 'Problem'],
  ['GroundFailure', 'RCD', 'Tripped'],
  ['HighTemperature', 'TemperatureSensor', 'Problem'],
  ['InternalError', 'Controller', 'Problem'],
  ['LocalListConflict', 'LocalAuthListCtrlr', 'Problem'],
  ['OverCurrentFailure', 'OverCurrentProtection', 'Tripped'],
  ['OverVoltage', 'ElectricalFeed', 'ACVoltage', 'high'],
  ['UnderVoltage', 'ElectricalFeed', 'ACVoltage', 'low'],
  ['PowerMeterFailure', 'FiscalMetering', 'Problem'],
  ['PowerSwitchFailure', 'PowerContactor', 'Problem'],
  ['ReaderFailure', 'TokenReader', 'Problem'],
  ['ResetFailure', 'ChargingStation', 'Problem'],
  ['WeakSignal', 'DataLink', 'SignalStrength'],
  ['OtherError', 'Connector', 'Problem'],
];

/** Further components whose trouble 1.6 has a code for. */
const alsoFrom: Readonly<Record<string, string>> = {
  ConnectedEV: 'EVCommunicationError',
  GroundIsolationProtection: 'GroundFailure',
  ControlMetering: 'PowerMeterFailure',
  ChargingStation: 'InternalError',
};

const byCode = new Map(errorComponents.map((entry) => [entry[0], entry]));

/** Text that stations write for "nothing" (E-22). */
const said = (value: unknown, limit: number): string | undefined =>
  typeof value === 'string' && value !== '' && value !== 'null' ? value.slice(0, limit) : undefined;

/**
 * The NotifyEvent that a 1.6 status with this error code means; `undefined` when nothing changed.
 * @param before the error code of the connector's last status
 */
export function errorEvent(
  before: string,
  status: Payload,
  timestamp: string,
  at: { evseId: number; connectorId: number },
  context: Context,
): Payload | undefined {
  const key = String(status['connectorId']);
  const errorCode = status['errorCode'] as string;
  if (errorCode === before) return undefined;
  const cleared = errorCode === 'NoError';
  const [code, component, variable, value = 'true'] = byCode.get(cleared ? before : errorCode) ?? errorComponents.at(-1)!;
  const eventId = nextEventId(context);
  if (cleared) context.state.delete(TABLE, key);
  else context.state.set(TABLE, key, { errorCode, eventId } satisfies ActiveError);
  const techCode = said(status['vendorErrorCode'], 50) ?? code;
  const techInfo = said(status['info'], 500);
  return {
    generatedAt: timestamp,
    seqNo: 0,
    eventData: [
      {
        eventId,
        timestamp,
        trigger: 'Alerting',
        actualValue: cleared ? 'false' : value,
        techCode,
        ...(techInfo === undefined ? {} : { techInfo }),
        ...(cleared ? { cleared: true } : {}),
        eventNotificationType: 'HardWiredNotification',
        component: {
          name: component,
          ...(at.evseId > 0 ? { evse: { id: at.evseId, connectorId: at.connectorId } } : {}),
        },
        variable: { name: variable },
      },
    ],
  };
}

/** The next eventId of NotifyEvent's eventData, counted per station. */
export function nextEventId(context: Context): number {
  const next = (context.state.get<number>('counter', 'eventId') ?? 0) + 1;
  context.state.set('counter', 'eventId', next);
  return next;
}

/** Takes in the trouble that a 2.x event tells of, for the error code of the connector's next 1.6 status. */
export function rememberEvent(connectorId: number, event: Payload, context: Context): void {
  const component = (event['component'] as Payload)['name'] as string;
  const entry = errorComponents.find(([, name]) => name === component);
  const errorCode = event['techCode'] === 'ResetFailure' ? 'ResetFailure' : (alsoFrom[component] ?? entry?.[0] ?? 'OtherError');
  const key = String(connectorId);
  if (event['cleared'] === true || event['actualValue'] === 'false') context.state.delete(TABLE, key);
  else {
    const info = said(event['techInfo'], 50);
    const vendorErrorCode = said(event['techCode'], 50);
    context.state.set(TABLE, key, {
      errorCode: errorCode === 'OverVoltage' && event['actualValue'] === 'low' ? 'UnderVoltage' : errorCode,
      eventId: event['eventId'] as number,
      ...(info === undefined ? {} : { info }),
      ...(vendorErrorCode === undefined ? {} : { vendorErrorCode }),
    } satisfies ActiveError);
  }
}

/** errorCode and its details for a 1.6 StatusNotification. A Faulted connector of which nothing is known has OtherError. */
export function errorOf(connectorId: number, status: string, context: Context): { errorCode: string } & Payload {
  const active = context.state.get<ActiveError>(TABLE, String(connectorId));
  if (active === undefined) return { errorCode: status === 'Faulted' ? 'OtherError' : 'NoError' };
  const { eventId: _eventId, ...error } = active;
  return error;
}
