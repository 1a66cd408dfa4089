/** Configuration keys and the device model, under CSMSs of 2.0.1 and 1.6, which are played here. */
import { expect } from 'vitest';
import { translators } from '../../../../src/ocpp/translate/index.ts';
import type { Message, Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { bridge, failure } from '../../../support/translation.ts';
import { trickyCase } from '../../../support/tricky-case.ts';

const of = (component: string, variable: string): Payload => ({
  component: { name: component },
  variable: { name: variable },
});

trickyCase(
  'F34: SetVariables at a 1.6 station, its results in order',
  '1.6',
  () => bridge('1.6', '2.0.1', translators),
  (b) => {
    const run = b.fromCsms(
      'SetVariables',
      {
        setVariableData: [
          { attributeValue: '60', ...of('SampledDataCtrlr', 'TxUpdatedInterval') },
          { attributeValue: '1', ...of('Foo', 'Bar') },
          { attributeValue: 'EVConnected', ...of('TxCtrlr', 'TxStartPoint') },
        ],
      },
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
  },
);

/** Keys of a 1.6 station that does not answer when it is asked for none in particular. */
const keys: Readonly<Record<string, string>> = {
  GetConfigurationMaxKeys: '10',
  NumberOfConnectors: '1',
  SupportedFeatureProfiles: 'Core',
  HeartbeatInterval: '300',
  MeterValueSampleInterval: '60',
  ConnectionTimeOut: '30',
  VendorMood: 'fine',
};

trickyCase(
  'F33: GetBaseReport at a 1.6 station that tells nothing unless it is asked for it',
  '1.6',
  () => bridge('1.6', '2.0.1', translators),
  (b) => {
    const asked: (readonly string[] | undefined)[] = [];
    b.otherwise = ({ action, payload }) => {
      if (action !== 'GetConfiguration') return {};
      asked.push(payload.key);
      if (payload.key === undefined) return failure('GenericError', true);
      const known = (payload.key as string[]).filter((key) => key in keys);
      return {
        configurationKey: known.map((key) => ({ key, readonly: false, value: keys[key] })),
        unknownKey: (payload.key as string[]).filter((key) => !(key in keys)),
      };
    };
    // It told of a key of its own before.
    b.fromCsms('GetVariables', { getVariableData: [of('OCPP16LegacyCtrlr', 'VendorMood')] });
    asked.length = 0;

    const report = { requestId: 4711, reportBase: 'FullInventory' };
    expect(b.fromCsms('GetBaseReport', report)).toMatchObject({ calls: [], answer: { status: 'Accepted' } });
    const told = b.emitted().flatMap(({ side, calls }) => (side === 'csms' ? calls : []));

    const [first, second, ...others] = asked;
    expect(first).toBeUndefined();
    expect(second).toContain('GetConfigurationMaxKeys');
    // As many at once as it says that it takes, none twice.
    expect(others.length).toBeGreaterThan(1);
    for (const chunk of others) expect(chunk?.length).toBeLessThanOrEqual(10);
    const named = asked.flatMap((chunk) => chunk ?? []);
    expect(new Set(named).size).toBe(named.length);
    expect(named).toContain('VendorMood');

    expect(new Set(told.map(({ action }) => action))).toEqual(new Set(['NotifyReport']));
    expect(told.map(({ payload }) => payload.requestId)).toEqual(told.map(() => 4711));
    expect(told.map(({ payload }) => payload.seqNo)).toEqual(told.map((_one, index) => index));
    expect(told.map(({ payload }) => payload.tbc)).toEqual(told.map((_one, index) => index < told.length - 1));
    const reported = told.flatMap(({ payload }) => payload.reportData as Payload[]);
    const reportedValue = (component: string, variable: string): unknown =>
      reported.find((one) => one.component.name === component && one.variable.name === variable)?.variableAttribute[0]
        .value;
    expect(reportedValue('OCPPCommCtrlr', 'HeartbeatInterval')).toBe('300');
    expect(reportedValue('SampledDataCtrlr', 'TxUpdatedInterval')).toBe('60');
    expect(reportedValue('OCPP16LegacyCtrlr', 'VendorMood')).toBe('fine');
    expect(b.emitted()).toEqual([]);
  },
);

/** A 2.0.1 station that has a heartbeat interval, and nothing else that is asked for. */
const station = ({ payload }: Message): Payload => ({
  getVariableResult: (payload.getVariableData as Payload[]).map(({ component, variable }) =>
    component.name === 'OCPPCommCtrlr' && variable.name === 'HeartbeatInterval'
      ? { attributeStatus: 'Accepted', attributeValue: '300', component, variable }
      : { attributeStatus: 'UnknownComponent', component, variable },
  ),
});

trickyCase(
  'F35: GetConfiguration at a 2.0.1 station, keys as the CSMS spells them',
  '2.0.1',
  () => bridge('2.0.1', '1.6', translators),
  (b) => {
    const run = b.fromCsms('GetConfiguration', { key: ['heartbeatinterval', 'Nope'] }, station);
    expect(run.calls.map(({ action }) => action)).toEqual(['GetVariables']);
    expect(run.answer).toEqual({
      configurationKey: [{ key: 'heartbeatinterval', readonly: false, value: '300' }],
      unknownKey: ['Nope'],
    });
  },
);
