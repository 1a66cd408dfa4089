import { type Decision, type DecisionContext, registrationByPolicy } from '../../gateway/decision.ts';
import type { StationRow } from '../../gateway/ports.ts';
import type { Payload } from '../../ocpp/index.ts';

/** B01-B03: a station introduces itself. What the operator decided counts, then what it was before, then policy. */
export function bootNotification(request: Payload, { station, settings, now }: DecisionContext): Decision {
  const status =
    station.admission ??
    (station.registrationStatus === 'Accepted' ? 'Accepted' : registrationByPolicy[settings.unknownStations]);
  const told = request['chargingStation'] as Payload;
  const row: StationRow = {
    ...station,
    vendorName: told['vendorName'] as string,
    model: told['model'] as string,
    serialNumber: (told['serialNumber'] as string | undefined) ?? null,
    firmwareVersion: (told['firmwareVersion'] as string | undefined) ?? null,
    registrationStatus: status,
    lastSeenAt: now,
  };
  const { vendorName, model, serialNumber, firmwareVersion } = row;
  return {
    response: {
      currentTime: new Date(now).toISOString(),
      interval: status === 'Accepted' ? settings.heartbeatInterval : settings.retryInterval,
      status,
    },
    station: row,
    events: [
      {
        type: 'evsebridge.station.booted',
        data: {
          reason: request['reason'] as string,
          registrationStatus: status,
          vendorName,
          model,
          serialNumber,
          firmwareVersion,
        },
      },
    ],
  };
}
