/**
 * What is known of an aggregate's rows, as data: which properties there are and how the database holds them. Encoders, upserts, selects
 * and JSON for reading back are made from it, so that a new property is one line here and one in a migration.
 */

export type FieldType = 'text' | 'integer' | 'bigint' | 'double precision' | 'boolean' | 'json';

/** Every property of `Row` with its type in the database; the order is the one on the way to it. */
export type Fields<Row> = { readonly [P in keyof Row]-?: FieldType };

/** `stationId` → `station_id`. */
export const columnOf = (property: string): string =>
  property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The properties of an aggregate, for a Kysely select. */
export const propertiesOf = <Row>(fields: Fields<Row>): (keyof Row & string)[] =>
  Object.keys(fields) as (keyof Row & string)[];

/** SQL that makes one JSON object of a row, with the properties' names. */
export function jsonObject<Row>(fields: Fields<Row>, columns: Readonly<Record<string, string>> = {}): string {
  return `json_build_object(${propertiesOf(fields)
    .map((property) => `'${property}', ${columns[property] ?? columnOf(property)}`)
    .join(', ')})`;
}
