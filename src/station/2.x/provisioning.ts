import type { Messages } from '../../ocpp/generated/2.1.types.ts';
import { type Answers, answer } from '../dialect.ts';
import type { VirtualStation } from '../station.ts';
import { baseReport, getVariables, type ReportRow, report, setVariables } from './device-model.ts';
import { call, iso } from './telling.ts';

/** Rows in one NotifyReport. */
const ROWS_PER_MESSAGE = 40;

/** Sends rows in as many NotifyReports as it takes (B07.FR.07 ff.: seqNo from 0, tbc on all but the last). */
function notifyReports(station: VirtualStation, requestId: number, rows: readonly ReportRow[]): void {
  const count = Math.ceil(rows.length / ROWS_PER_MESSAGE);
  for (let seqNo = 0; seqNo < count; seqNo++) {
    const payload = {
      requestId,
      generatedAt: iso(station.clock.now()),
      seqNo,
      tbc: seqNo < count - 1,
      reportData: rows.slice(seqNo * ROWS_PER_MESSAGE, (seqNo + 1) * ROWS_PER_MESSAGE),
    };
    station.out.tell(call('NotifyReport', payload), 'triggered');
  }
}

/** Provisioning. */
export const provisioningAnswers: Answers<
  Messages,
  'GetBaseReport' | 'GetReport' | 'GetVariables' | 'SetVariables' | 'Reset' | 'SetNetworkProfile'
> = {
  GetVariables: (station, { getVariableData }) => answer({ getVariableResult: getVariables(station, getVariableData) }),

  SetVariables: (station, { setVariableData }) => answer({ setVariableResult: setVariables(station, setVariableData) }),

  GetBaseReport: (station, { requestId, reportBase }) =>
    answer({ status: 'Accepted' }, () => notifyReports(station, requestId, baseReport(station, reportBase))),

  GetReport: (station, request) => {
    const rows = report(station, request);
    if (rows.length === 0) return answer({ status: 'EmptyResultSet' });
    return answer({ status: 'Accepted' }, () => notifyReports(station, request.requestId, rows));
  },

  Reset: (station, { type, evseId }) => {
    const { maintenance } = station;
    if (evseId !== undefined) {
      const evse = station.evses[evseId - 1];
      if (evse === undefined) return answer({ status: 'Rejected', statusInfo: { reasonCode: 'UnknownEvse' } });
      if (type !== 'Immediate' && evse.transaction !== undefined) {
        return answer({ status: 'Rejected', statusInfo: { reasonCode: 'TxInProgress' } });
      }
      return answer({ status: 'Accepted' }, () => maintenance.resetEvse(evse));
    }
    switch (type) {
      case 'Immediate':
        return answer({ status: 'Accepted' }, () => maintenance.resetNow());
      case 'ImmediateAndResume':
        return answer({ status: 'Accepted' }, () => maintenance.resetAndResume());
      case 'OnIdle':
        return answer({ status: maintenance.busy ? 'Scheduled' : 'Accepted' }, () => maintenance.resetWhenIdle());
    }
  },

  // There is one slot, and what is in it was given on the command line.
  SetNetworkProfile: () => answer({ status: 'Rejected', statusInfo: { reasonCode: 'UnsupportedRequest' } }),
};
