import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { RawStation, until } from '../support/gateway.ts';
import { boot, booted, Events, protocols, stage } from './support.ts';

const on = stage({ EVSEBRIDGE_CALL_TIMEOUT: '1' });

/** What a handshake ends with: the HTTP status it was refused with, or the subprotocol and how the socket was closed. */
const handshake = (path: string, offered: readonly string[], options: WebSocket.ClientOptions = {}) =>
  new Promise<{ status: number; protocol?: string; closed?: number; socket?: WebSocket }>((resolve, reject) => {
    const socket = new WebSocket(`${on.url}/${path}`, [...offered], options);
    socket.on('unexpected-response', (_request, response) => {
      resolve({ status: response.statusCode ?? 0 });
      socket.terminate();
    });
    socket.on('error', (error) => {
      // ws refuses an answer without the subprotocol it asked for; the scenario looks at the raw answer instead.
      if (socket.readyState !== WebSocket.CLOSING) reject(error);
    });
    socket.on('open', () => resolve({ status: 101, protocol: socket.protocol, socket }));
  });

/** The raw answer to a handshake, and what follows until the server closes. */
const rawHandshake = (path: string, headers: readonly string[]) =>
  new Promise<string>((resolve, reject) => {
    const { hostname, port } = new URL(on.url);
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.setEncoding('latin1').on('data', (chunk) => {
      answer += chunk;
      // 0x88: the server's close frame
      if (answer.includes('\r\n\r\n\x88')) socket.end();
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
    socket.write(
      [
        `GET ${path} HTTP/1.1`,
        `Host: ${hostname}:${port}`,
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
        ...headers,
        '',
        '',
      ].join('\r\n'),
    );
  });

describe('the handshake', () => {
  it('F1: takes the first subprotocol of the station that is spoken with it', async () => {
    await on.api.put('/v1/stations/H1', { versions: ['1.6', '2.0.1'] });
    const { protocol, socket } = await handshake('H1', ['ocpp2.1', 'ocpp2.0.1', 'ocpp1.6']);
    expect(protocol).toBe('ocpp2.0.1');
    socket?.close();
    await on.api.put('/v1/stations/H1', { versions: ['2.1'] });
    expect(await rawHandshake('/ocpp/H1', ['Sec-WebSocket-Protocol: ocpp2.0.1, ocpp1.6'])).not.toMatch(
      /sec-websocket-protocol/i,
    );
    await on.api.put('/v1/stations/H1', { versions: null });
    const any = await handshake('H1', ['ocpp2.1', 'ocpp2.0.1', 'ocpp1.6']);
    expect(any.protocol).toBe('ocpp2.1');
    any.socket?.close();
    const other = await handshake('H1', ['ocpp1.6', 'ocpp2.1']);
    expect(other.protocol).toBe('ocpp1.6');
    other.socket?.close();
  });

  it('F2: passes over unknown ones', async () => {
    const { protocol, socket } = await handshake('H2', ['foo', 'ocpp1.6']);
    expect(protocol).toBe('ocpp1.6');
    socket?.close();
  });

  it('F3: finishes without a subprotocol and closes at once when none is spoken', async () => {
    const answer = await rawHandshake('/ocpp/H3', ['Sec-WebSocket-Protocol: ocpp1.2']);
    expect(answer).toMatch(/^HTTP\/1\.1 101 /);
    expect(answer.toLowerCase()).not.toContain('sec-websocket-protocol');
    expect((await on.api.get('/v1/stations/H3')).status).toBe(404);
  });

  it('F4: decodes the identity once, whatever slashes are around it', async () => {
    const { socket } = await handshake('/RDAM%20123/', ['ocpp1.6']);
    const { deviations } = (await on.api.get('/v1/stations/RDAM%20123')).body;
    expect(deviations).toMatchObject({ doubledSlash: 1, trailingSlash: 1 });
    const { body } = await on.api.get('/v1/stations/RDAM%20123');
    expect(body).toMatchObject({ id: 'RDAM 123', connected: true, version: '1.6' });
    socket?.close();
  });

  it('assumes a version for a station that offers none, if it was told to', async () => {
    expect(await rawHandshake('/ocpp/H5', [])).toMatch(/^HTTP\/1\.1 101 /);
    await on.api.put('/v1/stations/H5', { assumeVersion: '1.6' });
    const socket = new WebSocket(`${on.url}/H5`);
    await new Promise((resolve) => socket.once('open', resolve));
    expect(socket.protocol).toBe('');
    const answered = new Promise<string>((resolve) => socket.once('message', (data) => resolve(String(data))));
    socket.send('[2,"1","Heartbeat",{}]');
    expect(JSON.parse(await answered)[0]).toBe(3);
    socket.close();
  });
});

describe('Basic authentication', () => {
  const auth = (user: string, password: string | Buffer) => ({
    headers: {
      authorization: `Basic ${Buffer.concat([Buffer.from(`${user}:`), Buffer.from(password as string)]).toString('base64')}`,
    },
  });

  it('asks for the password of a station that has one', async () => {
    await on.api.put('/v1/stations/A1', { password: 'a-secret-of-16-characters' });
    expect((await handshake('A1', ['ocpp2.0.1'])).status).toBe(401);
    expect((await handshake('A1', ['ocpp2.0.1'], auth('A1', 'another-secret-of-16'))).status).toBe(401);
    expect((await handshake('A1', ['ocpp2.0.1'], auth('A2', 'a-secret-of-16-characters'))).status).toBe(401);
    const { status, socket } = await handshake('A1', ['ocpp2.0.1'], auth('A1', 'a-secret-of-16-characters'));
    expect(status).toBe(101);
    socket?.close();
    // The new one counts from now on, and only the new one.
    await on.api.put('/v1/stations/A1', { password: 'changed-secret-of-16' });
    expect((await handshake('A1', ['ocpp2.0.1'], auth('A1', 'a-secret-of-16-characters'))).status).toBe(401);
    const changed = await handshake('A1', ['ocpp2.0.1'], auth('A1', 'changed-secret-of-16'));
    expect(changed.status).toBe(101);
    changed.socket?.close();
    await on.api.put('/v1/stations/A1', { password: null });
    const free = await handshake('A1', ['ocpp2.0.1']);
    expect(free.status).toBe(101);
    free.socket?.close();
  });

  const hex = '3A00FF80deadbeef3a3a0102030405060708090a';
  /** Lets a station with the password above in. @returns how often it is said to have sent it as text */
  async function enters(id: string, protocol: string, password: string | Buffer): Promise<number> {
    await on.api.put(`/v1/stations/${id}`, { password: hex });
    const { status, socket } = await handshake(id, [protocol], auth(id, password));
    expect(status).toBe(101);
    socket?.close();
    return (await on.api.get(`/v1/stations/${id}`)).body.deviations.hexTextPassword ?? 0;
  }

  it('F6: takes the bytes that the hexadecimal key of 1.6 stands for, with : and 0xFF in them', async () => {
    const bytes = Buffer.from(hex, 'hex');
    expect([bytes.includes(0x3a), bytes.includes(0xff)]).toEqual([true, true]);
    expect(await enters('A6', 'ocpp1.6', bytes)).toBe(0);
    const other = Buffer.from(bytes);
    other[19] = 0x0b;
    expect((await handshake('A6', ['ocpp1.6'], auth('A6', other))).status).toBe(401);
    // What becomes of them on a way through UTF-8.
    expect((await handshake('A6', ['ocpp1.6'], auth('A6', bytes.toString('utf8')))).status).toBe(401);
  });

  it('F7: takes the hexadecimal text itself, in either case, and counts it where bytes are meant', async () => {
    expect(await enters('A7T', 'ocpp1.6', hex)).toBe(1);
    expect(await enters('A7T', 'ocpp1.6', hex.toLowerCase())).toBe(2);
    expect(await enters('A7T', 'ocpp1.6', hex.toUpperCase())).toBe(3);
    // From 2.0.1 on the password is the text.
    expect(await enters('A7X', 'ocpp2.0.1', hex)).toBe(0);
  });

  it('never shows it', async () => {
    await on.api.put('/v1/stations/A7', { password: 'a-secret-of-16-characters' });
    const { body } = await on.api.get('/v1/stations/A7');
    expect(body.hasPassword).toBe(true);
    expect(JSON.stringify(body)).not.toContain('secret');
  });
});

describe('F8: the newest connection wins', () => {
  it.each(protocols)('over a half-open one with a command in flight (%s)', async (protocol) => {
    const id = `N-${protocol}`;
    const old = await booted(on.url, id, protocol);
    old.onCall = () => undefined;
    const asked = old.next((frame) => frame[0] === 2);
    const pending = on.api.command(id, 'DataTransfer', { vendorId: 'x' });
    await asked;
    // Half-open: nothing that arrives is read any more, so the close frame stays unanswered.
    old.socket.pause();
    const fresh = await RawStation.connect(on.url, id, protocol);
    const { status, body } = await pending;
    expect([status, body.state]).toEqual([504, 'uncertain']);
    expect((await fresh.call('Heartbeat', {}))[0]).toBe(3);
    const { status: again } = await on.api.command(id, 'DataTransfer', { vendorId: 'x' });
    expect(again).toBe(200);
    old.socket.terminate();
    expect((await fresh.call('Heartbeat', {}))[0]).toBe(3);
    expect((await on.api.get(`/v1/stations/${id}`)).body.connected).toBe(true);
    await fresh.close();
    await until(async () => !(await on.api.get(`/v1/stations/${id}`)).body.connected, 'the disconnection');
    const events = new Events(on.api, `after=0&stationId=${id}`);
    const kinds = await events.until((all) => {
      const types = all.map(({ type }) => type).filter((type) => /connected$/.test(type));
      return types.length >= 3 && types;
    }, 'connection events');
    expect(kinds).toEqual([
      'evsebridge.station.connected',
      'evsebridge.station.connected',
      'evsebridge.station.disconnected',
    ]);
    events.close();
  });

  it('tells the old one with 1001, and lets the version change', async () => {
    const old = await booted(on.url, 'N2', 'ocpp1.6');
    const closed = old.closed();
    const fresh = await booted(on.url, 'N2', 'ocpp2.0.1');
    expect((await closed)[0]).toBe(1001);
    expect((await on.api.get('/v1/stations/N2')).body).toMatchObject({ version: '2.0.1', connected: true });
    await fresh.close();
  });

  it('through fifty reconnections at once', async () => {
    const stations = await Promise.all(
      Array.from({ length: 50 }, () => RawStation.connect(on.url, 'N3', 'ocpp1.6').catch(() => undefined)),
    );
    await until(
      () => stations.filter((station) => station?.socket.readyState === WebSocket.OPEN).length === 1,
      'one connection',
    );
    const last = stations.find((station) => station?.socket.readyState === WebSocket.OPEN);
    expect((await last?.call('BootNotification', boot['ocpp1.6']))?.[2]).toMatchObject({ status: 'Accepted' });
    expect((await on.api.get('/v1/stations/N3')).body.connected).toBe(true);
    await last?.close();
    await until(async () => !(await on.api.get('/v1/stations/N3')).body.connected, 'the disconnection');
  });
});
