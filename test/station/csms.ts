import { randomUUID } from 'node:crypto';
import { type WebSocket, WebSocketServer } from 'ws';
import { describeError } from '../../src/ocpp/validate.ts';
import { type VersionName, versionByName } from '../../src/ocpp/versions/index.ts';

/** A Call that a station made. */
export interface Received {
  readonly stationId: string;
  readonly id: string;
  readonly action: string;
  // biome-ignore lint/suspicious/noExplicitAny: what the tests look into is as varied as the messages
  readonly payload: any;
}

/** What to do with a Call: an answer, an error, or nothing at all. */
export type Reply = object | { readonly error: string } | 'silence';

const accepted = { status: 'Accepted', currentTime: '2099-01-01T00:00:00Z', interval: 300 };
const answers: Readonly<Record<string, (call: Received) => object>> = {
  BootNotification: () => ({ ...accepted, currentTime: new Date().toISOString() }),
  Heartbeat: () => ({ currentTime: new Date().toISOString() }),
  Authorize: ({ payload }) => ({ [payload.idTag ? 'idTagInfo' : 'idTokenInfo']: { status: 'Accepted' } }),
  SignCertificate: () => ({ status: 'Accepted' }),
  DataTransfer: () => ({ status: 'UnknownVendorId' }),
};

/**
 * A CSMS for one Version that takes nothing but what the official schemas allow: whatever else a station sends is in
 * {@link violations}. It answers everything friendly unless a test says otherwise.
 */
export class TestCsms {
  readonly received: Received[] = [];
  readonly violations: string[] = [];
  readonly handshakes: { readonly url: string; readonly authorization: string | undefined }[] = [];
  /** By Action: what to do instead of the friendly answer; `undefined` falls back to it. */
  readonly replies = new Map<string, (call: Received) => Reply | undefined>();
  readonly version;
  #server: WebSocketServer;
  #sockets = new Map<string, WebSocket>();
  #waiting = new Set<() => void>();
  // biome-ignore lint/suspicious/noExplicitAny: see Received
  #calls = new Map<string, { action: string; done: (frame: any[]) => void }>();
  #nextTransaction = 1;
  #inFlight = new Map<string, number>();
  readonly port: number;

  private constructor(version: VersionName, server: WebSocketServer) {
    this.version = versionByName(version);
    this.#server = server;
    this.port = (server.address() as { port: number }).port;
    server.on('connection', (socket, request) => {
      const stationId = decodeURIComponent(request.url!.split('/').at(-1)!);
      this.handshakes.push({ url: request.url!, authorization: request.headers.authorization });
      this.#sockets.set(stationId, socket);
      this.#inFlight.set(stationId, 0);
      this.#changed();
      socket.on('message', (data) => this.#message(stationId, socket, data.toString()));
      socket.on('close', () => {
        if (this.#sockets.get(stationId) === socket) this.#sockets.delete(stationId);
        this.#changed();
      });
    });
  }

  static async listen(version: VersionName): Promise<TestCsms> {
    const { subprotocol } = versionByName(version);
    const server = new WebSocketServer({
      port: 0,
      host: '127.0.0.1',
      handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
    });
    await new Promise((resolve) => server.once('listening', resolve));
    return new TestCsms(version, server);
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/ocpp`;
  }

  async close(): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  connected(stationId: string): boolean {
    return this.#sockets.has(stationId);
  }

  /** Calls of an Action so far. */
  of(action: string): readonly Received[] {
    return this.received.filter((call) => call.action === action);
  }

  /** Resolves once `test` holds; it is looked at after every message and, for what the station does in itself, every 10 ms. */
  async until(test: () => boolean, what = String(test)): Promise<void> {
    if (test()) return;
    await new Promise<void>((resolve, reject) => {
      const patience = setTimeout(() => {
        this.#waiting.delete(look);
        clearInterval(poll);
        reject(new Error(`waited in vain for: ${what}\n${this.received.map((each) => each.action).join(' ')}`));
      }, 15_000);
      const look = () => {
        if (!test()) return;
        this.#waiting.delete(look);
        clearTimeout(patience);
        clearInterval(poll);
        resolve();
      };
      const poll = setInterval(look, 10);
      this.#waiting.add(look);
    });
  }

  /** Makes a Call. Request and response must be valid. @returns the response, or the CallError's code */
  // biome-ignore lint/suspicious/noExplicitAny: see Received
  async call(stationId: string, action: string, payload: object): Promise<any> {
    const { request, response } = this.version.actions.get(action)!;
    if (!request(payload)) throw new Error(`${action}: ${request.errors?.map(describeError).join('; ')}`);
    const frame = await this.raw(stationId, JSON.stringify([2, randomUUID(), action, payload]));
    if (frame[0] === 4) return { error: frame[2], description: frame[3] };
    if (!response!(frame[2])) {
      throw new Error(`the answer to ${action} is invalid: ${response!.errors?.map(describeError).join('; ')}`);
    }
    return frame[2];
  }

  /** Sends a frame with an id and waits for what answers it. */
  // biome-ignore lint/suspicious/noExplicitAny: see Received
  raw(stationId: string, text: string, id: string = JSON.parse(text)[1]): Promise<any[]> {
    const socket = this.#sockets.get(stationId);
    if (socket === undefined) throw new Error(`${stationId} is not connected`);
    return new Promise((done) => {
      this.#calls.set(id, { action: '', done });
      socket.send(text);
    });
  }

  /** Sends a frame and waits for nothing. */
  write(stationId: string, text: string): void {
    this.#sockets.get(stationId)!.send(text);
  }

  #changed(): void {
    for (const look of [...this.#waiting]) look();
  }

  #message(stationId: string, socket: WebSocket, text: string): void {
    const frame = JSON.parse(text);
    const [type, id] = frame;
    if (type !== 2) {
      const call = this.#calls.get(id);
      if (call === undefined) this.violations.push(`an answer to nothing: ${text}`);
      this.#calls.delete(id);
      call?.done(frame);
      this.#changed();
      return;
    }
    const call: Received = { stationId, id, action: frame[2], payload: frame[3] };
    const action = this.version.actions.get(call.action);
    if (action === undefined || action.initiator === 'csms') this.violations.push(`no Action of a station: ${text}`);
    else if (!action.request(call.payload)) {
      this.violations.push(`${call.action} ${action.request.errors?.map(describeError).join('; ')}: ${text}`);
    }
    if (typeof id !== 'string' || id.length > 36) this.violations.push(`a bad id: ${text}`);
    this.received.push(call);
    const reply = this.replies.get(call.action)?.(call) ?? this.#friendly(call);
    if (reply !== 'silence') {
      if ('error' in reply) socket.send(JSON.stringify([4, id, reply.error, '', {}]));
      else {
        if (action?.response?.(reply) === false)
          this.violations.push(`the test's own answer to ${call.action} is invalid`);
        socket.send(JSON.stringify([3, id, reply]));
      }
    }
    this.#changed();
  }

  #friendly(call: Received): object {
    if (call.action === 'StartTransaction') {
      return { transactionId: this.#nextTransaction++, idTagInfo: { status: 'Accepted' } };
    }
    if (call.action === 'TransactionEvent' && call.payload.idToken) return { idTokenInfo: { status: 'Accepted' } };
    return answers[call.action]?.(call) ?? {};
  }
}
