import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { between16and201 } from '../../../../src/ocpp/translate/1.6-2.0.1/index.ts';
import type { Message, Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { message, runs } from '../../../support/arbitrary.ts';
import { type Bridge, bridge, crash, type failure } from '../../../support/translation.ts';
import { randomBridge } from '../../../support/translation-properties.ts';

const actions = ['SetChargingProfile', 'ClearChargingProfile', 'GetCompositeSchedule'];

describe('any smart-charging message', () => {
  const down = randomBridge('1.6', '2.0.1', [between16and201]);
  it.each(actions)('%s at a 1.6 station', (action) => down.holds('csms', action));
  const up = randomBridge('2.0.1', '1.6', [between16and201]);
  it.each(actions)('%s at a 2.0.1 station', (action) => up.holds('csms', action));
  it('leaves a bounded state', () => expect(down.stateSize() + up.stateSize()).toBeLessThan(1000));
});

/**
 * A station that keeps profiles as its version has it: by id, in 1.6 also one per place, purpose and level. It refuses now
 * and then.
 */
class Station {
  readonly profiles = new Map<number, string>();
  readonly refuses: () => boolean;
  constructor(refuses: () => boolean) {
    this.refuses = refuses;
  }
  /** Place, purpose and level of every profile, sorted. */
  get slots(): string[] {
    return [...this.profiles.values()].toSorted();
  }
  answer({ action, payload }: Message): Payload | { failure: ReturnType<typeof failure>['failure'] } {
    if (action === 'ClearChargingProfile') {
      const id = (payload.id ?? payload.chargingProfileId) as number;
      return { status: this.profiles.delete(id) ? 'Accepted' : 'Unknown' };
    }
    const older = payload.csChargingProfiles as Payload | undefined;
    const profile = (older ?? payload.chargingProfile) as Payload;
    const slot = `${payload.connectorId ?? payload.evseId} ${profile.chargingProfilePurpose} ${profile.stackLevel}`;
    const id = (older === undefined ? profile.id : profile.chargingProfileId) as number;
    const others = [...this.profiles].filter(([other, has]) => other !== id && has === slot);
    if (older === undefined && others.length > 0) return { status: 'Rejected' };
    if (this.refuses()) return { status: 'Rejected' };
    for (const [other] of others) this.profiles.delete(other);
    this.profiles.set(id, slot);
    return { status: 'Accepted' };
  }
}

const order = fc.record({
  id: fc.integer({ min: 1, max: 4 }),
  place: fc.integer({ min: 0, max: 2 }),
  stackLevel: fc.integer({ min: 0, max: 1 }),
  refused: fc.boolean(),
});

describe('a station keeps what it had when a profile is refused', () => {
  const tries = (
    version: '1.6' | '2.0.1',
    put: (b: Bridge, order: { id: number; place: number; stackLevel: number }) => unknown,
  ) =>
    fc.assert(
      fc.property(fc.array(order, { maxLength: 12 }), (orders) => {
        const b = bridge(version, version === '1.6' ? '2.0.1' : '1.6', [between16and201]);
        let refusals = 0;
        const station = new Station(() => refusals-- > 0);
        b.otherwise = (call) => station.answer(call);
        for (const one of orders) {
          const before = station.slots;
          refusals = one.refused ? 1 : 0;
          const answered = put(b, one);
          if (answered === 'Accepted') expect(station.profiles.has(one.id)).toBe(true);
          else expect(station.slots).toEqual(before);
        }
      }),
      { numRuns: runs },
    );

  const schedule = { chargingRateUnit: 'A', chargingSchedulePeriod: [{ startPeriod: 0, limit: 6 }] };

  it('2.0.1 under 1.6: whatever is set in whatever order', () => {
    tries('2.0.1', (b, { id, place, stackLevel }) => {
      const run = b.fromCsms('SetChargingProfile', {
        connectorId: place,
        csChargingProfiles: {
          chargingProfileId: id,
          stackLevel,
          chargingProfilePurpose: 'TxDefaultProfile',
          chargingProfileKind: 'Relative',
          chargingSchedule: schedule,
        },
      });
      return run.answer?.status;
    });
  });

  it('1.6 under 2.0.1: whatever is set in whatever order', () => {
    tries('1.6', (b, { id, place, stackLevel }) => {
      const run = b.fromCsms('SetChargingProfile', {
        evseId: place,
        chargingProfile: {
          id,
          stackLevel,
          chargingProfilePurpose: 'TxDefaultProfile',
          chargingProfileKind: 'Relative',
          chargingSchedule: [{ id: 1, ...schedule }],
        },
      });
      return run.answer?.status;
    });
  });
});

/** After a crash, and what the next process does about it, nothing is missing that was there before. */
describe('a crash while a profile is set', () => {
  const schedule = { chargingRateUnit: 'A', chargingSchedulePeriod: [{ startPeriod: 0, limit: 6 }] };
  const dying = fc.record({
    ...{ id: fc.integer({ min: 1, max: 3 }), place: fc.integer({ min: 0, max: 2 }) },
    stackLevel: fc.integer({ min: 0, max: 1 }),
    /** The Calls of which the answer is lost; whether the station has got them; how many it refuses after that. */
    at: fc.integer({ min: 0, max: 5 }),
    again: fc.integer({ min: 0, max: 9 }),
    arrives: fc.boolean(),
    refused: fc.integer({ min: 0, max: 1 }),
  });

  it.each(['1.6', '2.0.1'] as const)('at a station of %s', (version) => {
    const put = (b: Bridge, { id, place, stackLevel }: { id: number; place: number; stackLevel: number }) => {
      const common = { stackLevel, chargingProfilePurpose: 'TxDefaultProfile', chargingProfileKind: 'Relative' };
      return version === '1.6'
        ? b.fromCsms('SetChargingProfile', {
            evseId: place,
            chargingProfile: { id, ...common, chargingSchedule: [{ id: 1, ...schedule }] },
          })
        : b.fromCsms('SetChargingProfile', {
            connectorId: place,
            csChargingProfiles: { chargingProfileId: id, ...common, chargingSchedule: schedule },
          });
    };
    fc.assert(
      fc.property(fc.array(dying, { minLength: 1, maxLength: 8 }), (orders) => {
        const b = bridge(version, version === '1.6' ? '2.0.1' : '1.6', [between16and201]);
        let refusals = 0;
        const station = new Station(() => refusals-- > 0);
        for (const order of orders) {
          const before = new Map(station.profiles);
          let calls = 0;
          b.otherwise = (call) => {
            const count = calls++;
            if (count !== order.at && count !== order.again) return station.answer(call);
            if (order.arrives) station.answer(call);
            return crash;
          };
          put(b, order);
          refusals = order.refused;
          b.emitted();
          b.otherwise = (call) => station.answer(call);
          b.emitted();
          refusals = 0;
          expect(b.state.size('task')).toBe(0);
          const slot = `${order.place} TxDefaultProfile ${order.stackLevel}`;
          const known = [...b.state.rows<{ evseId: number; profile: Payload }>('chargingProfile')].map(
            ([, { evseId, profile }]) => [profile.id, `${evseId} TxDefaultProfile ${profile.stackLevel}`],
          );
          // What the station has is known, and one more at most.
          for (const entry of station.profiles) expect(known).toContainEqual(entry);
          expect(known.length).toBeLessThanOrEqual(station.profiles.size + 1);
          for (const [id, was] of before) {
            // 1.6 lets a profile take the place of another; otherwise each is where it was, or where it was meant to be.
            if (station.profiles.has(id)) expect([was, slot]).toContain(station.profiles.get(id));
            else expect(station.profiles.get(order.id)).toBe(was);
          }
          // What one too many would be in the way of is the business of the CSMS: begin the next one in agreement.
          for (const [id] of known)
            if (!station.profiles.has(id as number)) b.state.delete('chargingProfile', String(id));
        }
      }),
      { numRuns: runs * 2 },
    );
  });
});

it('a profile that crosses up and down again is what it was, but for what is normalised', () => {
  fc.assert(
    fc.property(message('1.6', 'SetChargingProfileRequest'), ({ csChargingProfiles: given }) => {
      const profile = { ...given, chargingProfilePurpose: 'TxDefaultProfile', chargingProfileKind: 'Relative' };
      const schedule = profile.chargingSchedule as Payload;
      // What would discharge is refused.
      fc.pre((schedule.chargingSchedulePeriod as Payload[]).every(({ limit }) => limit >= 0));
      const up = bridge('2.0.1', '1.6', [between16and201]);
      const [sent] = up.fromCsms('SetChargingProfile', { connectorId: 1, csChargingProfiles: profile }).calls;
      if (sent === undefined) return;
      const down = bridge('1.6', '2.0.1', [between16and201]);
      const [back] = down.fromCsms('SetChargingProfile', sent.payload).calls;
      const { transactionId: _id, ...rest } = profile as Payload;
      const { startSchedule: _start, ...kept } = schedule;
      const periods = (schedule.chargingSchedulePeriod as Payload[]).toSorted((a, b) => a.startPeriod - b.startPeriod);
      expect(back?.payload.csChargingProfiles).toEqual({
        ...rest,
        chargingProfileId: (rest.chargingProfileId as number) > 0 ? rest.chargingProfileId : expect.any(Number),
        chargingSchedule: { ...kept, chargingSchedulePeriod: periods },
      });
    }),
    { numRuns: runs },
  );
});
