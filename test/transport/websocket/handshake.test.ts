import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { Admission } from '../../../src/gateway/ports.ts';
import { stationHttpOptions } from '../../../src/transport/websocket/server.ts';
import { acceptedKey, admitFirstKnown, FakeDoor, handshake, RawStation, serve, station, text } from './support.ts';

async function answer(port: number, request: string | Buffer): Promise<string> {
  return new RawStation(port).write(request).head();
}

const switching = (subprotocol?: string) =>
  [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${acceptedKey}`,
    ...(subprotocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${subprotocol}`]),
  ].join('\r\n');

describe('subprotocols', () => {
  it('answers with the token that the door chose, and only with that', async () => {
    const { port, door } = await serve();
    door.decide = ({ stationId }) => ({ kind: 'admitted', stationId, version: '2.0.1', subprotocol: 'ocpp2.0.1' });
    expect(await answer(port, handshake('/ocpp/CP1', 'ocpp2.1, ocpp2.0.1, ocpp1.6'))).toBe(switching('ocpp2.0.1'));
    expect(door.handshakes[0]?.offered).toEqual(['ocpp2.1', 'ocpp2.0.1', 'ocpp1.6']);
  });

  it('passes unknown ones over', async () => {
    const { port } = await serve();
    expect(await answer(port, handshake('/ocpp/CP1', 'foo, ocpp1.6'))).toBe(switching('ocpp1.6'));
  });

  it('echoes the spelling of the client, and takes several header lines, blanks and repetitions', async () => {
    const { port, door } = await serve();
    expect(
      await answer(port, handshake('/ocpp/CP1', ' foo ,, OCPP1.6', 'Sec-WebSocket-Protocol: OCPP1.6,ocpp2.0.1')),
    ).toBe(switching('OCPP1.6'));
    expect(door.handshakes[0]?.offered).toEqual(['foo', 'OCPP1.6', 'OCPP1.6', 'ocpp2.0.1']);
  });

  it('completes the handshake without the header and closes when none is common', async () => {
    const { port, door } = await serve();
    const raw = new RawStation(port).write(handshake('/ocpp/CP1', 'ocpp1.2'));
    expect(await raw.head()).toBe(switching());
    expect(await raw.closeFrame()).toMatchObject({ code: 1002 });
    raw.write(Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xea]));
    await raw.end();
    expect(door.sessions).toEqual([]);
  });

  it('sends no header to a station whose Version was assumed', async () => {
    const { port, door } = await serve();
    door.decide = ({ stationId }) => ({ kind: 'admitted', stationId, version: '1.6', subprotocol: undefined });
    const raw = new RawStation(port).write(handshake('/ocpp/CP1', null));
    expect(await raw.head()).toBe(switching());
    expect(door.handshakes[0]?.offered).toEqual([]);
    door.sessions[0]!.link.send('[2,"1","Reset",{}]');
    expect(await raw.text()).toBe('[2,"1","Reset",{}]');
  });
});

