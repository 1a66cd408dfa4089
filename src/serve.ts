/** The main job: puts the parts together, starts them, and stops them so that nothing is lost. */
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { pino } from 'pino';
import { createApi } from './api/server.ts';
import { type Config, isLoopback, prefixesOf } from './config.ts';
import { Tokens } from './csms/authorization/tokens.ts';
import { decide } from './csms/index.ts';
import { EventStream } from './events/stream.ts';
import { Gateway } from './gateway/gateway.ts';
import { NumberBlocks } from './gateway/numbers.ts';
import type { Store } from './gateway/ports.ts';
import { Statistics } from './gateway/statistics.ts';
import { Upstreams } from './gateway/upstream/upstreams.ts';
import { createMetrics } from './metrics.ts';
import { defaultSettings, HEAD, translators, type VersionName, versionNames, versions } from './ocpp/index.ts';
import { openStore } from './storage/store.ts';
import { SoapServer } from './transport/soap/server.ts';
import { dialer } from './transport/upstream/dialer.ts';
import { createWebSocketServer } from './transport/websocket/server.ts';

/** Transaction ids of 1.x are reserved in blocks of this many. */
const TRANSACTION_ID_BLOCK = 10_000;

export interface Running {
  readonly apiUrl: string;
  readonly adminKey: string;
  /** Where stations connect, by Version; `{stationId}` stands for the identity. */
  readonly stationUrls: readonly {
    readonly version: VersionName;
    readonly transport: 'json' | 'soap';
    readonly url: string;
  }[];
  /** Closes stations with 1001, stores what is under way, and ends. */
  stop(): Promise<void>;
}

/** Versions from which there is a way to HEAD. */
const translatable = (version: VersionName): boolean =>
  versionNames
    .slice(versionNames.indexOf(version), versionNames.indexOf(HEAD.name))
    .every((name) => translators.some(({ older }) => older.name === name));

/** A text kept in the data directory, made when it is not there. */
function kept(dataDir: string, name: string, make: () => string): string {
  const file = join(dataDir, name);
  if (!existsSync(file)) writeFileSync(file, `${make()}\n`, { mode: 0o600, flag: 'wx' });
  return readFileSync(file, 'utf8').trim();
}

async function loadTokens(store: Store): Promise<Tokens> {
  const tokens = new Tokens();
  for await (const page of store.tokens.all()) for (const token of page) tokens.put(token);
  for (const { id, idToken } of await store.transactions.openTokens()) tokens.began(id, idToken);
  return tokens;
}

