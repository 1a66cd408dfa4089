import { describe, expect, test } from 'vitest';
import { generators } from '../../bench/fuzz/generate.ts';
import { drawMutation, mutations } from '../../bench/fuzz/mutations.ts';
import { Random } from '../../src/station/random.ts';

describe('generated requests', () => {
  for (const generator of generators()) {
    test(`of ${generator.version.name} are valid, every Action`, () => {
      const random = new Random(3);
      for (const action of generator.actions) {
        const { request } = generator.version.actions.get(action)!;
        for (let n = 0; n < 20; n++) {
          const payload = generator.request(action, random);
          expect(request(payload), `${action} ${JSON.stringify(payload)} ${JSON.stringify(request.errors)}`).toBe(true);
        }
      }
    });
  }
});

describe('mutations', () => {
  const call = { id: 'f-1', action: 'Heartbeat', payload: { a: [1, { b: 'x' }], c: 'y' } };

  test.each(mutations.map((mutation) => [mutation.name, mutation] as const))(
    '%s: the same seed gives the same bytes',
    (_, mutation) => {
      const bytes = mutation.frames(call, new Random(5));
      expect(bytes.length).toBeGreaterThan(1);
      expect(mutation.frames(call, new Random(5)).equals(bytes)).toBe(true);
      expect(call.payload).toEqual({ a: [1, { b: 'x' }], c: 'y' });
    },
  );

  test('every one of them is drawn', () => {
    const random = new Random(1);
    const drawn = new Set(Array.from({ length: 20_000 }, () => drawMutation(random).name));
    expect(drawn.size).toBe(mutations.length);
  });
});
