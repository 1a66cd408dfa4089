import type { VariableRow } from '../../gateway/ports.ts';
import { isSecretName, type Payload } from '../../ocpp/index.ts';

/** `Component[instance]@evse.connector/Variable[instance]`: one text that names a Variable of a station's device model. */
export function variableKey(component: Payload, variable: Payload): string {
  const evse = component['evse'] as { id: number; connectorId?: number } | undefined;
  const at = evse === undefined ? '' : `@${evse.id}${evse.connectorId === undefined ? '' : `.${evse.connectorId}`}`;
  return `${named(component)}${at}/${named(variable)}`;
}

const named = ({ name, instance }: Payload): string => (instance === undefined ? String(name) : `${name}[${instance}]`);

/** Rows for the attributes of one reported Variable (NotifyReport's reportData); a secret one has no value. */
export function reportedVariables(stationId: string, report: Payload, at: number): readonly VariableRow[] {
  const variable = report['variable'] as Payload;
  const key = variableKey(report['component'] as Payload, variable);
  const isSecret = isSecretName(variable['name']);
  return (report['variableAttribute'] as Payload[]).map((attribute) => ({
    stationId,
    key,
    attribute: (attribute['type'] as VariableRow['attribute'] | undefined) ?? 'Actual',
    value: isSecret ? null : ((attribute['value'] as string | undefined) ?? null),
    mutability: (attribute['mutability'] as string | undefined) ?? null,
    characteristics: (report['variableCharacteristics'] as VariableRow['characteristics'] | undefined) ?? null,
    at,
  }));
}
