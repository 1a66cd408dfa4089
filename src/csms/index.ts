/** The built-in CSMS: what is answered to each HEAD Call of a station when nobody else decides. One folder per functional block. */
import type { Decide, Decision, DecisionContext } from '../gateway/decision.ts';
import type { Payload } from '../ocpp/index.ts';
import { authorize } from './authorization/authorize.ts';
import { heartbeat } from './availability/heartbeat.ts';
import { notifyEvent } from './availability/notify-event.ts';
import { statusNotification } from './availability/status-notification.ts';
import { dataTransfer } from './data-transfer.ts';
import { meterValues } from './metering/meter-values.ts';
import { bootNotification } from './provisioning/boot-notification.ts';
import { notifyReport } from './provisioning/notify-report.ts';
import { securityEventNotification } from './security/security-event-notification.ts';
import { refused, taken } from './taken.ts';
import { transactionEvent } from './transactions/transaction-event.ts';

export type Handler = (request: Payload, context: DecisionContext) => Decision;

/** HEAD Action → what is decided. */
export const handlers: Readonly<Record<string, Handler>> = {
  // A. Security
  SecurityEventNotification: securityEventNotification,
  SignCertificate: refused,
  // B. Provisioning
  BootNotification: bootNotification,
  NotifyReport: notifyReport,
  // C. Authorization
  Authorize: authorize,
  NotifySettlement: taken('evsebridge.transaction.settled'),
  VatNumberValidation: (request) => ({ response: { status: 'Rejected', vatNumber: request['vatNumber'] } }),
  // E. Transactions
  TransactionEvent: transactionEvent,
  // G. Availability
  StatusNotification: statusNotification,
  Heartbeat: heartbeat,
  // H. Reservation
  ReservationStatusUpdate: taken('evsebridge.reservation.updated'),
  // J. Metering
  MeterValues: meterValues,
  // K. Smart charging
  NotifyChargingLimit: taken('evsebridge.station.charging_limit'),
  ClearedChargingLimit: taken('evsebridge.station.charging_limit_cleared'),
  NotifyEVChargingNeeds: (request, context) => ({
    ...taken('evsebridge.station.charging_needs')(request, context),
    response: { status: 'NoChargingProfile' },
  }),
  NotifyEVChargingSchedule: (request, context) => ({
    ...taken('evsebridge.station.charging_schedule')(request, context),
    response: { status: 'Accepted' },
  }),
  ReportChargingProfiles: taken('evsebridge.station.charging_profiles'),
  NotifyPriorityCharging: taken('evsebridge.station.priority_charging'),
  PullDynamicScheduleUpdate: refused,
  // L. Firmware
  FirmwareStatusNotification: taken('evsebridge.station.firmware_status'),
  PublishFirmwareStatusNotification: taken('evsebridge.station.publish_firmware_status'),
  // M. ISO 15118 certificates: no provider is configured
  Get15118EVCertificate: () => ({ response: { status: 'Failed', exiResponse: '' } }),
  GetCertificateStatus: () => ({ response: { status: 'Failed' } }),
  GetCertificateChainStatus: (request, context) => ({
    response: {
      certificateStatus: (request['certificateStatusRequests'] as Payload[]).map(({ certificateHashData, source }) => ({
        certificateHashData,
        source,
        status: 'Failed',
        nextUpdate: new Date(context.now + 3_600_000).toISOString(),
      })),
    },
  }),
  // N. Diagnostics
  LogStatusNotification: taken('evsebridge.station.log_status'),
  NotifyEvent: notifyEvent,
  NotifyMonitoringReport: taken('evsebridge.station.monitoring_report'),
  NotifyCustomerInformation: taken('evsebridge.station.customer_information'),
  // Without a consumer for streams the station keeps to NotifyEvent (N11.FR.07).
  OpenPeriodicEventStream: refused,
  ClosePeriodicEventStream: taken('evsebridge.station.stream_closed'),
  NotifyPeriodicEventStream: () => ({ response: {} }),
  // O. Display messages
  NotifyDisplayMessages: taken('evsebridge.station.display_messages'),
  // P. Data transfer
  DataTransfer: dataTransfer,
  // R. DER control
  ReportDERControl: taken('evsebridge.station.der_control'),
  NotifyDERAlarm: taken('evsebridge.station.der_alarm'),
  NotifyDERStartStop: taken('evsebridge.station.der_start_stop'),
  // S. Battery swap
  BatterySwap: taken('evsebridge.station.battery_swap'),
};

/** Decides a HEAD Call of a station. */
export const decide: Decide = (action, request, context) => {
  const handler = Object.hasOwn(handlers, action) ? handlers[action] : undefined;
  if (handler !== undefined) return handler(request, context);
  return { response: {}, failure: { condition: 'NotSupported', description: `${action} is not for stations to send` } };
};
