/** The official schemas of HEAD, as the API documents and uses them. */
import { readFileSync } from 'node:fs';
import { HEAD } from '../ocpp/index.ts';

type Schema = Readonly<Record<string, unknown>>;

const file = new URL(`../ocpp/generated/${HEAD.name}.schemas.json`, import.meta.url);
const { messages, definitions } = JSON.parse(readFileSync(file, 'utf8')) as {
  readonly messages: Readonly<Record<string, Schema>>;
  readonly definitions: Readonly<Record<string, Schema>>;
};

export const headSchemas = {
  /** `<Action>Request` and `<Action>Response` → schema, with references to `#/definitions/…`. */
  messages,
  definitions,
  /** The values of an enumeration. @throws Error when there is no such. */
  enumeration(name: string): readonly string[] {
    const values = definitions[name]?.enum;
    if (!Array.isArray(values)) throw new Error(`OCPP ${HEAD.name} has no enumeration ${name}`);
    return values as readonly string[];
  },
};

/** The Actions that the API can send to a station: those that a CSMS initiates (2.1 part 2), by name. */
export const commandActions = new Map(
  [...HEAD.actions].filter(([, action]) => action.initiator !== 'station' && action.kind === 'call'),
);
