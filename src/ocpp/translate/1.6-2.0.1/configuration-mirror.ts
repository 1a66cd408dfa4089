/**
 * The configuration mirror: what a station last said of its configuration, whichever version it speaks, by the key and in the
 * spelling of 1.6 (variables that have no key: by their 2.x name). Other procedures read limits from it; what nobody has asked
 * the station yet is not there.
 */
import { isSecretName } from '../../secrets.ts';
import type { Context } from '../context.ts';
import { configurationKeys } from './configuration-keys.ts';
import { seen } from './topology.ts';

const TABLE = 'configuration';
const ROW = 'keys';
/** More keys, and more text in them, than any station is known to have. */
const MOST_KEYS = 500;
const MOST_TEXT = 100_000;

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

/**
 * All keys of a station in one row, since there are a hundred of them and thousands of stations: key → a letter and the value.
 * `r`, `w`: to be read only, or to be written; `R`, `W`: the same of a key whose value was not told.
 */
type Row = Record<string, string>;

const encoded = (value: string | undefined, readonly: boolean): string =>
  value === undefined ? (readonly ? 'R' : 'W') : `${readonly ? 'r' : 'w'}${value}`;

function decoded(key: string, text: string): Mirrored {
  const [letter] = text;
  return {
    name: key.toLowerCase(),
    key,
    value: letter === 'r' || letter === 'w' ? text.slice(1) : undefined,
    readonly: letter === 'r' || letter === 'R',
  };
}

const spellings = new Map(configurationKeys.map(({ key }) => [key.toLowerCase(), key]));

const rowOf = (context: Context): Row => context.state.get<Row>(TABLE, ROW) ?? {};

/** How a row spells a key; `undefined`: it does not have it. */
function spelledIn(row: Row, key: string): string | undefined {
  const name = key.toLowerCase();
  const usual = spellings.get(name);
  if (Object.hasOwn(row, usual ?? key)) return usual ?? key;
  if (usual !== undefined) return undefined;
  for (const other in row) if (other.length === key.length && other.toLowerCase() === name) return other;
  return undefined;
}

/** Takes in what a station says of one key. Secrets are nobody's to keep. */
export function mirror(key: string, value: string | undefined, readonly: boolean, context: Context): void {
  const name = key.toLowerCase();
  const row = rowOf(context);
  const known = spelledIn(row, key);
  const kept = encoded(isSecretName(key) ? undefined : value, readonly);
  if (known === undefined || row[known] !== kept) keep(row, known ?? spellings.get(name) ?? key, kept, context);
  if (name === 'numberofconnectors') {
    const connectors = mirroredInteger(key, context);
    if (connectors !== undefined && connectors > 0) seen(connectors, context);
  }
}

function keep(row: Row, key: string, text: string, context: Context): void {
  const keys = Object.keys(row);
  const isRoom =
    spellings.has(key.toLowerCase()) ||
    (keys.length < MOST_KEYS && keys.reduce((sum, other) => sum + (row[other] as string).length, 0) < MOST_TEXT);
  // A name that objects have of their own is no key of a station.
  if (!isRoom || key === '__proto__') {
    context.lost('configurationKey', 'the station tells more of its configuration than is kept');
    return;
  }
  row[key] = text;
  context.state.set(TABLE, ROW, row);
}

/** What is known of a 1.6 key; `undefined` when the station never told it. */
export function mirroredKey(key: string, context: Context): Mirrored | undefined {
  const row = rowOf(context);
  const spelled = spelledIn(row, key);
  return spelled === undefined ? undefined : decoded(spelled, row[spelled] as string);
}

/** Every key that is known, oldest first. */
export const mirroredKeys = (context: Context): readonly Mirrored[] =>
  Object.entries(rowOf(context)).map(([key, text]) => decoded(key, text));

/** True for what stands here under a name of its own, and is no key: what a station said of its meter when it booted. */
export const isOwn = (name: string): boolean => name.startsWith('fiscalmetering.');

/** The station no longer has these keys. */
export function forgetKeys(keys: readonly Mirrored[], context: Context): void {
  if (keys.length === 0) return;
  const row = rowOf(context);
  for (const { key } of keys) delete row[key];
  context.state.set(TABLE, ROW, row);
}

/** The last known value of a 1.6 key; `undefined` when the station never told it. */
export const mirrored = (key: string, context: Context): string | undefined => mirroredKey(key, context)?.value;

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
