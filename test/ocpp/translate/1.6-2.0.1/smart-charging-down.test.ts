import { describe, expect, test } from 'vitest';
import { between16and201 } from '../../../../src/ocpp/translate/1.6-2.0.1/index.ts';
import { floorToTenth } from '../../../../src/ocpp/translate/1.6-2.0.1/smart-charging-units.ts';
import type { Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { at, type Bridge, bridge, failure } from '../../../support/translation.ts';

/** A 1.6 station under a CSMS of 2.0.1. */
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

/** Begins a transaction on connector 1; its id on the 2.x side. */
function start(b: Bridge, connectorId = 1): string {
  const run = b.fromStation('StartTransaction', {
    connectorId,
    idTag: '04AABBCC',
    meterStart: 0,
    timestamp: at(0),
  });
  const [event] = run.calls.filter(({ action }) => action === 'TransactionEvent');
  return event?.payload.transactionInfo.transactionId as string;
}

/** The station tells these keys. */
function configure(b: Bridge, keys: Record<string, string>): void {
  b.fromCsms(
    'GetVariables',
    { getVariableData: [{ component: { name: 'OCPP16LegacyCtrlr' }, variable: { name: 'Any' } }] },
    { configurationKey: Object.entries(keys).map(([key, value]) => ({ key, readonly: true, value })) },
  );
}

describe('SetChargingProfile at a 1.6 station', () => {
  test('every field', () => {
    const b = make();
    const transactionId = start(b);
    const run = b.fromCsms('SetChargingProfile', {
      evseId: 1,
      chargingProfile: {
        id: 12,
        transactionId,
        stackLevel: 3,
        chargingProfilePurpose: 'TxProfile',
        chargingProfileKind: 'Recurring',
        recurrencyKind: 'Daily',
        validFrom: at(0),
        validTo: at(60),
        chargingSchedule: [
          {
            id: 99,
            duration: 3600,
            startSchedule: at(1),
            chargingRateUnit: 'W',
            minChargingRate: 10.19,
            chargingSchedulePeriod: [
              { startPeriod: 0, limit: 8.1, numberPhases: 1, phaseToUse: 2 },
              { startPeriod: 60, limit: 10.57 },
            ],
          },
        ],
      },
    });
    expect(run.calls).toEqual([
      {
        action: 'SetChargingProfile',
        payload: {
          connectorId: 1,
          csChargingProfiles: {
            chargingProfileId: 12,
            transactionId: 1,
            stackLevel: 3,
            chargingProfilePurpose: 'TxProfile',
            chargingProfileKind: 'Recurring',
            recurrencyKind: 'Daily',
            validFrom: at(0),
            validTo: at(60),
            chargingSchedule: {
              duration: 3600,
              startSchedule: at(1),
              chargingRateUnit: 'W',
              minChargingRate: 10.1,
              chargingSchedulePeriod: [
                { startPeriod: 0, limit: 8.1, numberPhases: 1 },
                { startPeriod: 60, limit: 10.5 },
              ],
            },
          },
        },
      },
    ]);
    expect(run.answer).toEqual(accepted);
    expect(b.notes.map(({ field }) => field)).toEqual(['phaseToUse', 'limit', 'minChargingRate']);
  });

  test('F36: two schedules are refused, 10.57 A becomes 10.5', () => {
    const b = make();
    const transactionId = start(b);
    const more = { chargingProfilePurpose: 'TxProfile', transactionId };
    const two = b.fromCsms(
      'SetChargingProfile',
      request(1, { ...more, chargingSchedule: [schedule(), schedule({ id: 8 })] }),
    );
    expect(two).toMatchObject({ calls: [], answer: rejected('InvalidSchedule') });
    const one = b.fromCsms(
      'SetChargingProfile',
      request(1, {
        ...more,
        chargingSchedule: [schedule({ chargingSchedulePeriod: [{ startPeriod: 0, limit: 10.57 }] })],
      }),
    );
    expect(one.calls[0]?.payload.csChargingProfiles.chargingSchedule.chargingSchedulePeriod).toEqual([
      { startPeriod: 0, limit: 10.5 },
    ]);
  });

  test('purposes', () => {
    const b = make();
    const run = b.fromCsms('SetChargingProfile', request(0, { chargingProfilePurpose: 'ChargingStationMaxProfile' }));
    expect(run.calls[0]?.payload).toMatchObject({
      connectorId: 0,
      csChargingProfiles: { chargingProfilePurpose: 'ChargePointMaxProfile' },
    });
    for (const more of [
      { chargingProfilePurpose: 'ChargingStationExternalConstraints' },
      { chargingProfilePurpose: 'ChargingStationMaxProfile' },
      { transactionId: 'only of a TxProfile' },
    ]) {
      expect(b.fromCsms('SetChargingProfile', request(1, more))).toMatchObject({
        calls: [],
        answer: rejected('InvalidProfile'),
      });
    }
  });

  test('a TxProfile is for the transaction on its EVSE', () => {
    const b = make();
    const transactionId = start(b, 2);
    const ask = (evseId: number, more: Payload): unknown =>
      b.fromCsms('SetChargingProfile', request(evseId, { chargingProfilePurpose: 'TxProfile', ...more })).answer;
    expect(ask(2, {})).toEqual(rejected('MissingParam'));
    expect(ask(2, { transactionId: 'unknown' })).toEqual(rejected('TxNotFound'));
    expect(ask(1, { transactionId })).toEqual(rejected('TxNotFound'));
    expect(ask(0, { transactionId })).toEqual(rejected('InvalidProfile'));
    expect(ask(2, { transactionId })).toEqual(accepted);
    b.fromStation('StopTransaction', { transactionId: 1, meterStop: 10, timestamp: at(5) });
    expect(ask(2, { transactionId })).toEqual(rejected('TxNotFound'));
  });

  test('an EVSE that the station does not have', () => {
    const b = make();
    configure(b, { NumberOfConnectors: '2' });
    expect(b.fromCsms('SetChargingProfile', request(3)).answer).toEqual(rejected('UnknownEvse'));
  });

  test('what the station is known not to take', () => {
    const b = make();
    configure(b, {
      ChargeProfileMaxStackLevel: '2',
      ChargingScheduleMaxPeriods: '1',
      ChargingScheduleAllowedChargingRateUnit: 'Current',
    });
    const ask = (more: Payload): unknown => b.fromCsms('SetChargingProfile', request(1, more)).answer;
    expect(ask({ stackLevel: 3 })).toEqual(rejected('InvalidStackLevel'));
    expect(ask({ stackLevel: -1 })).toEqual(rejected('InvalidStackLevel'));
    const chargingSchedulePeriod = [0, 60].map((startPeriod) => ({ startPeriod, limit: 6 }));
    expect(ask({ chargingSchedule: [schedule({ chargingSchedulePeriod })] })).toEqual(rejected('TooManyElements'));
    expect(ask({ chargingSchedule: [schedule({ chargingRateUnit: 'W' })] })).toEqual(rejected('UnsupportedRateUnit'));
    expect(ask({ stackLevel: 2 })).toEqual(accepted);
  });

  test('a second profile of the level is a duplicate, until the first is gone', () => {
    const b = make();
    const ask = (id: number, evseId: number, more: Payload = {}): unknown =>
      b.fromCsms('SetChargingProfile', request(evseId, { id, ...more })).answer;
    expect(ask(1, 1)).toEqual(accepted);
    expect(ask(2, 1)).toEqual(rejected('DuplicateProfile'));
    // K01.FR.52: the whole station and an EVSE of it.
    expect(ask(2, 0)).toEqual(rejected('DuplicateProfile'));
    expect(ask(2, 2)).toEqual(accepted);
    expect(ask(3, 1, { stackLevel: 1 })).toEqual(accepted);
    expect(ask(1, 1)).toEqual(accepted);
    b.restart();
    expect(ask(4, 1)).toEqual(rejected('DuplicateProfile'));
    b.fromCsms('ClearChargingProfile', { chargingProfileId: 1 });
    expect(ask(4, 1, { validTo: at(10) })).toEqual(accepted);
    b.now += 10 * 60_000;
    expect(ask(5, 1)).toEqual(accepted);
  });

  test('the profiles of a transaction end with it', () => {
    const b = make();
    const ask = (id: number, transactionId: string): unknown =>
      b.fromCsms('SetChargingProfile', request(1, { id, chargingProfilePurpose: 'TxProfile', transactionId })).answer;
    const first = start(b);
    expect(ask(1, first)).toEqual(accepted);
    expect(ask(2, first)).toEqual(rejected('DuplicateProfile'));
    b.fromStation('StopTransaction', { transactionId: 1, meterStop: 10, timestamp: at(5) });
    expect(ask(2, start(b))).toEqual(accepted);
    expect([...b.state.rows('chargingProfile')].map(([id]) => id)).toEqual(['2']);
  });

  test('a profile that moves is cleared first, and comes back when it is refused', () => {
    const b = make();
    b.fromCsms('SetChargingProfile', request(1));
    const moved = b.fromCsms('SetChargingProfile', request(2));
    expect(moved.calls.map(({ action, payload }) => [action, payload.id ?? payload.connectorId])).toEqual([
      ['ClearChargingProfile', 1],
      ['SetChargingProfile', 2],
    ]);
    const refused = b.fromCsms('SetChargingProfile', request(3), accepted, { status: 'NotSupported' }, accepted);
    expect(refused.calls.map(({ action, payload }) => [action, payload.id ?? payload.connectorId])).toEqual([
      ['ClearChargingProfile', 1],
      ['SetChargingProfile', 3],
      ['SetChargingProfile', 2],
    ]);
    expect(refused.answer).toEqual(rejected('UnsupportedRequest'));
    const gone = b.fromCsms('SetChargingProfile', request(3), accepted, { status: 'Rejected' }, { status: 'Rejected' });
    expect(gone.answer).toEqual({ status: 'Rejected' });
    expect(b.state.size('chargingProfile')).toBe(0);
  });

  test('ids that 1.6 cannot take get others, the same for ever', () => {
    const b = make();
    const first = b.fromCsms('SetChargingProfile', request(1, { id: -5 }));
    const id = first.calls[0]?.payload.csChargingProfiles.chargingProfileId as number;
    expect(id).toBe(0x7fff_ffff);
    b.restart();
    expect(b.fromCsms('SetChargingProfile', request(1, { id: -5 })).calls[0]?.payload).toMatchObject({
      csChargingProfiles: { chargingProfileId: id },
    });
    expect(b.fromCsms('ClearChargingProfile', { chargingProfileId: -5 }).calls).toEqual([
      { action: 'ClearChargingProfile', payload: { id } },
    ]);
    expect(b.fromCsms('ClearChargingProfile', { chargingProfileId: -6 })).toMatchObject({
      calls: [],
      answer: { status: 'Unknown' },
    });
  });

  test('an EVSE with several connectors: all of them or none', () => {
    const b = make();
    b.state.set('topology', 'map', { 1: [1, 1], 2: [1, 2] });
    const run = b.fromCsms('SetChargingProfile', request(1));
    expect(run.calls.map(({ payload }) => [payload.connectorId, payload.csChargingProfiles.chargingProfileId])).toEqual(
      [
        [1, 1],
        [2, 0x7fff_ffff],
      ],
    );
    expect(b.fromCsms('ClearChargingProfile', { chargingProfileId: 1 }).calls.map(({ payload }) => payload.id)).toEqual(
      [1, 0x7fff_ffff],
    );
    const half = b.fromCsms('SetChargingProfile', request(1), accepted, { status: 'Rejected' });
    expect(half.calls.map(({ action }) => action)).toEqual([
      'SetChargingProfile',
      'SetChargingProfile',
      'ClearChargingProfile',
    ]);
    expect(half.calls[2]?.payload).toEqual({ id: 1 });
    expect(half.answer).toEqual({ status: 'Rejected' });
  });

  test('CallErrors', () => {
    const b = make();
    expect(b.fromCsms('SetChargingProfile', request(1), failure('NotSupported')).answer).toEqual(
      rejected('UnsupportedRequest'),
    );
    expect(b.fromCsms('SetChargingProfile', request(1), failure('FormatViolation')).refusal).toMatchObject({
      condition: 'InternalError',
    });
    expect(b.fromCsms('SetChargingProfile', request(1), failure('GenericError', true)).refusal).toMatchObject({
      uncertain: true,
    });
  });
});

test('limits are floored to one decimal, whatever their binary fraction', () => {
  for (let tenths = -50; tenths <= 5000; tenths++) expect(floorToTenth(tenths / 10)).toBe(tenths / 10);
  expect([10.57, 10.99, 0.04, 22000.05, 1e6 + 0.19].map(floorToTenth)).toEqual([10.5, 10.9, 0, 22000, 1000000.1]);
});

describe('ClearChargingProfile at a 1.6 station', () => {
  test.each<[Payload, Payload]>([
    [{ chargingProfileId: 4, chargingProfileCriteria: { evseId: 1 } }, { id: 4 }],
    [{ chargingProfileCriteria: { evseId: 0, stackLevel: 0 } }, { connectorId: 0, stackLevel: 0 }],
    [
      { chargingProfileCriteria: { chargingProfilePurpose: 'ChargingStationMaxProfile' } },
      { chargingProfilePurpose: 'ChargePointMaxProfile' },
    ],
    [{}, {}],
    [{ chargingProfileCriteria: {} }, {}],
  ])('%j → %j', (newer, older) => {
    const run = make().fromCsms('ClearChargingProfile', newer, { status: 'Unknown' });
    expect(run.calls).toEqual([{ action: 'ClearChargingProfile', payload: older }]);
    expect(run.answer).toEqual({ status: 'Unknown' });
  });

  test('external constraints and unknown EVSEs have none', () => {
    const b = make();
    configure(b, { NumberOfConnectors: '1' });
    for (const criteria of [{ chargingProfilePurpose: 'ChargingStationExternalConstraints' }, { evseId: 2 }]) {
      expect(b.fromCsms('ClearChargingProfile', { chargingProfileCriteria: criteria })).toMatchObject({
        calls: [],
        answer: { status: 'Unknown' },
      });
    }
  });

  test('several connectors: Accepted when any was; NotSupported is Unknown', () => {
    const b = make();
    b.state.set('topology', 'map', { 1: [1, 1], 2: [1, 2] });
    const clear = { chargingProfileCriteria: { evseId: 1 } };
    expect(b.fromCsms('ClearChargingProfile', clear, { status: 'Unknown' }, accepted).answer).toEqual(accepted);
    expect(make().fromCsms('ClearChargingProfile', clear, failure('NotImplemented')).answer).toEqual({
      status: 'Unknown',
      statusInfo: { reasonCode: 'UnsupportedRequest' },
    });
  });
});

describe('GetCompositeSchedule at a 1.6 station', () => {
  const ask = { evseId: 1, duration: 600, chargingRateUnit: 'A' };
  const older = { chargingRateUnit: 'A', chargingSchedulePeriod: [{ startPeriod: 0, limit: 16, numberPhases: 3 }] };

  test('every field', () => {
    const run = make().fromCsms('GetCompositeSchedule', ask, {
      status: 'Accepted',
      connectorId: 1,
      scheduleStart: at(3),
      chargingSchedule: { ...older, duration: 500, startSchedule: at(2), minChargingRate: 6 },
    });
    expect(run.calls).toEqual([
      { action: 'GetCompositeSchedule', payload: { connectorId: 1, duration: 600, chargingRateUnit: 'A' } },
    ]);
    expect(run.answer).toEqual({
      status: 'Accepted',
      schedule: { evseId: 1, duration: 500, scheduleStart: at(3), ...older },
    });
  });

  test('what is missing: start and duration', () => {
    const b = make();
    const start = b.fromCsms('GetCompositeSchedule', ask, {
      status: 'Accepted',
      chargingSchedule: { ...older, startSchedule: at(2) },
    });
    expect(start.answer?.schedule).toMatchObject({ duration: 600, scheduleStart: at(2) });
    const now = b.fromCsms('GetCompositeSchedule', ask, { status: 'Accepted', chargingSchedule: older });
    expect(now.answer?.schedule).toMatchObject({ scheduleStart: at(0) });
  });

  test('no schedule is Rejected', () => {
    const b = make();
    expect(b.fromCsms('GetCompositeSchedule', ask, { status: 'Accepted' }).answer).toEqual(rejected('NotFound'));
    expect(b.fromCsms('GetCompositeSchedule', ask, { status: 'Rejected' }).answer).toEqual({ status: 'Rejected' });
    expect(b.fromCsms('GetCompositeSchedule', ask, failure('NotSupported')).answer).toEqual(
      rejected('UnsupportedRequest'),
    );
    expect(b.fromCsms('GetCompositeSchedule', ask, failure('GenericError', true)).refusal).toMatchObject({
      uncertain: true,
    });
    configure(b, { NumberOfConnectors: '1' });
    expect(b.fromCsms('GetCompositeSchedule', { ...ask, evseId: 2 }).answer).toEqual(rejected('UnknownEvse'));
  });
});
