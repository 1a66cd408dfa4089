/**
 * What holds for every tricky case, shown over the wire for some that are unlike each other: the gateway is killed (kill -9) and
 * started again between any two steps, and comes to the same end; and all that was said said once more begins no second transaction.
 * The others show it in test/support/tricky-case.ts.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabases } from '../support/databases.ts';
import { type Api, type GatewayProcess, RawStation, spawnGateway } from '../support/gateway.ts';
import { SoapStation, textOf } from '../support/soap.ts';
import { boot, type Protocol } from './support.ts';

/** What a step may refer to: the number that a 1.x station was given for its transaction. */
interface Known {
  readonly transactionId: number;
}
type Fields = Record<string, unknown>;
/** A message of the station, or a command to it. Said again it is the same, to the letter. */
type Step =
  | { readonly say: string; readonly with: Fields | ((known: Known) => Fields) }
  | { readonly command: string; readonly body: Fields };

const say = (action: string, payload: Fields | ((known: Known) => Fields)): Step => ({ say: action, with: payload });

const start = Date.now();
let ticks = 0;
/** The next time after all connections are made: what is said is said live. By the clock of the stations, which is half an hour ahead. */
const now = (): string => new Date(start + 1_800_000 + ++ticks * 1000).toISOString();
const hoursAgo = (hours: number): string => new Date(start - hours * 3_600_000).toISOString();

const status = (value: string): Step =>
  say('StatusNotification', { connectorId: 1, errorCode: 'NoError', status: value, timestamp: now() });
const begin = (idTag: string, timestamp = now()): Step =>
  say('StartTransaction', { connectorId: 1, idTag, meterStart: 1000, timestamp });
const energy = (value: string, timestamp: string) => ({ timestamp, sampledValue: [{ value }] });

const metered =
  (...meterValue: Fields[]) =>
  ({ transactionId }: Known): Fields => ({ connectorId: 1, transactionId, meterValue });
const stop = (timestamp: string, more: Fields = {}): Step =>
  say('StopTransaction', ({ transactionId }) => ({ transactionId, meterStop: 1500, timestamp, ...more }));

const evse = { id: 1, connectorId: 1 };
const rfid = { idToken: '04AABBCCDDEE11', type: 'ISO14443' };
const event = (seqNo: number, eventType: string, triggerReason: string, info: Fields = {}, more: Fields = {}): Step =>
  say('TransactionEvent', {
    eventType,
    timestamp: now(),
    triggerReason,
    seqNo,
    transactionInfo: { transactionId: 'TX', ...info },
    ...more,
  });
const samples = (value: number) => ({ meterValue: [{ timestamp: now(), sampledValue: [{ value }] }] });

interface Case {
  readonly protocol: Protocol | 'soap';
  readonly steps: readonly Step[];
  /** The one transaction that there is in the end; absent: there is none. */
  readonly transaction?: Fields;
  /** What its HEAD events have, in order, where that matters. */
  readonly events?: readonly Fields[];
}

