/** The stations that were heard of lately: SOAP has no connection, so a session lasts as long as a station is not silent for too long. */
import type { Admitted, ConnectionlessDoor } from '../../gateway/ports.ts';
import { versionByName } from '../../ocpp/index.ts';
import { SoapStation, type SoapStationContext } from './station.ts';

export interface SessionLimits {
  /** Sessions at once. */
  readonly maxSessions: number;
  /** How often is looked who has been silent for too long, in ms. */
  readonly sweepMs: number;
}

export class Sessions {
  readonly #door: ConnectionlessDoor;
  readonly #context: SoapStationContext;
  readonly #limits: SessionLimits;
  /** Those heard of longest ago first. */
  readonly #stations = new Map<string, SoapStation>();
  /** Those of them that are not accepted: anybody can make himself one. */
  readonly #strangers = new Set<SoapStation>();
  readonly #sweeper: NodeJS.Timeout;

  constructor(door: ConnectionlessDoor, context: Omit<SoapStationContext, 'gone'>, limits: SessionLimits) {
    this.#door = door;
    this.#context = {
      ...context,
      gone: (station) => {
        if (this.#stations.get(station.id) === station) this.#stations.delete(station.id);
        this.#strangers.delete(station);
      },
    };
    this.#limits = limits;
    this.#sweeper = setInterval(() => this.#sweep(), limits.sweepMs).unref();
  }

  get size(): number {
    return this.#stations.size;
  }

  get(id: string): SoapStation | undefined {
    return this.#stations.get(id);
  }

  /** The session of a station that is let in with a request: the one that it has, or a new one. */
  enter(admitted: Admitted, remoteAddress: string): SoapStation {
    let station = this.#stations.get(admitted.stationId);
    if (station?.version.name !== admitted.version) station = this.#open(admitted, remoteAddress);
    this.#stations.delete(station.id);
    this.#stations.set(station.id, station);
    if (admitted.facts?.isAccepted === true) this.#strangers.delete(station);
    else this.#strangers.add(station);
    this.#makeRoom();
    return station;
  }

  /** Goes on with the sessions that an earlier process had. @returns how many */
  async resume(): Promise<number> {
    const now = this.#context.now();
    // Whoever was told a longer interval is back with the next message.
    const admitted = await this.#door.heardSince('soap', now - 2 * this.#context.heartbeatInterval * 1000);
    for (const each of admitted) {
      if (!this.#stations.has(each.stationId)) this.#open(each, '', each.facts?.lastSeenAt ?? now);
    }
    return this.#stations.size;
  }

  #open(admitted: Admitted, remoteAddress: string, heardAt?: number): SoapStation {
    const { stationId: id, facts } = admitted;
    const version = versionByName(admitted.version);
    const station = new SoapStation(this.#context, { id, version, remoteAddress }, facts);
    if (heardAt !== undefined) station.lastSeen = heardAt;
    // The gateway closes the older link of the station, if there is one, in `open`.
    station.attach(this.#door.open(admitted, station, heardAt));
    this.#stations.set(id, station);
    return station;
  }

  /** When there are too many, those nobody has accepted go first, then those heard of longest ago. */
  #makeRoom(): void {
    if (this.#stations.size <= this.#limits.maxSessions) return;
    const [stranger] = this.#strangers;
    const [oldest] = this.#stations.values();
    (stranger ?? oldest)?.close(1013, 'there are too many stations');
  }

  #sweep(): void {
    const now = this.#context.now();
    for (const station of [...this.#stations.values()]) {
      if (station.expiresAt < now) station.close(1006, 'no message for two heartbeat intervals');
    }
  }

  close(code: number, reason: string): void {
    clearInterval(this.#sweeper);
    for (const station of [...this.#stations.values()]) station.close(code, reason);
  }
}
