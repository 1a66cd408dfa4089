/** Configuration keys and the device model, under CSMSs of 2.0.1 and 1.6, which are played here. */
import { expect } from 'vitest';
import { translators } from '../../../../src/ocpp/translate/index.ts';
import type { Message, Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { bridge } from '../../../support/translation.ts';
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
