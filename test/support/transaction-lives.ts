/** Random lives of transactions: what stations send of them, in what order it arrives, and what the CSMS makes of it. */
import fc from 'fast-check';
import type { Message, Payload } from '../../src/ocpp/translate/outcome.ts';
import { message } from './arbitrary.ts';
import { smallest } from './schemas.ts';
import { at, type Bridge, crash, failure, type Reply, type Run, START } from './translation.ts';

/** One thing that happens: the station says something, time passes, it boots, or it connects anew. */
export interface Step {
  readonly call: Message;
  /** Minutes that pass before. */
  readonly pause: number;
  readonly happens: 'boot' | 'reconnect' | undefined;
  /** What goes wrong: the number of the Call to the other side that fails, and how. */
  readonly luck: { readonly at: number; readonly how: 'lost' | 'transient' | 'refused' | 'crash' };
}

const luck: fc.Arbitrary<Step['luck']> = fc.record({
  at: fc.integer({ min: 0, max: 12 }),
  how: fc.constantFrom('lost', 'transient', 'refused', 'crash'),
});
const pause = fc.constantFrom(0, 0, 0, 0, 1, 2, 15);
const happens = fc.option(fc.constantFrom('boot' as const, 'reconnect' as const), { nil: undefined, freq: 15 });

// ---------------------------------------------------------------------------------------------- a station of 1.6

/** Station messages that hang together: few connectors, few tags, ids that were given out and ids that were not. */
const related = fc.record({
  connectorId: fc.integer({ min: 0, max: 3 }),
  idTag: fc.constantFrom('', 'AB12', 'ab12', '04AABBCC', '~ALIAS'),
  transactionId: fc.constantFrom(-1, 0, 1, 2, 3, 4, 5, 2 ** 31),
  minutes: fc.integer({ min: -5, max: 60 }),
});

const call16: fc.Arbitrary<Message> = fc
  .constantFrom(
    'StartTransaction',
    'StopTransaction',
    'MeterValues',
    'StatusNotification',
    'BootNotification',
    'Authorize',
  )
  .chain((action) =>
    fc
      .tuple(message('1.6', `${action}Request`), related)
      .map(([random, { connectorId, idTag, transactionId, minutes }]) => {
        const payload: Payload = { ...random };
        for (const [field, value] of Object.entries({ connectorId, idTag, transactionId, timestamp: at(minutes) })) {
          if (payload[field] !== undefined) payload[field] = value;
        }
        return { action, payload };
      }),
  );

/** Whatever a 1.6 station may send, in any order. */
export const steps16: fc.Arbitrary<readonly Step[]> = fc.array(fc.record({ call: call16, pause, happens, luck }), {
  maxLength: 40,
});

// -------------------------------------------------------------------------------------------- a station of 2.0.1

/** Minutes between the beginnings of two transactions: by its timestamp every message can be told from those of others. */
const APART = 10_000;

/** Which transaction a 1.6 message is about that was made from {@link steps201}. */
export const transactionAt = (timestamp: string): number =>
  Math.floor((Date.parse(timestamp) - START) / 60_000 / APART);

const event201 = fc.record({
  triggerReason: fc.constantFrom(
    'CablePluggedIn',
    'Authorized',
    'ChargingStateChanged',
    'MeterValuePeriodic',
    'StopAuthorized',
    'RemoteStop',
    'EVDeparted',
    'EVCommunicationLost',
    'AbnormalCondition',
    'EnergyLimitReached',
  ),
  chargingState: fc.option(fc.constantFrom('EVConnected', 'Charging', 'SuspendedEV', 'Idle'), { nil: undefined }),
  hasToken: fc.boolean(),
  hasEvse: fc.boolean(),
  register: fc.option(fc.nat(50), { nil: undefined }),
  offline: fc.boolean(),
});

/** The events of one transaction, as the station makes them: numbered, with its first and its last. */
const life201 = fc
  .record({
    events: fc.array(event201, { minLength: 2, maxLength: 7 }),
    connectorId: fc.integer({ min: 1, max: 2 }),
    ends: fc.boolean(),
    reason: fc.constantFrom(undefined, 'Local', 'Remote', 'Timeout', 'EVDisconnected', 'ImmediateReset'),
  })
  .map(({ events, connectorId, ends, reason }) => (index: number): readonly Payload[] => {
    let register = index * 1_000_000;
    return events.map(({ triggerReason, chargingState, hasToken, hasEvse, register: more, offline }, seqNo) => {
      register += more ?? 0;
      const isLast = ends && seqNo === events.length - 1;
      const timestamp = at(index * APART + seqNo + 1);
      const info = { chargingState, ...(isLast ? { stoppedReason: reason } : {}) };
      return JSON.parse(
        JSON.stringify({
          eventType: seqNo === 0 ? 'Started' : isLast ? 'Ended' : 'Updated',
          timestamp,
          triggerReason,
          seqNo,
          transactionInfo: { transactionId: `TX-${index}`, ...info },
          ...(hasEvse || seqNo === 0 ? { evse: { id: connectorId, connectorId: 1 } } : {}),
          ...(hasToken ? { idToken: { idToken: `TAG-${index}`, type: 'ISO14443' } } : {}),
          ...(offline ? { offline } : {}),
          ...(more === undefined ? {} : { meterValue: [{ timestamp, sampledValue: [{ value: register }] }] }),
        }),
      );
    });
  });

