/** Block B, Provisioning: BootNotification, Reset. */
import type { Context } from '../context.ts';
import { answer, forward, type Outcome, withAnswer } from '../outcome.ts';
import { convert, cut, derived, keep, lost, type Mapper, type Rule, row, rows, same, table } from '../rows.ts';
import { mapped, type Pair } from '../translator.ts';
import { askAfterBoot } from './ask-status.ts';
import { rememberBoot } from './boot-state.ts';
import { noCustomData, noStatusInfo } from './common-rows.ts';
import { mirror, mirrored } from './configuration-mirror.ts';
import { readAfterBoot } from './configuration-read.ts';
import { tellAllAgain } from './connector-state.ts';
import {
  cancelReset,
  deferReset,
  forgetReset,
  recentReset,
  rememberReset,
  resetHardUnlessBooted,
} from './deferred-reset.ts';
import { forwardOr, refusal } from './fan-out.ts';
import { bootsForUpdate } from './firmware-reboot.ts';
import { askReportAfterBoot } from './report-taken.ts';
import { forgetWhatItLacks } from './security-extension.ts';
import { resyncAfterBoot } from './smart-charging-reports.ts';
import { connectorCount, isUnknown } from './topology.ts';
import { openTransactions } from './transaction-state.ts';
import { doubtAll } from './transactions-down-doubts.ts';
import { takeTrigger } from './triggered.ts';

/** Stations write "" for what they do not have; a CSMS of 2.x takes that for a value. */
const unlessEmpty: Mapper = (value) => (value === '' ? undefined : value);
const optionalText = convert('an empty text is none', unlessEmpty, keep);

/** What a boot says of the meter, as variables of the device model. */
const meterFields = [
  ['meterSerialNumber', 'SerialNumber'],
  ['meterType', 'Model'],
] as const;

/** A meter's data as the device model has it, if the station's report was seen. */
const ofTheMeter = (variable: string, how: string): Rule =>
  derived(how, (_source, context) => mirrored(`FiscalMetering.${variable}`, context)?.slice(0, 25));

function bootReason(context: Context): string {
  if (takeTrigger('BootNotification', 0, context)) return 'Triggered';
  const update = bootsForUpdate(context);
  if (recentReset(context) !== undefined) return 'RemoteReset';
  return update ? 'FirmwareUpdate' : 'PowerUp';
}

const onceAccepted = (outcome: Outcome, then: () => void): Outcome =>
  withAnswer(outcome, (response) => {
    if (response.status === 'Accepted') then();
    return response;
  });

