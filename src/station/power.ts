import { noise, type Random } from './random.ts';

/** What an EVSE can deliver. */
export interface Outlet {
  readonly kind: 'AC' | 'DC';
  /** Phases of the supply towards the vehicle; 1 for DC. */
  readonly phases: 1 | 3;
  /** A; per phase for AC. */
  readonly maxCurrent: number;
  /** W. */
  readonly maxPower: number;
  readonly connectorType: string;
}

export const outlets = {
  ac22: { kind: 'AC', phases: 3, maxCurrent: 32, maxPower: 22_080, connectorType: 'cType2' },
  ac7: { kind: 'AC', phases: 1, maxCurrent: 32, maxPower: 7_360, connectorType: 'cType2' },
  dc60: { kind: 'DC', phases: 1, maxCurrent: 150, maxPower: 60_000, connectorType: 'cCCS2' },
  dc150: { kind: 'DC', phases: 1, maxCurrent: 375, maxPower: 150_000, connectorType: 'cCCS2' },
} as const satisfies Record<string, Outlet>;

/** An electric vehicle at the plug. */
export interface Vehicle {
  readonly seed: number;
  /** Wh. */
  readonly battery: number;
  /** W that its on-board charger (AC) or its battery (DC) takes at most. */
  readonly maxPower: number;
  /** Phases of its on-board charger. */
  readonly phases: 1 | 3;
  /** State of charge in percent. */
  soc: number;
}

const models = [
  { battery: 40_000, ac: 6_600, phases: 1, dc: 46_000 },
  { battery: 52_000, ac: 22_000, phases: 3, dc: 46_000 },
  { battery: 58_000, ac: 11_000, phases: 3, dc: 100_000 },
  { battery: 75_000, ac: 11_000, phases: 3, dc: 170_000 },
  { battery: 93_000, ac: 11_000, phases: 3, dc: 260_000 },
] as const;

/** A vehicle of an ordinary model, with an ordinary need for energy. */
export function someVehicle(random: Random, outlet: Outlet): Vehicle {
  const model = random.pick(models);
  return {
    seed: Math.floor(random.next() * 2 ** 31),
    battery: model.battery,
    maxPower: outlet.kind === 'DC' ? model.dc : model.ac,
    phases: outlet.kind === 'DC' ? 1 : model.phases,
    soc: random.between(12, 65),
  };
}

export const NOMINAL_VOLTAGE = 230;
/** IEC 61851: below 6 A per phase an AC vehicle may not be offered any current. */
export const MIN_AC_CURRENT = 6;
const POWER_FACTOR = 0.99;
const RAMP_SECONDS = { AC: 6, DC: 25 } as const;
/** Part of the energy out of the plug that ends up in the battery. */
const EFFICIENCY = { AC: 0.9, DC: 0.95 } as const;
const TAPER_FROM = 80;

/** Phases in use between a vehicle and an outlet. */
export function phasesOf(vehicle: Vehicle, outlet: Outlet): 1 | 3 {
  return vehicle.phases === 3 && outlet.phases === 3 ? 3 : 1;
}

/** The least limit, in W, at which a vehicle charges at all. */
export function leastPower(vehicle: Vehicle, outlet: Outlet): number {
  return outlet.kind === 'DC' ? 500 : MIN_AC_CURRENT * NOMINAL_VOLTAGE * phasesOf(vehicle, outlet);
}

/**
 * Power in W: it ramps up, holds a plateau with a little noise, and tapers above 80 % state of charge.
 * @param seconds since energy began to flow
 * @param limit W allowed by charging profiles
 */
export function powerAt(vehicle: Vehicle, outlet: Outlet, seconds: number, limit: number): number {
  if (vehicle.soc >= 100) return 0;
  const wired =
    outlet.kind === 'DC' ? outlet.maxPower : outlet.maxCurrent * NOMINAL_VOLTAGE * phasesOf(vehicle, outlet);
  const plateau = Math.min(vehicle.maxPower, outlet.maxPower, wired);
  const taper = vehicle.soc <= TAPER_FROM ? 1 : Math.exp(-(vehicle.soc - TAPER_FROM) / 9);
  const ramp = Math.min(1, seconds / RAMP_SECONDS[outlet.kind]);
  const wanted = plateau * taper * (1 - 0.015 * (1 + noise(vehicle.seed, seconds / 20)));
  return Math.min(wanted, limit) * ramp * ramp * (3 - 2 * ramp);
}

/** Adds what flowed out of the plug to the battery. */
export function charge(vehicle: Vehicle, outlet: Outlet, wattHours: number): void {
  vehicle.soc = Math.min(100, vehicle.soc + (wattHours * EFFICIENCY[outlet.kind] * 100) / vehicle.battery);
}

/** What the meter of an EVSE shows at one moment; the values agree with one another (P = sum of V·I·cos φ). */
export interface Reading {
  /** W. */
  readonly power: number;
  /** V: phase to neutral of every phase in use, or the one DC voltage. */
  readonly voltages: readonly number[];
  /** A, as `voltages`. */
  readonly currents: readonly number[];
  readonly powerFactor: number;
  /** Hz. */
  readonly frequency: number;
  /** Percent; only what a DC vehicle tells. */
  readonly soc: number | undefined;
  /** Celsius, of the outlet. */
  readonly temperature: number;
}

/** Reads the meter: `power` W flow at `seconds` after some fixed moment. */
export function readMeter(outlet: Outlet, vehicle: Vehicle | undefined, power: number, seconds: number): Reading {
  const seed = vehicle?.seed ?? 7;
  const frequency = 50 + 0.03 * noise(seed ^ 0x51, seconds / 60);
  const temperature = 24 + 3 * noise(seed ^ 0x7e, seconds / 900) + (14 * power) / outlet.maxPower;
  if (outlet.kind === 'DC') {
    const voltage = vehicle === undefined ? 0 : 330 + 0.9 * vehicle.soc + power / 20_000;
    const current = voltage === 0 ? 0 : power / voltage;
    return {
      power,
      voltages: [voltage],
      currents: [current],
      powerFactor: 1,
      frequency,
      soc: vehicle?.soc,
      temperature,
    };
  }
  const phases = vehicle === undefined ? outlet.phases : phasesOf(vehicle, outlet);
  const sag = (1.5 * power) / outlet.maxPower;
  const voltages = Array.from(
    { length: phases },
    (_, phase) => NOMINAL_VOLTAGE + 1.8 * noise(seed ^ (phase + 1), seconds / 120) - sag,
  );
  const current = power / (POWER_FACTOR * voltages.reduce((sum, voltage) => sum + voltage, 0));
  return {
    power,
    voltages,
    currents: voltages.map(() => current),
    powerFactor: power > 0 ? POWER_FACTOR : 1,
    frequency,
    soc: undefined,
    temperature,
  };
}
