/** What is remembered of charging profiles: which are installed, and what 1.6 calls those whose ids it cannot take. */
import type { Context } from '../context.ts';
import type { Payload } from '../outcome.ts';
import { stationTransaction } from './station-transactions.ts';
import { transactionById } from './transaction-state.ts';

const TABLE = 'chargingProfile';
/** Stations hold a few dozen at most; a profile of 1024 periods takes about 50 kB. */
const LIMIT = 50;
const ALIASES = 'chargingProfileAlias';
const ALIAS_LIMIT = 200;

/** A profile that the station accepted, in the form of 2.0.1 whichever version either side speaks. */
export interface InstalledProfile {
  /** 0: the whole station. */
  readonly evseId: number;
  readonly profile: Payload;
}

/** The profiles that are still in force, oldest first. Those of ended transactions and of times gone by are forgotten here. */
export function installedProfiles(context: Context): readonly InstalledProfile[] {
  const inForce: InstalledProfile[] = [];
  for (const [key, entry] of [...context.state.rows<InstalledProfile>(TABLE)]) {
    if (isOver(entry.profile, context)) context.state.delete(TABLE, key);
    else inForce.push(entry);
  }
  return inForce;
}

function isOver({ validTo, transactionId }: Payload, context: Context): boolean {
  if (validTo !== undefined && Date.parse(validTo as string) <= context.now()) return true;
  if (transactionId === undefined) return false;
  const under2x = transactionById(transactionId as string, context);
  const under16 = stationTransaction(transactionId as string, context);
  return under2x?.ended !== 'no' && under16?.ended !== false;
}

export const rememberProfile = (entry: InstalledProfile, context: Context): void =>
  context.state.set(TABLE, String(entry.profile.id), entry, LIMIT);

export const forgetProfile = (id: number, context: Context): void => context.state.delete(TABLE, String(id));

/** A ClearChargingProfile by criteria, as both versions mean it: what is given must fit. */
export interface Criteria {
  readonly evseId?: number | undefined;
  readonly chargingProfilePurpose?: string | undefined;
  readonly stackLevel?: number | undefined;
}

/** Forgets the profiles that fit all the criteria; none given: every profile. */
export function forgetProfiles(criteria: Criteria, context: Context): void {
  for (const { evseId, profile } of installedProfiles(context)) {
    const fits =
      (criteria.evseId ?? evseId) === evseId &&
      (criteria.chargingProfilePurpose ?? profile.chargingProfilePurpose) === profile.chargingProfilePurpose &&
      (criteria.stackLevel ?? profile.stackLevel) === profile.stackLevel;
    if (fits) forgetProfile(profile.id as number, context);
  }
}

/** Every 1.6 station takes positive 32-bit integers as ids. */
const fits16 = (id: number): boolean => id > 0 && id <= 0x7fff_ffff;

/**
 * The 1.6 ids of a 2.x profile, one per connector that it is for: its own id for the first one where 1.6 can take it, else
 * numbers from the top of the range, the same for ever.
 */
export const olderIds = (id: number, connectors: readonly number[], context: Context): readonly number[] =>
  connectors.map((connectorId, index) => {
    if (index === 0 && fits16(id)) return id;
    const key = index === 0 ? String(id) : `${id}@${connectorId}`;
    return context.state.get<number>(ALIASES, key) ?? newAlias(key, context);
  });

/** Every 1.6 id that stands for a 2.x profile id; none when the station cannot have it. */
export function knownOlderIds(id: number, context: Context): readonly number[] {
  const ids = fits16(id) ? [id] : [];
  for (const [key, alias] of context.state.rows<number>(ALIASES)) {
    if (key === String(id) || key.startsWith(`${id}@`)) ids.push(alias);
  }
  return ids;
}

function newAlias(key: string, context: Context): number {
  const count = context.state.get<number>('counter', 'profileAlias') ?? 0;
  context.state.set('counter', 'profileAlias', count + 1);
  const alias = 0x7fff_ffff - count;
  context.state.set(ALIASES, key, alias, ALIAS_LIMIT);
  return alias;
}
