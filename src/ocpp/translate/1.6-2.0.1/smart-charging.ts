/** Block K, Smart charging: SetChargingProfile, ClearChargingProfile, GetCompositeSchedule. */
import { list, lost, object, procedure, row, rows, same, table } from '../rows.ts';
import type { Tasks } from '../tasks.ts';
import type { Pair } from '../translator.ts';
import { noCustomData, noStatusInfo } from './common-rows.ts';
import { settling } from './smart-charging-change.ts';
import { clearProfileDown, compositeScheduleDown, setProfileDown, station16 } from './smart-charging-down.ts';
import { INSTALL_HELD, installHeld } from './smart-charging-hold.ts';
import { chargingProfile, chargingProfilePurpose, chargingSchedulePeriod } from './smart-charging-profile.ts';
import { reportTasks } from './smart-charging-reports.ts';
import { clearProfileUp, compositeScheduleUp, setProfileUp, station2x } from './smart-charging-up.ts';

export const setChargingProfile: Pair = {
  initiator: 'csms',
  older: 'SetChargingProfile',
  newer: 'SetChargingProfile',
  note: 'Down: one schedule only; a Call per connector of the EVSE; what 2.x stations refuse as duplicate is refused here; one that takes its turn after another of its level is kept here until then. Up: brought into the form that 2.x insists on; what 1.6 would replace is cleared first, and restored when the new profile is refused.',
  request: rows(
    row('connectorId', 'evseId', procedure('the numbering of connectors and EVSEs; 0 is the whole station')),
    row('csChargingProfiles', 'chargingProfile', object(chargingProfile)),
    noCustomData,
  ),
  response: rows(
    row(
      'status',
      'status',
      table([
        ['Accepted', 'Accepted'],
        ['Rejected', 'Rejected'],
        ['NotSupported', 'Rejected'],
      ]),
    ),
    noStatusInfo,
    noCustomData,
  ),
  up: setProfileUp,
  down: setProfileDown,
};

export const clearChargingProfile: Pair = {
  initiator: 'csms',
  older: 'ClearChargingProfile',
  newer: 'ClearChargingProfile',
  note: 'Beside an id nothing else counts. A 1.6 request without any criterion becomes one per purpose.',
  request: rows(
    row('id', 'chargingProfileId', procedure('the id that the profile was installed with')),
    row(
      'connectorId',
      'chargingProfileCriteria.evseId',
      procedure('the numbering of connectors and EVSEs; 0 is the whole station'),
    ),
    row('chargingProfilePurpose', 'chargingProfileCriteria.chargingProfilePurpose', chargingProfilePurpose),
    row('stackLevel', 'chargingProfileCriteria.stackLevel', same),
    row(null, 'chargingProfileCriteria.customData', lost('1.6 has no customData')),
    noCustomData,
  ),
  response: rows(row('status', 'status', same), noStatusInfo, noCustomData),
  up: clearProfileUp,
  down: clearProfileDown,
};

export const getCompositeSchedule: Pair = {
  initiator: 'csms',
  older: 'GetCompositeSchedule',
  newer: 'GetCompositeSchedule',
  note: 'An EVSE of several 1.6 connectors is asked about its first one. Accepted without a schedule is Rejected.',
  request: rows(
    row('connectorId', 'evseId', procedure('the numbering of connectors and EVSEs; 0 is the whole station')),
    row('duration', 'duration', same),
    row('chargingRateUnit', 'chargingRateUnit', same),
    noCustomData,
  ),
  response: rows(
    row('status', 'status', same),
    row('connectorId', 'schedule.evseId', procedure('as it was asked')),
    row('scheduleStart', 'schedule.scheduleStart', procedure('up: else startSchedule, else now')),
    row('chargingSchedule.duration', 'schedule.duration', procedure('up: else as it was asked')),
    row('chargingSchedule.startSchedule', null, procedure('scheduleStart says it; taken for it when that is missing')),
    row('chargingSchedule.chargingRateUnit', 'schedule.chargingRateUnit', same),
    row('chargingSchedule.chargingSchedulePeriod', 'schedule.chargingSchedulePeriod', list(chargingSchedulePeriod)),
    row('chargingSchedule.minChargingRate', null, lost('a composite schedule of 2.x has none')),
    row(null, 'schedule.customData', lost('1.6 has no customData')),
    noStatusInfo,
    noCustomData,
  ),
  up: compositeScheduleUp,
  down: compositeScheduleDown,
};

/** What is done about profiles later, or after a restart. */
export const smartChargingTasks: Tasks = {
  [station16.task]: settling(station16),
  [station2x.task]: settling(station2x),
  [INSTALL_HELD]: installHeld(station16),
  ...reportTasks,
};
