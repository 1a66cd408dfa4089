/** Calls to a station's own service: where it is, what it answers, and what is known of a Call that got no answer. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { addressOf, whyOutOfReach } from '../../../src/transport/soap/address.ts';
import { until } from '../../support/gateway.ts';
import { post, type SoapStation, textOf } from '../../support/soap.ts';
import { type FakeSession, type Frame, facts, type Served, serve } from './support.ts';

let served: Served;
const servers: { close(): void; closeAllConnections?(): void }[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections?.();
    server.close();
  }
  await served?.close();
});

const portOf = async (server: Server): Promise<number> => {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};

/** A station's service that does what it is told with each request. */
async function service(
  answer: (response: ServerResponse, request: IncomingMessage, text: string) => void,
): Promise<string> {
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    request.once('end', () => answer(response, request, text));
  });
  return `http://127.0.0.1:${await portOf(server)}/cp`;
}

const reply = (body: string, version = '2015/10'): string =>
  `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://www.w3.org/2005/08/addressing" xmlns:p="urn://Ocpp/Cp/${version}/"><s:Header><a:Action>x</a:Action><a:RelatesTo>m</a:RelatesTo></s:Header><s:Body>${body}</s:Body></s:Envelope>`;
const cleared = reply('<p:clearCacheResponse><p:status>Accepted</p:status></p:clearCacheResponse>');

/** A session of a station that said it listens at `from`. */
async function session(from: string | undefined, version: '1.5' | '1.6' = '1.6'): Promise<[FakeSession, SoapStation]> {
  served = await serve();
  const s = served.station('CP1', version);
  s.from = from;
  await s.send('Heartbeat');
  const opened = served.door.sessions[0] as FakeSession;
  opened.frames.length = 0;
  return [opened, s];
}

const clearCache = ({ link }: FakeSession, id = 'c1'): void => link.send(JSON.stringify([2, id, 'ClearCache', {}]));
const answered = (opened: FakeSession): Promise<Frame> => until(() => opened.frames[0], 'the answer');
const lost = (opened: FakeSession): Promise<FakeSession['lost'][number]> =>
  until(() => opened.lost[0], 'the end of the Call');

describe('addresses', () => {
  it.each([
    ['http://10.0.0.1:8080/cp', 'http://10.0.0.1:8080/cp'],
    ['HTTPS://cp.example/', 'https://cp.example/'],
    ['10.0.0.1:8080/cp', 'http://10.0.0.1:8080/cp'],
    ['cp.example', 'http://cp.example/'],
    ['http://[::1]:80/', 'http://[::1]/'],
    ['ftp://x/', undefined],
    ['file:///etc/passwd', undefined],
    ['', undefined],
    ['http://', undefined],
    ['not a url', undefined],
  ])('%s is %s', (text, href) => expect(addressOf(text)?.href).toBe(href));

  it.each([
    ['http://192.168.1.5/', '8.8.8.8', 'a private network'],
    ['http://100.64.3.3/', '8.8.8.8', 'a private network'],
    ['http://[fd00::1]/', '2001:db8::1', 'a private network'],
    ['http://169.254.169.254/latest', '10.0.0.1', 'this link'],
    ['http://127.0.0.1:8080/', '10.0.0.1', 'this host'],
    ['http://localhost/', '10.0.0.1', 'this host'],
    ['http://0.0.0.0/', '10.0.0.1', 'this host'],
    ['http://[::1]/', '10.0.0.1', 'this host'],
    ['http://[::ffff:127.0.0.1]/', '10.0.0.1', 'this host'],
  ])('%s heard from %s is out of reach: %s', (address, heardFrom, network) =>
    expect(whyOutOfReach(new URL(address), heardFrom)).toContain(network),
  );

  it.each([
    ['http://192.168.1.5/', '192.168.1.9'],
    ['http://192.168.1.5/', '127.0.0.1'],
    ['http://127.0.0.1/', '127.0.0.1'],
    ['http://8.8.4.4/', '8.8.8.8'],
    ['http://cp.example/', '8.8.8.8'],
    ['http://192.168.1.5/', ''],
  ])('%s heard from %s may be right', (address, heardFrom) =>
    expect(whyOutOfReach(new URL(address), heardFrom)).toBeUndefined(),
  );
});

