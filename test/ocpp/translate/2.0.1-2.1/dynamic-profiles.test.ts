/** Dynamic charging profiles of a 2.1 CSMS at stations that have none. */
import { describe, expect, it } from 'vitest';
import { between201and21 } from '../../../../src/ocpp/translate/2.0.1-2.1/index.ts';
import type { TranslationSettings } from '../../../../src/ocpp/translate/context.ts';
import type { Payload } from '../../../../src/ocpp/translate/outcome.ts';
import {
  at,
  type Bridge,
  bridge,
  crash,
  type EmittedRun,
  failure,
  type Reply,
  type Run,
} from '../../../support/translation.ts';

const make = (settings: Partial<TranslationSettings> = {}): Bridge =>
  bridge('2.0.1', '2.1', [between201and21], settings);
const accepted = { status: 'Accepted' };
const refused = { status: 'Rejected' };
const rejected = (reasonCode: string): Payload => ({ status: 'Rejected', statusInfo: { reasonCode } });
const silence = failure('GenericError', true);

const profile = (more: Payload = {}, schedule: Payload = {}, period: Payload = { limit: 16 }): Payload => ({
  id: 1,
  stackLevel: 0,
  chargingProfilePurpose: 'TxDefaultProfile',
  chargingProfileKind: 'Dynamic',
  ...more,
  chargingSchedule: [
    { id: 1, chargingRateUnit: 'A', ...schedule, chargingSchedulePeriod: [{ startPeriod: 0, ...period }] },
  ],
});
const set = (b: Bridge, chargingProfile: Payload = profile(), ...replies: Reply[]): Run =>
  b.fromCsms('SetChargingProfile', { evseId: 1, chargingProfile }, ...replies);
const update = (b: Bridge, scheduleUpdate: Payload, ...replies: Reply[]): Run =>
  b.fromCsms('UpdateDynamicSchedule', { chargingProfileId: 1, scheduleUpdate }, ...replies);

/** The limits that the station is told; `null` for each ClearChargingProfile. */
const limits = (...runs: readonly (Run | EmittedRun)[]): unknown[] =>
  runs.flatMap(({ calls }) =>
    calls.flatMap(({ action, payload }) =>
      action === 'SetChargingProfile'
        ? payload.chargingProfile.chargingSchedule[0].chargingSchedulePeriod[0].limit
        : action === 'ClearChargingProfile'
          ? null
          : [],
    ),
  );
const pulls = (runs: readonly EmittedRun[]): number =>
  runs.flatMap(({ calls }) => calls).filter(({ action }) => action === 'PullDynamicScheduleUpdate').length;
const pass = (b: Bridge, seconds: number, ...replies: Reply[]): readonly EmittedRun[] => {
  b.now += seconds * 1000;
  return b.emitted(...replies);
};

describe('a Dynamic profile at a 2.0.1 station', () => {
  it('is an Absolute one from now on, without end', () => {
    const b = make();
    const run = set(b, profile({ dynUpdateInterval: 60, dynUpdateTime: at(-1), validTo: at(90) }, { duration: 60 }));
    expect(run.calls).toEqual([
      {
        action: 'SetChargingProfile',
        payload: {
          evseId: 1,
          chargingProfile: {
            id: 1,
            stackLevel: 0,
            chargingProfilePurpose: 'TxDefaultProfile',
            chargingProfileKind: 'Absolute',
            validTo: at(90),
            chargingSchedule: [
              {
                id: 1,
                chargingRateUnit: 'A',
                startSchedule: at(0),
                chargingSchedulePeriod: [{ startPeriod: 0, limit: 16 }],
              },
            ],
          },
        },
      },
    ]);
    expect(run.answer).toEqual(accepted);
  });

  it.each<[string, Payload, string]>([
    ['a second schedule', { chargingSchedule: Array(2).fill(profile().chargingSchedule[0]) }, 'InvalidSchedule'],
    ['no number', profile({}, {}, {}), 'InvalidSchedule'],
    ['a beginning that is not now', profile({}, {}, { startPeriod: 5, limit: 6 }), 'InvalidSchedule'],
    ['discharge', profile({}, {}, { setpoint: -1 }), 'InvalidProfile'],
    ['a mode with discharge', profile({}, {}, { operationMode: 'ExternalSetpoint' }), 'InvalidProfile'],
    ['priority', profile({ chargingProfilePurpose: 'PriorityCharging' }), 'UnsupportedPurpose'],
  ])('%s is refused', (_name, wrong, reason) => {
    const b = make();
    expect(set(b, { ...profile(), ...wrong })).toMatchObject({ calls: [], answer: rejected(reason) });
    expect(update(b, { limit: 1 }).answer).toEqual(rejected('UnsupportedKind'));
  });

  it('is not known when the station refused it', () => {
    const b = make();
    expect(set(b, profile(), refused).answer).toEqual(refused);
    expect(set(b, profile(), failure('FormatViolation')).refusal).toMatchObject({ condition: 'InternalError' });
    expect(update(b, { limit: 1 })).toMatchObject({ calls: [], answer: rejected('UnsupportedKind') });
    expect(b.state.size('task')).toBe(0);
    // One that replaces another leaves that one in place.
    set(b);
    set(b, profile({}, {}, { limit: 9 }), refused);
    b.now += 60_000;
    expect(limits(update(b, { limit: 16 }), update(b, { limit: 12 }))).toEqual([12]);
  });

  it('there is room for twenty', () => {
    const b = make();
    for (let id = 1; id <= 20; id++) expect(set(b, profile({ id, stackLevel: id })).answer).toEqual(accepted);
    expect(set(b, profile({ id: 21 })).answer).toEqual(rejected('OutOfMemory'));
    expect(set(b, profile({ id: 20 })).answer).toEqual(accepted);
  });
});

