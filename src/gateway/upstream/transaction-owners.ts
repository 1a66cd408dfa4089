/** Which upstream a station's transaction began at: it goes on there, and ends there, whatever the routes say meanwhile. */
import type { Payload } from '../../ocpp/index.ts';
import type { TranslationRow } from '../ports.ts';
import type { Station } from '../station.ts';
import { statePrefix } from './state-prefix.ts';

/** Among the tables of upstreams, none of which has an empty name. */
const TABLE = `${statePrefix('')}transactions`;
/** Of a station that never says how its transactions end. */
const LIMIT = 200;

export class TransactionOwners {
  readonly #station: Station;
  /** Transaction id as the station says it → name of the upstream, or '' when it was answered here. */
  readonly #owners: Map<string, string>;

  constructor(station: Station, stored: readonly TranslationRow[]) {
    this.#station = station;
    this.#owners = new Map(
      stored.flatMap(({ table, key, value }) => (table === TABLE && value !== null ? [[key, JSON.parse(value)]] : [])),
    );
  }

  /**
   * Who owns a message.
   * @param answer what the station is told: in 1.x it gives the transaction its id
   * @param owner of what begins now, and of what has nothing to do with a transaction
   */
  of(request: Payload, answer: Payload, owner: string | undefined): string | undefined {
    const id = idOf(request);
    if (id === undefined) {
      const begun = idOf(answer);
      if (begun !== undefined) this.#set(begun, owner ?? '');
      return owner;
    }
    const { eventType } = request;
    if (eventType === 'Started') this.#set(id, owner ?? '');
    const known = this.#owners.get(id);
    // StopTransaction, which alone of 1.x has both of these, or the last event of 2.x.
    const ends = eventType === 'Ended' || (request['meterStop'] !== undefined && request['timestamp'] !== undefined);
    if (ends && known !== undefined) this.#set(id, null);
    return known === undefined ? owner : known === '' ? undefined : known;
  }

  /** The upstreams that transactions go on at. */
  names(): ReadonlySet<string> {
    return new Set([...this.#owners.values()].filter((name) => name !== ''));
  }

  /** Whether a transaction goes on at this upstream. */
  has(upstream: string): boolean {
    for (const owner of this.#owners.values()) if (owner === upstream) return true;
    return false;
  }

  /** The upstream is gone: what goes on there goes on here. */
  forget(upstream: string): void {
    for (const [id, owner] of this.#owners) if (owner === upstream) this.#set(id, '');
  }

  #set(id: string, owner: string | null): void {
    if (owner === null) this.#owners.delete(id);
    else this.#owners.set(id, owner);
    const value = owner === null ? null : JSON.stringify(owner);
    this.#station.keep({ stationId: this.#station.id, table: TABLE, key: id, value });
    if (this.#owners.size > LIMIT) this.#set(this.#owners.keys().next().value as string, null);
  }
}

/** The id that a message gives its transaction; -1 stands for one that was never confirmed (1.6 errata). */
function idOf({ transactionId, transactionInfo }: Payload): string | undefined {
  const id: unknown = transactionId ?? (transactionInfo as Payload | undefined)?.['transactionId'];
  return typeof id === 'string' || (typeof id === 'number' && id >= 0) ? String(id) : undefined;
}
