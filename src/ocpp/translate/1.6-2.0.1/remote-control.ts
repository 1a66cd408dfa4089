/** Block F, Remote control: RequestStartTransaction, RequestStopTransaction, UnlockConnector. */
import type { Context } from '../context.ts';
import { after, answer, type Failure, forward, type Outcome, type Payload } from '../outcome.ts';
import { lost, object, procedure, row, rows, table } from '../rows.ts';
import type { Pair } from '../translator.ts';
import { noCustomData, noStatusInfo, statusRows } from './common-rows.ts';
import { lastStatus } from './connector-state.ts';
import { forwardOr, refusal } from './fan-out.ts';
import { forgetRemoteStart, nextRemoteStartId, rememberRemoteStart } from './remote-start.ts';
import { reservationOn } from './reservation-state.ts';
import { chargingProfile, startProfileToNewer, startProfileToOlder } from './smart-charging-profile.ts';
import { rememberStartProfile } from './smart-charging-registry.ts';
import { changeStationTransaction, stationTransactionByNumber, stationTransactionOn } from './station-transactions.ts';
import { type IdToken, toCentralToken, toIdTag } from './tokens.ts';
import { connectorCount, isUnknown, toConnectors, toEvse } from './topology.ts';
import { openOn, transactionById } from './transaction-state.ts';

export const requestStart: Pair = {
  initiator: 'csms',
  older: 'RemoteStartTransaction',
  newer: 'RequestStartTransaction',
  note: 'Down: what a 2.x station would refuse is refused here; the connector is the plugged one of the EVSE, else a free one. A refused start is forgotten.',
  request: rows(
    row(
      'connectorId',
      'evseId',
      procedure(
        'the numbering of connectors and EVSEs; absent: the station chooses (a station with one connector is told it)',
      ),
    ),
    row(
      'idTag',
      'idToken',
      procedure('the exact IdToken is remembered for StartTransaction; up: the token it came from, else Central'),
    ),
    row('chargingProfile', 'chargingProfile', object(chargingProfile)),
    row(null, 'remoteStartId', procedure('remembered until the transaction begins; up: counted per station')),
    row(null, 'groupIdToken', lost('1.6 starts without group')),
    noCustomData,
  ),
  response: rows(
    ...statusRows,
    row(null, 'transactionId', lost('1.6 does not tell it; a transaction that exists already tells itself')),
  ),
  down: startDown,
  up: startUpwards,
};

function startDown(request: Payload, context: Context): Outcome {
  const token = request.idToken as IdToken;
  const idTag = toIdTag(token, context);
  const choice = connectorFor(request, idTag, context);
  if ('refused' in choice) return choice.refused;
  const profile = request.chargingProfile as Payload | undefined;
  const converted = profile === undefined ? undefined : startProfileToOlder(profile, context);
  if (converted?.refused !== undefined) return refusal('Rejected', converted.refused);
  if (request.groupIdToken !== undefined) context.lost('groupIdToken', '1.6 starts without group');
  const remoteStartId = request.remoteStartId as number;
  const { connectorId } = choice;
  rememberRemoteStart(
    { remoteStartId, token: { idToken: token.idToken, type: token.type }, idTag, connectorId },
    context,
  );
  if (profile !== undefined) rememberStartProfile(remoteStartId, profile, context);
  const payload = {
    ...(connectorId === undefined ? {} : { connectorId }),
    idTag,
    ...(converted === undefined ? {} : { chargingProfile: converted.profile }),
  };
  return forward(
    'RemoteStartTransaction',
    payload,
    ({ status }) => {
      if (status !== 'Accepted') forgetRemoteStart(remoteStartId, context);
      return answer({ status });
    },
    (failure) => {
      if (failure.uncertain !== true) forgetRemoteStart(remoteStartId, context);
      return refusedStart(failure);
    },
  );
}

const refusedStart = (failure: Failure): Outcome =>
  failure.uncertain === true
    ? { kind: 'refuse', failure }
    : refusal('Rejected', failure.condition === 'InternalError' ? 'InternalError' : 'UnsupportedRequest');

