/** The clock of a station that was never told the time runs from 1970, or from when its firmware was built. */

/** 2020-01-01: older than every message that a gateway can receive. */
const CLOCK_UNSET_BEFORE = 1_577_836_800_000;

/** Whether this instant was told by a clock that was never set. */
export const isClockUnset = (at: number): boolean => at < CLOCK_UNSET_BEFORE;

let lastText = '';
let lastInstant = Number.NaN;

/** `Date.parse`, which is not cheap, once for what is asked several times of the same message. */
export function instantOf(timestamp: string): number {
  if (timestamp !== lastText) {
    lastText = timestamp;
    lastInstant = Date.parse(timestamp);
  }
  return lastInstant;
}

/** A clock that is further ahead than this is wrong. */
const ONE_DAY = 86_400_000;

/**
 * When something happened that a station tells: by its clock, or at the time of receipt when its clock cannot be right.
 * @param timestamp RFC 3339
 */
export const happenedAt = (timestamp: string, now: number): number => possible(instantOf(timestamp), now);

const possible = (at: number, now: number): number => (isClockUnset(at) || at > now + ONE_DAY ? now : at);

/** What is counted when a message was told by a clock that was never set. */
export const clockUnset: readonly string[] = ['clockUnset'];

/**
 * The same for a list of things told together. Of those told by a clock that was never set the last one happened now, the others as
 * long before it as that clock says.
 */
export function happenedAtEach(timestamps: readonly string[], now: number): readonly number[] {
  const times = timestamps.map(instantOf);
  let latest = Number.NEGATIVE_INFINITY;
  for (const at of times) if (isClockUnset(at) && at > latest) latest = at;
  return times.map((at) => (isClockUnset(at) ? at + now - latest : possible(at, now)));
}
