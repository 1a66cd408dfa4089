/** An identification as a driver presents it; 1.6 knows no type. */
export interface IdToken {
  readonly idToken: string;
  readonly type: string;
}

/** What is known about an IdToken (1.6 IdTagInfo, 2.x IdTokenInfo). */
export interface IdTokenInfo {
  readonly status: string;
  readonly groupIdToken?: string | undefined;
  /** Wall time, ms. */
  readonly expiresAt?: number | undefined;
}

/** The verdict on a token, and who gave it. */
export interface Verdict extends IdTokenInfo {
  readonly by: 'csms' | 'localList' | 'cache' | 'station';
}

/** An entry of SendLocalList; without `info` a differential update removes the token. */
export interface LocalListEntry {
  readonly token: IdToken;
  readonly info: IdTokenInfo | undefined;
}

/** Identifiers are compared without case (1.6 IdToken, 2.x identifierString). */
const keyOf = (idToken: string): string => idToken.toUpperCase();
export const sameToken = (left: string, right: string): boolean => keyOf(left) === keyOf(right);

/** The settings that decide locally. */
export interface LocalRules {
  readonly listEnabled: boolean;
  readonly cacheEnabled: boolean;
  readonly authorizeOffline: boolean;
  readonly unknownOffline: boolean;
}

const CACHE_SIZE = 500;

/** What a station itself knows about tokens: the local authorization list and the authorization cache. */
export class LocalAuthorization {
  /** 0: there is no list. */
  version = 0;
  readonly #list = new Map<string, LocalListEntry & { readonly info: IdTokenInfo }>();
  readonly #cache = new Map<string, IdTokenInfo>();

  get entries(): number {
    return this.#list.size;
  }

  /**
   * SendLocalList (1.6 5.15, 2.x D01).
   * @param most entries the list may have
   */
  update(
    kind: 'Full' | 'Differential',
    version: number,
    entries: readonly LocalListEntry[],
    most: number,
  ): 'Accepted' | 'VersionMismatch' | 'Failed' {
    if (version <= 0) return 'Failed';
    if (kind === 'Differential' && version <= this.version) return 'VersionMismatch';
    const keys = new Set(entries.map(({ token }) => keyOf(token.idToken)));
    if (keys.size !== entries.length || (kind === 'Full' && entries.some(({ info }) => info === undefined)))
      return 'Failed';
    const kept = kind === 'Full' ? 0 : [...this.#list.keys()].filter((key) => !keys.has(key)).length;
    if (kept + entries.filter(({ info }) => info !== undefined).length > most) return 'Failed';
    if (kind === 'Full') this.#list.clear();
    for (const { token, info } of entries) {
      if (info === undefined) this.#list.delete(keyOf(token.idToken));
      else this.#list.set(keyOf(token.idToken), { token, info });
    }
    this.version = version;
    return 'Accepted';
  }

  /** Remembers the CSMS's verdict; the list is left alone. */
  remember(idToken: string, info: IdTokenInfo): void {
    const key = keyOf(idToken);
    this.#cache.delete(key);
    this.#cache.set(key, info);
    if (this.#cache.size > CACHE_SIZE) this.#cache.delete(this.#cache.keys().next().value!);
  }

  clearCache(): void {
    this.#cache.clear();
  }

  /** Forgets all about one token. True when there was something. */
  forget(idToken: string): boolean {
    const cached = this.#cache.delete(keyOf(idToken));
    return this.#list.delete(keyOf(idToken)) || cached;
  }

  /** Whether anything is known about a token. */
  knows(idToken: string): boolean {
    return this.#list.has(keyOf(idToken)) || this.#cache.has(keyOf(idToken));
  }

  /** What list and cache say, the list first (1.6 3.5.3, 2.x C14). */
  find(idToken: string, rules: LocalRules, now: number): Verdict | undefined {
    const listed = rules.listEnabled ? this.#list.get(keyOf(idToken)) : undefined;
    if (listed !== undefined) return { ...expired(listed.info, now), by: 'localList' };
    const cached = rules.cacheEnabled ? this.#cache.get(keyOf(idToken)) : undefined;
    return cached && { ...expired(cached, now), by: 'cache' };
  }

  /** The verdict while the CSMS cannot be asked (1.6 3.5, 2.x C15). */
  offline(idToken: string, rules: LocalRules, now: number): Verdict {
    const known = rules.authorizeOffline ? this.find(idToken, rules, now) : undefined;
    if (known !== undefined) return known;
    return { status: rules.unknownOffline ? 'Accepted' : 'Invalid', by: 'station' };
  }
}

function expired(info: IdTokenInfo, now: number): IdTokenInfo {
  const over = info.status === 'Accepted' && info.expiresAt !== undefined && info.expiresAt <= now;
  return over ? { ...info, status: 'Expired' } : info;
}