/** 1.6 statuses with which a connector takes a remote start, best first. */
const readiness = ['Preparing', 'Finishing', 'Available', 'Reserved', undefined] as const;

/** The 1.6 connector for a remote start, or why there is none. */
function connectorFor(
  request: Payload,
  idTag: string,
  context: Context,
): { readonly connectorId: number | undefined } | { readonly refused: Outcome } {
  const evseId = request.evseId as number | undefined;
  if (evseId === undefined || evseId === 0) {
    // Stations that do not choose by themselves want to be told, where there is nothing to choose.
    if (connectorCount(context) !== 1) return { connectorId: undefined };
  } else if (isUnknown(evseId, undefined, context)) return { refused: refusal('Rejected', 'UnknownEvse') };
  const connectors = evseId === undefined || evseId === 0 ? [1] : toConnectors(evseId, undefined, context);
  if (connectors.some((connector) => openOn(connector, context) !== undefined)) {
    return { refused: refusal('Rejected', 'TxInProgress') };
  }
  for (const status of readiness) {
    const found = connectors.find((connector) => lastStatus(connector, context) === status);
    if (found === undefined) continue;
    if (status === 'Reserved' && isForAnother(found, idTag, request, context)) {
      return { refused: refusal('Rejected', 'Unspecified', 'the connector is reserved for another token') };
    }
    return { connectorId: found };
  }
  const [first = 1] = connectors;
  const status = lastStatus(first, context) ?? '';
  // Charging without a transaction that we know of: the station knows better.
  if (status !== 'Unavailable' && status !== 'Faulted') return { connectorId: first };
  return { refused: refusal('Rejected', 'Unspecified', `the connector is ${status}`) };
}

function isForAnother(connectorId: number, idTag: string, request: Payload, context: Context): boolean {
  const reservation = reservationOn(connectorId, context);
  if (reservation === undefined) return false;
  const group = request.groupIdToken as IdToken | undefined;
  const groupTag = group === undefined ? undefined : toIdTag(group, context).toLowerCase();
  return (
    reservation.idTag.toLowerCase() !== idTag.toLowerCase() &&
    (groupTag === undefined || reservation.parentIdTag?.toLowerCase() !== groupTag)
  );
}

function startUpwards(request: Payload, context: Context): Outcome {
  // Some CSMSs write 0 where the station is to choose.
  const connectorId = (request.connectorId as number | undefined) || undefined;
  if (connectorId !== undefined && connectorId < 0) return answer({ status: 'Rejected' });
  const idTag = request.idTag as string;
  const profile = request.chargingProfile as Payload | undefined;
  const converted = profile === undefined ? undefined : startProfileToNewer(profile, context);
  // Without its limit the car would draw what the site may not have.
  if (converted?.refused !== undefined) return answer({ status: 'Rejected' });
  const remoteStartId = nextRemoteStartId(context);
  const idToken = toCentralToken(idTag, context);
  rememberRemoteStart({ remoteStartId, token: idToken, idTag, connectorId }, context);
  if (converted !== undefined) rememberStartProfile(remoteStartId, converted.profile, context);
  const payload = {
    ...(connectorId === undefined ? {} : { evseId: toEvse(connectorId, context).id }),
    remoteStartId,
    idToken,
    ...(converted === undefined ? {} : { chargingProfile: converted.profile }),
  };
  return forward('RequestStartTransaction', payload, ({ status }) => {
    if (status !== 'Accepted') forgetRemoteStart(remoteStartId, context);
    return answer({ status });
  });
}

export const requestStop: Pair = {
  initiator: 'csms',
  older: 'RemoteStopTransaction',
  newer: 'RequestStopTransaction',
  request: rows(
    row('transactionId', 'transactionId', procedure('the table of transactions; unknown or ended: Rejected')),
    noCustomData,
  ),
  response: rows(...statusRows),
  down(request, context) {
    const transaction = transactionById(request.transactionId as string, context);
    if (transaction?.ended !== 'no') return refusal('Rejected', 'TxNotFound');
    const payload = { transactionId: transaction.number };
    return forwardOr('Rejected', 'RemoteStopTransaction', payload, ({ status }) => answer({ status }));
  },
  up(request, context) {
    const transaction = stationTransactionByNumber(request.transactionId as number, context);
    if (transaction === undefined || transaction.ended) return answer({ status: 'Rejected' });
    return forward('RequestStopTransaction', { transactionId: transaction.id }, ({ status }) => answer({ status }));
  },
};

