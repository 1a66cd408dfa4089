import { describe, expect, test } from 'vitest';
import { Tokens } from '../../src/csms/authorization/tokens.ts';
import type { Payload } from '../../src/ocpp/index.ts';
import { at, now, station, tokenRow, type World } from './support.ts';

const authorize = (world: World, idToken: string, type = 'ISO14443'): Payload =>
  station(world).tell('Authorize', { idToken: { idToken, type } }).response['idTokenInfo'] as Payload;

const started = (transactionId: string, idToken: string, more: Payload = {}): Payload => ({
  eventType: 'Started',
  timestamp: at(0),
  triggerReason: 'Authorized',
  seqNo: 0,
  transactionInfo: { transactionId },
  idToken: { idToken, type: 'ISO14443' },
  ...more,
});

test('a token that is known is accepted, however it is spelled', () => {
  const world = { tokens: [tokenRow('04aaBBcc')] };
  for (const spelling of ['04aaBBcc', '04AABBCC', '04aabbcc'])
    expect(authorize(world, spelling)).toEqual({ status: 'Accepted' });
  expect(authorize(world, '04aaBBcd')).toEqual({ status: 'Unknown' });
});

test('unknown tokens are as the operator wants', () => {
  expect(authorize({ settings: { unknownTokens: 'reject' } }, 'X')).toEqual({ status: 'Unknown' });
  expect(authorize({ settings: { unknownTokens: 'accept' } }, 'X')).toEqual({ status: 'Accepted' });
});

test('NoAuthorization asks for nothing', () => {
  expect(authorize({}, '', 'NoAuthorization')).toEqual({ status: 'Accepted' });
});

test.each([
  'Blocked',
  'Expired',
  'Invalid',
  'NoCredit',
  'NotAllowedTypeEVSE',
  'NotAtThisLocation',
  'NotAtThisTime',
  'Unknown',
  'ConcurrentTx',
])('a token that is %s stays so', (status) => {
  const tokens = [tokenRow('AB12', { status, expiresAt: now - 1, maxActiveTransactions: 0 })];
  expect(authorize({ tokens }, 'AB12')).toMatchObject({ status });
});

describe('expiry', () => {
  test.each([
    [now + 1, 'Accepted'],
    [now, 'Expired'],
    [now - 1, 'Expired'],
  ])('at %d', (expiresAt, status) => {
    expect(authorize({ tokens: [tokenRow('AB12', { expiresAt })] }, 'AB12')).toEqual({
      status,
      cacheExpiryDateTime: new Date(expiresAt).toISOString(),
    });
  });

  test('beyond what a date-time can say', () => {
    expect(authorize({ tokens: [tokenRow('AB12', { expiresAt: 1e300 })] }, 'AB12')).toEqual({
      status: 'Accepted',
      cacheExpiryDateTime: '9999-12-31T23:59:59.999Z',
    });
  });
});

test('the group is told', () => {
  expect(authorize({ tokens: [tokenRow('AB12', { groupIdToken: 'FLEET' })] }, 'AB12')).toEqual({
    status: 'Accepted',
    groupIdToken: { idToken: 'FLEET', type: 'Central' },
  });
});

describe('concurrent transactions', () => {
  test('are counted over connectors, and a transaction does not stand in its own way', () => {
    const one = station({ tokens: [tokenRow('AB12', { maxActiveTransactions: 1 })] });
    expect(one.tell('TransactionEvent', started('t1', 'AB12')).response).toEqual({
      idTokenInfo: { status: 'Accepted' },
    });
    expect(one.tell('TransactionEvent', started('t1', 'ab12')).response).toEqual({
      idTokenInfo: { status: 'Accepted' },
    });
    expect(one.tell('Authorize', { idToken: { idToken: 'ab12', type: 'Central' } }).response).toEqual({
      idTokenInfo: { status: 'ConcurrentTx' },
    });
    expect(one.tell('TransactionEvent', started('t2', 'AB12')).response).toEqual({
      idTokenInfo: { status: 'ConcurrentTx' },
    });
  });

  test('end with the transaction', () => {
    const one = station({ tokens: [tokenRow('AB12', { maxActiveTransactions: 1 })] });
    one.tell('TransactionEvent', started('t1', 'AB12'));
    one.tell('TransactionEvent', { ...started('t1', 'AB12'), eventType: 'Ended', seqNo: 1 });
    expect(one.tell('TransactionEvent', started('t2', 'AB12')).response).toEqual({
      idTokenInfo: { status: 'Accepted' },
    });
  });

  test('are allowed up to the limit; none with 0, any number without', () => {
    const two = station({
      tokens: [tokenRow('A', { maxActiveTransactions: 2 }), tokenRow('B', { maxActiveTransactions: 0 }), tokenRow('C')],
    });
    const answers = ['A', 'A', 'A', 'B', 'C', 'C', 'C'].map(
      (token, index) => two.tell('TransactionEvent', started(`t${index}`, token)).response['idTokenInfo'].status,
    );
    expect(answers).toEqual([
      'Accepted',
      'Accepted',
      'ConcurrentTx',
      'ConcurrentTx',
      'Accepted',
      'Accepted',
      'Accepted',
    ]);
  });
});

test('an event without a token is answered without a word about it', () => {
  const { idToken: _idToken, ...event } = started('t1', 'AB12');
  expect(station().tell('TransactionEvent', event).response).toEqual({});
});

describe('tokens in memory', () => {
  test('are put, replaced and deleted case-insensitively', () => {
    const tokens = new Tokens();
    tokens.put(tokenRow('Ab12'));
    tokens.put(tokenRow('aB12', { status: 'Blocked' }));
    expect(tokens.get('AB12')).toMatchObject({ idToken: 'aB12', status: 'Blocked' });
    tokens.delete('AB12');
    expect(tokens.get('ab12')).toBeUndefined();
  });

  test('count each transaction once, under the token it has now', () => {
    const tokens = new Tokens();
    tokens.began('t1', 'A');
    tokens.began('t1', 'a');
    tokens.began('t2', 'A');
    expect([
      tokens.activeTransactions('a'),
      tokens.activeTransactions('A', 't1'),
      tokens.activeTransactions('A', 't9'),
    ]).toEqual([2, 1, 2]);
    tokens.began('t2', 'B');
    tokens.ended('t1');
    tokens.ended('t1');
    expect([tokens.activeTransactions('A'), tokens.activeTransactions('B')]).toEqual([0, 1]);
  });
});
