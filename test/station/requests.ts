/** One valid request for every Action that a CSMS may send, by Version. */
const at = '2030-01-01T00:00:00Z';
const hash = { hashAlgorithm: 'SHA256', issuerNameHash: 'aa', issuerKeyHash: 'bb', serialNumber: '01' };
const pem = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----';
const token = { idToken: 'TAG', type: 'ISO14443' };
const schedule = { chargingRateUnit: 'A', chargingSchedulePeriod: [{ startPeriod: 0, limit: 10 }] };

export const requests16: Readonly<Record<string, object>> = {
  CancelReservation: { reservationId: 7 },
  CertificateSigned: { certificateChain: pem },
  ChangeAvailability: { connectorId: 1, type: 'Operative' },
  ChangeConfiguration: { key: 'HeartbeatInterval', value: '600' },
  ClearCache: {},
  ClearChargingProfile: {},
  DataTransfer: { vendorId: 'nobody' },
  DeleteCertificate: { certificateHashData: hash },
  ExtendedTriggerMessage: { requestedMessage: 'Heartbeat' },
  GetCompositeSchedule: { connectorId: 1, duration: 600 },
  GetConfiguration: {},
  GetDiagnostics: { location: 'ftp://files.example/logs' },
  GetInstalledCertificateIds: { certificateType: 'CentralSystemRootCertificate' },
  GetLocalListVersion: {},
  GetLog: { logType: 'SecurityLog', requestId: 1, log: { remoteLocation: 'ftp://files.example/logs' } },
  InstallCertificate: { certificateType: 'CentralSystemRootCertificate', certificate: pem },
  RemoteStartTransaction: { connectorId: 1, idTag: 'TAG' },
  RemoteStopTransaction: { transactionId: 99 },
  ReserveNow: { connectorId: 1, expiryDate: at, idTag: 'TAG', reservationId: 7 },
  SendLocalList: { listVersion: 1, updateType: 'Full', localAuthorizationList: [] },
  SetChargingProfile: {
    connectorId: 0,
    csChargingProfiles: {
      chargingProfileId: 1,
      stackLevel: 0,
      chargingProfilePurpose: 'ChargePointMaxProfile',
      chargingProfileKind: 'Absolute',
      chargingSchedule: schedule,
    },
  },
  SignedUpdateFirmware: {
    requestId: 1,
    firmware: {
      location: 'https://files.example/fw',
      retrieveDateTime: at,
      signingCertificate: pem,
      signature: 'AA==',
    },
  },
  TriggerMessage: { requestedMessage: 'Heartbeat' },
  UnlockConnector: { connectorId: 1 },
  UpdateFirmware: { location: 'https://files.example/fw', retrieveDate: at },
  Reset: { type: 'Soft' },
};

