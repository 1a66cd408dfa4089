/** Charging profiles that the other side cannot take as they are. The CSMSs of 1.6 and 2.0.1 are played here; as the built-in one, of 2.1, they stand in test/scenarios/tricky-commands.test.ts. */
import { expect } from 'vitest';
import { translators } from '../../../../src/ocpp/translate/index.ts';
import type { Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { at, type Bridge, bridge } from '../../../support/translation.ts';
import { trickyCase } from '../../../support/tricky-case.ts';

const accepted = { status: 'Accepted' };
const rejected = { status: 'Rejected' };

/** A profile of 2.x. */
const profile = (more: Payload, ...periods: Payload[]): Payload => ({
  id: 1,
  stackLevel: 0,
  chargingProfilePurpose: 'TxProfile',
  chargingProfileKind: 'Relative',
  chargingSchedule: [{ id: 7, chargingRateUnit: 'A', chargingSchedulePeriod: periods }],
  ...more,
});

trickyCase(
  'F36: a 1.6 station gets one schedule, in tenths',
  '1.6',
  () => bridge('1.6', '2.0.1', translators),
  (b) => {
    const start = { connectorId: 1, idTag: '04AABBCC', meterStart: 0, timestamp: at(0) };
    const [started] = b.fromStation('StartTransaction', start).calls;
    const transactionId = started?.payload.transactionInfo.transactionId as string;
    const whole = profile({ transactionId }, { startPeriod: 0, limit: 10.57 });
    const [schedule] = whole.chargingSchedule as Payload[];
    const two = { ...whole, chargingSchedule: [schedule, { ...schedule, id: 8 }] };
    expect(b.fromCsms('SetChargingProfile', { evseId: 1, chargingProfile: two })).toMatchObject({
      calls: [],
      answer: { status: 'Rejected', statusInfo: { reasonCode: 'InvalidSchedule' } },
    });
    const one = b.fromCsms('SetChargingProfile', { evseId: 1, chargingProfile: whole });
    expect(one).toMatchObject({
      answer: accepted,
      calls: [
        {
          action: 'SetChargingProfile',
          payload: {
            connectorId: 1,
            csChargingProfiles: {
              chargingProfileId: 1,
              transactionId: 1,
              stackLevel: 0,
              chargingProfilePurpose: 'TxProfile',
              chargingProfileKind: 'Relative',
              chargingSchedule: { chargingRateUnit: 'A', chargingSchedulePeriod: [{ startPeriod: 0, limit: 10.5 }] },
            },
          },
        },
      ],
    });
    expect(b.notes.map(({ field }) => field)).toContain('limit');
  },
);

trickyCase(
  'F37: a profile that 1.6 would replace is cleared first, and comes back when the new one is refused',
  '2.0.1',
  () => bridge('2.0.1', '1.6', translators),
  (b) => {
    const set = (chargingProfileId: number, ...replies: Payload[]) =>
      b.fromCsms(
        'SetChargingProfile',
        {
          connectorId: 0,
          csChargingProfiles: {
            chargingProfileId,
            stackLevel: 0,
            chargingProfilePurpose: 'TxDefaultProfile',
            chargingProfileKind: 'Relative',
            chargingSchedule: { chargingRateUnit: 'A', chargingSchedulePeriod: [{ startPeriod: 0, limit: 16 }] },
          },
        },
        ...replies,
      );
    const [first] = set(1, accepted).calls;
    expect(first?.payload).toMatchObject({ evseId: 0, chargingProfile: { id: 1, stackLevel: 0 } });

    const refused = set(2, accepted, rejected, accepted);
    expect(refused.calls).toEqual([
      { action: 'ClearChargingProfile', payload: { chargingProfileId: 1 } },
      { action: 'SetChargingProfile', payload: expect.objectContaining({ evseId: 0 }) },
      first,
    ]);
    expect(refused.calls[1]?.payload.chargingProfile.id).toBe(2);
    expect(refused.answer).toEqual(rejected);

    // It is profile 1 that the next one replaces.
    const taken = set(2, accepted, accepted);
    expect(taken.calls.map(({ action }) => action)).toEqual(['ClearChargingProfile', 'SetChargingProfile']);
    expect(taken.calls[0]?.payload).toEqual({ chargingProfileId: 1 });
    expect(taken.answer).toEqual(accepted);
  },
);

const setpoint = (b: Bridge, watts: number) =>
  b.fromCsms('SetChargingProfile', {
    evseId: 1,
    chargingProfile: {
      id: 1,
      stackLevel: 0,
      chargingProfilePurpose: 'TxDefaultProfile',
      chargingProfileKind: 'Relative',
      chargingSchedule: [
        {
          id: 7,
          chargingRateUnit: 'W',
          chargingSchedulePeriod: [{ startPeriod: 0, operationMode: 'CentralSetpoint', setpoint: watts }],
        },
      ],
    },
  });

const limited = [{ startPeriod: 0, limit: 7000 }];

for (const [station, taken] of [
  ['2.0.1', { chargingProfile: { chargingSchedule: [{ chargingSchedulePeriod: limited }] } }],
  ['1.6', { csChargingProfiles: { chargingSchedule: { chargingSchedulePeriod: limited } } }],
] as const) {
  trickyCase(
    `F39: a setpoint that discharges is refused at a station of ${station}, one that charges is a limit`,
    station,
    () => bridge(station, '2.1', translators),
    (b) => {
      expect(setpoint(b, -5000)).toMatchObject({
        calls: [],
        answer: { status: 'Rejected', statusInfo: { reasonCode: 'InvalidProfile' } },
      });
      expect(setpoint(b, 7000)).toMatchObject({
        calls: [{ action: 'SetChargingProfile', payload: taken }],
        answer: accepted,
      });
    },
  );
}

trickyCase(
  'F39: a setpoint is refused at a 2.0.1 station where it is not to become a limit',
  '2.0.1',
  () => bridge('2.0.1', '2.1', translators, { setpointAsLimit: false }),
  (b) => {
    expect(setpoint(b, 7000)).toMatchObject({ calls: [], answer: { status: 'Rejected' } });
  },
);
