import { describe, expect, it } from 'vitest';
import { between201and21 } from '../../../../src/ocpp/translate/2.0.1-2.1/index.ts';
import { randomBridge } from '../../../support/translation-properties.ts';

describe.each([
  { station: '2.0.1', csms: '2.1' },
  { station: '2.1', csms: '2.0.1' },
] as const)('any message between a $station station and a $csms CSMS', ({ station, csms }) => {
  const random = randomBridge(station, csms, [between201and21], { expandStreams: true });
  for (const side of ['station', 'csms'] as const) {
    for (const action of random.actions(side)) {
      it(`${action} of the ${side} is answered, and all that crosses is valid`, () => random.holds(side, action));
    }
  }

  it('leaves a bounded state', () => expect(random.stateSize()).toBeLessThan(5000));
});
