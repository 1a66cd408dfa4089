import { describe, expect, it } from 'vitest';
import { parseTarget } from '../../src/transport/identity.ts';

const prefix = ['ocpp'];

describe('the identity in a request target', () => {
  it.each([
    ['/ocpp/CP1', 'CP1', []],
    ['/ocpp//CP1', 'CP1', ['doubledSlash']],
    ['//ocpp/CP1/', 'CP1', ['doubledSlash', 'trailingSlash']],
    ['/ocpp//RDAM%20123/', 'RDAM 123', ['doubledSlash', 'trailingSlash']],
    ['/ocpp/CP1?token=a/b', 'CP1', ['queryInPath']],
    ['ws://csms.example.com:9000/ocpp/CP1', 'CP1', ['absoluteRequestTarget']],
    ['http://csms.example.com/ocpp/CP1?x=1', 'CP1', ['absoluteRequestTarget', 'queryInPath']],
    ['/ocpp/CP1/CP1', 'CP1', ['identityTwice']],
    ['/ocpp/site/CP1/site/CP1', 'site/CP1', ['identityTwice']],
    ['/ocpp/site/CP1', 'site/CP1', []],
    // Decoded once only.
    ['/ocpp/CP%2525', 'CP%25', []],
    ['/ocpp/site%2FCP1', 'site/CP1', []],
    ['/ocpp/100%', '100%', []],
    ['/ocpp/a+b', 'a+b', []],
    ['/ocpp/%C3%A9', 'é', []],
    // Bytes that are not encoded come as one character per byte.
    ['/ocpp/\u00c3\u00a9', 'é', []],
    ['/ocpp/*-_=:+|@.', '*-_=:+|@.', []],
  ])('%s is %s', (target, stationId, deviations) => {
    expect(parseTarget(target, prefix)).toEqual({ kind: 'station', stationId, deviations });
  });

  it.each(['/', '', '*', '/soap', '/ocppx/CP1', '/OCPP/CP1', '/x/ocpp/CP1'])('%s is not below the prefix', (target) => {
    expect(parseTarget(target, prefix)).toEqual({ kind: 'elsewhere' });
  });

  it.each([
    ['/ocpp', /lacks the identity/],
    ['/ocpp/', /lacks the identity/],
    ['/ocpp///', /lacks the identity/],
    [`/ocpp/${'x'.repeat(256)}`, /longer than 255/],
    ['/ocpp/CP%00', /control characters/],
    ['/ocpp/CP%0d%0aX', /control characters/],
    ['/ocpp/CP%C2%85', /control characters/],
    ['/ocpp/%FF', /not UTF-8/],
  ])('%s is refused', (target, reason) => {
    expect(parseTarget(target, prefix)).toEqual({ kind: 'invalid', reason: expect.stringMatching(reason) });
  });

  it('takes a prefix of several segments, or of none', () => {
    expect(parseTarget('/a/b/CP1', ['a', 'b'])).toMatchObject({ stationId: 'CP1' });
    expect(parseTarget('/CP1', [])).toMatchObject({ stationId: 'CP1' });
  });
});
