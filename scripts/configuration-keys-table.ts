/** The tables of configuration keys and of made-up variables that stand at the end of the page on 1.6 ↔ 2.0.1. */
import { emulatedVariables } from '../src/ocpp/translate/1.6-2.0.1/configuration-emulated.ts';
import {
  type ConfigurationKey,
  configurationKeys,
  type Variable,
} from '../src/ocpp/translate/1.6-2.0.1/configuration-keys.ts';
import type { ValueKind } from '../src/ocpp/translate/1.6-2.0.1/configuration-values.ts';

const places = { evse: ' of every EVSE', connector: ' of every connector' } as const;

const named = ({ component, variable, instance, place }: Variable): string =>
  `\`${component}.${variable}${instance === undefined ? '' : `[${instance}]`}\`${place === undefined ? '' : places[place]}`;

const suffixes = { connector: 'N', instance: 'INSTANCE' } as const;

const conversions: Partial<Record<ValueKind, string>> = {
  boolean: 'lower case',
  measurands: 'without phases; measurands that the other version does not have are left out',
  boundaryMeasurands: 'as other lists of measurands; set, it keeps the import register',
  rateUnits: '`Current`, `Power` ↔ `A`, `W`',
  protocols: 'SFTP does not cross to 1.6',
  price: 'JSON with `priceText` ↔ the text',
  rotation: '`0.RST,1.RST` ↔ a value per connector, 0 is the station',
};

function remarks({
  kind,
  also = [],
  alias = [],
  characteristic,
  derived,
  refused,
  fallback,
}: ConfigurationKey): string {
  return [
    ...(conversions[kind] === undefined ? [] : [conversions[kind]]),
    ...(also.length === 0 ? [] : [`set with it, if there: ${also.map(named).join(', ')}`]),
    ...(alias.length === 0 ? [] : [`also means ${alias.map(named).join(', ')}`]),
    ...(characteristic === undefined ? [] : [`its ${characteristic.of}, which reports tell`]),
    ...(derived === undefined ? [] : [`towards 1.6: ${derived.how}`]),
    ...(refused === undefined ? [] : [`not to be set: ${refused}`]),
    ...(fallback === undefined ? [] : [`\`${fallback}\` of a station without the key`]),
  ].join('; ');
}

const keyLine = (row: ConfigurationKey): string => {
  const { key, suffix, access, variable, characteristic } = row;
  const means = variable ?? characteristic;
  const name = `${key}${suffix === undefined ? '' : suffixes[suffix]}`;
  return `| \`${name}\` | ${access} | ${means === undefined ? '' : named(means)} | ${remarks(row)} |`;
};

/** Names of made-up variables, one line for those of the station, an EVSE and a connector. */
const madeUp = (): readonly string[] => [
  ...new Set(emulatedVariables.filter(({ trouble }) => trouble === undefined).map(named)),
];

export const configurationKeysTable = (): readonly string[] => [
  '## Configuration keys',
  '',
  'Which variable of 2.x a key of 1.6 is. R: can be read, W: can be written, as 1.6 has it; what the station says of itself counts too. A key that does not stand here is',
  '`OCPP16LegacyCtrlr.KEY`; a variable without a key is, for a 1.6 CSMS, the key `Component[.instance][@evse[.connector]].Variable[.instance]`.',
  '',
  '| key | | variable | how |',
  '|---|---|---|---|',
  ...configurationKeys.map(keyLine),
  '',
  'Variables that a 1.6 station has no key for, and that the gateway tells in its place, read-only:',
  '',
  madeUp().join(', '),
  '',
  'As soon as a station has told an error code, the component that it is about has `Problem` or `Tripped` (an over- or undervoltage: `ElectricalFeed.ACVoltage`, a weak signal: `DataLink.SignalStrength`).',
];
