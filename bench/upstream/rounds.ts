/** An hour of load, compressed: the upstream goes and comes back, the gateway is killed; then the upstream's record against the stations' own. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Payload, VersionName } from '../../src/ocpp/index.ts';
import { Random } from '../../src/station/random.ts';
import { dialects, LedgerStation } from '../kill9/station.ts';
import { Csms, type Told } from '../servers/csms.ts';
import { type GatewayProcess, makeHome, type StoreKind, startGateway } from '../servers/gateway.ts';

export interface OutageOptions {
  readonly store: StoreKind;
  readonly upstream: VersionName;
  /** Times that the upstream is taken away. */
  readonly outages: number;
  /** Times that the gateway is killed. */
  readonly kills: number;
  /** Of 1.6; and as many of 2.0.1. */
  readonly stations: number;
  readonly seed?: number;
  readonly onProgress?: (text: string) => void;
}

export interface OutageReport {
  readonly transactions: number;
  /** Messages about transactions that stations have said and that were answered. */
  readonly messages: number;
  /** Messages that reached the upstream more than once: with the same id and content, as of a station. */
  readonly repeated: number;
  readonly missing: readonly string[];
  /** The same thing said twice under another id. */
  readonly twice: readonly string[];
  /** Out of order, with gaps in the numbers, never said, or not valid. */
  readonly wrong: readonly string[];
}

const aboutTransactions: ReadonlySet<string> = new Set([
  'StartTransaction',
  'StopTransaction',
  'MeterValues',
  'TransactionEvent',
]);

