import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { between16and201 } from '../../../../src/ocpp/translate/1.6-2.0.1/index.ts';
import type { Message, Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { message, runs } from '../../../support/arbitrary.ts';
import { smallest } from '../../../support/schemas.ts';
import { at, bridge, failure } from '../../../support/translation.ts';
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

/** Station messages that hang together: few connectors, few tags, ids that were given out and ids that were not. */
const related = fc.record({
  connectorId: fc.integer({ min: 0, max: 3 }),
  idTag: fc.constantFrom('', 'AB12', 'ab12', '04AABBCC', '~ALIAS'),
  transactionId: fc.constantFrom(-1, 0, 1, 2, 3, 4, 5, 2 ** 31),
  minutes: fc.integer({ min: -5, max: 60 }),
});

const call: fc.Arbitrary<Message> = fc
  .constantFrom(
    'StartTransaction',
    'StopTransaction',
    'MeterValues',
    'StatusNotification',
    'BootNotification',
    'Authorize',
  )
  .chain((action) =>
    fc
      .tuple(message('1.6', `${action}Request`), related)
      .map(([random, { connectorId, idTag, transactionId, minutes }]) => {
        const payload: Payload = { ...random };
        for (const [field, value] of Object.entries({ connectorId, idTag, transactionId, timestamp: at(minutes) })) {
          if (payload[field] !== undefined) payload[field] = value;
        }
        return { action, payload };
      }),
  );

test('TransactionEvents of a 1.6 station count without gaps, whatever it sends and whatever the CSMS refuses', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(call, fc.integer({ min: 0, max: 9 })), { maxLength: 40 }), (steps) => {
      const b = bridge('1.6', '2.0.1', [between16and201]);
      const events = new Map<string, Map<number, string>>();
      const ended = new Set<string>();
      for (const [{ action, payload }, luck] of steps) {
        let asks = 0;
        b.otherwise = ({ action: asked }) =>
          asked === 'TransactionEvent' && ++asks === luck
            ? failure('InternalError', luck === 1)
            : smallest('2.0.1', `${asked}Response`);
        const run = b.fromStation(action, payload);
        for (const made of run.calls) {
          if (made.action !== 'TransactionEvent') continue;
          const { transactionInfo, seqNo, eventType } = made.payload;
          const id = transactionInfo.transactionId as string;
          const known = events.get(id) ?? new Map<number, string>();
          events.set(id, known);
          const text = JSON.stringify(made.payload);
          // The same number is the same event, sent again because it was refused.
          if (known.has(seqNo)) expect(text).toBe(known.get(seqNo));
          else {
            expect(seqNo).toBe(known.size);
            expect(ended).not.toContain(id);
          }
          known.set(seqNo, text);
          if (eventType === 'Ended') ended.add(id);
        }
        b.emitted();
        if (luck === 5) b.restart();
      }
    }),
    { numRuns: runs * 4 },
  );
});
