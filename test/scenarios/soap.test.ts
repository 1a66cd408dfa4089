/** Stations of 1.5 and 1.6 over SOAP are stations like any other: they charge, are seen and commanded, and nothing answered is lost. */
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../support/gateway.ts';
import { post, SoapStation, textOf } from '../support/soap.ts';
import { stage } from './support.ts';

const on = stage({ EVSEBRIDGE_UNKNOWN_TOKENS: 'accept', EVSEBRIDGE_CALL_TIMEOUT: '6' });
const opened: SoapStation[] = [];
afterEach(async () => {
  for (const station of opened.splice(0)) await station.close();
});

async function station(id: string, version: '1.5' | '1.6' = '1.5', listens = true): Promise<SoapStation> {
  const made = new SoapStation(id, version, on.url);
  opened.push(made);
  if (listens) await made.listen();
  return made;
}

const at = (minute: number): string => `2026-01-05T10:${String(minute).padStart(2, '0')}:00Z`;

describe.each(['1.5', '1.6'] as const)('a station of %s', (version) => {
  it('boots, authorizes, charges and stops, and is seen in one vocabulary', async () => {
    const id = `S${version}`;
    const s = await station(id, version);
    const boot = await s.boot();
    expect(boot.status).toBe(200);
    expect(boot.headers['content-type']).toBe('application/soap+xml; charset=utf-8');
    expect(textOf(boot.text, 'status')).toBe('Accepted');
    expect(textOf(boot.text, version === '1.5' ? 'heartbeatInterval' : 'interval')).toMatch(/^\d+$/);
    expect(textOf(boot.text, 'RelatesTo')).toBe(`urn:uuid:${id}-1`);
    expect(textOf(boot.text, 'Action')).toBe('/BootNotificationResponse');
    expect(textOf(boot.text, 'To')).toBe(s.from);
    expect(textOf(boot.text, 'chargeBoxIdentity')).toBe(id);
    expect(Date.parse(textOf((await s.send('Heartbeat')).text, 'currentTime') ?? '')).toBeGreaterThan(0);
    await s.send('StatusNotification', { connectorId: 1, status: 'Available', errorCode: 'NoError' });
    expect(textOf((await s.send('Authorize', { idTag: 'AB12' })).text, 'status')).toBe('Accepted');
    const occupied = version === '1.5' ? 'Occupied' : 'Charging';
    const start = await s.send('StartTransaction', {
      connectorId: 1,
      idTag: 'AB12',
      timestamp: at(0),
      meterStart: 1000,
    });
    const transactionId = textOf(start.text, 'transactionId') ?? '';
    expect(Number(transactionId)).toBeGreaterThan(0);
    await s.send('StatusNotification', { connectorId: 1, status: occupied, errorCode: 'NoError' });
    const values =
      version === '1.5'
        ? `<c:values><c:timestamp>${at(5)}</c:timestamp><c:value measurand="Current.Import" unit="Amp">16.0</c:value><c:value>1500</c:value></c:values>`
        : `<c:meterValue><c:timestamp>${at(5)}</c:timestamp><c:sampledValue><c:value>16.0</c:value><c:measurand>Current.Import</c:measurand><c:unit>A</c:unit></c:sampledValue><c:sampledValue><c:value>1500</c:value></c:sampledValue></c:meterValue>`;
    const meter = await s.send(
      'MeterValues',
      `<c:connectorId>1</c:connectorId><c:transactionId>${transactionId}</c:transactionId>${values}`,
    );
    expect(meter.text).toContain('meterValuesResponse');
    await s.send('StopTransaction', { transactionId, idTag: 'AB12', timestamp: at(10), meterStop: 2000 });

    const { body } = await on.api.get(`/v1/stations/${id}`);
    expect(body).toMatchObject({ version, transport: 'soap', connected: true, callable: true, vendorName: 'Vendor' });
    expect(body.evses[0].connectors[0].status).toBe('Occupied');
    const [transaction] = await on.api.all(`/v1/transactions?stationId=${id}`);
    expect(transaction).toMatchObject({ nativeId: transactionId, energyWh: 1000, meterStart: 1000, meterStop: 2000 });
    const samples = await on.api.all(`/v1/transactions/${transaction.id}/meter-values`);
    expect(JSON.stringify(samples)).toContain('"unit":"A"');
    const messages = await on.api.all(`/v1/stations/${id}/messages`);
    const stored = messages.filter(({ action }) => action === 'StartTransaction');
    expect(stored.map(({ direction, type }) => [direction, type])).toEqual(
      expect.arrayContaining([
        ['in', 'Call'],
        ['out', 'CallResult'],
      ]),
    );
    // The envelopes as they were on the wire, and what they mean.
    const call = stored.find(({ direction }) => direction === 'in');
    expect(call.payload).toContain('<c:startTransactionRequest>');
    expect(call.head).toMatchObject({ eventType: 'Started' });
    expect(stored.find(({ direction }) => direction === 'out').payload).toBe(start.text);
  });
});

