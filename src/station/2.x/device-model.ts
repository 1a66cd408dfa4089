import type { Messages } from '../../ocpp/generated/2.1.types.ts';
import { objectionTo, type Setting, settings } from '../settings.ts';
import type { VirtualStation } from '../station.ts';

export type Component = Messages['GetVariablesRequest']['getVariableData'][number]['component'];
export type Variable = Messages['GetVariablesRequest']['getVariableData'][number]['variable'];
export type ReportRow = NonNullable<Messages['NotifyReportRequest']['reportData']>[number];
type DataType = NonNullable<ReportRow['variableCharacteristics']>['dataType'];

/** One variable of the device model (2.x part 1 4, part 2 appendix). Settings are variables; so is what can only be read. */
interface Entry {
  readonly component: Component;
  readonly variable: Variable;
  readonly value: string;
  readonly dataType: DataType;
  readonly mutability: 'ReadOnly' | 'WriteOnly' | 'ReadWrite';
  readonly unit?: string | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly valuesList?: string | undefined;
  readonly setting?: Setting;
}

const mutabilities = { R: 'ReadOnly', RW: 'ReadWrite', W: 'WriteOnly' } as const;
const list = new Set<DataType>(['OptionList', 'MemberList', 'SequenceList']);

function ofSetting(station: VirtualStation, setting: Setting): Entry {
  const { component, variable, instance } = setting.path!;
  const isList = list.has(setting.type);
  return {
    component: { name: component },
    variable: { name: variable, ...(instance !== undefined && { instance }) },
    value: setting.access === 'W' ? '' : station.settings.get(setting),
    dataType: setting.type,
    mutability: mutabilities[setting.access],
    unit: setting.unit,
    min: setting.type === 'integer' ? setting.min : undefined,
    max: isList ? undefined : setting.max,
    valuesList: isList ? setting.values?.join(',') : undefined,
    setting,
  };
}

const AVAILABILITY = 'Available,Occupied,Reserved,Unavailable,Faulted';

const readable = (
  component: Component,
  name: string,
  value: string,
  dataType: DataType,
  extra: Partial<Entry> = {},
): Entry => ({
  component,
  variable: { name },
  value,
  dataType,
  mutability: 'ReadOnly',
  ...extra,
});

/** The station's build: what there is, and in which state. */
function structure(station: VirtualStation): Entry[] {
  const root = { name: 'ChargingStation' };
  const availability = (component: Component, value: string) =>
    readable(component, 'AvailabilityState', value, 'OptionList', { valuesList: AVAILABILITY });
  const phases = String(station.evses[0]!.outlet.kind === 'AC' ? station.evses[0]!.outlet.phases : 3);
  const entries: Entry[] = [
    readable(root, 'Available', 'true', 'boolean'),
    availability(root, station.operative ? 'Available' : 'Unavailable'),
    readable(root, 'Model', 'Virtual', 'string', { max: 50 }),
    readable(root, 'VendorName', 'EVSEBridge', 'string', { max: 50 }),
    readable(root, 'SerialNumber', station.id.slice(0, 25), 'string', { max: 25 }),
    readable(root, 'SupplyPhases', phases, 'integer'),
    readable(root, 'Problem', String(station.evses.some(({ fault }) => fault !== undefined)), 'boolean'),
    readable({ name: 'Controller' }, 'FirmwareVersion', station.firmwareVersion, 'string', { max: 50 }),
    readable({ name: 'LocalAuthListCtrlr' }, 'Entries', String(station.local.entries), 'integer', {
      max: station.settings.integer('LocalAuthListMaxLength'),
    }),
    readable({ name: 'ClockCtrlr' }, 'DateTime', new Date(station.clock.now()).toISOString(), 'dateTime'),
    readable({ name: 'SecurityCtrlr' }, 'CertificateEntries', String(station.certificates.list().length), 'integer', {
      max: station.settings.integer('CertificateStoreMaxLength'),
    }),
    {
      ...readable({ name: 'SmartChargingCtrlr' }, 'Entries', String(station.profiles.all.length), 'integer', {
        max: station.settings.integer('MaxChargingProfilesInstalled'),
      }),
      variable: { name: 'Entries', instance: 'ChargingProfiles' },
    },
  ];
  for (const evse of station.evses) {
    const { id, connectorId, outlet } = evse;
    const ofEvse = { name: 'EVSE', evse: { id } };
    const ofConnector = { name: 'Connector', evse: { id, connectorId } };
    const status = station.dialect.statusOf(station, evse);
    entries.push(
      readable(ofEvse, 'Available', 'true', 'boolean'),
      availability(ofEvse, status),
      readable(ofEvse, 'Power', String(Math.round(evse.powerAt(station.clock.now()))), 'decimal', {
        unit: 'W',
        max: outlet.maxPower,
      }),
      readable(ofEvse, 'SupplyPhases', phases, 'integer'),
      readable(ofEvse, 'Problem', String(evse.fault !== undefined), 'boolean'),
      readable(ofConnector, 'Available', 'true', 'boolean'),
      availability(ofConnector, status),
      readable(ofConnector, 'ConnectorType', outlet.connectorType, 'string', { max: 20 }),
      readable(ofConnector, 'SupplyPhases', phases, 'integer'),
    );
  }
  return entries;
}

/** The whole device model, as it is now. */
function deviceModel(station: VirtualStation): Entry[] {
  const ofSettings = settings.flatMap((setting) => (setting.path ? [ofSetting(station, setting)] : []));
  return [...structure(station), ...ofSettings];
}

