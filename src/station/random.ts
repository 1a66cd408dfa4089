/** Hash of a text to 32 bits (FNV-1a with a final mix), the same on every machine. */
export function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return mix(value);
}

function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** Seeded random numbers (mulberry32). Two with the same seed give the same sequence. */
export class Random {
  readonly seed: number;
  #state: number;

  constructor(seed: number | string) {
    this.seed = typeof seed === 'number' ? seed >>> 0 : hash(seed);
    this.#state = this.seed;
  }

  /** An independent sequence, so that what one part draws never shifts what another gets. */
  fork(name: string): Random {
    return new Random(`${this.seed}/${name}`);
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  }

  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** @throws RangeError for an empty list. */
  pick<T>(list: readonly T[]): T {
    const picked = list[Math.floor(this.next() * list.length)];
    if (picked === undefined) throw new RangeError('there is nothing to pick from');
    return picked;
  }
}

/** Smooth noise in [-1, 1] over `x`: a pure function, so that a value does not depend on how often one looks. */
export function noise(seed: number, x: number): number {
  const cell = Math.floor(x);
  const corner = (index: number) => mix(Math.imul(seed ^ 0x9e3779b9, 0x27d4eb2f) ^ index) / 2 ** 31 - 1;
  const t = x - cell;
  const eased = t * t * (3 - 2 * t);
  return corner(cell) * (1 - eased) + corner(cell + 1) * eased;
}
