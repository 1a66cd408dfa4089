import { describe, expect, it, vi } from 'vitest';
import { NumberBlocks } from '../../src/gateway/numbers.ts';
import { type Counters, StoreUnavailable } from '../../src/gateway/ports.ts';

class Blocks implements Counters {
  next = 1;
  away = false;
  reserved = 0;
  async reserve(_name: string, count: number): Promise<number> {
    if (this.away) throw new StoreUnavailable('away');
    this.reserved++;
    const first = this.next;
    this.next += count;
    return first;
  }
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('numbers', () => {
  it('come without a gap and each once, a block ahead', async () => {
    const counters = new Blocks();
    const numbers = await NumberBlocks.open(counters, 'n', 10);
    const given: number[] = [];
    for (let n = 0; n < 95; n++) {
      given.push(numbers.next());
      await turn();
    }
    expect(given).toEqual(Array.from({ length: 95 }, (_, index) => index + 1));
    expect(counters.reserved).toBe(10);
  });

  it('are never those of another process', async () => {
    const counters = new Blocks();
    const [one, two] = [await NumberBlocks.open(counters, 'n', 10), await NumberBlocks.open(counters, 'n', 10)];
    const given = new Set<number>();
    for (let n = 0; n < 50; n++) {
      given.add(one.next()).add(two.next());
      await turn();
    }
    expect(given.size).toBe(100);
  });

  it('last half a block while storage is away, then say so, and go on when it is back', async () => {
    const counters = new Blocks();
    const numbers = await NumberBlocks.open(counters, 'n', 10);
    counters.away = true;
    for (let n = 0; n < 10; n++) {
      numbers.next();
      await turn();
    }
    expect(() => numbers.next()).toThrow(StoreUnavailable);
    counters.away = false;
    await vi.waitFor(() => expect(counters.reserved).toBe(2));
    expect(numbers.next()).toBe(11);
  });
});
