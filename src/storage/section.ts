import type { Changes } from '../gateway/ports.ts';
import { columnOf, type Fields, type FieldType, propertiesOf } from './fields.ts';
import type { RowBuffer } from './row-buffer.ts';

/**
 * One text parameter carries all rows of a section of a batch: fields separated by `field`, records by `record`, `none` for null.
 * PostgreSQL takes it apart with `string_to_table` and `string_to_array`. Measured here against JSON and `json_to_recordset`: half
 * the CPU in Node and 60 % in PostgreSQL, because nothing is escaped, and JSON texts pass through untouched.
 */
export interface Separators {
  readonly field: string;
  readonly record: string;
  readonly none: string;
}

/** Control characters, which no JSON text contains. Should another text contain them, the statement notices ({@link linesOf}). */
export const usualSeparators: Separators = { field: '\x1f', record: '\x1e', none: '\x1d' };

const usual = new RegExp(`[${Object.values(usualSeparators).join('')}]`);
/** True when the text can be told from the usual separators. */
export const isPlain = (text: string | null): boolean => text === null || !usual.test(text);

/** Parameters of the batch statement that every section may use. */
export const parameter = {
  field: '$1',
  record: '$2',
  none: '$3',
  session: '$4',
  batch: '$5',
  numbers: '$6',
  before: '$7',
  now: '$8',
} as const;
/** The first parameter that is a section. */
export const firstSection = 9;

interface Stored {
  /** Data-modifying CTEs over the section's parameter (`$n`), which read `mine`, which has one row, or none when the batch is stored already. */
  sql(parameter: string): string;
}

/** What an aggregate contributes to the batch statement. */
export interface Section extends Stored {
  /** Adds the rows of all `changes`, of those with the same key the last one. */
  encode(changes: readonly Changes[], separators: Separators, rows: RowBuffer): void;
}

/** A section of rows that stand for themselves, which are written as they come. */
export interface FlowingSection extends Stored {
  /** Adds the rows of one step. @param number within the batch, from 1, of its first Journal entry */
  write(changes: Changes, number: number, separators: Separators, rows: RowBuffer): void;
}

/**
 * The FROM clause of a section: `r` is the array of a record's fields. A text with a separator in it makes a record that is too long or too
 * short, and the statement fails rather than store fields in the wrong places. `offset 0` keeps the planner from splitting anew for every field.
 */
export const linesOf = (section: string, length: number): string =>
  `mine, (select string_to_array(line, ${parameter.field}, ${parameter.none}) as r
    from string_to_table(${section}, ${parameter.record}) as line offset 0) as lines
  where 1 / (cardinality(r) = ${length})::int = 1`;

/** Text for a nullable field. A text that looks like the mark of null is not confused with it: see {@link MarkInText}. */
export function nullable(text: string | null, none: string): string {
  if (text === null) return none;
  if (text === none) throw new MarkInText();
  return text;
}

/** A text equals the mark of null: this batch needs other separators. */
export class MarkInText extends Error {
  override name = 'MarkInText';
}

function encodeField(value: unknown, type: FieldType, none: string): string {
  if (value === null || value === undefined) return none;
  if (type === 'json') return JSON.stringify(value);
  return type === 'text' ? nullable(value as string, none) : String(value);
}

/** Writes one row. */
export type RowEncoder<Row> = (row: Row, separators: Separators) => string;

/** An encoder made from the fields, for rows that are not in every message; a literal one is several times as fast. */
function rowEncoder<Row>(fields: Fields<Row>): RowEncoder<Row> {
  const columns = Object.entries(fields) as [keyof Row, FieldType][];
  return (row, { field, none }) => {
    let text = '';
    let separator = '';
    for (const [property, type] of columns) {
      text += separator + encodeField(row[property], type, none);
      separator = field;
    }
    return text;
  };
}

/** The rows of one section in all changes, the last of those with the same key: one command may not touch a row twice. */
export function lastOfEach<Row>(
  changes: readonly Changes[],
  rowsOf: (changes: Changes) => readonly Row[] | undefined,
  key: (row: Row) => string,
): Row[] {
  const rows: Row[] = [];
  for (const change of changes) {
    const some = rowsOf(change);
    if (some !== undefined) for (const row of some) rows.push(row);
  }
  if (rows.length < 2) return rows;
  const last = new Map<string, Row>();
  for (const row of rows) last.set(key(row), row);
  return last.size === rows.length ? rows : [...last.values()];
}

/** SELECT list that reads the fields out of a record. */
export const readFields = <Row>(fields: Fields<Row>): string =>
  propertiesOf(fields)
    .map((property, index) => `r[${index + 1}]::${fields[property]}`)
    .join(', ');

export interface UpsertSection<Row> {
  readonly table: string;
  readonly fields: Fields<Row>;
  /** The properties of the primary key. */
  readonly key: readonly (keyof Row & string)[];
  readonly rowsOf: (changes: Changes) => readonly Row[] | undefined;
  readonly keyOf: (row: Row) => string;
  /** By default made from the fields. */
  readonly encodeRow?: RowEncoder<Row>;
  /** Columns beside the fields, with the SQL of their values. */
  readonly also?: Readonly<Record<string, string>>;
}

/** A section whose rows are inserted, or replaced as a whole when their key is known. */
export function upsertSection<Row>({
  table,
  fields,
  key,
  rowsOf,
  keyOf,
  encodeRow = rowEncoder(fields),
  also = {},
}: UpsertSection<Row>): Section {
  const properties = propertiesOf(fields);
  const columns = [...properties.map(columnOf), ...Object.keys(also)];
  const keys = key.map(columnOf);
  const values = [readFields(fields), ...Object.values(also)].join(', ');
  const replaced = columns.filter((column) => !keys.includes(column)).map((column) => `${column} = excluded.${column}`);
  return {
    encode(changes, separators, rows) {
      for (const row of lastOfEach(changes, rowsOf, keyOf)) rows.add(encodeRow(row, separators));
    },
    sql: (section) => `${table}_rows as (
  insert into ${table} (${columns.join(', ')})
  select ${values} from ${linesOf(section, properties.length)}
  on conflict (${keys.join(', ')}) do update set ${replaced.join(', ')})`,
  };
}
