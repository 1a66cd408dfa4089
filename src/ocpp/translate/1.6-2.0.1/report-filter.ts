/** Which variables of a device model a report is about. */
import type { Context } from '../context.ts';
import type { Payload } from '../outcome.ts';
import { componentIdentity, isComponent, meaning, type Reference } from './configuration-index.ts';
import type { Reported } from './device-model.ts';

export type ReportBase = 'FullInventory' | 'ConfigurationInventory' | 'SummaryInventory';

/** What a GetReport asks for (B08); both: what is in both. */
export interface Selection {
  readonly components?: readonly Selected[];
  readonly criteria?: readonly string[];
}

/** A component, and a variable of it. What is absent is every one (B08.FR.20 to 24). */
export interface Selected {
  readonly component: Payload;
  readonly variable?: Payload;
}

/** What tells of availability and of problems (2.x part 2 3.48 ReportBaseEnumType). */
const summary: ReadonlySet<string> = new Set(['Available', 'Enabled', 'Problem', 'AvailabilityState']);

const inBase: Readonly<Record<ReportBase, (one: Reported) => boolean>> = {
  FullInventory: () => true,
  ConfigurationInventory: ({ settable }) => settable,
  SummaryInventory: ({ variable, trouble }) => trouble || summary.has(variable.name as string),
};

export const ofBase = (base: ReportBase, model: readonly Reported[]): readonly Reported[] => model.filter(inBase[base]);

const sameName = (one: unknown, other: unknown): boolean => String(one).toLowerCase() === String(other).toLowerCase();

/** True when nothing in particular is asked for, or this. */
const fits = (asked: unknown, present: unknown): boolean => asked === undefined || sameName(asked, present ?? '');

function isSelected({ component, variable }: Reference, asked: Selected): boolean {
  const [wanted, present] = [asked.component.evse as Payload | undefined, component.evse as Payload | undefined];
  return (
    sameName(asked.component.name, component.name) &&
    fits(asked.component.instance, component.instance) &&
    fits(wanted?.id, present?.id) &&
    fits(wanted?.connectorId, present?.connectorId) &&
    (asked.variable === undefined ||
      (sameName(asked.variable.name, variable.name) && fits(asked.variable.instance, variable.instance)))
  );
}

/**
 * Criteria are variables of a component that are true; a component that has no such variable is active, available and enabled,
 * and has no problem (B08.FR.07 to 10). One of several is enough.
 */
function byCriteria(criteria: readonly string[], model: readonly Reported[]): (one: Reference) => boolean {
  const values = new Map<string, string | undefined>();
  for (const { component, variable, value } of model) {
    values.set(`${componentIdentity(component)} ${String(variable.name).toLowerCase()}`, value?.toLowerCase());
  }
  return ({ component }) =>
    criteria.some((criterion) => {
      const name = `${componentIdentity(component)} ${criterion.toLowerCase()}`;
      return values.has(name) ? values.get(name) === 'true' : criterion !== 'Problem';
    });
}

export function ofSelection({ components, criteria }: Selection, model: readonly Reported[]): readonly Reported[] {
  const meets = criteria === undefined ? () => true : byCriteria(criteria, model);
  return model.filter((one) => meets(one) && (components === undefined || components.some((c) => isSelected(one, c))));
}

/** False when a station of which nothing is known yet cannot have any of it. */
export const couldHave = ({ components }: Selection, context: Context): boolean =>
  components === undefined ||
  components.some(({ component, variable }) =>
    variable === undefined
      ? isComponent(component.name as string)
      : meaning({ component, variable }, context).unknown === undefined,
  );
