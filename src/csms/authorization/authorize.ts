import type { Decision, DecisionContext } from '../../gateway/decision.ts';
import type { Payload } from '../../ocpp/index.ts';

/** 9999-12-31T23:59:59.999Z, the last instant that RFC 3339 can write. */
const END_OF_TIME = 253_402_300_799_999;

/** C01: may this token charge? */
export function authorize(request: Payload, context: DecisionContext): Decision {
  const idTokenInfo = idTokenInfoOf(request['idToken'] as Payload, context);
  return { response: { idTokenInfo } };
}

/**
 * What is said of a token: its own status, then its expiry, then how many transactions are open on it (C01, C12).
 * @param transactionId a transaction that does not count, because the token is its own
 */
export function idTokenInfoOf(
  idToken: Payload,
  { tokens, settings, now }: DecisionContext,
  transactionId?: string,
): Payload {
  const text = idToken['idToken'] as string;
  // C02: a station that needs no authorization asks for none.
  if (idToken['type'] === 'NoAuthorization') return { status: 'Accepted' };
  const token = tokens.get(text);
  if (token === undefined) return { status: settings.unknownTokens === 'accept' ? 'Accepted' : 'Unknown' };
  const info: Payload = {};
  if (token.expiresAt !== null)
    info['cacheExpiryDateTime'] = new Date(Math.min(token.expiresAt, END_OF_TIME)).toISOString();
  if (token.groupIdToken !== null) info['groupIdToken'] = { idToken: token.groupIdToken, type: 'Central' };
  return { status: statusOf(), ...info };

  function statusOf(): string {
    const { status, expiresAt, maxActiveTransactions } = token as NonNullable<typeof token>;
    if (status !== 'Accepted') return status;
    if (expiresAt !== null && expiresAt <= now) return 'Expired';
    if (maxActiveTransactions !== null && tokens.activeTransactions(text, transactionId) >= maxActiveTransactions)
      return 'ConcurrentTx';
    return 'Accepted';
  }
}
