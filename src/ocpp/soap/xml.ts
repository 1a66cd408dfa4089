/** XML as SOAP needs it: elements, attributes and text; no DTD, no entities but the five of XML itself, and bounded. */
import { SaxesParser } from 'saxes';

/** An element; names without prefix, namespaces apart. */
export interface Element {
  readonly name: string;
  /** Namespace; `undefined`: the prefix is not declared anywhere. `''`: none. */
  readonly namespace: string | undefined;
  /** By name without prefix. Declarations of namespaces are not in it. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly Element[];
  /** Text directly in it, with the space around it taken away. */
  readonly text: string;
}

/** The text is no XML that we take. The message says what is wrong, and where. */
export class XmlError extends Error {
  override readonly name = 'XmlError';
}

/** Envelopes of OCPP need a tenth of it. The size of the whole text is the transport's to bound. */
const limits = { depth: 32, attributes: 32, elements: 20_000, name: 128 };

interface Open extends Element {
  readonly attributes: Map<string, string>;
  readonly children: Element[];
  text: string;
  /** Prefix → namespace, of this element and those around it. */
  readonly scope: ReadonlyMap<string, string>;
}

const outermost: ReadonlyMap<string, string> = new Map([['xml', 'http://www.w3.org/XML/1998/namespace']]);

/**
 * Reads one document. A prefix that is not declared leaves the namespace open: some stations forget to declare one.
 * @throws XmlError
 */
export function parseXml(text: string): Element {
  const parser = new SaxesParser({ xmlns: false, position: true });
  const open: Open[] = [];
  let root: Element | undefined;
  let count = 0;
  const refuse = (reason: string): never => {
    throw new XmlError(`${reason} (line ${parser.line}, column ${parser.column})`);
  };
  parser.on('error', (error) => {
    throw new XmlError(error.message);
  });
  parser.on('doctype', () => refuse('a document type is not allowed'));
  parser.on('processinginstruction', () => refuse('a processing instruction is not allowed'));
  parser.on('opentag', ({ name, attributes: given }) => {
    if (++count > limits.elements) refuse(`there are more than ${limits.elements} elements`);
    if (open.length >= limits.depth) refuse(`elements are nested more than ${limits.depth} deep`);
    const entries = Object.entries(given as Record<string, string>);
    if (entries.length > limits.attributes) refuse(`an element has more than ${limits.attributes} attributes`);
    if (name.length > limits.name) refuse(`the name of an element is longer than ${limits.name} characters`);
    const scope = scopeOf(entries, open.at(-1)?.scope ?? outermost);
    const [prefix, local] = split(name);
    const attributes = new Map<string, string>();
    for (const [attribute, value] of entries) {
      if (!isDeclaration(attribute)) attributes.set(split(attribute)[1], value);
    }
    const namespace = prefix === '' ? (scope.get('') ?? '') : scope.get(prefix);
    open.push({ name: local, namespace, attributes, children: [], text: '', scope });
  });
  const addText = (part: string): void => {
    const element = open.at(-1);
    if (element !== undefined) element.text += part;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    const element = open.pop() as Open;
    element.text = element.text.trim();
    const parent = open.at(-1);
    if (parent === undefined) root = element;
    else parent.children.push(element);
  });
  parser.write(text.startsWith('\uFEFF') ? text.slice(1) : text).close();
  return root ?? refuse('there is no element');
}

const isDeclaration = (attribute: string): boolean => attribute === 'xmlns' || attribute.startsWith('xmlns:');

function scopeOf(
  attributes: readonly (readonly [string, string])[],
  around: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  let scope: Map<string, string> | undefined;
  for (const [attribute, value] of attributes) {
    if (!isDeclaration(attribute)) continue;
    scope ??= new Map(around);
    scope.set(attribute === 'xmlns' ? '' : attribute.slice('xmlns:'.length), value);
  }
  return scope ?? around;
}

function split(name: string): readonly [prefix: string, local: string] {
  const colon = name.indexOf(':');
  return colon < 0 ? ['', name] : [name.slice(0, colon), name.slice(colon + 1)];
}

/** The first child of this name, whatever its namespace. */
export const childOf = (element: Element | undefined, name: string): Element | undefined =>
  element?.children.find((child) => child.name === name);

const special: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  // Attributes and texts are normalised by readers: these would not arrive as they are.
  '\r': '&#xD;',
  '\t': '&#x9;',
  '\n': '&#xA;',
};
/** What no XML document can hold, not even as a reference (XML 1.0, 2.2). */
const unsayable = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/** A text as the content of an element or an attribute. What XML cannot hold becomes U+FFFD. */
export const escapeXml = (text: string): string =>
  text.replace(unsayable, '\uFFFD').replace(/[&<>"\r\t\n]/g, (character) => special[character] as string);
