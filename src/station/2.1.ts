import { versionByName } from '../ocpp/versions/index.ts';
import { answers2x } from './2.x/answers.ts';
import { answers21 } from './2.x/answers-2.1.ts';
import { notifyEvent, telling2x } from './2.x/telling.ts';
import { answersOf, type Dialect } from './dialect.ts';

/** How a charging station of OCPP 2.1 speaks: availability is an event of the device model (G01, N07). */
export const dialect21: Dialect = {
  ...telling2x((trigger) => trigger),
  status: (station, evse, status) =>
    notifyEvent(
      station,
      { name: 'Connector', evse: { id: evse.id, connectorId: evse.connectorId } },
      'AvailabilityState',
      { trigger: 'Delta', actualValue: status },
    ),
  stationStatus: (station) =>
    notifyEvent(station, { name: 'ChargingStation' }, 'AvailabilityState', {
      trigger: 'Delta',
      actualValue: station.operative ? 'Available' : 'Unavailable',
    }),
  version: versionByName('2.1'),
  answers: answersOf(...answers2x, answers21),
};
