/** The OCPP-S service towards stations (CentralSystemService of 1.5 and 1.6), on an HTTP server that somebody else listens with. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Admission, Admitted, ConnectionlessDoor } from '../../gateway/ports.ts';
import { type Version, versions } from '../../ocpp/index.ts';
import {
  type Envelope,
  type Fault,
  httpStatusOf,
  readEnvelope,
  standardDialect,
  writeFaultEnvelope,
  XmlError,
} from '../../ocpp/soap/index.ts';
import { basicCredentials, plainAddress } from '../credentials.ts';
import { identityError, parseTarget } from '../identity.ts';
import { BodyError, contentType, Room, readBody, sendBody } from './http.ts';
import { Sessions } from './sessions.ts';
import type { Answer, SoapStation } from './station.ts';

/** The part of pino that is used here. */
export interface Log {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Times in milliseconds, sizes in bytes. */
export interface SoapServerOptions {
  readonly door: ConnectionlessDoor;
  readonly log: Log;
  /** The path of the service; what follows it may name the station. Default `/soap`. */
  readonly path?: string;
  /** Our own address, as stations are told it in `From`. */
  ownAddress(): string;
  /** What stations are told in the answer to BootNotification, in s: one that is silent for twice as long is away. */
  readonly heartbeatInterval: number;
  /** How long a message may wait for its answer before the station is asked to come again. Default 25 s. */
  readonly answerTimeoutMs?: number;
  /** Messages of one station that wait for their answers. Default 16. */
  readonly maxWaiting?: number;
  /** What all bodies that are being read may take together. Default 64 MiB. */
  readonly maxReading?: number;
  /** Stations at once. Default 20,000. */
  readonly maxSessions?: number;
  /** How often is looked who has been silent for too long. Default 1 s. */
  readonly sweepMs?: number;
  readonly onDeviation?: (stationId: string, code: string) => void;
  /** What a station is told it authenticates to. */
  readonly realm?: string;
}

/** Largest envelope: the largest frame of a Version that has SOAP. */
const MAX_BYTES = Math.max(
  ...versions.filter(({ soap }) => soap !== undefined).map(({ maxFrameBytes }) => maxFrameBytes),
);

/** After how many seconds a station that cannot be answered now is asked to come again. */
const RETRY_AFTER = 10;

/** One HTTP request, and what is known of it so far. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The identity in the path, for stations that do not send the header. */
  readonly identity: string | undefined;
}

export class SoapServer {
  readonly #options: SoapServerOptions;
  readonly #path: readonly string[];
  readonly #sessions: Sessions;
  readonly #room: Room;
  /** Requests under way. */
  #underWay = 0;
  #closing: Promise<void> | undefined;
  #idle: (() => void) | undefined;

