import { v15 } from './1.5.ts';
import { v16 } from './1.6.ts';
import { v201 } from './2.0.1.ts';
import { v21 } from './2.1.ts';
import type { Version, VersionName } from './version.ts';

/** Every Version, oldest first. */
export const versions: readonly Version[] = [v15, v16, v201, v21];

/** The one vocabulary above translation: the newest Version. */
export const HEAD: Version = v21;

const byName = new Map(versions.map((version) => [version.name, version]));

/** @throws Error for a name that is none of {@link VersionName}. */
export function versionByName(name: VersionName): Version {
  const version = byName.get(name);
  if (version === undefined) throw new Error(`there is no OCPP version ${name}`);
  return version;
}

export * from './version.ts';
