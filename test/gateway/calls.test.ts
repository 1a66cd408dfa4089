import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Calls } from '../../src/gateway/calls.ts';
import { parseFrame, type VersionName, versionByName } from '../../src/ocpp/index.ts';

function setUp(name: VersionName = '2.1') {
  const version = versionByName(name);
  const sent: string[] = [];
  const calls = new Calls(version, (frame) => sent.push(frame));
  const deviations: string[] = [];
  const answer = (frame: unknown, tolerant = true): boolean => {
    const parsed = parseFrame(JSON.stringify(frame), version, tolerant);
    if (parsed.type !== 'CallResult' && parsed.type !== 'CallError') throw new Error(parsed.type);
    return calls.answered(parsed, tolerant, 0, (code) => deviations.push(code));
  };
  const reset = () => calls.call('id-1', version.actions.get('ClearCache')!, '{}', 1000);
  return { calls, sent, answer, reset, deviations, version };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a Call to a station', () => {
  it('is paired with its answer by its id', async () => {
    const { sent, answer, reset } = setUp();
    const reply = reset();
    expect(sent).toEqual(['[2,"id-1","ClearCache",{}]']);
    expect(answer([3, 'id-2', { status: 'Accepted' }])).toBe(false);
    expect(answer([3, 'id-1', { status: 'Accepted' }])).toBe(true);
    expect((await reply).result).toEqual({ payload: { status: 'Accepted' } });
    expect(answer([3, 'id-1', { status: 'Accepted' }])).toBe(false);
  });

  it('is alone', () => {
    const { reset } = setUp();
    void reset();
    expect(() => reset()).toThrow(/in flight/);
  });

  it('is uncertain when no answer comes in time, and makes room for the next', async () => {
    const { answer, reset } = setUp();
    const reply = reset();
    vi.advanceTimersByTime(1000);
    expect((await reply).result.failure).toMatchObject({ condition: 'GenericError', uncertain: true });
    expect(answer([3, 'id-1', { status: 'Accepted' }])).toBe(false);
    const next = reset();
    answer([3, 'id-1', { status: 'Accepted' }]);
    expect((await next).result.failure).toBeUndefined();
  });

  it('is uncertain when the connection is lost', async () => {
    const { calls, reset } = setUp();
    const reply = reset();
    calls.close();
    calls.close();
    expect((await reply).result.failure).toMatchObject({ uncertain: true });
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([
    'FormationViolation',
    'FormatViolation',
    'OccurenceConstraintViolation',
    'OccurrenceConstraintViolation',
    'Whatever',
  ])('fails by a CallError %s, however short it is', async (code) => {
    const { answer, reset } = setUp('1.6');
    const reply = reset();
    expect(answer([4, 'id-1', code])).toBe(true);
    const { failure } = (await reply).result;
    expect(failure).toMatchObject({ description: code });
    expect(failure?.uncertain).toBeUndefined();
  });

  it('that is answered with what is no answer fails, and 2.1 hears of it', async () => {
    for (const name of ['1.6', '2.0.1', '2.1'] as const) {
      const { answer, reset, sent } = setUp(name);
      const reply = reset();
      answer([3, 'id-1', { status: 'Perhaps' }]);
      expect((await reply).result.failure).toMatchObject({ condition: 'FormatViolation' });
      expect(sent.slice(1).map((frame) => JSON.parse(frame).slice(0, 3))).toEqual(
        name === '2.1' ? [[5, 'id-1', 'PropertyConstraintViolation']] : [],
      );
    }
  });

  it('that is answered with what cannot be read fails at once', async () => {
    const { calls, reset } = setUp();
    const reply = reset();
    calls.unusable('id-7', 'another one');
    calls.unusable('id-1', 'the CallResult has no object as payload');
    expect((await reply).result.failure).toEqual({
      condition: 'FormatViolation',
      description: 'the CallResult has no object as payload',
    });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is answered tolerantly or not', async () => {
    const { answer, reset, deviations } = setUp('1.6');
    const reply = reset();
    answer([3, 'id-1', { status: 'accepted', vendor: 1 }]);
    expect((await reply).result).toEqual({ payload: { status: 'Accepted' } });
    expect(deviations.length).toBeGreaterThan(0);
    const strict = reset();
    answer([3, 'id-1', { status: 'accepted' }], false);
    expect((await strict).result.failure).toBeDefined();
  });
});
