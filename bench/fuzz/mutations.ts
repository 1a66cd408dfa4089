/** The ways in which a frame can be wrong, a row each. */

import type { Random } from '../../src/station/random.ts';
import { mask, maskedFrame } from '../load/frame.ts';

/** A valid Call to start from. */
export interface Call {
  readonly id: string;
  readonly action: string;
  readonly payload: unknown;
}

export interface Mutation {
  readonly name: string;
  /** The rules of RFC 6455, or of message size, let the server close the connection for it. */
  readonly mayClose?: true;
  /** Bytes for the wire: one frame or several. */
  frames(call: Call, random: Random): Buffer;
}

const textFrame = (text: string | Buffer) => maskedFrame(0x81, Buffer.from(text as string));
const json = ({ id, action, payload }: Call) => JSON.stringify([2, id, action, payload]);
const whole = (random: Random, below: number) => Math.floor(random.next() * below);

const hugeNumbers = [
  '1e308',
  '-1e308',
  '1e999',
  '9007199254740993',
  '-0',
  '1e-320',
  '4294967296',
  '123456789012345678901234567890',
  '2147483648',
  '0.1000000000000000055511151231257827',
];
const wrongValues = [
  null,
  true,
  0,
  -1,
  1.5,
  '',
  'x',
  [],
  {},
  [[]],
  { a: 1 },
  [null],
  'x'.repeat(5000),
  '\u0000',
  '\ud800',
  '__proto__',
];
const oddNames = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'valueOf',
  '',
  ' ',
  'bootnotification',
  'BootNotificationRequest',
  'Reset',
  'x'.repeat(300),
  '\u0000',
];
const oddTypes = ['0', '1', '5', '6', '7', '-2', '2.5', '"2"', 'null', '{}', '[]', '1e999', 'true'];
const oddIds = [
  'null',
  '1',
  '-1',
  '1.5',
  '""',
  '{}',
  '[]',
  'true',
  `"${'i'.repeat(37)}"`,
  `"${'i'.repeat(10_000)}"`,
  '"\\u0000"',
  '"\\ud800"',
  '"a\\"b"',
  '"__proto__"',
];
const oddTexts = [
  '',
  ' ',
  'null',
  '[]',
  '{}',
  '[[]]',
  '2',
  '"x"',
  '[2]',
  '[2,"a"]',
  '[2,"a","Heartbeat"]',
  '[3]',
  '[4]',
  '[2,,]',
  'NaN',
  '\ufeff[]',
  '[2,"a","Heartbeat",{}]x',
  '[2,"a","Heartbeat",{}] ',
  '[2,"a","Heartbeat",{},1,2,3]',
  '[2,"a","Heartbeat",[]]',
  '[2,"a","Heartbeat","{}"]',
];

/** Every place in a value, as the object or list that holds it and the key in it. */
function places(value: unknown, found: { readonly holder: Record<string, unknown>; readonly key: string }[] = []) {
  if (typeof value === 'object' && value !== null) {
    const holder = value as Record<string, unknown>;
    for (const key of Object.keys(holder)) {
      found.push({ holder, key });
      places(holder[key], found);
    }
  }
  return found;
}

/** The Call with one place changed. */
function changed(call: Call, random: Random, change: (holder: Record<string, unknown>, key: string) => void): Call {
  const copy = structuredClone(call);
  const all = places(copy.payload);
  if (all.length > 0) {
    const { holder, key } = random.pick(all);
    change(holder, key);
  }
  return copy;
}

