import { v201 } from '../../versions/2.0.1.ts';
import { v21 } from '../../versions/2.1.ts';
import { translator } from '../translator.ts';
import * as authorization from './authorization.ts';
import * as availability from './availability.ts';
import * as certificates from './certificates.ts';
import { dataTransfer } from './data-transfer.ts';
import * as display from './display.ts';
import { dynamicTasks } from './dynamic-profiles.ts';
import * as firmware from './firmware.ts';
import { meterValues } from './metering.ts';
import * as monitoring from './monitoring.ts';
import { onlyIn21 } from './only-in-2.1.ts';
import * as provisioning from './provisioning.ts';
import * as remoteControl from './remote-control.ts';
import * as smartCharging from './smart-charging.ts';
import { limitTasks } from './transaction-limits.ts';
import * as transactions from './transactions.ts';

/** OCPP 2.0.1 ↔ 2.1: every Action of both, in the order of the functional blocks. */
export const between201and21 = translator(
  v201,
  v21,
  [
    // A, M
    certificates.securityEventNotification,
    certificates.signCertificate,
    certificates.certificateSigned,
    certificates.installCertificate,
    certificates.deleteCertificate,
    certificates.getInstalledCertificateIds,
    certificates.get15118EVCertificate,
    certificates.getCertificateStatus,
    // B
    provisioning.bootNotification,
    provisioning.getVariables,
    provisioning.setVariables,
    provisioning.getBaseReport,
    provisioning.getReport,
    provisioning.notifyReport,
    provisioning.reset,
    provisioning.setNetworkProfile,
    // C, D
    authorization.authorize,
    authorization.clearCache,
    authorization.getLocalListVersion,
    authorization.sendLocalList,
    // E, I, J
    transactions.transactionEvent,
    transactions.getTransactionStatus,
    transactions.costUpdated,
    meterValues,
    // F, H
    remoteControl.requestStartTransaction,
    remoteControl.requestStopTransaction,
    remoteControl.unlockConnector,
    remoteControl.triggerMessage,
    remoteControl.reserveNow,
    remoteControl.cancelReservation,
    remoteControl.reservationStatusUpdate,
    // G
    availability.heartbeat,
    availability.statusNotification,
    availability.changeAvailability,
    availability.notifyEvent,
    // K
    smartCharging.setChargingProfile,
    smartCharging.clearChargingProfile,
    smartCharging.getChargingProfiles,
    smartCharging.reportChargingProfiles,
    smartCharging.getCompositeSchedule,
    smartCharging.notifyChargingLimit,
    smartCharging.clearedChargingLimit,
    smartCharging.notifyEVChargingNeeds,
    smartCharging.notifyEVChargingSchedule,
    // L
    firmware.updateFirmware,
    firmware.firmwareStatusNotification,
    firmware.publishFirmware,
    firmware.unpublishFirmware,
    firmware.publishFirmwareStatusNotification,
    // N
    firmware.getLog,
    firmware.logStatusNotification,
    monitoring.setMonitoringBase,
    monitoring.setMonitoringLevel,
    monitoring.setVariableMonitoring,
    monitoring.clearVariableMonitoring,
    monitoring.getMonitoringReport,
    monitoring.notifyMonitoringReport,
    monitoring.customerInformation,
    monitoring.notifyCustomerInformation,
    // O, P
    display.setDisplayMessage,
    display.getDisplayMessages,
    display.clearDisplayMessage,
    display.notifyDisplayMessages,
    dataTransfer,
    ...onlyIn21,
  ],
  { tasks: { ...dynamicTasks, ...limitTasks } },
);
