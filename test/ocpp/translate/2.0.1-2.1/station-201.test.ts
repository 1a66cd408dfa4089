/** A 2.0.1 station under a 2.1 CSMS (or our own business, which speaks 2.1). */
import { describe, expect, it } from 'vitest';
import { between201and21 } from '../../../../src/ocpp/translate/2.0.1-2.1/index.ts';
import type { TranslationSettings } from '../../../../src/ocpp/translate/context.ts';
import type { Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { at, type Bridge, bridge, type Run } from '../../../support/translation.ts';

const up = (settings: Partial<TranslationSettings> = {}): Bridge => bridge('2.0.1', '2.1', [between201and21], settings);
const rejected = (reasonCode: string, status = 'Rejected'): Payload => ({ status, statusInfo: { reasonCode } });

const schedule = (more: Payload, ...periods: Payload[]): Payload => ({
  id: 1,
  chargingRateUnit: 'W',
  ...more,
  chargingSchedulePeriod: periods.map((period, index) => ({ startPeriod: index * 60, ...period })),
});
const profile = (chargingSchedule: Payload, more: Payload = {}): Payload => ({
  id: 1,
  stackLevel: 0,
  chargingProfilePurpose: 'TxDefaultProfile',
  chargingProfileKind: 'Absolute',
  ...more,
  chargingSchedule: [chargingSchedule],
});
const set = (chargingProfile: Payload, settings: Partial<TranslationSettings> = {}): Run =>
  up(settings).fromCsms('SetChargingProfile', { evseId: 1, chargingProfile });
const setPeriod = (period: Payload, unit = 'W', settings: Partial<TranslationSettings> = {}): Run =>
  set(profile(schedule({ chargingRateUnit: unit }, period)), settings);
const crossedPeriod = (run: Run): Payload | undefined =>
  run.calls[0]?.payload.chargingProfile.chargingSchedule[0].chargingSchedulePeriod[0];

describe('SetChargingProfile', () => {
  it('F39: a discharging setpoint is refused, never turned round', () => {
    const run = setPeriod({ operationMode: 'CentralSetpoint', setpoint: -5000 });
    expect(run.calls).toEqual([]);
    expect(run.answer).toEqual(rejected('InvalidProfile'));
  });

  it('F39: a charging setpoint is a limit, when that is wanted', () => {
    const period = { operationMode: 'CentralSetpoint', setpoint: 7000 };
    expect(crossedPeriod(setPeriod(period))).toEqual({ startPeriod: 0, limit: 7000 });
    expect(setPeriod(period, 'W', { setpointAsLimit: false }).answer).toEqual(rejected('InvalidSchedule'));
  });

  it.each([
    [{ limit: 5000, dischargeLimit: -1 }],
    [{ limit: 5000, setpoint_L3: -1 }],
    [{ limit: 5000, operationMode: 'ExternalLimits' }],
    [{ operationMode: 'LocalFrequency', v2xBaseline: 1 }],
    [{ limit: -5000 }],
    [{ limit: 5000, limit_L3: -1 }],
    [{ operationMode: 'CentralFrequency', setpoint: 5000 }],
    [{ operationMode: 'LocalLoadBalancing', limit: 5000 }],
    [{ operationMode: 'ExternalSetpoint' }],
  ])('%o is refused: 2.0.1 only charges', (period) => {
    expect(setPeriod(period).answer).toEqual(rejected('InvalidProfile'));
  });

  it.each([
    [{ limit: 16, limit_L2: 16, limit_L3: 16 }, 'A', 16],
    [{ limit: 16, limit_L2: 10, limit_L3: 12 }, 'A', 10],
    // In W 2.0.1 means the sum of the phases, of which none may be above its own limit.
    [{ limit: 3000, limit_L2: 2000, limit_L3: 2500 }, 'W', 6000],
    // A station divides by the phases that are used (K01.FR.50).
    [{ limit: 3000, limit_L2: 2000, limit_L3: 2500, numberPhases: 1 }, 'W', 2000],
    [{ limit: 3000 }, 'W', 3000],
    [{ limit: 3000, setpoint: 2000 }, 'W', 2000],
    [{ operationMode: 'Idle' }, 'W', 0],
    [{ operationMode: 'Idle', limit: 900, setpoint: 300 }, 'W', 0],
    [{ limit: 5, dischargeLimit: 0, preconditioningRequest: true, evseSleep: false }, 'A', 5],
  ])('%o in %s is the limit %d', (period, unit, limit) => {
    const { numberPhases } = period as Payload;
    expect(crossedPeriod(setPeriod(period, unit))).toEqual({
      startPeriod: 0,
      limit,
      ...(numberPhases === undefined ? {} : { numberPhases }),
    });
  });

  it('a period without limit and setpoint is refused', () => {
    expect(setPeriod({ numberPhases: 3 }).answer).toEqual(rejected('InvalidSchedule'));
  });

  it.each([
    [{ chargingProfilePurpose: 'PriorityCharging' }, 'UnsupportedPurpose'],
    [{ chargingProfilePurpose: 'LocalGeneration' }, 'UnsupportedPurpose'],
  ])('%o is refused with %s', (more, reason) => {
    expect(set(profile(schedule({}, { limit: 1 }), more)).answer).toEqual(rejected(reason));
  });

  it('a Dynamic profile is refused when it is not to be emulated', () => {
    const dynamic = profile(schedule({}, { limit: 1 }), { chargingProfileKind: 'Dynamic' });
    expect(set(dynamic, { emulateDynamic: false }).answer).toEqual(rejected('UnsupportedKind'));
  });

  it('local time needs the zone of the station', () => {
    const local = (more: Payload, timeZone?: string): Run =>
      set(profile(schedule({ useLocalTime: true, ...more }, { limit: 1 })), timeZone === undefined ? {} : { timeZone });
    const startOf = (run: Run): unknown => run.calls[0]?.payload.chargingProfile.chargingSchedule[0].startSchedule;
    expect(local({ startSchedule: at(0) }).answer).toEqual(rejected('InvalidSchedule'));
    expect(local({ startSchedule: at(0) }, 'Nowhere/Land').answer).toEqual(rejected('InvalidSchedule'));
    expect(local({}).calls[0]?.payload.chargingProfile).toEqual(profile(schedule({}, { limit: 1 })));
    // The offset that it is written with does not count, summer time does.
    expect(startOf(local({ startSchedule: '2026-01-05T22:00:00+09:00' }, 'Europe/Berlin'))).toBe(
      '2026-01-05T21:00:00.000Z',
    );
    expect(startOf(local({ startSchedule: '2026-07-05T22:00:00Z' }, 'Europe/Berlin'))).toBe('2026-07-05T20:00:00.000Z');
    expect(startOf(local({ startSchedule: '2026-07-05T22:00:00Z' }, '+02:30'))).toBe('2026-07-05T19:30:00.000Z');
    const known = set(profile(schedule({ startSchedule: '2026-07-05T22:00:00+09:00' }, { limit: 1 })));
    expect(startOf(known)).toBe('2026-07-05T22:00:00+09:00');
  });

  it('limits that differ by phase are refused, when that is wanted', () => {
    const differ = { limit: 16, limit_L2: 10, limit_L3: 16 };
    expect(setPeriod(differ, 'A', { phaseLimits: 'reject' }).answer).toEqual(rejected('InvalidSchedule'));
    const equal = { limit: 16, limit_L2: 16, limit_L3: 16 };
    expect(crossedPeriod(setPeriod(equal, 'A', { phaseLimits: 'reject' }))).toEqual({ startPeriod: 0, limit: 16 });
  });

  it('leaves out, and tells of, what changes no limit', () => {
    const b = up();
    const price = { timeAnchor: at(0), priceScheduleID: 1 };
    const chargingProfile = profile(
      schedule(
        {
          limitAtSoC: { soc: 80, limit: 1 },
          powerTolerance: 1,
          signatureId: 1,
          digestValue: 'x',
          randomizedDelay: 60,
          absolutePriceSchedule: {
            ...price,
            currency: 'EUR',
            language: 'de',
            priceAlgorithm: 'urn:x',
            priceRuleStacks: [
              {
                duration: 60,
                priceRule: [{ energyFee: { exponent: -2, value: 10 }, powerRangeStart: { exponent: 0, value: 0 } }],
              },
            ],
          },
          priceLevelSchedule: {
            timeAnchor: at(0),
            priceScheduleId: 1,
            numberOfPriceLevels: 1,
            priceLevelScheduleEntries: [{ duration: 60, priceLevel: 1 }],
          },
        },
        {
          limit: 1,
          dischargeLimit: 0,
          setpointReactive: 5,
          preconditioningRequest: true,
          evseSleep: true,
          v2xBaseline: 1,
        },
      ),
      { maxOfflineDuration: 5, invalidAfterOfflineDuration: true, priceScheduleSignature: 'x' },
    );
    expect(b.fromCsms('SetChargingProfile', { evseId: 1, chargingProfile }).calls[0]?.payload.chargingProfile).toEqual(
      profile(schedule({}, { limit: 1 })),
    );
    expect(b.notes.map(({ field }) => field).toSorted()).toEqual([
      'absolutePriceSchedule',
      'digestValue',
      'dischargeLimit',
      'evseSleep',
      'invalidAfterOfflineDuration',
      'limitAtSoC',
      'maxOfflineDuration',
      'powerTolerance',
      'preconditioningRequest',
      'priceLevelSchedule',
      'priceScheduleSignature',
      'randomizedDelay',
      'setpointReactive',
      'signatureId',
      'v2xBaseline',
    ]);
  });

  it('a remote start does not happen without its limit', () => {
    const run = up().fromCsms('RequestStartTransaction', {
      idToken: { idToken: 'X', type: 'Central' },
      remoteStartId: 1,
      chargingProfile: profile(schedule({}, { setpoint: -1 })),
    });
    expect(run.calls).toEqual([]);
    expect(run.answer).toEqual(rejected('InvalidProfile'));
  });
});

describe('what a 2.0.1 station cannot do is said here', () => {
  it.each([
    ['Reset', { type: 'ImmediateAndResume' }, rejected('UnsupportedParam')],
    [
      'TriggerMessage',
      { requestedMessage: 'CustomTrigger', customTrigger: 'x' },
      rejected('UnsupportedParam', 'NotImplemented'),
    ],
    [
      'ReserveNow',
      { id: 1, expiryDateTime: at(9), idToken: { idToken: 'X', type: 'Central' }, connectorType: 'cMCS' },
      rejected('UnknownConnectorType'),
    ],
    [
      'GetLog',
      { logType: 'DataCollectorLog', requestId: 1, log: { remoteLocation: 'http://l' } },
      rejected('UnsupportedParam'),
    ],
    [
      'GetLog',
      { logType: 'SecurityLog', requestId: 1, log: { remoteLocation: `http://${'l'.repeat(600)}` } },
      rejected('InvalidURL'),
    ],
    [
      'InstallCertificate',
      { certificateType: 'V2GRootCertificate', certificate: 'c'.repeat(5501) },
      rejected('TooLargeElement'),
    ],
    ['InstallCertificate', { certificateType: 'OEMRootCertificate', certificate: 'c' }, rejected('UnsupportedParam')],
    [
      'ClearChargingProfile',
      { chargingProfileCriteria: { chargingProfilePurpose: 'LocalGeneration' } },
      rejected('UnsupportedPurpose', 'Unknown'),
    ],
    [
      'SetDisplayMessage',
      { message: { id: 1, priority: 'AlwaysFront', message: { format: 'QRCODE', content: 'x' } } },
      rejected('UnsupportedParam', 'NotSupportedMessageFormat'),
    ],
    ['UsePriorityCharging', { transactionId: 'T', activate: true }, rejected('UnsupportedRequest', 'NoProfile')],
    ['GetDERControl', { requestId: 1 }, rejected('UnsupportedRequest', 'NotSupported')],
    ['UpdateDynamicSchedule', { chargingProfileId: 1, scheduleUpdate: { limit: 1 } }, rejected('UnsupportedKind')],
    [
      'ClearTariffs',
      { tariffIds: ['a', 'b'] },
      {
        clearTariffsResult: [
          { tariffId: 'a', status: 'NoTariff' },
          { tariffId: 'b', status: 'NoTariff' },
        ],
      },
    ],
    ['ClearTariffs', {}, { clearTariffsResult: [{ status: 'NoTariff' }] }],
    ['GetPeriodicEventStream', {}, {}],
  ])('%s %o', (action, request, answer) => {
    const run = up().fromCsms(action, request);
    expect(run.calls).toEqual([]);
    expect(run.answer).toEqual(answer);
  });

  it('SetVariables: a value that is too long is refused, the others are set', () => {
    const item = (name: string, attributeValue: string): Payload => ({
      attributeValue,
      component: { name: 'C' },
      variable: { name },
    });
    const result = (name: string): Payload => ({
      attributeStatus: 'Accepted',
      component: { name: 'C' },
      variable: { name },
    });
    const run = up().fromCsms(
      'SetVariables',
      { setVariableData: [item('long', 'v'.repeat(1001)), item('short', 'v')] },
      { setVariableResult: [result('short')] },
    );
    expect(run.calls[0]?.payload).toEqual({ setVariableData: [item('short', 'v')] });
    expect(run.answer).toEqual({
      setVariableResult: [
        { ...result('long'), attributeStatus: 'Rejected', attributeStatusInfo: { reasonCode: 'TooLargeElement' } },
        result('short'),
      ],
    });
  });

  it('SetNetworkProfile: no identity, no password; the version that 2.0.1 knows', () => {
    const connectionData = {
      ocppInterface: 'Any',
      ocppTransport: 'JSON',
      ocppCsmsUrl: 'wss://c',
      messageTimeout: 30,
      securityProfile: 1,
    };
    const put = (more: Payload) =>
      up().fromCsms('SetNetworkProfile', { configurationSlot: 1, connectionData: { ...connectionData, ...more } });
    expect(put({}).calls[0]?.payload.connectionData).toEqual({
      ...connectionData,
      ocppInterface: 'Wired0',
      ocppVersion: 'OCPP20',
    });
    expect(put({ ocppVersion: 'OCPP21' }).calls[0]?.payload.connectionData.ocppVersion).toBe('OCPP20');
    expect(put({ identity: 'CP1' }).answer).toEqual(rejected('UnsupportedParam'));
  });
});

describe('answers of the 2.1 CSMS', () => {
  it('are cut to what a 2.0.1 station knows', () => {
    const content = (length: number): Payload => ({ format: 'UTF8', content: 'é'.repeat(length) });
    const run = up().fromStation(
      'Authorize',
      { idToken: { idToken: 'X', type: 'Central' } },
      {
        idTokenInfo: {
          status: 'Accepted',
          personalMessage: content(600),
          groupIdToken: { idToken: 'g'.repeat(40), type: 'Central' },
        },
        allowedEnergyTransfer: ['DC_BPT'],
      },
    );
    expect(run.answer).toEqual({
      idTokenInfo: {
        status: 'Accepted',
        personalMessage: { format: 'UTF8', content: `${'é'.repeat(511)}…` },
        groupIdToken: { idToken: expect.stringMatching(/^~[A-Z2-7]{35}$/), type: 'Central' },
      },
    });
  });

  it('TransactionEvent: limits and other languages are left out', () => {
    const request = {
      eventType: 'Started',
      timestamp: at(0),
      triggerReason: 'Authorized',
      seqNo: 0,
      transactionInfo: { transactionId: 'T' },
    };
    const run = up().fromStation('TransactionEvent', request, {
      totalCost: 1,
      transactionLimit: { maxEnergy: 5 },
      updatedPersonalMessageExtra: [{ format: 'UTF8', content: 'x' }],
    });
    expect(run.answer).toEqual({ totalCost: 1 });
  });
});

describe('monitors', () => {
  const data = (type: string): Payload => ({
    value: 1,
    type,
    severity: 1,
    component: { name: 'C' },
    variable: { name: 'V' },
  });
  const result = (type: string, more: Payload): Payload => ({
    type,
    severity: 1,
    component: { name: 'C' },
    variable: { name: 'V' },
    ...more,
  });

  it('are set item by item, and known as set by the CSMS when they are reported', () => {
    const b = up();
    const run = b.fromCsms(
      'SetVariableMonitoring',
      { setMonitoringData: [data('TargetDelta'), { ...data('Delta'), periodicEventStream: { interval: 1 } }] },
      { setMonitoringResult: [result('Delta', { id: 4, status: 'Accepted' })] },
    );
    expect(run.calls[0]?.payload).toEqual({ setMonitoringData: [data('Delta')] });
    expect(run.answer).toEqual({
      setMonitoringResult: [
        result('TargetDelta', { status: 'UnsupportedMonitorType' }),
        result('Delta', { id: 4, status: 'Accepted' }),
      ],
    });
    b.restart();
    const monitor = (id: number): Payload => ({ id, transaction: false, value: 1, type: 'Delta', severity: 1 });
    const report = (variableMonitoring: Payload[]): Payload => ({
      requestId: 1,
      seqNo: 0,
      generatedAt: at(0),
      monitor: [{ component: { name: 'C' }, variable: { name: 'V' }, variableMonitoring }],
    });
    expect(b.fromStation('NotifyMonitoringReport', report([monitor(4), monitor(5)])).calls[0]?.payload).toEqual(
      report([
        { ...monitor(4), eventNotificationType: 'CustomMonitor' },
        { ...monitor(5), eventNotificationType: 'PreconfiguredMonitor' },
      ]),
    );
  });
});
