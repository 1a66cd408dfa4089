/** Translators in a row: a station of 1.5 under a CSMS of 2.0.1, and one of 2.0.1 under a CSMS of 1.5. */
import { describe, test } from 'vitest';
import { translators } from '../../../src/ocpp/translate/index.ts';
import { randomBridge } from '../../support/translation-properties.ts';

describe.each([
  ['1.5', '2.0.1'],
  ['2.0.1', '1.5'],
] as const)('any Call between a station of %s and a CSMS of %s', (station, csms) => {
  const b = randomBridge(station, csms, translators);
  for (const side of ['station', 'csms'] as const) {
    test.each(b.actions(side))(`%s of the ${side} is answered, and all that crosses is valid`, (action) => {
      b.holds(side, action);
    });
  }
});
