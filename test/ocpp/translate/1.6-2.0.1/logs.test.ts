/** Diagnostics and logs (N01 of 2.x; GetDiagnostics of 1.6 and GetLog of its security extension), both deployments. */
import { describe, expect, test } from 'vitest';
import { between16and201 } from '../../../../src/ocpp/translate/1.6-2.0.1/index.ts';
import type { Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { at, type Bridge, bridge, failure } from '../../../support/translation.ts';

const location = 'https://logs.example/up';
const actions = ({ calls }: ReturnType<Bridge['fromCsms']>): readonly string[] => calls.map(({ action }) => action);

describe('station 1.6, CSMS 2.0.1', () => {
  const underNewer = (): Bridge => bridge('1.6', '2.0.1', [between16and201]);
  const log = { remoteLocation: location, oldestTimestamp: at(-60), latestTimestamp: at(0) };
  const request = { requestId: 31, logType: 'DiagnosticsLog', log, retries: 2, retryInterval: 5 };
  const reason = (answer: Payload | undefined): unknown => [answer?.status, answer?.statusInfo?.reasonCode];
  const told = (b: Bridge, action: string, payload: Payload): unknown => {
    const { calls, answer } = b.fromStation(action, payload);
    expect(answer).toEqual({});
    return calls.map(({ action, payload }) => [action, payload]);
  };

  test.each(['DiagnosticsLog', 'SecurityLog'])('%s of a station with GetLog, over restarts', (logType) => {
    const b = underNewer();
    const run = b.fromCsms('GetLog', { ...request, logType }, { status: 'Accepted', filename: 'log.gz' });
    expect(run.calls).toEqual([{ action: 'GetLog', payload: { ...request, logType } }]);
    expect(run.answer).toEqual({ status: 'Accepted', filename: 'log.gz' });
    for (const status of ['Uploading', 'BadMessage', 'NotSupportedOperation', 'PermissionDenied', 'UploadFailure']) {
      b.restart();
      expect(told(b, 'LogStatusNotification', { status, requestId: 31 })).toEqual([
        ['LogStatusNotification', { status, requestId: 31 }],
      ]);
    }
    expect(told(b, 'LogStatusNotification', { status: 'Uploaded' })).toEqual([
      ['LogStatusNotification', { status: 'Uploaded', requestId: 31 }],
    ]);
    expect(told(b, 'LogStatusNotification', { status: 'Idle', requestId: 31 })).toEqual([
      ['LogStatusNotification', { status: 'Idle' }],
    ]);
  });

  test.each(['Rejected', 'AcceptedCanceled'])('%s is answered as it is', (status) => {
    expect(underNewer().fromCsms('GetLog', request, { status }).answer).toEqual({ status });
  });

  test('a station without GetLog is asked for diagnostics, and not for the log again', () => {
    const b = underNewer();
    const run = b.fromCsms('GetLog', request, failure('NotSupported'), { fileName: 'diag.zip' });
    expect(run.calls[1]).toEqual({
      action: 'GetDiagnostics',
      payload: { location, startTime: at(-60), stopTime: at(0), retries: 2, retryInterval: 5 },
    });
    expect(run.answer).toEqual({ status: 'Accepted', filename: 'diag.zip' });
    b.restart();
    expect(told(b, 'DiagnosticsStatusNotification', { status: 'Uploading' })).toEqual([
      ['LogStatusNotification', { status: 'Uploading', requestId: 31 }],
    ]);
    expect(told(b, 'DiagnosticsStatusNotification', { status: 'UploadFailed' })).toEqual([
      ['LogStatusNotification', { status: 'UploadFailure', requestId: 31 }],
    ]);
    expect(told(b, 'DiagnosticsStatusNotification', { status: 'Uploaded' })).toEqual([
      ['LogStatusNotification', { status: 'Uploaded', requestId: 31 }],
    ]);
    expect(told(b, 'DiagnosticsStatusNotification', { status: 'Idle' })).toEqual([
      ['LogStatusNotification', { status: 'Idle' }],
    ]);
    b.restart();
    const again = b.fromCsms('GetLog', { ...request, requestId: 32 }, { fileName: 'diag.zip' });
    expect(actions(again)).toEqual(['GetDiagnostics']);
    expect(told(b, 'DiagnosticsStatusNotification', { status: 'Uploaded' })).toMatchObject([
      ['LogStatusNotification', { requestId: 32 }],
    ]);
  });

  test.each([{}, { fileName: '' }])('without a file name (%j) there is nothing to upload', (answer) => {
    const b = underNewer();
    b.fromCsms('GetLog', request, failure('NotImplemented'), { fileName: 'diag.zip' });
    const run = b.fromCsms('GetLog', { ...request, requestId: 32 }, answer);
    expect(reason(run.answer)).toEqual(['Rejected', 'NotFound']);
    // What still goes on is the one before.
    expect(told(b, 'DiagnosticsStatusNotification', { status: 'Uploaded' })).toMatchObject([
      ['LogStatusNotification', { requestId: 31 }],
    ]);
  });

  test('a security log of a station without the security extension', () => {
    const b = underNewer();
    const run = b.fromCsms('GetLog', { ...request, logType: 'SecurityLog' }, failure('NotImplemented'));
    expect(actions(run)).toEqual(['GetLog']);
    expect(reason(run.answer)).toEqual(['Rejected', 'UnsupportedParam']);
    b.restart();
    expect(b.fromCsms('GetLog', { ...request, logType: 'SecurityLog' }).calls).toEqual([]);
  });

  test('a station with neither', () => {
    const run = underNewer().fromCsms('GetLog', request, failure('NotImplemented'), failure('NotSupported'));
    expect(reason(run.answer)).toEqual(['Rejected', 'UnsupportedRequest']);
  });

  test('a location that GetDiagnostics has no room for', () => {
    const b = underNewer();
    const strange = { ...request, log: { remoteLocation: 'the cloud' } };
    const run = b.fromCsms('GetLog', strange, failure('NotImplemented'));
    expect(reason(run.answer)).toEqual(['Rejected', 'InvalidURL']);
  });

  test('a station that was silent is asked for diagnostics the next time, unless it has shown the extension', () => {
    const b = underNewer();
    expect(b.fromCsms('GetLog', request, failure('GenericError', true)).refusal?.uncertain).toBe(true);
    b.restart();
    expect(actions(b.fromCsms('GetLog', request, { fileName: 'diag.zip' }))).toEqual(['GetDiagnostics']);
    const other = underNewer();
    const certificateEntries = [{ component: { name: 'SecurityCtrlr' }, variable: { name: 'OrganizationName' } }];
    const reply = { configurationKey: [{ key: 'CpoName', readonly: false, value: 'Operator' }] };
    other.fromCsms('GetVariables', { getVariableData: certificateEntries }, reply);
    other.fromCsms('GetLog', request, failure('GenericError', true));
    other.restart();
    expect(actions(other.fromCsms('GetLog', request, { status: 'Accepted' }))).toEqual(['GetLog']);
  });

  test('an upload that nobody asked for has the number 0', () => {
    const b = underNewer();
    expect(told(b, 'DiagnosticsStatusNotification', { status: 'Uploading' })).toEqual([
      ['LogStatusNotification', { status: 'Uploading', requestId: 0 }],
    ]);
  });

  test('TriggerMessage asks in the messages of the last upload', () => {
    const b = underNewer();
    const asked = (): unknown =>
      b
        .fromCsms('TriggerMessage', { requestedMessage: 'LogStatusNotification' }, { status: 'Accepted' })
        .calls.map(({ action, payload }) => `${action} ${payload.requestedMessage}`);
    expect(asked()).toEqual(['ExtendedTriggerMessage LogStatusNotification']);
    b.fromCsms('GetLog', request, { status: 'Accepted' });
    expect(asked()).toEqual(['ExtendedTriggerMessage LogStatusNotification']);
    b.fromCsms('GetLog', request, failure('NotSupported'), { fileName: 'diag.zip' });
    b.restart();
    expect(asked()).toEqual(['TriggerMessage DiagnosticsStatusNotification']);
  });
});

describe('station 2.0.1, CSMS 1.6', () => {
  const underOlder = (): Bridge => bridge('2.0.1', '1.6', [between16and201]);
  const diagnostics = { location, startTime: at(-60), stopTime: at(0), retries: 2, retryInterval: 5 };
  const log = { requestId: 9, logType: 'SecurityLog', log: { remoteLocation: location } };
  const told = (b: Bridge, status: string, requestId?: number): unknown => {
    const run = b.fromStation('LogStatusNotification', { status, ...(requestId === undefined ? {} : { requestId }) });
    expect(run.answer).toEqual({});
    return run.calls.map(({ action, payload }) => [action, payload]);
  };
  const plainly = (status: string): unknown => [['DiagnosticsStatusNotification', { status }]];

  test('diagnostics get a number, and their upload is told in the words of 1.6, over restarts', () => {
    const b = underOlder();
    const run = b.fromCsms('GetDiagnostics', diagnostics, { status: 'Accepted', filename: 'log.gz' });
    expect(run.calls).toEqual([
      {
        action: 'GetLog',
        payload: {
          logType: 'DiagnosticsLog',
          requestId: 1,
          log: { remoteLocation: location, oldestTimestamp: at(-60), latestTimestamp: at(0) },
          retries: 2,
          retryInterval: 5,
        },
      },
    ]);
    expect(run.answer).toEqual({ fileName: 'log.gz' });
    const course = [
      ['Uploading', 'Uploading'],
      ['UploadFailure', 'UploadFailed'],
      ['BadMessage', 'UploadFailed'],
      ['NotSupportedOperation', 'UploadFailed'],
      ['PermissionDenied', 'UploadFailed'],
      ['Uploaded', 'Uploaded'],
      ['AcceptedCanceled', undefined],
    ] as const;
    for (const [newer, older] of course) {
      b.restart();
      expect(told(b, newer, 1), newer).toEqual(older === undefined ? [] : plainly(older));
    }
    expect(told(b, 'Idle')).toEqual(plainly('Idle'));
  });

  test.each([
    [{ status: 'AcceptedCanceled', filename: 'log.gz' }, { fileName: 'log.gz' }],
    [{ status: 'Accepted' }, {}],
    [{ status: 'Rejected' }, {}],
    [{ status: 'Rejected', filename: 'log.gz' }, {}],
  ])('%j is %j', (response, answer) => {
    expect(underOlder().fromCsms('GetDiagnostics', diagnostics, response).answer).toEqual(answer);
  });

  test('a location that 2.0.1 has no room for: nothing is uploaded', () => {
    const b = underOlder();
    const run = b.fromCsms('GetDiagnostics', { location: `https://example.com/${'x'.repeat(500)}` });
    expect(run).toMatchObject({ calls: [], answer: {} });
    expect(b.notes.map(({ field }) => field)).toEqual(['location']);
  });

  test('a log keeps its number and its words', () => {
    const b = underOlder();
    const request = {
      ...log,
      log: { remoteLocation: location, oldestTimestamp: at(-60), latestTimestamp: at(0) },
      retries: 2,
      retryInterval: 5,
    };
    const reply = { status: 'AcceptedCanceled', filename: 'log.gz', statusInfo: { reasonCode: 'NoError' } };
    const run = b.fromCsms('GetLog', request, reply);
    expect(run.calls).toEqual([{ action: 'GetLog', payload: request }]);
    expect(run.answer).toEqual({ status: 'AcceptedCanceled', filename: 'log.gz' });
    b.restart();
    for (const status of ['Uploading', 'PermissionDenied', 'UploadFailure']) {
      expect(told(b, status, 9)).toEqual([['LogStatusNotification', { status, requestId: 9 }]]);
    }
    expect(told(b, 'AcceptedCanceled', 9)).toEqual([]);
    expect(told(b, 'Idle')).toEqual([['LogStatusNotification', { status: 'Idle' }]]);
  });

  test('which upload a status is of', () => {
    const b = underOlder();
    b.fromCsms('GetLog', { ...log, requestId: 1 }, { status: 'Accepted' });
    expect(b.fromCsms('GetDiagnostics', diagnostics, { status: 'AcceptedCanceled' }).calls[0]?.payload.requestId).toBe(
      2,
    );
    expect(told(b, 'UploadFailure', 1)).toEqual([['LogStatusNotification', { status: 'UploadFailure', requestId: 1 }]]);
    b.restart();
    b.fromCsms('GetDiagnostics', diagnostics, { status: 'AcceptedCanceled', filename: 'log.gz' });
    // The end of one that was given up would be taken for the end of the one that goes on.
    expect(told(b, 'UploadFailure', 2)).toEqual([]);
    expect(told(b, 'Uploading', 3)).toEqual(plainly('Uploading'));
    expect(told(b, 'Uploading', 55)).toEqual(plainly('Uploading'));
  });

  test('Idle comes in the messages in which it was asked for', () => {
    const b = underOlder();
    b.fromCsms('ExtendedTriggerMessage', { requestedMessage: 'LogStatusNotification' }, { status: 'Accepted' });
    b.restart();
    expect(told(b, 'Idle')).toEqual([['LogStatusNotification', { status: 'Idle' }]]);
    b.fromCsms('GetLog', log, { status: 'Accepted' });
    b.fromCsms('TriggerMessage', { requestedMessage: 'DiagnosticsStatusNotification' }, { status: 'Accepted' });
    expect(told(b, 'Idle')).toEqual(plainly('Idle'));
  });
});