/** @throws when the gateway does not start, or stations get stuck */
export async function outageRounds(options: OutageOptions): Promise<OutageReport> {
  const { outages, kills, stations: each, onProgress = () => {} } = options;
  const random = new Random(options.seed ?? Date.now());
  const home = await makeHome(options.store);
  const csms = await Csms.start(options.upstream);
  let gateway: GatewayProcess | undefined;
  try {
    gateway = await startGateway(home);
    const ports = [gateway.ocppPort, gateway.apiPort] as const;
    const put = async (path: string, body: object): Promise<void> => {
      const headers = { authorization: `Bearer ${home.key}`, 'content-type': 'application/json' };
      const answer = await fetch(`http://127.0.0.1:${ports[1]}${path}`, {
        method: 'PUT',
        headers,
        body: JSON.stringify(body),
      });
      if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
    };
    await put('/v1/upstreams/north', { url: csms.url, version: options.upstream, answerTimeout: 2 });
    await put('/v1/routes/all', { match: {}, owner: 'north' });
    const fleet = (['1.6', '2.0.1'] as const).flatMap((version) =>
      Array.from(
        { length: each },
        (_, index) =>
          new LedgerStation(`UP-${version}-${index + 1}`, dialects[version], ports[0], 5, 1_000_000 + index),
      ),
    );
    const answered = () => fleet.reduce((sum, station) => sum + station.answered, 0);
    const runs = fleet.map((station) => station.run());
    const total = outages + kills;
    let killsLeft = kills;
    for (let round = 1; round <= total; round++) {
      const before = answered();
      await until(() => answered() > before + fleet.length, 'the stations do not get going');
      await sleep(random.between(100, 600));
      if (killsLeft * total > (total - round) * kills) {
        killsLeft--;
        await gateway.kill();
        gateway = await startGateway(home, { ports });
        onProgress(`${round}/${total}: the gateway was killed`);
      } else {
        await csms.kill();
        const away = random.between(100, 1500);
        await sleep(away);
        await csms.open();
        onProgress(`${round}/${total}: the upstream was away for ${away.toFixed(0)} ms`);
      }
    }
    for (const station of fleet) station.finish();
    await Promise.race([
      Promise.all(runs),
      sleep(60_000, undefined, { ref: false }).then(() => {
        throw new Error('stations did not finish in a minute');
      }),
    ]);
    onProgress('waiting for the queues');
    const said = fleet.flatMap(({ ledger }) => ledger).flatMap((transaction) => transaction.said);
    // The last of each station is the end of a transaction.
    const arrived = (station: LedgerStation): boolean => {
      const last = station.ledger.at(-1)?.said.at(-1);
      if (last === undefined) return true;
      const time = timeOf(JSON.parse(last.payload) as Payload);
      return csms.of(station.id).some(({ payload }) => timeOf(payload) === time);
    };
    await until(() => fleet.every(arrived), 'the upstream does not get everything', 60_000).catch((error: Error) =>
      onProgress(error.message),
    );
    const differences = fleet.map((station) => compare(station, csms.of(station.id)));
    return {
      transactions: fleet.reduce((sum, { ledger }) => sum + ledger.length, 0),
      messages: said.length,
      repeated: differences.reduce((sum, { repeated }) => sum + repeated, 0),
      missing: differences.flatMap(({ missing }) => missing),
      twice: differences.flatMap(({ twice }) => twice),
      wrong: [...differences.flatMap(({ wrong }) => wrong), ...csms.invalid.map((each) => JSON.stringify(each))],
    };
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${gateway?.output() ?? ''}`, { cause: error });
  } finally {
    await csms.kill();
    await gateway?.kill();
    await home.remove();
  }
}

const timeOf = ({ timestamp, meterValue }: Payload): string => String(timestamp ?? meterValue?.[0]?.timestamp);

/** The clock of a station gives every message a time of its own, by which it is known on the other side. */
function compare(
  { id, ledger }: LedgerStation,
  told: readonly Told[],
): { missing: string[]; twice: string[]; wrong: string[]; repeated: number } {
  const missing: string[] = [];
  const twice: string[] = [];
  const wrong: string[] = [];
  let repeated = 0;
  const first = new Map<string, Told>();
  const times: string[] = [];
  for (const message of told) {
    if (!aboutTransactions.has(message.action)) continue;
    const time = timeOf(message.payload);
    const key = `${message.action} ${time}`;
    const before = first.get(key);
    if (before === undefined) {
      first.set(key, message);
      if (times.at(-1) !== time) times.push(time);
    } else if (before.messageId !== message.messageId) twice.push(`${id}: ${key}`);
    else {
      repeated++;
      if (essence(before.payload) !== essence(message.payload)) wrong.push(`${id}: ${key} came again otherwise`);
    }
  }
  const expected = ledger.flatMap(({ said }) => said.map(({ payload }) => timeOf(JSON.parse(payload) as Payload)));
  const there = new Set(times);
  for (const time of expected) if (!there.has(time)) missing.push(`${id}: what was said at ${time}`);
  const known = new Set(expected);
  for (const time of times) if (!known.has(time)) wrong.push(`${id}: nothing was said at ${time}`);
  if (missing.length === 0 && times.join() !== expected.join()) wrong.push(`${id}: the order is another one`);
  const numbers = new Map<string, number>();
  for (const { action, payload } of first.values()) {
    if (action !== 'TransactionEvent') continue;
    const { transactionId } = payload['transactionInfo'] as { transactionId: string };
    const next = numbers.get(transactionId) ?? 0;
    if (payload['seqNo'] !== next)
      wrong.push(`${id}: seqNo ${payload['seqNo']} of ${transactionId} where ${next} was due`);
    numbers.set(transactionId, next + 1);
  }
  return { missing, twice, wrong, repeated };
}

/** What must be the same each time: whether the upstream was away may have changed. */
const essence = ({ offline: _offline, ...payload }: Payload): string => JSON.stringify(payload);

async function until(look: () => boolean, otherwise: string, timeout = 30_000): Promise<void> {
  const end = Date.now() + timeout;
  while (!look()) {
    if (Date.now() > end) throw new Error(otherwise);
    await sleep(20);
  }
}
