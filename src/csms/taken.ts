import type { Decision, DecisionContext } from '../gateway/decision.ts';
import type { JsonObject } from '../gateway/ports.ts';
import type { Payload } from '../ocpp/index.ts';

/** A notification that asks for nothing: taken in, told as an event with the request as its data. */
export const taken =
  (type: string) =>
  (request: Payload, _context: DecisionContext): Decision => ({
    response: {},
    events: [{ type, data: request as JsonObject }],
  });

/** A request for something that is not offered here. */
export const refused = (): Decision => ({
  response: { status: 'Rejected', statusInfo: { reasonCode: 'UnsupportedRequest' } },
});
