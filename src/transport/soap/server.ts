/** The OCPP-S service towards stations (CentralSystemService of 1.5 and 1.6), on an HTTP server that somebody else listens with. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Door } from '../../gateway/ports.ts';
import { type Version, versions } from '../../ocpp/index.ts';
import {
  type Envelope,
  type Fault,
  httpStatusOf,
  readEnvelope,
  type SoapDeviation,
  standardDialect,
  writeFaultEnvelope,
  XmlError,
} from '../../ocpp/soap/index.ts';
import { Callbacks } from './callback.ts';
import { BodyError, contentType, readBody, sendBody } from './http.ts';
import { type Answer, SoapStation, type SoapStationContext } from './station.ts';

/** The part of pino that is used here. */
export interface Log {
  debug(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Times in milliseconds. */
export interface SoapServerOptions {
  readonly door: Door;
  readonly log: Log;
  /** The path of the service; what follows it may name the station. Default `/soap`. */
  readonly path?: string;
  /** Our own address, as stations are told it in `From`. */
  ownAddress(): string;
  /** After this time without a message a station counts as disconnected. */
  readonly sessionTimeoutMs: number;
  /** How long a message may wait for its answer before the station is asked to come again. Default 25 s. */
  readonly answerTimeoutMs?: number;
  /** How long a Call waits for the station's next message when the station could not be reached. Default 15 s. */
  readonly secondTryMs?: number;
  /** Default 5 s. */
  readonly connectTimeoutMs?: number;
  /** Default 30 s. */
  readonly readTimeoutMs?: number;
  readonly onDeviation?: (stationId: string, code: string) => void;
  readonly realm?: string;
}

/** Largest envelope, in bytes: the largest frame of a Version that has SOAP. */
const MAX_BYTES = Math.max(
  ...versions.filter(({ soap }) => soap !== undefined).map(({ maxFrameBytes }) => maxFrameBytes),
);

export class SoapServer {
  readonly #options: SoapServerOptions;
  readonly #path: string;
  readonly #stations = new Map<string, SoapStation>();
  readonly #callbacks: Callbacks;
  readonly #context: SoapStationContext;
  readonly #sweeper: NodeJS.Timeout;
  #closing = false;

  constructor(options: SoapServerOptions) {
    this.#options = options;
    this.#path = options.path ?? '/soap';
    this.#callbacks = new Callbacks({
      connectTimeoutMs: options.connectTimeoutMs ?? 5_000,
      readTimeoutMs: options.readTimeoutMs ?? 30_000,
      maxBytes: MAX_BYTES,
    });
    this.#context = {
      callbacks: this.#callbacks,
      get ownAddress() {
        return options.ownAddress();
      },
      secondTryMs: options.secondTryMs ?? 15_000,
      newId: randomUUID,
      onDeviation: (stationId, code) => options.onDeviation?.(stationId, code),
      gone: (station) => {
        if (this.#stations.get(station.id) === station) this.#stations.delete(station.id);
      },
    };
    this.#sweeper = setInterval(() => this.#sweep(), Math.min(options.sessionTimeoutMs / 4, 30_000)).unref();
  }

  /** Stations seen lately. */
  get stations(): number {
    return this.#stations.size;
  }

