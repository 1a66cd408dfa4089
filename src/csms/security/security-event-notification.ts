import type { Decision } from '../../gateway/decision.ts';
import type { JsonObject } from '../../gateway/ports.ts';
import type { Payload } from '../../ocpp/index.ts';

/** A04: a security event of the station, kept and told. */
export const securityEventNotification = (request: Payload): Decision => ({
  response: {},
  events: [{ type: 'evsebridge.security.event', data: request as JsonObject }],
});
