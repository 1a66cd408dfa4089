/** What the tests of charging profiles at a 1.6 station under a CSMS of 2.0.1 share. */
import { expect } from 'vitest';
import { between16and201 } from '../../../../src/ocpp/translate/1.6-2.0.1/index.ts';
import type { Message, Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { at, type Bridge, bridge, type Reply, type Run } from '../../../support/translation.ts';

export const make = (): Bridge => bridge('1.6', '2.0.1', [between16and201]);

export const schedule = (more: Payload = {}): Payload => ({
  id: 7,
  chargingRateUnit: 'A',
  chargingSchedulePeriod: [{ startPeriod: 0, limit: 16 }],
  ...more,
});
export const profile = (more: Payload = {}): Payload => ({
  id: 1,
  stackLevel: 0,
  chargingProfilePurpose: 'TxDefaultProfile',
  chargingProfileKind: 'Relative',
  chargingSchedule: [schedule()],
  ...more,
});
export const request = (evseId: number, more: Payload = {}): Payload => ({ evseId, chargingProfile: profile(more) });
export const accepted = { status: 'Accepted' };
export const rejected = (reasonCode: string): Payload => ({ status: 'Rejected', statusInfo: { reasonCode } });
export const set = (b: Bridge, evseId: number, more: Payload, ...replies: Reply[]): Run =>
  b.fromCsms('SetChargingProfile', request(evseId, more), ...replies);

/** Action and 1.6 id of each Call. */
export const ids = ({ calls }: { calls: readonly Message[] }): unknown[] =>
  calls.map(({ action, payload }) => [
    action.replace('ChargingProfile', ''),
    payload.id ?? payload.csChargingProfiles?.chargingProfileId,
  ]);

/** The reports that a GetChargingProfiles leads to. */
export function reports(b: Bridge, criteria: Payload = {}, evseId?: number): readonly Payload[] {
  const ask = { requestId: 5, chargingProfile: criteria, ...(evseId === undefined ? {} : { evseId }) };
  const run = b.fromCsms('GetChargingProfiles', ask);
  expect(run.calls).toEqual([]);
  const told = b.emitted().flatMap(({ side, calls }) => (side === 'csms' ? calls : []));
  expect(run.answer?.status).toBe(told.length === 0 ? 'NoProfiles' : 'Accepted');
  expect(told.every(({ action }) => action === 'ReportChargingProfiles')).toBe(true);
  return told.map(({ payload }) => payload);
}
export const reportedIds = (b: Bridge, criteria: Payload = {}, evseId?: number): unknown[] =>
  reports(b, criteria, evseId).flatMap(({ chargingProfile }) => (chargingProfile as Payload[]).map(({ id }) => id));

export function start(b: Bridge, more: Payload = {}): string {
  const run = b.fromStation('StartTransaction', {
    connectorId: 1,
    idTag: '04AABBCC',
    meterStart: 0,
    timestamp: at(0),
    ...more,
  });
  const [event] = run.calls.filter(({ action }) => action === 'TransactionEvent');
  return event?.payload.transactionInfo.transactionId as string;
}
