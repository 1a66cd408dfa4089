import type { Messages } from '../../ocpp/generated/1.6.types.ts';
import { type Answers, answer } from '../dialect.ts';
import { reachable } from '../maintenance.ts';

/** FirmwareManagement: an unsigned update and diagnostics. */
export const maintenanceAnswers: Answers<Messages, 'GetDiagnostics' | 'UpdateFirmware'> = {
  GetDiagnostics: (station, { location }) =>
    answer({ fileName: `diagnostics-${station.clock.now()}.log` }, () => {
      station.maintenance.begin('log', reachable(location) ? 'upload' : 'failedUpload', (status) => ({
        action: 'DiagnosticsStatusNotification',
        payload: { status },
      }));
    }),

  UpdateFirmware: (station, { location, retrieveDate }) =>
    answer({}, () => {
      station.maintenance.begin(
        'firmware',
        reachable(location) ? 'firmware' : 'failedFirmware',
        (status) => ({ action: 'FirmwareStatusNotification', payload: { status } }),
        station.clock.simulatedWall(Date.parse(retrieveDate)),
      );
    }),
};
