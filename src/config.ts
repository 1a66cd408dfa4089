/** The settings: one table says each setting's place in the file, its environment variable, kind, default and meaning. */
import { isIP } from 'node:net';
import { parse } from 'yaml';
import { zoneOffset } from './ocpp/translate/zone.ts';

/** A setting that cannot be used as it is given. */
export class WrongSetting extends Error {
  override name = 'WrongSetting';
}

interface Kind<T> {
  readonly words: string;
  /** @returns `undefined` when `value` (text from the environment, or a YAML value) is none of the kind */
  read(value: unknown): T | undefined;
}

const integer = (min: number, max: number): Kind<number> => ({
  words: `a whole number from ${min} to ${max}`,
  read(value) {
    const number = typeof value === 'string' && /^\d+$/.test(value.trim()) ? Number(value) : value;
    return typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max
      ? number
      : undefined;
  },
});

const oneOf = <T extends string>(...values: readonly T[]): Kind<T> => ({
  words: values.map((value) => `\`${value}\``).join(', '),
  read: (value) => values.find((candidate) => candidate === value),
});

const text: Kind<string> = {
  words: 'text',
  read: (value) => (typeof value === 'string' && value !== '' ? value : undefined),
};

const yesOrNo: Kind<boolean> = {
  words: '`true` or `false`',
  read: (value) =>
    value === true || value === 'true' ? true : value === false || value === 'false' ? false : undefined,
};

const url = (...schemes: readonly string[]): Kind<string> => ({
  words: `a URL that begins with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`,
  read: (value) =>
    typeof value === 'string' && schemes.some((scheme) => value.startsWith(`${scheme}://`)) && URL.canParse(value)
      ? value
      : undefined,
});

const key: Kind<string> = {
  words: 'text of at least 16 characters without white space',
  read: (value) => (typeof value === 'string' && /^\S{16,}$/.test(value) ? value : undefined),
};

const host: Kind<string> = {
  words: 'an address or a host name',
  read: (value) =>
    typeof value === 'string' && (isIP(value) !== 0 || /^[A-Za-z0-9.-]+$/.test(value)) ? value : undefined,
};

const zone: Kind<string> = {
  words: 'a time zone (`Europe/Berlin`, `+02:00`)',
  read: (value) => (typeof value === 'string' && zoneOffset(value, 0) !== undefined ? value.trim() : undefined),
};

/** `VID:=MacAddress, APP-=Central` → what each prefix stands for; `undefined`: it cannot be read. */
export function prefixesOf(text: string): Readonly<Record<string, string>> | undefined {
  const pairs = text.split(',').map((pair) => /^\s*([^\s=]+)\s*=\s*([A-Za-z0-9]{1,20})\s*$/.exec(pair));
  return pairs.some((pair) => pair === null)
    ? undefined
    : Object.fromEntries(pairs.map((pair) => [pair?.[1] as string, pair?.[2] as string]));
}

const prefixes: Kind<string> = {
  words: 'prefixes and types (`VID:=MacAddress, APP-=Central`)',
  read: (value) => (typeof value === 'string' && prefixesOf(value) !== undefined ? value : undefined),
};

interface Setting<T> {
  /** Place in the YAML file. */
  readonly path: string;
  readonly env: string;
  readonly kind: Kind<T>;
  readonly fallback: T | undefined;
  readonly about: string;
}

const setting = <T, D extends T | undefined>(path: string, env: string, kind: Kind<T>, fallback: D, about: string) =>
  ({ path, env: `EVSEBRIDGE_${env}`, kind, fallback, about }) as Setting<T> & { readonly fallback: D };

