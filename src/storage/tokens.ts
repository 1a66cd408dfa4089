import { sql } from 'kysely';
import type { TokenRow, Tokens } from '../gateway/ports.ts';
import type { Database } from './database.ts';
import { type Fields, propertiesOf } from './fields.ts';
import { pageOf, readPlace } from './pages.ts';

const properties = propertiesOf<TokenRow>({
  idToken: 'text',
  type: 'text',
  status: 'text',
  groupIdToken: 'text',
  expiresAt: 'bigint',
  maxActiveTransactions: 'integer',
} satisfies Fields<TokenRow>);

const pageSize = 1000;

/** The key of a token: its text without regard to ASCII case. */
const keyOf = (idToken: string) => sql<string>`lower(${idToken} collate "C")`;

/** Reads and changes the tokens of the built-in authorization. */
export function openTokens({ kysely }: Database): Tokens {
  const list: Tokens['list'] = async ({ status }, page) => {
    const place = readPlace(page, ['string']);
    let query = kysely
      .selectFrom('tokens')
      .select([...properties, 'key'])
      .orderBy('key')
      .limit(page.limit + 1);
    if (place !== undefined) query = query.where('key', '>', place[0]);
    if (status !== undefined) query = query.where('status', '=', status);
    return pageOf(
      await query.execute(),
      page.limit,
      (row) => [row.key],
      ({ key, ...row }): TokenRow => row,
    );
  };
  return {
    list,

    async *all() {
      let cursor: string | undefined;
      do {
        const page = await list({}, { limit: pageSize, cursor });
        if (page.items.length > 0) yield page.items;
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
    },

    get: (idToken) =>
      kysely.selectFrom('tokens').select(properties).where('key', '=', keyOf(idToken)).executeTakeFirst(),

    async put({ idToken, type, status, groupIdToken, expiresAt, maxActiveTransactions }) {
      const row = { idToken, type, status, groupIdToken, expiresAt, maxActiveTransactions };
      await kysely
        .insertInto('tokens')
        .values(row)
        .onConflict((conflict) => conflict.column('key').doUpdateSet(row))
        .execute();
    },

    async delete(idToken) {
      const { numDeletedRows } = await kysely.deleteFrom('tokens').where('key', '=', keyOf(idToken)).executeTakeFirst();
      return numDeletedRows > 0n;
    },
  };
}
