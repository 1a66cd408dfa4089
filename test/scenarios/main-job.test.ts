import { RPCClient } from 'ocpp-rpc';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HEAD, type VersionName, versionByName } from '../../src/ocpp/index.ts';
import { type TestDatabase, testDatabases } from '../support/databases.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { boot, Events, type Protocol } from './support.ts';

/** A Call as the gateway makes it, and the answer of a station of the version. */
type Native = readonly [action: string, request: unknown, response: object];

/** A command in HEAD → what a station of each version gets, and the answer in HEAD. */
interface Case {
  readonly action: string;
  readonly request: (transactionId: string) => object;
  readonly native: Readonly<Record<Protocol, (nativeId: string) => readonly Native[]>>;
  readonly response: object;
}

const same =
  (action: string, response: object, request?: object) =>
  (_nativeId: string): readonly Native[] => [[action, request ?? expect.anything(), response]];

/** One for all three versions whose 2.x message is the same. */
const both = (make: (nativeId: string) => readonly Native[]) => ({ 'ocpp2.0.1': make, 'ocpp2.1': make });

const profile = {
  id: 5,
  stackLevel: 1,
  chargingProfilePurpose: 'TxDefaultProfile',
  chargingProfileKind: 'Absolute',
  chargingSchedule: [
    {
      id: 1,
      startSchedule: '2026-01-05T00:00:00.000Z',
      chargingRateUnit: 'A',
      chargingSchedulePeriod: [{ startPeriod: 0, limit: 16 }],
    },
  ],
};
const accepted = { status: 'Accepted' };

