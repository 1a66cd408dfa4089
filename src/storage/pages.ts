import type { Page, PageQuery } from '../gateway/ports.ts';
import { InvalidCursor } from './errors.ts';

/** The place in a list where the next page begins: the sort key of the last item before it. */
export type Place = readonly (string | number)[];

const writeCursor = (place: Place): string => Buffer.from(JSON.stringify(place)).toString('base64url');

/**
 * The place that a cursor stands for; `undefined` for the first page.
 * @param shape what the sort key is made of. @throws InvalidCursor, RangeError for a limit outside 1 to 1000.
 */
export function readPlace<const S extends readonly ('string' | 'number')[]>(
  { limit, cursor }: PageQuery,
  shape: S,
): { readonly [I in keyof S]: S[I] extends 'string' ? string : number } | undefined {
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
    throw new RangeError(`a page has 1 to 1000 items, not ${limit}`);
  if (cursor === undefined) return undefined;
  let place: unknown;
  try {
    place = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    place = undefined;
  }
  const fits =
    Array.isArray(place) &&
    place.length === shape.length &&
    shape.every((type, index) => {
      const part: unknown = place[index];
      return type === 'string' ? typeof part === 'string' && !part.includes('\0') : Number.isSafeInteger(part);
    });
  if (!fits) throw new InvalidCursor(`${JSON.stringify(cursor)} is not a cursor of this list`);
  return place as { readonly [I in keyof S]: S[I] extends 'string' ? string : number };
}

/** Cuts the page out of `rows`, which were read with one more than the limit. */
export function pageOf<Row, T = Row>(
  rows: readonly Row[],
  limit: number,
  place: (row: Row) => Place,
  item: (row: Row) => T,
): Page<T> {
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return { items: rows.slice(0, limit).map(item), nextCursor: last === undefined ? null : writeCursor(place(last)) };
}
