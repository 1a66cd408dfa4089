import { expect, test } from 'vitest';
import { decimal, parseValue } from '../../../src/ocpp/translate/decimal.ts';

test('decimals are written without exponent', () => {
  expect([0, -0.5, 1e21, 1.5e30, 1e-7, 123456789.123].map(decimal)).toEqual([
    '0',
    '-0.5',
    '1000000000000000000000',
    '1500000000000000000000000000000',
    '0.0000001',
    '123456789.123',
  ]);
  expect(['1,5', '1.5', '', ' ', '1e999', 'abc', '-3'].map(parseValue)).toEqual([
    1.5,
    1.5,
    undefined,
    undefined,
    undefined,
    undefined,
    -3,
  ]);
});
