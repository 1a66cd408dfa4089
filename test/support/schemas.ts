/** The official schemas as the generator left them, for tests that make payloads out of them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Payload } from '../../src/ocpp/translate/outcome.ts';
import type { VersionName } from '../../src/ocpp/versions/index.ts';

/** A JSON schema, or a part of one. */
export type Schema = Payload;

export interface Schemas {
  /** By `<Action>Request` / `<Action>Response`. */
  readonly messages: Readonly<Record<string, Schema>>;
  readonly definitions: Readonly<Record<string, Schema>>;
}

const read = new Map<VersionName, Schemas>();

export function schemasOf(version: VersionName): Schemas {
  let schemas = read.get(version);
  if (schemas === undefined) {
    const file = join(import.meta.dirname, `../../src/ocpp/generated/${version}.schemas.json`);
    schemas = JSON.parse(readFileSync(file, 'utf8')) as Schemas;
    read.set(version, schemas);
  }
  return schemas;
}

/** The schema itself, or the definition that it refers to. */
export function resolved(schema: Schema, { definitions }: Schemas): Schema {
  const name = (schema.$ref as string | undefined)?.replace('#/definitions/', '');
  return name === undefined ? schema : resolved(definitions[name] as Schema, { messages: {}, definitions });
}

/** The smallest payload that a message's schema takes, with `Accepted` wherever that is a choice. */
export function smallest(version: VersionName, message: string): Payload {
  const schemas = schemasOf(version);
  const schema = schemas.messages[message];
  if (schema === undefined) throw new Error(`OCPP ${version} has no message ${message}`);
  return smallestOf(schema, schemas) as Payload;
}

function smallestOf(given: Schema, schemas: Schemas): unknown {
  const schema = resolved(given, schemas);
  const choices = schema.enum as string[] | undefined;
  if (choices !== undefined) return choices.includes('Accepted') ? 'Accepted' : choices[0];
  switch (schema.type) {
    case 'object': {
      const properties = (schema.properties ?? {}) as Record<string, Schema>;
      const required = (schema.required ?? []) as string[];
      return Object.fromEntries(required.map((name) => [name, smallestOf(properties[name] as Schema, schemas)]));
    }
    case 'array':
      return Array.from({ length: (schema.minItems as number | undefined) ?? 0 }, () =>
        smallestOf(schema.items as Schema, schemas),
      );
    case 'integer':
    case 'number':
      return Math.max(1, (schema.minimum as number | undefined) ?? 1);
    case 'boolean':
      return false;
    default:
      if (schema.format === 'date-time') return '2026-01-01T00:00:00.000Z';
      return schema.format === 'uri'
        ? 'https://example.org/'
        : 'x'.repeat((schema.minLength as number | undefined) ?? 1);
  }
}
