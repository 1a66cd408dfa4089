import type { Messages } from '../ocpp/generated/1.6.types.ts';
import { versionByName } from '../ocpp/versions/index.ts';
import { coreAnswers } from './1.6/core.ts';
import { maintenanceAnswers } from './1.6/maintenance.ts';
import { securityAnswers } from './1.6/security.ts';
import { smartChargingAnswers } from './1.6/smart-charging.ts';
import type { IdTokenInfo } from './authorization.ts';
import { stopCauses } from './causes.ts';
import { answersOf, type Call, type Dialect, type TransactionCall } from './dialect.ts';
import type { Transaction } from './evse.ts';
import type { MeterValue, Sample } from './meter.ts';

/** Types a message by its Action. */
const call = <A extends string>(
  action: A,
  payload: Messages extends { readonly [R in `${A}Request`]: infer Request } ? Request : never,
): Call => ({ action, payload: payload as object });

type WireMeterValue = Messages['MeterValuesRequest']['meterValue'][number];
type WireSample = WireMeterValue['sampledValue'][number];
export type IdTagInfo = Messages['AuthorizeResponse']['idTagInfo'];

/** Hertz is what a Frequency is in; 1.6 has no name for it. */
const wireSample = (
  context: MeterValue['context'],
  { measurand, value, unit, phase, location }: Sample,
): WireSample => ({
  value: String(value),
  context,
  measurand,
  ...(phase && { phase }),
  ...(location && { location }),
  ...(unit && unit !== 'Hz' && { unit }),
});

const iso = (at: number): string => new Date(at).toISOString();

const wireMeterValue = ({ at, context, samples }: MeterValue): WireMeterValue => ({
  timestamp: iso(at),
  sampledValue: samples.map((each) => wireSample(context, each)),
});

/** 1.6 IdTagInfo in our words. */
export const tokenInfo = ({ status, parentIdTag, expiryDate }: IdTagInfo): IdTokenInfo => ({
  status,
  groupIdToken: parentIdTag,
  expiresAt: expiryDate === undefined ? undefined : Date.parse(expiryDate),
});

/** Stations that give up on StartTransaction tell the rest with this id (1.6 4.8, errata 3.18). */
const NEVER_CONFIRMED = -1;
const idOf = ({ record }: Transaction): number => Number(record.nativeId ?? NEVER_CONFIRMED);

const started = ({ evseId, token, meterStart, startedAt, reservationId }: Transaction): TransactionCall => {
  const payload: Messages['StartTransactionRequest'] = {
    connectorId: evseId,
    idTag: token?.idToken ?? '',
    meterStart,
    timestamp: iso(startedAt),
    ...(reservationId !== undefined && { reservationId }),
  };
  return { action: 'StartTransaction', payload: () => payload };
};

const metered = (transaction: Transaction, values: readonly MeterValue[]): TransactionCall => ({
  action: 'MeterValues',
  payload: (): Messages['MeterValuesRequest'] => ({
    connectorId: transaction.evseId,
    transactionId: idOf(transaction),
    meterValue: values.map(wireMeterValue),
  }),
});

const stopped = (transaction: Transaction, values: readonly MeterValue[], at: number): TransactionCall => ({
  action: 'StopTransaction',
  payload: (): Messages['StopTransactionRequest'] => ({
    transactionId: idOf(transaction),
    meterStop: transaction.record.meterStop ?? transaction.meterStart,
    timestamp: iso(at),
    reason: stopCauses[transaction.stop?.cause ?? 'Other'].reason16,
    ...(transaction.stop?.token && { idTag: transaction.stop.token.idToken }),
    ...(values.length > 0 && { transactionData: values.map(wireMeterValue) }),
  }),
});

/** How a charge point of OCPP 1.6 speaks. */
export const dialect16: Dialect = {
  version: versionByName('1.6'),
  whileRejected: 'silence',
  // 1.6 security 4.2.1: AuthorizationKey is written in hex and sent as bytes; a shorter one is plain text in practice.
  password: (text) => (/^(?:[0-9a-f]{2}){16,20}$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text)),
  startPoints: () => ['PowerPathClosed'],
  stopPoints: (settings) =>
    settings.flag('StopTransactionOnEVSideDisconnect') ? ['EVConnected', 'Authorized'] : ['Authorized'],
  startedMeasurands: 'StopTxnSampledData',

  boot: (station) =>
    call('BootNotification', {
      chargePointVendor: 'EVSEBridge',
      chargePointModel: 'Virtual',
      chargePointSerialNumber: station.id.slice(0, 25),
      firmwareVersion: station.firmwareVersion,
      meterType: 'virtual',
    }),
  heartbeat: () => call('Heartbeat', {}),
  authorize: ({ idToken }) => call('Authorize', { idTag: idToken }),
  authorizationOf: (response) => tokenInfo((response as Messages['AuthorizeResponse']).idTagInfo),
  statusOf: (station, evse) => evse.status(station.reserved(evse)),
  status: (station, evse, status) =>
    call('StatusNotification', {
      connectorId: evse.id,
      status: status as Messages['StatusNotificationRequest']['status'],
      errorCode: evse.fault ?? 'NoError',
      timestamp: iso(station.clock.now()),
      ...(evse.fault !== undefined && { info: 'simulated', vendorId: 'EVSEBridge', vendorErrorCode: evse.fault }),
    }),
  stationStatus: (station) =>
    call('StatusNotification', {
      connectorId: 0,
      status: station.operative ? 'Available' : 'Unavailable',
      errorCode: 'NoError',
      timestamp: iso(station.clock.now()),
    }),
  fault: () => undefined,
  transaction: (_station, _evse, transaction, { kind, meterValues, at }) => {
    if (kind === 'Started') return started(transaction);
    if (kind === 'Ended') return stopped(transaction, meterValues, at);
    return meterValues.length > 0 ? metered(transaction, meterValues) : undefined;
  },
  transactionVerdict: (action, response) => {
    const { idTagInfo, transactionId } = response as Partial<Messages['StartTransactionResponse']>;
    return {
      info: idTagInfo && tokenInfo(idTagInfo),
      ...(action === 'StartTransaction' && { nativeId: transactionId }),
    };
  },
  meterValues: (evse, values) =>
    values.length > 0
      ? call('MeterValues', { connectorId: evse.id, meterValue: values.map(wireMeterValue) })
      : undefined,
  reservationEnded: () => undefined,
  securityEvent: (type, at) => call('SecurityEventNotification', { type, timestamp: iso(at) }),
  answers: answersOf(coreAnswers, smartChargingAnswers, maintenanceAnswers, securityAnswers),
};