describe('a station can be called', () => {
  it('when it says where, or somebody else does', async () => {
    const [opened, s] = await session(undefined);
    const { callable, configure } = opened.link;
    expect(callable).toMatchObject({ isCallable: false, whyNot: expect.stringContaining('wsa:From') });
    s.from = 'ftp://x';
    await s.send('Heartbeat');
    expect(callable).toMatchObject({ isCallable: false, whyNot: expect.stringContaining('is no URL: ftp://x') });
    expect(opened.becameCallable).toBe(0);
    configure?.call(opened.link, facts({ callbackUrl: 'http://proxy/CP1' }));
    expect(callable?.isCallable).toBe(true);
    configure?.call(opened.link, facts());
    expect(callable?.isCallable).toBe(false);
    s.from = 'http://127.0.0.1:1/';
    await s.send('Heartbeat');
    expect([callable?.isCallable, opened.becameCallable]).toEqual([true, 2]);
    // It need not say so every time.
    s.from = undefined;
    await s.send('Heartbeat');
    expect([callable?.isCallable, opened.becameCallable]).toEqual([true, 2]);
  });

  it('has no Calls but those of its WSDL', async () => {
    const [{ link }] = await session(undefined);
    expect(
      ['ClearCache', 'GetLog', 'SignedUpdateFirmware', 'TriggerMessage'].map((name) => link.wire?.carries(name)),
    ).toEqual([true, false, false, true]);
  });
});

describe('an answer', () => {
  it('comes over a connection of its own, in either compression', async () => {
    const seen: (string | undefined)[][] = [];
    const ports: (number | undefined)[] = [];
    const [opened] = await session(
      await service((response, request) => {
        const { 'content-type': type, soapaction, 'accept-encoding': accepted, connection } = request.headers;
        seen.push([type, soapaction as string | undefined, accepted, connection]);
        ports.push(request.socket.remotePort);
        const coding = ports.length === 1 ? 'gzip' : 'deflate';
        response.setHeader('Content-Encoding', coding).end((coding === 'gzip' ? gzipSync : deflateSync)(cleared));
      }),
    );
    for (const id of ['c1', 'c2']) {
      clearCache(opened, id);
      expect(await answered(opened)).toEqual([3, id, { status: 'Accepted' }]);
      opened.frames.length = 0;
    }
    expect(seen[0]).toEqual([
      'application/soap+xml; charset=utf-8; action="/ClearCache"',
      undefined,
      'gzip, deflate',
      'close',
    ]);
    expect(ports[0]).not.toBe(ports[1]);
  });

  it('is asked for in the dialect of the station', async () => {
    const texts: string[] = [];
    let type: string | undefined;
    let soapAction: string | string[] | undefined;
    served = await serve();
    const s = served.station('CP1');
    s.from = await service((response, request, text) => {
      texts.push(text);
      type = request.headers['content-type'];
      soapAction = request.headers['soapaction'];
      response.end(cleared);
    });
    await post(
      s.url,
      s
        .envelope('Heartbeat', '')
        .replaceAll('http://www.w3.org/2003/05/soap-envelope', 'http://schemas.xmlsoap.org/soap/envelope/')
        .replaceAll('http://www.w3.org/2005/08/addressing', 'http://schemas.xmlsoap.org/ws/2004/08/addressing'),
    );
    const [opened] = served.door.sessions as [FakeSession];
    clearCache(opened);
    await until(() => opened.frames.length === 2, 'the answer');
    expect([type, soapAction]).toEqual(['text/xml; charset=utf-8', '"/ClearCache"']);
    expect(texts[0]).toContain('xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"');
    expect(texts[0]).toContain('xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"');
    expect(texts[0]).toContain('<o:chargeBoxIdentity s:mustUnderstand="1">CP1</o:chargeBoxIdentity>');
    expect(textOf(texts[0] ?? '', 'To')).toBe(s.from);
  });

  it.each([
    ['a page', 404, '<html>not here</html>', /HTTP 404\) is none: the document is no SOAP envelope/],
    ['nothing', 204, '', /HTTP 204\) is no envelope/],
    ['NUL', 200, '\u0000', /HTTP 200\) is no envelope/],
    ['a request', 200, reply('<p:clearCacheRequest/>'), /is none to ClearCache but a request of ClearCache/],
    [
      'an answer to something else',
      200,
      reply('<p:resetResponse><p:status>Accepted</p:status></p:resetResponse>'),
      /is none to ClearCache but a response of Reset/,
    ],
    [
      'another version',
      200,
      reply('<p:clearCacheResponse><p:status>Accepted</p:status></p:clearCacheResponse>', '2012/06'),
      /is none: clearCacheResponse of urn:\/\/Ocpp\/Cp\/2012\/06/,
    ],
    ['an empty body', 200, reply(''), /is none: the body is empty/],
  ])('that is %s is none', async (_what, status, body, reason) => {
    const [opened] = await session(await service((response) => response.writeHead(status).end(body)));
    clearCache(opened);
    expect(await answered(opened)).toEqual([4, 'c1', 'FormationViolation', expect.stringMatching(reason), {}]);
    // The Journal has it all the same.
    expect(opened.link.wire?.text('in', 'CallError', 'c1', 'ClearCache', '{}')).toBe(body);
  });

  it('without any header, or in a Fault, is one', async () => {
    let body = reply('<p:clearCacheResponse><p:status>Rejected</p:status></p:clearCacheResponse>').replace(
      /<s:Header>.*<\/s:Header>/,
      '',
    );
    const [opened] = await session(await service((response) => response.end(body)));
    clearCache(opened);
    expect(await answered(opened)).toEqual([3, 'c1', { status: 'Rejected' }]);
    expect(served.deviations).toEqual(['soapMissingHeader']);
    body =
      '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>s:Server</faultcode><faultstring>no</faultstring><detail><NotSupported/></detail></s:Fault></s:Body></s:Envelope>';
    opened.frames.length = 0;
    clearCache(opened, 'c2');
    expect(await answered(opened)).toEqual([4, 'c2', 'NotSupported', 'no', {}]);
  });

  it('of a strict station is as it has to be', async () => {
    const [opened] = await session(
      await service((response) => response.end(cleared.replaceAll('clearCacheResponse', 'clearCacheConfirmation'))),
    );
    clearCache(opened);
    expect(await answered(opened)).toEqual([3, 'c1', { status: 'Accepted' }]);
    opened.link.configure?.(facts({ strict: true }));
    opened.frames.length = 0;
    clearCache(opened, 'c2');
    expect(await answered(opened)).toEqual([
      4,
      'c2',
      'FormationViolation',
      expect.stringContaining('soapConfirmation'),
      {},
    ]);
  });
});

