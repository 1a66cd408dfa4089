/** Bodies of HTTP requests and answers: bounded, and compressed the way OCPP-S wants it (gzip and deflate, both ways). */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { createGunzip, createInflate, createInflateRaw, gzip as gzipCallback } from 'node:zlib';

const gzip = promisify(gzipCallback);

/** Smaller texts are sent as they are. */
const WORTH_COMPRESSING = 1024;

/** Why a body was not taken. */
export class BodyError extends Error {
  override readonly name = 'BodyError';
  readonly status: 400 | 413 | 415;

  constructor(status: BodyError['status'], message: string) {
    super(message);
    this.status = status;
  }
}

/** @throws BodyError when it is larger than `limit` bytes (before or after decompression), broken, or in an unknown coding */
export async function readBody(message: IncomingMessage, limit: number): Promise<string> {
  const tooLarge = new BodyError(413, `the body is larger than ${limit} bytes`);
  if (Number(message.headers['content-length'] ?? 0) > limit) throw tooLarge;
  const raw: Buffer[] = [];
  let size = 0;
  for await (const chunk of message) {
    size += (chunk as Buffer).length;
    if (size > limit) throw tooLarge;
    raw.push(chunk as Buffer);
  }
  const body = Buffer.concat(raw);
  const coding = (message.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  switch (coding) {
    case '':
    case 'identity':
      return body.toString('utf8');
    case 'gzip':
    case 'x-gzip':
      return expand(createGunzip(), body, limit);
    case 'deflate':
      // Meant is the zlib format (RFC 9110 8.4.1.2); some send the bare one.
      return expand(((body[0] ?? 0) & 0x0f) === 8 ? createInflate() : createInflateRaw(), body, limit);
    default:
      throw new BodyError(415, `the content coding ${coding.slice(0, 30)} is not supported`);
  }
}

async function expand(stream: ReturnType<typeof createGunzip>, body: Buffer, limit: number): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  stream.end(body);
  try {
    for await (const part of stream) {
      size += (part as Buffer).length;
      if (size > limit) throw new BodyError(413, `the body is larger than ${limit} bytes`);
      parts.push(part as Buffer);
    }
  } catch (error) {
    if (error instanceof BodyError) throw error;
    throw new BodyError(400, `the body cannot be decompressed: ${(error as Error).message}`);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** Answers with a text, compressed when the peer takes that and it is worth it. */
export async function sendBody(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  text: string,
): Promise<void> {
  const accepts = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(
    request.headers['accept-encoding']?.toString() ?? '',
  );
  const plain = Buffer.from(text, 'utf8');
  const body = accepts && plain.length >= WORTH_COMPRESSING ? await gzip(plain) : plain;
  if (response.destroyed || response.headersSent) return;
  response.writeHead(status, {
    ...headers,
    ...(body === plain ? {} : { 'Content-Encoding': 'gzip' }),
    'Content-Length': String(body.length),
  });
  response.end(body);
}

/** `Content-Type` of an envelope (SOAP 1.2 part 2, 7.1.4; SOAP 1.1, 6). */
export const contentType = (soap: '1.1' | '1.2', action?: string): string =>
  soap === '1.1'
    ? 'text/xml; charset=utf-8'
    : `application/soap+xml; charset=utf-8${action === undefined ? '' : `; action="${action}"`}`;