describe('acknowledged means stored', () => {
  it('a repetition gets the first answer again, before and after a restart', async () => {
    const s = await station('R1');
    await s.boot();
    const start = { connectorId: 1, idTag: 'AB12', timestamp: at(0), meterStart: 1 };
    const ids = [textOf((await s.send('StartTransaction', start)).text, 'transactionId')];
    const again = await s.send('StartTransaction', start);
    ids.push(textOf(again.text, 'transactionId'));
    expect(textOf(again.text, 'RelatesTo')).toBe('urn:uuid:R1-3');
    await on.restart();
    s.url = new SoapStation('R1', '1.5', on.url).url;
    const last = await s.send('StartTransaction', start);
    ids.push(textOf(last.text, 'transactionId'));
    expect(textOf(last.text, 'RelatesTo')).toBe('urn:uuid:R1-4');
    expect(new Set(ids).size).toBe(1);
    expect(await on.api.all('/v1/transactions?stationId=R1')).toHaveLength(1);
  });
});

describe('commands', () => {
  it('go to the address that the station gives', async () => {
    const s = await station('C1');
    await s.boot();
    await s.send('StatusNotification', { connectorId: 1, status: 'Available', errorCode: 'NoError' });
    const { status, body } = await on.api.command('C1', 'RequestStartTransaction', {
      remoteStartId: 7,
      evseId: 1,
      idToken: { idToken: 'AB12', type: 'ISO14443' },
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ state: 'completed', response: { status: 'Accepted' } });
    const [call = ''] = s.calls;
    expect(call).toContain('xmlns:o="urn://Ocpp/Cp/2012/06/"');
    expect(call).toContain('<o:remoteStartTransactionRequest><o:idTag>AB12</o:idTag><o:connectorId>1</o:connectorId>');
    expect(textOf(call, 'To')).toBe(s.from);
    expect(textOf(call, 'Address')).toBe(s.url);
    expect(textOf(call, 'chargeBoxIdentity')).toBe('C1');
    const messages = await on.api.all('/v1/stations/C1/messages');
    const sent = messages.filter(({ action }) => action === 'RemoteStartTransaction');
    expect(sent.find(({ direction }) => direction === 'out').payload).toBe(call);
    expect(sent.find(({ direction }) => direction === 'in').payload).toContain('remoteStartTransactionResponse');
  });

  it('are refused at once when the station has no address, or wait for one when the caller does not', async () => {
    const s = await station('C2', '1.6', false);
    await s.boot();
    expect((await on.api.get('/v1/stations/C2')).body).toMatchObject({ connected: true, callable: false });
    const refused = await on.api.command('C2', 'ClearCache', {});
    expect(refused.status).toBe(409);
    expect(refused.body.type).toMatch(/station-not-callable$/);
    expect(refused.body.detail).toMatch(/wsa:From/);
    const taken = await on.api.command('C2', 'ClearCache', {}, { prefer: 'respond-async' });
    expect(taken.status).toBe(202);
    await s.listen();
    await s.send('Heartbeat');
    await until(
      async () => (await on.api.get(`/v1/commands/${taken.body.id}`)).body.state === 'completed',
      'the command to be completed',
    );
    expect(s.calls).toHaveLength(1);
  });

  it('go to a configured address rather than to the one that the station gives', async () => {
    const s = await station('C3', '1.6');
    const address = s.from;
    s.from = 'http://127.0.0.1:9/nowhere';
    await s.boot();
    expect((await on.api.put('/v1/stations/C3', { callbackUrl: address })).body).toMatchObject({
      callbackUrl: address,
    });
    expect((await on.api.command('C3', 'ClearCache', {})).body).toMatchObject({ state: 'completed' });
    expect((await on.api.put('/v1/stations/C3', { callbackUrl: 'ftp://x' })).status).toBe(422);
  });

  it('are tried once more after the next message of a station that could not be reached', async () => {
    const s = await station('C4', '1.6', false);
    s.from = 'http://127.0.0.1:9/nowhere';
    await s.boot();
    const command = on.api.command('C4', 'ClearCache', {});
    await until(
      async () =>
        (await on.api.all('/v1/stations/C4/messages')).some(
          ({ action, direction }) => action === 'ClearCache' && direction === 'out',
        ),
      'the command to be sent',
    );
    await s.listen();
    await s.send('Heartbeat');
    expect((await command).body).toMatchObject({ state: 'completed' });
    s.from = 'http://127.0.0.1:9/nowhere';
    await s.send('Heartbeat');
    const failed = await on.api.command('C4', 'ClearCache', {});
    expect(failed.status).toBe(502);
    expect(JSON.stringify(failed.body)).toMatch(/cannot be reached/);
  });

  it('that have no form in SOAP go out in an older one, or are refused', async () => {
    const s = await station('C6', '1.6');
    s.onCall = (operation) => (operation === 'getDiagnostics' ? '<p:fileName>log.txt</p:fileName>' : undefined);
    await s.boot();
    const log = { requestId: 1, logType: 'DiagnosticsLog', log: { remoteLocation: 'ftp://host/' } };
    const taken = await on.api.command('C6', 'GetLog', log);
    expect(taken.body).toMatchObject({
      state: 'completed',
      response: { status: 'Accepted' },
      native: [{ action: 'GetLog', error: { code: 'NotImplemented' } }, { action: 'GetDiagnostics' }],
    });
    expect(s.calls).toHaveLength(1);
    const refused = await on.api.command('C6', 'GetInstalledCertificateIds', {});
    expect(refused.body).toMatchObject({ state: 'refused' });
    expect((await s.send('Heartbeat')).status).toBe(200);
  });

  it('understand resetConfirmation, Faults, and answers that are none', async () => {
    const s = await station('C5');
    await s.boot();
    const wrapped = (body: string): string =>
      `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>${body}</s:Body></s:Envelope>`;
    s.onCall = () =>
      wrapped(
        '<p:resetConfirmation xmlns:p="urn://Ocpp/Cp/2012/06/"><p:status>Accepted</p:status></p:resetConfirmation>',
      );
    expect((await on.api.command('C5', 'Reset', { type: 'Immediate' })).body).toMatchObject({ state: 'completed' });
    s.onCall = () =>
      wrapped(
        '<s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value xmlns:p="urn:p">p:NotSupported</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang="en">no cache here</s:Text></s:Reason></s:Fault>',
      );
    expect((await on.api.command('C5', 'ClearCache', {})).body).toMatchObject({ state: 'refused' });
    s.onCall = () => '<?xml version="1.0"?><html>';
    expect((await on.api.command('C5', 'ClearCache', {})).status).toBe(502);
    expect((await on.api.get('/v1/stations/C5')).body.deviations).toMatchObject({ soapConfirmation: 1 });
  });
});

