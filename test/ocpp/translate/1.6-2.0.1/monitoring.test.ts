import { expect, test } from 'vitest';
import { between16and201 } from '../../../../src/ocpp/translate/1.6-2.0.1/index.ts';
import { at, bridge } from '../../../support/translation.ts';

const down = () => bridge('1.6', '2.0.1', [between16and201]);

test('no monitor can be set at a 1.6 station, item by item', () => {
  const b = down();
  b.fromStation('StatusNotification', { connectorId: 2, status: 'Available', errorCode: 'NoError' });
  const monitor = { type: 'Delta', value: 1, severity: 5 };
  const known = { component: { name: 'Connector', evse: { id: 1, connectorId: 1 } }, variable: { name: 'Available' } };
  const noVariable = { component: { name: 'EVSE', evse: { id: 2 } }, variable: { name: 'Power' } };
  const noComponent = { component: { name: 'EVSE', evse: { id: 3 } }, variable: { name: 'Available' } };
  const run = b.fromCsms('SetVariableMonitoring', {
    setMonitoringData: [
      { ...monitor, ...known, id: 4 },
      { ...monitor, ...noVariable },
      { ...monitor, ...noComponent, transaction: true },
    ],
  });
  const result = { type: 'Delta', severity: 5 };
  expect(run).toMatchObject({ calls: [] });
  expect(run.answer).toEqual({
    setMonitoringResult: [
      { ...result, ...known, id: 4, status: 'Rejected', statusInfo: { reasonCode: 'UnsupportedRequest' } },
      { ...result, ...noVariable, status: 'UnknownVariable' },
      { ...result, ...noComponent, status: 'UnknownComponent', statusInfo: { reasonCode: 'UnknownEvse' } },
    ],
  });
});

test('there is none to clear and none to report', () => {
  const b = down();
  expect(b.fromCsms('ClearVariableMonitoring', { id: [1, 7] }).answer).toEqual({
    clearMonitoringResult: [
      { id: 1, status: 'NotFound' },
      { id: 7, status: 'NotFound' },
    ],
  });
  expect(b.fromCsms('GetMonitoringReport', { requestId: 1 }).answer).toEqual({ status: 'EmptyResultSet' });
  expect(b.emitted()).toEqual([]);
});

test('what it tells anyway is its only base, at any level', () => {
  const b = down();
  const base = (monitoringBase: string) => b.fromCsms('SetMonitoringBase', { monitoringBase }).answer?.status;
  expect(['All', 'FactoryDefault', 'HardWiredOnly'].map(base)).toEqual(['NotSupported', 'NotSupported', 'Accepted']);
  const level = (severity: number) => b.fromCsms('SetMonitoringLevel', { severity }).answer?.status;
  expect([0, 9, 10, -1].map(level)).toEqual(['Accepted', 'Accepted', 'Rejected', 'Rejected']);
});

test('a report of the monitors of a 2.x station goes no further than to the gateway', () => {
  const b = bridge('2.0.1', '1.6', [between16and201]);
  const monitor = [
    {
      component: { name: 'EVSE' },
      variable: { name: 'Power' },
      variableMonitoring: [{ id: 1, transaction: false, value: 1, type: 'Delta', severity: 5 }],
    },
  ];
  const run = b.fromStation('NotifyMonitoringReport', { requestId: 1, seqNo: 0, generatedAt: at(0), monitor });
  expect(run).toMatchObject({ calls: [], answer: {} });
});
