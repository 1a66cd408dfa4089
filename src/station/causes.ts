import type { StopTransactionRequest } from '../ocpp/generated/1.6.types.ts';
import type { ReasonEnumType, TriggerReasonEnumType } from '../ocpp/generated/2.0.1.types.ts';

type Reason16 = NonNullable<StopTransactionRequest['reason']>;
/** Why something is told about a transaction, in the words of 2.0.1 (and so of 2.1), and what 2.1 added. */
export type Trigger = TriggerReasonEnumType | 'TxResumed' | 'SoCLimitReached' | 'LimitSet';

/** Why a transaction stops, and how each Version says so (2.x E07, 1.6 7.36). */
export const stopCauses = {
  Local: { reason16: 'Local', reason2x: 'Local', trigger: 'StopAuthorized' },
  Remote: { reason16: 'Remote', reason2x: 'Remote', trigger: 'RemoteStop' },
  DeAuthorized: { reason16: 'DeAuthorized', reason2x: 'DeAuthorized', trigger: 'Deauthorized' },
  EVDisconnected: { reason16: 'EVDisconnected', reason2x: 'EVDisconnected', trigger: 'EVCommunicationLost' },
  EmergencyStop: { reason16: 'EmergencyStop', reason2x: 'EmergencyStop', trigger: 'AbnormalCondition' },
  PowerLoss: { reason16: 'PowerLoss', reason2x: 'PowerLoss', trigger: 'AbnormalCondition' },
  Reboot: { reason16: 'Reboot', reason2x: 'Reboot', trigger: 'ResetCommand' },
  SoftReset: { reason16: 'SoftReset', reason2x: 'ImmediateReset', trigger: 'ResetCommand' },
  HardReset: { reason16: 'HardReset', reason2x: 'ImmediateReset', trigger: 'ResetCommand' },
  UnlockCommand: { reason16: 'UnlockCommand', reason2x: 'Remote', trigger: 'UnlockCommand' },
  StoppedByEV: { reason16: 'Other', reason2x: 'StoppedByEV', trigger: 'ChargingStateChanged' },
  EnergyLimitReached: { reason16: 'Other', reason2x: 'EnergyLimitReached', trigger: 'EnergyLimitReached' },
  TimeLimitReached: { reason16: 'Other', reason2x: 'TimeLimitReached', trigger: 'TimeLimitReached' },
  SOCLimitReached: { reason16: 'Other', reason2x: 'SOCLimitReached', trigger: 'SoCLimitReached' },
  Timeout: { reason16: 'Other', reason2x: 'Timeout', trigger: 'EVConnectTimeout' },
  GroundFault: { reason16: 'Other', reason2x: 'GroundFault', trigger: 'AbnormalCondition' },
  OvercurrentFault: { reason16: 'Other', reason2x: 'OvercurrentFault', trigger: 'AbnormalCondition' },
  Other: { reason16: 'Other', reason2x: 'Other', trigger: 'AbnormalCondition' },
} as const satisfies Record<string, { reason16: Reason16; reason2x: ReasonEnumType; trigger: Trigger }>;

export type StopCause = keyof typeof stopCauses;

/** What can break, as 1.6 names it, and where 2.x says so (component and variable of a NotifyEvent). */
export const faults = {
  ConnectorLockFailure: { component: 'ConnectorPlugRetentionLock', variable: 'Problem', stop: 'Other' },
  EVCommunicationError: { component: 'CPPWMController', variable: 'Problem', stop: 'Other' },
  GroundFailure: { component: 'RCD', variable: 'Tripped', stop: 'GroundFault' },
  HighTemperature: { component: 'TemperatureSensor', variable: 'Problem', stop: 'Other' },
  InternalError: { component: 'Controller', variable: 'Problem', stop: 'Other' },
  OtherError: { component: 'Connector', variable: 'Problem', stop: 'Other' },
  OverCurrentFailure: { component: 'OverCurrentProtection', variable: 'Tripped', stop: 'OvercurrentFault' },
  OverVoltage: { component: 'ElectricalFeed', variable: 'Problem', stop: 'Other' },
  PowerMeterFailure: { component: 'FiscalMetering', variable: 'Problem', stop: 'Other' },
  PowerSwitchFailure: { component: 'PowerContactor', variable: 'Problem', stop: 'Other' },
  UnderVoltage: { component: 'ElectricalFeed', variable: 'Problem', stop: 'PowerLoss' },
} as const satisfies Record<string, { component: string; variable: string; stop: StopCause }>;

export type Fault = keyof typeof faults;
