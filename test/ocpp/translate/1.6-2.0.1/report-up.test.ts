/** A 2.0.1 station under a CSMS of 1.6: what its reports are good for. */
import { describe, expect, test } from 'vitest';
import { between16and201 } from '../../../../src/ocpp/translate/1.6-2.0.1/index.ts';
import type { TranslationSettings } from '../../../../src/ocpp/translate/context.ts';
import { translators } from '../../../../src/ocpp/translate/index.ts';
import type { Message, Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { at, type Bridge, bridge, failure, START } from '../../../support/translation.ts';

const make = (settings: Partial<TranslationSettings> = {}): Bridge =>
  bridge('2.0.1', '1.6', [between16and201], settings);

const of = (name: string, variable: string, instance?: string, evse?: Payload): Payload => ({
  component: { name, ...(evse === undefined ? {} : { evse }) },
  variable: { name: variable, ...(instance === undefined ? {} : { instance }) },
});
const is = (
  item: Payload,
  value: string | undefined,
  mutability = 'ReadWrite',
  characteristics?: Payload,
): Payload => ({
  ...item,
  variableAttribute: [
    { type: 'Target', value: 'target' },
    { mutability, ...(value === undefined ? {} : { value }) },
  ],
  ...(characteristics === undefined
    ? {}
    : { variableCharacteristics: { dataType: 'integer', supportsMonitoring: false, ...characteristics } }),
});

const report = (b: Bridge, reportData: readonly Payload[], more: Payload = {}) =>
  b.fromStation('NotifyReport', {
    requestId: 1,
    generatedAt: at(0),
    seqNo: 0,
    ...(reportData.length === 0 ? {} : { reportData }),
    ...more,
  });

/** A station with these variables, by their path; others are unknown. */
const station =
  (values: Record<string, string>) =>
  ({ payload }: Message): Payload => ({
    getVariableResult: (payload.getVariableData as Payload[]).map(({ component, variable }) => {
      const value = values[`${component.name}.${variable.name}`];
      return {
        component,
        variable,
        attributeStatus: value === undefined ? 'UnknownVariable' : 'Accepted',
        ...(value === undefined ? {} : { attributeValue: value }),
      };
    }),
  });

const configuration = (b: Bridge, values: Record<string, string>, key?: string[]): Record<string, Payload> => {
  b.otherwise = station(values);
  const { answer } = b.fromCsms('GetConfiguration', key === undefined ? {} : { key });
  return Object.fromEntries(
    ((answer?.configurationKey ?? []) as Payload[]).map(({ key: name, ...rest }) => [name, rest]),
  );
};

describe('NotifyReport', () => {
  test('goes no further than to the gateway', () => {
    const b = make();
    const run = report(b, [is(of('AuthCtrlr', 'LocalPreAuthorize'), 'true')]);
    expect(run).toEqual({ calls: [], answer: {}, refusal: undefined });
    expect(report(b, [])).toMatchObject({ answer: {} });
  });

  test('limits, which only reports tell', () => {
    const b = make();
    report(b, [
      is(of('LocalAuthListCtrlr', 'Entries'), '3', 'ReadOnly', { maxLimit: 800 }),
      is(of('SmartChargingCtrlr', 'Entries', 'ChargingProfiles'), '0', 'ReadOnly', { maxLimit: 12 }),
      is(of('SecurityCtrlr', 'CertificateEntries'), undefined, 'ReadOnly', { maxLimit: 20 }),
      // The limit of a list is its characters: no number of items.
      is(of('SampledDataCtrlr', 'TxUpdatedMeasurands'), 'SoC', 'ReadWrite', { dataType: 'MemberList', maxLimit: 1000 }),
    ]);
    b.restart();
    const told = configuration(b, {});
    expect(told).toMatchObject({
      LocalAuthListMaxLength: { value: '800', readonly: true },
      MaxChargingProfilesInstalled: { value: '12', readonly: true },
      CertificateStoreMaxLength: { value: '20', readonly: true },
    });
    expect(told).not.toHaveProperty('MeterValuesSampledDataMaxLength');
  });

  test('the number of items of a list is maxElements of 2.1, which 2.0.1 does not have', () => {
    const b = bridge('2.1', '1.6', translators);
    b.fromStation('NotifyReport', {
      requestId: 1,
      generatedAt: at(0),
      seqNo: 0,
      reportData: [
        is(of('SampledDataCtrlr', 'TxUpdatedMeasurands'), 'SoC', 'ReadWrite', {
          dataType: 'MemberList',
          maxElements: 8,
        }),
      ],
    });
    expect(b.notes.map(({ field }) => field)).toContain('variableCharacteristics.maxElements');
  });

  test('the numbering of connectors', () => {
    const b = make();
    report(b, [
      is(of('EVSE', 'Available', undefined, { id: 1 }), 'true'),
      is(of('Connector', 'Available', undefined, { id: 1, connectorId: 1 }), 'true'),
      is(of('Connector', 'Available', undefined, { id: 1, connectorId: 2 }), 'true'),
      is(of('EVSE', 'Available', undefined, { id: 2 }), 'true'),
      is(of('EVSE', 'Available', undefined, { id: 0 }), 'true'),
      is(of('TokenReader', 'Available', undefined, { id: 9 }), 'true'),
    ]);
    b.restart();
    expect(configuration(b, {})).toMatchObject({
      NumberOfConnectors: { value: '3', readonly: true },
      ConnectorPhaseRotationMaxLength: { value: '4' },
    });
    const run = b.fromCsms('ChangeAvailability', { connectorId: 2, type: 'Operative' }, { status: 'Accepted' });
    expect(run.calls[0]?.payload).toMatchObject({ evse: { id: 1, connectorId: 2 } });
  });

  test('which keys can be set', () => {
    const b = make();
    report(b, [
      is(of('OCPPCommCtrlr', 'MessageTimeout', 'Default'), '30', 'ReadOnly'),
      is(of('OCPPCommCtrlr', 'HeartbeatInterval'), '300', 'ReadWrite'),
    ]);
    const values = { 'OCPPCommCtrlr.MessageTimeout': '30', 'OCPPCommCtrlr.HeartbeatInterval': '300' };
    for (let time = 0; time < 2; time++) {
      expect(configuration(b, values)).toMatchObject({
        MessageTimeout: { value: '30', readonly: true },
        HeartbeatInterval: { value: '300', readonly: false },
      });
    }
  });

  test('how much the station takes in one Call', () => {
    const b = make();
    report(b, [
      is(of('DeviceDataCtrlr', 'ItemsPerMessage', 'GetVariables'), '3', 'ReadOnly'),
      is(of('DeviceDataCtrlr', 'BytesPerMessage', 'GetVariables'), '100000', 'ReadOnly'),
    ]);
    b.otherwise = station({});
    const run = b.fromCsms('GetConfiguration', {});
    expect(Math.max(...run.calls.map(({ payload }) => payload.getVariableData.length))).toBe(3);
    const small = make();
    report(small, [is(of('DeviceDataCtrlr', 'BytesPerMessage', 'GetVariables'), '500', 'ReadOnly')]);
    small.otherwise = station({});
    for (const { payload } of small.fromCsms('GetConfiguration', {}).calls) {
      expect(JSON.stringify(payload).length).toBeLessThanOrEqual(500);
    }
  });

  test('what the meter is, for the next BootNotification', () => {
    const b = make();
    report(b, [
      is(of('FiscalMetering', 'SerialNumber', undefined, { id: 1 }), 'M1', 'ReadOnly'),
      is(of('FiscalMetering', 'Model', undefined, { id: 1 }), 'X'.repeat(30), 'ReadOnly'),
    ]);
    const run = b.fromStation('BootNotification', {
      reason: 'PowerUp',
      chargingStation: { model: 'M', vendorName: 'V' },
    });
    expect(run.calls[0]?.payload).toMatchObject({ meterSerialNumber: 'M1', meterType: 'X'.repeat(25) });
  });

  test('a public key of each connector', () => {
    const b = make();
    report(b, [
      is(of('EVSE', 'Available', undefined, { id: 2 }), 'true'),
      is(of('FiscalMetering', 'PublicKey', undefined, { id: 2 }), 'key', 'ReadOnly'),
    ]);
    expect(configuration(b, { 'FiscalMetering.PublicKey': 'key' }, ['MeterPublicKey2'])).toEqual({
      MeterPublicKey2: { value: 'key', readonly: true },
    });
  });

  test('whatever a report says, no more than a bounded part of it is kept', () => {
    const b = make({ exposeAll: true });
    for (let seqNo = 0; seqNo < 100; seqNo++) {
      report(
        b,
        Array.from({ length: 20 }, (_, n) => is(of('Vendor', `Variable${seqNo}x${n}`), 'x'.repeat(2500))),
        { seqNo, tbc: seqNo < 99 },
      );
    }
    expect(b.state.size('otherVariable')).toBe(300);
    const size = ['otherVariable', 'configuration', 'topology', 'reportAsked'].reduce(
      (sum, table) => sum + JSON.stringify([...b.state.rows(table)]).length,
      0,
    );
    expect(size).toBeLessThan(20_000);
  });
});

describe('exposeAll', () => {
  const data = [
    is(of('Vendor', 'Speed'), '1', 'ReadOnly'),
    is(of('Vendor', 'Colour', 'left', { id: 1 }), 'red'),
    is(of('Vendor', 'Secret'), undefined, 'WriteOnly'),
    is(of('AuthCtrlr', 'LocalPreAuthorize'), 'true'),
    is(of('V'.repeat(30), 'W'.repeat(30)), 'too long'),
    is(of('Ven@dor', 'x'), 'not to be found again'),
  ];
  const values = { 'Vendor.Speed': '1', 'Vendor.Colour': 'red', 'AuthCtrlr.LocalPreAuthorize': 'true' };

  test('variables without a key go by their path when every key is asked for', () => {
    const b = make({ exposeAll: true });
    report(b, data);
    b.restart();
    const told = configuration(b, values);
    expect(told).toMatchObject({
      LocalPreAuthorize: { value: 'true', readonly: false },
      'Vendor.Speed': { value: '1', readonly: true },
      'Vendor@1.Colour.left': { value: 'red', readonly: false },
    });
    expect(Object.keys(told).filter((key) => key.includes('.')).length).toBe(2);
    const run = b.fromCsms(
      'ChangeConfiguration',
      { key: 'Vendor@1.Colour.left', value: 'blue' },
      { setVariableResult: [{ ...of('Vendor', 'Colour', 'left', { id: 1 }), attributeStatus: 'Accepted' }] },
    );
    expect(run.calls[0]?.payload.setVariableData).toEqual([
      { attributeValue: 'blue', ...of('Vendor', 'Colour', 'left', { id: 1 }) },
    ]);
  });

  test('not by default; by name they can be asked for all the same', () => {
    const b = make();
    report(b, data);
    expect(configuration(b, values)).not.toHaveProperty('Vendor.Speed');
    expect(configuration(b, values, ['Vendor.Speed'])).toMatchObject({ 'Vendor.Speed': { value: '1' } });
  });
});

describe('after a BootNotification', () => {
  const boot = (b: Bridge, firmwareVersion = '1', status = 'Accepted') =>
    b.fromStation(
      'BootNotification',
      { reason: 'PowerUp', chargingStation: { model: 'M', vendorName: 'V', firmwareVersion } },
      { status, currentTime: at(0), interval: 300 },
    );
  const asked = (b: Bridge, reply: Payload | ReturnType<typeof failure>): Payload | undefined => {
    b.now += 5000;
    b.otherwise = ({ action }) => (action === 'GetBaseReport' ? reply : { status: 'NoProfiles' });
    const calls = b.emitted().flatMap((run) => run.calls.filter(({ action }) => action === 'GetBaseReport'));
    expect(calls.length).toBeLessThanOrEqual(1);
    return calls[0]?.payload;
  };
  const accepted = { status: 'Accepted' };

  test('the station is asked for its device model, once for every firmware', () => {
    const b = make({ readConfiguration: true });
    boot(b);
    b.now -= 1;
    expect(asked(b, accepted)).toBeUndefined();
    b.now -= 4999;
    const request = asked(b, accepted);
    expect(request).toEqual({ requestId: Math.floor(START / 1000) + 5, reportBase: 'FullInventory' });
    const part = (seqNo: number, tbc: boolean) =>
      report(b, [is(of('AuthCtrlr', 'LocalPreAuthorize'), 'true')], { requestId: request?.requestId, seqNo, tbc });
    part(0, true);
    b.restart();
    part(0, true);
    part(1, false);
    boot(b);
    expect(asked(b, accepted)).toBeUndefined();
    boot(b, '2');
    expect(asked(b, accepted)).toBeDefined();
  });

  test('again at the next boot when the report did not come whole', () => {
    const b = make({ readConfiguration: true });
    boot(b);
    const requestId = asked(b, accepted)?.requestId;
    report(b, [is(of('A', 'B'), '1')], { requestId, seqNo: 1, tbc: false });
    // Somebody else's report is taken in, and is another one.
    report(b, [is(of('A', 'B'), '1')], { requestId: 5, seqNo: 0, tbc: false });
    boot(b);
    expect(asked(b, accepted)).toBeDefined();
    boot(b);
    expect(asked(b, failure('GenericError', true))).toBeDefined();
    boot(b);
    expect(asked(b, { status: 'Rejected' })).toBeDefined();
    boot(b);
    expect(asked(b, { status: 'NotSupported' })).toBeDefined();
    boot(b);
    expect(asked(b, accepted)).toBeUndefined();
  });

  test('not when it is switched off, nor before the station is accepted', () => {
    const off = make();
    boot(off);
    expect(asked(off, accepted)).toBeUndefined();
    const b = make({ readConfiguration: true });
    boot(b, '1', 'Pending');
    expect(asked(b, accepted)).toBeUndefined();
  });

  test('a 2.1 station too', () => {
    const b = bridge('2.1', '1.6', translators, { readConfiguration: true });
    boot(b);
    expect(asked(b, accepted)).toMatchObject({ reportBase: 'FullInventory' });
  });
});
