/** A 1.6 station under a CSMS of 2.0.1: reports of its device model, and its configuration read without anyone asking. */
import { describe, expect, test } from 'vitest';
import { between16and201 } from '../../../../src/ocpp/translate/1.6-2.0.1/index.ts';
import type { TranslationSettings } from '../../../../src/ocpp/translate/context.ts';
import { translators } from '../../../../src/ocpp/translate/index.ts';
import type { Message, Payload } from '../../../../src/ocpp/translate/outcome.ts';
import {
  at,
  type Bridge,
  bridge,
  crash,
  type EmittedRun,
  failure,
  type Reply,
  START,
} from '../../../support/translation.ts';

const make = (settings: Partial<TranslationSettings> = {}): Bridge =>
  bridge('1.6', '2.0.1', [between16and201], settings);

type Keys = Readonly<Record<string, string | undefined>>;
const core: Keys = {
  GetConfigurationMaxKeys: '20',
  NumberOfConnectors: '2',
  SupportedFeatureProfiles: 'Core, Local Auth List Management,SmartCharging',
  HeartbeatInterval: '300',
  MeterValueSampleInterval: '60',
  ConnectorPhaseRotation: '0.RST, 1.RTS,2.NotApplicable',
};

const entries = (keys: Keys, readonly: readonly string[] = []): Payload[] =>
  Object.entries(keys).map(([key, value]) => ({
    key,
    readonly: readonly.includes(key),
    ...(value === undefined ? {} : { value }),
  }));

/** A station with these keys: all of them when none is asked for, else those that are. */
const station =
  (keys: Keys, readonly: readonly string[] = []) =>
  ({ action, payload }: Message): Payload => {
    if (action !== 'GetConfiguration') return {};
    const asked = payload.key as string[] | undefined;
    if (asked === undefined) return { configurationKey: entries(keys, readonly) };
    const known = Object.fromEntries(Object.entries(keys).filter(([key]) => asked.includes(key)));
    return { configurationKey: entries(known, readonly), unknownKey: asked.filter((key) => !(key in keys)) };
  };

const callsTo = (runs: readonly EmittedRun[], side: EmittedRun['side']): Message[] =>
  runs.filter((run) => run.side === side).flatMap(({ calls }) => calls);
const asked = (runs: readonly EmittedRun[]): unknown[] => callsTo(runs, 'station').map(({ payload }) => payload.key);

/** What the CSMS was told, part after part. */
const reported = (runs: readonly EmittedRun[]): Payload[] => callsTo(runs, 'csms').map(({ payload }) => payload);
const data = (runs: readonly EmittedRun[]): Payload[] => reported(runs).flatMap(({ reportData = [] }) => reportData);

const pathOf = ({ component, variable }: Payload): string => {
  const { name, evse } = component as { name: string; evse?: { id: number; connectorId?: number } };
  const place = evse === undefined ? '' : `@${[evse.id, evse.connectorId].filter((n) => n !== undefined).join('.')}`;
  const instance = variable.instance === undefined ? '' : `[${variable.instance}]`;
  return `${name}${place}.${variable.name}${instance}`;
};
/** Path → value of its Actual attribute. */
const values = (runs: readonly EmittedRun[]): Record<string, unknown> =>
  Object.fromEntries(data(runs).map((item) => [pathOf(item), item.variableAttribute[0].value]));
const item = (runs: readonly EmittedRun[], path: string): Payload | undefined =>
  data(runs).find((one) => pathOf(one) === path);

const get = (b: Bridge, reportBase = 'FullInventory', requestId = 7) =>
  b.fromCsms('GetBaseReport', { requestId, reportBase });

const boot = (b: Bridge, firmwareVersion = '1.0') =>
  b.fromStation(
    'BootNotification',
    { chargePointVendor: 'Vendor', chargePointModel: 'Model', firmwareVersion },
    { status: 'Accepted', currentTime: at(0), interval: 300 },
  );

