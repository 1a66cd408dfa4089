import { describe, expect, test } from 'vitest';
import { between15and16 } from '../../../../src/ocpp/translate/1.5-1.6/index.ts';
import { randomBridge } from '../../../support/translation-properties.ts';

describe.each([
  ['1.5', '1.6'],
  ['1.6', '1.5'],
] as const)('any Call between a station of %s and a CSMS of %s', (station, csms) => {
  const b = randomBridge(station, csms, [between15and16]);
  for (const side of ['station', 'csms'] as const) {
    test.each(b.actions(side))(`%s of the ${side} is answered, and all that crosses is valid`, (action) => {
      b.holds(side, action);
    });
  }

  test('what is remembered of it stays bounded', () => {
    expect(b.stateSize()).toBeLessThan(1000);
  });
});
