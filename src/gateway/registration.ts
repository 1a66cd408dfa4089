/** What a station may send before it is accepted (1.6 4.2, 2.0.1 B02/B03). */
import type { Action } from '../ocpp/index.ts';
import type { Connection } from './connection.ts';
import { registrationByPolicy } from './decision.ts';

/** Why a station that is not accepted may not send this (1.6 4.2, 2.0.1 B02/B03); `undefined`: it may. */
export function barredBy(connection: Connection, action: Action, now: number): string | undefined {
  const { station, version } = connection;
  const { registrationStatus } = station.row;
  if (registrationStatus === 'Accepted' || action.name === version.boot) return undefined;
  if (registrationStatus === null && !station.row.strict) {
    // Never booted here: many stations introduce themselves late; what policy would accept is taken in.
    const admission = station.row.admission ?? registrationByPolicy[connection.services.settings.unknownStations];
    if (admission === 'Accepted') {
      if (action.name !== version.heartbeat) station.deviates('messageBeforeBoot');
      return undefined;
    }
  }
  const until = connection.asked?.get(action.name);
  if (registrationStatus === 'Pending' && until !== undefined && until >= now) return undefined;
  if (takesEarly(connection, action)) {
    if (action.name !== version.heartbeat) station.deviates('messageBeforeAccepted');
    return undefined;
  }
  return `the station is not accepted yet: ${registrationStatus ?? 'no BootNotification'}`;
}

/** What asks to charge, or tells of it: not before the station is accepted. */
const charging = new Set(['Authorize', 'StartTransaction', 'StopTransaction', 'TransactionEvent']);

function takesEarly({ station: { row }, services: { settings } }: Connection, { name }: Action): boolean {
  if (settings.earlyMessages === 'refuse' || row.strict || charging.has(name)) return false;
  return (row.registrationStatus ?? row.admission ?? registrationByPolicy[settings.unknownStations]) === 'Pending';
}
