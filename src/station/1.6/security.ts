import type { Messages } from '../../ocpp/generated/1.6.types.ts';
import { certificateRequest } from '../certificates.ts';
import { type Answers, answer } from '../dialect.ts';
import { reachable } from '../maintenance.ts';
import { trigger } from './core.ts';

/** The security extension (white paper edition 3). */
export const securityAnswers: Answers<
  Messages,
  | 'CertificateSigned'
  | 'DeleteCertificate'
  | 'ExtendedTriggerMessage'
  | 'GetInstalledCertificateIds'
  | 'GetLog'
  | 'InstallCertificate'
  | 'SignedUpdateFirmware'
> = {
  ExtendedTriggerMessage: (station, { requestedMessage, connectorId }) => {
    if (connectorId !== undefined && connectorId > station.evses.length) return answer({ status: 'Rejected' });
    if (requestedMessage === 'BootNotification' && station.registration.state === 'Accepted') {
      return answer({ status: 'Rejected' });
    }
    if (requestedMessage === 'SignChargePointCertificate') {
      return answer({ status: 'Accepted' }, () => {
        station.certificates.requested = true;
        const csr = certificateRequest(station.id, station.settings.text('CpoName'));
        station.out.tell({ action: 'SignCertificate', payload: { csr } }, 'triggered');
      });
    }
    // Here FirmwareStatusNotification means the signed one (white paper 5.3).
    const message =
      requestedMessage === 'FirmwareStatusNotification' && station.maintenance.statusOf('firmware') === undefined
        ? undefined
        : trigger(station, requestedMessage, connectorId);
    const idle = { action: 'SignedFirmwareStatusNotification', payload: { status: 'Idle' } };
    return answer({ status: 'Accepted' }, message ?? (() => station.out.tell(idle, 'triggered')));
  },

  CertificateSigned: (station, { certificateChain }) =>
    answer({ status: station.certificates.signed(certificateChain) ? 'Accepted' : 'Rejected' }),

  InstallCertificate: (station, { certificateType, certificate }) =>
    answer({
      status: station.certificates.install(
        certificateType,
        certificate,
        station.settings.integer('CertificateStoreMaxLength'),
      ),
    }),

  DeleteCertificate: (station, { certificateHashData }) =>
    answer({ status: station.certificates.delete(certificateHashData) ? 'Accepted' : 'NotFound' }),

  GetInstalledCertificateIds: (station, { certificateType }) => {
    const installed = station.certificates.list([certificateType]);
    if (installed.length === 0) return answer({ status: 'NotFound' });
    return answer({ status: 'Accepted', certificateHashData: installed.map(({ hash }) => hash) });
  },

  GetLog: (station, { log, logType, requestId }) => {
    const busy = station.maintenance.statusOf('log') !== undefined;
    return answer(
      { status: busy ? 'AcceptedCanceled' : 'Accepted', filename: `${logType}-${requestId}.log` },
      () =>
        void station.maintenance.begin(
          'log',
          reachable(log.remoteLocation) ? 'upload' : 'failedUpload2x',
          (status) => ({
            action: 'LogStatusNotification',
            payload: { status, requestId },
          }),
        ),
    );
  },

  SignedUpdateFirmware: (station, { firmware, requestId }) => {
    if (!firmware.signingCertificate.includes('-----BEGIN CERTIFICATE-----')) {
      return answer({ status: 'InvalidCertificate' }, () =>
        station.out.tellSurely(station.dialect.securityEvent('InvalidFirmwareSigningCertificate', station.clock.now())),
      );
    }
    const busy = station.maintenance.statusOf('firmware') !== undefined;
    return answer(
      { status: busy ? 'AcceptedCanceled' : 'Accepted' },
      () =>
        void station.maintenance.begin(
          'firmware',
          reachable(firmware.location) ? 'signedFirmware' : 'failedFirmware',
          (status) => ({ action: 'SignedFirmwareStatusNotification', payload: { status, requestId } }),
          station.clock.simulatedWall(Date.parse(firmware.retrieveDateTime)),
        ),
    );
  },
};
