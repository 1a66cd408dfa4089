/** The gateway as a user starts it: `node bin/evsebridge.js serve` with settings in its environment. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { isAlive, servingProcess } from '../accounting.ts';

export type StoreKind = 'postgres' | 'embedded';

const launcher = process.env.BENCH_LAUNCHER ?? fileURLToPath(new URL('../../bin/evsebridge.js', import.meta.url));
/** A PostgreSQL server on which databases may be made; each gateway gets its own. */
const adminUrl = process.env.BENCH_POSTGRES ?? 'postgres://root@127.0.0.1:5432/postgres';
const startPatienceMs = 60_000;

/** Where one gateway keeps what it knows, across restarts. */
export interface Home {
  readonly store: StoreKind;
  readonly directory: string;
  /** Name of the PostgreSQL database. */
  readonly database: string | undefined;
  readonly databaseUrl: string | undefined;
  readonly key: string;
  /** Forgets it all. */
  remove(): Promise<void>;
}

async function administer(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

export async function makeHome(store: StoreKind): Promise<Home> {
  const directory = await mkdtemp(join(tmpdir(), 'evsebridge-bench-'));
  const key = randomBytes(18).toString('base64url');
  let database: string | undefined;
  let databaseUrl: string | undefined;
  if (store === 'postgres') {
    database = `evsebridge_bench_${randomBytes(5).toString('hex')}`;
    const url = new URL(adminUrl);
    url.pathname = `/${database}`;
    databaseUrl = url.href;
    await administer(`create database ${database}`);
  }
  return {
    store,
    directory,
    database,
    databaseUrl,
    key,
    remove: async () => {
      if (database !== undefined) await administer(`drop database if exists ${database} with (force)`);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export interface GatewayProcess {
  /** The serving process itself, not a launcher in front of it. */
  readonly pid: number;
  readonly ocppPort: number;
  readonly apiPort: number;
  readonly key: string;
  /** From the launch until `/readyz` said yes. */
  readonly startMs: number;
  /** What it wrote, the last 64 KB. */
  output(): string;
  alive(): boolean;
  /** SIGTERM, and SIGKILL when that is not enough. */
  stop(): Promise<void>;
  /** SIGKILL, now. */
  kill(): Promise<void>;
}

/** Two ports that are free now. */
async function freePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()];
  const ports = [];
  for (const server of servers) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ports.push((server.address() as AddressInfo).port);
  }
  for (const server of servers) server.close();
  return ports as [number, number];
}

export interface StartOptions {
  /** More settings. */
  readonly env?: Readonly<Record<string, string>>;
  /** The same ports again, after a crash. */
  readonly ports?: readonly [ocpp: number, api: number];
}

/** @throws when it is not ready within a minute, with what it wrote. */
export async function startGateway(home: Home, options: StartOptions = {}): Promise<GatewayProcess> {
  const [ocppPort, apiPort] = options.ports ?? (await freePorts());
  const begun = performance.now();
  const child = spawn(process.execPath, [launcher, 'serve'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      EVSEBRIDGE_HOST: '127.0.0.1',
      EVSEBRIDGE_OCPP_PORT: String(ocppPort),
      EVSEBRIDGE_API_PORT: String(apiPort),
      EVSEBRIDGE_DATA_DIR: join(home.directory, 'data'),
      EVSEBRIDGE_ADMIN_KEY: home.key,
      EVSEBRIDGE_UNKNOWN_STATIONS: 'accept',
      EVSEBRIDGE_UNKNOWN_TOKENS: 'accept',
      EVSEBRIDGE_LOG_LEVEL: 'warn',
      // What is measured is what stations send.
      EVSEBRIDGE_READ_CONFIGURATION: 'false',
      ...(home.databaseUrl === undefined ? {} : { EVSEBRIDGE_DATABASE_URL: home.databaseUrl }),
      ...options.env,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-65_536);
    });
  }
  await ready(child, apiPort, () => output);
  const startMs = performance.now() - begun;
  const pid = servingProcess(child.pid!);
  return {
    pid,
    ocppPort,
    apiPort,
    key: home.key,
    startMs,
    output: () => output,
    alive: () => isAlive(pid),
    stop: async () => {
      child.kill('SIGTERM');
      const deadline = performance.now() + 20_000;
      while (isAlive(pid) && performance.now() < deadline) await sleep(20);
      await killAll(child, pid);
    },
    kill: () => killAll(child, pid),
  };
}

async function killAll(child: ChildProcess, pid: number): Promise<void> {
  for (const each of [pid, child.pid!]) if (isAlive(each)) process.kill(each, 'SIGKILL');
  while (isAlive(pid) || (child.exitCode === null && child.signalCode === null)) await sleep(5);
}

async function ready(child: ChildProcess, apiPort: number, output: () => string): Promise<void> {
  const deadline = performance.now() + startPatienceMs;
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`the gateway ended while starting:\n${output()}`);
    try {
      const response = await fetch(`http://127.0.0.1:${apiPort}/readyz`);
      if (response.ok) return;
    } catch (error) {
      // Nothing listens yet.
      if (performance.now() > deadline) throw new Error(`the gateway is not ready: ${error}\n${output()}`);
    }
    if (performance.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`the gateway is not ready after ${startPatienceMs} ms:\n${output()}`);
    }
    await sleep(25);
  }
}
