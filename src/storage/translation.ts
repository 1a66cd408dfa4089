import type { TranslationRow } from '../gateway/ports.ts';
import { linesOf, nullable, type Section } from './section.ts';

/**
 * TranslationState: rows without a value are deletions. The deletion names the stations once more, as an array, so that it goes by the
 * index whatever the planner believes the table to hold: a plan made while it was empty would otherwise read all of it for every batch.
 */
export const translationSection: Section = {
  encode(changes, { field, none }, rows) {
    // By station first: its identifier is the same text in all its rows, and a station has few of them in a batch.
    const last = new Map<string, TranslationRow[]>();
    for (const { translation } of changes) {
      if (translation === undefined) continue;
      for (const row of translation) {
        const ofStation = last.get(row.stationId);
        if (ofStation === undefined) last.set(row.stationId, [row]);
        else {
          const before = ofStation.findIndex(({ key, table }) => key === row.key && table === row.table);
          if (before < 0) ofStation.push(row);
          else ofStation[before] = row;
        }
      }
    }
    for (const ofStation of last.values()) {
      for (const { stationId, table, key, value } of ofStation) {
        rows.add(`${stationId}${field}${table}${field}${key}${field}${nullable(value, none)}`);
      }
    }
  },
  sql: (section) => `translation_rows as materialized (
  select r[1] as station_id, r[2] as tbl, r[3] as key, r[4] as value from ${linesOf(section, 4)}),
translation_kept as (
  insert into translation_state (station_id, tbl, key, value)
  select station_id, tbl, key, value from translation_rows where value is not null
  on conflict (station_id, tbl, key) do update set value = excluded.value),
translation_forgotten as (
  delete from translation_state s using translation_rows d
  where s.station_id = any (array(select station_id from translation_rows where value is null))
    and d.value is null and s.station_id = d.station_id and s.tbl = d.tbl and s.key = d.key)`,
};

/** SQL: the TranslationRows of the station `$1` as JSON. */
export const translationJson = `json_build_object('stationId', station_id, 'table', tbl, 'key', key, 'value', value)`;
