/** Block F, Remote control, and H, Reservation. */
import type { Payload } from '../outcome.ts';
import { convert, keep, object, procedure, row, sameBut, widened } from '../rows.ts';
import { mapped } from '../translator.ts';
import { chargingProfile, invalidStackLevel, whyNot } from './charging-profiles.ts';
import { crossing, noSuchEvse, objectIf, saying, statusResponse, unless } from './crossing.ts';
import { isDynamic, startDynamic } from './dynamic-profiles.ts';
import { newIn21, renumbered } from './numbers.ts';
import { groupIdTokenRow, idTokenRow } from './tokens.ts';

export const requestStartTransaction = crossing('csms', 'RequestStartTransaction', {
  note: 'A charging profile that 2.0.1 cannot say means Rejected: no start without its limit.',
  request: sameBut(
    row(
      'evseId',
      'evseId',
      convert(
        '0 is left out towards 2.1: both mean that the station chooses',
        (value) => (value === 0 ? undefined : value),
        keep,
      ),
    ),
    idTokenRow,
    groupIdTokenRow,
    row('chargingProfile', 'chargingProfile', object(chargingProfile)),
  ),
  response: statusResponse,
  up: unless('up', noSuchEvse('evseId'), invalidStackLevel('chargingProfile')),
  down(request, context, pair) {
    const profile = request.chargingProfile as Payload | undefined;
    if (isDynamic(profile, context.settings)) return startDynamic(request, context, pair);
    const reason = profile === undefined ? undefined : whyNot(profile, context.settings);
    return reason === undefined ? mapped(pair, 'down', request, context) : saying('Rejected', reason);
  },
});

export const requestStopTransaction = crossing('csms', 'RequestStopTransaction', { response: statusResponse });

export const unlockConnector = crossing('csms', 'UnlockConnector', {
  request: sameBut(
    row('evseId', 'evseId', procedure('below 0: UnknownConnector')),
    row('connectorId', 'connectorId', procedure('below 0: UnknownConnector')),
  ),
  response: statusResponse,
  up: unless('up', noSuchEvse('evseId', 'UnknownConnector'), noSuchEvse('connectorId', 'UnknownConnector')),
});

export const triggerMessage = crossing('csms', 'TriggerMessage', {
  note: 'SignV2G20Certificate and CustomTrigger are NotImplemented by a 2.0.1 station.',
  request: sameBut(
    row('evse', 'evse', procedure('below 0: Rejected, UnknownEvse')),
    row('requestedMessage', 'requestedMessage', widened([null, 'SignV2G20Certificate'], [null, 'CustomTrigger'])),
    newIn21('customTrigger', '2.0.1 triggers its own messages only'),
  ),
  response: statusResponse,
  up: unless('up', noSuchEvse('evse')),
  down: unless(
    'down',
    objectIf(
      ({ requestedMessage }) => requestedMessage === 'SignV2G20Certificate' || requestedMessage === 'CustomTrigger',
      'UnsupportedParam',
      'NotImplemented',
    ),
  ),
});

const connectorTypes = [
  'cCCS1',
  'cCCS2',
  'cG105',
  'cTesla',
  'cType1',
  'cType2',
  's309-1P-16A',
  's309-1P-32A',
  's309-3P-16A',
  's309-3P-32A',
  'sBS1361',
  'sCEE-7-7',
  'sType2',
  'sType3',
  'Other1PhMax16A',
  'Other1PhOver16A',
  'Other3Ph',
  'Pan',
  'wInductive',
  'wResonant',
  'Undetermined',
  'Unknown',
];
const knownConnectorTypes: ReadonlySet<unknown> = new Set([undefined, ...connectorTypes]);

export const reserveNow = crossing('csms', 'ReserveNow', {
  note: 'A connector type that only 2.1 knows is Rejected (UnknownConnectorType) for a 2.0.1 station.',
  request: sameBut(
    row('id', 'id', renumbered('reservation')),
    row(
      'connectorType',
      'connectorType',
      convert('free text in 2.1', keep, keep, { pairs: connectorTypes.map((type) => [type, type] as const) }),
    ),
    idTokenRow,
    row('evseId', 'evseId', procedure('below 0: Rejected, UnknownEvse')),
    groupIdTokenRow,
  ),
  response: statusResponse,
  up: unless('up', noSuchEvse('evseId')),
  down: unless(
    'down',
    objectIf(({ connectorType }) => !knownConnectorTypes.has(connectorType), 'UnknownConnectorType'),
  ),
});

export const cancelReservation = crossing('csms', 'CancelReservation', {
  request: sameBut(row('reservationId', 'reservationId', renumbered('reservation'))),
  response: statusResponse,
});

export const reservationStatusUpdate = crossing('station', 'ReservationStatusUpdate', {
  request: sameBut(
    row('reservationId', 'reservationId', renumbered('reservation')),
    row('reservationUpdateStatus', 'reservationUpdateStatus', widened(['Expired', 'NoTransaction'])),
  ),
});
