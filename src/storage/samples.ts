/**
 * The samples of a message are stored once. Where its HEAD form has them, the Journal has a pointer to the meter value that was stored
 * with it (`samplesPointer` in gateway/ports.ts): `mark transactionId mark at mark`. Reading puts them back.
 */
import { type MeterValueRow, samplesMark } from '../gateway/ports.ts';
import type { Database } from './database.ts';

const pointer = new RegExp(`${samplesMark}([^${samplesMark}]*)${samplesMark}(\\d+)${samplesMark}`, 'g');

const hasPointers = (head: string | null): head is string => head?.includes(samplesMark) === true;

/** A HEAD form with the samples of the meter values that go with it. */
export function withSamplesOf(head: string | null, meterValues: readonly MeterValueRow[] | undefined): string | null {
  if (!hasPointers(head)) return head;
  let next = 0;
  return head.replace(pointer, () => meterValues?.[next++]?.sampledValue ?? '[]');
}

interface Place {
  readonly seq: number;
  readonly transactionId: string;
  readonly at: number;
}

const keyOf = ({ seq, transactionId, at }: Place): string => `${seq} ${at} ${transactionId}`;

const samplesStatement = {
  name: 'samples-of',
  text: `select seq, transaction_id as "transactionId", at, sampled_value as "sampledValue"
from unnest($1::bigint[], $2::text[], $3::bigint[]) as place (number, transaction, moment)
join meter_values on transaction_id = transaction and at = moment and seq = number order by id`,
};

/** Puts the samples back into HEAD forms read from the Journal. Those that retention has removed are missing. */
export async function withSamples<R extends { readonly seq: number; readonly head: string | null }>(
  records: readonly R[],
  { reads }: Pick<Database, 'reads'>,
): Promise<R[]> {
  const places = new Map<string, Place>();
  for (const { seq, head } of records) {
    if (!hasPointers(head)) continue;
    for (const [, transactionId = '', at] of head.matchAll(pointer)) {
      const place = { seq, transactionId, at: Number(at) };
      places.set(keyOf(place), place);
    }
  }
  if (places.size === 0) return [...records];
  const wanted = [...places.values()];
  const found = new Map<string, string[]>();
  const values = [wanted.map(({ seq }) => seq), wanted.map((each) => each.transactionId), wanted.map(({ at }) => at)];
  for (const { sampledValue, ...place } of await reads.query<Place & { sampledValue: string }>({
    ...samplesStatement,
    values,
  })) {
    const key = keyOf(place);
    const samples = found.get(key);
    if (samples === undefined) found.set(key, [sampledValue]);
    else samples.push(sampledValue);
  }
  return records.map((record) => {
    const { seq, head } = record;
    if (!hasPointers(head)) return record;
    const fill = (_text: string, transactionId: string, at: string) =>
      found.get(keyOf({ seq, transactionId, at: Number(at) }))?.shift() ?? '[]';
    return { ...record, head: head.replace(pointer, fill) };
  });
}