describe('UpdateDynamicSchedule', () => {
  it('sets the profile again with the new limit', () => {
    const b = make();
    set(b);
    b.now += 60_000;
    b.restart();
    const run = update(b, { limit: 10 });
    expect(run.calls).toMatchObject([
      {
        action: 'SetChargingProfile',
        payload: {
          evseId: 1,
          chargingProfile: {
            id: 1,
            chargingProfileKind: 'Absolute',
            chargingSchedule: [{ startSchedule: at(1), chargingSchedulePeriod: [{ startPeriod: 0, limit: 10 }] }],
          },
        },
      },
    ]);
    expect(run.answer).toEqual(accepted);
    expect(b.emitted()).toEqual([]);
  });

  it.each<[Payload, Payload, number]>([
    [{ limit: 16 }, { setpoint: 10 }, 10],
    [{ limit: 16 }, { setpoint: 20 }, 16],
    [{ setpoint: 16 }, { setpoint: 20 }, 20],
    [{ limit: 16, limit_L2: 16, limit_L3: 16 }, { limit_L2: 8 }, 8],
    [{ limit: 16, numberPhases: 1 }, { limit: 7.5, customData: { vendorId: 'v' } }, 7.5],
    [{ limit: 16, operationMode: 'CentralSetpoint' }, { limit: 20, setpoint: 0 }, 0],
  ])('%o with %o is the limit %d', (period, numbers, limit) => {
    const b = make();
    set(b, profile({}, {}, period));
    b.now += 60_000;
    expect(limits(update(b, numbers), ...pass(b, 10))).toEqual(limit === 16 ? [] : [limit]);
  });

  it.each<[Payload, string]>([
    [{ setpoint: -1 }, 'InvalidProfile'],
    [{ dischargeLimit: -1 }, 'InvalidProfile'],
    [{ limit: -1 }, 'InvalidProfile'],
    [{ setpoint_L3: -1 }, 'InvalidProfile'],
  ])('%o is refused, and changes nothing', (numbers, reason) => {
    const b = make();
    set(b);
    b.now += 60_000;
    expect(update(b, numbers)).toMatchObject({ calls: [], answer: rejected(reason) });
    expect(limits(update(b, { limit: 12 }))).toEqual([12]);
  });

  it('a setpoint is refused where it is no limit', () => {
    const b = make({ setpointAsLimit: false });
    set(b);
    expect(update(b, { setpoint: 5 }).answer).toEqual(rejected('InvalidSchedule'));
  });

  it('reaches the station at most every ten seconds: the last one counts', () => {
    const b = make();
    set(b);
    b.now += 1000;
    expect(update(b, { limit: 10 })).toMatchObject({ calls: [], answer: accepted });
    b.now += 1000;
    expect(update(b, { limit: 11 })).toMatchObject({ calls: [], answer: accepted });
    b.restart();
    expect(limits(...pass(b, 7.999))).toEqual([]);
    expect(limits(...pass(b, 0.001))).toEqual([11]);
    b.now += 5000;
    expect(update(b, { limit: 12 }).calls).toEqual([]);
    expect(limits(...pass(b, 5))).toEqual([12]);
    expect(limits(...pass(b, 60))).toEqual([]);
  });

  it('is refused when the station refuses it, which keeps what it has', () => {
    const b = make();
    set(b);
    b.now += 60_000;
    expect(update(b, { limit: 10 }, refused).answer).toEqual(refused);
    expect(limits(...pass(b, 60))).toEqual([]);
    expect(limits(update(b, { setpoint: 14 }))).toEqual([14]);
  });

  it('a refusal of one that waited is told', () => {
    const b = make();
    set(b);
    update(b, { limit: 10 });
    expect(limits(...pass(b, 10, refused))).toEqual([10]);
    expect(b.notes.map(({ reason }) => reason)).toEqual(['the station refused an update of profile 1']);
    expect(limits(...pass(b, 60))).toEqual([]);
  });

  it('no answer: it is told again, less and less often', () => {
    const b = make();
    set(b);
    b.now += 60_000;
    expect(update(b, { limit: 10 }, silence).refusal).toMatchObject({ uncertain: true });
    expect(limits(...pass(b, 9, silence))).toEqual([]);
    expect(limits(...pass(b, 1, silence))).toEqual([10]);
    expect(limits(...pass(b, 19))).toEqual([]);
    expect(limits(...pass(b, 1, silence))).toEqual([10]);
    b.restart();
    expect(limits(...pass(b, 40))).toEqual([10]);
    expect(limits(...pass(b, 600))).toEqual([]);
  });

  it.each([
    ['while it is set', (b: Bridge) => set(b, profile({}, {}, { limit: 10 }), crash)],
    [
      'while it is updated',
      (b: Bridge) => {
        set(b);
        b.now += 60_000;
        update(b, { limit: 10 }, crash);
      },
    ],
  ])('the process dies %s: the next one tells the station', (_name, die) => {
    const b = make();
    die(b);
    expect(limits(...pass(b, 10, crash))).toEqual([10]);
    expect(limits(...pass(b, 20))).toEqual([10]);
    expect(limits(...pass(b, 60))).toEqual([]);
    expect(limits(update(b, { limit: 11 }))).toEqual([11]);
  });
});

