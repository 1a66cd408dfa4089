import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

const webSocketKey = /^[+/0-9A-Za-z]{22}==$/;

/** An HTTP answer instead of a connection. */
export interface Refusal {
  readonly status: number;
  readonly reason: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** RFC 6455 4.2.2: names the version that the server does speak. */
export const upgradeRequired: Refusal = {
  status: 426,
  reason: 'stations connect here by WebSocket, version 13',
  headers: { Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' },
};

/** Why a request is no WebSocket handshake (RFC 6455 4.2.1), or `undefined` when it is one. */
export function handshakeError(request: IncomingMessage): Refusal | undefined {
  const { headers, method } = request;
  if (method !== 'GET') return { status: 405, reason: 'a WebSocket handshake is a GET', headers: { Allow: 'GET' } };
  if (headers['sec-websocket-version']?.trim() !== '13') return upgradeRequired;
  if (!webSocketKey.test(headers['sec-websocket-key'] ?? '')) {
    return { status: 400, reason: 'Sec-WebSocket-Key is missing or not 16 bytes in base64' };
  }
  return undefined;
}

/** The subprotocols offered, in order: several header lines are the same as one comma list (Node joins them). */
export function offeredSubprotocols(header: string | undefined): string[] {
  return splitList(header, ',');
}

/** An offer of permessage-deflate that is accepted. */
export interface DeflateOffer {
  /** The offer as header text, for `ws` to answer. */
  readonly header: string;
  /** The largest window the client wants to inflate with, as a power of two. */
  readonly serverWindowBits: number;
}

/**
 * The first offer of permessage-deflate that can be accepted, `undefined` when there is none. `ws` fails the handshake over
 * an offer that it cannot read, whereas RFC 7692 5.1 has it declined.
 */
export function acceptableDeflate(header: string | undefined): DeflateOffer | undefined {
  for (const offer of splitList(header, ',')) {
    const [name, ...parameters] = splitList(offer, ';');
    if (name !== 'permessage-deflate') continue;
    const values = new Map(
      parameters.map((parameter) => {
        const match = /^([a-z_]+)(?:\s*=\s*"?([0-9]+)"?)?$/.exec(parameter);
        return [match?.[1], match?.[2]] as const;
      }),
    );
    if (values.size !== parameters.length) continue; // a parameter given twice
    if (![...values].every(([parameter, value]) => deflateParameters.get(parameter)?.(value) === true)) continue;
    return { header: offer, serverWindowBits: Number(values.get('server_max_window_bits') ?? 15) };
  }
  return undefined;
}

/** RFC 7692 7.1: parameter → which values are acceptable. */
const deflateParameters = new Map<string | undefined, (value: string | undefined) => boolean>([
  ['server_no_context_takeover', (value) => value === undefined],
  ['client_no_context_takeover', (value) => value === undefined],
  ['client_max_window_bits', (value) => value === undefined || isWindowBits(value, 8)],
  // zlib's raw deflate silently takes 9 for 8, so 8 cannot be promised.
  ['server_max_window_bits', (value) => value !== undefined && isWindowBits(value, 9)],
]);

function isWindowBits(value: string, least: number): boolean {
  return Number(value) >= least && Number(value) <= 15;
}

function splitList(text: string | undefined, separator: string): string[] {
  if (text === undefined) return [];
  return text
    .split(separator)
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** Answers a handshake with plain HTTP, and closes once the answer is out. */
export function refuse(socket: Duplex, { status, reason, headers }: Refusal): void {
  if (socket.destroyed) return;
  const body = `${reason}\n`;
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`,
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${value}`),
  ];
  socket.once('finish', socket.destroy);
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}
