import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { elements, generalizedTime, only } from '../../../../src/ocpp/translate/2.0.1-2.1/der.ts';
import { certificateStatuses } from '../../../../src/ocpp/translate/2.0.1-2.1/ocsp.ts';
import { runs } from '../../../support/arbitrary.ts';
import * as ocsp from '../../../support/ocsp.ts';

const { issuerNameHash, issuerKeyHash } = ocsp.issuer;
const told = (serialNumber: string, status: string, more: object = { nextUpdate: Date.parse(ocsp.nextUpdate) }) => ({
  issuerNameHash,
  issuerKeyHash,
  serialNumber,
  status,
  thisUpdate: Date.parse(ocsp.thisUpdate),
  ...more,
});

describe('OCSP responses', () => {
  test.each([
    ['a good certificate', ocsp.good, [told('a1b', 'Good')]],
    ['a revoked one, whose number begins with a zero octet', ocsp.revoked, [told('c3', 'Revoked')]],
    ['one that the responder does not know', ocsp.unknown, [told('7f00', 'Unknown')]],
    ['two of them', ocsp.both, [told('a1b', 'Good'), told('c3', 'Revoked')]],
    [
      'no end, the responder by its key, and its certificate with it',
      ocsp.withoutNextUpdate,
      [told('a1b', 'Good', { nextUpdate: undefined })],
    ],
  ])('%s', (_what, response, expected) => {
    expect(certificateStatuses(response)).toEqual(expected);
  });

  test('what is none, or not successful, says nothing', () => {
    for (const text of [ocsp.tryLater, '', 'MAA=', 'MAoKAQCgBTADBgEA', 'no base64!', btoa('text')]) {
      expect(certificateStatuses(text)).toBeUndefined();
    }
  });

  test('no part of one is taken for the whole, and no octet more', () => {
    const bytes = atob(ocsp.both);
    for (let length = 0; length < bytes.length; length++) {
      expect(certificateStatuses(btoa(bytes.slice(0, length)))).toBeUndefined();
    }
    expect(certificateStatuses(btoa(`${bytes}\0`))).toBeUndefined();
  });

  test('one with an octet changed is read as something that it may say, or not at all', () => {
    fc.assert(
      fc.property(fc.nat(atob(ocsp.good).length - 1), fc.nat(255), (at, value) => {
        const bytes = atob(ocsp.good);
        const changed = bytes.slice(0, at) + String.fromCharCode(value) + bytes.slice(at + 1);
        for (const one of certificateStatuses(btoa(changed)) ?? []) {
          expect(['Good', 'Revoked', 'Unknown']).toContain(one.status);
          expect(Number.isFinite(one.nextUpdate ?? 0)).toBe(true);
        }
      }),
      { numRuns: runs * 20 },
    );
  });

  test('as the openssl of this machine makes them', (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'ocsp-'));
    const openssl = (...args: string[]): void => {
      execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
    };
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    try {
      openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=CA', '-days', '9');
    } catch (error) {
      rmSync(folder, { recursive: true });
      if (process.env.CI !== undefined) throw error;
      return context.skip('openssl is not installed');
    }
    try {
      writeFileSync(join(folder, 'index.txt'), 'V\t491231000000Z\t\t1234567890ABCDEF\tunknown\t/CN=x\n');
      openssl('req', ...key, '-keyout', 'x.key', '-out', 'x.csr', '-subj', '/CN=x');
      const signing = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-set_serial', '0x1234567890ABCDEF'];
      openssl('x509', '-req', '-in', 'x.csr', ...signing, '-out', 'x.pem');
      openssl('ocsp', '-sha512', '-issuer', 'ca.pem', '-cert', 'x.pem', '-reqout', 'req.der');
      const responder = ['-index', 'index.txt', '-CA', 'ca.pem', '-rsigner', 'ca.pem', '-rkey', 'ca.key'];
      openssl('ocsp', ...responder, '-reqin', 'req.der', '-respout', 'resp.der', '-nmin', '30');
      const response = readFileSync(join(folder, 'resp.der')).toString('base64');
      const [one] = certificateStatuses(response) ?? [];
      expect(one).toMatchObject({ serialNumber: '1234567890abcdef', status: 'Good' });
      expect(one?.issuerKeyHash).toHaveLength(128);
      expect((one?.nextUpdate ?? 0) - (one?.thisUpdate ?? 0)).toBe(30 * 60_000);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

const bytes = (...octets: number[]): Uint8Array => Uint8Array.from(octets);

describe('DER', () => {
  test('elements after each other, of any length', () => {
    expect(elements(bytes())).toEqual([]);
    expect(elements(bytes(5, 0, 2, 1, 7))).toEqual([
      { tag: 5, content: bytes() },
      { tag: 2, content: bytes(7) },
    ]);
    const long = bytes(4, 0x81, 0x80, ...new Uint8Array(128));
    expect(only(long, 4)).toHaveLength(128);
    expect(only(long, 5)).toBeUndefined();
    expect(only(bytes(5, 0, 5, 0), 5)).toBeUndefined();
  });

  test('indefinite, longer than needed and broken lengths are no DER, nor are long tags', () => {
    for (const wrong of [
      bytes(4),
      bytes(4, 2, 0),
      bytes(4, 0x80, 0, 0),
      bytes(4, 0x81, 1, 0),
      bytes(4, 0x82, 0, 0x80, ...new Uint8Array(128)),
      bytes(4, 0x85, 1, 0, 0, 0, 0),
      bytes(4, 0x84, 1),
      bytes(0x1f, 1, 0),
    ]) {
      expect(elements(wrong)).toBeUndefined();
    }
  });

  test('times', () => {
    const time = (text: string): number | undefined => generalizedTime(new TextEncoder().encode(text));
    expect(time('20261122202445Z')).toBe(Date.parse('2026-11-22T20:24:45Z'));
    for (const wrong of ['20261122202445', '20261122202445.5Z', '20261322202445Z', '202611222024450', '']) {
      expect(time(wrong)).toBeUndefined();
    }
  });
});
