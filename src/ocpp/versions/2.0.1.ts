import { validators } from '../generated/2.0.1.validators.js';
import { defineVersion, errorCodes2x, type VersionFacts } from './version.ts';

/** The functional blocks of OCPP 2.0.1 edition 3: 64 Actions. */
export const blocks201 = {
  Security: { station: ['SignCertificate', 'SecurityEventNotification'], csms: ['CertificateSigned'] },
  Provisioning: {
    station: ['BootNotification', 'NotifyReport'],
    csms: ['GetBaseReport', 'GetReport', 'GetVariables', 'SetVariables', 'Reset', 'SetNetworkProfile'],
  },
  Authorization: { station: ['Authorize'], csms: ['ClearCache'] },
  LocalAuthorizationListManagement: { csms: ['SendLocalList', 'GetLocalListVersion'] },
  Transactions: { station: ['TransactionEvent'], csms: ['GetTransactionStatus'] },
  RemoteControl: { csms: ['RequestStartTransaction', 'RequestStopTransaction', 'UnlockConnector', 'TriggerMessage'] },
  Availability: { station: ['StatusNotification', 'Heartbeat'], csms: ['ChangeAvailability'] },
  Reservation: { station: ['ReservationStatusUpdate'], csms: ['ReserveNow', 'CancelReservation'] },
  TariffAndCost: { csms: ['CostUpdated'] },
  MeterValues: { station: ['MeterValues'] },
  SmartCharging: {
    station: [
      'NotifyChargingLimit',
      'ClearedChargingLimit',
      'NotifyEVChargingNeeds',
      'NotifyEVChargingSchedule',
      'ReportChargingProfiles',
    ],
    csms: ['SetChargingProfile', 'GetChargingProfiles', 'ClearChargingProfile', 'GetCompositeSchedule'],
  },
  FirmwareManagement: {
    station: ['FirmwareStatusNotification', 'PublishFirmwareStatusNotification'],
    csms: ['UpdateFirmware', 'PublishFirmware', 'UnpublishFirmware'],
  },
  ISO15118CertificateManagement: {
    station: ['Get15118EVCertificate', 'GetCertificateStatus'],
    csms: ['InstallCertificate', 'DeleteCertificate', 'GetInstalledCertificateIds'],
  },
  Diagnostics: {
    station: ['LogStatusNotification', 'NotifyEvent', 'NotifyMonitoringReport', 'NotifyCustomerInformation'],
    csms: [
      'GetLog',
      'GetMonitoringReport',
      'SetMonitoringBase',
      'SetMonitoringLevel',
      'SetVariableMonitoring',
      'ClearVariableMonitoring',
      'CustomerInformation',
    ],
  },
  DisplayMessage: {
    station: ['NotifyDisplayMessages'],
    csms: ['SetDisplayMessage', 'GetDisplayMessages', 'ClearDisplayMessage'],
  },
  DataTransfer: { station: ['DataTransfer'], csms: ['DataTransfer'] },
} as const satisfies VersionFacts['blocks'];

/** What makes two messages of a 2.x station the same (2.0.1 E04). */
export const retransmission2x: VersionFacts['retransmission'] = {
  TransactionEvent: ['transactionInfo.transactionId', 'seqNo', 'eventType', 'timestamp'],
  MeterValues: [],
  SecurityEventNotification: [],
};

export const v201 = defineVersion(
  {
    name: '2.0.1',
    subprotocol: 'ocpp2.0.1',
    messageTypes: [2, 3, 4],
    unknownMessageType: 'MessageTypeNotSupported',
    errorCodes: errorCodes2x,
    hexPassword: 'text',
    maxFrameBytes: 1024 * 1024,
    boot: 'BootNotification',
    heartbeat: 'Heartbeat',
    retransmission: retransmission2x,
    blocks: blocks201,
  },
  validators,
);
