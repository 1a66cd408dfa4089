/** Block F, TriggerMessage and 1.6's ExtendedTriggerMessage. The message asked for always follows the answer. */
import type { Context } from '../context.ts';
import {
  answer,
  crossed,
  type Failure,
  forward,
  forwardAll,
  type Message,
  type Outcome,
  type Payload,
} from '../outcome.ts';
import { lost, procedure, row, rows, table } from '../rows.ts';
import { type Tasks, task } from '../tasks.ts';
import type { Pair } from '../translator.ts';
import { lastBoot } from './boot-state.ts';
import { noCustomData, statusRows } from './common-rows.ts';
import { connectorState } from './connector-state.ts';
import { errorOf } from './errors.ts';
import { forwardOr, refusal, worst } from './fan-out.ts';
import { type Kind, lastJob, statusActions } from './jobs.ts';
import { registerSample } from './metering.ts';
import { overPlugAndCharge } from './plug-and-charge.ts';
import { lacks } from './security-extension.ts';
import { connectorCount, toConnectors, toEvse, whatIsUnknown } from './topology.ts';
import { transactionEvent } from './transaction-events.ts';
import { lastRegister, openTransactions, transactionByNumber } from './transaction-state.ts';
import { forgetTrigger, rememberTrigger } from './triggered.ts';
import { keep, tell } from './untold.ts';

const timestamp = (context: Context): string => new Date(context.now()).toISOString();

// ------------------------------------------------------------------------------------ a 2.x CSMS asks a 1.6 station

interface Request {
  readonly requestedMessage: string;
  readonly evse: { readonly id: number; readonly connectorId?: number } | undefined;
}

/** requestedMessage of 2.x → what a 1.6 station is asked. What stands here not, 1.6 does not have. */
const triggersDown: Readonly<Record<string, (request: Request, context: Context) => Outcome>> = {
  BootNotification: triggerBoot,
  FirmwareStatusNotification(_request, context) {
    const plain = (): Outcome => ask('TriggerMessage', 'FirmwareStatusNotification');
    return lastJob('firmware', context)?.kind === 'extended'
      ? ask('ExtendedTriggerMessage', 'FirmwareStatusNotification', plain)
      : plain();
  },
  Heartbeat(_request, context) {
    context.emit('csms', { action: 'Heartbeat', payload: {} });
    return answer({ status: 'Accepted' });
  },
  LogStatusNotification(_request, context) {
    const diagnostics = (): Outcome => ask('TriggerMessage', 'DiagnosticsStatusNotification');
    // Stations without GetLog know the upload of diagnostics only.
    return lastJob('log', context)?.kind === 'plain' || lacks('GetLog', context)
      ? diagnostics()
      : ask('ExtendedTriggerMessage', 'LogStatusNotification', diagnostics);
  },
  MeterValues: (request, context) => triggerConnectors('MeterValues', request, context),
  SignChargingStationCertificate: () => ask('ExtendedTriggerMessage', 'SignChargePointCertificate'),
  StatusNotification: (request, context) => triggerConnectors('StatusNotification', request, context),
  TransactionEvent: triggerTransactions,
};

/** Requests for certificates of ISO 15118. */
const ofPlugAndCharge: ReadonlySet<string> = new Set(['SignV2GCertificate', 'SignCombinedCertificate']);

/** @param otherwise what to do when the station does not know the request; by default that is answered */
function ask(action: string, requestedMessage: string, otherwise?: () => Outcome): Outcome {
  const failed = (failure: Failure): Outcome => {
    if (failure.uncertain === true) return { kind: 'refuse', failure };
    if (failure.condition !== 'NotSupported' && failure.condition !== 'NotImplemented') {
      return { kind: 'refuse', failure: crossed(failure) };
    }
    return otherwise?.() ?? refusal('NotImplemented', 'UnsupportedRequest');
  };
  return forward(
    action,
    { requestedMessage },
    ({ status }) => (status === 'NotImplemented' && otherwise !== undefined ? otherwise() : answer({ status })),
    failed,
  );
}

/** Many stations boot once only: then the CSMS is told what they said when they did. */
function triggerBoot(_request: Request, context: Context): Outcome {
  rememberTrigger('BootNotification', 0, context);
  return forwardOr('Rejected', 'TriggerMessage', { requestedMessage: 'BootNotification' }, ({ status }) => {
    const boot = lastBoot(context);
    if (status === 'Accepted') return answer({ status });
    forgetTrigger('BootNotification', 0, context);
    if (boot === undefined) return answer({ status });
    context.emit('csms', { action: 'BootNotification', payload: { ...boot, reason: 'Triggered' } });
    return answer({ status: 'Accepted' });
  });
}

