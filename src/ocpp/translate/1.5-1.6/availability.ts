/** StatusNotification, ChangeAvailability. */
import type { Context } from '../context.ts';
import { answer, forward, type Outcome, type Payload } from '../outcome.ts';
import { apply, cut, row, sameBut, table } from '../rows.ts';
import type { Pair } from '../translator.ts';
import { connectorOf, saveConnector, statusAt } from './connectors.ts';
import { connectorRow, crossing, unlessBelow } from './crossing.ts';
import { isTold, remember } from './told.ts';

/** ChargePointStatus: five states of 1.6 are one of 1.5. */
const status = table(
  [
    ['Available', 'Available'],
    ['Occupied', 'Preparing'],
    ['Occupied', 'Charging'],
    ['Occupied', 'SuspendedEVSE'],
    ['Occupied', 'SuspendedEV'],
    ['Occupied', 'Finishing'],
    ['Reserved', 'Reserved'],
    ['Unavailable', 'Unavailable'],
    ['Faulted', 'Faulted'],
  ],
  { up: 'Unavailable', down: 'Unavailable' },
);

/** ChargePointErrorCode: what 1.5 has no code for is OtherError, and its name the vendorErrorCode. */
const errorCode = table(
  [
    ['ConnectorLockFailure', 'ConnectorLockFailure'],
    ['Mode3Error', 'EVCommunicationError'],
    ['GroundFailure', 'GroundFailure'],
    ['HighTemperature', 'HighTemperature'],
    ['NoError', 'NoError'],
    ['OtherError', 'OtherError'],
    ['OverCurrentFailure', 'OverCurrentFailure'],
    ['PowerMeterFailure', 'PowerMeterFailure'],
    ['PowerSwitchFailure', 'PowerSwitchFailure'],
    ['ReaderFailure', 'ReaderFailure'],
    ['ResetFailure', 'ResetFailure'],
    ['UnderVoltage', 'UnderVoltage'],
    ['WeakSignal', 'WeakSignal'],
    ['OtherError', 'InternalError'],
    ['OtherError', 'LocalListConflict'],
    ['OtherError', 'OverVoltage'],
  ],
  { up: 'OtherError', down: 'OtherError' },
);

export const statusNotification = crossing('station', 'StatusNotification', {
  note: 'Towards 1.6: Occupied is Preparing; in a transaction Charging, or SuspendedEV when no power has flowed for more than 60 s; after it Finishing, until the connector is free. Start, stop and meter values change it, and then it is told without a word of the station. Towards 1.5: what was told already is not told again until the station boots; the name of an error that 1.5 has no code for is the vendorErrorCode, if there is none.',
  request: sameBut(
    connectorRow(0, 'not told'),
    row('status', 'status', status),
    row('errorCode', 'errorCode', errorCode),
    row('info', 'info', cut('up', 50)),
    row('vendorId', 'vendorId', cut('up', 255)),
    row('vendorErrorCode', 'vendorErrorCode', cut('up', 50)),
  ),
  up: statusUp,
  down: statusDown,
});

const nothing = answer({});

function statusUp(request: Payload, context: Context, pair: Pair): Outcome {
  const connectorId = request.connectorId as number;
  const older = request.status as string;
  const at = request.timestamp === undefined ? context.now() : Date.parse(request.timestamp as string);
  const isFree = older === 'Available' || older === 'Reserved';
  const connector = connectorOf(connectorId, context);
  const { timestamp, ...said } = apply(pair.request, 'up', request, context);
  const known = { ...said, status: connectorId === 0 ? ofStation(older) : statusAt(older, connector, at) };
  saveConnector(connectorId, { status: known, finishing: isFree ? undefined : connector.finishing }, context);
  return forward('StatusNotification', timestamp === undefined ? known : { ...known, timestamp }, () => nothing);
}

/** Connector 0, the station, is Available, Unavailable or Faulted in 1.6 (4.9). */
const ofStation = (older: string): string => (older === 'Occupied' || older === 'Reserved' ? 'Available' : older);

function statusDown(request: Payload, context: Context, pair: Pair): Outcome {
  if ((request.connectorId as number) < 0) {
    context.lost('connectorId', '1.5 has no connector below 0');
    return nothing;
  }
  const told = withErrorName(apply(pair.request, 'down', request, context), request.errorCode as string, context);
  if (isTold(told, context)) return nothing;
  return forward('StatusNotification', told, () => {
    remember(told, context);
    return nothing;
  });
}

/** A status in 1.5 form with the name of an error that 1.5 has no code for, if there is room for it. */
function withErrorName(status: Payload, errorCode: string, context: Context): Payload {
  if (status.errorCode !== 'OtherError' || errorCode === 'OtherError') return status;
  if (!status.vendorErrorCode) return { ...status, vendorErrorCode: errorCode };
  context.lost('errorCode', `1.5 has no ${errorCode}, and vendorErrorCode is taken`);
  return status;
}

export const changeAvailability = crossing('csms', 'ChangeAvailability', {
  request: sameBut(connectorRow(0, 'Rejected')),
  down: unlessBelow(0, 'Rejected'),
});