/** UnlockStatus. */
const unlockStatus = table([
  ['Unlocked', 'Unlocked'],
  ['UnlockFailed', 'UnlockFailed'],
  ['NotSupported', 'UnlockFailed'],
  ['UnlockFailed', 'OngoingAuthorizedTransaction'],
  ['NotSupported', 'UnknownConnector'],
]);

const unlockStatusUp: Readonly<Record<string, string>> = {
  Unlocked: 'Unlocked',
  UnlockFailed: 'UnlockFailed',
  OngoingAuthorizedTransaction: 'UnlockFailed',
  UnknownConnector: 'NotSupported',
};

export const unlockConnector: Pair = {
  initiator: 'csms',
  older: 'UnlockConnector',
  newer: 'UnlockConnector',
  note: 'Down: a 1.6 station would end a transaction for it, which 2.x does not mean: OngoingAuthorizedTransaction. Up: by setting (`unlockStopsFirst`) the transaction is stopped first, as 1.6 means it.',
  request: rows(
    row(
      'connectorId',
      'evseId',
      procedure('connector n is EVSE n, connector 1, unless the station has another numbering'),
    ),
    row(
      'connectorId',
      'connectorId',
      procedure('connector n is EVSE n, connector 1, unless the station has another numbering'),
    ),
    noCustomData,
  ),
  response: rows(row('status', 'status', unlockStatus), noStatusInfo, noCustomData),
  down(request, context) {
    const { evseId, connectorId } = request as { evseId: number; connectorId: number };
    const [connector = 0] = toConnectors(evseId, connectorId, context);
    if (connector === 0 || isUnknown(evseId, connectorId, context)) return answer({ status: 'UnknownConnector' });
    if (openOn(connector, context) !== undefined) return answer({ status: 'OngoingAuthorizedTransaction' });
    return forwardOr('UnlockFailed', 'UnlockConnector', { connectorId: connector }, ({ status }) =>
      status === 'NotSupported' ? refusal('UnlockFailed', 'UnsupportedRequest') : answer({ status }),
    );
  },
  up(request, context) {
    const connectorId = request.connectorId as number;
    if (connectorId <= 0) return answer({ status: 'NotSupported' });
    const evse = toEvse(connectorId, context);
    const payload = { evseId: evse.id, connectorId: evse.connectorId };
    const transaction = stationTransactionOn(connectorId, context);
    return context.settings.unlockStopsFirst && transaction?.ended === false
      ? stopAndUnlock(transaction.id, payload, context)
      : unlock(payload);
  },
};

const unlock = (payload: Payload, otherwise?: () => Outcome): Outcome =>
  forward('UnlockConnector', payload, ({ status }) =>
    status === 'OngoingAuthorizedTransaction' && otherwise !== undefined
      ? otherwise()
      : answer({ status: unlockStatusUp[status as string] ?? 'UnlockFailed' }),
  );

/** How often a station is asked to unlock that is ending the transaction, and how long it is given in between, in ms. */
const UNLOCKS = 15;
const PAUSE = 2000;

/** As 1.6 means it: the transaction ends, and then the connector is unlocked. The station says when the time has come. */
function stopAndUnlock(transactionId: string, payload: Payload, context: Context): Outcome {
  const tryTo = (left: number): Outcome =>
    after(PAUSE, left > 1 ? unlock(payload, () => tryTo(left - 1)) : unlock(payload));
  changeStationTransaction(transactionId, { stoppedFor: 'UnlockCommand' }, context);
  const goesOn = (): Outcome => {
    changeStationTransaction(transactionId, { stoppedFor: undefined }, context);
    return unlock(payload);
  };
  return forward(
    'RequestStopTransaction',
    { transactionId },
    ({ status }) => (status === 'Accepted' ? tryTo(UNLOCKS) : goesOn()),
    goesOn,
  );
}
