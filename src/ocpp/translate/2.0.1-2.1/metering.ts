/** Block J, Metering: MeterValues, and meter values inside TransactionEvent. */
import type { Context } from '../context.ts';
import type { Payload } from '../outcome.ts';
import { answer } from '../outcome.ts';
import { convert, keep, list, procedure, type Row, row, sameBut, widened } from '../rows.ts';
import { mapped } from '../translator.ts';
import { crossing, isLonger, isNegative, refuseIf, unless } from './crossing.ts';

/** Measurands that only 2.1 has, and what 2.0.1 calls them. */
const newMeasurands: readonly (readonly [string | null, string])[] = [
  [null, 'Current.Export.Offered'],
  [null, 'Current.Export.Minimum'],
  ['Current.Offered', 'Current.Import.Offered'],
  [null, 'Current.Import.Minimum'],
  ['SoC', 'Display.PresentSOC'],
  [null, 'Display.MinimumSOC'],
  [null, 'Display.TargetSOC'],
  [null, 'Display.MaximumSOC'],
  [null, 'Display.RemainingTimeToMinimumSOC'],
  [null, 'Display.RemainingTimeToTargetSOC'],
  [null, 'Display.RemainingTimeToMaximumSOC'],
  [null, 'Display.ChargingComplete'],
  [null, 'Display.BatteryEnergyCapacity'],
  [null, 'Display.InletHot'],
  [null, 'Energy.Active.Import.CableLoss'],
  [null, 'Energy.Active.Import.LocalGeneration.Register'],
  [null, 'Energy.Active.Setpoint.Interval'],
  [null, 'EnergyRequest.Target'],
  [null, 'EnergyRequest.Minimum'],
  [null, 'EnergyRequest.Maximum'],
  [null, 'EnergyRequest.Minimum.V2X'],
  [null, 'EnergyRequest.Maximum.V2X'],
  [null, 'EnergyRequest.Bulk'],
  [null, 'Power.Active.Setpoint'],
  [null, 'Power.Active.Residual'],
  [null, 'Power.Export.Minimum'],
  [null, 'Power.Export.Offered'],
  ['Power.Offered', 'Power.Import.Offered'],
  [null, 'Power.Import.Minimum'],
  [null, 'Voltage.Minimum'],
  [null, 'Voltage.Maximum'],
];

const unsayable = new Set(newMeasurands.filter(([older]) => older === null).map(([, newer]) => newer));

const isSayable = ({ measurand }: Payload): boolean => !unsayable.has(measurand as string);

function sayable(samples: readonly Payload[], context: Context): readonly Payload[] {
  if (samples.every(isSayable)) return samples;
  for (const sample of samples) {
    if (!isSayable(sample)) context.lost(`measurand ${sample.measurand}`, '2.0.1 has no such measurand');
  }
  return samples.filter(isSayable);
}

/** A signed container crosses whole or not at all: cut, it proves nothing. */
const signedMeterValue = convert(
  'towards 2.0.1: a container over 2500 characters is left out, a missing signingMethod or publicKey is an empty text',
  keep,
  (value, context) => {
    const signed = value as Payload;
    if (isLonger(signed.signedMeterData, 2500)) {
      context.lost('signedMeterValue', 'the signed data is longer than the 2500 characters of 2.0.1');
      return undefined;
    }
    if (signed.signingMethod !== undefined && signed.publicKey !== undefined) return signed;
    return { signingMethod: '', publicKey: '', ...signed };
  },
);

const sampledValue = sameBut(
  row('measurand', 'measurand', widened(...newMeasurands)),
  row('location', 'location', widened(['Inlet', 'Upstream'])),
  row('signedMeterValue', 'signedMeterValue', signedMeterValue),
);

/** meterValue[]: samples that 2.0.1 has no measurand for are left out, and what is left empty by that. */
export const meterValueRow: Row = row(
  'meterValue',
  'meterValue',
  list(sameBut(row('sampledValue', 'sampledValue', list(sampledValue, { down: sayable }))), {
    down: (values, context) => {
      const hasSamples = (value: Payload): boolean => (value.sampledValue as readonly Payload[]).some(isSayable);
      if (values.every(hasSamples)) return values;
      for (const value of values) if (!hasSamples(value)) sayable(value.sampledValue as readonly Payload[], context);
      return values.filter(hasSamples);
    },
  }),
);

export const meterValues = crossing('station', 'MeterValues', {
  note: 'A 2.1 message of which 2.0.1 knows no measurand is answered here.',
  request: sameBut(row('evseId', 'evseId', procedure('below 0: refused')), meterValueRow),
  up: unless(
    'up',
    refuseIf((request) => isNegative(request.evseId), 'evseId is below 0'),
  ),
  down(request, context, pair) {
    const values = request.meterValue as readonly Payload[];
    const left = values.some((value) => (value.sampledValue as readonly Payload[]).some(isSayable));
    if (left) return mapped(pair, 'down', request, context);
    context.lost('meterValue', '2.0.1 has none of the measurands');
    return answer({});
  },
});
