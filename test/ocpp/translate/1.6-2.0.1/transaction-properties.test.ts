/** What must hold of transactions whatever a station sends, whatever the CSMS refuses, and whenever the process ends. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { between16and201 } from '../../../../src/ocpp/translate/1.6-2.0.1/index.ts';
import type { Message, Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { runs } from '../../../support/arbitrary.ts';
import {
  type Played,
  type Put,
  play,
  type Step,
  smallestOf,
  steps16,
  steps201,
  transactionAt,
} from '../../../support/transaction-lives.ts';
import { type Bridge, bridge } from '../../../support/translation.ts';

const HOUR = 3_600_000;

const boot16 = { chargePointVendor: 'V', chargePointModel: 'M' };
const boot201 = { reason: 'PowerUp', chargingStation: { vendorName: 'V', model: 'M' } };

describe('a station of 1.6 under a CSMS of 2.0.1', () => {
  const settings = { closeOrphans: true };

  test('events of a transaction count without gaps, and none comes after its end', () => {
    fc.assert(
      fc.property(steps16, (steps) => {
        const b = bridge('1.6', '2.0.1', [between16and201], settings);
        const { puts } = play(b, steps, smallestOf('1.6', '2.0.1'), boot16);
        // In the end the CSMS has taken all that it has not refused for good.
        for (let hours = 0; hours < 12; hours++) {
          b.now += HOUR;
          b.emitted();
        }
        expect(b.state.size('untoldEvent')).toBe(0);
        const events = new Map<string, Map<number, string>>();
        const ended = new Set<string>();
        for (const { action, payload } of puts.map(({ call }) => call)) {
          if (action !== 'TransactionEvent') continue;
          const { transactionInfo, seqNo, eventType } = payload;
          const id = transactionInfo.transactionId as string;
          const known = events.get(id) ?? new Map<number, string>();
          events.set(id, known);
          // One that is told late says so.
          const text = JSON.stringify({ ...payload, offline: undefined });
          // The same number is the same event, sent again because it was not taken.
          if (known.has(seqNo)) expect(text).toBe(known.get(seqNo));
          else {
            expect(seqNo).toBe(known.size);
            expect(ended).not.toContain(id);
          }
          known.set(seqNo, text);
          if (eventType === 'Ended') ended.add(id);
        }
        const taken = puts.filter(({ how, call }) => how === 'taken' && call.action === 'TransactionEvent');
        expect(new Set(taken.map(eventKey)).size, 'no event is taken twice').toBe(taken.length);
      }),
      { numRuns: runs * 4 },
    );
  });

  test('a process that ends between any two steps changes nothing', () => {
    fc.assert(
      fc.property(steps16, (steps) => {
        expectSameWithRestarts(
          () => bridge('1.6', '2.0.1', [between16and201], settings),
          steps,
          () => smallestOf('1.6', '2.0.1'),
          boot16,
        );
      }),
      { numRuns: runs * 2 },
    );
  });
});

const eventKey = ({ call: { payload } }: Put): string => `${payload.transactionInfo.transactionId} ${payload.seqNo}`;

describe('a station of 2.0.1 under a CSMS of 1.6', () => {
  /** Numbers are given out in order; the station has forgotten all that it is asked for. */
  const answering = (): ((call: Message) => Payload) => {
    const plain = smallestOf('2.0.1', '1.6');
    let number = 0;
    return (call) => {
      if (call.action === 'StartTransaction') return { transactionId: ++number, idTagInfo: { status: 'Accepted' } };
      if (call.action === 'GetTransactionStatus') return { messagesInQueue: false, ongoingIndicator: false };
      return plain(call);
    };
  };

  /** The messages about each transaction, by their timestamps. */
  function byTransaction(puts: readonly Put[]): ReadonlyMap<number, { starts: Put[]; values: Put[]; stops: Put[] }> {
    const found = new Map<number, { starts: Put[]; values: Put[]; stops: Put[] }>();
    for (const put of puts) {
      const { action, payload } = put.call;
      const kind = { StartTransaction: 'starts', MeterValues: 'values', StopTransaction: 'stops' }[action];
      if (kind === undefined) continue;
      const index = transactionAt(payload.timestamp ?? payload.meterValue[0].timestamp);
      const one = found.get(index) ?? { starts: [], values: [], stops: [] };
      found.set(index, one);
      one[kind as 'starts' | 'values' | 'stops'].push(put);
    }
    return found;
  }

  const contents = (puts: readonly Put[]): ReadonlySet<string> =>
    new Set(puts.map(({ call: { payload } }) => JSON.stringify({ ...payload, transactionId: undefined })));
  const taken = (puts: readonly Put[]): readonly Put[] => puts.filter(({ how }) => how === 'taken');

  test('each transaction begins and ends once, and its messages carry its number', () => {
    fc.assert(
      fc.property(steps201, (steps) => {
        const b = bridge('2.0.1', '1.6', [between16and201]);
        const { puts } = play(b, steps, answering(), boot201);
        // The station comes back once more, without any of its transactions.
        b.reconnect();
        for (let hours = 0; hours < 12; hours++) {
          b.now += HOUR;
          b.emitted();
        }
        for (const { starts, values, stops } of byTransaction(puts).values()) {
          expect(contents(starts).size, 'StartTransaction is never put differently').toBeLessThanOrEqual(1);
          expect(contents(stops).size, 'StopTransaction is never put differently').toBeLessThanOrEqual(1);
          expect(taken(starts).length).toBeLessThanOrEqual(1);
          expect(taken(stops).length).toBeLessThanOrEqual(1);
          const number = taken(starts)[0]?.response?.transactionId ?? -1;
          for (const { call } of [...values, ...stops]) expect(call.payload.transactionId).toBe(number);
          const [first] = [...values, ...stops].map((put) => puts.indexOf(put)).sort((one, other) => one - other);
          if (first !== undefined) expect(first).toBeGreaterThan(puts.indexOf(starts.at(-1) as Put));
          const isGivenUp =
            stops.some(({ how }) => how === 'refused') || stops.filter(({ how }) => how === 'transient').length >= 3;
          if (taken(starts).length === 1) expect(taken(stops).length === 1 || isGivenUp, 'it ends').toBe(true);
        }
        for (const [, transaction] of b.state.rows<Payload>('stationTransaction')) expect(transaction.ended).toBe(true);
      }),
      { numRuns: runs * 4 },
    );
  });

  test('energy that has flowed is told of', () => {
    fc.assert(
      fc.property(steps201, (steps) => {
        const b = bridge('2.0.1', '1.6', [between16and201]);
        const healthy = steps.map((step) => ({ ...step, luck: { at: 0, how: 'lost' as const } }));
        const { puts } = play(b, healthy, answering(), boot201);
        const told = byTransaction(puts);
        for (const { call } of healthy) {
          const { eventType, transactionInfo, timestamp } = call.payload;
          if (eventType !== 'Ended' || transactionInfo?.chargingState !== 'Charging') continue;
          expect(told.get(transactionAt(timestamp))?.stops).toHaveLength(1);
        }
      }),
      { numRuns: runs * 2 },
    );
  });

  test('a process that ends between any two steps changes nothing', () => {
    fc.assert(
      fc.property(steps201, (steps) => {
        expectSameWithRestarts(() => bridge('2.0.1', '1.6', [between16and201]), steps, answering, boot201);
      }),
      { numRuns: runs * 2 },
    );
  });
});

/** Plays the steps without restarts, and with one after each step: the same Calls, the same answers, and the same state in the end. */
function expectSameWithRestarts(
  make: () => Bridge,
  steps: readonly Step[],
  answer: () => (call: Message) => Payload,
  boot: Payload,
): void {
  const once = make();
  const plain = play(once, steps, answer(), boot);
  const again = make();
  const restarted = play(again, steps, answer(), boot, () => again.restart());
  expect(outputs(restarted)).toEqual(outputs(plain));
  expect(remembered(again)).toEqual(remembered(once));
}

/** Everything that is remembered, in an order of its own. */
const remembered = (b: Bridge): readonly string[] =>
  b.state
    .all()
    .map(({ table, key, value }) => `${table} ${key} ${value}`)
    .sort();

const outputs = ({ puts, runs: own }: Played): unknown => ({
  calls: puts.map(({ call, how }) => [call, how]),
  answers: own.map((run) => [run.answer, run.refusal]),
});
