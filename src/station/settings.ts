import { measurandNames } from './meter.ts';

/** Where OCPP 2.x keeps a setting (device model) . */
export interface VariablePath {
  readonly component: string;
  readonly variable: string;
  readonly instance?: string;
}

/** One configuration setting of a charging station, as 1.6 and as 2.x name it. */
export interface Setting {
  /** Our name: the 1.6 key where there is one. */
  readonly id: string;
  /** The 1.6 configuration key; absent: 1.6 has none. */
  readonly key?: string;
  /** The 2.x variable; absent: 2.x has none. */
  readonly path?: VariablePath;
  readonly type:
    | 'integer'
    | 'decimal'
    | 'boolean'
    | 'string'
    | 'OptionList'
    | 'MemberList'
    | 'SequenceList'
    | 'dateTime';
  readonly access: 'R' | 'RW' | 'W';
  readonly initial: string;
  readonly unit?: string;
  /** Of an integer its least value; of a string its least length. */
  readonly min?: number;
  /** Of an integer its greatest value; of a string its greatest length; of a list its greatest number of members. */
  readonly max?: number;
  /** The values of an option list or a list's members. */
  readonly values?: readonly string[];
  /** A change is only used after a reboot. */
  readonly reboot?: boolean;
}

type Extra = Partial<Pick<Setting, 'unit' | 'min' | 'max' | 'values' | 'reboot'>>;

/** `Component.Variable[Instance]` */
function pathOf(text: string): VariablePath {
  const [, component, variable, instance] = /^(\w+)\.(\w+)(?:\[(\w+)\])?$/.exec(text) ?? [];
  if (component === undefined || variable === undefined) throw new Error(`${text} is no Component.Variable[Instance]`);
  return { component, variable, ...(instance !== undefined && { instance }) };
}

const both = (
  key: string,
  path: string | undefined,
  type: Setting['type'],
  access: Setting['access'],
  initial: string,
  extra: Extra = {},
): Setting => ({ id: key, key, ...(path !== undefined && { path: pathOf(path) }), type, access, initial, ...extra });
const only2x = (
  path: string,
  type: Setting['type'],
  access: Setting['access'],
  initial: string,
  extra: Extra = {},
): Setting => ({ id: path, path: pathOf(path), type, access, initial, ...extra });

const seconds: Extra = { unit: 's', min: 0 };
const measurands: Extra = { values: measurandNames, max: measurandNames.length };
const txPoints: Extra = {
  values: ['EVConnected', 'Authorized', 'PowerPathClosed', 'EnergyTransfer'],
};
const register = 'Energy.Active.Import.Register';

