/** The service that stations call: HTTP as it comes over the wire, what is answered, what is kept, and what it never costs. */
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { deflateRawSync, deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../../support/gateway.ts';
import { type HttpAnswer, post, textOf } from '../../support/soap.ts';
import { type FakeSession, type Frame, facts, type Served, serve } from './support.ts';

let served: Served;
afterEach(() => served.close());

const neverAnswers = (): void => {};

/** Writes bytes to one connection and reads what comes back. */
async function raw(
  port: number,
): Promise<{ socket: Socket; text: () => string; write: (data: string | Buffer) => void }> {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.setEncoding('latin1').on('data', (data: string) => {
    received += data;
  });
  socket.on('error', () => {});
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
  return { socket, text: () => received, write: (data) => void socket.write(data) };
}

const head = (length: number, headers: Record<string, string> = {}, path = '/soap'): string =>
  [
    `POST ${path} HTTP/1.1`,
    'Host: x',
    `Content-Length: ${length}`,
    'Content-Type: application/soap+xml; charset=utf-8',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    '\r\n',
  ].join('\r\n');

const actions = ({ frames }: FakeSession): string[] => frames.map(([, , action]) => action);

describe('order', () => {
  it('of requests is that of their arrival, also when some are compressed and one follows at the heels of the other', async () => {
    served = await serve();
    const s = served.station('CP1');
    const large = gzipSync(s.envelope('DataTransfer', `<c:vendorId>${'v'.repeat(100_000)}</c:vendorId>`));
    const parts: Buffer[] = [];
    for (let n = 0; n < 5; n++) {
      const small = Buffer.from(s.envelope('Heartbeat', ''));
      parts.push(Buffer.from(head(large.length, { 'Content-Encoding': 'gzip' })), large);
      parts.push(Buffer.from(head(small.length)), small);
    }
    const { write, text, socket } = await raw(served.port);
    write(Buffer.concat(parts));
    await until(() => text().split('HTTP/1.1 200').length === 11, 'all answers');
    socket.destroy();
    const [session] = served.door.sessions as [FakeSession];
    expect(actions(session)).toEqual(Array(5).fill(['DataTransfer', 'Heartbeat']).flat());
    expect([...text().matchAll(/<a:RelatesTo>urn:uuid:CP1-(\d+)/g)].map(([, n]) => Number(n))).toEqual([
      1, 2, 1, 3, 1, 4, 1, 5, 1, 6,
    ]);
  });

  it('of answers does not matter: each goes to its own request', async () => {
    served = await serve();
    const waiting: Frame[] = [];
    served.door.onFrame = (_session, frame) => void waiting.push(frame);
    const s = served.station('CP1');
    const answers = [s.send('Heartbeat'), s.send('Authorize', { idTag: 'AB' })];
    await until(() => waiting.length === 2, 'both requests');
    const [session] = served.door.sessions as [FakeSession];
    for (const [, id, action] of waiting.toReversed())
      session.answer(id, action === 'Heartbeat' ? { currentTime: 'now' } : { idTagInfo: { status: 'Invalid' } });
    const [heartbeat, authorize] = await Promise.all(answers);
    expect(heartbeat?.text).toContain('heartbeatResponse');
    expect(authorize?.text).toContain('authorizeResponse');
  });
});

describe('HTTP', () => {
  it('connections are kept, whatever was sent over them', async () => {
    served = await serve();
    const s = served.station('CP1');
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const send = (body: string): Promise<{ status: number; port: number | undefined }> =>
      new Promise((resolve, reject) => {
        const outgoing = request(served.url, { method: 'POST', agent }, (response) => {
          const port = response.socket.localPort;
          response.resume().once('end', () => resolve({ status: response.statusCode ?? 0, port }));
        });
        outgoing.once('error', reject);
        outgoing.end(body);
      });
    const answers = [
      await send(s.envelope('Heartbeat', '')),
      await send('<no xml'),
      await send('<x/>'),
      await send(s.envelope('Heartbeat', '')),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 400, 500, 200]);
    expect(new Set(answers.map(({ port }) => port)).size).toBe(1);
    agent.destroy();
  });

  it.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['Identity', Buffer.from],
  ] as const)('takes bodies in %s', async (coding, encode) => {
    served = await serve();
    const s = served.station('CP1');
    const body = encode(Buffer.from(s.envelope('Heartbeat', '')));
    expect((await post(s.url, body, { 'Content-Encoding': coding })).status).toBe(200);
  });

  it.each([
    ['gzip, deflate', 'gzip', gunzipSync],
    ['deflate', 'deflate', inflateSync],
    ['gzip;q=0, deflate', 'deflate', inflateSync],
    ['gzip;q=0.0, deflate;q=0', undefined, undefined],
    ['br', undefined, undefined],
  ] as const)('answers those who accept "%s" in %s', async (accepted, coding, decode) => {
    served = await serve();
    served.door.onFrame = (session, [, id]) => session.answer(id, { status: 'Accepted', data: 'd'.repeat(2000) });
    const s = served.station('CP1');
    const [status, headers, body] = await new Promise<[number, Record<string, unknown>, Buffer]>((resolve, reject) => {
      const outgoing = request(s.url, { method: 'POST', headers: { 'Accept-Encoding': accepted } }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.once('end', () => resolve([response.statusCode ?? 0, response.headers, Buffer.concat(parts)]));
      });
      outgoing.once('error', reject);
      outgoing.end(s.envelope('DataTransfer', '<c:vendorId>V</c:vendorId>'));
    });
    expect(status).toBe(200);
    expect(headers['content-encoding']).toBe(coding);
    expect((decode === undefined ? body : decode(body)).toString()).toContain('dataTransferResponse');
  });

  it.each([
    ['its header', { 'Content-Type': 'text/xml; charset=ISO-8859-1' }, (text: string) => Buffer.from(text, 'latin1')],
    [
      'its declaration',
      { 'Content-Type': 'application/soap+xml' },
      (text: string) => Buffer.from(text.replace('encoding="UTF-8"', "encoding='iso-8859-1'"), 'latin1'),
    ],
    ['a byte order mark', {}, (text: string) => Buffer.from(`\ufeff${text.replace('UTF-8', 'UTF-16')}`, 'utf16le')],
    ['nothing', { 'Content-Type': 'text/xml; charset=martian' }, (text: string) => Buffer.from(text)],
  ] as const)('reads the encoding that %s names', async (_what, headers, encode) => {
    served = await serve();
    const s = served.station('CP1');
    const answer = await post(s.url, encode(s.envelope('Authorize', '<c:idTag>MÜLLER</c:idTag>')), headers);
    expect(answer.status).toBe(200);
    expect(served.door.sessions[0]?.frames[0]?.[3]).toEqual({ idTag: 'MÜLLER' });
  });

  it('takes a complete URL as its target, doubled slashes, a slash at the end', async () => {
    served = await serve();
    const s = served.station('CP1');
    for (const path of [`http://gateway:9000/soap`, '//soap', '/soap/', '/soap?wsdl']) {
      const { write, text, socket } = await raw(served.port);
      const body = s.envelope('Heartbeat', '');
      write(head(Buffer.byteLength(body), {}, path) + body);
      await until(() => text().startsWith('HTTP/1.1 200'), `an answer at ${path}`);
      socket.destroy();
    }
    expect((await post(served.url.replace('/soap', '/soapy'), 'x')).status).toBe(404);
  });
});

