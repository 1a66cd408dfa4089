import { describe, expect, test } from 'vitest';
import { measure } from '../../bench/translation/measure.ts';
import { translationTable } from '../../bench/translation/report.ts';
import { scripts } from '../../bench/translation/scripts.ts';

describe('the bench of a chain of two translations', () => {
  const results = Object.fromEntries(scripts.map((script) => [script.name, measure(script, 1, 550)]));

  test('translates every message of its scripts into valid ones, as they would be in the field', () => {
    const calls = Object.entries(results).map(([name, measured]) => [name, measured.calls]);
    expect(Object.fromEntries(calls)).toEqual({
      'meter-values': 1,
      // Of eleven messages, Finishing after the end says nothing new.
      'transaction-up': expect.closeTo(10 / 11, 2),
      'transaction-event': 1,
      // Of seven events, the first and the last tell of the connector too, and the last of nothing else.
      'transaction-down': expect.closeTo(10 / 7, 2),
    });
    for (const { stored } of Object.values(results)) expect(stored).toBeGreaterThan(10);
  });

  test('prints its figures', () => {
    expect(translationTable(results)).toMatch(/^1\.6 → 2\.0\.1 → 2\.1: MeterValues .* 1\.00 /m);
  });
});
