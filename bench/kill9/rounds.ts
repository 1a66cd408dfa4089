/** `kill -9` under load, again and again; then the stations' ledgers against what the gateway has. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../../src/station/random.ts';
import { type GatewayProcess, type Home, makeHome, type StoreKind, startGateway } from '../servers/gateway.ts';
import { compare, type Differences, type StoredCall, type StoredTransaction } from './ledger.ts';
import { dialects, LedgerStation } from './station.ts';

export interface Kill9Options {
  readonly store: StoreKind;
  /** Times that the gateway is killed. */
  readonly rounds: number;
  /** Of 1.6; and as many of 2.0.1. */
  readonly stations?: number;
  readonly seed?: number;
  readonly onProgress?: (text: string) => void;
}

export interface Kill9Report extends Differences {
  readonly kills: number;
  readonly transactions: number;
  /** Calls about transactions, all answered. */
  readonly messages: number;
  /** Calls that were sent again because no answer came. */
  readonly resent: number;
  /** From the launch until ready, ms, each start after a kill. */
  readonly restartMs: readonly number[];
  /** CallErrors, strange answers, answers that did not come in time. */
  readonly complaints: readonly string[];
}

const meterValuesEach = 5;
/** Time under load before the kill, ms. */
const [shortest, longest] = [300, 1800];
const transactionActions: Readonly<Record<'1.6' | '2.0.1', readonly string[]>> = {
  '1.6': ['StartTransaction', 'MeterValues', 'StopTransaction'],
  '2.0.1': ['TransactionEvent'],
};

/** @throws when the gateway does not start, or stations get stuck. */
export async function killRounds(options: Kill9Options): Promise<Kill9Report> {
  const { rounds, stations: each = 10, onProgress = () => {} } = options;
  const random = new Random(options.seed ?? Date.now());
  const home = await makeHome(options.store);
  let gateway: GatewayProcess | undefined;
  try {
    gateway = await startGateway(home);
    const ports = [gateway.ocppPort, gateway.apiPort] as const;
    const fleet = (['1.6', '2.0.1'] as const).flatMap((version) =>
      Array.from({ length: each }, (_, index) => ({
        version,
        station: new LedgerStation(
          `LEDGER-${version}-${index + 1}`,
          dialects[version],
          ports[0],
          meterValuesEach,
          1_000_000 + index,
        ),
      })),
    );
    const answered = () => fleet.reduce((sum, { station }) => sum + station.answered, 0);
    const runs = fleet.map(({ station }) => station.run());
    const restartMs: number[] = [];
    for (let round = 1; round <= rounds; round++) {
      const before = answered();
      await until(() => answered() > before + fleet.length, 30_000, 'the stations do not get going');
      await sleep(random.between(shortest, longest));
      await gateway.kill();
      const got = answered() - before;
      gateway = await startGateway(home, { ports });
      restartMs.push(gateway.startMs);
      onProgress(
        `round ${round}/${rounds}: killed after ${got} answers, ready again after ${gateway.startMs.toFixed(0)} ms`,
      );
    }
    const before = answered();
    await until(() => answered() > before + fleet.length, 30_000, 'the stations do not get going again');
    for (const { station } of fleet) station.finish();
    await Promise.race([
      Promise.all(runs),
      sleep(60_000, undefined, { ref: false }).then(() => {
        const stuck = fleet.filter(({ station }) => !station.finished).map(({ station }) => station);
        const complaints = stuck.flatMap((station) => station.complaints.slice(-1));
        throw new Error(
          `${stuck.length} stations did not finish in a minute, e.g. ${stuck[0]?.id}; ${complaints.slice(0, 5).join('; ')}`,
        );
      }),
    ]);
    onProgress('comparing');
    const differences: Differences[] = [];
    for (const { version, station } of fleet) {
      differences.push(await compareStation(gateway, home, station, transactionActions[version]));
    }
    const ledgers = fleet.flatMap(({ station }) => station.ledger);
    return {
      kills: rounds,
      transactions: ledgers.length,
      messages: ledgers.reduce((sum, { said }) => sum + said.length, 0),
      resent: fleet.reduce((sum, { station }) => sum + station.resent, 0),
      restartMs,
      complaints: fleet.flatMap(({ station }) => station.complaints),
      missing: differences.flatMap(({ missing }) => missing),
      twice: differences.flatMap(({ twice }) => twice),
      wrong: differences.flatMap(({ wrong }) => wrong),
    };
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${gateway?.output() ?? ''}`, { cause: error });
  } finally {
    await gateway?.kill();
    await home.remove();
  }
}

async function compareStation(
  gateway: GatewayProcess,
  home: Home,
  station: LedgerStation,
  actions: readonly string[],
): Promise<Differences> {
  const list = <T>(path: string) => readAll<T>(`http://127.0.0.1:${gateway.apiPort}${path}`, home.key);
  const id = encodeURIComponent(station.id);
  const rows = await list<Omit<StoredTransaction, 'meterValues'>>(`/v1/transactions?stationId=${id}`);
  const stored: StoredTransaction[] = [];
  for (const row of rows) {
    stored.push({ ...row, meterValues: await list(`/v1/transactions/${encodeURIComponent(row.id)}/meter-values?`) });
  }
  const calls: StoredCall[] = [];
  for (const action of actions) {
    const messages = await list<StoredCall & { type: string }>(
      `/v1/stations/${id}/messages?direction=in&action=${action}`,
    );
    calls.push(...messages.filter(({ type }) => type === 'Call'));
  }
  return compare(station.ledger, stored, calls);
}

/** All pages of a list. */
async function readAll<T>(url: string, key: string): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const page: string = `${url}&limit=500${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
    const response = await fetch(page, { headers: { Authorization: `Bearer ${key}` } });
    if (!response.ok) throw new Error(`${page}: ${response.status} ${await response.text()}`);
    const body = (await response.json()) as { items: T[]; nextCursor: string | null };
    items.push(...body.items);
    cursor = body.nextCursor;
  } while (cursor !== null);
  return items;
}

async function until(reached: () => boolean, patienceMs: number, otherwise: string): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!reached()) {
    if (performance.now() > deadline) throw new Error(otherwise);
    await sleep(10);
  }
}
