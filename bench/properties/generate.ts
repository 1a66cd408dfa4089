/**
 * Random messages that are valid by the official schemas, fast: each schema is turned into a function once. Values sit at their
 * limits more often than chance has it, and ids come from a small space, so that messages have to do with each other.
 */
import { readFileSync } from 'node:fs';
import type { Payload, VersionName } from '../../src/ocpp/index.ts';
import { resolved, type Schemas } from '../../src/ocpp/smallest.ts';
import type { Random } from '../../src/station/random.ts';
import { dictionary, keys, nameKnown, ofField, wrapping } from './words.ts';

/** What messages may refer to. */
export interface World {
  /** ms since 1970. */
  readonly now: number;
  /** Ids that translation made up lately. */
  readonly ids: readonly string[];
  /** The last number that translation gave a transaction. */
  readonly lastTransactionId: number;
}

/** What one message is drawn from. */
interface Draw {
  readonly random: Random;
  readonly world: World;
  /** Nothing at its limits, nothing odd: values that every Version has room for. */
  readonly isOrdinary: boolean;
  /** Values that may still be drawn before only what must be there is. */
  left: number;
}

type Make = (draw: Draw, depth: number) => unknown;

/** Messages of one Version. */
export class Generator {
  readonly #schemas: Schemas;
  readonly #version: VersionName;
  readonly #made = new Map<string, Make>();

  constructor(version: VersionName) {
    const file = new URL(`../../src/ocpp/generated/${version}.schemas.json`, import.meta.url);
    this.#schemas = JSON.parse(readFileSync(file, 'utf8')) as Schemas;
    this.#version = version;
  }

  /**
   * @param name `<Action>Request` or `<Action>Response`
   * @param isOrdinary nothing at its limits, nothing odd: values that every Version has room for
   * @throws Error when the Version has no such message
   */
  message(name: string, random: Random, world: World, isOrdinary = false): Payload {
    return this.#make(name)({ random, world, isOrdinary, left: MOST_VALUES }, 0) as Payload;
  }

  #make(name: string): Make {
    let make = this.#made.get(name);
    if (make === undefined) {
      const schema = this.#schemas.messages[name];
      if (schema === undefined) throw new Error(`OCPP ${this.#version} has no message ${name}`);
      make = this.#of(schema, '');
      this.#made.set(name, make);
    }
    return make;
  }

  #of(schema: Payload, name: string): Make {
    if (schema.$ref !== undefined) {
      // Definitions refer to themselves in places: each is made once, when it is first needed.
      const key = `${schema.$ref} ${name}`;
      return (draw, depth) => {
        let make = this.#made.get(key);
        if (make === undefined) {
          make = this.#of(resolved(schema, this.#schemas), name);
          this.#made.set(key, make);
        }
        return make(draw, depth);
      };
    }
    if (schema.enum !== undefined) return choice(schema.enum, name);
    switch (schema.type) {
      case 'object':
        return this.#object(schema);
      case 'array':
        return this.#list(schema, name);
      case 'string':
        return text(schema, name);
      case 'integer':
        return integer(schema, name);
      case 'number':
        return number(schema);
      case 'boolean':
        return ({ random }) => random.chance(0.5);
      default:
        return anything;
    }
  }

  #object(schema: Payload): Make {
    const required = new Set<string>(schema.required ?? []);
    const fields = Object.entries(schema.properties ?? {}).map(([name, property]) => ({
      name,
      isRequired: required.has(name),
      make: this.#of(property as Payload, name),
    }));
    const isOpen = schema.additionalProperties !== false;
    const names = new Set(fields.map((field) => field.name));
    const isVariable = names.has('component') && names.has('variable');
    const isDataTransfer = names.has('vendorId') && names.has('messageId') && names.has('data');
    return (draw, depth) => {
      const { random } = draw;
      const how = random.next();
      // Everything in it, or nothing but what must be, is as likely as what is between.
      const optional = how < 0.2 ? 0 : how < 0.35 && depth < 3 ? 1 : 0.55 / (1 + depth / 3);
      const made: Payload = {};
      for (const { name, isRequired, make } of fields) {
        if (!isRequired && (draw.left <= 0 || !random.chance(name === 'customData' ? optional / 4 : optional)))
          continue;
        draw.left--;
        made[name] = make(draw, depth + 1);
      }
      if (isOpen && !draw.isOrdinary && random.chance(0.1)) made['vendorField'] = anything(draw, depth);
      if (isVariable && random.chance(0.7)) nameKnown(made, random);
      if (isDataTransfer && !draw.isOrdinary && random.chance(0.5)) this.#wrap(made, draw);
      return made;
    };
  }

  /** A message of Plug & Charge, as DataTransfer carries it in 1.6. */
  #wrap(made: Payload, draw: Draw): void {
    const action = draw.random.pick(wrapping.actions);
    made.vendorId = draw.random.pick(wrapping.vendorIds);
    made.messageId = action;
    made.data = JSON.stringify(wrappedIn.message(`${action}Request`, draw.random, draw.world));
  }

  #list(schema: Payload, name: string): Make {
    const make = this.#of((schema.items as Payload | undefined) ?? {}, name);
    const least = (schema.minItems as number | undefined) ?? 0;
    const most = (schema.maxItems as number | undefined) ?? Number.POSITIVE_INFINITY;
    return (draw, depth) => {
      const { random } = draw;
      let length = random.chance(0.6)
        ? Math.max(least, draw.isOrdinary ? 1 : 0)
        : Math.min(most, least + 1 + below(random, 3));
      if (draw.left <= 0) length = least;
      else if (!draw.isOrdinary && random.chance(0.02)) length = Math.min(most, depth < 2 ? 24 : 6);
      const items = Array.from({ length }, () => {
        draw.left--;
        return make(draw, depth + 1);
      });
      return draw.isOrdinary ? inOrder(items) : items;
    };
  }
}

