import { describe, expect, it } from 'vitest';
import { Answers, settle } from '../../src/gateway/answers.ts';

describe('the first answers', () => {
  it('are those that were stored', () => {
    const answers = new Answers([{ identity: 'a', payload: '{}' }], false);
    expect(answers.get('a')?.payload).toBe('{}');
    expect(answers.get('b')).toBeUndefined();
    expect(answers.truncated).toBe(false);
  });

  it('are told to those who asked while they were being stored', () => {
    const answers = new Answers([], false);
    const answer = answers.begin('a');
    expect(answers.get('a')).toBe(answer);
    expect(answer.payload).toBeUndefined();
    const told: (string | undefined)[] = [];
    answer.waiting = [(payload) => told.push(payload), (payload) => told.push(payload)];
    settle(answer, '{"x":1}');
    expect(told).toEqual(['{"x":1}', '{"x":1}']);
    expect(answers.get('a')?.payload).toBe('{"x":1}');
  });

  it('are forgotten when they could not be stored', () => {
    const answers = new Answers([], false);
    const told: (string | undefined)[] = [];
    answers.begin('a').waiting = [(payload) => told.push(payload)];
    answers.failed('a');
    expect(told).toEqual([undefined]);
    expect(answers.get('a')).toBeUndefined();
    answers.failed('unknown');
  });

  it('are kept up to a bound, and then say that there are more', () => {
    const answers = new Answers([], false);
    for (let n = 0; n < 1000; n++) answers.stored(String(n), '{}');
    expect(answers.truncated).toBe(true);
    expect(answers.get('0')).toBeUndefined();
    expect(answers.get('999')?.payload).toBe('{}');
    const many = Array.from({ length: 1000 }, (_, n) => ({ identity: String(n), payload: '{}' }));
    const loaded = new Answers(many, false);
    expect(loaded.get('999')).toBeDefined();
    expect(loaded.get('0') !== undefined || loaded.truncated).toBe(true);
  });
});
