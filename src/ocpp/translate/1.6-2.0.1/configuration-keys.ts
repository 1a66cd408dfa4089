/**
 * Configuration keys of 1.6 ↔ variables of 2.x: the facts. OCA published no normative table; this one follows the definitions
 * of both sides.
 */
import type { Context } from '../context.ts';
import type { ValueKind } from './configuration-values.ts';
import { connectorCount } from './topology.ts';

/** A variable of a component. Components of an EVSE or connector stand for one variable per EVSE or connector. */
export interface Variable {
  readonly component: string;
  readonly variable: string;
  readonly instance?: string;
  readonly place?: 'evse' | 'connector';
}

export const variable = (component: string, name: string, instance?: string): Variable => ({
  component,
  variable: name,
  ...(instance === undefined ? {} : { instance }),
});

const perEvse = (component: string, name: string): Variable => ({ component, variable: name, place: 'evse' });
const perConnector = (component: string, name: string): Variable => ({ component, variable: name, place: 'connector' });

/** Of a 2.x station: reads the value of one of its variables, `undefined` when it has none such. */
export type Read = (variable: Variable) => string | undefined;

export interface ConfigurationKey {
  /** As 1.6 spells it; the beginning of it when there is a `suffix`. */
  readonly key: string;
  /** What follows `key`: a connector's number, or the variable's instance. */
  readonly suffix?: 'connector' | 'instance';
  readonly access: 'R' | 'RW' | 'W';
  readonly kind: ValueKind;
  /** The same in 2.x; absent: there is none, or only a characteristic of one, or the gateway answers. */
  readonly variable?: Variable;
  /** Variables that are written with it towards 2.x; towards a 2.x CSMS they can be read. */
  readonly also?: readonly (Variable & { readonly kind: ValueKind; readonly unlessChosen?: string })[];
  /** Variables that mean this key too when a 2.x CSMS names them. */
  readonly alias?: readonly Variable[];
  /** The value is a characteristic of that variable, which only reports tell (2.x part 2 2.43). */
  readonly characteristic?: Variable & { readonly of: 'maxLimit' | 'maxElements' };
  /** Made by the gateway for a 1.6 CSMS, out of the variables that it reads. */
  readonly derived?: {
    readonly how: string;
    readonly from: readonly Variable[];
    readonly value: (read: Read, context: Context) => string | undefined;
  };
  /** Not to be written across versions, and why. */
  readonly refused?: string;
  /** What a 2.x CSMS reads when the station does not know the key. */
  readonly fallback?: string;
}

const key = (
  name: string,
  access: ConfigurationKey['access'],
  kind: ValueKind,
  mapped?: Variable,
  more: Partial<ConfigurationKey> = {},
): ConfigurationKey => ({ key: name, access, kind, ...(mapped === undefined ? {} : { variable: mapped }), ...more });

/** Number of items in a list: `maxLimit` of a list counts characters, so it is `maxElements` (2.1) or nothing. */
const itemsOf = (name: string, list: Variable): ConfigurationKey =>
  key(name, 'R', 'integer', undefined, { characteristic: { ...list, of: 'maxElements' } });

const limitOf = (name: string, counted: Variable): ConfigurationKey =>
  key(name, 'R', 'integer', undefined, { characteristic: { ...counted, of: 'maxLimit' } });

const derived = (
  name: string,
  kind: ValueKind,
  how: string,
  from: readonly Variable[],
  value: (read: Read, context: Context) => string | undefined,
): ConfigurationKey => key(name, 'R', kind, undefined, { derived: { how, from, value } });

const LEGACY = 'OCPP16LegacyCtrlr';
/** The component that stands for everything of 1.6 that 2.x has no variable for: variable = key. */
export const legacyComponent = LEGACY;

const feature = {
  localList: variable('LocalAuthListCtrlr', 'Available'),
  reservation: variable('ReservationCtrlr', 'Available'),
  smartCharging: variable('SmartChargingCtrlr', 'Available'),
};

