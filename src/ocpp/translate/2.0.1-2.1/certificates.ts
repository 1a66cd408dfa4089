/** Blocks A and M: security events and certificates. */
import type { Payload } from '../outcome.ts';
import { convert, derived, keep, list, lost, procedure, row, sameBut, widened } from '../rows.ts';
import { mapped } from '../translator.ts';
import {
  crossing,
  isLonger,
  limit,
  limitRow,
  objectIf,
  saying,
  statusInfo,
  statusResponse,
  tooLong,
  unless,
  valueAt,
} from './crossing.ts';
import { newIn21 } from './numbers.ts';

export const securityEventNotification = crossing('station', 'SecurityEventNotification');

/** certificateType → requestId of the last SignCertificate of a 2.1 station under a 2.0.1 CSMS. */
const REQUESTS = 'signCertificate21';
const DEFAULT_TYPE = 'ChargingStationCertificate';

const newUse = widened([null, 'V2G20Certificate']);
const unsupportedUse = objectIf(({ certificateType }) => certificateType === 'V2G20Certificate', 'UnsupportedParam');

export const signCertificate = crossing('station', 'SignCertificate', {
  note: 'V2G20Certificate is Rejected. A requestId is kept and put into the CertificateSigned that follows.',
  request: sameBut(
    row('certificateType', 'certificateType', newUse),
    newIn21('hashRootCertificate', '2.0.1 cannot ask for a root'),
    newIn21('requestId', 'kept for CertificateSigned'),
  ),
  response: statusResponse,
  down(request, context, pair) {
    const type = (request.certificateType as string | undefined) ?? DEFAULT_TYPE;
    if (type === 'V2G20Certificate') return saying('Rejected', 'UnsupportedParam');
    if (request.requestId === undefined) context.state.delete(REQUESTS, type);
    else context.state.set(REQUESTS, type, request.requestId);
    const { requestId: _kept, ...rest } = request;
    return mapped(pair, 'down', request.requestId === undefined ? request : rest, context);
  },
});

export const certificateSigned = crossing('csms', 'CertificateSigned', {
  note: 'V2G20Certificate is Rejected by a 2.0.1 station.',
  request: sameBut(
    row('certificateType', 'certificateType', newUse),
    row(
      null,
      'requestId',
      derived('the requestId of the last SignCertificate of this type', (source, { state }) =>
        state.get<number>(REQUESTS, (source.certificateType as string | undefined) ?? DEFAULT_TYPE),
      ),
    ),
  ),
  response: statusResponse,
  down: unless('down', unsupportedUse),
});

const certificate = limit('certificate', 5500, 'TooLargeElement');

export const installCertificate = crossing('csms', 'InstallCertificate', {
  note: 'OEMRootCertificate is Rejected (UnsupportedParam) by a 2.0.1 station.',
  request: sameBut(
    row('certificateType', 'certificateType', widened([null, 'OEMRootCertificate'])),
    limitRow(certificate),
  ),
  response: statusResponse,
  down: unless(
    'down',
    objectIf(({ certificateType }) => certificateType === 'OEMRootCertificate', 'UnsupportedParam'),
    tooLong([certificate]),
  ),
});

export const deleteCertificate = crossing('csms', 'DeleteCertificate', { response: statusResponse });

const withoutOem = (value: unknown): unknown => {
  const types = value as readonly string[];
  return types.includes('OEMRootCertificate') ? types.filter((type) => type !== 'OEMRootCertificate') : types;
};

const certificateUses = [[null, 'OEMRootCertificate']] as const;

export const getInstalledCertificateIds = crossing('csms', 'GetInstalledCertificateIds', {
  note: 'A 2.0.1 station has no OEMRootCertificate, a 2.0.1 CSMS is not told of one: NotFound when nothing else is asked for or found.',
  request: sameBut(
    row(
      'certificateType',
      'certificateType',
      convert('OEMRootCertificate is left out towards 2.0.1', keep, withoutOem, { pairs: certificateUses }),
    ),
  ),
  response: sameBut(
    row(
      'status',
      'status',
      convert(
        'NotFound towards 2.0.1 when all that was found are OEMRootCertificates',
        keep,
        (value, _context, source) => {
          const chain = source.certificateHashDataChain as readonly Payload[] | undefined;
          return chain?.every(isOem) === true ? 'NotFound' : value;
        },
      ),
    ),
    row(
      'certificateHashDataChain',
      'certificateHashDataChain',
      list(sameBut(row('certificateType', 'certificateType', widened([null, 'OEMRootCertificate']))), {
        down: (chain) => (chain.some(isOem) ? chain.filter((item) => !isOem(item)) : chain),
      }),
    ),
    statusInfo,
  ),
  down: unless('down', ({ certificateType }) =>
    (certificateType as readonly string[] | undefined)?.every((type) => type === 'OEMRootCertificate') === true
      ? saying('NotFound', 'UnsupportedParam')
      : undefined,
  ),
});

const isOem = ({ certificateType }: Payload): boolean => certificateType === 'OEMRootCertificate';

const EXI = 5600;

export const get15118EVCertificate = crossing('station', 'Get15118EVCertificate', {
  note: 'EXI messages over 5600 characters are never cut: the status is Failed.',
  request: sameBut(
    row('exiRequest', 'exiRequest', procedure('longer than 5600 characters: answered here with Failed')),
    newIn21('maximumContractCertificateChains', '2.0.1 installs one contract'),
    newIn21('prioritizedEMAIDs', '2.0.1 installs one contract'),
  ),
  response: sameBut(
    row(
      'status',
      'status',
      convert(
        'Failed towards 2.0.1 when exiResponse is longer than 5600 characters',
        keep,
        (value, _context, source) => (isLonger(source.exiResponse, EXI) ? 'Failed' : value),
      ),
    ),
    row(
      'exiResponse',
      'exiResponse',
      convert('empty towards 2.0.1 when longer than 5600 characters', keep, (value) =>
        isLonger(value, EXI) ? '' : value,
      ),
    ),
    row(null, 'remainingContracts', lost('2.0.1 installs one contract')),
    statusInfo,
  ),
  down: unless('down', (request) =>
    isLonger(request.exiRequest, EXI) ? saying('Failed', 'TooLargeElement', { exiResponse: '' }) : undefined,
  ),
});

const OCSP = 5500;

export const getCertificateStatus = crossing('station', 'GetCertificateStatus', {
  note: 'An OCSP result over 5500 characters, or a responder URL over 512, is Failed.',
  request: sameBut(
    row(
      'ocspRequestData.responderURL',
      'ocspRequestData.responderURL',
      procedure('longer than 512 characters: Failed'),
    ),
  ),
  response: sameBut(
    row(
      'status',
      'status',
      convert('Failed towards 2.0.1 when ocspResult is longer than 5500 characters', keep, (value, _context, source) =>
        isLonger(source.ocspResult, OCSP) ? 'Failed' : value,
      ),
    ),
    row(
      'ocspResult',
      'ocspResult',
      convert('left out towards 2.0.1 when longer than 5500 characters', keep, (value) =>
        isLonger(value, OCSP) ? undefined : value,
      ),
    ),
    statusInfo,
  ),
  down: unless('down', (request) =>
    isLonger(valueAt(request, 'ocspRequestData.responderURL'), 512) ? saying('Failed', 'InvalidURL') : undefined,
  ),
});
