/** What must hold for every message whatsoever that a Chain translates, whichever Versions it joins. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { Chain } from '../../src/ocpp/translate/chain.ts';
import { defaultSettings, type Side, type TranslationSettings } from '../../src/ocpp/translate/context.ts';
import type { Outcome, Payload, Result } from '../../src/ocpp/translate/outcome.ts';
import { TranslationState } from '../../src/ocpp/translate/state.ts';
import type { Translator } from '../../src/ocpp/translate/translator.ts';
import { describeError, type Validate } from '../../src/ocpp/validate.ts';
import { type ErrorCondition, type Version, type VersionName, versionByName } from '../../src/ocpp/versions/index.ts';
import { message, runs } from './arbitrary.ts';
import { smallest } from './schemas.ts';

/** A station and a CSMS whose every message is random. State lasts from one message to the next. */
export interface RandomBridge {
  /** The Actions that a side may call, in its Version. */
  actions(side: Side): readonly string[];
  /** Puts random Calls of an Action through, with random answers. @throws Error when something invalid is made */
  holds(side: Side, action: string): void;
  /** Rows that the translation state holds. */
  stateSize(): number;
}

/** More Calls than this for one Call is a loop. */
const MOST = 200;
const conditions: readonly ErrorCondition[] = [
  'NotSupported',
  'InternalError',
  'PropertyConstraintViolation',
  'GenericError',
];

export function randomBridge(
  station: VersionName,
  csms: VersionName,
  translators: readonly Translator[],
  settings: Partial<TranslationSettings> = {},
): RandomBridge {
  const versions = { station: versionByName(station), csms: versionByName(csms) };
  const state = new TranslationState();
  const rows = new Set<string>();
  let ids = 0;
  let now = Date.UTC(2026, 0, 1);
  const chain = new Chain(versions.station, versions.csms, translators, {
    state,
    settings: { ...defaultSettings, ...settings },
    now: () => now,
    connectedSince: () => now,
    newId: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`,
    nextTransactionId: () => ++ids,
    dropped: () => undefined,
  });

  function answerOf(version: Version, action: string, seed: number): Result {
    if (seed % 7 === 0) {
      return {
        failure: {
          condition: conditions[(seed >>> 3) % conditions.length] as ErrorCondition,
          description: 'random',
          uncertain: seed % 2 === 0,
        },
      };
    }
    if (version.actions.get(action)?.response === undefined) return { payload: {} };
    const name = `${action}Response`;
    const [payload = smallest(version.name, name)] = fc.sample(message(version.name, name), { seed, numRuns: 1 });
    return { payload };
  }

  /** Drives an outcome of a Call to its end. `to`: who gets what is forwarded. */
  function drive(outcome: Outcome, to: Side, seed: number): Outcome {
    let at = outcome;
    for (let calls = 0; at.kind === 'forward'; calls++) {
      if (calls > MOST) throw new Error('a Call has no end');
      const { action, payload } = at.call;
      const known = versions[to].actions.get(action);
      if (known === undefined) throw new Error(`OCPP ${versions[to].name} has no Action ${action}`);
      check(known.request, `${versions[to].name} ${action}`, payload);
      at = at.resume(answerOf(versions[to], action, seed + calls * 13));
    }
    return at;
  }

  return {
    actions: (side) =>
      [...versions[side].actions.values()]
        .filter(({ initiator }) => initiator === side || initiator === 'both')
        .map(({ name }) => name),
    holds(side, action) {
      const from = versions[side];
      const to = side === 'station' ? 'csms' : 'station';
      fc.assert(
        fc.property(message(from.name, `${action}Request`), fc.nat(), (payload, seed) => {
          // Now and then much time passes, for what is to be done later.
          now += seed % 50 === 0 ? 3_600_000 : 1000;
          const before = JSON.stringify(payload);
          check(from.actions.get(action)?.request, `the arbitrary ${from.name} ${action}`, payload);
          const end = drive(chain.call(side, { action, payload }), to, seed);
          const { response } = from.actions.get(action) ?? {};
          if (end.kind === 'answer' && response !== undefined)
            check(response, `${from.name} ${action} answer`, end.payload);
          expect(JSON.stringify(payload), 'the payload is the caller’s').toBe(before);
          for (let batch = chain.due(now); batch.length > 0; batch = chain.due(now)) {
            for (const { side, begin, done } of batch) {
              drive(begin(), side, seed);
              done();
            }
          }
          for (const change of state.takeChanges()) {
            if (change.value === null) rows.delete(`${change.table} ${change.key}`);
            else rows.add(`${change.table} ${change.key}`);
          }
        }),
        { numRuns: runs },
      );
    },
    stateSize: () => rows.size,
  };
}

function check(validate: Validate | undefined, what: string, payload: Payload): void {
  if (validate === undefined) throw new Error(`${what}: there is no such message`);
  if (validate(JSON.parse(JSON.stringify(payload)))) return;
  throw new Error(`${what} is not valid: ${(validate.errors ?? []).map(describeError).join('; ')}`);
}
