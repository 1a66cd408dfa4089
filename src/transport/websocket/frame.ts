import { constants, deflateRawSync } from 'node:zlib';

/** RFC 7692 7.2.3: messages smaller than this, in bytes, are not worth compressing. */
export const deflateThreshold = 1024;

/** Compressing with larger windows costs more memory than it saves bytes on messages of a few kilobytes. */
const maxDeflateWindowBits = 13;

const finalText = 0x81;
const rsv1 = 0x40;

/** One unmasked text frame (RFC 6455 5.2), header and payload in one buffer. */
export function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const start = headerLength(length);
  const frame = Buffer.allocUnsafe(start + length);
  writeHeader(frame, finalText, length);
  if (length === text.length) frame.write(text, start, 'latin1');
  else frame.write(text, start, 'utf8');
  return frame;
}

/**
 * The same, compressed without context (RFC 7692 7.2.1) when it is large enough. Compressing at once keeps nothing in
 * memory for the connection, and keeps the order of the frames.
 *
 * @param windowBits what was negotiated as the server's window
 */
export function deflatedTextFrame(text: string, windowBits: number): Buffer {
  if (text.length < deflateThreshold && Buffer.byteLength(text) < deflateThreshold) return textFrame(text);
  const deflated = deflateRawSync(text, {
    finishFlush: constants.Z_SYNC_FLUSH,
    level: constants.Z_BEST_SPEED,
    windowBits: Math.min(windowBits, maxDeflateWindowBits),
    memLevel: 7,
  });
  const length = deflated.length - 4; // without the trailing 00 00 ff ff
  const start = headerLength(length);
  const frame = Buffer.allocUnsafe(start + length);
  writeHeader(frame, finalText | rsv1, length);
  deflated.copy(frame, start, 0, length);
  return frame;
}

function headerLength(length: number): number {
  if (length < 126) return 2;
  return length < 0x10000 ? 4 : 10;
}

function writeHeader(frame: Buffer, first: number, length: number): void {
  frame[0] = first;
  if (length < 126) {
    frame[1] = length;
  } else if (length < 0x10000) {
    frame[1] = 126;
    frame[2] = length >>> 8;
    frame[3] = length & 0xff;
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
}