describe('what is wrong', () => {
  it.each([
    ['no XML', 'hello', 400, 'ProtocolError'],
    ['a document type', '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>', 400, 'ProtocolError'],
    ['another document', '<html/>', 500, 'VersionMismatch'],
  ])('%s is a Fault', async (_what, text, status, code) => {
    const s = await station('F0', '1.5', false);
    const answer = await post(s.url, text);
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(code);
    expect(answer.text).not.toContain('root:');
  });

  it('is a Fault of its own kind: unknown operation, broken field, no identity', async () => {
    const s = await station('F1', '1.6', false);
    await s.boot();
    const unknown = await s.send('FooBar');
    expect(unknown.status).toBe(500);
    expect(unknown.text).toContain('NotSupported');
    expect(textOf(unknown.text, 'RelatesTo')).toMatch(/^urn:uuid:F1/);
    const broken = await s.send('StartTransaction', {
      idTag: 'AB12',
      timestamp: at(0),
      meterStart: 'x',
      connectorId: 1,
    });
    expect(broken.status).toBe(400);
    expect(broken.text).toContain('ProtocolError');
    const nobody = await post(s.url, s.envelope('Heartbeat', '', ' '));
    expect(nobody.status).toBe(400);
    expect(nobody.text).toContain('IdentityMismatch');
    // The last segment of the address may name the station instead.
    expect((await post(`${s.url}/F1`, s.envelope('Heartbeat', '', ' '))).status).toBe(200);
    expect((await s.send('Heartbeat')).status).toBe(200);
  });

  it('of HTTP has its status', async () => {
    const s = await station('F2', '1.6', false);
    expect((await post(s.url, '', {}, 'GET')).status).toBe(405);
    expect((await post(s.url, ' '.repeat(300_000))).status).toBe(413);
    expect((await post(s.url, gzipSync(' '.repeat(300_000)), { 'Content-Encoding': 'gzip' })).status).toBe(413);
    expect((await post(s.url, 'not gzip', { 'Content-Encoding': 'gzip' })).status).toBe(400);
    expect((await post(s.url, 'x', { 'Content-Encoding': 'br' })).status).toBe(415);
    expect((await post(`${s.url}s`, 'x')).status).toBe(404);
  });
});

