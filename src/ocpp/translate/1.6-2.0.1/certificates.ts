/** Blocks A and M: certificates of the station and roots. Those of ISO 15118 are for 1.6 in DataTransfer. */
import type { Context } from '../context.ts';
import {
  answer,
  crossed,
  type Failure,
  forward,
  forwardAll,
  type Outcome,
  type Payload,
  type Result,
  withAnswer,
} from '../outcome.ts';
import { apply, list, lost, object, procedure, row, rows, same, table } from '../rows.ts';
import type { Pair } from '../translator.ts';
import { noCustomData, noStatusInfo, statusRows } from './common-rows.ts';
import { forwardOr, refusal } from './fan-out.ts';
import { overPlugAndCharge, type WrappedAction } from './plug-and-charge.ts';
import { isUnsupported, showsExtension } from './security-extension.ts';

/** 1.6 has a certificate of the station, and two kinds of roots. */
const OWN = 'ChargingStationCertificate';
const rootTypes = [
  ['CentralSystemRootCertificate', 'CSMSRootCertificate'],
  ['ManufacturerRootCertificate', 'ManufacturerRootCertificate'],
] as const;
const olderType = new Map<unknown, string>(rootTypes.map(([older, newer]) => [newer, older] as const));
const newerType = new Map<unknown, string>(rootTypes);

/** A request of 2.0.1 about a certificate that 1.6 itself has no word for. */
const wrapped = (action: WrappedAction, request: Payload, context: Context): Outcome =>
  overPlugAndCharge(action, request, context) ??
  refusal('Rejected', 'UnsupportedParam', '1.6 has no certificates of ISO 15118');

const isIso15118 = ({ certificateType }: Payload): boolean =>
  certificateType !== undefined && certificateType !== OWN && !olderType.has(certificateType);

const ofTheStation = row(
  null,
  'certificateType',
  procedure('ChargingStationCertificate; a V2GCertificate crosses in DataTransfer or is Rejected'),
);

export const signCertificate: Pair = {
  initiator: 'station',
  older: 'SignCertificate',
  newer: 'SignCertificate',
  request: rows(row('csr', 'csr', same), ofTheStation, noCustomData),
  response: rows(...statusRows),
  up({ csr }, context) {
    showsExtension(context);
    return forward('SignCertificate', { csr, certificateType: OWN }, ({ status }) => answer({ status }));
  },
  down: (request, context) =>
    isIso15118(request)
      ? wrapped('SignCertificate', request, context)
      : forwardOr('Rejected', 'SignCertificate', { csr: request.csr }, ({ status }) => answer({ status })),
};

export const certificateSigned: Pair = {
  initiator: 'csms',
  older: 'CertificateSigned',
  newer: 'CertificateSigned',
  request: rows(row('certificateChain', 'certificateChain', same), ofTheStation, noCustomData),
  response: rows(...statusRows),
  up: ({ certificateChain }) =>
    forward('CertificateSigned', { certificateChain, certificateType: OWN }, ({ status }) => answer({ status })),
  down: (request, context) =>
    isIso15118(request)
      ? wrapped('CertificateSigned', request, context)
      : forwardOr('Rejected', 'CertificateSigned', { certificateChain: request.certificateChain }, ({ status }) =>
          answer({ status }),
        ),
};

const onlyIso15118 = (types: readonly string[]): readonly (readonly [null, string])[] =>
  types.map((type) => [null, type] as const);

export const installCertificate: Pair = {
  initiator: 'csms',
  older: 'InstallCertificate',
  newer: 'InstallCertificate',
  note: 'Down: roots of ISO 15118 cross in DataTransfer or are Rejected.',
  request: rows(
    row(
      'certificateType',
      'certificateType',
      table([...rootTypes, ...onlyIso15118(['V2GRootCertificate', 'MORootCertificate'])]),
    ),
    row('certificate', 'certificate', same),
    noCustomData,
  ),
  response: rows(...statusRows),
  down: (request, context, pair) =>
    isIso15118(request)
      ? wrapped('InstallCertificate', request, context)
      : forwardOr('Rejected', 'InstallCertificate', apply(pair.request, 'down', request, context), ({ status }) =>
          answer({ status }),
        ),
};

export const deleteCertificate: Pair = {
  initiator: 'csms',
  older: 'DeleteCertificate',
  newer: 'DeleteCertificate',
  note: 'Down: what the station does not find may be a certificate of ISO 15118, and is looked for in DataTransfer.',
  request: rows(
    row(
      'certificateHashData',
      'certificateHashData',
      object(
        rows(
          ...['hashAlgorithm', 'issuerNameHash', 'issuerKeyHash', 'serialNumber'].map((field) =>
            row(field, field, same),
          ),
          noCustomData,
        ),
      ),
    ),
    noCustomData,
  ),
  response: rows(...statusRows),
  down(request, context, pair) {
    const elsewhere = (otherwise: Outcome): Outcome =>
      overPlugAndCharge('DeleteCertificate', request, context) ?? otherwise;
    return forward(
      'DeleteCertificate',
      apply(pair.request, 'down', request, context),
      ({ status }) => (status === 'NotFound' ? elsewhere(answer({ status })) : answer({ status })),
      (failure) =>
        isUnsupported(failure)
          ? elsewhere(refusal('Failed', 'UnsupportedRequest'))
          : { kind: 'refuse', failure: crossed(failure) },
    );
  },
};

