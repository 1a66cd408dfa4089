import { soap } from '../generated/1.5.soap.ts';
import { validators } from '../generated/1.5.validators.js';
import { defineVersion, errorCodes1x } from './version.ts';

/** OCPP 1.5 (2012): SOAP by its specification, JSON by custom. DataTransfer counts once for each direction: 25 operations. */
export const v15 = defineVersion(
  {
    name: '1.5',
    subprotocol: 'ocpp1.5',
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
    },
    blocks: {
      CentralSystemService: {
        station: [
          'Authorize',
          'BootNotification',
          'DataTransfer',
          'DiagnosticsStatusNotification',
          'FirmwareStatusNotification',
          'Heartbeat',
          'MeterValues',
          'StartTransaction',
          'StatusNotification',
          'StopTransaction',
        ],
      },
      ChargePointService: {
        csms: [
          'CancelReservation',
          'ChangeAvailability',
          'ChangeConfiguration',
          'ClearCache',
          'DataTransfer',
          'GetConfiguration',
          'GetDiagnostics',
          'GetLocalListVersion',
          'RemoteStartTransaction',
          'RemoteStopTransaction',
          'ReserveNow',
          'Reset',
          'SendLocalList',
          'UnlockConnector',
          'UpdateFirmware',
        ],
      },
    },
  },
  validators,
);
