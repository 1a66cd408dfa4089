/** Commands to stations over SOAP: where they go, how long they wait, and what becomes of them. */
import { describe, expect, it } from 'vitest';
import { until } from '../support/gateway.ts';
import { textOf } from '../support/soap.ts';
import { booted, soapStations, stage } from './support.ts';

const on = stage({ EVSEBRIDGE_UNKNOWN_TOKENS: 'accept', EVSEBRIDGE_CALL_TIMEOUT: '6' });
const station = soapStations(on);

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
    const events = await on.api.call('GET', '/v1/events?after=0&stationId=C2', undefined, {
      accept: 'application/json',
    });
    expect(events.body.items.at(-1)).toMatchObject({
      type: 'evsebridge.station.not_callable',
      data: { action: 'ClearCache', reason: expect.stringContaining('wsa:From') },
    });
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

  it('that wait keep nothing else waiting, and are as many as may wait for a station', async () => {
    const s = await station('C6', '1.6', false);
    await s.boot();
    const waiting = await Promise.all(
      Array.from({ length: 100 }, () => on.api.command('C6', 'ClearCache', {}, { prefer: 'respond-async' })),
    );
    expect(new Set(waiting.map(({ status }) => status))).toEqual(new Set([202]));
    expect((await on.api.command('C6', 'ClearCache', {}, { prefer: 'respond-async' })).status).toBe(503);
    // Meanwhile the station charges.
    const transactionId = await s.start();
    await s.send('StopTransaction', { transactionId, timestamp: '2026-01-05T10:10:00Z', meterStop: 2000 });
    expect((await on.api.all('/v1/transactions?stationId=C6'))[0]).toMatchObject({ energyWh: 1000 });
    const states = async (): Promise<Set<string>> =>
      new Set(
        await Promise.all(waiting.map(async ({ body }) => (await on.api.get(`/v1/commands/${body.id}`)).body.state)),
      );
    expect(await states()).toEqual(new Set(['queued']));
    await s.listen();
    let inFlight = 0;
    s.onCall = () => {
      expect(++inFlight).toBe(1);
      setImmediate(() => inFlight--);
      return '<p:status>Accepted</p:status>';
    };
    await s.send('Heartbeat');
    await until(async () => (await states()).has('queued') === false, 'all to be sent');
    await until(async () => (await states()).has('sent') === false, 'all to be answered');
    expect(await states()).toEqual(new Set(['completed']));
    expect(s.calls.filter((call) => call.includes('clearCacheRequest'))).toHaveLength(100);
  });

  it('that wait end with the session: the station comes another way, or the gateway is restarted', async () => {
    const s = await station('C7', '1.6', false);
    await s.boot();
    const wait = async (): Promise<string> =>
      (await on.api.command('C7', 'ClearCache', {}, { prefer: 'respond-async' })).body.id;
    const ended = (id: string): Promise<{ state: string; error: { description: string } }> =>
      until(async () => {
        const { body } = await on.api.get(`/v1/commands/${id}`);
        return body.state !== 'queued' && body;
      }, 'the end of the command');
    const first = await wait();
    const json = await booted(on.url, 'C7', 'ocpp1.6');
    expect(await ended(first)).toMatchObject({ state: 'failed', error: { description: /before the Call was sent/ } });
    await json.close();
    await s.send('Heartbeat');
    const second = await wait();
    await on.restart();
    expect(await ended(second)).toMatchObject({ state: 'failed' });
  });

  it('that the version has over JSON only are not supported: what is older is asked for instead', async () => {
    const s = await station('C8', '1.6');
    s.onCall = (operation) =>
      operation === 'getDiagnostics' ? '<p:fileName>log.txt</p:fileName>' : '<p:status>Accepted</p:status>';
    await s.boot();
    const { status, body } = await on.api.command('C8', 'GetLog', {
      logType: 'DiagnosticsLog',
      requestId: 1,
      log: { remoteLocation: 'ftp://files/' },
    });
    expect([status, body.state, body.response]).toEqual([
      200,
      'completed',
      { status: 'Accepted', filename: 'log.txt' },
    ]);
    expect(body.native.map(({ action }: { action: string }) => action)).toEqual(['GetDiagnostics']);
    expect((await on.api.command('C8', 'GetInstalledCertificateIds', {})).body.state).toBe('refused');
  });

  it('are not sent to an address that cannot be the station, and not twice when its answer is lost', async () => {
    const s = await station('C9', '1.6');
    s.onCall = () => undefined;
    await s.boot();
    const { status, body } = await on.api.command('C9', 'ClearCache', {}, { prefer: 'wait=1' });
    expect([status, body.state]).toEqual([504, 'uncertain']);
    await s.send('Heartbeat');
    s.onCall = () => '<p:status>Accepted</p:status>';
    expect((await on.api.command('C9', 'Reset', { type: 'Immediate' })).body.state).toBe('completed');
    expect(s.calls.map((call) => /<s:Body><o:(\w+)/.exec(call)?.[1])).toEqual(['clearCacheRequest', 'resetRequest']);
    // One that nobody listens at: it is known not to have been sent, also when the caller does not wait long.
    s.from = 'http://127.0.0.1:9/';
    await s.send('Heartbeat');
    const unsent = await on.api.command('C9', 'ClearCache', {}, { prefer: 'wait=1' });
    expect([unsent.status, unsent.body.state]).toEqual([502, 'failed']);
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
    for (const callbackUrl of ['ftp://x', 'http://user:secret@host/', 'cp.example'])
      expect((await on.api.put('/v1/stations/C3', { callbackUrl })).status).toBe(422);
    expect((await on.api.put('/v1/stations/C3', { callbackUrl: null })).body).toMatchObject({ callbackUrl: null });
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
