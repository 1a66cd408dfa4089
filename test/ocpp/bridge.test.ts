import { describe, expect, it } from 'vitest';
import {
  Bridge,
  type BridgeOptions,
  type Message,
  memoryEnvironment,
  type RequestOf,
  type Result,
  type Side,
  TranslationState,
  type Translator,
  translate,
  translators,
  validate,
} from '../../src/ocpp/index.ts';
import { answer, forward } from '../../src/ocpp/translate/outcome.ts';

const now = Date.UTC(2026, 0, 1);
let ids = 0;
const surroundings = { now: () => now, newId: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}` };

function bridgeWith(reply: (call: Message) => Result, more: Partial<BridgeOptions> = {}) {
  const sent: [Side, Message][] = [];
  const environment = memoryEnvironment(surroundings);
  const bridge = new Bridge({
    station: '1.6',
    csms: '2.0.1',
    environment,
    send(to, call) {
      sent.push([to, call]);
      return reply(call);
    },
    ...more,
  });
  return { bridge, sent, environment };
}

const start: RequestOf<'1.6', 'StartTransaction'> = {
  connectorId: 1,
  idTag: 'TAG',
  meterStart: 100,
  timestamp: '2026-01-01T00:00:00Z',
};

describe('Bridge', () => {
  it('puts a Call to the other side in its version, and comes back with the answer', async () => {
    const { bridge, sent } = bridgeWith(() => ({ payload: { idTokenInfo: { status: 'Blocked' } } }));
    expect(await bridge.call('station', { action: 'StartTransaction', payload: start })).toEqual({
      payload: { transactionId: 1, idTagInfo: { status: 'Blocked' } },
    });
    expect(sent).toMatchObject([['csms', { action: 'TransactionEvent', payload: { eventType: 'Started' } }]]);
  });

  it('asks a station that comes back what became of its transaction', async () => {
    let time = now;
    const environment = memoryEnvironment({ ...surroundings, now: () => time });
    const { bridge, sent } = bridgeWith(
      ({ action }) => ({ payload: action === 'TriggerMessage' ? { status: 'Accepted' } : {} }),
      { environment },
    );
    await bridge.call('station', { action: 'StartTransaction', payload: start });
    bridge.connected();
    expect(await bridge.runDue()).toBe(now + 60_000);
    time += 60_000;
    expect(await bridge.runDue()).toBeUndefined();
    expect(sent.slice(1)).toEqual([
      ['station', { action: 'TriggerMessage', payload: { requestedMessage: 'StatusNotification', connectorId: 1 } }],
    ]);
  });

  it('tells when a Call is to wait', async () => {
    const delays: unknown[] = [];
    const started = { transactionId: 7, idTagInfo: { status: 'Accepted' } };
    const { bridge } = bridgeWith(() => ({ payload: {} }), {
      station: '2.0.1',
      csms: '1.6',
      environment: memoryEnvironment(surroundings, { settings: { unlockStopsFirst: true } }),
      send(_to, { action }, delay) {
        delays.push([action, delay]);
        return {
          payload:
            action === 'StartTransaction'
              ? started
              : { status: action === 'UnlockConnector' ? 'Unlocked' : 'Accepted' },
        };
      },
    });
    const payload = {
      eventType: 'Started',
      timestamp: '2026-01-01T00:00:00Z',
      triggerReason: 'Authorized',
      seqNo: 0,
      transactionInfo: { transactionId: 'T', chargingState: 'Charging' },
      evse: { id: 1, connectorId: 1 },
      idToken: { idToken: 'A', type: 'Local' },
    };
    await bridge.call('station', { action: 'TransactionEvent', payload });
    expect(await bridge.call('csms', { action: 'UnlockConnector', payload: { connectorId: 1 } })).toEqual({
      payload: { status: 'Unlocked' },
    });
    expect(delays.slice(-2)).toEqual([
      ['RequestStopTransaction', undefined],
      ['UnlockConnector', 2000],
    ]);
  });

  it('passes failures on, and refuses what is not valid without sending anything', async () => {
    const { bridge, sent } = bridgeWith(() => ({ failure: { condition: 'NotImplemented', description: 'no' } }));
    const heartbeat = { action: 'Heartbeat', payload: {} };
    expect(await bridge.call('station', heartbeat)).toEqual({
      failure: { condition: 'NotSupported', description: 'no' },
    });
    expect(await bridge.call('csms', heartbeat)).toEqual({
      failure: { condition: 'NotSupported', description: 'Heartbeat is a Call of the station' },
    });
    expect(await bridge.call('station', { action: 'StartTransaction', payload: {} })).toMatchObject({
      failure: {
        condition: 'OccurrenceConstraintViolation',
        description: expect.stringContaining('lacks connectorId'),
      },
    });
    expect(await bridge.call('station', { action: 'Nonsense', payload: {} })).toMatchObject({
      failure: { condition: 'NotImplemented' },
    });
    expect(sent).toHaveLength(1);
  });

  it('takes an invalid answer for a failure', async () => {
    const { bridge } = bridgeWith(() => ({ payload: { currentTime: 'noon' } }));
    expect(await bridge.call('station', { action: 'Heartbeat', payload: {} })).toMatchObject({
      failure: { condition: 'InternalError', description: expect.stringContaining('FormatViolation') },
    });
  });

  it('sends nothing that is not valid, and tells of it', async () => {
    const told: unknown[] = [];
    const wrong = forward(
      'Heartbeat',
      { x: 1 },
      () => answer({ y: 1 }),
      () => answer({ y: 1 }),
    );
    const broken = translators.map((each): Translator => ({ ...each, outcome: () => wrong }));
    const { bridge, sent } = bridgeWith(() => ({ payload: {} }), {
      translators: broken,
      invalid: (to, { action }, complaints) => told.push([to, action, complaints]),
    });
    expect(await bridge.call('station', { action: 'Heartbeat', payload: {} })).toMatchObject({
      failure: { condition: 'InternalError' },
    });
    expect(sent).toEqual([]);
    expect(told).toEqual([
      ['csms', 'Heartbeat', ['/: has the unknown property x']],
      ['station', 'Heartbeat', ['/: lacks currentTime', '/: has the unknown property y']],
    ]);
  });

  it('does by itself what has to be done later, again until it is sent, also after a restart', async () => {
    let isAway = true;
    const { bridge, sent, environment } = bridgeWith(
      ({ action }) => {
        if (action === 'RequestStopTransaction' && isAway) throw new Error('away');
        return {
          payload:
            action === 'StartTransaction'
              ? { transactionId: 7, idTagInfo: { status: 'Blocked' } }
              : { status: 'Accepted' },
        };
      },
      { station: '2.0.1', csms: '1.6' },
    );
    // A CSMS of 1.6 that does not accept the token says so too late for the event: the station is told to stop.
    const event = (seqNo: number, more: object) => ({
      action: 'TransactionEvent',
      payload: {
        eventType: seqNo === 0 ? 'Started' : 'Updated',
        timestamp: '2026-01-01T00:00:00Z',
        seqNo,
        transactionInfo: { transactionId: 'T', chargingState: 'EVConnected' },
        ...more,
      },
    });
    const token = { idToken: 'TAG', type: 'ISO14443' };
    await bridge.call('station', event(0, { triggerReason: 'Authorized', idToken: token }));
    await bridge.call('station', event(1, { triggerReason: 'CablePluggedIn', evse: { id: 1, connectorId: 1 } }));
    await expect(bridge.runDue()).rejects.toThrow('away');
    isAway = false;
    const stored = environment.state.all();
    await bridge.runDue();
    expect(sent.at(-1)).toEqual(['station', { action: 'RequestStopTransaction', payload: { transactionId: 'T' } }]);

    const again: string[] = [];
    const restarted = new Bridge({
      station: '2.0.1',
      csms: '1.6',
      environment: memoryEnvironment(surroundings, { state: new TranslationState(stored) }),
      send: (_to, { action }) => {
        again.push(action);
        return { payload: { status: 'Accepted' } };
      },
    });
    expect(await restarted.runDue()).toBeUndefined();
    expect(again).toEqual(['RequestStopTransaction']);
  });
});

describe('translate', () => {
  it('translates one message, there and back', () => {
    const { outcome } = translate('1.6', '2.1', { action: 'Reset', payload: { type: 'Hard' } }, surroundings);
    if (outcome.kind !== 'forward') throw new Error(outcome.kind);
    expect(outcome.call).toEqual({ action: 'Reset', payload: { type: 'Immediate' } });
    expect(outcome.resume({ payload: { status: 'Scheduled' } })).toEqual({
      kind: 'answer',
      payload: { status: 'Accepted' },
    });
  });

  it('tells what does not cross', () => {
    const payload = { connectorId: 1, status: 'Available', errorCode: 'NoError', vendorId: 'V' };
    const { dropped } = translate('1.6', '2.0.1', { action: 'StatusNotification', payload }, surroundings);
    expect(dropped).toMatchObject([{ action: 'StatusNotification', field: 'vendorId', kind: 'lost' }]);
  });

  it('refuses what is not valid, and what both may send is taken for the station unless one says so', () => {
    expect(translate('1.6', '2.1', { action: 'Reset', payload: {} }, surroundings).outcome).toMatchObject({
      kind: 'refuse',
      failure: { condition: 'OccurrenceConstraintViolation' },
    });
    const message = { action: 'DataTransfer', payload: { vendorId: 'V' } };
    expect(translate('1.6', '2.1', message, surroundings, 'csms').outcome).toMatchObject({ kind: 'forward' });
    expect(translate('1.6', '2.1', message, surroundings).outcome).toMatchObject({ kind: 'forward' });
  });
});

describe('validate', () => {
  it('says what is wrong in words', () => {
    expect(validate('1.6', 'StartTransactionRequest', start)).toEqual([]);
    expect(validate('1.6', 'StartTransactionRequest', { ...start, connectorId: 'x' })).toEqual([
      '/connectorId: is not of type integer',
    ]);
    expect(() => validate('1.6', 'TransactionEventRequest', {})).toThrow('no message TransactionEventRequest');
    expect(() => validate('1.6', 'Reset', {})).toThrow('no message Reset');
  });
});