  /** Closes the sessions of all stations. Answers that are under way are still given while the HTTP server closes. */
  close(code = 1001, reason = 'the gateway is shutting down'): void {
    this.#closing = true;
    clearInterval(this.#sweeper);
    for (const station of [...this.#stations.values()]) station.close(code, reason);
    this.#callbacks.close();
  }

  /** A listener for an HTTP server's requests. @returns false when the request is not for this service */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const path = (request.url ?? '').split('?', 1)[0] as string;
    if (path !== this.#path && !path.startsWith(`${this.#path}/`)) return false;
    this.#respond(request, response, path.slice(this.#path.length + 1)).catch((error: unknown) => {
      this.#options.log.error({ err: error }, 'a SOAP request could not be answered');
      if (!response.headersSent) response.writeHead(500).end();
    });
    return true;
  }

  async #respond(request: IncomingMessage, response: ServerResponse, rest: string): Promise<void> {
    const plainly = (status: number, text: string, headers: Record<string, string> = {}): void => {
      response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', ...headers }).end(`${text}\n`);
    };
    if (request.method !== 'POST') {
      plainly(405, 'this is a SOAP service of OCPP 1.5 and 1.6: POST an envelope', { Allow: 'POST' });
      return;
    }
    if (this.#closing) {
      plainly(503, 'the gateway is shutting down', { 'Retry-After': '10', Connection: 'close' });
      return;
    }
    let text: string;
    try {
      text = await readBody(request, MAX_BYTES);
    } catch (error) {
      // A body that was not read to its end leaves the connection unusable.
      if (error instanceof BodyError) plainly(error.status, error.message, { Connection: 'close' });
      return;
    }
    let envelope: Envelope;
    const known = this.#stations.get(identityInPath(rest) ?? '');
    try {
      envelope = readEnvelope(text, 'centralSystem', versions, known?.version);
    } catch (error) {
      if (!(error instanceof XmlError)) throw error;
      const fault: Fault = {
        code: 'Sender',
        subcode: 'ProtocolError',
        reason: `the envelope cannot be read: ${error.message}`,
      };
      await this.#sendFault(request, response, fault, undefined);
      return;
    }
    await this.#answer(request, response, envelope, text, rest);
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    first: Envelope,
    text: string,
    rest: string,
  ): Promise<void> {
    const stationId = first.headers.chargeBoxIdentity || identityInPath(rest);
    // Without a namespace the Version is what the station spoke before, which one knows once one knows the station.
    const before = stationId === undefined ? undefined : this.#stations.get(stationId)?.version;
    const envelope =
      first.kind === 'refused' && before !== undefined ? readEnvelope(text, 'centralSystem', versions, before) : first;
    if (envelope.kind === 'refused') {
      await this.#sendFault(request, response, envelope.fault, envelope);
      return;
    }
    if (envelope.kind !== 'request' || envelope.version.soap === undefined) {
      const reason = 'the body is no request';
      await this.#sendFault(request, response, { code: 'Sender', subcode: 'ProtocolError', reason }, envelope);
      return;
    }
    if (stationId === undefined || stationId.length > 48) {
      const reason =
        stationId === undefined
          ? 'the header chargeBoxIdentity is missing'
          : 'the identity is longer than 48 characters';
      await this.#sendFault(request, response, { code: 'Sender', subcode: 'IdentityMismatch', reason }, envelope);
      return;
    }
    const { door } = this.#options;
    const { version } = envelope;
    const remoteAddress = (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
    const admission = await door.admit({
      stationId,
      offered: [version.subprotocol],
      credentials: credentialsOf(request.headers.authorization),
      remoteAddress,
    });
    if (admission.kind !== 'admitted') {
      await this.#refuse(request, response, admission, envelope);
      return;
    }
    if (this.#closing || response.destroyed) return;
    let station = this.#stations.get(stationId);
    if (station === undefined || station.version !== version) {
      station = this.#open(stationId, version, remoteAddress, admission);
    }
    station.lastSeen = Date.now();
    for (const code of envelope.deviations) this.#context.onDeviation(stationId, code);
    await this.#exchange(station, request, response, envelope, text, admission.callbackUrl ?? null);
  }

  #open(
    id: string,
    version: Version,
    remoteAddress: string,
    admission: Extract<Awaited<ReturnType<Door['admit']>>, { kind: 'admitted' }>,
  ): SoapStation {
    const station = new SoapStation(this.#context, {
      id,
      version,
      remoteAddress,
      callbackUrl: admission.callbackUrl ?? null,
    });
    // The gateway closes the older link of the station, if there is one, in `open`.
    station.attach(this.#options.door.open(admission, station));
    this.#stations.set(id, station);
    return station;
  }

  #exchange(
    station: SoapStation,
    request: IncomingMessage,
    response: ServerResponse,
    envelope: Extract<Envelope, { kind: 'request' | 'response' }>,
    text: string,
    callbackUrl: string | null,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(deadline);
        takeBack();
        resolve();
      };
      const send = (answer: Answer): void => {
        clearTimeout(deadline);
        const headers = { 'Content-Type': contentType(answer.dialect.soap) };
        sendBody(request, response, answer.status, headers, answer.envelope).then(resolve, reject);
      };
      // It was not answered because it could not be stored: the station is to send it again.
      const deadline = setTimeout(() => {
        if (!response.headersSent) response.writeHead(503, { 'Retry-After': '10' }).end();
        end();
      }, this.#options.answerTimeoutMs ?? 25_000);
      let takeBack = (): void => {};
      response.once('close', () => {
        if (!response.writableFinished) end();
      });
      takeBack = station.receive(envelope, text, callbackUrl, send);
    });
  }

  async #refuse(
    request: IncomingMessage,
    response: ServerResponse,
    admission: Exclude<Awaited<ReturnType<Door['admit']>>, { kind: 'admitted' }>,
    envelope: Envelope,
  ): Promise<void> {
    if (admission.kind === 'noSubprotocol') {
      const reason = 'this version of OCPP is not spoken here';
      await this.#sendFault(request, response, { code: 'Receiver', subcode: 'NotSupported', reason }, envelope);
      return;
    }
    const { status, reason, retryAfter } = admission;
    if (status === 401) {
      const challenge = { 'WWW-Authenticate': `Basic realm="${this.#options.realm ?? 'OCPP'}"` };
      const fault: Fault = { code: 'Sender', subcode: 'SecurityError', reason };
      await this.#sendFault(request, response, fault, envelope, { status, headers: challenge });
    } else if (status === 404 || status === 403) {
      await this.#sendFault(request, response, { code: 'Sender', subcode: 'IdentityMismatch', reason }, envelope);
    } else {
      const later = { 'Retry-After': String(retryAfter ?? 10) };
      const fault: Fault = { code: 'Receiver', subcode: 'InternalError', reason };
      await this.#sendFault(request, response, fault, envelope, { status, headers: later });
    }
  }

  #sendFault(
    request: IncomingMessage,
    response: ServerResponse,
    fault: Fault,
    envelope: Envelope | undefined,
    { status, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
  ): Promise<void> {
    const dialect = envelope?.dialect ?? standardDialect;
    const version = envelope?.kind === 'request' ? envelope.version : versions.find(({ soap }) => soap !== undefined);
    const text = writeFaultEnvelope(fault, version?.soap?.centralSystem.namespace ?? '', {
      dialect,
      headers: {
        messageId: `urn:uuid:${randomUUID()}`,
        relatesTo: envelope?.headers.messageId,
        to: envelope?.headers.from,
      },
    });
    const type = { 'Content-Type': contentType(dialect.soap) };
    return sendBody(request, response, status ?? httpStatusOf(fault, dialect.soap), { ...type, ...headers }, text);
  }

  #sweep(): void {
    const oldest = Date.now() - this.#options.sessionTimeoutMs;
    for (const station of [...this.#stations.values()]) {
      if (station.lastSeen < oldest) station.close(1006, 'no message for two heartbeat intervals');
    }
  }
}

/** The last segment after the service's path, for stations that do not send the header. */
function identityInPath(rest: string): string | undefined {
  const segment = rest.split('/').findLast((part) => part !== '');
  if (segment === undefined) return undefined;
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

function credentialsOf(header: string | undefined): { user: Buffer; password: Buffer } | undefined {
  const encoded = /^basic\s+([A-Za-z0-9+/=_-]+)\s*$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const bytes = Buffer.from(encoded, 'base64');
  const colon = bytes.indexOf(':');
  return colon < 0 ? undefined : { user: bytes.subarray(0, colon), password: bytes.subarray(colon + 1) };
}

export type { SoapDeviation };
