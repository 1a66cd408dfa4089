/**
 * What holds for every one of the forty tricky cases, whatever else it shows:
 * - every message that is made is valid against the official schema of its Version (`bridge` sees to it);
 * - a new process between any two steps, or between all of them, goes on as the old one would have, and ends with the same state;
 * - all that was said said once more begins no second transaction.
 */
import { describe, expect, test } from 'vitest';
import { identityOf } from '../../src/gateway/identity.ts';
import type { Message, Payload } from '../../src/ocpp/translate/outcome.ts';
import { type VersionName, versionByName } from '../../src/ocpp/versions/index.ts';
import type { Bridge, EmittedRun, Run } from './translation.ts';

/** What a Call of a side, or the time that passed, led to. */
type Step = { readonly said?: Message & { readonly by: 'station' | 'csms' }; readonly runs: readonly Run[] };

/** The bridge with an eye on what goes over it. */
function watched(b: Bridge, beforeStep: (step: number) => void): { readonly bridge: Bridge; readonly steps: Step[] } {
  const steps: Step[] = [];
  const put = (by: 'station' | 'csms', send: Bridge['fromStation']): Bridge['fromStation'] => {
    return (action, payload, ...replies) => {
      beforeStep(steps.length);
      const run = send(action, payload, ...replies);
      steps.push({ said: { by, action, payload }, runs: [run] });
      return run;
    };
  };
  const functions: Partial<Bridge> = {
    fromStation: put('station', b.fromStation),
    fromCsms: put('csms', b.fromCsms),
    emitted(...replies): readonly EmittedRun[] {
      beforeStep(steps.length);
      const runs = b.emitted(...replies);
      steps.push({ runs });
      return runs;
    },
  };
  const bridge = new Proxy(b, {
    get: (target, name) => Reflect.get(name in functions ? functions : target, name),
  });
  return { bridge, steps };
}

/** The transactions that a CSMS has been told of: by their id where the station gives it, else by what began them. */
const begun = (runs: readonly Run[]): ReadonlySet<string> =>
  new Set(
    runs.flatMap(({ calls }) =>
      calls.flatMap(({ action, payload }) => {
        if (action === 'TransactionEvent') return [payload.transactionInfo.transactionId as string];
        return action === 'StartTransaction' ? [JSON.stringify(payload)] : [];
      }),
    ),
  );

/** Everything that is remembered, in an order of its own. */
const remembered = (b: Bridge): readonly string[] =>
  b.state
    .all()
    .map(({ table, key, value }) => `${table} ${key} ${value}`)
    .sort();

/** The station sends all its Calls again; the gateway has the answers to those that stations repeat, and gives them once more. */
function replay(station: VersionName, b: Bridge, steps: readonly Step[]): readonly Run[] {
  const { actions } = versionByName(station);
  const answered = new Set<string>();
  const identity = ({ action, payload }: Message): string | undefined => {
    const known = actions.get(action);
    return known === undefined ? undefined : identityOf(known, payload, JSON.stringify(payload));
  };
  for (const { said, runs } of steps) {
    if (said?.by !== 'station' || runs[0]?.answer === undefined) continue;
    const same = identity(said);
    if (same !== undefined) answered.add(same);
  }
  return steps.flatMap(({ said }): readonly Run[] => {
    if (said === undefined) return b.emitted();
    if (said.by === 'csms') return [b.fromCsms(said.action, said.payload)];
    const same = identity(said);
    return same !== undefined && answered.has(same) ? [] : [b.fromStation(said.action, said.payload)];
  });
}

/**
 * One of the tricky cases, as a test of this name: `scenario` as it is written, with restarts, and with everything said twice.
 * @param station the Version of the station
 * @param make a new bridge between the two sides
 * @param scenario what is said, and what is expected of it; it must not depend on anything but its bridge
 */
export function trickyCase(
  name: string,
  station: VersionName,
  make: () => Bridge,
  scenario: (b: Bridge) => void,
): void {
  describe(name, () => {
    const play = (beforeStep: (step: number, b: Bridge) => void) => {
      const b = make();
      const { bridge, steps } = watched(b, (step) => beforeStep(step, b));
      scenario(bridge);
      return { b, steps, outcome: JSON.parse(JSON.stringify({ steps, state: remembered(b) })) as Payload };
    };

    test('as it is told', () => {
      play(() => undefined);
    });

    test('with a new process between any two steps, and between all of them', () => {
      const { outcome, steps } = play(() => undefined);
      for (let at = 0; at < steps.length; at++) {
        const { outcome: other } = play((step, b) => step === at && b.restart());
        expect(other, `after a restart before step ${at + 1}`).toEqual(outcome);
      }
      expect(play((_step, b) => b.restart()).outcome, 'after a restart before every step').toEqual(outcome);
    });

    test('said twice, it begins no second transaction', () => {
      const { b, steps } = play(() => undefined);
      const before = begun(steps.flatMap(({ runs }) => runs));
      b.otherwise = undefined;
      const again = begun(replay(station, b, steps));
      expect([...again].filter((one) => !before.has(one))).toEqual([]);
    });
  });
}
