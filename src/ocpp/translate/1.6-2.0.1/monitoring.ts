/**
 * Block N, monitoring of variables. A 1.6 station monitors nothing, and what it tells by itself (statuses, errors, meter values)
 * crosses without being asked for: no monitor can be set, and there are none to report.
 */
import type { Context } from '../context.ts';
import { answer, type Payload } from '../outcome.ts';
import { list, lost, procedure, row, rows, table } from '../rows.ts';
import type { Pair } from '../translator.ts';
import { noCustomData } from './common-rows.ts';
import { meaning, type Reference } from './configuration-index.ts';
import { refusal } from './fan-out.ts';

const ofNoUse = lost('a 1.6 station has no monitors');
const asAsked = procedure('as it was asked');

/** Why a monitor cannot be set. */
function monitoringStatus(item: Payload & Reference, context: Context): Payload {
  const found = meaning(item, context);
  if (found.unknown === undefined) return { status: 'Rejected', statusInfo: { reasonCode: 'UnsupportedRequest' } };
  return {
    status: found.unknown,
    ...(found.reasonCode === undefined ? {} : { statusInfo: { reasonCode: found.reasonCode } }),
  };
}

export const setVariableMonitoring: Pair = {
  initiator: 'csms',
  older: null,
  newer: 'SetVariableMonitoring',
  note: 'Down: no monitor can be set; Rejected, or unknown where GetVariables would say so.',
  request: rows(
    row(
      null,
      'setMonitoringData',
      list(
        rows(
          row(null, 'id', ofNoUse),
          row(null, 'transaction', ofNoUse),
          row(null, 'value', ofNoUse),
          row(null, 'type', procedure('comes back in the result')),
          row(null, 'severity', procedure('comes back in the result')),
          row(null, 'component', procedure('comes back in the result')),
          row(null, 'variable', procedure('comes back in the result')),
          noCustomData,
        ),
      ),
    ),
    noCustomData,
  ),
  response: rows(
    row(
      null,
      'setMonitoringResult',
      list(
        rows(
          row(null, 'id', asAsked),
          row(null, 'status', procedure('Rejected, UnknownComponent or UnknownVariable')),
          row(null, 'statusInfo', procedure('UnsupportedRequest; UnknownEvse or UnknownConnectorId')),
          row(null, 'type', asAsked),
          row(null, 'severity', asAsked),
          row(null, 'component', asAsked),
          row(null, 'variable', asAsked),
          noCustomData,
        ),
      ),
    ),
    noCustomData,
  ),
  down: ({ setMonitoringData }, context) =>
    answer({
      setMonitoringResult: (setMonitoringData as (Payload & Reference)[]).map((item) => ({
        ...(item.id === undefined ? {} : { id: item.id }),
        ...monitoringStatus(item, context),
        type: item.type,
        severity: item.severity,
        component: item.component,
        variable: item.variable,
      })),
    }),
};

export const clearVariableMonitoring: Pair = {
  initiator: 'csms',
  older: null,
  newer: 'ClearVariableMonitoring',
  note: 'Down: NotFound.',
  request: rows(row(null, 'id', procedure('comes back in the result')), noCustomData),
  response: rows(
    row(
      null,
      'clearMonitoringResult',
      list(
        rows(
          row(null, 'id', asAsked),
          row(null, 'status', procedure('NotFound')),
          row(null, 'statusInfo', procedure('none')),
          noCustomData,
        ),
      ),
    ),
    noCustomData,
  ),
  down: ({ id }) => answer({ clearMonitoringResult: (id as number[]).map((one) => ({ id: one, status: 'NotFound' })) }),
};

export const setMonitoringBase: Pair = {
  initiator: 'csms',
  older: null,
  newer: 'SetMonitoringBase',
  note: 'Down: NotSupported, unless no more is asked for than what a 1.6 station tells anyway.',
  request: rows(
    row(
      null,
      'monitoringBase',
      table([
        [null, 'All'],
        [null, 'FactoryDefault'],
        [null, 'HardWiredOnly'],
      ]),
    ),
    noCustomData,
  ),
  response: rows(
    row(null, 'status', procedure('NotSupported; HardWiredOnly: Accepted')),
    row(null, 'statusInfo', procedure('UnsupportedRequest')),
    noCustomData,
  ),
  down: ({ monitoringBase }) =>
    // Errors of a 1.6 station are hard-wired notifications.
    monitoringBase === 'HardWiredOnly' ? answer({ status: 'Accepted' }) : refusal('NotSupported', 'UnsupportedRequest'),
};

/** The least important severity (2.x part 2 2.67: 0 danger to 9 debug). */
const LEAST_SEVERITY = 9;

export const setMonitoringLevel: Pair = {
  initiator: 'csms',
  older: null,
  newer: 'SetMonitoringLevel',
  note: 'Down: Accepted, for events of monitors, of which there are none.',
  request: rows(row(null, 'severity', procedure('0 to 9; others are Rejected')), noCustomData),
  response: rows(
    row(null, 'status', procedure('Accepted')),
    row(null, 'statusInfo', procedure('ValueOutOfRange')),
    noCustomData,
  ),
  down: ({ severity }) =>
    severity >= 0 && severity <= LEAST_SEVERITY
      ? answer({ status: 'Accepted' })
      : refusal('Rejected', 'ValueOutOfRange'),
};

export const getMonitoringReport: Pair = {
  initiator: 'csms',
  older: null,
  newer: 'GetMonitoringReport',
  note: 'Down: EmptyResultSet.',
  request: rows(
    row(null, 'requestId', ofNoUse),
    row(null, 'componentVariable', ofNoUse),
    row(null, 'monitoringCriteria', ofNoUse),
    noCustomData,
  ),
  response: rows(
    row(null, 'status', procedure('EmptyResultSet')),
    row(null, 'statusInfo', procedure('none')),
    noCustomData,
  ),
  down: () => answer({ status: 'EmptyResultSet' }),
};

const notOf16 = lost('1.6 has no monitors');

export const notifyMonitoringReport: Pair = {
  initiator: 'station',
  older: null,
  newer: 'NotifyMonitoringReport',
  note: 'Down: answered, and goes no further; events say by their component what 1.6 is told of them.',
  request: rows(
    row(null, 'requestId', notOf16),
    row(null, 'generatedAt', notOf16),
    row(null, 'tbc', notOf16),
    row(null, 'seqNo', notOf16),
    row(null, 'monitor', notOf16),
    noCustomData,
  ),
  response: rows(noCustomData),
  down: () => answer({}),
};
