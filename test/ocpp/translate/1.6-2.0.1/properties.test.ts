import { describe, expect, test } from 'vitest';
import { between16and201 } from '../../../../src/ocpp/translate/1.6-2.0.1/index.ts';
import { randomBridge } from '../../../support/translation-properties.ts';

/** What is off by default: messages that 1.6 carries in DataTransfer. */
const carrying = { plugAndCharge: 'always', costMessages: true, parseDataTransfer: true } as const;

describe.each([
  ['1.6', '2.0.1', {}],
  ['2.0.1', '1.6', {}],
  ['1.6', '2.0.1', carrying],
  ['2.0.1', '1.6', carrying],
] as const)('any Call between a station of %s and a CSMS of %s, settings %o', (station, csms, settings) => {
  const b = randomBridge(station, csms, [between16and201], settings);
  for (const side of ['station', 'csms'] as const) {
    test.each(b.actions(side))(`%s of the ${side} is answered, and all that crosses is valid`, (action) => {
      b.holds(side, action);
    });
  }

  test('what is remembered of it stays bounded', () => {
    expect(b.stateSize()).toBeLessThan(20_000);
  });
});