export const requests201: Readonly<Record<string, object>> = {
  CancelReservation: { reservationId: 7 },
  CertificateSigned: { certificateChain: pem },
  ChangeAvailability: { operationalStatus: 'Operative' },
  ClearCache: {},
  ClearChargingProfile: { chargingProfileCriteria: { stackLevel: 3 } },
  ClearDisplayMessage: { id: 1 },
  ClearVariableMonitoring: { id: [1, 2] },
  CostUpdated: { totalCost: 1.5, transactionId: 'x' },
  CustomerInformation: { requestId: 3, report: true, clear: false, idToken: token },
  DataTransfer: { vendorId: 'nobody', data: { some: ['thing'] } },
  DeleteCertificate: { certificateHashData: hash },
  GetBaseReport: { requestId: 4, reportBase: 'FullInventory' },
  GetChargingProfiles: { requestId: 5, chargingProfile: { stackLevel: 0 } },
  GetCompositeSchedule: { evseId: 1, duration: 600, chargingRateUnit: 'A' },
  GetDisplayMessages: { requestId: 6 },
  GetInstalledCertificateIds: {},
  GetLocalListVersion: {},
  GetLog: { logType: 'DiagnosticsLog', requestId: 1, log: { remoteLocation: 'ftp://files.example/logs' } },
  GetMonitoringReport: { requestId: 7 },
  GetReport: { requestId: 8, componentCriteria: ['Problem'] },
  GetTransactionStatus: {},
  GetVariables: {
    getVariableData: [{ component: { name: 'OCPPCommCtrlr' }, variable: { name: 'HeartbeatInterval' } }],
  },
  InstallCertificate: { certificateType: 'CSMSRootCertificate', certificate: pem },
  PublishFirmware: { location: 'https://files.example/fw', checksum: 'abc', requestId: 1 },
  RequestStartTransaction: { evseId: 1, idToken: token, remoteStartId: 11 },
  RequestStopTransaction: { transactionId: 'unknown' },
  ReserveNow: { id: 7, expiryDateTime: at, idToken: token, evseId: 1 },
  SendLocalList: { versionNumber: 1, updateType: 'Full' },
  SetChargingProfile: {
    evseId: 0,
    chargingProfile: {
      id: 1,
      stackLevel: 0,
      chargingProfilePurpose: 'ChargingStationMaxProfile',
      chargingProfileKind: 'Absolute',
      chargingSchedule: [{ id: 1, ...schedule }],
    },
  },
  SetDisplayMessage: {
    message: { id: 1, priority: 'NormalCycle', message: { format: 'UTF8', content: 'Moin' } },
  },
  SetMonitoringBase: { monitoringBase: 'All' },
  SetMonitoringLevel: { severity: 5 },
  SetNetworkProfile: {
    configurationSlot: 1,
    connectionData: {
      ocppVersion: 'OCPP20',
      ocppTransport: 'JSON',
      ocppCsmsUrl: 'wss://csms.example',
      messageTimeout: 30,
      securityProfile: 2,
      ocppInterface: 'Wired0',
    },
  },
  SetVariableMonitoring: {
    setMonitoringData: [
      {
        value: 1,
        type: 'Delta',
        severity: 5,
        component: { name: 'EVSE', evse: { id: 1 } },
        variable: { name: 'Power' },
      },
      { value: 1, type: 'Delta', severity: 5, component: { name: 'Kettle' }, variable: { name: 'Power' } },
    ],
  },
  SetVariables: {
    setVariableData: [
      { component: { name: 'OCPPCommCtrlr' }, variable: { name: 'HeartbeatInterval' }, attributeValue: '600' },
    ],
  },
  TriggerMessage: { requestedMessage: 'Heartbeat' },
  UnlockConnector: { evseId: 1, connectorId: 1 },
  UnpublishFirmware: { checksum: 'abc' },
  UpdateFirmware: { requestId: 1, firmware: { location: 'https://files.example/fw', retrieveDateTime: at } },
  Reset: { type: 'OnIdle' },
};

const { Reset: resetLast, ...others } = requests201;
export const requests21: Readonly<Record<string, object>> = {
  ...others,
  AFRRSignal: { timestamp: at, signal: 3 },
  AdjustPeriodicEventStream: { id: 1, params: { interval: 10 } },
  ChangeTransactionTariff: { transactionId: 'x', tariff: { tariffId: 'T', currency: 'EUR' } },
  ClearDERControl: { isDefault: true },
  ClearTariffs: {},
  GetDERControl: { requestId: 9 },
  GetPeriodicEventStream: {},
  GetTariffs: { evseId: 0 },
  NotifyAllowedEnergyTransfer: { transactionId: 'x', allowedEnergyTransfer: ['DC'] },
  NotifyWebPaymentStarted: { evseId: 1, timeout: 60 },
  RequestBatterySwap: { idToken: token, requestId: 1 },
  SetDERControl: {
    isDefault: true,
    controlId: 'c',
    controlType: 'Gradients',
    gradient: { priority: 1, gradient: 1, softGradient: 1 },
  },
  SetDefaultTariff: { evseId: 0, tariff: { tariffId: 'T', currency: 'EUR' } },
  UpdateDynamicSchedule: { chargingProfileId: 1, scheduleUpdate: { limit: 5 } },
  UsePriorityCharging: { transactionId: 'x', activate: true },
  Reset: resetLast!,
};
