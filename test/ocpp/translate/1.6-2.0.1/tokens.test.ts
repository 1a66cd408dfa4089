/** Tokens between 1.6, which has one kind of them in 20 characters, and 2.0.1. */
import { describe, expect, test } from 'vitest';
import { between16and201 } from '../../../../src/ocpp/translate/1.6-2.0.1/index.ts';
import type { TranslationSettings } from '../../../../src/ocpp/translate/context.ts';
import type { Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { at, type Bridge, bridge } from '../../../support/translation.ts';

const up = (settings: Partial<TranslationSettings> = {}): Bridge => bridge('1.6', '2.0.1', [between16and201], settings);
const down = (settings: Partial<TranslationSettings> = {}): Bridge =>
  bridge('2.0.1', '1.6', [between16and201], settings);
const tokenOf = (b: Bridge, idTag: string): unknown => b.fromStation('Authorize', { idTag }).calls[0]?.payload.idToken;
const idTagOf = (b: Bridge, idToken: Payload): unknown =>
  b.fromStation('Authorize', { idToken }).calls[0]?.payload.idTag;

describe('idTag → IdToken', () => {
  test.each([
    ['04AABBCC', 'ISO14443'],
    ['04aabbccddee11', 'ISO14443'],
    ['04AABBCCDDEE11223344', 'ISO14443'],
    ['E004010012345678', 'ISO15693'],
    ['DE8ACC12345678', 'eMAID'],
    ['DE-8AC-C12345678-X', 'eMAID'],
    ['FLEET-7', 'ISO14443'],
  ])('%s by its shape: %s', (idTag, type) => {
    expect(tokenOf(up(), idTag)).toEqual({ idToken: idTag, type });
  });

  test('what has no shape is of the kind that the operator says; an empty one is none', () => {
    expect(tokenOf(up({ defaultTokenType: 'Central' }), 'FLEET-7')).toEqual({ idToken: 'FLEET-7', type: 'Central' });
    expect(tokenOf(up(), '')).toEqual({ idToken: '', type: 'NoAuthorization' });
  });

  test('a prefix that the operator has entered, and the idTag that it came from', () => {
    const b = up({ tokenPrefixes: { 'VID:': 'MacAddress', 'APP-': 'Central' } });
    expect(tokenOf(b, 'vid:00AABBCCDDEE')).toEqual({ idToken: '00AABBCCDDEE', type: 'MacAddress' });
    expect(tokenOf(b, 'APP-9')).toEqual({ idToken: '9', type: 'Central' });
    // Behind the prefix of a MAC address stands one.
    expect(tokenOf(b, 'VID:CAR')).toEqual({ idToken: 'VID:CAR', type: 'ISO14443' });
    b.restart();
    const start = { remoteStartId: 1, evseId: 1, idToken: { idToken: '00aabbccddee', type: 'MacAddress' } };
    expect(b.fromCsms('RequestStartTransaction', start).calls[0]?.payload.idTag).toBe('vid:00AABBCCDDEE');
  });
});

describe('IdToken → idTag', () => {
  test('20 characters as they are, of more a durable alias whatever its case', () => {
    const b = down();
    expect(idTagOf(b, { idToken: 'X'.repeat(20), type: 'Local' })).toBe('X'.repeat(20));
    const alias = idTagOf(b, { idToken: 'x'.repeat(21), type: 'Local' });
    expect(alias).toMatch(/^~[A-Z2-7]{19}$/);
    b.restart();
    expect(idTagOf(b, { idToken: 'X'.repeat(21), type: 'Local' })).toBe(alias);
    // Another kind of token is another token.
    expect(idTagOf(b, { idToken: 'x'.repeat(21), type: 'KeyCode' })).not.toBe(alias);
  });

  test('of none the one that the operator has entered', () => {
    const none = { idToken: '', type: 'NoAuthorization' };
    expect(idTagOf(down(), none)).toBe('NOAUTH');
    expect(idTagOf(down({ noAuthorizationTag: 'FREE' }), none)).toBe('FREE');
  });

  test('what stands beside it is lost', () => {
    const b = down();
    const additionalInfo = [{ additionalIdToken: 'x', type: 'y' }];
    idTagOf(b, { idToken: 'AB12', type: 'KeyCode', additionalInfo });
    expect(b.notes).toContainEqual(expect.objectContaining({ field: 'additionalInfo' }));
  });

  test('a long group is an alias to the station, and itself again to the CSMS', () => {
    const b = up();
    const group = { idToken: 'A-GROUP-OF-MORE-THAN-20', type: 'Central' };
    const answered = b.fromStation(
      'Authorize',
      { idTag: 'AB12' },
      { idTokenInfo: { status: 'Accepted', groupIdToken: group } },
    );
    const parentIdTag = answered.answer?.idTagInfo.parentIdTag as string;
    expect(parentIdTag).toMatch(/^~/);
    expect(tokenOf(b, parentIdTag)).toEqual(group);
  });
});

test.each([
  ['Accepted', 'Accepted'],
  ['Blocked', 'Blocked'],
  ['ConcurrentTx', 'ConcurrentTx'],
  ['Expired', 'Expired'],
  ['Invalid', 'Invalid'],
  ['Unknown', 'Invalid'],
  ['NoCredit', 'Blocked'],
  ['NotAllowedTypeEVSE', 'Blocked'],
  ['NotAtThisLocation', 'Blocked'],
  ['NotAtThisTime', 'Blocked'],
])('AuthorizationStatus %s is %s to a 1.6 station', (newer, older) => {
  const run = up().fromStation('Authorize', { idTag: 'AB12' }, { idTokenInfo: { status: newer } });
  expect(run.answer).toEqual({ idTagInfo: { status: older } });
});

test.each(['Accepted', 'Blocked', 'ConcurrentTx', 'Expired', 'Invalid'])(
  'AuthorizationStatus %s is the same to a 2.0.1 station',
  (status) => {
    const run = down().fromStation(
      'Authorize',
      { idToken: { idToken: 'A', type: 'Local' } },
      { idTagInfo: { status } },
    );
    expect(run.answer).toEqual({ idTokenInfo: { status } });
  },
);

describe('ClearCache', () => {
  test('makes a 1.6 station ask anew: which EVSEs a token is for is forgotten', () => {
    const b = up();
    const start = (minutes: number): unknown =>
      b.fromStation('StartTransaction', { connectorId: 1, idTag: 'AB12', meterStart: 0, timestamp: at(minutes) }).answer
        ?.idTagInfo;
    b.fromStation('Authorize', { idTag: 'AB12' }, { idTokenInfo: { status: 'Accepted', evseId: [2] } });
    expect(start(1)).toEqual({ status: 'Blocked' });
    b.fromCsms('ClearCache', {}, { status: 'Accepted' });
    expect(start(2)).toEqual({ status: 'Accepted' });
  });

  test('is nothing to a station whose cache is off', () => {
    const b = up();
    const enabled = { component: { name: 'AuthCacheCtrlr' }, variable: { name: 'Enabled' } };
    const key = { key: 'AuthorizationCacheEnabled', readonly: false, value: 'false' };
    b.fromCsms('GetVariables', { getVariableData: [enabled] }, { configurationKey: [key] });
    expect(b.fromCsms('ClearCache', {})).toMatchObject({ calls: [], answer: { status: 'Rejected' } });
  });
});
