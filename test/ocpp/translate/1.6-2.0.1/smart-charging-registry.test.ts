/** What is remembered of the profiles of a 1.6 station: reported, held until its time comes, and right after a crash. */
import { describe, expect, test } from 'vitest';
import { between16and201 } from '../../../../src/ocpp/translate/1.6-2.0.1/index.ts';
import type { Message, Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { at, type Bridge, bridge, crash, failure, type Reply, type Run } from '../../../support/translation.ts';

const make = (): Bridge => bridge('1.6', '2.0.1', [between16and201]);

const schedule = (more: Payload = {}): Payload => ({
  id: 7,
  chargingRateUnit: 'A',
  chargingSchedulePeriod: [{ startPeriod: 0, limit: 16 }],
  ...more,
});
const profile = (more: Payload = {}): Payload => ({
  id: 1,
  stackLevel: 0,
  chargingProfilePurpose: 'TxDefaultProfile',
  chargingProfileKind: 'Relative',
  chargingSchedule: [schedule()],
  ...more,
});
const request = (evseId: number, more: Payload = {}): Payload => ({ evseId, chargingProfile: profile(more) });
const accepted = { status: 'Accepted' };
const rejected = (reasonCode: string): Payload => ({ status: 'Rejected', statusInfo: { reasonCode } });
const set = (b: Bridge, evseId: number, more: Payload, ...replies: Reply[]): Run =>
  b.fromCsms('SetChargingProfile', request(evseId, more), ...replies);

/** Action and 1.6 id of each Call. */
const ids = ({ calls }: { calls: readonly Message[] }): unknown[] =>
  calls.map(({ action, payload }) => [
    action.replace('ChargingProfile', ''),
    payload.id ?? payload.csChargingProfiles?.chargingProfileId,
  ]);

/** The reports that a GetChargingProfiles leads to. */
function reports(b: Bridge, criteria: Payload = {}, evseId?: number): readonly Payload[] {
  const ask = { requestId: 5, chargingProfile: criteria, ...(evseId === undefined ? {} : { evseId }) };
  const run = b.fromCsms('GetChargingProfiles', ask);
  expect(run.calls).toEqual([]);
  const told = b.emitted().flatMap(({ side, calls }) => (side === 'csms' ? calls : []));
  expect(run.answer?.status).toBe(told.length === 0 ? 'NoProfiles' : 'Accepted');
  expect(told.every(({ action }) => action === 'ReportChargingProfiles')).toBe(true);
  return told.map(({ payload }) => payload);
}
const reportedIds = (b: Bridge, criteria: Payload = {}, evseId?: number): unknown[] =>
  reports(b, criteria, evseId).flatMap(({ chargingProfile }) => (chargingProfile as Payload[]).map(({ id }) => id));

function start(b: Bridge, more: Payload = {}): string {
  const run = b.fromStation('StartTransaction', {
    connectorId: 1,
    idTag: '04AABBCC',
    meterStart: 0,
    timestamp: at(0),
    ...more,
  });
  const [event] = run.calls.filter(({ action }) => action === 'TransactionEvent');
  return event?.payload.transactionInfo.transactionId as string;
}

describe('GetChargingProfiles', () => {
  test('what is reported is what was set, to the last field', () => {
    const b = make();
    const full = profile({
      stackLevel: 2,
      chargingProfileKind: 'Recurring',
      recurrencyKind: 'Weekly',
      validFrom: at(0),
      validTo: at(600),
      customData: { vendorId: 'v' },
      chargingSchedule: [
        schedule({
          startSchedule: at(1),
          duration: 60,
          minChargingRate: 10.57,
          chargingSchedulePeriod: [{ startPeriod: 0, limit: 10.57, numberPhases: 1, phaseToUse: 2 }],
        }),
      ],
    });
    expect(b.fromCsms('SetChargingProfile', { evseId: 1, chargingProfile: full }).answer).toEqual(accepted);
    b.restart();
    expect(reports(b)).toEqual([
      { requestId: 5, chargingLimitSource: 'CSO', evseId: 1, chargingProfile: [full], tbc: false },
    ]);
  });

  test('one report per EVSE, all but the last to be continued', () => {
    const b = make();
    set(b, 1, { id: 1 });
    set(b, 2, { id: 2 });
    set(b, 1, { id: 3, stackLevel: 1 });
    set(b, 0, { id: 4, chargingProfilePurpose: 'ChargingStationMaxProfile' });
    expect(
      reports(b).map(({ evseId, tbc, chargingProfile }) => [evseId, tbc, chargingProfile.map(({ id }: Payload) => id)]),
    ).toEqual([
      [0, true, [4]],
      [1, true, [1, 3]],
      [2, false, [2]],
    ]);
  });

  test.each<[Payload, number | undefined, number[]]>([
    [{}, undefined, [4, 1, 3, 2]],
    [{}, 0, [4]],
    [{}, 1, [1, 3]],
    [{ stackLevel: 1 }, undefined, [3]],
    [{ chargingProfilePurpose: 'ChargingStationMaxProfile' }, undefined, [4]],
    [{ chargingProfilePurpose: 'TxDefaultProfile', stackLevel: 0 }, 2, [2]],
    [{ chargingProfileId: [2, 3, 9] }, undefined, [3, 2]],
    [{ chargingProfileId: [2] }, 1, []],
    [{ chargingLimitSource: ['EMS', 'CSO'] }, 1, [1, 3]],
    [{ chargingLimitSource: ['EMS', 'SO', 'Other'] }, undefined, []],
    [{ chargingProfilePurpose: 'ChargingStationExternalConstraints' }, undefined, []],
    [{}, 7, []],
  ])('%j of EVSE %j', (criteria, evseId, found) => {
    const b = make();
    set(b, 1, { id: 1 });
    set(b, 2, { id: 2 });
    set(b, 1, { id: 3, stackLevel: 1 });
    set(b, 0, { id: 4, chargingProfilePurpose: 'ChargingStationMaxProfile' });
    expect(reportedIds(b, criteria, evseId)).toEqual(found);
  });

  test('an EVSE that the station does not have', () => {
    const b = make();
    b.fromStation('StatusNotification', { connectorId: 1, errorCode: 'NoError', status: 'Available' });
    const run = b.fromCsms('GetChargingProfiles', { requestId: 1, evseId: 2, chargingProfile: {} });
    expect(run.answer).toEqual({ status: 'NoProfiles', statusInfo: { reasonCode: 'UnknownEvse' } });
  });

  test('what is cleared, over, or of an ended transaction is not reported', () => {
    const b = make();
    const transactionId = start(b);
    set(b, 1, { id: 1 });
    set(b, 1, { id: 2, stackLevel: 1, validTo: at(10) });
    set(b, 1, { id: 3, chargingProfilePurpose: 'TxProfile', transactionId });
    set(b, 0, { id: 4, stackLevel: 5 }, { status: 'Rejected' });
    expect(reportedIds(b)).toEqual([1, 2, 3]);
    b.now += 10 * 60_000;
    expect(reportedIds(b)).toEqual([1, 3]);
    b.fromStation('StopTransaction', { transactionId: 1, meterStop: 1, timestamp: at(11) });
    expect([...b.state.rows('chargingProfile')].map(([id]) => id)).toEqual(['1']);
    b.fromCsms('ClearChargingProfile', { chargingProfileId: 1 });
    expect(reports(b)).toEqual([]);
  });

  test('the profile of a remote start is that of its transaction', () => {
    const b = make();
    const tx = profile({ id: 9, chargingProfilePurpose: 'TxProfile' });
    const ask = {
      remoteStartId: 3,
      evseId: 1,
      idToken: { idToken: '04AABBCC', type: 'ISO14443' },
      chargingProfile: tx,
    };
    b.fromCsms('RequestStartTransaction', ask);
    expect(reports(b)).toEqual([]);
    b.restart();
    const transactionId = start(b);
    expect(reports(b)).toMatchObject([{ evseId: 1, chargingProfile: [{ ...tx, transactionId }] }]);
    expect(set(b, 1, { id: 10, chargingProfilePurpose: 'TxProfile', transactionId }).answer).toEqual(
      rejected('DuplicateProfile'),
    );
    b.fromStation('StopTransaction', { transactionId: 1, meterStop: 1, timestamp: at(11) });
    expect(reports(b)).toEqual([]);
  });

  test('there is room for 100 profiles, and for 256,000 characters of them', () => {
    const many = make();
    for (let id = 1; id <= 100; id++) expect(set(many, 1, { id, stackLevel: id }).answer).toEqual(accepted);
    expect(set(many, 1, { id: 101 }).answer).toEqual(rejected('OutOfMemory'));
    expect(set(many, 1, { id: 100, stackLevel: 100 }).answer).toEqual(accepted);
    const large = make();
    const chargingSchedulePeriod = Array.from({ length: 1024 }, (_, n) => ({ startPeriod: n * 900, limit: 10.1 }));
    const answers = Array.from(
      { length: 10 },
      (_, n) =>
        set(large, 1, { id: n, stackLevel: n, chargingSchedule: [schedule({ chargingSchedulePeriod })] }).answer,
    );
    expect(answers.slice(0, 6)).toEqual(Array(6).fill(accepted));
    expect(answers.at(-1)).toEqual(rejected('OutOfMemory'));
  });

  test('the report is not lost when the process dies before it is told', () => {
    const b = make();
    set(b, 1, {});
    b.fromCsms('GetChargingProfiles', { requestId: 5, chargingProfile: {} });
    b.restart();
    expect(b.emitted(crash)).toHaveLength(1);
    expect(b.emitted().map(({ calls }) => calls[0]?.action)).toEqual(['ReportChargingProfiles']);
    expect(b.emitted()).toEqual([]);
  });
});

describe('profiles that take turns', () => {
  const morning = { id: 1, validTo: at(60) };
  const evening = { id: 2, validFrom: at(60), validTo: at(120) };

  test('the later one is held here, and installed when its time comes', () => {
    const b = make();
    set(b, 1, morning);
    const later = set(b, 1, evening);
    expect(later).toMatchObject({ calls: [], answer: accepted });
    expect(reportedIds(b)).toEqual([1, 2]);
    b.restart();
    b.now += 60 * 60_000 - 1;
    expect(b.emitted()).toEqual([]);
    b.now += 1;
    expect(b.emitted().map(ids)).toEqual([[['Set', 2]]]);
    expect(reportedIds(b)).toEqual([2]);
    b.restart();
    expect(b.emitted()).toEqual([]);
  });

  test('the earlier one takes the place of the later, which comes back in time', () => {
    const b = make();
    set(b, 1, evening);
    expect(ids(set(b, 1, morning))).toEqual([
      ['Clear', 2],
      ['Set', 1],
    ]);
    b.now += 60 * 60_000;
    expect(b.emitted().map(ids)).toEqual([[['Set', 2]]]);
  });

  test('the later one stays when the earlier is refused', () => {
    const b = make();
    set(b, 1, evening);
    const run = set(b, 1, morning, accepted, { status: 'Rejected' }, accepted);
    expect(ids(run)).toEqual([
      ['Clear', 2],
      ['Set', 1],
      ['Set', 2],
    ]);
    expect(run.answer).toEqual({ status: 'Rejected' });
    b.now += 60 * 60_000;
    expect(b.emitted().flatMap(({ calls }) => calls)).toEqual([]);
    expect(reportedIds(b)).toEqual([2]);
  });

  test('three of them, in any order', () => {
    const night = { id: 3, validFrom: at(120) };
    for (const order of [
      [morning, evening, night],
      [night, evening, morning],
      [evening, night, morning],
    ]) {
      const b = make();
      for (const one of order) expect(set(b, 1, one).answer).toEqual(accepted);
      b.now += 60 * 60_000;
      expect(b.emitted().map(ids)).toEqual([[['Set', 2]]]);
      b.now += 60 * 60_000;
      expect(b.emitted().map(ids)).toEqual([[['Set', 3]]]);
    }
  });

  test('a held one is cleared without a Call, by its id or by what it is', () => {
    for (const clear of [{ chargingProfileId: 2 }, { chargingProfileCriteria: { stackLevel: 0 } }]) {
      const b = make();
      set(b, 1, morning);
      set(b, 1, evening);
      const run = b.fromCsms(
        'ClearChargingProfile',
        clear,
        ...('chargingProfileId' in clear ? [] : [{ status: 'Unknown' }]),
      );
      expect(run.answer).toEqual(accepted);
      b.now += 60 * 60_000;
      expect(b.emitted()).toEqual([]);
    }
  });

  test('a held one is replaced by another of its id; one that is installed goes when its successor is held', () => {
    const b = make();
    set(b, 1, morning);
    set(b, 1, evening);
    expect(set(b, 1, { ...evening, validFrom: at(90) }).calls).toEqual([]);
    b.now += 60 * 60_000;
    expect(b.emitted().flatMap(({ calls }) => calls)).toEqual([]);
    b.now += 30 * 60_000;
    expect(b.emitted().map(ids)).toEqual([[['Set', 2]]]);
    set(b, 2, { id: 3, validTo: at(200) });
    expect(ids(set(b, 2, { id: 2, validFrom: at(300) }))).toEqual([['Clear', 2]]);
    expect(reportedIds(b)).toEqual([2, 3]);
  });

  test('no answer when its time comes: it is tried again; a refusal is told', () => {
    const b = make();
    set(b, 1, morning);
    set(b, 1, evening);
    b.now += 60 * 60_000;
    expect(b.emitted(failure('GenericError', true)).map(ids)).toEqual([[['Set', 2]]]);
    expect(b.emitted()).toEqual([]);
    b.now += 60_000;
    expect(b.emitted(crash).map(ids)).toEqual([[['Set', 2]]]);
    b.now += 60_000;
    expect(b.emitted({ status: 'Rejected' }).map(ids)).toEqual([[['Set', 2]]]);
    expect(b.notes.map(({ reason }) => reason)).toEqual(['profile 2 was refused by the station when its time came']);
    b.now += 60_000;
    expect(b.emitted()).toEqual([]);
    expect(reports(b)).toEqual([]);
  });

  test('they are duplicates when times overlap, at two places, in a transaction, or when that is wanted', () => {
    const b = make();
    set(b, 1, morning);
    expect(set(b, 1, { ...evening, validFrom: at(59) }).answer).toEqual(rejected('DuplicateProfile'));
    expect(set(b, 0, evening).answer).toEqual(rejected('DuplicateProfile'));
    const transactionId = start(b);
    const tx = { chargingProfilePurpose: 'TxProfile', transactionId };
    expect(set(b, 1, { ...morning, ...tx, id: 3 }).answer).toEqual(accepted);
    expect(set(b, 1, { ...evening, ...tx, id: 4 }).answer).toEqual(rejected('DuplicateProfile'));
    const strict = bridge('1.6', '2.0.1', [between16and201], { holdProfiles: false });
    set(strict, 1, morning);
    expect(set(strict, 1, evening).answer).toEqual(rejected('DuplicateProfile'));
  });
});

describe('the process dies while a profile is being moved', () => {
  /** Profile 1 is on EVSE 1; it is being put on EVSE 2. */
  const moving = (...replies: Reply[]): Bridge => {
    const b = make();
    set(b, 1, {});
    set(b, 2, {}, ...replies);
    return b;
  };
  const evses = (b: Bridge): unknown[] => reports(b).map(({ evseId }) => evseId);

  test.each<[string, Reply[]]>([
    ['before it is cleared', [crash]],
    ['after it is cleared', [accepted, crash]],
  ])('%s: it is moved by the next one', (_name, replies) => {
    const b = moving(...replies);
    expect(b.emitted().map(ids)).toEqual([
      [
        ['Clear', 1],
        ['Set', 1],
      ],
    ]);
    expect(evses(b)).toEqual([2]);
    expect(b.state.size('task')).toBe(0);
  });

  test('when the station refuses it then, it comes back', () => {
    const b = moving(accepted, crash);
    const [run] = b.emitted({ status: 'Unknown' }, { status: 'Rejected' }, { status: 'Unknown' }, accepted);
    // It may have come to EVSE 2 before: it is cleared there first.
    expect(run?.calls.map(({ action, payload }) => [action.slice(0, 3), payload.connectorId])).toEqual([
      ['Cle', undefined],
      ['Set', 2],
      ['Cle', undefined],
      ['Set', 1],
    ]);
    expect(evses(b)).toEqual([1]);
  });

  test('while it is being put back: that is brought to its end', () => {
    const b = moving(accepted, { status: 'Rejected' }, crash);
    expect(b.emitted().map(({ calls }) => calls.map(({ payload }) => payload.connectorId))).toEqual([[undefined, 1]]);
    expect(evses(b)).toEqual([1]);
  });

  test('no answer: it is tried again every minute, or before anything else is done with profiles', () => {
    const b = moving(accepted, failure('GenericError', true));
    expect(b.emitted()).toEqual([]);
    b.now += 60_000;
    expect(b.emitted(accepted, failure('GenericError', true)).map(ids)).toEqual([
      [
        ['Clear', 1],
        ['Set', 1],
      ],
    ]);
    const other = set(b, 1, { id: 5, stackLevel: 3 }, { status: 'Unknown' }, accepted, accepted);
    expect(ids(other)).toEqual([
      ['Clear', 1],
      ['Set', 1],
      ['Set', 5],
    ]);
    b.now += 60_000;
    expect(b.emitted()).toEqual([]);
  });

  test('a station that never answers is left alone in the end', () => {
    const b = moving(accepted, failure('GenericError', true));
    b.otherwise = failure('GenericError', true);
    let asked = 0;
    for (let minute = 0; minute < 30; minute++) {
      b.now += 60_000;
      asked += b.emitted().length;
    }
    expect(asked).toBe(10);
    expect(b.state.size('task')).toBe(0);
  });

  test('the transaction ended meanwhile: what was cleared comes back', () => {
    const b = make();
    const transactionId = start(b);
    set(b, 1, { id: 1 });
    set(b, 1, { id: 1, chargingProfilePurpose: 'TxProfile', transactionId }, accepted, crash);
    b.fromStation('StopTransaction', { transactionId: 1, meterStop: 1, timestamp: at(11) });
    expect(b.emitted().map(ids)).toEqual([
      [
        ['Clear', 1],
        ['Set', 1],
      ],
    ]);
    expect(reports(b)).toMatchObject([{ chargingProfile: [{ chargingProfilePurpose: 'TxDefaultProfile' }] }]);
  });
});

describe('A and W', () => {
  /** A station that takes one unit only. */
  function only(unit: string, settings: object = {}): Bridge {
    const b = bridge('1.6', '2.0.1', [between16and201], settings);
    b.fromCsms(
      'GetVariables',
      { getVariableData: [{ component: { name: 'OCPP16LegacyCtrlr' }, variable: { name: 'Any' } }] },
      { configurationKey: [{ key: 'ChargingScheduleAllowedChargingRateUnit', readonly: true, value: unit }] },
    );
    return b;
  }
  const configured = { nominalVoltage: 230, phases: 3 };
  const periods = [
    { startPeriod: 0, limit: 16 },
    { startPeriod: 60, limit: 10, numberPhases: 1 },
    { startPeriod: 90, limit: 10, numberPhases: 4 },
  ];
  const inA = { chargingSchedule: [schedule({ minChargingRate: 6, chargingSchedulePeriod: periods })] };
  const inW = {
    chargingSchedule: [
      schedule({
        chargingRateUnit: 'W',
        minChargingRate: 4140,
        chargingSchedulePeriod: [
          { startPeriod: 0, limit: 11_000 },
          { startPeriod: 60, limit: 3680, numberPhases: 1 },
        ],
      }),
    ],
  };
  const crossed = (run: Run): Payload => run.calls[0]?.payload.csChargingProfiles.chargingSchedule;

  test('a unit that the station does not take is converted, never upwards', () => {
    expect(crossed(set(only('Power', configured), 1, inA))).toEqual({
      chargingRateUnit: 'W',
      minChargingRate: 4140,
      chargingSchedulePeriod: [
        { startPeriod: 0, limit: 11_040 },
        { startPeriod: 60, limit: 2300, numberPhases: 1 },
        { startPeriod: 90, limit: 6900, numberPhases: 4 },
      ],
    });
    const b = only('Current', configured);
    expect(crossed(set(b, 1, inW))).toEqual({
      chargingRateUnit: 'A',
      minChargingRate: 6,
      chargingSchedulePeriod: [
        { startPeriod: 0, limit: 15.9 },
        { startPeriod: 60, limit: 16, numberPhases: 1 },
      ],
    });
    expect(b.notes.map(({ field }) => field)).toContain('chargingRateUnit');
    // What is reported is what was set.
    expect(reports(b)).toMatchObject([{ chargingProfile: [inW] }]);
  });

  test('without voltage and phases it is refused', () => {
    for (const settings of [{}, { nominalVoltage: 230 }, { phases: 3 }]) {
      expect(set(only('Current', settings), 1, inW).answer).toEqual(rejected('UnsupportedRateUnit'));
    }
  });

  test('a station that takes both, or is not known, gets what was set', () => {
    expect(crossed(set(only('Current,Power', configured), 1, inW)).chargingRateUnit).toBe('W');
    expect(crossed(set(bridge('1.6', '2.0.1', [between16and201], configured), 1, inW)).chargingRateUnit).toBe('W');
  });

  test('a composite schedule is asked for in the unit that the station takes, and converted back', () => {
    const run = only('Current', configured).fromCsms(
      'GetCompositeSchedule',
      { evseId: 1, duration: 60, chargingRateUnit: 'W' },
      {
        status: 'Accepted',
        connectorId: 1,
        scheduleStart: at(0),
        chargingSchedule: { chargingRateUnit: 'A', chargingSchedulePeriod: periods.slice(0, 2) },
      },
    );
    expect(run.calls[0]?.payload.chargingRateUnit).toBe('A');
    expect(run.answer?.schedule).toMatchObject({
      chargingRateUnit: 'W',
      chargingSchedulePeriod: [
        { startPeriod: 0, limit: 11_040 },
        { startPeriod: 60, limit: 2300, numberPhases: 1 },
      ],
    });
  });
});

describe('the form of a profile', () => {
  const only = (more: Payload, settings: object = {}): Run =>
    set(bridge('1.6', '2.0.1', [between16and201], settings), 1, more);

  test.each<[string, Payload, string]>([
    [
      'no period from 0',
      { chargingSchedule: [schedule({ chargingSchedulePeriod: [{ startPeriod: 1, limit: 6 }] })] },
      'InvalidSchedule',
    ],
    [
      'a limit that discharges',
      { chargingSchedule: [schedule({ chargingSchedulePeriod: [{ startPeriod: 0, limit: -6 }] })] },
      'InvalidSchedule',
    ],
    ['Recurring without recurrencyKind', { chargingProfileKind: 'Recurring' }, 'InvalidProfile'],
  ])('%s is refused', (_name, more, reason) => {
    expect(only(more)).toMatchObject({ calls: [], answer: rejected(reason) });
  });

  test('periods are put in order', () => {
    const chargingSchedulePeriod = [
      { startPeriod: 60, limit: 6 },
      { startPeriod: 0, limit: 7 },
    ];
    const [call] = only({ chargingSchedule: [schedule({ chargingSchedulePeriod })] }).calls;
    expect(call?.payload.csChargingProfiles.chargingSchedule.chargingSchedulePeriod).toEqual(
      chargingSchedulePeriod.toReversed(),
    );
  });

  test('stations that want a startSchedule get one', () => {
    const startOf = ({ calls }: Run): unknown => calls[0]?.payload.csChargingProfiles.chargingSchedule.startSchedule;
    expect(startOf(only({}))).toBeUndefined();
    expect(startOf(only({}, { needsStartSchedule: true }))).toBe(at(0));
    const given = { chargingProfileKind: 'Absolute', chargingSchedule: [schedule({ startSchedule: at(5) })] };
    expect(startOf(only(given, { needsStartSchedule: true }))).toBe(at(5));
  });

  test('an id that stands for another profile is not used twice', () => {
    const b = make();
    expect(ids(set(b, 1, { id: -5 }))).toEqual([['Set', 0x7fff_ffff]]);
    expect(ids(set(b, 2, { id: 0x7fff_ffff }))).toEqual([['Set', 0x7fff_fffe]]);
    expect(ids(b.fromCsms('ClearChargingProfile', { chargingProfileId: 0x7fff_ffff }))).toEqual([
      ['Clear', 0x7fff_fffe],
    ]);
    const taken = make();
    set(taken, 2, { id: 0x7fff_ffff });
    expect(ids(set(taken, 1, { id: -5 }))).toEqual([['Set', 0x7fff_fffe]]);
  });
});
