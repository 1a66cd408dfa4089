/** GetConfiguration, ChangeConfiguration. */
import type { Context } from '../context.ts';
import { answer, forward, type Outcome, type Payload } from '../outcome.ts';
import { apply, convert, cut, isLonger, keep, list, procedure, row, rows, same, sameBut, table } from '../rows.ts';
import { mapped, type Pair } from '../translator.ts';
import { connectors } from './connectors.ts';
import { crossing } from './crossing.ts';

/** Keys are case-insensitive (CiString), so they are compared in lower case. */
const lower = (key: string): string => key.toLowerCase();

/** Keys that are spelled differently, `[1.5, 1.6]`. */
const spellings = [['HeartBeatInterval', 'HeartbeatInterval']] as const;
const newer = new Map(spellings.map(([older, newer]) => [lower(older), newer as string]));
const older = new Map(spellings.map(([older, newer]) => [lower(newer), older as string]));

const toNewer = (key: string): string => newer.get(lower(key)) ?? key;
const toOlder = (key: string): string => older.get(lower(key)) ?? key;

/** Keys that 1.6 demands and 1.5 does not know → their value, as far as it is known. */
const made: Readonly<Record<string, (context: Context) => string | undefined>> = {
  // Connectors are numbered from 1 without gaps (1.6 2.2).
  NumberOfConnectors(context) {
    const highest = connectors(context).at(-1) ?? 0;
    return highest === 0 ? undefined : String(highest);
  },
  // 1.5 has no profiles of its own; these are what all its messages come to.
  SupportedFeatureProfiles: () => 'Core,FirmwareManagement,LocalAuthListManagement,Reservation',
};
const madeKeys = new Map(Object.keys(made).map((key) => [lower(key), key]));

/** The longest key and value that 1.6 can ask for, set and tell, in characters. */
const KEY = 50;
const VALUE = 500;

const spelled = procedure('the same, but HeartBeatInterval ↔ HeartbeatInterval');

const cutKeys = convert(
  `the same, cut to ${KEY} characters`,
  (keys) => (keys as readonly string[]).map((key) => (isLonger(key, KEY) ? [...key].slice(0, KEY).join('') : key)),
  keep,
);

export const getConfiguration = crossing('csms', 'GetConfiguration', {
  note: 'Keys are told as they were asked for, each one either known or unknown. Towards a 1.5 station: NumberOfConnectors (as far as connectors were seen) and SupportedFeatureProfiles are made here.',
  request: sameBut(row('key', 'key', spelled)),
  response: sameBut(
    row(
      'configurationKey',
      'configurationKey',
      list(
        rows(
          row('key', 'key', cut('up', KEY)),
          row('readonly', 'readonly', same),
          row('value', 'value', cut('up', VALUE)),
        ),
      ),
    ),
    row('unknownKey', 'unknownKey', cutKeys),
  ),
  down: getDown,
  up: getUp,
});

/** Keys that a station names → as they were asked for. */
function asAsked(asked: readonly string[], translated: (key: string) => string) {
  const names = new Map(asked.map((key) => [lower(key), key]));
  return (key: string): string => {
    const name = translated(key);
    return names.get(lower(name)) ?? name;
  };
}

interface Found {
  readonly configurationKey: readonly Payload[];
  readonly unknownKey: readonly string[];
}

/** What a station told of the keys it was asked for, in the words of who asked. */
function found(response: Payload, name: (key: string) => string): Found {
  const known = (response.configurationKey ?? []) as readonly Payload[];
  return {
    configurationKey: known.map((entry) => ({ ...entry, key: name(entry.key as string) })),
    unknownKey: ((response.unknownKey ?? []) as readonly string[]).map(name),
  };
}

/** Every key that was asked for and not spoken of is unknown. */
function complete({ configurationKey, unknownKey }: Found, asked: readonly string[]): Payload {
  const told = new Set([...configurationKey.map(({ key }) => key as string), ...unknownKey].map(lower));
  const silent = asked.filter((key) => !told.has(lower(key)));
  const unknown = [...unknownKey, ...silent];
  return {
    ...(configurationKey.length === 0 && unknown.length > 0 ? {} : { configurationKey }),
    ...(unknown.length === 0 ? {} : { unknownKey: unknown }),
  };
}

function getDown(request: Payload, context: Context, pair: Pair): Outcome {
  const asked = [...new Set((request.key ?? []) as readonly string[])];
  const own = asked.filter((key) => madeKeys.has(lower(key)));
  const others = asked.filter((key) => !madeKeys.has(lower(key)));
  const finish = (response: Payload): Outcome => {
    const told = apply(pair.response, 'up', response, context);
    const { configurationKey, unknownKey } = found(told, asAsked(asked, toNewer));
    const named = new Set(configurationKey.map(({ key }) => lower(key as string)));
    const ours = (asked.length === 0 ? [...madeKeys.values()] : own).filter((key) => !named.has(lower(key)));
    const values = ours.flatMap((key) => {
      const value = made[madeKeys.get(lower(key)) as string]?.(context);
      return value === undefined ? [] : [{ key, readonly: true, value }];
    });
    return answer(complete({ configurationKey: [...configurationKey, ...values], unknownKey }, asked));
  };
  // An empty list would ask for every key.
  if (asked.length > 0 && others.length === 0) return finish({});
  return forward('GetConfiguration', others.length === 0 ? {} : { key: others.map(toOlder) }, finish);
}

function getUp(request: Payload, context: Context, pair: Pair): Outcome {
  const asked = [...new Set((request.key ?? []) as readonly string[])];
  const sayable = asked.filter((key) => !isLonger(key, KEY));
  const finish = (response: Payload): Outcome => {
    const told = apply(pair.response, 'down', response, context);
    return answer(complete(found(told, asAsked(asked, toOlder)), asked));
  };
  if (asked.length > 0 && sayable.length === 0) return finish({});
  return forward('GetConfiguration', sayable.length === 0 ? {} : { key: sayable.map(toNewer) }, finish);
}

export const changeConfiguration = crossing('csms', 'ChangeConfiguration', {
  note: 'Towards a 1.5 station: what is made here is read-only, Rejected. Towards a 1.6 station: a key that is too long for 1.6 is NotSupported, a value Rejected.',
  request: sameBut(row('key', 'key', spelled), row('value', 'value', procedure('the same'))),
  response: sameBut(
    row(
      'status',
      'status',
      table(
        [
          ['Accepted', 'Accepted'],
          ['Rejected', 'Rejected'],
          ['NotSupported', 'NotSupported'],
          ['Accepted', 'RebootRequired'],
        ],
        { up: 'Rejected', down: 'Rejected' },
      ),
    ),
  ),
  down(request, context, pair) {
    const key = request.key as string;
    if (madeKeys.has(lower(key))) return answer({ status: 'Rejected' });
    return mapped(pair, 'down', { ...request, key: toOlder(key) }, context);
  },
  up(request, context, pair) {
    const key = request.key as string;
    if (isLonger(key, KEY)) return answer({ status: 'NotSupported' });
    if (isLonger(request.value, VALUE)) return answer({ status: 'Rejected' });
    return forward('ChangeConfiguration', { ...request, key: toNewer(key) }, (response) => {
      if (response.status === 'RebootRequired')
        context.lost('status', 'Accepted, but the station must be reset for it');
      return answer(apply(pair.response, 'down', response, context));
    });
  },
});
