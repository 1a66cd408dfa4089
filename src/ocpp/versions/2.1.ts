import { validators } from '../generated/2.1.validators.js';
import { blocks201, retransmission2x } from './2.0.1.ts';
import { defineVersion, errorCodes2x } from './version.ts';

/** OCPP 2.1 edition 1: the Actions of 2.0.1 and 27 more. */
export const v21 = defineVersion(
  {
    name: '2.1',
    subprotocol: 'ocpp2.1',
    messageTypes: [2, 3, 4, 5, 6],
    unknownMessageType: 'ignore',
    errorCodes: errorCodes2x,
    hexPassword: 'text',
    maxFrameBytes: 1024 * 1024,
    boot: 'BootNotification',
    heartbeat: 'Heartbeat',
    sends: ['NotifyPeriodicEventStream'],
    retransmission: retransmission2x,
    blocks: {
      ...blocks201,
      Authorization: {
        station: [...blocks201.Authorization.station, 'NotifySettlement', 'VatNumberValidation'],
        csms: [...blocks201.Authorization.csms, 'NotifyWebPaymentStarted'],
      },
      TariffAndCost: {
        csms: [
          ...blocks201.TariffAndCost.csms,
          'SetDefaultTariff',
          'GetTariffs',
          'ClearTariffs',
          'ChangeTransactionTariff',
        ],
      },
      SmartCharging: {
        station: [...blocks201.SmartCharging.station, 'NotifyPriorityCharging', 'PullDynamicScheduleUpdate'],
        csms: [...blocks201.SmartCharging.csms, 'UsePriorityCharging', 'UpdateDynamicSchedule'],
      },
      ISO15118CertificateManagement: {
        station: [...blocks201.ISO15118CertificateManagement.station, 'GetCertificateChainStatus'],
        csms: blocks201.ISO15118CertificateManagement.csms,
      },
      Diagnostics: {
        station: [
          ...blocks201.Diagnostics.station,
          'OpenPeriodicEventStream',
          'ClosePeriodicEventStream',
          'NotifyPeriodicEventStream',
        ],
        csms: [...blocks201.Diagnostics.csms, 'AdjustPeriodicEventStream', 'GetPeriodicEventStream'],
      },
      BidirectionalPowerTransfer: { csms: ['NotifyAllowedEnergyTransfer', 'AFRRSignal'] },
      DERControl: {
        station: ['ReportDERControl', 'NotifyDERAlarm', 'NotifyDERStartStop'],
        csms: ['SetDERControl', 'GetDERControl', 'ClearDERControl'],
      },
      BatterySwap: { station: ['BatterySwap'], csms: ['RequestBatterySwap'] },
    },
  },
  validators,
);
