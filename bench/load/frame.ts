/**
 * Messages as masked WebSocket frames that are made once and patched in place: what changes from one message to the next
 * has a fixed width, so that sending costs the load generator a copy of some forty bytes.
 */

/** Any key is allowed (RFC 6455 5.3). It is not zero, because some servers skip the unmasking then. */
export const mask = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);

/** A message with places to fill: `@ID@`, `@TIME@`, `@ENERGY@` (patched), `@TX@` (made anew for each transaction). */
export interface Template {
  readonly parts: readonly string[];
}

const widths: Readonly<Record<string, number>> = { '@ID@': 36, '@TIME@': 24, '@ENERGY@': 8 };
const idPrefix = 'a3f1c2d4-5b6e-4f70-8a91-';

export function template(action: string, payload: string): Template {
  return { parts: `[2,"@ID@","${action}",${payload}]`.split(/(@(?:ID|TIME|ENERGY|TX)@)/) };
}

/** A frame ready to be patched and sent. Offsets count from its first byte. */
export interface Frame {
  readonly bytes: Buffer;
  /** Of the first byte of the payload. */
  readonly payload: number;
  /** Of the 12 characters of the message id that change. */
  readonly id: number;
  readonly times: readonly number[];
  readonly energies: readonly number[];
}

/** @param transaction what stands for `@TX@`: JSON text. */
export function frameOf(from: Template, transaction: string): Frame {
  let text = '';
  let id = 0;
  const times: number[] = [];
  const energies: number[] = [];
  for (const part of from.parts) {
    if (part === '@TX@') text += transaction;
    else {
      const width = widths[part];
      if (part === '@ID@') id = text.length + idPrefix.length;
      else if (part === '@TIME@') times.push(text.length);
      else if (part === '@ENERGY@') energies.push(text.length);
      text += part === '@ID@' ? `${idPrefix}000000000000` : width === undefined ? part : '0'.repeat(width);
    }
  }
  const bytes = maskedFrame(0x81, Buffer.from(text, 'latin1'));
  const payload = bytes.length - text.length;
  const shift = (offset: number) => offset + payload;
  return { bytes, payload, id: shift(id), times: times.map(shift), energies: energies.map(shift) };
}

/** Overwrites ASCII text at `offset` (from the first byte of the frame). */
export function patch(frame: Frame, offset: number, text: string): void {
  const { bytes, payload } = frame;
  for (let i = 0; i < text.length; i++) {
    bytes[offset + i] = text.charCodeAt(i) ^ mask[(offset + i - payload) & 3]!;
  }
}

/** A client's frame; the first byte carries FIN and opcode. */
export function maskedFrame(first: number, payload: Buffer): Buffer {
  const { length } = payload;
  const header = length < 126 ? 2 : length < 65536 ? 4 : 10;
  const bytes = Buffer.allocUnsafeSlow(header + 4 + length);
  bytes[0] = first;
  if (header === 2) bytes[1] = 0x80 | length;
  else if (header === 4) {
    bytes[1] = 0x80 | 126;
    bytes.writeUInt16BE(length, 2);
  } else {
    bytes[1] = 0x80 | 127;
    bytes.writeBigUInt64BE(BigInt(length), 2);
  }
  mask.copy(bytes, header);
  for (let i = 0; i < length; i++) bytes[header + 4 + i] = payload[i]! ^ mask[i & 3]!;
  return bytes;
}

let sequence = Math.floor(Date.now() / 1000) * 100_000;

/** The twelve characters that make a message id new in this process and, by the clock, in the ones after it. */
export function nextId(): string {
  return (sequence++).toString(16).padStart(12, '0').slice(-12);
}

/** True when `[type,"<id>"` starts at `start`; `id` is what {@link nextId} gave. */
export function startsWithId(data: Buffer, start: number, type: number, id: string): boolean {
  if (data[start] !== 0x5b || data[start + 1] !== type || data[start + 2] !== 0x2c || data[start + 3] !== 0x22)
    return false;
  const from = start + 4 + idPrefix.length;
  for (let i = 0; i < 12; i++) if (data[from + i] !== id.charCodeAt(i)) return false;
  return data[from + 12] === 0x22;
}

export const fullId = (id: string): string => idPrefix + id;

let stampedAt = 0;
let stamp = '';

/** Now, as the messages write it; made once a millisecond. */
export function isoNow(): string {
  const now = Date.now();
  if (now !== stampedAt) {
    stampedAt = now;
    stamp = new Date(now).toISOString();
  }
  return stamp;
}
