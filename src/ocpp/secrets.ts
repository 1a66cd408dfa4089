/**
 * What is secret in messages: passwords and keys that stations are given, or that they tell though they should not. Who keeps or
 * shows messages (Journal, Commands, events, logs) keeps and shows them without.
 */
import type { Payload } from './translate/outcome.ts';

/** Stands where a secret was. */
const MASK = '***';

/**
 * Configuration keys and Variables that hold secrets: AuthorizationKey of 1.6; BasicAuthPassword, ApnPassword, SimPin, VpnPassword,
 * VpnKey and SharedSecret of 2.x; and the names that vendors give to theirs.
 */
const secretName = /passw(?:or)?d|passphrase|passcode|secret|authorizationkey|private_?key|simpin|vpnkey/i;

/** True for the name of a configuration key or Variable whose value is nobody's to keep. */
export const isSecretName = (name: unknown): boolean => typeof name === 'string' && secretName.test(name);

/** A part of a payload without its secrets; the same value when it has none. */
type Part = (value: unknown) => unknown;

const whole: Part = () => MASK;

/** The password of a URL's userinfo (RFC 3986 3.2.1), as file transfers have it. */
const login: Part = (value) =>
  typeof value === 'string' ? value.replace(/^([a-z][a-z0-9+.-]*:\/\/[^/?#:@]*:)[^/?#]*@/i, `$1${MASK}@`) : value;

/** What is done to an object is done to every object in a list. */
const objects = (part: (object: Payload) => Payload): Part => {
  const each: Part = (value) => {
    if (!Array.isArray(value)) return typeof value === 'object' && value !== null ? part(value) : value;
    const items = value.map(each);
    return items.every((item, index) => item === value[index]) ? value : items;
  };
  return each;
};

/** Some properties, where they are there. */
const properties =
  (parts: Readonly<Record<string, Part>>) =>
  (object: Payload): Payload => {
    let result = object;
    for (const [name, part] of Object.entries(parts)) {
      const before: unknown = object[name];
      const after = before === undefined || before === null ? before : part(before);
      if (after !== before) result = { ...result, [name]: after };
    }
    return result;
  };

const fields = (parts: Readonly<Record<string, Part>>): Part => objects(properties(parts));

/** The same of objects that have a secret name. */
const named = (nameOf: (object: Payload) => unknown, parts: Readonly<Record<string, Part>>): Part => {
  const inner = properties(parts);
  return objects((object) => (isSecretName(nameOf(object)) ? inner(object) : object));
};

const byKey = ({ key }: Payload): unknown => key;
const byVariable = ({ variable }: Payload): unknown => variable?.name;

type Kind = 'request' | 'response';

/**
 * Where secrets stand: Action → the parts of its request and response, of every Version that has it. A NotifyEvent has none:
 * a Variable that cannot be read cannot be monitored.
 */
const secrets: ReadonlyMap<string, Readonly<Partial<Record<Kind, Part>>>> = new Map(
  Object.entries({
    // 1.5, 1.6
    ChangeConfiguration: { request: named(byKey, { value: whole }) },
    GetConfiguration: { response: fields({ configurationKey: named(byKey, { value: whole }) }) },
    GetDiagnostics: { request: fields({ location: login }) },
    // 1.6
    SignedUpdateFirmware: { request: fields({ firmware: fields({ location: login }) }) },
    // every Version; `location` itself in 1.x
    UpdateFirmware: { request: fields({ location: login, firmware: fields({ location: login }) }) },
    // 1.6, 2.x
    GetLog: { request: fields({ log: fields({ remoteLocation: login }) }) },
    // 2.x
    SetVariables: { request: fields({ setVariableData: named(byVariable, { attributeValue: whole }) }) },
    GetVariables: { response: fields({ getVariableResult: named(byVariable, { attributeValue: whole }) }) },
    NotifyReport: {
      request: fields({ reportData: named(byVariable, { variableAttribute: fields({ value: whole }) }) }),
    },
    PublishFirmware: { request: fields({ location: login }) },
    SetNetworkProfile: {
      request: fields({
        connectionData: fields({
          ocppCsmsUrl: login,
          basicAuthPassword: whole,
          apn: fields({ apnPassword: whole, simPin: whole }),
          vpn: fields({ password: whole, key: whole }),
        }),
      }),
    },
  }),
);

/** The payload with `***` in place of secrets; the same object when it has none. */
export const masked = <P extends Payload>(action: string, kind: Kind, payload: P): P =>
  (secrets.get(action)?.[kind]?.(payload) as P | undefined) ?? payload;

/** The same of a payload's JSON text. Texts of Actions without secrets are not looked into. */
export function maskedText(action: string, kind: Kind, text: string): string {
  const part = secrets.get(action)?.[kind];
  if (part === undefined) return text;
  const payload: unknown = JSON.parse(text);
  const result = part(payload);
  return result === payload ? text : JSON.stringify(result);
}

/** Hides secrets in what is said after them: any JSON value. */
export type Hide = <T>(said: T) => T;

/** A secret shorter than this is part of ordinary words. */
const RECOGNISABLE = 4;

/** Nothing is to be hidden. */
export const hidesNothing: Hide = (said) => said;

/** What hides the secrets of a request in whatever is said in answer to it: stations repeat what they do not like in their errors. */
export function hiding(action: string, payload: Payload): Hide {
  const found: [secret: string, shown: string][] = [];
  const shown = masked(action, 'request', payload);
  if (shown === payload) return hidesNothing;
  collect(payload, shown, found);
  const hide = (said: unknown): unknown => {
    if (typeof said === 'string') {
      return found.reduce((text, [secret, instead]) => text.replaceAll(secret, () => instead), said);
    }
    if (Array.isArray(said)) return said.map(hide);
    if (typeof said !== 'object' || said === null) return said;
    return Object.fromEntries(Object.entries(said).map(([name, value]) => [name, hide(value)]));
  };
  return hide as Hide;
}

/** Texts that differ between a payload and its masked form. */
function collect(value: unknown, shown: unknown, found: [string, string][]): void {
  if (value === shown) return;
  if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) collect(inner, (shown as Payload)[name], found);
  } else if (String(value).length >= RECOGNISABLE) {
    found.push([String(value), String(shown)]);
  }
}
