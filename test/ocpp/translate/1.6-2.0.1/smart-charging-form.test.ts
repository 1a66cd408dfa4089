/** The form in which a 1.6 station gets a profile: units, order, starts, ids. */
import { describe, expect, test } from 'vitest';
import { between16and201 } from '../../../../src/ocpp/translate/1.6-2.0.1/index.ts';
import type { Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { at, type Bridge, bridge, type Run } from '../../../support/translation.ts';
import { ids, make, rejected, reports, schedule, set } from './smart-charging-support.ts';

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
