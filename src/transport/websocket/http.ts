import { IncomingMessage, type Server, type ServerOptions } from 'node:http';
import type { Duplex } from 'node:stream';
import { Server as TlsServer } from 'node:tls';

/** True for a request that wants to become a WebSocket, whether or not it says so in `Connection` too. */
function wantsWebSocket(request: IncomingMessage): boolean {
  return request.headers.upgrade?.trim().toLowerCase() === 'websocket';
}

/**
 * A request whose `Connection: Upgrade` header was forgotten is an upgrade all the same (some stations leave it out).
 * Node decides by the property `upgrade`, which its parser sets before it reads it.
 */
export class StationRequest extends IncomingMessage {
  // Not a #field: the constructor of IncomingMessage already assigns `upgrade`, before #fields exist.
  private flagged: boolean | null | undefined;

  get upgrade(): boolean {
    return this.flagged === true || (this.flagged === false && wantsWebSocket(this));
  }

  set upgrade(flagged: boolean | null) {
    this.flagged = flagged;
  }
}

/** Options of an HTTP(S) server that stations may connect to: as tolerant as is safe, bounded in time and in size. */
export const stationHttpOptions: ServerOptions<typeof StationRequest> = {
  IncomingMessage: StationRequest,
  // Other upgrades are declined: a SOAP client that would like HTTP/2 gets its answer in HTTP/1.1.
  shouldUpgradeCallback: wantsWebSocket,
  requireHostHeader: false,
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 10_000,
  connectionsCheckingInterval: 5_000,
  noDelay: true,
};

/** What Node's parser complains of when the request target has blanks or bytes outside ASCII in it. */
const targetErrors = new Set(['HPE_INVALID_CONSTANT', 'HPE_INVALID_URL', 'HPE_INVALID_VERSION']);

/**
 * The same request with everything that no URL may hold percent-encoded in its first line, for identities that a station
 * forgot to encode (`GET /ocpp/RDAM 123 HTTP/1.1`); `undefined` when that is not what is wrong with it.
 */
export function repairRequestTarget(packet: Buffer): Buffer | undefined {
  const end = packet.indexOf('\r\n');
  if (end === -1) return undefined;
  const match = /^GET (\S.*\S) (HTTP\/1\.[01])$/.exec(packet.toString('latin1', 0, end));
  if (match === null) return undefined;
  const target = match[1]!;
  const encoded = target.replace(
    /[^\x21-\x7e]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`,
  );
  if (encoded === target) return undefined;
  return Buffer.concat([Buffer.from(`GET ${encoded} ${match[2]}`, 'latin1'), packet.subarray(end)]);
}

/**
 * Has requests with an unencoded target parsed again in their repaired form (when their first line came in one packet);
 * every other malformed request is answered 400, 408 or 431 as Node itself would.
 *
 * @returns the sockets whose request was repaired
 */
export function tolerateUnencodedTargets(server: Server): WeakSet<Duplex> {
  const repairedSockets = new WeakSet<Duplex>();
  server.on('clientError', (error: NodeJS.ErrnoException & { rawPacket?: Buffer }, socket: Duplex) => {
    const repaired =
      targetErrors.has(error.code ?? '') && error.rawPacket !== undefined
        ? repairRequestTarget(error.rawPacket)
        : undefined;
    if (repaired !== undefined && !socket.destroyed) {
      socket.on('data', ignore); // as a side effect, detaches the parser from the socket's handle
      socket.removeAllListeners();
      socket.pause();
      socket.unshift(repaired);
      repairedSockets.add(socket);
      server.emit('connection', socket);
      return;
    }
    if (socket.destroyed || !socket.writable) {
      socket.destroy();
      return;
    }
    const status = statusOfParserError[error.code ?? ''] ?? '400 Bad Request';
    socket.once('finish', socket.destroy);
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  });
  return repairedSockets;
}

const statusOfParserError: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** Keeps the sockets that have not made any request yet: on shutdown nobody needs to wait for those. */
export function trackSilentSockets(server: Server): ReadonlySet<Duplex> {
  const silent = new Set<Duplex>();
  function forget(this: Duplex): void {
    silent.delete(this);
  }
  const speaks = ({ socket }: IncomingMessage): void => {
    silent.delete(socket);
    socket.off('close', forget);
  };
  server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', (socket: Duplex) => {
    silent.add(socket);
    socket.once('close', forget);
  });
  server.on('request', speaks);
  server.on('upgrade', speaks);
  return silent;
}

function ignore(): void {}