  constructor(options: SoapServerOptions) {
    const { door, log, onDeviation = () => {} } = options;
    this.#options = options;
    this.#path = (options.path ?? '/soap').split('/').filter((segment) => segment !== '');
    this.#room = new Room(options.maxReading ?? 64 * 1024 * 1024);
    this.#sessions = new Sessions(
      door,
      {
        ownAddress: () => options.ownAddress(),
        heartbeatInterval: options.heartbeatInterval,
        maxBytes: MAX_BYTES,
        newId: randomUUID,
        now: Date.now,
        onDeviation,
        onError: (stationId, err) => log.error({ stationId, err }, 'a message could not be handled: session closed'),
      },
      { maxSessions: options.maxSessions ?? 20_000, sweepMs: options.sweepMs ?? 1_000 },
    );
  }

  /** Stations heard of lately. */
  get stations(): number {
    return this.#sessions.size;
  }

  /** Goes on with the sessions that an earlier process had. @returns how many */
  resume(): Promise<number> {
    return this.#sessions.resume();
  }

  /** Takes no more requests, waits until those under way are answered (at most `deadlineMs`), and ends the sessions. */
  close(code = 1001, reason = 'the gateway is shutting down', deadlineMs = 5_000): Promise<void> {
    this.#closing ??= this.#shutDown(code, reason, deadlineMs);
    return this.#closing;
  }

  async #shutDown(code: number, reason: string, deadlineMs: number): Promise<void> {
    let deadline: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
      deadline = setTimeout(resolve, deadlineMs);
      if (this.#underWay === 0) resolve();
    });
    clearTimeout(deadline);
    this.#sessions.close(code, reason);
  }

  /** A listener for an HTTP server's requests. @returns false when the request is not for this service */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const target = parseTarget(request.url ?? '', this.#path);
    if (target.kind === 'elsewhere') return false;
    if (this.#closing !== undefined) {
      comeAgain(response, 'the gateway is shutting down');
      return true;
    }
    const identity = target.kind === 'station' ? target.stationId : undefined;
    this.#underWay++;
    this.#respond({ request, response, identity })
      .catch((error: unknown) => {
        this.#options.log.error({ err: error }, 'a SOAP request could not be answered');
        if (!response.headersSent) response.writeHead(500).end();
      })
      .finally(() => {
        if (--this.#underWay === 0) this.#idle?.();
      });
    return true;
  }

  async #respond(exchange: Exchange): Promise<void> {
    const { request, response } = exchange;
    if (request.method !== 'POST') {
      plainly(response, 405, 'this is a SOAP service of OCPP 1.5 and 1.6: POST an envelope', { Allow: 'POST' });
      return;
    }
    let text: string;
    try {
      text = await readBody(request, MAX_BYTES, this.#room);
    } catch (error) {
      // A body that was not read to its end leaves the connection unusable. Without a connection there is nobody to answer.
      if (error instanceof BodyError) plainly(response, error.status, error.message, { Connection: 'close' });
      return;
    }
    const known = (identity = exchange.identity): Version | undefined =>
      identity === undefined ? undefined : this.#sessions.get(identity)?.version;
    let envelope: Envelope;
    try {
      envelope = readEnvelope(text, 'centralSystem', versions, known);
    } catch (error) {
      if (!(error instanceof XmlError)) throw error;
      await this.#refuse(exchange, undefined, senderFault(`the envelope cannot be read: ${error.message}`));
      return;
    }
    await this.#answer(exchange, envelope, text);
  }

  async #answer(exchange: Exchange, envelope: Envelope, text: string): Promise<void> {
    if (envelope.kind === 'refused') return this.#refuse(exchange, envelope, envelope.fault);
    if (envelope.kind !== 'request') return this.#refuse(exchange, envelope, senderFault('the body is no request'));
    const stationId = envelope.headers.chargeBoxIdentity || exchange.identity;
    const unfit = stationId === undefined ? 'the header chargeBoxIdentity is missing' : identityError(stationId);
    if (stationId === undefined || unfit !== undefined)
      return this.#refuse(exchange, envelope, identityFault(unfit ?? ''));

    const { request, response } = exchange;
    const remoteAddress = plainAddress(request.socket.remoteAddress);
    const admission = await this.#options.door.admit({
      stationId,
      offered: [envelope.version.subprotocol],
      credentials: basicCredentials(request.headers.authorization),
      remoteAddress,
    });
    if (admission.kind !== 'admitted') return this.#turnAway(exchange, envelope, stationId, remoteAddress, admission);
    if (response.destroyed) return;
    await this.#exchange(exchange, { ...envelope, text }, admission, remoteAddress);
  }

  async #exchange(
    exchange: Exchange,
    envelope: Extract<Envelope, { kind: 'request' | 'response' }> & { readonly text: string },
    admitted: Admitted,
    remoteAddress: string,
  ): Promise<void> {
    const { response } = exchange;
    const station = this.#sessions.enter(admitted, remoteAddress);
    for (const code of envelope.deviations) this.#options.onDeviation?.(station.id, code);
    if (admitted.facts?.strict === true && envelope.deviations.length > 0) {
      const reason = `this is not what a strict station may send: ${envelope.deviations.join(', ')}`;
      return this.#refuse(exchange, envelope, senderFault(reason));
    }
    const most = this.#options.maxWaiting ?? 16;
    if (station.waiting >= most)
      return comeAgain(response, `${most} messages of the station wait for their answers already`);
    const answer = await this.#answerOf(station, envelope, remoteAddress, response);
    if (answer === undefined) return comeAgain(response, 'the message could not be answered in time');
    await this.#send(exchange, answer.status, answer.envelope, { 'Content-Type': contentType(answer.dialect.soap) });
  }

  /** `undefined`: it is not answered in time, because it could not be stored, or nobody waits for it any more. */
  #answerOf(
    station: SoapStation,
    envelope: Extract<Envelope, { kind: 'request' | 'response' }> & { readonly text: string },
    remoteAddress: string,
    response: ServerResponse,
  ): Promise<Answer | undefined> {
    return new Promise((resolve) => {
      let takeBack = (): void => {};
      const end = (answer: Answer | undefined): void => {
        clearTimeout(deadline);
        response.off('close', gone);
        takeBack();
        resolve(answer);
      };
      const gone = (): void => end(undefined);
      const deadline = setTimeout(gone, this.#options.answerTimeoutMs ?? 25_000);
      response.once('close', gone);
      takeBack = station.receive(envelope, remoteAddress, end);
    });
  }

  /** Answers a station that is not let in. */
  #turnAway(
    exchange: Exchange,
    envelope: Envelope,
    stationId: string,
    remoteAddress: string,
    admission: Exclude<Admission, { kind: 'admitted' }>,
  ): void | Promise<void> {
    if (admission.kind === 'noSubprotocol') {
      const reason = 'this version of OCPP is not spoken here';
      return this.#refuse(exchange, envelope, { code: 'Receiver', subcode: 'NotSupported', reason });
    }
    const { status, reason, retryAfter } = admission;
    this.#options.log.info({ stationId, remoteAddress, status }, `SOAP request refused: ${reason}`);
    if (status === 401) {
      const challenge = { 'WWW-Authenticate': `Basic realm="${this.#options.realm ?? 'OCPP'}"` };
      return this.#refuse(exchange, envelope, { code: 'Sender', subcode: 'SecurityError', reason }, status, challenge);
    }
    if (status === 404 || status === 403) return this.#refuse(exchange, envelope, identityFault(reason));
    return comeAgain(exchange.response, reason, status, retryAfter);
  }

  /** Answers with a Fault. */
  #refuse(
    exchange: Exchange,
    envelope: Envelope | undefined,
    fault: Fault,
    status?: number,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const dialect = envelope?.dialect ?? standardDialect;
    const version =
      envelope !== undefined && 'version' in envelope
        ? envelope.version
        : versions.find(({ soap }) => soap !== undefined);
    const text = writeFaultEnvelope(fault, version?.soap?.centralSystem.namespace ?? '', {
      dialect,
      headers: {
        messageId: `urn:uuid:${randomUUID()}`,
        relatesTo: envelope?.headers.messageId,
        to: envelope?.headers.from,
      },
    });
    const type = { 'Content-Type': contentType(dialect.soap) };
    return this.#send(exchange, status ?? httpStatusOf(fault, dialect.soap), text, { ...type, ...headers });
  }

  #send(
    { request, response }: Exchange,
    status: number,
    text: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<void> {
    const last = this.#closing === undefined ? {} : { Connection: 'close' };
    return sendBody(request, response, status, { ...headers, ...last }, text);
  }
}

const senderFault = (reason: string): Fault => ({ code: 'Sender', subcode: 'ProtocolError', reason });
const identityFault = (reason: string): Fault => ({ code: 'Sender', subcode: 'IdentityMismatch', reason });

/** No Fault: with a Fault a station counts its message as one that cannot be processed, and gives it up in the end. */
function comeAgain(response: ServerResponse, reason: string, status = 503, seconds = RETRY_AFTER): void {
  plainly(response, status, reason, { 'Retry-After': String(Math.ceil(seconds)), Connection: 'close' });
}

function plainly(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.destroyed || response.headersSent) return;
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', ...headers }).end(`${text}\n`);
}
