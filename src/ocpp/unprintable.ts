/** Text that no database and no other party can hold. */
import type { Payload } from './translate/outcome.ts';

const unpaired = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/**
 * Removes what no database and no other party can hold: NUL characters and halves of surrogate pairs, in every text of a payload.
 * @returns true when there was any
 */
export function removeUnprintable(payload: Payload): boolean {
  let found = false;
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') {
      if (!value.includes('\u0000') && !unpaired.test(value)) return value;
      found = true;
      return value.replaceAll('\u0000', '').toWellFormed();
    }
    if (typeof value !== 'object' || value === null) return value;
    for (const key of Object.keys(value)) {
      if (key === '__proto__') delete (value as Payload)[key];
      else (value as Payload)[key] = walk((value as Payload)[key]);
    }
    return value;
  };
  walk(payload);
  return found;
}

/** A cheap look at JSON text: may {@link removeUnprintable} find anything in it? */
export const mayBeUnprintable = (json: string): boolean =>
  json.includes('\\u') && (json.includes('\\u0000') || json.includes('\\ud') || json.includes('\\uD'));
