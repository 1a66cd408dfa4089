/**
 * Rows: the facts of a translation, in the order of the specification's tables. A row is `(older field, newer field, rule)`;
 * the same rows are read upwards (older → newer form) and downwards, by the coverage test and by the published tables.
 */
import type { Context } from './context.ts';
import type { Payload } from './outcome.ts';

/** Which way a message travels: `up` from the older form to the newer, `down` back. */
export type Direction = 'up' | 'down';

/** Value in, value out; `undefined` omits the field. */
export type Mapper = (value: unknown, context: Context, source: Payload) => unknown;

/** A list of objects in, a list of objects out: for what an item alone cannot decide. `source` is what holds the list. */
export type ListMapper = (list: readonly Payload[], context: Context, source: Payload) => readonly Payload[];

/** Values of an enum, `[older, newer]`. */
export type Pairs = readonly (readonly [older: string | null, newer: string | null])[];

export type Rule =
  | { readonly kind: 'same' }
  /** Enum values by pairs; the first pair that fits counts, `null` marks a value the other side cannot say. */
  | {
      readonly kind: 'table';
      readonly pairs: Pairs;
      /** What to write for a value that stands in no pair. */
      readonly unknown: { readonly up: string | undefined; readonly down: string | undefined };
    }
  /** An enum that the newer Version widened: what it had before is the same in both; the pairs say what becomes of the new values. */
  | { readonly kind: 'widened'; readonly pairs: Pairs }
  | {
      readonly kind: 'convert';
      readonly name: string;
      readonly up: Mapper;
      readonly down: Mapper;
      /** True when the functions make a value for an absent field too. */
      readonly absent?: boolean;
      /** The enum values that the functions know, where there are any. */
      readonly pairs?: Pairs;
    }
  | {
      readonly kind: 'object';
      readonly rows: Rows;
      /** What is done to the object as a whole before it is read by the rows; `undefined` leaves it out. */
      readonly up?: Mapper;
      readonly down?: Mapper;
    }
  | {
      readonly kind: 'list';
      readonly rows: Rows;
      /** What is done to the list as a whole before its items are read by the rows; a list left empty is left out. */
      readonly up?: ListMapper;
      readonly down?: ListMapper;
    }
  /** Does not cross. */
  | { readonly kind: 'lost'; readonly reason: string }
  /** Only one side has the field; going there it is made by this function. */
  | { readonly kind: 'derived'; readonly how: string; readonly make: (source: Payload, context: Context) => unknown }
  /** Mapped by the procedure beside the rows, in the way that `how` says. */
  | { readonly kind: 'procedure'; readonly how: string };

export interface Row {
  /** Path from the message's root, dots between names; `null`: the older side has no such field. */
  readonly older: string | null;
  readonly newer: string | null;
  readonly rule: Rule;
}

export interface Rows {
  readonly rows: readonly Row[];
  /** `same`: every field that no row names is copied as it is. */
  readonly rest: 'none' | 'same';
  readonly up: readonly Step[];
  readonly down: readonly Step[];
}

interface Step {
  readonly from: readonly string[] | undefined;
  readonly to: readonly string[] | undefined;
  readonly map: Mapper;
  /** True when `map` is to be asked for an absent field too. */
  readonly absent: boolean;
}

export const same: Rule = { kind: 'same' };

/** @param pairs `[older, newer]`; where a value stands twice, its first pair is the one that is taken */
export const table = (pairs: Pairs, unknown: { up?: string; down?: string } = {}): Rule => ({
  kind: 'table',
  pairs,
  unknown: { up: unknown.up, down: unknown.down },
});

/** The mapper of a field that crosses as it is. */
export const keep: Mapper = (value) => value;

/** @param pairs `[older, newer]` for every value that only the newer Version has; `null`: cannot be said, the field is left out */
export const widened = (...pairs: Pairs): Rule => ({ kind: 'widened', pairs });