/** The 1.6 connectors that an EVSE means; none given: every one, by leaving it out. */
function triggerConnectors(requestedMessage: string, { evse }: Request, context: Context): Outcome {
  const all = evse === undefined || evse.id === 0;
  const unknown = all ? undefined : whatIsUnknown(evse.id, evse.connectorId, context);
  if (unknown !== undefined) return refusal('Rejected', unknown);
  // Asked for all its statuses, a 1.6 station tells some or one: each is asked for.
  const everyOne =
    requestedMessage === 'StatusNotification' ? Array.from({ length: connectorCount(context) }, (_, n) => n + 1) : [];
  const connectors = all ? everyOne : toConnectors(evse.id, evse.connectorId, context);
  const asked = connectors.length === 0 ? [0] : connectors;
  for (const connectorId of asked) rememberTrigger(requestedMessage, connectorId, context);
  const calls = asked.map((connectorId) => ({
    action: 'TriggerMessage',
    payload: connectorId === 0 ? { requestedMessage } : { requestedMessage, connectorId },
  }));
  return forwardAll(calls, (results) => {
    const statuses = asked.map((connectorId, index) => {
      const result = results[index];
      if (result?.failure?.uncertain === true) return 'uncertain';
      const status =
        result === undefined || result.failure !== undefined ? 'NotImplemented' : (result.payload.status as string);
      if (status === 'Accepted') return status;
      forgetTrigger(requestedMessage, connectorId, context);
      return requestedMessage === 'StatusNotification' && tellKnownStatus(connectorId, context) ? 'Accepted' : status;
    });
    const unknown = statuses.indexOf('uncertain');
    const failure = results[unknown]?.failure;
    if (failure !== undefined) return { kind: 'refuse', failure };
    const status = worst(
      statuses.map((value) => ({ payload: { status: value } })),
      ['Rejected', 'NotImplemented', 'Accepted'],
    );
    return answer({ status });
  });
}

/** Tells the CSMS what the station last said of a connector. False when it has said nothing yet. */
function tellKnownStatus(connectorId: number, context: Context): boolean {
  const newer = connectorState(connectorId, context)?.newer;
  if (connectorId === 0 || newer === undefined) return false;
  const evse = toEvse(connectorId, context);
  const payload = {
    timestamp: timestamp(context),
    connectorStatus: newer,
    evseId: evse.id,
    connectorId: evse.connectorId,
  };
  context.emit('csms', { action: 'StatusNotification', payload });
  return true;
}

/** 1.6 cannot be asked for transactions: each that goes on is told as it is known. */
function triggerTransactions({ evse }: Request, context: Context): Outcome {
  const open = openTransactions(context).filter(
    ({ connectorId }) => evse === undefined || evse.id === 0 || toEvse(connectorId, context).id === evse.id,
  );
  if (open.length === 0) return refusal('Rejected', 'TxNotFound');
  for (const { number } of open) context.later('tell transaction', String(number), { number });
  return answer({ status: 'Accepted' });
}

function tellTransaction({ number }: { number: number }, context: Context): Outcome {
  const transaction = transactionByNumber(number, context);
  if (transaction?.ended !== 'no') return answer({});
  const { chargingState } = transaction;
  const now = timestamp(context);
  const register = lastRegister(number, context);
  const event = transactionEvent(
    'Updated',
    'Trigger',
    transaction,
    now,
    context,
    chargingState === undefined ? {} : { chargingState },
    register === undefined ? {} : { meterValue: [registerSample(now, register, 'Trigger')] },
  );
  const place = keep(event, number, context);
  const nothing = (): Outcome => answer({});
  return tell({ place }, context, nothing, nothing);
}

export const triggerTasks: Tasks = { 'tell transaction': task('csms', tellTransaction) };

// ------------------------------------------------------------------------------------ a 1.6 CSMS asks a 2.x station

/** requestedMessage of 1.6, plain and extended, → that of 2.x. */
const requestedMessages: readonly (readonly [older: string | null, newer: string | null])[] = [
  ['BootNotification', 'BootNotification'],
  ['DiagnosticsStatusNotification', 'LogStatusNotification'],
  ['FirmwareStatusNotification', 'FirmwareStatusNotification'],
  ['Heartbeat', 'Heartbeat'],
  ['MeterValues', 'MeterValues'],
  ['StatusNotification', 'StatusNotification'],
];
const onlyNewer: readonly (readonly [older: string | null, newer: string | null])[] = [
  [null, 'TransactionEvent'],
  [null, 'SignV2GCertificate'],
  [null, 'SignCombinedCertificate'],
  [null, 'PublishFirmwareStatusNotification'],
];
const extendedMessages: readonly (readonly [older: string | null, newer: string | null])[] = [
  ...requestedMessages.filter(([older]) => older !== 'DiagnosticsStatusNotification'),
  ['LogStatusNotification', 'LogStatusNotification'],
  ['SignChargePointCertificate', 'SignChargingStationCertificate'],
];
const newerMessage = new Map([...requestedMessages, ...extendedMessages] as readonly (readonly [string, string])[]);

