import { describe, expect, test } from 'vitest';
import { HEAD, type Version, v15, v16, v21, v201, versionByName, versions } from './all.ts';
import { linesOf, table15, table16, table21More, table201 } from './tables.ts';

/** `block initiator name` of every Action, an Action of both sides once for each. */
function lines({ actions, blocks }: Version): readonly string[] {
  return [...actions.values()]
    .flatMap(({ name, initiator, block }) => {
      const sides = initiator === 'both' ? (['station', 'csms'] as const) : [initiator];
      return sides.map((side) => {
        // DataTransfer of 1.5 stands in both services.
        const home = Object.entries(blocks).find(([, members]) => members[side]?.includes(name))?.[0] ?? block;
        return `${home} ${side} ${name}`;
      });
    })
    .sort();
}

test.each([
  [v15, 24, 25, linesOf(table15)],
  [v16, 39, 40, linesOf(table16)],
  [v201, 64, 65, linesOf(table201)],
  [v21, 91, 92, linesOf(table201, table21More)],
] as const)('$name has the Actions of its specification', (version, names, operations, expected) => {
  expect(version.actions.size).toBe(names);
  expect(lines(version)).toEqual(expected);
  expect(expected).toHaveLength(operations);
});

test('only DataTransfer is for both sides', () => {
  for (const { actions } of versions) {
    const both = [...actions.values()].filter(({ initiator }) => initiator === 'both').map(({ name }) => name);
    expect(both).toEqual(['DataTransfer']);
  }
});

test('the only Send is NotifyPeriodicEventStream of 2.1, and all other Actions have a response', () => {
  const sends = versions.flatMap(({ name, actions }) =>
    [...actions.values()].filter(({ kind }) => kind === 'send').map((action) => `${name} ${action.name}`),
  );
  expect(sends).toEqual(['2.1 NotifyPeriodicEventStream']);
  for (const { actions } of versions) {
    for (const { kind, response } of actions.values()) expect(response === undefined).toBe(kind === 'send');
  }
});

test('subprotocols are spelled as registered', () => {
  expect(versions.map(({ name, subprotocol }) => [name, subprotocol])).toEqual([
    ['1.5', 'ocpp1.5'],
    ['1.6', 'ocpp1.6'],
    ['2.0.1', 'ocpp2.0.1'],
    ['2.1', 'ocpp2.1'],
  ]);
});

test('message types 5 and 6 are known to 2.1 only', () => {
  expect(versions.map(({ messageTypes }) => messageTypes)).toEqual([
    [2, 3, 4],
    [2, 3, 4],
    [2, 3, 4],
    [2, 3, 4, 5, 6],
  ]);
});

test('unknown message types are ignored, except by 2.0.1', () => {
  expect(versions.map(({ unknownMessageType }) => unknownMessageType)).toEqual([
    'ignore',
    'ignore',
    'MessageTypeNotSupported',
    'ignore',
  ]);
});

describe('error codes', () => {
  const codes1x = {
    NotImplemented: 'NotImplemented',
    NotSupported: 'NotSupported',
    InternalError: 'InternalError',
    ProtocolError: 'ProtocolError',
    SecurityError: 'SecurityError',
    FormatViolation: 'FormationViolation',
    PropertyConstraintViolation: 'PropertyConstraintViolation',
    OccurrenceConstraintViolation: 'OccurenceConstraintViolation',
    TypeConstraintViolation: 'TypeConstraintViolation',
    GenericError: 'GenericError',
    MessageTypeNotSupported: 'GenericError',
    RpcFrameworkError: 'GenericError',
  };
  const codes2x = {
    ...codes1x,
    FormatViolation: 'FormatViolation',
    OccurrenceConstraintViolation: 'OccurrenceConstraintViolation',
    MessageTypeNotSupported: 'MessageTypeNotSupported',
    RpcFrameworkError: 'RpcFrameworkError',
  };
  test.each([
    [v15, codes1x],
    [v16, codes1x],
    [v201, codes2x],
    [v21, codes2x],
  ] as const)('$name spells them its own way', (version, expected) => {
    expect(version.errorCodes).toEqual(expected);
  });
});

test('Versions are found by name, and HEAD is the newest', () => {
  for (const version of versions) expect(versionByName(version.name)).toBe(version);
  expect(HEAD).toBe(v21);
  expect(() => versionByName('1.2' as never)).toThrow('1.2');
});

test('a Version cannot be changed', () => {
  for (const version of versions) expect(Object.isFrozen(version)).toBe(true);
});
