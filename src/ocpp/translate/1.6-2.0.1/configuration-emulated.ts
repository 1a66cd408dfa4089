/** Variables of 2.x that a 1.6 station has no key for and the gateway answers in its place, because 2.x wants them. All are read-only. */
import type { Context } from '../context.ts';
import { lastBoot } from './boot-state.ts';
import { type Variable, variable } from './configuration-keys.ts';
import { items, mirrored } from './configuration-mirror.ts';
import { rotations } from './configuration-values.ts';
import { connectorState, lastStatus } from './connector-state.ts';
import { errorComponents, toldErrors } from './errors.ts';
import { installedProfiles } from './smart-charging-registry.ts';

/** Types of values in the device model (2.x part 2 2.28 DataEnumType). */
export type DataType =
  | 'string'
  | 'decimal'
  | 'integer'
  | 'dateTime'
  | 'boolean'
  | 'OptionList'
  | 'SequenceList'
  | 'MemberList';

export interface EmulatedVariable extends Variable {
  readonly dataType: DataType;
  readonly valuesList?: string;
  /** True for what tells whether something is wrong. */
  readonly trouble?: true;
  /** The 1.6 key that is read for it. */
  readonly key?: string;
  /**
   * @param reported the value of `key`, `undefined` when the station does not know it
   * @param connectorId the 1.6 connector of an EVSE's or connector's component, else 0
   * @returns `undefined` when nothing is known
   */
  readonly value: (reported: string | undefined, context: Context, connectorId: number) => string | undefined;
}

const fixed = (
  component: string,
  name: string,
  dataType: DataType,
  value: string,
  instance?: string,
): EmulatedVariable => ({ ...variable(component, name, instance), dataType, value: () => value });

/** `Local Auth List Management` is LocalAuthListManagement too. */
const hasProfile = (list: string | undefined, profile: string): boolean =>
  items(list ?? '').some((item) => item.replace(/\s/g, '').toLowerCase() === profile.toLowerCase());

const availableWith = (component: string, profile: string): EmulatedVariable => ({
  ...variable(component, 'Available'),
  dataType: 'boolean',
  key: 'SupportedFeatureProfiles',
  value: (reported) => (reported === undefined ? undefined : String(hasProfile(reported, profile))),
});

const availabilityStates = ['Available', 'Occupied', 'Reserved', 'Unavailable', 'Faulted'];

/** A station that has not said anything of itself as a whole is available (1.6 4.9). */
function availabilityState(connectorId: number, context: Context): string | undefined {
  const status = lastStatus(connectorId, context) ?? (connectorId === 0 ? 'Available' : undefined);
  return status === undefined || availabilityStates.includes(status) ? status : 'Occupied';
}

function hasProblem(connectorId: number, context: Context): boolean {
  const state = connectorState(connectorId, context);
  return state !== undefined && (state.status === 'Faulted' || state.errorCode !== 'NoError');
}

/** What the station's last BootNotification said of it. */
const ofBoot = (component: string, name: string, field: string): EmulatedVariable => ({
  ...variable(component, name),
  dataType: 'string',
  value: (_reported, context) => (lastBoot(context)?.chargingStation as Record<string, string> | undefined)?.[field],
});

/** What it said of its meter. */
const ofMeter = (name: string): EmulatedVariable => ({
  ...variable('FiscalMetering', name),
  dataType: 'string',
  value: (_reported, context) => mirrored(`FiscalMetering.${name}`, context),
});

/** Phases in the order of the grid's are three; anything else tells no number of them (1.6 9.1.7). */
const supplyPhases = (text: string | undefined, connectorId: number): string | undefined =>
  /^[RST]{3}$/.test(rotations(text ?? '').get(connectorId) ?? '') ? '3' : undefined;

const places = [
  ['ChargingStation', {}],
  ['EVSE', { place: 'evse' }],
  ['Connector', { place: 'connector' }],
] as const;

/** Components that error codes of 1.6 are about: there as soon as the station has told such a code. */
const troubled: readonly EmulatedVariable[] = [
  ...new Set(errorComponents.map(([, component, name]) => `${component}.${name}`)),
].flatMap((path): EmulatedVariable[] => {
  const [component, name] = path.split('.') as [string, string];
  if (component === 'ChargingStation' || component === 'Connector') return [];
  const codes = new Map(
    errorComponents.flatMap(([code, of, variable, bad = 'true']) =>
      of === component && variable === name ? [[code, bad]] : [],
    ),
  );
  const value: EmulatedVariable['value'] = (_reported, context, connectorId) => {
    if (!toldErrors(connectorId, context).some((code) => codes.has(code))) return undefined;
    return codes.get(connectorState(connectorId, context)?.errorCode ?? '') ?? 'false';
  };
  const common = {
    ...variable(component, name),
    dataType: name === 'Problem' || name === 'Tripped' ? 'boolean' : 'string',
    trouble: true,
    value,
  } as const;
  return [common, { ...common, place: 'connector' }];
});

