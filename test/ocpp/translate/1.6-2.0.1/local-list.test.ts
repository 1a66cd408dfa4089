/** Lists that the station takes in parts, or not to their end, and stations that keep none. */
import { describe, expect, test } from 'vitest';
import { between16and201 } from '../../../../src/ocpp/translate/1.6-2.0.1/index.ts';
import type { Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { at, type Bridge, bridge, failure, type Reply } from '../../../support/translation.ts';

const accepted = { status: 'Accepted' };
const entry = (idToken: string): Payload => ({ idToken: { idToken, type: 'Central' }, idTokenInfo: accepted });
const list = (versionNumber: number, updateType: string, ...tokens: string[]): Payload => ({
  versionNumber,
  updateType,
  localAuthorizationList: tokens.map(entry),
});

describe('a 1.6 station that takes two entries at once', () => {
  const station = (): Bridge => {
    const b = bridge('1.6', '2.0.1', [between16and201]);
    const items = { component: { name: 'LocalAuthListCtrlr' }, variable: { name: 'ItemsPerMessage' } };
    const key = { key: 'SendLocalListMaxLength', readonly: true, value: '2' };
    b.fromCsms('GetVariables', { getVariableData: [items] }, { configurationKey: [key] });
    b.fromCsms('SendLocalList', list(5, 'Full', 'A'), accepted);
    return b;
  };
  const version = (b: Bridge, listVersion: number): unknown =>
    b.fromCsms('GetLocalListVersion', {}, { listVersion }).answer?.versionNumber;

  test.each<[string, Reply]>([
    ['refused', { status: 'Failed' }],
    ['not answered', failure('GenericError', true)],
  ])('a part that is %s leaves no list that the CSMS knows, until it sends a whole one', (_how, reply) => {
    const b = station();
    b.fromCsms('SendLocalList', list(6, 'Full', 'A', 'B', 'C'), accepted, reply);
    b.restart();
    // The first part has the version of the whole.
    expect(version(b, 6)).toBe(0);
    expect(b.fromCsms('SendLocalList', list(7, 'Differential', 'D'))).toMatchObject({
      calls: [],
      answer: { status: 'VersionMismatch' },
    });
    expect(b.fromCsms('SendLocalList', list(7, 'Full', 'D'), accepted).answer).toEqual(accepted);
    expect(version(b, 7)).toBe(7);
  });

  test('a list that is refused at once leaves the one before', () => {
    const b = station();
    expect(b.fromCsms('SendLocalList', list(6, 'Full', 'A', 'B', 'C'), { status: 'Failed' }).answer).toEqual({
      status: 'Failed',
    });
    expect(version(b, 5)).toBe(5);
    expect(b.fromCsms('SendLocalList', list(6, 'Full', 'A', 'B', 'C'), failure('InternalError')).answer?.status).toBe(
      'Failed',
    );
    expect(version(b, 5)).toBe(5);
  });

  test('differences of several parts, deletions among them', () => {
    const b = station();
    const request = list(6, 'Differential', 'B', 'C', 'D');
    (request.localAuthorizationList as Payload[]).push({ idToken: { idToken: 'A', type: 'Central' } });
    const run = b.fromCsms('SendLocalList', request, accepted, accepted);
    expect(
      run.calls.map(({ payload }) => [payload.listVersion, payload.updateType, payload.localAuthorizationList.length]),
    ).toEqual([
      [6, 'Differential', 2],
      [7, 'Differential', 2],
    ]);
    expect(run.calls[1]?.payload.localAuthorizationList[1]).toEqual({ idTag: 'A' });
    expect(version(b, 7)).toBe(6);
  });
});

describe('a 2.0.1 station', () => {
  const station = (...limits: [variable: string, value: string][]): Bridge => {
    const b = bridge('2.0.1', '1.6', [between16and201]);
    const reportData = limits.map(([name, value]) => ({
      component: { name: 'LocalAuthListCtrlr' },
      variable: { name },
      variableAttribute: [{ value, mutability: 'ReadOnly' }],
    }));
    if (limits.length > 0) b.fromStation('NotifyReport', { requestId: 1, generatedAt: at(0), seqNo: 0, reportData });
    return b;
  };
  const entries = (count: number): Payload => ({
    listVersion: 3,
    updateType: 'Full',
    localAuthorizationList: Array.from({ length: count }, (_, n) => ({ idTag: `TAG${n}`, idTagInfo: accepted })),
  });
  const sizes = (b: Bridge, count: number): unknown => {
    b.otherwise = accepted;
    return b
      .fromCsms('SendLocalList', entries(count))
      .calls.map(({ payload }) => payload.localAuthorizationList.length);
  };

  test('takes as many entries, and as many bytes, as it has said', () => {
    expect(sizes(station(), 9)).toEqual([9]);
    expect(sizes(station(['ItemsPerMessage', '4']), 9)).toEqual([4, 4, 1]);
    // An entry has 82 characters, a Call 120 besides.
    expect(sizes(station(['BytesPerMessage', '400']), 9)).toEqual([3, 3, 3]);
    expect(sizes(station(['BytesPerMessage', '10']), 2)).toEqual([1, 1]);
  });

  test('without lists is not asked', () => {
    const b = station(['Available', 'false']);
    expect(b.fromCsms('GetLocalListVersion', {})).toMatchObject({ calls: [], answer: { listVersion: -1 } });
    expect(b.fromCsms('SendLocalList', entries(1))).toMatchObject({ calls: [], answer: { status: 'NotSupported' } });
  });

  test('of which only a part has arrived has no list', () => {
    const b = station(['ItemsPerMessage', '1']);
    expect(b.fromCsms('SendLocalList', entries(2), accepted, { status: 'Failed' }).answer).toEqual({
      status: 'Failed',
    });
    expect(b.fromCsms('GetLocalListVersion', {}, { versionNumber: 3 }).answer).toEqual({ listVersion: 0 });
    const difference = { ...entries(1), listVersion: 4, updateType: 'Differential' };
    expect(b.fromCsms('SendLocalList', difference)).toMatchObject({ calls: [], answer: { status: 'VersionMismatch' } });
  });
});
