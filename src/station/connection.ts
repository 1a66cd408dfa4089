import { WebSocket } from 'ws';
import type { Random } from './random.ts';
import { cancel, type Task, type Timer } from './schedule.ts';

/** Where and how a station connects. */
export interface ConnectionOptions {
  /** The endpoint, without the identity. */
  readonly url: string;
  readonly identity: string;
  readonly subprotocol: string;
  /** The password of HTTP Basic, as the bytes of the wire; absent: no authentication. */
  readonly password?: Buffer | undefined;
  readonly maxFrameBytes: number;
}

/** Waits between attempts to connect, in ms (2.x RetryBackOff*). */
export interface BackOff {
  readonly minimum: number;
  readonly range: number;
  readonly repeats: number;
}

export interface ConnectionHooks {
  readonly backOff: () => BackOff;
  /** Seconds between pings; 0: none. */
  readonly pingInterval: () => number;
  readonly opened: () => void;
  readonly received: (text: string) => void;
  /** Told once per lost connection. */
  readonly lost: (code: number, reason: string) => void;
  /** An attempt failed. */
  readonly failed: (reason: string) => void;
}

const NORMAL_CLOSURE = 1000;

/** A station's WebSocket, which comes back by itself until it is told to close. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #hooks: ConnectionHooks;
  readonly #timer: Timer;
  readonly #random: Random;
  #socket: WebSocket | undefined;
  #wanted = false;
  #open = false;
  #failures = 0;
  #attempt: Task | undefined;
  #ping: Task | undefined;
  #alive = true;

  constructor(options: ConnectionOptions, hooks: ConnectionHooks, timer: Timer, random: Random) {
    this.#options = options;
    this.#hooks = hooks;
    this.#timer = timer;
    this.#random = random;
  }

  get open(): boolean {
    return this.#open;
  }

  /** Whether the station has a connection or is trying to get one. */
  get wanted(): boolean {
    return this.#wanted;
  }

  connect(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#failures = 0;
    this.#try();
  }

  /** Closes in order and stays closed. */
  close(code: number = NORMAL_CLOSURE, reason = ''): void {
    this.#wanted = false;
    cancel(this.#attempt);
    const socket = this.#socket;
    this.#gone(code, reason);
    if (socket?.readyState === WebSocket.CONNECTING) socket.terminate();
    else socket?.close(code, reason);
  }

  /** Loses the connection as a broken network would. @param reconnect whether to try again by itself */
  lose(reconnect: boolean): void {
    if (!reconnect) {
      this.#wanted = false;
      cancel(this.#attempt);
    }
    const socket = this.#socket;
    this.#gone(1006, 'lost');
    socket?.terminate();
    if (reconnect) this.#again();
  }

  send(text: string): void {
    if (this.#open) this.#socket?.send(text);
  }

  #try(): void {
    const { url, identity, subprotocol, password, maxFrameBytes } = this.#options;
    const headers: Record<string, string> = {};
    if (password !== undefined) {
      const credentials = Buffer.concat([Buffer.from(`${identity}:`), password]).toString('base64');
      headers.authorization = `Basic ${credentials}`;
    }
    const socket = new WebSocket(`${url.replace(/\/+$/, '')}/${encodeURIComponent(identity)}`, [subprotocol], {
      headers,
      perMessageDeflate: false,
      maxPayload: maxFrameBytes,
      handshakeTimeout: 20_000,
    });
    this.#socket = socket;
    const current = () => this.#socket === socket;
    socket.on('open', () => {
      if (!current()) return;
      this.#open = true;
      this.#failures = 0;
      this.#alive = true;
      this.#pingLater(socket);
      this.#hooks.opened();
    });
    socket.on('message', (data) => {
      if (current()) this.#hooks.received(data.toString());
    });
    socket.on('pong', () => {
      this.#alive = true;
    });
    socket.on('unexpected-response', (request, response) => {
      request.destroy();
      if (current()) this.#failed(`HTTP ${response.statusCode ?? '?'} ${response.statusMessage ?? ''}`.trim());
    });
    socket.on('error', (error) => {
      if (current() && !this.#open) this.#failed(error.message || String((error as NodeJS.ErrnoException).code));
    });
    socket.on('close', (code, reason) => {
      if (!current()) return;
      if (!this.#open) return this.#failed(`closed with ${code}`);
      this.#gone(code, reason.toString());
      this.#again();
    });
  }

  #pingLater(socket: WebSocket): void {
    const interval = this.#hooks.pingInterval();
    if (interval <= 0) return;
    this.#ping = this.#timer.after(interval * 1000, () => {
      if (!this.#alive) return this.lose(true);
      this.#alive = false;
      socket.ping();
      this.#pingLater(socket);
    });
  }

  #gone(code: number, reason: string): void {
    const wasOpen = this.#open;
    this.#open = false;
    this.#socket = undefined;
    cancel(this.#ping);
    if (wasOpen) this.#hooks.lost(code, reason);
  }

  #failed(reason: string): void {
    this.#socket = undefined;
    this.#failures++;
    this.#hooks.failed(reason);
    this.#again();
  }

  /** 2.x part 4 5.3: the wait doubles with every failure, with a new random part each time. */
  #again(): void {
    if (!this.#wanted) return;
    const { minimum, range, repeats } = this.#hooks.backOff();
    const doublings = Math.min(Math.max(0, this.#failures - 1), repeats);
    const wait = minimum * 2 ** doublings + this.#random.next() * range;
    cancel(this.#attempt);
    this.#attempt = this.#timer.after(wait, () => {
      if (this.#wanted) this.#try();
    });
  }
}