describe('without an answer', () => {
  it('the station may have got the Call once there was a connection', async () => {
    const [opened] = await session(await service((response) => response.destroy()));
    clearCache(opened);
    expect(await lost(opened)).toMatchObject({
      id: 'c1',
      sent: true,
      reason: expect.stringContaining('did not answer'),
    });
  });

  it('which is too large, it may have too', async () => {
    const [opened] = await session(await service((response) => response.end('x'.repeat(300_000))));
    clearCache(opened);
    expect(await lost(opened)).toMatchObject({ sent: true, reason: expect.stringContaining('larger than') });
  });

  it('it has not while nobody could be reached; there is one more try after its next message', async () => {
    let calls = 0;
    const [opened, s] = await session('http://127.0.0.1:1/');
    clearCache(opened);
    await new Promise((resolve) => setTimeout(resolve, 50));
    s.from = await service((response) => {
      calls++;
      response.end(cleared);
    });
    await s.send('Heartbeat');
    expect((await until(() => opened.frames[1], 'the answer')).slice(0, 2)).toEqual([3, 'c1']);
    expect(calls).toBe(1);
    s.from = 'http://127.0.0.1:1/';
    await s.send('Heartbeat');
    clearCache(opened, 'c2');
    await new Promise((resolve) => setTimeout(resolve, 50));
    await s.send('Heartbeat');
    expect(await lost(opened)).toMatchObject({
      id: 'c2',
      sent: false,
      reason: expect.stringContaining('cannot be reached'),
    });
  });

  it('it is given up: what was not sent never will be, and what was on its way is cut off', async () => {
    let closed = 0;
    let calls = 0;
    const [opened, s] = await session(
      await service((response) => {
        calls++;
        response.once('close', () => closed++);
      }),
    );
    clearCache(opened);
    await until(() => calls === 1, 'the Call');
    expect(opened.link.giveUp?.('c1')).toBeUndefined();
    await until(() => closed === 1, 'the end of the connection');
    s.from = 'http://127.0.0.1:1/';
    await s.send('Heartbeat');
    clearCache(opened, 'c2');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(opened.link.giveUp?.('c2')).toContain('cannot be reached');
    s.from = await service(() => calls++);
    await s.send('Heartbeat');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([calls, opened.lost]).toEqual([1, []]);
  });

  it('it has not while the connection is being made', async () => {
    // TLS to somebody who never says anything.
    const silent = createTcpServer((socket) => void servers.push({ close: () => socket.destroy() }));
    const [opened] = await session(`https://127.0.0.1:${await portOf(silent)}/`);
    clearCache(opened);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(opened.link.giveUp?.('c1')).toContain('no connection');
  });

  it('it is over with the session', async () => {
    let closed = 0;
    const [opened] = await session(await service((response) => void response.once('close', () => closed++)));
    clearCache(opened);
    await new Promise((resolve) => setTimeout(resolve, 50));
    opened.link.close(1001, 'replaced');
    await until(() => closed === 1, 'the end of the connection');
    expect([opened.lost, opened.frames]).toEqual([[], []]);
  });
});
