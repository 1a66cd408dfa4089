import { v16 } from '../../versions/1.6.ts';
import { v201 } from '../../versions/2.0.1.ts';
import { translator } from '../translator.ts';
import { changeAvailability, heartbeat, statusNotification } from './availability.ts';
import { changeConfiguration, getConfiguration, setNetworkProfile } from './configuration.ts';
import { clearChargingProfile, getCompositeSchedule, setChargingProfile } from './smart-charging.ts';
import { transactionById } from './transaction-state.ts';
import { meterValues, startTransaction, stopTransaction } from './transactions.ts';

/** OCPP 1.6 ↔ 2.0.1. */
export const between16and201 = translator(
  v16,
  v201,
  [
    heartbeat,
    statusNotification,
    changeAvailability,
    startTransaction,
    stopTransaction,
    meterValues,
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