const sameName = (left: string | undefined, right: string | undefined) => left?.toLowerCase() === right?.toLowerCase();
const sameComponent = (entry: Entry, wanted: Component) =>
  sameName(entry.component.name, wanted.name) &&
  sameName(entry.component.instance, wanted.instance) &&
  entry.component.evse?.id === wanted.evse?.id &&
  entry.component.evse?.connectorId === wanted.evse?.connectorId;
const sameVariable = (entry: Entry, wanted: Variable) =>
  sameName(entry.variable.name, wanted.name) && sameName(entry.variable.instance, wanted.instance);

type Find = Entry | 'UnknownComponent' | 'UnknownVariable';
function find(model: readonly Entry[], component: Component, variable: Variable): Find {
  const ofComponent = model.filter((entry) => sameComponent(entry, component));
  if (ofComponent.length === 0) return 'UnknownComponent';
  return ofComponent.find((entry) => sameVariable(entry, variable)) ?? 'UnknownVariable';
}

/** GetVariables (B06): results in the order of the request. */
export function getVariables(
  station: VirtualStation,
  wanted: Messages['GetVariablesRequest']['getVariableData'],
): Messages['GetVariablesResponse']['getVariableResult'] {
  const model = deviceModel(station);
  return wanted.map(({ component, variable, attributeType }) => {
    const asked = { component, variable, ...(attributeType !== undefined && { attributeType }) };
    const found = find(model, component, variable);
    if (typeof found === 'string') return { ...asked, attributeStatus: found };
    if (attributeType !== undefined && attributeType !== 'Actual') {
      return { ...asked, attributeStatus: 'NotSupportedAttributeType' };
    }
    if (found.mutability === 'WriteOnly') {
      return { ...asked, attributeStatus: 'Rejected', attributeStatusInfo: { reasonCode: 'WriteOnly' } };
    }
    return { ...asked, attributeStatus: 'Accepted', attributeValue: found.value };
  });
}

/** SetVariables (B05): each is set or refused by itself. */
export function setVariables(
  station: VirtualStation,
  wanted: Messages['SetVariablesRequest']['setVariableData'],
): Messages['SetVariablesResponse']['setVariableResult'] {
  const model = deviceModel(station);
  return wanted.map(({ component, variable, attributeType, attributeValue }) => {
    const asked = { component, variable, ...(attributeType !== undefined && { attributeType }) };
    const rejected = (reasonCode: string, additionalInfo?: string) => ({
      ...asked,
      attributeStatus: 'Rejected' as const,
      attributeStatusInfo: { reasonCode, ...(additionalInfo !== undefined && { additionalInfo }) },
    });
    const found = find(model, component, variable);
    if (typeof found === 'string') return { ...asked, attributeStatus: found };
    if (attributeType !== undefined && attributeType !== 'Actual') {
      return { ...asked, attributeStatus: 'NotSupportedAttributeType' };
    }
    const { setting } = found;
    if (setting === undefined || setting.access === 'R') return rejected('ReadOnly');
    const objection = objectionTo(setting, attributeValue);
    if (objection !== undefined) return rejected('InvalidValue', `the value ${objection}`);
    station.setSetting(setting.id, attributeValue);
    return { ...asked, attributeStatus: setting.reboot ? 'RebootRequired' : 'Accepted' };
  });
}

function row({ component, variable, value, dataType, mutability, unit, min, max, valuesList }: Entry): ReportRow {
  return {
    component,
    variable,
    variableAttribute: [{ type: 'Actual', mutability, ...(mutability !== 'WriteOnly' && { value }) }],
    variableCharacteristics: {
      dataType,
      supportsMonitoring: false,
      ...(unit !== undefined && { unit }),
      ...(min !== undefined && { minLimit: min }),
      ...(max !== undefined && { maxLimit: max }),
      ...(valuesList !== undefined && { valuesList }),
    },
  };
}

const summary = new Set(['Available', 'AvailabilityState', 'Problem', 'Enabled']);

/** The rows of GetBaseReport (B07). */
export function baseReport(station: VirtualStation, base: Messages['GetBaseReportRequest']['reportBase']): ReportRow[] {
  return deviceModel(station)
    .filter(({ mutability, variable }) => {
      if (base === 'FullInventory') return true;
      return base === 'SummaryInventory' ? summary.has(variable.name) : mutability !== 'ReadOnly';
    })
    .map(row);
}

type ReportRequest = Messages['GetReportRequest'];

/** The rows of GetReport (B08): of the components that meet a criterion, those that are asked for. */
export function report(station: VirtualStation, { componentVariable, componentCriteria }: ReportRequest): ReportRow[] {
  const model = deviceModel(station);
  const isTrue = (component: Component, name: string) =>
    model.find((entry) => sameComponent(entry, component) && entry.variable.name === name)?.value;
  const meets = ({ component }: Entry) =>
    componentCriteria === undefined ||
    componentCriteria.some((criterion) => {
      const value = isTrue(component, criterion);
      // Enabled and Available hold where a component does not say otherwise (B08.FR.10 ff.).
      return criterion === 'Problem' || criterion === 'Active' ? value === 'true' : value !== 'false';
    });
  const asked = (entry: Entry) =>
    componentVariable === undefined ||
    componentVariable.some(
      ({ component, variable }) =>
        sameName(entry.component.name, component.name) &&
        (component.evse === undefined || sameComponent(entry, component)) &&
        (component.instance === undefined || sameName(entry.component.instance, component.instance)) &&
        (variable === undefined ||
          (sameName(entry.variable.name, variable.name) &&
            (variable.instance === undefined || sameName(entry.variable.instance, variable.instance)))),
    );
  return model.filter((entry) => meets(entry) && asked(entry)).map(row);
}

/** Whether the device model has a component and variable, for monitors. */
export function known(station: VirtualStation, component: Component, variable: Variable): Find {
  return find(deviceModel(station), component, variable);
}
