import { v16 } from '../../versions/1.6.ts';
import { v201 } from '../../versions/2.0.1.ts';
import { translator } from '../translator.ts';
import { authorize, clearCache } from './authorization.ts';
import { changeAvailability, heartbeat, statusNotification } from './availability.ts';
import { changeConfiguration, getConfiguration, setNetworkProfile } from './configuration.ts';
import { dataTransfer } from './data-transfer.ts';
import { getLocalListVersion, sendLocalList } from './local-list.ts';
import { notifyEvent } from './notify-event.ts';
import { bootNotification, reset } from './provisioning.ts';
import { requestStart, requestStop, unlockConnector } from './remote-control.ts';
import { cancelReservation, reservationStatusUpdate, reserveNow } from './reservation.ts';
import { clearChargingProfile, getCompositeSchedule, setChargingProfile } from './smart-charging.ts';
import { transactionById } from './transaction-state.ts';
import { meterValues, startTransaction, stopTransaction } from './transactions.ts';
import { extendedTriggerMessage, triggerMessage } from './trigger.ts';

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
    requestStart,
    requestStop,
    unlockConnector,
    triggerMessage,
    extendedTriggerMessage,
    notifyEvent,
    reserveNow,
    cancelReservation,
    reservationStatusUpdate,
    dataTransfer,
    getConfiguration,
    changeConfiguration,
    setNetworkProfile,
    setChargingProfile,
    clearChargingProfile,
    getCompositeSchedule,
  ],
  {
    olderTransactionId: (newerId, context) => transactionById(newerId, context)?.number.toString(),
  },
);
