/** Charging profiles of a 1.6 station, steered in the words of 2.1: asked for, updated, and neither lost with the process. */
import { expect, it } from 'vitest';
import { type RawStation, until } from '../support/gateway.ts';
import { booted, Events, stage } from './support.ts';

const on = stage();

const profile = (id: number, more: object = {}) => ({
  evseId: 1,
  chargingProfile: {
    id,
    stackLevel: id,
    chargingProfilePurpose: 'TxDefaultProfile',
    chargingProfileKind: 'Relative',
    chargingSchedule: [
      { id: 1, chargingRateUnit: 'A', chargingSchedulePeriod: [{ startPeriod: 0, limit: 10.57, phaseToUse: 1 }] },
    ],
    ...more,
  },
});
const dynamic = profile(2, {
  chargingProfileKind: 'Dynamic',
  chargingSchedule: [{ id: 1, chargingRateUnit: 'A', chargingSchedulePeriod: [{ startPeriod: 0, limit: 16 }] }],
});

/** Id and limit of every SetChargingProfile that the station has got. */
const limitsOf = (station: RawStation): unknown[] =>
  station.frames
    .filter(([type, , action]) => type === 2 && action === 'SetChargingProfile')
    .map(([, , , { csChargingProfiles: profile }]) => [
      profile.chargingProfileId,
      profile.chargingSchedule.chargingSchedulePeriod[0].limit,
    ]);

it('profiles are reported as they were set, and a Dynamic one is kept up to date', { timeout: 60_000 }, async () => {
  const events = new Events(on.api);
  let station = await booted(on.url, 'SC1', 'ocpp1.6');
  const send = async (action: string, request: object) => (await on.api.command('SC1', action, request)).body.response;

  expect(await send('SetChargingProfile', profile(1))).toEqual({ status: 'Accepted' });
  expect(await send('SetChargingProfile', dynamic)).toEqual({ status: 'Accepted' });
  expect(limitsOf(station)).toEqual([
    [1, 10.5],
    [2, 16],
  ]);
  // Too soon after the one before: the station is told later, even if the process is another one then.
  const update = { chargingProfileId: 2, scheduleUpdate: { setpoint: 8 } };
  expect(await send('UpdateDynamicSchedule', update)).toEqual({ status: 'Accepted' });
  expect(limitsOf(station)).toHaveLength(2);
  events.close();

  await on.restart();
  const again = new Events(on.api);
  station = await booted(on.url, 'SC1', 'ocpp1.6');
  expect(await until(() => limitsOf(station)[0], 'the update')).toEqual([2, 8]);

  expect(await send('GetChargingProfiles', { requestId: 7, chargingProfile: {} })).toEqual({ status: 'Accepted' });
  const report = await again.until(
    (all) => all.find(({ type }) => type === 'evsebridge.station.charging_profiles'),
    'the report',
  );
  const [schedule] = dynamic.chargingProfile.chargingSchedule;
  expect(report.data).toEqual({
    requestId: 7,
    chargingLimitSource: 'CSO',
    evseId: 1,
    tbc: false,
    chargingProfile: [
      profile(1).chargingProfile,
      {
        ...dynamic.chargingProfile,
        dynUpdateTime: expect.any(String),
        chargingSchedule: [{ ...schedule, chargingSchedulePeriod: [{ startPeriod: 0, limit: 16, setpoint: 8 }] }],
      },
    ],
  });
  const journal = await on.api.all('/v1/stations/SC1/messages');
  expect(journal.filter(({ action }) => action === 'ReportChargingProfiles')).toMatchObject([
    { direction: 'in', peer: 'gateway', version: '2.1', payload: report.data },
  ]);

  expect(await send('ClearChargingProfile', { chargingProfileId: 2 })).toEqual({ status: 'Accepted' });
  expect(await send('UpdateDynamicSchedule', update)).toMatchObject({ status: 'Rejected' });
  again.close();
  await station.close();
});