describe('what is not answered', () => {
  it('gets 503 without a Fault after a time, and an answer that comes later goes nowhere', async () => {
    served = await serve({ answerTimeoutMs: 100 });
    served.door.onFrame = neverAnswers;
    const answer = await served.station('CP1').send('Heartbeat');
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('10');
    expect(answer.text).not.toContain('Fault');
    const [session] = served.door.sessions as [FakeSession];
    session.answer(session.frames[0]?.[1], { currentTime: 'late' });
    expect(session.endings).toEqual([]);
  });

  it('gets it at once when the session ends, for instance because the state could not be stored', async () => {
    served = await serve();
    served.door.onFrame = (session) => session.link.close(1011, 'the state of the station could not be stored');
    expect((await served.station('CP1').send('Heartbeat')).status).toBe(503);
    expect(served.soap.stations).toBe(0);
    served.door.onFrame = (session, [, id]) => session.answer(id, { currentTime: 'now' });
    expect((await served.station('CP1').send('Heartbeat')).status).toBe(200);
    expect(served.door.sessions).toHaveLength(2);
  });

  it('is forgotten when the station leaves', async () => {
    served = await serve({ maxWaiting: 2 });
    served.door.onFrame = neverAnswers;
    const s = served.station('CP1');
    const body = s.envelope('Heartbeat', '');
    for (let n = 0; n < 5; n++) {
      const { write, socket } = await raw(served.port);
      write(head(Buffer.byteLength(body)) + body);
      await until(() => served.door.sessions[0]?.frames.length === n + 1, 'the request');
      socket.destroy();
      await sleep(20);
    }
  });

  it('may be so many of one station', async () => {
    served = await serve({ maxWaiting: 2, answerTimeoutMs: 300 });
    served.door.onFrame = neverAnswers;
    const s = served.station('CP1');
    const first = [s.send('Heartbeat'), s.send('Heartbeat')];
    await until(() => served.door.sessions[0]?.frames.length === 2, 'two requests');
    expect((await s.send('Heartbeat')).text).toContain('2 messages of the station wait');
    await Promise.all(first);
    expect(served.door.sessions[0]?.frames).toHaveLength(2);
  });

  it('is an error that the gateway did not catch: it costs the session and nothing else', async () => {
    served = await serve();
    served.door.onFrame = () => {
      throw new Error('defect');
    };
    expect((await served.station('CP1').send('Heartbeat')).status).toBe(503);
    expect(served.door.sessions[0]?.endings).toEqual([{ code: 1011, reason: 'internal error' }]);
    expect(served.logged.join()).toContain('could not be handled');
  });
});