/** Starts the gateway. @throws when a port is taken, the data directory is in use, or the database does not answer */
export async function serve(config: Config, version: string): Promise<Running> {
  const log = pino({ level: config.logLevel }, pino.destination({ dest: 2, sync: false }));
  const dataDir = resolve(config.dataDir);
  mkdirSync(dataDir, { recursive: true });
  const adminKey = config.adminKey ?? kept(dataDir, 'admin-key', () => randomBytes(24).toString('base64url'));
  if (config.natsUrl !== undefined) log.warn({}, 'EVSEBRIDGE_NATS_URL is set, but this release runs as one node');

  const store = await openStore({
    ...(config.databaseUrl === undefined ? {} : { databaseUrl: config.databaseUrl }),
    dataDir,
    node: kept(dataDir, 'node-id', randomUUID),
    maxWaiting: config.maxWaiting,
    retention: { journalDays: config.journalDays, meterValuesDays: config.meterValueDays },
    log,
  });
  const statistics = new Statistics();
  const upstreams = await Upstreams.open({ upstreams: store.upstreams, routes: store.routes, dialer });
  const gateway = new Gateway({
    upstreams,
    store,
    commits: store.commits,
    head: HEAD,
    decide,
    translatable,
    tokens: await loadTokens(store),
    settings: {
      unknownStations: config.unknownStations ?? (isLoopback(config.host) ? 'accept' : 'pending'),
      hideUnknown: config.hideUnknown,
      earlyMessages: config.earlyMessages,
      unknownTokens: config.unknownTokens,
      heartbeatInterval: config.heartbeatInterval,
      retryInterval: config.retryInterval,
      callTimeout: config.callTimeout * 1000,
      maxQueuedCommands: 100,
      maxIdleStations: 5000,
      journalHeartbeats: config.journalHeartbeats,
      translation: {
        ...defaultSettings,
        plugAndCharge: config.plugAndCharge,
        costMessages: config.costMessages,
        allowUnsignedFirmware: config.allowUnsignedFirmware,
        dropProfile: config.dropProfile,
        readConfiguration: config.readConfiguration,
        emulateDynamic: config.emulateDynamic,
        phaseLimits: config.phaseLimits,
        setpointAsLimit: config.setpointAsLimit,
        holdProfiles: config.holdProfiles,
        needsStartSchedule: config.needsStartSchedule,
        nominalVoltage: config.nominalVoltage,
        phases: config.phases,
        timeZone: config.timeZone,
        defaultTokenType: config.tokenType,
        tokenPrefixes: prefixesOf(config.tokenPrefixes ?? '') ?? {},
        attachMeterValues: config.attachMeterValues,
        closeOrphans: config.closeOrphans,
        orphanGrace: config.orphanGrace,
        hardAfterSoftReset: config.hardAfterSoftReset,
        emulateLimits: config.emulateLimits,
      },
    },
    transactionIds: await NumberBlocks.open(store.counters, 'transactionId', TRANSACTION_ID_BLOCK),
    statistics,
    log,
    now: Date.now,
    newId: randomUUID,
  });
  const left = await gateway.recover();
  if (left > 0) log.warn({ commands: left }, 'commands of an earlier process had no answer');

  const events = new EventStream({ journal: store.journal, commits: store.commits });
  let soapUrl = '';
  const soap = new SoapServer({
    door: gateway,
    log,
    ownAddress: () => soapUrl,
    heartbeatInterval: config.heartbeatInterval,
    onDeviation: (stationId, code) => gateway.deviates(stationId, code),
  });
  const stations = createWebSocketServer({
    host: config.host,
    port: config.ocppPort,
    door: gateway,
    log,
    pingIntervalMs: config.pingInterval * 1000,
    onDeviation: (stationId, code) => gateway.deviates(stationId, code),
    onRequest: (request, response) => {
      if (!soap.handle(request, response))
        response.writeHead(404, { 'Content-Type': 'text/plain' }).end('there is nothing here\n');
    },
  });
  const { port: ocppPort } = await stations.listen();
  const authority = `${urlHost(config.host)}:${ocppPort}`;
  soapUrl = config.soapUrl ?? `http://${authority}/soap`;
  await soap.resume();
  const stationUrls = [
    ...versions
      .filter(({ name }) => translatable(name))
      .map(({ name }) => ({ version: name, transport: 'json' as const, url: `ws://${authority}/ocpp/{stationId}` })),
    ...versions
      .filter((version) => version.soap !== undefined)
      .map(({ name }) => ({ version: name, transport: 'soap' as const, url: soapUrl })),
  ];

  const api = await createApi({
    store,
    gateway,
    upstreams,
    events,
    metrics: createMetrics(statistics, () => gateway, store.commits, upstreams),
    adminKey,
    logger: log,
    version,
    stationUrls,
    nextCommand: `npm run simulate -- --version 1.6,2.0.1,2.1 --stations 6 --speed 20 --url ws://${urlHost(config.host)}:${ocppPort}/ocpp`,
  });
  await api.listen({ host: config.host, port: config.apiPort });
  const { port: apiPort } = api.server.address() as AddressInfo;

  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    log.info({}, 'stopping');
    // Stations first: what they have said is stored and answered, then they are told to come back (1001).
    await soap.close(1001, 'the gateway is going away');
    await stations.close(1001, 'the gateway is going away');
    upstreams.close();
    await api.close();
    events.close();
    await store.close();
    log.info({}, 'stopped');
    log.flush();
  };
  return {
    apiUrl: `http://${urlHost(config.host)}:${apiPort}`,
    adminKey,
    stationUrls,
    stop: () => (stopping ??= stop()),
  };
}

const urlHost = (host: string): string => (host.includes(':') ? `[${host}]` : host === '0.0.0.0' ? 'localhost' : host);
