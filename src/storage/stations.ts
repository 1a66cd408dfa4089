import { sql } from 'kysely';
import type {
  ConnectorRow,
  StationFilter,
  StationRow,
  StationSnapshot,
  Stations,
  StoredAnswer,
} from '../gateway/ports.ts';
import { connectorFields } from './connectors.ts';
import type { Database } from './database.ts';
import { columnOf, type Fields, jsonObject, propertiesOf } from './fields.ts';
import { Lookups } from './lookups.ts';
import { pageOf, readPlace } from './pages.ts';
import { upsertSection } from './section.ts';
import { transactionFields } from './transactions.ts';
import { translationJson } from './translation.ts';
import { queueJson } from './upstreams.ts';
import { listVariables } from './variables.ts';

const fields: Fields<StationRow> = {
  id: 'text',
  version: 'text',
  transport: 'text',
  vendorName: 'text',
  model: 'text',
  serialNumber: 'text',
  firmwareVersion: 'text',
  registrationStatus: 'text',
  admission: 'text',
  passwordHash: 'text',
  strict: 'boolean',
  deviations: 'json',
  versions: 'json',
  assumeVersion: 'text',
  callbackUrl: 'text',
  linkState: 'json',
  connectedAt: 'bigint',
  lastSeenAt: 'bigint',
  createdAt: 'bigint',
};
const properties = propertiesOf(fields);

export const stationSection = upsertSection<StationRow>({
  table: 'stations',
  fields,
  key: ['id'],
  rowsOf: (changes) => changes.stations,
  keyOf: (row) => row.id,
});

/**
 * How many answers a snapshot holds, and how far back they go, ms. A station that reconnects repeats its last message or two; what
 * it repeats from longer ago is looked up one by one. Every answer more costs a page read from disk, for each of thousands that reconnect at once.
 */
const answersKept = 32;
const answersBack = 7 * 86_400_000;
/** How many of the ended transactions a snapshot holds. */
const endedKept = 10;

const connectorsOf = (station: string) =>
  `coalesce((select json_agg(${jsonObject(connectorFields)} order by evse_id, connector_id) from connectors where station_id = ${station}), '[]')`;

/** Stations that are loaded by one statement at most. */
const loadedTogether = 50;

/**
 * Everything in one round trip, and of many stations at once: fifteen thousand may connect within seconds. `$1` are the stations, `$2` the oldest answer's time.
 * The CASE keeps the planner from the index on identities, with which it would fetch and sort a whole week's answers to find the last few.
 */
const loadStatement = {
  name: 'load-stations',
  text: `select ${jsonObject(fields)} as station,
  ${connectorsOf('stations.id')} as connectors,
  coalesce((select json_agg(${jsonObject(transactionFields)} order by started_at, id) from (
    select * from transactions where station_id = stations.id and ended_at is null
    union all
    (select * from transactions where station_id = stations.id and ended_at is not null order by started_at desc, id desc limit ${endedKept})
  ) as t), '[]') as transactions,
  coalesce((select json_agg(${translationJson} order by age) from translation_state where station_id = stations.id), '[]') as translation,
  coalesce((select json_agg(${queueJson} order by upstream, number) from upstream_queue where station_id = stations.id), '[]') as "upstreamQueue",
  recent.answers,
  recent.found > ${answersKept}
    or exists (select from journal where station_id = stations.id and identity is not null and at < $2) as "moreAnswers"
from stations, lateral (
  select coalesce(json_agg(json_build_array(identity, payload) order by seq), '[]') as answers, count(*) as found from (
    select seq, identity, coalesce(answer_payload, payload) as payload from journal
    where station_id = stations.id and at >= $2 and case when identity is null then 0 else 1 end = 1
    order by seq desc limit ${answersKept + 1}) as newest) as recent
where stations.id = any ($1::text[])`,
};

interface Loaded extends Omit<StationSnapshot, 'answers'> {
  readonly answers: readonly (readonly [identity: string, payload: string])[];
}

const snapshotOf = (loaded: Loaded): StationSnapshot => ({
  ...loaded,
  answers: loaded.answers.slice(-answersKept).map(([identity, payload]) => ({ identity, payload })),
});

/** `*` and `?` of a shell-like pattern as LIKE writes them. */
const likePattern = (pattern: string): string =>
  pattern
    .replace(/[\\%_]/g, '\\$&')
    .replaceAll('*', '%')
    .replaceAll('?', '_');

/** Reads stations, and forgets them. */
export function openStations(database: Database): Stations {
  const { kysely, reads } = database;
  const loads = new Lookups<StationSnapshot>(loadedTogether, async (ids) => {
    const rows = await reads.query<Loaded>({ ...loadStatement, values: [ids, Date.now() - answersBack] });
    return new Map(rows.map((row) => [row.station.id, snapshotOf(row)]));
  });
  const withConnectors = () =>
    kysely
      .selectFrom('stations')
      .select(properties)
      .select(sql<readonly ConnectorRow[]>`${sql.raw(connectorsOf('stations.id'))}`.as('connectors'));
  const split = ({ connectors, ...station }: StationRow & { readonly connectors: readonly ConnectorRow[] }) => ({
    station,
    connectors,
  });

  return {
    load: (id) => loads.get(id),

    findAnswer: (stationId, identity) =>
      kysely
        .selectFrom('journal')
        .select(['identity', sql<string>`coalesce(answer_payload, payload)`.as('payload')])
        .where('stationId', '=', stationId)
        .where('identity', '=', identity)
        // The last one is what the station was told in the end: its owner may have said something else than was ready.
        .orderBy('seq', 'desc')
        .limit(1)
        .$narrowType<StoredAnswer>()
        .executeTakeFirst(),

    async get(id) {
      const row = await withConnectors().where('id', '=', id).executeTakeFirst();
      return row === undefined ? undefined : split(row);
    },

    async list({ id, version, registrationStatus, transport, heardSince }: StationFilter, page) {
      const place = readPlace(page, ['string']);
      let query = withConnectors()
        .orderBy('id')
        .limit(page.limit + 1);
      if (place !== undefined) query = query.where('id', '>', place[0]);
      if (id !== undefined) query = query.where('id', 'like', likePattern(id));
      if (version !== undefined) query = query.where('version', '=', version);
      if (registrationStatus !== undefined) query = query.where('registrationStatus', '=', registrationStatus);
      if (transport !== undefined) query = query.where('transport', '=', transport);
      if (heardSince !== undefined) query = query.where('lastSeenAt', '>=', heardSince);
      return pageOf(await query.execute(), page.limit, (row) => [row.id], split);
    },

    async delete(id) {
      // Takes the lock of the batches first, as they do: whoever locks in another order may wait for them in a circle.
      const parts = (['connectors', 'variables', 'translationState', 'upstreamQueue'] as const).map(columnOf);
      const { rows } = await sql<{ id: string }>`
        with lock as materialized (select 1 from journal_head for update),
        ${sql.join(parts.map((table) => sql`${sql.raw(`${table}_gone`)} as (delete from ${sql.raw(table)} using lock where station_id = ${id})`))}
        delete from stations using lock where id = ${id} returning id`.execute(kysely);
      return rows.length > 0;
    },

    variables: (stationId, page) => listVariables(database, stationId, page),
  };
}
