/** ISO 15118 Plug & Charge of a 1.6 station, over DataTransfer and through the whole gateway. */
import { expect, it } from 'vitest';
import { booted, stage } from './support.ts';

const on = stage();
const vendorId = 'org.openchargealliance.iso15118pnc';
const emaid = { idToken: 'DEICEC0MONTA1', type: 'eMAID' };
const ocspRequestData = {
  hashAlgorithm: 'SHA256',
  issuerNameHash: 'aa'.repeat(32),
  issuerKeyHash: 'bb'.repeat(32),
  serialNumber: '0a1b',
  responderURL: 'http://ocsp.example.org',
};

it('a station is answered in the form in which it asks, and asked in that form', async () => {
  const station = await booted(on.url, 'PNC1', 'ocpp1.6');
  const ask = async (messageId: string, data: object): Promise<unknown> => {
    const [, , answer] = await station.call('DataTransfer', { vendorId, messageId, data: JSON.stringify(data) });
    return [answer.status, JSON.parse(answer.data)];
  };
  expect(await ask('Authorize', { idToken: emaid, certificate: 'PEM' })).toEqual([
    'Accepted',
    { idTokenInfo: { status: 'Unknown' } },
  ]);
  await on.api.put(`/v1/tokens/${emaid.idToken}`, { type: 'eMAID', status: 'Accepted' });
  expect(await ask('Authorize', { idToken: emaid, certificate: 'PEM' })).toMatchObject([
    'Accepted',
    { idTokenInfo: { status: 'Accepted' } },
  ]);
  // There is nobody here who could check or issue certificates.
  expect(await ask('GetCertificateStatus', { ocspRequestData })).toEqual(['Accepted', { status: 'Failed' }]);
  const contract = { iso15118SchemaVersion: 'urn:iso:15118:2:2013:MsgDef', action: 'Install', exiRequest: 'gA==' };
  expect(await ask('Get15118EVCertificate', contract)).toEqual(['Accepted', { status: 'Failed', exiResponse: '' }]);
  expect(await ask('SignCertificate', { csr: 'CSR', certificateType: 'V2GCertificate' })).toMatchObject([
    'Accepted',
    { status: 'Rejected' },
  ]);
  expect((await station.call('DataTransfer', { vendorId, messageId: 'Authorize', data: '{}' }))[2]).toEqual({
    status: 'Rejected',
    data: 'Authorize /: lacks idToken',
  });

  const asked = station.next((frame) => frame[0] === 2);
  station.onCall = ([, id]) => [3, id, { status: 'Accepted', data: '{"status":"Accepted"}' }];
  const command = await on.api.command('PNC1', 'TriggerMessage', { requestedMessage: 'SignV2GCertificate' });
  expect((await asked).slice(2)).toEqual([
    'DataTransfer',
    { vendorId, messageId: 'TriggerMessage', data: '{"requestedMessage":"SignV2GCertificate"}' },
  ]);
  expect(command.body).toMatchObject({ state: 'completed', response: { status: 'Accepted' } });

  const messages = await on.api.all('/v1/stations/PNC1/messages');
  expect(messages).toContainEqual(
    expect.objectContaining({ action: 'DataTransfer', head: expect.objectContaining({ ocspRequestData }) }),
  );
  await station.close();
});
