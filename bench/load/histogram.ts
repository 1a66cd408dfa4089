/** Counts of durations with under 1 % of rounding, from 1 µs to half an hour, in constant memory. */
export class Histogram {
  readonly #counts = new Uint32Array(3400);
  count = 0;
  /** Microseconds. */
  max = 0;

  add(microseconds: number): void {
    const value = Math.max(0, Math.round(microseconds));
    const index = bucket(value);
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.count++;
    if (value > this.max) this.max = value;
  }

  reset(): void {
    this.#counts.fill(0);
    this.count = 0;
    this.max = 0;
  }

  /** The duration in µs that the `fraction` (0 to 1) of all do not exceed; 0 when there are none. */
  quantile(fraction: number): number {
    const wanted = Math.ceil(this.count * fraction);
    let seen = 0;
    for (let index = 0; index < this.#counts.length; index++) {
      seen += this.#counts[index] ?? 0;
      if (seen >= wanted && seen > 0) return Math.min(lowest(index), this.max);
    }
    return 0;
  }
}

/** Durations as a report shows them, in milliseconds. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export const latencyOf = (histogram: Histogram): Latency => ({
  p50: histogram.quantile(0.5) / 1000,
  p99: histogram.quantile(0.99) / 1000,
  max: histogram.max / 1000,
});

/** Values below 256 have a bucket each; above, each doubling has 128. */
function bucket(value: number): number {
  if (value < 256) return value;
  const shift = 24 - Math.clz32(value);
  return shift * 128 + (value >>> shift);
}

function lowest(index: number): number {
  if (index < 256) return index;
  const shift = (index >> 7) - 1;
  return (index - shift * 128) * 2 ** shift;
}
