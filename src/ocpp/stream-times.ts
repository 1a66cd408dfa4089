/**
 * NotifyPeriodicEventStream as the example in part 4 of OCPP 2.1 prints it, and some stations send it: an instant in every `t` and no
 * `basetime`, where the schema wants seconds from the `basetime`.
 */
import { isWritable, readDateTime } from './date-time.ts';
import type { Payload } from './translate/outcome.ts';

const isInstant = (value: unknown): value is string =>
  typeof value === 'string' && /\d[-/.]\d/.test(value) && /:/.test(value);

/** Mends the times of a message, in place. @returns false when there is nothing to mend */
export function mendStreamTimes(message: Payload, now: number): boolean {
  const { data } = message;
  if (!Array.isArray(data)) return false;
  const values = data.filter((value): value is Payload => typeof value === 'object' && value !== null);
  const instants = values.filter(({ t }) => isInstant(t));
  const needsBase = typeof message['basetime'] !== 'string';
  if (needsBase)
    message['basetime'] = instants[0] === undefined ? before(values, now) : readDateTime(instants[0].t, now);
  const base = Date.parse(readDateTime(message['basetime'], now));
  for (const value of instants) value['t'] = (Date.parse(readDateTime(value['t'], now)) - base) / 1000;
  return needsBase || instants.length > 0;
}

/** What seconds are counted from: the last value is of now. */
function before(values: readonly Payload[], now: number): string {
  const last = Math.max(0, ...values.map(({ t }) => (typeof t === 'number' ? t : 0)));
  const at = now - last * 1000;
  return new Date(isWritable(at) ? at : now).toISOString();
}
