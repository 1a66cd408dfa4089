import { describe, expect, it } from 'vitest';
import { Bridge, type Message, memoryEnvironment, type Result, type Side } from '../../../src/ocpp/index.ts';
import { translators } from '../../../src/ocpp/translate/index.ts';
import { type TraceStep, traced } from '../../../src/ocpp/translate/trace.ts';
import type { VersionName } from '../../../src/ocpp/versions/index.ts';

/** A bridge whose steps are written down. */
function tracedBridge(station: VersionName, csms: VersionName, answer: (call: Message) => Result) {
  const steps: TraceStep[] = [];
  let ids = 0;
  const bridge = new Bridge({
    station,
    csms,
    environment: memoryEnvironment({ now: () => Date.UTC(2026, 0, 1), newId: () => `id-${++ids}` }),
    translators: translators.map((each) => traced(each, (step) => steps.push(step))),
    send: (_to: Side, call: Message) => answer(call),
  });
  return { bridge, steps };
}

const ways = (steps: readonly TraceStep[]): readonly string[] =>
  steps.map(({ older, newer, direction, given, made }) => {
    const from = 'call' in given ? given.call.action : 'task' in given ? given.task : `(${given.of.action})`;
    const to = 'forward' in made ? made.forward.action : 'answer' in made ? 'answer' : made.refuse.condition;
    return `${older}-${newer} ${direction}: ${from} → ${to}`;
  });

describe('a traced translation', () => {
  it('tells every step there and back, in order, with its rows', async () => {
    const { bridge, steps } = tracedBridge('1.6', '2.1', () => ({ payload: { status: 'Scheduled' } }));
    await bridge.call('csms', { action: 'Reset', payload: { type: 'OnIdle' } });
    expect(ways(steps)).toEqual([
      '2.0.1-2.1 down: Reset → Reset',
      '1.6-2.0.1 down: Reset → Reset',
      '1.6-2.0.1 down: (Reset) → InternalError',
      '2.0.1-2.1 down: (Reset) → InternalError',
    ]);
    expect(steps[1]).toMatchObject({
      by: 'procedure',
      note: expect.stringContaining('OnIdle'),
      fields: [{ from: 'type', to: 'type', before: 'OnIdle', after: 'Soft' }],
    });
  });

  it('tells a Call that is answered here, and one that is not translated', async () => {
    const { bridge, steps } = tracedBridge('1.6', '2.1', () => ({ payload: {} }));
    await bridge.call('csms', { action: 'UsePriorityCharging', payload: { transactionId: 'a', activate: true } });
    expect(ways(steps)).toEqual(['2.0.1-2.1 down: UsePriorityCharging → answer']);
  });

  it('tells what does not cross where it is lost, and what is to be done later', async () => {
    const { bridge, steps } = tracedBridge('1.6', '2.0.1', () => ({ payload: { idTokenInfo: { status: 'Blocked' } } }));
    const start = { connectorId: 1, idTag: 'TAG', meterStart: 0, timestamp: '2026-01-01T00:00:00Z', reservationId: 3 };
    await bridge.call('station', { action: 'StartTransaction', payload: start });
    expect(ways(steps)).toEqual([
      '1.6-2.0.1 up: StartTransaction → TransactionEvent',
      '1.6-2.0.1 up: (TransactionEvent) → answer',
    ]);
    expect(steps[0]?.fields).toContainEqual({
      from: 'reservationId',
      to: 'reservationId',
      rule: 'same',
      how: 'same',
      before: 3,
      after: 3,
    });
    const status = { connectorId: 1, status: 'Charging', errorCode: 'NoError', vendorId: 'V' };
    await bridge.call('station', { action: 'StatusNotification', payload: status });
    expect(steps.flatMap(({ dropped }) => dropped)).toContainEqual({
      kind: 'lost',
      field: 'vendorId',
      reason: '2.x has no vendorId of a status',
    });
  });

  it('changes nothing of what is translated', async () => {
    const messages: readonly [Side, Message][] = [
      ['station', { action: 'BootNotification', payload: { chargePointModel: 'M', chargePointVendor: 'V' } }],
      [
        'station',
        { action: 'StatusNotification', payload: { connectorId: 1, status: 'Faulted', errorCode: 'HighTemperature' } },
      ],
      [
        'csms',
        {
          action: 'GetVariables',
          payload: {
            getVariableData: [{ component: { name: 'OCPPCommCtrlr' }, variable: { name: 'HeartbeatInterval' } }],
          },
        },
      ],
    ];
    const run = async (own: typeof translators) => {
      let ids = 0;
      const sent: Message[] = [];
      const environment = memoryEnvironment({ now: () => Date.UTC(2026, 0, 1), newId: () => `id-${++ids}` });
      const bridge = new Bridge({
        station: '1.6',
        csms: '2.1',
        environment,
        translators: own,
        send: (_to, call) => {
          sent.push(call);
          return { failure: { condition: 'NotSupported', description: '' } };
        },
      });
      const results = [];
      for (const [side, message] of messages) results.push(await bridge.call(side, message));
      return { sent, results, state: environment.state.all() };
    };
    expect(await run(translators.map((each) => traced(each, () => undefined)))).toEqual(await run(translators));
  });
});
