import type { TokenFacts, TokenView } from '../../gateway/decision.ts';
import type { TokenRow } from '../../gateway/ports.ts';

const key = (idToken: string): string => idToken.toLowerCase();

/** Every token known here and the transactions open on them, in memory: authorization never waits for the database. */
export class Tokens implements TokenView {
  readonly #tokens = new Map<string, TokenFacts>();
  readonly #open = new Map<string, string>();
  readonly #active = new Map<string, Set<string>>();

  get(idToken: string): TokenFacts | undefined {
    return this.#tokens.get(key(idToken));
  }

  put(token: TokenRow): void {
    this.#tokens.set(key(token.idToken), token);
  }

  delete(idToken: string): void {
    this.#tokens.delete(key(idToken));
  }

  activeTransactions(idToken: string, except?: string): number {
    const active = this.#active.get(key(idToken));
    if (active === undefined) return 0;
    return active.size - (except !== undefined && active.has(except) ? 1 : 0);
  }

  began(transactionId: string, idToken: string): void {
    this.ended(transactionId);
    const token = key(idToken);
    this.#open.set(transactionId, token);
    let active = this.#active.get(token);
    if (active === undefined) {
      active = new Set();
      this.#active.set(token, active);
    }
    active.add(transactionId);
  }

  ended(transactionId: string): void {
    const token = this.#open.get(transactionId);
    if (token === undefined) return;
    this.#open.delete(transactionId);
    const active = this.#active.get(token);
    active?.delete(transactionId);
    if (active?.size === 0) this.#active.delete(token);
  }
}
