/** The TypeBox pieces that the resources share, and how requests are checked with them. */

import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifySchemaCompiler,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import { type Static, type TSchema, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import Format from 'typebox/format';
import { formats } from '../ocpp/formats.ts';
import { type ProblemCode, type ProblemDetail, problemMediaType, problems } from './problems.ts';

/** Fastify with types out of the schemas. */
export type Api = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

// The same words for the same formats as in the official schemas.
Format.Set('date-time', formats['date-time']!);

const docs = (description?: string) => (description === undefined ? {} : { description });

export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
/** A moment in a request: RFC 3339 with any offset. */
export const Time = (description?: string) => Type.String({ format: 'date-time', ...docs(description) });
export const Text = (description?: string) => Type.String(docs(description));
/** Text or null. */
export const TextOrNull = (description?: string) =>
  Type.Unsafe<string | null>({ type: ['string', 'null'], ...docs(description) });
export const IntegerOrNull = (description?: string) =>
  Type.Unsafe<number | null>({ type: ['integer', 'null'], ...docs(description) });
export const NumberOrNull = (description?: string) =>
  Type.Unsafe<number | null>({ type: ['number', 'null'], ...docs(description) });
export const TimeOrNull = (description?: string) =>
  Type.Unsafe<string | null>({ type: ['string', 'null'], format: 'date-time', ...docs(description) });
export const OneOf = <T extends string>(values: readonly T[], description?: string) =>
  Type.Unsafe<T>({ type: 'string', enum: [...values], ...docs(description) });
export const OneOfOrNull = <T extends string>(values: readonly T[], description?: string) =>
  Type.Unsafe<T | null>({ type: ['string', 'null'], enum: [...values, null], ...docs(description) });
/** At least one of these, each once, or null. */
export const SomeOfOrNull = <T extends string>(values: readonly T[], description?: string) =>
  Type.Unsafe<readonly T[] | null>({
    type: ['array', 'null'],
    items: { type: 'string', enum: [...values] },
    minItems: 1,
    uniqueItems: true,
    ...docs(description),
  });
/** Any JSON. */
export const AnyJson = (description?: string) => Type.Unsafe<unknown>(docs(description));
export const JsonObjectOrNull = (description?: string) =>
  Type.Unsafe<object | null>({ type: ['object', 'null'], ...docs(description) });

/** No body. */
export const NoContent = (description: string) => Type.Unsafe<undefined>({ type: 'null', description });

/** An object that takes no other properties: for what comes in. */
export const Closed = <T extends Record<string, TSchema>>(properties: T, description?: string) =>
  Type.Object(properties, { additionalProperties: false, ...docs(description) });

/** What every list takes. */
export const paging = {
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1000, default: 50, description: 'At most this many items.' }),
  ),
  cursor: Type.Optional(
    Type.String({ minLength: 1, maxLength: 1024, description: '`nextCursor` of the page before.' }),
  ),
};
export const defaultLimit = 50;

/** The page asked for. */
export const pageOf = (query: { limit?: number; cursor?: string }) => ({
  limit: query.limit ?? defaultLimit,
  cursor: query.cursor,
});

/** Refers to a schema that `server.ts` registers under its `$id`. */
export const Ref = (id: string) => Type.Unsafe<unknown>({ $ref: `${id}#` });
export const ListOf = (id: string) =>
  Type.Object(
    { items: Type.Array(Ref(id)), nextCursor: TextOrNull('Asks for the next page; null on the last one.') },
    { description: 'A page of a list.' },
  );

/** Documents the problems that a route may answer with; those of every keyed route are added. */
export function failures(...codes: readonly ProblemCode[]): Record<number, unknown> {
  const byStatus = new Map<number, string[]>();
  for (const code of [...codes, 'invalid-request', 'unauthorized', 'unavailable', 'internal'] as const) {
    const known = byStatus.get(problems[code].status) ?? [];
    byStatus.set(problems[code].status, [...known, `\`${code}\`: ${problems[code].title}.`]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, lines]) => [
      status,
      { description: lines.join(' '), content: { [problemMediaType]: { schema: Ref('Problem') } } },
    ]),
  );
}

export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'What kind of problem: `/problems/<code>`, itself an address that explains it.' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String({ description: 'What is wrong this time.' }),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          pointer: Type.Optional(Type.String({ description: 'Place in the body: a JSON pointer as a URI fragment.' })),
          parameter: Type.Optional(Type.String({ description: 'Name of a path, query or header parameter.' })),
          detail: Type.String(),
        }),
      ),
    ),
    command: Type.Optional(Ref('Command')),
  },
  { $id: 'Problem', description: 'RFC 9457 problem details.' },
);

/** @returns RFC 3339 in UTC with milliseconds. */
export function iso(ms: number): string;
export function iso(ms: number | null): string | null;
export function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

/** What a schema says is wrong with a request, for Fastify to throw. */
export class SchemaViolation extends Error {
  override name = 'SchemaViolation';
  readonly part: string;
  readonly errors: readonly ProblemDetail[];
  constructor(part: string, errors: readonly ProblemDetail[]) {
    super(errors.map((error) => `${error.parameter ?? error.pointer}: ${error.detail}`).join('; '));
    this.part = part;
    this.errors = errors;
  }
}

type PropertySchema = { readonly type?: string };

/** Query and path parameters are text: what shall be a number or a truth value is read as one, exactly, or left to be refused. */
function read(schema: TSchema, text: unknown): unknown {
  if (typeof text !== 'object' || text === null) return text;
  const properties = (schema as { properties?: Record<string, PropertySchema> }).properties ?? {};
  return Object.fromEntries(
    Object.entries(text).map(([name, value]) => {
      const type = properties[name]?.type;
      if (type === 'integer' && typeof value === 'string' && /^-?\d{1,15}$/.test(value)) return [name, Number(value)];
      if (type === 'boolean' && (value === 'true' || value === 'false')) return [name, value === 'true'];
      return [name, value];
    }),
  );
}

/** One complaint of TypeBox in the words of the API; none for those that only repeat another. */
function describe(error: {
  keyword: string;
  instancePath: string;
  params: object;
  message: string;
}): { place: string; detail: string }[] {
  const params = error.params as Readonly<Record<string, unknown>>;
  const place = error.instancePath;
  switch (error.keyword) {
    case 'boolean':
      return [];
    case 'additionalProperties':
      return (params.additionalProperties as string[]).map((name) => ({
        place: `${place}/${name}`,
        detail: 'is not known here',
      }));
    case 'required':
      return (params.requiredProperties as string[]).map((name) => ({
        place: `${place}/${name}`,
        detail: 'is missing',
      }));
    case 'enum':
      return [
        {
          place,
          detail: `must be one of ${(params.allowedValues as unknown[]).map((value) => JSON.stringify(value)).join(', ')}`,
        },
      ];
    case 'format':
      return [{ place, detail: `must be a ${String(params.format)} (RFC 3339, with its offset)` }];
    default:
      return [{ place, detail: error.message }];
  }
}

/** Compiles a route's schema. Bodies are taken as they are; nothing is removed, defaulted or coerced in them. */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const compiled = Compile(schema);
  const inBody = httpPart === 'body';
  return (value: unknown) => {
    const taken = inBody ? value : read(schema, value);
    if (compiled.Check(taken)) return { value: taken };
    const errors = compiled.Errors(taken).flatMap(describe);
    return {
      error: new SchemaViolation(
        httpPart ?? 'body',
        errors.map(({ place, detail }) =>
          inBody ? { pointer: `#${place}`, detail } : { parameter: place.slice(1), detail },
        ),
      ),
    };
  };
};

export type { Static };