describe('what a 2.1 station does by itself', () => {
  it('asks for updates at its interval', () => {
    const b = make();
    set(b, profile({ dynUpdateInterval: 60 }));
    expect(pulls(pass(b, 59))).toBe(0);
    const runs = pass(b, 1, { status: 'Accepted', scheduleUpdate: { limit: 10 } });
    expect(runs.map(({ side, calls }) => [side, calls[0]?.payload])).toMatchObject([
      ['csms', { chargingProfileId: 1 }],
      ['station', { chargingProfile: { id: 1 } }],
    ]);
    expect(limits(...runs)).toEqual([10]);
    b.restart();
    // A refusal, no answer, and what cannot be said leave things as they are.
    for (const reply of [refused, silence, { status: 'Accepted' }]) {
      const next = pass(b, 60, reply);
      expect([pulls(next), limits(...next)]).toEqual([1, []]);
    }
    expect(limits(...pass(b, 60, { status: 'Accepted', scheduleUpdate: { setpoint: -1 } }))).toEqual([]);
    expect(b.notes.map(({ reason }) => reason)).toEqual(['2.0.1 cannot say it: InvalidProfile']);
    // An update of the CSMS puts the question off.
    b.now += 50_000;
    update(b, { limit: 11 });
    expect(pulls(pass(b, 59))).toBe(0);
    expect(pulls(pass(b, 1, refused))).toBe(1);
  });

  it('never asks more often than every ten seconds, nor when there is nothing to ask for', () => {
    const b = make();
    set(b, profile({ dynUpdateInterval: 1 }));
    expect(pulls(pass(b, 9))).toBe(0);
    expect(pulls(pass(b, 1, refused))).toBe(1);
    for (const none of [profile({ dynUpdateInterval: 0 }), profile()]) {
      const quiet = make();
      set(quiet, none);
      expect(pass(quiet, 86_400)).toEqual([]);
    }
  });

  it('K28.FR.13, .14: without an update in time the limit goes, until one comes', () => {
    const b = make();
    set(b, profile({}, { duration: 60 }));
    expect(pass(b, 59)).toEqual([]);
    update(b, {});
    b.restart();
    expect(pass(b, 59)).toEqual([]);
    expect(limits(...pass(b, 1, silence))).toEqual([null]);
    expect(limits(...pass(b, 10, crash))).toEqual([null]);
    expect(limits(...pass(b, 20))).toEqual([null]);
    expect(pass(b, 600)).toEqual([]);
    expect(limits(update(b, { limit: 16 }))).toEqual([16]);
    expect(limits(...pass(b, 60))).toEqual([null]);
  });

  it('reports it as Dynamic', () => {
    const b = make();
    const given = profile({ dynUpdateInterval: 60 });
    set(b, given);
    b.now += 30_000;
    update(b, { limit: 12 });
    const report = (chargingProfile: Payload[]) =>
      b.fromStation('ReportChargingProfiles', {
        requestId: 1,
        chargingLimitSource: 'CSO',
        evseId: 1,
        chargingProfile,
      }).calls[0]?.payload.chargingProfile;
    const installed = { ...profile({ chargingProfileKind: 'Absolute' }) };
    const other = { ...installed, id: 2 };
    expect(report([installed, other])).toEqual([
      { ...profile({ dynUpdateInterval: 60 }, {}, { limit: 12 }), dynUpdateTime: at(0.5) },
      other,
    ]);
  });
});

