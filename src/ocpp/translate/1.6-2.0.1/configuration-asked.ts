/** What the keys of a 1.6 CSMS mean at a 2.x station: which variables, of which components. */
import type { Context } from '../context.ts';
import { identity, type Reference, rowOf } from './configuration-index.ts';
import {
  type ConfigurationKey,
  configurationKeys,
  legacyComponent,
  type Variable,
  variable,
} from './configuration-keys.ts';
import { connectorCount, toEvse } from './topology.ts';

/** The variable as messages name it; `connectorId` says which, where there is one per EVSE or connector. */
export function reference(
  { component, variable, instance, place }: Variable,
  context: Context,
  connectorId = 0,
): Reference {
  const evse = toEvse(connectorId, context);
  return {
    component: {
      name: component,
      ...(place === undefined
        ? {}
        : { evse: place === 'evse' ? { id: evse.id } : { id: evse.id, connectorId: evse.connectorId } }),
    },
    variable: { name: variable, ...(instance === undefined ? {} : { instance }) },
  };
}

/** 1.6 connectors of the station, as far as they were seen; a station has one at least. */
export const connectors = (context: Context): readonly number[] =>
  Array.from({ length: Math.max(1, connectorCount(context)) }, (_, index) => index + 1);

/** All references of a variable: one, or one per EVSE or connector. */
export function references(
  variable: Variable,
  context: Context,
): readonly { readonly connectorId: number; readonly reference: Reference }[] {
  if (variable.place === undefined) return [{ connectorId: 0, reference: reference(variable, context) }];
  const found = new Map<string, { connectorId: number; reference: Reference }>();
  for (const connectorId of connectors(context)) {
    const one = reference(variable, context, connectorId);
    if (!found.has(identity(one))) found.set(identity(one), { connectorId, reference: one });
  }
  return [...found.values()];
}

/** `Component[.instance][@evse[.connector]].Variable[.instance]`: how a key names a variable that has no key of its own. */
const dotted =
  /^(?<component>[^.@]+)(?:\.(?<componentInstance>[^.@]+)(?=[@.][^.@]+\.))?(?:@(?<evse>\d{1,9})(?:\.(?<connector>\d{1,9})(?=\.))?)?\.(?<variable>[^.@]+)(?:\.(?<instance>[^.@]+))?$/;

/** What a 1.6 key means at a 2.x station. */
export interface Asked {
  readonly row: ConfigurationKey;
  /** What is read for the value; of a key that the gateway makes up: what it is made of. */
  readonly reads: readonly { readonly connectorId: number; readonly reference: Reference }[];
}

export function asked(key: string, context: Context): Asked {
  const found = rowOf(key);
  if (found === undefined) return unmapped(key);
  const { row, suffix } = found;
  if (row.derived !== undefined) return { row, reads: row.derived.from.flatMap((one) => references(one, context)) };
  if (row.variable === undefined || row.access === 'W') return { row, reads: [] };
  if (row.suffix === 'connector') {
    const connectorId = Number(suffix);
    return { row, reads: [{ connectorId, reference: reference(row.variable, context, connectorId) }] };
  }
  if (row.suffix === 'instance') {
    const one = { ...row.variable, instance: suffix };
    return { row, reads: [{ connectorId: 0, reference: reference(one, context) }] };
  }
  const whole = row.kind === 'rotation' ? [variable('ChargingStation', row.variable.variable)] : [];
  return { row, reads: [...whole, row.variable].flatMap((one) => references(one, context)) };
}

/** A key of no row: a variable by its full name, else one of the component that stands for 1.6. */
function unmapped(key: string): Asked {
  const row: ConfigurationKey = { key, access: 'RW', kind: 'text' };
  const parts = dotted.exec(key)?.groups;
  if (parts === undefined) {
    return {
      row,
      reads: [{ connectorId: 0, reference: { component: { name: legacyComponent }, variable: { name: key } } }],
    };
  }
  const { component, componentInstance, evse, connector, variable: name, instance } = parts;
  const named: Reference = {
    component: {
      name: component,
      ...(componentInstance === undefined ? {} : { instance: componentInstance }),
      ...(evse === undefined
        ? {}
        : { evse: { id: Number(evse), ...(connector === undefined ? {} : { connectorId: Number(connector) }) } }),
    },
    variable: { name, ...(instance === undefined ? {} : { instance }) },
  };
  // What must not be written under its key must not be written under its variable's name either.
  const mapped = refusedVariables.get(identity(named));
  return mapped === undefined ? { row, reads: [{ connectorId: 0, reference: named }] } : { row: mapped, reads: [] };
}

const refusedVariables: ReadonlyMap<string, ConfigurationKey> = new Map(
  configurationKeys.flatMap((row) =>
    row.refused === undefined || row.variable === undefined
      ? []
      : [[`${row.variable.component}.${row.variable.variable}`.toLowerCase(), row] as const],
  ),
);
