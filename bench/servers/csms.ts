/** `ocpp-rpc` as an operator's CSMS, which can be taken away and come back. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RPCServer } from 'ocpp-rpc';
import { type Payload, type VersionName, versionByName } from '../../src/ocpp/index.ts';

export interface Told {
  readonly station: string;
  readonly action: string;
  readonly payload: Payload;
  readonly messageId: string;
}

type Client = {
  identity: string;
  call(action: string, payload: object): Promise<Payload>;
  close(o?: object): Promise<unknown>;
};

export class Csms {
  readonly version: VersionName;
  /** Everything that stations have told and that was answered, in order. */
  readonly told: Told[] = [];
  /** What comes that is not valid against the official schemas. */
  readonly invalid: unknown[] = [];
  readonly clients = new Map<string, Client>();
  /** Answers instead of the usual ones; may throw. */
  readonly answers: Record<string, (payload: Payload, station: string) => Payload | Promise<Payload>> = {};
  /** Passwords seen in handshakes, by station. */
  readonly passwords = new Map<string, string>();
  /** URLs of handshakes as they were sent, by station. */
  readonly urls = new Map<string, string>();
  /** The last transaction id given, for CSMSs that give them. */
  lastTransactionId = 5000;
  #http: Server | undefined;
  #rpc: RPCServer | undefined;
  #port = 0;

  constructor(version: VersionName) {
    this.version = version;
  }

  static async start(version: VersionName): Promise<Csms> {
    const csms = new Csms(version);
    await csms.open();
    return csms;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#port}/csms`;
  }

  /** On the same port as before, when it was open before. */
  async open(): Promise<void> {
    const version = versionByName(this.version);
    const rpc = new RPCServer({ protocols: [version.subprotocol], strictMode: false });
    rpc.auth((accept: () => void, _reject: unknown, handshake: { identity: string; password?: Buffer | undefined }) => {
      if (handshake.password !== undefined) this.passwords.set(handshake.identity, String(handshake.password));
      accept();
    });
    rpc.on(
      'client',
      (
        client: Client & {
          handle(h: (m: { method: string; params: Payload; messageId: string }) => unknown): void;
          on(e: string, l: (...a: unknown[]) => void): void;
        },
      ) => {
        this.clients.set(client.identity, client);
        client.on('close', () => this.clients.get(client.identity) === client && this.clients.delete(client.identity));
        client.handle(async ({ method, params, messageId }: { method: string; params: Payload; messageId: string }) => {
          const action = version.actions.get(method);
          if (action === undefined || !action.request(params))
            this.invalid.push({ method, params, errors: action?.request.errors });
          const answer = await (this.answers[method] ?? this.#usual[method])?.(params, client.identity);
          this.told.push({ station: client.identity, action: method, payload: params, messageId });
          return answer ?? {};
        });
      },
    );
    const http = createServer();
    http.on('upgrade', (request) => {
      const last = (request.url ?? '').split('/').at(-1) ?? '';
      this.urls.set(decodeURIComponent(last), request.url ?? '');
    });
    http.on('upgrade', rpc.handleUpgrade);
    await new Promise<void>((resolve) => http.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (http.address() as AddressInfo).port;
    this.#http = http;
    this.#rpc = rpc;
  }

  readonly #started = new Map<string, number>();
  readonly #info = () => ({ status: 'Accepted' });
  readonly #usual: Record<string, (payload: Payload, station: string) => Payload> = {
    BootNotification: () => ({ status: 'Accepted', interval: 300, currentTime: new Date().toISOString() }),
    Heartbeat: () => ({ currentTime: new Date().toISOString() }),
    Authorize: ({ idTag }) => ({ [idTag === undefined ? 'idTokenInfo' : 'idTagInfo']: this.#info() }),
    // Said again it is the same transaction (1.6 errata 3.18).
    StartTransaction: (payload, station) => {
      const start = JSON.stringify([station, payload]);
      const transactionId = this.#started.get(start) ?? ++this.lastTransactionId;
      this.#started.set(start, transactionId);
      return { transactionId, idTagInfo: this.#info() };
    },
    TransactionEvent: ({ idToken }) => (idToken === undefined ? {} : { idTokenInfo: this.#info() }),
    DataTransfer: () => ({ status: 'Accepted' }),
  };

  /** Cuts every connection, and is not reached any more. */
  async kill(): Promise<void> {
    const http = this.#http;
    const rpc = this.#rpc;
    this.#http = undefined;
    this.clients.clear();
    await Promise.all([
      http === undefined ? undefined : new Promise((resolve) => http.close(resolve)),
      rpc?.close({ force: true, code: 1001 }),
      http?.closeAllConnections(),
    ]);
  }

  call(station: string, action: string, payload: object): Promise<Payload> {
    const client = this.clients.get(station);
    if (client === undefined) throw new Error(`station ${station} is not connected to the CSMS`);
    return client.call(action, payload);
  }

  of(station: string): readonly Told[] {
    return this.told.filter((message) => message.station === station);
  }

  actions(station: string): readonly string[] {
    return this.of(station).map(({ action }) => action);
  }
}
