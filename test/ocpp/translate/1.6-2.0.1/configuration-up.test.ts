import { describe, expect, test } from 'vitest';
import { between16and201 } from '../../../../src/ocpp/translate/1.6-2.0.1/index.ts';
import type { Message, Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { at, type Bridge, bridge, failure } from '../../../support/translation.ts';

/** A 2.0.1 station under a CSMS of 1.6. */
const make = (): Bridge => bridge('2.0.1', '1.6', [between16and201]);

const nameOf = ({ component, variable }: Payload): string => {
  const at = component.evse === undefined ? '' : `@${component.evse.id}.${component.evse.connectorId ?? ''}`;
  return `${component.name}${at}.${variable.name}${variable.instance === undefined ? '' : `[${variable.instance}]`}`;
};

/** A station with these variables, by `Component[@evse.connector].Variable[instance]`. */
const station =
  (variables: Record<string, string>) =>
  ({ action, payload }: Message): Payload => {
    if (action === 'GetVariables') {
      return {
        getVariableResult: (payload.getVariableData as Payload[]).map((item) => {
          const value = variables[nameOf(item)];
          return value === undefined
            ? { attributeStatus: 'UnknownVariable', ...item }
            : { attributeStatus: 'Accepted', attributeValue: value, ...item };
        }),
      };
    }
    return {
      setVariableResult: (payload.setVariableData as Payload[]).map(({ attributeValue, ...item }) => {
        const known = nameOf(item) in variables;
        if (known) variables[nameOf(item)] = attributeValue as string;
        return { attributeStatus: known ? 'Accepted' : 'UnknownVariable', ...item };
      }),
    };
  };

/** Answers of SetVariables, in order. */
const setAnswer =
  (...statuses: string[]) =>
  ({ payload }: Message): Payload => ({
    setVariableResult: (payload.setVariableData as Payload[]).map(({ component, variable }, index) => ({
      attributeStatus: statuses[index],
      component,
      variable,
    })),
  });

const written = ({ payload }: Message): string[] =>
  (payload.setVariableData as Payload[]).map((item) => `${nameOf(item)}=${item.attributeValue}`);
const asked = ({ payload }: Message): string[] => (payload.getVariableData as Payload[]).map(nameOf);

describe('GetConfiguration at a 2.0.1 station', () => {
  test('F35: the spelling of the request, unknown keys', () => {
    const run = make().fromCsms(
      'GetConfiguration',
      { key: ['heartbeatinterval', 'Nope'] },
      station({ 'OCPPCommCtrlr.HeartbeatInterval': '300' }),
    );
    expect(run.calls.map(asked)).toEqual([['OCPPCommCtrlr.HeartbeatInterval', 'OCPP16LegacyCtrlr.Nope']]);
    expect(run.answer).toEqual({
      configurationKey: [{ key: 'heartbeatinterval', readonly: false, value: '300' }],
      unknownKey: ['Nope'],
    });
  });

  test('nothing but unknown keys', () => {
    const run = make().fromCsms('GetConfiguration', { key: ['Nope'] }, station({}));
    expect(run.answer).toEqual({ unknownKey: ['Nope'] });
  });

  test('values by their kind; what may be written', () => {
    const run = make().fromCsms(
      'GetConfiguration',
      {
        key: [
          'ChargingScheduleAllowedChargingRateUnit',
          'MeterValuesSampledData',
          'SupportedFileTransferProtocols',
          'AuthorizationKey',
        ],
      },
      station({
        'SmartChargingCtrlr.RateUnit': 'A, W',
        'SampledDataCtrlr.TxUpdatedMeasurands': 'Energy.Active.Import.Register,Energy.Active.Net,SoC',
        'OCPPCommCtrlr.FileTransferProtocols': 'HTTPS,SFTP,FTP',
      }),
    );
    expect(run.answer).toEqual({
      configurationKey: [
        { key: 'ChargingScheduleAllowedChargingRateUnit', readonly: true, value: 'Current,Power' },
        { key: 'MeterValuesSampledData', readonly: false, value: 'Energy.Active.Import.Register,SoC' },
        { key: 'SupportedFileTransferProtocols', readonly: true, value: 'HTTPS,FTP' },
        { key: 'AuthorizationKey', readonly: true },
      ],
    });
  });

  test('keys that the gateway makes up', () => {
    const b = make();
    b.fromStation('StatusNotification', { timestamp: at(0), connectorStatus: 'Available', evseId: 2, connectorId: 1 });
    const key = [
      'NumberOfConnectors',
      'ConnectorPhaseRotationMaxLength',
      'SupportedFeatureProfiles',
      'SupportedFeatureProfilesMaxLength',
    ];
    const run = b.fromCsms(
      'GetConfiguration',
      { key },
      station({ 'SmartChargingCtrlr.Available': 'true', 'ReservationCtrlr.Available': 'false' }),
    );
    expect(run.answer).toEqual({
      configurationKey: [
        { key: 'NumberOfConnectors', readonly: true, value: '2' },
        { key: 'ConnectorPhaseRotationMaxLength', readonly: true, value: '3' },
        {
          key: 'SupportedFeatureProfiles',
          readonly: true,
          value: 'Core,FirmwareManagement,SmartCharging,RemoteTrigger',
        },
        { key: 'SupportedFeatureProfilesMaxLength', readonly: true, value: '6' },
      ],
    });
  });

  test('variables per connector and variables by their names', () => {
    const b = make();
    b.fromStation('StatusNotification', { timestamp: at(0), connectorStatus: 'Available', evseId: 2, connectorId: 1 });
    const run = b.fromCsms(
      'GetConfiguration',
      { key: ['ConnectorPhaseRotation', 'MeterPublicKey2', 'Vendor.Thing', 'A.i@1.2.V.w', 'DefaultPriceText,de'] },
      ({ payload }: Message) => ({
        getVariableResult: (payload.getVariableData as Payload[]).map((item) => ({
          attributeStatus: 'Accepted',
          attributeValue: item.component.evse?.id === 2 ? 'two' : 'one',
          ...item,
        })),
      }),
      // The first Call was for the limits; the station has said what it takes.
      station({
        'ChargingStation.PhaseRotation': 'RST',
        'Connector@2.1.PhaseRotation': 'TSR',
        'FiscalMetering@2..PublicKey': 'key',
        'Vendor.Thing': 'x',
        'A@1.2.V[w]': 'y',
        'TariffCostCtrlr.TariffFallbackMessage[de]': 'billig',
      }),
    );
    expect(run.calls.map(asked)[0]).toEqual([
      'DeviceDataCtrlr.ItemsPerMessage[GetVariables]',
      'DeviceDataCtrlr.BytesPerMessage[GetVariables]',
    ]);
    expect(((run.calls[1] as Message).payload.getVariableData as Payload[]).at(-2)).toEqual({
      component: { name: 'A', instance: 'i', evse: { id: 1, connectorId: 2 } },
      variable: { name: 'V', instance: 'w' },
    });
    expect(run.answer).toEqual({
      configurationKey: [
        { key: 'ConnectorPhaseRotation', readonly: false, value: '0.RST,2.TSR' },
        { key: 'MeterPublicKey2', readonly: true, value: 'key' },
        { key: 'Vendor.Thing', readonly: false, value: 'x' },
        { key: 'A.i@1.2.V.w', readonly: false, value: 'y' },
        { key: 'DefaultPriceText,de', readonly: false, value: '{"priceText":"billig"}' },
      ],
    });
  });

  test('without a list: every key that the station has, in Calls of ItemsPerMessage', () => {
    const b = make();
    const variables = {
      'DeviceDataCtrlr.ItemsPerMessage[GetVariables]': '7',
      'DeviceDataCtrlr.BytesPerMessage[GetVariables]': '4096',
      'OCPPCommCtrlr.HeartbeatInterval': '300',
      'TxCtrlr.EVConnectionTimeOut': '60',
    };
    const replies = Array.from({ length: 10 }, () => station(variables));
    const run = b.fromCsms('GetConfiguration', {}, ...replies);
    expect(run.calls.slice(1).every((call) => asked(call).length <= 7)).toBe(true);
    expect(run.calls.slice(1).flatMap(asked)).toContain('SampledDataCtrlr.TxEndedMeasurands');
    expect(run.answer?.unknownKey).toBeUndefined();
    expect(run.answer?.configurationKey).toEqual([
      { key: 'ConnectionTimeOut', readonly: false, value: '60' },
      { key: 'GetConfigurationMaxKeys', readonly: true, value: '7' },
      { key: 'HeartbeatInterval', readonly: false, value: '300' },
      { key: 'SupportedFeatureProfiles', readonly: true, value: 'Core,FirmwareManagement,RemoteTrigger' },
      { key: 'SupportedFeatureProfilesMaxLength', readonly: true, value: '6' },
      { key: 'AuthorizationKey', readonly: true },
    ]);
    // The limit is known now.
    expect(asked(b.fromCsms('GetConfiguration', { key: [] }, ...replies.slice(1)).calls[0] as Message)).toHaveLength(7);
  });

  test('bytes count too, and a refused Call is made in halves', () => {
    const b = make();
    const key = [
      'HeartbeatInterval',
      'ConnectionTimeOut',
      'ResetRetries',
      'LocalPreAuthorize',
      'LocalAuthorizeOffline',
    ];
    const variables = {
      'DeviceDataCtrlr.BytesPerMessage[GetVariables]': '320',
      'DeviceDataCtrlr.ItemsPerMessage[GetVariables]': '50',
    };
    const all = station(variables);
    expect(b.fromCsms('GetConfiguration', { key }, all, all, all, all).calls.map((call) => asked(call).length)).toEqual(
      [2, 2, 2, 1],
    );
    const other = make();
    const run = other.fromCsms(
      'GetConfiguration',
      { key: key.slice(0, 4) },
      failure('OccurrenceConstraintViolation'),
      all,
      all,
    );
    expect(run.calls.map((call) => asked(call).length)).toEqual([4, 2, 2]);
    expect(run.answer?.unknownKey).toEqual(key.slice(0, 4));
  });

  test('what is too long: a list is cut behind an item, other values are not told', () => {
    const b = make();
    const long = Array.from({ length: 30 }, () => 'Energy.Active.Import.Register').join(',');
    const run = b.fromCsms(
      'GetConfiguration',
      { key: ['StopTxnAlignedData', 'MeterPublicKey1'] },
      station({ 'AlignedDataCtrlr.TxEndedMeasurands': long, 'FiscalMetering@1..PublicKey': 'k'.repeat(501) }),
    );
    const [list, key] = (run.answer as Payload).configurationKey as Payload[];
    expect(list?.value).toHaveLength(479);
    expect(list?.value).toMatch(/Register$/);
    expect(key).toEqual({ key: 'MeterPublicKey1', readonly: true });
    expect(b.notes.map(({ field }) => field)).toContain('value');
  });

  test('a characteristic comes from reports only', () => {
    const b = make();
    expect(b.fromCsms('GetConfiguration', { key: ['LocalAuthListMaxLength'] }).answer).toEqual({
      unknownKey: ['LocalAuthListMaxLength'],
    });
  });

  test('a station without GetVariables', () => {
    const run = make().fromCsms('GetConfiguration', { key: ['HeartbeatInterval'] }, failure('NotImplemented'));
    expect(run.refusal).toMatchObject({ condition: 'NotSupported' });
  });
});

describe('ChangeConfiguration at a 2.0.1 station', () => {
  test.each([
    ['Accepted', 'Accepted'],
    ['Rejected', 'Rejected'],
    ['RebootRequired', 'RebootRequired'],
    ['UnknownComponent', 'NotSupported'],
    ['UnknownVariable', 'NotSupported'],
    ['NotSupportedAttributeType', 'Rejected'],
  ])('%s → %s', (newer, older) => {
    const run = make().fromCsms('ChangeConfiguration', { key: 'heartbeatINTERVAL', value: ' 30 ' }, setAnswer(newer));
    expect(run.calls).toEqual([
      {
        action: 'SetVariables',
        payload: {
          setVariableData: [
            {
              attributeValue: '30',
              component: { name: 'OCPPCommCtrlr' },
              variable: { name: 'HeartbeatInterval' },
            },
          ],
        },
      },
    ]);
    expect(run.answer).toEqual({ status: older });
  });

  test.each([
    ['AuthorizationKey', '0011'],
    ['SecurityProfile', '2'],
    ['SecurityCtrlr.BasicAuthPassword', 'secret'],
    ['NumberOfConnectors', '4'],
    ['SendLocalListMaxLength', '4'],
    ['ConnectorPhaseRotation', 'nonsense'],
    ['MeterValuesAlignedData', 'Temperature'],
  ])('%s is not to be written', (key, value) => {
    const run = make().fromCsms('ChangeConfiguration', { key, value });
    expect(run.calls).toEqual([]);
    expect(run.answer).toEqual({ status: 'Rejected' });
  });

  test('a station without SetVariables, or one that does not answer', () => {
    const change = { key: 'HeartbeatInterval', value: '30' };
    expect(make().fromCsms('ChangeConfiguration', change, failure('NotSupported')).answer).toEqual({
      status: 'NotSupported',
    });
    expect(make().fromCsms('ChangeConfiguration', change, failure('GenericError', true)).refusal).toMatchObject({
      uncertain: true,
    });
  });

  test('one key, two variables', () => {
    const variables = { 'AlignedDataCtrlr.Interval': '900', 'AlignedDataCtrlr.TxEndedInterval': '0' };
    const run = make().fromCsms(
      'ChangeConfiguration',
      { key: 'ClockAlignedDataInterval', value: '300' },
      station(variables),
      station(variables),
    );
    expect(run.calls.map(({ action }) => action)).toEqual(['GetVariables', 'SetVariables']);
    expect(variables).toEqual({ 'AlignedDataCtrlr.Interval': '300', 'AlignedDataCtrlr.TxEndedInterval': '300' });
    expect(run.answer).toEqual({ status: 'Accepted' });
  });

  test('when one of them is refused the others are as before', () => {
    const variables = { 'AlignedDataCtrlr.Interval': '900', 'AlignedDataCtrlr.TxEndedInterval': '0' };
    const run = make().fromCsms(
      'ChangeConfiguration',
      { key: 'ClockAlignedDataInterval', value: '300' },
      station(variables),
      setAnswer('Accepted', 'Rejected'),
      setAnswer('Accepted'),
    );
    expect(written(run.calls[2] as Message)).toEqual(['AlignedDataCtrlr.Interval=900']);
    expect(run.answer).toEqual({ status: 'Rejected' });
  });

  test('what cannot be restored is noted; no answer in time ends it', () => {
    const b = make();
    const variables = { 'AlignedDataCtrlr.Interval': '900', 'AlignedDataCtrlr.TxEndedInterval': '0' };
    const change = { key: 'ClockAlignedDataInterval', value: '300' };
    const run = b.fromCsms(
      'ChangeConfiguration',
      change,
      station(variables),
      setAnswer('Rejected', 'Accepted'),
      setAnswer('Rejected'),
    );
    expect(run.answer).toEqual({ status: 'Rejected' });
    expect(b.notes).toMatchObject([{ field: 'value', kind: 'lost' }]);
    const silent = make().fromCsms('ChangeConfiguration', change, station(variables), failure('GenericError', true));
    expect(silent.refusal).toMatchObject({ uncertain: true });
  });

  test('a variable that the station does not have is not set; none: NotSupported', () => {
    const change = { key: 'MeterValueSampleInterval', value: '60' };
    const variables = { 'SampledDataCtrlr.TxUpdatedInterval': '30' };
    const run = make().fromCsms('ChangeConfiguration', change, station(variables), station(variables));
    expect(written(run.calls[1] as Message)).toEqual(['SampledDataCtrlr.TxUpdatedInterval=60']);
    expect(run.answer).toEqual({ status: 'Accepted' });
    expect(make().fromCsms('ChangeConfiguration', change, station({}), station({})).answer).toEqual({
      status: 'NotSupported',
    });
  });

  test('measurands: no phases, none twice; the meter registers stay; a choice of its own counts', () => {
    const b = make();
    const variables = {
      'SampledDataCtrlr.TxUpdatedMeasurands': '',
      'SampledDataCtrlr.TxStartedMeasurands': '',
      'SampledDataCtrlr.TxEndedMeasurands': '',
    };
    const change = { key: 'MeterValuesSampledData', value: 'Voltage.L1, Voltage.L2,Current.Import.N,Temperature' };
    b.fromCsms('ChangeConfiguration', change, station(variables), station(variables));
    b.fromCsms('ChangeConfiguration', { key: 'StopTxnSampledData', value: '' }, station(variables));
    expect(variables).toEqual({
      'SampledDataCtrlr.TxUpdatedMeasurands': 'Voltage,Current.Import',
      'SampledDataCtrlr.TxStartedMeasurands': 'Energy.Active.Import.Register,Voltage,Current.Import',
      'SampledDataCtrlr.TxEndedMeasurands': 'Energy.Active.Import.Register',
    });
    b.fromCsms('ChangeConfiguration', { key: 'StartTxnSampledData', value: 'SoC' }, station(variables));
    b.fromCsms('ChangeConfiguration', { ...change, value: 'Frequency' }, station(variables));
    expect(variables).toMatchObject({
      'SampledDataCtrlr.TxUpdatedMeasurands': 'Frequency',
      'SampledDataCtrlr.TxStartedMeasurands': 'Energy.Active.Import.Register,SoC',
    });
  });

  test('keys of all connectors', () => {
    const b = make();
    b.fromStation('StatusNotification', { timestamp: at(0), connectorStatus: 'Available', evseId: 2, connectorId: 1 });
    const variables = {
      'EVSE@1..MinimumStatusDuration': '0',
      'EVSE@2..MinimumStatusDuration': '0',
      'ChargingStation.PhaseRotation': 'RST',
      'Connector@1.1.PhaseRotation': 'RST',
    };
    b.fromCsms(
      'ChangeConfiguration',
      { key: 'MinimumStatusDuration', value: '5' },
      station(variables),
      station(variables),
    );
    b.fromCsms(
      'ChangeConfiguration',
      { key: 'ConnectorPhaseRotation', value: '0.RTS, 1.TSR' },
      station(variables),
      station(variables),
    );
    expect(variables).toEqual({
      'EVSE@1..MinimumStatusDuration': '5',
      'EVSE@2..MinimumStatusDuration': '5',
      'ChargingStation.PhaseRotation': 'RTS',
      'Connector@1.1.PhaseRotation': 'TSR',
    });
  });
});