describe('what stations get wrong in the handshake', () => {
  it('decodes the identity behind a doubled and a trailing slash', async () => {
    const { port, door, deviations } = await serve();
    expect(await answer(port, handshake('/ocpp//RDAM%20123/'))).toBe(switching('ocpp1.6'));
    expect(door.handshakes[0]?.stationId).toBe('RDAM 123');
    expect(door.handshakes[0]?.remoteAddress).toBe('127.0.0.1');
    expect(deviations).toEqual(['RDAM 123:doubledSlash', 'RDAM 123:trailingSlash']);
  });

  it.each([
    ['GET /ocpp/RDAM 123 HTTP/1.1', 'RDAM 123', 'identityNotEncoded'],
    ['GET /ocpp/Garage  Süd HTTP/1.1', 'Garage  Süd', 'identityNotEncoded'],
    ['GET ws://csms.example.com:9000/ocpp/CP1 HTTP/1.1', 'CP1', 'absoluteRequestTarget'],
  ])('understands %s', async (line, stationId, deviation) => {
    const { port, door, deviations } = await serve();
    const raw = new RawStation(port).write(handshake('/x').replace(/^.*(?=\r)/, line));
    expect(await raw.head()).toBe(switching('ocpp1.6'));
    expect(door.handshakes[0]?.stationId).toBe(stationId);
    door.sessions[0]!.onFrame = () => door.sessions[0]!.link.send('hello');
    raw.write(text('[2,"1","Heartbeat",{}]'));
    expect(await raw.text()).toBe('hello');
    expect(deviations).toEqual([`${stationId}:${deviation}`]);
  });

  it('does without Connection: Upgrade', async () => {
    const { port, deviations } = await serve();
    expect(await answer(port, handshake('/ocpp/CP1').replace('Connection: Upgrade\r\n', ''))).toBe(
      switching('ocpp1.6'),
    );
    expect(await answer(port, handshake('/ocpp/CP2').replace('Connection: Upgrade', 'Connection: keep-alive'))).toBe(
      switching('ocpp1.6'),
    );
    expect(
      await answer(port, handshake('/ocpp/CP3').replace('Connection: Upgrade', 'Connection: keep-alive, upgrade')),
    ).toBe(switching('ocpp1.6'));
    expect(deviations).toEqual(['CP1:connectionHeaderMissing', 'CP2:connectionHeaderMissing']);
  });

  it('does without Host', async () => {
    const { port } = await serve();
    expect(await answer(port, handshake('/ocpp/CP1').replace(/Host: .*\r\n/, ''))).toBe(switching('ocpp1.6'));
  });

  it('takes frames that were sent without waiting for the answer', async () => {
    const { port, door } = await serve();
    const raw = new RawStation(port).write(
      Buffer.concat([Buffer.from(handshake('/ocpp/CP1')), text('[2,"1","Heartbeat",{}]')]),
    );
    await raw.head();
    raw.write(text('[2,"2","Heartbeat",{}]'));
    door.sessions[0]!.link.send('pong');
    await raw.text();
    await expect.poll(() => door.sessions[0]!.frames).toEqual(['[2,"1","Heartbeat",{}]', '[2,"2","Heartbeat",{}]']);
  });
});

describe('Basic authentication', () => {
  const basic = (bytes: Buffer) => `Authorization: Basic ${bytes.toString('base64')}`;

  it('keeps a binary password as bytes, and splits at the first colon', async () => {
    const { port, door } = await serve();
    const password = Buffer.from('00ff3a80c3283a0d0a7fffe0a1b2c3d4e5f60718', 'hex');
    await answer(port, handshake('/ocpp/CP1', 'ocpp1.6', basic(Buffer.concat([Buffer.from('CP1:'), password]))));
    expect(door.handshakes[0]?.credentials?.user.toString()).toBe('CP1');
    expect(door.handshakes[0]?.credentials?.password).toEqual(password);
  });

  it.each(['Authorization: Bearer abc', 'Authorization: Basic', `Authorization: Basic ${btoa('nocolon')}`])(
    'treats an unreadable header as none: %s',
    async (header) => {
      const { port, door } = await serve();
      await answer(port, handshake('/ocpp/CP1', 'ocpp1.6', header));
      expect(door.handshakes[0]?.credentials).toBeUndefined();
    },
  );
});

