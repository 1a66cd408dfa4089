/** GetCertificateChainStatus of a 2.1 station under a 2.0.1 CSMS (C.7). */
import { describe, expect, test } from 'vitest';
import { between201and21 } from '../../../../src/ocpp/translate/2.0.1-2.1/index.ts';
import { translators } from '../../../../src/ocpp/translate/index.ts';
import type { Payload } from '../../../../src/ocpp/translate/outcome.ts';
import * as ocsp from '../../../support/ocsp.ts';
import { at, type Bridge, bridge, failure, type Reply } from '../../../support/translation.ts';

const beforehand = Date.parse('2026-11-23T00:00:00Z');
const inAnHour = new Date(beforehand + 3_600_000).toISOString();

const certificate = (serialNumber: string): Payload => ({ ...ocsp.issuer, serialNumber });
const asked = (serialNumber: string, source = 'OCSP', urls = ['http://ocsp.example.org']): Payload => ({
  source,
  urls,
  certificateHashData: certificate(serialNumber),
});
const accepted = (ocspResult: string): Payload => ({ status: 'Accepted', ocspResult });

const ask = (requests: readonly Payload[], replies: readonly Reply[], now = beforehand) => {
  const b: Bridge = bridge('2.1', '2.0.1', [between201and21]);
  b.now = now;
  return b.fromStation('GetCertificateChainStatus', { certificateStatusRequests: requests }, ...replies);
};
const results = (...args: Parameters<typeof ask>): unknown =>
  ask(...args).answer?.certificateStatus.map(({ status, nextUpdate }: Payload) => [status, nextUpdate]);

describe('GetCertificateChainStatus', () => {
  test('is asked certificate by certificate; status and nextUpdate are those of the OCSP responses', () => {
    const run = ask([asked('0A1B'), asked('C3'), asked('7f00')], [ocsp.good, ocsp.both, ocsp.unknown].map(accepted));
    expect(run.calls).toEqual(
      ['0A1B', 'C3', '7f00'].map((serialNumber) => ({
        action: 'GetCertificateStatus',
        payload: { ocspRequestData: { ...certificate(serialNumber), responderURL: 'http://ocsp.example.org' } },
      })),
    );
    const nextUpdate = ocsp.nextUpdate;
    expect(run.answer).toEqual({
      certificateStatus: [
        { source: 'OCSP', certificateHashData: certificate('0A1B'), status: 'Good', nextUpdate },
        { source: 'OCSP', certificateHashData: certificate('C3'), status: 'Revoked', nextUpdate },
        { source: 'OCSP', certificateHashData: certificate('7f00'), status: 'Unknown', nextUpdate },
      ],
    });
  });

  test('revocation lists are Failed; so is a responder whose address is too long, unless there is another', () => {
    const long = `http://ocsp.example.org/${'x'.repeat(500)}`;
    const run = ask(
      [asked('C3', 'CRL'), asked('C3', 'OCSP', [long]), asked('C3', 'OCSP', [long, 'http://b'])],
      [accepted(ocsp.revoked)],
    );
    expect(run.calls.map(({ payload }) => payload.ocspRequestData.responderURL)).toEqual(['http://b']);
    expect(run.answer?.certificateStatus.map(({ status, nextUpdate }: Payload) => [status, nextUpdate])).toEqual([
      ['Failed', inAnHour],
      ['Failed', inAnHour],
      ['Revoked', ocsp.nextUpdate],
    ]);
  });

  test('Failed is what the CSMS does not answer, answers with no, with nonsense, or for another certificate', () => {
    const failed = [['Failed', inAnHour]];
    for (const reply of [
      failure('InternalError'),
      failure('GenericError', true),
      { status: 'Failed' },
      { status: 'Accepted' },
      accepted(ocsp.tryLater),
      accepted('nonsense'),
      accepted(ocsp.revoked),
    ]) {
      expect(results([asked('0a1b')], [reply])).toEqual(failed);
    }
    const other = { ...asked('0a1b'), certificateHashData: { ...certificate('0a1b'), issuerKeyHash: 'f'.repeat(64) } };
    expect(results([other], [accepted(ocsp.good)])).toEqual(failed);
    // Hashes of another algorithm say nothing.
    const sha512 = {
      ...asked('0a1b'),
      certificateHashData: { ...certificate('0a1b'), issuerKeyHash: 'f'.repeat(128) },
    };
    expect(results([sha512], [accepted(ocsp.good)])).toEqual([['Good', ocsp.nextUpdate]]);
  });

  test('what is outdated is Failed; what has no end is asked for again in an hour', () => {
    const late = Date.parse(ocsp.nextUpdate);
    expect(results([asked('0a1b')], [accepted(ocsp.good)], late)).toEqual([
      ['Failed', new Date(late + 3_600_000).toISOString()],
    ]);
    expect(results([asked('0a1b')], [accepted(ocsp.withoutNextUpdate)])).toEqual([['Good', inAnHour]]);
  });

  test('a 1.6 CSMS is asked over Plug & Charge, where it is enabled', () => {
    const request = { certificateStatusRequests: [asked('0a1b')] };
    const off = bridge('2.1', '1.6', translators).fromStation('GetCertificateChainStatus', request);
    expect([off.calls, off.answer?.certificateStatus[0]]).toMatchObject([[], { status: 'Failed', nextUpdate: at(60) }]);
    const b = bridge('2.1', '1.6', translators, { plugAndCharge: 'always' });
    b.now = beforehand;
    const run = b.fromStation('GetCertificateChainStatus', request, {
      status: 'Accepted',
      data: JSON.stringify(accepted(ocsp.good)),
    });
    expect(run.calls.map(({ action }) => action)).toEqual(['DataTransfer']);
    expect(run.answer?.certificateStatus[0]).toMatchObject({ status: 'Good', nextUpdate: ocsp.nextUpdate });
  });
});

test('a requestId of SignCertificate comes back with the certificate', () => {
  const b = bridge('2.1', '2.0.1', [between201and21]);
  const sign = (more: Payload): unknown => b.fromStation('SignCertificate', { csr: 'CSR', ...more }).calls[0]?.payload;
  expect(sign({ certificateType: 'V2GCertificate', requestId: 9 })).toEqual({
    csr: 'CSR',
    certificateType: 'V2GCertificate',
  });
  b.restart();
  const signed = (more: Payload): unknown =>
    b.fromCsms('CertificateSigned', { certificateChain: 'PEM', ...more }).calls[0]?.payload;
  expect(signed({ certificateType: 'V2GCertificate' })).toMatchObject({ requestId: 9 });
  expect(signed({})).toEqual({ certificateChain: 'PEM' });
});
