/** fast-check arbitraries of messages that are valid by the official schemas, at their limits more often than chance has it. */
import fc from 'fast-check';
import type { Payload } from '../../src/ocpp/translate/outcome.ts';
import type { VersionName } from '../../src/ocpp/versions/version.ts';
import { resolve, type Schema } from './schema-fit.ts';
import { type Schemas, schemasOf } from './schemas.ts';

/** How many runs each property gets: `FAST_CHECK_RUNS`, else 50. */
export const runs = Number(process.env.FAST_CHECK_RUNS ?? 50);

const cache = new Map<string, fc.Arbitrary<unknown>>();

/** Any valid payload of `<Action>Request` or `<Action>Response`. @throws Error when the Version has no such message */
export function message(version: VersionName, name: string): fc.Arbitrary<Payload> {
  const schemas = schemasOf(version);
  const schema = schemas.messages[name] as Schema | undefined;
  if (schema === undefined) throw new Error(`OCPP ${version} has no message ${name}`);
  return cached(`${version} message ${name}`, () => arbitraryOf(schema, schemas, version)) as fc.Arbitrary<Payload>;
}

function cached(key: string, make: () => fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  let found = cache.get(key);
  if (found === undefined) {
    found = make();
    cache.set(key, found);
  }
  return found;
}

function arbitraryOf(schema: Schema, schemas: Schemas, version: VersionName): fc.Arbitrary<unknown> {
  if (schema.$ref !== undefined) {
    return cached(`${version} ${schema.$ref}`, () => arbitraryOf(resolve(schema, schemas), schemas, version));
  }
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case 'object':
      return object(schema, schemas, version);
    case 'array': {
      const minLength = schema.minItems ?? 0;
      const maxLength = Math.max(minLength, Math.min(schema.maxItems ?? 3, 3));
      return fc.array(arbitraryOf(schema.items ?? {}, schemas, version), { minLength, maxLength });
    }
    case 'string':
      return text(schema);
    case 'integer':
      return integer(schema);
    case 'number':
      return number(schema);
    case 'boolean':
      return fc.boolean();
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function object(schema: Schema, schemas: Schemas, version: VersionName): fc.Arbitrary<unknown> {
  const fields = Object.fromEntries(
    Object.entries(schema.properties ?? {}).map(([name, property]) => [name, arbitraryOf(property, schemas, version)]),
  );
  const requiredKeys = [...(schema.required ?? [])];
  const some = fc.record(fields, { requiredKeys, noNullPrototype: true });
  // Objects with everything in them, and with nothing but what must be there, are as likely as those between.
  const known = fc.oneof(
    { weight: 3, arbitrary: some },
    { weight: 1, arbitrary: fc.record(fields, { noNullPrototype: true }) },
    {
      weight: 1,
      arbitrary: fc.record(
        Object.fromEntries(requiredKeys.map((name) => [name, fields[name] as fc.Arbitrary<unknown>])),
        { noNullPrototype: true },
      ),
    },
  );
  if (schema.additionalProperties === false) return known;
  return fc
    .tuple(known, fc.dictionary(fc.constantFrom('x', 'vendorField'), fc.jsonValue({ maxDepth: 1 })))
    .map(([own, more]) => ({ ...more, ...own }));
}

const times = [
  '2026-01-01T00:00:00Z',
  '2024-02-29T23:59:59.999Z',
  '2026-06-30T12:00:00+05:30',
  '1970-01-01T00:00:00.000001Z',
  '2038-01-19T03:14:08-00:00',
];

function text({ format, maxLength = 300 }: Schema): fc.Arbitrary<string> {
  if (format === 'date-time') {
    return fc.oneof(
      fc.constantFrom(...times),
      fc.date({ min: new Date(0), max: new Date('2099-12-31'), noInvalidDate: true }).map((date) => date.toISOString()),
    );
  }
  if (format === 'uri') {
    const start = 'https://example.org/';
    return fc.oneof(
      fc.webUrl({ size: 'xsmall' }),
      fc.nat(Math.max(0, maxLength - start.length)).map((length) => start + 'a'.repeat(length)),
    );
  }
  const short = Math.min(maxLength, 12);
  return fc.oneof(
    fc.string({ maxLength: short }),
    fc.string({ unit: 'binary', maxLength: short }),
    // Characters outside the BMP are two of JavaScript's and one of JSON Schema's.
    fc.constantFrom('', 'x'.repeat(maxLength), '🔌'.repeat(maxLength), 'é'.repeat(maxLength)),
    fc.nat(maxLength).map((length) => 'y'.repeat(length)),
  );
}

const INT32 = 2 ** 31 - 1;

function integer({ minimum = -INT32 - 1, maximum = INT32 }: Schema): fc.Arbitrary<number> {
  const edges = [minimum, maximum, -1, 0, 1, 2].filter((value) => value >= minimum && value <= maximum);
  return fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom(...edges) },
    { weight: 2, arbitrary: fc.integer({ min: Math.max(minimum, Math.min(0, maximum)), max: Math.min(maximum, 20) }) },
    { weight: 1, arbitrary: fc.integer({ min: minimum, max: maximum }) },
  );
}

function number({ minimum = -1e6, maximum = 1e6, multipleOf }: Schema): fc.Arbitrary<number> {
  if (multipleOf !== undefined) {
    return fc.integer({ min: Math.ceil(Math.max(minimum, -1000)), max: Math.floor(Math.min(maximum, 1000)) });
  }
  const edges = [minimum, maximum, 0, -1, 16, 0.1].filter((value) => value >= minimum && value <= maximum);
  return fc.oneof(
    fc.constantFrom(...edges),
    fc.double({ min: minimum, max: maximum, noNaN: true }).map((value) => (Object.is(value, -0) ? 0 : value)),
  );
}
