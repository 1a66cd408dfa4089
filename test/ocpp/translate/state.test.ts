import { describe, expect, it } from 'vitest';
import { TranslationState } from '../../../src/ocpp/translate/state.ts';

describe('TranslationState', () => {
  it('gives out each changed row once, in its last form', () => {
    const state = new TranslationState([{ table: 'a', key: '1', value: '{"n":1}' }]);
    state.set('a', '1', { n: 2 });
    state.set('a', '1', { n: 3 });
    state.set('b', '2', 4);
    state.delete('b', 'never there');
    expect(state.takeChanges()).toEqual([
      { table: 'a', key: '1', value: '{"n":3}' },
      { table: 'b', key: '2', value: '4' },
    ]);
    expect(state.takeChanges()).toEqual([]);
    state.delete('a', '1');
    expect(state.takeChanges()).toEqual([{ table: 'a', key: '1', value: null }]);
  });

  it('a row that came and went between two commits is no change', () => {
    const state = new TranslationState([{ table: 'a', key: '1', value: '1' }]);
    state.set('a', '2', 2);
    state.delete('a', '2');
    expect(state.isChanged).toBe(false);
    expect(state.takeChanges()).toEqual([]);
    // One that was stored, and one that came again, are.
    state.delete('a', '1');
    state.set('a', '2', 2);
    state.takeChanges();
    state.delete('a', '2');
    state.set('a', '2', 3);
    expect(state.takeChanges()).toEqual([{ table: 'a', key: '2', value: '3' }]);
    state.delete('a', '2');
    expect(state.takeChanges()).toEqual([{ table: 'a', key: '2', value: null }]);
  });

  it('lets the oldest row go beyond the limit', () => {
    const state = new TranslationState();
    for (const key of ['1', '2', '3']) state.set('a', key, key, 2);
    expect([...state.rows('a')].map(([key]) => key)).toEqual(['2', '3']);
    expect(state.takeChanges().map(({ key }) => key)).toEqual(['2', '3']);
  });
});
