/** The Actions of every Version as the specifications list them, written out: feature profile or block → initiator → names. */
type Table = Readonly<Record<string, { readonly station?: string; readonly csms?: string }>>;

export const table15: Table = {
  CentralSystemService: {
    station:
      'Authorize BootNotification DataTransfer DiagnosticsStatusNotification FirmwareStatusNotification Heartbeat MeterValues StartTransaction StatusNotification StopTransaction',
  },
  ChargePointService: {
    csms: 'CancelReservation ChangeAvailability ChangeConfiguration ClearCache DataTransfer GetConfiguration GetDiagnostics GetLocalListVersion RemoteStartTransaction RemoteStopTransaction ReserveNow Reset SendLocalList UnlockConnector UpdateFirmware',
  },
};

export const table16: Table = {
  Core: {
    station:
      'Authorize BootNotification DataTransfer Heartbeat MeterValues StartTransaction StatusNotification StopTransaction',
    csms: 'ChangeAvailability ChangeConfiguration ClearCache DataTransfer GetConfiguration RemoteStartTransaction RemoteStopTransaction Reset UnlockConnector',
  },
  FirmwareManagement: {
    station: 'DiagnosticsStatusNotification FirmwareStatusNotification',
    csms: 'GetDiagnostics UpdateFirmware',
  },
  LocalAuthListManagement: { csms: 'GetLocalListVersion SendLocalList' },
  Reservation: { csms: 'CancelReservation ReserveNow' },
  SmartCharging: { csms: 'ClearChargingProfile GetCompositeSchedule SetChargingProfile' },
  RemoteTrigger: { csms: 'TriggerMessage' },
  Security: {
    station: 'LogStatusNotification SecurityEventNotification SignCertificate SignedFirmwareStatusNotification',
    csms: 'CertificateSigned DeleteCertificate ExtendedTriggerMessage GetInstalledCertificateIds GetLog InstallCertificate SignedUpdateFirmware',
  },
};

export const table201: Table = {
  Security: { station: 'SignCertificate SecurityEventNotification', csms: 'CertificateSigned' },
  Provisioning: {
    station: 'BootNotification NotifyReport',
    csms: 'GetBaseReport GetReport GetVariables SetVariables Reset SetNetworkProfile',
  },
  Authorization: { station: 'Authorize', csms: 'ClearCache' },
  LocalAuthorizationListManagement: { csms: 'SendLocalList GetLocalListVersion' },
  Transactions: { station: 'TransactionEvent', csms: 'GetTransactionStatus' },
  RemoteControl: { csms: 'RequestStartTransaction RequestStopTransaction UnlockConnector TriggerMessage' },
  Availability: { station: 'StatusNotification Heartbeat', csms: 'ChangeAvailability' },
  Reservation: { station: 'ReservationStatusUpdate', csms: 'ReserveNow CancelReservation' },
  TariffAndCost: { csms: 'CostUpdated' },
  MeterValues: { station: 'MeterValues' },
  SmartCharging: {
    station:
      'NotifyChargingLimit ClearedChargingLimit NotifyEVChargingNeeds NotifyEVChargingSchedule ReportChargingProfiles',
    csms: 'SetChargingProfile GetChargingProfiles ClearChargingProfile GetCompositeSchedule',
  },
  FirmwareManagement: {
    station: 'FirmwareStatusNotification PublishFirmwareStatusNotification',
    csms: 'UpdateFirmware PublishFirmware UnpublishFirmware',
  },
  ISO15118CertificateManagement: {
    station: 'Get15118EVCertificate GetCertificateStatus',
    csms: 'InstallCertificate DeleteCertificate GetInstalledCertificateIds',
  },
  Diagnostics: {
    station: 'LogStatusNotification NotifyEvent NotifyMonitoringReport NotifyCustomerInformation',
    csms: 'GetLog GetMonitoringReport SetMonitoringBase SetMonitoringLevel SetVariableMonitoring ClearVariableMonitoring CustomerInformation',
  },
  DisplayMessage: {
    station: 'NotifyDisplayMessages',
    csms: 'SetDisplayMessage GetDisplayMessages ClearDisplayMessage',
  },
  DataTransfer: { station: 'DataTransfer', csms: 'DataTransfer' },
};

/** What 2.1 has more than 2.0.1. */
export const table21More: Table = {
  Authorization: { station: 'NotifySettlement VatNumberValidation', csms: 'NotifyWebPaymentStarted' },
  TariffAndCost: { csms: 'SetDefaultTariff GetTariffs ClearTariffs ChangeTransactionTariff' },
  SmartCharging: {
    station: 'NotifyPriorityCharging PullDynamicScheduleUpdate',
    csms: 'UsePriorityCharging UpdateDynamicSchedule',
  },
  ISO15118CertificateManagement: { station: 'GetCertificateChainStatus' },
  Diagnostics: {
    station: 'OpenPeriodicEventStream ClosePeriodicEventStream NotifyPeriodicEventStream',
    csms: 'AdjustPeriodicEventStream GetPeriodicEventStream',
  },
  BidirectionalPowerTransfer: { csms: 'NotifyAllowedEnergyTransfer AFRRSignal' },
  DERControl: {
    station: 'ReportDERControl NotifyDERAlarm NotifyDERStartStop',
    csms: 'SetDERControl GetDERControl ClearDERControl',
  },
  BatterySwap: { station: 'BatterySwap', csms: 'RequestBatterySwap' },
};

/** One line per Action and direction: `block initiator name`, sorted. */
export const linesOf = (...tables: readonly Table[]): readonly string[] =>
  tables
    .flatMap((table) =>
      Object.entries(table).flatMap(([block, sides]) =>
        Object.entries(sides).flatMap(([side, names]) => names.split(' ').map((name) => `${block} ${side} ${name}`)),
      ),
    )
    .sort();
