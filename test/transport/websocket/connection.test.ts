import { randomBytes } from 'node:crypto';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { RPCClient } from 'ocpp-rpc';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { type FakeSession, frame, handshake, RawStation, serve, station, text, unmaskedText } from './support.ts';

const echo = (session: FakeSession) => {
  session.onFrame = (received) => session.link.send(received);
};

describe('frames', () => {
  it.each([0, 1, 125, 126, 65_535, 65_536, 200_000])('carries %i bytes both ways', async (length) => {
    const { port, door } = await serve();
    door.onOpen = echo;
    const raw = await station(port);
    raw.write(text('x'.repeat(length)));
    expect((await raw.text()).length).toBe(length);
  });

  it('carries what is not ASCII', async () => {
    const { port, door } = await serve();
    door.onOpen = echo;
    const raw = await station(port);
    for (const sample of ['é', '€', '🔌', 'ÿ'.repeat(70), `[2,"ä","DataTransfer",{"data":"${'日本'.repeat(200)}"}]`]) {
      raw.write(text(sample));
      expect(await raw.text()).toBe(sample);
    }
  });

  it('puts fragments together, with control frames between them', async () => {
    const { port, door } = await serve();
    const raw = await station(port);
    raw.write(
      Buffer.concat([
        frame(0x01, '[2,"1",'),
        frame(0x89, 'are you there'),
        frame(0x00, '"Heart'),
        frame(0x80, 'beat",{}]'),
      ]),
    );
    expect(await raw.frame()).toMatchObject({ first: 0x8a, payload: Buffer.from('are you there') });
    expect(door.sessions[0]!.frames).toEqual(['[2,"1","Heartbeat",{}]']);
  });

  it('takes frames apart that come byte by byte, and together', async () => {
    const { port, door } = await serve();
    door.onOpen = echo;
    const raw = await station(port);
    for (const byte of text('slow')) {
      raw.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await raw.text()).toBe('slow');
    raw.write(Buffer.concat([text('one'), text('two'), text('three')]));
    expect([await raw.text(), await raw.text(), await raw.text()]).toEqual(['one', 'two', 'three']);
  });

  it('takes text out of binary frames, counts it, and answers in text', async () => {
    const { port, door, deviations } = await serve();
    door.onOpen = echo;
    const raw = await station(port);
    raw.write(frame(0x82, '[2,"é","Heartbeat",{}]'));
    expect(await raw.text()).toBe('[2,"é","Heartbeat",{}]');
    expect(deviations).toEqual(['CP1:binaryFrame']);
  });

  it('answers a ping with its payload', async () => {
    const { port } = await serve();
    const raw = await station(port);
    raw.write(frame(0x89, 'abc'));
    expect(await raw.frame()).toMatchObject({ first: 0x8a, payload: Buffer.from('abc') });
  });
});