const cases: Readonly<Record<string, Case>> = {
  F18: {
    protocol: 'ocpp1.6',
    steps: [
      status('Preparing'),
      say('Authorize', { idTag: 'TAG' }),
      begin('TAG'),
      status('Charging'),
      say('MeterValues', metered(energy('1200', now()))),
      stop(now(), { idTag: 'TAG', reason: 'Local' }),
      status('Finishing'),
      status('Available'),
    ],
    transaction: { energyWh: 500, stoppedReason: 'Local', idToken: 'TAG' },
    events: [
      { eventType: 'Started', seqNo: 0, triggerReason: 'Authorized' },
      { eventType: 'Updated', seqNo: 1, triggerReason: 'ChargingStateChanged' },
      { eventType: 'Updated', seqNo: 2, triggerReason: 'MeterValuePeriodic' },
      { eventType: 'Ended', seqNo: 3, triggerReason: 'StopAuthorized' },
    ],
  },
  F19: {
    protocol: 'ocpp1.6',
    steps: [
      {
        command: 'RequestStartTransaction',
        body: { evseId: 1, remoteStartId: 77, idToken: { idToken: 'AB12', type: 'Central' } },
      },
      begin('ab12'),
    ],
    transaction: { idToken: 'AB12', endedAt: null },
    events: [
      {
        triggerReason: 'RemoteStart',
        idToken: { idToken: 'AB12', type: 'Central' },
        transactionInfo: { remoteStartId: 77 },
      },
    ],
  },
  F22: {
    protocol: 'ocpp1.6',
    steps: [
      begin('TAG', hoursAgo(2)),
      say('MeterValues', { connectorId: 1, transactionId: -1, meterValue: [energy('1400', hoursAgo(1.5))] }),
      say('StopTransaction', { transactionId: -1, meterStop: 2000, timestamp: hoursAgo(1) }),
    ],
    transaction: { energyWh: 1000, startedAt: hoursAgo(2), endedAt: hoursAgo(1) },
    events: [0, 1, 2].map((seqNo) => ({ seqNo, offline: true })),
  },
  F24: {
    protocol: 'ocpp2.0.1',
    steps: [
      event(0, 'Started', 'CablePluggedIn', { chargingState: 'EVConnected' }, { evse, ...samples(1000) }),
      event(1, 'Updated', 'Authorized', {}, { idToken: rfid }),
      event(2, 'Updated', 'ChargingStateChanged', { chargingState: 'Charging' }),
      event(3, 'Ended', 'EVCommunicationLost', { stoppedReason: 'EVDisconnected' }, samples(2500)),
    ],
    transaction: { nativeId: 'TX', idToken: rfid.idToken, energyWh: 1500, stoppedReason: 'EVDisconnected' },
  },
  F25: {
    protocol: 'ocpp2.0.1',
    steps: [
      event(0, 'Started', 'CablePluggedIn', { chargingState: 'EVConnected' }, { evse }),
      event(1, 'Ended', 'EVConnectTimeout', { stoppedReason: 'Timeout' }),
    ],
    transaction: { idToken: null, stoppedReason: 'Timeout' },
  },
  F29: {
    protocol: 'ocpp2.1',
    steps: [event(5, 'Ended', 'EVDeparted', { stoppedReason: 'EVDisconnected' }, { evse, ...samples(2500) })],
    transaction: { nativeId: 'TX', stoppedReason: 'EVDisconnected' },
  },
  F38: {
    protocol: 'ocpp2.1',
    steps: [
      say('NotifyEvent', {
        generatedAt: now(),
        seqNo: 0,
        eventData: [
          {
            eventId: 1,
            timestamp: now(),
            trigger: 'Delta',
            actualValue: 'Occupied',
            eventNotificationType: 'HardWiredNotification',
            component: { name: 'Connector', evse },
            variable: { name: 'AvailabilityState' },
          },
          {
            eventId: 2,
            timestamp: now(),
            trigger: 'Periodic',
            actualValue: '41.5',
            eventNotificationType: 'CustomMonitor',
            component: { name: 'TemperatureSensor' },
            variable: { name: 'Temperature' },
          },
        ],
      }),
    ],
  },
  F40: {
    protocol: 'soap',
    steps: [begin('AB12'), status('Occupied'), stop(now()), status('Available')],
    transaction: { energyWh: 500, stoppedReason: 'Local', idToken: 'AB12' },
  },
};
const longest = Math.max(...Object.values(cases).map(({ steps }) => steps.length));

/** One station of a case. */
class Player {
  readonly id: string;
  readonly #case: Case;
  #known: Known = { transactionId: 0 };
  #json: RawStation | undefined;
  #soap: SoapStation | undefined;

  constructor(id: string, one: Case) {
    this.id = id;
    this.#case = one;
  }

