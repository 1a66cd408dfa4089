/** Block N, periodic event streams (2.1): for a 2.0.1 CSMS the values are events, or the station is told to send events itself. */
import { isWritable } from '../../date-time.ts';
import type { Context } from '../context.ts';
import { answer, type Outcome, type Payload } from '../outcome.ts';
import { sameBut } from '../rows.ts';
import type { Pair } from '../translator.ts';
import { notifyEvent } from './availability.ts';
import { saying } from './crossing.ts';

/** Monitors of a 2.1 station by their ids, and open streams by theirs. Kept only where streams are expanded. */
const MONITORS = 'monitor21';
const STREAMS = 'stream21';
const MONITOR_LIMIT = 500;
const STREAM_LIMIT = 100;

interface Monitor {
  readonly component: Payload;
  readonly variable: Payload;
  readonly eventNotificationType: string;
}

interface Stream {
  readonly monitor: number;
  /** Time of the last value that was told, in ms since 1970. */
  readonly last?: number | undefined;
}

/** From one event of a stream to the next, in ms: a stream may have many values a second, which events are not made for. */
const SPACING = 1000;

/** Events that are made here count from here: those of the station itself are numbered by the station. */
const FIRST_EVENT = 0x40000000;

function remember(id: unknown, monitor: Monitor, context: Context): void {
  const key = String(id);
  const before = context.state.get<Monitor>(MONITORS, key);
  if (JSON.stringify(before) !== JSON.stringify(monitor)) context.state.set(MONITORS, key, monitor, MONITOR_LIMIT);
}

/** Takes in which monitors a 2.1 station has set. @param results of SetVariableMonitoring, in 2.1 form */
export function monitorsSet(results: readonly Payload[], context: Context): void {
  if (!context.settings.expandStreams) return;
  for (const { id, status, component, variable } of results) {
    if (status !== 'Accepted' || id === undefined) continue;
    remember(id, { component, variable, eventNotificationType: 'CustomMonitor' }, context);
  }
}

/** Takes in which monitors a 2.1 station reports. @param monitors of NotifyMonitoringReport, in 2.1 form */
export function monitorsReported(monitors: readonly Payload[] | undefined, context: Context): void {
  if (!context.settings.expandStreams) return;
  for (const { component, variable, variableMonitoring } of monitors ?? []) {
    for (const { id, eventNotificationType } of variableMonitoring as readonly Payload[]) {
      remember(id, { component, variable, eventNotificationType }, context);
    }
  }
}

function open({ constantStreamData }: Payload, context: Context): Outcome {
  if (!context.settings.expandStreams) return saying('Rejected', 'UnsupportedRequest');
  const { id, variableMonitoringId } = constantStreamData as { id: number; variableMonitoringId: number };
  // Of a monitor that was never told nobody could say what its values are.
  if (context.state.get(MONITORS, String(variableMonitoringId)) === undefined) return saying('Rejected', 'NotFound');
  context.state.set(STREAMS, String(id), { monitor: variableMonitoringId } satisfies Stream, STREAM_LIMIT);
  return answer({ status: 'Accepted' });
}

function nextEventId(context: Context): number {
  const before = context.state.get<number>('counter', 'eventId21') ?? FIRST_EVENT;
  const next = before >= 0x7fffffff ? FIRST_EVENT : before + 1;
  context.state.set('counter', 'eventId21', next);
  return next;
}

/** The values of a stream as events. */
function expand(request: Payload, context: Context): Outcome {
  const id = String(request.id);
  const stream = context.state.get<Stream>(STREAMS, id);
  const monitor = stream === undefined ? undefined : context.state.get<Monitor>(MONITORS, String(stream.monitor));
  if (stream === undefined || monitor === undefined) {
    context.lost('data', 'no such stream is open');
    return answer({});
  }
  const base = Date.parse(request.basetime as string);
  let { last } = stream;
  const eventData = (request.data as readonly { t: number; v: string }[]).flatMap(({ t, v }) => {
    const at = Math.round(base + t * 1000);
    if (!isWritable(at)) return [];
    if (last !== undefined && Math.abs(at - last) < SPACING) {
      context.lost('data', 'values that follow each other within a second are thinned out');
      return [];
    }
    last = at;
    return [
      {
        eventId: nextEventId(context),
        timestamp: new Date(at).toISOString(),
        trigger: 'Periodic',
        actualValue: v,
        ...monitor,
        variableMonitoringId: stream.monitor,
      },
    ];
  });
  if (eventData.length === 0) return answer({});
  context.state.set(STREAMS, id, { ...stream, last } satisfies Stream, STREAM_LIMIT);
  const told = { generatedAt: new Date(context.now()).toISOString(), seqNo: 0, eventData };
  return notifyEvent.down?.(told, context, notifyEvent) ?? answer({});
}

const only = (newer: string, note: string, down: (request: Payload, context: Context) => Outcome): Pair => ({
  initiator: 'station',
  older: null,
  newer,
  request: sameBut(),
  response: sameBut(),
  note,
  down,
});

export const openPeriodicEventStream = only(
  'OpenPeriodicEventStream',
  'Rejected, upon which the station sends NotifyEvent instead (N11.FR.07). By setting (`expandStreams`) Accepted, when the monitor is known from SetVariableMonitoring or NotifyMonitoringReport.',
  open,
);

export const closePeriodicEventStream = only('ClosePeriodicEventStream', 'Answered here.', ({ id }, context) => {
  context.state.delete(STREAMS, String(id));
  return answer({});
});

export const notifyPeriodicEventStream = only(
  'NotifyPeriodicEventStream',
  'The values of a stream that was accepted are events of its monitor in a NotifyEvent, at most one per second.',
  expand,
);
