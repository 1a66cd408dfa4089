/** Block B, Provisioning: reports of the device model. Those of a 1.6 station are made here. */
import type { Context } from '../context.ts';
import { answer, forwardAll, type Message, type Outcome, type Payload } from '../outcome.ts';
import { list, lost, procedure, row, rows } from '../rows.ts';
import { type Tasks, task } from '../tasks.ts';
import type { Pair } from '../translator.ts';
import { noCustomData } from './common-rows.ts';
import { configurationTasks, isConfigurationRead, readConfiguration } from './configuration-read.ts';
import { deviceModel, type Reported } from './device-model.ts';
import { refusal } from './fan-out.ts';
import { couldHave, ofBase, ofSelection, type ReportBase, type Selected, type Selection } from './report-filter.ts';
import { takeReport } from './report-taken.ts';

const REPORT = 'report the device model';
const TABLE = 'report';
/** Reports of one station that wait at once, and the characters in which what they are about is kept. */
const MOST_REPORTS = 10;
const MOST_CHARACTERS = 65_536;
/** Bytes of reportData in one message: with what stands around it, no message is larger than 16 kB. */
const MOST_BYTES = 15_500;

/** A report that was promised. */
type Asked = { readonly at: number } & ({ readonly base: ReportBase } | { readonly selection: Selection });

/** The report follows as soon as the station was asked for its configuration. */
function promise(requestId: number, asked: Asked, context: Context): Outcome {
  const key = String(requestId);
  const others = [...context.state.rows<Asked>(TABLE)].filter(([other]) => other !== key);
  if (others.length >= MOST_REPORTS || JSON.stringify([others, asked]).length > MOST_CHARACTERS) {
    return refusal('Rejected', 'TooManyElements', `${others.length} reports wait already`);
  }
  context.state.set(TABLE, key, asked);
  readConfiguration(context);
  return answer({ status: 'Accepted' });
}

function getBaseReportDown({ requestId, reportBase }: Payload, context: Context): Outcome {
  return promise(requestId as number, { at: context.now(), base: reportBase as ReportBase }, context);
}

function getReportDown({ requestId, componentVariable, componentCriteria }: Payload, context: Context): Outcome {
  const selection: Selection = {
    ...(componentVariable === undefined ? {} : { components: selected(componentVariable as Payload[]) }),
    ...(componentCriteria === undefined ? {} : { criteria: componentCriteria as string[] }),
  };
  const isEmpty = isConfigurationRead(context)
    ? ofSelection(selection, deviceModel(context)).length === 0
    : !couldHave(selection, context);
  if (isEmpty) return answer({ status: 'EmptyResultSet' });
  return promise(requestId as number, { at: context.now(), selection }, context);
}

const withoutCustomData = ({ customData: _none, ...rest }: Payload): Payload => rest;

const selected = (asked: readonly Payload[]): readonly Selected[] =>
  asked.map(({ component, variable }) => ({
    component: withoutCustomData(component as Payload),
    ...(variable === undefined ? {} : { variable: withoutCustomData(variable as Payload) }),
  }));

const reportDatum = ({ component, variable, value, mutability, characteristics }: Reported): Payload => ({
  component,
  variable,
  variableAttribute: [{ type: 'Actual', ...(value === undefined ? {} : { value }), mutability }],
  variableCharacteristics: characteristics,
});

const encoder = new TextEncoder();
const bytes = (item: Payload): number => encoder.encode(JSON.stringify(item)).length;

/** Lists of items that fit a message each; one list, even if there is no item. */
function parts(items: readonly Payload[]): readonly (readonly Payload[])[] {
  const found: Payload[][] = [[]];
  let used = 0;
  for (const item of items) {
    const size = bytes(item) + 1;
    if (used > 0 && used + size > MOST_BYTES) {
      found.push([]);
      used = 0;
    }
    found.at(-1)?.push(item);
    used += size;
  }
  return found;
}