describe('what could not be stored', () => {
  it('is answered with a Fault although the Journal was to have the good answer', async () => {
    served = await serve();
    served.door.onFrame = ({ link }, [, id]) => {
      const good = link.wire?.text('out', 'CallResult', id, 'Authorize', '{"idTagInfo":{"status":"Accepted"}}');
      expect(good).toContain('authorizeResponse');
      link.send(JSON.stringify([4, id, 'InternalError', 'the message could not be stored', {}]));
    };
    const answer = await served.station('CP1').send('Authorize', { idTag: 'AB' });
    expect(answer.status).toBe(500);
    expect(answer.text).toContain('InternalError');
    expect(answer.text).not.toContain('authorizeResponse');
  });

  it('is what the Journal gets when it is: request, answer and Fault to the letter', async () => {
    served = await serve();
    const recorded: (string | undefined)[] = [];
    served.door.onFrame = ({ link }, [, id, action, payload]) => {
      recorded.push(link.wire?.text('in', 'Call', id, action, JSON.stringify(payload)));
      if (action === 'Heartbeat') {
        recorded.push(link.wire?.text('out', 'CallResult', id, action, '{"currentTime":"2026-01-05T10:00:00Z"}'));
        link.send(`[3,${JSON.stringify(id)},{"currentTime":"2026-01-05T10:00:00Z"}]`);
      } else {
        const error = { code: 'NotSupported', description: 'no <such>', details: {} };
        recorded.push(link.wire?.text('out', 'CallError', id, action, JSON.stringify(error)));
        link.send(JSON.stringify([4, id, error.code, error.description, {}]));
      }
    };
    const s = served.station('CP1');
    const envelopes = [s.envelope('Heartbeat', ''), s.envelope('Authorize', '<c:idTag>AB</c:idTag>')];
    const answers: HttpAnswer[] = [];
    for (const envelope of envelopes) answers.push(await post(s.url, envelope));
    expect(recorded).toEqual([envelopes[0], answers[0]?.text, envelopes[1], answers[1]?.text]);
    expect(answers[1]?.text).toContain('no &lt;such&gt;');
  });
});

