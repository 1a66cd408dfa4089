/** ISO 15118 Plug & Charge: DataTransfer on the 1.6 side, messages of their own on the 2.0.1 side (C.7). */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { between16and201 } from '../../../../src/ocpp/translate/1.6-2.0.1/index.ts';
import type { TranslationSettings } from '../../../../src/ocpp/translate/context.ts';
import type { Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { message, runs } from '../../../support/arbitrary.ts';
import { type Bridge, bridge, failure, type Run } from '../../../support/translation.ts';

const vendorId = 'org.openchargealliance.iso15118pnc';
const under201 = (settings: Partial<TranslationSettings> = {}): Bridge =>
  bridge('1.6', '2.0.1', [between16and201], settings);
const under16 = (settings: Partial<TranslationSettings> = {}): Bridge =>
  bridge('2.0.1', '1.6', [between16and201], settings);

const wrapped = (messageId: string, data: unknown, vendor = vendorId): Payload => ({
  vendorId: vendor,
  messageId,
  data: JSON.stringify(data),
});
const accepted = (data: unknown): Payload => ({ status: 'Accepted', data: JSON.stringify(data) });
/** A call with its `data` as what it says. */
const opened = (run: Run): readonly Payload[] =>
  run.calls.map(({ action, payload }) => ({ action, ...payload, data: JSON.parse(payload.data) }));
const reason = (answered: Payload | undefined): unknown => [answered?.status, answered?.statusInfo?.reasonCode];

const certificateHashData = {
  hashAlgorithm: 'SHA256',
  issuerNameHash: 'aa'.repeat(32),
  issuerKeyHash: 'bb'.repeat(32),
  serialNumber: '0a1b',
};
const ocspRequestData = { ...certificateHashData, responderURL: 'http://ocsp.example.org' };
const emaid = { idToken: 'DEICEC0MONTA1', type: 'eMAID' };
const authorize = {
  idToken: emaid,
  certificate: '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n',
  iso15118CertificateHashData: [ocspRequestData],
};

describe('what a 1.6 station sends becomes the message of 2.0.1', () => {
  test.each([
    ['Authorize', authorize, { idTokenInfo: { status: 'Accepted' }, certificateStatus: 'Accepted' }],
    ['SignCertificate', { csr: 'CSR', certificateType: 'V2GCertificate' }, { status: 'Accepted' }],
    ['GetCertificateStatus', { ocspRequestData }, { status: 'Accepted', ocspResult: 'MAo=' }],
    [
      'Get15118EVCertificate',
      { iso15118SchemaVersion: 'urn:iso:15118:2:2013:MsgDef', action: 'Install', exiRequest: 'gA==' },
      { status: 'Accepted', exiResponse: 'gB==' },
    ],
  ])('%s', (action, request, response) => {
    const run = under201().fromStation('DataTransfer', wrapped(action, request), response);
    expect(run.calls).toEqual([{ action, payload: request }]);
    expect(run.answer).toEqual(accepted(response));
  });

  test('the contract that was authorized is the token of the transaction, however long ago the gateway was started', () => {
    const b = under201();
    b.fromStation('DataTransfer', wrapped('Authorize', { ...authorize, idToken: { ...emaid, idToken: 'NL-ABC-1' } }));
    b.restart();
    const run = b.fromStation('StartTransaction', {
      connectorId: 1,
      idTag: 'NL-ABC-1',
      meterStart: 0,
      timestamp: '2026-01-01T00:01:00Z',
    });
    expect(run.calls[0]?.payload.idToken).toEqual({ idToken: 'NL-ABC-1', type: 'eMAID' });
  });

  test('what cannot be read is Rejected with the reason, and nothing crosses', () => {
    const b = under201();
    for (const [data, told] of [
      [undefined, 'data is not the JSON text of an object'],
      ['{no json', 'data is not the JSON text of an object'],
      ['[1]', 'data is not the JSON text of an object'],
      ['{}', 'GetCertificateStatus /: lacks ocspRequestData'],
      [
        JSON.stringify({ ocspRequestData: { ...ocspRequestData, serialNumber: 'f'.repeat(41) } }),
        'GetCertificateStatus /ocspRequestData/serialNumber: is longer than 40 characters',
      ],
    ]) {
      const run = b.fromStation('DataTransfer', {
        vendorId,
        messageId: 'GetCertificateStatus',
        ...(data === undefined ? {} : { data }),
      });
      expect(run.calls).toEqual([]);
      expect(run.answer).toEqual({ status: 'Rejected', data: told });
    }
  });

  test('only what a station may send, and in no other order of who asks whom', () => {
    for (const messageId of ['CertificateSigned', 'TransactionEvent', 'toString', undefined]) {
      const run = under201().fromStation('DataTransfer', { vendorId, ...(messageId && { messageId }), data: '{}' });
      expect(run.calls).toEqual([]);
      expect(run.answer).toEqual({ status: 'UnknownMessageId' });
    }
  });

  test('a CSMS that refuses: not known, failed, silent', () => {
    const b = under201();
    const call = wrapped('GetCertificateStatus', { ocspRequestData });
    expect(b.fromStation('DataTransfer', call, failure('NotImplemented')).answer).toEqual({
      status: 'UnknownMessageId',
    });
    expect(b.fromStation('DataTransfer', call, failure('InternalError')).answer).toEqual({
      status: 'Rejected',
      data: 'scripted',
    });
    expect(b.fromStation('DataTransfer', call, failure('GenericError', true)).refusal?.uncertain).toBe(true);
  });

  test('other vendors, and everything when it is turned off, cross as they are', () => {
    const call = wrapped('Authorize', authorize);
    expect(under201({ plugAndCharge: 'never' }).fromStation('DataTransfer', call).calls).toEqual([
      { action: 'DataTransfer', payload: call },
    ]);
    const other = wrapped('Authorize', authorize, 'com.example');
    expect(under201().fromStation('DataTransfer', other).calls).toEqual([{ action: 'DataTransfer', payload: other }]);
  });
});

describe('what a 2.0.1 CSMS asks of a 1.6 station', () => {
  test('SignV2GCertificate is triggered in a DataTransfer once the station is known to do Plug & Charge', () => {
    const b = under201();
    const trigger = { requestedMessage: 'SignV2GCertificate' };
    const before = b.fromCsms('TriggerMessage', trigger);
    expect([before.calls, ...(reason(before.answer) as [])]).toEqual([[], 'NotImplemented', 'UnsupportedRequest']);
    b.fromStation('DataTransfer', wrapped('GetCertificateStatus', { ocspRequestData }));
    b.restart();
    const run = b.fromCsms('TriggerMessage', trigger, accepted({ status: 'Accepted' }));
    expect(opened(run)).toEqual([{ action: 'DataTransfer', vendorId, messageId: 'TriggerMessage', data: trigger }]);
    expect(run.answer).toEqual({ status: 'Accepted' });
  });

  test('the station’s own key has the last word, the operator’s setting before it', () => {
    const trigger = { requestedMessage: 'SignCombinedCertificate' };
    const withKey = (value: string, plugAndCharge: TranslationSettings['plugAndCharge']): number => {
      const b = under201({ plugAndCharge });
      b.fromStation('DataTransfer', wrapped('GetCertificateStatus', { ocspRequestData }));
      b.fromCsms(
        'GetVariables',
        { getVariableData: [{ component: { name: 'ISO15118Ctrlr' }, variable: { name: 'PnCEnabled' } }] },
        { configurationKey: [{ key: 'ISO15118PnCEnabled', readonly: false, value }] },
      );
      return b.fromCsms(
        'TriggerMessage',
        trigger,
        ...(value === 'true' || plugAndCharge === 'always' ? [{ status: 'Rejected' }] : []),
      ).calls.length;
    };
    expect(withKey('true', 'whenEnabled')).toBe(1);
    expect(withKey('false', 'whenEnabled')).toBe(0);
    expect(withKey('false', 'always')).toBe(1);
  });
});

describe('certificates of ISO 15118', () => {
  const on = (settings: Partial<TranslationSettings> = { plugAndCharge: 'always' }): Bridge => under201(settings);
  const install = { certificateType: 'MORootCertificate', certificate: 'PEM' };

  test.each([
    ['CertificateSigned', { certificateChain: 'PEM', certificateType: 'V2GCertificate' }, { status: 'Accepted' }],
    ['InstallCertificate', install, { status: 'Failed' }],
    [
      'GetInstalledCertificateIds',
      { certificateType: ['V2GRootCertificate', 'MORootCertificate'] },
      {
        status: 'Accepted',
        certificateHashDataChain: [{ certificateType: 'V2GRootCertificate', certificateHashData }],
      },
    ],
  ])('%s is carried to the station and its answer back', (action, request, response) => {
    const run = on().fromCsms(action, request, accepted(response));
    expect(opened(run)).toEqual([{ action: 'DataTransfer', vendorId, messageId: action, data: request }]);
    expect(run.answer).toEqual(response);
  });

  test('DeleteCertificate is carried when the station does not know the certificate as one of its own', () => {
    const remove = (...replies: Parameters<Bridge['fromCsms']>[2][]): Run =>
      on().fromCsms('DeleteCertificate', { certificateHashData }, { status: 'NotFound' }, ...(replies as Payload[]));
    const run = remove(accepted({ status: 'Accepted' }));
    expect(opened({ ...run, calls: run.calls.slice(1) })).toEqual([
      { action: 'DataTransfer', vendorId, messageId: 'DeleteCertificate', data: { certificateHashData } },
    ]);
    expect(run.answer).toEqual({ status: 'Accepted' });
    expect(remove({ status: 'UnknownVendorId' }).answer?.status).toBe('NotFound');
    expect(remove({ status: 'Rejected' }).answer?.status).toBe('Failed');
  });

  test('nothing where it is not enabled', () => {
    const run = on({}).fromCsms('InstallCertificate', install);
    expect([run.calls, ...(reason(run.answer) as [])]).toEqual([[], 'Rejected', 'UnsupportedParam']);
  });

  test('every no of the station is a no of the message, with its reason', () => {
    const refusal = (reply: Parameters<Bridge['fromCsms']>[2]): unknown => {
      const { answer: given } = on().fromCsms('InstallCertificate', install, reply);
      return [given?.status, given?.statusInfo];
    };
    expect(refusal({ status: 'UnknownVendorId' })).toEqual(['Rejected', { reasonCode: 'UnsupportedRequest' }]);
    expect(refusal({ status: 'UnknownMessageId' })).toEqual(['Rejected', { reasonCode: 'UnsupportedRequest' }]);
    expect(refusal(failure('NotSupported'))).toEqual(['Rejected', { reasonCode: 'UnsupportedRequest' }]);
    expect(refusal({ status: 'Rejected', data: `${'🔌'.repeat(600)}` })).toEqual([
      'Rejected',
      { reasonCode: 'Unspecified', additionalInfo: '🔌'.repeat(512) },
    ]);
    expect(refusal({ status: 'Accepted' })).toEqual([
      'Rejected',
      { reasonCode: 'InternalError', additionalInfo: 'the answer is not the JSON text of an object' },
    ]);
    expect(refusal(accepted({ status: 'Perhaps' }))).toEqual([
      'Rejected',
      { reasonCode: 'InternalError', additionalInfo: '/status: is not one of Accepted, Rejected, Failed' },
    ]);
    const refused = (...reply: Parameters<typeof failure>): unknown =>
      on().fromCsms('InstallCertificate', install, failure(...reply)).refusal;
    expect(refused('InternalError')).toMatchObject({ condition: 'InternalError' });
    expect(refused('GenericError', true)).toMatchObject({ uncertain: true });
  });
});

describe('a 2.0.1 station under a 1.6 CSMS', () => {
  const enabled = (more: Partial<TranslationSettings> = {}): Bridge => under16({ plugAndCharge: 'always', ...more });

  test('Authorize with a contract is put to the CSMS as it is', () => {
    const b = enabled();
    const response = { idTokenInfo: { status: 'Accepted' }, certificateStatus: 'Accepted' };
    const run = b.fromStation('Authorize', authorize, accepted(response));
    expect(opened(run)).toEqual([{ action: 'DataTransfer', vendorId, messageId: 'Authorize', data: authorize }]);
    expect(run.answer).toEqual(response);
    expect(b.notes).toEqual([]);
    // What the CSMS starts for the contract later is for this very token.
    const start = b.fromCsms('RemoteStartTransaction', { idTag: emaid.idToken, connectorId: 1 });
    expect(start.calls[0]?.payload.idToken).toEqual(emaid);
  });

  test('Authorize without a contract, and with one where the CSMS cannot check it, is that of a token', () => {
    const plain = enabled().fromStation('Authorize', { idToken: emaid }, { idTagInfo: { status: 'Accepted' } });
    expect(plain.calls).toEqual([{ action: 'Authorize', payload: { idTag: emaid.idToken } }]);
    const off = under16();
    const run = off.fromStation('Authorize', authorize, { idTagInfo: { status: 'Blocked' } });
    expect(run.calls).toEqual([{ action: 'Authorize', payload: { idTag: emaid.idToken } }]);
    expect(run.answer).toEqual({ idTokenInfo: { status: 'Blocked' } });
    expect(off.notes.map(({ field }) => field)).toEqual(['certificate', 'iso15118CertificateHashData']);
    for (const no of [{ status: 'UnknownVendorId' }, failure('NotImplemented')]) {
      const after = enabled().fromStation('Authorize', authorize, no, { idTagInfo: { status: 'Accepted' } });
      expect(after.calls.map(({ action }) => action)).toEqual(['DataTransfer', 'Authorize']);
      expect(after.answer).toEqual({ idTokenInfo: { status: 'Accepted' } });
    }
  });

  test('a contract that has to be checked and cannot be is Invalid', () => {
    const invalid = { idTokenInfo: { status: 'Invalid' }, certificateStatus: 'NoCertificateAvailable' };
    const b = under16({ requireContractValidation: true });
    expect(b.fromStation('Authorize', authorize)).toMatchObject({ calls: [], answer: invalid });
    expect(b.fromStation('Authorize', { idToken: emaid }, { idTagInfo: { status: 'Accepted' } }).answer).toEqual({
      idTokenInfo: { status: 'Accepted' },
    });
    // A CSMS that cannot handle it has not checked it.
    expect(enabled().fromStation('Authorize', authorize, { status: 'Rejected' }).answer).toEqual(invalid);
  });

  test('a CSMS that answers with an idTagInfo is understood', () => {
    const idTokenInfo = { status: 'Accepted', expiryDate: '2027-01-01T00:00:00Z', parentIdTag: 'P' };
    expect(enabled().fromStation('Authorize', authorize, accepted({ idTokenInfo })).answer).toEqual({
      idTokenInfo: {
        status: 'Accepted',
        cacheExpiryDateTime: '2027-01-01T00:00:00Z',
        groupIdToken: { idToken: 'P', type: 'Central' },
      },
    });
  });

  test('contracts and OCSP are asked for in a DataTransfer, and fail where it is not enabled', () => {
    const status = enabled().fromStation(
      'GetCertificateStatus',
      { ocspRequestData },
      accepted({ status: 'Accepted', ocspResult: 'MAo=' }),
    );
    expect(opened(status)).toEqual([
      { action: 'DataTransfer', vendorId, messageId: 'GetCertificateStatus', data: { ocspRequestData } },
    ]);
    expect(status.answer).toEqual({ status: 'Accepted', ocspResult: 'MAo=' });
    const exi = { iso15118SchemaVersion: 'urn:iso:15118:2:2013:MsgDef', action: 'Update', exiRequest: 'gA==' };
    const contract = enabled().fromStation(
      'Get15118EVCertificate',
      exi,
      accepted({ status: 'Accepted', exiResponse: 'gB==' }),
    );
    expect(opened(contract)[0]?.data).toEqual(exi);
    expect(contract.answer).toEqual({ status: 'Accepted', exiResponse: 'gB==' });

    const off = under16();
    expect(off.fromStation('GetCertificateStatus', { ocspRequestData })).toMatchObject({
      calls: [],
      answer: { status: 'Failed', statusInfo: { reasonCode: 'NotEnabled' } },
    });
    expect(off.fromStation('Get15118EVCertificate', exi)).toMatchObject({
      calls: [],
      answer: { status: 'Failed', exiResponse: '', statusInfo: { reasonCode: 'NotEnabled' } },
    });
  });

  test('what the CSMS carries in a DataTransfer is the message itself for the station', () => {
    for (const [action, request, response] of [
      ['CertificateSigned', { certificateChain: 'PEM', certificateType: 'V2GCertificate' }, { status: 'Accepted' }],
      ['InstallCertificate', { certificateType: 'V2GRootCertificate', certificate: 'PEM' }, { status: 'Rejected' }],
      ['DeleteCertificate', { certificateHashData }, { status: 'Accepted' }],
      ['GetInstalledCertificateIds', { certificateType: ['V2GCertificateChain'] }, { status: 'NotFound' }],
      ['TriggerMessage', { requestedMessage: 'SignV2GCertificate' }, { status: 'Accepted' }],
    ] as const) {
      const run = under16().fromCsms('DataTransfer', wrapped(action, request), response);
      expect(run.calls).toEqual([{ action, payload: request }]);
      expect(run.answer).toEqual(accepted(response));
    }
    expect(under16().fromCsms('DataTransfer', wrapped('Authorize', authorize)).answer).toEqual({
      status: 'UnknownMessageId',
    });
  });

  test('a CSMS that has used it is known to do Plug & Charge', () => {
    const b = under16();
    b.fromCsms('DataTransfer', wrapped('TriggerMessage', { requestedMessage: 'SignV2GCertificate' }));
    b.restart();
    const run = b.fromStation('GetCertificateStatus', { ocspRequestData }, accepted({ status: 'Failed' }));
    expect(run.calls.map(({ action }) => action)).toEqual(['DataTransfer']);
  });
});

describe('other ways of writing it', () => {
  const older = 'iso15118';

  test('the eMAID as text', () => {
    const run = under201().fromStation('DataTransfer', wrapped('Authorize', { idToken: emaid.idToken }));
    expect(run.calls).toEqual([{ action: 'Authorize', payload: { idToken: emaid } }]);
  });

  test('the dialect before the application note: names of OCPP 2.0, and the answers in it', () => {
    const b = under201();
    const { responderURL: _none, ...hashData } = ocspRequestData;
    const authorized = b.fromStation(
      'DataTransfer',
      wrapped('Authorize', { idToken: emaid, '15118CertificateHashData': [hashData] }, 'ISO15118'),
      { idTokenInfo: { status: 'Accepted' }, certificateStatus: 'Accepted' },
    );
    expect(authorized.calls).toEqual([
      {
        action: 'Authorize',
        payload: { idToken: emaid, iso15118CertificateHashData: [{ ...hashData, responderURL: '' }] },
      },
    ]);
    expect(authorized.answer).toEqual(accepted({ idTokenInfo: { status: 'Accepted' }, certificateStatus: 'Accepted' }));
    const contract = b.fromStation('DataTransfer', wrapped('Get15118EVCertificate', { exiRequest: 'gA==' }, older), {
      status: 'Accepted',
      exiResponse: 'gB==',
      statusInfo: { reasonCode: 'NoError' },
    });
    expect(contract.calls[0]?.payload).toEqual({
      iso15118SchemaVersion: 'urn:iso:15118:2:2013:MsgDef',
      action: 'Install',
      exiRequest: 'gA==',
    });
    expect(contract.answer).toEqual(accepted({ status: 'Accepted', exiResponse: 'gB==' }));
    const sign = b.fromStation(
      'DataTransfer',
      wrapped('SignCertificate', { csr: 'CSR', typeOfCertificate: 'V2GCertificate' }, older),
    );
    expect(sign.calls[0]?.payload).toEqual({ csr: 'CSR', certificateType: 'V2GCertificate' });
    const status = b.fromStation('DataTransfer', wrapped('GetCertificateStatus', { ocspRequestData: hashData }, older));
    expect(status.calls[0]?.payload).toEqual({ ocspRequestData: { ...hashData, responderURL: '' } });
    // The station gets what is asked of it in its own words.
    const trigger = b.fromCsms(
      'TriggerMessage',
      { requestedMessage: 'SignV2GCertificate' },
      accepted({ status: 'Accepted' }),
    );
    expect(opened(trigger)[0]?.vendorId).toBe(older);
  });

  test('certificates in hexadecimal, both ways', () => {
    const pem = '-----BEGIN CERTIFICATE-----\nAAEC/w==\n-----END CERTIFICATE-----\n';
    const up = under16().fromCsms(
      'DataTransfer',
      wrapped('CertificateSigned', { cert: ['000102FF', '000102ff'], typeOfCertificate: 'V2GCertificate' }, older),
    );
    expect(up.calls[0]?.payload).toEqual({ certificateChain: pem + pem, certificateType: 'V2GCertificate' });

    const b = under201({ plugAndCharge: 'always' });
    b.state.set('plugAndCharge', 'vendorId', older);
    const down = (certificateChain: string): unknown =>
      opened(
        b.fromCsms(
          'CertificateSigned',
          { certificateChain, certificateType: 'V2GCertificate' },
          { status: 'Rejected' },
        ),
      )[0]?.data;
    expect(down(pem + pem)).toEqual({ cert: ['000102ff', '000102ff'], typeOfCertificate: 'V2GCertificate' });
    expect(down('no PEM')).toEqual({ cert: ['no PEM'], typeOfCertificate: 'V2GCertificate' });
    const broken = '-----BEGIN CERTIFICATE-----A!-----END CERTIFICATE-----';
    expect(down(broken)).toEqual({ cert: [broken], typeOfCertificate: 'V2GCertificate' });
  });

  test('certificates that are no texts are refused', () => {
    const run = under16().fromCsms('DataTransfer', wrapped('CertificateSigned', { cert: 'zz' }, older));
    expect(run.calls[0]?.payload).toEqual({ certificateChain: 'zz' });
    expect(under16().fromCsms('DataTransfer', wrapped('CertificateSigned', { cert: 1 }, older)).answer?.status).toBe(
      'Rejected',
    );
  });
});

test('any request of 2.0.1 comes out of a DataTransfer as it went in, and any answer', () => {
  for (const action of ['Authorize', 'GetCertificateStatus', 'Get15118EVCertificate']) {
    fc.assert(
      fc.property(message('2.0.1', `${action}Request`), message('2.0.1', `${action}Response`), (request, response) => {
        const carried = under16({ plugAndCharge: 'always' });
        const payload = action === 'Authorize' ? { ...request, certificate: 'PEM' } : request;
        const down = carried.fromStation(action, payload, accepted(response));
        expect(down.answer).toEqual(JSON.parse(JSON.stringify(response)));
        const up = under201().fromStation('DataTransfer', down.calls[0]?.payload as Payload, response);
        expect(up.calls).toEqual([{ action, payload: JSON.parse(JSON.stringify(payload)) }]);
        expect(up.answer).toEqual(accepted(response));
      }),
      { numRuns: runs },
    );
  }
});

test('whatever stands in a DataTransfer of Plug & Charge, nothing invalid comes of it', () => {
  const data = fc.oneof(
    fc.string(),
    fc.json(),
    message('2.0.1', 'AuthorizeRequest').map((value) => JSON.stringify(value)),
  );
  const id = fc.constantFrom(
    'Authorize',
    'SignCertificate',
    'GetCertificateStatus',
    'Get15118EVCertificate',
    'constructor',
  );
  fc.assert(
    fc.property(id, fc.constantFrom(vendorId, 'iso15118'), data, (messageId, vendor, text) => {
      under201().fromStation('DataTransfer', { vendorId: vendor, messageId, data: text });
    }),
    { numRuns: runs * 4 },
  );
});
