/** 1.6 errorCode ↔ NotifyEvent of a component. */
import type { Context } from '../context.ts';
import type { Payload } from '../outcome.ts';

const TABLE = 'error';

/** What is wrong on one connector, as 1.6 says it. */
interface ActiveError {
  /** Component and variable that said so, and will say when it is over. */
  readonly source: string;
  readonly errorCode: string;
  readonly info?: string;
  readonly vendorErrorCode?: string;
}

/** A 1.6 status has room for one: the others wait for their turn. */
const ERRORS_PER_CONNECTOR = 10;

/** errorCode → component and variable that the event is about, and the value that says "wrong". */
export const errorComponents: readonly (readonly [
  errorCode: string,
  component: string,
  variable: string,
  value?: string,
])[] = [
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
  ['WeakSignal', 'DataLink', 'SignalStrength', 'low'],
  ['OtherError', 'Connector', 'Problem'],
];

/** Further components whose trouble 1.6 has a code for. */
const alsoFrom: ReadonlyMap<string, string> = new Map([
  ['ConnectedEV', 'EVCommunicationError'],
  ['GroundIsolationProtection', 'GroundFailure'],
  ['ControlMetering', 'PowerMeterFailure'],
  ['ChargingStation', 'InternalError'],
]);

const byCode = new Map(errorComponents.map((entry) => [entry[0], entry]));

/** Text that stations write for "nothing". */
const said = (value: unknown, limit: number): string | undefined =>
  typeof value === 'string' && value !== '' && value !== 'null' ? cutText(value, limit) : undefined;

const cutText = (text: string, limit: number): string =>
  text.length <= limit ? text : [...text].slice(0, limit).join('');

/**
 * The eventData of a NotifyEvent that a 1.6 status with this error code means; empty when nothing changed.
 * @param before the error code of the connector's last status
 */
export function errorEvents(
  before: string,
  status: Payload,
  timestamp: string,
  at: { evseId: number; connectorId: number },
  context: Context,
): readonly Payload[] {
  const errorCode = status.errorCode as string;
  if (errorCode === before) return [];
  const events: Payload[] = [];
  if (before !== 'NoError')
    events.push(eventOf(before, timestamp, at, context, { actualValue: 'false', cleared: true }));
  if (errorCode !== 'NoError') {
    rememberCode(status.connectorId as number, errorCode, context);
    const techInfo = said(status.info, 500);
    events.push(
      eventOf(errorCode, timestamp, at, context, {
        actualValue: badValue(errorCode),
        techCode: said(status.vendorErrorCode, 50) ?? errorCode,
        ...(techInfo === undefined ? {} : { techInfo }),
      }),
    );
  }
  return events;
}

const TOLD = 'errorTold';

/** Error codes that a 1.6 connector has told at any time: what they are about is there, also when it is well again. */
export const toldErrors = (connectorId: number, context: Context): readonly string[] =>
  context.state.get<readonly string[]>(TOLD, String(connectorId)) ?? [];

function rememberCode(connectorId: number, errorCode: string, context: Context): void {
  const before = toldErrors(connectorId, context);
  if (!before.includes(errorCode)) context.state.set(TOLD, String(connectorId), [...before, errorCode]);
}

const entryOf = (errorCode: string): (typeof errorComponents)[number] =>
  byCode.get(errorCode) ?? errorComponents.at(-1)!;
const badValue = (errorCode: string): string => entryOf(errorCode)[3] ?? 'true';

function eventOf(
  errorCode: string,
  timestamp: string,
  at: { evseId: number; connectorId: number },
  context: Context,
  fields: Payload,
): Payload {
  const [, component, variable] = entryOf(errorCode);
  // OtherError of the whole station is the station's problem.
  const name = component === 'Connector' && at.evseId === 0 ? 'ChargingStation' : component;
  return {
    eventId: nextEventId(context),
    timestamp,
    trigger: 'Alerting',
    techCode: errorCode,
    ...fields,
    eventNotificationType: 'HardWiredNotification',
    component: { name, ...(at.evseId > 0 ? { evse: { id: at.evseId, connectorId: at.connectorId } } : {}) },
    variable: { name: variable },
  };
}

/** The next eventId of NotifyEvent's eventData, counted per station. */
export function nextEventId(context: Context): number {
  const next = (context.state.get<number>('counter', 'eventId') ?? 0) + 1;
  context.state.set('counter', 'eventId', next);
  return next;
}

/** Variables whose events say that something is wrong, or is right again. Others are measurements and settings. */
const troubles: ReadonlySet<string> = new Set(['Problem', 'Tripped', 'Fallback']);

/** Whether an event of a 2.x station is about something that 1.6 has an error code for. */
export function isTrouble(event: Payload): boolean {
  const component = (event.component as Payload).name as string;
  const variable = (event.variable as Payload).name as string;
  if (troubles.has(variable)) return true;
  const measured = errorComponents.some(([, name, of]) => name === component && of === variable);
  return measured && (event.trigger === 'Alerting' || event.cleared === true);
}

/** Takes in the trouble that a 2.x event tells of, for the error code of the connector's next 1.6 status. */
export function rememberEvent(connectorId: number, event: Payload, context: Context): void {
  const component = (event.component as Payload).name as string;
  const source = `${component}.${(event.variable as Payload).name as string}`;
  const key = String(connectorId);
  const before = context.state.get<readonly ActiveError[]>(TABLE, key) ?? [];
  const others = before.filter((error) => error.source !== source);
  const over = event.cleared === true || String(event.actualValue).toLowerCase() === 'false';
  if (over) {
    if (others.length === before.length) return;
    if (others.length === 0) context.state.delete(TABLE, key);
    else context.state.set(TABLE, key, others);
    return;
  }
  const info = said(event.techInfo, 50);
  const vendorErrorCode = said(event.techCode, 50);
  const error: ActiveError = {
    source,
    errorCode: codeOf(component, event),
    ...(info === undefined ? {} : { info }),
    ...(vendorErrorCode === undefined ? {} : { vendorErrorCode }),
  };
  context.state.set(TABLE, key, [...others, error].slice(-ERRORS_PER_CONNECTOR));
}

function codeOf(component: string, event: Payload): string {
  if (component === 'ChargingStation' && event.techCode === 'ResetFailure') return 'ResetFailure';
  if (component === 'ElectricalFeed') return event.actualValue === 'low' ? 'UnderVoltage' : 'OverVoltage';
  return alsoFrom.get(component) ?? errorComponents.find(([, name]) => name === component)?.[0] ?? 'OtherError';
}

/** errorCode and its details for a 1.6 StatusNotification. A Faulted connector of which nothing is known has OtherError. */
export function errorOf(connectorId: number, status: string, context: Context): { errorCode: string } & Payload {
  const active = context.state.get<readonly ActiveError[]>(TABLE, String(connectorId))?.at(-1);
  if (active === undefined) return { errorCode: status === 'Faulted' ? 'OtherError' : 'NoError' };
  const { source: _source, ...error } = active;
  return error;
}
