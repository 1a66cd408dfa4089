/**
 * `npm run generate`: makes `src/ocpp/generated/` out of the official schemas. Per Version: `<v>.validators.js` (compiled,
 * standalone), `<v>.types.ts`, `<v>.schemas.json` (for the API's command bodies, the coverage tests and virtual stations).
 * Generating twice gives the same bytes.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSchemas } from './sources.ts';
import { types } from './types.ts';
import { validators } from './validators.ts';

const folder = join(import.meta.dirname, '../../src/ocpp/generated');
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

for (const schemas of readSchemas()) {
  const write = (suffix: string, text: string): void => writeFileSync(join(folder, `${schemas.file}.${suffix}`), text);
  const compiled = validators(schemas);
  write('validators.js', compiled.code);
  write('validators.d.ts', compiled.declarations);
  write('types.ts', await types(schemas));
  write('schemas.json', JSON.stringify({ messages: schemas.messages, definitions: schemas.definitions }));
}
