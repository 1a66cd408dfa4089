import { randomUUID } from 'node:crypto';
import type { Changes, CommitCaller, JournalRecord } from '../gateway/ports.ts';
import { commandSection } from './commands.ts';
import { connectorSection } from './connectors.ts';
import { journalSection, numbersOf, recordsOf } from './journal.ts';
import { meterValueSection } from './meter-values.ts';
import { RowBuffer } from './row-buffer.ts';
import {
  type FlowingSection,
  firstSection,
  isPlain,
  parameter,
  type Section,
  type Separators,
  usualSeparators,
} from './section.ts';
import { stationSection } from './stations.ts';
import { transactionSection } from './transactions.ts';
import { translationSection } from './translation.ts';
import { upstreamQueueSection } from './upstreams.ts';
import { variableSection } from './variables.ts';

const flowing: readonly FlowingSection[] = [journalSection, meterValueSection];
/** Sections of rows that replace each other. */
const settled: readonly Section[] = [
  transactionSection,
  stationSection,
  connectorSection,
  variableSection,
  commandSection,
  translationSection,
  upstreamQueueSection,
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
${[...flowing, ...settled].map((section, index) => section.sql(`$${firstSection + index}`)).join(',\n')}
select base + 1 as first from mine`,
};

/** Texts that PostgreSQL cannot hold: it has no NUL. */
export class Unstorable extends Error {
  override name = 'Unstorable';
}

const nothing: Changes['journal'] = [];

/**
 * Changes that travel together, and the callers to tell. What is large, messages and meter values, is turned into rows at once, while
 * it is at hand: thousands of messages that waited as objects would be carried about by the garbage collector instead.
 */
export class Batch {
  /** A buffer for each flowing section, and for the others together. */
  readonly #flow = flowing.map(() => new RowBuffer());
  readonly #settled = new RowBuffer();
  /** Of each change what is not among the rows of {@link #flow}. */
  readonly #kept: Changes[] = [];
  readonly #callers: CommitCaller[] = [];
  /** Where the rows of each change end in the buffers of {@link #flow}. */
  readonly #ends: number[][] = flowing.map(() => []);
  /** How many numbers of the Journal are taken up to and with each change. */
  readonly #numbers: number[] = [];
  /** Those changes that came while somebody listened. */
  readonly #heard: Changes[] = [];
  /** Changes whose callers have not been told yet. */
  #untold = 0;

  constructor() {
    this.clear();
  }

  get size(): number {
    return this.#callers.length;
  }

  /** True when everybody has been told. */
  get isOver(): boolean {
    return this.#untold === 0;
  }

  /** For use again. Not before what {@link sections} gave out has left the process. */
  clear(): void {
    for (const list of [this.#kept, this.#callers, this.#numbers, this.#heard, ...this.#ends]) list.length = 0;
    for (const rows of this.#flow) {
      rows.clear();
      rows.begin(usualSeparators.record);
    }
  }

  /** @param heard whether {@link records} will be asked for */
  add(changes: Changes, caller: CommitCaller, heard: boolean): void {
    const before = this.#numbersBefore(this.size);
    this.#kept.push(this.#write(changes, before + 1));
    for (let index = 0; index < flowing.length; index++) this.#ends[index]!.push(this.#flow[index]!.length);
    let numbers = before;
    for (const entry of changes.journal) numbers += numbersOf(entry);
    this.#numbers.push(numbers);
    if (heard) this.#heard[this.size] = changes;
    this.#callers.push(caller);
    this.#untold++;
  }

  /** Makes rows of what flows. @returns what is left of the changes; all of them when no rows can be made with the usual separators. */
  #write(changes: Changes, number: number): Changes {
    if (!hasPlainNames(changes)) return changes;
    try {
      for (let index = 0; index < flowing.length; index++)
        flowing[index]!.write(changes, number, usualSeparators, this.#flow[index]!);
    } catch {
      // Not to be encoded: {@link sections} will say so, to whom it concerns.
      for (let index = 0; index < flowing.length; index++) this.#flow[index]!.cut(this.#ends[index]!.at(-1) ?? 0);
      return changes;
    }
    const { journal, meterValues, ...rest } = changes;
    return { ...rest, journal: nothing };
  }

  #numbersBefore(index: number): number {
    return index === 0 ? 0 : (this.#numbers[index - 1] as number);
  }

  /** How many sequence numbers the changes of the batch before `from`, and those from there to `to` take. */
  numbers(from: number, to: number): { readonly before: number; readonly taken: number } {
    const before = this.#numbersBefore(from);
    return { before, taken: this.#numbersBefore(to) - before };
  }

  /** The entries of the changes from `from` to `to` that somebody listened to, the first change numbered `first`. */
  records(from: number, to: number, first: number): JournalRecord[] {
    const records: JournalRecord[] = [];
    for (let index = from; index < to; index++) {
      const heard = this.#heard[index];
      if (heard === undefined) continue;
      for (const record of recordsOf(heard, first + this.#numbersBefore(index) - this.#numbersBefore(from)))
        records.push(record);
    }
    return records;
  }

  /** Tells the callers of the changes from `from` to `to` that they are stored, the first one numbered `first`. */
  stored(from: number, to: number, first: number): void {
    const offset = first - this.#numbersBefore(from);
    for (let index = from; index < to; index++) this.#callers[index]!.stored(offset + this.#numbersBefore(index));
    this.#untold -= to - from;
  }

  failed(from: number, to: number, error: Error): void {
    for (let index = from; index < to; index++) this.#callers[index]!.failed(error);
    this.#untold -= to - from;
  }

  /**
   * The sections of the changes from `from` to `to` as parameters, UTF-8 text, good until {@link clear} or the next call.
   * @throws MarkInText, Unstorable, TypeError for what is no JSON.
   */
  sections(from: number, to: number, separators: Separators): (Buffer | null)[] {
    const kept = from === 0 && to === this.size ? this.#kept : this.#kept.slice(from, to);
    this.#settled.clear();
    const sections = flowing.map((section, index) => this.#flowed(section, index, from, to, separators));
    for (const section of settled) {
      this.#settled.begin(separators.record);
      section.encode(kept, separators, this.#settled);
      sections.push(this.#settled.section());
    }
    for (const text of sections)
      if (text?.includes(0)) throw new Unstorable('text with the character NUL cannot be stored');
    return sections;
  }

  /** The rows made before, and those that are to be made now. */
  #flowed(section: FlowingSection, index: number, from: number, to: number, separators: Separators): Buffer | null {
    const rows = this.#flow[index]!;
    const ends = this.#ends[index]!;
    const start = from === 0 ? 0 : ends[from - 1]!;
    const end = ends[to - 1]!;
    // The first of these rows has a separator before it, unless it is the first of all.
    let made: Buffer | null = start === end ? null : rows.between(start === 0 ? 0 : start + 1, end);
    if (made !== null && separators !== usualSeparators) made = reseparated(made, separators);
    this.#settled.begin(separators.record);
    for (let change = from; change < to; change++)
      section.write(this.#kept[change]!, this.#numbersBefore(change) + 1, separators, this.#settled);
    const more = this.#settled.section();
    if (made === null || more === null) return made ?? more;
    return Buffer.concat([made, Buffer.from(separators.record), more]);
  }

  /**
   * Separators that occur nowhere in the changes from `from` to `to`, for the rare batch with control characters in an identifier.
   * @throws Unstorable when every character for private use occurs.
   */
  unusedSeparators(from: number, to: number): Separators {
    const used = new Set<string>();
    const marks: Separators = { field: '\n', record: '\n', none: randomUUID() };
    for (const text of this.sections(from, to, marks)) for (const char of text?.toString() ?? '') used.add(char);
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
}

const privateUse = { from: 0xe000, to: 0xf8ff };

/** Whether no name in the rows that flow holds one of the usual separators; texts of JSON never do. */
function hasPlainNames({ journal, meterValues }: Changes): boolean {
  for (const { stationId, messageId, action, identity } of journal)
    if (!(isPlain(stationId) && isPlain(messageId) && isPlain(action) && isPlain(identity))) return false;
  if (meterValues !== undefined)
    for (const { stationId, transactionId } of meterValues)
      if (!(isPlain(stationId) && isPlain(transactionId))) return false;
  return true;
}

/** Rows with the usual separators, with others in their place. */
function reseparated(rows: Buffer, { field, record, none }: Separators): Buffer {
  const { field: usualField, record: usualRecord, none: usualNone } = usualSeparators;
  return Buffer.from(
    rows.toString().replaceAll(usualField, field).replaceAll(usualRecord, record).replaceAll(usualNone, none),
  );
}
