/** What the rows of a pair promise of a message that goes to the other Version and comes back: which fields are the same again. */
import type { Payload } from '../../src/ocpp/translate/outcome.ts';
import { isObject, type Pairs, type Row, type Rows, type Rule } from '../../src/ocpp/translate/rows.ts';

export type Age = 'older' | 'newer';

/** Told of a field that must be the same again: its path in the message, without positions in lists. */
export type Verdict = (path: string, before: unknown, expected: unknown, after: unknown) => void;

/**
 * Compares a message with what came back of it, field by field, as far as rows say `same`, an enum table or a conversion of both
 * Versions' fields. What rows call lost, made or a procedure's is not compared; neither is an enum value that they say is lost.
 * @param age which end of the rows the message is of
 */
export function compare(table: Rows, age: Age, before: Payload, after: Payload, verdict: Verdict, prefix = ''): void {
  for (const row of table.rows) {
    const own = row[age];
    if (own === null || row.older === null || row.newer === null) continue;
    const value = read(before, own);
    if (value !== undefined) compareField(row, age, value, read(after, own), verdict, joined(prefix, own));
  }
  if (table.rest === 'same')
    compareUnnamed(
      table.rows.flatMap((row) => row[age] ?? []),
      before,
      after,
      verdict,
      prefix,
    );
}

function compareField({ rule }: Row, age: Age, before: unknown, after: unknown, verdict: Verdict, path: string): void {
  switch (rule.kind) {
    case 'same':
    case 'convert':
      verdict(path, before, before, after);
      return;
    case 'table':
    case 'widened': {
      const expected = thereAndBack(rule, age, before as string);
      if (expected !== undefined) verdict(path, before, expected, after);
      return;
    }
    case 'object':
      if (isObject(before) && isObject(after)) compare(rule.rows, age, before, after, verdict, path);
      else verdict(path, before, before, after);
      return;
    case 'list':
      if (Array.isArray(before) && Array.isArray(after)) compareList(rule.rows, age, before, after, verdict, path);
      else verdict(path, before, before, after);
      return;
    default:
  }
}

/** Every item is to be found again, wherever; items that are there besides do no harm. */
function compareList(
  rows: Rows,
  age: Age,
  before: readonly Payload[],
  after: readonly Payload[],
  verdict: Verdict,
  path: string,
): void {
  const left = [...after];
  const changed = before.filter((item) => {
    const same = left.findIndex((candidate) => differences(rows, age, item, candidate).changed === 0);
    if (same >= 0) left.splice(same, 1);
    return same < 0;
  });
  if (changed.length > left.length) {
    verdict(path, before, before, after);
    return;
  }
  for (const item of changed) {
    const kept = left.map((candidate) => {
      const { fields, changed } = differences(rows, age, item, candidate);
      return fields - changed;
    });
    const most = Math.max(...kept);
    // What has nothing in common with it was not made of it.
    if (most === 0) verdict(path, before, before, after);
    else {
      const [nearest] = left.splice(kept.indexOf(most), 1);
      compare(rows, age, item, nearest as Payload, verdict, path);
    }
  }
}

/** How many fields there are to be compared, and how many of them differ. */
function differences(rows: Rows, age: Age, before: Payload, after: Payload): { fields: number; changed: number } {
  let fields = 0;
  let changed = 0;
  compare(rows, age, before, after, (_path, _value, expected, now) => {
    fields++;
    if (JSON.stringify(now) !== JSON.stringify(expected)) changed++;
  });
  return { fields, changed };
}

/** Where the enum value ends that goes to the other Version and back, by the pairs; `undefined`: it is said to be lost. */
function thereAndBack(rule: Extract<Rule, { kind: 'table' | 'widened' }>, age: Age, value: string): string | undefined {
  const [there, back] = age === 'older' ? (['up', 'down'] as const) : (['down', 'up'] as const);
  const other = mapped(rule, there, value);
  return other === undefined ? undefined : mapped(rule, back, other);
}

function mapped(
  rule: Extract<Rule, { kind: 'table' | 'widened' }>,
  way: 'up' | 'down',
  value: string,
): string | undefined {
  const found = lookup(rule.pairs, way, value);
  if (rule.kind === 'table') return found === undefined ? rule.unknown[way] : (found ?? rule.unknown[way]);
  return way === 'up' || found === undefined ? value : (found ?? undefined);
}

/** `null`: there is no such value; `undefined`: no pair has it. */
function lookup(pairs: Pairs, way: 'up' | 'down', value: string): string | null | undefined {
  const pair = pairs.find(([older, newer]) => (way === 'up' ? older : newer) === value);
  return pair === undefined ? undefined : way === 'up' ? pair[1] : pair[0];
}

function compareUnnamed(
  named: readonly string[],
  before: Payload,
  after: Payload,
  verdict: Verdict,
  prefix: string,
): void {
  for (const [name, value] of Object.entries(before)) {
    if (named.includes(name)) continue;
    const inner = named.filter((path) => path.startsWith(`${name}.`)).map((path) => path.slice(name.length + 1));
    const path = joined(prefix, name);
    if (inner.length > 0 && isObject(value) && isObject(after[name])) {
      compareUnnamed(inner, value, after[name], verdict, path);
    } else verdict(path, value, value, after[name]);
  }
}

const joined = (prefix: string, name: string): string => (prefix === '' ? name : `${prefix}.${name}`);

function read(source: Payload, path: string): unknown {
  let value: unknown = source;
  for (const name of path.split('.')) value = isObject(value) ? value[name] : undefined;
  return value;
}
