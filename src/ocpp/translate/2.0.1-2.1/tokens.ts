/** IdToken: 255 characters and any type in 2.1, 36 characters and eight types in 2.0.1. */
import type { Context } from '../context.ts';
import { sha256Base32 } from '../hash.ts';
import type { Payload } from '../outcome.ts';
import { convert, object, type Rule, row, sameBut } from '../rows.ts';
import { isLonger } from './crossing.ts';
import { messageContent } from './display.ts';

/** `type:idToken` as 2.0.1 knows it, in lower case → the IdToken that 2.1 means by it. */
const TABLE = 'idToken21';
const LIMIT = 2000;
const LENGTH = 36;

const types201 = new Set([
  'Central',
  'eMAID',
  'ISO14443',
  'ISO15693',
  'KeyCode',
  'Local',
  'MacAddress',
  'NoAuthorization',
]);

/** The 2.0.1 type of a 2.1 token. The types are free text in 2.1; what is not known is a token that the CSMS gave out. */
function typeDown(type: string, idToken: string, context: Context): string {
  if (types201.has(type)) return type;
  if (type === 'EVCCID' && /^[0-9A-Fa-f]{12}$/.test(idToken)) return 'MacAddress';
  if (type !== 'EVCCID' && type !== 'VIN' && type !== 'DirectPayment') context.unknown('idToken.type', type);
  return 'Central';
}

const key = (type: string, idToken: string): string => `${type}:${idToken}`.toLowerCase();

function down(value: unknown, context: Context): unknown {
  const token = value as Payload & { idToken: string; type: string };
  const type = typeDown(token.type, token.idToken, context);
  const idToken = isLonger(token.idToken, LENGTH)
    ? `~${sha256Base32(`${token.type}:${token.idToken.toUpperCase()}`).slice(0, LENGTH - 1)}`
    : token.idToken;
  const made = key(type, idToken);
  const additionalInfo = token.additionalInfo as readonly Payload[] | undefined;
  const fitting = additionalInfo?.filter(({ additionalIdToken }) => !isLonger(additionalIdToken, LENGTH));
  if (fitting?.length !== additionalInfo?.length) context.lost('idToken.additionalInfo', 'longer than 36 characters');
  if (type === token.type && idToken === token.idToken) {
    // The plain token of that name is meant now, no longer one that was written as it.
    if (context.state.size(TABLE) > 0) context.state.delete(TABLE, made);
    if (fitting?.length === additionalInfo?.length) return token;
  } else {
    const known = context.state.get<Payload>(TABLE, made);
    if (known?.idToken !== token.idToken || known.type !== token.type) {
      context.state.set(TABLE, made, { idToken: token.idToken, type: token.type }, LIMIT);
    }
  }
  const { additionalInfo: _all, ...rest } = token;
  return {
    ...rest,
    idToken,
    type,
    ...(fitting === undefined || fitting.length === 0 ? {} : { additionalInfo: fitting }),
  };
}

function up(value: unknown, context: Context): unknown {
  if (context.state.size(TABLE) === 0) return value;
  const token = value as Payload & { idToken: string; type: string };
  const known = context.state.get<Payload>(TABLE, key(token.type, token.idToken));
  return known === undefined ? value : { ...token, ...known };
}

/** IdTokenType, anywhere. */
export const idToken: Rule = convert(
  'towards 2.0.1: longer than 36 characters becomes an alias; DirectPayment, VIN and other types become Central, EVCCID MacAddress or Central; additional tokens over 36 characters are left out. Towards 2.1 the token that was meant comes back',
  up,
  down,
);

/** EVSEs that a token is good for: one below 0 is none, and must not turn the restriction off. */
const evseIds = convert(
  'an EVSE below 0 is EVSE 0 towards 2.1',
  (value) => ((value as number[]).some((id) => id < 0) ? (value as number[]).map((id) => Math.max(0, id)) : value),
  (value) => value,
);

/** IdTokenInfoType. */
export const idTokenInfo: Rule = object(
  sameBut(
    row('groupIdToken', 'groupIdToken', idToken),
    row('evseId', 'evseId', evseIds),
    row('personalMessage', 'personalMessage', messageContent),
  ),
);

export const idTokenInfoRow = row('idTokenInfo', 'idTokenInfo', idTokenInfo);
export const idTokenRow = row('idToken', 'idToken', idToken);
export const groupIdTokenRow = row('groupIdToken', 'groupIdToken', idToken);
