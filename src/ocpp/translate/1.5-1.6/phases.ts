/** Samples of single phases → what a version without phases can say of them. */
import type { Context } from '../context.ts';
import { decimal, parseValue } from '../decimal.ts';
import type { Payload } from '../outcome.ts';

/** Samples of the same thing, one for each phase perhaps. */
const kindOf = ({ measurand, context, location }: Payload): string =>
  JSON.stringify([measurand ?? 'Energy.Active.Import.Register', context ?? 'Sample.Periodic', location ?? 'Outlet']);

/** The samples of one moment (1.6) without phases, in the order in which each kind of them came first. */
export function withoutPhases(samples: readonly Payload[], context: Context): readonly Payload[] {
  if (samples.every(({ phase }) => phase === undefined)) return samples;
  const kinds = new Map<string, Payload[]>();
  for (const sample of samples) {
    // What is signed cannot be put together with anything.
    const kind = sample.format === 'SignedData' ? `signed ${kinds.size}` : kindOf(sample);
    const known = kinds.get(kind);
    if (known === undefined) kinds.set(kind, [sample]);
    else known.push(sample);
  }
  return [...kinds.values()].flatMap((kind) => joined(kind, context));
}

function joined(samples: readonly Payload[], context: Context): readonly Payload[] {
  const totals = samples.filter(({ phase }) => phase === undefined);
  if (totals.length === samples.length) return samples;
  context.lost('phase', '1.5 has no phases');
  if (totals.length > 0) return totals;
  const [first] = samples as readonly [Payload];
  if (samples.length === 1) return [phaseless(first)];
  const unit = commonUnit(samples);
  const readings = perLine(samples, unit);
  if (readings.length === 0) {
    context.lost('value', 'it is not a number, or of the neutral only');
    return [];
  }
  const sum = readings.reduce((total, reading) => total + reading, 0);
  const isLevel = /^(?:Voltage|Temperature)/.test(String(first.measurand));
  // 15 digits are free of the noise of binary fractions.
  const value = Number((isLevel ? sum / readings.length : sum).toPrecision(15));
  if (!Number.isFinite(value)) {
    context.lost('value', 'the sum of the phases is too large');
    return [];
  }
  const { unit: _unit, ...rest } = phaseless(first);
  return [{ ...rest, value: decimal(value), ...(unit === undefined ? {} : { unit }) }];
}

const phaseless = ({ phase: _phase, ...rest }: Payload): Payload => rest;

/** The unit that all samples are in, or can be put into: without the `k` where only some have it. */
function commonUnit(samples: readonly Payload[]): string | undefined {
  const units = new Set(samples.map(({ unit }) => unit as string | undefined));
  const [unit] = units;
  return units.size === 1 ? unit : [...units].find((name) => name !== undefined)?.replace(/^k/, '');
}

const factor = (from: unknown, to: string | undefined): number =>
  typeof from === 'string' && from !== to && from === `k${to}` ? 1000 : 1;

/** The readings between each line and neutral, else between the lines; one for each, and none of the neutral itself. */
function perLine(samples: readonly Payload[], unit: string | undefined): readonly number[] {
  const toNeutral = new Map<string, number>();
  const between = new Map<string, number>();
  for (const sample of samples) {
    const reading = parseValue(sample.value);
    const phase = sample.phase as string;
    if (reading === undefined || phase === 'N') continue;
    const [line = '', other] = phase.split('-');
    const readings = other === undefined || other === 'N' ? toNeutral : between;
    const key = readings === between ? phase : line;
    if (!readings.has(key)) readings.set(key, reading * factor(sample.unit, unit));
  }
  return [...(toNeutral.size > 0 ? toNeutral : between).values()];
}
