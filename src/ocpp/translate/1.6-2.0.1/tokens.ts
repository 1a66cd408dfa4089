import type { Context } from '../context.ts';
import { sha256Base32 } from '../hash.ts';
import type { Payload } from '../outcome.ts';
import { lost, object, procedure, row, rows, table } from '../rows.ts';

const TABLE = 'token';
const ALIASES = 'tokenAlias';
const LIMIT = 2000;

/** IdToken as 2.0.1 spells it. */
export interface IdToken {
  readonly idToken: string;
  readonly type: string;
  readonly additionalInfo?: unknown;
}

const key = (token: string): string => token.toLowerCase();

/** Remembers the exact IdToken that stands behind an idTag, so that it comes back as it was (D.4 rule 1). */
function remember(idTag: string, token: IdToken, context: Context): void {
  const known = context.state.get<IdToken>(TABLE, key(idTag));
  if (known?.idToken === token.idToken && known.type === token.type) return;
  context.state.set(TABLE, key(idTag), { idToken: token.idToken, type: token.type }, LIMIT);
}

const known = (idTag: string, context: Context): IdToken | undefined => context.state.get<IdToken>(TABLE, key(idTag));

/** idTag → IdToken: the one it came from, else by its prefix or its shape. */
export function toIdToken(idTag: string, context: Context, fallbackType = context.settings.defaultTokenType): IdToken {
  if (idTag === '') return { idToken: '', type: 'NoAuthorization' };
  return known(idTag, context) ?? withoutPrefix(idTag, context) ?? { idToken: idTag, type: guess(idTag, fallbackType) };
}

/** The token in an idTag that begins as the operator has said (`VID:` and the MAC address of a car). The idTag remains what the station calls it. */
function withoutPrefix(idTag: string, context: Context): IdToken | undefined {
  for (const [prefix, type] of Object.entries(context.settings.tokenPrefixes)) {
    const idToken = idTag.slice(prefix.length);
    if (idToken === '' || !key(idTag).startsWith(key(prefix))) continue;
    if (type === 'MacAddress' && !/^[0-9A-Fa-f]{12}$/.test(idToken)) continue;
    const token = { idToken, type };
    remember(idTag, token, context);
    context.state.set(ALIASES, identityOf(token), idTag, LIMIT);
    return token;
  }
  return undefined;
}

/** idTag of a CSMS that starts something itself → IdToken: the one it came from, else a token of the CSMS. */
export const toCentralToken = (idTag: string, context: Context): IdToken =>
  known(idTag, context) ?? { idToken: idTag, type: 'Central' };

const emaid = /^[A-Za-z]{2}-?[A-Za-z0-9]{3}-?[Cc][A-Za-z0-9]{8}(?:-?[A-Za-z0-9])?$/;

function guess(idTag: string, fallback: string): string {
  if (emaid.test(idTag)) return 'eMAID';
  if (/^(?:[0-9A-Fa-f]{8}|[0-9A-Fa-f]{14}|[0-9A-Fa-f]{20})$/.test(idTag)) return 'ISO14443';
  if (/^[0-9A-Fa-f]{16}$/.test(idTag)) return 'ISO15693';
  return fallback;
}

/** IdToken of a CSMS → idTag: as it is up to 20 characters, else a durable alias. The way back leads to this very IdToken. */
export function toIdTag(token: IdToken, context: Context): string {
  if (token.idToken === '') return context.settings.noAuthorizationTag;
  const idTag = shortened(token, context);
  // A token as the default rules would make it again needs no memory, unless another one is remembered.
  const guessed = idTag === token.idToken && token.type === guess(idTag, context.settings.defaultTokenType);
  if (!guessed || known(idTag, context) !== undefined) remember(idTag, token, context);
  return idTag;
}

/** IdToken that a 2.x station read → idTag. Always remembered: what its 1.6 CSMS starts with this idTag is for this token. */
export function stationIdTag(token: IdToken, context: Context): string {
  if (token.idToken === '') return context.settings.noAuthorizationTag;
  const idTag = shortened(token, context);
  remember(idTag, token, context);
  return idTag;
}

const isShort = ({ idToken }: IdToken): boolean => idToken.length <= 20 || [...idToken].length <= 20;
const identityOf = ({ type, idToken }: IdToken): string => `${type}:${idToken.toUpperCase()}`;

