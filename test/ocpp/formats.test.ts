import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codePoints, formats } from '../../src/ocpp/formats.ts';

const dateTime = formats['date-time'] as (value: string) => boolean;
const uri = formats['uri'] as (value: string) => boolean;

describe('date-time', () => {
  test.each([
    '2026-03-01T12:00:00Z',
    '2026-03-01T12:00:00.1Z',
    '2026-03-01T12:00:00.123456789Z',
    '2026-03-01T12:00:00+02:00',
    '2026-03-01T12:00:00-11:30',
    '2024-02-29T23:59:59Z',
    '2000-02-29T00:00:00Z',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999Z',
  ])('%s is one', (text) => {
    expect(dateTime(text)).toBe(true);
    expect(Number.isFinite(Date.parse(text))).toBe(true);
  });

  test.each([
    '2026-03-01T12:00:00',
    '2026-03-01T12:00:00+02',
    '2026-03-01T12:00:00+0200',
    '2026-03-01 12:00:00Z',
    '2026-03-01t12:00:00Z',
    '2026-03-01T12:00:00z',
    '2026-03-01T12:00Z',
    '2026-03-01T24:00:00Z',
    '2026-03-01T12:60:00Z',
    '2026-03-01T12:00:60Z',
    '2026-03-01T12:00:00.Z',
    '2026-03-01T12:00:00,5Z',
    '2026-03-01T12:00:00+24:00',
    '2026-02-29T12:00:00Z',
    '2100-02-29T12:00:00Z',
    '2026-04-31T12:00:00Z',
    '2026-13-01T12:00:00Z',
    '2026-00-01T12:00:00Z',
    '2026-03-00T12:00:00Z',
    '+010000-01-01T00:00:00Z',
    '2026-03-01T12:00:00Z ',
    '2026-03-01T12:00:00Z\n',
    '2026-03-01',
    '1751284800',
    '',
  ])('%j is none', (text) => {
    expect(dateTime(text)).toBe(false);
  });

  test('every instant that JavaScript writes with four digits for the year is one', () => {
    const dates = fc.date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59Z'),
      noInvalidDate: true,
    });
    fc.assert(fc.property(dates, (date) => dateTime(date.toISOString())));
  });

  test('whatever is one, `Date` can read', () => {
    const two = fc.integer({ min: 0, max: 99 }).map((value) => String(value).padStart(2, '0'));
    const text = fc
      .tuple(two, two, two, two, two, two, fc.constantFrom('Z', '+23:59', '-12:00', '.5Z', '+24:00'))
      .map(
        ([year, month, day, hour, minute, second, zone]) =>
          `20${year}-${month}-${day}T${hour}:${minute}:${second}${zone}`,
      );
    fc.assert(
      fc.property(text, (value) => !dateTime(value) || Number.isFinite(Date.parse(value))),
      { numRuns: 5000 },
    );
  });
});

describe('uri', () => {
  test.each(['ftp://user:pw@example.org:21/a%20b', 'https://example.org/?a=b#c', 'urn:x', 'HTTP://[::1]/'])(
    '%s is one',
    (text) => {
      expect(uri(text)).toBe(true);
    },
  );
  test.each(['', 'example.org/x', '//example.org', 'http://a b', 'http://<x>', '1http://x', 'http://x\n'])(
    '%j is none',
    (text) => {
      expect(uri(text)).toBe(false);
    },
  );
});

test('code points are what iterating counts', () => {
  const anything = fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units));
  fc.assert(
    fc.property(fc.oneof(anything, fc.string({ unit: 'binary' })), (text) => codePoints(text) === [...text].length),
  );
});
