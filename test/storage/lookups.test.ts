import { describe, expect, it } from 'vitest';
import { Lookups } from '../../src/storage/lookups.ts';

describe('lookups by key', () => {
  /** Lookups whose statements the test answers, and the keys of each. */
  function lookups(most: number) {
    const asked: (readonly string[])[] = [];
    const answers: ((error?: Error) => void)[] = [];
    const subject = new Lookups<string>(most, (keys) => {
      asked.push(keys);
      return new Promise((resolve, reject) => {
        answers.push((error) => {
          if (error === undefined)
            resolve(new Map(keys.filter((key) => key !== 'absent').map((key) => [key, `<${key}>`])));
          else reject(error);
        });
      });
    });
    return { get: (key: string) => subject.get(key), asked, answer: (error?: Error) => answers.shift()?.(error) };
  }

  it('that come while one is on its way go together, so many at once at most', async () => {
    const { get, asked, answer } = lookups(3);
    const found = ['a', 'b', 'absent', 'b', 'c'].map(get);
    expect(asked).toEqual([['a']]);
    answer();
    expect(await found[0]).toBe('<a>');
    expect(asked[1]).toEqual(['b', 'absent', 'b']);
    answer();
    expect(await Promise.all(found.slice(0, 4))).toEqual(['<a>', '<b>', undefined, '<b>']);
    expect(asked[2]).toEqual(['c']);
    answer();
    expect(await found[4]).toBe('<c>');
  });

  it('that fail together are told so, and the next are tried anew', async () => {
    const { get, asked, answer } = lookups(3);
    const failing = [get('a'), expect(get('b')).rejects.toThrow('away'), expect(get('c')).rejects.toThrow('away')];
    answer();
    await failing[0];
    answer(new Error('away'));
    await Promise.all(failing);
    const again = get('b');
    expect(asked.at(-1)).toEqual(['b']);
    answer();
    expect(await again).toBe('<b>');
  });

  it('of what PostgreSQL cannot hold find nothing, and spoil nothing for the others', async () => {
    const { get, asked } = lookups(3);
    expect(await get('a\0')).toBeUndefined();
    expect(asked).toEqual([]);
  });
});
