import { describe, expect, it } from 'vitest';
import { hashPassword, verifyPassword } from '../../src/gateway/passwords.ts';

describe('a password', () => {
  it('is known again, and no other is', () => {
    const hash = hashPassword('correct horse battery');
    expect(verifyPassword(hash, Buffer.from('correct horse battery'))).toBe(true);
    for (const wrong of ['', 'correct horse batter', 'correct horse battery ', 'Correct horse battery']) {
      expect(verifyPassword(hash, Buffer.from(wrong))).toBe(false);
    }
  });

  it('leaves no trace in its hash, which is another one every time', () => {
    expect(hashPassword('correct horse battery')).not.toBe(hashPassword('correct horse battery'));
    expect(hashPassword('correct horse battery')).not.toContain('horse');
  });

  const hex = '00ff3a0d0a80fe112233445566778899aabbccdd';
  it.each([
    ['its bytes', Buffer.from(hex, 'hex')],
    ['its text', Buffer.from(hex)],
    ['its text in capitals', Buffer.from(hex.toUpperCase())],
  ])('of hexadecimal digits may be sent as %s (F6, F7)', (_how, sent) => {
    expect(verifyPassword(hashPassword(hex), sent)).toBe(true);
    expect(verifyPassword(hashPassword(hex.toUpperCase()), sent)).toBe(true);
  });

  it('of bytes is not what replacement characters make of it', () => {
    const sent = Buffer.from(Buffer.from(hex, 'hex').toString('utf8'));
    expect(verifyPassword(hashPassword(hex), sent)).toBe(false);
  });

  it('that is text keeps its case', () => {
    expect(verifyPassword(hashPassword('DEADBEEFdeadbeef'), Buffer.from('deadbeefdeadbeef'))).toBe(false);
    expect(verifyPassword(hashPassword('äöü-äöü-äöü-äöü-'), Buffer.from('äöü-äöü-äöü-äöü-'))).toBe(true);
  });

  it('never fits a hash that cannot be read', () => {
    for (const broken of ['', ':', 'x', ':x', 'AAAA']) expect(verifyPassword(broken, Buffer.from(''))).toBe(false);
  });
});