describe('HTTP', () => {
  it('bodies are compressed both ways', async () => {
    const s = await station('H1', '1.6', false);
    const zipped = gzipSync(
      s.envelope(
        'BootNotification',
        '<c:chargePointVendor>V</c:chargePointVendor><c:chargePointModel>M</c:chargePointModel>',
      ),
    );
    const answer = await post(s.url, zipped, { 'Content-Encoding': 'gzip', 'Accept-Encoding': 'gzip, deflate' });
    expect(answer.status).toBe(200);
    expect(textOf(answer.text, 'status')).toBe('Accepted');
  });

  it('asks for the password of a station that has one', async () => {
    await on.api.put('/v1/stations/H2', { password: 'correct-horse-battery' });
    const s = await station('H2', '1.6', false);
    const refused = await s.boot();
    expect(refused.status).toBe(401);
    expect(refused.headers['www-authenticate']).toMatch(/^Basic /);
    expect(refused.text).toContain('SecurityError');
    const authorization = `Basic ${Buffer.from('H2:correct-horse-battery').toString('base64')}`;
    expect((await s.send('Heartbeat', {}, { authorization })).status).not.toBe(401);
  });

  it('takes SOAP 1.1, and answers in kind', async () => {
    const s = await station('H3', '1.5', false);
    const text = s
      .envelope('Heartbeat', '')
      .replaceAll('http://www.w3.org/2003/05/soap-envelope', 'http://schemas.xmlsoap.org/soap/envelope/');
    const answer = await post(s.url, text, { 'Content-Type': 'text/xml', SOAPAction: '"/Heartbeat"' });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('text/xml; charset=utf-8');
    expect(answer.text).toContain('http://schemas.xmlsoap.org/soap/envelope/');
    expect((await on.api.get('/v1/stations/H3')).body.deviations).toMatchObject({ soap11: 1 });
  });
});