/** Every setting. Times and sizes say their unit in the name or here. */
export const settings = {
  host: setting(
    'host',
    'HOST',
    host,
    '127.0.0.1',
    'Address to listen on. The default is reachable from this machine only.',
  ),
  apiPort: setting(
    'api.port',
    'API_PORT',
    integer(0, 65535),
    8080,
    'Port of the REST API, the events and the start page. 0: any free one.',
  ),
  adminKey: setting(
    'api.adminKey',
    'ADMIN_KEY',
    key,
    undefined,
    'The key of the API. Absent: made at the first start, kept in the data directory, and printed.',
  ),
  ocppPort: setting(
    'ocpp.port',
    'OCPP_PORT',
    integer(0, 65535),
    9000,
    'Port that stations connect to. 0: any free one.',
  ),
  soapUrl: setting(
    'ocpp.soapUrl',
    'SOAP_URL',
    url('http', 'https'),
    undefined,
    'The address of the SOAP service as stations reach it; they are told it with every call to them. Absent: the host and port above.',
  ),
  pingInterval: setting(
    'ocpp.pingInterval',
    'PING_INTERVAL',
    integer(1, 86400),
    45,
    'Seconds between WebSocket pings; a station silent for one whole interval after a ping is given up.',
  ),
  callTimeout: setting(
    'ocpp.callTimeout',
    'CALL_TIMEOUT',
    integer(1, 600),
    30,
    'Seconds that a station has to answer a Call.',
  ),
  heartbeatInterval: setting(
    'ocpp.heartbeatInterval',
    'HEARTBEAT_INTERVAL',
    integer(1, 86400),
    300,
    'Seconds between heartbeats, told to stations that are accepted.',
  ),
  retryInterval: setting(
    'ocpp.retryInterval',
    'RETRY_INTERVAL',
    integer(1, 86400),
    30,
    'Seconds until a station that is not accepted asks again.',
  ),
  unknownStations: setting(
    'stations.unknown',
    'UNKNOWN_STATIONS',
    oneOf('accept', 'pending', 'reject'),
    undefined,
    'What happens to stations that nobody has entered. Default: `accept` on a loopback address, else `pending`.',
  ),
  readConfiguration: setting(
    'stations.readConfiguration',
    'READ_CONFIGURATION',
    yesOrNo,
    true,
    'Read the configuration of a 1.x station 5 s after it has booted (GetConfiguration), unless it was read in the last 24 hours and the firmware is the same. Its limits and connectors are known then.',
  ),
  hideUnknown: setting(
    'stations.hideUnknown',
    'HIDE_UNKNOWN',
    yesOrNo,
    false,
    'Whether unknown stations that are rejected are answered 401, as for a wrong password, rather than 404.',
  ),
  earlyMessages: setting(
    'stations.earlyMessages',
    'EARLY_MESSAGES',
    oneOf('refuse', 'take'),
    'refuse',
    'What becomes of messages that a station sends before it is accepted, though nobody asked for them: `take` takes in what does not ask to charge. Strict stations are refused.',
  ),
  unknownTokens: setting(
    'tokens.unknown',
    'UNKNOWN_TOKENS',
    oneOf('accept', 'reject'),
    'reject',
    'What is said of tokens that nobody has entered.',
  ),
  plugAndCharge: setting(
    'translation.plugAndCharge',
    'PLUG_AND_CHARGE',
    oneOf('whenEnabled', 'always', 'never'),
    'whenEnabled',
    'Plug & Charge for stations of OCPP 1.6, in DataTransfers: `whenEnabled` asks those whose key `ISO15118PnCEnabled` is true, or that have used it themselves.',
  ),
  costMessages: setting(
    'translation.costMessages',
    'COST_MESSAGES',
    yesOrNo,
    false,
    'Costs and prices for stations of OCPP 1.6, in DataTransfers as the OCA has written them down for California, unless a station’s key `CustomDisplayCostAndPrice` is false.',
  ),
  allowUnsignedFirmware: setting(
    'translation.allowUnsignedFirmware',
    'ALLOW_UNSIGNED_FIRMWARE',
    yesOrNo,
    true,
    'Whether stations of 1.x may be sent firmware that is not signed, or whose signature they cannot check. If not, UpdateFirmware is answered `InvalidCertificate`.',
  ),
  dropProfile: setting(
    'translation.dropProfile',
    'DROP_PROFILE',
    yesOrNo,
    false,
    'Whether a start request with a charging profile goes to a station of 1.5, which takes none, without it. If not, it is answered `Rejected`: the car would draw what the profile forbids.',
  ),
  emulateDynamic: setting(
    'translation.emulateDynamic',
    'EMULATE_DYNAMIC',
    yesOrNo,
    true,
    'Dynamic charging profiles for stations older than 2.1: each update sets the profile again, at most every 10 s. If not, they are answered `Rejected`.',
  ),
  phaseLimits: setting(
    'translation.phaseLimits',
    'PHASE_LIMITS',
    oneOf('min', 'reject'),
    'min',
    'What becomes of limits that differ by phase, for stations older than 2.1: the lowest holds for every phase, or the profile is answered `Rejected`.',
  ),
  setpointAsLimit: setting(
    'translation.setpointAsLimit',
    'SETPOINT_AS_LIMIT',
    yesOrNo,
    true,
    'Whether a setpoint that charges becomes the limit of a station older than 2.1. If not, the profile is answered `Rejected`.',
  ),
  holdProfiles: setting(
    'translation.holdProfiles',
    'HOLD_PROFILES',
    yesOrNo,
    true,
    'Whether a charging profile for a 1.6 station that takes its turn after another of its level is kept here and installed when its time comes. If not, it is answered `Rejected`, `DuplicateProfile`.',
  ),
  needsStartSchedule: setting(
    'translation.needsStartSchedule',
    'NEEDS_START_SCHEDULE',
    yesOrNo,
    false,
    'Whether 1.6 stations get a startSchedule in every charging profile: the present time where none is given.',
  ),
  nominalVoltage: setting(
    'translation.nominalVoltage',
    'NOMINAL_VOLTAGE',
    integer(50, 1000),
    undefined,
    'Volts between phase and neutral. With `phases`, limits are converted between A and W for stations that take only one of them. Absent: `Rejected`, `UnsupportedRateUnit`.',
  ),
  phases: setting(
    'translation.phases',
    'PHASES',
    integer(1, 3),
    undefined,
    'Phases that the stations are connected to, for the same purpose.',
  ),
  timeZone: setting(
    'translation.timeZone',
    'TIME_ZONE',
    zone,
    undefined,
    'Zone of the stations: for charging schedules in local time (2.1), and the midnight at which recurring ones of 1.6 begin. Absent: the former are answered `Rejected`, midnight is that of UTC.',
  ),
  tokenType: setting(
    'translation.tokenType',
    'TOKEN_TYPE',
    oneOf('Central', 'eMAID', 'ISO14443', 'ISO15693', 'KeyCode', 'Local', 'MacAddress'),
    'ISO14443',
    'Type of an idTag of a 1.x station that has neither a known shape (RFID, contract id) nor a prefix.',
  ),
  tokenPrefixes: setting(
    'translation.tokenPrefixes',
    'TOKEN_PREFIXES',
    prefixes,
    undefined,
    'What idTags of 1.x stations begin with, and the type of the token that follows: `VID:=MacAddress, APP-=Central`.',
  ),
  attachMeterValues: setting(
    'translation.attachMeterValues',
    'ATTACH_METER_VALUES',
    yesOrNo,
    true,
    'Whether meter values of a 1.x connector with a transaction belong to it, though the station does not say so.',
  ),
  closeOrphans: setting(
    'translation.closeOrphans',
    'CLOSE_ORPHANS',
    yesOrNo,
    false,
    'Whether a transaction of a 1.x station is ended, with its last meter reading, when its connector is Available and no StopTransaction comes for `orphanGrace`.',
  ),
  orphanGrace: setting(
    'translation.orphanGrace',
    'ORPHAN_GRACE',
    integer(1, 86400),
    600,
    'Seconds that `closeOrphans` waits for a StopTransaction.',
  ),
  hardAfterSoftReset: setting(
    'translation.hardAfterSoftReset',
    'HARD_AFTER_SOFT_RESET',
    yesOrNo,
    false,
    'An immediate Reset of a 1.x station with a transaction is `Soft`, which ends it properly. Whether it is followed by `Hard` when the station has not booted two minutes later.',
  ),
  emulateLimits: setting(
    'translation.emulateLimits',
    'EMULATE_LIMITS',
    yesOrNo,
    true,
    'Whether limits that a 2.1 CSMS sets for a transaction (energy, time, state of charge) are watched for older stations: one that is reached stops the transaction.',
  ),
  dataDir: setting(
    'storage.dataDir',
    'DATA_DIR',
    text,
    './data',
    'Directory of the embedded database and of what the gateway keeps for itself.',
  ),
  databaseUrl: setting(
    'storage.databaseUrl',
    'DATABASE_URL',
    url('postgres', 'postgresql'),
    undefined,
    'PostgreSQL to store everything in. Absent: the embedded database.',
  ),
  journalDays: setting(
    'storage.journalDays',
    'JOURNAL_DAYS',
    integer(0, 36500),
    30,
    'Days that the Journal (messages and events) is kept. 0: for ever. At least 7 are needed to recognise late repetitions.',
  ),
  meterValueDays: setting(
    'storage.meterValueDays',
    'METER_VALUE_DAYS',
    integer(0, 36500),
    0,
    'Days that meter values are kept, at least as long as the Journal. 0: for ever.',
  ),
  maxWaiting: setting(
    'storage.maxWaiting',
    'MAX_WAITING',
    integer(100, 1_000_000),
    20_000,
    'Changes that may wait while the database is away; beyond it messages stay unanswered.',
  ),
  journalHeartbeats: setting(
    'storage.journalHeartbeats',
    'JOURNAL_HEARTBEATS',
    yesOrNo,
    false,
    'Store heartbeats too. They are answered at once either way.',
  ),
  natsUrl: setting(
    'cluster.natsUrl',
    'NATS_URL',
    url('nats', 'tls'),
    undefined,
    'NATS that joins several nodes. Absent: one node.',
  ),
  logLevel: setting(
    'log.level',
    'LOG_LEVEL',
    oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    'info',
    'How much is logged (JSON lines on standard error).',
  ),
} as const;

