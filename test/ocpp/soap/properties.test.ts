/** Every message of the WSDLs, with any content: it comes back as it was, and it is valid against the XML schema. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readEnvelope, standardDialect, writeEnvelope } from '../../../src/ocpp/soap/envelope.ts';
import { parseXml, XmlError } from '../../../src/ocpp/soap/xml.ts';
import type { Payload } from '../../../src/ocpp/translate/outcome.ts';
import { v15 } from '../../../src/ocpp/versions/1.5.ts';
import { v16 } from '../../../src/ocpp/versions/1.6.ts';
import { message, runs } from '../../support/arbitrary.ts';
import { type Schema, schemasOf } from '../../support/schemas.ts';
import { hasXmllint, schemaErrors } from '../../support/xsd.ts';

const versions = [v15, v16];
const services = ['centralSystem', 'chargePoint'] as const;
const written = { dialect: standardDialect, headers: { chargeBoxIdentity: 'CP1', messageId: 'm', relatesTo: 'm' } };

if (!hasXmllint && process.env['CI'] !== undefined) throw new Error('xmllint is missing (Debian: libxml2-utils)');
if (!hasXmllint) console.warn('xmllint is not installed: envelopes are not checked against the XML schemas');

/** Space around a text is not kept, XML cannot hold everything, and it has no `Celcius`. */
const asXml = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_key, item: unknown) =>
    typeof item === 'string'
      ? (item === 'Celcius' ? 'Celsius' : item)
          .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\uFFFD')
          .trim()
      : item,
  );

/** Lists without elements leave no trace; nor do the attributes of a value that has none. */
const withoutEmpty = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (key, item: unknown) =>
    (Array.isArray(item) && item.length === 0) || (key === 'attributes' && Object.keys(item as object).length === 0)
      ? undefined
      : item,
  );

for (const version of versions) {
  for (const service of services) {
    const operations = version.soap?.[service].operations ?? {};
    describe(`${version.name} ${service}`, () => {
      const samples: string[] = [];
      it.each(
        Object.keys(operations).flatMap((action) =>
          (['request', 'response'] as const).map((kind) => [action, kind] as const),
        ),
      )('%s %s', (action, kind) => {
        fc.assert(
          fc.property(message(version.name, `${action}${kind === 'request' ? 'Request' : 'Response'}`), (payload) => {
            const text = writeEnvelope(version, service, kind, action, payload, written);
            const back = readEnvelope(text, service, versions) as { payload: Payload };
            expect(back).toMatchObject({ kind, action, version, deviations: [] });
            expect(withoutEmpty(back.payload)).toEqual(withoutEmpty(asXml(payload)));
            // An empty list is no element, where the XML schema may want one: translation sends none.
            if (!JSON.stringify(payload).includes('[]')) samples.push(text);
          }),
          { numRuns: runs },
        );
      });

      it.skipIf(!hasXmllint)('is valid against the XML schema', () => {
        expect(schemaErrors(service, version.name, samples)).toBe('');
      });

      it('names every property of the JSON schemas', () => {
        const { messages } = schemasOf(version.name);
        for (const [action, { request, response }] of Object.entries(operations)) {
          for (const [suffix, fields] of [
            ['Request', request],
            ['Response', response],
          ] as const) {
            const properties = Object.keys((messages[`${action}${suffix}`] as Schema).properties ?? {});
            expect(fields.map(({ name }) => name).toSorted(), `${action}${suffix}`).toEqual(properties.toSorted());
          }
        }
      });
    });
  }
}

it('no text whatsoever makes the reader throw anything but an XmlError', () => {
  const pieces = fc.constantFrom(
    '<',
    '>',
    '/',
    '<x',
    '</x>',
    '<x>',
    '&',
    ';',
    '&lt;',
    '<!--',
    '-->',
    '<![CDATA[',
    ']]>',
    '<?',
    '"',
    "'",
    '=',
    'x:',
    ' ',
    '<!DOCTYPE',
    '\u0000',
    'é',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.array(pieces).map((list) => list.join('')),
      ),
      (text) => {
        try {
          parseXml(text);
        } catch (error) {
          expect(error).toBeInstanceOf(XmlError);
        }
      },
    ),
    { numRuns: runs * 20 },
  );
});
