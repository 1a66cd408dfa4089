/** Monitoring and customer information of block N. */
import { type Outcome, type Payload, withAnswer } from '../outcome.ts';
import { derived, list, object, row, sameBut, widened } from '../rows.ts';
import { mapped } from '../translator.ts';
import { crossing, isNegative, objectIf, perItem, statusInfo, statusResponse, unless } from './crossing.ts';
import { componentEvse, evse, newIn21, notNegative, renumbered, renumberedAll } from './numbers.ts';
import { askedComponents, askedInVain, ofNoEvse } from './provisioning.ts';
import { monitorsReported, monitorsSet } from './streams.ts';
import { idToken } from './tokens.ts';

/** Ids of the monitors that a 2.1 CSMS set at a 2.0.1 station. */
const CUSTOM = 'customMonitor21';

const isNewMonitor = (type: unknown): boolean => type === 'TargetDelta' || type === 'TargetDeltaRelative';
const newMonitors = widened([null, 'TargetDelta'], [null, 'TargetDeltaRelative']);

const refused = ({ id, type, severity, component, variable }: Payload, status: string): Payload => ({
  ...(id === undefined ? {} : { id }),
  status,
  type,
  severity,
  component,
  variable,
});

const setAtStation = perItem('down', 'setMonitoringData', 'setMonitoringResult', (item) =>
  isNewMonitor(item.type) ? refused(item, 'UnsupportedMonitorType') : undefined,
);

const setAtNewerStation = perItem('up', 'setMonitoringData', 'setMonitoringResult', (item) =>
  ofNoEvse(item)
    ? refused(item, 'UnknownComponent')
    : isNegative(item.severity)
      ? refused(item, 'Rejected')
      : undefined,
);

/** The outcome of a single Call, with a look at what the far side answers to it. */
const seeing = (outcome: Outcome, look: (response: Payload) => void): Outcome =>
  outcome.kind !== 'forward'
    ? outcome
    : {
        ...outcome,
        resume(result) {
          if (result.failure === undefined) look(result.payload);
          return outcome.resume(result);
        },
      };

export const setVariableMonitoring = crossing('csms', 'SetVariableMonitoring', {
  note: 'TargetDelta and TargetDeltaRelative are an UnsupportedMonitorType of a 2.0.1 station, item by item. Which monitors a 2.1 CSMS set is remembered for NotifyMonitoringReport.',
  request: sameBut(
    row(
      'setMonitoringData',
      'setMonitoringData',
      list(
        sameBut(
          row('id', 'id', renumbered('monitor')),
          newIn21('periodicEventStream', 'a 2.0.1 station sends events instead'),
          row('type', 'type', newMonitors),
          row('severity', 'severity', notNegative),
          componentEvse(),
        ),
      ),
    ),
  ),
  response: sameBut(
    row(
      'setMonitoringResult',
      'setMonitoringResult',
      list(
        sameBut(
          row('id', 'id', renumbered('monitor')),
          // A station says what it was asked for, and 2.0.1 asks for neither; the field is required all the same.
          row('type', 'type', widened(['Delta', 'TargetDelta'], ['Delta', 'TargetDeltaRelative'])),
          row('severity', 'severity', notNegative),
          componentEvse(),
          row('statusInfo', 'statusInfo', object(sameBut(row('additionalInfo', 'additionalInfo', statusInfo.rule)))),
        ),
      ),
    ),
  ),
  down: (request, context, pair) =>
    withAnswer(setAtStation(request, context, pair), (response) => {
      for (const { id, status } of response.setMonitoringResult as readonly Payload[]) {
        if (status === 'Accepted' && id !== undefined) context.state.set(CUSTOM, String(id), true);
      }
      return response;
    }),
  up: (request, context, pair) =>
    seeing(setAtNewerStation(request, context, pair), ({ setMonitoringResult }) =>
      monitorsSet(setMonitoringResult as readonly Payload[], context),
    ),
});

export const clearVariableMonitoring = crossing('csms', 'ClearVariableMonitoring', {
  request: sameBut(row('id', 'id', renumberedAll('monitor'))),
  response: sameBut(
    row(
      'clearMonitoringResult',
      'clearMonitoringResult',
      list(
        sameBut(
          row('id', 'id', renumbered('monitor')),
          row('statusInfo', 'statusInfo', object(sameBut(row('additionalInfo', 'additionalInfo', statusInfo.rule)))),
        ),
      ),
    ),
  ),
});

export const setMonitoringBase = crossing('csms', 'SetMonitoringBase', { response: statusResponse });

export const setMonitoringLevel = crossing('csms', 'SetMonitoringLevel', {
  request: sameBut(row('severity', 'severity', notNegative)),
  response: statusResponse,
  up: unless(
    'up',
    objectIf(({ severity }) => isNegative(severity), 'InvalidValue'),
  ),
});

export const getMonitoringReport = crossing('csms', 'GetMonitoringReport', {
  request: sameBut(askedComponents),
  response: statusResponse,
  up: unless('up', askedInVain),
});

const isSayable = ({ type }: Payload): boolean => !isNewMonitor(type);
const monitorsOf = (item: Payload): readonly Payload[] => item.variableMonitoring as readonly Payload[];

export const notifyMonitoringReport = crossing('station', 'NotifyMonitoringReport', {
  note: 'Monitors of a type that only 2.1 knows are left out.',
  down(request, context, pair) {
    monitorsReported(request.monitor as readonly Payload[] | undefined, context);
    return mapped(pair, 'down', request, context);
  },
  request: sameBut(
    row('seqNo', 'seqNo', notNegative),
    row(
      'monitor',
      'monitor',
      list(
        sameBut(
          row('component.evse', 'component.evse', evse),
          row(
            'variableMonitoring',
            'variableMonitoring',
            list(
              sameBut(
                row('id', 'id', renumbered('monitor')),
                row('type', 'type', newMonitors),
                row('severity', 'severity', notNegative),
                row(
                  null,
                  'eventNotificationType',
                  derived('CustomMonitor when the CSMS set it, else PreconfiguredMonitor', ({ id }, { state }) =>
                    state.get(CUSTOM, String(id)) === undefined ? 'PreconfiguredMonitor' : 'CustomMonitor',
                  ),
                ),
              ),
              { down: (monitors) => (monitors.every(isSayable) ? monitors : monitors.filter(isSayable)) },
            ),
          ),
        ),
        {
          down: (items, context) => {
            if (items.every((item) => monitorsOf(item).every(isSayable))) return items;
            context.lost('variableMonitoring', '2.0.1 has no such type of monitor');
            return items.filter((item) => monitorsOf(item).some(isSayable));
          },
        },
      ),
    ),
  ),
});

export const customerInformation = crossing('csms', 'CustomerInformation', {
  request: sameBut(
    row('requestId', 'requestId', renumbered('customerInformation')),
    row('idToken', 'idToken', idToken),
  ),
  response: statusResponse,
});

export const notifyCustomerInformation = crossing('station', 'NotifyCustomerInformation', {
  request: sameBut(
    row('seqNo', 'seqNo', notNegative),
    row('requestId', 'requestId', renumbered('customerInformation')),
  ),
});
