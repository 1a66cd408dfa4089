/** Block N, Diagnostics: 1.6's GetDiagnostics, and GetLog of the security extension and of 2.x. */
import { codePoints, isUri } from '../../formats.ts';
import type { Context } from '../context.ts';
import { answer, crossed, forward, type Outcome, type Payload } from '../outcome.ts';
import { apply, lost, procedure, row, rows, same, table } from '../rows.ts';
import type { Pair } from '../translator.ts';
import { noCustomData, noStatusInfo } from './common-rows.ts';
import { failureAsStatus, refusal } from './fan-out.ts';
import { begin, kindFor, nextRequestId, numbered, statusActions } from './jobs.ts';
import { lacks, refusedAsUnknown, showsExtension, unansweredIsUnknown } from './security-extension.ts';

/** There will be an upload; with AcceptedCanceled another one is given up for it. */
const isTaken = ({ status }: Payload): boolean => status === 'Accepted' || status === 'AcceptedCanceled';

const noLogCustomData = row(null, 'log.customData', lost('1.6 has no customData'));

const diagnosticsRequest = rows(
  row('location', 'log.remoteLocation', same),
  row('retries', 'retries', same),
  row('retryInterval', 'retryInterval', same),
  row('startTime', 'log.oldestTimestamp', same),
  row('stopTime', 'log.latestTimestamp', same),
  row(null, 'logType', procedure('DiagnosticsLog; a SecurityLog is Rejected where the station has no GetLog')),
  row(null, 'requestId', procedure('remembered for the statuses that follow; up: counted per station')),
  noLogCustomData,
  noCustomData,
);

const logRequest = rows(
  row('log.remoteLocation', 'log.remoteLocation', same),
  row('log.oldestTimestamp', 'log.oldestTimestamp', same),
  row('log.latestTimestamp', 'log.latestTimestamp', same),
  row('logType', 'logType', same),
  row('requestId', 'requestId', same),
  row('retries', 'retries', same),
  row('retryInterval', 'retryInterval', same),
  noLogCustomData,
  noCustomData,
);

// ------------------------------------------------------------------------------------ a 2.x CSMS asks a 1.6 station

function getLogDown(request: Payload, context: Context): Outcome {
  if (lacks('GetLog', context)) return diagnosticsDown(request, context);
  return begin(
    {
      work: 'log',
      job: { requestId: request.requestId as number, kind: 'extended' },
      call: { action: 'GetLog', payload: apply(logRequest, 'down', request, context) },
      taken: isTaken,
      answered: ({ status, filename }) => answer({ status, ...(filename === undefined ? {} : { filename }) }),
      failed: (failure) => {
        if (refusedAsUnknown(failure, 'GetLog', context)) return diagnosticsDown(request, context);
        if (failure.uncertain === true) unansweredIsUnknown('GetLog', context);
        return { kind: 'refuse', failure: crossed(failure) };
      },
    },
    context,
  );
}

function diagnosticsDown(request: Payload, context: Context): Outcome {
  if (request.logType !== 'DiagnosticsLog') {
    return refusal('Rejected', 'UnsupportedParam', 'the station uploads diagnostics only');
  }
  if (!isUri((request.log as Payload).remoteLocation as string)) return refusal('Rejected', 'InvalidURL');
  return begin(
    {
      work: 'log',
      job: { requestId: request.requestId as number, kind: 'plain' },
      call: { action: 'GetDiagnostics', payload: apply(diagnosticsRequest, 'down', request, context) },
      taken: hasFile,
      answered: (response) =>
        hasFile(response)
          ? answer({ status: 'Accepted', filename: response.fileName })
          : refusal('Rejected', 'NotFound', 'there is nothing to upload'),
      failed: (failure) => failureAsStatus([{ failure }], 'Rejected') ?? { kind: 'refuse', failure: crossed(failure) },
    },
    context,
  );
}

/** Without a name there is nothing to upload (1.6 6.24). */
const hasFile = ({ fileName }: Payload): boolean => fileName !== undefined && fileName !== '';

// ------------------------------------------------------------------------------------ a 1.6 CSMS asks a 2.x station

/** As long as a location may be in 2.0.1. */
const LOCATION = 512;