export const mutations: readonly Mutation[] = [
  { name: 'valid', frames: (call) => textFrame(json(call)) },
  {
    name: 'characters changed',
    frames: (call, random) => {
      const bytes = Buffer.from(json(call));
      // Only ASCII is touched and only ASCII comes out, so that the text stays UTF-8.
      for (let n = 1 + whole(random, 8); n > 0; n--) {
        const at = whole(random, bytes.length);
        if (bytes[at]! < 0x80) bytes[at] = bytes[at]! ^ (1 << whole(random, 7));
      }
      return textFrame(bytes);
    },
  },
  {
    name: 'not UTF-8',
    mayClose: true,
    frames: (call, random) => {
      const bytes = Buffer.from(json(call));
      bytes[whole(random, bytes.length)] = 0x80 + whole(random, 0x80);
      return textFrame(bytes);
    },
  },
  {
    name: 'cut short',
    frames: (call, random) => {
      const text = json(call);
      return textFrame(text.slice(0, whole(random, text.length)).toWellFormed());
    },
  },
  {
    name: 'value of a wrong type',
    frames: (call, random) =>
      textFrame(json(changed(call, random, (holder, key) => (holder[key] = random.pick(wrongValues))))),
  },
  {
    name: 'value missing',
    frames: (call, random) => textFrame(json(changed(call, random, (holder, key) => delete holder[key]))),
  },
  {
    name: 'unknown property',
    frames: (call, random) => textFrame(json(changed(call, random, (holder) => (holder[random.pick(oddNames)] = 1)))),
  },
  {
    name: 'huge number',
    frames: (call, random) => {
      const marker = '"@@number@@"';
      const text = json(changed(call, random, (holder, key) => (holder[key] = '@@number@@')));
      return textFrame(text.replace(marker, random.pick(hugeNumbers)));
    },
  },
  {
    name: 'deep nesting',
    frames: (call, random) => {
      const depth = 1 + whole(random, 20_000);
      const [open, close] = random.pick([
        ['[', ']'],
        ['{"a":', '}'],
      ] as const);
      return textFrame(`[2,"${call.id}","${call.action}",${open.repeat(depth)}1${close.repeat(depth)}]`);
    },
  },
  {
    name: 'NUL and lone surrogates',
    frames: (call, random) =>
      textFrame(
        json(
          changed(
            call,
            random,
            (holder, key) => (holder[key] = random.pick(['\u0000', 'a\u0000b', '\ud800', '\udc00x', '\uffff'])),
          ),
        ),
      ),
  },
  {
    name: 'property given twice',
    frames: (call) => textFrame(json(call).replace(/,\{(?=")/, ',{"a":1,"a":2,"__proto__":{"polluted":1},')),
  },
  {
    name: 'unknown message type',
    frames: (call, random) =>
      textFrame(`[${random.pick(oddTypes)},"${call.id}","${call.action}",${JSON.stringify(call.payload)}]`),
  },
  {
    name: 'odd message id',
    frames: (call, random) => textFrame(`[2,${random.pick(oddIds)},"${call.action}",${JSON.stringify(call.payload)}]`),
  },
  { name: 'odd Action', frames: (call, random) => textFrame(json({ ...call, action: random.pick(oddNames) })) },
  { name: 'odd text', frames: (_, random) => textFrame(random.pick(oddTexts)) },
  {
    name: 'answer to nothing',
    frames: (call, random) =>
      textFrame(
        random.pick([
          `[3,"${call.id}",{}]`,
          `[4,"${call.id}","GenericError","",{}]`,
          `[5,"${call.id}","GenericError","",{}]`,
          `[3,"${call.id}"]`,
          `[4,"${call.id}",1]`,
          '[3,null,null]',
        ]),
      ),
  },
  {
    name: 'same frame twice',
    frames: (call) => {
      const frame = textFrame(json(call));
      return Buffer.concat([frame, frame]);
    },
  },
  {
    name: 'same id, other content',
    frames: (call) =>
      Buffer.concat([textFrame(json(call)), textFrame(json({ ...call, action: 'Heartbeat', payload: {} }))]),
  },
  {
    name: 'long text',
    frames: (call, random) =>
      textFrame(json(changed(call, random, (holder, key) => (holder[key] = 'y'.repeat(100_000))))),
  },
  {
    name: 'over the size limit',
    mayClose: true,
    frames: (call) => textFrame(`[2,"${call.id}","${call.action}",{"a":"${'z'.repeat(1_100_000)}"}]`),
  },
  { name: 'JSON in a binary frame', frames: (call) => maskedFrame(0x82, Buffer.from(json(call))) },
  // Binary that is not UTF-8 text is nothing that a station of OCPP-J may send.
  {
    name: 'random binary',
    mayClose: true,
    frames: (_, random) =>
      maskedFrame(0x82, Buffer.from(Array.from({ length: whole(random, 300) }, () => whole(random, 256)))),
  },
  {
    name: 'fragments with a ping between',
    frames: (call, random) => {
      const bytes = Buffer.from(json(call));
      const cut = 1 + whole(random, bytes.length - 1);
      return Buffer.concat([
        maskedFrame(0x01, bytes.subarray(0, cut)),
        maskedFrame(0x89, Buffer.from('between')),
        maskedFrame(0x80, bytes.subarray(cut)),
      ]);
    },
  },
  { name: 'one byte a fragment', frames: (call) => fragments(Buffer.from(json(call).slice(0, 200).toWellFormed())) },
  { name: 'ping', frames: (_, random) => maskedFrame(0x89, Buffer.alloc(whole(random, 126), 0x70)) },
  { name: 'pong to nothing', frames: (_, random) => maskedFrame(0x8a, Buffer.alloc(whole(random, 126), 0x70)) },
  { name: 'ping too long', mayClose: true, frames: () => maskedFrame(0x89, Buffer.alloc(126, 0x70)) },
  { name: 'ping in fragments', mayClose: true, frames: () => maskedFrame(0x09, Buffer.from('x')) },
  {
    name: 'reserved opcode',
    mayClose: true,
    frames: (_, random) => maskedFrame(0x80 | random.pick([3, 4, 5, 6, 7, 0xb, 0xf]), Buffer.from('x')),
  },
  {
    name: 'reserved bits',
    mayClose: true,
    frames: (call, random) => maskedFrame(0x81 | random.pick([0x10, 0x20, 0x40]), Buffer.from(json(call))),
  },
  { name: 'continuation of nothing', mayClose: true, frames: () => maskedFrame(0x80, Buffer.from('x')) },
  {
    name: 'message inside a message',
    mayClose: true,
    frames: (call) => Buffer.concat([maskedFrame(0x01, Buffer.from('[2,')), textFrame(json(call))]),
  },
  { name: 'not masked', mayClose: true, frames: (call) => unmasked(Buffer.from(json(call))) },
  {
    name: 'impossible length',
    mayClose: true,
    frames: () => Buffer.from([0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, ...mask]),
  },
  {
    name: 'close',
    mayClose: true,
    frames: (_, random) =>
      maskedFrame(
        0x88,
        random.pick([
          Buffer.alloc(0),
          Buffer.from([3, 0xe8]),
          Buffer.from([0]),
          Buffer.from([0, 1]),
          Buffer.from([3, 0xe8, 0xff]),
        ]),
      ),
  },
];

/** How often each kind comes, where it is not once in a round: closings cost a reconnect, long ones bandwidth. */
const rare: ReadonlySet<string> = new Set(['over the size limit', 'long text', 'close']);

/** Draws a mutation: those that may close come a quarter as often, expensive ones a tenth of that. */
export function drawMutation(random: Random): Mutation {
  for (;;) {
    const mutation = random.pick(mutations);
    const keep = (mutation.mayClose ? 0.25 : 1) * (rare.has(mutation.name) ? 0.1 : 1);
    if (random.chance(keep)) return mutation;
  }
}

function fragments(bytes: Buffer): Buffer {
  const last = bytes.length - 1;
  return Buffer.concat(
    [...bytes].map((byte, index) =>
      maskedFrame((index === 0 ? 0x01 : 0x00) | (index === last ? 0x80 : 0), Buffer.from([byte])),
    ),
  );
}

function unmasked(payload: Buffer): Buffer {
  const length = Math.min(payload.length, 125);
  return Buffer.concat([Buffer.from([0x81, length]), payload.subarray(0, length)]);
}
