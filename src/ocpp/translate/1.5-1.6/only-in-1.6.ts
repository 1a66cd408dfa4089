/** Smart charging and the security extension, which 1.5 does not have: what a 1.5 peer would say to them, said here. */
import { answer, refuse } from '../outcome.ts';
import type { Pair } from '../translator.ts';
import { onlyIn16 } from './crossing.ts';

/** What the CSMS asks of a 1.5 station: the status that says no. */
const refused = (action: string, status: string): Pair =>
  onlyIn16('csms', action, `A 1.5 station cannot: ${status}.`, () => answer({ status }));

/** By NotSupported a CSMS learns that a station does not have the extension, and uses what came before it (white paper 3). */
const unsupported = (action: string): Pair =>
  onlyIn16('csms', action, 'A 1.5 station has no security extension: refused with NotSupported.', () =>
    refuse('NotSupported', `OCPP 1.5 has no ${action}`),
  );

/** What a station tells and 1.5 has no message for: taken note of here. */
const untold = (action: string, why: string): Pair =>
  onlyIn16('station', action, `Answered here: ${why}.`, (_request, context) => {
    context.lost('message', why);
    return answer({});
  });

export const onlyIn16Pairs: readonly Pair[] = [
  refused('SetChargingProfile', 'NotSupported'),
  refused('ClearChargingProfile', 'Unknown'),
  refused('GetCompositeSchedule', 'Rejected'),
  unsupported('CertificateSigned'),
  unsupported('DeleteCertificate'),
  unsupported('ExtendedTriggerMessage'),
  unsupported('GetInstalledCertificateIds'),
  unsupported('GetLog'),
  unsupported('InstallCertificate'),
  unsupported('SignedUpdateFirmware'),
  untold('LogStatusNotification', '1.5 tells of diagnostics only'),
  untold('SecurityEventNotification', '1.5 has no security events'),
  untold('SignedFirmwareStatusNotification', '1.5 tells of unsigned firmware only'),
  onlyIn16('station', 'SignCertificate', 'A 1.5 CSMS signs nothing: Rejected.', (_request, context) => {
    context.lost('message', '1.5 has no certificates');
    return answer({ status: 'Rejected' });
  }),
];
