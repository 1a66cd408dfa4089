import { createHash, randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Admission, Door, Handshake, Link, Session } from '../../../src/gateway/ports.ts';
import { versions } from '../../../src/ocpp/versions/index.ts';
import {
  createWebSocketServer,
  type WebSocketServer,
  type WebSocketServerOptions,
} from '../../../src/transport/websocket/server.ts';

/** What happened behind the door, in order, with one entry per connection. */
export class FakeSession implements Session {
  readonly admission: Extract<Admission, { kind: 'admitted' }>;
  readonly link: Link;
  readonly frames: string[] = [];
  readonly endings: { code: number; reason: string }[] = [];
  onFrame: (frame: string) => void = () => {};
  constructor(admission: Extract<Admission, { kind: 'admitted' }>, link: Link) {
    this.admission = admission;
    this.link = link;
  }
  receive(frame: string): void {
    this.frames.push(frame);
    this.onFrame(frame);
  }
  closed(code: number, reason: string): void {
    this.endings.push({ code, reason });
  }
  callable(): void {}
  unanswered(): void {}
  remember(): void {}
}

/** A door that admits with the first offered subprotocol that is a Version's, unless told otherwise. */
export class FakeDoor implements Door {
  readonly handshakes: Handshake[] = [];
  readonly sessions: FakeSession[] = [];
  decide: (handshake: Handshake) => Admission | Promise<Admission> = admitFirstKnown;
  onOpen: (session: FakeSession) => void = () => {};

  async admit(handshake: Handshake): Promise<Admission> {
    this.handshakes.push(handshake);
    return this.decide(handshake);
  }

  open(admission: Extract<Admission, { kind: 'admitted' }>, link: Link): Session {
    const session = new FakeSession(admission, link);
    this.sessions.push(session);
    this.onOpen(session);
    return session;
  }
}

export function admitFirstKnown(handshake: Handshake): Admission {
  for (const token of handshake.offered) {
    const version = versions.find(({ subprotocol }) => subprotocol === token.toLowerCase());
    if (version !== undefined) {
      return { kind: 'admitted', stationId: handshake.stationId, version: version.name, subprotocol: token };
    }
  }
  return { kind: 'noSubprotocol' };
}

export interface Served {
  readonly port: number;
  readonly door: FakeDoor;
  readonly server: WebSocketServer;
  readonly deviations: string[];
  readonly logged: string[];
}

/** A server on a free port, closed when the test is over. */
export async function serve(options: Partial<WebSocketServerOptions> = {}): Promise<Served> {
  const door = (options.door as FakeDoor | undefined) ?? new FakeDoor();
  const deviations: string[] = [];
  const logged: string[] = [];
  const log = (fields: object, message: string) => logged.push(`${message} ${JSON.stringify(fields)}`);
  const server = createWebSocketServer({
    host: '127.0.0.1',
    port: 0,
    log: { debug: log, info: log, warn: log, error: log },
    onDeviation: (stationId, code) => deviations.push(`${stationId}:${code}`),
    ...options,
    door,
  });
  onTestFinished(() => server.close(1001, 'test over', 100));
  const { port } = await server.listen();
  return { port, door, server, deviations, logged };
}

/** A frame as received. */
export interface Frame {
  readonly first: number;
  readonly opcode: number;
  readonly payload: Buffer;
}

