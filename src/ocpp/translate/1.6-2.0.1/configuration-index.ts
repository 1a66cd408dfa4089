/** Finds what a key or a variable of the tables means; names are compared without regard to case, as both versions do. */
import type { Context } from '../context.ts';
import type { Payload } from '../outcome.ts';
import { type EmulatedVariable, emulatedVariables } from './configuration-emulated.ts';
import { type ConfigurationKey, configurationKeys, legacyComponent, type Variable } from './configuration-keys.ts';
import { MAX_KEY } from './configuration-mirror.ts';
import { isUnknown, toConnectors } from './topology.ts';

/** A Component and a Variable of it, as 2.x messages name them. */
export interface Reference {
  readonly component: Payload;
  readonly variable: Payload;
}

const named = ({ name, instance }: Payload): string => (instance === undefined ? String(name) : `${name}.${instance}`);

/** `component[.instance][@evse[.connector]].variable[.instance]` */
export function pathOf({ component, variable }: Reference): string {
  const evse = component.evse as { id: number; connectorId?: number } | undefined;
  const at = evse === undefined ? '' : `@${evse.id}${evse.connectorId === undefined ? '' : `.${evse.connectorId}`}`;
  return `${named(component)}${at}.${named(variable)}`;
}

/** One text per variable, whatever the case of its names. */
export const identity = (reference: Reference): string => pathOf(reference).toLowerCase();

/** One text per component. */
export const componentIdentity = (component: Payload): string => identity({ component, variable: { name: '' } });

const indexKey = (component: string, place: string, variable: string, instance: string | undefined): string =>
  [component, place, variable, instance ?? ''].join('\n').toLowerCase();

/** One text per row of a table of variables, whichever EVSE or connector it is about. */
export const indexOf = ({ component, variable, instance, place }: Variable): string =>
  indexKey(component, place ?? '', variable, instance);

/** True for a component that a 1.6 station may have. */
export const isComponent = (name: string): boolean => components.has(name.toLowerCase());

interface Known {
  readonly row?: ConfigurationKey;
  readonly emulated?: EmulatedVariable;
  /** It can be read through the key and not be set, because that would set more than it. */
  readonly readonly: boolean;
  /** The key is its limit, not its value. */
  readonly limitOnly?: true;
}

const variables = new Map<string, Known>();
const components = new Set([legacyComponent.toLowerCase()]);
{
  const add = (variable: Variable, known: Known): void => {
    components.add(variable.component.toLowerCase());
    const key = indexOf(variable);
    if (!variables.has(key)) variables.set(key, known);
  };
  for (const emulated of emulatedVariables) add(emulated, { emulated, readonly: true });
  for (const row of configurationKeys) {
    for (const mapped of [row.variable, ...(row.alias ?? [])]) {
      if (mapped !== undefined && row.suffix !== 'instance') add(mapped, { row, readonly: row.access === 'R' });
    }
  }
  for (const row of configurationKeys) for (const also of row.also ?? []) add(also, { row, readonly: true });
  for (const row of configurationKeys) {
    if (row.characteristic?.of === 'maxLimit') add(row.characteristic, { row, readonly: true, limitOnly: true });
  }
}

/** Rows whose key has a suffix that is the variable's instance, by component and variable. */
const byInstance = configurationKeys.filter(({ suffix }) => suffix === 'instance');

/** What a 2.x CSMS means by a variable of a 1.6 station. */
export type Meaning =
  | { readonly unknown: 'UnknownComponent' | 'UnknownVariable'; readonly reasonCode?: string }
  | {
      readonly unknown?: undefined;
      /** The 1.6 key that is to be asked; `undefined`: none, the gateway knows. */
      readonly key: string | undefined;
      /** The connector that the variable is about; 0: the station. */
      readonly connectorId: number;
      readonly row: ConfigurationKey | undefined;
      readonly emulated: EmulatedVariable | undefined;
      readonly readonly: boolean;
      readonly limitOnly?: true;
    };

export function meaning({ component, variable }: Reference, context: Context): Meaning {
  const name = String(component.name);
  const evse = component.evse as { id: number; connectorId?: number } | undefined;
  if (!isComponent(name) || component.instance !== undefined) return { unknown: 'UnknownComponent' };
  if (evse !== undefined && (evse.id <= 0 || isUnknown(evse.id, evse.connectorId, context))) {
    return {
      unknown: 'UnknownComponent',
      reasonCode: evse.connectorId === undefined ? 'UnknownEvse' : 'UnknownConnectorId',
    };
  }
  if (name.toLowerCase() === legacyComponent.toLowerCase() && evse === undefined) return legacy(variable);
  const place = evse === undefined ? '' : evse.connectorId === undefined ? 'evse' : 'connector';
  const connectorId = evse === undefined ? 0 : (toConnectors(evse.id, evse.connectorId, context)[0] ?? 0);
  const instance = variable.instance as string | undefined;
  const known = variables.get(indexKey(name, place, String(variable.name), instance));
  if (known !== undefined) {
    const { row, emulated } = known;
    const key = row === undefined ? emulated?.key : row.suffix === 'connector' ? `${row.key}${connectorId}` : row.key;
    return { ...known, key, connectorId, row, emulated };
  }
  const row = byInstance.find(
    (candidate) =>
      instance !== undefined &&
      place === '' &&
      candidate.key.length + instance.length <= MAX_KEY &&
      indexOf(candidate.variable as Variable) === indexKey(name, '', String(variable.name), undefined),
  );
  if (row !== undefined)
    return { key: `${row.key}${instance}`, connectorId: 0, row, emulated: undefined, readonly: false };
  return { unknown: 'UnknownVariable' };
}

/** Any key that the table does not have. */
export const unmappedKey: ConfigurationKey = { key: '', access: 'RW', kind: 'text' };

/** A key that 2.x has no variable for. What the table maps to a variable is to be had by that one only. */
function legacy(variable: Payload): Meaning {
  const key = String(variable.name);
  const row = rowOf(key)?.row;
  const mappedElsewhere = row?.variable !== undefined && row.variable.component !== legacyComponent;
  if (variable.instance !== undefined || mappedElsewhere) return { unknown: 'UnknownVariable' };
  return { key, connectorId: 0, row: row ?? unmappedKey, emulated: undefined, readonly: row?.access === 'R' };
}

const rows = new Map(configurationKeys.map((row) => [row.key.toLowerCase(), row] as const));
const suffixed = configurationKeys.filter(({ suffix }) => suffix !== undefined);

/** The row of a 1.6 key, and what stands behind the row's name in the key; `undefined`: no row has it. */
export function rowOf(key: string): { readonly row: ConfigurationKey; readonly suffix: string } | undefined {
  const row = rows.get(key.toLowerCase());
  if (row !== undefined && row.suffix === undefined) return { row, suffix: '' };
  for (const candidate of suffixed) {
    if (!key.toLowerCase().startsWith(candidate.key.toLowerCase())) continue;
    const suffix = key.slice(candidate.key.length);
    if (suffix !== '' && (candidate.suffix === 'instance' || /^[1-9]\d{0,4}$/.test(suffix)))
      return { row: candidate, suffix };
  }
  return undefined;
}