function shortened(token: IdToken, context: Context): string {
  if (token.additionalInfo !== undefined) context.lost('additionalInfo', '1.6 has one token, and nothing beside it');
  const identity = identityOf(token);
  const alias = context.state.get<string>(ALIASES, identity);
  if (alias !== undefined) return alias;
  if (isShort(token)) return token.idToken;
  const made = `~${sha256Base32(identity).slice(0, 19)}`;
  context.state.set(ALIASES, identity, made, LIMIT);
  return made;
}

/** AuthorizationStatus: four reasons of 2.x collapse to Blocked. */
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
    up: (value, context) => (value === '' ? undefined : toIdToken(value as string, context, 'Central')),
    down: (value, context) => toIdTag(value as IdToken, context),
  }),
  row(null, 'chargingPriority', lost('1.6 has no priorities')),
  row(null, 'language1', lost('1.6 has no languages')),
  row(null, 'language2', lost('1.6 has no languages')),
  row(
    null,
    'personalMessage',
    procedure('SetUserPrice where costs cross (`costMessages`), else lost: 1.6 shows no messages'),
  ),
  row(null, 'evseId', procedure('remembered; StartTransaction on another EVSE is answered Blocked')),
  row(null, 'customData', lost('1.6 has no customData')),
);

/** The whole idTagInfo field of a response, required on the 1.6 side: an answer without idTokenInfo means Accepted. */
export const idTagInfoField = row('idTagInfo', 'idTokenInfo', object(idTagInfo));

/** Row of the idTag of a station's request. */
export const idTagField = (older = 'idTag', newer = 'idToken'): ReturnType<typeof row> =>
  row(older, newer, {
    kind: 'convert',
    name: 'idTag ↔ IdToken',
    up: (value, context) => toIdToken(value as string, context),
    down: (value, context) => stationIdTag(value as IdToken, context),
  });

const RESTRICTIONS = 'tokenEvses';

/** Takes in which EVSEs a token is for, as an idTokenInfo says it (2.0.1 C01.FR.21): 1.6 asks without a connector. */
export function rememberEvses(idTag: string, info: Payload | undefined, context: Context): void {
  const evses = info?.evseId as readonly number[] | undefined;
  if (evses !== undefined) context.state.set(RESTRICTIONS, key(idTag), evses, LIMIT);
  else if (info !== undefined) context.state.delete(RESTRICTIONS, key(idTag));
}

/** Whether the CSMS lets the token charge on this EVSE, as far as it has said. EVSE 0: not known which. */
export const allowedOn = (idTag: string, evseId: number, context: Context): boolean =>
  evseId === 0 || context.state.get<readonly number[]>(RESTRICTIONS, key(idTag))?.includes(evseId) !== false;

/** The IdTokens that are remembered of a customer, by a text that is an idTag or an IdToken: idTag → IdToken. */
export function tokensOf(text: string, context: Context): ReadonlyMap<string, IdToken> {
  const found = new Map<string, IdToken>();
  for (const [place, token] of context.state.rows<IdToken>(TABLE)) {
    if (key(token.idToken) !== key(text) && place !== key(text)) continue;
    found.set(isShort(token) ? token.idToken : (context.state.get<string>(ALIASES, identityOf(token)) ?? place), token);
  }
  return found;
}

/** The EVSEs that a token is restricted to, as far as the CSMS has said it. */
export const evsesOf = (idTag: string, context: Context): readonly number[] | undefined =>
  context.state.get<readonly number[]>(RESTRICTIONS, key(idTag));

/** Forgets what stands behind an idTag. What the station sends of it later is a token as the default rules make it. */
export function forgetToken(idTag: string, context: Context): void {
  for (const [identity, alias] of [...context.state.rows<string>(ALIASES)]) {
    if (key(alias) === key(idTag)) context.state.delete(ALIASES, identity);
  }
  context.state.delete(TABLE, key(idTag));
  context.state.delete(RESTRICTIONS, key(idTag));
}

/** The station has cleared its cache: what was said of tokens when it asked is to be said again. */
export function forgetEvses(context: Context): void {
  for (const idTag of context.state.keys(RESTRICTIONS)) context.state.delete(RESTRICTIONS, idTag);
}
