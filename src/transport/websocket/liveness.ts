/** A peer that is pinged and whose bytes are counted. */
export interface Pinged {
  /** Where it is on the wheel. */
  slot: number;
  /** Sends a ping; or, when nothing at all has come since the one before, gives the peer up. */
  probe(): void;
}

const slots = 64;

/**
 * One timer for all connections: each sits in a slot of a wheel that goes round once in the ping interval, so that the pings
 * of thousands of stations which connected in one instant are spread over the interval.
 */
export class PingWheel {
  readonly #slots: readonly Set<Pinged>[] = Array.from({ length: slots }, () => new Set<Pinged>());
  #hand = 0;
  #nextSlot = 0;

  /** How often {@link turn} must be called for one revolution in `intervalMs`. */
  static tickMs(intervalMs: number): number {
    return intervalMs / slots;
  }

  add(peer: Pinged): void {
    // A stride that has no factor in common with the number of slots: neighbours in time get places far apart.
    this.#nextSlot = (this.#nextSlot + 27) % slots;
    peer.slot = this.#nextSlot;
    this.#slots[peer.slot]!.add(peer);
  }

  remove(peer: Pinged): void {
    this.#slots[peer.slot]!.delete(peer);
  }

  /** Probes those whose turn it is. */
  turn(): void {
    this.#hand = (this.#hand + 1) % slots;
    for (const peer of this.#slots[this.#hand]!) peer.probe();
  }
}
