/**
 * Writes `docs/configuration.md` out of the table of settings in `src/config.ts`.
 * `--check` writes nothing and fails when the file is not what the table says.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { settings } from '../src/config.ts';

const file = join(import.meta.dirname, '../docs/configuration.md');

interface Line {
  readonly path: string;
  readonly env: string;
  readonly kind: { readonly words: string };
  readonly fallback: unknown;
  readonly about: string;
}

const lines: readonly Line[] = Object.values(settings);
const escaped = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
const fallback = (value: unknown): string => (value === undefined ? '' : `\`${String(value)}\``);

/** The sections of the file, as they nest in YAML. */
function example(): string {
  const sections = new Map<string, string[]>();
  for (const line of lines) {
    if (line.fallback === undefined) continue;
    const [first, second] = line.path.split('.') as [string, string | undefined];
    const entry = second === undefined ? '' : `  ${second}: ${line.fallback}`;
    sections.set(second === undefined ? `${first}: ${line.fallback}` : `${first}:`, [
      ...(sections.get(`${first}:`) ?? []),
      ...(entry === '' ? [] : [entry]),
    ]);
  }
  return [...sections].flatMap(([head, entries]) => [head, ...entries]).join('\n');
}

/** The text of `docs/configuration.md`. */
export function configurationDocs(): string {
  return `# Configuration

<!-- Made by scripts/configuration-docs.ts out of src/config.ts; not to be edited. -->

Every setting has a place in a YAML file, named with \`--config FILE\` or \`EVSEBRIDGE_CONFIG\`, and an environment variable. The environment counts, then the
file, then the default. An empty variable is as good as none. A wrong value, or a setting in the file that does not exist, is refused at the start and named;
an environment variable that begins with \`EVSEBRIDGE_\` and is no setting is pointed out.

| in the file | in the environment | value | default | what it is |
|---|---|---|---|---|
${lines
  .map(
    ({ path, env, kind, fallback: value, about }) =>
      `| \`${path}\` | \`${env}\` | ${escaped(kind.words)} | ${fallback(value)} | ${escaped(about)} |`,
  )
  .join('\n')}

All defaults, as a file:

\`\`\`yaml
${example()}
\`\`\`
`;
}

if (import.meta.main) {
  const text = configurationDocs();
  if (process.argv.includes('--check')) {
    if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
      process.stderr.write(
        'docs/configuration.md is not what src/config.ts says: node scripts/configuration-docs.ts\n',
      );
      process.exitCode = 1;
    }
  } else writeFileSync(file, text);
}