type Value<S> = S extends Setting<infer T> & { readonly fallback: infer D }
  ? D extends undefined
    ? T | undefined
    : T
  : never;

/** Every setting's value, by its name in {@link settings}. */
export type Config = { readonly [K in keyof typeof settings]: Value<(typeof settings)[K]> };

/**
 * Reads the settings: the environment counts, then the file, then the default.
 * @param file YAML text of the configuration file, if there is one
 * @throws WrongSetting that names the setting and what it has to be
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>, file?: string): Config {
  const tree = file === undefined ? {} : yaml(file);
  const known = new Set(Object.values(settings).map(({ path }) => path));
  for (const path of leaves(tree)) {
    if (!known.has(path)) throw new WrongSetting(`the configuration file has an unknown setting: ${path}`);
  }
  const values = Object.entries(settings).map(([name, entry]) => {
    const { path, env: variable, kind, fallback } = entry as Setting<unknown>;
    const fromEnv = env[variable];
    const given = fromEnv !== undefined && fromEnv !== '' ? fromEnv : at(tree, path);
    if (given === undefined || given === null) return [name, fallback];
    const value = kind.read(given);
    const source = fromEnv !== undefined && fromEnv !== '' ? variable : `${path} in the configuration file`;
    if (value === undefined) throw new WrongSetting(`${source} has to be ${kind.words.replaceAll('`', '')}`);
    return [name, value];
  });
  return Object.fromEntries(values) as Config;
}

/** Environment variables that look like settings but are none. */
export function unknownVariables(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const known = new Set(['EVSEBRIDGE_CONFIG', ...Object.values(settings).map(({ env: variable }) => variable)]);
  return Object.keys(env).filter(
    (variable) =>
      variable.startsWith('EVSEBRIDGE_') && !variable.startsWith('EVSEBRIDGE_TEST_') && !known.has(variable),
  );
}

