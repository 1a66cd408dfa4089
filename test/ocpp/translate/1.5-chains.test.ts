/** What a station of 1.5 comes to in 2.1, and one of 2.1 in 1.5. */
import { describe, expect, test } from 'vitest';
import { translators } from '../../../src/ocpp/translate/index.ts';
import type { Payload } from '../../../src/ocpp/translate/outcome.ts';
import { at, type Bridge, bridge } from '../../support/translation.ts';

const status = (minute: number, value: string): Payload => ({
  connectorId: 1,
  status: value,
  errorCode: 'NoError',
  timestamp: at(minute),
});
const reading = (minute: number, watts: string): Payload => ({
  connectorId: 1,
  transactionId: 1,
  values: [
    {
      timestamp: at(minute),
      value: [
        { $value: '1200', attributes: { measurand: 'Energy.Active.Import.Register', unit: 'Wh' } },
        { $value: watts, attributes: { measurand: 'Power.Active.Import', unit: 'W' } },
        { $value: '16', attributes: { measurand: 'Current.Import', unit: 'Amp' } },
      ],
    },
  ],
});

describe('a station of 1.5 under a CSMS of 2.1', () => {
  const charging = (): Bridge => {
    const b = bridge('1.5', '2.1', translators);
    b.fromStation('StatusNotification', status(0, 'Occupied'));
    b.fromStation('StartTransaction', { connectorId: 1, idTag: 'AB12', timestamp: at(1), meterStart: 1000 });
    return b;
  };

  test('a whole transaction: Occupied once, and every state of charging', () => {
    const b = bridge('1.5', '2.1', translators);
    const said: Payload[] = [];
    const say = (action: string, payload: Payload): void => {
      b.now += 60_000;
      for (const call of b.fromStation(action, payload).calls) {
        const { eventType, seqNo, triggerReason, transactionInfo, connectorStatus } = call.payload;
        said.push(
          call.action === 'TransactionEvent'
            ? [eventType, seqNo, triggerReason, transactionInfo.chargingState, transactionInfo.stoppedReason]
            : [call.action, connectorStatus],
        );
      }
    };
    say('StatusNotification', status(0, 'Available'));
    say('StatusNotification', status(1, 'Occupied'));
    say('StartTransaction', { connectorId: 1, idTag: 'AB12', timestamp: at(2), meterStart: 1000 });
    say('MeterValues', reading(3, '3600'));
    say('StatusNotification', status(4, 'Occupied'));
    b.fromCsms('RequestStopTransaction', { transactionId: '00000000-0000-4000-8000-000000000001' });
    say('StopTransaction', { transactionId: 1, timestamp: at(5), meterStop: 1500 });
    say('StatusNotification', status(6, 'Available'));
    expect(said).toEqual([
      ['StatusNotification', 'Available'],
      ['StatusNotification', 'Occupied'],
      ['Started', 0, 'Authorized', 'EVConnected', undefined],
      ['Updated', 1, 'ChargingStateChanged', 'Charging', undefined],
      ['Updated', 2, 'MeterValuePeriodic', undefined, undefined],
      ['Ended', 3, 'RemoteStop', 'EVConnected', 'Remote'],
      ['StatusNotification', 'Available'],
    ]);
  });

  test('F40: amperes are A', () => {
    const [call] = charging().fromStation('MeterValues', reading(2, '3600')).calls;
    expect(call?.payload.meterValue[0].sampledValue[2]).toEqual({
      value: 16,
      measurand: 'Current.Import',
      unitOfMeasure: { unit: 'A' },
    });
  });

  test('F40: RequestStopTransaction is RemoteStopTransaction', () => {
    const run = charging().fromCsms(
      'RequestStopTransaction',
      { transactionId: '00000000-0000-4000-8000-000000000001' },
      { status: 'Accepted' },
    );
    expect(run.calls).toEqual([{ action: 'RemoteStopTransaction', payload: { transactionId: 1 } }]);
    expect(run.answer).toEqual({ status: 'Accepted' });
  });

  test('the heartbeat interval is a key that 1.5 spells differently', () => {
    const component = { name: 'OCPPCommCtrlr' };
    const variable = { name: 'HeartbeatInterval' };
    const run = charging().fromCsms(
      'GetVariables',
      { getVariableData: [{ component, variable }] },
      { configurationKey: [{ key: 'HeartBeatInterval', readonly: false, value: '300' }] },
    );
    expect(run.calls).toEqual([{ action: 'GetConfiguration', payload: { key: ['HeartBeatInterval'] } }]);
    expect(run.answer?.getVariableResult).toMatchObject([
      { attributeStatus: 'Accepted', attributeValue: '300', component, variable },
    ]);
  });

  test('a charging profile is refused', () => {
    const chargingProfile = {
      id: 1,
      stackLevel: 0,
      chargingProfilePurpose: 'TxDefaultProfile',
      chargingProfileKind: 'Absolute',
      chargingSchedule: [
        {
          id: 1,
          chargingRateUnit: 'A',
          startSchedule: at(0),
          chargingSchedulePeriod: [{ startPeriod: 0, limit: 16 }],
        },
      ],
    };
    const b = charging();
    expect(b.fromCsms('SetChargingProfile', { evseId: 1, chargingProfile })).toMatchObject({
      calls: [],
      answer: { status: 'Rejected' },
    });
  });

  test('logs are diagnostics, and firmware goes unsigned, as the station has no security extension', () => {
    const b = charging();
    const log = { remoteLocation: 'ftp://example.org/logs' };
    expect(b.fromCsms('GetLog', { logType: 'DiagnosticsLog', requestId: 5, log }, { fileName: 'd.zip' })).toMatchObject(
      {
        calls: [{ action: 'GetDiagnostics', payload: { location: log.remoteLocation } }],
        answer: { status: 'Accepted', filename: 'd.zip' },
      },
    );
    expect(b.fromStation('DiagnosticsStatusNotification', { status: 'Uploaded' }).calls).toEqual([
      { action: 'LogStatusNotification', payload: { status: 'Uploaded', requestId: 5 } },
    ]);
    const firmware = { location: 'ftp://example.org/f', retrieveDateTime: at(0) };
    expect(b.fromCsms('UpdateFirmware', { requestId: 7, firmware }, {})).toMatchObject({
      calls: [{ action: 'UpdateFirmware', payload: { location: firmware.location, retrieveDate: at(0) } }],
      answer: { status: 'Accepted' },
    });
    expect(b.fromStation('FirmwareStatusNotification', { status: 'Installed' }).calls).toEqual([
      { action: 'FirmwareStatusNotification', payload: { status: 'Installed', requestId: 7 } },
    ]);
  });

  test.each([
    ['StatusNotification', { id: 1, connectorId: 1 }, { evseId: 1, connectorId: 1, connectorStatus: 'Occupied' }],
    ['BootNotification', undefined, { reason: 'Triggered', chargingStation: { model: 'Model' } }],
    ['MeterValues', { id: 1 }, { evseId: 1, meterValue: [{ timestamp: at(2) }] }],
    ['Heartbeat', undefined, {}],
  ])('%s is told again when it is asked for', (requestedMessage, evse, payload) => {
    const b = charging();
    b.fromStation('BootNotification', { chargePointVendor: 'Vendor', chargePointModel: 'Model' });
    b.fromStation('MeterValues', reading(2, '3600'));
    const run = b.fromCsms('TriggerMessage', { requestedMessage, ...(evse === undefined ? {} : { evse }) });
    expect(run).toMatchObject({ calls: [], answer: { status: 'Accepted' } });
    b.restart();
    const told = b.emitted().flatMap(({ calls }) => calls);
    expect(told).toMatchObject([{ action: requestedMessage, payload }]);
  });
});

