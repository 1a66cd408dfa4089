import { isUtf8 } from 'node:buffer';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { Link, Session } from '../../gateway/ports.ts';
import { deflatedTextFrame, textFrame } from './frame.ts';
import type { Pinged } from './liveness.ts';

/** Where the transport writes what an operator may want to know: pino's way of calling. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What all connections of a server share. */
export interface ConnectionContext {
  readonly maxBufferedBytes: number;
  readonly log: Log;
  onDeviation(stationId: string, code: string): void;
  /** The connection is gone. */
  gone(connection: Connection): void;
}

/** How a connection ended, or is about to. */
interface Ending {
  readonly code: number;
  readonly reason: string;
}

/** A WebSocket that knows whose it is, so that all of them share the same listeners. */
export class StationSocket extends WebSocket {
  declare connection: Connection;
  /** Of `ws`, not in its types: what was negotiated. */
  declare _extensions: { readonly 'permessage-deflate'?: { cleanup(): void } };

  /**
   * Frees the zlib stream that `ws` keeps for the next compressed message (15 to 45 KB for every station that has ever sent
   * one). Without context takeover nothing in it is needed again. Only between two messages.
   */
  releaseInflater(): void {
    this._extensions['permessage-deflate']?.cleanup();
  }
}

/** One connection of one station. All state of a connection is here; nothing is looked up by the station's identity. */
export class Connection implements Link, Pinged {
  readonly stationId: string;
  readonly remoteAddress: string;
  slot = 0;
  readonly #context: ConnectionContext;
  readonly #ws: StationSocket;
  readonly #socket: Socket;
  /** The server's window when permessage-deflate was negotiated, else 0. */
  readonly #deflateBits: number;
  #session: Session | undefined;
  /** Set as soon as either side has begun to close. Nothing is handed to the session any more. */
  #ending: Ending | undefined;
  /** Bytes read at the last ping; -1 before the first. */
  #bytesAtPing = -1;

  constructor(
    context: ConnectionContext,
    ws: StationSocket,
    socket: Socket,
    facts: { readonly stationId: string; readonly remoteAddress: string; readonly deflateBits: number },
  ) {
    this.#context = context;
    this.#ws = ws;
    this.#socket = socket;
    this.stationId = facts.stationId;
    this.remoteAddress = facts.remoteAddress;
    this.#deflateBits = facts.deflateBits;
    ws.connection = this;
    ws.on('message', onMessage);
    ws.on('error', onError);
    ws.on('close', onClose);
  }

  get transport(): 'json' {
    return 'json';
  }

  /** Frames that arrive from now on are the session's. */
  attach(session: Session): void {
    this.#session = session;
  }

  /**
   * Sends one text frame as one write to the socket, past `ws` (whose own pings, pongs and closes are whole writes too, so
   * frames never mix). After a close was sent nothing more may be (RFC 6455 5.5.1).
   */
  send(frame: string): void {
    if (this.#ws.readyState !== WebSocket.OPEN) return;
    this.#socket.write(this.#deflateBits === 0 ? textFrame(frame) : deflatedTextFrame(frame, this.#deflateBits));
    if (this.#socket.writableLength > this.#context.maxBufferedBytes) {
      this.#context.log.warn(
        { stationId: this.stationId, bufferedBytes: this.#socket.writableLength },
        'the station does not read what it is sent: connection ended',
      );
      this.terminate(1013, 'the station does not read what it is sent');
    }
  }

  /** Sends a close frame; the socket is destroyed when the peer has not answered after the grace period of the server. */
  close(code: number, reason: string): void {
    if (!isSendable(code)) {
      this.terminate(code, reason);
      return;
    }
    this.#ending ??= { code, reason };
    this.#ws.close(code, truncate(reason));
  }

  /** Ends the connection without asking the peer. */
  terminate(code: number, reason: string): void {
    this.#ending ??= { code, reason };
    this.#ws.terminate();
  }

  probe(): void {
    if (this.#ending !== undefined) return;
    const bytes = this.#socket.bytesRead;
    if (bytes === this.#bytesAtPing) {
      this.#context.log.info({ stationId: this.stationId }, 'no sign of life since the last ping: connection ended');
      this.terminate(1006, 'no sign of life since the last ping');
      return;
    }
    this.#bytesAtPing = bytes;
    this.#ws.ping();
  }

  /** Called for every complete message. */
  receive(data: Buffer, isBinary: boolean): void {
    if (this.#deflateBits !== 0) this.#ws.releaseInflater();
    if (this.#ending !== undefined || this.#session === undefined) return;
    if (isBinary) {
      // OCPP-J has text frames only (1.6J 4.1, 2.x part 4 4.1); some stations send the same text as binary.
      if (!isUtf8(data)) {
        this.close(1007, 'a binary frame is not UTF-8');
        return;
      }
      this.#context.onDeviation(this.stationId, 'binaryFrame');
    }
    try {
      this.#session.receive(data.toString('utf8'));
    } catch (error) {
      this.#context.log.error(
        { stationId: this.stationId, err: error },
        'a frame could not be handled: connection closed',
      );
      this.close(1011, 'internal error');
    }
  }

  /** Called for an error of the socket or a violation of the WebSocket protocol, which `ws` answers with a close. */
  failed(error: NodeJS.ErrnoException): void {
    const code = closeCodeOf(error.code ?? '');
    this.#ending ??= { code, reason: error.message };
    if (error.code === 'WS_ERR_UNEXPECTED_RSV_1')
      this.#context.onDeviation(this.stationId, 'compressedWithoutExtension');
    this.#context.log.debug({ stationId: this.stationId, err: error }, 'connection failed');
  }

  /** Called once, when the connection is gone. */
  closed(code: number, reason: Buffer): void {
    const ending = this.#ending ?? { code, reason: reason.toString('utf8') };
    this.#ending = ending; // a session that still calls `close` must not begin another one
    const session = this.#session;
    this.#session = undefined;
    try {
      session?.closed(ending.code, ending.reason);
    } catch (error) {
      this.#context.log.error(
        { stationId: this.stationId, err: error },
        'the end of a connection could not be handled',
      );
    }
    this.#context.gone(this);
  }
}

function onMessage(this: WebSocket, data: unknown, isBinary: boolean): void {
  (this as StationSocket).connection.receive(data as Buffer, isBinary);
}

function onError(this: WebSocket, error: Error): void {
  (this as StationSocket).connection.failed(error);
}

function onClose(this: WebSocket, code: number, reason: Buffer): void {
  (this as StationSocket).connection.closed(code, reason);
}

/** The close code that `ws` answers an error with. */
function closeCodeOf(errorCode: string): number {
  const code = closeCodes[errorCode];
  if (code !== undefined) return code;
  if (errorCode.startsWith('WS_ERR_')) return 1002;
  return errorCode.startsWith('Z_') ? 1007 : 1006;
}

const closeCodes: Readonly<Record<string, number>> = {
  WS_ERR_INVALID_UTF8: 1007,
  WS_ERR_TOO_MANY_BUFFERED_PARTS: 1008,
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: 1009,
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: 1009,
};

/** RFC 6455 7.4: the codes that may stand in a close frame. */
function isSendable(code: number): boolean {
  if (code >= 3000) return code <= 4999;
  return code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006;
}

/** At most the 123 bytes that a close frame has room for (RFC 6455 5.5), cut between characters. */
function truncate(reason: string): string {
  const bytes = Buffer.from(reason);
  if (bytes.length <= 123) return reason;
  let end = 123;
  while ((bytes[end]! & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}
