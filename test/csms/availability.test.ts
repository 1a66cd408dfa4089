import { describe, expect, test } from 'vitest';
import type { Payload } from '../../src/ocpp/index.ts';
import { at, now, station } from './support.ts';

const status = (connectorStatus: string, timestamp: string, evseId = 1, connectorId = 1): Payload => ({
  timestamp,
  connectorStatus,
  evseId,
  connectorId,
});

const eventOf = (minutes: number, actualValue: string, more: Payload = {}): Payload => ({
  eventId: 1,
  timestamp: at(minutes),
  trigger: 'Delta',
  actualValue,
  eventNotificationType: 'HardWiredNotification',
  component: { name: 'Connector', evse: { id: 1, connectorId: 2 } },
  variable: { name: 'AvailabilityState' },
  ...more,
});
const notify = (...eventData: readonly Payload[]): Payload => ({ generatedAt: at(0), seqNo: 0, eventData });

describe('StatusNotification', () => {
  test('is kept and told when it changes', () => {
    const one = station();
    const { connectors, events } = one.tell('StatusNotification', status('Available', at(-5)));
    expect(connectors).toEqual([
      { stationId: 'CS1', evseId: 1, connectorId: 1, status: 'Available', at: now - 300_000 },
    ]);
    expect(events).toEqual([
      {
        type: 'evsebridge.connector.status',
        data: { evseId: 1, connectorId: 1, status: 'Available', previousStatus: null, timestamp: at(-5) },
      },
    ]);
    expect(one.tell('StatusNotification', status('Occupied', at(-4))).events?.[0]?.data).toMatchObject({
      previousStatus: 'Available',
    });
  });

  test('that says the same again is kept, and not told', () => {
    const one = station();
    one.tell('StatusNotification', status('Available', at(-5)));
    expect(one.tell('StatusNotification', status('Available', at(-4)))).toMatchObject({
      connectors: [{ at: now - 240_000 }],
      events: [],
    });
    expect(one.tell('StatusNotification', status('Available', at(-4)))).toMatchObject({ connectors: [], events: [] });
  });

  test('that is older than what is known changes nothing', () => {
    const one = station();
    one.tell('StatusNotification', status('Occupied', at(-2)));
    expect(one.tell('StatusNotification', status('Available', at(-3)))).toMatchObject({
      response: {},
      connectors: [],
      events: [],
    });
    expect(one.connectors.get('1 1')).toMatchObject({ status: 'Occupied' });
  });

  test('of the same moment: the last one counts', () => {
    const one = station();
    one.tell('StatusNotification', status('Occupied', at(-2)));
    one.tell('StatusNotification', status('Available', at(-2)));
    expect(one.connectors.get('1 1')).toMatchObject({ status: 'Available' });
  });

  test('(0, 0) is the whole station, (n, 0) an EVSE', () => {
    const one = station();
    one.tell('StatusNotification', status('Unavailable', at(0), 0, 0));
    one.tell('StatusNotification', status('Faulted', at(0), 2, 0));
    expect([...one.connectors.keys()]).toEqual(['0 0', '2 0']);
  });

  test('a fault of the whole station leaves its connectors as they are', () => {
    const one = station();
    one.tell('StatusNotification', status('Occupied', at(-1)));
    one.tell('StatusNotification', status('Faulted', at(0), 0, 0));
    expect(one.connectors.get('1 1')).toMatchObject({ status: 'Occupied' });
  });

  test('from the future counts from now, so that what follows is not older', () => {
    const one = station();
    one.tell('StatusNotification', status('Occupied', '2099-01-01T00:00:00Z'));
    expect(one.connectors.get('1 1')).toMatchObject({ at: now });
    one.setClock(1);
    one.tell('StatusNotification', status('Available', at(1)));
    expect(one.connectors.get('1 1')).toMatchObject({ status: 'Available' });
  });

  test('by a clock that was never set counts from when it was received', () => {
    const one = station();
    one.tell('StatusNotification', status('Available', at(-5)));
    const { events, deviations } = one.tell('StatusNotification', status('Occupied', '1970-01-01T00:01:00Z'));
    expect(deviations).toEqual(['clockUnset']);
    expect(events?.[0]?.data).toMatchObject({ status: 'Occupied', timestamp: at(0) });
    expect(one.connectors.get('1 1')).toMatchObject({ status: 'Occupied', at: now });
    expect(one.tell('StatusNotification', status('Occupied', '2019-12-31T23:59:59Z')).deviations).toEqual([
      'clockUnset',
    ]);
    expect(one.tell('StatusNotification', status('Occupied', '2020-01-01T00:00:00Z')).deviations).toBeUndefined();
  });
});

