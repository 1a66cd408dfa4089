import { describe, expect, test } from 'vitest';
import { between16and201 } from '../../../../src/ocpp/translate/1.6-2.0.1/index.ts';
import type { Message, Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { at, type Bridge, bridge, failure } from '../../../support/translation.ts';

/** A 2.0.1 station under a CSMS of 1.6. */
const make = (): Bridge => bridge('2.0.1', '1.6', [between16and201]);

const schedule = (more: Payload = {}): Payload => ({
  chargingRateUnit: 'A',
  chargingSchedulePeriod: [{ startPeriod: 0, limit: 16 }],
  ...more,
});
const request = (connectorId: number, more: Payload = {}): Payload => ({
  connectorId,
  csChargingProfiles: {
    chargingProfileId: 1,
    stackLevel: 0,
    chargingProfilePurpose: 'TxDefaultProfile',
    chargingProfileKind: 'Relative',
    chargingSchedule: schedule(),
    ...more,
  },
});
const accepted = { status: 'Accepted' };
const rejected = { status: 'Rejected' };

/** Begins transaction `tx` on EVSE 1, which the CSMS calls 1. */
function start(b: Bridge, evseId = 1): void {
  b.fromStation('TransactionEvent', {
    eventType: 'Started',
    timestamp: at(0),
    triggerReason: 'Authorized',
    seqNo: 0,
    transactionInfo: { transactionId: 'tx', chargingState: 'Charging' },
    evse: { id: evseId, connectorId: 1 },
    idToken: { idToken: '04AABBCC', type: 'ISO14443' },
  });
}

const sent = (run: { calls: readonly Message[] }): Payload => run.calls.at(-1)?.payload.chargingProfile as Payload;

describe('SetChargingProfile at a 2.0.1 station', () => {
  test('every field', () => {
    const b = make();
    start(b);
    const run = b.fromCsms('SetChargingProfile', {
      connectorId: 1,
      csChargingProfiles: {
        chargingProfileId: 12,
        transactionId: 1,
        stackLevel: 3,
        chargingProfilePurpose: 'TxProfile',
        chargingProfileKind: 'Recurring',
        recurrencyKind: 'Weekly',
        validFrom: at(0),
        validTo: at(60),
        chargingSchedule: {
          duration: 3600,
          startSchedule: at(1),
          chargingRateUnit: 'W',
          minChargingRate: 10.1,
          chargingSchedulePeriod: [
            { startPeriod: 60, limit: 10.5 },
            { startPeriod: 0, limit: 8.1, numberPhases: 1 },
          ],
        },
      },
    });
    expect(run.calls).toEqual([
      {
        action: 'SetChargingProfile',
        payload: {
          evseId: 1,
          chargingProfile: {
            id: 12,
            transactionId: 'tx',
            stackLevel: 3,
            chargingProfilePurpose: 'TxProfile',
            chargingProfileKind: 'Recurring',
            recurrencyKind: 'Weekly',
            validFrom: at(0),
            validTo: at(60),
            chargingSchedule: [
              {
                id: 1,
                duration: 3600,
                startSchedule: at(1),
                chargingRateUnit: 'W',
                minChargingRate: 10.1,
                chargingSchedulePeriod: [
                  { startPeriod: 0, limit: 8.1, numberPhases: 1 },
                  { startPeriod: 60, limit: 10.5 },
                ],
              },
            ],
          },
        },
      },
    ]);
    expect(run.answer).toEqual(accepted);
  });

  test.each<[string, Payload, Payload]>([
    [
      'the station has no start of charging',
      { chargingProfilePurpose: 'ChargePointMaxProfile', chargingProfileKind: 'Relative' },
      { chargingProfileKind: 'Absolute', startSchedule: at(0) },
    ],
    [
      'Absolute without a start, of the station',
      { chargingProfilePurpose: 'ChargePointMaxProfile', chargingProfileKind: 'Absolute' },
      { chargingProfileKind: 'Absolute', startSchedule: at(0) },
    ],
    [
      'Absolute without a start, of a transaction',
      { chargingProfileKind: 'Absolute' },
      { chargingProfileKind: 'Relative', startSchedule: undefined },
    ],
    [
      'Relative with a start',
      { chargingProfileKind: 'Relative', chargingSchedule: schedule({ startSchedule: at(1) }) },
      { chargingProfileKind: 'Relative', startSchedule: undefined },
    ],
    [
      'Absolute with a start',
      { chargingProfileKind: 'Absolute', chargingSchedule: schedule({ startSchedule: at(1) }) },
      { chargingProfileKind: 'Absolute', startSchedule: at(1) },
    ],
    [
      'Daily from midnight',
      { chargingProfileKind: 'Recurring', recurrencyKind: 'Daily' },
      { chargingProfileKind: 'Recurring', startSchedule: '2026-01-01T00:00:00.000Z' },
    ],
    [
      'Weekly from Monday',
      { chargingProfileKind: 'Recurring', recurrencyKind: 'Weekly' },
      { chargingProfileKind: 'Recurring', startSchedule: '2025-12-29T00:00:00.000Z' },
    ],
  ])('%s', (_name, older, { chargingProfileKind, startSchedule }) => {
    const profile = sent(make().fromCsms('SetChargingProfile', request(0, older)));
    expect(profile.chargingProfileKind).toBe(chargingProfileKind);
    expect(profile.chargingSchedule[0].startSchedule).toBe(startSchedule);
  });

  test('midnight is the station’s, when its zone is known', () => {
    const b = make();
    b.fromCsms('GetConfiguration', { key: ['TimeOffset'] }, ({ payload }: Message) => ({
      getVariableResult: [{ attributeStatus: 'Accepted', attributeValue: '+02:00', ...payload.getVariableData[0] }],
    }));
    b.now = Date.UTC(2026, 0, 4, 23, 0);
    const start = (recurrencyKind: string): unknown =>
      sent(b.fromCsms('SetChargingProfile', request(0, { chargingProfileKind: 'Recurring', recurrencyKind })))
        .chargingSchedule[0].startSchedule;
    expect(start('Daily')).toBe('2026-01-04T22:00:00.000Z');
    expect(start('Weekly')).toBe('2026-01-04T22:00:00.000Z');
  });

  test.each<[string, number, Payload]>([
    ['Recurring without recurrencyKind', 1, { chargingProfileKind: 'Recurring' }],
    ['no period', 1, { chargingSchedule: schedule({ chargingSchedulePeriod: [] }) }],
    ['no period from 0', 1, { chargingSchedule: schedule({ chargingSchedulePeriod: [{ startPeriod: 5, limit: 6 }] }) }],
    [
      'more periods than 2.0.1 can hold',
      1,
      {
        chargingSchedule: schedule({
          chargingSchedulePeriod: Array.from({ length: 1025 }, (_, startPeriod) => ({ startPeriod, limit: 6 })),
        }),
      },
    ],
    ['a TxProfile of the station', 0, { chargingProfilePurpose: 'TxProfile' }],
    ['a TxProfile without a transaction', 1, { chargingProfilePurpose: 'TxProfile' }],
    ['a TxProfile of an unknown transaction', 1, { chargingProfilePurpose: 'TxProfile', transactionId: 9 }],
    ['a maximum of the station on a connector', 1, { chargingProfilePurpose: 'ChargePointMaxProfile' }],
    ['a negative level', 1, { stackLevel: -1 }],
  ])('%s is refused', (_name, connectorId, more) => {
    const b = make();
    expect(b.fromCsms('SetChargingProfile', request(connectorId, more))).toMatchObject({ calls: [], answer: rejected });
    expect(b.notes).toHaveLength(1);
  });

  test('a TxProfile belongs to the transaction on its connector', () => {
    const b = make();
    start(b, 2);
    const set = (connectorId: number, more: Payload = {}) =>
      b.fromCsms('SetChargingProfile', request(connectorId, { chargingProfilePurpose: 'TxProfile', ...more }));
    expect(sent(set(2)).transactionId).toBe('tx');
    expect(set(1, { transactionId: 1 }).answer).toEqual(rejected);
    // Other profiles name no transaction in 2.x.
    expect(sent(b.fromCsms('SetChargingProfile', request(2, { transactionId: 1 })))).not.toHaveProperty(
      'transactionId',
    );
  });

  test('F37: what 1.6 replaces is cleared first, and comes back when the new one is refused', () => {
    const b = make();
    b.fromCsms('SetChargingProfile', request(0, { chargingProfileId: 1 }));
    const first = b.state.get<{ profile: Payload }>('chargingProfile', '1')?.profile;
    const refused = b.fromCsms(
      'SetChargingProfile',
      request(0, { chargingProfileId: 2 }),
      accepted,
      rejected,
      accepted,
    );
    expect(
      refused.calls.map(({ action, payload }) => [action, payload.chargingProfileId ?? payload.chargingProfile.id]),
    ).toEqual([
      ['ClearChargingProfile', 1],
      ['SetChargingProfile', 2],
      ['SetChargingProfile', 1],
    ]);
    expect(refused.calls[2]?.payload).toEqual({ evseId: 0, chargingProfile: first });
    expect(refused.answer).toEqual(rejected);

    const taken = b.fromCsms('SetChargingProfile', request(0, { chargingProfileId: 2 }));
    expect(taken.calls.map(({ action }) => action)).toEqual(['ClearChargingProfile', 'SetChargingProfile']);
    expect(taken.answer).toEqual(accepted);
    expect([...b.state.rows('chargingProfile')].map(([id]) => id)).toEqual(['2']);
  });

  test('a profile that the station had lost is not brought back; one that cannot come back is noted', () => {
    const b = make();
    b.fromCsms('SetChargingProfile', request(0, { chargingProfileId: 1 }));
    const lost = b.fromCsms(
      'SetChargingProfile',
      request(0, { chargingProfileId: 2 }),
      { status: 'Unknown' },
      rejected,
    );
    expect(lost.calls).toHaveLength(2);
    expect(b.state.size('chargingProfile')).toBe(0);
    b.fromCsms('SetChargingProfile', request(0, { chargingProfileId: 1 }));
    b.fromCsms('SetChargingProfile', request(0, { chargingProfileId: 2 }), accepted, rejected, rejected);
    expect(b.state.size('chargingProfile')).toBe(0);
    expect(b.notes.map(({ reason }) => reason)).toContain('profile 1 was cleared and could not be installed again');
  });

  test('CallErrors', () => {
    const b = make();
    expect(b.fromCsms('SetChargingProfile', request(1), failure('NotImplemented')).answer).toEqual({
      status: 'NotSupported',
    });
    expect(b.fromCsms('SetChargingProfile', request(1), failure('PropertyConstraintViolation')).refusal).toMatchObject({
      condition: 'InternalError',
    });
    expect(b.fromCsms('SetChargingProfile', request(1), failure('GenericError', true)).refusal).toMatchObject({
      uncertain: true,
    });
    // The station may have profile 1 now: it is cleared before another one takes its place.
    const next = b.fromCsms('SetChargingProfile', request(1, { chargingProfileId: 2 }), failure('GenericError', true));
    expect(next.calls.map(({ action }) => action)).toEqual(['ClearChargingProfile']);
    expect(next.refusal).toMatchObject({ uncertain: true });
  });
});

describe('ClearChargingProfile at a 2.0.1 station', () => {
  test.each<[Payload, Payload[]]>([
    [{ id: 4, connectorId: 1, stackLevel: 2 }, [{ chargingProfileId: 4 }]],
    [
      { connectorId: 0, chargingProfilePurpose: 'ChargePointMaxProfile', stackLevel: 0 },
      [{ chargingProfileCriteria: { evseId: 0, chargingProfilePurpose: 'ChargingStationMaxProfile', stackLevel: 0 } }],
    ],
    [
      {},
      ['ChargingStationMaxProfile', 'TxDefaultProfile', 'TxProfile'].map((chargingProfilePurpose) => ({
        chargingProfileCriteria: { chargingProfilePurpose },
      })),
    ],
  ])('%j', (older, newer) => {
    const run = make().fromCsms('ClearChargingProfile', older, ...newer.map(() => ({ status: 'Unknown' })));
    expect(run.calls.map(({ payload }) => payload)).toEqual(newer);
    expect(run.answer).toEqual({ status: 'Unknown' });
  });

  test('Accepted when any was; then they are forgotten', () => {
    const b = make();
    b.fromCsms('SetChargingProfile', request(1));
    b.fromCsms('SetChargingProfile', request(2, { chargingProfileId: 2 }));
    b.fromCsms('ClearChargingProfile', { connectorId: 1 });
    expect([...b.state.rows('chargingProfile')].map(([id]) => id)).toEqual(['2']);
    const run = b.fromCsms('ClearChargingProfile', {}, { status: 'Unknown' }, accepted, { status: 'Unknown' });
    expect(run.answer).toEqual(accepted);
    expect(b.state.size('chargingProfile')).toBe(0);
    expect(b.fromCsms('ClearChargingProfile', { id: 1 }, failure('NotSupported')).refusal).toMatchObject({
      condition: 'NotSupported',
    });
  });
});

describe('GetCompositeSchedule at a 2.0.1 station', () => {
  const ask = { connectorId: 2, duration: 600 };

  test('every field', () => {
    const b = make();
    const run = b.fromCsms(
      'GetCompositeSchedule',
      { ...ask, chargingRateUnit: 'W' },
      {
        status: 'Accepted',
        schedule: {
          evseId: 2,
          duration: 600,
          scheduleStart: at(3),
          chargingRateUnit: 'W',
          chargingSchedulePeriod: [{ startPeriod: 0, limit: 11000.25, numberPhases: 1, phaseToUse: 3 }],
        },
      },
    );
    expect(run.calls).toEqual([
      { action: 'GetCompositeSchedule', payload: { duration: 600, chargingRateUnit: 'W', evseId: 2 } },
    ]);
    expect(run.answer).toEqual({
      status: 'Accepted',
      connectorId: 2,
      scheduleStart: at(3),
      chargingSchedule: {
        duration: 600,
        chargingRateUnit: 'W',
        chargingSchedulePeriod: [{ startPeriod: 0, limit: 11000.2, numberPhases: 1 }],
      },
    });
  });

  test('no schedule is Rejected', () => {
    const b = make();
    expect(b.fromCsms('GetCompositeSchedule', ask, { status: 'Accepted' }).answer).toEqual(rejected);
    expect(
      b.fromCsms('GetCompositeSchedule', ask, { status: 'Rejected', statusInfo: { reasonCode: 'X' } }).answer,
    ).toEqual(rejected);
    expect(b.fromCsms('GetCompositeSchedule', ask, failure('NotImplemented')).refusal).toMatchObject({
      condition: 'NotSupported',
    });
  });
});
