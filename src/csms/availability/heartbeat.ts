import type { Decision, DecisionContext } from '../../gateway/decision.ts';
import type { Payload } from '../../ocpp/index.ts';

/** G02: the station wants to know the time. */
export const heartbeat = (_request: Payload, { now }: DecisionContext): Decision => ({
  response: { currentTime: new Date(now).toISOString() },
});
