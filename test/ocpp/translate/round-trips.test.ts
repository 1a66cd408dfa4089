/**
 * There and back: what an Action says in one Version is said again after it went through a neighbour Version, field by field as
 * the rows promise it (`same`, enum tables, conversions). Between a station and a CSMS of one Version stand two translations, and
 * between those the other Version. What does not survive stands in {@link losses}, with the reason; an entry that is not needed
 * any more fails as well.
 */
import { describe, expect, it } from 'vitest';
import { Generator, type World } from '../../../bench/properties/generate.ts';
import { Chain } from '../../../src/ocpp/translate/chain.ts';
import { defaultSettings, type Environment, type Side } from '../../../src/ocpp/translate/context.ts';
import { translators } from '../../../src/ocpp/translate/index.ts';
import type { Message, Outcome, Payload, Result } from '../../../src/ocpp/translate/outcome.ts';
import type { Rows } from '../../../src/ocpp/translate/rows.ts';
import { TranslationState } from '../../../src/ocpp/translate/state.ts';
import type { Pair, Translator } from '../../../src/ocpp/translate/translator.ts';
import type { Version } from '../../../src/ocpp/versions/index.ts';
import { Random } from '../../../src/station/random.ts';
import { losses, preparations, severalCalls } from '../../support/round-trips.ts';
import { type Age, compare } from '../../support/survival.ts';

/** Messages of each Action. */
const RUNS = 60;
const other = { older: 'newer', newer: 'older' } as const;
const now = Date.UTC(2026, 0, 1, 12);

const generators = new Map<Version, Generator>();
function generatorOf(version: Version): Generator {
  const generator = generators.get(version) ?? new Generator(version.name);
  generators.set(version, generator);
  return generator;
}

/** @param clock tells the ids of several environments apart */
function environment(clock: string): Environment {
  let ids = 0;
  return {
    state: new TranslationState(),
    settings: defaultSettings,
    now: () => now,
    connectedSince: () => now - 3_600_000,
    newId: () => `00000000-0000-4000-${clock}-${String(++ids).padStart(12, '0')}`,
    nextTransactionId: () => ++ids,
    dropped: () => undefined,
  };
}

/** What a Call led to. */
interface Passage {
  /** The Calls in the Version between. */
  readonly between: readonly Message[];
  /** The Calls at the other end, and what was answered to them. */
  readonly arrived: readonly { readonly call: Message; readonly reply: Payload }[];
  readonly answer: Payload | undefined;
}

/** A station and a CSMS of one Version with another one between them. */
class Sandwich {
  readonly #near: Chain;
  readonly #far: Chain;

  constructor(outer: Version, between: Version, own: readonly Translator[]) {
    this.#near = new Chain(outer, between, own, environment('8000'));
    this.#far = new Chain(between, outer, own, environment('9000'));
  }