  async connect(url: string, first = false): Promise<void> {
    const { protocol } = this.#case;
    if (protocol === 'soap') {
      this.#soap = new SoapStation(this.id, '1.5', url);
      if (first) await this.#soap.boot();
      return;
    }
    this.#json = await RawStation.connect(url, this.id, protocol);
    if (first) expect((await this.#json.call('BootNotification', boot[protocol]))[2].status).toBe('Accepted');
  }

  /** @param api absent: what the station says, without the commands */
  async step(index: number, api?: Api): Promise<void> {
    const step = this.#case.steps[index];
    if (step === undefined) return;
    if ('command' in step) {
      if (api === undefined) return;
      const { body } = await api.command(this.id, step.command, step.body);
      expect(body).toMatchObject({ state: 'completed', response: { status: 'Accepted' } });
      return;
    }
    const payload = typeof step.with === 'function' ? step.with(this.#known) : step.with;
    if (this.#soap !== undefined) {
      const { status: http, text } = await this.#soap.send(step.say, payload as Record<string, string | number>);
      expect([http, text]).toEqual([200, text]);
      const transactionId = textOf(text, 'transactionId');
      if (transactionId !== undefined) this.#known = { transactionId: Number(transactionId) };
      return;
    }
    const [type, , answer] = (await this.#json?.call(step.say, payload)) ?? [];
    expect([step.say, type]).toEqual([step.say, 3]);
    if (answer.transactionId !== undefined) this.#known = { transactionId: answer.transactionId };
  }

  close = async (): Promise<void> => this.#json?.close();
}

/** What is known of a station in the end, but for what differs from one to the next. */
async function endOf({ api }: GatewayProcess, id: string) {
  const transactions = await api.all(`/v1/transactions?stationId=${id}`);
  const messages = await api.all(`/v1/stations/${id}/messages?order=asc`);
  const { connectors } = (await api.get(`/v1/stations/${id}`)).body.evses[0] ?? {};
  const samplesOf = await Promise.all(
    transactions.map(async (one) =>
      (await api.all(`/v1/transactions/${one.id}/meter-values`)).map(({ at, sampledValue }) => [at, sampledValue]),
    ),
  );
  const heads = messages.filter(
    ({ head, headAction, type }) => head !== null && headAction === 'TransactionEvent' && type === 'Call',
  );
  return {
    connectors: connectors?.map(({ id: connector, status: is }: { id: number; status: string }) => [connector, is]),
    transactions: transactions.map(
      ({ id: _id, stationId: _station, transactionId: _head, updatedAt: _at, ...rest }) => ({
        ...rest,
        nativeId: rest.nativeId === 'TX' ? 'TX' : 'a number',
      }),
    ),
    samples: samplesOf,
    events: heads.map(({ head: { transactionInfo, ...rest } }) => ({
      ...rest,
      transactionInfo: { ...transactionInfo, transactionId: 'the same' },
    })),
  };
}

describe.each(await testDatabases())('killed between any two steps, on $name', ({ open }) => {
  let database: TestDatabase;
  let gateway: GatewayProcess;
  const settings = { EVSEBRIDGE_UNKNOWN_TOKENS: 'accept', EVSEBRIDGE_READ_CONFIGURATION: 'false' };
  beforeAll(async () => {
    database = await open();
    gateway = await spawnGateway(database.options, settings);
  });
  afterAll(async () => {
    await gateway?.stop();
    await database?.drop();
  });

  const undisturbed = Object.entries(cases).map(([name, one]) => new Player(`${name}-whole`, one));
  const killed = Object.entries(cases).map(([name, one]) => new Player(`${name}-killed`, one));

  it('every case comes to the same end', async () => {
    for (const player of undisturbed) {
      await player.connect(gateway.ocppUrl, true);
      for (let index = 0; index < longest; index++) await player.step(index, gateway.api);
    }
    await Promise.all(killed.map((player) => player.connect(gateway.ocppUrl, true)));
    for (let index = 0; index < longest; index++) {
      await Promise.all(killed.map((player) => player.step(index, gateway.api)));
      await gateway.kill();
      gateway = await spawnGateway(database.options, settings);
      await Promise.all(killed.map((player) => player.connect(gateway.ocppUrl)));
    }
    for (const [name, { transaction, events }] of Object.entries(cases)) {
      const whole = await endOf(gateway, `${name}-whole`);
      expect(whole.transactions, name).toMatchObject(transaction === undefined ? [] : [transaction]);
      if (events !== undefined) expect(whole.events, name).toMatchObject(events);
      expect(await endOf(gateway, `${name}-killed`), name).toEqual(whole);
    }
    expect((await endOf(gateway, 'F38-killed')).connectors).toEqual([[1, 'Occupied']]);
  }, 120_000);

  it('said once more it begins no second transaction', async () => {
    const before = await Promise.all(killed.map(({ id }) => endOf(gateway, id)));
    for (const player of killed) for (let index = 0; index < longest; index++) await player.step(index);
    for (const [index, { id }] of killed.entries()) {
      const after = await endOf(gateway, id);
      expect(after.transactions, id).toEqual(before[index]?.transactions);
      expect(after.samples, id).toEqual(before[index]?.samples);
    }
    await Promise.all(killed.map((player) => player.close()));
  });
});
