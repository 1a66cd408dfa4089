import type { Handshake } from '../gateway/ports.ts';

/**
 * User and password of HTTP Basic (RFC 7617). They stay bytes: the AuthorizationKey of 1.6 is binary, and a trip through
 * UTF-8 would destroy it.
 */
export function basicCredentials(header: string | undefined): Handshake['credentials'] {
  const match = header === undefined ? null : /^\s*basic\s+(\S+)\s*$/i.exec(header);
  if (match === null) return undefined;
  const bytes = Buffer.from(match[1]!, 'base64');
  const colon = bytes.indexOf(0x3a);
  return colon === -1 ? undefined : { user: bytes.subarray(0, colon), password: bytes.subarray(colon + 1) };
}

/** The remote address of a socket, without the prefix that an IPv4 address has on a socket of both families. */
export const plainAddress = (address: string | undefined): string => (address ?? '').replace(/^::ffff:/, '');