/** Every setting. The pairs of names are those of the specifications (1.6 9, 2.0.1 part 2 appendix). */
export const settings: readonly Setting[] = [
  both('AllowOfflineTxForUnknownId', 'AuthCtrlr.OfflineTxForUnknownIdEnabled', 'boolean', 'RW', 'false'),
  both('AuthorizationCacheEnabled', 'AuthCacheCtrlr.Enabled', 'boolean', 'RW', 'true'),
  both('AuthorizeRemoteTxRequests', 'AuthCtrlr.AuthorizeRemoteStart', 'boolean', 'RW', 'false'),
  both('BlinkRepeat', undefined, 'integer', 'RW', '3', { min: 0 }),
  both('ClockAlignedDataInterval', 'AlignedDataCtrlr.Interval', 'integer', 'RW', '0', seconds),
  both('ConnectionTimeOut', 'TxCtrlr.EVConnectionTimeOut', 'integer', 'RW', '60', seconds),
  both('ConnectorPhaseRotation', undefined, 'string', 'RW', '0.RST,1.RST', { max: 500 }),
  both('GetConfigurationMaxKeys', 'DeviceDataCtrlr.ItemsPerMessage[GetVariables]', 'integer', 'R', '50'),
  both('HeartbeatInterval', 'OCPPCommCtrlr.HeartbeatInterval', 'integer', 'RW', '300', seconds),
  both('LightIntensity', undefined, 'integer', 'RW', '80', { unit: 'Percent', min: 0, max: 100 }),
  both('LocalAuthorizeOffline', 'AuthCtrlr.LocalAuthorizeOffline', 'boolean', 'RW', 'true'),
  both('LocalPreAuthorize', 'AuthCtrlr.LocalPreAuthorize', 'boolean', 'RW', 'false'),
  both('MaxEnergyOnInvalidId', 'TxCtrlr.MaxEnergyOnInvalidId', 'integer', 'RW', '0', { unit: 'Wh', min: 0 }),
  both('MessageTimeout', 'OCPPCommCtrlr.MessageTimeout[Default]', 'integer', 'RW', '30', { unit: 's', min: 1 }),
  both('MeterValuesAlignedData', 'AlignedDataCtrlr.Measurands', 'MemberList', 'RW', register, measurands),
  both('MeterValuesAlignedDataMaxLength', undefined, 'integer', 'R', String(measurandNames.length)),
  both(
    'MeterValuesSampledData',
    'SampledDataCtrlr.TxUpdatedMeasurands',
    'MemberList',
    'RW',
    `${register},Power.Active.Import,Current.Import,Voltage,SoC`,
    measurands,
  ),
  both('MeterValuesSampledDataMaxLength', undefined, 'integer', 'R', String(measurandNames.length)),
  both('MeterValueSampleInterval', 'SampledDataCtrlr.TxUpdatedInterval', 'integer', 'RW', '60', seconds),
  both('MinimumStatusDuration', undefined, 'integer', 'RW', '0', seconds),
  both('NumberOfConnectors', undefined, 'integer', 'R', '1'),
  both('ResetRetries', 'OCPPCommCtrlr.ResetRetries', 'integer', 'RW', '1', { min: 0 }),
  both('StopTransactionOnEVSideDisconnect', 'TxCtrlr.StopTxOnEVSideDisconnect', 'boolean', 'RW', 'true'),
  both('StopTransactionOnInvalidId', 'TxCtrlr.StopTxOnInvalidId', 'boolean', 'RW', 'true'),
  both('StopTxnAlignedData', 'AlignedDataCtrlr.TxEndedMeasurands', 'MemberList', 'RW', '', measurands),
  both('StopTxnAlignedDataMaxLength', undefined, 'integer', 'R', String(measurandNames.length)),
  both('StopTxnSampledData', 'SampledDataCtrlr.TxEndedMeasurands', 'MemberList', 'RW', register, measurands),
  both('StopTxnSampledDataMaxLength', undefined, 'integer', 'R', String(measurandNames.length)),
  both(
    'SupportedFeatureProfiles',
    undefined,
    'string',
    'R',
    'Core,FirmwareManagement,LocalAuthListManagement,Reservation,SmartCharging,RemoteTrigger',
  ),
  both('SupportedFeatureProfilesMaxLength', undefined, 'integer', 'R', '6'),
  both('TransactionMessageAttempts', 'OCPPCommCtrlr.MessageAttempts[TransactionEvent]', 'integer', 'RW', '3', {
    min: 1,
  }),
  both(
    'TransactionMessageRetryInterval',
    'OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]',
    'integer',
    'RW',
    '30',
    seconds,
  ),
  both('UnlockConnectorOnEVSideDisconnect', 'OCPPCommCtrlr.UnlockOnEVSideDisconnect', 'boolean', 'RW', 'true'),
  both('WebSocketPingInterval', 'OCPPCommCtrlr.WebSocketPingInterval', 'integer', 'RW', '0', seconds),
  both('LocalAuthListEnabled', 'LocalAuthListCtrlr.Enabled', 'boolean', 'RW', 'true'),
  both('LocalAuthListMaxLength', undefined, 'integer', 'R', '1000'),
  both('SendLocalListMaxLength', 'LocalAuthListCtrlr.ItemsPerMessage', 'integer', 'R', '500'),
  both('ReserveConnectorZeroSupported', 'ReservationCtrlr.NonEvseSpecific', 'boolean', 'R', 'true'),
  both('ChargeProfileMaxStackLevel', 'SmartChargingCtrlr.ProfileStackLevel', 'integer', 'R', '9'),
  both('ChargingScheduleAllowedChargingRateUnit', undefined, 'string', 'R', 'Current,Power'),
  both('ChargingScheduleMaxPeriods', 'SmartChargingCtrlr.PeriodsPerSchedule', 'integer', 'R', '96'),
  both('ConnectorSwitch3to1PhaseSupported', 'SmartChargingCtrlr.Phases3to1', 'boolean', 'R', 'false'),
  both('MaxChargingProfilesInstalled', undefined, 'integer', 'R', '50'),
  both(
    'SupportedFileTransferProtocols',
    'OCPPCommCtrlr.FileTransferProtocols',
    'MemberList',
    'R',
    'FTP,FTPS,HTTP,HTTPS',
    {
      values: ['FTP', 'FTPS', 'HTTP', 'HTTPS', 'SFTP'],
    },
  ),
  both('AdditionalRootCertificateCheck', 'SecurityCtrlr.AdditionalRootCertificateCheck', 'boolean', 'R', 'false'),
  both('AuthorizationKey', 'SecurityCtrlr.BasicAuthPassword', 'string', 'W', '', { min: 16, max: 64 }),
  both('CertificateSignedMaxChainSize', 'SecurityCtrlr.MaxCertificateChainSize', 'integer', 'R', '10000'),
  both('CertificateStoreMaxLength', undefined, 'integer', 'R', '20'),
  both('CpoName', 'SecurityCtrlr.OrganizationName', 'string', 'RW', 'EVSEBridge', { max: 255 }),
  both('SecurityProfile', 'SecurityCtrlr.SecurityProfile', 'integer', 'R', '0', { min: 0, max: 3 }),

  only2x('AlignedDataCtrlr.Available', 'boolean', 'R', 'true'),
  only2x('AlignedDataCtrlr.TxEndedInterval', 'integer', 'RW', '0', seconds),
  only2x('AuthCacheCtrlr.Available', 'boolean', 'R', 'true'),
  only2x('AuthCtrlr.Enabled', 'boolean', 'R', 'true'),
  only2x('ClockCtrlr.TimeSource', 'SequenceList', 'RW', 'Heartbeat', { values: ['Heartbeat', 'NTP', 'RealTimeClock'] }),
  only2x('DeviceDataCtrlr.ItemsPerMessage[GetReport]', 'integer', 'R', '50'),
  only2x('DeviceDataCtrlr.ItemsPerMessage[SetVariables]', 'integer', 'R', '50'),
  only2x('DeviceDataCtrlr.BytesPerMessage[GetReport]', 'integer', 'R', '32768'),
  only2x('DeviceDataCtrlr.BytesPerMessage[GetVariables]', 'integer', 'R', '32768'),
  only2x('DeviceDataCtrlr.BytesPerMessage[SetVariables]', 'integer', 'R', '32768'),
  only2x('DisplayMessageCtrlr.Available', 'boolean', 'R', 'true'),
  only2x('DisplayMessageCtrlr.SupportedFormats', 'MemberList', 'R', 'ASCII,UTF8', { values: ['ASCII', 'UTF8'] }),
  only2x('DisplayMessageCtrlr.SupportedPriorities', 'MemberList', 'R', 'AlwaysFront,InFront,NormalCycle', {
    values: ['AlwaysFront', 'InFront', 'NormalCycle'],
  }),
  only2x('LocalAuthListCtrlr.Available', 'boolean', 'R', 'true'),
  only2x('LocalAuthListCtrlr.BytesPerMessage', 'integer', 'R', '65536'),
  only2x('OCPPCommCtrlr.ActiveNetworkProfile', 'integer', 'R', '1'),
  only2x('OCPPCommCtrlr.NetworkConfigurationPriority', 'SequenceList', 'RW', '1', { values: ['1'] }),
  only2x('OCPPCommCtrlr.NetworkProfileConnectionAttempts', 'integer', 'RW', '3', { min: 1 }),
  only2x('OCPPCommCtrlr.OfflineThreshold', 'integer', 'RW', '60', seconds),
  only2x('OCPPCommCtrlr.QueueAllMessages', 'boolean', 'R', 'false'),
  only2x('OCPPCommCtrlr.RetryBackOffWaitMinimum', 'integer', 'RW', '1', seconds),
  only2x('OCPPCommCtrlr.RetryBackOffRandomRange', 'integer', 'RW', '2', seconds),
  only2x('OCPPCommCtrlr.RetryBackOffRepeatTimes', 'integer', 'RW', '5', { min: 0, max: 10 }),
  only2x('ReservationCtrlr.Available', 'boolean', 'R', 'true'),
  only2x('SampledDataCtrlr.Available', 'boolean', 'R', 'true'),
  only2x('SampledDataCtrlr.TxEndedInterval', 'integer', 'RW', '0', seconds),
  only2x('SampledDataCtrlr.TxStartedMeasurands', 'MemberList', 'RW', register, measurands),
  only2x('SecurityCtrlr.Identity', 'string', 'R', '', { max: 48 }),
  only2x('SmartChargingCtrlr.Available', 'boolean', 'R', 'true'),
  only2x('SmartChargingCtrlr.Enabled', 'boolean', 'R', 'true'),
  only2x('SmartChargingCtrlr.LimitChangeSignificance', 'decimal', 'R', '0.0', { unit: 'Percent' }),
  only2x('SmartChargingCtrlr.RateUnit', 'MemberList', 'R', 'A,W', { values: ['A', 'W'] }),
  only2x('TariffCostCtrlr.Currency', 'string', 'RW', 'EUR', { max: 3 }),
  only2x('TxCtrlr.TxStartPoint', 'MemberList', 'RW', 'PowerPathClosed', txPoints),
  only2x('TxCtrlr.TxStopPoint', 'MemberList', 'RW', 'EVConnected,Authorized', txPoints),
];