// ------------------------------------------------------------------------------------ which ones are installed

/** All types of 2.0.1. */
const everyType = [
  'V2GRootCertificate',
  'MORootCertificate',
  'CSMSRootCertificate',
  'V2GCertificateChain',
  'ManufacturerRootCertificate',
];

const installed = rows(
  row('hashAlgorithm', 'certificateHashData.hashAlgorithm', same),
  row('issuerNameHash', 'certificateHashData.issuerNameHash', same),
  row('issuerKeyHash', 'certificateHashData.issuerKeyHash', same),
  row('serialNumber', 'certificateHashData.serialNumber', same),
  row(null, 'certificateHashData.customData', lost('1.6 has no customData')),
  row(null, 'certificateType', procedure('the type that was asked for; of others nothing is told')),
  row(null, 'childCertificateHashData', lost('1.6 tells of roots only')),
  noCustomData,
);

/** Failures by which a station says that it knows no certificates of the type that it was asked for. */
const unknownType: ReadonlySet<string> = new Set([
  'NotSupported',
  'NotImplemented',
  'PropertyConstraintViolation',
  'FormatViolation',
]);

/** 1.6 is asked for one type at a time. */
function installedDown(request: Payload, context: Context): Outcome {
  const asked = new Set((request.certificateType as readonly string[] | undefined) ?? everyType);
  const types = [...asked].filter((type) => olderType.has(type));
  const others = [...asked].filter((type) => !olderType.has(type));
  const calls = types.map((type) => ({
    action: 'GetInstalledCertificateIds',
    payload: { certificateType: olderType.get(type) },
  }));
  return forwardAll(calls, (results) => {
    const failures = results.flatMap(({ failure }) => (failure === undefined ? [] : [failure]));
    const serious = failures.find(isSerious);
    if (serious !== undefined) return { kind: 'refuse', failure: crossed(serious) };
    const own = results.flatMap((result, index) =>
      hashesOf(result).map((hash) => ({ ...apply(installed, 'up', hash, context), certificateType: types[index] })),
    );
    const iso15118 =
      others.length === 0
        ? undefined
        : overPlugAndCharge('GetInstalledCertificateIds', { certificateType: others }, context);
    if (iso15118 !== undefined) {
      return withAnswer(iso15118, ({ certificateHashDataChain = [] }) =>
        found([...own, ...(certificateHashDataChain as readonly Payload[])]),
      );
    }
    const [failure] = failures;
    if (failure !== undefined && failures.length === results.length) {
      return { kind: 'refuse', failure: crossed(failure) };
    }
    if (types.length === 0) return refusal('NotFound', 'UnsupportedParam', '1.6 has no certificates of ISO 15118');
    return answer(found(own));
  });
}

const hashesOf = (result: Result): readonly Payload[] =>
  result.failure === undefined ? ((result.payload.certificateHashData as readonly Payload[] | undefined) ?? []) : [];

const isSerious = ({ condition, uncertain }: Failure): boolean => uncertain === true || !unknownType.has(condition);

const found = (chains: readonly Payload[]): Payload =>
  chains.length === 0 ? { status: 'NotFound' } : { status: 'Accepted', certificateHashDataChain: chains };

function installedUp(request: Payload, context: Context): Outcome {
  const asked = newerType.get(request.certificateType) as string;
  return forward('GetInstalledCertificateIds', { certificateType: [asked] }, ({ certificateHashDataChain }) => {
    const chains = (certificateHashDataChain ?? []) as readonly Payload[];
    const hashes = chains
      .filter(({ certificateType }) => certificateType === asked)
      .map((chain) => apply(installed, 'down', chain, context));
    return answer(hashes.length === 0 ? { status: 'NotFound' } : { status: 'Accepted', certificateHashData: hashes });
  });
}

export const getInstalledCertificateIds: Pair = {
  initiator: 'csms',
  older: 'GetInstalledCertificateIds',
  newer: 'GetInstalledCertificateIds',
  note: 'Down: one Call per type that 1.6 has (all when none is given), and DataTransfer for those of ISO 15118; one answer out of all of theirs.',
  request: rows(
    row(
      'certificateType',
      'certificateType',
      table([...rootTypes, ...onlyIso15118(['V2GRootCertificate', 'MORootCertificate', 'V2GCertificateChain'])]),
    ),
    noCustomData,
  ),
  response: rows(
    row('status', 'status', procedure('Accepted when any was found')),
    row('certificateHashData', 'certificateHashDataChain', list(installed)),
    noStatusInfo,
    noCustomData,
  ),
  down: installedDown,
  up: installedUp,
};
