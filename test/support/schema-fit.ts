/** What one official schema takes that another does not: the ground of the coverage test. */
import { resolved, type Schemas } from './schemas.ts';

/** The keywords that the official schemas use. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly enum?: readonly string[];
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly multipleOf?: number;
  readonly format?: 'date-time' | 'uri';
}

/** What a `$ref` stands for; any other schema is itself. */
export const resolve = (schema: Schema, schemas: Schemas): Schema => resolved(schema, schemas);

/** The schema of what is inside lists: `items` of a list, of a list of lists …; any other schema is itself. */
export function element(schema: Schema, schemas: Schemas): Schema {
  const found = resolve(schema, schemas);
  return found.items === undefined ? found : element(found.items, schemas);
}

/** The schema of the property at a dotted path, lists looked through; `undefined`: there is none. */
export function at(schema: Schema, path: readonly string[], schemas: Schemas): Schema | undefined {
  let found: Schema | undefined = schema;
  for (const name of path) {
    found = element(found, schemas).properties?.[name];
    if (found === undefined) return undefined;
  }
  return resolve(found, schemas);
}

interface End {
  readonly schema: Schema;
  readonly schemas: Schemas;
}

/** Why a value that is valid by `source` may be invalid by `target`; empty: it never is. */
export function misfits(source: End, target: End, path = '', seen: ReadonlySet<string> = new Set()): readonly string[] {
  const key = `${source.schema.$ref} ${target.schema.$ref}`;
  if (source.schema.$ref !== undefined && seen.has(key)) return [];
  const s = resolve(source.schema, source.schemas);
  const t = resolve(target.schema, target.schemas);
  const inner = new Set([...seen, key]);
  const found: string[] = [];
  const say = (text: string): number => found.push(`${path === '' ? '' : `${path}: `}${text}`);

  if (t.type !== undefined && s.type !== t.type && !(s.type === 'integer' && t.type === 'number')) {
    say(`${s.type ?? 'any type'} is not always ${t.type}`);
  }
  const strange = t.enum === undefined ? [] : (s.enum?.filter((value) => !t.enum?.includes(value)) ?? ['any text']);
  if (strange.length > 0) say(`${strange.join(', ')} not in the enum`);
  const longest = s.enum === undefined ? (s.maxLength ?? Infinity) : Math.max(...s.enum.map((value) => value.length));
  if (t.maxLength !== undefined && longest > t.maxLength) say(`length ${longest} is above ${t.maxLength}`);
  for (const keyword of ['minimum', 'minItems'] as const) {
    const limit = t[keyword];
    if (limit !== undefined && (s[keyword] ?? -Infinity) < limit)
      say(`${keyword} ${s[keyword] ?? 'none'} is below ${limit}`);
  }
  for (const keyword of ['maximum', 'maxItems'] as const) {
    const limit = t[keyword];
    if (limit !== undefined && (s[keyword] ?? Infinity) > limit)
      say(`${keyword} ${s[keyword] ?? 'none'} is above ${limit}`);
  }
  for (const keyword of ['format', 'multipleOf'] as const) {
    if (t[keyword] !== undefined && s[keyword] !== t[keyword]) say(`is not always ${keyword} ${t[keyword]}`);
  }
  for (const name of t.required ?? []) if (!(s.required ?? []).includes(name)) say(`${name} is required`);
  for (const [name, property] of Object.entries(s.properties ?? {})) {
    const other = t.properties?.[name];
    const place = path === '' ? name : `${path}.${name}`;
    if (other !== undefined) {
      found.push(...misfits({ ...source, schema: property }, { ...target, schema: other }, place, inner));
    } else if (t.additionalProperties === false) say(`there is no ${name}`);
  }
  if (s.items !== undefined && t.items !== undefined) {
    found.push(...misfits({ ...source, schema: s.items }, { ...target, schema: t.items }, path, inner));
  }
  return found;
}
