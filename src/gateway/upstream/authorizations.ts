/** What an owner last said of each token, for the time when it is away. */
import type { Payload, TranslationState } from '../../ocpp/index.ts';

const TABLE = 'authorization';
const LIMIT = 500;

/** Where a request has its token → where the answer says what it is worth, in the words of 1.x and of 2.x. */
const places: readonly (readonly [token: string, info: string])[] = [
  ['idTag', 'idTagInfo'],
  ['idToken', 'idTokenInfo'],
];

function placeOf(request: Payload): { readonly key: string; readonly info: string } | undefined {
  for (const [field, info] of places) {
    const given: unknown = request[field];
    const token = typeof given === 'string' ? given : (given as Payload | undefined)?.['idToken'];
    if (typeof token === 'string') return { key: `${info} ${token.toLowerCase()}`, info };
  }
  return undefined;
}

export function remember(state: TranslationState, request: Payload, answer: Payload): void {
  const place = placeOf(request);
  const info: unknown = place === undefined ? undefined : answer[place.info];
  if (place === undefined || info === undefined) return;
  // The oldest rows go first: a token that is used again is young again.
  state.delete(TABLE, place.key);
  state.set(TABLE, place.key, info, LIMIT);
}

/** The answer with what the owner last said of the token, unless that has expired; as it is when the owner was never asked. */
export function recall(state: TranslationState, request: Payload, answer: Payload, now: number): Payload {
  const place = placeOf(request);
  if (place === undefined || answer[place.info] === undefined) return answer;
  const info = state.get<Payload>(TABLE, place.key);
  if (info === undefined) return answer;
  const expiry = Date.parse(String(info['expiryDate'] ?? info['cacheExpiryDateTime'] ?? ''));
  return expiry <= now ? answer : { ...answer, [place.info]: info };
}