describe('who comes in', () => {
  it('is told by the header, else by the end of the path, with the bytes of its password', async () => {
    served = await serve();
    const s = served.station('CP1');
    const authorization = `Basic ${Buffer.concat([Buffer.from('CP1:'), Buffer.from([1, 0x3a, 0xff])]).toString('base64')}`;
    await post(s.url, s.envelope('Heartbeat', ''), { authorization });
    await post(`${s.url}/CP%201`, s.envelope('Heartbeat', '', ' '));
    expect(served.door.handshakes).toMatchObject([
      {
        stationId: 'CP1',
        offered: ['ocpp1.6'],
        credentials: { password: Buffer.from([1, 0x3a, 0xff]) },
        remoteAddress: '127.0.0.1',
      },
      { stationId: 'CP 1', credentials: undefined },
    ]);
  });

  it.each([
    ['none at all', ' ', 'chargeBoxIdentity is missing'],
    ['a control character', '<chargeBoxIdentity>a&#x9;b</chargeBoxIdentity>', 'control characters'],
    ['too much', `<chargeBoxIdentity>${'x'.repeat(256)}</chargeBoxIdentity>`, 'longer than 255'],
  ])('has an identity: %s is a Fault', async (_what, headers, reason) => {
    served = await serve();
    const s = served.station('CP1');
    const answer = await post(s.url, s.envelope('Heartbeat', '', headers));
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('IdentityMismatch');
    expect(answer.text).toContain(reason);
    expect(served.door.handshakes).toEqual([]);
  });

  it.each([
    [{ kind: 'refused', status: 401, reason: 'wrong or missing password' }, 401, 'SecurityError'],
    [{ kind: 'refused', status: 404, reason: 'unknown station' }, 400, 'IdentityMismatch'],
    [{ kind: 'refused', status: 403, reason: 'not here' }, 400, 'IdentityMismatch'],
    [{ kind: 'refused', status: 503, reason: 'storage does not answer', retryAfter: 4.2 }, 503, 'storage does not'],
    [{ kind: 'noSubprotocol' }, 500, 'NotSupported'],
  ] as const)('is the door to decide: %j', async (admission, status, text) => {
    served = await serve();
    served.door.decide = () => admission;
    const answer = await served.station('CP1').send('Heartbeat');
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(text);
    expect(answer.headers['www-authenticate']).toBe(status === 401 ? 'Basic realm="OCPP"' : undefined);
    expect(answer.headers['retry-after']).toBe(status === 503 ? '5' : undefined);
    expect(served.door.sessions).toEqual([]);
    expect(served.logged.join()).not.toContain('Basic');
  });

  it('says what its Version has over SOAP: the security extension of 1.6 is none of it', async () => {
    served = await serve();
    const s = served.station('CP1');
    const answer = await s.send('SecurityEventNotification', { type: 'X', timestamp: '2026-01-05T10:00:00Z' });
    expect(answer.status).toBe(500);
    expect(answer.text).toContain('NotSupported');
    served.door.onFrame = (session, [, id]) => session.link.send(JSON.stringify([4, id, 'NotSupported', 'no', {}]));
    expect((await s.send('Reset', { type: 'Hard' })).text).toContain('NotSupported');
    expect(actions(served.door.sessions[0] as FakeSession)).toEqual(['Reset']);
  });
});

