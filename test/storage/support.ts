import { randomUUID } from 'node:crypto';
import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import type {
  Changes,
  CommandRow,
  JournalEntry,
  MeterValueRow,
  Page,
  PageQuery,
  StationRow,
  TransactionRow,
} from '../../src/gateway/ports.ts';
import type { Log, StoreOptions } from '../../src/storage/store.ts';

/** A log that remembers what it was told, for tests that look. */
export function memoryLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  const write = (_fields: object, message: string) => lines.push(message);
  return { lines, info: write, warn: write, error: write };
}

/** What every store of these tests is opened with. */
export const common = {
  node: 'test',
  retention: { journalDays: 30, meterValuesDays: 0 },
  backOff: { first: 5, last: 50 },
} satisfies Partial<StoreOptions>;

export function entry(over: Partial<JournalEntry> = {}): JournalEntry {
  return {
    stationId: 'CP1',
    at: Date.now(),
    direction: 'in',
    peer: 'station',
    version: '1.6',
    type: 'Call',
    messageId: randomUUID(),
    action: 'MeterValues',
    payload: '{"connectorId":1,"meterValue":[]}',
    head: '{"evseId":1,"meterValue":[]}',
    headAction: null,
    identity: null,
    events: [],
    ...over,
  };
}

export const one = (over: Partial<JournalEntry> = {}): Changes => ({ journal: [entry(over)] });

export function station(over: Partial<StationRow> = {}): StationRow {
  return {
    id: 'CP1',
    version: '1.6',
    transport: 'json',
    vendorName: 'Vendor',
    model: 'Model',
    serialNumber: null,
    firmwareVersion: '1.0',
    registrationStatus: 'Accepted',
    admission: null,
    passwordHash: null,
    strict: false,
    deviations: {},
    versions: null,
    assumeVersion: null,
    callbackUrl: null,
    linkState: null,
    connectedAt: 1_700_000_000_000,
    lastSeenAt: null,
    createdAt: 1_600_000_000_000,
    ...over,
  };
}

export function transaction(over: Partial<TransactionRow> = {}): TransactionRow {
  return {
    id: randomUUID(),
    stationId: 'CP1',
    headId: '17',
    nativeId: '17',
    evseId: 1,
    connectorId: 1,
    idToken: 'ABC',
    idTokenType: 'ISO14443',
    startedAt: 1_700_000_000_000,
    endedAt: null,
    stoppedReason: null,
    meterStart: 1234.5,
    meterStop: null,
    energyWh: 0.1,
    chargingState: 'Charging',
    remoteStartId: null,
    reservationId: null,
    seqNo: 3,
    metering: { register: [1, 2.5], text: 'with \u0000 and \ud800' },
    updatedAt: 1_700_000_000_001,
    ...over,
  };
}

export function meterValue(over: Partial<MeterValueRow> = {}): MeterValueRow {
  return {
    stationId: 'CP1',
    transactionId: 'T',
    evseId: 1,
    at: 1_700_000_000_000,
    sampledValue: '[{"value":1}]',
    ...over,
  };
}

export function command(over: Partial<CommandRow> = {}): CommandRow {
  return {
    id: randomUUID(),
    stationId: 'CP1',
    action: 'Reset',
    request: { type: 'Immediate' },
    state: 'queued',
    response: null,
    error: null,
    native: [],
    idempotencyKey: null,
    createdAt: Date.now(),
    updatedAt: Date.now(),
    ...over,
  };
}

/** Reads a list to its end, `between` pages something may happen. */
export async function readAll<T>(
  list: (page: PageQuery) => Promise<Page<T>>,
  limit: number,
  between: () => Promise<unknown> = () => Promise.resolve(),
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  for (;;) {
    const page = await list({ limit, cursor });
    items.push(...page.items);
    if (page.nextCursor === null) return items;
    cursor = page.nextCursor;
    await between();
  }
}

/** Waits until `condition` holds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** A TCP proxy in front of PostgreSQL that can be cut at the worst moment. */
export interface TcpProxy {
  /** The URL of the database, by way of the proxy. */
  readonly url: string;
  /** Refuses and drops every connection until {@link TcpProxy.open}. */
  shut(): void;
  open(): void;
  /** From now on the answers of the server to statements containing `text` are thrown away and their connection is cut. Counts down `times`. */
  cutAfter(text: string, times: number): void;
  /** How often it has cut. */
  readonly cuts: number;
  close(): Promise<void>;
}

export async function proxyTo(databaseUrl: string): Promise<TcpProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let shut = false;
  let cut: { text: string; times: number } | undefined;
  let cuts = 0;
  const server: Server = createServer((client) => {
    if (shut) {
      client.destroy();
      return;
    }
    const upstream = dial(Number(target.port === '' ? 5432 : target.port), target.hostname);
    sockets.add(client).add(upstream);
    let doomed = false;
    client.on('data', (bytes) => {
      if (cut !== undefined && cut.times > 0 && bytes.includes(cut.text)) {
        cut.times--;
        doomed = true;
      }
      upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      if (!doomed) client.write(bytes);
      else if (!client.destroyed) {
        // The server has answered, so the statement is done: and nobody will hear of it.
        cuts++;
        client.destroy();
        upstream.destroy();
      }
    });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      socket.on('error', () => undefined); // what is torn down on purpose complains
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String(port);
  return {
    url: url.href,
    shut() {
      shut = true;
      for (const socket of sockets) socket.destroy();
    },
    open() {
      shut = false;
    },
    cutAfter(text, times) {
      cut = { text, times };
    },
    get cuts() {
      return cuts;
    },
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
