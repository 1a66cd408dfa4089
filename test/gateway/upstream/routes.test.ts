import { expect, test } from 'vitest';
import { fits, planFor } from '../../../src/gateway/upstream/routes.ts';
import type { RouteRow } from '../../../src/gateway/upstream/types.ts';
import { stationRow } from '../../support/fake-store.ts';

const route = (name: string, given: Partial<RouteRow> = {}): RouteRow => ({
  name,
  match: {},
  owner: name,
  observers: [],
  allow: [],
  priority: 0,
  ...given,
});
const ownerOf = (routes: readonly RouteRow[]) => planFor(stationRow('CP-1'), routes).owner;

test.each([
  ['CP*', 'CP-1', true],
  ['CP*', 'XCP-1', false],
  ['*', '', true],
  ['C?-1', 'CP-1', true],
  ['C?-1', 'C-1', false],
  ['*-*-1', 'a-b-c-1', true],
  ['a.c', 'abc', false],
  ['', 'a', false],
  [`${'*a'.repeat(40)}b`, 'a'.repeat(200), false],
])('the pattern %s and %s: %s', (pattern, text, expected) => {
  expect(fits(pattern, text)).toBe(expected);
});

test('the route of the highest priority holds, of equal ones the first by name', () => {
  expect(ownerOf([])).toBeUndefined();
  expect(ownerOf([route('b'), route('a')])).toBe('a');
  expect(ownerOf([route('a'), route('b', { priority: 1 })])).toBe('b');
  expect(ownerOf([route('a'), route('b', { priority: 1, match: { stationId: 'X*' } })])).toBe('a');
  expect(ownerOf([route('a', { owner: 'builtin' })])).toBeUndefined();
});

test('all that a route names must hold', () => {
  const match = { stationId: 'CP-?', version: '1.6', vendorName: 'Vendor', model: 'Model' } as const;
  expect(ownerOf([route('a', { match })])).toBe('a');
  expect(ownerOf([route('a', { match: { ...match, version: '2.1' } })])).toBeUndefined();
  expect(ownerOf([route('a', { match: { ...match, vendorName: 'Other' } })])).toBeUndefined();
  expect(ownerOf([route('a', { match: { ...match, model: 'Other' } })])).toBeUndefined();
});

test('an owner is not its own observer', () => {
  expect(planFor(stationRow('CP-1'), [route('a', { observers: ['a', 'b'] })]).observers).toEqual(['b']);
});