describe('refusals', () => {
  const refuseWith = (status: 401 | 403 | 404 | 429 | 503, retryAfter?: number): Admission => ({
    kind: 'refused',
    status,
    reason: 'because',
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });

  it.each([
    [401, 'HTTP/1.1 401 Unauthorized', 'WWW-Authenticate: Basic realm="OCPP"'],
    [403, 'HTTP/1.1 403 Forbidden', undefined],
    [404, 'HTTP/1.1 404 Not Found', undefined],
    [429, 'HTTP/1.1 429 Too Many Requests', 'Retry-After: 7'],
    [503, 'HTTP/1.1 503 Service Unavailable', 'Retry-After: 7'],
  ] as const)('%i is plain HTTP', async (status, line, header) => {
    const { port, door, server } = await serve();
    door.decide = () => refuseWith(status, 7);
    const raw = new RawStation(port).write(
      handshake('/ocpp/nobody', 'ocpp1.6', 'Authorization: Basic bm9ib2R5OnNlY3JldA=='),
    );
    const lines = (await raw.head()).split('\r\n');
    expect(lines).toEqual([
      line,
      'Connection: close',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Length: 8',
      ...(header === undefined ? [] : [header]),
    ]);
    await raw.end();
    expect(raw.rest.toString()).toBe('because\n');
    expect(server.stats()).toMatchObject({ connections: 0, handshakes: 0, accepted: 0, refused: 1 });
  });

  it('answers 503 when the door fails, and logs why', async () => {
    const { port, door, logged } = await serve();
    door.decide = () => Promise.reject(new Error('database away'));
    expect(await answer(port, handshake('/ocpp/CP1'))).toMatch(/^HTTP\/1\.1 503 [\s\S]*Retry-After: 10/);
    expect(logged.join()).toContain('CP1');
  });

  it('closes with 1011 when the session cannot be opened, and stays up', async () => {
    const { port, door } = await serve();
    door.onOpen = () => {
      throw new Error('no');
    };
    const raw = new RawStation(port).write(handshake('/ocpp/CP1'));
    await raw.head();
    expect(await raw.closeFrame()).toMatchObject({ code: 1011 });
    door.onOpen = () => {};
    await station(port, 'CP2');
  });

  it.each([
    ['another WebSocket version', handshake('/ocpp/CP1').replace('Version: 13', 'Version: 8'), 426],
    ['no WebSocket version', handshake('/ocpp/CP1').replace(/Sec-WebSocket-Version.*\r\n/, ''), 426],
    ['no key', handshake('/ocpp/CP1').replace(/Sec-WebSocket-Key.*\r\n/, ''), 400],
    ['a short key', handshake('/ocpp/CP1').replace(/Key: .*/, 'Key: abc'), 400],
    ['no identity', handshake('/ocpp/'), 400],
    ['an overlong identity', handshake(`/ocpp/${'x'.repeat(300)}`), 400],
    ['a control character', handshake('/ocpp/CP%001'), 400],
    ['another path', handshake('/elsewhere/CP1'), 404],
    ['another method', handshake('/ocpp/CP1').replace('GET', 'PUT'), 405],
    ['an endless header', handshake('/ocpp/CP1', 'ocpp1.6', `X: ${'x'.repeat(20_000)}`), 431],
    ['garbage', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
    ['a repairable line with unrepairable headers', handshake('/ocpp/R 1').replace('Host:', 'Ho st:'), 400],
  ])('refuses %s', async (_, request, status) => {
    const { port, door } = await serve();
    const raw = new RawStation(port).write(Buffer.from(request, 'latin1'));
    expect(await raw.head()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    await raw.end();
    expect(door.handshakes).toEqual([]);
  });

  it('names the version it speaks', async () => {
    const { port } = await serve();
    const head = await answer(port, handshake('/ocpp/CP1').replace('Version: 13', 'Version: 8'));
    expect(head).toContain('Sec-WebSocket-Version: 13');
    expect(await answer(port, 'GET /ocpp/CP1 HTTP/1.1\r\nHost: x\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 426 [\s\S]*Sec-WebSocket-Version: 13/,
    );
  });
});

describe('sharing the port', () => {
  it('hands other paths to the request handler, also those that would like HTTP/2', async () => {
    const { port } = await serve({
      onRequest: (request, response) => {
        response.end(`${request.method} ${request.url}`);
      },
    });
    const raw = new RawStation(port).write(
      'POST /soap HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\n<>',
    );
    expect(await raw.head()).toMatch(/^HTTP\/1\.1 200 /);
    await expect.poll(() => raw.rest.toString()).toBe('POST /soap');
  });

  it('answers 404 without one', async () => {
    const { port } = await serve();
    expect(await answer(port, 'GET /soap HTTP/1.1\r\nHost: x\r\n\r\n')).toMatch(/^HTTP\/1\.1 404 /);
  });

  it('listens with a server that is passed in', async () => {
    const { port } = await serve({ httpServer: createServer(stationHttpOptions) });
    expect(await answer(port, handshake('/ocpp/CP1'))).toBe(switching('ocpp1.6'));
  });

  it('does not wait for ever for the end of a request', async () => {
    const httpServer = createServer({ ...stationHttpOptions, headersTimeout: 30, connectionsCheckingInterval: 10 });
    const { port } = await serve({ httpServer });
    expect(await answer(port, handshake('/ocpp/CP1').slice(0, -2))).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('rejects when the port is taken', async () => {
    const { port } = await serve();
    await expect(serve({ port })).rejects.toThrow(/EADDRINUSE/);
  });
});

describe('waiting at the door', () => {
  /** A door that decides when told to. */
  function slowDoor() {
    const door = new FakeDoor();
    const pending: (() => void)[] = [];
    door.decide = (arrival) =>
      new Promise((resolve) => {
        pending.push(() => resolve(admitFirstKnown(arrival)));
      });
    return { door, pending };
  }

  it.each(['end', 'destroy', 'resetAndDestroy'] as const)(
    'opens no session for a peer that is gone: %s',
    async (leave) => {
      const { door, pending } = slowDoor();
      const { port, server } = await serve({ door });
      const raw = new RawStation(port).write(handshake('/ocpp/CP1'));
      await expect.poll(() => pending.length).toBe(1);
      raw.socket[leave]();
      // The server has seen it go when it has served the one that came after.
      const later = new RawStation(port).write(handshake('/ocpp/CP2'));
      await expect.poll(() => pending.length).toBe(2);
      pending[1]!();
      await later.head();
      pending[0]!();
      await expect.poll(() => server.stats().handshakes).toBe(0);
      expect(door.sessions.map(({ admission }) => admission.stationId)).toEqual(['CP2']);
      expect(server.stats()).toMatchObject({ connections: 1, accepted: 1, refused: 1 });
    },
  );

  it('decides on a bounded number at a time, in order, and refuses none that may wait', async () => {
    const { door, pending } = slowDoor();
    const { port, server } = await serve({ door, maxHandshakes: 2, maxWaitingHandshakes: 3 });
    const raws: RawStation[] = [];
    for (let index = 0; index < 6; index++) {
      raws.push(new RawStation(port).write(handshake(`/ocpp/CP${index}`)));
      const arrived = Math.min(index + 1, 5);
      await expect.poll(() => server.stats()).toMatchObject({ handshakes: arrived, refused: index === 5 ? 1 : 0 });
    }
    expect(await raws[5]!.head()).toMatch(/^HTTP\/1\.1 503 [\s\S]*Retry-After: /);
    for (let index = 0; index < 5; index++) {
      await expect.poll(() => pending.length).toBeGreaterThan(index);
      expect(pending.length).toBeLessThanOrEqual(index + 2);
      pending[index]!();
      expect(await raws[index]!.head()).toBe(switching('ocpp1.6'));
    }
    expect(door.handshakes.map(({ stationId }) => stationId)).toEqual(['CP0', 'CP1', 'CP2', 'CP3', 'CP4']);
  });

  it('forgets those that leave while they wait', async () => {
    const { door, pending } = slowDoor();
    const { port, server } = await serve({ door, maxHandshakes: 1 });
    new RawStation(port).write(handshake('/ocpp/CP0'));
    await expect.poll(() => pending.length).toBe(1);
    const impatient = new RawStation(port).write(handshake('/ocpp/CP1'));
    await expect.poll(() => server.stats().handshakes).toBe(2);
    impatient.socket.resetAndDestroy();
    await expect.poll(() => server.stats().handshakes).toBe(1);
    pending[0]!();
    await expect.poll(() => server.stats().accepted).toBe(1);
    expect(door.handshakes.length).toBe(1);
  });

  it('answers 503 when a decision takes too long, and lets the next in', async () => {
    const { door, pending } = slowDoor();
    const { port, server } = await serve({ door, maxHandshakes: 1, handshakeTimeoutMs: 50, pingIntervalMs: 640 });
    const raw = new RawStation(port).write(handshake('/ocpp/CP0'));
    expect(await raw.head()).toMatch(/^HTTP\/1\.1 503 /);
    const next = new RawStation(port).write(handshake('/ocpp/CP1'));
    await expect.poll(() => pending.length).toBe(2);
    pending[1]!();
    expect(await next.head()).toBe(switching('ocpp1.6'));
    pending[0]!(); // too late
    await expect.poll(() => server.stats().handshakes).toBe(0);
    expect(door.sessions.length).toBe(1);
  });
});
