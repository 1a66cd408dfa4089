/** A 2.1 station, which tells the status of its connectors by events only. */
import { expect } from 'vitest';
import { translators } from '../../../../src/ocpp/translate/index.ts';
import { at, bridge } from '../../../support/translation.ts';
import { trickyCase } from '../../../support/tricky-case.ts';

const availability = {
  eventId: 1,
  timestamp: at(1),
  trigger: 'Delta',
  actualValue: 'Occupied',
  eventNotificationType: 'HardWiredNotification',
  component: { name: 'Connector', evse: { id: 1, connectorId: 1 } },
  variable: { name: 'AvailabilityState' },
};
const temperature = {
  eventId: 2,
  timestamp: at(1),
  trigger: 'Delta',
  actualValue: '61',
  eventNotificationType: 'HardWiredNotification',
  component: { name: 'TemperatureSensor', evse: { id: 1 } },
  variable: { name: 'Temperature' },
};
const events = { generatedAt: at(1), seqNo: 0, eventData: [availability, temperature] };

trickyCase(
  'F38: AvailabilityState is a StatusNotification for a 2.0.1 CSMS, the other events stay events',
  '2.1',
  () => bridge('2.1', '2.0.1', translators),
  (b) => {
    const run = b.fromStation('NotifyEvent', events);
    expect(run.calls).toEqual([
      {
        action: 'StatusNotification',
        payload: { timestamp: at(1), connectorStatus: 'Occupied', evseId: 1, connectorId: 1 },
      },
      { action: 'NotifyEvent', payload: { ...events, eventData: [temperature] } },
    ]);
    expect(run.answer).toEqual({});
    const alone = b.fromStation('NotifyEvent', { ...events, eventData: [availability] });
    expect(alone.calls.map(({ action }) => action)).toEqual(['StatusNotification']);
  },
);

trickyCase(
  'F38: a 1.6 CSMS gets the status only',
  '2.1',
  () => bridge('2.1', '1.6', translators),
  (b) => {
    const run = b.fromStation('NotifyEvent', events);
    expect(run.calls).toEqual([
      {
        action: 'StatusNotification',
        payload: { connectorId: 1, status: 'Preparing', timestamp: at(1), errorCode: 'NoError' },
      },
    ]);
    expect(run.answer).toEqual({});
  },
);
