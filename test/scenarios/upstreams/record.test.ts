import { describe, expect, it } from 'vitest';
import { outageRounds } from '../../../bench/upstream/rounds.ts';

/** A few rounds here; `node bench/upstream.ts` is the long run. */
describe.each(['1.6', '2.0.1'] as const)(
  'an upstream of %s that goes and comes back, under a gateway that is killed',
  (upstream) => {
    it('has the record that its stations have, message by message', { timeout: 180_000 }, async () => {
      const report = await outageRounds({ store: 'embedded', upstream, outages: 2, kills: 1, stations: 2, seed: 11 });
      expect(report).toMatchObject({ missing: [], twice: [], wrong: [] });
      expect(report.messages).toBeGreaterThan(50);
    });
  },
);