/** A station made of bytes: what `ws` would not send, this does. */
export class RawStation {
  readonly socket: Socket;
  #received = Buffer.alloc(0);
  #waiting: (() => void) | undefined;
  ended = false;

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1' });
    this.socket.on('data', (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#waiting?.();
    });
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      this.ended = true;
      this.#waiting?.();
    });
    onTestFinished(() => {
      this.socket.destroy();
    });
  }

  write(data: string | Buffer): this {
    this.socket.write(data);
    return this;
  }

  /** The head of an HTTP answer, without its last empty line. */
  async head(): Promise<string> {
    const end = await this.#until(() => {
      const index = this.#received.indexOf('\r\n\r\n');
      return index === -1 ? undefined : index;
    });
    const head = this.#received.toString('latin1', 0, end);
    this.#received = this.#received.subarray(end + 4);
    return head;
  }

  /** The next frame, which must not be fragmented. */
  async frame(): Promise<Frame> {
    return await this.#until(() => {
      const data = this.#received;
      if (data.length < 2) return undefined;
      const short = data[1]!;
      const start = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (data.length < start) return undefined;
      const length = short < 126 ? short : short === 126 ? data.readUInt16BE(2) : Number(data.readBigUInt64BE(2));
      if (data.length < start + length) return undefined;
      this.#received = data.subarray(start + length);
      return { first: data[0]!, opcode: data[0]! & 0x0f, payload: data.subarray(start, start + length) };
    });
  }

  /** The next text frame's text. */
  async text(): Promise<string> {
    const frame = await this.frame();
    if (frame.first !== 0x81) throw new Error(`not a final text frame: ${frame.first.toString(16)}`);
    return frame.payload.toString('utf8');
  }

  /** Code and reason of the close frame that must come next. */
  async closeFrame(): Promise<{ code: number; reason: string }> {
    const { opcode, payload } = await this.frame();
    if (opcode !== 8) throw new Error(`not a close frame: opcode ${opcode}`);
    return { code: payload.readUInt16BE(0), reason: payload.toString('utf8', 2) };
  }

  /** Resolves when the connection is gone. */
  async end(): Promise<void> {
    await this.#until(() => (this.ended ? true : undefined), true);
  }

  /** What came and was not looked at. */
  get rest(): Buffer {
    return this.#received;
  }

  async #until<T>(look: () => T | undefined, evenAtEnd = false): Promise<T> {
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      if (this.ended && !evenAtEnd)
        throw new Error(`the connection ended; received: ${this.#received.toString('latin1')}`);
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
  }
}

const key = 'dGhlIHNhbXBsZSBub25jZQ==';

/** The answer to {@link handshake}'s key (RFC 6455 1.3). */
export const acceptedKey = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');

/** A literal handshake. `headers` come after the usual ones. */
export function handshake(target: string, subprotocols: string | null = 'ocpp1.6', ...headers: string[]): string {
  return [
    `GET ${target} HTTP/1.1`,
    'Host: csms.example.com:9000',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${key}`,
    'Sec-WebSocket-Version: 13',
    ...(subprotocols === null ? [] : [`Sec-WebSocket-Protocol: ${subprotocols}`]),
    ...headers,
    '\r\n',
  ].join('\r\n');
}

/** A station that has shaken hands. */
export async function station(port: number, id = 'CP1', subprotocol = 'ocpp1.6', ...headers: string[]) {
  const raw = new RawStation(port).write(handshake(`/ocpp/${id}`, subprotocol, ...headers));
  const head = await raw.head();
  if (!head.startsWith('HTTP/1.1 101')) throw new Error(head);
  return raw;
}

/** A masked frame as a client sends it; `first` is FIN, RSV and opcode. */
export function frame(first: number, payload: string | Buffer, mask: Buffer | undefined = randomBytes(4)): Buffer {
  const data = Buffer.from(payload as Buffer);
  const masked = mask === undefined ? 0 : 0x80;
  let header: Buffer;
  if (data.length < 126) header = Buffer.from([first, masked | data.length]);
  else if (data.length < 0x10000) header = Buffer.from([first, masked | 126, data.length >> 8, data.length & 0xff]);
  else {
    header = Buffer.alloc(10);
    header[0] = first;
    header[1] = masked | 127;
    header.writeBigUInt64BE(BigInt(data.length), 2);
  }
  if (mask === undefined) return Buffer.concat([header, data]);
  for (let index = 0; index < data.length; index++) data[index]! ^= mask[index % 4]!;
  return Buffer.concat([header, mask, data]);
}

export const text = (payload: string | Buffer) => frame(0x81, payload);
export const unmaskedText = (payload: string) => {
  const data = Buffer.from(payload);
  return Buffer.concat([Buffer.from([0x81, data.length]), data]);
};
