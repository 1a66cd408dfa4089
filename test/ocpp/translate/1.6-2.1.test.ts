/** Two Translators in a row: a station of 1.6 under HEAD, and one of 2.1 under a CSMS of 1.6. */
import { describe, expect, test } from 'vitest';
import { translators } from '../../../src/ocpp/translate/index.ts';
import type { Message, Payload } from '../../../src/ocpp/translate/outcome.ts';
import { at, bridge } from '../../support/translation.ts';
import { randomBridge } from '../../support/translation-properties.ts';

describe.each([
  ['1.6', '2.1'],
  ['2.1', '1.6'],
] as const)('any Call between a station of %s and a CSMS of %s', (station, csms) => {
  const b = randomBridge(station, csms, translators);
  for (const side of ['station', 'csms'] as const) {
    test.each(b.actions(side))(`%s of the ${side} is answered, and all that crosses is valid`, (action) => {
      b.holds(side, action);
    });
  }
});

describe('a Dynamic profile of a 2.1 CSMS at a 1.6 station', () => {
  const dynamic = (more: Payload = {}): Payload => ({
    evseId: 1,
    chargingProfile: {
      id: 4,
      stackLevel: 1,
      chargingProfilePurpose: 'TxDefaultProfile',
      chargingProfileKind: 'Dynamic',
      chargingSchedule: [{ id: 1, chargingRateUnit: 'W', chargingSchedulePeriod: [{ startPeriod: 0, limit: 11_000 }] }],
      ...more,
    },
  });
  const sent = (limit: number, startSchedule: string): Message => ({
    action: 'SetChargingProfile',
    payload: {
      connectorId: 1,
      csChargingProfiles: {
        chargingProfileId: 4,
        stackLevel: 1,
        chargingProfilePurpose: 'TxDefaultProfile',
        chargingProfileKind: 'Absolute',
        chargingSchedule: { chargingRateUnit: 'W', startSchedule, chargingSchedulePeriod: [{ startPeriod: 0, limit }] },
      },
    },
  });

  test('is set again with every update, and reported as it was set', () => {
    const b = bridge('1.6', '2.1', translators);
    expect(b.fromCsms('SetChargingProfile', dynamic()).calls).toEqual([sent(11_000, at(0))]);
    b.now += 60_000;
    b.restart();
    const update = { chargingProfileId: 4, scheduleUpdate: { setpoint: 7000.55 } };
    expect(b.fromCsms('UpdateDynamicSchedule', update)).toMatchObject({
      calls: [sent(7000.5, at(1))],
      answer: { status: 'Accepted' },
    });
    b.fromCsms('GetChargingProfiles', { requestId: 1, chargingProfile: {} });
    const [report] = b.emitted().flatMap(({ calls }) => calls);
    expect(report?.payload.chargingProfile).toMatchObject([
      { chargingProfileKind: 'Dynamic', chargingSchedule: [{ chargingSchedulePeriod: [{ setpoint: 7000.55 }] }] },
    ]);
  });

  test('asks the CSMS for updates, and goes without one', () => {
    const b = bridge('1.6', '2.1', translators);
    const [schedule] = dynamic().chargingProfile.chargingSchedule as [Payload];
    b.fromCsms(
      'SetChargingProfile',
      dynamic({ dynUpdateInterval: 60, chargingSchedule: [{ ...schedule, duration: 90 }] }),
    );
    b.now += 60_000;
    const pulled = b.emitted({ status: 'Accepted', scheduleUpdate: { limit: 5000 } });
    expect(pulled.flatMap(({ calls }) => calls)).toEqual([
      { action: 'PullDynamicScheduleUpdate', payload: { chargingProfileId: 4 } },
      sent(5000, at(1)),
    ]);
    b.now += 60_000;
    b.emitted({ status: 'Rejected' });
    b.now += 30_000;
    expect(b.emitted().flatMap(({ calls }) => calls)).toEqual([{ action: 'ClearChargingProfile', payload: { id: 4 } }]);
  });
});

test('what 1.6 has of smart charging a 2.1 CSMS is told no to', () => {
  const b = bridge('1.6', '2.1', translators);
  const rejected = { status: 'Rejected', statusInfo: { reasonCode: 'UnsupportedRequest' } };
  const no = (action: string, payload: Payload): unknown => b.fromCsms(action, payload).answer;
  expect(no('UsePriorityCharging', { transactionId: 'T', activate: true })).toMatchObject({ status: 'NoProfile' });
  expect(no('AFRRSignal', { timestamp: at(0), signal: 1 })).toEqual(rejected);
  expect(no('NotifyAllowedEnergyTransfer', { transactionId: 'T', allowedEnergyTransfer: ['DC'] })).toEqual(rejected);
});
