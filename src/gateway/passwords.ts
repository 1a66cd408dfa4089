/**
 * Station passwords. They are long random strings by the specification (16 to 64 characters, 1.6 keys 16 to 20 bytes), so a salted,
 * keyed hash protects them; a deliberately slow one would cost 10,000 reconnecting stations minutes and gain nothing.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const digest = (salt: Buffer, password: Buffer): Buffer => createHmac('sha256', salt).update(password).digest();

/** @returns `salt:hash`, both base64url. A password of 32 to 40 hexadecimal digits is also known by its bytes, as 1.6 means it. */
export function hashPassword(password: string): string {
  const salt = randomBytes(16);
  const forms = [Buffer.from(password, 'utf8'), ...bytesOf(password)];
  return [salt, ...forms.map((form) => digest(salt, form))].map((part) => part.toString('base64url')).join(':');
}

const hex = /^(?:[0-9A-Fa-f]{2}){16,20}$/;
const bytesOf = (password: string): readonly Buffer[] => (hex.test(password) ? [Buffer.from(password, 'hex')] : []);

/** True for a password that was sent as hexadecimal digits. */
export const isHexText = (sent: Buffer | undefined): boolean =>
  sent !== undefined && sent.length <= 40 && hex.test(sent.toString('latin1'));

/**
 * Compares the bytes a station sent with a stored hash: as they are, and, for hexadecimal text, in either case.
 * Takes the same time whichever form fits.
 */
export function verifyPassword(stored: string, sent: Buffer): boolean {
  const [salt, ...hashes] = stored.split(':').map((part) => Buffer.from(part, 'base64url'));
  if (salt === undefined || hashes.length === 0) return false;
  const candidates = [sent];
  const text = sent.length <= 40 ? sent.toString('latin1') : '';
  if (hex.test(text))
    candidates.push(Buffer.from(text.toLowerCase()), Buffer.from(text.toUpperCase()), Buffer.from(text, 'hex'));
  let same = false;
  for (const candidate of candidates) {
    const found = digest(salt, candidate);
    for (const known of hashes) same = (known.length === found.length && timingSafeEqual(known, found)) || same;
  }
  return same;
}