  call(from: Side, call: Message, reply: (call: Message) => Payload): Passage {
    const [first, second] = from === 'station' ? [this.#near, this.#far] : [this.#far, this.#near];
    const between: Message[] = [];
    const arrived: { call: Message; reply: Payload }[] = [];
    const end = drive(first.call(from, call), (middle) => {
      between.push(middle);
      const result = drive(second.call(from, middle), (last) => {
        const payload = reply(last);
        arrived.push({ call: last, reply: payload });
        return { payload };
      });
      return result.kind === 'answer' ? { payload: result.payload } : { failure: result.failure };
    });
    return { between, arrived, answer: end.kind === 'answer' ? end.payload : undefined };
  }
}

function drive(outcome: Outcome, put: (call: Message) => Result): Exclude<Outcome, { kind: 'forward' }> {
  let at = outcome;
  while (at.kind === 'forward') at = at.resume(put(at.call));
  return at;
}

const world: World = { now, ids: [], lastTransactionId: 1 };

interface Trips {
  /** Messages that got through as the pair has it. */
  readonly crossed: number;
  /** What did not come back, as in {@link losses} → an example. */
  readonly lost: Readonly<Record<string, string>>;
}

function roundTrips(between: Translator, pair: Pair, age: Age, side: Side): Trips {
  const [outer, middle] = [between[age], between[other[age]]];
  const action = pair[age] as string;
  const way = `${outer.name} → ${middle.name} ${action}`;
  const preparation = preparations[`${way} ↔ ${pair[other[age]]}`] ?? preparations[way];
  const lost: Record<string, string> = {};
  let crossed = 0;
  for (let run = 0; run < RUNS; run++) {
    const random = new Random(`${way} ${side} ${run}`);
    const sandwich = new Sandwich(outer, middle, [between]);
    const reply = (call: Message): Payload =>
      outer.actions.get(call.action)?.response === undefined
        ? {}
        : generatorOf(outer).message(`${call.action}Response`, random, world, true);
    const before = (preparation?.before ?? []).map(([from, call]) => sandwich.call(from, call, reply));
    const made = generatorOf(outer).message(`${action}Request`, random, world, true);
    const payload = preparation?.adjust?.(made, before) ?? made;
    const passage = sandwich.call(side, { action, payload }, reply);
    const ends = passage.arrived.filter(({ call }) => call.action === action);
    if (ends.length === 0 || !passage.between.some((call) => call.action === pair[other[age]])) continue;
    crossed++;
    const changes = [
      // Where one message became several, the one that says most of it counts.
      ...least(ends.map(({ call }) => changed(`${way} request`, pair.request, age, payload, call.payload))),
      ...(passage.arrived.length === 1 && passage.answer !== undefined
        ? changed(`${way} response`, pair.response, age, (ends[0] as (typeof ends)[0]).reply, passage.answer)
        : []),
    ];
    for (const { key, example, whole } of changes) {
      const loss = losses[key];
      // An entry of the list that does not fit this message excuses nothing.
      if (loss !== undefined && (loss.when?.(whole) ?? true)) lost[key] ??= example;
      else lost[`${key} (in ${JSON.stringify(whole)})`] = example;
    }
  }
  return { crossed, lost };
}

interface Change {
  /** As in {@link losses}. */
  readonly key: string;
  readonly example: string;
  /** The message as it was sent. */
  readonly whole: Payload;
}

/** Fields that are not the same again. */
function changed(part: string, rows: Rows, age: Age, before: Payload, after: Payload): readonly Change[] {
  const changes: Change[] = [];
  compare(rows, age, before, after, (path, value, expected, now) => {
    // Better than the table promises is well, too.
    if ([expected, value].some((fine) => JSON.stringify(now) === JSON.stringify(fine))) return;
    const example = `${JSON.stringify(value)} → ${JSON.stringify(now)}`;
    changes.push({ key: `${part} ${path}`, example, whole: before });
  });
  return changes;
}

const least = (candidates: readonly (readonly Change[])[]): readonly Change[] =>
  candidates.toSorted((a, b) => a.length - b.length)[0] ?? [];

const found = new Set<string>();

for (const between of translators) {
  for (const age of ['older', 'newer'] as const) {
    const [outer, middle] = [between[age].name, between[other[age]].name];
    describe(`${outer} → ${middle} → ${outer}`, () => {
      for (const pair of between.pairs) {
        if (pair.older === null || pair.newer === null) continue;
        const name = `${pair[age]} ↔ ${pair[other[age]]}`;
        for (const side of pair.initiator === 'both' ? (['station', 'csms'] as const) : [pair.initiator]) {
          it(`${name} of the ${side}`, () => {
            const { crossed, lost } = roundTrips(between, pair, age, side);
            for (const key of Object.keys(lost)) found.add(key);
            expect(Object.entries(lost).filter(([key]) => losses[key] === undefined)).toEqual([]);
            const why = severalCalls[`${outer} → ${middle} ${name}`];
            expect(crossed > 0, `${crossed} of ${RUNS} got through as one Call`).toBe(why === undefined);
          });
        }
      }
    });
  }
}

it('lists no loss that is none', () => {
  expect(Object.keys(losses).filter((key) => !found.has(key))).toEqual([]);
});

describe('the check itself', () => {
  const between = translators.find(({ older }) => older.name === '1.6') as Translator;
  const boot = between.pairs.find(({ older }) => older === 'BootNotification') as Pair;
  const tampered = (change: (payload: Payload) => Payload): Translator => ({
    ...between,
    outcome(direction, initiator, call, context) {
      const outcome = between.outcome(direction, initiator, call, context);
      if (outcome.kind !== 'forward' || direction === 'down') return outcome;
      return { ...outcome, call: { ...outcome.call, payload: change(outcome.call.payload) } };
    },
  });
  const complaints = (own: Translator): readonly string[] =>
    Object.keys(roundTrips(own, boot, 'older', 'station').lost)
      .map((key) => key.replace(/ \(in .*/, ''))
      .filter((key) => losses[key] === undefined);

  it('finds a field that is no longer mapped, or mapped to something else', () => {
    expect(complaints(between)).toEqual([]);
    const without = tampered(({ chargingStation: { firmwareVersion: _lost, ...rest }, ...more }) => ({
      ...more,
      chargingStation: rest,
    }));
    expect(new Set(complaints(without))).toEqual(new Set(['1.6 → 2.0.1 BootNotification request firmwareVersion']));
    const other = tampered((payload) => ({ ...payload, chargingStation: { ...payload.chargingStation, model: 'X' } }));
    expect(new Set(complaints(other))).toEqual(new Set(['1.6 → 2.0.1 BootNotification request chargePointModel']));
  });
});
