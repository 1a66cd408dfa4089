import type { Defaults } from './tolerance.ts';

const instant = (_payload: unknown, now: number): string => new Date(now).toISOString();

/** Required fields that stations are known to leave out, and what may be read instead without knowing the station. */
export const missingFields: Defaults = {
  timestamp: instant,
  generatedAt: instant,
  errorCode: () => 'NoError',
};
