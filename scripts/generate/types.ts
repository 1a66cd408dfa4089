import { compile, type JSONSchema } from 'json-schema-to-typescript';
import type { VersionSchemas } from './sources.ts';

/** TypeScript types of every message of a Version, and `Messages`, which maps a message's name to its type. */
export async function types(schemas: VersionSchemas): Promise<string> {
  const names = Object.keys(schemas.messages).sort();
  const root = {
    title: 'Messages',
    type: 'object',
    additionalProperties: false,
    required: names,
    properties: Object.fromEntries(names.map((name) => [name, { $ref: `#/definitions/${name}` }])),
    definitions: { ...schemas.definitions, ...schemas.messages },
  };
  return compile(open(root) as JSONSchema, 'Messages', {
    bannerComment: '/** Made by `npm run generate` out of the official schemas; not to be edited. */',
    additionalProperties: false,
    ignoreMinAndMaxItems: true,
    format: false,
  });
}

/** `$id`s would name the types; the definition's own name shall. */
function open(schema: unknown): unknown {
  return JSON.parse(JSON.stringify(schema, (key, value) => (key === '$id' ? undefined : value)));
}
