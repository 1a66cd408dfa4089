/** One message about a transaction, as the station sent it. */
export interface LedgerMessage {
  readonly action: string;
  /** {@link LedgerTransaction.id} */
  readonly transactionId: string;
  /** The same for every attempt. */
  readonly messageId: string;
  /** As sent; `undefined` until it was sent. */
  payload: object | undefined;
  /** How often it was sent, over all connections. */
  attempts: number;
  /** What came back last. */
  answer: { readonly kind: 'result'; readonly payload: object } | LedgerFailure | undefined;
  /** True when the station gave up after as many attempts as its settings allow. */
  dropped: boolean;
}

export interface LedgerFailure {
  readonly kind: 'error' | 'timeout';
  readonly code: string;
  readonly description: string;
}

/** What the station believes happened in one transaction. Times are simulated, ms; energies Wh. */
export interface LedgerTransaction {
  /** A UUID of the station's own; the transaction id of 2.x. */
  readonly id: string;
  /** What the transaction is called on the wire; `undefined` while a 1.6 StartTransaction is not confirmed. */
  nativeId: string | number | undefined;
  readonly evseId: number;
  idToken: string | undefined;
  readonly startedAt: number;
  readonly meterStart: number;
  endedAt: number | undefined;
  meterStop: number | undefined;
  reason: string | undefined;
  readonly messages: LedgerMessage[];
}

/** The station's own record, to compare a CSMS's with. */
export class Ledger {
  readonly transactions: LedgerTransaction[] = [];
  /** Transactions begun since the station exists, whether still listed or not. */
  begun = 0;
  ended = 0;
  readonly #limit: number;

  /** @param limit how many transactions to keep, the oldest ended one going first; with 0 they are only counted. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether messages are written down. */
  get keeps(): boolean {
    return this.#limit > 0;
  }

  add(transaction: LedgerTransaction): void {
    this.begun++;
    if (this.#limit === 0) return;
    if (this.transactions.length >= this.#limit) {
      const oldest = this.transactions.findIndex(({ endedAt }) => endedAt !== undefined);
      if (oldest >= 0) this.transactions.splice(oldest, 1);
    }
    this.transactions.push(transaction);
  }

  /** Every transaction message that was answered with a CallResult. */
  *acknowledged(): Generator<{ readonly transaction: LedgerTransaction; readonly message: LedgerMessage }> {
    for (const transaction of this.transactions) {
      for (const message of transaction.messages) if (message.answer?.kind === 'result') yield { transaction, message };
    }
  }
}
