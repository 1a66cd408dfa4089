import { randomUUID } from 'node:crypto';
import type { Outcome, Permission } from './calls.ts';
import type { Call, TransactionCall } from './dialect.ts';
import type { Frame } from './frames.ts';
import type { LedgerTransaction } from './ledger.ts';
import type { VirtualStation } from './station.ts';

/** The ways in which a station says something. */
export class Outbox {
  /** Messages that went out and came in, of every type. */
  readonly count = { sent: 0, received: 0 };
  readonly #station: VirtualStation;
  readonly #send: (text: string) => void;

  constructor(station: VirtualStation, send: (text: string) => void) {
    this.#station = station;
    this.#send = send;
  }

  /** Sends a message that is not kept. */
  tell(call: Call | undefined, needs: Permission = 'any', failed?: () => void): void {
    if (call === undefined) return;
    const { action, payload } = call;
    this.#station.calls.add({
      action,
      payload: () => payload,
      needs,
      done: (outcome) => {
        if (outcome.kind === 'result') return;
        if (outcome.kind === 'error')
          this.#station.emit('deviation', `${action}: ${outcome.code} ${outcome.description}`);
        if (outcome.kind === 'offline') failed?.();
      },
    });
  }

  /** Sends a message that is not kept, and waits for what comes back. */
  call({ action, payload, urgent = false }: Call & { readonly urgent?: boolean }): Promise<Outcome> {
    return new Promise((done) => this.#station.calls.add({ action, payload: () => payload, urgent, done }));
  }

  /** Sends a message that must not be lost, outside of transactions. */
  tellSurely({ action, payload }: Call): void {
    this.#station.calls.add({ action, payload: () => payload, kept: true });
  }

  /** Sends a message about a transaction: kept, in order, and written down. */
  tellTransaction(record: LedgerTransaction, call: TransactionCall, answered: (payload: object) => void): void {
    const message = {
      action: call.action,
      transactionId: record.id,
      messageId: randomUUID(),
      payload: undefined,
      attempts: 0,
      answer: undefined,
      dropped: false,
    };
    if (this.#station.ledger.keeps) record.messages.push(message);
    this.#station.calls.add({
      ...call,
      kept: true,
      record: message,
      done: (outcome) => {
        if (outcome.kind === 'result') answered(outcome.payload);
      },
    });
  }

  /** Writes a frame that is no Call of ours. */
  write(frame: readonly [3 | 4 | 5, string, ...unknown[]]): void {
    const text = JSON.stringify(frame);
    this.#send(text);
    const [number, id, payload] = frame;
    const type = ({ 3: 'CallResult', 4: 'CallError', 5: 'CallResultError' } as const)[number];
    if (type === 'CallResult') this.seen('out', { type, id, payload }, text);
    else {
      const [, , code, description] = frame;
      this.seen(
        'out',
        { type, id, condition: 'GenericError', code: String(code), description: String(description) },
        text,
      );
    }
  }

  seen(direction: 'in' | 'out', frame: Frame, text: string): void {
    this.count[direction === 'in' ? 'received' : 'sent']++;
    if (this.#station.listenerCount('message') === 0) return;
    const { type } = frame;
    const id = 'id' in frame ? frame.id : '';
    const action = 'action' in frame ? frame.action : undefined;
    const payload = 'payload' in frame ? (frame.payload ?? (JSON.parse(text) as unknown[])[3]) : undefined;
    this.#station.emit('message', { direction, type, id, action, payload, text });
  }
}
