/** Meter values, through MeterValues outside a transaction. */
import { describe, expect, test } from 'vitest';
import { between16and201 } from '../../../../src/ocpp/translate/1.6-2.0.1/index.ts';
import type { Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { registerWh } from '../../../../src/ocpp/translate/readings.ts';
import { at, bridge } from '../../../support/translation.ts';

const up = (...sampledValue: Payload[]): Payload[] | undefined =>
  bridge('1.6', '2.0.1', [between16and201]).fromStation('MeterValues', {
    connectorId: 1,
    meterValue: [{ timestamp: at(0), sampledValue }],
  }).calls[0]?.payload.meterValue[0].sampledValue;

const down = (...sampledValue: Payload[]): Payload[] | undefined =>
  bridge('2.0.1', '1.6', [between16and201]).fromStation('MeterValues', {
    evseId: 1,
    meterValue: [{ timestamp: at(0), sampledValue }],
  }).calls[0]?.payload.meterValue[0].sampledValue;

describe('from 1.6', () => {
  test.each([
    [{ value: '1.5' }, { value: 1.5, unitOfMeasure: { unit: 'Wh' } }],
    [{ value: ' 1 234,5 ' }, { value: 1234.5, unitOfMeasure: { unit: 'Wh' } }],
    [
      { value: '2e3', measurand: 'Power.Active.Import' },
      { value: 2000, measurand: 'Power.Active.Import', unitOfMeasure: { unit: 'W' } },
    ],
    [
      { value: '3', measurand: 'Power.Active.Import', unit: 'Wh' },
      { value: 3, measurand: 'Power.Active.Import', unitOfMeasure: { unit: 'W' } },
    ],
    [
      { value: '4', measurand: 'Energy.Reactive.Import.Register' },
      { value: 4, measurand: 'Energy.Reactive.Import.Register', unitOfMeasure: { unit: 'varh' } },
    ],
    [
      { value: '0.98', measurand: 'Power.Factor' },
      { value: 0.98, measurand: 'Power.Factor' },
    ],
    [
      { value: '50', measurand: 'Frequency' },
      { value: 50, measurand: 'Frequency', unitOfMeasure: { unit: 'Hz' } },
    ],
    [
      { value: '80', measurand: 'SoC', location: 'EV' },
      { value: 80, measurand: 'SoC', location: 'EV', unitOfMeasure: { unit: 'Percent' } },
    ],
    [
      { value: '16', measurand: 'Current.Import', phase: 'L1', format: 'Raw', unit: 'A' },
      { value: 16, measurand: 'Current.Import', phase: 'L1', unitOfMeasure: { unit: 'A' } },
    ],
  ])('%j', (older, newer) => {
    expect(up(older)).toEqual([newer]);
  });

  test('what 2.x cannot say is left out, and a message of nothing else goes no further', () => {
    expect(up({ value: '40', measurand: 'Temperature', unit: 'Celcius' })).toBeUndefined();
    expect(
      up({ value: '' }, { value: 'null' }, { value: 'NaN' }, { value: '1200', measurand: 'RPM' }, { value: '7' }),
    ).toEqual([{ value: 7, unitOfMeasure: { unit: 'Wh' } }]);
  });

  test('signed data of the application note: its parts, byte for byte', () => {
    const signed = {
      signedMeterData: 'T0NNRnx7fXx7fQ==',
      signingMethod: '',
      encodingMethod: 'OCMF',
      publicKey: 'b2Nh',
    };
    expect(
      up({ value: '12.5', unit: 'kWh' }, { value: JSON.stringify(signed), format: 'SignedData', unit: 'kWh' }),
    ).toEqual([
      { value: 12.5, unitOfMeasure: { unit: 'kWh' } },
      { value: 12.5, unitOfMeasure: { unit: 'kWh' }, signedMeterValue: signed },
    ]);
  });

  test('a container as older firmware writes it', () => {
    const text = 'OCMF|{"RD":[{"RV":"0.1","RU":"kWh"},{"RV":2.5,"RU":"kWh"}]}|{"SD":"ü"}';
    const [sample] = up({ value: text, format: 'SignedData' }) as [Payload];
    expect(sample.value).toBe(2500);
    expect(sample.signedMeterValue).toMatchObject({ encodingMethod: 'OCMF', signingMethod: '', publicKey: '' });
    expect(Buffer.from(sample.signedMeterValue.signedMeterData, 'base64').toString()).toBe(text);
  });

  test('the number beside a container is in the unit that it is told in', () => {
    const ocmf = 'OCMF|{"RD":[{"RV":2.5,"RU":"kWh"}]}|{}';
    expect(up({ value: ocmf, format: 'SignedData', unit: 'kWh' })).toMatchObject([
      { value: 2500, unitOfMeasure: { unit: 'Wh' } },
    ]);
    expect(up({ value: 'unreadable', format: 'SignedData' }, { value: '12.5', unit: 'kWh' })).toMatchObject([
      { value: 12.5, unitOfMeasure: { unit: 'kWh' }, signedMeterValue: {} },
      { value: 12.5, unitOfMeasure: { unit: 'kWh' } },
    ]);
  });

  test('a container with no number anywhere is given that of its transaction, else 0', () => {
    const b = bridge('1.6', '2.0.1', [between16and201]);
    b.fromStation('StartTransaction', { connectorId: 1, idTag: 'A', meterStart: 700, timestamp: at(0) });
    const value = (context: string, transactionId?: number): unknown => {
      const sampledValue = [{ value: 'unreadable', format: 'SignedData', context }];
      const request = { connectorId: 1, meterValue: [{ timestamp: at(1), sampledValue }] };
      const run = b.fromStation('MeterValues', {
        ...request,
        ...(transactionId === undefined ? {} : { transactionId }),
      });
      return run.calls[0]?.payload.meterValue[0].sampledValue[0];
    };
    expect(value('Transaction.Begin', 1)).toMatchObject({ value: 700, unitOfMeasure: { unit: 'Wh' } });
    const transactionData = [
      { timestamp: at(2), sampledValue: [{ value: 'unreadable', format: 'SignedData', context: 'Transaction.End' }] },
    ];
    const stop = { transactionId: 1, meterStop: 900, timestamp: at(2), transactionData };
    const [ended] = b.fromStation('StopTransaction', stop).calls;
    expect(ended?.payload.meterValue[0].sampledValue[0]).toMatchObject({ value: 900, unitOfMeasure: { unit: 'Wh' } });
    expect(b.notes).toEqual([]);
    expect(value('Sample.Periodic')).toMatchObject({ value: 0 });
    expect(b.notes).toContainEqual(expect.objectContaining({ field: 'value' }));
  });

  test('a container that 2.0.1 has no room for is left out whole', () => {
    const samples = up({ value: '9' }, { value: 'x'.repeat(200_000), format: 'SignedData' });
    expect(samples).toEqual([
      { value: 9, unitOfMeasure: { unit: 'Wh' } },
      { value: 9, unitOfMeasure: { unit: 'Wh' } },
    ]);
  });
});

describe('from 2.0.1', () => {
  test.each([
    [{ value: 1.5 }, [{ value: '1.5', unit: 'Wh' }]],
    [{ value: 1.1, unitOfMeasure: { unit: 'Wh', multiplier: 3 } }, [{ value: '1100', unit: 'Wh' }]],
    [{ value: 3, measurand: 'Voltage' }, [{ value: '3', measurand: 'Voltage', unit: 'V' }]],
    [
      { value: 50_020, measurand: 'Frequency', unitOfMeasure: { unit: 'mHz' } },
      [{ value: '50.02', measurand: 'Frequency' }],
    ],
    [{ value: 1e-7, measurand: 'Current.Import' }, [{ value: '0.0000001', measurand: 'Current.Import', unit: 'A' }]],
  ])('%j', (newer, older) => {
    expect(down(newer)).toEqual(older);
  });

  test('what 1.6 cannot say is left out', () => {
    expect(down({ value: 1, measurand: 'Energy.Apparent.Net' })).toBeUndefined();
    expect(down({ value: 1, unitOfMeasure: { multiplier: 400 } })).toBeUndefined();
  });

  test('signed data goes beside the plain number, and comes back as it was', () => {
    const signedMeterValue = { signedMeterData: 'T0NN', signingMethod: 'S', encodingMethod: 'OCMF', publicKey: 'K' };
    const samples = down({ value: 7, context: 'Transaction.End', signedMeterValue }) as Payload[];
    expect(samples).toEqual([
      { value: '7', context: 'Transaction.End', unit: 'Wh', format: 'Raw' },
      { value: JSON.stringify(signedMeterValue), context: 'Transaction.End', unit: 'Wh', format: 'SignedData' },
    ]);
    expect(up(...samples)?.[1]).toEqual({
      value: 7,
      context: 'Transaction.End',
      unitOfMeasure: { unit: 'Wh' },
      signedMeterValue,
    });
  });
});

test('a register of whole Wh: the total, else the sum of the phases', () => {
  const values = (...sampledValue: Payload[]): Payload[] => [{ timestamp: at(0), sampledValue }];
  const phase = (name: string, value: number): Payload => ({ value, phase: name, unitOfMeasure: { unit: 'kWh' } });
  const phases = [phase('L1', 1), phase('L2', 2), phase('L3', 3.5)];
  expect(registerWh(values(...phases), 'Transaction.Begin')).toBe(6500);
  expect(registerWh(values(...phases, { value: 6400.4 }), 'Transaction.Begin')).toBe(6400);
  expect(
    registerWh(values({ value: 1 }, { value: 2, context: 'Transaction.Begin' }, { value: 3 }), 'Transaction.Begin'),
  ).toBe(2);
  expect(registerWh(values({ value: 5, measurand: 'Voltage' }), 'Transaction.End')).toBeUndefined();
});
