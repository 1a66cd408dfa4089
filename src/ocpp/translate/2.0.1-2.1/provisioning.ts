/** Block B, Provisioning: BootNotification, variables, reports, Reset, network profiles. */
import type { Payload } from '../outcome.ts';
import { convert, keep, type ListMapper, list, object, procedure, row, sameBut, widened } from '../rows.ts';
import {
  crossing,
  isLonger,
  isNegative,
  limit,
  limitRow,
  noSuchEvse,
  objectIf,
  perItem,
  statusInfo,
  statusResponse,
  tooLong,
  unless,
  valueAt,
} from './crossing.ts';
import { componentEvse, evse, newIn21, notNegative, ofComponents } from './numbers.ts';

export const bootNotification = crossing('station', 'BootNotification', { response: statusResponse });

export const reset = crossing('csms', 'Reset', {
  note: 'A 2.0.1 station cannot resume transactions: ImmediateAndResume is Rejected (UnsupportedParam).',
  request: sameBut(
    row('type', 'type', widened([null, 'ImmediateAndResume'])),
    row('evseId', 'evseId', procedure('below 0: Rejected, UnknownEvse')),
  ),
  response: statusResponse,
  down: unless(
    'down',
    objectIf(({ type }) => type === 'ImmediateAndResume', 'UnsupportedParam'),
  ),
  up: unless('up', noSuchEvse('evseId')),
});

/** True for a component of an EVSE or connector below 0. */
export const ofNoEvse = (item: Payload): boolean =>
  isNegative(valueAt(item, 'component.evse.id')) || isNegative(valueAt(item, 'component.evse.connectorId'));

const named = ({ component, variable, attributeType }: Payload): Payload => ({
  component,
  variable,
  ...(attributeType === undefined ? {} : { attributeType }),
});

/** Results come with the explanation of a status each. */
const resultRow = (field: string): ReturnType<typeof row> =>
  row(
    field,
    field,
    list(
      sameBut(
        componentEvse(),
        row(
          'attributeStatusInfo',
          'attributeStatusInfo',
          object(sameBut(row('additionalInfo', 'additionalInfo', statusInfo.rule))),
        ),
      ),
    ),
  );

export const getVariables = crossing('csms', 'GetVariables', {
  note: 'Towards 2.1 a component of an EVSE below 0 is an UnknownComponent.',
  request: sameBut(ofComponents('getVariableData')),
  response: sameBut(resultRow('getVariableResult')),
  up: perItem('up', 'getVariableData', 'getVariableResult', (item) =>
    ofNoEvse(item) ? { attributeStatus: 'UnknownComponent', ...named(item) } : undefined,
  ),
});

export const setVariables = crossing('csms', 'SetVariables', {
  note: 'A value over 1000 characters is Rejected (TooLargeElement) for a 2.0.1 station, item by item; towards 2.1 a component of an EVSE below 0 is an UnknownComponent.',
  request: sameBut(
    row(
      'setVariableData',
      'setVariableData',
      list(
        sameBut(row('attributeValue', 'attributeValue', procedure('over 1000 characters: Rejected')), componentEvse()),
      ),
    ),
  ),
  response: sameBut(resultRow('setVariableResult')),
  down: perItem('down', 'setVariableData', 'setVariableResult', (item) =>
    isLonger(item.attributeValue, 1000)
      ? { attributeStatus: 'Rejected', attributeStatusInfo: { reasonCode: 'TooLargeElement' }, ...named(item) }
      : undefined,
  ),
  up: perItem('up', 'setVariableData', 'setVariableResult', (item) =>
    ofNoEvse(item) ? { attributeStatus: 'UnknownComponent', ...named(item) } : undefined,
  ),
});

export const getBaseReport = crossing('csms', 'GetBaseReport', { response: statusResponse });

const onlyKnown: ListMapper = (items) => (items.some(ofNoEvse) ? items.filter((item) => !ofNoEvse(item)) : items);

/** The components and variables that a report is asked for; those of an EVSE below 0 are not. */
export const askedComponents = row(
  'componentVariable',
  'componentVariable',
  list(sameBut(componentEvse()), { up: onlyKnown }),
);

/** Objects to a report of nothing that can exist. */
export const askedInVain = objectIf(
  ({ componentVariable }) =>
    componentVariable !== undefined && (componentVariable as readonly Payload[]).every(ofNoEvse),
  'UnknownEvse',
  'EmptyResultSet',
);

export const getReport = crossing('csms', 'GetReport', {
  note: 'Towards 2.1 components of an EVSE below 0 are not asked for; when there are no others, the answer is EmptyResultSet.',
  request: sameBut(askedComponents),
  response: statusResponse,
  up: unless('up', askedInVain),
});

export const notifyReport = crossing('station', 'NotifyReport', {
  request: sameBut(
    row('seqNo', 'seqNo', notNegative),
    row(
      'reportData',
      'reportData',
      list(
        sameBut(
          row('component.evse', 'component.evse', evse),
          newIn21('variableCharacteristics.maxElements', '2.0.1 has no lists of limited length'),
        ),
      ),
    ),
  ),
});

const limits = [
  limit('connectionData.ocppCsmsUrl', 512, 'InvalidURL'),
  limit('connectionData.apn.apn', 512, 'TooLargeElement'),
  limit('connectionData.apn.apnUserName', 20, 'TooLargeElement'),
  limit('connectionData.apn.apnPassword', 20, 'TooLargeElement'),
  limit('connectionData.vpn.server', 512, 'InvalidURL'),
  limit('connectionData.vpn.user', 20, 'TooLargeElement'),
  limit('connectionData.vpn.group', 20, 'TooLargeElement'),
  limit('connectionData.vpn.password', 20, 'TooLargeElement'),
];

const ocppVersion = convert(
  'towards 2.0.1: OCPP201, OCPP21 and none at all are OCPP20',
  keep,
  (value) => (value === undefined || value === 'OCPP201' || value === 'OCPP21' ? 'OCPP20' : value),
  {
    absent: true,
    pairs: [
      ['OCPP20', 'OCPP201'],
      ['OCPP20', 'OCPP21'],
    ],
  },
);

export const setNetworkProfile = crossing('csms', 'SetNetworkProfile', {
  note: 'A 2.0.1 profile holds neither identity nor password: a request that sets one is Rejected (UnsupportedParam), and so is one whose texts are too long for 2.0.1.',
  request: sameBut(
    row('connectionData.ocppVersion', 'connectionData.ocppVersion', ocppVersion),
    row('connectionData.ocppInterface', 'connectionData.ocppInterface', widened(['Wired0', 'Any'])),
    row('connectionData.securityProfile', 'connectionData.securityProfile', procedure('below 0: Rejected')),
    newIn21('connectionData.identity', 'Rejected: 2.0.1 cannot set it'),
    newIn21('connectionData.basicAuthPassword', 'Rejected: 2.0.1 cannot set it'),
    ...limits.map(limitRow),
  ),
  response: statusResponse,
  down: unless(
    'down',
    objectIf(
      (request) =>
        valueAt(request, 'connectionData.identity') !== undefined ||
        valueAt(request, 'connectionData.basicAuthPassword') !== undefined,
      'UnsupportedParam',
    ),
    tooLong(limits),
  ),
  up: unless(
    'up',
    objectIf((request) => isNegative(valueAt(request, 'connectionData.securityProfile')), 'InvalidProfile'),
  ),
});