/** As one would write a list: nothing twice, and periods of a schedule one after the other, from its beginning on. */
const inOrder = (items: readonly unknown[]): readonly unknown[] =>
  [...new Set(items)].map((item, index) => (isPeriod(item) ? { ...item, startPeriod: index * 600 } : item));

const isPeriod = (item: unknown): item is { readonly startPeriod: number } =>
  typeof item === 'object' && item !== null && typeof (item as Payload).startPeriod === 'number';

/** More values than any message of the field has; what is drawn after so many is as small as it may be. */
const MOST_VALUES = 300;
/** Where nothing bounds a text. */
const MOST_CHARACTERS = 400;

const below = (random: Random, limit: number): number => Math.floor(random.next() * limit);

/** What goes well is answered well more often than by chance, so that there is something to go on with. */
const good = new Set(['Accepted', 'Charging', 'EVConnected', 'Started', 'Available', 'TxProfile', 'TxDefaultProfile']);

function choice(values: readonly unknown[], name: string): Make {
  const preferred = values.filter((value) => good.has(value as string));
  const isPreferring = preferred.length > 0 && /status$|State$|eventType|Purpose$/i.test(name);
  // A container of signed data is nothing that one makes up.
  const usable = name === 'format' ? values.filter((value) => value !== 'SignedData') : values;
  return ({ random, isOrdinary }) =>
    random.pick(isPreferring && random.chance(0.5) ? preferred : isOrdinary ? usable : values);
}

const INT32 = 2 ** 31 - 1;
/** How many values of a number an ordinary message may have, from 1 on. */
const usual: Readonly<Record<string, number>> = { numberPhases: 3, phaseToUse: 3, numberOfPhasesUsed: 3 };

function integer({ minimum = -INT32 - 1, maximum = INT32 }: Payload, name: string): Make {
  const fits = (value: number): boolean => value >= minimum && value <= maximum;
  const edges = [minimum, maximum, -1, 0, 1, 2].filter(fits);
  const isId = /id$|stackLevel|seqNo|listVersion|versionNumber/i.test(name);
  const low = Math.max(minimum, 0);
  const small = (random: Random, limit: number): number => Math.min(maximum, low + below(random, limit));
  return ({ random, world, isOrdinary }) => {
    const how = random.next();
    if (isOrdinary && (name !== 'transactionId' || how > 0.6)) {
      return clamp(1 + below(random, usual[name] ?? (isId ? 2 : 50)), minimum, maximum);
    }
    if (name === 'transactionId' && how < 0.6)
      return clamp(world.lastTransactionId - below(random, 4), minimum, maximum);
    if (how < (isId ? 0.8 : 0.3)) return small(random, isId ? 4 : 20);
    if (how < 0.9) return random.pick(edges);
    return Math.floor(random.between(minimum, maximum));
  };
}

const clamp = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));

