import { describe, expect, it } from 'vitest';
import { killRounds } from '../../bench/kill9/rounds.ts';
import { testDatabases } from '../support/databases.ts';

/** A few rounds here; `node bench/kill9.ts --rounds 20` is the long run. */
describe.each(await testDatabases())('kill -9 under load, on $name', ({ name }) => {
  it('leaves every answered transaction message there, once', { timeout: 180_000 }, async () => {
    const store = name === 'PostgreSQL' ? 'postgres' : 'embedded';
    const report = await killRounds({ store, rounds: 2, stations: 5, seed: 7 });
    expect(report).toMatchObject({ missing: [], twice: [], wrong: [] });
    expect(report.messages).toBeGreaterThan(50);
    expect(report.resent).toBeGreaterThan(0);
  });
});
