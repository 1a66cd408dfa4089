/** What messages of the field are about, so that random ones are about it too. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Payload } from '../../src/ocpp/index.ts';
import { emulatedVariables } from '../../src/ocpp/translate/1.6-2.0.1/configuration-emulated.ts';
import { configurationKeys, type Variable, variable } from '../../src/ocpp/translate/1.6-2.0.1/configuration-keys.ts';
import { errorComponents } from '../../src/ocpp/translate/1.6-2.0.1/errors.ts';
import type { Random } from '../../src/station/random.ts';

/** Configuration keys of 1.x. */
export const keys: readonly string[] = configurationKeys.flatMap(({ key, suffix }) =>
  suffix === undefined ? [key] : [key, `${key}${suffix === 'connector' ? '1' : 'A'}`],
);

/** Variables of the device model that translation knows. */
const variables: readonly Variable[] = [
  ...configurationKeys.flatMap((row) => [
    ...(row.variable === undefined ? [] : [row.variable]),
    ...(row.characteristic === undefined ? [] : [row.characteristic]),
    ...(row.also ?? []),
    ...(row.alias ?? []),
  ]),
  ...emulatedVariables,
  ...errorComponents.map(([, component, name]) => variable(component, name)),
  ...(['Connector', 'EVSE'] as const).flatMap((component): readonly Variable[] => [
    { component, variable: 'AvailabilityState', place: component === 'EVSE' ? 'evse' : 'connector' },
  ]),
];

/** Names a variable that translation knows. */
export function nameKnown(made: Payload, random: Random): void {
  const { component, variable: name, instance, place } = random.pick(variables);
  const evse = { id: random.chance(0.7) ? 1 : 2, ...(place === 'connector' ? { connectorId: 1 } : {}) };
  made.component = { name: component, ...(place === undefined ? {} : { evse }) };
  made.variable = { name, ...(instance === undefined || random.chance(0.2) ? {} : { instance }) };
}

/** Values of configuration keys and variables. */
const values = [
  ...[
    'true',
    'false',
    '0',
    '1',
    '60',
    '-5',
    '12.5',
    '1000000',
    'A',
    'W',
    'Current,Power',
    'Current',
    '1.RST,2.NotApplicable',
  ],
  ...[
    'RST',
    'L1',
    'Voltage',
    'Energy.Active.Import.Register,Voltage.L1',
    'Energy.Active.Import.Register,Temperature',
    'low',
  ],
  ...[
    'high',
    'Available',
    'Occupied',
    'Unavailable',
    'Faulted',
    'Core,SmartCharging,Reservation',
    '{"priceText":"1"}',
    '',
    ',',
  ],
];

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** Containers of signed meter values. */
const signed = [
  base64('OCMF|{"RD":[{"RV":1.5,"RU":"kWh"}]}|{"SD":"00"}'),
  'OCMF|{"RD":[{"RV":1500,"RU":"Wh"},{"RV":1600,"RU":"Wh"}]}|{"SD":"00"}',
  base64('<?xml version="1.0"?><signedMeterValue/>'),
  '0A0B0C',
  JSON.stringify({ signedMeterData: base64('OCMF|{"RD":[{"RV":2,"RU":"kWh"}]}|{}'), encodingMethod: 'OCMF' }),
  JSON.stringify({
    signedMeterData: 'not base64 !',
    signingMethod: 'x'.repeat(60),
    encodingMethod: 'EDL',
    publicKey: 'K',
  }),
];

const certificate = `-----BEGIN CERTIFICATE-----\n${base64('certificate')}\n-----END CERTIFICATE-----\n`;

/** Names of fields → what they hold in the field. */
export const ofField: Readonly<Record<string, readonly string[]>> = {
  key: keys,
  attributeValue: values,
  actualValue: values,
  value: ['1', '0', '12.5', '1000', '-3', '1,5', '1e3', 'abc', ' 7 ', ...values.slice(0, 6), ...signed],
  $value: ['1', '0', '12.5', '1000', '-3', '1,5', 'abc', ...signed],
  signedMeterData: signed,
  certificate: [certificate, certificate + certificate, 'no certificate'],
  certificateChain: [certificate, certificate + certificate, 'no certificate'],
  csr: ['-----BEGIN CERTIFICATE REQUEST-----\nAA==\n-----END CERTIFICATE REQUEST-----'],
  chargingRateUnit: ['A', 'W'],
};

/** Who says it when 1.6 carries messages of Plug & Charge, and the messages. */
export const wrapping = {
  vendorIds: ['org.openchargealliance.iso15118pnc', 'iso15118', 'ISO15118'],
  actions: [
    'Authorize',
    'SignCertificate',
    'GetCertificateStatus',
    'Get15118EVCertificate',
    'CertificateSigned',
    'InstallCertificate',
    'DeleteCertificate',
    'GetInstalledCertificateIds',
    'TriggerMessage',
  ],
} as const;

/** Every word that the sources of translation know: what they look for is what they should meet. */
export const dictionary: readonly string[] = wordsOf(join(import.meta.dirname, '../../src/ocpp/translate'));

function wordsOf(folder: string): readonly string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const words = files
    .toSorted()
    .flatMap((file) =>
      [...readFileSync(join(folder, file), 'utf8').matchAll(/'([^'\s/\\]{1,40})'/g)].map(([, word = '']) => word),
    );
  return [...new Set(words)];
}
