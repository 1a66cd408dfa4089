/** A WebSocket client made of a bare TCP socket: as little work as a measuring client can do, and all that it must. */
import { createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { maskedFrame } from './frame.ts';

/** What happens on a socket. Bytes are only valid during the call. */
export interface SocketEvents {
  opened(): void;
  /** One whole text message. */
  message(data: Buffer, start: number, end: number): void;
  /** Once; after a failed connect or upgrade too. `code` is the close code when the server said one. */
  closed(reason: string, code: number | undefined): void;
}

export interface Target {
  readonly port: number;
  /** Everything before the station's id, ending in `/`. */
  readonly path: string;
  readonly subprotocol: string;
}

const key = Buffer.from('evsebridge bench').toString('base64');
const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
/** Every read of every socket lands here and is consumed before the next. */
const shared = Buffer.allocUnsafeSlow(256 * 1024);
let connections = 0;

export class RawSocket {
  readonly #socket: Socket;
  readonly #events: SocketEvents;
  #upgraded = false;
  #closed = false;
  /** This side has sent its last byte. */
  #ended = false;
  #reason = 'the server ended the connection';
  #code: number | undefined;
  /** What came of a frame that is not whole yet. */
  #rest: Buffer | undefined;
  /** Earlier frames of a fragmented message. */
  #fragments: Buffer[] = [];

  constructor(target: Target, stationId: string, events: SocketEvents) {
    this.#events = events;
    // Many source addresses, so that ports of closed connections never run out.
    const localAddress = `127.0.1.${1 + (connections++ % 200)}`;
    const socket = connect({
      host: '127.0.0.1',
      port: target.port,
      localAddress,
      noDelay: true,
      onread: { buffer: shared, callback: (length) => this.#read(length) },
    });
    this.#socket = socket;
    socket.on('connect', () => {
      socket.write(
        `GET ${target.path}${encodeURIComponent(stationId)} HTTP/1.1\r\nHost: 127.0.0.1:${target.port}\r\nUpgrade: websocket\r\n` +
          `Connection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ${target.subprotocol}\r\n\r\n`,
      );
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // What the server said on closing tells more than a reset that follows it.
      if (!this.#ended) this.#reason = error.code ?? error.message;
    });
    socket.on('close', () => {
      this.#closed = true;
      this.#events.closed(this.#reason, this.#code);
    });
  }

  get open(): boolean {
    return this.#upgraded && !this.#closed;
  }

  /** A frame as it stands; must not be patched before the answer to it is here. */
  write(frame: Buffer): void {
    if (!this.#ended) this.#socket.write(frame);
  }

  sendText(text: string): void {
    this.write(maskedFrame(0x81, Buffer.from(text)));
  }

  /** Closes as RFC 6455 asks. */
  close(): void {
    if (this.#closed || this.#ended) return;
    this.#reason = 'closed by this side';
    this.#end(Buffer.from([0x03, 0xe8]));
  }

  /** Drops the line: no close frame, a TCP reset. */
  drop(): void {
    this.#reason = 'dropped by this side';
    this.#socket.resetAndDestroy();
  }

  #read(length: number): boolean {
    if (this.#closed) return false;
    let data: Buffer = shared;
    let end = length;
    if (this.#rest !== undefined) {
      data = Buffer.concat([this.#rest, shared.subarray(0, length)]);
      end = data.length;
      this.#rest = undefined;
    }
    let at = 0;
    if (!this.#upgraded) {
      at = this.#upgrade(data, end);
      if (at < 0) return true;
    }
    while (at < end) {
      const next = this.#frame(data, at, end);
      if (next === at) {
        this.#rest = Buffer.from(data.subarray(at, end));
        break;
      }
      at = next;
    }
    return true;
  }

  /** @returns where the frames begin, or -1 when the answer is not whole or not a welcome. */
  #upgrade(data: Buffer, end: number): number {
    const text = data.toString('latin1', 0, end);
    const blank = text.indexOf('\r\n\r\n');
    if (blank < 0) {
      this.#rest = Buffer.from(data.subarray(0, end));
      return -1;
    }
    if (!text.startsWith('HTTP/1.1 101') || !text.includes(accept)) {
      this.#reason = `refused: ${text.slice(0, text.indexOf('\r\n'))}`;
      this.#socket.destroy();
      return -1;
    }
    this.#upgraded = true;
    this.#events.opened();
    return blank + 4;
  }

  /** Takes in one frame. @returns where the next one begins; `at` itself when this one is not whole. */
  #frame(data: Buffer, at: number, end: number): number {
    if (end - at < 2) return at;
    const first = data[at]!;
    let length = data[at + 1]! & 0x7f;
    let start = at + 2;
    if (length === 126) {
      if (end - at < 4) return at;
      length = data.readUInt16BE(start);
      start += 2;
    } else if (length === 127) {
      if (end - at < 10) return at;
      length = Number(data.readBigUInt64BE(start));
      start += 8;
    }
    const stop = start + length;
    if (stop > end) return at;
    if (first === 0x81) this.#events.message(data, start, stop);
    else this.#other(first, data.subarray(start, stop));
    return stop;
  }

  /** Half-closes: the server still gets to answer the close frame, and ends the connection itself. */
  #end(status: Buffer): void {
    this.#ended = true;
    if (this.#upgraded) this.#socket.end(maskedFrame(0x88, status));
    else this.#socket.destroy();
  }

  #other(first: number, payload: Buffer): void {
    const opcode = first & 0x0f;
    if (opcode === 0x9 && this.#ended) return;
    if (opcode === 0x9) this.#socket.write(maskedFrame(0x8a, Buffer.from(payload)));
    else if (opcode === 0x8) {
      if (this.#ended) return;
      this.#code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
      this.#reason = `closed by the server: ${this.#code} ${payload.subarray(2).toString()}`.trimEnd();
      this.#end(Buffer.from(payload.subarray(0, 2)));
    } else if (opcode < 0x3) {
      this.#fragments.push(Buffer.from(payload));
      if ((first & 0x80) === 0) return;
      const whole = Buffer.concat(this.#fragments);
      this.#fragments = [];
      this.#events.message(whole, 0, whole.length);
    }
  }
}
