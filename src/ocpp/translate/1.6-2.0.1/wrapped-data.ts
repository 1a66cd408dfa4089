/** Messages of others that 1.6 carries in DataTransfer: JSON text in `data`. */
import { answer, type Outcome, type Payload } from '../outcome.ts';
import { isObject } from '../rows.ts';

/** An object out of JSON text; `undefined` when it is none. */
export function parsedData(data: unknown): Payload | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    const value: unknown = JSON.parse(data);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A DataTransfer cannot be handled; 1.6 has no place for the reason but this. */
export const rejected = (reason: string): Outcome => answer({ status: 'Rejected', data: reason });

export const noObject: Outcome = rejected('data is not the JSON text of an object');
