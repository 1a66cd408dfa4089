import { describe, expect, test } from 'vitest';
import { between16and201 } from '../../../../src/ocpp/translate/1.6-2.0.1/index.ts';
import type { Message, Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { at, type Bridge, bridge, failure } from '../../../support/translation.ts';

/** A 1.6 station under a CSMS of 2.0.1. */
const make = (): Bridge => bridge('1.6', '2.0.1', [between16and201]);

const of = (component: string, variable: string, instance?: string): Payload => ({
  component: { name: component },
  variable: { name: variable, ...(instance === undefined ? {} : { instance }) },
});
const ofEvse = (component: string, evse: Payload, variable: string): Payload => ({
  component: { name: component, evse },
  variable: { name: variable },
});

const get = (...data: Payload[]): Payload => ({ getVariableData: data });
const set = (...data: (readonly [Payload, string])[]): Payload => ({
  setVariableData: data.map(([item, attributeValue]) => ({ ...item, attributeValue })),
});

/** A station with these keys. */
const station =
  (keys: Record<string, string | undefined>, readonly = false) =>
  ({ payload }: Message): Payload => {
    const known = Object.entries(keys);
    const asked = payload.key as string[];
    const found = asked.map((key) => [key, known.find(([name]) => name.toLowerCase() === key.toLowerCase())] as const);
    return {
      configurationKey: found.flatMap(([, entry]) =>
        entry === undefined
          ? []
          : [{ key: entry[0], readonly, ...(entry[1] === undefined ? {} : { value: entry[1] }) }],
      ),
      unknownKey: found.flatMap(([key, entry]) => (entry === undefined ? [key] : [])),
    };
  };

const statuses = (answer: Payload | undefined, list: string): unknown[] =>
  ((answer as Payload)[list] as Payload[]).map((result) => result.attributeStatus);
const values = (answer: Payload | undefined): unknown[] =>
  ((answer as Payload).getVariableResult as Payload[]).map((result) => result.attributeValue);

describe('GetVariables at a 1.6 station', () => {
  test('one GetConfiguration, results in the order of the request', () => {
    const b = make();
    const run = b.fromCsms(
      'GetVariables',
      get(
        of('TxCtrlr', 'TxStartPoint'),
        of('OCPPCommCtrlr', 'HeartbeatInterval'),
        of('Foo', 'Bar'),
        of('AuthCtrlr', 'Bar'),
        of('SampledDataCtrlr', 'TxUpdatedInterval'),
      ),
      station({ HeartbeatInterval: '300', MeterValueSampleInterval: '60' }),
    );
    expect(run.calls).toEqual([
      { action: 'GetConfiguration', payload: { key: ['HeartbeatInterval', 'MeterValueSampleInterval'] } },
    ]);
    expect(run.answer).toEqual({
      getVariableResult: [
        { attributeStatus: 'Accepted', attributeValue: 'PowerPathClosed', ...of('TxCtrlr', 'TxStartPoint') },
        { attributeStatus: 'Accepted', attributeValue: '300', ...of('OCPPCommCtrlr', 'HeartbeatInterval') },
        { attributeStatus: 'UnknownComponent', ...of('Foo', 'Bar') },
        { attributeStatus: 'UnknownVariable', ...of('AuthCtrlr', 'Bar') },
        { attributeStatus: 'Accepted', attributeValue: '60', ...of('SampledDataCtrlr', 'TxUpdatedInterval') },
      ],
    });
  });

  test('names have no case; what the request writes comes back', () => {
    const run = make().fromCsms(
      'GetVariables',
      get(of('ocppcommctrlr', 'heartbeatINTERVAL')),
      station({ HEARTBEATINTERVAL: '300' }),
    );
    expect(run.answer).toEqual({
      getVariableResult: [
        { attributeStatus: 'Accepted', attributeValue: '300', ...of('ocppcommctrlr', 'heartbeatINTERVAL') },
      ],
    });
  });

  test('only Actual values; a password is not read', () => {
    const run = make().fromCsms(
      'GetVariables',
      get(
        { ...of('OCPPCommCtrlr', 'HeartbeatInterval'), attributeType: 'Target' },
        { ...of('TxCtrlr', 'TxStartPoint'), attributeType: 'Actual' },
        of('SecurityCtrlr', 'BasicAuthPassword'),
      ),
    );
    expect(run.calls).toEqual([]);
    expect(run.answer).toEqual({
      getVariableResult: [
        {
          attributeStatus: 'NotSupportedAttributeType',
          attributeType: 'Target',
          ...of('OCPPCommCtrlr', 'HeartbeatInterval'),
        },
        {
          attributeStatus: 'Accepted',
          attributeType: 'Actual',
          attributeValue: 'PowerPathClosed',
          ...of('TxCtrlr', 'TxStartPoint'),
        },
        {
          attributeStatus: 'Rejected',
          attributeStatusInfo: { reasonCode: 'WriteOnly' },
          ...of('SecurityCtrlr', 'BasicAuthPassword'),
        },
      ],
    });
  });

  test('values by their kind', () => {
    const run = make().fromCsms(
      'GetVariables',
      get(
        of('SmartChargingCtrlr', 'RateUnit'),
        of('SampledDataCtrlr', 'TxUpdatedMeasurands'),
        of('AuthCtrlr', 'LocalPreAuthorize'),
        of('TariffCostCtrlr', 'TariffFallbackMessage'),
        of('TariffCostCtrlr', 'TariffFallbackMessage', 'en'),
        of('SampledDataCtrlr', 'TxEndedMeasurands'),
      ),
      station({
        ChargingScheduleAllowedChargingRateUnit: 'Current, Power',
        MeterValuesSampledData: 'Energy.Active.Import.Register, Voltage.L1-N,Voltage.L2, Temperature,Power.Factor',
        LocalPreAuthorize: 'TRUE',
        DefaultPrice: '{"priceText":"0.30 per kWh","priceTextOffline":"offline"}',
        'DefaultPriceText,en': 'cheap',
        StopTxnSampledData: undefined,
      }),
    );
    expect(values(run.answer)).toEqual([
      'A,W',
      'Energy.Active.Import.Register,Voltage,Power.Factor',
      'true',
      '0.30 per kWh',
      'cheap',
      '',
    ]);
  });

  test('variables that the gateway answers for the station', () => {
    const b = make();
    b.fromStation('StatusNotification', { connectorId: 2, errorCode: 'NoError', status: 'Charging', timestamp: at(0) });
    const run = b.fromCsms(
      'GetVariables',
      get(
        of('DeviceDataCtrlr', 'ItemsPerMessage', 'GetVariables'),
        of('DeviceDataCtrlr', 'BytesPerMessage', 'SetVariables'),
        of('OCPPCommCtrlr', 'OfflineThreshold'),
        of('OCPPCommCtrlr', 'FileTransferProtocols'),
        of('SampledDataCtrlr', 'TxStartedMeasurands'),
        of('SampledDataCtrlr', 'TxEndedInterval'),
        of('ClockCtrlr', 'DateTime'),
        of('LocalAuthListCtrlr', 'Available'),
        of('ReservationCtrlr', 'Available'),
        of('AuthCacheCtrlr', 'Available'),
        of('SmartChargingCtrlr', 'Entries', 'ChargingProfiles'),
        ofEvse('EVSE', { id: 2 }, 'AvailabilityState'),
        ofEvse('Connector', { id: 2, connectorId: 1 }, 'Available'),
        ofEvse('EVSE', { id: 9 }, 'Available'),
      ),
      station({ SupportedFeatureProfiles: 'Core, Local Auth List Management', MeterValueSampleInterval: '30' }),
    );
    expect(run.calls).toEqual([
      {
        action: 'GetConfiguration',
        payload: {
          key: [
            'SupportedFileTransferProtocols',
            'StartTxnSampledData',
            'MeterValueSampleInterval',
            'SupportedFeatureProfiles',
            'AuthorizationCacheEnabled',
          ],
        },
      },
    ]);
    expect(values(run.answer)).toEqual([
      '50',
      '32768',
      '60',
      'FTP,HTTP',
      'Energy.Active.Import.Register',
      '30',
      at(0),
      'true',
      'false',
      'false',
      '0',
      'Occupied',
      'true',
      undefined,
    ]);
    expect(((run.answer as Payload).getVariableResult as Payload[]).at(-1)).toMatchObject({
      attributeStatus: 'UnknownComponent',
      attributeStatusInfo: { reasonCode: 'UnknownEvse' },
    });
  });

  test('keys per connector', () => {
    const run = make().fromCsms(
      'GetVariables',
      get(
        ofEvse('FiscalMetering', { id: 2 }, 'PublicKey'),
        ofEvse('Connector', { id: 1, connectorId: 1 }, 'PhaseRotation'),
        of('ChargingStation', 'PhaseRotation'),
        ofEvse('EVSE', { id: 3 }, 'PhaseRotation'),
      ),
      station({ MeterPublicKey2: 'abc', ConnectorPhaseRotation: '0.RST, 1.RTS,2.Unknown' }),
    );
    expect(run.calls[0]?.payload).toEqual({ key: ['MeterPublicKey2', 'ConnectorPhaseRotation'] });
    expect(values(run.answer)).toEqual(['abc', 'RTS', 'RST', undefined]);
  });

  test('any other key is a variable of OCPP16LegacyCtrlr, but for those that are mapped', () => {
    const run = make().fromCsms(
      'GetVariables',
      get(
        of('OCPP16LegacyCtrlr', 'VendorKey'),
        of('OCPP16LegacyCtrlr', 'BlinkRepeat'),
        of('OCPP16LegacyCtrlr', 'NumberOfConnectors'),
        of('OCPP16LegacyCtrlr', 'authorizationKEY'),
        of('OCPP16LegacyCtrlr', 'HeartbeatInterval'),
      ),
      station({ VendorKey: 'x', BlinkRepeat: '3', NumberOfConnectors: '2' }),
    );
    expect(run.calls[0]?.payload).toEqual({ key: ['VendorKey', 'BlinkRepeat', 'NumberOfConnectors'] });
    expect(values(run.answer)).toEqual(['x', '3', '2', undefined, undefined]);
  });

  test('as many keys at once as the station takes, and key by key when it fails', () => {
    const b = make();
    const ask = get(
      of('OCPPCommCtrlr', 'HeartbeatInterval'),
      of('TxCtrlr', 'EVConnectionTimeOut'),
      of('OCPPCommCtrlr', 'ResetRetries'),
    );
    const keys = station({ HeartbeatInterval: '1', ConnectionTimeOut: '2' });
    const run = b.fromCsms('GetVariables', ask, failure('InternalError'), keys, keys, failure('InternalError'));
    expect(run.calls.map(({ payload }) => payload.key)).toEqual([
      ['HeartbeatInterval', 'ConnectionTimeOut', 'ResetRetries'],
      ['HeartbeatInterval'],
      ['ConnectionTimeOut'],
      ['ResetRetries'],
    ]);
    expect(statuses(run.answer, 'getVariableResult')).toEqual(['Accepted', 'Accepted', 'Rejected']);
    b.fromCsms('GetVariables', get(of('OCPP16LegacyCtrlr', 'Any')), {
      configurationKey: [{ key: 'GetConfigurationMaxKeys', readonly: true, value: ' 2 ' }],
    });
    expect(b.fromCsms('GetVariables', ask, keys, keys).calls.map(({ payload }) => payload.key)).toEqual([
      ['HeartbeatInterval', 'ConnectionTimeOut'],
      ['ResetRetries'],
    ]);
  });

  test('no answer in time is passed on', () => {
    const run = make().fromCsms(
      'GetVariables',
      get(of('OCPPCommCtrlr', 'HeartbeatInterval')),
      failure('GenericError', true),
    );
    expect(run.refusal).toMatchObject({ uncertain: true });
  });
});

describe('SetVariables at a 1.6 station', () => {
  test('F34: results in order, one ChangeConfiguration', () => {
    const run = make().fromCsms(
      'SetVariables',
      set(
        [of('SampledDataCtrlr', 'TxUpdatedInterval'), '60'],
        [of('Foo', 'Bar'), '1'],
        [of('TxCtrlr', 'TxStartPoint'), 'EVConnected'],
      ),
      { status: 'Accepted' },
    );
    expect(run.calls).toEqual([
      { action: 'ChangeConfiguration', payload: { key: 'MeterValueSampleInterval', value: '60' } },
    ]);
    expect(run.answer).toEqual({
      setVariableResult: [
        { attributeStatus: 'Accepted', ...of('SampledDataCtrlr', 'TxUpdatedInterval') },
        { attributeStatus: 'UnknownComponent', ...of('Foo', 'Bar') },
        {
          attributeStatus: 'Rejected',
          attributeStatusInfo: { reasonCode: 'ReadOnly' },
          ...of('TxCtrlr', 'TxStartPoint'),
        },
      ],
    });
  });

  test('every status, one Call after the other', () => {
    const variables = ['HeartbeatInterval', 'ResetRetries', 'WebSocketPingInterval', 'UnlockOnEVSideDisconnect'];
    const run = make().fromCsms(
      'SetVariables',
      set(...variables.map((name) => [of('OCPPCommCtrlr', name), ' TRUE'] as const)),
      { status: 'RebootRequired' },
      { status: 'Rejected' },
      { status: 'NotSupported' },
      failure('NotSupported'),
    );
    expect(run.calls.map(({ payload }) => payload)).toEqual([
      { key: 'HeartbeatInterval', value: 'TRUE' },
      { key: 'ResetRetries', value: 'TRUE' },
      { key: 'WebSocketPingInterval', value: 'TRUE' },
      { key: 'UnlockConnectorOnEVSideDisconnect', value: 'true' },
    ]);
    expect(statuses(run.answer, 'setVariableResult')).toEqual([
      'RebootRequired',
      'Rejected',
      'UnknownVariable',
      'Rejected',
    ]);
  });

  test('what is refused here: passwords, profiles, other attributes, read-only ones, duplicates', () => {
    const run = make().fromCsms(
      'SetVariables',
      set(
        [of('SecurityCtrlr', 'BasicAuthPassword'), 'secret-secret-secret'],
        [of('SecurityCtrlr', 'SecurityProfile'), '2'],
        [{ ...of('OCPPCommCtrlr', 'ResetRetries'), attributeType: 'MaxSet' }, '2'],
        [of('SmartChargingCtrlr', 'RateUnit'), 'A'],
        [of('SampledDataCtrlr', 'TxEndedInterval'), '0'],
        [of('OCPP16LegacyCtrlr', 'AuthorizationKey'), '00'],
        [of('OCPPCommCtrlr', 'HeartbeatInterval'), '1'],
        [of('ocppcommctrlr', 'heartbeatinterval'), '2'],
        [of('OCPP16LegacyCtrlr', 'Vendor'), 'x'.repeat(501)],
      ),
    );
    expect(run.calls).toEqual([]);
    expect(
      ((run.answer as Payload).setVariableResult as Payload[]).map((result) => [
        result.attributeStatus,
        result.attributeStatusInfo?.reasonCode,
      ]),
    ).toEqual([
      ['Rejected', 'ReadOnly'],
      ['Rejected', 'ReadOnly'],
      ['NotSupportedAttributeType', undefined],
      ['Rejected', 'ReadOnly'],
      ['Rejected', 'ReadOnly'],
      ['UnknownVariable', undefined],
      ['Rejected', 'Unspecified'],
      ['Rejected', 'Unspecified'],
      ['Rejected', 'TooLargeElement'],
    ]);
  });

  test('measurands: those of 1.6 only; when rejected, once more with what the station has', () => {
    const b = make();
    const run = b.fromCsms(
      'SetVariables',
      set([
        of('SampledDataCtrlr', 'TxUpdatedMeasurands'),
        'Energy.Active.Import.Register,Energy.Active.Net,Voltage,SoC',
      ]),
      { status: 'Rejected' },
      station({ MeterValuesSampledData: 'Energy.Active.Import.Register,Voltage.L1,Power.Offered' }),
      { status: 'Accepted' },
    );
    expect(run.calls).toEqual([
      {
        action: 'ChangeConfiguration',
        payload: { key: 'MeterValuesSampledData', value: 'Energy.Active.Import.Register,Voltage,SoC' },
      },
      { action: 'GetConfiguration', payload: { key: ['MeterValuesSampledData'] } },
      {
        action: 'ChangeConfiguration',
        payload: { key: 'MeterValuesSampledData', value: 'Energy.Active.Import.Register,Voltage.L1' },
      },
    ]);
    expect(run.answer?.setVariableResult).toMatchObject([
      { attributeStatus: 'Accepted', attributeStatusInfo: { reasonCode: 'UnsupportedParam' } },
    ]);
    expect(b.notes.map(({ field }) => field)).toContain('value');

    const none = make().fromCsms('SetVariables', set([of('AlignedDataCtrlr', 'Measurands'), 'Energy.Active.Net']));
    expect(none.calls).toEqual([]);
    expect(statuses(none.answer, 'setVariableResult')).toEqual(['Rejected']);
    const cleared = make().fromCsms('SetVariables', set([of('AlignedDataCtrlr', 'Measurands'), '']));
    expect(cleared.calls[0]?.payload).toEqual({ key: 'MeterValuesAlignedData', value: '' });
  });

  test('a connector’s phase rotation changes its part of the key', () => {
    const b = make();
    const run = b.fromCsms(
      'SetVariables',
      set(
        [ofEvse('Connector', { id: 2, connectorId: 1 }, 'PhaseRotation'), 'TSR'],
        [of('ChargingStation', 'PhaseRotation'), 'RST'],
      ),
      station({ ConnectorPhaseRotation: '1.RST, 2.RST' }),
      { status: 'Accepted' },
      station({ ConnectorPhaseRotation: '1.RST,2.TSR' }),
      { status: 'Accepted' },
    );
    expect(run.calls.filter(({ action }) => action === 'ChangeConfiguration').map(({ payload }) => payload)).toEqual([
      { key: 'ConnectorPhaseRotation', value: '1.RST,2.TSR' },
      { key: 'ConnectorPhaseRotation', value: '0.RST,1.RST,2.TSR' },
    ]);
    expect(statuses(run.answer, 'setVariableResult')).toEqual(['Accepted', 'Accepted']);
  });

  test('a variable told with a fallback cannot be changed where the key is not there', () => {
    const run = make().fromCsms('SetVariables', set([of('SampledDataCtrlr', 'TxStartedMeasurands'), 'SoC']), {
      status: 'NotSupported',
    });
    expect(run.answer?.setVariableResult).toMatchObject([
      { attributeStatus: 'Rejected', attributeStatusInfo: { reasonCode: 'ReadOnly' } },
    ]);
  });

  test('no answer in time is passed on', () => {
    const run = make().fromCsms(
      'SetVariables',
      set([of('OCPPCommCtrlr', 'HeartbeatInterval'), '1'], [of('OCPPCommCtrlr', 'ResetRetries'), '1']),
      { status: 'Accepted' },
      failure('GenericError', true),
    );
    expect(run.refusal).toMatchObject({ uncertain: true });
  });
});

test('SetNetworkProfile is for the gateway', () => {
  const run = make().fromCsms('SetNetworkProfile', {
    configurationSlot: 1,
    connectionData: {
      ocppVersion: 'OCPP20',
      ocppTransport: 'JSON',
      ocppCsmsUrl: 'wss://example.org/',
      messageTimeout: 30,
      securityProfile: 2,
      ocppInterface: 'Wired0',
    },
  });
  expect(run.answer).toEqual({ status: 'Rejected', statusInfo: { reasonCode: 'UnsupportedRequest' } });
});

test('the mirror keeps what stations say, never a password', () => {
  const b = make();
  b.fromCsms('GetVariables', get(of('OCPP16LegacyCtrlr', 'X')), {
    configurationKey: [
      { key: 'NumberOfConnectors', readonly: true, value: '3' },
      { key: 'AuthorizationKey', readonly: false, value: 'hidden' },
    ],
  });
  b.restart();
  expect([...b.state.rows('configuration')]).toEqual([['keys', { NumberOfConnectors: 'r3', AuthorizationKey: 'W' }]]);
  const unknown = b.fromCsms('GetVariables', get(ofEvse('EVSE', { id: 4 }, 'Available')));
  expect(statuses(unknown.answer, 'getVariableResult')).toEqual(['UnknownComponent']);
});

test('the mirror keeps a bounded part of what stations say', () => {
  const b = make();
  const tell = (configurationKey: Payload[]) =>
    b.fromCsms('GetVariables', get(of('OCPP16LegacyCtrlr', 'X')), { configurationKey });
  const many = Array.from({ length: 700 }, (_, n) => ({ key: `Vendor${n}`, readonly: false, value: 'x'.repeat(500) }));
  tell([...many, { key: '__proto__', readonly: false }, { key: 'constructor', readonly: true, value: '1' }]);
  tell([{ key: 'ResetRetries', readonly: true, value: '3' }]);
  const [[, keys] = []] = [...b.state.rows<Payload>('configuration')];
  expect(JSON.stringify(keys).length).toBeLessThan(110_000);
  // Keys of 1.6 itself always have their place.
  expect(keys?.ResetRetries).toBe('r3');
  expect(b.notes).toContainEqual(expect.objectContaining({ field: 'configurationKey', kind: 'lost' }));
});

test('what the station is, its BootNotification says', () => {
  const b = make();
  const ask = get(
    of('ChargingStation', 'Model'),
    of('ChargingStation', 'VendorName'),
    of('ChargingStation', 'SerialNumber'),
  );
  expect(values(b.fromCsms('GetVariables', ask).answer)).toEqual([undefined, undefined, undefined]);
  b.fromStation('BootNotification', {
    chargePointVendor: 'Vendor',
    chargePointModel: 'Model',
    chargePointSerialNumber: 'Serial',
  });
  expect(values(b.fromCsms('GetVariables', ask).answer)).toEqual(['Model', 'Vendor', 'Serial']);
});
