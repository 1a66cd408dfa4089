/** A 2.0.1 station under a CSMS of 1.6: its reports of profiles, and what 1.6 has no messages for. */
import { describe, expect, test } from 'vitest';
import { between16and201 } from '../../../../src/ocpp/translate/1.6-2.0.1/index.ts';
import type { Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { at, type Bridge, bridge, crash, failure } from '../../../support/translation.ts';

const make = (): Bridge => bridge('2.0.1', '1.6', [between16and201]);
const chargingSchedulePeriod = [{ startPeriod: 0, limit: 16 }];
const profile = (id: number, more: Payload = {}): Payload => ({
  id,
  stackLevel: 0,
  chargingProfilePurpose: 'TxDefaultProfile',
  chargingProfileKind: 'Relative',
  chargingSchedule: [{ id: 1, chargingRateUnit: 'A', chargingSchedulePeriod }],
  ...more,
});
const set = (b: Bridge, chargingProfileId: number, connectorId: number, ...replies: Payload[]) =>
  b.fromCsms(
    'SetChargingProfile',
    {
      connectorId,
      csChargingProfiles: {
        chargingProfileId,
        stackLevel: 0,
        chargingProfilePurpose: 'TxDefaultProfile',
        chargingProfileKind: 'Relative',
        chargingSchedule: { chargingRateUnit: 'A', chargingSchedulePeriod },
      },
    },
    ...replies,
  );
const boot = (b: Bridge): void => {
  b.fromStation('BootNotification', { reason: 'PowerUp', chargingStation: { model: 'M', vendorName: 'V' } });
};
const report = (b: Bridge, evseId: number, profiles: Payload[], more: Payload = {}) =>
  b.fromStation('ReportChargingProfiles', {
    requestId: 1,
    chargingLimitSource: 'CSO',
    evseId,
    chargingProfile: profiles,
    ...more,
  });
const known = (b: Bridge): unknown[] => [...b.state.rows('chargingProfile')].map(([id]) => Number(id));

describe('the station’s profiles', () => {
  test('are asked for after its first boot, and after one from which something is known', () => {
    const b = make();
    boot(b);
    expect(b.emitted().flatMap(({ side, calls }) => (side === 'station' ? calls : []))).toEqual([
      { action: 'GetChargingProfiles', payload: { requestId: 1, chargingProfile: { chargingLimitSource: ['CSO'] } } },
    ]);
    boot(b);
    expect(b.emitted()).toEqual([]);
    set(b, 1, 1);
    boot(b);
    b.restart();
    expect(b.emitted()).toHaveLength(1);
    // What cannot be asked for is not there to be corrected.
    boot(b);
    b.emitted(failure('NotImplemented'));
    expect(known(b)).toEqual([1]);
  });

  test('are learnt from its report; what the report does not tell is forgotten', () => {
    const b = make();
    set(b, 1, 1);
    set(b, 2, 2);
    boot(b);
    b.emitted();
    // Set while the report is under way.
    set(b, 3, 3);
    expect(report(b, 1, [profile(8)], { tbc: true })).toMatchObject({ calls: [], answer: {} });
    b.restart();
    report(b, 2, [profile(2)]);
    expect(known(b).toSorted()).toEqual([2, 3, 8]);
    // So the one that it had before is cleared for the one that comes.
    expect(set(b, 4, 1).calls.map(({ action, payload }) => [action, payload.chargingProfileId])).toEqual([
      ['ClearChargingProfile', 8],
      ['SetChargingProfile', undefined],
    ]);
  });

  test('are none', () => {
    const b = make();
    set(b, 1, 1);
    boot(b);
    b.emitted({ status: 'NoProfiles' });
    expect(known(b)).toEqual([]);
  });

  test('of others are left alone, and so is what a report beyond all measure tells', () => {
    const b = make();
    report(b, 0, [profile(-1)], { chargingLimitSource: 'EMS' });
    expect(known(b)).toEqual([]);
    report(b, 1, [profile(7)], { requestId: 77 });
    expect(known(b)).toEqual([7]);
    for (let id = 10; id < 200; id++) report(b, id, [profile(id)], { requestId: 77 });
    expect(known(b)).toHaveLength(100);
  });

  test('are asked for when it refuses one as a duplicate', () => {
    const b = make();
    expect(set(b, 1, 1, { status: 'Rejected', statusInfo: { reasonCode: 'DuplicateProfile' } }).answer).toEqual({
      status: 'Rejected',
    });
    expect(b.emitted().map(({ calls }) => calls[0]?.action)).toEqual(['GetChargingProfiles']);
    report(b, 1, [profile(8)]);
    expect(set(b, 1, 1).calls.map(({ action }) => action)).toEqual(['ClearChargingProfile', 'SetChargingProfile']);
  });

  test('one of a remote start is replaced by the next of its transaction', () => {
    const b = make();
    const tx = {
      chargingProfileId: 5,
      stackLevel: 1,
      chargingProfilePurpose: 'TxProfile',
      chargingProfileKind: 'Relative',
      chargingSchedule: { chargingRateUnit: 'A', chargingSchedulePeriod },
    };
    b.fromCsms('RemoteStartTransaction', { connectorId: 1, idTag: '04AABBCC', chargingProfile: tx });
    const event = (eventType: string, seqNo: number, more: Payload = {}): Payload => ({
      eventType,
      timestamp: at(seqNo),
      triggerReason: 'RemoteStart',
      seqNo,
      transactionInfo: { transactionId: 'tx', chargingState: 'Charging', ...more },
      evse: { id: 1, connectorId: 1 },
      idToken: { idToken: '04AABBCC', type: 'Central' },
    });
    b.fromStation('TransactionEvent', event('Started', 0, { remoteStartId: 1 }));
    b.restart();
    const next = { connectorId: 1, csChargingProfiles: { ...tx, chargingProfileId: 6, transactionId: 1 } };
    expect(b.fromCsms('SetChargingProfile', next).calls.map(({ payload }) => payload.chargingProfileId)).toEqual([
      5,
      undefined,
    ]);
    expect(known(b)).toEqual([6]);
    b.fromStation('TransactionEvent', event('Ended', 1, { stoppedReason: 'Local' }));
    expect(known(b)).toEqual([]);
  });
});

test.each<[string, Payload, Payload]>([
  ['NotifyChargingLimit', { chargingLimit: { chargingLimitSource: 'EMS' }, evseId: 1 }, {}],
  ['ClearedChargingLimit', { chargingLimitSource: 'EMS' }, {}],
  ['NotifyEVChargingNeeds', { evseId: 1, chargingNeeds: { requestedEnergyTransfer: 'DC' } }, { status: 'Rejected' }],
  [
    'NotifyEVChargingSchedule',
    { evseId: 1, timeBase: at(0), chargingSchedule: { id: 1, chargingRateUnit: 'W', chargingSchedulePeriod } },
    { status: 'Accepted' },
  ],
])('%s is answered here', (action, payload, answer) => {
  const b = make();
  expect(b.fromStation(action, payload)).toMatchObject({ calls: [], answer });
  expect(b.notes).toEqual([{ action, kind: 'lost', field: 'message', reason: '1.6 has no such message' }]);
});

describe('a 2.0.1 station that takes one unit only', () => {
  const only = (value: string): Bridge => {
    const b = bridge('2.0.1', '1.6', [between16and201], { nominalVoltage: 230, phases: 3 });
    b.fromCsms('GetConfiguration', { key: ['ChargingScheduleAllowedChargingRateUnit'] }, ({ payload }) => ({
      getVariableResult: payload.getVariableData.map((data: Payload) => ({
        attributeStatus: 'Accepted',
        attributeValue: value,
        ...data,
      })),
    }));
    return b;
  };

  test('gets limits in it', () => {
    const [call] = set(only('W'), 1, 1).calls;
    expect(call?.payload.chargingProfile.chargingSchedule[0]).toMatchObject({
      chargingRateUnit: 'W',
      chargingSchedulePeriod: [{ startPeriod: 0, limit: 11_040 }],
    });
  });

  test('is asked for its composite schedule in it', () => {
    const run = only('W').fromCsms(
      'GetCompositeSchedule',
      { connectorId: 1, duration: 60, chargingRateUnit: 'A' },
      {
        status: 'Accepted',
        schedule: {
          evseId: 1,
          duration: 60,
          scheduleStart: at(0),
          chargingRateUnit: 'W',
          chargingSchedulePeriod: [{ startPeriod: 0, limit: 11_039 }],
        },
      },
    );
    expect(run.calls[0]?.payload.chargingRateUnit).toBe('W');
    expect(run.answer?.chargingSchedule).toMatchObject({
      chargingRateUnit: 'A',
      chargingSchedulePeriod: [{ startPeriod: 0, limit: 15.9 }],
    });
  });
});

test('the process dies while a profile is being replaced: that is brought to its end', () => {
  const b = make();
  set(b, 1, 1);
  b.fromCsms(
    'SetChargingProfile',
    {
      connectorId: 1,
      csChargingProfiles: {
        chargingProfileId: 2,
        stackLevel: 0,
        chargingProfilePurpose: 'TxDefaultProfile',
        chargingProfileKind: 'Relative',
        chargingSchedule: { chargingRateUnit: 'A', chargingSchedulePeriod },
      },
    },
    { status: 'Accepted' },
    crash,
  );
  const [run] = b.emitted({ status: 'Unknown' }, { status: 'Rejected' }, { status: 'Unknown' }, { status: 'Accepted' });
  expect(run?.calls.map(({ payload }) => payload.chargingProfileId ?? payload.chargingProfile.id)).toEqual([
    1, 2, 2, 1,
  ]);
  expect(known(b)).toEqual([1]);
});
