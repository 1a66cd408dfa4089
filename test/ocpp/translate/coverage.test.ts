/**
 * Every property and every enum value of the official schemas is named by a row of its Translator, and rows name nothing
 * that does not exist. Every Action of every Version has a rule towards the neighbours, whoever sends it.
 */
import { describe, expect, it } from 'vitest';
import { Chain } from '../../../src/ocpp/translate/chain.ts';
import { defaultSettings, type Side } from '../../../src/ocpp/translate/context.ts';
import { translators } from '../../../src/ocpp/translate/index.ts';
import {
  convert,
  keep,
  list,
  lost,
  type Row,
  type Rows,
  row,
  rows,
  same,
  sameBut,
  table,
  widened,
} from '../../../src/ocpp/translate/rows.ts';
import { TranslationState } from '../../../src/ocpp/translate/state.ts';
import { type Pair, type Translator, translator } from '../../../src/ocpp/translate/translator.ts';
import { v201 } from '../../../src/ocpp/versions/2.0.1.ts';
import { v21 } from '../../../src/ocpp/versions/2.1.ts';
import type { Version } from '../../../src/ocpp/versions/version.ts';
import { at, element, misfits, resolve, type Schema } from '../../support/schema-fit.ts';
import { type Schemas, schemasOf, smallest } from '../../support/schemas.ts';

type Part = 'request' | 'response';
type Age = 'older' | 'newer';
const other = { older: 'newer', newer: 'older' } as const;

/** One message type in both Versions; a side is `undefined` when the pair has no such Action. */
type Ends = { readonly [age in Age]: { readonly schema: Schema; readonly schemas: Schemas } | undefined };

/** What the rows of one or more pairs say of one message of one Version. */
class Coverage {
  /** Paths of which every part and value is spoken for. */
  readonly whole = new Set<string>();
  /** Paths of which the parts are named one by one. */
  readonly inside = new Set<string>();
  /** Enum values named, by path. */
  readonly values = new Map<string, Set<string>>();
  /** Objects whose unnamed fields cross as they are → their complaints. */
  readonly rest = new Map<string, (name: string) => readonly string[]>();
}

const dots = (...parts: readonly (string | null)[]): string =>
  parts.filter((part) => part !== null && part !== '').join('.');
const steps = (path: string): readonly string[] => (path === '' ? [] : path.split('.'));

/** Reads rows for the Coverage of one side; `problems` gets what is wrong with the rows themselves. */
function read(
  rows: Rows,
  age: Age,
  ends: Ends,
  prefix: Record<Age, string>,
  coverage: Coverage,
  problems: Set<string>,
): void {
  const end = ends[age];
  if (end === undefined) return;
  if (rows.rest === 'same') coverage.rest.set(prefix[age], unnamed(age, ends, prefix));
  for (const row of rows.rows) {
    const own = row[age];
    if (own === null) continue;
    const path = dots(prefix[age], own);
    const property = at(end.schema, steps(path), end.schemas);
    if (property === undefined) {
      problems.add(`a row names ${age} ${path}, which does not exist`);
      continue;
    }
    for (let parts = own.split('.').slice(0, -1); parts.length > 0; parts = parts.slice(0, -1)) {
      const parent = dots(prefix[age], parts.join('.'));
      coverage.inside.add(parent);
      if (rows.rest === 'same')
        coverage.rest.set(
          parent,
          unnamed(age, ends, {
            older: dots(prefix.older, parts.join('.')),
            newer: dots(prefix.newer, parts.join('.')),
          }),
        );
    }
    readRule(row, path, property, age, ends, prefix, coverage, problems);
  }
}

function readRule(
  row: Row,
  path: string,
  property: Schema,
  age: Age,
  ends: Ends,
  prefix: Record<Age, string>,
  coverage: Coverage,
  problems: Set<string>,
): void {
  const { rule } = row;
  const inner = { older: dots(prefix.older, row.older), newer: dots(prefix.newer, row.newer) };
  const named = (values: readonly (string | null)[]): void => {
    const known = coverage.values.get(path) ?? new Set();
    coverage.values.set(path, known);
    const allowed = element(property, (ends[age] as { schemas: Schemas }).schemas).enum;
    for (const value of values) {
      if (value === null) continue;
      known.add(value);
      if (allowed !== undefined && !allowed.includes(value))
        problems.add(`a row names the value ${value} of ${age} ${path}, which does not exist`);
    }
  };
  switch (rule.kind) {
    case 'object':
    case 'list':
      coverage.inside.add(path);
      read(rule.rows, age, ends, inner, coverage, problems);
      return;
    case 'table':
      named(rule.pairs.map(([older, newer]) => (age === 'older' ? older : newer)));
      return;
    case 'widened': {
      const older =
        ends.older === undefined ? undefined : at(ends.older.schema, steps(inner.older), ends.older.schemas);
      named([
        ...(older === undefined || ends.older === undefined ? [] : (element(older, ends.older.schemas).enum ?? [])),
        ...rule.pairs.map(([before, after]) => (age === 'older' ? before : after)),
      ]);
      return;
    }
    case 'convert':
      if (rule.pairs !== undefined) named(rule.pairs.map(([older, newer]) => (age === 'older' ? older : newer)));
      coverage.whole.add(path);
      return;
    default:
      coverage.whole.add(path);
  }
}

