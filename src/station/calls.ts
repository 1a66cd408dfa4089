import { randomUUID } from 'node:crypto';
import type { LedgerMessage } from './ledger.ts';
import { cancel, type Task, type Timer } from './schedule.ts';

/** How a Call ended. */
export type Outcome =
  | { readonly kind: 'result'; readonly payload: object }
  | { readonly kind: 'error'; readonly code: string; readonly description: string }
  | { readonly kind: 'timeout' }
  /** The connection was lost, or there is none. Only for messages that are not kept. */
  | { readonly kind: 'offline' };

/** What the station's registration allows to be sent (1.6 4.2, 2.x B01-B03). */
export type Permission = 'boot' | 'triggered' | 'any';

/** A Call on its way out. */
export interface Outgoing {
  readonly action: string;
  /** Computed when first sent: a 1.6 transaction id may not be known before. The same for every attempt. */
  readonly payload: () => object;
  /** Kept while offline, in order, and sent again until answered (transaction and security messages). */
  readonly kept?: boolean;
  /** Overtakes everything that waits. */
  readonly urgent?: boolean;
  /** The least that the registration must allow; `any` when absent. */
  readonly needs?: Permission;
  readonly record?: LedgerMessage;
  readonly done?: (outcome: Outcome) => void;
}

interface Entry extends Outgoing {
  readonly id: string;
  readonly order: number;
  text: string | undefined;
  attempts: number;
}

const rank: Readonly<Record<Permission, number>> = { boot: 0, triggered: 1, any: 2 };

/** What the queue asks of its station. */
export interface CallRules {
  readonly timer: Timer;
  /** ms. */
  readonly timeout: () => number;
  /** Attempts for kept messages, and ms to wait before the next times the attempts made. */
  readonly attempts: () => number;
  readonly retryInterval: () => number;
  readonly send: (id: string, action: string, text: string) => void;
  readonly dropped: (action: string) => void;
}

/**
 * A station's outgoing Calls: one in flight (2.x part 4 4.1.1), the others in the order in which they were asked for. Kept
 * messages wait for the connection and, after a failure, for the retry interval; what is not kept overtakes them then.
 */
export class CallQueue {
  readonly #rules: CallRules;
  #permission: Permission = 'boot';
  #online = false;
  #order = 0;
  #ordinary: Entry[] = [];
  #kept: Entry[] = [];
  #current: Entry | undefined;
  #deadline: Task | undefined;
  /** While the first kept message waits before it is sent again. */
  #retry: Task | undefined;

  constructor(rules: CallRules) {
    this.#rules = rules;
  }

  get online(): boolean {
    return this.#online;
  }

  /** Kept messages that are not answered yet. */
  get backlog(): number {
    return this.#kept.length + (this.#current?.kept ? 1 : 0);
  }

  get idle(): boolean {
    return this.#current === undefined && this.#ordinary.length === 0 && this.#kept.length === 0;
  }

  /** Whether one of the kept messages that wait or are in flight satisfies `test`. */
  keeps(test: (record: LedgerMessage | undefined) => boolean): boolean {
    return (
      (this.#current?.kept === true && test(this.#current.record)) || this.#kept.some(({ record }) => test(record))
    );
  }

  permit(permission: Permission): void {
    this.#permission = permission;
    this.#pump();
  }

  add(outgoing: Outgoing): void {
    const entry: Entry = {
      ...outgoing,
      id: outgoing.record?.messageId ?? randomUUID(),
      order: outgoing.urgent ? -1 : this.#order++,
      text: undefined,
      attempts: 0,
    };
    if (!entry.kept && !this.#online) {
      entry.done?.({ kind: 'offline' });
      return;
    }
    if (entry.kept) this.#kept.push(entry);
    else if (entry.urgent) this.#ordinary.unshift(entry);
    else this.#ordinary.push(entry);
    this.#pump();
  }

  connected(): void {
    this.#online = true;
    this.#pump();
  }

  /** The connection is gone: what is kept stays, without counting as an attempt; the rest fails. */
  disconnected(): void {
    this.#online = false;
    const failed = this.#ordinary;
    this.#ordinary = [];
    cancel(this.#deadline);
    const current = this.#current;
    this.#current = undefined;
    if (current?.kept) {
      current.attempts--;
      this.#kept.unshift(current);
    } else current?.done?.({ kind: 'offline' });
    for (const entry of failed) entry.done?.({ kind: 'offline' });
  }

  /** An answer has come. False when nothing waits for it. */
  answered(id: string, outcome: Extract<Outcome, { kind: 'result' | 'error' }>): boolean {
    const current = this.#current;
    if (current?.id === id) {
      cancel(this.#deadline);
      this.#current = undefined;
      this.#finish(current, outcome);
    } else if (this.#kept[0]?.id === id && this.#kept[0].attempts > 0) {
      // Late, but it is what the next attempt would ask for.
      const waiting = this.#kept.shift()!;
      cancel(this.#retry);
      this.#retry = undefined;
      this.#finish(waiting, outcome);
    } else {
      return false;
    }
    this.#pump();
    return true;
  }

  /** The Action of the Call that `id` would answer. */
  actionOf(id: string): string | undefined {
    if (this.#current?.id === id) return this.#current.action;
    return this.#kept[0]?.id === id && this.#kept[0].attempts > 0 ? this.#kept[0].action : undefined;
  }

  #finish(entry: Entry, outcome: Outcome): void {
    if (entry.record !== undefined && outcome.kind !== 'offline') {
      if (outcome.kind === 'result') entry.record.answer = outcome;
      else if (outcome.kind === 'error') entry.record.answer = outcome;
      else entry.record.answer = { kind: 'timeout', code: '', description: 'no answer in time' };
    }
    if (entry.kept && outcome.kind !== 'result') {
      if (entry.attempts < this.#rules.attempts()) {
        this.#kept.unshift(entry);
        this.#retry = this.#rules.timer.after(this.#rules.retryInterval() * entry.attempts, () => {
          this.#retry = undefined;
          this.#pump();
        });
        return;
      }
      if (entry.record !== undefined) entry.record.dropped = true;
      this.#rules.dropped(entry.action);
    }
    entry.done?.(outcome);
  }

  #next(): Entry | undefined {
    const allowed = (entry: Entry | undefined) =>
      entry !== undefined && rank[entry.needs ?? 'any'] <= rank[this.#permission];
    const kept = this.#retry === undefined && allowed(this.#kept[0]) ? this.#kept[0] : undefined;
    const index = this.#ordinary.findIndex(allowed);
    const ordinary = this.#ordinary[index];
    if (ordinary !== undefined && (kept === undefined || ordinary.order < kept.order)) {
      this.#ordinary.splice(index, 1);
      return ordinary;
    }
    if (kept !== undefined) this.#kept.shift();
    return kept;
  }

  #pump(): void {
    if (!this.#online || this.#current !== undefined) return;
    const entry = this.#next();
    if (entry === undefined) return;
    this.#current = entry;
    entry.attempts++;
    if (entry.text === undefined) {
      const payload = entry.payload();
      entry.text = JSON.stringify(payload);
      if (entry.record !== undefined) entry.record.payload = payload;
    }
    if (entry.record !== undefined) entry.record.attempts++;
    this.#deadline = this.#rules.timer.after(this.#rules.timeout(), () => {
      this.#current = undefined;
      this.#finish(entry, { kind: 'timeout' });
      this.#pump();
    });
    this.#rules.send(entry.id, entry.action, entry.text);
  }
}
