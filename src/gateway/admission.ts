import { type Version, versions } from '../ocpp/index.ts';
import { isHexText, verifyPassword } from './passwords.ts';
import { type Admission, type Handshake, type StationFacts, type StationRow, StoreUnavailable } from './ports.ts';
import type { Services } from './services.ts';
import type { Station } from './station.ts';

/** What a transport is told of a station. */
export const factsOf = (row: StationRow): StationFacts => ({
  isAccepted: row.registrationStatus === 'Accepted',
  strict: row.strict,
  callbackUrl: row.callbackUrl,
  lastSeenAt: row.lastSeenAt,
  linkState: row.linkState,
});

/** Subprotocols that are spoken here, by their lower-case names. */
const spoken: ReadonlyMap<string, Version> = new Map(
  versions.map((version) => [version.subprotocol.toLowerCase(), version]),
);

const wrongPassword: Admission = { kind: 'refused', status: 401, reason: 'wrong or missing password' };

/**
 * Decides about a handshake before the upgrade (1.6J 3.1, 2.x part 4 3.1): known or not, password, Version.
 * @param find the station by its id
 */
export async function admit(
  { stationId, offered, credentials }: Handshake,
  find: (id: string) => Promise<Station | undefined>,
  { settings, log, translatable }: Pick<Services, 'settings' | 'log' | 'translatable'>,
): Promise<Admission> {
  let station: Station | undefined;
  try {
    station = await find(stationId);
  } catch (error) {
    if (!(error instanceof StoreUnavailable))
      log.error({ station: stationId, err: error }, 'a station could not be loaded');
    return { kind: 'refused', status: 503, reason: 'storage does not answer', retryAfter: 5 };
  }
  if (station === undefined && settings.unknownStations === 'reject') {
    return settings.hideUnknown ? wrongPassword : { kind: 'refused', status: 404, reason: 'unknown station' };
  }
  const hash = station?.row.passwordHash ?? null;
  if (
    hash !== null &&
    !(
      credentials !== undefined &&
      credentials.user.toString() === stationId &&
      verifyPassword(hash, credentials.password)
    )
  ) {
    return wrongPassword;
  }
  const facts = station === undefined ? undefined : factsOf(station.row);
  const mayBe = station?.row.versions ?? null;
  for (const subprotocol of offered) {
    const version = spoken.get(subprotocol.toLowerCase());
    if (version === undefined || !translatable(version.name) || mayBe?.includes(version.name) === false) continue;
    const hexTextPassword = hash !== null && version.hexPassword === 'bytes' && isHexText(credentials?.password);
    return { kind: 'admitted', stationId, version: version.name, subprotocol, facts, hexTextPassword };
  }
  if (offered.length === 0 && station?.row.assumeVersion != null) {
    return { kind: 'admitted', stationId, version: station.row.assumeVersion, subprotocol: undefined };
  }
  return { kind: 'noSubprotocol' };
}
