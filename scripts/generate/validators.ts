import { _, Ajv } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import type { VersionSchemas } from './sources.ts';

const standaloneCode = ((standalone as { default?: unknown }).default ?? standalone) as (
  ajv: Ajv,
  refs: Record<string, string>,
) => string;

/** Compiles every message schema of a Version into one ES module without dependencies, exporting one object by message name. */
export function validators(schemas: VersionSchemas): { code: string; declarations: string } {
  const ajv = new Ajv({
    allErrors: true, // tolerance mends everything that is wrong in one pass
    messages: false,
    inlineRefs: false,
    strictTypes: false,
    multipleOfPrecision: 6, // 8.1 / 0.1 is not integral in IEEE 754
    validateFormats: true,
    formats: { 'date-time': () => true, uri: () => true },
    code: { source: true, esm: true, lines: true, formats: _`formats` },
  });
  ajv.addSchema({ $id: 'definitions', definitions: schemas.definitions });
  const names = Object.keys(schemas.messages).sort();
  for (const name of names) {
    const text = JSON.stringify(schemas.messages[name]).replaceAll('"#/definitions/', '"definitions#/definitions/');
    ajv.addSchema(JSON.parse(text), name);
  }
  const compiled: string = standaloneCode(ajv, Object.fromEntries(names.map((name) => [name, name])));
  return {
    code: `${imports}${standaloneImports(compiled)}\nexport const validators = { ${names.join(', ')} };\n`,
    declarations:
      `import type { Validate } from '../validate.ts';\n` +
      `export declare const validators: Readonly<Record<${names.map((name) => `'${name}'`).join(' | ')}, Validate>>;\n`,
  };
}

const imports = `import { formats } from '../formats.ts';\nimport { codePoints } from '../formats.ts';\n`;

/** Replaces ajv's CommonJS runtime by ours, and counts code points only where the cheap length does not already settle it. */
function standaloneImports(code: string): string {
  const counters = [...code.matchAll(/^const (\w+) = require\("ajv\/dist\/runtime\/ucs2length"\)\.default;$/gm)].map(
    (m) => m[1],
  );
  let out = code.replace(
    /^const (\w+) = require\("ajv\/dist\/runtime\/ucs2length"\)\.default;$/gm,
    'const $1 = codePoints;',
  );
  for (const counter of counters) {
    out = out.replace(new RegExp(`\\b${counter}\\((\\w+)\\) > (\\d+)`, 'g'), `$1.length > $2 && ${counter}($1) > $2`);
  }
  if (out.includes('require('))
    throw new Error(`the compiled validators still require ${out.match(/require\([^)]*\)/)?.[0]}`);
  return out;
}
