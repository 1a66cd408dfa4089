/** What a 1.6 CSMS is told of a connector of a 2.x station. */
import type { Context } from '../context.ts';
import { forwardAll, type Message, type Outcome } from '../outcome.ts';
import { connectorState, saveConnector } from './connector-state.ts';
import { errorOf } from './errors.ts';
import { leaveConnector, occupiedStatus } from './station-transactions.ts';
import { seen } from './topology.ts';
import { takeTrigger } from './triggered.ts';

/** Statuses of a connector with no car. */
const withoutCar = new Set(['Available', 'Reserved', 'Unavailable']);
/** Statuses that 1.6 allows of the whole station (1.6 4.9). */
const ofTheStation = new Set(['Available', 'Unavailable', 'Faulted']);

/**
 * What there is to tell the 1.6 CSMS of a connector's status, in its own words: nothing twice, unless it asked or the station has booted.
 * @param reported the 2.x status if the station itself has said it now
 */
export function statusForConnector(
  connectorId: number,
  status: string,
  timestamp: string,
  context: Context,
  reported?: string,
): readonly Message[] {
  if (withoutCar.has(status)) leaveConnector(connectorId, context);
  const occupied = status === 'Occupied' ? occupiedStatus(connectorId, context) : status;
  const told = connectorId === 0 && !ofTheStation.has(occupied) ? 'Available' : occupied;
  const error = errorOf(connectorId, told, context);
  const before = connectorState(connectorId, context);
  if (connectorId > 0) seen(connectorId, context);
  const now = { status: told, newer: reported ?? before?.newer, errorCode: error.errorCode };
  const asked = takeTrigger('StatusNotification', connectorId, context);
  const news = before?.status !== told || before.errorCode !== error.errorCode || before.stale === true;
  saveConnector(connectorId, now, context);
  if (!news && !asked) return [];
  return [{ action: 'StatusNotification', payload: { connectorId, status: told, timestamp, ...error } }];
}

/** Tells the CSMS what {@link statusForConnector} has made. A station says its status once: what the CSMS did not take is told with what comes next. */
export const tellStatuses = (calls: readonly Message[], context: Context, then: () => Outcome): Outcome =>
  forwardAll(calls, (results) => {
    for (const [index, call] of calls.entries()) {
      const { connectorId } = call.payload;
      const known = connectorState(connectorId, context);
      if (results[index]?.failure === undefined || known === undefined) continue;
      saveConnector(connectorId, { ...known, stale: true }, context);
    }
    return then();
  });