export const emulatedVariables: readonly EmulatedVariable[] = [
  fixed('DeviceDataCtrlr', 'ItemsPerMessage', 'integer', '50', 'GetReport'),
  // The gateway asks the station in as many parts as it needs.
  fixed('DeviceDataCtrlr', 'ItemsPerMessage', 'integer', '50', 'GetVariables'),
  fixed('DeviceDataCtrlr', 'ItemsPerMessage', 'integer', '10', 'SetVariables'),
  ...['GetReport', 'GetVariables', 'SetVariables'].map((message) =>
    fixed('DeviceDataCtrlr', 'BytesPerMessage', 'integer', '32768', message),
  ),
  fixed('OCPPCommCtrlr', 'OfflineThreshold', 'integer', '60'),
  fixed('OCPPCommCtrlr', 'NetworkConfigurationPriority', 'SequenceList', '1'),
  fixed('OCPPCommCtrlr', 'NetworkProfileConnectionAttempts', 'integer', '3'),
  fixed('OCPPCommCtrlr', 'ActiveNetworkProfile', 'integer', '1'),
  // When transactions begin and end in the translation of a 1.6 station's messages.
  fixed('TxCtrlr', 'TxStartPoint', 'MemberList', 'PowerPathClosed'),
  fixed('TxCtrlr', 'TxStopPoint', 'MemberList', 'EVConnected,Authorized'),
  {
    ...variable('ClockCtrlr', 'DateTime'),
    dataType: 'dateTime',
    value: (_reported, context) => new Date(context.now()).toISOString(),
  },
  fixed('ClockCtrlr', 'TimeSource', 'SequenceList', 'Heartbeat'),
  fixed('SmartChargingCtrlr', 'LimitChangeSignificance', 'decimal', '0.0'),
  {
    ...variable('SmartChargingCtrlr', 'Entries', 'ChargingProfiles'),
    dataType: 'integer',
    value: (_reported, context) => String(installedProfiles(context).length),
  },
  fixed('LocalAuthListCtrlr', 'BytesPerMessage', 'integer', '65536'),
  {
    ...variable('AuthCacheCtrlr', 'Available'),
    dataType: 'boolean',
    key: 'AuthorizationCacheEnabled',
    value: (reported) => String(reported !== undefined),
  },
  availableWith('LocalAuthListCtrlr', 'LocalAuthListManagement'),
  availableWith('ReservationCtrlr', 'Reservation'),
  availableWith('SmartChargingCtrlr', 'SmartCharging'),
  ofBoot('ChargingStation', 'Model', 'model'),
  ofBoot('ChargingStation', 'VendorName', 'vendorName'),
  ofBoot('ChargingStation', 'SerialNumber', 'serialNumber'),
  ofBoot('Controller', 'FirmwareVersion', 'firmwareVersion'),
  ofMeter('Model'),
  ofMeter('SerialNumber'),
  ...places.flatMap(([component, at]): EmulatedVariable[] => [
    { component, variable: 'Available', ...at, dataType: 'boolean', value: () => 'true' },
    {
      component,
      variable: 'AvailabilityState',
      ...at,
      dataType: 'OptionList',
      valuesList: availabilityStates.join(','),
      value: (_reported, context, connectorId) => availabilityState(connectorId, context),
    },
    {
      component,
      variable: 'Problem',
      ...at,
      dataType: 'boolean',
      value: (_reported, context, connectorId) => String(hasProblem(connectorId, context)),
    },
    {
      component,
      variable: 'SupplyPhases',
      ...at,
      dataType: 'integer',
      key: 'ConnectorPhaseRotation',
      value: (reported, _context, connectorId) => supplyPhases(reported, connectorId),
    },
  ]),
  // 1.6 has no word for it, and 2.x has one for that.
  { component: 'Connector', variable: 'ConnectorType', place: 'connector', dataType: 'string', value: () => 'Unknown' },
  ...troubled,
];
