/** Numbers: 2.1 put a floor under those that 2.0.1 left open, and takes fractions where 2.0.1 takes none. */
import type { Context } from '../context.ts';
import { convert, keep, list, lost, type Rule, row, sameBut } from '../rows.ts';

const TABLE = 'renumbered';

/** An optional number that 2.1 takes only from `minimum` to `maximum`: left out otherwise. */
export const within = (minimum: number, maximum = Infinity): Rule =>
  convert(
    `left out towards 2.1 when ${maximum === Infinity ? `below ${minimum}` : `not ${minimum} to ${maximum}`}`,
    (value, context) => {
      if (typeof value !== 'number' || (value >= minimum && value <= maximum)) return value;
      context.lost('number', `2.1 has no ${value} here`);
      return undefined;
    },
    keep,
  );

/** A required number of which 2.1 takes no negative ones: 0 then. */
export const notNegative: Rule = convert(
  'a negative number is 0 towards 2.1',
  (value) => (typeof value === 'number' && value < 0 ? 0 : value),
  keep,
);

/** A number that may have a fraction in 2.1 only. */
export const rounded: Rule = convert('rounded towards 2.0.1', keep, (value) =>
  typeof value === 'number' && !Number.isInteger(value) ? Math.round(value) : value,
);

function upwards(kind: string, value: number, context: Context): number {
  if (value >= 0) return value;
  let free = value & 0x7fffffff;
  for (;;) {
    const taken = context.state.get<number>(TABLE, `${kind} ${free}`);
    if (taken === value) return free;
    if (taken === undefined) break;
    free = (free - 1) & 0x7fffffff;
  }
  context.state.set(TABLE, `${kind} ${free}`, value);
  return free;
}

function downwards(kind: string, value: number, context: Context): number {
  if (context.state.size(TABLE) === 0) return value;
  return context.state.get<number>(TABLE, `${kind} ${value}`) ?? value;
}

/**
 * An id that 2.0.1 may choose to be negative and 2.1 may not: a negative one gets a number from the top of the 32-bit
 * range, which is remembered and turned back on the way down. `kind`: whose ids they are.
 */
export const renumbered = (kind: string): Rule =>
  convert(
    'a negative id gets another number towards 2.1, and its own one back',
    (value, context) => upwards(kind, value as number, context),
    (value, context) => downwards(kind, value as number, context),
  );

/** A list of {@link renumbered} ids. */
export const renumberedAll = (kind: string): Rule =>
  convert(
    'negative ids get other numbers towards 2.1, and their own ones back',
    (value, context) => (value as number[]).map((id) => upwards(kind, id, context)),
    (value, context) => (value as number[]).map((id) => downwards(kind, id, context)),
  );

/** EVSEType where it may be left out: an EVSE below 0 does not exist. */
export const evse: Rule = convert(
  'an EVSE or connector below 0 does not exist and is left out towards 2.1',
  (value, context) => {
    const { id, connectorId } = value as { id: number; connectorId?: number };
    if (id >= 0 && (connectorId === undefined || connectorId >= 0)) return value;
    context.lost('evse', 'there is no EVSE or connector below 0');
    if (id < 0) return undefined;
    const { connectorId: _none, ...rest } = value as Record<string, unknown>;
    return rest;
  },
  keep,
);

/** The EVSE of a component in what a station tells. */
export const componentEvse = (path = 'component.evse'): ReturnType<typeof row> => row(path, path, evse);

/** A list of `{ component, variable … }`. */
export const ofComponents = (field: string): ReturnType<typeof row> =>
  row(field, field, list(sameBut(componentEvse())));

/** A field that only 2.1 has. */
export const newIn21 = (field: string, reason: string): ReturnType<typeof row> => row(null, field, lost(reason));
