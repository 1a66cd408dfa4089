import { describe, expect, test } from 'vitest';
import { Generator, type World } from '../../bench/properties/generate.ts';
import { propertiesTable, soakTable } from '../../bench/properties/report.ts';
import { ANY, actionsOf, type Unit, UnitRun } from '../../bench/properties/unit.ts';
import { pairs, units } from '../../bench/properties/units.ts';
import { translators } from '../../src/ocpp/translate/index.ts';
import { answer, forward, type Outcome, type Payload } from '../../src/ocpp/translate/outcome.ts';
import type { Translator } from '../../src/ocpp/translate/translator.ts';
import { versions } from '../../src/ocpp/versions/index.ts';
import { Random } from '../../src/station/random.ts';

const world: World = { now: Date.UTC(2026, 0, 1), ids: ['T1'], lastTransactionId: 3 };

describe('generated messages', () => {
  for (const version of versions) {
    test(`of ${version.name} are valid, odd ones and ordinary ones`, () => {
      const generator = new Generator(version.name);
      const random = new Random(5);
      for (const { name, request, response } of version.actions.values()) {
        for (const [part, validate] of [['Request', request] as const, ['Response', response] as const]) {
          for (let n = 0; validate !== undefined && n < 30; n++) {
            const payload = generator.message(`${name}${part}`, random, world, n % 3 === 0);
            expect(validate(payload), `${name}${part} ${JSON.stringify(validate.errors)}`).toBe(true);
          }
        }
      }
    });
  }
});

const unit: Unit = { station: '1.6', csms: '2.0.1', side: 'station', action: 'Heartbeat' };

/** The 1.6-2.0.1 translator with another outcome of Heartbeats. */
const broken = (outcome: (payload: Payload, state: Parameters<Translator['outcome']>[3]) => Outcome) =>
  translators.map(
    (each): Translator => ({
      ...each,
      outcome: (direction, initiator, call, context) =>
        call.action === 'Heartbeat'
          ? outcome(call.payload, context)
          : each.outcome(direction, initiator, call, context),
    }),
  );

const now = '2026-01-01T00:00:00Z';
const found = (own: readonly Translator[], messages = 20): string =>
  new UnitRun(unit, 1, own).run(messages).found[0]?.error ?? 'nothing';

describe('a unit', () => {
  test('run again does the same again', () => {
    const run = () => new UnitRun({ ...unit, action: ANY }, 4).run(300);
    const [first, second] = [run(), run()];
    expect({ ...second, seconds: 0 }).toEqual({ ...first, seconds: 0 });
    expect(first).toMatchObject({ messages: 300, found: [] });
    expect(first.calls).toBeGreaterThan(100);
    expect(new UnitRun({ ...unit, action: ANY }, 5).run(300).calls).not.toBe(first.calls);
  });

  test('finds what does not hold', () => {
    const beat = (payload: Payload, then = () => answer({ currentTime: now })) =>
      forward('Heartbeat', payload, then, then);
    expect(found(translators)).toBe('nothing');
    expect(found(broken(() => beat({ x: 1 })))).toContain('that was made is not valid: /: has the unknown property x');
    expect(found(broken(() => forward('Reset', { type: 'Immediate' }, answer)))).toContain(
      'no Call that OCPP 2.0.1 sends',
    );
    expect(found(broken(() => answer({})))).toContain('answer is not valid: /: lacks currentTime');
    const endless = (): Outcome => beat({}, endless);
    expect(found(broken(endless))).toContain('a Call has no end');
    expect(
      found(
        broken((payload) => {
          payload.x = 1;
          return beat({});
        }),
      ),
    ).toContain("the caller's payload was changed");
    expect(
      found(
        broken(() => {
          throw new TypeError('undefined is not an object');
        }),
      ),
    ).toContain('undefined is not an object');
  });

  test('finds memory that grows without end, or is changed without being stored', () => {
    let count = 0;
    const growing = broken((_payload, { state }) => {
      for (let n = 0; n < 300; n++) state.set('beats', String(++count), 1, Number.POSITIVE_INFINITY);
      return answer({ currentTime: now });
    });
    expect(found(growing)).toContain('the table beats has 2100 rows');
    const changing = broken((_payload, { state }) => {
      const beat = state.get<{ count: number }>('beat', 'last');
      if (beat === undefined) state.set('beat', 'last', { count: 0 });
      else beat.count++;
      return answer({ currentTime: now });
    });
    expect(found(changing, 600)).toMatch(/state beat last is {"count":\d+} in memory, and stored as {"count":0}/);
  });

  test('tells of one message what happened to it', () => {
    const lines: string[] = [];
    new UnitRun(unit, 1).run(20, { index: 7, watch: (line, data) => lines.push(`${line} ${JSON.stringify(data)}`) });
    expect(lines.filter((line) => line.startsWith('station 1.6 Heartbeat'))).toHaveLength(1);
    expect(lines.some((line) => line.includes('1.6-2.0.1'))).toBe(true);
  });
});

describe('the whole run', () => {
  test('has every ordered pair of versions, and every Action of both sides', () => {
    expect(pairs()).toHaveLength(versions.length * (versions.length - 1));
    const own = units({ pair: '1.6:2.1' });
    expect(own).toHaveLength(actionsOf('1.6', 'station').length + actionsOf('2.1', 'csms').length + 1);
    expect(units({ pair: '1.6:2.1', action: 'csms/DataTransfer' })).toHaveLength(1);
    expect(units({ pair: '1.6:2.1', action: 'DataTransfer' })).toHaveLength(2);
    expect(units({ pair: '1.6:1.6' })).toEqual([]);
  });

  test('prints its results', () => {
    const results = [new UnitRun(unit, 1).run(10), new UnitRun({ ...unit, action: ANY }, 1).run(10)];
    expect(propertiesTable(results)).toMatch(/^1\.6 station, 2\.0\.1 CSMS +2 /m);
    expect(soakTable(results)).toMatch(/^1\.6 station, 2\.0\.1 CSMS /m);
  });
});
