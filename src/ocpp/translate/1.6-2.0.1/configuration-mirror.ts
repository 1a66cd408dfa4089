/**
 * The configuration mirror: what a station last said of its configuration, whichever version it speaks, by the key and in the
 * spelling of 1.6 (variables that have no key: by their 2.x name). Other procedures read limits from it; what nobody has asked
 * the station yet is not there.
 */
import type { Context } from '../context.ts';
import { configurationKeys } from './configuration-keys.ts';
import { seen } from './topology.ts';

const TABLE = 'configuration';
/** More keys than any station is known to have. */
const LIMIT = 500;

/** The longest key, in characters. */
export const MAX_KEY = 50;

/** What is known of one key. */
export interface Mirrored {
  /** The key in lower case. */
  readonly name: string;
  /** As the table of keys spells it; of one that does not stand there, as it was first told. */
  readonly key: string;
  /** `undefined`: the key exists and its value was not told. */
  readonly value: string | undefined;
  readonly readonly: boolean;
}

interface Row {
  readonly value?: string;
  readonly readonly: boolean;
  /** How it is spelled, where that is neither as in the table of keys nor in lower case. */
  readonly key?: string;
}

const spellings = new Map(configurationKeys.map(({ key }) => [key.toLowerCase(), key]));
const usual = (name: string): string => spellings.get(name) ?? name;

/** Keys whose values are nobody's to keep. */
const secret = new Set(['authorizationkey']);

/** Takes in what a station says of one key. */
export function mirror(key: string, value: string | undefined, readonly: boolean, context: Context): void {
  const name = key.toLowerCase();
  const kept = secret.has(name) ? undefined : value;
  const before = context.state.get<Row>(TABLE, name);
  if (before === undefined || before.value !== kept || before.readonly !== readonly) {
    const spelled = spellings.get(name) ?? (before === undefined ? key : (before.key ?? name));
    const row: Row = {
      ...(kept === undefined ? {} : { value: kept }),
      readonly,
      ...(spelled === usual(name) ? {} : { key: spelled }),
    };
    context.state.set(TABLE, name, row, LIMIT);
  }
  if (name === 'numberofconnectors') {
    const connectors = mirroredInteger(key, context);
    if (connectors !== undefined && connectors > 0) seen(connectors, context);
  }
}

const asMirrored = (name: string, { key = usual(name), value, readonly }: Row): Mirrored => ({
  name,
  key,
  value,
  readonly,
});

/** What is known of a 1.6 key; `undefined` when the station never told it. */
export function mirroredKey(key: string, context: Context): Mirrored | undefined {
  const name = key.toLowerCase();
  const row = context.state.get<Row>(TABLE, name);
  return row === undefined ? undefined : asMirrored(name, row);
}

/** Every key that is known, oldest first. */
export const mirroredKeys = (context: Context): readonly Mirrored[] =>
  [...context.state.rows<Row>(TABLE)].map(([name, row]) => asMirrored(name, row));

/** True for what stands here under a name of its own, and is no key: what a station said of its meter when it booted. */
export const isOwn = (name: string): boolean => name.startsWith('fiscalmetering.');

/** The station no longer has this key. */
export const forgetKey = (key: string, context: Context): void => context.state.delete(TABLE, key.toLowerCase());

/** The last known value of a 1.6 key; `undefined` when the station never told it. */
export const mirrored = (key: string, context: Context): string | undefined =>
  context.state.get<Row>(TABLE, key.toLowerCase())?.value;

/** The last known value as an integer, read tolerantly (`" 12 "`, `"12.0"`); `undefined` when it is none or not known. */
export function mirroredInteger(key: string, context: Context): number | undefined {
  const text = mirrored(key, context)?.trim();
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  return Number.isInteger(value) ? value : undefined;
}

/** Keys in one Call of a 1.6 station that does not say how many it takes (some take very few). */
const DEFAULT_KEYS = 10;

/** How many keys a 1.6 station takes in one Call. */
export function keysAtOnce(context: Context): number {
  const most = mirroredInteger('GetConfigurationMaxKeys', context);
  return most !== undefined && most > 0 ? most : DEFAULT_KEYS;
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