function number({ minimum = -1e6, maximum = 1e6, multipleOf }: Payload): Make {
  const edges = [minimum, maximum, 0, -1, 16, 0.1, 1e-7].filter((value) => value >= minimum && value <= maximum);
  return ({ random, isOrdinary }) => {
    if (isOrdinary) return clamp(1 + below(random, 50), minimum, maximum);
    if (multipleOf !== undefined) {
      const steps = below(random, 1000) * (random.chance(0.9) ? 1 : 100);
      return clamp(Number((steps * multipleOf).toFixed(6)), Math.ceil(minimum), Math.floor(maximum));
    }
    const how = random.next();
    if (how < 0.3) return random.pick(edges);
    if (how < 0.6) return clamp(below(random, 100), minimum, maximum);
    return random.between(minimum, maximum);
  };
}

const oddTimes = [
  '2024-02-29T23:59:59.999Z',
  '1970-01-01T00:00:00.000001Z',
  '2038-01-19T03:14:08-00:00',
  '9999-12-31T23:59:59Z',
  '0001-01-01T00:00:00Z',
];

function time({ random, world, isOrdinary }: Draw): string {
  const how = random.next();
  if (isOrdinary) return new Date(world.now - below(random, 600) * 1000).toISOString();
  if (how < 0.05) return random.pick(oddTimes);
  const around = how < 0.75 ? random.between(-600_000, 5000) : random.between(-1e9, 1e9);
  const instant = new Date(world.now + around).toISOString();
  return how < 0.15 ? instant.replace('Z', '+05:30') : how < 0.25 ? instant.replace(/\.\d+Z/, 'Z') : instant;
}

const plain = ['Alpha', 'Beta', 'Gamma', 'Delta'];

function ordinaryText(name: string, random: Random): string {
  switch (name) {
    case 'key':
      return random.pick(keys);
    case 'type':
      // An IdToken's.
      return random.pick(['Central', 'ISO14443', 'eMAID']);
    case 'value':
    case '$value':
      return String(below(random, 1000) / 10);
    case 'attributeValue':
    case 'actualValue':
      return random.pick(['true', 'false', '30', 'A', 'Voltage', 'Available', 'Unavailable']);
    default:
      return `${random.pick(plain)}${below(random, 1000)}`;
  }
}

/** Tokens, names of vendors and whatever else has no list of its own. */
const few = ['TAG', 'tag', 'A1', 'B2', 'V', '1', '0', 'true', '12.5', ''];

function text({ format, maxLength = MOST_CHARACTERS }: Payload, name: string): Make {
  if (format === 'date-time') return time;
  if (format === 'uri') {
    const start = 'https://example.org/';
    return ({ random, isOrdinary }) =>
      isOrdinary
        ? `${start}file`
        : start + 'a'.repeat(random.chance(0.8) ? 3 : below(random, Math.max(1, maxLength - start.length)));
  }
  const known = (ofField[name] ?? few).filter((word) => word.length <= maxLength);
  const words = dictionary.filter((word) => word.length <= maxLength);
  const isKnown = /id$|idTag/i.test(name) || ofField[name] !== undefined;
  return ({ random, world, isOrdinary }) => {
    const how = random.next();
    if (isOrdinary && (name !== 'transactionId' || how > 0.6)) return ordinaryText(name, random).slice(0, maxLength);
    if (name === 'transactionId' && how < 0.6 && world.ids.length > 0) {
      return random.pick(world.ids).slice(0, maxLength);
    }
    if (known.length > 0 && how < (isKnown ? 0.75 : 0.3)) return random.pick(known);
    if (how < 0.8) return random.pick(words);
    if (how < 0.85) return 'x'.repeat(maxLength);
    // Outside of the basic plane a character is two of JavaScript's and one of JSON Schema's.
    if (how < 0.87) return '🔌'.repeat(maxLength);
    return letters(random, Math.min(maxLength, 12));
  };
}

const alphabet = [...'abcXYZ0189 _-.:,;|/\\"\'{}[]<>&%\u0001\n\täß漢é🔌'];

function letters(random: Random, most: number): string {
  let made = '';
  for (let length = below(random, most + 1); length > 0; length--) made += random.pick(alphabet);
  return made;
}

function anything(draw: Draw, depth: number): unknown {
  const { random, isOrdinary } = draw;
  if (isOrdinary) return random.pick(plain);
  const how = below(random, depth > 3 ? 4 : 6);
  switch (how) {
    case 0:
      return null;
    case 1:
      return random.chance(0.5);
    case 2:
      return below(random, 1000);
    case 3:
      return random.pick(['', 'x', '{"a":1}', '[1,2]', 'null', '{']);
    case 4:
      return [anything(draw, depth + 2)];
    default:
      return { a: anything(draw, depth + 2) };
  }
}

const wrappedIn = new Generator('2.0.1');
