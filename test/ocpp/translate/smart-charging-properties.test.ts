/** What must hold of limits on their whole way from a 2.1 CSMS to a station of any Version, and of what is remembered of them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { translators } from '../../../src/ocpp/translate/index.ts';
import type { Message, Payload } from '../../../src/ocpp/translate/outcome.ts';
import { message, runs } from '../../support/arbitrary.ts';
import { at, type Bridge, bridge } from '../../support/translation.ts';

const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });
const defined = (object: Payload): Payload =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));

/** Mostly what charges, now and then what does not. */
const number = fc.oneof(
  { weight: 8, arbitrary: fc.double({ min: 0, max: 50_000, noNaN: true }).map((value) => value || 0) },
  { weight: 1, arbitrary: fc.constantFrom(-5000, -0.1, 0, 16, 10.57) },
);
const rarely = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: 3 }).map((value) => value);
const discharge = fc.oneof(
  { weight: 8, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constantFrom(-1, 0) },
);
const mode = fc.oneof(
  { weight: 6, arbitrary: fc.constant(undefined) },
  { weight: 4, arbitrary: fc.constantFrom('ChargingOnly', 'CentralSetpoint', 'Idle') },
  { weight: 1, arbitrary: fc.constantFrom('ExternalSetpoint', 'ExternalLimits', 'LocalFrequency', 'CentralFrequency') },
);

const period = (startPeriod: fc.Arbitrary<number>): fc.Arbitrary<Payload> =>
  fc
    .record({
      startPeriod,
      limit: optional(number),
      limit_L2: rarely(number),
      limit_L3: rarely(number),
      setpoint: rarely(number),
      setpoint_L2: rarely(number),
      setpoint_L3: rarely(number),
      dischargeLimit: discharge,
      operationMode: mode,
      numberPhases: optional(fc.integer({ min: 1, max: 3 })),
    })
    .map(defined);

const profile: fc.Arbitrary<Payload> = fc
  .record({
    id: fc.integer({ min: 1, max: 3 }),
    stackLevel: fc.integer({ min: 0, max: 1 }),
    chargingProfilePurpose: fc.constantFrom('TxDefaultProfile', 'ChargingStationMaxProfile'),
    chargingProfileKind: fc.constantFrom('Relative', 'Absolute', 'Dynamic'),
    validFrom: optional(fc.constantFrom(at(0), at(10))),
    validTo: optional(fc.constantFrom(at(10), at(20))),
    dynUpdateInterval: optional(fc.constantFrom(0, 60, 300)),
    unit: fc.constantFrom('A', 'W'),
    duration: optional(fc.constantFrom(120, 3600)),
    periods: fc.array(period(fc.constantFrom(0, 0, 60, 120, 900)), { minLength: 1, maxLength: 3 }),
  })
  .map(({ unit, periods, duration, ...rest }) => {
    const dynamic = rest.chargingProfileKind === 'Dynamic';
    const chargingSchedulePeriod = dynamic ? [{ ...periods[0], startPeriod: 0 }] : periods;
    const { dynUpdateInterval, ...others } = rest;
    return defined({
      ...others,
      ...(dynamic ? { dynUpdateInterval } : {}),
      chargingSchedule: [defined({ id: 1, chargingRateUnit: unit, duration, chargingSchedulePeriod })],
    });
  });

const evseOf = ({ chargingProfilePurpose }: Payload): number =>
  chargingProfilePurpose === 'ChargingStationMaxProfile' ? 0 : 1;

/** The schedule in a SetChargingProfile of any Version. */
const scheduleIn = ({ payload }: Message): Payload =>
  payload.csChargingProfiles?.chargingSchedule ?? payload.chargingProfile.chargingSchedule[0];

/** The most that a period of 2.1 allows as one limit of an older Version; `undefined`: it discharges, or says no number. */
function most(given: Payload, unit: string): number | undefined {
  if (given.operationMode === 'Idle') return 0;
  if (['ExternalSetpoint', 'ExternalLimits', 'LocalFrequency', 'CentralFrequency'].includes(given.operationMode))
    return undefined;
  if (given.dischargeLimit < 0) return undefined;
  const all: number[] = [];
  for (const kind of ['limit', 'setpoint']) {
    const values = ['', '_L2', '_L3'].flatMap((phase) => (given[kind + phase] as number | undefined) ?? []);
    if (values.some((value) => value < 0)) return undefined;
    if (values.length === 0) continue;
    const perPhase = given[`${kind}_L2`] !== undefined || given[`${kind}_L3`] !== undefined;
    // A station divides watts by the phases in use: on none of them may be more than its own limit.
    const phases = unit === 'W' && perPhase ? (given.numberPhases ?? 3) : 1;
    all.push(Math.min(...values) * phases);
  }
  return all.length === 0 ? undefined : Math.min(...all);
}

