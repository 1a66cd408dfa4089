import { describe, expect, test } from 'vitest';
import { type Energy, energyOf, energyOfRow, noEnergy, storedEnergy, takeIn } from '../../src/csms/metering/energy.ts';
import type { Payload } from '../../src/ocpp/index.ts';

/** Meter values one minute after another, each with these samples. */
const values = (...samples: readonly (readonly Payload[])[]): Payload[] =>
  samples.map((sampledValue) => ({ sampledValue }));
const minutes = (list: readonly unknown[], first = 0): number[] => list.map((_, index) => (first + index) * 60_000);

const taken = (list: readonly Payload[], before: Energy = noEnergy, first = 0): Energy =>
  takeIn(before, list, minutes(list, first));
const energy = (...samples: readonly (readonly Payload[])[]): number | null => energyOf(taken(values(...samples)));

const register = (value: number, more: Payload = {}): Payload => ({
  value,
  measurand: 'Energy.Active.Import.Register',
  ...more,
});
const interval = (value: number, more: Payload = {}): Payload => ({
  value,
  measurand: 'Energy.Active.Import.Interval',
  ...more,
});
const unit = (name: string, multiplier?: number): Payload => ({
  unitOfMeasure: { unit: name, ...(multiplier === undefined ? {} : { multiplier }) },
});

describe('registers', () => {
  test('count by their difference', () => {
    expect(energy([register(1000)], [register(1200)], [register(1500)])).toBe(500);
    expect(energy([register(1000)])).toBe(0);
    expect(energy([])).toBeNull();
  });

  test('are what a sample without measurand is', () => {
    expect(energy([{ value: 1 }], [{ value: 3 }])).toBe(2);
  });

  test.each([
    [unit('Wh'), 500],
    [unit('kWh'), 500_000],
    [unit('MWh'), 500_000_000],
    [unit('Wh', 3), 500_000],
    [unit('kWh', -3), 500],
    [unit('Wh', -3), 0.5],
    [{}, 500],
    // the measurand is right
    [unit('kW'), 500_000],
  ])('in %j', (more, expected) => {
    expect(energy([register(1000, more)], [register(1500, more)])).toBe(expected);
  });

  test.each(['varh', 'Celsius', 'constructor', ''])('in %j are no energy', (name) => {
    expect(energy([register(1, unit(name))])).toBeNull();
  });

  test('in different units', () => {
    expect(energy([register(1_005)], [register(1.5, unit('kWh'))])).toBe(495);
  });

  test('of export do not count', () => {
    expect(energy([{ value: 5, measurand: 'Energy.Active.Export.Register' }])).toBeNull();
  });

  test('may be negative', () => {
    expect(energy([register(-1500)], [register(-1000)])).toBe(500);
  });

  test('too large for a number are left out', () => {
    expect(energy([register(1)], [register(1e308, unit('kWh', 300))], [register(2)])).toBe(1);
  });

  test('that go back by less than their unit do not count twice', () => {
    // 1005 Wh at the start, samples in whole kWh, the exact register at the end
    expect(energy([register(1005)], [register(1, unit('kWh'))], [register(2, unit('kWh'))], [register(1800)])).toBe(
      795,
    );
    expect(energy([register(1005)], [register(1, unit('kWh'))])).toBe(0);
  });

  test('of a meter that was replaced or restarted count from where it stands', () => {
    expect(energy([register(10_000)], [register(15_000)], [register(0)], [register(2_000)])).toBe(7_000);
    expect(
      energy([register(0)], [register(5_000)], [register(100)], [register(4_000)], [register(0)], [register(10)]),
    ).toBe(8_910);
  });

  test('come in any order', () => {
    const list = values([register(1000)], [register(4000)], [register(9000)]);
    const times = minutes(list);
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
      [2, 0, 1],
      [0, 2, 1, 0, 1, 2],
    ]) {
      let one = noEnergy;
      for (const index of order) one = takeIn(one, [list[index] as Payload], [times[index] as number]);
      expect(energyOf(one), String(order)).toBe(8000);
      expect(one).toMatchObject({ meterStart: 1000, meterLast: 9000 });
    }
  });
});

describe('phases', () => {
  test('are summed where there is no total', () => {
    const at = (one: number, two: number, three: number): Payload[] => [
      register(one, { phase: 'L1' }),
      register(two, { phase: 'L2' }),
      register(three, { phase: 'L3' }),
    ];
    expect(energy(at(100, 200, 300), at(200, 300, 400))).toBe(300);
  });

  test('are not summed where there is one', () => {
    expect(
      energy([register(100, { phase: 'L1' }), register(1000)], [register(200, { phase: 'L1' }), register(1500)]),
    ).toBe(500);
  });

  test('count once, with or without neutral; lines between phases and the neutral do not', () => {
    const at = (value: number): Payload[] => [
      register(value, { phase: 'L1' }),
      register(value, { phase: 'L1-N' }),
      register(value, { phase: 'L1-L2' }),
      register(value, { phase: 'N' }),
    ];
    expect(energy(at(0), at(100))).toBe(100);
  });

  test('the outlet counts before the inlet', () => {
    expect(
      energy(
        [register(0, { location: 'Inlet' }), register(10, { location: 'Outlet' })],
        [register(500, { location: 'Inlet' }), register(20, { location: 'Outlet' })],
      ),
    ).toBe(10);
    expect(energy([register(0, { location: 'Inlet' })], [register(500, { location: 'Inlet' })])).toBe(500);
  });
});

describe('intervals', () => {
  test('are summed', () => {
    expect(energy([interval(100)], [interval(0.2, unit('kWh'))], [interval(50)])).toBe(350);
  });

  test('count once, however often they are told', () => {
    const list = values([interval(100)], [interval(200)]);
    expect(energyOf(taken(list, taken(list)))).toBe(300);
    expect(energyOf(taken([...list, ...values([interval(50)])], taken(list)))).toBe(350);
  });

  test('aligned with the clock do not add to those sampled', () => {
    expect(
      energy(
        [interval(100)],
        [interval(90, { context: 'Sample.Clock' })],
        [interval(100)],
        [interval(5, { context: 'Transaction.End' })],
      ),
    ).toBe(205);
    expect(energy([interval(90, { context: 'Sample.Clock' })], [interval(60, { context: 'Sample.Clock' })])).toBe(150);
  });

  test('below zero are no energy delivered', () => {
    expect(energy([interval(-100)])).toBe(0);
    expect(energy([register(5), interval(-100)])).toBe(0);
    expect(energy([interval(300)], [interval(-100)])).toBe(200);
  });

  test('count only where registers tell nothing', () => {
    expect(energy([register(1000), interval(0)], [register(1500), interval(480)])).toBe(500);
    expect(energy([register(1000)], [interval(480)])).toBe(480);
  });
});

test('survive a restart of the gateway', () => {
  const before = taken(values([register(10_000), interval(1)], [register(15_000)], [register(0)]));
  const stored = JSON.parse(JSON.stringify(storedEnergy(before)));
  const after = energyOfRow(before.meterStart, stored);
  expect(after).toEqual(before);
  expect(energyOf(taken(values([register(2_000)]), after, 3))).toBe(7_000);
  expect(energyOf(energyOfRow(null, null))).toBeNull();
});
