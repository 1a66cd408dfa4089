/** Calls to the service of a station (ChargePointService), over HTTP. */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { SoapVersion } from '../../ocpp/soap/index.ts';
import { contentType, readBody } from './http.ts';

/** The station has not got the request: there was no connection. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

/**
 * One connection for each call. One that is kept may be closed by the station at the moment it is used again, and then nobody knows
 * whether it got the request; and many stations serve one connection at a time, so that a kept one would lock everybody else out.
 */
const agents = { 'http:': new HttpAgent({ keepAlive: false }), 'https:': new HttpsAgent({ keepAlive: false }) };

/** How long connecting may take, in ms. */
const CONNECT_TIMEOUT = 5_000;

/** What is sent, and what came back. */
export interface Posted {
  readonly envelope: string;
  readonly soap: SoapVersion;
  readonly action: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * Sends an envelope and waits for the answer, whatever its HTTP status: a Fault comes with 400 or 500.
 * @param connected told when there is a connection: from then on the station may have got it
 * @param maxBytes of the answer
 * @throws Unreachable when the station has not got it; Error when there is no answer, or none that can be read
 */
export async function post(
  url: URL,
  { envelope, soap, action }: Posted,
  connected: () => void,
  maxBytes: number,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const body = Buffer.from(envelope, 'utf8');
  const secure = url.protocol === 'https:';
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    let isConnected = false;
    const request = (secure ? httpsRequest : httpRequest)(url, {
      method: 'POST',
      agent: secure ? agents['https:'] : agents['http:'],
      signal,
      headers: {
        'Content-Type': contentType(soap, `/${action}`),
        ...(soap === '1.1' ? { SOAPAction: `"/${action}"` } : {}),
        'Content-Length': body.length,
        'Accept-Encoding': 'gzip, deflate',
      },
    });
    const connecting = setTimeout(
      () => request.destroy(new Unreachable(`no connection within ${CONNECT_TIMEOUT} ms`)),
      CONNECT_TIMEOUT,
    );
    request.once('socket', (socket) =>
      socket.once(secure ? 'secureConnect' : 'connect', () => {
        isConnected = true;
        clearTimeout(connecting);
        connected();
      }),
    );
    request.once('error', (error: Error) => {
      clearTimeout(connecting);
      reject(isConnected ? error : new Unreachable(error.message || String((error as NodeJS.ErrnoException).code)));
    });
    request.once('response', resolve);
    request.end(body);
  });
  return { status: answer.statusCode ?? 0, text: await readBody(answer, maxBytes) };
}
