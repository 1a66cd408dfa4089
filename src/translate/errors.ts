/** The command cannot be carried out as it was given: exit code 2. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse';
}

/** A message that cannot be translated because of what it is: exit code 1. */
export class WrongMessage extends Error {
  override readonly name = 'WrongMessage';
  /** Single complaints, where there are several. */
  readonly complaints: readonly string[];

  constructor(message: string, complaints: readonly string[] = []) {
    super(message);
    this.complaints = complaints;
  }
}

/** JSON.parse with an error that shows the place. @throws WrongMessage */
export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new WrongMessage(`${what} is not JSON: ${(error as Error).message}${excerpt(text, error as Error)}`);
  }
}

const AROUND = 30;

/** The text around the place that the parser names, with a caret below it; empty when it names none. */
function excerpt(text: string, error: Error): string {
  const position = /at position (\d+)/.exec(error.message)?.[1];
  const at =
    position === undefined ? (/end of JSON input/.test(error.message) ? text.length : undefined) : Number(position);
  if (at === undefined) return '';
  const lineStart = text.lastIndexOf('\n', at - 1) + 1;
  const lineEnd = text.indexOf('\n', at);
  const from = Math.max(lineStart, at - AROUND);
  const to = Math.min(lineEnd < 0 ? text.length : lineEnd, at + AROUND);
  const [head, tail] = [from > lineStart ? '…' : '', to < (lineEnd < 0 ? text.length : lineEnd) ? '…' : ''];
  return `\n  ${head}${text.slice(from, to).replaceAll('\t', ' ')}${tail}\n  ${' '.repeat(head.length + at - from)}^`;
}

/** The names nearest to `word`, when they may be meant by it: a few letters differ. */
export function nearest(word: string, names: Iterable<string>): readonly string[] {
  const most = Math.max(2, Math.floor(word.length / 4));
  return [...names]
    .map((name) => ({ name, distance: distance(word.toLowerCase(), name.toLowerCase()) }))
    .filter(({ distance }) => distance <= most)
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ name }) => name);
}

/** Levenshtein's: letters to insert, delete or replace. */
function distance(a: string, b: string): number {
  let before = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const now = [row];
    for (let column = 1; column <= b.length; column++) {
      now.push(
        Math.min(
          (before[column] as number) + 1,
          (now[column - 1] as number) + 1,
          (before[column - 1] as number) + (a[row - 1] === b[column - 1] ? 0 : 1),
        ),
      );
    }
    before = now;
  }
  return before[b.length] as number;
}