function triggerUp(request: Payload, context: Context, kind: Kind): Outcome {
  const older = request.requestedMessage as string;
  const requestedMessage = newerMessage.get(older) as string;
  const connectorId = request.connectorId as number | undefined;
  // There is no connector below 0.
  if (connectorId !== undefined && connectorId < 0) return answer({ status: 'Rejected' });
  switch (requestedMessage) {
    case 'StatusNotification':
      return triggerStatuses(connectorId, context);
    case 'MeterValues': {
      const evse =
        connectorId === undefined || connectorId === 0 ? {} : { evse: { id: toEvse(connectorId, context).id } };
      return forward('TriggerMessage', { requestedMessage, ...evse }, ({ status }) => answer({ status }));
    }
    case 'FirmwareStatusNotification':
      return triggerJobStatus(requestedMessage, statusActions.firmware[kind], context);
    case 'LogStatusNotification':
      return triggerJobStatus(requestedMessage, statusActions.log[kind], context);
    default:
      return forward('TriggerMessage', { requestedMessage }, ({ status }) => answer({ status }));
  }
}

/** @param action in which the CSMS expects the status, whatever messages the last job was asked for in */
function triggerJobStatus(requestedMessage: string, action: string, context: Context): Outcome {
  rememberTrigger(action, 0, context);
  return forward('TriggerMessage', { requestedMessage }, ({ status }) => {
    if (status !== 'Accepted') forgetTrigger(action, 0, context);
    return answer({ status });
  });
}

/** 2.x wants to be asked for the status of one connector; the station's own is known here only. */
function triggerStatuses(connectorId: number | undefined, context: Context): Outcome {
  if (connectorId === 0) {
    tellStationStatus(context);
    return answer({ status: 'Accepted' });
  }
  const connectors =
    connectorId === undefined ? Array.from({ length: connectorCount(context) }, (_, n) => n + 1) : [connectorId];
  for (const connector of connectors) rememberTrigger('StatusNotification', connector, context);
  const requestedMessage = 'StatusNotification';
  const calls: Message[] = connectors.map((connector) => ({
    action: 'TriggerMessage',
    payload: { requestedMessage, evse: { ...toEvse(connector, context) } },
  }));
  if (calls.length === 0) {
    rememberTrigger('StatusNotification', 0, context);
    calls.push({ action: 'TriggerMessage', payload: { requestedMessage } });
  }
  return forwardAll(calls, (results) => {
    const failure = results.find((result) => result.failure !== undefined)?.failure;
    if (failure !== undefined) return { kind: 'refuse', failure: crossed(failure) };
    if (connectorId === undefined) tellStationStatus(context);
    return answer({ status: worst(results, ['Rejected', 'NotImplemented', 'Accepted']) });
  });
}

function tellStationStatus(context: Context): void {
  const status = connectorState(0, context)?.status ?? 'Available';
  const payload = { connectorId: 0, status, timestamp: timestamp(context), ...errorOf(0, status, context) };
  context.emit('csms', { action: 'StatusNotification', payload });
}

const evseRows = [
  row('connectorId', 'evse.id', procedure('the numbering of connectors and EVSEs; absent: every one')),
  row(
    'connectorId',
    'evse.connectorId',
    procedure('connector n is EVSE n, connector 1, unless the station has another numbering'),
  ),
  row(null, 'evse.customData', lost('1.6 has no customData')),
  noCustomData,
] as const;

export const triggerMessage: Pair = {
  initiator: 'csms',
  older: 'TriggerMessage',
  newer: 'TriggerMessage',
  note: 'Down: Heartbeat and TransactionEvent are made here, BootNotification and StatusNotification too when the station will not send them. Up: StatusNotification is asked for connector by connector; that of connector 0 is made here.',
  request: rows(row('requestedMessage', 'requestedMessage', table([...requestedMessages, ...onlyNewer])), ...evseRows),
  response: rows(...statusRows),
  down(request, context) {
    const { requestedMessage, evse } = request as unknown as Request;
    const run = triggersDown[requestedMessage];
    if (run !== undefined) return run({ requestedMessage, evse }, context);
    const wrapped = ofPlugAndCharge.has(requestedMessage)
      ? overPlugAndCharge('TriggerMessage', request, context)
      : undefined;
    return wrapped ?? refusal('NotImplemented', 'UnsupportedRequest');
  },
  up: (request, context) => triggerUp(request, context, 'plain'),
};

export const extendedTriggerMessage: Pair = {
  initiator: 'csms',
  older: 'ExtendedTriggerMessage',
  newer: 'TriggerMessage',
  note: 'Down: used for what TriggerMessage of 1.6 does not have.',
  request: rows(row('requestedMessage', 'requestedMessage', table([...extendedMessages, ...onlyNewer])), ...evseRows),
  response: rows(...statusRows),
  up: (request, context) => triggerUp(request, context, 'extended'),
};
