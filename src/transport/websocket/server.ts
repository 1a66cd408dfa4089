import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Server as Upgrader, WebSocketServer as WsServer } from 'ws';
import type { Door } from '../../gateway/ports.ts';
import { type VersionName, versions } from '../../ocpp/versions/index.ts';
import { basicCredentials, plainAddress } from '../credentials.ts';
import { parseTarget } from '../identity.ts';
import { Arrival, type ArrivalContext, type Decision, unavailable } from './arrival.ts';
import { Connection, type ConnectionContext, type Log, StationSocket } from './connection.ts';
import { deflateThreshold } from './frame.ts';
import { acceptableDeflate, handshakeError, offeredSubprotocols, refuse, upgradeRequired } from './handshake.ts';
import { stationHttpOptions, tolerateUnencodedTargets, trackSilentSockets } from './http.ts';
import { PingWheel } from './liveness.ts';
import { Turnstile } from './turnstile.ts';

export type { Log } from './connection.ts';
export { stationHttpOptions } from './http.ts';

/** Settings of the OCPP-J server. Times in milliseconds, sizes in bytes. */
export interface WebSocketServerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly door: Door;
  readonly log: Log;
  /** The path that all stations share, before their identity. Default `/ocpp`. */
  readonly pathPrefix?: string;
  /** Told of every deviation from the WebSocket transport that was tolerated, by an admitted station. */
  readonly onDeviation?: (stationId: string, code: string) => void;
  /**
   * The server to listen with: without listeners for `request` and `upgrade`, best made with {@link stationHttpOptions}
   * (an HTTPS server for instance). It is closed with this one. Default: a plain HTTP server.
   */
  readonly httpServer?: Server;
  /** Answers the requests that are not for stations of OCPP-J, e.g. SOAP. Default: 404. */
  readonly onRequest?: RequestListener;
  /** How often each station is pinged; one that sends nothing at all between two pings is given up. Default 45 s. */
  readonly pingIntervalMs?: number;
  /** How long a station may take to answer a close frame. Default 5 s. */
  readonly closeGraceMs?: number;
  /** What may wait for a station that does not read. Default 1 MiB. */
  readonly maxBufferedBytes?: number;
  /** Versions whose stations get permessage-deflate when they offer it. Default: those that demand it of a CSMS. */
  readonly deflate?: ReadonlySet<VersionName>;
  /** Handshakes decided on at a time. Default 64. */
  readonly maxHandshakes?: number;
  /** Handshakes waiting for their turn; more are answered 503. Default 20,000. */
  readonly maxWaitingHandshakes?: number;
  /** How long a handshake may wait and be decided on, altogether, before it is answered 503. Default 30 s. */
  readonly handshakeTimeoutMs?: number;
  /** Connections that the kernel may hold before they are accepted (it also has its own limit). Default 4096. */
  readonly backlog?: number;
  /** What a station is told it authenticates to. */
  readonly realm?: string;
}

export interface WebSocketServerStats {
  readonly connections: number;
  /** Waiting or being decided on. */
  readonly handshakes: number;
  /** Since the start. */
  readonly accepted: number;
  readonly refused: number;
}

export interface WebSocketServer {
  /** @throws the error of the operating system when the address is in use or not ours. */
  listen(): Promise<{ readonly port: number }>;
  /**
   * Takes no more connections, closes those there are with `code`, and resolves when all are gone; after `deadlineMs`
   * (default 10 s) the rest is cut off.
   */
  close(code?: number, reason?: string, deadlineMs?: number): Promise<void>;
  stats(): WebSocketServerStats;
}

/** 2.0.1 part 4 3.1.3, 2.1 part 4 3.1.3: the CSMS SHALL support compression. */
const deflateDemanded: ReadonlySet<VersionName> = new Set<VersionName>(['2.0.1', '2.1']);

/** Concurrent inflations in the thread pool, for all connections together. */
const maxInflations = 4;

/** The OCPP-J server towards stations. It knows WebSocket; of OCPP only subprotocols and frame sizes. */
export function createWebSocketServer(options: WebSocketServerOptions): WebSocketServer {
  return new StationServer(options);
}