export const bootNotification: Pair = {
  initiator: 'station',
  older: 'BootNotification',
  newer: 'BootNotification',
  note: 'After it every connector status is told again, even if it did not change. The configuration of a station that is accepted is read (GetConfiguration, a report of 2.x), unless it is known of this firmware.',
  request: rows(
    row(
      'chargeBoxSerialNumber',
      'chargingStation.serialNumber',
      convert('only where there is no chargePointSerialNumber', unlessEmpty, () => undefined),
    ),
    row('chargePointModel', 'chargingStation.model', same),
    row('chargePointSerialNumber', 'chargingStation.serialNumber', optionalText),
    row('chargePointVendor', 'chargingStation.vendorName', cut('down', 20)),
    row('firmwareVersion', 'chargingStation.firmwareVersion', optionalText),
    row('iccid', 'chargingStation.modem.iccid', optionalText),
    row('imsi', 'chargingStation.modem.imsi', optionalText),
    row(
      'meterSerialNumber',
      null,
      ofTheMeter('SerialNumber', 'from FiscalMetering.SerialNumber of the device model, if known'),
    ),
    row('meterType', null, ofTheMeter('Model', 'from FiscalMetering.Model of the device model, if known')),
    row(
      null,
      'reason',
      derived(
        'Triggered after a TriggerMessage, RemoteReset within five minutes of a Reset, FirmwareUpdate when firmware was being installed, else PowerUp',
        (_source, context) => bootReason(context),
      ),
    ),
    row(null, 'chargingStation.customData', lost('1.6 has no customData')),
    row(null, 'chargingStation.modem.customData', lost('1.6 has no customData')),
    noCustomData,
  ),
  response: rows(
    row('currentTime', 'currentTime', same),
    row('interval', 'interval', same),
    row('status', 'status', same),
    noStatusInfo,
    noCustomData,
  ),
  up(request, context, pair) {
    const outcome = mapped(pair, 'up', request, context);
    for (const [field, variable] of meterFields) {
      if (typeof request[field] === 'string' && request[field] !== '') {
        mirror(`FiscalMetering.${variable}`, request[field], true, context);
      }
    }
    if (outcome.kind !== 'forward') return outcome;
    const boot = outcome.call.payload;
    if (rememberBoot(boot, context)) forgetWhatItLacks(context);
    // One that was asked for is no boot.
    if (boot.reason === 'Triggered') return outcome;
    forgetReset(context);
    cancelReset(context);
    tellAllAgain(context);
    return onceAccepted(outcome, () => {
      askAfterBoot(context);
      readAfterBoot(context);
    });
  },
  down(request, context, pair) {
    tellAllAgain(context);
    resyncAfterBoot(context);
    doubtAll(context);
    rememberBoot(request, context);
    return onceAccepted(mapped(pair, 'down', request, context), () => askReportAfterBoot(context));
  },
};

export const reset: Pair = {
  initiator: 'csms',
  older: 'Reset',
  newer: 'Reset',
  note: 'Down: OnIdle while a transaction goes on is answered Scheduled, and Reset(Soft) is sent when the last one has ended; Immediate is Soft then, which ends transactions properly (and Hard two minutes later by setting), else Hard. Up: Soft is Immediate (or OnIdle by setting).',
  request: rows(
    row(
      'type',
      'type',
      table([
        ['Hard', 'Immediate'],
        ['Soft', 'Immediate'],
        ['Soft', 'OnIdle'],
      ]),
    ),
    row(null, 'evseId', lost('1.6 resets the whole station: refused unless the station has this EVSE only')),
    noCustomData,
  ),
  response: rows(
    row(
      'status',
      'status',
      table([
        ['Accepted', 'Accepted'],
        ['Rejected', 'Rejected'],
        ['Accepted', 'Scheduled'],
      ]),
    ),
    noStatusInfo,
    noCustomData,
  ),
  down(request, context) {
    const evseId = request.evseId as number | undefined;
    if (evseId !== undefined && evseId !== 0) {
      if (isUnknown(evseId, undefined, context)) return refusal('Rejected', 'UnknownEvse');
      if (connectorCount(context) !== 1)
        return refusal('Rejected', 'UnsupportedParam', 'the station resets as a whole');
    }
    const busy = openTransactions(context).length > 0;
    cancelReset(context);
    if (request.type === 'OnIdle' && busy) {
      deferReset(context);
      return answer({ status: 'Scheduled' });
    }
    const type = request.type === 'OnIdle' || busy ? 'Soft' : 'Hard';
    const escalates = request.type === 'Immediate' && type === 'Soft' && context.settings.hardAfterSoftReset;
    rememberReset(type, context);
    return forwardOr('Rejected', 'Reset', { type }, ({ status }) => {
      if (status !== 'Accepted') forgetReset(context);
      else if (escalates) resetHardUnlessBooted(context);
      return answer({ status });
    });
  },
  up(request, context) {
    const older = request.type as 'Hard' | 'Soft';
    const type = older === 'Soft' ? context.settings.softReset : 'Immediate';
    rememberReset(older, context);
    return forward('Reset', { type }, ({ status }) => {
      if (status === 'Rejected') forgetReset(context);
      return answer({ status: status === 'Rejected' ? 'Rejected' : 'Accepted' });
    });
  },
};