/** What stands against a field crossing as it is. */
function unnamed(age: Age, ends: Ends, prefix: Record<Age, string>): (name: string) => readonly string[] {
  return (name) => {
    const [own, far] = [ends[age], ends[other[age]]];
    const source = own && at(own.schema, [...steps(prefix[age]), name], own.schemas);
    const target = far && at(far.schema, [...steps(prefix[other[age]]), name], far.schemas);
    if (own === undefined || far === undefined || source === undefined) return [];
    if (target === undefined)
      return [`${dots(prefix[age], name)}: only the ${age} Version has it, and no row names it`];
    return misfits(
      { schema: source, schemas: own.schemas },
      { schema: target, schemas: far.schemas },
      dots(prefix[age], name),
    ).map((text) => `${text} (crosses as it is to the ${other[age]} Version)`);
  };
}

/** What of a message no row speaks of. */
function missing(schema: Schema, schemas: Schemas, coverage: Coverage, path = ''): readonly string[] {
  return Object.entries(element(schema, schemas).properties ?? {}).flatMap(([name, property]): readonly string[] => {
    const here = dots(path, name);
    if (coverage.whole.has(here)) return [];
    if (coverage.inside.has(here)) return missing(resolve(property, schemas), schemas, coverage, here);
    const values = coverage.values.get(here);
    if (values !== undefined) {
      const left = (element(property, schemas).enum ?? []).filter((value) => !values.has(value));
      return left.length === 0 ? [] : [`no row names ${here} ${left.join(', ')}`];
    }
    return coverage.rest.get(path)?.(name) ?? [`no row names ${here}`];
  });
}

function ends(pair: Pair, part: Part, translator: Translator): Ends {
  const suffix = part === 'request' ? 'Request' : 'Response';
  const end = (age: Age): Ends[Age] => {
    const schemas = schemasOf(translator[age].name);
    const schema = schemas.messages[`${pair[age]}${suffix}`];
    return schema === undefined ? undefined : { schema, schemas };
  };
  return { older: end('older'), newer: end('newer') };
}

/** Fields that cross as they are (`same`), where no procedure stands in the way: what could make the result invalid. */
function unfit(
  rows: Rows,
  part: Part,
  pair: Pair,
  both: Ends,
  prefix: Record<Age, string> = { older: '', newer: '' },
): readonly string[] {
  return rows.rows.flatMap(({ older, newer, rule }): readonly string[] => {
    if (older === null || newer === null || both.older === undefined || both.newer === undefined) return [];
    const paths = { older: dots(prefix.older, older), newer: dots(prefix.newer, newer) };
    if (rule.kind === 'object' || rule.kind === 'list') return unfit(rule.rows, part, pair, both, paths);
    if (rule.kind !== 'same') return [];
    const a = at(both.older.schema, steps(paths.older), both.older.schemas);
    const b = at(both.newer.schema, steps(paths.newer), both.newer.schemas);
    if (a === undefined || b === undefined) return [];
    const [upwards, downwards] = part === 'request' ? [pair.up, pair.down] : [pair.down, pair.up];
    const [from, to] = [
      { schema: a, schemas: both.older.schemas },
      { schema: b, schemas: both.newer.schemas },
    ];
    return [
      ...(upwards === undefined ? misfits(from, to, paths.older).map((text) => `${text} (same, up)`) : []),
      ...(downwards === undefined ? misfits(to, from, paths.newer).map((text) => `${text} (same, down)`) : []),
    ];
  });
}

