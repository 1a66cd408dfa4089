/** Bodies of HTTP requests and answers: bounded, and compressed the way OCPP-S wants it (gzip and deflate, both ways). */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import {
  deflate as deflateCallback,
  gunzipSync,
  gzip as gzipCallback,
  inflateRawSync,
  inflateSync,
  type ZlibOptions,
} from 'node:zlib';
import type { SoapVersion } from '../../ocpp/soap/index.ts';

const codings = { gzip: promisify(gzipCallback), deflate: promisify(deflateCallback) };

/** Smaller texts are sent as they are. */
const WORTH_COMPRESSING = 1024;

/** Why a body was not taken. */
export class BodyError extends Error {
  override readonly name = 'BodyError';
  readonly status: 400 | 413 | 415 | 503;

  constructor(status: BodyError['status'], message: string) {
    super(message);
    this.status = status;
  }
}

/** What all bodies under way may take together, in bytes: whoever sends them has not said who he is. */
export class Room {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  get left(): number {
    return this.#left;
  }

  /** @returns false when there is none left */
  take(bytes: number): boolean {
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }

  give(bytes: number): void {
    this.#left += bytes;
  }
}

/**
 * Reads a body to its end.
 * @param room that it takes while it is being read
 * @throws BodyError when it is larger than `limit` bytes (before or after decompression), broken, or in an unknown coding
 */
export async function readBody(message: IncomingMessage, limit: number, room?: Room): Promise<string> {
  const tooLarge = new BodyError(413, `the body is larger than ${limit} bytes`);
  if (Number(message.headers['content-length'] ?? 0) > limit) throw tooLarge;
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of message as AsyncIterable<Buffer>) {
      if (size + part.length > limit) throw tooLarge;
      if (room?.take(part.length) === false) throw new BodyError(503, 'too much is under way');
      size += part.length;
      parts.push(part);
    }
  } finally {
    room?.give(size);
  }
  const coding = (message.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  return textOf(expanded(Buffer.concat(parts), coding, limit), message.headers['content-type']);
}

/** At once, not in a thread: messages of a station stay in their order, and so little is soon expanded. */
function expanded(body: Buffer, coding: string, limit: number): Buffer {
  const expand = expanders.get(coding);
  if (expand === undefined) throw new BodyError(415, `the content coding ${coding.slice(0, 30)} is not supported`);
  try {
    return expand(body, { maxOutputLength: limit });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new BodyError(413, `the body is larger than ${limit} bytes`);
    throw new BodyError(400, `the body cannot be decompressed: ${(error as Error).message}`);
  }
}

type Expander = (body: Buffer, options: ZlibOptions) => Buffer;
const asItIs: Expander = (body) => body;
/** Meant is the zlib format (RFC 9110 8.4.1.2); some send the bare one. */
const inflate: Expander = (body, options) =>
  ((body[0] ?? 0) & 0x0f) === 8 ? inflateSync(body, options) : inflateRawSync(body, options);
const expanders: ReadonlyMap<string, Expander> = new Map([
  ['', asItIs],
  ['identity', asItIs],
  ['gzip', gunzipSync],
  ['x-gzip', gunzipSync],
  ['deflate', inflate],
]);

/** In UTF-8, unless a byte order mark, `Content-Type` or the XML declaration names another encoding that is known here. */
function textOf(body: Buffer, contentType: string | undefined): string {
  const named =
    (body[0] === 0xfe && body[1] === 0xff ? 'utf-16be' : undefined) ??
    (body[0] === 0xff && body[1] === 0xfe ? 'utf-16le' : undefined) ??
    /;\s*charset\s*=\s*"?([\w.:-]+)/i.exec(contentType ?? '')?.[1] ??
    /^(?:\xef\xbb\xbf)?<\?xml[^>]*?\sencoding\s*=\s*["']([\w.:-]+)/.exec(body.toString('latin1', 0, 200))?.[1];
  if (named === undefined || /^utf-?8$/i.test(named)) return body.toString('utf8');
  try {
    return new TextDecoder(named).decode(body);
  } catch {
    return body.toString('utf8');
  }
}

/** Answers with a text, compressed when the peer takes that and it is worth it. */
export async function sendBody(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  text: string,
): Promise<void> {
  const plain = Buffer.from(text, 'utf8');
  const coding =
    plain.length >= WORTH_COMPRESSING ? codingFor(request.headers['accept-encoding']?.toString()) : undefined;
  const body = coding === undefined ? plain : await codings[coding](plain);
  if (response.destroyed || response.headersSent) return;
  response.writeHead(status, {
    ...headers,
    ...(coding === undefined ? {} : { 'Content-Encoding': coding }),
    'Content-Length': String(body.length),
  });
  response.end(body);
}

/** What of `Accept-Encoding` is known here; q=0 is a refusal (RFC 9110 12.5.3). */
function codingFor(accepted: string | undefined): keyof typeof codings | undefined {
  const taken = (accepted ?? '')
    .split(',')
    .filter((item) => !/;\s*q\s*=\s*0(?:\.0*)?\s*$/.test(item))
    .map((item) => item.split(';', 1)[0]?.trim().toLowerCase());
  return taken.includes('gzip') ? 'gzip' : taken.includes('deflate') ? 'deflate' : undefined;
}

/** `Content-Type` of an envelope (SOAP 1.2 part 2, 7.1.4; SOAP 1.1, 6). */
export const contentType = (soap: SoapVersion, action?: string): string =>
  soap === '1.1'
    ? 'text/xml; charset=utf-8'
    : `application/soap+xml; charset=utf-8${action === undefined ? '' : `; action="${action}"`}`;
