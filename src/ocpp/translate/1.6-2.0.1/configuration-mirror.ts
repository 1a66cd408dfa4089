/**
 * The configuration mirror: what a station last said of its configuration, whichever version it speaks, by the key and in the
 * spelling of 1.6 (variables that have no key: by their 2.x name). Other procedures read limits from it; what nobody has asked
 * the station yet is not there.
 */
import type { Context } from '../context.ts';
import { seen } from './topology.ts';

const TABLE = 'configuration';
/** More keys than any station is known to have. */
const LIMIT = 500;

interface Mirrored {
  /** Absent: the key exists and its value was not told. */
  readonly value?: string;
  readonly readonly: boolean;
}

/** Keys whose values are nobody's to keep. */
const secret = new Set(['authorizationkey']);

/** Takes in what a station says of one key. */
export function mirror(key: string, value: string | undefined, readonly: boolean, context: Context): void {
  const name = key.toLowerCase();
  const kept = secret.has(name) ? undefined : value;
  const before = context.state.get<Mirrored>(TABLE, name);
  if (before === undefined || before.value !== kept || before.readonly !== readonly) {
    context.state.set(
      TABLE,
      name,
      { ...(kept === undefined ? {} : { value: kept }), readonly } satisfies Mirrored,
      LIMIT,
    );
  }
  if (name === 'numberofconnectors') {
    const connectors = mirroredInteger(key, context);
    if (connectors !== undefined && connectors > 0) seen(connectors, context);
  }
}

/** The last known value of a 1.6 key; `undefined` when the station never told it. */
export const mirrored = (key: string, context: Context): string | undefined =>
  context.state.get<Mirrored>(TABLE, key.toLowerCase())?.value;

/** The last known value as an integer, read tolerantly (`" 12 "`, `"12.0"`); `undefined` when it is none or not known. */
export function mirroredInteger(key: string, context: Context): number | undefined {
  const text = mirrored(key, context)?.trim();
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  return Number.isInteger(value) ? value : undefined;
}

/** The items of the last known list, trimmed, without empty ones; `undefined` when not known. */
export const mirroredItems = (key: string, context: Context): readonly string[] | undefined => {
  const text = mirrored(key, context);
  return text === undefined ? undefined : items(text);
};

/** The items of a comma-separated list; blanks around them mean nothing. */
export const items = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
