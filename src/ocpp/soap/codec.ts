/** Payloads as elements and back, by the tables of a Version's WSDLs. Elements are written in the order of the WSDL and read in any. */
import type { Payload } from '../translate/outcome.ts';
import type { Field, Type } from './table.ts';
import { type Element, escapeXml } from './xml.ts';

/**
 * The payload that an element holds, in the form of the Version's JSON schemas. Not validated: what the WSDL does not know is taken
 * along as it is, for the validator to find. Single elements become lists where the WSDL allows several; `xsi:nil` is absence.
 */
export function readPayload(element: Element, fields: readonly Field[]): Payload {
  // A station may name an element like a member of every object (`constructor`): only what was said is in the payload.
  const payload = new Map<string, unknown>();
  for (const child of element.children) {
    if (isNil(child)) continue;
    const field = fields.find(({ name }) => name === child.name);
    const value = field === undefined ? anything(child) : readValue(child, field.type);
    const before = payload.get(child.name);
    if (Array.isArray(before)) before.push(value);
    else if (field?.list === true) payload.set(child.name, [value]);
    else payload.set(child.name, before === undefined ? value : [before, value]);
  }
  for (const { name, always } of fields) if (always === true && !payload.has(name)) payload.set(name, []);
  return Object.fromEntries(payload);
}

const isNil = ({ attributes }: Element): boolean => /^(true|1)$/.test(attributes.get('nil') ?? '');

/** What no table describes. */
const anything = (element: Element): unknown =>
  element.children.length === 0 ? element.text : readPayload(element, []);

const integer = /^[+-]?\d{1,15}$/;
const decimal = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$/;
const booleans: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

/** A text that is no number or boolean stays a text: the validator says so. */
function readValue(element: Element, type: Type): unknown {
  const { text } = element;
  switch (type) {
    case 'text':
    case 'dateTime':
      return text;
    case 'integer':
      return integer.test(text) ? Number(text) : text;
    case 'number':
      return decimal.test(text) ? Number(text) : text;
    case 'boolean':
      return booleans.get(text.toLowerCase()) ?? text;
    default:
      return 'fields' in type ? readPayload(element, type.fields) : withAttributes(element, type.attributes);
  }
}

/** The form that 1.5's JSON schemas give a text with attributes. */
function withAttributes({ text, attributes }: Element, names: readonly string[]): Payload {
  const given = names.flatMap((name) => {
    const value = attributes.get(name);
    return value === undefined || value === '' ? [] : [[name, value]];
  });
  return { $value: text, ...(given.length === 0 ? {} : { attributes: Object.fromEntries(given) }) };
}

/** The elements of a payload, in the order of the WSDL. What the WSDL does not know cannot be said and is left out. */
export function writePayload(payload: Payload, fields: readonly Field[], prefix: string): string {
  let xml = '';
  for (const { name, type, list, instead } of fields) {
    const value = payload[name] as unknown;
    if (value === undefined) continue;
    for (const item of list === true && Array.isArray(value) ? value : [value]) {
      xml += writeElement(`${prefix}:${name}`, instead?.[item as string] ?? item, type, prefix);
    }
  }
  return xml;
}

function writeElement(name: string, value: unknown, type: Type, prefix: string): string {
  if (typeof type === 'string') {
    const text = type === 'dateTime' ? dateTimeOf(String(value)) : textOf(value);
    return `<${name}>${escapeXml(text)}</${name}>`;
  }
  if ('fields' in type) return `<${name}>${writePayload(value as Payload, type.fields, prefix)}</${name}>`;
  const { $value, attributes = {} } = value as Payload;
  const given = type.attributes
    .filter((attribute) => attributes[attribute] !== undefined)
    .map((attribute) => ` ${attribute}="${escapeXml(String(attributes[attribute]))}"`);
  return `<${name}${given.join('')}>${escapeXml(textOf($value))}</${name}>`;
}

/** `xs:decimal` knows no exponents. */
function textOf(value: unknown): string {
  const text = String(value);
  return typeof value === 'number' && text.includes('e') ? value.toFixed(20).replace(/\.?0+$/, '') : text;
}

/** `xs:dateTime` knows no year 0 and no zone beyond 14 hours; JSON Schema's date-time does. */
function dateTimeOf(text: string): string {
  if (!/[+-](1[4-9]|2\d):\d\d$|^0000/.test(text)) return text;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? text : new Date(Math.max(ms, FIRST_YEAR)).toISOString();
}

/** 0001-01-01 in ms since 1970. */
const FIRST_YEAR = -62_135_596_800_000;