describe('GetBaseReport', () => {
  test('F33: accepted at once, then the configuration is read and told', () => {
    const b = make();
    boot(b);
    expect(get(b)).toMatchObject({ calls: [], answer: { status: 'Accepted' } });
    const runs = b.emitted(station({ ...core, VendorKey: 'x' }));
    expect(asked(runs)).toEqual([undefined]);
    const parts = reported(runs);
    expect(parts.map(({ requestId, seqNo }) => [requestId, seqNo])).toEqual(parts.map((_part, index) => [7, index]));
    expect(parts.map(({ tbc }) => tbc)).toEqual(parts.map((_part, index) => index < parts.length - 1));
    expect(new Set(parts.map(({ generatedAt }) => generatedAt))).toEqual(new Set([at(0)]));
    expect(values(runs)).toMatchObject({
      'OCPPCommCtrlr.HeartbeatInterval': '300',
      'SampledDataCtrlr.TxUpdatedInterval': '60',
      'SampledDataCtrlr.TxEndedInterval': '60',
      'OCPP16LegacyCtrlr.VendorKey': 'x',
      'OCPP16LegacyCtrlr.NumberOfConnectors': '2',
    });
    expect(b.state.size('report')).toBe(0);
    expect(b.emitted()).toEqual([]);
  });

  test('what the station is made of, and what of it is not known', () => {
    const b = make();
    boot(b, '2.1');
    b.fromStation('StatusNotification', { connectorId: 1, status: 'Charging', errorCode: 'NoError' });
    b.fromStation('StatusNotification', { connectorId: 2, status: 'Faulted', errorCode: 'GroundFailure' });
    get(b);
    const told = values(b.emitted(station(core)));
    expect(told).toMatchObject({
      'ChargingStation.Available': 'true',
      'ChargingStation.AvailabilityState': 'Available',
      'ChargingStation.Model': 'Model',
      'ChargingStation.VendorName': 'Vendor',
      'ChargingStation.SupplyPhases': '3',
      'Controller.FirmwareVersion': '2.1',
      'EVSE@1.Available': 'true',
      'EVSE@1.AvailabilityState': 'Occupied',
      'EVSE@2.AvailabilityState': 'Faulted',
      'EVSE@1.SupplyPhases': '3',
      'Connector@1.1.AvailabilityState': 'Occupied',
      'Connector@1.1.Available': 'true',
      'Connector@1.1.Problem': 'false',
      'Connector@1.1.ConnectorType': 'Unknown',
      'Connector@1.1.PhaseRotation': 'RTS',
      'ChargingStation.PhaseRotation': 'RST',
      'Connector@2.1.PhaseRotation': 'NotApplicable',
      'Connector@2.1.Problem': 'true',
      'RCD@2.1.Tripped': 'true',
    });
    expect(told).not.toHaveProperty('Connector@2.1.SupplyPhases');
    expect(told).not.toHaveProperty('RCD@1.1.Tripped');
    expect(told).not.toHaveProperty('EVSE@3.Available');
    expect(told).not.toHaveProperty('ChargingStation.SerialNumber');
  });

  test('attributes and characteristics', () => {
    const b = make();
    get(b);
    const runs = b.emitted(
      station(
        {
          ...core,
          LocalAuthListMaxLength: '500',
          MaxChargingProfilesInstalled: '10',
          CpoName: 'Us',
          AuthorizationKey: undefined,
          SecurityProfile: '1',
          WebSocketPingInterval: 'often',
          StartTxnSampledData: 'Voltage.L1,RPM',
          'DefaultPriceText,de': '{"priceText":"40 ct"}',
          MeterPublicKey2: 'abc',
        },
        ['CpoName'],
      ),
    );
    expect(item(runs, 'OCPPCommCtrlr.HeartbeatInterval')).toEqual({
      component: { name: 'OCPPCommCtrlr' },
      variable: { name: 'HeartbeatInterval' },
      variableAttribute: [{ type: 'Actual', value: '300', mutability: 'ReadWrite' }],
      variableCharacteristics: { unit: 's', dataType: 'integer', supportsMonitoring: false },
    });
    const of = (path: string) => {
      const { variableAttribute = [], variableCharacteristics } = item(runs, path) ?? {};
      return { ...variableAttribute[0], ...variableCharacteristics };
    };
    // A key that the station says is read-only.
    expect(of('SecurityCtrlr.OrganizationName')).toMatchObject({ value: 'Us', mutability: 'ReadOnly' });
    // What would be set with other variables, what the gateway does not let be set, what is made up.
    expect(of('SampledDataCtrlr.TxEndedInterval')).toMatchObject({ mutability: 'ReadOnly' });
    expect(of('SecurityCtrlr.SecurityProfile')).toMatchObject({ value: '1', mutability: 'ReadOnly' });
    expect(of('TxCtrlr.TxStopPoint')).toMatchObject({ mutability: 'ReadOnly', dataType: 'MemberList' });
    // A password has no value.
    expect(item(runs, 'SecurityCtrlr.BasicAuthPassword')?.variableAttribute).toEqual([
      { type: 'Actual', mutability: 'WriteOnly' },
    ]);
    // Text against the key's type is told as a text.
    expect(of('OCPPCommCtrlr.WebSocketPingInterval')).toMatchObject({ value: 'often', dataType: 'string', unit: 's' });
    expect(of('SampledDataCtrlr.TxStartedMeasurands')).toMatchObject({ value: 'Voltage', mutability: 'ReadWrite' });
    // Limits are characteristics of what they limit.
    expect(item(runs, 'LocalAuthListCtrlr.Entries')).toMatchObject({
      variableAttribute: [{ type: 'Actual', mutability: 'ReadOnly' }],
      variableCharacteristics: { dataType: 'integer', maxLimit: 500 },
    });
    expect(of('SmartChargingCtrlr.Entries[ChargingProfiles]')).toMatchObject({ value: '0', maxLimit: 10 });
    // One variable for every instance, or connector.
    expect(of('TariffCostCtrlr.TariffFallbackMessage[de]')).toMatchObject({ value: '40 ct' });
    expect(of('FiscalMetering@2.PublicKey')).toMatchObject({ value: 'abc', mutability: 'ReadOnly' });
    expect(item(runs, 'FiscalMetering@1.PublicKey')).toBeUndefined();
    expect(of('Connector@1.1.AvailabilityState')).toEqual({});
  });

  test('every variable is told once, and GetVariables says the same of it', () => {
    const b = make();
    boot(b);
    b.fromStation('StatusNotification', { connectorId: 1, status: 'Available', errorCode: 'OverVoltage' });
    get(b);
    const keys = { ...core, BlinkRepeat: '3', Odd: undefined, SupportedFileTransferProtocols: 'FTP, HTTPS' };
    const told = data(b.emitted(station(keys)));
    expect(new Set(told.map(pathOf)).size).toBe(told.length);
    b.otherwise = station(keys);
    const { answer } = b.fromCsms('GetVariables', {
      getVariableData: told.map(({ component, variable }) => ({ component, variable })),
    });
    for (const [index, result] of (answer as Payload).getVariableResult.entries()) {
      expect([pathOf(result), result.attributeStatus, result.attributeValue]).toEqual([
        pathOf(told[index] as Payload),
        'Accepted',
        told[index]?.variableAttribute[0].value,
      ]);
    }
  });

  test('ConfigurationInventory: what can be set', () => {
    const b = make();
    get(b, 'ConfigurationInventory');
    expect(values(b.emitted(station({ ...core, AuthorizationKey: undefined }, ['MeterValueSampleInterval'])))).toEqual({
      'ChargingStation.PhaseRotation': 'RST',
      'Connector@1.1.PhaseRotation': 'RTS',
      'Connector@2.1.PhaseRotation': 'NotApplicable',
      'OCPPCommCtrlr.HeartbeatInterval': '300',
    });
  });

  test('SummaryInventory: availability and problems', () => {
    const b = make();
    b.fromStation('StatusNotification', { connectorId: 1, status: 'Faulted', errorCode: 'OverCurrentFailure' });
    get(b, 'SummaryInventory');
    const told = values(b.emitted(station({ ...core, NumberOfConnectors: '1', AuthorizationCacheEnabled: 'true' })));
    expect(told).toEqual({
      'ChargingStation.Available': 'true',
      'ChargingStation.AvailabilityState': 'Available',
      'ChargingStation.Problem': 'false',
      'EVSE@1.Available': 'true',
      'EVSE@1.AvailabilityState': 'Faulted',
      'EVSE@1.Problem': 'true',
      'Connector@1.1.Available': 'true',
      'Connector@1.1.AvailabilityState': 'Faulted',
      'Connector@1.1.Problem': 'true',
      'OverCurrentProtection@1.1.Tripped': 'true',
      'AuthCacheCtrlr.Available': 'true',
      'AuthCacheCtrlr.Enabled': 'true',
      'LocalAuthListCtrlr.Available': 'true',
      'ReservationCtrlr.Available': 'false',
      'SmartChargingCtrlr.Available': 'true',
    });
  });

  test('a component that had trouble stays, and is well again', () => {
    const b = make();
    const status = (errorCode: string) =>
      b.fromStation('StatusNotification', { connectorId: 1, status: 'Available', errorCode });
    status('UnderVoltage');
    get(b, 'SummaryInventory');
    expect(values(b.emitted(station(core)))).toMatchObject({ 'ElectricalFeed@1.1.ACVoltage': 'low' });
    status('GroundFailure');
    b.restart();
    status('NoError');
    get(b, 'SummaryInventory');
    expect(values(b.emitted(station(core)))).toMatchObject({
      'ElectricalFeed@1.1.ACVoltage': 'false',
      'RCD@1.1.Tripped': 'false',
      'Connector@1.1.Problem': 'false',
    });
  });

  test('no message is larger than 16 kB, whatever the station says', () => {
    const b = make();
    const keys = Object.fromEntries(Array.from({ length: 150 }, (_, n) => [`Vendor${n}`, 'é€'.repeat(250)]));
    get(b);
    const runs = b.emitted(station({ ...core, ...keys }));
    const parts = reported(runs);
    expect(parts.length).toBeGreaterThan(10);
    for (const part of parts) expect(Buffer.byteLength(JSON.stringify(part))).toBeLessThan(16_000);
    expect(parts.map(({ seqNo }) => seqNo)).toEqual([...parts.keys()]);
    expect(parts.filter(({ tbc }) => tbc === false)).toEqual([parts.at(-1)]);
    expect(Object.keys(values(runs))).toEqual(expect.arrayContaining(['OCPP16LegacyCtrlr.Vendor149']));
    // The report is not kept, only what it is made of.
    expect(b.state.size('report') + b.state.size('task')).toBe(0);
  });

  test('killed at any Call, it goes on and ends in the same report', () => {
    const keys = {
      ...core,
      ...Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`Vendor${n}`, 'x'.repeat(500)])),
    };
    const talk = (b: Bridge, ...replies: Reply[]): readonly EmittedRun[] => {
      b.otherwise = station(keys);
      return b.emitted(...replies);
    };
    for (const first of [station(keys), failure('GenericError', true)]) {
      const whole = make();
      get(whole);
      const expected = talk(whole, first);
      const parts = reported(expected);
      const calls = expected.flatMap((run) => run.calls);
      if (typeof first === 'function') expect(parts.length).toBeGreaterThan(2);
      for (let killedAt = 0; killedAt < calls.length; killedAt++) {
        const b = make();
        get(b);
        const script: Reply[] = [first, ...Array.from({ length: killedAt }, () => station(keys))].slice(0, killedAt);
        const before = talk(b, ...script, crash);
        b.now += 60_000;
        const after = talk(b, ...(killedAt === 0 ? [first] : []));
        // What was told before it is told again, word for word, and all the rest.
        expect(reported(after)).toEqual(parts);
        for (const part of reported(before)) expect(part).toEqual(parts[part.seqNo as number]);
        expect(b.state.size('report') + b.state.size('task')).toBe(0);
      }
    }
  });

  test('of a 1.5 station, and for a CSMS of 2.1', () => {
    const b = bridge('1.5', '2.1', translators);
    boot(b);
    get(b);
    const runs = b.emitted(({ payload }) => ({
      configurationKey:
        payload.key === undefined ? entries({ HeartBeatInterval: '300', ProximityLockRetries: '2' }) : [],
    }));
    expect(values(runs)).toMatchObject({
      'OCPPCommCtrlr.HeartbeatInterval': '300',
      'OCPP16LegacyCtrlr.ProximityLockRetries': '2',
      'LocalAuthListCtrlr.Available': 'true',
      'SmartChargingCtrlr.Available': 'false',
    });
  });

  test('several reports wait for one reading', () => {
    const b = make();
    get(b, 'FullInventory', 1);
    get(b, 'SummaryInventory', 2);
    get(b, 'ConfigurationInventory', 1);
    const runs = b.emitted(station(core));
    expect(asked(runs)).toEqual([undefined]);
    expect(reported(runs).map(({ requestId, tbc }) => [requestId, tbc])).toEqual([
      [1, false],
      [2, false],
    ]);
    expect(values(runs)).not.toHaveProperty('TxCtrlr.TxStartPoint');
  });

  test('not more of them than can be kept', () => {
    const b = make();
    for (let requestId = 0; requestId < 10; requestId++) {
      expect(get(b, 'SummaryInventory', requestId).answer).toEqual({ status: 'Accepted' });
    }
    expect(get(b, 'SummaryInventory', 10).answer).toMatchObject({
      status: 'Rejected',
      statusInfo: { reasonCode: 'TooManyElements' },
    });
    expect(get(b, 'FullInventory', 9).answer).toEqual({ status: 'Accepted' });
  });
});

