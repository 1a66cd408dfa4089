/** Larger buffers, which only a batch after an outage needs, are not kept, bytes. */
const KEPT = 8 << 20;
const INITIAL = 256 << 10;

/**
 * Rows as UTF-8, in memory that is used again for the next batch. Measured here: joining the rows to one text, which the
 * driver turns into bytes, costs four times the CPU of writing each row where it belongs.
 */
export class RowBuffer {
  #bytes = Buffer.allocUnsafeSlow(INITIAL);
  #length = 0;
  #start = 0;
  #separator = '';

  /** Bytes written since {@link clear}. */
  get length(): number {
    return this.#length;
  }

  /** Forgets everything: what {@link section} gave out before is overwritten from now on. */
  clear(): void {
    if (this.#bytes.length > KEPT) this.#bytes = Buffer.allocUnsafeSlow(INITIAL);
    this.#length = 0;
    this.#start = 0;
  }

  /** Begins a section of rows separated by `separator`. */
  begin(separator: string): void {
    this.#start = this.#length;
    this.#separator = separator;
  }

  /** Adds a row, which must not be empty. */
  add(row: string): void {
    const text = this.#length === this.#start ? row : this.#separator + row;
    // UTF-8 has at most three bytes for what is one unit of a JavaScript text.
    const needed = this.#length + 3 * text.length;
    if (needed > this.#bytes.length) this.#grow(needed);
    this.#length += this.#bytes.write(text, this.#length);
  }

  /** The rows since {@link begin}; `null` when there are none. */
  section(): Buffer | null {
    return this.#length === this.#start ? null : this.#bytes.subarray(this.#start, this.#length);
  }

  /** Forgets what was written after `length`. */
  cut(length: number): void {
    this.#length = length;
  }

  /** What was written between two {@link length}s. */
  between(start: number, end: number): Buffer {
    return this.#bytes.subarray(start, end);
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.length));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
