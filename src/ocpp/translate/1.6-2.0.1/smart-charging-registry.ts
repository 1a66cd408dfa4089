/** What is remembered of charging profiles: which a station has, and what 1.6 calls those whose ids it cannot take. */
import type { Context } from '../context.ts';
import type { Payload } from '../outcome.ts';
import { remoteStartById } from './remote-start.ts';
import { stationTransaction } from './station-transactions.ts';
import { transactionById } from './transaction-state.ts';

const TABLE = 'chargingProfile';
/** More than any station holds. */
const LIMIT = 100;
/** Characters of JSON that all profiles of a station may take; one of 1024 periods takes about 50,000. */
const ROOM = 256_000;
const STARTS = 'startProfile';
const STARTS_LIMIT = 50;
const ALIASES = 'chargingProfileAlias';
const ALIAS_LIMIT = 200;

/** A profile that the station accepted, in the form of 2.0.1 and as it was set, whichever version either side speaks. */
export interface InstalledProfile {
  /** 0: the whole station. */
  readonly evseId: number;
  readonly profile: Payload;
  /** Not at the station yet: the profile before it has to end first. `after`: not to be tried before, ms since 1970. */
  readonly held?: { readonly after: number };
}

/** The profiles that are still in force, by EVSE and id. Those of ended transactions and of times gone by are forgotten here. */
export function installedProfiles(context: Context): readonly InstalledProfile[] {
  const inForce: InstalledProfile[] = [];
  for (const [key, entry] of [...context.state.rows<InstalledProfile>(TABLE)]) {
    if (isOver(entry.profile, context)) context.state.delete(TABLE, key);
    else inForce.push(entry);
  }
  return inForce.sort((a, b) => a.evseId - b.evseId || (a.profile.id as number) - (b.profile.id as number));
}

export const installedProfile = (id: number, context: Context): InstalledProfile | undefined => {
  const entry = context.state.get<InstalledProfile>(TABLE, String(id));
  return entry === undefined || isOver(entry.profile, context) ? undefined : entry;
};

export function isOver({ validTo, transactionId }: Payload, context: Context): boolean {
  if (validTo !== undefined && Date.parse(validTo as string) <= context.now()) return true;
  if (transactionId === undefined) return false;
  const under2x = transactionById(transactionId as string, context);
  const under16 = stationTransaction(transactionId as string, context);
  return under2x?.ended !== 'no' && under16?.ended !== false;
}

/** True when the two, of one id, have not the same place, purpose, level and transaction. */
export const isElsewhere = (
  { evseId: otherEvse, profile: other }: InstalledProfile,
  { evseId, profile }: InstalledProfile,
): boolean =>
  otherEvse !== evseId ||
  other.stackLevel !== profile.stackLevel ||
  other.chargingProfilePurpose !== profile.chargingProfilePurpose ||
  other.transactionId !== profile.transactionId;

/** True when there is room for a profile, in place of the one that has its id. */
export function hasRoom(profile: Payload, context: Context): boolean {
  const others = installedProfiles(context).filter((other) => other.profile.id !== profile.id);
  const size = others.reduce((sum, other) => sum + JSON.stringify(other.profile).length, 0);
  return others.length < LIMIT && size + JSON.stringify(profile).length <= ROOM;
}

export const rememberProfile = (entry: InstalledProfile, context: Context): void =>
  context.state.set(TABLE, String(entry.profile.id), entry, LIMIT + 1);

export const forgetProfile = (id: number, context: Context): void => context.state.delete(TABLE, String(id));

/** The profiles of a transaction end with it. */
export function forgetProfilesOf(transactionId: string, context: Context): void {
  if (context.state.size(TABLE) === 0) return;
  for (const [key, { profile }] of [...context.state.rows<InstalledProfile>(TABLE)]) {
    if (profile.transactionId === transactionId) context.state.delete(TABLE, key);
  }
}

