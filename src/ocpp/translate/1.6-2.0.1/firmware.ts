/** Block L, Firmware: UpdateFirmware and 1.6's SignedUpdateFirmware, and how an update goes. */
import { codePoints, isUri } from '../../formats.ts';
import type { Context } from '../context.ts';
import { answer, crossed, forward, type Outcome, type Payload } from '../outcome.ts';
import { apply, lost, procedure, row, rows, same, table } from '../rows.ts';
import type { Pair } from '../translator.ts';
import { noCustomData, noStatusInfo, statusRows } from './common-rows.ts';
import { failureAsStatus, refusal } from './fan-out.ts';
import { rememberFirmwareStatus } from './firmware-reboot.ts';
import { begin, kindFor, nextRequestId, numbered, statusActions } from './jobs.ts';
import { lacks, refusedAsUnknown, showsExtension } from './security-extension.ts';

const SIGNED = 'SignedUpdateFirmware';
const noFirmwareCustomData = row(null, 'firmware.customData', lost('1.6 has no customData'));
const updateStatuses = [
  'Accepted',
  'Rejected',
  'AcceptedCanceled',
  'InvalidCertificate',
  'RevokedCertificate',
] as const;

/** The new update is done; with AcceptedCanceled another one is given up for it. */
const isTaken = ({ status }: Payload): boolean => status === 'Accepted' || status === 'AcceptedCanceled';

const signedRequest = rows(
  row('retries', 'retries', same),
  row('retryInterval', 'retryInterval', same),
  row('requestId', 'requestId', same),
  row('firmware.location', 'firmware.location', same),
  row('firmware.retrieveDateTime', 'firmware.retrieveDateTime', same),
  row('firmware.installDateTime', 'firmware.installDateTime', same),
  row('firmware.signingCertificate', 'firmware.signingCertificate', same),
  row('firmware.signature', 'firmware.signature', same),
  noFirmwareCustomData,
  noCustomData,
);

const plainRequest = rows(
  row('location', 'firmware.location', same),
  row('retrieveDate', 'firmware.retrieveDateTime', same),
  row('retries', 'retries', same),
  row('retryInterval', 'retryInterval', same),
  row(
    null,
    'firmware.installDateTime',
    procedure('a date to come is Rejected (UnsupportedParam); one that is past is left out'),
  ),
  row(null, 'firmware.signingCertificate', lost('a station without the security extension does not check signatures')),
  row(null, 'firmware.signature', lost('a station without the security extension does not check signatures')),
  row(null, 'requestId', procedure('remembered for the statuses that follow; up: counted per station')),
  noFirmwareCustomData,
  noCustomData,
);

// ------------------------------------------------------------------------------------ a 2.x CSMS asks a 1.6 station

function updateDown(request: Payload, context: Context): Outcome {
  const { signingCertificate, signature } = request.firmware as Payload;
  if (!signingCertificate || !signature || lacks(SIGNED, context)) return plainUpdateDown(request, context);
  return begin(
    {
      work: 'firmware',
      job: { requestId: request.requestId as number, kind: 'extended' },
      call: { action: SIGNED, payload: apply(signedRequest, 'down', request, context) },
      taken: isTaken,
      answered: ({ status }) => answer({ status }),
      failed: (failure) =>
        refusedAsUnknown(failure, SIGNED, context)
          ? plainUpdateDown(request, context)
          : { kind: 'refuse', failure: crossed(failure) },
    },
    context,
  );
}

function plainUpdateDown(request: Payload, context: Context): Outcome {
  const { location, installDateTime } = request.firmware as { location: string; installDateTime?: string };
  if (!context.settings.allowUnsignedFirmware) {
    return refusal('InvalidCertificate', 'InvalidCertificate', 'the gateway does not let unsigned firmware pass');
  }
  if (installDateTime !== undefined && Date.parse(installDateTime) > context.now()) {
    return refusal('Rejected', 'UnsupportedParam', 'the station installs what it has downloaded at once');
  }
  if (!isUri(location)) return refusal('Rejected', 'InvalidURL');
  return begin(
    {
      work: 'firmware',
      job: { requestId: request.requestId as number, kind: 'plain' },
      call: { action: 'UpdateFirmware', payload: apply(plainRequest, 'down', request, context) },
      // 1.6 cannot refuse an update.
      taken: () => true,
      answered: () => answer({ status: 'Accepted' }),
      failed: (failure) => failureAsStatus([{ failure }], 'Rejected') ?? { kind: 'refuse', failure: crossed(failure) },
    },
    context,
  );
}

// ------------------------------------------------------------------------------------ a 1.6 CSMS asks a 2.x station

/** As long as a location may be in 2.0.1. */
const LOCATION = 512;

function updateUp(request: Payload, context: Context): Outcome {
  if (codePoints(request.location as string) > LOCATION) {
    context.lost('location', `it is longer than ${LOCATION} characters: the update fails`);
    return notDownloaded(context);
  }
  const requestId = nextRequestId('firmware', context);
  return begin(
    {
      work: 'firmware',
      job: { requestId, kind: 'plain' },
      call: { action: 'UpdateFirmware', payload: { requestId, ...apply(plainRequest, 'up', request, context) } },
      taken: isTaken,
      answered: (response) => (isTaken(response) ? answer({}) : notDownloaded(context)),
    },
    context,
  );
}

/** 1.6 has no answer that refuses: the update fails, which is told after the answer. */
function notDownloaded(context: Context): Outcome {
  context.emit('csms', { action: 'FirmwareStatusNotification', payload: { status: 'DownloadFailed' } });
  return answer({});
}

