/** Every version of station under a CSMS of every version: a charge from plug to unplug, and commands the other way. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Csms } from '../../../bench/servers/csms.ts';
import type { VersionName } from '../../../src/ocpp/index.ts';
import { VirtualStation } from '../../../src/station/index.ts';
import { until } from '../../support/gateway.ts';
import { stage } from '../support.ts';

const versions = ['1.6', '2.0.1', '2.1'] as const satisfies readonly VersionName[];
const starts: Readonly<Record<(typeof versions)[number], object>> = {
  '1.6': { idTag: 'REMOTE', connectorId: 1 },
  '2.0.1': { remoteStartId: 7, evseId: 1, idToken: { idToken: 'REMOTE', type: 'Central' } },
  '2.1': { remoteStartId: 7, evseId: 1, idToken: { idToken: 'REMOTE', type: 'Central' } },
};

describe.each(versions)('a CSMS of %s', (upstream) => {
  const at = stage({ EVSEBRIDGE_UNKNOWN_TOKENS: 'accept' });
  let csms: Csms;
  beforeAll(async () => {
    csms = await Csms.start(upstream);
    await at.api.put('/v1/upstreams/north', { url: csms.url, version: upstream, password: 'a-password-of-16' });
    await at.api.put('/v1/routes/all', { match: {}, owner: 'north' });
  });
  afterAll(() => csms.kill());

  it.each(versions)('and a station of %s', { timeout: 60_000 }, async (version) => {
    const id = `CP-${version}`;
    const complaints: unknown[] = [];
    const station = new VirtualStation({ id, version, url: at.url, speed: 300 });
    station.on('deviation', (what) => complaints.push(what));
    try {
      station.start();
      await until(() => station.registration.state === 'Accepted', 'registration');
      await until(() => csms.actions(id).includes('BootNotification'), 'the boot');
      expect(csms.passwords.get(id)).toBe('a-password-of-16');
      station.plug();
      expect(await station.startCharging('TAG')).toMatchObject({ status: 'Accepted' });
      await until(() => [...station.ledger.acknowledged()].length > 3, 'acknowledgements');
      station.stopCharging();
      station.unplug();
      expect(await station.drained(15_000)).toBe(true);

      const ends = () =>
        csms.of(id).filter(({ action, payload }) => action === 'StopTransaction' || payload['eventType'] === 'Ended');
      await until(() => ends().length === 1, 'the end of the transaction');
      const events = csms.of(id).filter(({ action }) => action === 'TransactionEvent');
      const starts16 = csms.of(id).filter(({ action }) => action === 'StartTransaction');
      if (upstream === '1.6') {
        expect(starts16).toHaveLength(1);
        expect(ends()[0]?.payload['transactionId']).toBe(csms.lastTransactionId);
        const values = csms
          .of(id)
          .filter(({ action, payload }) => action === 'MeterValues' && payload['transactionId'] !== undefined);
        for (const { payload } of values) expect(payload['transactionId']).toBe(csms.lastTransactionId);
      } else {
        expect(events.map(({ payload }) => payload['seqNo'])).toEqual(events.map((_, index) => index));
        expect(new Set(events.map(({ payload }) => payload['transactionInfo'].transactionId)).size).toBe(1);
        expect(events[0]?.payload['eventType']).toBe('Started');
        expect(events.every(({ payload }) => payload['offline'] !== true)).toBe(true);
      }

      station.plug();
      const start = upstream === '1.6' ? 'RemoteStartTransaction' : 'RequestStartTransaction';
      const stop = upstream === '1.6' ? 'RemoteStopTransaction' : 'RequestStopTransaction';
      expect(await csms.call(id, start, starts[upstream])).toMatchObject({ status: 'Accepted' });
      const begun = await until(
        () =>
          csms
            .of(id)
            .slice(csms.of(id).indexOf(ends()[0]!))
            .find(({ action, payload }) => action === 'StartTransaction' || payload['eventType'] === 'Started'),
        'the remote start',
      );
      const transactionId =
        upstream === '1.6' ? csms.lastTransactionId : begun.payload['transactionInfo'].transactionId;
      await until(async () => {
        const answer = await csms.call(id, stop, { transactionId });
        return answer['status'] === 'Accepted';
      }, 'the remote stop');
      await until(() => ends().length === 2, 'the second end');
      station.unplug();
      expect(await station.drained(15_000)).toBe(true);
      expect(csms.invalid).toEqual([]);
      expect(complaints).toEqual([]);
      const [link] = (await at.api.get(`/v1/upstreams/north/links?stationId=${encodeURIComponent(id)}`)).body.items;
      expect(link).toMatchObject({ state: 'open', role: 'owner', parked: 0 });
    } finally {
      await station.stop(0);
    }
  });
});
