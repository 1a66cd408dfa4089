import type { Messages } from '../../ocpp/generated/2.1.types.ts';
import { type Answers, answer } from '../dialect.ts';

type Listed = NonNullable<Messages['GetInstalledCertificateIdsResponse']['certificateHashDataChain']>[number];

/** Security and ISO15118CertificateManagement. */
export const securityAnswers: Answers<
  Messages,
  'CertificateSigned' | 'DeleteCertificate' | 'GetInstalledCertificateIds' | 'InstallCertificate'
> = {
  CertificateSigned: (station, { certificateChain }) =>
    station.certificates.signed(certificateChain)
      ? answer({ status: 'Accepted' })
      : answer({ status: 'Rejected', statusInfo: { reasonCode: 'InvalidCertificate' } }),

  InstallCertificate: (station, { certificateType, certificate }) => {
    const most = station.settings.integer('CertificateStoreMaxLength');
    return answer({ status: station.certificates.install(certificateType, certificate, most) });
  },

  DeleteCertificate: (station, { certificateHashData }) =>
    answer({ status: station.certificates.delete(certificateHashData) ? 'Accepted' : 'NotFound' }),

  GetInstalledCertificateIds: (station, { certificateType }) => {
    const installed = station.certificates.list(certificateType);
    if (installed.length === 0) return answer({ status: 'NotFound' });
    return answer({
      status: 'Accepted',
      certificateHashDataChain: installed.map(({ type, hash }) => ({
        certificateType: type as Listed['certificateType'],
        certificateHashData: hash,
      })),
    });
  },
};
