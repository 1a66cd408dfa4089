import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide, handlers } from '../../src/csms/index.ts';
import type { Decision } from '../../src/gateway/decision.ts';
import { HEAD, type Payload } from '../../src/ocpp/index.ts';
import { message, runs } from '../support/arbitrary.ts';
import { station, tokenRow } from './support.ts';

const actions = [...HEAD.actions.values()].filter(({ initiator }) => initiator !== 'csms').map(({ name }) => name);

test('every Action that stations send is decided, and no other', () => {
  expect(Object.keys(handlers).sort()).toEqual([...actions].sort());
  expect(actions).toHaveLength(37);
});

/** Columns of 32 and 64 bits, and times that are times: what storage can hold. */
function expectStorable({
  connectors = [],
  transactions = [],
  meterValues = [],
  variables = [],
  station: row,
}: Decision): void {
  const int32 = (value: number | null): void => {
    if (value !== null) expect(Number.isInteger(value) && Math.abs(value) < 2 ** 31, String(value)).toBe(true);
  };
  const time = (value: number | null): void => {
    if (value !== null) expect(Number.isSafeInteger(value), String(value)).toBe(true);
  };
  const double = (value: number | null): void => {
    if (value !== null) expect(Number.isFinite(value), String(value)).toBe(true);
  };
  for (const { evseId, connectorId, at } of connectors) {
    int32(evseId);
    int32(connectorId);
    time(at);
  }
  for (const row of transactions) {
    for (const value of [row.evseId, row.connectorId, row.remoteStartId, row.reservationId, row.seqNo]) int32(value);
    for (const value of [row.startedAt, row.endedAt, row.updatedAt]) time(value);
    for (const value of [row.meterStart, row.meterStop, row.energyWh]) double(value);
    expect(row.energyWh ?? 0).toBeGreaterThanOrEqual(0);
  }
  for (const row of meterValues) {
    int32(row.evseId);
    time(row.at);
  }
  for (const row of variables) time(row.at);
  if (row !== undefined) time(row.lastSeenAt);
}

describe('any valid request is answered validly, changes what can be stored, and is not changed', () => {
  const world = {
    tokens: [
      tokenRow('ab12', { groupIdToken: 'G', expiresAt: 8.64e15, maxActiveTransactions: 1 }),
      tokenRow('x'.repeat(255), { status: 'NoCredit' }),
    ],
  };
  test.each(actions)('%s', (action) => {
    fc.assert(
      fc.property(fc.array(message('2.1', `${action}Request`), { minLength: 1, maxLength: 4 }), (requests) => {
        const one = station(world);
        for (const request of requests) {
          const before = structuredClone(request);
          expectStorable(one.tell(action, request));
          expect(request).toEqual(before);
        }
      }),
      { numRuns: runs },
    );
  });
});

test('numbers that the schema allows and storage does not hold', () => {
  const one = station();
  const huge = 1e20;
  const tell = (action: string, request: Payload): void => expectStorable(one.tell(action, request));
  tell('StatusNotification', {
    timestamp: '2026-03-01T12:00:00Z',
    connectorStatus: 'Available',
    evseId: huge,
    connectorId: 1,
  });
  tell('MeterValues', {
    evseId: huge,
    meterValue: [{ timestamp: '2026-03-01T12:00:00Z', sampledValue: [{ value: 1e308 }] }],
  });
  tell('TransactionEvent', {
    eventType: 'Started',
    timestamp: '2026-03-01T12:00:00Z',
    triggerReason: 'CablePluggedIn',
    seqNo: huge,
    reservationId: huge,
    evse: { id: huge, connectorId: huge },
    transactionInfo: { transactionId: 't', remoteStartId: huge },
    meterValue: [
      {
        timestamp: '2026-03-01T12:00:00Z',
        sampledValue: [{ value: -1e308, unitOfMeasure: { unit: 'kWh', multiplier: 400 } }],
      },
      { timestamp: '2026-03-01T12:00:01Z', sampledValue: [{ value: 1e305 }] },
      { timestamp: '2026-03-01T12:00:02Z', sampledValue: [{ value: -1e305 }] },
    ],
  });
});

test('an Action of the CSMS is refused', () => {
  const context = {} as Parameters<typeof decide>[2];
  for (const action of ['Reset', 'Nope', 'constructor', '__proto__', 'toString']) {
    expect(decide(action, {}, context).failure).toMatchObject({ condition: 'NotSupported' });
  }
});