describe('a station of 2.1 under a CSMS of 1.5', () => {
  test('is Occupied once', () => {
    const b = bridge('2.1', '1.5', translators);
    const told: unknown[] = [];
    const say = (action: string, payload: Payload, ...replies: Payload[]): void => {
      for (const call of b.fromStation(action, payload, ...replies).calls)
        told.push([call.action, call.payload.status]);
    };
    const of = (minute: number, connectorStatus: string): Payload => ({
      timestamp: at(minute),
      connectorStatus,
      evseId: 1,
      connectorId: 1,
    });
    const event = (seqNo: number, eventType: string, triggerReason: string, more: Payload, info: Payload): Payload => ({
      eventType,
      timestamp: at(seqNo + 1),
      triggerReason,
      seqNo,
      transactionInfo: { transactionId: 'T1', ...info },
      ...more,
    });
    say('StatusNotification', of(0, 'Available'));
    say('StatusNotification', of(1, 'Occupied'));
    const token = { idToken: { idToken: 'AB12', type: 'ISO14443' }, evse: { id: 1, connectorId: 1 } };
    say('TransactionEvent', event(0, 'Started', 'Authorized', token, { chargingState: 'EVConnected' }));
    say('TransactionEvent', event(1, 'Updated', 'ChargingStateChanged', {}, { chargingState: 'Charging' }));
    say('TransactionEvent', event(2, 'Updated', 'ChargingStateChanged', {}, { chargingState: 'SuspendedEV' }));
    say('TransactionEvent', event(3, 'Ended', 'EVDeparted', {}, { stoppedReason: 'EVDisconnected' }));
    say('StatusNotification', of(9, 'Available'));
    expect(told).toEqual([
      ['StatusNotification', 'Available'],
      ['StatusNotification', 'Occupied'],
      ['StartTransaction', undefined],
      ['StopTransaction', undefined],
      ['StatusNotification', 'Available'],
    ]);
  });
});
