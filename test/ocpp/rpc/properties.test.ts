import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Frame, parseFrame } from '../../../src/ocpp/rpc/frame.ts';
import { runs } from '../../support/arbitrary.ts';
import { versions } from '../versions/all.ts';

const version = fc.constantFrom(...versions);
const object = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ stringUnit: 'binary' }));
const blank = fc.constantFrom('', ' ', '\n', '\t ', '\r\n');
const numRuns = runs * 5;

/** JSON text with blanks wherever they may stand, and with characters escaped that need not be. */
const written = (value: unknown, spacing: string, escaped: boolean): string => {
  const text = JSON.stringify(value, undefined, spacing);
  return escaped
    ? text.replace(/[^\x20-\x7e\s]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    : text;
};

test('the text of a payload is its own, to the letter', () => {
  const frames = fc.record({
    version,
    id: fc.oneof(fc.string({ minLength: 1, maxLength: 36, unit: 'grapheme-ascii' }), fc.maxSafeInteger()),
    action: fc.string({ maxLength: 20 }),
    payload: object,
    blanks: fc.array(blank, { minLength: 8, maxLength: 8 }),
    spacing: blank,
    escaped: fc.boolean(),
    call: fc.boolean(),
  });
  fc.assert(
    fc.property(frames, ({ version, id, action, payload, blanks, spacing, escaped, call }) => {
      const text = written(payload, spacing, escaped);
      const parts = call ? ['2', JSON.stringify(id), JSON.stringify(action), text] : ['3', JSON.stringify(id), text];
      const [before, after, ...between] = blanks as [string, string, ...string[]];
      const frame = `${before}[${parts.map((part, index) => `${between[index]}${part}${between[index + 1]}`).join(',')}]${after}`;
      const parsed = parseFrame(frame, version, true);
      expect(parsed).toMatchObject({ type: call ? 'Call' : 'CallResult', id, text });
    }),
    { numRuns },
  );
});

const isSound = (frame: Frame): boolean => {
  if (frame.type === 'Malformed') return frame.answer === undefined || [4, 5].includes(JSON.parse(frame.answer)[0]);
  if (frame.type === 'CallError' || frame.type === 'CallResultError') return typeof frame.details === 'object';
  // Half surrogates of the text stay in it; the payload's own are taken out where nothing else would.
  if (frame.type === 'CallResult') return typeof JSON.parse(frame.text) === 'object';
  expect(JSON.parse(frame.text)).toEqual(frame.payload);
  return true;
};

test('any array is understood or refused', () => {
  const element = fc.oneof(
    fc.constantFrom(2, 3, 4, 5, 6, 'Heartbeat', 'x', {}, null),
    fc.jsonValue({ stringUnit: 'binary' }),
  );
  fc.assert(
    fc.property(fc.array(element, { maxLength: 6 }), version, fc.boolean(), (message, version, tolerant) =>
      isSound(parseFrame(JSON.stringify(message), version, tolerant)),
    ),
    { numRuns },
  );
});

test('any text is understood or refused, and so is a frame that was damaged on its way', () => {
  const frame =
    '[2,"19223201","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Available","info":"a\\"b"}]';
  const damaged = fc
    .tuple(fc.nat(frame.length), fc.nat(5), fc.string({ unit: 'binary', maxLength: 5 }))
    .map(([at, gone, more]) => frame.slice(0, at) + more + frame.slice(at + gone));
  fc.assert(
    fc.property(fc.oneof(damaged, fc.string({ unit: 'binary' })), version, fc.boolean(), (text, version, tolerant) =>
      isSound(parseFrame(text, version, tolerant)),
    ),
    { numRuns },
  );
});
