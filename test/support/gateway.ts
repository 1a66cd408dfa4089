/** A whole gateway on real parts, in this process or in one of its own, for scenarios. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import WebSocket from 'ws';
import { readConfig } from '../../src/config.ts';
import { describeError, type Validate, type Version, versions } from '../../src/ocpp/index.ts';
import { type Running, serve } from '../../src/serve.ts';
import type { DatabaseLocation } from './databases.ts';

const adminKey = 'test-key-0123456789';

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the API answers
  readonly body: any;
}

/** Speaks to the REST API. */
export class Api {
  readonly url: string;
  constructor(url: string) {
    this.url = url;
  }

  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<ApiAnswer> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${adminKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
  }

  get = (path: string): Promise<ApiAnswer> => this.call('GET', path);
  put = (path: string, body: unknown): Promise<ApiAnswer> => this.call('PUT', path, body);
  command = (station: string, action: string, body: unknown, headers?: Record<string, string>): Promise<ApiAnswer> =>
    this.call('POST', `/v1/stations/${encodeURIComponent(station)}/commands/${action}`, body, headers);

  /** Every item of a list, page after page. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever the API lists
  async all(path: string): Promise<any[]> {
    const items: unknown[] = [];
    let cursor: string | null = null;
    do {
      const separator = path.includes('?') ? '&' : '?';
      const { status, body } = await this.get(
        `${path}${separator}limit=1000${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
      items.push(...body.items);
      cursor = body.nextCursor;
    } while (cursor !== null);
    return items;
  }
}

export interface TestGateway {
  readonly api: Api;
  /** `ws://…/ocpp`, without the identity. */
  readonly ocppUrl: string;
  stop(): Promise<void>;
}

type Settings = Readonly<Record<string, string>>;

const environment = ({ databaseUrl, dataDir }: DatabaseLocation, settings: Settings): Record<string, string> => ({
  EVSEBRIDGE_DATA_DIR: dataDir,
  EVSEBRIDGE_API_PORT: '0',
  EVSEBRIDGE_OCPP_PORT: '0',
  EVSEBRIDGE_ADMIN_KEY: adminKey,
  EVSEBRIDGE_LOG_LEVEL: 'error',
  // Tests count the Calls that a station gets; those that are about it switch it on.
  EVSEBRIDGE_READ_CONFIGURATION: 'false',
  ...(databaseUrl === undefined ? {} : { EVSEBRIDGE_DATABASE_URL: databaseUrl }),
  ...settings,
});

/** In this process. */
export async function startGateway(location: DatabaseLocation, settings: Settings = {}): Promise<TestGateway> {
  const running: Running = await serve(readConfig(environment(location, settings)), '0.0.0-test');
  const [first] = running.stationUrls;
  return {
    api: new Api(running.apiUrl),
    ocppUrl: (first?.url ?? '').replace('/{stationId}', ''),
    stop: () => running.stop(),
  };
}

export interface GatewayProcess extends TestGateway {
  /** kill -9, and wait until the process is gone. */
  kill(): Promise<void>;
  readonly process: ChildProcess;
  /** All that it has written so far: what it tells its user, and its log. */
  readonly output: string;
}