export const convert = (
  name: string,
  up: Mapper,
  down: Mapper,
  more: { absent?: boolean; pairs?: Pairs } = {},
): Rule => ({
  kind: 'convert',
  name,
  up,
  down,
  ...more,
});
export const object = (rows: Rows, before: { up?: Mapper; down?: Mapper } = {}): Rule => ({
  kind: 'object',
  rows,
  ...before,
});
export const list = (rows: Rows, before: { up?: ListMapper; down?: ListMapper } = {}): Rule => ({
  kind: 'list',
  rows,
  ...before,
});
export const lost = (reason: string): Rule => ({ kind: 'lost', reason });
export const derived = (how: string, make: (source: Payload, context: Context) => unknown): Rule => ({
  kind: 'derived',
  how,
  make,
});
export const procedure = (how: string): Rule => ({ kind: 'procedure', how });

/** True for text of more characters than the limit, counted as JSON Schema counts them. */
export const isLonger = (value: unknown, limit: number): value is string =>
  typeof value === 'string' && value.length > limit && [...value].length > limit;

/** Text that is longer in one form: cut to `limit` code points on the way to the other, and told as lost. */
export const cut = (direction: Direction, limit: number): Rule => {
  const shorten: Mapper = (value, context) => {
    if (!isLonger(value, limit)) return value;
    context.lost('text', `cut to ${limit} characters`);
    return [...value].slice(0, limit).join('');
  };
  return convert(`cut to ${limit}`, direction === 'up' ? shorten : keep, direction === 'down' ? shorten : keep);
};

export const row = (older: string | null, newer: string | null, rule: Rule = same): Row => ({ older, newer, rule });

/** Rows of a message or of an object in it. */
export function rows(...list: readonly Row[]): Rows {
  return { rows: list, rest: 'none', up: steps(list, 'up', 'none'), down: steps(list, 'down', 'none') };
}

/** Rows of a message that is the same in both Versions but for what they name. */
export function sameBut(...list: readonly Row[]): Rows {
  return { rows: list, rest: 'same', up: steps(list, 'up', 'same'), down: steps(list, 'down', 'same') };
}

function steps(list: readonly Row[], direction: Direction, rest: Rows['rest']): readonly Step[] {
  return list.flatMap(({ older, newer, rule }): readonly Step[] => {
    const [source, target] = direction === 'up' ? [older, newer] : [newer, older];
    const from = source?.split('.');
    const to = target?.split('.');
    switch (rule.kind) {
      case 'procedure':
        return [];
      case 'lost':
        return from === undefined ? [] : [step(from, undefined, loses(from.join('.'), rule.reason))];
      case 'derived':
        if (to !== undefined)
          return from === undefined ? [step(from, to, (_value, context, whole) => rule.make(whole, context))] : [];
        // What one side's field is made of, the other side has already.
        return from !== undefined && rest === 'same' ? [step(from, undefined, () => undefined)] : [];
      default: {
        if (from === undefined || to === undefined) return [];
        const map = mapper(rule, direction, from.join('.'));
        // In a table whose other fields cross by themselves, this one does too.
        if (map === keep && rest === 'same' && source === target) return [];
        return [step(from, to, map, rule.kind === 'convert' && rule.absent === true)];
      }
    }
  });
}

const step = (from: Step['from'], to: Step['to'], map: Mapper, absent = false): Step => ({ from, to, map, absent });

const loses =
  (field: string, reason: string): Mapper =>
  (value, context) => {
    if (value !== undefined) context.lost(field, reason);
    return undefined;
  };

function mapper(
  rule: Exclude<Rule, { kind: 'lost' | 'derived' | 'procedure' }>,
  direction: Direction,
  field: string,
): Mapper {
  switch (rule.kind) {
    case 'same':
      return keep;
    case 'table':
      return tableMapper(rule, direction, field);
    case 'widened':
      return direction === 'up' ? keep : widenedMapper(rule.pairs, field);
    case 'convert':
      return rule[direction];
    case 'object': {
      const before = rule[direction] ?? keep;
      if (before === keep && crossesUnchanged(rule.rows, direction)) return keep;
      return (value, context, source) => {
        const whole = before(value, context, source);
        return isObject(whole) ? apply(rule.rows, direction, whole, context) : undefined;
      };
    }
    case 'list': {
      const before = rule[direction];
      if (before === undefined && crossesUnchanged(rule.rows, direction)) return keep;
      return (value, context, source) => {
        if (!Array.isArray(value)) return undefined;
        const items = before === undefined ? value : before(value, context, source);
        return items.length === 0 && value.length > 0 ? undefined : applyToList(rule.rows, direction, items, context);
      };
    }
  }
}

