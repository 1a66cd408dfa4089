import { type Counters, StoreUnavailable } from './ports.ts';
import type { NumberSource } from './services.ts';

/** Pause before storage is asked again for a block that it did not give, in ms. */
const RETRY = 500;

/**
 * Numbers out of blocks that are reserved durably before the first of them is used: none is ever given out twice, whatever
 * happens to the process; the rest of a block is lost with it.
 */
export class NumberBlocks implements NumberSource {
  readonly #counters: Counters;
  readonly #name: string;
  readonly #size: number;
  #next = 0;
  #end = 0;
  #following: { next: number; end: number } | undefined;
  #reserving = false;

  private constructor(counters: Counters, name: string, size: number) {
    this.#counters = counters;
    this.#name = name;
    this.#size = size;
  }

  /** @throws StoreUnavailable */
  static async open(counters: Counters, name: string, size: number): Promise<NumberBlocks> {
    const blocks = new NumberBlocks(counters, name, size);
    blocks.#next = await counters.reserve(name, size);
    blocks.#end = blocks.#next + size;
    return blocks;
  }

  next(): number {
    if (this.#end - this.#next <= this.#size / 2) this.#reserve();
    if (this.#next === this.#end) {
      if (this.#following === undefined)
        throw new StoreUnavailable(`no number of ${this.#name} is left, and storage does not answer`);
      ({ next: this.#next, end: this.#end } = this.#following);
      this.#following = undefined;
    }
    return this.#next++;
  }

  #reserve(): void {
    if (this.#reserving || this.#following !== undefined) return;
    this.#reserving = true;
    this.#counters.reserve(this.#name, this.#size).then(
      (next) => {
        this.#following = { next, end: next + this.#size };
        this.#reserving = false;
      },
      // Until the block is used up there is no harm; when storage is back the next one is there before it is asked for.
      () => {
        setTimeout(() => {
          this.#reserving = false;
          this.#reserve();
        }, RETRY).unref();
      },
    );
  }
}
