/** Variables of 2.x that a 1.6 station has no key for and the gateway answers in its place, because 2.x wants them. All are read-only. */
import type { Context } from '../context.ts';
import { type Variable, variable } from './configuration-keys.ts';
import { items } from './configuration-mirror.ts';
import { lastStatus } from './connector-state.ts';
import { lastBoot } from './provisioning.ts';
import { installedProfiles } from './smart-charging-registry.ts';

export interface EmulatedVariable extends Variable {
  /** The 1.6 key that is read for it. */
  readonly key?: string;
  /**
   * @param reported the value of `key`, `undefined` when the station does not know it
   * @param connectorId the 1.6 connector of an EVSE's or connector's component, else 0
   * @returns `undefined` when nothing is known
   */
  readonly value: (reported: string | undefined, context: Context, connectorId: number) => string | undefined;
}

const fixed = (component: string, name: string, value: string, instance?: string): EmulatedVariable => ({
  ...variable(component, name, instance),
  value: () => value,
});

/** `Local Auth List Management` is LocalAuthListManagement too. */
const hasProfile = (list: string | undefined, profile: string): boolean =>
  items(list ?? '').some((item) => item.replace(/\s/g, '').toLowerCase() === profile.toLowerCase());

const availableWith = (component: string, profile: string): EmulatedVariable => ({
  ...variable(component, 'Available'),
  key: 'SupportedFeatureProfiles',
  value: (reported) => (reported === undefined ? undefined : String(hasProfile(reported, profile))),
});

const sameInBoth = new Set(['Available', 'Reserved', 'Unavailable', 'Faulted']);

const availabilityState = (connectorId: number, context: Context): string | undefined => {
  const status = lastStatus(connectorId, context);
  return status === undefined || sameInBoth.has(status) ? status : 'Occupied';
};

/** What the station's last BootNotification said of it. */
const ofBoot = (name: string, field: string): EmulatedVariable => ({
  ...variable('ChargingStation', name),
  value: (_reported, context) => (lastBoot(context)?.chargingStation as Record<string, string> | undefined)?.[field],
});

const places = [
  ['ChargingStation', undefined],
  ['EVSE', 'evse'],
  ['Connector', 'connector'],
] as const;

export const emulatedVariables: readonly EmulatedVariable[] = [
  fixed('DeviceDataCtrlr', 'ItemsPerMessage', '50', 'GetReport'),
  // The gateway asks the station in as many parts as it needs.
  fixed('DeviceDataCtrlr', 'ItemsPerMessage', '50', 'GetVariables'),
  fixed('DeviceDataCtrlr', 'ItemsPerMessage', '10', 'SetVariables'),
  ...['GetReport', 'GetVariables', 'SetVariables'].map((message) =>
    fixed('DeviceDataCtrlr', 'BytesPerMessage', '32768', message),
  ),
  fixed('OCPPCommCtrlr', 'OfflineThreshold', '60'),
  fixed('OCPPCommCtrlr', 'NetworkConfigurationPriority', '1'),
  fixed('OCPPCommCtrlr', 'NetworkProfileConnectionAttempts', '3'),
  fixed('OCPPCommCtrlr', 'ActiveNetworkProfile', '1'),
  // When transactions begin and end in the translation of a 1.6 station's messages.
  fixed('TxCtrlr', 'TxStartPoint', 'PowerPathClosed'),
  fixed('TxCtrlr', 'TxStopPoint', 'EVConnected,Authorized'),
  { ...variable('ClockCtrlr', 'DateTime'), value: (_reported, context) => new Date(context.now()).toISOString() },
  fixed('ClockCtrlr', 'TimeSource', 'Heartbeat'),
  fixed('SmartChargingCtrlr', 'LimitChangeSignificance', '0.0'),
  {
    ...variable('SmartChargingCtrlr', 'Entries', 'ChargingProfiles'),
    value: (_reported, context) => String(installedProfiles(context).length),
  },
  fixed('LocalAuthListCtrlr', 'BytesPerMessage', '65536'),
  {
    ...variable('AuthCacheCtrlr', 'Available'),
    key: 'AuthorizationCacheEnabled',
    value: (reported) => String(reported !== undefined),
  },
  availableWith('LocalAuthListCtrlr', 'LocalAuthListManagement'),
  availableWith('ReservationCtrlr', 'Reservation'),
  availableWith('SmartChargingCtrlr', 'SmartCharging'),
  ofBoot('Model', 'model'),
  ofBoot('VendorName', 'vendorName'),
  ofBoot('SerialNumber', 'serialNumber'),
  ...places.flatMap(([component, place]): EmulatedVariable[] => {
    const at = place === undefined ? {} : { place };
    return [
      { component, variable: 'Available', ...at, value: () => 'true' },
      {
        component,
        variable: 'AvailabilityState',
        ...at,
        value: (_reported, context, connectorId) => availabilityState(connectorId, context),
      },
    ];
  }),
];