const crossesUnchanged = (table: Rows, direction: Direction): boolean =>
  table.rest === 'same' && table[direction].length === 0;

/** A list of objects by their rows; the list itself when none of them changes. */
function applyToList(
  table: Rows,
  direction: Direction,
  list: readonly Payload[],
  context: Context,
): readonly Payload[] {
  let changed: Payload[] | undefined;
  for (let index = 0; index < list.length; index++) {
    const item = list[index] as Payload;
    const mapped = apply(table, direction, item, context);
    if (mapped === item) continue;
    changed ??= [...list];
    changed[index] = mapped;
  }
  return changed ?? list;
}

function widenedMapper(pairs: Pairs, field: string): Mapper {
  const values = new Map(pairs.map(([older, newer]) => [newer, older] as const));
  return (value, context) => {
    const mapped = values.get(value as string);
    if (mapped !== null) return mapped ?? value;
    context.lost(field, `the other version has no ${String(value)}`);
    return undefined;
  };
}

function tableMapper(rule: Extract<Rule, { kind: 'table' }>, direction: Direction, field: string): Mapper {
  const values = new Map<string, string | null>();
  for (const [older, newer] of rule.pairs) {
    const [from, to] = direction === 'up' ? [older, newer] : [newer, older];
    if (from !== null && !values.has(from)) values.set(from, to);
  }
  const unknown = rule.unknown[direction];
  return (value, context) => {
    const mapped = values.get(value as string);
    if (mapped !== undefined && mapped !== null) return mapped;
    if (mapped === null) context.lost(field, `the other version has no ${String(value)}`);
    else context.unknown(field, String(value));
    return unknown;
  };
}

export const isObject = (value: unknown): value is Payload =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function read(source: Payload, path: readonly string[]): unknown {
  let value: unknown = source;
  for (const name of path) {
    if (!isObject(value)) return undefined;
    value = value[name];
  }
  return value;
}

function write(target: Payload, path: readonly string[], value: unknown): void {
  let object = target;
  for (let index = 0; index < path.length - 1; index++) {
    const name = path[index] as string;
    const next = object[name];
    if (isObject(next)) object = next;
    else {
      const made: Payload = {};
      object[name] = made;
      object = made;
    }
  }
  object[path[path.length - 1] as string] = value;
}

/** A copy of `source` in which only the objects along `path` are new, and the value there is `value` (`undefined`: absent). */
function rewritten(source: Payload, path: readonly string[], value: unknown): Payload {
  const [name, ...rest] = path as [string, ...string[]];
  const copy = { ...source };
  if (rest.length === 0) {
    if (value === undefined) delete copy[name];
    else copy[name] = value;
  } else copy[name] = rewritten(isObject(source[name]) ? source[name] : {}, rest, value);
  return copy;
}

/** Reads `source` by the rows in one direction. Objects that need no change are shared with the source, never changed. */
export function apply(table: Rows, direction: Direction, source: Payload, context: Context): Payload {
  if (table.rest === 'same') return applyToRest(table, direction, source, context);
  const target: Payload = {};
  for (const step of table[direction]) {
    const before = step.from === undefined ? undefined : read(source, step.from);
    if (before === undefined && step.from !== undefined && !step.absent) continue;
    const value = step.map(before, context, source);
    if (value !== undefined && step.to !== undefined) write(target, step.to, value);
  }
  return target;
}

function applyToRest(table: Rows, direction: Direction, source: Payload, context: Context): Payload {
  let target = source;
  for (const { from, to, map, absent } of table[direction]) {
    const before = from === undefined ? undefined : read(source, from);
    if (before === undefined && from !== undefined && !absent) continue;
    const after = map(before, context, source);
    if (to === undefined || from === undefined || from.join('.') !== to.join('.')) {
      if (from !== undefined && before !== undefined) target = rewritten(target, from, undefined);
      if (to !== undefined && after !== undefined) target = rewritten(target, to, after);
    } else if (!unchanged(before, after)) target = rewritten(target, to, after);
  }
  return target;
}

const unchanged = (before: unknown, after: unknown): boolean =>
  before === after ||
  (Array.isArray(before) &&
    Array.isArray(after) &&
    before.length === after.length &&
    before.every((item, index) => item === after[index]));
