import { soapTable } from './soap.ts';
import { readSchemas } from './sources.ts';
import { types } from './types.ts';
import { validators } from './validators.ts';

/**
 * What `src/ocpp/generated/` consists of, file name → text. Per Version: `<v>.validators.js` (compiled, standalone),
 * `<v>.types.ts`, `<v>.schemas.json` (for the API's command bodies, the coverage tests and virtual stations), and `<v>.soap.ts`
 * (the elements of the WSDLs) where the Version has a SOAP form.
 * The same schemas give the same bytes.
 */
export async function generate(): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const schemas of readSchemas()) {
    const { file, messages, definitions } = schemas;
    const { code, declarations } = validators(schemas);
    files.set(`${file}.validators.js`, code);
    files.set(`${file}.validators.d.ts`, declarations);
    files.set(`${file}.types.ts`, await types(schemas));
    if (soapVersions.has(file)) files.set(`${file}.soap.ts`, soapModule(file));
    files.set(`${file}.schemas.json`, JSON.stringify({ messages, definitions }));
  }
  return files;
}

/** Versions that there are WSDLs of. */
const soapVersions: ReadonlySet<string> = new Set(['1.5', '1.6']);

const soapModule = (file: string): string =>
  `import type { SoapTable } from '../soap/table.ts';\nexport const soap: SoapTable = ${JSON.stringify(soapTable(file))};\n`;
