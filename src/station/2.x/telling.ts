import type { Messages } from '../../ocpp/generated/2.1.types.ts';
import type { IdTokenInfo } from '../authorization.ts';
import { faults, stopCauses, type Trigger } from '../causes.ts';
import type { Call, Dialect } from '../dialect.ts';
import type { Evse, TxPoint } from '../evse.ts';
import type { MeterValue, Sample } from '../meter.ts';
import type { VirtualStation } from '../station.ts';

/** Types a message by its Action. The messages of 2.0.1 are 2.1's with fewer fields; only fields of both are used. */
export const call = <A extends string>(
  action: A,
  payload: Messages extends { readonly [R in `${A}Request`]: infer Request } ? Request : never,
): Call => ({ action, payload: payload as object });

export const iso = (at: number): string => new Date(at).toISOString();

type WireMeterValue = Messages['MeterValuesRequest']['meterValue'][number];
type WireSample = WireMeterValue['sampledValue'][number];
type Event = Messages['TransactionEventRequest'];

const wireSample = (context: MeterValue['context'], sample: Sample): WireSample => {
  const { measurand, value, unit, phase, location } = sample;
  return {
    value,
    context,
    measurand: measurand as Exclude<typeof measurand, 'Temperature'>,
    ...(phase && { phase }),
    ...(location && { location }),
    ...(unit && { unitOfMeasure: { unit } }),
  };
};

/** 2.x has no measurand for temperatures; what is left of nothing is not sent. */
export function wireMeterValues(values: readonly MeterValue[]): WireMeterValue[] {
  return values.flatMap(({ at, context, samples }) => {
    const sampledValue = samples
      .filter(({ measurand }) => measurand !== 'Temperature')
      .map((each) => wireSample(context, each));
    return sampledValue.length === 0 ? [] : [{ timestamp: iso(at), sampledValue }];
  });
}

export const tokenInfo = (info: Messages['AuthorizeResponse']['idTokenInfo']): IdTokenInfo => ({
  status: info.status,
  groupIdToken: info.groupIdToken?.idToken,
  expiresAt: info.cacheExpiryDateTime === undefined ? undefined : Date.parse(info.cacheExpiryDateTime),
});

/** A NotifyEvent of one event (2.x N07). */
export const notifyEvent = (
  station: VirtualStation,
  component: Messages['NotifyEventRequest']['eventData'][number]['component'],
  variable: string,
  event: {
    readonly trigger: 'Delta' | 'Alerting';
    readonly actualValue: string;
    readonly cleared?: boolean;
    readonly techInfo?: string;
  },
): Call => {
  const at = iso(station.clock.now());
  return call('NotifyEvent', {
    generatedAt: at,
    seqNo: 0,
    eventData: [
      {
        eventId: station.nextEventId(),
        timestamp: at,
        component,
        variable: { name: variable },
        eventNotificationType: 'HardWiredNotification',
        ...event,
      },
    ],
  });
};

/** Whose words a trigger is in. */
export type SpellTrigger = (trigger: Trigger) => Event['triggerReason'];

/** 2.x knows five statuses of a connector; a token without a cable occupies nothing. */
const statuses = {
  Available: 'Available',
  Preparing: 'Occupied',
  Charging: 'Occupied',
  SuspendedEVSE: 'Occupied',
  SuspendedEV: 'Occupied',
  Finishing: 'Occupied',
  Reserved: 'Reserved',
  Unavailable: 'Unavailable',
  Faulted: 'Faulted',
} as const;
const statusOf = (station: VirtualStation, evse: Evse): keyof typeof statuses => {
  const status = evse.status(station.reserved(evse));
  if (status === 'Preparing' && evse.vehicle === undefined) return station.reserved(evse) ? 'Reserved' : 'Available';
  return status;
};

