import type { Defaults } from './tolerance.ts';

const instant = (_payload: unknown, now: number): string => new Date(now).toISOString();

/**
 * Required fields that stations are known to leave out, and what is read instead, as far as that can be told without knowing the
 * station (tolerant mode only): field name → value. What stands nowhere here cannot be guessed, and its message is refused.
 */
export const missingFields: Defaults = {
  timestamp: instant,
  generatedAt: instant,
  errorCode: () => 'NoError',
  // Resolved like an unknown id, to the transaction that can only be meant.
  transactionId: (payload) => ('meterStop' in payload ? 0 : undefined),
};
