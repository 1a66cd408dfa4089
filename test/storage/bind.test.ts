import { describe, expect, it } from 'vitest';
import { bindMessage } from '../../src/storage/bind.ts';

const large = Buffer.alloc(5000, 'x');

describe('the Bind message', () => {
  it('is as the PostgreSQL protocol wants it', () => {
    const values = ['é', null, 7, Buffer.from([1, 2])];
    const valueMapper = (value: unknown) =>
      typeof value === 'number' ? String(value) : (value as string | Buffer | null);
    expect(Buffer.concat(bindMessage({ portal: '', statement: 's', values, valueMapper })).toString('latin1')).toBe(
      Buffer.from(
        'B\0\0\0\x2c' +
          '\0s\0' +
          '\0\x04\0\0\0\0\0\0\0\x01' + // formats: text, text, text, binary
          '\0\x04' +
          '\0\0\0\x02\xc3\xa9' +
          '\xff\xff\xff\xff' +
          '\0\0\0\x017' +
          '\0\0\0\x02\x01\x02' +
          '\0\x01\0\0',
        'latin1',
      ).toString('latin1'),
    );
  });

  it('has large values as they are, and its length counts them', () => {
    const pieces = bindMessage({ statement: 'stored', values: ['a', large, large, 'b', Buffer.alloc(0)] });
    expect(pieces.filter((piece) => piece === large)).toHaveLength(2);
    const message = Buffer.concat(pieces);
    expect(message.readInt32BE(1)).toBe(message.length - 1);
  });

  it('of no values is an empty one', () => {
    const message = Buffer.concat(bindMessage({ binary: true }));
    expect(message).toEqual(Buffer.from([0x42, 0, 0, 0, 14, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1]));
  });
});