describe.each(['1.6', '2.0.1'] as const)('any profile of a 2.1 CSMS for a station of %s', (version) => {
  it('never allows more than the CSMS does, and is never sent when it would discharge', () => {
    fc.assert(
      fc.property(profile, (chargingProfile) => {
        const b = bridge(version, '2.1', translators);
        const [schedule] = chargingProfile.chargingSchedule as Payload[];
        const unit = schedule?.chargingRateUnit as string;
        const given = schedule?.chargingSchedulePeriod as Payload[];
        const { calls } = b.fromCsms('SetChargingProfile', { evseId: evseOf(chargingProfile), chargingProfile });
        if (given.some((one) => most(one, unit) === undefined)) {
          expect(calls).toEqual([]);
          return;
        }
        for (const call of calls) {
          const periods = scheduleIn(call).chargingSchedulePeriod as Payload[];
          expect(periods).toHaveLength(given.length);
          for (const { startPeriod, limit } of periods) {
            const allowed = given.filter((one) => one.startPeriod === startPeriod).map((one) => most(one, unit) ?? 0);
            expect(limit).toBeGreaterThanOrEqual(0);
            expect(limit).toBeLessThanOrEqual(Math.max(...allowed) * (1 + 1e-9) + 1e-6);
          }
          if (version !== '1.6') continue;
          expect(periods[0]?.startPeriod).toBe(0);
          expect(periods).toEqual(periods.toSorted((a, b) => a.startPeriod - b.startPeriod));
          for (const { limit } of periods) expect(limit * 10).toBeCloseTo(Math.round(limit * 10), 6);
        }
      }),
      { numRuns: runs * 4 },
    );
  });

  it('never allows more by an update', () => {
    const number = period(fc.constant(0)).map(
      ({ startPeriod: _0, operationMode: _1, numberPhases: _2, ...rest }) => rest,
    );
    fc.assert(
      fc.property(period(fc.constant(0)), fc.array(number, { maxLength: 4 }), (first, updates) => {
        const b = bridge(version, '2.1', translators);
        let now = first;
        const check = (calls: readonly Message[], allowed: number | undefined): void => {
          for (const call of calls) {
            expect(allowed).toBeDefined();
            const [{ limit }] = scheduleIn(call).chargingSchedulePeriod as [Payload];
            expect(limit).toBeGreaterThanOrEqual(0);
            expect(limit).toBeLessThanOrEqual((allowed ?? 0) * (1 + 1e-9) + 1e-6);
          }
        };
        const chargingProfile = {
          id: 1,
          stackLevel: 0,
          chargingProfilePurpose: 'TxDefaultProfile',
          chargingProfileKind: 'Dynamic',
          chargingSchedule: [{ id: 1, chargingRateUnit: 'W', chargingSchedulePeriod: [first] }],
        };
        check(b.fromCsms('SetChargingProfile', { evseId: 1, chargingProfile }).calls, most(first, 'W'));
        for (const scheduleUpdate of updates) {
          b.now += 30_000;
          const run = b.fromCsms('UpdateDynamicSchedule', { chargingProfileId: 1, scheduleUpdate });
          if (run.answer?.status === 'Accepted') now = { ...now, ...scheduleUpdate };
          check(run.calls, most(now, 'W'));
        }
      }),
      { numRuns: runs * 2 },
    );
  });
});

type Step = readonly [action: string, payload: Payload] | readonly [wait: 'wait', seconds: number];

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: profile.map((one): Step => ['SetChargingProfile', { evseId: evseOf(one), chargingProfile: one }]),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.integer({ min: 1, max: 3 }), period(fc.constant(0)))
      .map(
        ([chargingProfileId, { limit = 6, setpoint }]): Step => [
          'UpdateDynamicSchedule',
          { chargingProfileId, scheduleUpdate: defined({ limit, setpoint }) },
        ],
      ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Step>(
      ['ClearChargingProfile', { chargingProfileId: 1 }],
      ['ClearChargingProfile', { chargingProfileCriteria: { stackLevel: 1 } }],
    ),
  },
  { weight: 1, arbitrary: fc.constant<Step>(['GetChargingProfiles', { requestId: 1, chargingProfile: {} }]) },
  { weight: 3, arbitrary: fc.constantFrom<Step>(['wait', 5], ['wait', 60], ['wait', 600]) },
);

/** Everything that becomes of the steps. */
function trace(b: Bridge, steps: readonly Step[], between: () => void): unknown {
  return steps.map(([what, how]) => {
    if (what === 'wait') b.now += (how as number) * 1000;
    const run = what === 'wait' ? undefined : b.fromCsms(what, how as Payload);
    between();
    const later = b.emitted().map(({ side, calls }) => [side, calls]);
    between();
    return [run?.calls, run?.answer, run?.refusal, later];
  });
}

it.each(['1.6', '2.0.1'] as const)('a restart between any two steps changes nothing, at a station of %s', (version) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const one = bridge(version, '2.1', translators);
      const other = bridge(version, '2.1', translators);
      expect(trace(other, steps, () => other.restart())).toEqual(trace(one, steps, () => undefined));
    }),
    { numRuns: runs * 2 },
  );
});

it('whatever a 2.0.1 CSMS sets at a 1.6 station is reported as it was set', () => {
  fc.assert(
    fc.property(message('2.0.1', 'SetChargingProfileRequest'), (request) => {
      const b = bridge('1.6', '2.0.1', translators);
      const { answer } = b.fromCsms('SetChargingProfile', request);
      b.restart();
      const { answer: asked } = b.fromCsms('GetChargingProfiles', { requestId: 1, chargingProfile: {} });
      const over = Date.parse(request.chargingProfile.validTo ?? at(1)) <= b.now;
      expect(asked?.status).toBe(answer?.status === 'Accepted' && !over ? 'Accepted' : 'NoProfiles');
      const reports = b.emitted().flatMap(({ calls }) => calls);
      if (asked?.status === 'Accepted') expect(reports[0]?.payload.chargingProfile).toEqual([request.chargingProfile]);
    }),
    { numRuns: runs * 2 },
  );
});
