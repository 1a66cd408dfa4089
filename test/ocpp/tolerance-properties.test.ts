import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { check } from '../../src/ocpp/tolerance.ts';
import type { Payload } from '../../src/ocpp/translate/outcome.ts';
import { message, runs } from '../support/arbitrary.ts';
import { schemasOf } from '../support/schemas.ts';
import { versionByName, versions } from './versions/all.ts';

const now = Date.parse('2026-03-01T12:00:00Z');

const junk = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    'null',
    '',
    [],
    {},
    'NaN',
    '1,5',
    'true',
    1e300,
    -1,
    0.05,
    '2026-03-01 12:00',
    'x'.repeat(3000),
    '__proto__',
  ),
  fc.jsonValue({ stringUnit: 'binary', maxDepth: 2 }),
);

/** Replaces, removes and adds values anywhere in a payload. */
function damage(payload: Payload, steps: readonly { at: number; kind: number; value: unknown }[]): Payload {
  const copy = structuredClone(payload);
  for (const { at, kind, value } of steps) {
    const places: [parent: Payload, key: string][] = [];
    const walk = (parent: Payload): void => {
      for (const key of Object.keys(parent)) {
        places.push([parent, key]);
        if (typeof parent[key] === 'object' && parent[key] !== null) walk(parent[key] as Payload);
      }
    };
    walk(copy);
    const place: [Payload, string] = places[at % Math.max(1, places.length)] ?? [copy, 'extra'];
    const [parent, key] = place;
    const isList = Array.isArray(parent as unknown);
    if (kind === 0 && !isList) delete parent[key];
    else if (kind === 1) parent[isList ? String(parent.length) : 'extra'] = structuredClone(value);
    else parent[key] = structuredClone(value);
  }
  return copy;
}

const steps = fc.array(fc.record({ at: fc.nat(1000), kind: fc.nat(3), value: junk }), { minLength: 1, maxLength: 8 });

describe.each(versions.map(({ name }) => name))('payloads of %s', (version) => {
  const names = Object.keys(schemasOf(version).messages);
  const validatorOf = (name: string) => {
    const [, action, side] = /^(\w+)(Request|Response)$/.exec(name) as unknown as [string, string, string];
    const found = versionByName(version).actions.get(action);
    return (side === 'Request' ? found?.request : found?.response) as NonNullable<typeof found>['request'];
  };
  const any = fc
    .constantFrom(...names)
    .chain((name) => message(version, name).map((payload) => [name, payload] as const));

  test('that are valid are not touched', () => {
    fc.assert(
      fc.property(any, ([name, payload]) => {
        const before = structuredClone(payload);
        expect(check(payload, validatorOf(name), true, now)).toEqual({ payload: before, deviations: [] });
      }),
      { numRuns: runs * 4 },
    );
  });

  test('that are damaged are mended to be valid or refused, and mending twice is mending once', () => {
    fc.assert(
      fc.property(any, steps, ([name, payload], todo) => {
        const validate = validatorOf(name);
        const given = damage(payload, todo);
        const wasValid = validate(given);
        const result = check(given, validate, true, now);
        if (result.errors !== undefined) {
          expect(result.errors.length).toBeGreaterThan(0);
          return;
        }
        expect(validate(result.payload)).toBe(true);
        expect(result.deviations.length > 0).toBe(!wasValid);
        expect(check(result.payload, validate, true, now)).toEqual({ payload: result.payload, deviations: [] });
      }),
      { numRuns: runs * 10 },
    );
  });

  test('that are damaged are refused in strict mode, and left as they are', () => {
    fc.assert(
      fc.property(any, steps, ([name, payload], todo) => {
        const given = damage(payload, todo);
        const before = structuredClone(given);
        const valid = validatorOf(name)(given);
        expect(check(given, validatorOf(name), false, now).errors === undefined).toBe(valid);
        expect(given).toEqual(before);
      }),
      { numRuns: runs * 4 },
    );
  });
});
