/** E-34, E-35: stations of 1.5 and 1.6 over SOAP are stations like any other: they charge, are seen and commanded, and nothing answered is lost. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { post, SoapStation, textOf } from '../support/soap.ts';
import { soapStations, stage } from './support.ts';

const on = stage({ EVSEBRIDGE_UNKNOWN_TOKENS: 'accept', EVSEBRIDGE_CALL_TIMEOUT: '6' });
const station = soapStations(on);

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
    // The Journal has the envelopes of both.
    const messages = await on.api.all('/v1/stations/F1/messages?order=asc');
    const errors = messages.filter(({ type }) => type === 'CallError');
    expect(errors.map(({ action, payload }) => [action, payload])).toEqual([
      ['FooBar', unknown.text],
      ['StartTransaction', broken.text],
    ]);
    expect(messages.find(({ action }) => action === 'FooBar').payload).toContain('<c:fooBarRequest>');
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