export const updateFirmware: Pair = {
  initiator: 'csms',
  older: 'UpdateFirmware',
  newer: 'UpdateFirmware',
  note: 'Down: SignedUpdateFirmware when the firmware is signed and the station does not say that it lacks that; else UpdateFirmware, or InvalidCertificate where the setting forbids unsigned firmware. Up: a refusal becomes FirmwareStatusNotification DownloadFailed.',
  request: plainRequest,
  response: rows(
    row(
      null,
      'status',
      procedure('Accepted; up: what is neither Accepted nor AcceptedCanceled becomes DownloadFailed'),
    ),
    noStatusInfo,
    noCustomData,
  ),
  down: updateDown,
  up: updateUp,
};

export const signedUpdateFirmware: Pair = {
  initiator: 'csms',
  older: SIGNED,
  newer: 'UpdateFirmware',
  request: signedRequest,
  response: rows(
    row('status', 'status', table(updateStatuses.map((status) => [status, status]))),
    noStatusInfo,
    noCustomData,
  ),
  up: (request, context) =>
    begin(
      {
        work: 'firmware',
        job: { requestId: request.requestId as number, kind: 'extended' },
        call: { action: 'UpdateFirmware', payload: apply(signedRequest, 'up', request, context) },
        taken: isTaken,
        answered: ({ status }) => answer({ status }),
      },
      context,
    ),
};

// ------------------------------------------------------------------------------------ how it goes

const requestIdOfStatus = procedure(
  'of the job; up: the last one where the station gives none, 0 when nobody asked, none with Idle',
);

export const firmwareStatusNotification: Pair = {
  initiator: 'station',
  older: 'FirmwareStatusNotification',
  newer: 'FirmwareStatusNotification',
  note: 'Down: SignedFirmwareStatusNotification for an update by SignedUpdateFirmware, or when ExtendedTriggerMessage asked for it.',
  request: rows(
    row(
      'status',
      'status',
      table([
        ['Downloaded', 'Downloaded'],
        ['DownloadFailed', 'DownloadFailed'],
        ['Downloading', 'Downloading'],
        ['Idle', 'Idle'],
        ['InstallationFailed', 'InstallationFailed'],
        ['Installing', 'Installing'],
        ['Installed', 'Installed'],
        [null, 'DownloadScheduled'],
        [null, 'DownloadPaused'],
        [null, 'SignatureVerified'],
        [null, 'InstallScheduled'],
        ['Installing', 'InstallRebooting'],
        ['InstallationFailed', 'InvalidSignature'],
        ['InstallationFailed', 'InstallVerificationFailed'],
      ]),
    ),
    row(null, 'requestId', requestIdOfStatus),
    noCustomData,
  ),
  response: rows(noCustomData),
  up: (request, context) => statusUp(request, context),
  down(request, context, pair) {
    const { status, requestId } = request as { status: string; requestId?: number };
    const kind = kindFor('firmware', requestId, context);
    if (kind === undefined) {
      context.lost('requestId', '1.6 would take it for a status of the update that came after');
      return answer({});
    }
    const payload =
      kind === 'plain'
        ? apply(pair.request, 'down', request, context)
        : { status, ...(requestId === undefined ? {} : { requestId }) };
    if (payload.status === undefined) return answer({});
    return forward(statusActions.firmware[kind], payload, () => answer({}));
  },
};

export const signedFirmwareStatusNotification: Pair = {
  initiator: 'station',
  older: 'SignedFirmwareStatusNotification',
  newer: 'FirmwareStatusNotification',
  request: rows(row('status', 'status', same), row('requestId', 'requestId', requestIdOfStatus), noCustomData),
  response: rows(noCustomData),
  up(request, context) {
    showsExtension(context);
    return statusUp(request, context);
  },
};

function statusUp({ status, requestId }: Payload, context: Context): Outcome {
  rememberFirmwareStatus(status as string, context);
  return forward('FirmwareStatusNotification', numbered('firmware', status, requestId, context), () => answer({}));
}

// ------------------------------------------------------------------------------------ publishing (2.x local controllers)

const noPublishing = lost('a 1.6 station publishes no firmware');

export const publishFirmware: Pair = {
  initiator: 'csms',
  older: null,
  newer: 'PublishFirmware',
  note: 'Rejected: a 1.6 station publishes no firmware.',
  request: rows(
    ...['location', 'retries', 'checksum', 'requestId', 'retryInterval'].map((field) => row(null, field, noPublishing)),
    noCustomData,
  ),
  response: rows(...statusRows.map(({ newer }) => row(null, newer, procedure('Rejected (UnsupportedRequest)')))),
  down: () => refusal('Rejected', 'UnsupportedRequest'),
};

export const unpublishFirmware: Pair = {
  initiator: 'csms',
  older: null,
  newer: 'UnpublishFirmware',
  note: 'NoFirmware: a 1.6 station publishes none.',
  request: rows(row(null, 'checksum', noPublishing), noCustomData),
  response: rows(row(null, 'status', procedure('NoFirmware')), noCustomData),
  down: () => answer({ status: 'NoFirmware' }),
};

export const publishFirmwareStatusNotification: Pair = {
  initiator: 'station',
  older: null,
  newer: 'PublishFirmwareStatusNotification',
  note: 'Answered here: 1.6 has no such message.',
  request: rows(
    ...['status', 'location', 'requestId'].map((field) => row(null, field, lost('1.6 has no such message'))),
    noCustomData,
  ),
  response: rows(noCustomData),
  down(request, context, pair) {
    apply(pair.request, 'down', request, context);
    return answer({});
  },
};