const bySetting = new Map(settings.map((setting) => [setting.id, setting]));
const byKey = new Map(
  settings.flatMap((setting) => (setting.key ? [[setting.key.toLowerCase(), setting] as const] : [])),
);
const pathKey = ({ component, variable, instance }: VariablePath): string =>
  `${component}.${variable}${instance === undefined ? '' : `[${instance}]`}`.toLowerCase();
const byPath = new Map(
  settings.flatMap((setting) => (setting.path ? [[pathKey(setting.path), setting] as const] : [])),
);

/** The setting of a 1.6 key; names are compared without case (CiString). */
export const settingByKey = (key: string): Setting | undefined => byKey.get(key.toLowerCase());
/** The setting of a 2.x variable; names are compared without case (identifierString). */
export const settingByPath = (path: VariablePath): Setting | undefined => byPath.get(pathKey(path));

/** Members of a comma separated list. */
export const members = (text: string): string[] =>
  text
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '');

/** Why `value` cannot be set; `undefined` when it can. */
export function objectionTo(setting: Setting, value: string): string | undefined {
  const { type, min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, values } = setting;
  switch (type) {
    case 'integer':
      if (!/^-?\d{1,10}$/.test(value)) return 'is not an integer';
      return Number(value) < min || Number(value) > max ? `is not within ${min} and ${max}` : undefined;
    case 'decimal':
      return Number.isFinite(Number(value)) && value.trim() !== '' ? undefined : 'is not a number';
    case 'boolean':
      return /^(true|false)$/i.test(value) ? undefined : 'is neither true nor false';
    case 'OptionList':
      return values?.includes(value) ? undefined : `is none of ${values?.join(', ')}`;
    case 'MemberList':
    case 'SequenceList': {
      const unknown = members(value).find((member) => !values?.includes(member));
      if (unknown !== undefined) return `has the unknown member ${unknown}`;
      return members(value).length > max ? `has more than ${max} members` : undefined;
    }
    case 'dateTime':
      return Number.isNaN(Date.parse(value)) ? 'is not a date-time' : undefined;
    case 'string':
      return value.length < min || value.length > max ? `is not ${min} to ${max} characters long` : undefined;
  }
}

