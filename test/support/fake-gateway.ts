/** A gateway in memory that behaves: the interface that the API uses, with stations whose answers a test gives. */
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import {
  CommandRefused,
  type CommandRequest,
  type CommandRow,
  type GatewayFace,
  type StationSettings,
  type StationView,
  type SubmittedCommand,
  type TokenRow,
} from '../../src/gateway/ports.ts';
import { at, type FakeStore, stationRow } from './fake-store.ts';

/** How a Command ends, unless the test wants it to wait. */
export type Outcome = Partial<Pick<CommandRow, 'state' | 'response' | 'error' | 'native'>>;

export class FakeGateway implements GatewayFace {
  readonly #store: FakeStore;
  readonly connected = new Set<string>();
  readonly submitted: CommandRequest[] = [];
  /** What a station does with a Command; it may take its time. */
  outcome: (request: CommandRequest) => Outcome | Promise<Outcome> = () => ({
    state: 'completed',
    response: { status: 'Accepted' },
  });

  constructor(store: FakeStore) {
    this.#store = store;
  }

  async submit(request: CommandRequest): Promise<SubmittedCommand> {
    const { stationId, action, idempotencyKey = null } = request;
    const known =
      idempotencyKey === null ? undefined : await this.#store.commands.findByIdempotencyKey(stationId, idempotencyKey);
    if (known !== undefined) {
      if (known.action !== action || !isDeepStrictEqual(known.request, request.request)) {
        throw new CommandRefused('idempotencyConflict', `the key ${idempotencyKey} was used for another command`);
      }
      return { command: known, done: Promise.resolve(known), replayed: true };
    }
    if (!this.#store.rows.stations.has(stationId))
      throw new CommandRefused('unknownStation', `there is no station ${stationId}`);
    if (!this.connected.has(stationId)) throw new CommandRefused('offline', `${stationId} is not connected`);
    this.submitted.push(request);
    const command: CommandRow = {
      id: randomUUID(),
      stationId,
      action,
      request: request.request,
      state: 'sent',
      response: null,
      error: null,
      native: [],
      idempotencyKey,
      createdAt: at,
      updatedAt: at,
    };
    const put = (row: CommandRow): CommandRow => {
      this.#store.rows.commands.set(row.id, row);
      return row;
    };
    put(command);
    return { command, done: Promise.resolve(this.outcome(request)).then((outcome) => put({ ...command, ...outcome })) };
  }

  async station(id: string): Promise<StationView | undefined> {
    const row = await this.#store.stations.get(id);
    return row && { ...row, connected: this.connected.has(id), callable: this.connected.has(id) };
  }

  async putStation(id: string, settings: StationSettings): Promise<{ view: StationView; created: boolean }> {
    const known = await this.#store.stations.get(id);
    const { password, ...rest } = settings;
    const fresh = stationRow(id, {
      version: null,
      transport: null,
      connectedAt: null,
      lastSeenAt: null,
      registrationStatus: null,
    });
    const station = {
      ...(known?.station ?? fresh),
      ...rest,
      ...(password !== undefined && { passwordHash: password === null ? null : 'salt:hash' }),
    };
    this.#store.rows.stations.set(id, station);
    return {
      view: {
        station,
        connectors: known?.connectors ?? [],
        connected: this.connected.has(id),
        callable: this.connected.has(id),
      },
      created: known === undefined,
    };
  }

  async deleteStation(id: string): Promise<boolean> {
    this.connected.delete(id);
    return this.#store.stations.delete(id);
  }

  putToken(token: TokenRow): Promise<void> {
    return this.#store.tokens.put(token);
  }

  deleteToken(idToken: string): Promise<boolean> {
    return this.#store.tokens.delete(idToken);
  }

  isConnected(id: string): boolean {
    return this.connected.has(id);
  }

  live(id: string): StationView | undefined {
    const station = this.connected.has(id) ? this.#store.rows.stations.get(id) : undefined;
    if (station === undefined) return undefined;
    return {
      station,
      connectors: this.#store.rows.connectors.filter(({ stationId }) => stationId === id),
      connected: true,
      callable: true,
    };
  }

  get connectedCount(): number {
    return this.connected.size;
  }
}
