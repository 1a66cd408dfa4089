import type pg from 'pg';
import { StoreUnavailable } from '../gateway/ports.ts';
import { asUnavailable } from './errors.ts';

/** How long a statement may take before its connection is taken for dead, ms. */
const statementTimeout = 60_000;

export interface PoolOptions {
  /** Connections at most. */
  readonly size: number;
  readonly connect: () => Promise<pg.Client>;
  /** A connection broke while nobody used it. */
  readonly onLost?: () => void;
}

interface Waiting {
  readonly resolve: (lease: Lease) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Connections to a database, opened when needed. Unlike pg's own pool it lets callers wait as long as the database answers, and
 * tells all of them at once when it does not; and what is urgent goes first, because the embedded database has one connection for everything.
 * Has the shape that Kysely's PostgreSQL dialect asks for.
 */
export class Pool {
  readonly #options: PoolOptions;
  readonly #idle: pg.Client[] = [];
  readonly #open = new Set<pg.Client>();
  readonly #waiting: Waiting[] = [];
  #opening = 0;
  #ended = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** A connection for exclusive use until `release`. @throws StoreUnavailable */
  connect(urgent = false): Promise<Lease> {
    if (this.#ended) return Promise.reject(new StoreUnavailable('storage is closed'));
    const client = this.#idle.pop();
    if (client !== undefined) return Promise.resolve(new Lease(this, client));
    return new Promise((resolve, reject) => {
      if (urgent) this.#waiting.unshift({ resolve, reject });
      else this.#waiting.push({ resolve, reject });
      this.#grow();
    });
  }

  /** One statement on any connection. @throws StoreUnavailable, pg.DatabaseError */
  async query<R extends pg.QueryResultRow>(query: pg.QueryConfig, urgent = false): Promise<R[]> {
    const lease = await this.connect(urgent);
    try {
      return (await lease.run<R>(query)).rows;
    } finally {
      lease.release();
    }
  }

  /** Closes what is idle now and what is in use once it is released; whoever waits is turned away. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#refuse(new StoreUnavailable('storage is closed'));
    await Promise.all(this.#idle.splice(0).map((client) => this.#close(client)));
  }

  /** Takes a connection back; `broken` ones are thrown away. */
  giveBack(client: pg.Client, broken: boolean): void {
    if (broken || this.#ended || !this.#open.has(client)) {
      void this.#close(client);
      this.#grow();
      return;
    }
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(client);
    else next.resolve(new Lease(this, client));
  }

  #grow(): void {
    while (
      !this.#ended &&
      this.#waiting.length > this.#opening &&
      this.#open.size + this.#opening < this.#options.size
    ) {
      this.#opening++;
      this.#options.connect().then(
        (client) => {
          this.#opening--;
          this.#open.add(client);
          client.on('error', () => this.#lost(client));
          client.on('end', () => this.#lost(client));
          this.giveBack(client, false);
        },
        (error: unknown) => {
          this.#opening--;
          // While another connection still works, the others wait for that one.
          if (this.#open.size === 0) this.#refuse(asUnavailable(error));
          else this.#waiting.shift()?.reject(asUnavailable(error));
        },
      );
    }
  }

  #refuse(error: unknown): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  #lost(client: pg.Client): void {
    if (!this.#open.delete(client)) return;
    const index = this.#idle.indexOf(client);
    if (index < 0) return;
    this.#idle.splice(index, 1);
    this.#options.onLost?.();
  }

  async #close(client: pg.Client): Promise<void> {
    this.#open.delete(client);
    await client.end().catch(() => undefined); // it was going anyway
  }
}

/** One connection, lent. */
export class Lease {
  readonly #pool: Pool;
  readonly #client: pg.Client;
  #broken = false;

  constructor(pool: Pool, client: pg.Client) {
    this.#pool = pool;
    this.#client = client;
  }

  /** @throws StoreUnavailable, pg.DatabaseError */
  async run<R extends pg.QueryResultRow>(query: pg.QueryConfig | string): Promise<pg.QueryResult<R>> {
    // A server that vanished without a word leaves the socket open for hours; ending the client makes the statement fail.
    const timer = setTimeout(() => {
      this.#broken = true;
      void this.#client.end();
    }, statementTimeout);
    try {
      return await this.#client.query<R>(query);
    } catch (error) {
      const reported = asUnavailable(error);
      if (reported instanceof StoreUnavailable) this.#broken = true;
      throw reported;
    } finally {
      clearTimeout(timer);
    }
  }

  /** The form that Kysely calls. */
  query<R>(text: string, values: readonly unknown[]): Promise<KyselyResult<R>> {
    return this.run({ text, values: [...values] }) as Promise<unknown> as Promise<KyselyResult<R>>;
  }

  release(): void {
    this.#pool.giveBack(this.#client, this.#broken);
  }
}

interface KyselyResult<R> {
  command: 'UPDATE' | 'DELETE' | 'INSERT' | 'SELECT' | 'MERGE';
  rowCount: number;
  rows: R[];
}
