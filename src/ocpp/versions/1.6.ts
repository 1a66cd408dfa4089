import { soap } from '../generated/1.6.soap.ts';
import { validators } from '../generated/1.6.validators.js';
import { defineVersion, errorCodes1x } from './version.ts';

/** OCPP 1.6 edition 2 with the security white paper edition 3: 39 Actions. */
export const v16 = defineVersion(
  {
    name: '1.6',
    subprotocol: 'ocpp1.6',
    soap,
    messageTypes: [2, 3, 4],
    unknownMessageType: 'ignore',
    errorCodes: errorCodes1x,
    hexPassword: 'bytes',
    maxFrameBytes: 256 * 1024,
    boot: 'BootNotification',
    heartbeat: 'Heartbeat',
    retransmission: {
      StartTransaction: ['connectorId', 'idTag', 'timestamp', 'meterStart'],
      StopTransaction: ['transactionId', 'timestamp', 'meterStop'],
      MeterValues: [],
      SecurityEventNotification: [],
    },
    blocks: {
      Core: {
        station: [
          'Authorize',
          'BootNotification',
          'DataTransfer',
          'Heartbeat',
          'MeterValues',
          'StartTransaction',
          'StatusNotification',
          'StopTransaction',
        ],
        csms: [
          'ChangeAvailability',
          'ChangeConfiguration',
          'ClearCache',
          'DataTransfer',
          'GetConfiguration',
          'RemoteStartTransaction',
          'RemoteStopTransaction',
          'Reset',
          'UnlockConnector',
        ],
      },
      FirmwareManagement: {
        station: ['DiagnosticsStatusNotification', 'FirmwareStatusNotification'],
        csms: ['GetDiagnostics', 'UpdateFirmware'],
      },
      LocalAuthListManagement: { csms: ['GetLocalListVersion', 'SendLocalList'] },
      Reservation: { csms: ['CancelReservation', 'ReserveNow'] },
      SmartCharging: { csms: ['ClearChargingProfile', 'GetCompositeSchedule', 'SetChargingProfile'] },
      RemoteTrigger: { csms: ['TriggerMessage'] },
      Security: {
        station: [
          'LogStatusNotification',
          'SecurityEventNotification',
          'SignCertificate',
          'SignedFirmwareStatusNotification',
        ],
        csms: [
          'CertificateSigned',
          'DeleteCertificate',
          'ExtendedTriggerMessage',
          'GetInstalledCertificateIds',
          'GetLog',
          'InstallCertificate',
          'SignedUpdateFirmware',
        ],
      },
    },
  },
  validators,
);
