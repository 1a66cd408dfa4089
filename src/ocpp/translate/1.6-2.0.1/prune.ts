import type { Context } from '../context.ts';

/**
 * Keeps a table small: beyond `limit` rows the oldest that is `over` goes, and whatever is oldest beyond ten times that.
 * @param atHand the key of the row that is being worked on, which stays
 */
export function prune<T>(
  table: string,
  atHand: string,
  limit: number,
  over: (value: T) => boolean,
  context: Context,
  gone: (key: string, value: T) => void = () => undefined,
): void {
  const { state } = context;
  if (state.size(table) <= limit) return;
  const force = state.size(table) > limit * 10;
  for (const [key, value] of state.rows<T>(table)) {
    if (key === atHand || (!force && !over(value))) continue;
    state.delete(table, key);
    gone(key, value);
    return;
  }
}
