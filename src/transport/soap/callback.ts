/** Calls to the service of a station (ChargePointService), over HTTP. */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { SoapVersion } from '../../ocpp/soap/index.ts';
import { contentType, readBody } from './http.ts';

/** The station could not be reached: it has not got the request. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

export interface CallbackLimits {
  /** How long connecting may take, in ms. */
  readonly connectTimeoutMs: number;
  /** How long the station may take to answer, in ms. */
  readonly readTimeoutMs: number;
  /** Largest answer, in bytes. */
  readonly maxBytes: number;
}

/** Keeps connections to stations' services open for the next call. */
export class Callbacks {
  readonly #http = new HttpAgent({ keepAlive: true, maxSockets: 1, maxFreeSockets: 256, timeout: 60_000 });
  readonly #https = new HttpsAgent({ keepAlive: true, maxSockets: 1, maxFreeSockets: 256, timeout: 60_000 });
  readonly #limits: CallbackLimits;

  constructor(limits: CallbackLimits) {
    this.#limits = limits;
  }

  /**
   * Sends an envelope and waits for the answer's text, whatever its HTTP status: a Fault comes with 400 or 500.
   * @throws Unreachable when the station has not got it; Error when there is no answer
   */
  async post(url: URL, envelope: string, soap: SoapVersion, action: string): Promise<string> {
    const body = Buffer.from(envelope, 'utf8');
    const secure = url.protocol === 'https:';
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      let sent = false;
      const request = (secure ? httpsRequest : httpRequest)(url, {
        method: 'POST',
        agent: secure ? this.#https : this.#http,
        headers: {
          'Content-Type': contentType(soap, `/${action}`),
          ...(soap === '1.1' ? { SOAPAction: `"/${action}"` } : {}),
          'Content-Length': body.length,
          'Accept-Encoding': 'gzip, deflate',
        },
      });
      const deadline = setTimeout(
        () => request.destroy(new Error(`no answer within ${this.#limits.readTimeoutMs} ms`)),
        this.#limits.connectTimeoutMs + this.#limits.readTimeoutMs,
      );
      const connecting = setTimeout(
        () => request.destroy(new Unreachable(`no connection within ${this.#limits.connectTimeoutMs} ms`)),
        this.#limits.connectTimeoutMs,
      );
      request.once('socket', (socket) => {
        const connected = (): void => {
          sent = true;
          clearTimeout(connecting);
        };
        if (socket.connecting) socket.once(secure ? 'secureConnect' : 'connect', connected);
        else connected();
      });
      request.once('error', (error: Error) => {
        clearTimeout(connecting);
        clearTimeout(deadline);
        // A kept connection that the station has closed meanwhile: it has read nothing of this.
        reject(sent && !request.reusedSocket ? error : new Unreachable(error.message));
      });
      request.once('response', (response) => {
        response.once('close', () => clearTimeout(deadline));
        resolve(response);
      });
      request.end(body);
    });
    return readBody(answer, this.#limits.maxBytes);
  }

  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }
}