describe('the configuration is read', () => {
  test('E-13: by name in small Calls when the station does not tell all of it', () => {
    for (const reply of [failure('GenericError', true), failure('InternalError'), {}, { configurationKey: [] }]) {
      const b = make();
      get(b);
      b.otherwise = station({ ...core, GetConfigurationMaxKeys: '25' });
      const runs = b.emitted(reply);
      const [all, first, ...others] = asked(runs) as (string[] | undefined)[];
      expect(all).toBeUndefined();
      expect(first).toEqual([
        'GetConfigurationMaxKeys',
        'NumberOfConnectors',
        'SupportedFeatureProfiles',
        'HeartbeatInterval',
      ]);
      // As many at once as the station says that it takes.
      expect(others.map((keys) => keys?.length)).toEqual([25, 25, expect.any(Number)]);
      expect(others.flat()).toContain('MeterValueSampleInterval');
      expect(others.flat()).not.toContain('AuthorizationKey');
      expect(values(runs)).toMatchObject({ 'SampledDataCtrlr.TxUpdatedInterval': '60' });
      // The next time it is asked by name at once.
      get(b);
      expect(asked(b.emitted())[0]).toEqual(first);
    }
  });

  test('one by one after a Call of several has failed', () => {
    const b = make();
    get(b);
    b.otherwise = (call) => ((call.payload.key?.length ?? 0) > 1 ? failure('InternalError') : station(core)(call));
    const runs = b.emitted({});
    const calls = asked(runs) as (string[] | undefined)[];
    expect(calls.slice(1, 4).map((keys) => keys?.length)).toEqual([4, 1, 1]);
    expect(calls.slice(2).every((keys) => keys?.length === 1)).toBe(true);
    expect(values(runs)).toMatchObject({ 'OCPPCommCtrlr.HeartbeatInterval': '300' });
  });

  test('a silent station is asked three times, and what is known without it is told', () => {
    const b = make();
    boot(b);
    get(b);
    b.otherwise = ({ action }) => (action === 'GetConfiguration' ? failure('GenericError', true) : {});
    const runs = b.emitted();
    expect(asked(runs).length).toBe(4);
    expect(values(runs)).toMatchObject({ 'ChargingStation.Model': 'Model' });
    expect(reported(runs).at(-1)).toMatchObject({ requestId: 7, tbc: false });
  });

  test('a station that has no such Call is not asked again', () => {
    const b = make();
    get(b);
    b.otherwise = ({ action }) => (action === 'GetConfiguration' ? failure('NotSupported') : {});
    expect(asked(b.emitted()).length).toBe(2);
  });

  test('the rest by name when it tells exactly as many as it takes at once', () => {
    const b = make();
    get(b);
    const few = { GetConfigurationMaxKeys: '3', HeartbeatInterval: '10', NumberOfConnectors: '1' };
    b.otherwise = station(few);
    const calls = asked(b.emitted({ configurationKey: entries(few) })) as (string[] | undefined)[];
    expect(calls.slice(1).every((keys) => (keys?.length ?? 0) <= 3)).toBe(true);
    expect(calls.slice(1).flat()).toContain('SupportedFeatureProfiles');
    expect(calls.slice(1).flat()).not.toContain('HeartbeatInterval');
  });

  test('a key that is gone is forgotten, and one that comes new is asked for by name', () => {
    const b = make();
    get(b);
    b.emitted(station({ ...core, Old: '1' }));
    get(b);
    expect(values(b.emitted(station({ ...core, New: '1' })))).not.toHaveProperty('OCPP16LegacyCtrlr.Old');
    get(b);
    b.otherwise = station({ ...core, New: '2' });
    const runs = b.emitted(failure('InternalError'));
    expect(asked(runs).flat()).toContain('New');
    expect(values(runs)).toMatchObject({ 'OCPP16LegacyCtrlr.New': '2' });
  });
});

