/** Calls one station's own service, wherever it is now. */
import type { SoapVersion } from '../../ocpp/soap/index.ts';
import { addressOf, whyOutOfReach } from './address.ts';
import { type HttpAnswer, post, Unreachable } from './callback.ts';

/** Where a station's service may be. */
export interface Whereabouts {
  /** The address configured for it; it wins over the one that the station gives. */
  readonly configured: string | null;
  /** What the station's last `From` said, and where that came from. */
  readonly from: string | null;
  readonly heardFrom: string;
}

/** A Call on its way. */
export interface Outgoing {
  readonly id: string;
  readonly action: string;
  readonly envelope: string;
  readonly soap: SoapVersion;
  readonly abort: AbortController;
  /** Why the station has not got it so far; `undefined`: it may have. */
  unsent: string | undefined;
  /** What the station answered. */
  answered: string | undefined;
}

/** One Call at a time: the gateway makes no other before this one is answered or given up. */
export class Caller {
  readonly #maxBytes: number;
  #address: URL | undefined;
  /** Why the station cannot be called; `undefined`: it can. */
  #whyNot: string | undefined;
  /** Tells that the station has said something, while that is waited for. */
  #heard: (() => void) | undefined;

  /** @param maxBytes of an answer */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** @returns whether the station can be called now and could not before */
  locate({ configured, from, heardFrom }: Whereabouts): boolean {
    const before = this.#whyNot;
    const given = configured ?? from;
    this.#address = given === null ? undefined : addressOf(given);
    const outOfReach =
      configured === null && this.#address !== undefined ? whyOutOfReach(this.#address, heardFrom) : undefined;
    this.#whyNot =
      given === null
        ? 'the station has not said where its own service listens (wsa:From), and no callbackUrl is configured for it'
        : this.#address === undefined
          ? `the address that the station gives for its own service is no URL: ${given.slice(0, 200)}`
          : outOfReach &&
            `the address that the station gives for its own service cannot be reached: ${outOfReach}. Configure a callbackUrl`;
    return before !== undefined && this.#whyNot === undefined;
  }

  get whyNot(): string | undefined {
    return this.#whyNot;
  }

  /** The station has said something. */
  heard(): void {
    this.#heard?.();
  }

  /**
   * When the station could not be reached, there is one more try after its next message, for as long as the gateway waits. The
   * envelope is the same then: what the Journal holds is what was sent.
   * @throws Error when there is no answer; {@link Outgoing.unsent} tells whether the station may have got the Call
   */
  async carry(outgoing: Outgoing): Promise<HttpAnswer> {
    try {
      return await this.#post(outgoing);
    } catch (error) {
      const { signal } = outgoing.abort;
      if (!(error instanceof Unreachable) || signal.aborted) throw error;
      await new Promise<void>((resolve, reject) => {
        this.#heard = resolve;
        signal.addEventListener('abort', reject, { once: true });
      }).finally(() => {
        this.#heard = undefined;
      });
      return this.#post(outgoing);
    }
  }

  async #post(outgoing: Outgoing): Promise<HttpAnswer> {
    const unreachable = (why: string): Unreachable => {
      outgoing.unsent = why;
      return new Unreachable(why);
    };
    const url = this.#address;
    if (url === undefined || this.#whyNot !== undefined) throw unreachable(this.#whyNot ?? 'it has no address');
    outgoing.unsent = `there was no connection to the station's service at ${url.origin}`;
    const connected = (): void => {
      outgoing.unsent = undefined;
    };
    try {
      return await post(url, outgoing, connected, this.#maxBytes, outgoing.abort.signal);
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      throw unreachable(`the station's service at ${url.origin} cannot be reached: ${error.message}`);
    }
  }
}
