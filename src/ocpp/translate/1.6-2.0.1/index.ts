import { v16 } from '../../versions/1.6.ts';
import { v201 } from '../../versions/2.0.1.ts';
import { translator } from '../translator.ts';
import { askAfterConnecting, statusTasks } from './ask-status.ts';
import { authorize, clearCache } from './authorization.ts';
import { changeAvailability, heartbeat, statusNotification } from './availability.ts';
import {
  certificateSigned,
  deleteCertificate,
  getInstalledCertificateIds,
  installCertificate,
  signCertificate,
} from './certificates.ts';
import { changeConfiguration, getConfiguration, setNetworkProfile } from './configuration.ts';
import { readAfterConnecting } from './configuration-read.ts';
import { costTasks, costUpdated } from './cost.ts';
import { customerInformation, customerTasks, notifyCustomerInformation } from './customer-information.ts';
import { dataTransferOfCsms, dataTransferOfStation } from './data-transfer.ts';
import { resetTasks } from './deferred-reset.ts';
import { clearDisplayMessage, getDisplayMessages, notifyDisplayMessages, setDisplayMessage } from './display.ts';
import {
  firmwareStatusNotification,
  publishFirmware,
  publishFirmwareStatusNotification,
  signedFirmwareStatusNotification,
  signedUpdateFirmware,
  unpublishFirmware,
  updateFirmware,
} from './firmware.ts';
import { getLocalListVersion, sendLocalList } from './local-list.ts';
import { diagnosticsStatusNotification, getDiagnostics, getLog, logStatusNotification } from './logs.ts';
import {
  clearVariableMonitoring,
  getMonitoringReport,
  notifyMonitoringReport,
  setMonitoringBase,
  setMonitoringLevel,
  setVariableMonitoring,
} from './monitoring.ts';
import { notifyEvent } from './notify-event.ts';
import { orphanTasks } from './orphans.ts';
import { get15118EVCertificate, getCertificateStatus } from './plug-and-charge.ts';
import { bootNotification, reset } from './provisioning.ts';
import { requestStart, requestStop, unlockConnector } from './remote-control.ts';
import { getBaseReport, getReport, notifyReport, reportTasks } from './report.ts';
import { askingTasks } from './report-taken.ts';
import { cancelReservation, reservationStatusUpdate, reserveNow } from './reservation.ts';
import { reservationTasks } from './reservation-state.ts';
import { securityEventNotification } from './security-events.ts';
import {
  clearChargingProfile,
  getCompositeSchedule,
  setChargingProfile,
  smartChargingTasks,
} from './smart-charging.ts';
import * as profileReports from './smart-charging-reports.ts';
import { transactionById } from './transaction-state.ts';
import { getTransactionStatus } from './transaction-status.ts';
import { meterValues, startTransaction, stopTransaction } from './transactions.ts';
import { doubtAll, doubtTasks } from './transactions-down-doubts.ts';
import { extendedTriggerMessage, triggerMessage, triggerTasks } from './trigger.ts';
import { tellingTasks } from './untold.ts';

/** OCPP 1.6 ↔ 2.0.1. */
export const between16and201 = translator(
  v16,
  v201,
  [
    bootNotification,
    heartbeat,
    reset,
    authorize,
    clearCache,
    sendLocalList,
    getLocalListVersion,
    statusNotification,
    changeAvailability,
    startTransaction,
    stopTransaction,
    meterValues,
    getTransactionStatus,
    costUpdated,
    requestStart,
    requestStop,
    unlockConnector,
    triggerMessage,
    extendedTriggerMessage,
    notifyEvent,
    reserveNow,
    cancelReservation,
    reservationStatusUpdate,
    dataTransferOfStation,
    dataTransferOfCsms,
    get15118EVCertificate,
    getCertificateStatus,
    getConfiguration,
    changeConfiguration,
    setNetworkProfile,
    getBaseReport,
    getReport,
    notifyReport,
    setMonitoringBase,
    setVariableMonitoring,
    setMonitoringLevel,
    clearVariableMonitoring,
    getMonitoringReport,
    notifyMonitoringReport,
    setChargingProfile,
    clearChargingProfile,
    getCompositeSchedule,
    profileReports.getChargingProfiles,
    profileReports.reportChargingProfiles,
    profileReports.notifyChargingLimit,
    profileReports.clearedChargingLimit,
    profileReports.notifyEVChargingNeeds,
    profileReports.notifyEVChargingSchedule,
    updateFirmware,
    signedUpdateFirmware,
    firmwareStatusNotification,
    signedFirmwareStatusNotification,
    publishFirmware,
    unpublishFirmware,
    publishFirmwareStatusNotification,
    getDiagnostics,
    getLog,
    diagnosticsStatusNotification,
    logStatusNotification,
    signCertificate,
    certificateSigned,
    installCertificate,
    deleteCertificate,
    getInstalledCertificateIds,
    securityEventNotification,
    setDisplayMessage,
    getDisplayMessages,
    clearDisplayMessage,
    notifyDisplayMessages,
    customerInformation,
    notifyCustomerInformation,
  ],
  {
    olderTransactionId: (newerId, context) => transactionById(newerId, context)?.number.toString(),
    tasks: {
      ...doubtTasks,
      ...resetTasks,
      ...statusTasks,
      ...tellingTasks,
      ...orphanTasks,
      ...reservationTasks,
      ...triggerTasks,
      ...smartChargingTasks,
      ...customerTasks,
      ...costTasks,
      ...reportTasks,
      ...askingTasks,
    },
    connected(towardsCsms, context) {
      if (towardsCsms === 'down') return doubtAll(context);
      askAfterConnecting(context);
      readAfterConnecting(context);
    },
  },
);
