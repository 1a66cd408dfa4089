import type { Payload } from '../ocpp/index.ts';
import type { Station } from './station.ts';

type Make = (payload: Payload, now: number) => unknown;

const instant: Make = (_payload, now) => new Date(now).toISOString();

/**
 * Required fields that stations are known to leave out, and what is written instead (tolerant mode only): field name → value.
 * A field that stands nowhere here cannot be guessed, and its message is refused.
 */
export const missingFields = (station: Station): Readonly<Record<string, Make>> => ({
  timestamp: instant,
  generatedAt: instant,
  errorCode: () => 'NoError',
  // A meter that was not read begins where it was last known to stand.
  meterStart: (payload) => station.lastRegister(Number(payload['connectorId'])) ?? 0,
  // resolved like an unknown id, to the transaction that can only be meant.
  transactionId: (payload) => ('meterStop' in payload ? 0 : undefined),
});
