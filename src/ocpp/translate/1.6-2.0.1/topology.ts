import type { Context } from '../context.ts';

/** An EVSE and one of its connectors, as 2.x addresses them. Both 0: the whole station. */
export interface EvseAddress {
  readonly id: number;
  readonly connectorId: number;
}

const TABLE = 'topology';
/** More connectors than any station has: what a broken one invents beyond them is not learnt. */
const LIMIT = 200;

/** Explicit map of a station whose EVSEs have several connectors; absent: EVSE n has connector 1, which 1.6 calls n. */
type ExplicitMap = Readonly<Record<string, readonly [evseId: number, connectorId: number]>>;

/** 1.6 connectorId → EVSE and connector. Total: a connector that stands in no map is an EVSE of its own. */
export function toEvse(connectorId: number, context: Context): EvseAddress {
  if (connectorId <= 0) return { id: 0, connectorId: 0 };
  const explicit = context.state.get<ExplicitMap>(TABLE, 'map')?.[connectorId];
  return explicit === undefined ? { id: connectorId, connectorId: 1 } : { id: explicit[0], connectorId: explicit[1] };
}

/** The 1.6 connectors that an EVSE (or one connector of it) stands for, lowest first; the whole station is `[0]`. */
export function toConnectors(evseId: number, connectorId: number | undefined, context: Context): readonly number[] {
  if (evseId <= 0) return [0];
  // Connector 0 of an EVSE is the EVSE (seen of stations, E-40).
  const wanted = connectorId === 0 ? undefined : connectorId;
  const map = context.state.get<ExplicitMap>(TABLE, 'map');
  if (map !== undefined) {
    const listed = Object.entries(map)
      .filter(([, [evse, connector]]) => evse === evseId && (wanted === undefined || connector === wanted))
      .map(([number]) => Number(number))
      .sort((a, b) => a - b);
    if (listed.length > 0) return listed;
    // The number of the EVSE is taken by another connector.
    if (map[String(evseId)] !== undefined) return [];
  }
  return wanted === undefined || wanted === 1 ? [evseId] : [];
}

/**
 * The 1.6 connector of an address that a 2.x station uses. An address not seen before gets a number, the same for ever:
 * that of the EVSE, or the next free one for an EVSE's further connectors.
 */
export function learn(evseId: number, connectorId: number | undefined, context: Context): number {
  const [known] = toConnectors(evseId, connectorId, context);
  const map = context.state.get<ExplicitMap>(TABLE, 'map');
  if (known !== undefined && (map === undefined || known === 0 || map[String(known)] !== undefined)) return known;
  const grown: Record<string, readonly [number, number]> = { ...map };
  if (map === undefined) for (let n = 1; n <= connectorCount(context); n++) grown[n] = [n, 1];
  let number = known ?? evseId;
  while (grown[number] !== undefined) number++;
  // An EVSE whose second connector is seen has a first one, and its number is the one that it would have had.
  if (known === undefined && (connectorId ?? 1) > 1 && grown[evseId] === undefined) {
    grown[evseId] = [evseId, 1];
    while (grown[number] !== undefined) number++;
  }
  grown[number] = [evseId, connectorId === undefined || connectorId === 0 ? 1 : connectorId];
  if (Object.keys(grown).length > LIMIT) return known ?? evseId;
  context.state.set(TABLE, 'map', grown);
  seen(number, context);
  return number;
}

/** Remembers that the station has this connector (and all below it). Only grows. */
export function seen(connectorId: number, context: Context): void {
  const highest = context.state.get<number>(TABLE, 'connectors') ?? 0;
  if (connectorId > highest && connectorId <= LIMIT) context.state.set(TABLE, 'connectors', connectorId);
}

/** How many connectors the station is known to have; 0 when none was seen yet. */
export const connectorCount = (context: Context): number => context.state.get<number>(TABLE, 'connectors') ?? 0;

/** The reason to refuse a 2.x address that names something the 1.6 station is not known to have; `undefined`: it has it. */
export function whatIsUnknown(
  evseId: number,
  connectorId: number | undefined,
  context: Context,
): 'UnknownEvse' | 'UnknownConnectorId' | undefined {
  if (!isUnknown(evseId, connectorId, context)) return undefined;
  return isUnknown(evseId, undefined, context) ? 'UnknownEvse' : 'UnknownConnectorId';
}

/** True when the 2.x address names something that the 1.6 station is not known to have. */
export function isUnknown(evseId: number, connectorId: number | undefined, context: Context): boolean {
  const connectors = toConnectors(evseId, connectorId, context);
  const known = connectorCount(context);
  return connectors.length === 0 || (known > 0 && connectors.some((connector) => connector > known));
}