function diagnosticsUp(request: Payload, context: Context): Outcome {
  if (codePoints(request.location as string) > LOCATION) {
    context.lost('location', `it is longer than ${LOCATION} characters: nothing is uploaded`);
    return answer({});
  }
  const requestId = nextRequestId('log', context);
  return begin(
    {
      work: 'log',
      job: { requestId, kind: 'plain' },
      call: {
        action: 'GetLog',
        payload: { logType: 'DiagnosticsLog', requestId, ...apply(diagnosticsRequest, 'up', request, context) },
      },
      taken: isTaken,
      // Without a name there is nothing to upload, in 2.x too.
      answered: (response) => answer(isTaken(response) && response.filename ? { fileName: response.filename } : {}),
    },
    context,
  );
}

export const getDiagnostics: Pair = {
  initiator: 'csms',
  older: 'GetDiagnostics',
  newer: 'GetLog',
  note: 'Down: GetLog, unless the station says that it does not have that.',
  request: diagnosticsRequest,
  response: rows(
    row('fileName', 'filename', procedure('none: there is nothing to upload, Rejected (NotFound)')),
    row(null, 'status', procedure('Accepted with a name; up: no name unless Accepted or AcceptedCanceled')),
    noStatusInfo,
    noCustomData,
  ),
  down: getLogDown,
  up: diagnosticsUp,
};

export const getLog: Pair = {
  initiator: 'csms',
  older: 'GetLog',
  newer: 'GetLog',
  request: logRequest,
  response: rows(row('status', 'status', same), row('filename', 'filename', same), noStatusInfo, noCustomData),
  up: (request, context, pair) =>
    begin(
      {
        work: 'log',
        job: { requestId: request.requestId as number, kind: 'extended' },
        call: { action: 'GetLog', payload: apply(logRequest, 'up', request, context) },
        taken: isTaken,
        answered: (response) => answer(apply(pair.response, 'down', response, context)),
      },
      context,
    ),
};

// ------------------------------------------------------------------------------------ how it goes

const requestIdOfStatus = procedure(
  'of the job; up: the last one where the station gives none, 0 when nobody asked, none with Idle',
);

const diagnosticsStatus = rows(
  row(
    'status',
    'status',
    table([
      ['Idle', 'Idle'],
      ['Uploaded', 'Uploaded'],
      ['UploadFailed', 'UploadFailure'],
      ['Uploading', 'Uploading'],
      ['UploadFailed', 'BadMessage'],
      ['UploadFailed', 'NotSupportedOperation'],
      ['UploadFailed', 'PermissionDenied'],
      [null, 'AcceptedCanceled'],
    ]),
  ),
  row(null, 'requestId', requestIdOfStatus),
  noCustomData,
);

const logStatus = rows(
  row(
    'status',
    'status',
    table([
      ['BadMessage', 'BadMessage'],
      ['Idle', 'Idle'],
      ['NotSupportedOperation', 'NotSupportedOperation'],
      ['PermissionDenied', 'PermissionDenied'],
      ['Uploaded', 'Uploaded'],
      ['UploadFailure', 'UploadFailure'],
      ['Uploading', 'Uploading'],
      // The answer to the request that took its place has said so.
      [null, 'AcceptedCanceled'],
    ]),
  ),
  row('requestId', 'requestId', requestIdOfStatus),
  noCustomData,
);

export const diagnosticsStatusNotification: Pair = {
  initiator: 'station',
  older: 'DiagnosticsStatusNotification',
  newer: 'LogStatusNotification',
  request: diagnosticsStatus,
  response: rows(noCustomData),
  up: (request, context) => statusUp(apply(diagnosticsStatus, 'up', request, context), context),
};

export const logStatusNotification: Pair = {
  initiator: 'station',
  older: 'LogStatusNotification',
  newer: 'LogStatusNotification',
  note: 'Down: DiagnosticsStatusNotification for an upload by GetDiagnostics, or when TriggerMessage asked for it.',
  request: logStatus,
  response: rows(noCustomData),
  up(request, context) {
    showsExtension(context);
    return statusUp(request, context);
  },
  down(request, context) {
    const requestId = request.requestId as number | undefined;
    const kind = kindFor('log', requestId, context);
    if (kind === undefined) {
      context.lost('requestId', '1.6 would take it for a status of the upload that came after');
      return answer({});
    }
    const payload = apply(kind === 'plain' ? diagnosticsStatus : logStatus, 'down', request, context);
    if (payload.status === undefined) return answer({});
    const number = kind === 'plain' || requestId === undefined ? {} : { requestId };
    return forward(statusActions.log[kind], { status: payload.status, ...number }, () => answer({}));
  },
};

const statusUp = ({ status, requestId }: Payload, context: Context): Outcome =>
  forward('LogStatusNotification', numbered('log', status, requestId, context), () => answer({}));