describe('after a BootNotification', () => {
  const reading = { readConfiguration: true };

  test('5 s later, without anyone asking', () => {
    const b = make(reading);
    boot(b);
    expect(asked(b.emitted())).toEqual([]);
    b.restart();
    b.now = START + 5000;
    expect(b.emitted(station(core))).toMatchObject([
      { side: 'station', calls: [{ action: 'GetConfiguration', payload: {} }] },
    ]);
    b.restart();
    expect(
      b.fromCsms('GetVariables', {
        getVariableData: [{ component: { name: 'EVSE', evse: { id: 3 } }, variable: { name: 'Available' } }],
      }).answer,
    ).toMatchObject({ getVariableResult: [{ attributeStatus: 'UnknownComponent' }] });
  });

  test('not within a day of the same firmware', () => {
    const b = make(reading);
    boot(b);
    b.now += 5000;
    b.emitted(station(core));
    boot(b);
    b.now += 86_399_999;
    expect(asked(b.emitted())).toEqual([]);
    b.now += 1;
    boot(b);
    b.now += 5000;
    expect(asked(b.emitted(station(core))).length).toBe(1);
    boot(b, '1.1');
    b.now += 5000;
    expect(asked(b.emitted(station(core))).length).toBe(1);
  });

  test('again at the next boot when the station told nothing', () => {
    const b = make(reading);
    b.otherwise = ({ action }) => (action === 'GetConfiguration' ? failure('GenericError', true) : {});
    boot(b);
    b.now += 5000;
    expect(asked(b.emitted()).length).toBe(4);
    boot(b);
    b.now += 5000;
    // By name at once this time.
    expect(asked(b.emitted()).length).toBe(3);
  });

  test('not when it is switched off, nor before the station is accepted', () => {
    const off = make();
    boot(off);
    off.now += 60_000;
    expect(asked(off.emitted())).toEqual([]);
    const b = make(reading);
    for (const status of ['Pending', 'Rejected']) {
      b.fromStation(
        'BootNotification',
        { chargePointVendor: 'V', chargePointModel: 'M' },
        { status, currentTime: at(0), interval: 60 },
      );
    }
    b.now += 60_000;
    expect(asked(b.emitted())).toEqual([]);
  });

  test('of a station that comes back without booting, if it never was read before', () => {
    const b = make();
    b.reconnect();
    boot(b);
    b.settings = { ...b.settings, readConfiguration: true };
    b.restart();
    b.reconnect();
    b.now += 5000;
    expect(asked(b.emitted(station(core)))).toEqual([undefined]);
    b.now += 86_400_000;
    b.reconnect();
    b.now += 5000;
    expect(asked(b.emitted(station(core)))).toEqual([]);
  });

  test('not after a BootNotification that was asked for', () => {
    const b = make(reading);
    b.fromCsms('TriggerMessage', { requestedMessage: 'BootNotification' }, { status: 'Accepted' });
    boot(b);
    b.now += 5000;
    expect(asked(b.emitted(station(core)))).toEqual([]);
  });

  test('a report that is asked for meanwhile does not wait', () => {
    const b = make(reading);
    boot(b);
    get(b);
    const runs = b.emitted(station(core));
    expect(asked(runs)).toEqual([undefined]);
    expect(reported(runs).at(-1)).toMatchObject({ tbc: false });
    b.now += 5000;
    expect(asked(b.emitted())).toEqual([]);
  });
});

