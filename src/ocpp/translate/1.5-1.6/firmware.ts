/** UpdateFirmware, GetDiagnostics, and what the station tells of them. */
import { answer } from '../outcome.ts';
import { cut, row, sameBut, widened } from '../rows.ts';
import { mapped, type Procedure } from '../translator.ts';
import { crossing } from './crossing.ts';

export const updateFirmware = crossing('csms', 'UpdateFirmware');

export const getDiagnostics = crossing('csms', 'GetDiagnostics', {
  response: sameBut(row('fileName', 'fileName', cut('up', 255))),
});

/** A status that 1.5 does not have is answered here. */
const unless =
  (...newer: readonly string[]): Procedure =>
  (request, context, pair) => {
    if (!newer.includes(request.status as string)) return mapped(pair, 'down', request, context);
    context.lost('status', `1.5 has no ${request.status as string}`);
    return answer({});
  };

const newFirmwareStatus = ['Downloading', 'Idle', 'Installing'];

export const firmwareStatusNotification = crossing('station', 'FirmwareStatusNotification', {
  note: 'What 1.5 cannot say is answered here.',
  request: sameBut(row('status', 'status', widened(...newFirmwareStatus.map((name) => [null, name] as const)))),
  down: unless(...newFirmwareStatus),
});

const newDiagnosticsStatus = ['Idle', 'Uploading'];

export const diagnosticsStatusNotification = crossing('station', 'DiagnosticsStatusNotification', {
  note: 'What 1.5 cannot say is answered here.',
  request: sameBut(row('status', 'status', widened(...newDiagnosticsStatus.map((name) => [null, name] as const)))),
  down: unless(...newDiagnosticsStatus),
});