/** In a process of its own, as a user would start it. */
export async function spawnGateway(location: DatabaseLocation, settings: Settings = {}): Promise<GatewayProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../bin/evsebridge.js'), 'serve'], {
    env: { ...process.env, ...environment(location, settings) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  let output = '';
  const ready = new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      if (/Try next/.test(output)) resolve();
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      // Errors are to be seen; a log that was asked for is for the test to look at.
      if (settings['EVSEBRIDGE_LOG_LEVEL'] === undefined) process.stderr.write(chunk);
    });
    void exited.then(([code]) => reject(new Error(`the gateway ended with ${code}: ${output}`)));
  });
  await ready;
  const apiUrl = /(http:\/\/\S+)\/\?key=/.exec(output)?.[1] ?? '';
  const ocppUrl = /(ws:\/\/\S+)\/\{stationId\}/.exec(output)?.[1] ?? '';
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await exited;
  };
  return {
    api: new Api(apiUrl),
    ocppUrl,
    process: child,
    get output() {
      return output;
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}

// biome-ignore lint/suspicious/noExplicitAny: frames of any shape
type WireFrame = any[];

/** A station that sends exactly the frames it is told to. What it gets has to be valid against the official schemas of its version. */
export class RawStation {
  readonly socket: WebSocket;
  readonly frames: WireFrame[] = [];
  /** What it gets is what a CSMS of its version said: the gateway passes it on as it is. */
  unchecked = false;
  /** Actions of its Calls, by message id; `undefined` for an id of several. */
  readonly #asked = new Map<string, string | undefined>();
  /** Answers Calls of the gateway; `undefined` leaves them unanswered. */
  onCall: (frame: WireFrame) => WireFrame | undefined = (frame) => [3, frame[1], { status: 'Accepted' }];
  #waiting: { fits: (frame: WireFrame) => boolean; resolve: (frame: WireFrame) => void }[] = [];
  #id = 0;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as WireFrame;
      this.#check(frame);
      this.frames.push(frame);
      const index = this.#waiting.findIndex(({ fits }) => fits(frame));
      if (index >= 0) this.#waiting.splice(index, 1)[0]?.resolve(frame);
      if (frame[0] === 2) {
        const answer = this.onCall(frame);
        if (answer !== undefined) socket.send(JSON.stringify(answer));
      }
    });
    socket.on('error', () => undefined);
  }

  static async connect(
    url: string,
    id: string,
    protocols: string | readonly string[],
    options: WebSocket.ClientOptions = {},
  ): Promise<RawStation> {
    const socket = new WebSocket(
      `${url}/${encodeURIComponent(id)}`,
      typeof protocols === 'string' ? [protocols] : [...protocols],
      options,
    );
    const station = new RawStation(socket);
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return station;
  }

  /** Sends a frame as it is. */
  send(frame: unknown): void {
    const data = typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame);
    const [, id, action] = /^\[2,("[^"]*"|\d+),"(\w+)"/.exec(String(data)) ?? [];
    if (id !== undefined && action !== undefined) {
      const isOnly = !this.#asked.has(id) || this.#asked.get(id) === action;
      this.#asked.set(id, isOnly ? action : undefined);
    }
    this.socket.send(data);
  }

  /** @throws Error for a frame that the gateway must never send: the test run fails of it */
  #check(frame: WireFrame): void {
    if (this.unchecked) return;
    const version = versions.find(({ subprotocol }) => subprotocol === this.socket.protocol);
    if (version === undefined) return;
    const complaint = complaintAbout(frame, version, this.#asked.get(JSON.stringify(frame[1])));
    if (complaint !== undefined)
      throw new Error(`OCPP ${version.name}: ${complaint}: ${JSON.stringify(frame).slice(0, 2000)}`);
  }

  /** The next frame that fits, including those that came already and were not waited for. */
  next(fits: (frame: WireFrame) => boolean, timeout = 10_000): Promise<WireFrame> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`no such frame came; there were ${JSON.stringify(this.frames).slice(-2000)}`)),
        timeout,
      );
      this.#waiting.push({
        fits,
        resolve: (frame) => {
          clearTimeout(timer);
          resolve(frame);
        },
      });
    });
  }

  /** Sends a Call and waits for its answer: the whole frame. */
  call(
    action: string,
    payload: unknown,
    id = `m${++this.#id}-${Math.random().toString(36).slice(2)}`,
  ): Promise<WireFrame> {
    const answer = this.next((frame) => frame[0] !== 2 && frame[1] === id);
    this.send([2, id, action, payload]);
    return answer;
  }

  async close(): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return;
    const closed = new Promise((resolve) => this.socket.once('close', resolve));
    this.socket.close();
    await closed;
  }

  closed(): Promise<[code: number, reason: string]> {
    return new Promise((resolve) => this.socket.once('close', (code, reason) => resolve([code, String(reason)])));
  }
}

/** What is wrong with a frame from the gateway. @param asked the Action that it answers, where that is known */
function complaintAbout(frame: WireFrame, version: Version, asked: string | undefined): string | undefined {
  const [type, id, ...rest] = frame;
  if (!version.messageTypes.includes(type)) return 'has no messages of this type';
  const about = (validate: Validate | undefined, payload: unknown): string | undefined => {
    if (validate === undefined) return 'has no such message';
    return validate(payload) ? undefined : (validate.errors ?? []).map(describeError).join('; ');
  };
  switch (type) {
    case 2: {
      const [action, payload] = rest;
      const known = version.actions.get(action);
      if (known?.initiator === 'station') return 'is for stations to send';
      if (typeof id !== 'string' || id.length > 36) return 'the id is no text of at most 36 characters';
      return frame.length === 4 ? about(known?.request, payload) : 'a Call has four parts';
    }
    case 3:
      if (frame.length !== 3) return 'a CallResult has three parts';
      return asked === undefined ? undefined : about(version.actions.get(asked)?.response, rest[0]);
    default: {
      const [code, description, details] = rest;
      if (!Object.values(version.errorCodes).includes(code)) return 'has no such error';
      if (typeof description !== 'string' || description.length > 255) return 'the description is too long, or none';
      return JSON.stringify(details) === '{}' ? undefined : 'the details are no empty object';
    }
  }
}

/** Waits until `look` returns something. */
export async function until<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  what: string,
  timeout = 15_000,
): Promise<T> {
  const end = Date.now() + timeout;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