const cases: readonly Case[] = [
  {
    action: 'ChangeAvailability',
    request: () => ({ operationalStatus: 'Inoperative', evse: { id: 1, connectorId: 1 } }),
    native: {
      'ocpp1.6': same('ChangeAvailability', { status: 'Scheduled' }, { connectorId: 1, type: 'Inoperative' }),
      ...both(
        same(
          'ChangeAvailability',
          { status: 'Scheduled' },
          { operationalStatus: 'Inoperative', evse: { id: 1, connectorId: 1 } },
        ),
      ),
    },
    response: { status: 'Scheduled' },
  },
  {
    action: 'UnlockConnector',
    request: () => ({ evseId: 2, connectorId: 1 }),
    native: {
      'ocpp1.6': same('UnlockConnector', { status: 'Unlocked' }, { connectorId: 2 }),
      ...both(same('UnlockConnector', { status: 'Unlocked' }, { evseId: 2, connectorId: 1 })),
    },
    response: { status: 'Unlocked' },
  },
  {
    action: 'TriggerMessage',
    request: () => ({ requestedMessage: 'StatusNotification', evse: { id: 1, connectorId: 1 } }),
    native: {
      'ocpp1.6': same('TriggerMessage', accepted, { requestedMessage: 'StatusNotification', connectorId: 1 }),
      ...both(
        same('TriggerMessage', accepted, { requestedMessage: 'StatusNotification', evse: { id: 1, connectorId: 1 } }),
      ),
    },
    response: accepted,
  },
  {
    action: 'SetChargingProfile',
    request: () => ({ evseId: 1, chargingProfile: profile }),
    native: {
      'ocpp1.6': same('SetChargingProfile', accepted, {
        connectorId: 1,
        csChargingProfiles: {
          chargingProfileId: 5,
          stackLevel: 1,
          chargingProfilePurpose: 'TxDefaultProfile',
          chargingProfileKind: 'Absolute',
          chargingSchedule: {
            startSchedule: '2026-01-05T00:00:00.000Z',
            chargingRateUnit: 'A',
            chargingSchedulePeriod: [{ startPeriod: 0, limit: 16 }],
          },
        },
      }),
      ...both(same('SetChargingProfile', accepted, { evseId: 1, chargingProfile: profile })),
    },
    response: accepted,
  },
  {
    action: 'SendLocalList',
    request: () => ({
      versionNumber: 3,
      updateType: 'Full',
      localAuthorizationList: [
        { idToken: { idToken: 'LOCAL', type: 'ISO14443' }, idTokenInfo: { status: 'Accepted' } },
      ],
    }),
    native: {
      'ocpp1.6': same('SendLocalList', accepted, {
        listVersion: 3,
        updateType: 'Full',
        localAuthorizationList: [{ idTag: 'LOCAL', idTagInfo: { status: 'Accepted' } }],
      }),
      ...both(
        same('SendLocalList', accepted, {
          versionNumber: 3,
          updateType: 'Full',
          localAuthorizationList: [
            { idToken: { idToken: 'LOCAL', type: 'ISO14443' }, idTokenInfo: { status: 'Accepted' } },
          ],
        }),
      ),
    },
    response: accepted,
  },
  {
    action: 'ReserveNow',
    request: () => ({
      id: 9,
      evseId: 2,
      expiryDateTime: '2036-01-01T00:00:00.000Z',
      idToken: { idToken: 'TAG-1', type: 'ISO14443' },
    }),
    native: {
      'ocpp1.6': same('ReserveNow', accepted, {
        reservationId: 9,
        connectorId: 2,
        expiryDate: '2036-01-01T00:00:00.000Z',
        idTag: 'TAG-1',
      }),
      ...both(
        same('ReserveNow', accepted, {
          id: 9,
          evseId: 2,
          expiryDateTime: '2036-01-01T00:00:00.000Z',
          idToken: { idToken: 'TAG-1', type: 'ISO14443' },
        }),
      ),
    },
    response: accepted,
  },
  {
    action: 'DataTransfer',
    request: () => ({ vendorId: 'vendor', messageId: 'm', data: 'd' }),
    native: {
      'ocpp1.6': same(
        'DataTransfer',
        { status: 'Accepted', data: 'e' },
        { vendorId: 'vendor', messageId: 'm', data: 'd' },
      ),
      ...both(
        same('DataTransfer', { status: 'Accepted', data: 'e' }, { vendorId: 'vendor', messageId: 'm', data: 'd' }),
      ),
    },
    response: { status: 'Accepted', data: 'e' },
  },
  {
    action: 'SetVariables',
    request: () => ({
      setVariableData: [
        { attributeValue: '60', component: { name: 'SampledDataCtrlr' }, variable: { name: 'TxUpdatedInterval' } },
      ],
    }),
    native: {
      'ocpp1.6': same('ChangeConfiguration', accepted, { key: 'MeterValueSampleInterval', value: '60' }),
      ...both(
        same('SetVariables', {
          setVariableResult: [
            {
              attributeStatus: 'Accepted',
              component: { name: 'SampledDataCtrlr' },
              variable: { name: 'TxUpdatedInterval' },
            },
          ],
        }),
      ),
    },
    response: {
      setVariableResult: [
        {
          attributeStatus: 'Accepted',
          component: { name: 'SampledDataCtrlr' },
          variable: { name: 'TxUpdatedInterval' },
        },
      ],
    },
  },
  {
    action: 'GetVariables',
    request: () => ({
      getVariableData: [{ component: { name: 'SampledDataCtrlr' }, variable: { name: 'TxUpdatedInterval' } }],
    }),
    native: {
      'ocpp1.6': same(
        'GetConfiguration',
        { configurationKey: [{ key: 'MeterValueSampleInterval', readonly: false, value: '60' }] },
        { key: ['MeterValueSampleInterval'] },
      ),
      ...both(
        same('GetVariables', {
          getVariableResult: [
            {
              attributeStatus: 'Accepted',
              attributeValue: '60',
              component: { name: 'SampledDataCtrlr' },
              variable: { name: 'TxUpdatedInterval' },
            },
          ],
        }),
      ),
    },
    response: {
      getVariableResult: [
        {
          attributeStatus: 'Accepted',
          attributeValue: '60',
          component: { name: 'SampledDataCtrlr' },
          variable: { name: 'TxUpdatedInterval' },
        },
      ],
    },
  },
  {
    action: 'RequestStopTransaction',
    request: (transactionId) => ({ transactionId }),
    native: {
      'ocpp1.6': (nativeId) => [['RemoteStopTransaction', { transactionId: Number(nativeId) }, accepted]],
      ...both((nativeId) => [['RequestStopTransaction', { transactionId: nativeId }, accepted]]),
    },
    response: accepted,
  },
  {
    action: 'RequestStartTransaction',
    request: () => ({ remoteStartId: 77, evseId: 2, idToken: { idToken: 'TAG-1', type: 'ISO14443' } }),
    native: {
      'ocpp1.6': same('RemoteStartTransaction', accepted, { connectorId: 2, idTag: 'TAG-1' }),
      ...both(
        same('RequestStartTransaction', accepted, {
          remoteStartId: 77,
          evseId: 2,
          idToken: { idToken: 'TAG-1', type: 'ISO14443' },
        }),
      ),
    },
    response: accepted,
  },
  {
    action: 'Reset',
    request: () => ({ type: 'Immediate' }),
    native: {
      // A hard reset would not let the open transaction end properly.
      'ocpp1.6': same('Reset', accepted, { type: 'Soft' }),
      ...both(same('Reset', accepted, { type: 'Immediate' })),
    },
    response: accepted,
  },
];

