import type { Counters } from '../gateway/ports.ts';
import type { Database } from './database.ts';

/** Numbers given out once and for all. */
export function openCounters({ kysely }: Database): Counters {
  return {
    async reserve(name, count) {
      if (!Number.isSafeInteger(count) || count < 1) throw new RangeError(`cannot reserve ${count} numbers of ${name}`);
      const { next } = await kysely
        .insertInto('counters')
        .values({ name, next: 1 + count })
        .onConflict((conflict) =>
          conflict.column('name').doUpdateSet(({ eb }) => ({ next: eb('counters.next', '+', count) })),
        )
        .returning('next')
        .executeTakeFirstOrThrow();
      return next - count;
    },
  };
}
