/** The SOAP service on a real HTTP server, in front of a door that a test decides for. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type {
  Admission,
  Admitted,
  ConnectionlessDoor,
  Handshake,
  JsonObject,
  Link,
  Session,
  StationFacts,
} from '../../../src/gateway/ports.ts';
import { versions } from '../../../src/ocpp/index.ts';
import { SoapServer, type SoapServerOptions } from '../../../src/transport/soap/server.ts';
import { stationHttpOptions } from '../../../src/transport/websocket/http.ts';
import { SoapStation } from '../../support/soap.ts';

/** A frame of OCPP-J as the gateway sees it. */
// biome-ignore lint/suspicious/noExplicitAny: frames of any shape
export type Frame = any[];

export class FakeSession implements Session {
  readonly link: Link;
  readonly frames: Frame[] = [];
  readonly endings: { code: number; reason: string }[] = [];
  readonly remembered: JsonObject[] = [];
  readonly lost: { id: string; reason: string; sent: boolean }[] = [];
  becameCallable = 0;
  #door: FakeDoor;

  constructor(door: FakeDoor, link: Link) {
    this.#door = door;
    this.link = link;
  }
  receive(text: string): void {
    const frame = JSON.parse(text) as Frame;
    this.frames.push(frame);
    this.#door.onFrame(this, frame);
  }
  closed(code: number, reason: string): void {
    this.endings.push({ code, reason });
  }
  callable(): void {
    this.becameCallable++;
  }
  unanswered(id: string, reason: string, sent: boolean): void {
    this.lost.push({ id, reason, sent });
  }
  remember(linkState: JsonObject): void {
    this.remembered.push(linkState);
  }
  answer(id: string, payload: object): void {
    this.link.send(JSON.stringify([3, id, payload]));
  }
}

export const facts = (given: Partial<StationFacts> = {}): StationFacts => ({
  isAccepted: true,
  strict: false,
  callbackUrl: null,
  lastSeenAt: null,
  linkState: null,
  ...given,
});

export class FakeDoor implements ConnectionlessDoor {
  readonly handshakes: Handshake[] = [];
  readonly sessions: FakeSession[] = [];
  readonly earlier: Admitted[] = [];
  facts: StationFacts | undefined = facts();
  /** What becomes of who knocks; `undefined`: comes in. */
  decide: (handshake: Handshake) => Admission | undefined = () => undefined;
  /** Answers every Call with the time. */
  onFrame: (session: FakeSession, frame: Frame) => void = (session, [type, id]) => {
    if (type === 2) session.answer(id, { currentTime: '2026-01-05T10:00:00Z' });
  };
  async admit(handshake: Handshake): Promise<Admission> {
    this.handshakes.push(handshake);
    const decided = this.decide(handshake);
    if (decided !== undefined) return decided;
    const version = versions.find(({ subprotocol }) => subprotocol === handshake.offered[0])?.name ?? '1.6';
    return { kind: 'admitted', stationId: handshake.stationId, version, subprotocol: undefined, facts: this.facts };
  }
  open(_admission: Admitted, link: Link): Session {
    const session = new FakeSession(this, link);
    this.sessions.push(session);
    return session;
  }
  async heardSince(): Promise<readonly Admitted[]> {
    return this.earlier;
  }
}

export interface Served {
  readonly door: FakeDoor;
  readonly soap: SoapServer;
  readonly http: Server;
  readonly url: string;
  readonly port: number;
  readonly deviations: string[];
  readonly logged: string[];
  station(id: string, version?: '1.5' | '1.6'): SoapStation;
  close(): Promise<void>;
}

export async function serve(options: Partial<SoapServerOptions> = {}): Promise<Served> {
  const door = new FakeDoor();
  const deviations: string[] = [];
  const logged: string[] = [];
  const log = (fields: object, message: string): void => void logged.push(`${message} ${JSON.stringify(fields)}`);
  const soap = new SoapServer({
    door,
    log: { info: log, error: log },
    ownAddress: () => 'http://gateway/soap',
    heartbeatInterval: 300,
    onDeviation: (_station, code) => deviations.push(code),
    ...options,
  });
  const http = createServer(stationHttpOptions, (request, response) => {
    if (!soap.handle(request, response)) response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/soap`;
  const opened: SoapStation[] = [];
  return {
    door,
    soap,
    http,
    url,
    port,
    deviations,
    logged,
    station: (id, version = '1.6') => {
      const station = new SoapStation(id, version, url.replace('http', 'ws').replace('/soap', '/ocpp'));
      opened.push(station);
      return station;
    },
    close: async () => {
      for (const station of opened) await station.close();
      await soap.close(1001, 'end of test', 0);
      http.closeAllConnections();
      await new Promise<void>((resolve) => http.close(() => resolve()));
    },
  };
}