/** What is wrong with how a Translator treats one message of one of its Versions. */
function complaints(translator: Translator, age: Age, action: string, part: Part): readonly string[] {
  const coverage = new Coverage();
  const problems = new Set<string>();
  const pairs = translator.pairs.filter((pair) => pair[age] === action);
  for (const pair of pairs) {
    const both = ends(pair, part, translator);
    read(pair[part], age, both, { older: '', newer: '' }, coverage, problems);
    if (age === 'older') for (const text of unfit(pair[part], part, pair, both)) problems.add(text);
  }
  const schemas = schemasOf(translator[age].name);
  const schema = schemas.messages[`${action}${part === 'request' ? 'Request' : 'Response'}`];
  return schema === undefined ? [...problems] : [...problems, ...missing(schema, schemas, coverage)];
}

for (const between of translators.filter(({ pairs }) => pairs.length > 0)) {
  describe(`${between.older.name} ↔ ${between.newer.name}`, () => {
    for (const age of ['older', 'newer'] as const) {
      const actions = new Set(between.pairs.flatMap((pair) => pair[age] ?? []));
      for (const action of actions) {
        for (const part of ['request', 'response'] as const) {
          it(`names everything of the ${between[age].name} ${action} ${part}`, () => {
            expect(complaints(between, age, action, part)).toEqual([]);
          });
        }
      }
    }
  });
}

/** Actions of a side that nobody translates for it. */
function untranslated(station: Version, csms: Version): readonly string[] {
  const chain = new Chain(station, csms, translators, {
    state: new TranslationState(),
    settings: defaultSettings,
    now: () => 0,
    connectedSince: () => 0,
    newId: () => '',
    nextTransactionId: () => 1,
    dropped: () => undefined,
  });
  const isUntranslated = (side: Side, version: Version, action: string): boolean => {
    const outcome = chain.call(side, { action, payload: smallest(version.name, `${action}Request`) });
    return outcome.kind === 'refuse' && outcome.failure.description.includes('is not translated');
  };
  return (['station', 'csms'] as const).flatMap((side) => {
    const version = side === 'station' ? station : csms;
    return [...version.actions.values()]
      .filter(({ initiator }) => initiator === side || initiator === 'both')
      .filter(({ name }) => isUntranslated(side, version, name))
      .map(({ name }) => `${side} ${name}`);
  });
}

describe('every Action has a rule', () => {
  for (const { older, newer } of translators) {
    for (const [station, csms] of [
      [older, newer],
      [newer, older],
    ] as const) {
      it(`station ${station.name}, CSMS ${csms.name}`, () => {
        expect(untranslated(station, csms)).toEqual([]);
      });
    }
  }
});

describe('the check itself', () => {
  const nothing = sameBut();
  const made = (action: string, request: Rows, response: Rows = nothing): Translator =>
    translator(v201, v21, [{ initiator: 'csms', older: action, newer: action, request, response }]);

  it('finds a property, a value and a constraint that no row names', () => {
    expect(complaints(made('Reset', nothing), 'newer', 'Reset', 'request')).toEqual([
      'type: ImmediateAndResume not in the enum (crosses as it is to the older Version)',
    ]);
    const oneValue = rows(row('type', 'type', table([['OnIdle', 'OnIdle']])));
    expect(complaints(made('Reset', oneValue), 'newer', 'Reset', 'request').toSorted()).toEqual([
      'no row names customData',
      'no row names evseId',
      'no row names type Immediate, ImmediateAndResume',
    ]);
    expect(complaints(made('Reset', sameBut(row('type', 'type', widened()))), 'older', 'Reset', 'request')).toEqual([
      'evseId: minimum none is below 0 (crosses as it is to the newer Version)',
    ]);
  });

  it('looks into objects and lists', () => {
    const entry = rows(row('component', 'component', same), row('variable', 'variable', lost('a reason')));
    const request = rows(
      row('getVariableData', 'getVariableData', list(entry)),
      row('customData', 'customData', convert('', keep, keep)),
    );
    expect(complaints(made('GetVariables', request), 'older', 'GetVariables', 'request')).toEqual([
      'getVariableData.component.evse.id: minimum none is below 0 (same, up)',
      'getVariableData.component.evse.connectorId: minimum none is below 0 (same, up)',
      'no row names getVariableData.customData',
      'no row names getVariableData.attributeType',
    ]);
  });

  it('finds rows that name what does not exist', () => {
    const request = sameBut(
      row('kind', 'type', table([['Soft', 'OnIdle']])),
      row('evseId', 'evseId', lost('a reason')),
    );
    expect(complaints(made('Reset', request), 'older', 'Reset', 'request')).toContain(
      'a row names older kind, which does not exist',
    );
    expect(
      complaints(made('Reset', sameBut(row('type', 'type', table([['Soft', 'OnIdle']])))), 'older', 'Reset', 'request'),
    ).toContain('a row names the value Soft of older type, which does not exist');
  });
});
