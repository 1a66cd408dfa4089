/** The smallest valid payloads of a Version, out of its schemas. */
import type { Payload } from './translate/outcome.ts';

/** The official schemas of a Version, as `generated/<version>.schemas.json` has them. */
export interface Schemas {
  /** By `<Action>Request` / `<Action>Response`. */
  readonly messages: Readonly<Record<string, Payload>>;
  readonly definitions: Readonly<Record<string, Payload>>;
}

/** The schema itself, or the definition that it refers to. */
export function resolved(schema: Payload, { definitions }: Schemas): Payload {
  const name = (schema.$ref as string | undefined)?.replace('#/definitions/', '');
  return name === undefined ? schema : resolved(definitions[name] as Payload, { messages: {}, definitions });
}

/**
 * The smallest payload that a message's schema takes, with `Accepted` wherever that is a choice.
 * @param instant what to write for a date-time
 * @throws Error when there is no such message
 */
export function smallest(schemas: Schemas, message: string, instant: string): Payload {
  const schema = schemas.messages[message];
  if (schema === undefined) throw new Error(`there is no message ${message}`);
  return smallestOf(schema, schemas, instant) as Payload;
}

function smallestOf(given: Payload, schemas: Schemas, instant: string): unknown {
  const schema = resolved(given, schemas);
  const choices = schema.enum as readonly string[] | undefined;
  if (choices !== undefined) return choices.includes('Accepted') ? 'Accepted' : choices[0];
  switch (schema.type) {
    case 'object': {
      const properties = (schema.properties ?? {}) as Record<string, Payload>;
      const required = (schema.required ?? []) as readonly string[];
      return Object.fromEntries(
        required.map((name) => [name, smallestOf(properties[name] as Payload, schemas, instant)]),
      );
    }
    case 'array':
      return Array.from({ length: (schema.minItems as number | undefined) ?? 0 }, () =>
        smallestOf(schema.items as Payload, schemas, instant),
      );
    case 'integer':
    case 'number':
      return Math.max(1, (schema.minimum as number | undefined) ?? 1);
    case 'boolean':
      return false;
    default:
      if (schema.format === 'date-time') return instant;
      return schema.format === 'uri'
        ? 'https://example.org/'
        : 'x'.repeat((schema.minLength as number | undefined) ?? 1);
  }
}