function yaml(file: string): Record<string, unknown> {
  let tree: unknown;
  try {
    tree = parse(file);
  } catch (error) {
    throw new WrongSetting(`the configuration file is not YAML: ${(error as Error).message}`);
  }
  if (tree === null || tree === undefined) return {};
  if (typeof tree !== 'object' || Array.isArray(tree))
    throw new WrongSetting('the configuration file has to be a map of settings');
  return tree as Record<string, unknown>;
}

function at(tree: unknown, path: string): unknown {
  let value = tree;
  for (const name of path.split('.')) value = (value as Record<string, unknown> | undefined | null)?.[name];
  return value;
}

/** The paths of all settings in the file. A section without any (all of it commented out) is none itself. */
function leaves(tree: Record<string, unknown>, prefix = ''): readonly string[] {
  return Object.entries(tree).flatMap(([name, value]) =>
    value === null && isSection(`${prefix}${name}`)
      ? []
      : typeof value === 'object' && value !== null && !Array.isArray(value)
        ? leaves(value as Record<string, unknown>, `${prefix}${name}.`)
        : [`${prefix}${name}`],
  );
}

const isSection = (path: string): boolean => Object.values(settings).some((entry) => entry.path.startsWith(`${path}.`));

/** True for an address that only this machine can reach. */
export const isLoopback = (address: string): boolean =>
  address === 'localhost' || address === '::1' || /^127\.\d+\.\d+\.\d+$/.test(address);
