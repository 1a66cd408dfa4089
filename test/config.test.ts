import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { configurationDocs } from '../scripts/configuration-docs.ts';
import {
  type Config,
  isLoopback,
  prefixesOf,
  readConfig,
  settings,
  unknownVariables,
  WrongSetting,
} from '../src/config.ts';

const root = join(import.meta.dirname, '..');

const defaults: Config = {
  host: '127.0.0.1',
  apiPort: 8080,
  adminKey: undefined,
  ocppPort: 9000,
  soapUrl: undefined,
  pingInterval: 45,
  callTimeout: 30,
  heartbeatInterval: 300,
  retryInterval: 30,
  unknownStations: undefined,
  readConfiguration: true,
  hideUnknown: false,
  earlyMessages: 'refuse',
  unknownTokens: 'reject',
  plugAndCharge: 'whenEnabled',
  costMessages: false,
  allowUnsignedFirmware: true,
  dropProfile: false,
  emulateDynamic: true,
  phaseLimits: 'min',
  setpointAsLimit: true,
  holdProfiles: true,
  needsStartSchedule: false,
  nominalVoltage: undefined,
  phases: undefined,
  timeZone: undefined,
  tokenType: 'ISO14443',
  tokenPrefixes: undefined,
  attachMeterValues: true,
  closeOrphans: false,
  orphanGrace: 600,
  hardAfterSoftReset: false,
  emulateLimits: true,
  dataDir: './data',
  databaseUrl: undefined,
  journalDays: 30,
  meterValueDays: 0,
  maxWaiting: 20_000,
  journalHeartbeats: false,
  natsUrl: undefined,
  logLevel: 'info',
};

/** Setting → text in the environment, value, and texts that are wrong. */
const examples: { [K in keyof Config]: readonly [text: string, value: Config[K], wrong: readonly string[]] } = {
  host: ['0.0.0.0', '0.0.0.0', ['a host', 'http://x', '1.2.3.4:80']],
  apiPort: ['0', 0, ['65536', '-1', '80.5', '0x50', 'http', '1e3', ' ']],
  adminKey: ['0123456789abcdef', '0123456789abcdef', ['0123456789abcde', '0123456789 abcdef']],
  ocppPort: ['65535', 65_535, ['99999999999999999999', 'NaN']],
  soapUrl: ['https://gw.example/soap', 'https://gw.example/soap', ['ws://x', 'gw.example']],
  pingInterval: ['1', 1, ['0', '86401']],
  callTimeout: ['600', 600, ['0', '601']],
  heartbeatInterval: ['86400', 86_400, ['0', '1m']],
  retryInterval: [' 60 ', 60, ['0', 'Infinity']],
  unknownStations: ['pending', 'pending', ['Accept', 'yes', 'true']],
  readConfiguration: ['false', false, ['no', '0']],
  hideUnknown: ['true', true, ['yes', '1']],
  earlyMessages: ['take', 'take', ['accept']],
  unknownTokens: ['accept', 'accept', ['pending']],
  plugAndCharge: ['always', 'always', ['true']],
  costMessages: ['true', true, ['1']],
  allowUnsignedFirmware: ['false', false, ['no', '0']],
  dropProfile: ['true', true, ['no', '0']],
  emulateDynamic: ['false', false, ['no', '0']],
  phaseLimits: ['reject', 'reject', ['max']],
  setpointAsLimit: ['false', false, ['no', '0']],
  holdProfiles: ['false', false, ['no', '0']],
  needsStartSchedule: ['true', true, ['no', '0']],
  nominalVoltage: ['230', 230, ['0', '230.5', 'V']],
  phases: ['3', 3, ['0', '4']],
  timeZone: ['Europe/Berlin', 'Europe/Berlin', ['Berlin', '2', '+2']],
  tokenType: ['Central', 'Central', ['central', 'NoAuthorization']],
  tokenPrefixes: [
    'VID:=MacAddress, APP-=Central',
    'VID:=MacAddress, APP-=Central',
    ['VID:', '=Central', 'VID:=', 'VID:=Mac Address', ','],
  ],
  attachMeterValues: ['false', false, ['no']],
  closeOrphans: ['true', true, ['1']],
  orphanGrace: ['1', 1, ['0', '86401']],
  hardAfterSoftReset: ['true', true, ['yes']],
  emulateLimits: ['false', false, ['off']],
  dataDir: ['/var/lib/evsebridge', '/var/lib/evsebridge', []],
  databaseUrl: ['postgres://u:p@db:5432/x', 'postgres://u:p@db:5432/x', ['mysql://db/x', 'db', 'postgres:db']],
  journalDays: ['0', 0, ['-1', '36501']],
  meterValueDays: ['365', 365, ['all']],
  maxWaiting: ['100', 100, ['99', '1000001']],
  journalHeartbeats: ['true', true, ['yes', '1', 'TRUE']],
  natsUrl: ['nats://a:4222', 'nats://a:4222', ['http://a', 'a:4222']],
  logLevel: ['debug', 'debug', ['verbose']],
};

