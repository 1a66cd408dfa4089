/** Valid messages of every Action that a station may send, made from the official schemas. */
import { readFileSync } from 'node:fs';
import { type Version, versions } from '../../src/ocpp/index.ts';
import type { Random } from '../../src/station/random.ts';

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly multipleOf?: number;
}

interface Schemas {
  readonly messages: Readonly<Record<string, Schema>>;
  readonly definitions: Readonly<Record<string, Schema>>;
}

/** Makes requests of one Version. */
export interface Generator {
  readonly version: Version;
  /** Actions that a station initiates. */
  readonly actions: readonly string[];
  request(action: string, random: Random): unknown;
}

const optionalChance = 0.4;
const deepest = 6;

/** Of every Version. */
export function generators(): readonly Generator[] {
  return versions.map((version) => {
    const file = new URL(`../../src/ocpp/generated/${version.name}.schemas.json`, import.meta.url);
    const { messages, definitions } = JSON.parse(readFileSync(file, 'utf8')) as Schemas;
    return {
      version,
      actions: [...version.actions.values()].filter(({ initiator }) => initiator !== 'csms').map(({ name }) => name),
      request: (action, random) => instance(messages[`${action}Request`] ?? {}, definitions, random, 0),
    };
  });
}

const letters = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_:.|@=+* äéß漢字😀"\\/\n\u0001'];

function instance(schema: Schema, definitions: Schemas['definitions'], random: Random, depth: number): unknown {
  if (schema.$ref !== undefined) {
    return instance(definitions[schema.$ref.split('/').at(-1) ?? ''] ?? {}, definitions, random, depth);
  }
  if (schema.enum !== undefined) return random.pick(schema.enum);
  switch (schema.type) {
    case 'object': {
      const entries = Object.entries(schema.properties ?? {}).filter(
        ([name]) =>
          schema.required?.includes(name) ||
          (depth < deepest && name !== 'customData' && random.chance(optionalChance)),
      );
      return Object.fromEntries(entries.map(([name, each]) => [name, instance(each, definitions, random, depth + 1)]));
    }
    case 'array': {
      const least = schema.minItems ?? 0;
      const most = Math.min(schema.maxItems ?? 3, 3);
      const length = Math.max(least, Math.floor(random.between(least, most + 1)));
      return Array.from({ length }, () => instance(schema.items ?? {}, definitions, random, depth + 1));
    }
    case 'integer':
      return Math.floor(random.between(schema.minimum ?? 0, Math.min(schema.maximum ?? 1000, 1_000_000)));
    case 'number': {
      const value = random.between(schema.minimum ?? -1000, schema.maximum ?? 1000);
      return schema.multipleOf === undefined ? value : Math.round(value / schema.multipleOf) * schema.multipleOf;
    }
    case 'boolean':
      return random.chance(0.5);
    default:
      return text(schema, random);
  }
}

function text(schema: Schema, random: Random): string {
  if (schema.format === 'date-time') return new Date(1.7e12 + random.next() * 1e11).toISOString();
  if (schema.format === 'uri') return 'https://example.com/x';
  const length = Math.floor(random.between(0, Math.min(schema.maxLength ?? 20, 40)));
  return Array.from({ length }, () => random.pick(letters))
    .join('')
    .slice(0, length);
}