describe('what closes a connection', () => {
  const invalidUtf8 = Buffer.from([0x22, 0xc3, 0x28, 0x22]);
  it.each([
    ['a frame without a mask', () => unmaskedText('{}'), 1002],
    ['a reserved opcode', () => frame(0x83, ''), 1002],
    ['a reserved bit', () => frame(0xa1, '{}'), 1002],
    ['a continuation of nothing', () => frame(0x80, '{}'), 1002],
    ['a message inside a fragmented one', () => Buffer.concat([frame(0x01, '['), frame(0x81, '{}')]), 1002],
    ['a fragmented ping', () => frame(0x09, ''), 1002],
    ['a long ping', () => frame(0x89, 'x'.repeat(126)), 1002],
    ['a close code that may not be sent', () => frame(0x88, Buffer.from([0x03, 0xed])), 1002],
    ['invalid UTF-8', () => frame(0x81, invalidUtf8), 1007],
    ['invalid UTF-8 over fragments', () => Buffer.concat([frame(0x01, '\u00c3'), frame(0x80, invalidUtf8)]), 1007],
    ['a binary frame that is no text', () => frame(0x82, invalidUtf8), 1007],
    ['a frame over the limit of 1.6', () => text('x'.repeat(256 * 1024 + 1)), 1009],
    ['fragments over the limit of 1.6', () => [frame(0x01, 'x'.repeat(2e5)), frame(0x80, 'x'.repeat(2e5))], 1009],
    ['an endless frame', () => Buffer.from('81ff7fffffffffffffff00000000', 'hex'), 1009],
  ])('%s', async (_, bytes, code) => {
    const { port, door, server } = await serve();
    const other = await station(port, 'other');
    const raw = await station(port);
    const sent = bytes();
    raw.write(Array.isArray(sent) ? Buffer.concat(sent) : sent);
    expect(await raw.closeFrame()).toMatchObject({ code });
    raw.socket.end();
    await raw.end();
    const session = door.sessions[1]!;
    await expect.poll(() => session.endings).toEqual([{ code, reason: expect.any(String) }]);
    expect(session.frames).toEqual([]);
    expect(server.stats().connections).toBe(1);
    door.sessions[0]!.link.send('still here');
    expect(await other.text()).toBe('still here');
  });

  it('lets 2.x have larger frames', async () => {
    const { port, door } = await serve();
    const raw = await station(port, 'CP1', 'ocpp2.0.1');
    raw.write(text('x'.repeat(1024 * 1024)));
    await expect.poll(() => door.sessions[0]!.frames.map(({ length }) => length)).toEqual([1024 * 1024]);
    raw.write(text('x'.repeat(1024 * 1024 + 1)));
    expect(await raw.closeFrame()).toMatchObject({ code: 1009 });
  });

  it('counts compressed frames of a station that never offered compression', async () => {
    const { port, deviations } = await serve();
    const raw = await station(port);
    raw.write(frame(0xc1, 'xx'));
    expect(await raw.closeFrame()).toMatchObject({ code: 1002 });
    expect(deviations).toEqual(['CP1:compressedWithoutExtension']);
  });

  it('an error in the session ends that connection only', async () => {
    const { port, door, logged } = await serve();
    const other = await station(port, 'other');
    const raw = await station(port);
    door.sessions[1]!.onFrame = () => {
      throw new Error('a bug');
    };
    raw.write(Buffer.concat([text('{}'), text('{}')]));
    expect(await raw.closeFrame()).toMatchObject({ code: 1011 });
    raw.socket.destroy();
    await expect.poll(() => door.sessions[1]!.endings).toEqual([{ code: 1011, reason: 'internal error' }]);
    expect(door.sessions[1]!.frames).toEqual(['{}']);
    expect(logged.filter((line) => line.includes('"stationId":"CP1"')).length).toBeGreaterThan(0);
    door.sessions[0]!.link.send('still here');
    expect(await other.text()).toBe('still here');
  });
});

describe('closing', () => {
  it('tells the session what the station said', async () => {
    const { port, door } = await serve();
    const raw = await station(port);
    raw.write(frame(0x88, Buffer.concat([Buffer.from([0x03, 0xe8]), Buffer.from('bye')])));
    expect(await raw.closeFrame()).toEqual({ code: 1000, reason: 'bye' });
    await raw.end();
    await expect.poll(() => door.sessions[0]!.endings).toEqual([{ code: 1000, reason: 'bye' }]);
  });

  it.each(['end', 'destroy', 'resetAndDestroy'] as const)('is 1006 without a close frame: %s', async (leave) => {
    const { port, door } = await serve();
    const raw = await station(port);
    raw.socket[leave]();
    await expect.poll(() => door.sessions[0]!.endings).toMatchObject([{ code: 1006 }]);
  });

  it('sends code and reason, hands nothing over any more, and writes nothing after', async () => {
    const { port, door } = await serve();
    const raw = await station(port);
    const session = door.sessions[0]!;
    session.link.send('last');
    session.link.close(4001, 'superseded');
    session.link.send('too late');
    session.link.close(1000, 'again');
    raw.write(text('too late'));
    expect(await raw.text()).toBe('last');
    expect(await raw.closeFrame()).toEqual({ code: 4001, reason: 'superseded' });
    raw.write(frame(0x88, Buffer.from([0x0f, 0xa1])));
    await raw.end();
    expect(raw.rest.length).toBe(0);
    await expect.poll(() => session.endings).toEqual([{ code: 4001, reason: 'superseded' }]);
    expect(session.frames).toEqual([]);
    session.link.send('to nobody');
    session.link.close(1000, 'nobody');
  });

  it('cuts a long reason between characters', async () => {
    const { port, door } = await serve();
    const raw = await station(port);
    door.sessions[0]!.link.close(1000, '🔌'.repeat(40));
    expect(await raw.closeFrame()).toEqual({ code: 1000, reason: '🔌'.repeat(30) });
  });

  it('cuts the connection where a code may not be sent', async () => {
    const { port, door } = await serve();
    const raw = await station(port);
    door.sessions[0]!.link.close(1006, 'gone');
    await raw.end();
    await expect.poll(() => door.sessions[0]!.endings).toEqual([{ code: 1006, reason: 'gone' }]);
  });

  it('does not wait for ever for the answer of the station', async () => {
    const { port, door } = await serve({ closeGraceMs: 20 });
    const raw = await station(port);
    door.sessions[0]!.link.close(1001, 'superseded');
    await raw.closeFrame();
    await raw.end();
    await expect.poll(() => door.sessions[0]!.endings).toEqual([{ code: 1001, reason: 'superseded' }]);
  });

  it('an old connection closing late leaves a newer one of the same station alone', async () => {
    const { port, door, server } = await serve();
    const old = await station(port, 'CP1');
    const recent = await station(port, 'CP1');
    door.sessions[0]!.link.close(1001, 'superseded');
    await old.closeFrame();
    old.socket.destroy();
    await expect.poll(() => door.sessions[0]!.endings.length).toBe(1);
    expect(door.sessions[1]!.endings).toEqual([]);
    expect(server.stats().connections).toBe(1);
    door.sessions[1]!.link.send('you are it');
    expect(await recent.text()).toBe('you are it');
  });
});