describe('NotifyEvent', () => {
  test('AvailabilityState is a status, anything else an event', () => {
    const one = station();
    const temperature = eventOf(0, '85', {
      component: { name: 'TemperatureSensor' },
      variable: { name: 'Temperature' },
    });
    const { connectors, events } = one.tell('NotifyEvent', notify(eventOf(0, 'Occupied'), temperature));
    expect(connectors).toEqual([{ stationId: 'CS1', evseId: 1, connectorId: 2, status: 'Occupied', at: now }]);
    expect(events).toEqual([
      { type: 'evsebridge.connector.status', data: expect.objectContaining({ status: 'Occupied' }) },
      { type: 'evsebridge.station.event', data: temperature },
    ]);
  });

  test('names are compared case-insensitively, and statuses spelled as the standard does', () => {
    const one = station();
    one.tell(
      'NotifyEvent',
      notify(
        eventOf(0, 'OCCUPIED', {
          component: { name: 'EVSE', evse: { id: 2 } },
          variable: { name: 'availabilitySTATE' },
        }),
      ),
    );
    one.tell('NotifyEvent', notify(eventOf(0, 'available', { component: { name: 'chargingstation' } })));
    expect([...one.connectors].map(([key, row]) => [key, row.status])).toEqual([
      ['2 0', 'Occupied'],
      ['0 0', 'Available'],
    ]);
  });

  test('what is no status, or not of a connector, is an event', () => {
    const one = station();
    const odd = eventOf(0, 'Sleeping');
    const other = eventOf(0, 'Available', { component: { name: 'DisplayDevice' } });
    expect(one.tell('NotifyEvent', notify(odd, other))).toMatchObject({
      connectors: [],
      events: [{ type: 'evsebridge.station.event' }, { type: 'evsebridge.station.event' }],
    });
  });
});

test('a Heartbeat is answered with the time', () => {
  expect(station().tell('Heartbeat', {}).response).toEqual({ currentTime: '2026-03-01T12:00:00.000Z' });
});

describe('BootNotification', () => {
  const boot = {
    reason: 'PowerUp',
    chargingStation: { model: 'M', vendorName: 'V', serialNumber: 'S', firmwareVersion: 'F' },
  };

  test('is kept and told', () => {
    const one = station({ station: { registrationStatus: null } });
    expect(one.tell('BootNotification', boot)).toMatchObject({
      response: { currentTime: at(0), interval: 300, status: 'Accepted' },
      events: [
        {
          type: 'evsebridge.station.booted',
          data: { reason: 'PowerUp', vendorName: 'V', registrationStatus: 'Accepted' },
        },
      ],
    });
    expect(one.row).toMatchObject({
      vendorName: 'V',
      model: 'M',
      serialNumber: 'S',
      firmwareVersion: 'F',
      registrationStatus: 'Accepted',
    });
  });

  test.each([
    // operator, before, policy → answer, interval
    [null, null, 'accept', 'Accepted', 300],
    [null, null, 'pending', 'Pending', 30],
    [null, null, 'reject', 'Rejected', 30],
    [null, 'Accepted', 'reject', 'Accepted', 300],
    [null, 'Pending', 'accept', 'Accepted', 300],
    [null, 'Rejected', 'pending', 'Pending', 30],
    ['Rejected', 'Accepted', 'accept', 'Rejected', 30],
    ['Accepted', 'Rejected', 'reject', 'Accepted', 300],
    ['Pending', null, 'accept', 'Pending', 30],
  ] as const)(
    'operator %s, before %s, policy %s: %s',
    (admission, registrationStatus, unknownStations, answer, interval) => {
      const one = station({ station: { admission, registrationStatus }, settings: { unknownStations } });
      expect(one.tell('BootNotification', boot).response).toMatchObject({ status: answer, interval });
    },
  );
});

test('a report becomes Variables, and its last part is told', () => {
  const one = station();
  const report = (seqNo: number, tbc: boolean): Payload => ({
    requestId: 5,
    generatedAt: at(0),
    seqNo,
    tbc,
    reportData: [
      {
        component: { name: 'Connector', instance: 'left', evse: { id: 1, connectorId: 2 } },
        variable: { name: 'Available', instance: 'x' },
        variableAttribute: [{ value: 'true' }, { type: 'MaxSet', mutability: 'ReadOnly' }],
        variableCharacteristics: { dataType: 'boolean', supportsMonitoring: true },
      },
    ],
  });
  const { variables, events } = one.tell('NotifyReport', report(0, true));
  expect(variables).toMatchObject([
    { key: 'Connector[left]@1.2/Available[x]', attribute: 'Actual', value: 'true', mutability: null },
    { key: 'Connector[left]@1.2/Available[x]', attribute: 'MaxSet', value: null, mutability: 'ReadOnly' },
  ]);
  expect(events).toEqual([]);
  expect(one.tell('NotifyReport', report(1, false)).events).toEqual([
    { type: 'evsebridge.station.reported', data: { requestId: 5, seqNo: 1 } },
  ]);
});
