import { randomUUID } from 'node:crypto';
import type { Changes } from '../gateway/ports.ts';
import { commandSection } from './commands.ts';
import { connectorSection } from './connectors.ts';
import { journalSection, numbersOf } from './journal.ts';
import { meterValueSection } from './meter-values.ts';
import { RowBuffer } from './row-buffer.ts';
import { firstSection, parameter, type Section, type Separators } from './section.ts';
import { stationSection } from './stations.ts';
import { transactionSection } from './transactions.ts';
import { translationSection } from './translation.ts';
import { variableSection } from './variables.ts';

const sections: readonly Section[] = [
  journalSection,
  meterValueSection,
  transactionSection,
  stationSection,
  connectorSection,
  variableSection,
  commandSection,
  translationSection,
];

/**
 * The one statement that stores a batch. `lock` makes the committers of all nodes go one after the other, so that sequence numbers
 * have no gaps and appear in order. `mine` is empty when this batch of this session is stored already (its answer was lost with the connection):
 * then nothing else happens.
 */
export const batchStatement = {
  name: 'store-batch',
  text: `with lock as materialized (select seq from journal_head for update),
mine as (
  update writers set batch = ${parameter.batch}::bigint, first_seq = lock.seq + 1, alive_at = ${parameter.now}::bigint
  from lock where session = ${parameter.session} and batch = ${parameter.batch}::bigint - 1
  returning lock.seq as base),
head as (update journal_head set seq = mine.base + ${parameter.numbers}::bigint from mine),
${sections.map((section, index) => section.sql(`$${firstSection + index}`)).join(',\n')}
select base + 1 as first from mine`,
};

/** Texts that PostgreSQL cannot hold: it has no NUL. */
export class Unstorable extends Error {
  override name = 'Unstorable';
}

/**
 * The sections of a batch as parameters, UTF-8 text in `rows`, good until that is used again.
 * @throws MarkInText, Unstorable, TypeError for what is no JSON.
 */
export function encodeSections(
  changes: readonly Changes[],
  separators: Separators,
  rows: RowBuffer,
): (Buffer | null)[] {
  rows.clear();
  return sections.map((section) => {
    rows.begin(separators.record);
    section.encode(changes, separators, rows);
    const text = rows.section();
    if (text?.includes(0)) throw new Unstorable('text with the character NUL cannot be stored');
    return text;
  });
}

/** How many sequence numbers the changes take. */
export function numbersOfAll(changes: readonly Changes[]): number {
  let numbers = 0;
  for (const { journal } of changes) for (const entry of journal) numbers += numbersOf(entry);
  return numbers;
}

const privateUse = { from: 0xe000, to: 0xf8ff };

/**
 * Separators that occur nowhere in `changes`, for the rare batch with control characters in an identifier.
 * @throws Unstorable when every character for private use occurs.
 */
export function unusedSeparators(changes: readonly Changes[]): Separators {
  const used = new Set<string>();
  const marks: Separators = { field: '\n', record: '\n', none: randomUUID() };
  for (const text of encodeSections(changes, marks, new RowBuffer()))
    for (const char of text?.toString() ?? '') used.add(char);
  const free: string[] = [];
  for (let code = privateUse.from; code <= privateUse.to && free.length < 3; code++) {
    const char = String.fromCharCode(code);
    if (!used.has(char)) free.push(char);
  }
  const [field, record, none] = free;
  if (field === undefined || record === undefined || none === undefined)
    throw new Unstorable('no character is left to separate fields with');
  return { field, record, none };
}