/** What a ClearChargingProfile or GetChargingProfiles asks for, as both versions mean it: what is given must fit. */
export interface Criteria {
  readonly evseId?: number | undefined;
  readonly chargingProfilePurpose?: string | undefined;
  readonly stackLevel?: number | undefined;
}

/** The profiles that fit all the criteria; none given: every profile. */
export const profilesBy = (criteria: Criteria, context: Context): readonly InstalledProfile[] =>
  installedProfiles(context).filter(
    ({ evseId, profile }) =>
      (criteria.evseId ?? evseId) === evseId &&
      (criteria.chargingProfilePurpose ?? profile.chargingProfilePurpose) === profile.chargingProfilePurpose &&
      (criteria.stackLevel ?? profile.stackLevel) === profile.stackLevel,
  );

export function forgetProfiles(criteria: Criteria, context: Context): void {
  for (const { profile } of profilesBy(criteria, context)) forgetProfile(profile.id as number, context);
}

/** Keeps the TxProfile that goes with a remote start until its transaction begins. */
export function rememberStartProfile(remoteStartId: number, profile: Payload, context: Context): void {
  for (const [key] of [...context.state.rows(STARTS)]) {
    if (remoteStartById(Number(key), context) === undefined) context.state.delete(STARTS, key);
  }
  context.state.set(STARTS, String(remoteStartId), profile, STARTS_LIMIT);
}

/** The transaction that a remote start asked for has begun: the profile that came along is its. */
export function startProfileBegins(
  remoteStartId: number,
  transactionId: string,
  evseId: number,
  context: Context,
): void {
  if (context.state.size(STARTS) === 0) return;
  const profile = context.state.get<Payload>(STARTS, String(remoteStartId));
  if (profile === undefined) return;
  context.state.delete(STARTS, String(remoteStartId));
  const { transactionId: _none, ...rest } = profile;
  if (evseId > 0 && hasRoom(profile, context))
    rememberProfile({ evseId, profile: { ...rest, transactionId } }, context);
}

/** Every 1.6 station takes positive 32-bit integers as ids. */
const fits16 = (id: number): boolean => id > 0 && id <= 0x7fff_ffff;

/**
 * The 1.6 ids of a 2.x profile, one per connector that it is for: its own id for the first one where 1.6 can take it and no
 * other goes by it, else numbers from the top of the range, the same for ever.
 */
export const olderIds = (id: number, connectors: readonly number[], context: Context): readonly number[] =>
  connectors.map((connectorId, index) => {
    const key = index === 0 ? String(id) : `${id}@${connectorId}`;
    const alias = context.state.get<number>(ALIASES, key);
    if (alias !== undefined) return alias;
    return index === 0 && fits16(id) && !isAlias(id, context) ? id : newAlias(key, context);
  });

/** Every 1.6 id that stands for a 2.x profile id; none when the station cannot have it. */
export function knownOlderIds(id: number, context: Context): readonly number[] {
  const own = context.state.get<number>(ALIASES, String(id)) ?? (fits16(id) && !isAlias(id, context) ? id : undefined);
  const ids = own === undefined ? [] : [own];
  for (const [key, alias] of context.state.rows<number>(ALIASES)) {
    if (key.startsWith(`${id}@`)) ids.push(alias);
  }
  return ids;
}

function isAlias(id: number, context: Context): boolean {
  if (id <= 0x7fff_ffff - (context.state.get<number>('counter', 'profileAlias') ?? 0)) return false;
  for (const [, alias] of context.state.rows<number>(ALIASES)) if (alias === id) return true;
  return false;
}

function newAlias(key: string, context: Context): number {
  let count = context.state.get<number>('counter', 'profileAlias') ?? 0;
  // A number that the CSMS uses itself is not free.
  while (installedProfile(0x7fff_ffff - count, context) !== undefined) count++;
  context.state.set('counter', 'profileAlias', count + 1);
  const alias = 0x7fff_ffff - count;
  context.state.set(ALIASES, key, alias, ALIAS_LIMIT);
  return alias;
}