describe('its end', () => {
  const gone = (b: Bridge): void => {
    expect(pass(b, 3600).flatMap(({ calls }) => calls)).toEqual([]);
    expect(update(b, { limit: 1 }).answer).toEqual(rejected('UnsupportedKind'));
    expect([b.state.size('dynamicProfile'), b.state.size('task')]).toEqual([0, 0]);
  };
  const lasting = profile({ dynUpdateInterval: 60 }, { duration: 60 });

  it.each<Payload>([
    { chargingProfileId: 1 },
    { chargingProfileCriteria: { evseId: 1, stackLevel: 0, chargingProfilePurpose: 'TxDefaultProfile' } },
    {},
  ])('ClearChargingProfile %o', (request) => {
    const b = make();
    set(b, lasting);
    b.fromCsms('ClearChargingProfile', request);
    gone(b);
  });

  it('ClearChargingProfile of others leaves it; of one that has expired is Accepted', () => {
    const b = make();
    set(b, profile({}, { duration: 60 }));
    for (const request of [{ chargingProfileId: 2 }, { chargingProfileCriteria: { stackLevel: 1 } }]) {
      b.fromCsms('ClearChargingProfile', request);
    }
    expect(limits(...pass(b, 60))).toEqual([null]);
    const run = b.fromCsms('ClearChargingProfile', { chargingProfileId: 1 }, { status: 'Unknown' });
    expect(run.answer).toEqual(accepted);
    gone(b);
  });

  it('a profile of another kind in its place', () => {
    const b = make();
    set(b, lasting);
    set(b, profile({ chargingProfileKind: 'Relative' }), refused);
    expect(b.state.size('dynamicProfile')).toBe(1);
    set(b, profile({ chargingProfileKind: 'Relative' }));
    gone(b);
  });

  it('validTo', () => {
    const b = make();
    set(b, profile({ validTo: at(1), dynUpdateInterval: 3600 }));
    gone(b);
  });

  const event = (
    eventType: string,
    more: Payload = {},
    evse: Payload = { evse: { id: 2, connectorId: 1 } },
  ): Payload => ({
    eventType,
    timestamp: at(0),
    triggerReason: 'RemoteStart',
    seqNo: 0,
    transactionInfo: { transactionId: 'T', ...more },
    ...evse,
  });

  it('that of its transaction', () => {
    const b = make();
    set(b, { ...lasting, chargingProfilePurpose: 'TxProfile', transactionId: 'T' });
    b.fromStation('TransactionEvent', event('Updated'));
    expect(b.state.size('dynamicProfile')).toBe(1);
    b.fromStation('TransactionEvent', event('Ended', { stoppedReason: 'Local' }));
    gone(b);
  });

  const start = (b: Bridge, more: Payload = {}, ...replies: Reply[]): Run =>
    b.fromCsms(
      'RequestStartTransaction',
      {
        idToken: { idToken: 'X', type: 'Central' },
        remoteStartId: 9,
        chargingProfile: profile({ chargingProfilePurpose: 'TxProfile' }, {}, { limit: 16, ...more }),
      },
      ...replies,
    );

  it('with a remote start: updates wait for the transaction', () => {
    const b = make();
    const run = start(b);
    expect(run.calls[0]?.payload.chargingProfile).toMatchObject({
      chargingProfileKind: 'Absolute',
      chargingSchedule: [{ startSchedule: at(0), chargingSchedulePeriod: [{ startPeriod: 0, limit: 16 }] }],
    });
    b.now += 60_000;
    expect(update(b, { limit: 10 })).toMatchObject({ calls: [], answer: accepted });
    expect(pass(b, 60)).toEqual([]);
    b.fromStation('TransactionEvent', event('Started', { remoteStartId: 9 }, {}));
    expect(pass(b, 60)).toEqual([]);
    b.restart();
    b.fromStation('TransactionEvent', event('Updated'));
    expect(b.emitted().flatMap(({ calls }) => calls)).toMatchObject([
      { payload: { evseId: 2, chargingProfile: { transactionId: 'T' } } },
    ]);
    b.fromStation('TransactionEvent', event('Ended', { stoppedReason: 'Local' }));
    gone(b);
  });

  it('with a remote start that is refused, or never fulfilled', () => {
    const b = make();
    expect(start(b, { setpoint: -1 }).answer).toEqual(rejected('InvalidProfile'));
    start(b, {}, refused);
    gone(b);
    start(b);
    gone(b);
  });
});
