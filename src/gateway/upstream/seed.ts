import { createHash } from 'node:crypto';

/**
 * Ids that come out the same when the same message is delivered anew, after a crash for instance: the upstream then gets the same message
 * ids, and the same transaction ids where translation makes them up.
 */
export class Seed {
  readonly #text: string;
  #count = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next UUID. */
  next(): string {
    const hash = createHash('sha256')
      .update(`${this.#text} ${this.#count++}`)
      .digest('hex');
    // RFC 9562: version 8, variant 10
    return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-a${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
  }
}
