/** E-36: the names that stations of 1.5 over JSON give to the parts of meter values. */
import { describe, expect, test } from 'vitest';
import { type Validate, versionByName } from '../../src/ocpp/index.ts';
import { check } from '../../src/ocpp/tolerance.ts';

const now = Date.UTC(2026, 2, 1, 12);
const take = (action: string, text: string, tolerant = true) =>
  check(JSON.parse(text), versionByName('1.5').actions.get(action)?.request as Validate, tolerant, now, {
    timestamp: () => '2026-03-01T12:00:00.000Z',
  });

const reading = { $value: '0', attributes: { unit: 'Wh', measurand: 'Energy.Active.Import.Register' } };
const attributes = '"unit":"Wh","measurand":"Energy.Active.Import.Register"';
const at = '"timestamp":"2013-03-07T16:52:16Z"';

describe('meter values', () => {
  test.each([
    [`"values":[{${at},"values":[{"value":"0",${attributes}}]}]`],
    [`"values":[{${at},"value":[{"value":"0",${attributes}}]}]`],
    [`"values":[{${at},"value":[{"value":"0","attributes":{${attributes}}}]}]`],
    [`"value":[{${at},"value":{"$value":"0",${attributes}}}]`],
    [`"value":[{${at},"values":{"$value":0,"attributes":{${attributes}}}}]`],
    [`"values":{${at},"values":{"value":0,${attributes}}}`],
    [`"meterValue":[{${at},"sampledValue":[{"value":"0",${attributes}}]}]`],
  ])('%.60s', (fields) => {
    const text = `{"connectorId":1,${fields}}`;
    const taken = take('MeterValues', text);
    expect(taken).toMatchObject({
      payload: { connectorId: 1, values: [{ timestamp: '2013-03-07T16:52:16Z', value: [reading] }] },
      deviations: expect.arrayContaining(['renamedField']),
    });
    expect(take('MeterValues', text, false).errors).toBeDefined();
  });

  test.each(['"100"', '["100"]', '100', '[100]'])('a bare value: %s', (value) => {
    expect(take('MeterValues', `{"connectorId":1,"values":[{${at},"value":${value}}]}`)).toMatchObject({
      payload: { connectorId: 1, values: [{ value: [{ $value: '100' }] }] },
    });
  });

  test('what has no value is left out', () => {
    const text = `{"connectorId":1,"values":[{${at}},{${at},"value":[{"attributes":{"unit":"Wh"}},{"$value":"5"}]}]}`;
    expect(take('MeterValues', text)).toMatchObject({
      payload: { values: [{ value: [{ $value: '5' }] }] },
      deviations: ['emptyList'],
    });
  });

  test.each([
    ['A', 'Amp'],
    ['amps', 'Amp'],
    ['V', 'Volt'],
    ['Celcius', 'Celsius'],
  ])('unit %s is %s', (given, unit) => {
    const text = `{"connectorId":1,"values":[{${at},"value":[{"$value":"5","attributes":{"unit":"${given}"}}]}]}`;
    expect(take('MeterValues', text)).toMatchObject({
      payload: { values: [{ value: [{ $value: '5', attributes: { unit } }] }] },
      deviations: ['unknownEnumValue'],
    });
  });
});

describe('the meter values of a transaction', () => {
  test.each([
    [`[{"values":[{${at},"values":[{"value":"0",${attributes}}]}]}]`],
    [`{"values":{${at},"value":{"value":"0",${attributes}}}}`],
    [`[{"value":[{${at},"value":[{"value":"0",${attributes}}]}]}]`],
    [`[{${at},"value":[{"$value":"0",${attributes}}]}]`],
    [`[{"value":[{"$value":"0",${attributes}}],${at}}]`],
    [`[{${at},"values":[{"value":"0",${attributes}}]}]`],
    [`[{${at},"sampledValue":[{"value":"0",${attributes}}]}]`],
  ])('%.60s', (transactionData) => {
    const text = `{"transactionId":1,${at},"meterStop":5,"transactionData":${transactionData}}`;
    expect(take('StopTransaction', text)).toMatchObject({
      payload: { transactionData: [{ values: [{ timestamp: '2013-03-07T16:52:16Z', value: [reading] }] }] },
      deviations: expect.arrayContaining(['renamedField']),
    });
  });
});
