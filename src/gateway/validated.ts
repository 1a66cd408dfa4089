/** The payload of a station's message, valid by the schema of its Version, mended where that is tolerated. */
import { type Action, check, mayBeUnprintable, type Payload, removeUnprintable } from '../ocpp/index.ts';
import type { Connection } from './connection.ts';
import { missingFields } from './missing-fields.ts';
import { type CallFrame, refuse } from './replies.ts';

/** The payload, valid; `undefined` when it was refused. */
export function validated(connection: Connection, frame: CallFrame, action: Action, now: number): Payload | undefined {
  const { station } = connection;
  const tolerant = !station.row.strict;
  if (mayBeUnprintable(frame.text) && removeUnprintable(frame.payload)) {
    if (!tolerant) {
      refuse(connection, frame, 'FormatViolation', 'a text holds NUL or half a surrogate pair');
      return undefined;
    }
    station.deviates('unprintable');
  }
  const unusable = unusableId(frame.payload);
  if (unusable !== undefined) {
    station.deviates('refusedPayload');
    refuse(connection, frame, 'PropertyConstraintViolation', unusable);
    return undefined;
  }
  if (action.request(frame.payload)) return frame.payload;
  const checked = check(frame.payload, action.request, tolerant, now, missingFields(station));
  if (checked.errors !== undefined) {
    station.deviates('refusedPayload');
    refuse(connection, frame, checked.condition, checked.errors.join('; '));
    return undefined;
  }
  for (const code of checked.deviations) station.deviates(code);
  return checked.payload;
}

/** The schemas set no bound to the numbers of EVSEs and connectors; OCPP does: integers have 32 bits (1.6 3.5, 2.x part 2 2.1.1). */
function unusableId({ connectorId, evseId, evse }: Payload): string | undefined {
  if (isTooLarge(connectorId)) return `connectorId ${connectorId as number} is no connector`;
  if (isTooLarge(evseId)) return `evseId ${evseId as number} is no EVSE`;
  if (evse === undefined || evse === null) return undefined;
  const { id, connectorId: ofEvse } = evse as Payload;
  return isTooLarge(id) || isTooLarge(ofEvse) ? 'evse names no EVSE' : undefined;
}

const isTooLarge = (id: unknown): boolean => typeof id === 'number' && (id > 0x7fffffff || id < -0x80000000);