/** What the stations of 2.x have in common. */
export const telling2x = (spellTrigger: SpellTrigger) =>
  ({
    whileRejected: 'SecurityError',
    password: (text) => Buffer.from(text),
    startPoints: (settings) => settings.list('TxCtrlr.TxStartPoint') as readonly TxPoint[],
    stopPoints: (settings) => settings.list('TxCtrlr.TxStopPoint') as readonly TxPoint[],
    startedMeasurands: 'SampledDataCtrlr.TxStartedMeasurands',

    boot: (station, reason) =>
      call('BootNotification', {
        reason,
        chargingStation: {
          vendorName: 'EVSEBridge',
          model: 'Virtual',
          serialNumber: station.id.slice(0, 25),
          firmwareVersion: station.firmwareVersion,
        },
      }),
    heartbeat: () => call('Heartbeat', {}),
    authorize: ({ idToken, type }) => call('Authorize', { idToken: { idToken, type } }),
    authorizationOf: (response) => tokenInfo((response as Messages['AuthorizeResponse']).idTokenInfo),
    statusOf: (station, evse) => statuses[statusOf(station, evse)],
    status: (station, evse, status) =>
      call('StatusNotification', {
        evseId: evse.id,
        connectorId: evse.connectorId,
        connectorStatus: status as (typeof statuses)[keyof typeof statuses],
        timestamp: iso(station.clock.now()),
      }),
    stationStatus: () => undefined,
    fault: (station, evse, fault, cleared) => {
      const { component, variable } = faults[fault];
      return notifyEvent(station, { name: component, evse: { id: evse.id } }, variable, {
        trigger: 'Alerting',
        actualValue: String(!cleared),
        cleared,
        techInfo: fault,
      });
    },
    transaction: (_station, evse, transaction, happening) => {
      const { kind, trigger, at, chargingState, stateChanged, offline, seqNo, token } = happening;
      transaction.record.nativeId = transaction.id;
      const meterValue = wireMeterValues(happening.meterValues);
      const { stop, remoteStartId, reservationId, chargingMs } = transaction;
      const remote = kind === 'Started' || trigger === 'RemoteStart';
      const payload: Event = {
        eventType: kind,
        timestamp: iso(at),
        triggerReason: spellTrigger(trigger),
        seqNo,
        ...(offline && { offline }),
        ...(kind === 'Started' && { evse: { id: evse.id, connectorId: evse.connectorId } }),
        ...(evse.outlet.kind === 'AC' && kind === 'Started' && { cableMaxCurrent: evse.outlet.maxCurrent }),
        ...(token && { idToken: { idToken: token.idToken, type: token.type } }),
        ...(reservationId !== undefined && token && kind !== 'Ended' && { reservationId }),
        ...(meterValue.length > 0 && { meterValue }),
        transactionInfo: {
          transactionId: transaction.id,
          ...((stateChanged || kind === 'Ended') && { chargingState }),
          ...(remote && remoteStartId !== undefined && { remoteStartId }),
          ...(kind === 'Ended' && {
            stoppedReason: stopCauses[stop?.cause ?? 'Other'].reason2x,
            timeSpentCharging: Math.round(chargingMs / 1000),
          }),
        },
      };
      return { action: 'TransactionEvent', payload: () => payload };
    },
    transactionVerdict: (_action, response) => {
      const { idTokenInfo, transactionLimit } = response as Messages['TransactionEventResponse'];
      return { info: idTokenInfo && tokenInfo(idTokenInfo), limits: transactionLimit };
    },
    meterValues: (evse, values) => {
      const meterValue = wireMeterValues(values);
      return meterValue.length > 0 ? call('MeterValues', { evseId: evse.id, meterValue }) : undefined;
    },
    reservationEnded: (id, why) => call('ReservationStatusUpdate', { reservationId: id, reservationUpdateStatus: why }),
    securityEvent: (type, at) => call('SecurityEventNotification', { type, timestamp: iso(at) }),
  }) satisfies Omit<Dialect, 'version' | 'answers'>;