describe('liveness', () => {
  it('pings, keeps those that answer or talk, and gives up those that are silent', async () => {
    const { port, door, logged } = await serve({ pingIntervalMs: 320 });
    const silent = await station(port, 'silent');
    const talking = await station(port, 'talking');
    const answering = new WebSocket(`ws://127.0.0.1:${port}/ocpp/answering`, ['ocpp1.6']);
    onTestFinished(() => answering.terminate());
    const talk = setInterval(() => talking.write(text('{}')), 50);
    onTestFinished(() => clearInterval(talk));
    let pings = 0;
    answering.on('ping', () => pings++);
    expect(await silent.frame()).toMatchObject({ first: 0x89 });
    await silent.end();
    await expect.poll(() => door.sessions[0]!.endings).toMatchObject([{ code: 1006 }]);
    await expect.poll(() => pings).toBeGreaterThan(3);
    expect(door.sessions.slice(1).map(({ endings }) => endings)).toEqual([[], []]);
    expect(logged.join()).toContain('silent');
  });
});

describe('a station that does not read', () => {
  it('is cut off, and the session is told', async () => {
    const { port, door, server } = await serve({ maxBufferedBytes: 100_000 });
    const raw = await station(port);
    raw.socket.pause();
    const session = door.sessions[0]!;
    const large = 'x'.repeat(50_000);
    for (let sent = 0; sent < 1000 && server.stats().connections === 1; sent++) {
      session.link.send(large);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await expect
      .poll(() => session.endings)
      .toEqual([{ code: 1013, reason: expect.stringContaining('does not read') }]);
    session.link.send('to nobody');
  });
});

describe('permessage-deflate', () => {
  const offer = (parameters: string) => `Sec-WebSocket-Extensions: ${parameters}`;
  async function negotiated(port: number, subprotocol: string, header: string): Promise<string | undefined> {
    const raw = new RawStation(port);
    const head = await raw.write(handshake('/ocpp/CP1', subprotocol, header)).head();
    expect(head).toMatch(/^HTTP\/1\.1 101 /);
    raw.socket.destroy();
    return /Sec-WebSocket-Extensions: (.*)/.exec(head)?.[1];
  }

  it.each([
    ['ocpp1.6', 'permessage-deflate', undefined],
    ['ocpp2.0.1', 'x-webkit-deflate-frame', undefined],
    ['ocpp2.0.1', 'permessage-deflate', ['client_no_context_takeover', 'server_no_context_takeover']],
    [
      'ocpp2.1',
      'permessage-deflate; client_max_window_bits; server_max_window_bits=10',
      ['client_no_context_takeover', 'server_max_window_bits=10', 'server_no_context_takeover'],
    ],
    // What cannot be accepted is declined, and the handshake goes on (RFC 7692 5.1).
    ['ocpp2.0.1', 'permessage-deflate; server_max_window_bits=8', undefined],
    ['ocpp2.0.1', 'permessage-deflate; server_max_window_bits=99', undefined],
    ['ocpp2.0.1', 'permessage-deflate; unheard_of', undefined],
    ['ocpp2.0.1', 'permessage-deflate; server_no_context_takeover; server_no_context_takeover', undefined],
    ['ocpp2.0.1', 'permessage-deflate; =;;=', undefined],
    [
      'ocpp2.0.1',
      'permessage-deflate; unheard_of, permessage-deflate; client_no_context_takeover',
      ['client_no_context_takeover', 'server_no_context_takeover'],
    ],
  ])('%s offering %s', async (subprotocol, parameters, expected) => {
    const { port } = await serve();
    const answer = await negotiated(port, subprotocol, offer(parameters));
    expect(answer?.split('; ').slice(1).sort()).toEqual(expected);
  });

  it('compresses from 1 kB on, within the window asked for', async () => {
    const { port, door } = await serve();
    const raw = await station(port, 'CP1', 'ocpp2.1', offer('permessage-deflate; server_max_window_bits=9'));
    const { link } = door.sessions[0]!;
    const long = `[2,"1","SetVariables",${JSON.stringify({ setVariableData: Array(100).fill({ value: 'wörd' }) })}]`;
    link.send('[3,"1",{}]');
    link.send(long);
    link.send('[3,"2",{}]');
    expect(await raw.text()).toBe('[3,"1",{}]');
    const { first, payload } = await raw.frame();
    expect(first).toBe(0xc1);
    expect(payload.length).toBeLessThan(long.length / 4);
    const inflated = inflateRawSync(Buffer.concat([payload, Buffer.from([0, 0, 0xff, 0xff])]), {
      windowBits: 9,
      finishFlush: constants.Z_SYNC_FLUSH,
    });
    expect(inflated.toString()).toBe(long);
    expect(await raw.text()).toBe('[3,"2",{}]');
  });

  it('inflates whole and fragmented messages', async () => {
    const { port, door } = await serve();
    const raw = await station(port, 'CP1', 'ocpp2.0.1', offer('permessage-deflate'));
    const message = 'ab'.repeat(5000);
    const deflated = deflateRawSync(message, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
    raw.write(frame(0xc1, deflated));
    raw.write(Buffer.concat([frame(0x41, deflated.subarray(0, 7)), frame(0x80, deflated.subarray(7)), text('plain')]));
    await expect.poll(() => door.sessions[0]!.frames).toEqual([message, message, 'plain']);
  });

  it('stops a bomb', async () => {
    const { port, door } = await serve();
    const raw = await station(port, 'CP1', 'ocpp2.0.1', offer('permessage-deflate'));
    const bomb = deflateRawSync(Buffer.alloc(200 * 1024 * 1024), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(
      0,
      -4,
    );
    expect(bomb.length).toBeLessThan(1024 * 1024);
    raw.write(frame(0xc1, bomb));
    expect(await raw.closeFrame()).toMatchObject({ code: 1009 });
    raw.socket.end();
    await expect.poll(() => door.sessions[0]!.endings).toMatchObject([{ code: 1009 }]);
  });

  it('closes over what cannot be inflated', async () => {
    const { port, door } = await serve();
    const raw = await station(port, 'CP1', 'ocpp2.0.1', offer('permessage-deflate'));
    raw.write(frame(0xc1, Buffer.from('ffffffff', 'hex')));
    expect(await raw.closeFrame()).toMatchObject({ code: 1007 });
    raw.socket.end();
    await expect.poll(() => door.sessions[0]!.endings).toMatchObject([{ code: 1007 }]);
  });
});

describe('other people’s clients', () => {
  it.each(['ocpp1.6', 'ocpp2.0.1', 'ocpp2.1'])('ocpp-rpc talks %s both ways', async (subprotocol) => {
    const { port, door } = await serve();
    door.onOpen = (session) => {
      session.onFrame = (received) => {
        const [type, id] = JSON.parse(received) as [number, string];
        if (type === 2) session.link.send(`[3,"${id}",{"currentTime":"2026-01-01T00:00:00Z"}]`);
      };
    };
    const client = new RPCClient({
      endpoint: `ws://127.0.0.1:${port}/ocpp`,
      identity: 'RDAM 123',
      protocols: [subprotocol],
      password: 'a password of 20 ch.',
    } as ConstructorParameters<typeof RPCClient>[0]);
    onTestFinished(async () => {
      await client.close({ force: true });
    });
    client.handle('Reset', async () => ({ status: 'Accepted' }));
    await client.connect();
    expect(client.protocol).toBe(subprotocol);
    expect(await client.call('Heartbeat', {})).toEqual({ currentTime: '2026-01-01T00:00:00Z' });
    expect(door.handshakes[0]).toMatchObject({ stationId: 'RDAM 123' });
    expect(door.handshakes[0]?.credentials?.user.toString()).toBe('RDAM 123');
    const session = door.sessions[0]!;
    session.link.send('[2,"7","Reset",{"type":"Soft"}]');
    await expect.poll(() => session.frames.at(-1)).toBe('[3,"7",{"status":"Accepted"}]');
    await client.close({ code: 1000, reason: 'done' });
    await expect.poll(() => session.endings).toMatchObject([{ code: 1000 }]);
  });

  it('ws with compression', async () => {
    const { port, door } = await serve();
    door.onOpen = echo;
    const client = new WebSocket(`ws://127.0.0.1:${port}/ocpp/CP1`, ['ocpp2.1'], {
      perMessageDeflate: { threshold: 0 },
    });
    onTestFinished(() => client.terminate());
    const answers: string[] = [];
    client.on('message', (data) => answers.push(String(data)));
    await new Promise((resolve) => client.once('open', resolve));
    const sent = ['short', 'l'.repeat(5000), 'ö'.repeat(100_000), ''];
    for (const message of sent) client.send(message);
    await expect.poll(() => answers).toEqual(sent);
  });
});

describe('shutting down', () => {
  it('closes all with 1001, takes nobody in, and resolves when all are gone', async () => {
    const { port, door, server } = await serve();
    const clients = Array.from({ length: 300 }, (_, index) => {
      const client = new WebSocket(`ws://127.0.0.1:${port}/ocpp/CP${index}`, ['ocpp1.6']);
      return new Promise<{ code: number }>((resolve, reject) => {
        client.once('close', (code) => resolve({ code }));
        client.once('error', reject);
      });
    });
    await expect.poll(() => server.stats().connections).toBe(300);
    const idle = new RawStation(port); // has not said anything yet
    await expect.poll(() => idle.socket.readyState).toBe('open');
    await server.close(1001, 'restarting', 60_000);
    expect((await Promise.all(clients)).every(({ code }) => code === 1001)).toBe(true);
    expect(door.sessions.every(({ endings }) => endings.length === 1 && endings[0]!.code === 1001)).toBe(true);
    await idle.end();
    expect(server.stats().connections).toBe(0);
  });

  it('cuts off those that do not go, at the deadline', async () => {
    const { port, door, server } = await serve();
    await station(port);
    await server.close(1001, 'restarting', 20);
    expect(door.sessions[0]!.endings).toEqual([{ code: 1001, reason: 'restarting' }]);
  });

  it('refuses a handshake that was being decided on', async () => {
    const { port, door, server } = await serve();
    door.decide = () => new Promise(() => {});
    const raw = new RawStation(port).write(handshake('/ocpp/CP1'));
    await expect.poll(() => server.stats().handshakes).toBe(1);
    const closed = server.close();
    expect(await raw.head()).toMatch(/^HTTP\/1\.1 503 /);
    await closed;
  });
});

describe('garbage', () => {
  it('random bytes after the handshake end that connection at most, and once', async () => {
    const { port, door, server } = await serve();
    const other = await station(port, 'other');
    await Promise.all(
      Array.from({ length: 300 }, async (_, index) => {
        const raw = await station(port, `CP${index}`, index % 2 === 0 ? 'ocpp1.6' : 'ocpp2.1', offerDeflate);
        const bytes = randomBytes(2 + (index % 97));
        // Every third begins as a frame that is in order up to its header.
        if (index % 3 === 0) bytes.set([0x80 | (index % 16), 0x80 | (index % 126)]);
        raw.write(bytes);
        raw.socket.end();
        await raw.end();
      }),
    );
    await expect.poll(() => server.stats().connections).toBe(1);
    expect(door.sessions.slice(1).every(({ endings }) => endings.length === 1)).toBe(true);
    door.sessions[0]!.link.send('still here');
    expect(await other.text()).toBe('still here');
  });
});

const offerDeflate = 'Sec-WebSocket-Extensions: permessage-deflate';

describe('storms', () => {
  it('500 dropping at once and all coming back are non-events', async () => {
    const { port, door, server } = await serve({ maxHandshakes: 8 });
    door.onOpen = echo;
    const connectAll = () =>
      Promise.all(
        Array.from({ length: 500 }, async (_, index) => {
          const raw = await station(port, `CP${index}`);
          raw.write(text(`${index}`));
          expect(await raw.text()).toBe(`${index}`);
          return raw;
        }),
      );
    const first = await connectAll();
    for (const raw of first) raw.socket.resetAndDestroy();
    await connectAll();
    await expect.poll(() => server.stats()).toEqual({ connections: 500, handshakes: 0, accepted: 1000, refused: 0 });
    expect(door.sessions.filter(({ endings }) => endings.length === 1).length).toBe(500);
  });
});
