/** Certificates (A02, A03, M03-M05 of 2.x; the same of 1.6's security extension), both deployments. */
import { describe, expect, test } from 'vitest';
import { between16and201 } from '../../../../src/ocpp/translate/1.6-2.0.1/index.ts';
import type { Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { type Bridge, bridge, failure } from '../../../support/translation.ts';

const csr = '-----BEGIN CERTIFICATE REQUEST-----';
const pem = '-----BEGIN CERTIFICATE-----';
const hash = (serialNumber: string): Payload => ({
  hashAlgorithm: 'SHA256',
  issuerNameHash: 'a1',
  issuerKeyHash: 'b2',
  serialNumber,
});
const reason = (answer: Payload | undefined): unknown => [answer?.status, answer?.statusInfo?.reasonCode];

describe('station 1.6, CSMS 2.0.1', () => {
  const underNewer = (): Bridge => bridge('1.6', '2.0.1', [between16and201]);

  test('SignCertificate is for the certificate of the station', () => {
    const reply = { status: 'Rejected', statusInfo: { reasonCode: 'InvalidCSR' } };
    const run = underNewer().fromStation('SignCertificate', { csr }, reply);
    expect(run.calls).toEqual([
      { action: 'SignCertificate', payload: { csr, certificateType: 'ChargingStationCertificate' } },
    ]);
    expect(run.answer).toEqual({ status: 'Rejected' });
  });

  test.each([{}, { certificateType: 'ChargingStationCertificate' }])('CertificateSigned %j', (type) => {
    const request = { certificateChain: pem, ...type };
    const run = underNewer().fromCsms('CertificateSigned', request, { status: 'Accepted' });
    expect(run.calls).toEqual([{ action: 'CertificateSigned', payload: { certificateChain: pem } }]);
    expect(run.answer).toEqual({ status: 'Accepted' });
    const refused = underNewer().fromCsms('CertificateSigned', request, failure('NotImplemented'));
    expect(reason(refused.answer)).toEqual(['Rejected', 'UnsupportedRequest']);
  });

  test.each([
    ['CSMSRootCertificate', 'CentralSystemRootCertificate', 'Accepted'],
    ['ManufacturerRootCertificate', 'ManufacturerRootCertificate', 'Failed'],
    ['CSMSRootCertificate', 'CentralSystemRootCertificate', 'Rejected'],
  ])('InstallCertificate of a %s', (newer, older, status) => {
    const request = { certificateType: newer, certificate: pem };
    const run = underNewer().fromCsms('InstallCertificate', request, { status });
    expect(run.calls).toEqual([
      { action: 'InstallCertificate', payload: { certificateType: older, certificate: pem } },
    ]);
    expect(run.answer).toEqual({ status });
    const refused = underNewer().fromCsms('InstallCertificate', request, failure('NotSupported'));
    expect(reason(refused.answer)).toEqual(['Rejected', 'UnsupportedRequest']);
  });

  test.each(['Accepted', 'Failed', 'NotFound'])('DeleteCertificate: %s', (status) => {
    const request = { certificateHashData: hash('01') };
    const run = underNewer().fromCsms('DeleteCertificate', request, { status });
    expect(run.calls).toEqual([{ action: 'DeleteCertificate', payload: request }]);
    expect(run.answer).toEqual({ status });
    const refused = underNewer().fromCsms('DeleteCertificate', request, failure('NotImplemented'));
    expect(reason(refused.answer)).toEqual(['Failed', 'UnsupportedRequest']);
  });

  describe('GetInstalledCertificateIds', () => {
    const asked = (run: ReturnType<Bridge['fromCsms']>): unknown =>
      run.calls.map(({ payload }) => payload.certificateType);
    const central = 'CentralSystemRootCertificate';
    const manufacturer = 'ManufacturerRootCertificate';

    test('of every type: one Call for each that 1.6 has, one answer', () => {
      const run = underNewer().fromCsms(
        'GetInstalledCertificateIds',
        {},
        { status: 'Accepted', certificateHashData: [hash('01'), hash('02')] },
        { status: 'Accepted', certificateHashData: [hash('03')] },
      );
      expect(asked(run)).toEqual([central, manufacturer]);
      expect(run.answer).toEqual({
        status: 'Accepted',
        certificateHashDataChain: [
          { certificateType: 'CSMSRootCertificate', certificateHashData: hash('01') },
          { certificateType: 'CSMSRootCertificate', certificateHashData: hash('02') },
          { certificateType: 'ManufacturerRootCertificate', certificateHashData: hash('03') },
        ],
      });
    });

    test('of some types, some of which 1.6 does not have', () => {
      const certificateType = ['V2GRootCertificate', 'ManufacturerRootCertificate', 'ManufacturerRootCertificate'];
      const run = underNewer().fromCsms('GetInstalledCertificateIds', { certificateType }, { status: 'NotFound' });
      expect(asked(run)).toEqual([manufacturer]);
      expect(run.answer).toEqual({ status: 'NotFound' });
      const none = underNewer().fromCsms('GetInstalledCertificateIds', { certificateType: ['V2GRootCertificate'] });
      expect(none.calls).toEqual([]);
      expect(reason(none.answer)).toEqual(['NotFound', 'UnsupportedParam']);
    });

    test('found in one of them; Accepted without any is NotFound', () => {
      const found = { status: 'Accepted', certificateHashData: [hash('01')] };
      const one = underNewer().fromCsms('GetInstalledCertificateIds', {}, { status: 'NotFound' }, found);
      expect(one.answer).toMatchObject({ status: 'Accepted', certificateHashDataChain: [{}] });
      const unknown = underNewer().fromCsms('GetInstalledCertificateIds', {}, found, failure('FormatViolation'));
      expect(unknown.answer).toMatchObject({ status: 'Accepted', certificateHashDataChain: [{}] });
      const accepted = { status: 'Accepted' };
      const empty = underNewer().fromCsms('GetInstalledCertificateIds', {}, accepted, accepted);
      expect(empty.answer).toEqual({ status: 'NotFound' });
    });

    test('half an answer is none', () => {
      const found = { status: 'Accepted', certificateHashData: [hash('01')] };
      const failed = underNewer().fromCsms('GetInstalledCertificateIds', {}, found, failure('InternalError'));
      expect(failed.refusal?.condition).toBe('InternalError');
      const silent = underNewer().fromCsms('GetInstalledCertificateIds', {}, found, failure('GenericError', true));
      expect(silent.refusal?.uncertain).toBe(true);
      const unsupported = failure('NotImplemented');
      const none = underNewer().fromCsms('GetInstalledCertificateIds', {}, unsupported, unsupported);
      expect(none.refusal?.condition).toBe('NotSupported');
    });
  });

  test.each([
    ['CertificateSigned', { certificateChain: pem, certificateType: 'V2GCertificate' }],
    ['InstallCertificate', { certificateType: 'V2GRootCertificate', certificate: pem }],
    ['InstallCertificate', { certificateType: 'MORootCertificate', certificate: pem }],
  ])('%s of ISO 15118 is refused without Plug & Charge', (action, request) => {
    const run = underNewer().fromCsms(action, request);
    expect(run.calls).toEqual([]);
    expect(reason(run.answer)).toEqual(['Rejected', 'UnsupportedParam']);
  });

  test('with Plug & Charge, what is installed is one answer of both', () => {
    const b = bridge('1.6', '2.0.1', [between16and201], { plugAndCharge: 'always' });
    const chain = [{ certificateType: 'V2GRootCertificate', certificateHashData: hash('15') }];
    const data = JSON.stringify({ status: 'Accepted', certificateHashDataChain: chain });
    const own = { status: 'Accepted', certificateHashData: [hash('01')] };
    const ownChain = { certificateType: 'CSMSRootCertificate', certificateHashData: hash('01') };
    const both = b.fromCsms(
      'GetInstalledCertificateIds',
      {},
      own,
      { status: 'NotFound' },
      { status: 'Accepted', data },
    );
    expect(both.calls.map(({ action }) => action)).toEqual([
      'GetInstalledCertificateIds',
      'GetInstalledCertificateIds',
      'DataTransfer',
    ]);
    expect(JSON.parse(both.calls[2]?.payload.data)).toEqual({
      certificateType: ['V2GRootCertificate', 'MORootCertificate', 'V2GCertificateChain'],
    });
    expect(both.answer).toEqual({ status: 'Accepted', certificateHashDataChain: [ownChain, ...chain] });
    // Neither is missed for the other.
    const unknown = b.fromCsms('GetInstalledCertificateIds', {}, own, own, { status: 'UnknownVendorId' });
    expect(unknown.answer?.certificateHashDataChain).toHaveLength(2);
    const none = failure('NotImplemented');
    const only = b.fromCsms('GetInstalledCertificateIds', {}, none, none, { status: 'Accepted', data });
    expect(only.answer).toEqual({ status: 'Accepted', certificateHashDataChain: chain });
  });

  test('TriggerMessage of a SignCertificate', () => {
    const request = { requestedMessage: 'SignChargingStationCertificate' };
    const run = underNewer().fromCsms('TriggerMessage', request, { status: 'Accepted' });
    expect(run.calls).toEqual([
      { action: 'ExtendedTriggerMessage', payload: { requestedMessage: 'SignChargePointCertificate' } },
    ]);
  });
});

describe('station 2.0.1, CSMS 1.6', () => {
  const underOlder = (): Bridge => bridge('2.0.1', '1.6', [between16and201]);

  test.each([{}, { certificateType: 'ChargingStationCertificate' }])('SignCertificate %j', (type) => {
    const run = underOlder().fromStation('SignCertificate', { csr, ...type }, { status: 'Accepted' });
    expect(run.calls).toEqual([{ action: 'SignCertificate', payload: { csr } }]);
    expect(run.answer).toEqual({ status: 'Accepted' });
    const refused = underOlder().fromStation('SignCertificate', { csr, ...type }, failure('NotImplemented'));
    expect(reason(refused.answer)).toEqual(['Rejected', 'UnsupportedRequest']);
  });

  test('SignCertificate of ISO 15118 is refused without Plug & Charge', () => {
    const run = underOlder().fromStation('SignCertificate', { csr, certificateType: 'V2GCertificate' });
    expect(run.calls).toEqual([]);
    expect(reason(run.answer)).toEqual(['Rejected', 'UnsupportedParam']);
  });

  test('CertificateSigned is the certificate of the station', () => {
    const reply = { status: 'Rejected', statusInfo: { reasonCode: 'InvalidCertificate' } };
    const run = underOlder().fromCsms('CertificateSigned', { certificateChain: pem }, reply);
    expect(run.calls).toEqual([
      {
        action: 'CertificateSigned',
        payload: { certificateChain: pem, certificateType: 'ChargingStationCertificate' },
      },
    ]);
    expect(run.answer).toEqual({ status: 'Rejected' });
  });

  test.each([
    ['CentralSystemRootCertificate', 'CSMSRootCertificate', 'Accepted'],
    ['ManufacturerRootCertificate', 'ManufacturerRootCertificate', 'Failed'],
  ])('InstallCertificate of a %s', (older, newer, status) => {
    const run = underOlder().fromCsms('InstallCertificate', { certificateType: older, certificate: pem }, { status });
    expect(run.calls).toEqual([
      { action: 'InstallCertificate', payload: { certificateType: newer, certificate: pem } },
    ]);
    expect(run.answer).toEqual({ status });
  });

  test.each(['Accepted', 'Failed', 'NotFound'])('DeleteCertificate: %s', (status) => {
    const request = { certificateHashData: hash('01') };
    const run = underOlder().fromCsms('DeleteCertificate', request, { status });
    expect(run.calls).toEqual([{ action: 'DeleteCertificate', payload: request }]);
    expect(run.answer).toEqual({ status });
  });

  test('GetInstalledCertificateIds: a list of one type; children and other types are not told', () => {
    const b = underOlder();
    const run = b.fromCsms(
      'GetInstalledCertificateIds',
      { certificateType: 'CentralSystemRootCertificate' },
      {
        status: 'Accepted',
        certificateHashDataChain: [
          {
            certificateType: 'CSMSRootCertificate',
            certificateHashData: hash('01'),
            childCertificateHashData: [hash('02')],
          },
          { certificateType: 'V2GRootCertificate', certificateHashData: hash('03') },
        ],
      },
    );
    expect(run.calls[0]?.payload).toEqual({ certificateType: ['CSMSRootCertificate'] });
    expect(run.answer).toEqual({ status: 'Accepted', certificateHashData: [hash('01')] });
    expect(b.notes.map(({ field }) => field)).toEqual(['childCertificateHashData']);
    const none = underOlder().fromCsms(
      'GetInstalledCertificateIds',
      { certificateType: 'ManufacturerRootCertificate' },
      { status: 'NotFound' },
    );
    expect(none.calls[0]?.payload).toEqual({ certificateType: ['ManufacturerRootCertificate'] });
    expect(none.answer).toEqual({ status: 'NotFound' });
  });
});
