/** RemoteStartTransaction, RemoteStopTransaction, UnlockConnector, reservations. */
import { answer, crossed, forward } from '../outcome.ts';
import { apply, lost, row, sameBut, table } from '../rows.ts';
import { connectorOf, connectorRunning, saveConnector } from './connectors.ts';
import { connectorRow, crossing, unlessBelow } from './crossing.ts';

export const remoteStartTransaction = crossing('csms', 'RemoteStartTransaction', {
  note: 'Towards a 1.5 station: a charging profile means Rejected, as the car would draw what the profile forbids; by setting it is left out. Connector 0 is left out.',
  request: sameBut(
    connectorRow(1, '0 is left out, what is below it Rejected'),
    row(null, 'chargingProfile', lost('1.5 has no charging profiles')),
  ),
  down(request, context, pair) {
    const connectorId = (request.connectorId ?? 0) as number;
    const isLimited = request.chargingProfile !== undefined && !context.settings.dropProfile;
    if (isLimited || connectorId < 0) return answer({ status: 'Rejected' });
    const { connectorId: _connectorId, ...rest } = apply(pair.request, 'down', request, context);
    return forward('RemoteStartTransaction', connectorId === 0 ? rest : { ...rest, connectorId }, answer);
  },
});

export const remoteStopTransaction = crossing('csms', 'RemoteStopTransaction', {
  note: 'Towards a 1.5 station: remembered for the reason of the StopTransaction that follows.',
  down(request, context) {
    const number = request.transactionId as number;
    const connectorId = connectorRunning(number, context);
    /** Known before the station is asked: the StopTransaction may come as soon as its answer. */
    const asked = (stopAsked: number | undefined): void => {
      if (connectorId === undefined) return;
      const { transaction } = connectorOf(connectorId, context);
      if (transaction?.number !== number) return;
      const { stopAsked: _before, ...rest } = transaction;
      saveConnector(connectorId, { transaction: stopAsked === undefined ? rest : { ...rest, stopAsked } }, context);
    };
    asked(context.now());
    return forward(
      'RemoteStopTransaction',
      request,
      (response) => {
        if (response.status !== 'Accepted') asked(undefined);
        return answer(response);
      },
      (failure) => {
        if (failure.uncertain !== true) asked(undefined);
        return { kind: 'refuse', failure: crossed(failure) };
      },
    );
  },
});

export const unlockConnector = crossing('csms', 'UnlockConnector', {
  request: sameBut(connectorRow(1, 'NotSupported')),
  response: sameBut(
    row(
      'status',
      'status',
      table(
        [
          ['Accepted', 'Unlocked'],
          ['Rejected', 'UnlockFailed'],
          ['Rejected', 'NotSupported'],
        ],
        { up: 'UnlockFailed', down: 'Rejected' },
      ),
    ),
  ),
  down: unlessBelow(1, 'NotSupported'),
});

export const reserveNow = crossing('csms', 'ReserveNow', {
  request: sameBut(connectorRow(0, 'Rejected')),
  down: unlessBelow(0, 'Rejected'),
});

export const cancelReservation = crossing('csms', 'CancelReservation');
