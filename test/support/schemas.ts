/** The official schemas as the generator left them, for tests that make payloads out of them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { resolved, type Schemas, smallest as smallestOf } from '../../src/ocpp/smallest.ts';
import type { Payload } from '../../src/ocpp/translate/outcome.ts';
import type { VersionName } from '../../src/ocpp/versions/index.ts';

export { resolved, type Schemas };

/** A JSON schema, or a part of one. */
export type Schema = Payload;

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

/** The smallest payload that a message's schema takes, with `Accepted` wherever that is a choice. */
export const smallest = (version: VersionName, message: string): Payload =>
  smallestOf(schemasOf(version), message, '2026-01-01T00:00:00.000Z');
