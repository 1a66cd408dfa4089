/** The examples of a page of the docs: blocks of code, each with the block of text that it prints. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Example {
  /** `docs/library.md:12` */
  readonly name: string;
  readonly code: string;
  /** What it prints; `undefined`: the page does not say. */
  readonly printed: string | undefined;
}

/** @param language of the blocks of code */
export function examples(page: string, language: string): readonly Example[] {
  const text = readFileSync(join(import.meta.dirname, '../..', page), 'utf8');
  return [
    ...text.matchAll(
      new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`\n(?:\n\`\`\`text\n([\\s\\S]*?)^\`\`\`\n)?`, 'gm'),
    ),
  ].map(({ index, 1: code = '', 2: printed }) => ({
    name: `${page}:${text.slice(0, index).split('\n').length}`,
    code,
    printed,
  }));
}
