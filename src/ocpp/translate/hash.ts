import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** SHA-256 of a text's UTF-8 bytes as base32 (RFC 4648) without padding: 52 characters. Synchronous, so that translation stays pure. */
export function sha256Base32(text: string): string {
  let bits = 0;
  let value = 0;
  let out = '';
  for (const byte of sha256(utf8ToBytes(text))) {
    value = ((value << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      out += alphabet[(value >>> (bits - 5)) & 31];
      bits -= 5;
    }
  }
  return bits > 0 ? out + alphabet[(value << (5 - bits)) & 31] : out;
}
