/** What scenarios share: the messages of each version side by side, a gateway per file, a reader of the event stream. */
import { type ClientRequest, get } from 'node:http';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { type TestDatabase, type TestDatabaseKind, testDatabases } from '../support/databases.ts';
import { type Api, RawStation, startGateway, type TestGateway, until } from '../support/gateway.ts';
import { envelopeErrors, SoapStation } from '../support/soap.ts';

export const protocols = ['ocpp1.6', 'ocpp2.0.1', 'ocpp2.1'] as const;
export type Protocol = (typeof protocols)[number];

const boot2x = { reason: 'PowerUp', chargingStation: { vendorName: 'Vendor', model: 'Model' } };

/** What scenarios about the wire alone speak as well. */
export type AnyProtocol = Protocol | 'ocpp1.5';

/** A BootNotification of each version. */
export const boot: Readonly<Record<AnyProtocol, object>> = {
  'ocpp1.5': { chargePointVendor: 'Vendor', chargePointModel: 'Model' },
  'ocpp1.6': { chargePointVendor: 'Vendor', chargePointModel: 'Model' },
  'ocpp2.0.1': boot2x,
  'ocpp2.1': boot2x,
};

/** A StatusNotification of connector 1, free. */
export const available = (protocol: Protocol, timestamp = '2026-01-05T10:00:00.000Z'): object =>
  protocol === 'ocpp1.6'
    ? { connectorId: 1, errorCode: 'NoError', status: 'Available', timestamp }
    : { evseId: 1, connectorId: 1, connectorStatus: 'Available', timestamp };

/** The error code of each version for what 2.x calls FormatViolation, OccurrenceConstraintViolation and RpcFrameworkError. */
export const spelling = (protocol: Protocol) =>
  protocol === 'ocpp1.6'
    ? { format: 'FormationViolation', occurrence: 'OccurenceConstraintViolation', framework: 'GenericError' }
    : { format: 'FormatViolation', occurrence: 'OccurrenceConstraintViolation', framework: 'RpcFrameworkError' };

/** The embedded database, for scenarios that do not depend on the store. */
export async function embedded(): Promise<TestDatabaseKind> {
  return (await testDatabases()).find(({ name }) => name === 'embedded') as TestDatabaseKind;
}

export interface Stage {
  readonly gateway: TestGateway;
  readonly api: Api;
  readonly url: string;
  readonly database: TestDatabase;
  /** Stops the gateway gracefully and starts it again on the same data. */
  restart(settings?: Readonly<Record<string, string>>): Promise<void>;
}

/** A gateway for all tests of a file (or `describe`), in this process; on the embedded database unless another is given. */
export function stage(settings: Readonly<Record<string, string>> = {}, kind?: TestDatabaseKind): Stage {
  let database: TestDatabase | undefined;
  let gateway: TestGateway | undefined;
  beforeAll(async () => {
    database = await (kind ?? (await embedded())).open();
    gateway = await startGateway(database.options, settings);
  });
  afterAll(async () => {
    await gateway?.stop();
    await database?.drop();
  });
  const running = (): TestGateway => {
    if (gateway === undefined) throw new Error('the gateway is not running');
    return gateway;
  };
  return {
    get gateway() {
      return running();
    },
    get api() {
      return running().api;
    },
    get url() {
      return running().ocppUrl;
    },
    get database() {
      return database as TestDatabase;
    },
    async restart(other = settings) {
      await running().stop();
      gateway = await startGateway((database as TestDatabase).options, other);
    },
  };
}

/**
 * Makes stations over SOAP for the tests of a file. Their services are closed after each, and every envelope that the gateway sent to
 * one of them has to be valid by the WSDLs.
 */
export function soapStations(
  on: Pick<Stage, 'url'>,
): (id: string, version?: '1.5' | '1.6', listens?: boolean) => Promise<SoapStation> {
  const opened: SoapStation[] = [];
  afterEach(async () => {
    for (const station of opened.splice(0)) await station.close();
  });
  afterAll(() => expect(envelopeErrors()).toBe(''));
  return async (id, version = '1.5', listens = true) => {
    const station = new SoapStation(id, version, on.url);
    opened.push(station);
    if (listens) await station.listen();
    return station;
  };
}

/** A station that has connected and booted. */
export async function booted(url: string, id: string, protocol: AnyProtocol): Promise<RawStation> {
  const station = await RawStation.connect(url, id, protocol);
  const [, , answer] = await station.call('BootNotification', boot[protocol]);
  if (answer?.status !== 'Accepted') throw new Error(`BootNotification was answered ${JSON.stringify(answer)}`);
  return station;
}

// biome-ignore lint/suspicious/noExplicitAny: events of any shape
export type CloudEvent = { id: string; type: string; subject?: string; sequence: string; data: any };

/** Follows the event stream as an EventSource does. */
export class Events {
  readonly all: CloudEvent[] = [];
  readonly #request: ClientRequest;

  constructor(api: Api, query = 'after=0') {
    const headers = { authorization: `Bearer ${adminKey}`, accept: 'text/event-stream' };
    this.#request = get(`${api.url}/v1/events?${query}`, { headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
          const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1];
          text = text.slice(end + 2);
          if (data !== undefined) this.all.push(JSON.parse(data) as CloudEvent);
        }
      });
      response.on('error', () => undefined);
    });
    this.#request.on('error', () => undefined);
  }

  /** Waits until there are events that `found` finds something in. */
  until<T>(found: (all: readonly CloudEvent[]) => T | undefined | false, what: string): Promise<T> {
    return until(() => found(this.all), what);
  }

  close(): void {
    this.#request.destroy();
  }
}

const adminKey = 'test-key-0123456789';
