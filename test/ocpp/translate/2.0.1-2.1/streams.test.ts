/** Periodic event streams of a 2.1 station under a 2.0.1 CSMS (D.19). */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { between201and21 } from '../../../../src/ocpp/translate/2.0.1-2.1/index.ts';
import type { Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { message, runs } from '../../../support/arbitrary.ts';
import { at, type Bridge, bridge, failure, type Run } from '../../../support/translation.ts';

const expanding = (): Bridge => bridge('2.1', '2.0.1', [between201and21], { expandStreams: true });

const component = { name: 'FiscalMetering', evse: { id: 1 } };
const variable = { name: 'Power' };
const monitored = (id: number, more: Payload = {}): Payload => ({
  component,
  variable,
  variableMonitoring: [
    {
      id,
      transaction: false,
      value: 1,
      type: 'Periodic',
      severity: 8,
      eventNotificationType: 'PreconfiguredMonitor',
      ...more,
    },
  ],
});
const report = (b: Bridge, ...monitor: Payload[]): Run =>
  b.fromStation('NotifyMonitoringReport', { requestId: 1, seqNo: 0, generatedAt: at(0), monitor });
const open = (b: Bridge, id: number, variableMonitoringId: number): Payload | undefined =>
  b.fromStation('OpenPeriodicEventStream', { constantStreamData: { id, variableMonitoringId, params: {} } }).answer;
const stream = (b: Bridge, id: number, data: Payload[], ...replies: Parameters<Bridge['fromStation']>[2][]): Run =>
  b.fromStation('NotifyPeriodicEventStream', { id, pending: 0, basetime: at(1), data }, ...(replies as Payload[]));

describe('streams are expanded', () => {
  test('to events of the monitor that was reported, at the times of the values', () => {
    const b = expanding();
    report(b, monitored(5));
    expect(open(b, 2, 5)).toEqual({ status: 'Accepted' });
    b.restart();
    const run = stream(b, 2, [
      { t: 0, v: '11000' },
      { t: 1.5, v: '11010' },
    ]);
    const event = (eventId: number, timestamp: string, actualValue: string): Payload => ({
      eventId: 0x40000000 + eventId,
      timestamp,
      trigger: 'Periodic',
      actualValue,
      component,
      variable,
      variableMonitoringId: 5,
      eventNotificationType: 'PreconfiguredMonitor',
    });
    expect(run.calls).toEqual([
      {
        action: 'NotifyEvent',
        payload: {
          generatedAt: at(0),
          seqNo: 0,
          eventData: [event(1, at(1), '11000'), event(2, '2026-01-01T00:01:01.500Z', '11010')],
        },
      },
    ]);
    expect(run.answer).toEqual({});
  });

  test('to events of a monitor that the CSMS has set, by the id that the CSMS knows', () => {
    const b = expanding();
    const set = { value: 1, type: 'Periodic', severity: 8, component, variable };
    b.fromCsms(
      'SetVariableMonitoring',
      { setMonitoringData: [{ ...set, id: -3 }, set] },
      {
        setMonitoringResult: [
          { id: 0x7ffffffd, status: 'Accepted', type: 'Periodic', severity: 8, component, variable },
          { status: 'Rejected', type: 'Periodic', severity: 8, component, variable },
        ],
      },
    );
    expect(open(b, 1, 0x7ffffffd)).toEqual({ status: 'Accepted' });
    expect(stream(b, 1, [{ t: 0, v: '1' }]).calls[0]?.payload.eventData).toMatchObject([
      { variableMonitoringId: -3, eventNotificationType: 'CustomMonitor' },
    ]);
  });

  test('at most one value per second', () => {
    const b = expanding();
    report(b, monitored(5));
    open(b, 2, 5);
    const values = (data: Payload[]): unknown =>
      stream(b, 2, data).calls[0]?.payload.eventData.map(({ actualValue }: Payload) => actualValue);
    const every = (ms: number, from: number, count: number): Payload[] =>
      Array.from({ length: count }, (_, n) => ({ t: from + (n * ms) / 1000, v: `${n}` }));
    expect(values(every(250, 0, 10))).toEqual(['0', '4', '8']);
    expect(values(every(250, 2.5, 10))).toEqual(['2', '6']);
    expect(values([{ t: 4.5, v: 'x' }])).toBeUndefined();
    // The clock of the station was set back.
    expect(values(every(1000, -3600, 2))).toEqual(['0', '1']);
    expect(b.notes.map(({ field }) => field)).toContain('data');
  });

  test('whatever the times are, and whatever the CSMS says to it', () => {
    const b = expanding();
    report(b, monitored(5));
    open(b, 2, 5);
    expect(
      stream(b, 2, [
        { t: 1e308, v: 'x' },
        { t: -1e15, v: 'y' },
      ]).calls,
    ).toEqual([]);
    expect(stream(b, 2, [{ t: 0, v: 'x' }], failure('NotSupported')).refusal?.condition).toBe('NotSupported');
  });

  test('until they are closed', () => {
    const b = expanding();
    report(b, monitored(5));
    open(b, 2, 5);
    expect(b.fromStation('ClosePeriodicEventStream', { id: 2 })).toMatchObject({ calls: [], answer: {} });
    expect(stream(b, 2, [{ t: 0, v: 'x' }])).toMatchObject({ calls: [], answer: {} });
    expect(b.notes.at(-1)).toMatchObject({ field: 'data', reason: 'no such stream is open' });
  });
});

test('any values of a stream are valid events', () => {
  const b = expanding();
  report(b, monitored(5));
  open(b, 2, 5);
  fc.assert(
    fc.property(message('2.1', 'NotifyPeriodicEventStreamRequest'), (random) => {
      b.fromStation('NotifyPeriodicEventStream', { ...random, id: 2 });
    }),
    { numRuns: runs },
  );
});

test('a stream is Rejected, and the station sends events itself: of an unknown monitor, and by default', () => {
  expect(open(expanding(), 1, 5)).toEqual({ status: 'Rejected', statusInfo: { reasonCode: 'NotFound' } });
  const b = bridge('2.1', '2.0.1', [between201and21]);
  report(b, monitored(5));
  expect(open(b, 1, 5)).toEqual({ status: 'Rejected', statusInfo: { reasonCode: 'UnsupportedRequest' } });
  expect(b.state.size('monitor21')).toBe(0);
});
