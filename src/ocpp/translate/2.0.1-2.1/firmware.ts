/** Block L, Firmware, and the logs of block N. */
import { convert, keep, row, sameBut, widened } from '../rows.ts';
import { crossing, isLonger, limit, limitRow, objectIf, statusResponse, tooLong, unless } from './crossing.ts';
import { newIn21, renumbered, within } from './numbers.ts';

const statusInfoLost = newIn21('statusInfo', '2.0.1 tells the status only');
const retries = row('retries', 'retries', within(0));

export const firmwareStatusNotification = crossing('station', 'FirmwareStatusNotification', {
  request: sameBut(statusInfoLost),
});
export const logStatusNotification = crossing('station', 'LogStatusNotification', { request: sameBut(statusInfoLost) });

const firmwareLocation = limit('firmware.location', 512, 'InvalidURL');
export const updateFirmware = crossing('csms', 'UpdateFirmware', {
  request: sameBut(retries, limitRow(firmwareLocation)),
  response: statusResponse,
  down: unless('down', tooLong([firmwareLocation])),
});

const location = limit('location', 512, 'InvalidURL');
export const publishFirmware = crossing('csms', 'PublishFirmware', {
  request: sameBut(
    limitRow(location),
    retries,
    row('requestId', 'requestId', renumbered('publishFirmware')),
    row('retryInterval', 'retryInterval', within(0)),
  ),
  response: statusResponse,
  down: unless('down', tooLong([location])),
});

export const unpublishFirmware = crossing('csms', 'UnpublishFirmware');

const locations = convert('addresses over 512 characters are left out towards 2.0.1', keep, (value, context) => {
  const fitting = (value as readonly string[]).filter((text) => !isLonger(text, 512));
  if (fitting.length < (value as readonly string[]).length) context.lost('location', 'longer than 512 characters');
  return fitting.length === 0 ? undefined : fitting;
});

export const publishFirmwareStatusNotification = crossing('station', 'PublishFirmwareStatusNotification', {
  request: sameBut(
    row('location', 'location', locations),
    row('requestId', 'requestId', renumbered('publishFirmware')),
    statusInfoLost,
  ),
});

const remoteLocation = limit('log.remoteLocation', 512, 'InvalidURL');
export const getLog = crossing('csms', 'GetLog', {
  note: 'A 2.0.1 station has no DataCollectorLog: Rejected (UnsupportedParam).',
  request: sameBut(row('logType', 'logType', widened([null, 'DataCollectorLog'])), retries, limitRow(remoteLocation)),
  response: statusResponse,
  down: unless(
    'down',
    objectIf(({ logType }) => logType === 'DataCollectorLog', 'UnsupportedParam'),
    tooLong([remoteLocation]),
  ),
});
