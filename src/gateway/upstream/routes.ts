/** Which upstreams a station belongs to. */
import type { StationRow } from '../rows.ts';
import { builtin, type RouteMatch, type RouteRow } from './types.ts';

/** What a station's route comes to. */
export interface Plan {
  /** Name of the upstream that answers the station; `undefined`: it is answered here. */
  readonly owner: string | undefined;
  readonly observers: readonly string[];
  /** HEAD Actions that observers may send. */
  readonly allow: ReadonlySet<string>;
}

const unrouted: Plan = { owner: undefined, observers: [], allow: new Set() };

/** The route that holds: of those that match the one of the highest priority, of equal ones the first by name. */
export function planFor(station: StationRow, routes: Iterable<RouteRow>): Plan {
  let best: RouteRow | undefined;
  for (const route of routes) {
    if (!matches(route.match, station)) continue;
    if (
      best === undefined ||
      route.priority > best.priority ||
      (route.priority === best.priority && route.name < best.name)
    )
      best = route;
  }
  if (best === undefined) return unrouted;
  const owner = best.owner === builtin ? undefined : best.owner;
  return { owner, observers: best.observers.filter((name) => name !== owner), allow: new Set(best.allow) };
}

const matches = ({ stationId, version, vendorName, model }: RouteMatch, station: StationRow): boolean =>
  (stationId === undefined || fits(stationId, station.id)) &&
  (version === undefined || version === station.version) &&
  (vendorName === undefined || vendorName === station.vendorName) &&
  (model === undefined || model === station.model);

/** Shell-like pattern: `*` is any text, `?` any character. Linear, whatever the pattern. */
export function fits(pattern: string, text: string): boolean {
  let at = 0;
  let place = 0;
  /** Where the last `*` stands, and how much of the text it has taken. */
  let star = -1;
  let taken = 0;
  while (place < text.length) {
    const wanted = pattern[at];
    if (wanted === '*') {
      star = at++;
      taken = place;
    } else if (wanted !== undefined && (wanted === '?' || wanted === text[place])) {
      at++;
      place++;
    } else if (star >= 0) {
      at = star + 1;
      place = ++taken;
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}
