import { hash } from 'node:crypto';
import type { Action, Payload } from '../ocpp/index.ts';

/**
 * What makes a message the same as an earlier one of the station, whatever its message id and connection (1.6 3.7.2, 2.x E04).
 * `undefined` for messages that stations do not repeat.
 * @param payload as it was sent, before anything in it is mended
 * @param text the payload's JSON text
 */
export function identityOf(action: Action, payload: Payload, text: string): string | undefined {
  const paths = action.identity;
  if (paths === undefined) return undefined;
  // The text alone: no two Actions have requests that look the same to the letter and are repeated by stations.
  if (paths.length === 0) return hash('sha1', text, 'base64url');
  const values = paths.map((path) => {
    let value: unknown = payload;
    for (const name of path.split('.')) value = (value as Payload | undefined | null)?.[name];
    return value;
  });
  // What is filled in for a field that the station left out is another value each time: the letter counts.
  if (values.some((value) => value === undefined || value === null)) return hash('sha1', text, 'base64url');
  const identity = `${action.name} ${JSON.stringify(values)}`;
  return identity.length <= 200 ? identity : `${action.name} ${hash('sha1', identity, 'base64url')}`;
}
