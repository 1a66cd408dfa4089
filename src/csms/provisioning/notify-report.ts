import type { Decision, DecisionContext } from '../../gateway/decision.ts';
import type { Payload } from '../../ocpp/index.ts';
import { reportedVariables } from './variables.ts';

/** B07/B08: a part of the station's device model. */
export function notifyReport(request: Payload, { station, now }: DecisionContext): Decision {
  const reports = (request['reportData'] as Payload[] | undefined) ?? [];
  const last = request['tbc'] !== true;
  return {
    response: {},
    variables: reports.flatMap((report) => reportedVariables(station.id, report, now)),
    events: last
      ? [
          {
            type: 'evsebridge.station.reported',
            data: { requestId: request['requestId'] as number, seqNo: request['seqNo'] as number },
          },
        ]
      : [],
  };
}