const at = (minute: number): string => `2026-01-05T10:${String(minute).padStart(2, '0')}:00.000Z`;

/** Charges once: plug, authorize, start, two meter values, and the stop as `stop` does. */
interface Session {
  status(connector: number, status: 'Available' | 'Occupied', minute: number): Promise<unknown>;
  authorize(token: string): Promise<string>;
  start(): Promise<string>;
  meter(wh: number, minute: number): Promise<unknown>;
  stop(wh: number, minute: number): Promise<string>;
}

function session16(client: RPCClient): Session {
  let transactionId = 0;
  return {
    status: (connectorId, status, minute) =>
      client.call('StatusNotification', {
        connectorId,
        errorCode: 'NoError',
        status: status === 'Occupied' ? 'Preparing' : status,
        timestamp: at(minute),
      }),
    authorize: async (idTag) =>
      ((await client.call('Authorize', { idTag })) as { idTagInfo: { status: string } }).idTagInfo.status,
    async start() {
      const answer = await client.call('StartTransaction', {
        connectorId: 1,
        idTag: 'tag-1',
        meterStart: 1000,
        timestamp: at(2),
      });
      transactionId = (answer as { transactionId: number }).transactionId;
      return String(transactionId);
    },
    meter: (wh, minute) =>
      client.call('MeterValues', {
        connectorId: 1,
        transactionId,
        meterValue: [
          {
            timestamp: at(minute),
            sampledValue: [{ value: String(wh / 1000), unit: 'kWh', measurand: 'Energy.Active.Import.Register' }],
          },
        ],
      }),
    stop: async (meterStop, minute) =>
      (
        (await client.call('StopTransaction', {
          transactionId,
          idTag: 'TAG-1',
          meterStop,
          timestamp: at(minute),
          reason: 'Local',
        })) as {
          idTagInfo: { status: string };
        }
      ).idTagInfo.status,
  };
}

function session2x(client: RPCClient): Session {
  const transactionId = 'a-transaction-of-the-station';
  let seqNo = 0;
  const event = (
    eventType: string,
    triggerReason: string,
    minute: number,
    wh: number,
    more: object,
    info: object = {},
  ) =>
    client.call('TransactionEvent', {
      eventType,
      triggerReason,
      timestamp: at(minute),
      seqNo: seqNo++,
      transactionInfo: { transactionId, ...info },
      meterValue: [
        {
          timestamp: at(minute),
          sampledValue: [
            { value: wh / 1000, measurand: 'Energy.Active.Import.Register', unitOfMeasure: { unit: 'kWh' } },
          ],
        },
      ],
      ...more,
    }) as Promise<{ idTokenInfo?: { status: string } }>;
  const idToken = { idToken: 'tag-1', type: 'ISO14443' };
  return {
    status: (evseId, connectorStatus, minute) =>
      client.call('StatusNotification', { evseId, connectorId: 1, connectorStatus, timestamp: at(minute) }),
    authorize: async (token) =>
      (
        (await client.call('Authorize', { idToken: { idToken: token, type: 'ISO14443' } })) as {
          idTokenInfo: { status: string };
        }
      ).idTokenInfo.status,
    async start() {
      await event(
        'Started',
        'Authorized',
        2,
        1000,
        { evse: { id: 1, connectorId: 1 }, idToken },
        { chargingState: 'Charging' },
      );
      return transactionId;
    },
    meter: (wh, minute) => event('Updated', 'MeterValuePeriodic', minute, wh, {}, { chargingState: 'Charging' }),
    stop: async (wh, minute) =>
      (await event('Ended', 'StopAuthorized', minute, wh, { idToken }, { stoppedReason: 'Local' })).idTokenInfo
        ?.status ?? '',
  };
}

const peers: readonly [Protocol, VersionName, (client: RPCClient) => Session][] = [
  ['ocpp1.6', '1.6', session16],
  ['ocpp2.0.1', '2.0.1', session2x],
  ['ocpp2.1', '2.1', session2x],
];

