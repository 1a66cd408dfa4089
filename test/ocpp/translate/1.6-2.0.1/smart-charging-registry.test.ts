/** What is remembered of the profiles of a 1.6 station, as it is reported. */
import { describe, expect, test } from 'vitest';
import type { Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { at, crash } from '../../../support/translation.ts';
import {
  accepted,
  make,
  profile,
  rejected,
  reportedIds,
  reports,
  schedule,
  set,
  start,
} from './smart-charging-support.ts';

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
