/** Puts beside the compiled files (in `dist`, or in the folder that is named) what `tsc` leaves out: the compiled validators and the schemas. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const from = join(root, 'src/ocpp/generated');
const to = join(process.argv[2] ?? join(root, 'dist'), 'ocpp/generated');
mkdirSync(to, { recursive: true });
for (const file of readdirSync(from)) {
  if (file.endsWith('.validators.js')) {
    const text = readFileSync(join(from, file), 'utf8').replaceAll("from '../formats.ts'", "from '../formats.js'");
    writeFileSync(join(to, file), text);
  } else if (file.endsWith('.d.ts')) {
    const text = readFileSync(join(from, file), 'utf8').replaceAll("from '../validate.ts'", "from '../validate.js'");
    writeFileSync(join(to, file), text);
  } else if (file.endsWith('.json')) copyFileSync(join(from, file), join(to, file));
}