describe.each(await testDatabases())('the main job, on $name', ({ open }) => {
  let database: TestDatabase;
  let gateway: TestGateway;
  let client: RPCClient;
  beforeAll(async () => {
    database = await open();
    gateway = await startGateway(database.options);
    await gateway.api.put('/v1/tokens/TAG-1', { type: 'ISO14443', status: 'Accepted' });
  });
  afterAll(async () => {
    await gateway?.stop();
    await database?.drop();
  });

  describe.each(peers)('%s', (protocol, versionName, makeSession) => {
    const id = `CP ${protocol}`;
    const calls: [string, unknown][] = [];
    const invalid: unknown[] = [];
    let answers: Native[] = [];
    let session: Session;
    let transaction: { id: string; nativeId: string };

    beforeAll(async () => {
      // Its strict mode knows no 2.1.
      const options = {
        endpoint: gateway.ocppUrl,
        identity: id,
        protocols: [protocol],
        strictMode: protocol !== 'ocpp2.1',
        reconnect: false,
      };
      // Its types demand every option, and a record of every answer.
      client = new RPCClient(options as ConstructorParameters<typeof RPCClient>[0]);
      client.on('strictValidationFailure', (failure) => invalid.push(failure));
      client.handle(async ({ method = '', params }) => {
        calls.push([method, params]);
        const next = answers.shift();
        if (next === undefined) throw new Error(`nobody expected ${method}`);
        return next[2] as Record<string, unknown>;
      });
      await client.connect();
      expect(client.protocol).toBe(protocol);
    });
    afterAll(() => client.close());

    it('starts to charge', async () => {
      const { api } = gateway;
      const answer = (await client.call('BootNotification', boot[protocol])) as Record<string, unknown>;
      expect(answer).toMatchObject({ status: 'Accepted', interval: 300 });
      session = makeSession(client);
      await session.status(1, 'Available', 0);
      await session.status(2, 'Available', 0);
      await session.status(1, 'Occupied', 1);
      expect(await session.authorize('nobody')).toBe(protocol === 'ocpp1.6' ? 'Invalid' : 'Unknown');
      expect(await session.authorize('tag-1')).toBe('Accepted');
      const nativeId = await session.start();
      await session.meter(1500, 5);
      const [open] = await api.all(`/v1/transactions?stationId=${encodeURIComponent(id)}&active=true`);
      expect(open).toMatchObject({
        nativeId,
        evseId: 1,
        connectorId: 1,
        idToken: 'tag-1',
        meterStart: 1000,
        energyWh: 500,
        endedAt: null,
      });
      transaction = open;
    });

    it.each(cases)('takes $action', async ({ action, request, native, response }) => {
      const before = calls.length;
      const expected = native[protocol](transaction.nativeId);
      answers = [...expected];
      const { status, body } = await gateway.api.command(id, action, request(transaction.id));
      expect(calls.slice(before), JSON.stringify(body)).toEqual(expected.map(([name, payload]) => [name, payload]));
      expect([status, body.state, body.response]).toEqual([200, 'completed', response]);
      expect(HEAD.actions.get(action)?.response?.(structuredClone(body.response))).toBe(true);
      expect(body.native).toEqual(
        expected.map(([name, payload, answer]) => ({ action: name, request: payload, response: answer })),
      );
      expect((await gateway.api.get(`/v1/commands/${body.id}`)).body).toEqual(body);
    });

    it('stops, and the API tells it in one vocabulary', async () => {
      const { api } = gateway;
      const { id: transactionId, nativeId } = transaction;
      await session.meter(2500, 8);
      expect(await session.stop(3000, 10)).toBe('Accepted');
      await session.status(1, 'Available', 11);

      expect((await api.get(`/v1/stations/${encodeURIComponent(id)}`)).body).toMatchObject({
        id,
        version: versionName,
        transport: 'json',
        connected: true,
        vendorName: 'Vendor',
        model: 'Model',
        registrationStatus: 'Accepted',
        evses: [
          { id: 1, connectors: [{ id: 1, status: 'Available' }] },
          { id: 2, connectors: [{ id: 1, status: 'Available' }] },
        ],
        deviations: {},
      });
      transaction = (await api.get(`/v1/transactions/${transactionId}`)).body;
      expect(transaction).toMatchObject({
        id: transactionId,
        stationId: id,
        nativeId,
        evseId: 1,
        connectorId: 1,
        idToken: 'tag-1',
        startedAt: at(2),
        endedAt: at(10),
        stoppedReason: 'Local',
        meterStart: 1000,
        meterStop: 3000,
        energyWh: 2000,
      });
      const values = await api.all(`/v1/transactions/${transactionId}/meter-values`);
      expect(values.map((value) => [value.at, inWh(value.sampledValue[0])])).toEqual([
        [at(2), 1000],
        [at(5), 1500],
        [at(8), 2500],
        [at(10), 3000],
      ]);
    });

    it('is journalled in both vocabularies, every HEAD form valid', async () => {
      const messages = await gateway.api.all(`/v1/stations/${encodeURIComponent(id)}/messages?order=asc`);
      const seqs = messages.map(({ seq }) => seq);
      expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
      const native = versionByName(versionName);
      const events: [string, number][] = [];
      for (const { type, action, payload, head, headAction, version, direction } of messages) {
        if (type !== 'Call' || version !== native.name || direction !== 'in') continue;
        expect(
          native.actions.get(action)?.request(structuredClone(payload)),
          `${action} ${JSON.stringify(payload)}`,
        ).toBe(true);
        const validate = HEAD.actions.get(headAction ?? action)?.request;
        expect(
          validate?.(structuredClone(head ?? payload)),
          `${headAction ?? action} ${JSON.stringify(head)} ${JSON.stringify(validate?.errors)}`,
        ).toBe(true);
        if ((headAction ?? action) === 'TransactionEvent')
          events.push([(head ?? payload).eventType, (head ?? payload).seqNo]);
      }
      expect(events.filter(([type]) => type !== 'Updated')).toEqual([
        ['Started', 0],
        ['Ended', events.length - 1],
      ]);
      expect(events.map(([, seqNo]) => seqNo)).toEqual(events.map((_, index) => index));
    });

    it('is told as events, in order', async () => {
      const events = new Events(gateway.api, `after=0&stationId=${encodeURIComponent(id)}`);
      const told = await events.until(
        (all) =>
          all.some(({ type, data }) => type === 'evsebridge.connector.status' && data.timestamp === at(11)) && [...all],
        'the last event',
      );
      const ids = told.map((event) => Number(event.id));
      expect(ids).toEqual([...ids].sort((a, b) => a - b));
      expect(told.every(({ subject }) => subject?.includes(id))).toBe(true);
      expect(told.map(({ type }) => type).filter((type) => !/^evsebridge\.(translation|command)/.test(type))).toEqual([
        'evsebridge.station.connected',
        'evsebridge.station.booted',
        'evsebridge.connector.status',
        'evsebridge.connector.status',
        'evsebridge.connector.status',
        'evsebridge.transaction.started',
        'evsebridge.transaction.updated',
        'evsebridge.transaction.updated',
        'evsebridge.transaction.ended',
        'evsebridge.connector.status',
      ]);
      expect(told.find(({ type }) => type === 'evsebridge.transaction.ended')?.data).toMatchObject({
        transactionId: transaction.id,
        energyWh: 2000,
        meterStart: 1000,
        meterStop: 3000,
        stoppedReason: 'Local',
      });
      events.close();
    });

    it('starts what was requested remotely, and says so', async () => {
      if (protocol !== 'ocpp1.6') return;
      const { transactionId } = (await client.call('StartTransaction', {
        connectorId: 2,
        idTag: 'tag-1',
        meterStart: 0,
        timestamp: at(20),
      })) as { transactionId: number };
      const [open] = await gateway.api.all(`/v1/transactions?stationId=${encodeURIComponent(id)}&active=true`);
      expect(open).toMatchObject({
        nativeId: String(transactionId),
        evseId: 2,
        remoteStartId: 77,
        idToken: 'TAG-1',
        idTokenType: 'ISO14443',
      });
    });

    it('sent nothing that the strict peer refused', () => {
      expect(invalid).toEqual([]);
    });
  });
});

function inWh({
  value,
  unitOfMeasure,
}: {
  value: number;
  unitOfMeasure?: { unit?: string; multiplier?: number };
}): number {
  return Math.round(value * (unitOfMeasure?.unit === 'kWh' ? 1000 : 1) * 10 ** (unitOfMeasure?.multiplier ?? 0));
}
