import type { Context } from '../context.ts';
import type { Payload } from '../outcome.ts';
import { sha256Base32 } from '../hash.ts';
import { lost, object, row, rows, table } from '../rows.ts';

const TABLE = 'token';
const ALIASES = 'tokenAlias';
const LIMIT = 2000;

/** IdToken as 2.0.1 spells it. */
export interface IdToken {
  readonly idToken: string;
  readonly type: string;
}

const key = (token: string): string => token.toLowerCase();

/** Remembers the exact IdToken that stands behind an idTag, so that it comes back as it was (D.4 rule 1). */
export function remember(idTag: string, token: IdToken, context: Context): void {
  const known = context.state.get<IdToken>(TABLE, key(idTag));
  if (known?.idToken === token.idToken && known.type === token.type) return;
  // A token as the default rules would make it again needs no memory.
  if (token.idToken === idTag && token.type === guess(idTag, context.settings.defaultTokenType)) return;
  context.state.set(TABLE, key(idTag), { idToken: token.idToken, type: token.type }, LIMIT);
}

/** idTag → IdToken (D.4): the one it came from, else by its shape. */
export function toIdToken(idTag: string, context: Context, fallbackType = context.settings.defaultTokenType): IdToken {
  return context.state.get<IdToken>(TABLE, key(idTag)) ?? { idToken: idTag, type: guess(idTag, fallbackType) };
}

const emaid = /^[A-Za-z]{2}-?[A-Za-z0-9]{3}-?[Cc][A-Za-z0-9]{8}(?:-?[A-Za-z0-9])?$/;

function guess(idTag: string, fallback: string): string {
  if (emaid.test(idTag)) return 'eMAID';
  if (/^(?:[0-9A-Fa-f]{8}|[0-9A-Fa-f]{14}|[0-9A-Fa-f]{20})$/.test(idTag)) return 'ISO14443';
  if (/^[0-9A-Fa-f]{16}$/.test(idTag)) return 'ISO15693';
  return fallback;
}

/** The idTag used for a transaction that nobody had to authorize. */
export const NO_AUTHORIZATION_TAG = 'NOAUTH';

/** IdToken → idTag (D.4): as it is up to 20 characters, else a durable alias. The way back leads to this very IdToken. */
export function toIdTag(token: IdToken, context: Context): string {
  if (token.type === 'NoAuthorization' && token.idToken === '') return NO_AUTHORIZATION_TAG;
  let idTag = token.idToken;
  if ([...idTag].length > 20) {
    const identity = `${token.type}:${token.idToken.toUpperCase()}`;
    const known = context.state.get<string>(ALIASES, identity);
    idTag = known ?? `~${sha256Base32(identity).slice(0, 19)}`;
    if (known === undefined) context.state.set(ALIASES, identity, idTag, LIMIT);
  }
  remember(idTag, token, context);
  return idTag;
}

/** AuthorizationStatus: four reasons of 2.x collapse to Blocked (D.4). */
export const authorizationStatus = table(
  [
    ['Accepted', 'Accepted'],
    ['Blocked', 'Blocked'],
    ['ConcurrentTx', 'ConcurrentTx'],
    ['Expired', 'Expired'],
    ['Invalid', 'Invalid'],
    ['Invalid', 'Unknown'],
    ['Blocked', 'NoCredit'],
    ['Blocked', 'NotAllowedTypeEVSE'],
    ['Blocked', 'NotAtThisLocation'],
    ['Blocked', 'NotAtThisTime'],
  ],
  { up: 'Invalid', down: 'Invalid' },
);

/** idTagInfo ↔ idTokenInfo. */
export const idTagInfo = rows(
  row('status', 'status', authorizationStatus),
  row('expiryDate', 'cacheExpiryDateTime'),
  row('parentIdTag', 'groupIdToken', {
    kind: 'convert',
    name: 'parentIdTag ↔ groupIdToken',
    up: (value, context) => toIdToken(value as string, context, 'Central'),
    down: (value, context) => toIdTag(value as IdToken, context),
  }),
  row(null, 'chargingPriority', lost('1.6 has no priorities')),
  row(null, 'language1', lost('1.6 has no languages')),
  row(null, 'language2', lost('1.6 has no languages')),
  row(null, 'personalMessage', lost('1.6 shows no messages')),
  row(null, 'evseId', lost('1.6 authorizes for the whole station')),
  row(null, 'customData', lost('1.6 has no customData')),
);

/** The whole idTagInfo field of a response, required on the 1.6 side: an answer without idTokenInfo means Accepted. */
export const idTagInfoField = row('idTagInfo', 'idTokenInfo', object(idTagInfo));

/** Row of a request's idTag. */
export const idTagField = (older = 'idTag', newer = 'idToken'): ReturnType<typeof row> =>
  row(older, newer, {
    kind: 'convert',
    name: 'idTag ↔ IdToken',
    up: (value, context) => toIdToken(value as string, context),
    down: (value, context) => toIdTag(value as IdToken, context),
  });

/** `{ idTagInfo }` of an answer whose idTokenInfo may be missing. */
export const orAccepted = (info: Payload | undefined): Payload => info ?? { status: 'Accepted' };