/** A YAML file with one setting in it. */
function fileWith(path: string, value: unknown): string {
  return stringify(path.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), value));
}

test('without file and environment all is as by default', () => {
  expect(readConfig({})).toEqual(defaults);
  expect(readConfig({}, '')).toEqual(defaults);
  expect(readConfig({}, '# nothing\n')).toEqual(defaults);
  expect(readConfig({}, 'api:\nocpp: {}\nhost: null\n')).toEqual(defaults);
});

test('every setting has an example here', () => {
  expect(Object.keys(examples)).toEqual(Object.keys(settings));
});

describe.each(Object.keys(settings) as (keyof Config)[])('%s', (name) => {
  const { path, env } = settings[name];
  const [text, value, wrong] = examples[name];

  test('is read from the environment', () => {
    expect(readConfig({ [env]: text })).toEqual({ ...defaults, [name]: value });
  });

  test('is read from the file', () => {
    expect(readConfig({}, fileWith(path, value))).toEqual({ ...defaults, [name]: value });
    expect(readConfig({}, fileWith(path, text))).toEqual({ ...defaults, [name]: value });
  });

  test('in the environment counts before the file, and an empty variable is none', () => {
    expect(readConfig({ [env]: text }, fileWith(path, defaults[name] ?? null))[name]).toBe(value);
    expect(readConfig({ [env]: '' }, fileWith(path, value))[name]).toBe(value);
  });

  test('is refused and named when it is wrong', () => {
    for (const bad of wrong) {
      expect(() => readConfig({ [env]: bad }), bad).toThrow(WrongSetting);
      expect(() => readConfig({ [env]: bad })).toThrow(`${env} has to be `);
      expect(() => readConfig({}, fileWith(path, bad)), bad).toThrow(`${path} in the configuration file has to be `);
    }
    expect(() => readConfig({}, fileWith(path, ['a list']))).toThrow(`${path} in the configuration file has to be `);
    expect(() => readConfig({}, fileWith(path, { deeper: 1 }))).toThrow(`unknown setting: ${path}.deeper`);
  });
});

describe('the file', () => {
  test.each([
    ['ocpp:\n  prot: 9000\n', 'unknown setting: ocpp.prot'],
    ['api: 8080\n', 'unknown setting: api'],
    ['Host: 0.0.0.0\n', 'unknown setting: Host'],
    ['__proto__:\n  host: 0.0.0.0\n', 'unknown setting: __proto__.host'],
    ['constructor: 1\n', 'unknown setting: constructor'],
    ['- host\n', 'has to be a map of settings'],
    ['just text\n', 'has to be a map of settings'],
    ['host: [\n', 'is not YAML'],
    ['host: a\nhost: b\n', 'is not YAML'],
    ['host: a\n---\nhost: b\n', 'is not YAML'],
  ])('%j is refused', (file, message) => {
    expect(() => readConfig({}, file)).toThrow(WrongSetting);
    expect(() => readConfig({}, file)).toThrow(message);
  });

  test('a secret that is wrong is not repeated in the complaint', () => {
    expect(() => readConfig({ EVSEBRIDGE_ADMIN_KEY: 'hunter2' })).toThrow(/^(?!.*hunter2)/s);
    expect(() => readConfig({ EVSEBRIDGE_DATABASE_URL: 'mysql://u:hunter2@db' })).toThrow(/^(?!.*hunter2)/s);
  });
});

test('variables that look like settings and are none are found', () => {
  expect(
    unknownVariables({
      EVSEBRIDGE_PORT: '1',
      EVSEBRIDGE_CONFIG: 'x',
      EVSEBRIDGE_API_PORT: '1',
      EVSEBRIDGE_TEST_X: '1',
      PATH: '/',
    }),
  ).toEqual(['EVSEBRIDGE_PORT']);
});

test.each([
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['::1', true],
  ['localhost', true],
  ['0.0.0.0', false],
  ['::', false],
  ['10.0.0.1', false],
  ['127.0.0.1.example.org', false],
  ['evsebridge.example.org', false],
])('%s is reachable from this machine only: %s', (address, expected) => {
  expect(isLoopback(address)).toBe(expected);
});

describe('docs/configuration.md', () => {
  test('says what the settings are', () => {
    expect(readFileSync(join(root, 'docs/configuration.md'), 'utf8')).toBe(configurationDocs());
    execFileSync(process.execPath, ['scripts/configuration-docs.ts', '--check'], { cwd: root });
  });

  test('shows a file that sets all to its default', () => {
    const file = /```yaml\n(.*?)```/s.exec(configurationDocs())?.[1];
    expect(readConfig({}, file)).toEqual(defaults);
  });
});

test('prefixes of idTags are read into a table', () => {
  expect(prefixesOf(' VID:=MacAddress,APP-= Central ')).toEqual({ 'VID:': 'MacAddress', 'APP-': 'Central' });
  expect(prefixesOf('VID:')).toBeUndefined();
});