describe('strict stations', () => {
  it.each([
    ['no MessageID', (s: string) => s.replace(/<a:MessageID>.*<\/a:MessageID>/, '')],
    ['no Action', (s: string) => s.replace(/<a:Action.*<\/a:Action>/, '')],
    [
      'SOAP 1.1',
      (s: string) =>
        s.replaceAll('http://www.w3.org/2003/05/soap-envelope', 'http://schemas.xmlsoap.org/soap/envelope/'),
    ],
    ['the namespace of the other service', (s: string) => s.replaceAll('urn://Ocpp/Cs/', 'urn://Ocpp/Cp/')],
  ])('may not send: %s', async (_what, change) => {
    served = await serve();
    const s = served.station('CP1');
    const envelope = s.envelope('Heartbeat', '');
    expect((await post(s.url, change(envelope))).status).toBe(200);
    served.door.facts = facts({ strict: true });
    const refused = await post(s.url, change(envelope));
    expect(refused.status).toBe(_what === 'SOAP 1.1' ? 500 : 400);
    expect(refused.text).toContain('ProtocolError');
    expect(refused.text).toContain('strict');
    expect((await post(s.url, envelope)).status).toBe(200);
    expect(served.deviations).toHaveLength(2);
  });
});

describe('sessions', () => {
  it('last two heartbeat intervals after the last message, or twice what the station was told', async () => {
    served = await serve({ heartbeatInterval: 0.2, sweepMs: 20 });
    const s = served.station('CP1');
    const sent = Date.now();
    await s.send('Heartbeat');
    const [session] = served.door.sessions as [FakeSession];
    await until(() => session.endings.length === 1, 'the end');
    expect(Date.now() - sent).toBeGreaterThanOrEqual(400);
    expect(session.endings[0]?.reason).toContain('two heartbeat intervals');
    served.door.onFrame = (now, [, id]) =>
      now.answer(id, { status: 'Accepted', currentTime: '2026-01-05T10:00:00Z', interval: 60 });
    await s.boot();
    await sleep(600);
    expect(served.door.sessions[1]?.endings).toEqual([]);
    // What a command of the operator tells it counts as well.
    await s.listen();
    await s.send('Heartbeat');
    const { link } = served.door.sessions[1] as FakeSession;
    link.send(JSON.stringify([2, 'c1', 'ChangeConfiguration', { key: 'HeartBeatInterval', value: '0.1' }]));
    await until(() => served.door.sessions[1]?.endings.length === 1, 'the end');
  });

  it('are so many at once: strangers go first, then those heard of longest ago', async () => {
    served = await serve({ maxSessions: 3 });
    const send = async (id: string, isAccepted: boolean): Promise<void> => {
      served.door.facts = facts({ isAccepted });
      await served.station(id).send('Heartbeat');
    };
    await send('A', true);
    await send('B', true);
    for (let n = 0; n < 20; n++) await send(`stranger-${n}`, false);
    expect(served.soap.stations).toBe(3);
    await send('C', true);
    await send('A', true);
    await send('D', true);
    const ended = served.door.sessions
      .filter(({ endings }) => endings.length > 0)
      .map(({ link }) => (link as { id?: string }).id);
    expect(ended).toEqual(
      ['B', ...Array.from({ length: 20 }, (_, n) => `stranger-${n}`)].filter((id) => ended.includes(id)),
    );
    expect(ended).toHaveLength(21);
    expect(ended).toContain('B');
  });

  it('tell what a later one has to know, and go on from it', async () => {
    served = await serve();
    const s = served.station('CP1', '1.5');
    s.from = 'http://127.0.0.1:1/cp';
    await post(
      s.url,
      s
        .envelope('Heartbeat', '')
        .replaceAll('http://www.w3.org/2003/05/soap-envelope', 'http://schemas.xmlsoap.org/soap/envelope/'),
    );
    await s.send('Heartbeat');
    s.from = undefined;
    await s.send('Heartbeat');
    const [session] = served.door.sessions as [FakeSession];
    const [first, second] = session.remembered;
    expect(session.remembered).toHaveLength(2);
    expect(first).toEqual({
      from: 'http://127.0.0.1:1/cp',
      heardFrom: '127.0.0.1',
      soap: '1.1',
      addressing: 'http://www.w3.org/2005/08/addressing',
      interval: 300,
    });
    expect(second).toEqual({ ...first, soap: '1.2' });
    await served.close();

    const address = await s.listen();
    served = await serve();
    const lastSeenAt = Date.now() - 1000;
    const linkState = { ...first, from: address };
    served.door.earlier.push({
      kind: 'admitted',
      stationId: 'CP1',
      version: '1.5',
      subprotocol: undefined,
      facts: facts({ linkState, lastSeenAt }),
    });
    expect(await served.soap.resume()).toBe(1);
    const [resumed] = served.door.sessions as [FakeSession];
    expect(resumed.link).toMatchObject({ isCallable: true, remoteAddress: '127.0.0.1', lastSeen: lastSeenAt });
    resumed.link.send(JSON.stringify([2, 'c1', 'ClearCache', {}]));
    await until(() => resumed.frames.length === 1, 'the answer');
    expect(s.calls[0]).toContain('http://schemas.xmlsoap.org/soap/envelope/');
    await s.close();
  });
});

