/**
 * What the reports of a 2.x station tell that a 1.6 CSMS may ask for: values, which of them can be set, limits that only reports
 * have, the numbering of connectors. The gateway asks for one report itself, once for every firmware.
 */
import type { Context } from '../context.ts';
import { answer, forward, type Outcome, type Payload } from '../outcome.ts';
import { type Tasks, task } from '../tasks.ts';
import { bootedFirmware } from './boot-state.ts';
import { asked } from './configuration-asked.ts';
import { identity, indexOf, pathOf, type Reference } from './configuration-index.ts';
import { type ConfigurationKey, configurationKeys } from './configuration-keys.ts';
import { MAX_KEY, mirror } from './configuration-mirror.ts';
import { takeMessageLimit } from './configuration-station.ts';
import { valueDown } from './configuration-values.ts';
import { learn, seen } from './topology.ts';

const TASK = 'ask for the device model';
const TABLE = 'reportAsked';
/** How long after its BootNotification a station is left alone, in ms. */
const DELAY = 5000;

/** The report that the gateway asked for. */
interface AskedReport {
  readonly requestId: number;
  readonly firmware: string | null;
  /** Whether variables without a key were wanted then. */
  readonly all: boolean;
  /** seqNo of the next part; `complete`: there is none, or the station has no reports. */
  readonly next: number | 'complete';
}

const askedReport = (context: Context): AskedReport | undefined => context.state.get<AskedReport>(TABLE, 'full');
const remember = (report: AskedReport, context: Context): void => context.state.set(TABLE, 'full', report);

/** The station has booted and is accepted: it is asked for its device model, unless that is known of this firmware. */
export function askReportAfterBoot(context: Context): void {
  const { readConfiguration, exposeAll } = context.settings;
  if (!readConfiguration) return;
  const last = askedReport(context);
  const isKnown = last?.next === 'complete' && last.firmware === bootedFirmware(context) && (last.all || !exposeAll);
  if (!isKnown) context.later(TASK, '', null, context.now() + DELAY);
}

export const askingTasks: Tasks = {
  [TASK]: task<null>('station', (_data, context) => {
    const report: AskedReport = {
      // Only the gateway's requests have ids here: its CSMS knows no reports.
      requestId: Math.floor(context.now() / 1000) % 0x7fffffff,
      firmware: bootedFirmware(context),
      all: context.settings.exposeAll,
      next: 0,
    };
    // The report may be there before the answer.
    remember(report, context);
    const none = (): Outcome => {
      remember({ ...report, next: 'complete' }, context);
      return answer({});
    };
    return forward(
      'GetBaseReport',
      { requestId: report.requestId, reportBase: 'FullInventory' },
      ({ status }) => (status === 'NotSupported' || status === 'EmptyResultSet' ? none() : answer({})),
      ({ condition }) => (condition === 'NotSupported' || condition === 'NotImplemented' ? none() : answer({})),
    );
  }),
};

/** A NotifyReport, whoever asked for it. */
export function takeReport({ requestId, seqNo, tbc, reportData = [] }: Payload, context: Context): Outcome {
  const report = askedReport(context);
  if (report !== undefined && report.requestId === requestId && report.next !== 'complete') {
    if (seqNo === 0) for (const [path] of [...context.state.rows(OTHERS)]) context.state.delete(OTHERS, path);
    // A part that comes again says nothing new, and one that is missing leaves the report incomplete.
    if (seqNo === report.next) remember({ ...report, next: tbc === true ? seqNo + 1 : 'complete' }, context);
  }
  for (const item of reportData as (Payload & Reference)[]) takeIn(item, context);
  return answer({});
}

/** Keys by the variable that each stands for. */
const keys = new Map<string, ConfigurationKey>();
/** Keys by the variable whose limit each is. */
const limits = new Map<string, ConfigurationKey[]>();
for (const row of configurationKeys) {
  const { variable, characteristic } = row;
  if (variable !== undefined && !keys.has(indexOf(variable))) keys.set(indexOf(variable), row);
  if (characteristic !== undefined) {
    limits.set(indexOf(characteristic), [...(limits.get(indexOf(characteristic)) ?? []), row]);
  }
}

function placed({ component, variable }: Reference): string {
  const evse = component.evse as { id: number; connectorId?: number } | undefined;
  const place = evse === undefined ? {} : ({ place: evse.connectorId === undefined ? 'evse' : 'connector' } as const);
  return indexOf({
    component: component.name as string,
    variable: variable.name as string,
    ...(variable.instance === undefined ? {} : { instance: variable.instance as string }),
    ...place,
  });
}

/** Variables without a key that translation itself looks at, in lower case and wherever they are. */
const wanted: ReadonlySet<string> = new Set([
  'fiscalmetering.model',
  'fiscalmetering.serialnumber',
  'localauthlistctrlr.available',
  'localauthlistctrlr.bytespermessage',
  'txctrlr.txstartpoint',
]);

function takeIn(item: Payload & Reference, context: Context): void {
  const { component, variable, variableCharacteristics = {} } = item;
  const evse = component.evse as { id: number; connectorId?: number } | undefined;
  const isPlace = component.name === 'EVSE' || component.name === 'Connector';
  if (isPlace && evse !== undefined && evse.id > 0) seen(learn(evse.id, evse.connectorId, context), context);
  const attribute = (item.variableAttribute as Payload[]).find(({ type = 'Actual' }) => type === 'Actual');
  const value = attribute?.value as string | undefined;
  const place = placed(item);
  for (const { key, characteristic } of limits.get(place) ?? []) {
    const limit: unknown = characteristic === undefined ? undefined : variableCharacteristics[characteristic.of];
    if (typeof limit === 'number') mirror(key, String(limit), true, context);
  }
  if (value === undefined) return;
  takeMessageLimit(item, value, context);
  const name = `${component.name}.${variable.name}`;
  if (wanted.has(name.toLowerCase())) mirror(name, value, true, context);
  const isReadOnly = attribute?.mutability === 'ReadOnly';
  const row = keys.get(place);
  if (row === undefined) takeOther(item, isReadOnly, context);
  else if (row.access !== 'W' && row.kind !== 'rotation') {
    const suffix = row.suffix === 'connector' ? String(learn(evse?.id ?? 0, evse?.connectorId, context)) : '';
    const readonly = row.access === 'R' || row.refused !== undefined || isReadOnly;
    mirror(`${row.key}${suffix}`, valueDown(row.kind, value, context), readonly, context);
  }
}

const OTHERS = 'otherVariable';
/** Variables without a key that are told a CSMS which wants to see them. */
const MOST_OTHERS = 300;

/** A variable that has no key: it is known by its path, where that fits a key and leads back to it. */
function takeOther(item: Reference, isReadOnly: boolean, context: Context): void {
  if (!context.settings.exposeAll) return;
  const path = pathOf(item);
  const [read] = path.length > MAX_KEY ? [] : asked(path, context).reads;
  if (read === undefined || identity(read.reference) !== identity(item)) return;
  if (context.state.get(OTHERS, path) !== isReadOnly) context.state.set(OTHERS, path, isReadOnly, MOST_OTHERS);
}

/** Keys that variables without one of 1.6 go by, if the CSMS wants to see them. */
export const otherKeys = (context: Context): readonly string[] =>
  context.settings.exposeAll ? [...context.state.rows(OTHERS)].map(([path]) => path) : [];

/** True for a key of {@link otherKeys} that cannot be set. */
export const isReadOnlyOther = (key: string, context: Context): boolean =>
  context.state.get<boolean>(OTHERS, key) === true;
