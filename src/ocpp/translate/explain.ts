/**
 * What rows made of a message, told after the fact: reads the rows once more, beside the message as it came and as it went. Nothing
 * is mapped anew, so nothing happens twice; and what translation pays for it when nobody asks is nothing.
 */
import type { Payload } from './outcome.ts';
import { type Direction, isObject, type Pairs, type Row, type Rows, type Rule } from './rows.ts';

/** What became of one field. */
export interface FieldTrace {
  /** Where it stood, as `meterValue[0].timestamp`; absent when it was made. */
  readonly from?: string;
  /** Where it stands now; absent when it went nowhere. */
  readonly to?: string;
  readonly rule: Rule['kind'];
  /** The rule in words. */
  readonly how: string;
  /** Its value, as sent. */
  readonly before?: unknown;
  /** Its value, as it crossed. */
  readonly after?: unknown;
}

/** A value and the place where it stands. */
interface Place {
  readonly path: string;
  readonly value: unknown;
}

/**
 * The rows that applied, in their order: those of which either message has a value.
 * @param direction of the message: `up` when `source` is in the older form
 * @param target what became of it; `undefined`: nothing
 */
export function explain(
  table: Rows,
  direction: Direction,
  source: Payload,
  target: Payload | undefined,
): readonly FieldTrace[] {
  return inObject(table, direction, { path: '', value: source }, { path: '', value: target });
}

/** @param source an object, or what stands for one in the other form */
function inObject(table: Rows, direction: Direction, source: Place, target: Place): readonly FieldTrace[] {
  const rows = table.rows.map((row) => ends(row, direction));
  const found = rows.flatMap(({ from, to, rule }, index): readonly FieldTrace[] => {
    const before = from === null ? nowhere : at(source, from);
    const written = to === null ? nowhere : at(target, to);
    // Of several rows that write one field the last one with a value counts.
    const isOverruled = rows.some(
      (other, later) =>
        other.to === to && later > index && other.from !== null && at(source, other.from).value !== undefined,
    );
    const after = to !== null && isOverruled ? nowhere : written;
    if (before.value === undefined && !makesValue(rule, from)) return [];
    return inField(rule, direction, before, after);
  });
  return table.rest === 'same' ? [...found, ...unnamed(rows, direction, source, target)] : found;
}

/** Whether a row can be the origin of a value where there was none. Others would claim what another row made. */
const makesValue = (rule: Rule, from: string | null): boolean =>
  from === null || rule.kind === 'procedure' || (rule.kind === 'convert' && rule.absent === true);

function inField(rule: Rule, direction: Direction, before: Place, after: Place): readonly FieldTrace[] {
  if (before.value === undefined && after.value === undefined) return [];
  if (rule.kind === 'object' && [before, after].every(({ value }) => value === undefined || isObject(value))) {
    return after.value === undefined
      ? [field(rule, direction, before, after)]
      : inObject(rule.rows, direction, before, after);
  }
  if (rule.kind === 'list' && Array.isArray(before.value) && Array.isArray(after.value)) {
    return inList(rule.rows, direction, before, after);
  }
  return [field(rule, direction, before, after)];
}

function inList(table: Rows, direction: Direction, before: Place, after: Place): readonly FieldTrace[] {
  const sources = items(before);
  const targets = items(after);
  const found: FieldTrace[] = [];
  let next = 0;
  for (const target of targets) {
    const match =
      sources.length === targets.length
        ? next
        : sources.findIndex((source, index) => index >= next && isAlike(table, direction, source, target));
    for (const left of sources.slice(next, match < 0 ? next : match)) found.push(leftOut(left));
    const source = sources[match];
    if (source === undefined) found.push({ to: target.path, rule: 'list', how: 'made', after: target.value });
    else {
      found.push(...inObject(table, direction, source, target));
      next = match + 1;
    }
  }
  return [...found, ...sources.slice(next).map(leftOut)];
}

const items = ({ path, value }: Place): readonly Place[] =>
  (value as readonly unknown[]).map((item, index) => ({ path: `${path}[${index}]`, value: item }));

const leftOut = ({ path, value }: Place): FieldTrace => ({ from: path, rule: 'list', how: 'left out', before: value });

/** True when an item may have become the other: nothing that crosses as it is differs. */
function isAlike(table: Rows, direction: Direction, source: Place, target: Place): boolean {
  return table.rows.every((row) => {
    const { from, to, rule } = ends(row, direction);
    if (rule.kind !== 'same' || from === null || to === null) return true;
    return isEqual(at(source, from).value, at(target, to).value);
  });
}

const isEqual = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);

/** Fields that no row names, where these cross as they are. */
function unnamed(rows: readonly Ends[], direction: Direction, source: Place, target: Place): readonly FieldTrace[] {
  if (!isObject(source.value)) return [];
  return Object.keys(source.value).flatMap((name): readonly FieldTrace[] => {
    if (rows.some(({ from }) => from === name)) return [];
    const under = `${name}.`;
    const inner = rows.filter(({ from }) => from?.startsWith(under) === true);
    const [before, after] = [at(source, name), at(target, name)];
    if (inner.length === 0 || !isObject(before.value)) return [field({ kind: 'same' }, direction, before, after)];
    const rest = inner.map((row) => ({ ...row, from: (row.from as string).slice(under.length) }));
    return unnamed(rest, direction, before, after);
  });
}

interface Ends {
  readonly from: string | null;
  readonly to: string | null;
  readonly rule: Rule;
}

const ends = ({ older, newer, rule }: Row, direction: Direction): Ends =>
  direction === 'up' ? { from: older, to: newer, rule } : { from: newer, to: older, rule };

const nowhere: Place = { path: '', value: undefined };

/** The value at a dotted path; of all items, where that leads through a list. */
function at({ path, value }: Place, names: string): Place {
  return names.split('.').reduce(inside, { path, value });
}

function inside({ path, value }: Place, name: string): Place {
  if (Array.isArray(value)) {
    const [only] = value as readonly unknown[];
    if (value.length === 1) return inside({ path: `${path}[0]`, value: only }, name);
    const found = value.flatMap((item: unknown) => inside({ path, value: item }, name).value ?? []);
    return { path: `${path}[].${name}`, value: found.length === 0 ? undefined : found };
  }
  return { path: path === '' ? name : `${path}.${name}`, value: isObject(value) ? value[name] : undefined };
}

function field(rule: Rule, direction: Direction, before: Place, after: Place): FieldTrace {
  return {
    ...(before.value === undefined ? {} : { from: before.path, before: before.value }),
    ...(after.value === undefined ? {} : { to: after.path, after: after.value }),
    rule: rule.kind,
    how: inWords(rule, direction, before.value, after.value),
  };
}

function inWords(rule: Rule, direction: Direction, before: unknown, after: unknown): string {
  switch (rule.kind) {
    case 'same':
      return after === undefined ? 'not sent' : 'same';
    case 'table':
    case 'widened':
      if (after !== undefined) return isEqual(before, after) ? 'same' : 'table';
      return isUnsayable(rule.pairs, direction, before) ? `the other version has no ${String(before)}` : 'not sent';
    case 'convert':
      return rule.name;
    case 'object':
      return after === undefined ? 'not sent' : 'field by field';
    case 'list':
      return after === undefined ? 'left out' : 'item by item';
    case 'lost':
      return rule.reason;
    case 'derived':
    case 'procedure':
      return rule.how;
  }
}

const isUnsayable = (pairs: Pairs, direction: Direction, value: unknown): boolean =>
  pairs.some(([older, newer]) =>
    direction === 'up' ? older === value && newer === null : newer === value && older === null,
  );