describe('memory', () => {
  it('is bounded for those who have not said who they are', async () => {
    served = await serve({ maxReading: 1000 });
    const s = served.station('CP1');
    const hog = await raw(served.port);
    hog.write(head(900) + 'x'.repeat(800));
    await sleep(50);
    const refused = await s.send('Heartbeat');
    expect(refused.status).toBe(503);
    expect(refused.text).toContain('too much is under way');
    hog.socket.destroy();
    await until(async () => (await s.send('Heartbeat')).status === 200, 'room');
  });

  it('a body is read up to the limit only, however it is sent', async () => {
    served = await serve();
    const { write, text, socket } = await raw(served.port);
    write('POST /soap HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
    for (let n = 0; n < 40 && !socket.destroyed && !text().includes('413'); n++) {
      write(chunk);
      await sleep(2);
    }
    await until(() => text().includes('HTTP/1.1 413'), 'the refusal');
    await until(() => socket.destroyed || socket.readableEnded, 'the end of the connection');
    expect((await served.station('CP1').send('Heartbeat')).status).toBe(200);
  });
});

describe('shutting down', () => {
  it('answers what is under way, takes nothing more, and ends the sessions', async () => {
    served = await serve();
    served.door.onFrame = neverAnswers;
    const s = served.station('CP1');
    const answer = s.send('Heartbeat');
    await until(() => served.door.sessions[0]?.frames.length === 1, 'the request');
    const closed = served.soap.close(1001, 'the gateway is going away');
    expect((await s.send('Heartbeat')).status).toBe(503);
    const [session] = served.door.sessions as [FakeSession];
    expect(session.endings).toEqual([]);
    session.answer(session.frames[0]?.[1], { currentTime: '2026-01-05T10:00:00Z' });
    const { status, headers, text } = await answer;
    expect([status, headers.connection]).toEqual([200, 'close']);
    expect(textOf(text, 'currentTime')).toBe('2026-01-05T10:00:00Z');
    await closed;
    expect(session.endings).toEqual([{ code: 1001, reason: 'the gateway is going away' }]);
  });

  it('waits so long and no longer', async () => {
    served = await serve();
    served.door.onFrame = neverAnswers;
    const answer = served.station('CP1').send('Heartbeat');
    await until(() => served.door.sessions[0]?.frames.length === 1, 'the request');
    await served.soap.close(1001, 'x', 50);
    expect((await answer).status).toBe(503);
  });
});