const knownConnectors = (context: Context, plus = 0): string | undefined =>
  connectorCount(context) === 0 ? undefined : String(connectorCount(context) + plus);

/** In the order of 1.6 chapter 9 and of the papers that came after it. */
export const configurationKeys: readonly ConfigurationKey[] = [
  // Core
  key('AllowOfflineTxForUnknownId', 'RW', 'boolean', variable('AuthCtrlr', 'OfflineTxForUnknownIdEnabled')),
  key('AuthorizationCacheEnabled', 'RW', 'boolean', variable('AuthCacheCtrlr', 'Enabled')),
  key('AuthorizeRemoteTxRequests', 'RW', 'boolean', variable('AuthCtrlr', 'AuthorizeRemoteStart')),
  key('BlinkRepeat', 'RW', 'text', variable(LEGACY, 'BlinkRepeat')),
  key('ClockAlignedDataInterval', 'RW', 'seconds', variable('AlignedDataCtrlr', 'Interval'), {
    also: [{ ...variable('AlignedDataCtrlr', 'TxEndedInterval'), kind: 'seconds' }],
  }),
  key('ConnectionTimeOut', 'RW', 'seconds', variable('TxCtrlr', 'EVConnectionTimeOut')),
  key('ConnectorPhaseRotation', 'RW', 'rotation', perConnector('Connector', 'PhaseRotation'), {
    alias: [perEvse('EVSE', 'PhaseRotation'), variable('ChargingStation', 'PhaseRotation')],
  }),
  derived('ConnectorPhaseRotationMaxLength', 'integer', 'number of connectors and one', [], (_read, context) =>
    knownConnectors(context, 1),
  ),
  key('GetConfigurationMaxKeys', 'R', 'integer', variable('DeviceDataCtrlr', 'ItemsPerMessage', 'GetVariables')),
  key('HeartbeatInterval', 'RW', 'seconds', variable('OCPPCommCtrlr', 'HeartbeatInterval')),
  key('LightIntensity', 'RW', 'text', variable(LEGACY, 'LightIntensity')),
  key('LocalAuthorizeOffline', 'RW', 'boolean', variable('AuthCtrlr', 'LocalAuthorizeOffline')),
  key('LocalPreAuthorize', 'RW', 'boolean', variable('AuthCtrlr', 'LocalPreAuthorize')),
  key('MaxEnergyOnInvalidId', 'RW', 'wattHours', variable('TxCtrlr', 'MaxEnergyOnInvalidId')),
  key('MessageTimeout', 'RW', 'seconds', variable('OCPPCommCtrlr', 'MessageTimeout', 'Default')),
  key('MeterValuesAlignedData', 'RW', 'measurands', variable('AlignedDataCtrlr', 'Measurands')),
  itemsOf('MeterValuesAlignedDataMaxLength', variable('AlignedDataCtrlr', 'Measurands')),
  key('MeterValuesSampledData', 'RW', 'measurands', variable('SampledDataCtrlr', 'TxUpdatedMeasurands'), {
    also: [
      {
        ...variable('SampledDataCtrlr', 'TxStartedMeasurands'),
        kind: 'boundaryMeasurands',
        unlessChosen: 'StartTxnSampledData',
      },
    ],
  }),
  itemsOf('MeterValuesSampledDataMaxLength', variable('SampledDataCtrlr', 'TxUpdatedMeasurands')),
  key('MeterValueSampleInterval', 'RW', 'seconds', variable('SampledDataCtrlr', 'TxUpdatedInterval'), {
    also: [{ ...variable('SampledDataCtrlr', 'TxEndedInterval'), kind: 'seconds' }],
  }),
  key('MinimumStatusDuration', 'RW', 'seconds', perEvse('EVSE', 'MinimumStatusDuration'), {
    alias: [variable('ChargingStation', 'MinimumStatusDuration'), perConnector('Connector', 'MinimumStatusDuration')],
  }),
  derived('NumberOfConnectors', 'integer', 'the connectors that were seen', [], (_read, context) =>
    knownConnectors(context),
  ),
  key('ResetRetries', 'RW', 'integer', variable('OCPPCommCtrlr', 'ResetRetries')),
  derived('StopTransactionMaxMeterValues', 'integer', 'not known of a 2.x station: left out', [], () => undefined),
  key('StopTransactionOnEVSideDisconnect', 'RW', 'boolean', variable('TxCtrlr', 'StopTxOnEVSideDisconnect')),
  key('StopTransactionOnInvalidId', 'RW', 'boolean', variable('TxCtrlr', 'StopTxOnInvalidId')),
  key('StopTxnAlignedData', 'RW', 'measurands', variable('AlignedDataCtrlr', 'TxEndedMeasurands')),
  itemsOf('StopTxnAlignedDataMaxLength', variable('AlignedDataCtrlr', 'TxEndedMeasurands')),
  key('StopTxnSampledData', 'RW', 'boundaryMeasurands', variable('SampledDataCtrlr', 'TxEndedMeasurands')),
  itemsOf('StopTxnSampledDataMaxLength', variable('SampledDataCtrlr', 'TxEndedMeasurands')),
  derived(
    'SupportedFeatureProfiles',
    'list',
    'what the gateway translates, as far as the station has it',
    Object.values(feature),
    (read) => {
      const has = (available: Variable): boolean => read(available)?.trim().toLowerCase() === 'true';
      return [
        'Core',
        'FirmwareManagement',
        ...(has(feature.localList) ? ['LocalAuthListManagement'] : []),
        ...(has(feature.reservation) ? ['Reservation'] : []),
        ...(has(feature.smartCharging) ? ['SmartCharging'] : []),
        'RemoteTrigger',
      ].join(',');
    },
  ),
  derived('SupportedFeatureProfilesMaxLength', 'integer', 'as many as 1.6 has', [], () => '6'),
  key('TransactionMessageAttempts', 'RW', 'integer', variable('OCPPCommCtrlr', 'MessageAttempts', 'TransactionEvent')),
  key(
    'TransactionMessageRetryInterval',
    'RW',
    'seconds',
    variable('OCPPCommCtrlr', 'MessageAttemptInterval', 'TransactionEvent'),
  ),
  key('UnlockConnectorOnEVSideDisconnect', 'RW', 'boolean', variable('OCPPCommCtrlr', 'UnlockOnEVSideDisconnect')),
  key('WebSocketPingInterval', 'RW', 'seconds', variable('OCPPCommCtrlr', 'WebSocketPingInterval')),
  // LocalAuthListManagement
  key('LocalAuthListEnabled', 'RW', 'boolean', variable('LocalAuthListCtrlr', 'Enabled')),
  limitOf('LocalAuthListMaxLength', variable('LocalAuthListCtrlr', 'Entries')),
  key('SendLocalListMaxLength', 'R', 'integer', variable('LocalAuthListCtrlr', 'ItemsPerMessage')),
  // Reservation
  key('ReserveConnectorZeroSupported', 'R', 'boolean', variable('ReservationCtrlr', 'NonEvseSpecific')),
  // SmartCharging
  key('ChargeProfileMaxStackLevel', 'R', 'integer', variable('SmartChargingCtrlr', 'ProfileStackLevel')),
  key('ChargingScheduleAllowedChargingRateUnit', 'R', 'rateUnits', variable('SmartChargingCtrlr', 'RateUnit')),
  key('ChargingScheduleMaxPeriods', 'R', 'integer', variable('SmartChargingCtrlr', 'PeriodsPerSchedule')),
  key('ConnectorSwitch3to1PhaseSupported', 'R', 'boolean', variable('SmartChargingCtrlr', 'Phases3to1')),
  limitOf('MaxChargingProfilesInstalled', variable('SmartChargingCtrlr', 'Entries', 'ChargingProfiles')),
  // FirmwareManagement
  key('SupportedFileTransferProtocols', 'R', 'protocols', variable('OCPPCommCtrlr', 'FileTransferProtocols'), {
    fallback: 'FTP,HTTP',
  }),
  // Security white paper
  key('AdditionalRootCertificateCheck', 'R', 'boolean', variable('SecurityCtrlr', 'AdditionalRootCertificateCheck')),
  key('AuthorizationKey', 'W', 'text', variable('SecurityCtrlr', 'BasicAuthPassword'), {
    refused: 'the password of the station is the gateway’s to change',
  }),
  key('CertificateSignedMaxChainSize', 'R', 'integer', variable('SecurityCtrlr', 'MaxCertificateChainSize')),
  limitOf('CertificateStoreMaxLength', variable('SecurityCtrlr', 'CertificateEntries')),
  key('CpoName', 'RW', 'text', variable('SecurityCtrlr', 'OrganizationName')),
  key('SecurityProfile', 'RW', 'integer', variable('SecurityCtrlr', 'SecurityProfile'), {
    refused: 'the security of the station’s connection is administered in the gateway',
  }),
  // Signed meter values
  key('MeterPublicKey', 'R', 'text', perEvse('FiscalMetering', 'PublicKey'), { suffix: 'connector' }),
  key('PublicKeyWithSignedMeterValue', 'RW', 'text', variable('OCPPCommCtrlr', 'PublicKeyWithSignedMeterValue')),
  key('StartTxnSampledData', 'RW', 'boundaryMeasurands', variable('SampledDataCtrlr', 'TxStartedMeasurands'), {
    // What a 1.6 StartTransaction says: meterStart.
    fallback: 'Energy.Active.Import.Register',
  }),
  ...['SignReadings', 'SignStartedReadings', 'SignUpdatedReadings'].map((name) =>
    key(`SampledData${name}`, 'RW', 'boolean', variable('SampledDataCtrlr', name)),
  ),
  ...['SignReadings', 'SignUpdatedReadings'].map((name) =>
    key(`AlignedData${name}`, 'RW', 'boolean', variable('AlignedDataCtrlr', name)),
  ),
  // Plug & Charge, California pricing
  key('ISO15118PnCEnabled', 'RW', 'boolean', variable('ISO15118Ctrlr', 'PnCEnabled')),
  key(
    'CentralContractValidationAllowed',
    'RW',
    'boolean',
    variable('ISO15118Ctrlr', 'CentralContractValidationAllowed'),
  ),
  key('ContractValidationOffline', 'RW', 'boolean', variable('ISO15118Ctrlr', 'ContractValidationOffline')),
  key('CertSigningWaitMinimum', 'RW', 'seconds', variable('SecurityCtrlr', 'CertSigningWaitMinimum')),
  key('CertSigningRepeatTimes', 'RW', 'integer', variable('SecurityCtrlr', 'CertSigningRepeatTimes')),
  key('NumberOfDecimalsForCostValues', 'RW', 'integer', variable('TariffCostCtrlr', 'NumberOfDecimalsForCostValues')),
  key('DefaultPrice', 'RW', 'price', variable('TariffCostCtrlr', 'TariffFallbackMessage')),
  key('DefaultPriceText,', 'RW', 'price', variable('TariffCostCtrlr', 'TariffFallbackMessage'), { suffix: 'instance' }),
  key('CustomDisplayCostAndPrice', 'RW', 'boolean', variable('TariffCostCtrlr', 'Enabled', 'Tariff')),
  key('TimeOffset', 'RW', 'text', variable('ClockCtrlr', 'TimeOffset')),
  key('NextTimeOffsetTransitionDateTime', 'RW', 'text', variable('ClockCtrlr', 'NextTimeOffsetTransitionDateTime')),
  key('TimeOffsetNextTransition', 'RW', 'text', variable('ClockCtrlr', 'TimeOffset', 'NextTransition')),
];
