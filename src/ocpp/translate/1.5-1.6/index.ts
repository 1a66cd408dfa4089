import { v15 } from '../../versions/1.5.ts';
import { v16 } from '../../versions/1.6.ts';
import { translator } from '../translator.ts';
import * as authorization from './authorization.ts';
import * as availability from './availability.ts';
import * as configuration from './configuration.ts';
import * as firmware from './firmware.ts';
import { onlyIn16Pairs } from './only-in-1.6.ts';
import * as provisioning from './provisioning.ts';
import * as remoteControl from './remote-control.ts';
import * as transactions from './transactions.ts';
import { tasks, triggerMessage } from './trigger.ts';

/** OCPP 1.5 ↔ 1.6: every Action of both, in the order of the feature profiles of 1.6. */
export const between15and16 = translator(
  v15,
  v16,
  [
    // Core
    provisioning.bootNotification,
    provisioning.heartbeat,
    availability.statusNotification,
    authorization.authorize,
    transactions.startTransaction,
    transactions.meterValues,
    transactions.stopTransaction,
    remoteControl.remoteStartTransaction,
    remoteControl.remoteStopTransaction,
    remoteControl.unlockConnector,
    availability.changeAvailability,
    configuration.getConfiguration,
    configuration.changeConfiguration,
    authorization.clearCache,
    provisioning.reset,
    provisioning.dataTransfer,
    // FirmwareManagement
    firmware.updateFirmware,
    firmware.firmwareStatusNotification,
    firmware.getDiagnostics,
    firmware.diagnosticsStatusNotification,
    // LocalAuthListManagement, Reservation
    authorization.getLocalListVersion,
    authorization.sendLocalList,
    remoteControl.reserveNow,
    remoteControl.cancelReservation,
    // RemoteTrigger, SmartCharging, Security
    triggerMessage,
    ...onlyIn16Pairs,
  ],
  { tasks },
);