/** The NotifyReports of a report, of the time at which it was asked for: made once more, they say the same of what did not change. */
function reportMessages(requestId: number, asked: Asked, context: Context): readonly Message[] {
  const model = deviceModel({ ...context, now: () => asked.at });
  const chosen = 'base' in asked ? ofBase(asked.base, model) : ofSelection(asked.selection, model);
  const lists = parts(chosen.map(reportDatum));
  return lists.map((reportData, seqNo) => ({
    action: 'NotifyReport',
    payload: {
      requestId,
      generatedAt: new Date(asked.at).toISOString(),
      ...(reportData.length === 0 ? {} : { reportData }),
      tbc: seqNo < lists.length - 1,
      seqNo,
    },
  }));
}

/** Sends what was promised, now that the configuration is known. */
function sendReports(context: Context): void {
  for (const [requestId] of context.state.rows(TABLE)) context.later(REPORT, requestId, requestId);
}

/**
 * A report is one task: all of its messages are made of the same moment. Begun again after a restart, it is told again from
 * seqNo 0 on, and the CSMS has a whole one either way.
 */
export const reportTasks: Tasks = {
  ...configurationTasks(sendReports),
  [REPORT]: task<string>('csms', (requestId, context) => {
    const asked = context.state.get<Asked>(TABLE, requestId);
    if (asked === undefined) return answer({});
    return forwardAll(reportMessages(Number(requestId), asked, context), () => {
      // The same id asked for anew meanwhile is another report.
      if (context.state.get<Asked>(TABLE, requestId) === asked) context.state.delete(TABLE, requestId);
      return answer({});
    });
  }),
};

const requestId = row(null, 'requestId', procedure('of the NotifyReports that follow'));
const reportStatus = [
  row(
    null,
    'status',
    procedure('Accepted; EmptyResultSet when nothing is asked for that is there; Rejected when too many wait'),
  ),
  row(null, 'statusInfo', procedure('why it is Rejected')),
  noCustomData,
] as const;

export const getBaseReport: Pair = {
  initiator: 'csms',
  older: null,
  newer: 'GetBaseReport',
  note: 'Down: the configuration is read from the station, all keys at once or by name, and told as NotifyReports with what the gateway knows of EVSEs and connectors.',
  request: rows(
    requestId,
    row(null, 'reportBase', procedure('all; what can be set; Available, Enabled, Problem and AvailabilityState')),
    noCustomData,
  ),
  response: rows(...reportStatus),
  down: getBaseReportDown,
};

export const getReport: Pair = {
  initiator: 'csms',
  older: null,
  newer: 'GetReport',
  note: 'Down: as GetBaseReport, of the components, variables and criteria that are asked for.',
  request: rows(
    requestId,
    row(
      null,
      'componentVariable',
      procedure('what of the full inventory is told; what is left out in it means every one'),
    ),
    row(null, 'componentCriteria', procedure('components of which one of these variables is true')),
    noCustomData,
  ),
  response: rows(...reportStatus),
  down: getReportDown,
};

const onlyInMirror = procedure('kept as far as a key of 1.6 needs it');

export const notifyReport: Pair = {
  initiator: 'station',
  older: null,
  newer: 'NotifyReport',
  note: 'Down: taken in for GetConfiguration (limits, numbering of connectors, which variables there are), and goes no further. Up: see GetBaseReport.',
  request: rows(
    row(null, 'requestId', procedure('says whether it is the report that the gateway asked for')),
    row(null, 'generatedAt', lost('1.6 has no reports')),
    row(null, 'tbc', procedure('the last one makes the report complete')),
    row(null, 'seqNo', procedure('a gap makes the report incomplete')),
    row(
      null,
      'reportData',
      list(
        rows(
          row(null, 'component', onlyInMirror),
          row(null, 'variable', onlyInMirror),
          row(null, 'variableAttribute', onlyInMirror),
          row(null, 'variableCharacteristics', onlyInMirror),
          noCustomData,
        ),
      ),
    ),
    noCustomData,
  ),
  response: rows(noCustomData),
  down: takeReport,
};
