import { isUtf8 } from 'node:buffer';

/** Identities are at most 48 characters in 2.x and unbounded in 1.6; this bounds what is logged and stored. */
const maxIdentityLength = 255;

/** What a request target says about the station, or why it says nothing. */
export type Target =
  | { readonly kind: 'station'; readonly stationId: string; readonly deviations: readonly string[] }
  /** Not below the prefix. */
  | { readonly kind: 'elsewhere' }
  /** Below the prefix, but no identity can be made of it. */
  | { readonly kind: 'invalid'; readonly reason: string };

/**
 * Reads the station's identity out of a request target: all that follows the prefix, percent-decoded once (1.6J 3.1.1,
 * 2.x part 4 3.1.1). Tolerated: a complete URL, doubled and trailing slashes, a query string, an identity that is not
 * percent-encoded, and one that the station appended to a URL which already ended in it.
 *
 * @param target the request target as Node gives it, one character per byte
 * @param prefix the segments of the path that all stations share
 */
export function parseTarget(target: string, prefix: readonly string[]): Target {
  const deviations: string[] = [];
  const scheme = /^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i.exec(target);
  let path = target;
  if (scheme !== null) {
    deviations.push('absoluteRequestTarget');
    path = target.slice(scheme[0].length);
  }
  const query = path.indexOf('?');
  if (query !== -1) {
    deviations.push('queryInPath');
    path = path.slice(0, query);
  }
  if (path.includes('//')) deviations.push('doubledSlash');
  if (path.endsWith('/')) deviations.push('trailingSlash');

  const segments = path.split('/').filter((segment) => segment !== '');
  if (prefix.some((segment, index) => segments[index] !== segment)) return { kind: 'elsewhere' };
  let own = segments.slice(prefix.length);
  if (own.length === 0) return { kind: 'invalid', reason: 'the path lacks the identity of the station' };
  const half = own.length / 2;
  if (Number.isInteger(half) && own.slice(0, half).every((segment, index) => segment === own[half + index])) {
    deviations.push('identityTwice');
    own = own.slice(half);
  }

  const stationId = percentDecode(own.join('/'));
  if (stationId === undefined) return { kind: 'invalid', reason: 'the identity of the station is not UTF-8' };
  const reason = identityError(stationId);
  return reason === undefined ? { kind: 'station', stationId, deviations } : { kind: 'invalid', reason };
}

/** Why a text can be no identity; `undefined`: it can. */
export function identityError(stationId: string): string | undefined {
  if (stationId.length > maxIdentityLength) {
    return `the identity of the station is longer than ${maxIdentityLength} characters`;
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  return /[\u0000-\u001f\u007f-\u009f]/.test(stationId)
    ? 'the identity of the station contains control characters'
    : undefined;
}

/** Decodes once, over bytes; what is no escape stands for itself. `undefined` when the outcome is not UTF-8. */
function percentDecode(text: string): string | undefined {
  const latin1 = text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  const bytes = Buffer.from(latin1, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}