class StationServer implements WebSocketServer {
  readonly #options: WebSocketServerOptions;
  readonly #http: Server;
  readonly #prefix: readonly string[];
  readonly #deflate: ReadonlySet<VersionName>;
  readonly #upgraders: ReadonlyMap<VersionName, Upgrader<typeof StationSocket>>;
  /** For handshakes without a common subprotocol. */
  readonly #rejecter: Upgrader<typeof StationSocket>;
  readonly #connections = new Set<Connection>();
  readonly #wheel = new PingWheel();
  readonly #turnstile: Turnstile;
  readonly #arrivals: ArrivalContext;
  readonly #context: ConnectionContext;
  readonly #silent: ReadonlySet<Duplex>;
  readonly #repaired: WeakSet<Duplex>;
  #timer: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;
  #allGone: (() => void) | undefined;
  #accepted = 0;
  #refused = 0;

  constructor(options: WebSocketServerOptions) {
    const { log, door } = options;
    this.#options = options;
    this.#prefix = (options.pathPrefix ?? '/ocpp').split('/').filter((segment) => segment !== '');
    this.#deflate = options.deflate ?? deflateDemanded;
    const closeTimeout = options.closeGraceMs ?? 5_000;
    this.#upgraders = new Map(
      versions.map(({ name, maxFrameBytes }) => [name, upgrader(maxFrameBytes, this.#deflate.has(name), closeTimeout)]),
    );
    this.#rejecter = upgrader(1024, false, closeTimeout);
    this.#turnstile = new Turnstile({
      maxInside: options.maxHandshakes ?? 64,
      maxWaiting: options.maxWaitingHandshakes ?? 20_000,
      timeoutMs: options.handshakeTimeoutMs ?? 30_000,
    });
    this.#context = {
      maxBufferedBytes: options.maxBufferedBytes ?? 1024 * 1024,
      log,
      onDeviation: options.onDeviation ?? (() => {}),
      gone: (connection: Connection) => this.#forget(connection),
    };
    this.#arrivals = {
      door,
      log,
      realm: options.realm ?? 'OCPP',
      upgrade: (arrival, decision) => this.#upgrade(arrival, decision),
      left: (arrival) => this.#turnstile.leave(arrival),
      refused: () => {
        this.#refused++;
      },
    };
    this.#http = options.httpServer ?? createServer(stationHttpOptions);
    this.#silent = trackSilentSockets(this.#http);
    this.#http.on('upgrade', (request, socket, head) => this.#onUpgrade(request, socket as Socket, head));
    this.#http.on('request', (request, response) => this.#onRequest(request, response));
    this.#repaired = tolerateUnencodedTargets(this.#http);
  }

  async listen(): Promise<{ port: number }> {
    const { host, port, backlog = 4096, pingIntervalMs = 45_000 } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#http.once('error', reject);
      this.#http.listen({ host, port, backlog }, () => {
        this.#http.off('error', reject);
        resolve();
      });
    });
    this.#timer = setInterval(() => {
      this.#wheel.turn();
      this.#turnstile.sweep(Date.now());
    }, PingWheel.tickMs(pingIntervalMs));
    return { port: (this.#http.address() as AddressInfo).port };
  }

  close(code = 1001, reason = 'the gateway is shutting down', deadlineMs = 10_000): Promise<void> {
    this.#closing ??= this.#shutDown(code, reason, deadlineMs);
    return this.#closing;
  }

  stats(): WebSocketServerStats {
    return {
      connections: this.#connections.size,
      handshakes: this.#turnstile.size,
      accepted: this.#accepted,
      refused: this.#refused,
    };
  }

  async #shutDown(code: number, reason: string, deadlineMs: number): Promise<void> {
    const httpClosed = new Promise<void>((resolve) => this.#http.close(() => resolve()));
    const allGone = new Promise<void>((resolve) => {
      this.#allGone = resolve;
      if (this.#connections.size === 0) resolve();
    });
    for (const socket of this.#silent) socket.destroy();
    this.#turnstile.sweep(Number.POSITIVE_INFINITY);
    for (const connection of this.#connections) connection.close(code, reason);
    const deadline = setTimeout(() => {
      for (const connection of this.#connections) connection.terminate(code, reason);
      this.#http.closeAllConnections();
    }, deadlineMs);
    await Promise.all([httpClosed, allGone]);
    clearTimeout(deadline);
    clearInterval(this.#timer);
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    if (parseTarget(request.url ?? '', this.#prefix).kind !== 'elsewhere') {
      const { status, reason, headers } = upgradeRequired;
      response.writeHead(status, { ...headers, 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' });
      response.end(`${reason}\n`);
    } else if (this.#options.onRequest !== undefined) {
      this.#options.onRequest(request, response);
    } else {
      response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' }).end('there is nothing here\n');
    }
  }

  #onUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    socket.on('error', destroy);
    const target = parseTarget(request.url ?? '', this.#prefix);
    if (target.kind === 'elsewhere') {
      refuse(socket, { status: 404, reason: 'there is nothing here' });
      return;
    }
    const error = handshakeError(request);
    if (error !== undefined) {
      refuse(socket, error);
      return;
    }
    if (target.kind === 'invalid') {
      refuse(socket, { status: 400, reason: target.reason });
      return;
    }
    const arrival = new Arrival(this.#arrivals, {
      request,
      socket,
      head,
      handshake: {
        stationId: target.stationId,
        offered: offeredSubprotocols(request.headers['sec-websocket-protocol']),
        credentials: basicCredentials(request.headers.authorization),
        remoteAddress: plainAddress(socket.remoteAddress),
      },
      deviations: this.#deviations(request, target.deviations),
    });
    if (this.#closing !== undefined || !this.#turnstile.arrive(arrival, Date.now())) arrival.expire();
  }

  #deviations(request: IncomingMessage, ofTarget: readonly string[]): string[] {
    const deviations = [...ofTarget];
    if (!hasUpgradeToken(request)) deviations.push('connectionHeaderMissing');
    if (this.#repaired.has(request.socket)) deviations.push('identityNotEncoded');
    return deviations;
  }

  #upgrade({ request, socket, head, handshake, deviations }: Arrival, decision: Decision): void {
    if (this.#closing !== undefined) {
      refuse(socket, unavailable('the gateway is shutting down'));
      return;
    }
    socket.off('error', destroy); // from here on `ws` listens
    const { headers } = request;
    const deflate = acceptableDeflate(headers['sec-websocket-extensions']);
    // What `ws` reads again is put as it must be: it is stricter than stations are.
    headers.upgrade = 'websocket';
    delete headers['sec-websocket-protocol'];
    delete headers['sec-websocket-extensions'];
    if (decision.kind === 'noSubprotocol') {
      this.#refused++;
      this.#rejecter.handleUpgrade(request, socket, head, (ws) => {
        ws.on('error', ignore);
        ws.close(1002, 'none of the subprotocols offered is spoken here');
      });
      return;
    }
    const { stationId, version, subprotocol } = decision;
    if (subprotocol !== undefined) headers['sec-websocket-protocol'] = subprotocol;
    const compressed = deflate !== undefined && this.#deflate.has(version);
    if (compressed) headers['sec-websocket-extensions'] = deflate.header;
    this.#upgraders.get(version)!.handleUpgrade(request, socket, head, (ws) => {
      this.#accepted++;
      const connection = new Connection(this.#context, ws, socket, {
        stationId,
        remoteAddress: handshake.remoteAddress,
        deflateBits: compressed ? deflate.serverWindowBits : 0,
      });
      this.#connections.add(connection);
      this.#wheel.add(connection);
      try {
        connection.attach(this.#options.door.open(decision, connection));
      } catch (error) {
        this.#options.log.error({ stationId, err: error }, 'a connection could not be opened');
        connection.close(1011, 'internal error');
        return;
      }
      for (const code of deviations) this.#context.onDeviation(stationId, code);
    });
  }

  #forget(connection: Connection): void {
    this.#connections.delete(connection);
    this.#wheel.remove(connection);
    if (this.#connections.size === 0) this.#allGone?.();
  }
}

/** A part of `ws` that completes handshakes. It holds no connections. */
function upgrader(maxPayload: number, deflate: boolean, closeTimeout: number): Upgrader<typeof StationSocket> {
  const options = {
    noServer: true,
    clientTracking: false,
    WebSocket: StationSocket,
    closeTimeout,
    maxPayload,
    // Bounds what a peer that sends byte by byte can make us hold; 1 MiB in segments of 64 bytes still fits.
    maxBufferedChunks: 16 * 1024,
    perMessageDeflate: deflate && {
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
      threshold: deflateThreshold,
      concurrencyLimit: maxInflations,
      zlibInflateOptions: { chunkSize: 4 * 1024 },
    },
  };
  return new WsServer(options);
}

function hasUpgradeToken(request: IncomingMessage): boolean {
  return /(^|[\s,])upgrade([\s,]|$)/i.test(request.headers.connection ?? '');
}

function destroy(this: Duplex): void {
  this.destroy();
}

function ignore(): void {}