/** The values of one station's settings: the initial ones, overlaid by what was changed. */
export class Settings {
  readonly #changed = new Map<string, string>();
  readonly #lists = new Map<string, readonly string[]>();

  /** @throws Error for a name or a value that is not one. */
  constructor(initial: Readonly<Record<string, string>> = {}) {
    for (const [name, value] of Object.entries(initial)) {
      const setting = bySetting.get(name);
      if (setting === undefined) throw new Error(`a station has no setting ${name}`);
      const objection = objectionTo(setting, value);
      if (objection !== undefined) throw new Error(`the setting ${name} ${objection}: ${value}`);
      this.set(setting, value);
    }
  }

  get(setting: Setting): string {
    return this.#changed.get(setting.id) ?? setting.initial;
  }

  /** Sets without asking whether one may; see {@link objectionTo}. */
  set(setting: Setting, value: string): void {
    this.#changed.set(setting.id, setting.type === 'boolean' ? value.toLowerCase() : value);
    this.#lists.delete(setting.id);
  }

  text(id: string): string {
    const setting = bySetting.get(id);
    if (setting === undefined) throw new Error(`a station has no setting ${id}`);
    return this.get(setting);
  }

  integer(id: string): number {
    return Number(this.text(id));
  }

  flag(id: string): boolean {
    return this.text(id) === 'true';
  }

  list(id: string): readonly string[] {
    let list = this.#lists.get(id);
    if (list === undefined) {
      list = members(this.text(id));
      this.#lists.set(id, list);
    }
    return list;
  }
}