const status201 = fc.record({
  connectorStatus: fc.constantFrom('Available', 'Occupied', 'Faulted', 'Unavailable'),
  evseId: fc.integer({ min: 1, max: 2 }),
});

/** Several transactions whose events are mixed, partly lost, partly repeated, and partly out of order; between them statuses. */
export const steps201: fc.Arbitrary<readonly Step[]> = fc
  .array(life201, { minLength: 1, maxLength: 3 })
  .chain((lives) => {
    const events = lives.flatMap((life, index) => life(index));
    return fc
      .tuple(
        // The place in the order of arrival: mostly as sent, sometimes later or earlier.
        fc.array(
          fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: -4, max: 4 }) }),
          {
            minLength: events.length,
            maxLength: events.length,
          },
        ),
        // How often it arrives.
        fc.array(fc.constantFrom(1, 1, 1, 1, 1, 0, 2), { minLength: events.length, maxLength: events.length }),
        fc.array(fc.tuple(status201, fc.nat(events.length)), { maxLength: 4 }),
      )
      .chain(([moves, times, statuses]) => {
        const arriving = events
          .map((payload, index) => ({ payload, place: index + (moves[index] ?? 0), times: times[index] ?? 1 }))
          .sort((a, b) => a.place - b.place)
          .flatMap(({ payload, times }) =>
            Array.from({ length: times }, () => ({ action: 'TransactionEvent', payload })),
          );
        const calls: Message[] = [...arriving];
        for (const [{ connectorStatus, evseId }, place] of statuses) {
          const payload = { timestamp: at(place), connectorStatus, evseId, connectorId: 1 };
          calls.splice(place, 0, { action: 'StatusNotification', payload });
        }
        return fc.tuple(...calls.map((call) => fc.record({ call: fc.constant(call), pause, happens, luck })));
      });
  });

// ------------------------------------------------------------------------------------------------------- driving

/** Everything that was put to either side, in order, with whether it was taken. */
export interface Put {
  readonly call: Message;
  /** `undefined`: it was not taken. */
  readonly response: Payload | undefined;
  readonly how: 'taken' | Step['luck']['how'];
}

export interface Played {
  readonly puts: Put[];
  /** What became of the station's own messages. */
  readonly runs: Run[];
}

/**
 * Plays steps on a bridge.
 * @param answer what the other side answers when nothing goes wrong
 * @param boot a BootNotification of the station
 * @param after each step
 */
export function play(
  b: Bridge,
  steps: readonly Step[],
  answer: (call: Message) => Payload,
  boot: Payload,
  after: () => void = () => undefined,
): Played {
  const puts: Put[] = [];
  const runs: Run[] = [];
  let asks = 0;
  const failing =
    (luck: Step['luck'] | undefined): Reply =>
    (call) => {
      const how = luck !== undefined && ++asks === luck.at ? luck.how : 'taken';
      if (how === 'taken') {
        const response = answer(call);
        puts.push({ call, response, how });
        return response;
      }
      puts.push({ call, response: undefined, how });
      if (how === 'crash') return crash;
      return how === 'refused' ? failure('FormatViolation') : failure('InternalError', how === 'lost');
    };
  for (const { call, pause, happens, luck } of steps) {
    b.now += pause * 60_000;
    asks = 0;
    b.otherwise = failing(luck);
    if (happens === 'reconnect') b.reconnect();
    if (happens === 'boot') runs.push(b.fromStation('BootNotification', boot));
    b.emitted();
    const run = b.fromStation(call.action, call.payload);
    runs.push(run);
    // A station that gets no answer at all says it once more.
    if (run.answer === undefined && run.refusal === undefined) runs.push(b.fromStation(call.action, call.payload));
    after();
    b.emitted();
    after();
  }
  b.otherwise = failing(undefined);
  return { puts, runs };
}

/** The smallest valid answer of a Version. */
export const smallestOf =
  (station: '1.6' | '2.0.1', csms: '1.6' | '2.0.1') =>
  ({ action }: Message): Payload => {
    try {
      return smallest(csms, `${action}Response`);
    } catch {
      return smallest(station, `${action}Response`);
    }
  };
