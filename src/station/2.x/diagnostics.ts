import type { Messages } from '../../ocpp/generated/2.1.types.ts';
import { type Answers, answer } from '../dialect.ts';
import { reachable } from '../maintenance.ts';
import type { VirtualStation } from '../station.ts';
import { known } from './device-model.ts';
import { call, iso } from './telling.ts';

type CustomerRequest = Messages['CustomerInformationRequest'];

/** What the station knows of a customer: nothing but what list and cache hold of the token. */
function customerData(station: VirtualStation, { idToken, customerIdentifier }: CustomerRequest): string {
  const name = idToken?.idToken ?? customerIdentifier ?? '';
  if (name === '' || !station.local.knows(name)) return '';
  const sessions = station.ledger.transactions.filter((each) => each.idToken === name).length;
  return `The token ${name} is known here and charged in ${sessions} transactions.`;
}

/** Diagnostics and FirmwareManagement. Monitors are refused: the device model says that no variable supports them. */
export const diagnosticsAnswers: Answers<
  Messages,
  | 'ClearVariableMonitoring'
  | 'CustomerInformation'
  | 'GetLog'
  | 'GetMonitoringReport'
  | 'PublishFirmware'
  | 'SetMonitoringBase'
  | 'SetMonitoringLevel'
  | 'SetVariableMonitoring'
  | 'UnpublishFirmware'
  | 'UpdateFirmware'
> = {
  GetLog: (station, { log, logType, requestId }) => {
    const busy = station.maintenance.statusOf('log') !== undefined;
    const course = reachable(log.remoteLocation) ? 'upload' : 'failedUpload2x';
    return answer(
      { status: busy ? 'AcceptedCanceled' : 'Accepted', filename: `${logType}-${requestId}.log` },
      () =>
        void station.maintenance.begin('log', course, (status) => ({
          action: 'LogStatusNotification',
          payload: { status, requestId },
        })),
    );
  },

  UpdateFirmware: (station, { firmware, requestId }) => {
    const { signingCertificate, signature, location, retrieveDateTime } = firmware;
    if (signingCertificate !== undefined && !signingCertificate.includes('-----BEGIN CERTIFICATE-----')) {
      return answer({ status: 'InvalidCertificate' }, () =>
        station.out.tellSurely(station.dialect.securityEvent('InvalidFirmwareSigningCertificate', station.clock.now())),
      );
    }
    const busy = station.maintenance.statusOf('firmware') !== undefined;
    const course = signingCertificate !== undefined && signature !== undefined ? 'signedFirmware' : 'firmware';
    return answer(
      { status: busy ? 'AcceptedCanceled' : 'Accepted' },
      () =>
        void station.maintenance.begin(
          'firmware',
          reachable(location) ? course : 'failedFirmware',
          (status) => ({ action: 'FirmwareStatusNotification', payload: { status, requestId } }),
          station.clock.simulatedWall(Date.parse(retrieveDateTime)),
        ),
    );
  },

  PublishFirmware: () => answer({ status: 'Rejected', statusInfo: { reasonCode: 'UnsupportedRequest' } }),

  UnpublishFirmware: () => answer({ status: 'NoFirmware' }),

  CustomerInformation: (station, request) => {
    const { customerCertificate, idToken, customerIdentifier, report, clear, requestId } = request;
    const ways = [customerCertificate, idToken, customerIdentifier].filter((way) => way !== undefined);
    // N09.FR.09: exactly one way to name the customer.
    if (ways.length !== 1) return answer({ status: 'Invalid' });
    if (!report && !clear) return answer({ status: 'Rejected', statusInfo: { reasonCode: 'InvalidValue' } });
    const data = report ? customerData(station, request) : '';
    return answer({ status: 'Accepted' }, () => {
      if (clear) station.local.forget(idToken?.idToken ?? customerIdentifier ?? '');
      station.out.tell(
        call('NotifyCustomerInformation', { data, seqNo: 0, generatedAt: iso(station.clock.now()), requestId }),
      );
    });
  },

  SetVariableMonitoring: (station, { setMonitoringData }) =>
    answer({
      setMonitoringResult: setMonitoringData.map(({ type, severity, component, variable }) => {
        const found = known(station, component, variable);
        const asked = { type, severity, component, variable };
        if (typeof found === 'string') return { ...asked, status: found };
        return { ...asked, status: 'Rejected', statusInfo: { reasonCode: 'UnsupportedRequest' } };
      }),
    }),

  ClearVariableMonitoring: (_station, { id }) =>
    answer({ clearMonitoringResult: id.map((each) => ({ id: each, status: 'NotFound' })) }),

  GetMonitoringReport: () => answer({ status: 'EmptyResultSet' }),

  SetMonitoringBase: () => answer({ status: 'NotSupported' }),

  SetMonitoringLevel: (station, { severity }) => {
    if (severity < 0 || severity > 9)
      return answer({ status: 'Rejected', statusInfo: { reasonCode: 'ValueOutOfRange' } });
    station.shelf<{ severity: number }>('monitoring').set('level', { severity });
    return answer({ status: 'Accepted' });
  },
};
