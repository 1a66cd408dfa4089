import { type Defaults, missingFields as known } from '../ocpp/index.ts';
import type { Station } from './station.ts';

/** Required fields that stations leave out, and what is written instead (tolerant mode only), for a station that is known. */
export const missingFields = (station: Station): Defaults => ({
  ...known,
  // A meter that was not read begins where it was last known to stand.
  meterStart: (payload) => station.lastRegister(Number(payload['connectorId'])) ?? 0,
});