describe('GetReport', () => {
  const ask = (b: Bridge, request: Payload) => b.fromCsms('GetReport', { requestId: 3, ...request });
  const of = (component: Payload, variable?: Payload): Payload => ({
    component,
    ...(variable === undefined ? {} : { variable }),
  });
  /** A station whose configuration was read. */
  function known(keys: Keys = core): Bridge {
    const b = make({ readConfiguration: true });
    boot(b);
    b.now += 5000;
    b.emitted(station(keys));
    return b;
  }
  const answered = (b: Bridge, request: Payload): Record<string, unknown> => {
    expect(ask(b, request).answer).toEqual({ status: 'Accepted' });
    return values(b.emitted(station(core)));
  };

  test('of components and variables; what is left out is every one', () => {
    const b = known();
    expect(
      answered(b, {
        componentVariable: [
          of({ name: 'connector', evse: { id: 2 } }, { name: 'PHASEROTATION' }),
          of({ name: 'DeviceDataCtrlr' }, { name: 'ItemsPerMessage' }),
          of({ name: 'DeviceDataCtrlr' }, { name: 'BytesPerMessage', instance: 'GetReport' }),
          of({ name: 'OCPP16LegacyCtrlr' }),
          of({ name: 'Nope' }),
        ],
      }),
    ).toEqual({
      'Connector@2.1.PhaseRotation': 'NotApplicable',
      'DeviceDataCtrlr.ItemsPerMessage[GetReport]': '50',
      'DeviceDataCtrlr.ItemsPerMessage[GetVariables]': '50',
      'DeviceDataCtrlr.ItemsPerMessage[SetVariables]': '10',
      'DeviceDataCtrlr.BytesPerMessage[GetReport]': '32768',
      'OCPP16LegacyCtrlr.NumberOfConnectors': '2',
      'OCPP16LegacyCtrlr.SupportedFeatureProfiles': 'Core,Local Auth List Management,SmartCharging',
    });
    expect(Object.keys(answered(b, { componentVariable: [of({ name: 'EVSE' }, { name: 'Available' })] }))).toEqual([
      'EVSE@1.Available',
      'EVSE@2.Available',
    ]);
  });

  test('of criteria: true, or not there at all but for Problem', () => {
    const b = known();
    b.fromStation('StatusNotification', { connectorId: 2, status: 'Faulted', errorCode: 'OtherError' });
    const components = (told: Record<string, unknown>): unknown[] => [
      ...new Set(Object.keys(told).map((path) => path.replace(/\..*?$/, ''))),
    ];
    expect(components(answered(b, { componentCriteria: ['Problem'] }))).toEqual(['EVSE@2', 'Connector@2']);
    const available = components(answered(b, { componentCriteria: ['Available'] }));
    expect(available).toEqual(expect.arrayContaining(['ChargingStation', 'OCPPCommCtrlr', 'LocalAuthListCtrlr']));
    expect(available).not.toContain('ReservationCtrlr');
    // Both: what is in both.
    expect(
      answered(b, {
        componentCriteria: ['Problem', 'Active'],
        componentVariable: [of({ name: 'Connector' }, { name: 'ConnectorType' })],
      }),
    ).toEqual({ 'Connector@1.1.ConnectorType': 'Unknown', 'Connector@2.1.ConnectorType': 'Unknown' });
  });

  test('nothing of it is there: EmptyResultSet', () => {
    const b = known();
    const empty = (request: Payload): void => {
      expect(ask(b, request)).toMatchObject({ calls: [], answer: { status: 'EmptyResultSet' } });
      expect(asked(b.emitted())).toEqual([]);
    };
    empty({ componentVariable: [of({ name: 'Nope' })] });
    empty({ componentVariable: [of({ name: 'EVSE', evse: { id: 3 } })] });
    empty({ componentVariable: [of({ name: 'OCPP16LegacyCtrlr' }, { name: 'Nope' })] });
    empty({ componentVariable: [of({ name: 'ReservationCtrlr' })], componentCriteria: ['Available'] });
    empty({ componentCriteria: ['Problem'] });
  });

  test('of a station that nothing is known of yet: as far as it could have it', () => {
    const b = make();
    expect(ask(b, { componentVariable: [of({ name: 'Nope' })] }).answer).toEqual({ status: 'EmptyResultSet' });
    expect(ask(b, { componentVariable: [of({ name: 'AuthCtrlr' }, { name: 'Nope' })] }).answer).toEqual({
      status: 'EmptyResultSet',
    });
    expect(ask(b, { componentVariable: [of({ name: 'AuthCtrlr' })] }).answer).toEqual({ status: 'Accepted' });
    // There is nothing to tell in the end, and the CSMS that was promised a report gets an empty one.
    expect(reported(b.emitted(station(core)))).toEqual([{ requestId: 3, generatedAt: at(0), tbc: false, seqNo: 0 }]);
  });

  test('too much to keep: Rejected', () => {
    const componentVariable = Array.from({ length: 2000 }, (_, n) =>
      of({ name: 'AuthCtrlr' }, { name: `Variable${n}` }),
    );
    expect(ask(make(), { componentVariable: [of({ name: 'AuthCtrlr' }), ...componentVariable] }).answer).toMatchObject({
      status: 'Rejected',
      statusInfo: { reasonCode: 'TooManyElements' },
    });
  });
});
