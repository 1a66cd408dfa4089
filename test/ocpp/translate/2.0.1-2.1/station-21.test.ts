/** A 2.1 station under a 2.0.1 CSMS: what 2.1 added is left out, mended or answered on the way. */
import { describe, expect, it } from 'vitest';
import { between201and21 } from '../../../../src/ocpp/translate/2.0.1-2.1/index.ts';
import { translators } from '../../../../src/ocpp/translate/index.ts';
import type { Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { at, type Bridge, bridge, failure } from '../../../support/translation.ts';

const down = (): Bridge => bridge('2.1', '2.0.1', [between201and21]);

const available = (actualValue: string, more: Payload = {}): Payload => ({
  eventId: 1,
  timestamp: at(1),
  trigger: 'Delta',
  actualValue,
  eventNotificationType: 'HardWiredNotification',
  component: { name: 'Connector', evse: { id: 1, connectorId: 1 } },
  variable: { name: 'AvailabilityState' },
  ...more,
});
const temperature = {
  ...available('61'),
  eventId: 2,
  component: { name: 'TemperatureSensor' },
  variable: { name: 'Temperature' },
};
const events = (...eventData: Payload[]): Payload => ({ generatedAt: at(1), seqNo: 0, eventData });

describe('NotifyEvent', () => {
  it('the connector status becomes a StatusNotification, the other events stay', () => {
    const run = down().fromStation('NotifyEvent', events(available('Occupied'), { ...temperature, severity: 4 }));
    expect(run.calls).toEqual([
      {
        action: 'StatusNotification',
        payload: { timestamp: at(1), connectorStatus: 'Occupied', evseId: 1, connectorId: 1 },
      },
      { action: 'NotifyEvent', payload: events(temperature) },
    ]);
    expect(run.answer).toEqual({});
  });

  it('sends no NotifyEvent when nothing is left for it', () => {
    expect(
      down()
        .fromStation('NotifyEvent', events(available('Available')))
        .calls.map(({ action }) => action),
    ).toEqual(['StatusNotification']);
  });

  it('a 1.6 CSMS gets the status only', () => {
    const run = bridge('2.1', '1.6', translators).fromStation(
      'NotifyEvent',
      events(available('Occupied'), temperature),
    );
    expect(run.calls.map(({ action, payload }) => [action, payload.connectorId, payload.status])).toEqual([
      ['StatusNotification', 1, 'Preparing'],
    ]);
    expect(run.answer).toEqual({});
  });

  it('leaves other triggers, values and components as events', () => {
    const request = events(
      available('Occupied', { trigger: 'Periodic' }),
      available('Strange'),
      available('Occupied', { component: { name: 'EVSE', evse: { id: 1 } } }),
    );
    expect(down().fromStation('NotifyEvent', request).calls).toEqual([{ action: 'NotifyEvent', payload: request }]);
  });

  it('passes a failure on', () => {
    const run = down().fromStation('NotifyEvent', events(available('Occupied')), failure('InternalError', true));
    expect(run.refusal).toMatchObject({ condition: 'InternalError', uncertain: true });
  });
});

const sample = (measurand: string, more: Payload = {}): Payload => ({ value: 1, measurand, ...more });
const event = (more: Payload = {}, transactionInfo: Payload = {}): Payload => ({
  eventType: 'Updated',
  timestamp: at(1),
  triggerReason: 'MeterValuePeriodic',
  seqNo: 1,
  transactionInfo: { transactionId: 'T', ...transactionInfo },
  ...more,
});

describe('TransactionEvent', () => {
  const crossed = (request: Payload): Payload | undefined =>
    down().fromStation('TransactionEvent', request).calls[0]?.payload;

  it('leaves out what 2.0.1 has no field for', () => {
    const request = event(
      { preconditioningStatus: 'Ready', evseSleep: false },
      { operationMode: 'ChargingOnly', tariffId: 't', transactionLimit: { maxCost: 3 }, chargingState: 'Charging' },
    );
    expect(crossed(request)).toEqual(event({}, { chargingState: 'Charging' }));
  });

  it.each([
    ['CostLimitReached', undefined, 'EnergyLimitReached'],
    ['SoCLimitReached', undefined, 'EnergyLimitReached'],
    ['TxResumed', undefined, 'ChargingStateChanged'],
    ['LimitSet', 'Charging', 'ChargingStateChanged'],
    ['LimitSet', undefined, 'MeterValuePeriodic'],
    ['RunningCost', undefined, 'MeterValuePeriodic'],
    ['TariffNotAccepted', undefined, 'Deauthorized'],
    ['CablePluggedIn', undefined, 'CablePluggedIn'],
  ])('triggerReason %s in chargingState %s is %s', (triggerReason, chargingState, expected) => {
    const info = chargingState === undefined ? {} : { chargingState };
    expect(crossed(event({ triggerReason }, info))).toEqual(event({ triggerReason: expected }, info));
  });

  it('names the nearest stop reason', () => {
    expect(crossed(event({ eventType: 'Ended' }, { stoppedReason: 'ReqEnergyTransferRejected' }))).toEqual(
      event({ eventType: 'Ended' }, { stoppedReason: 'Other' }),
    );
  });

  it('keeps the samples that 2.0.1 knows', () => {
    const meterValue = [
      {
        timestamp: at(0),
        sampledValue: [
          sample('Display.PresentSOC'),
          sample('Voltage.Minimum'),
          sample('Voltage', { location: 'Upstream' }),
        ],
      },
      { timestamp: at(1), sampledValue: [sample('EnergyRequest.Bulk')] },
    ];
    expect(crossed(event({ meterValue }))).toEqual(
      event({
        meterValue: [{ timestamp: at(0), sampledValue: [sample('SoC'), sample('Voltage', { location: 'Inlet' })] }],
      }),
    );
    expect(crossed(event({ meterValue: meterValue.slice(1) }))).toEqual(event());
  });

  it('passes a signed container on whole or not at all', () => {
    const signed = (signedMeterData: string, more: Payload = {}): Payload =>
      event({
        meterValue: [
          {
            timestamp: at(0),
            sampledValue: [{ value: 1, signedMeterValue: { signedMeterData, encodingMethod: 'OCMF', ...more } }],
          },
        ],
      });
    expect(crossed(signed('x'.repeat(2500)))).toEqual(signed('x'.repeat(2500), { signingMethod: '', publicKey: '' }));
    expect(crossed(signed('x'.repeat(2501)))).toEqual(
      event({ meterValue: [{ timestamp: at(0), sampledValue: [{ value: 1 }] }] }),
    );
  });

  it('answers MeterValues of which nothing is left', () => {
    const run = down().fromStation('MeterValues', {
      evseId: 1,
      meterValue: [{ timestamp: at(0), sampledValue: [sample('Voltage.Minimum')] }],
    });
    expect(run.calls).toEqual([]);
    expect(run.answer).toEqual({});
  });
});

describe('tokens', () => {
  it('a long token is an alias in 2.0.1, and itself again on the way back', () => {
    const b = down();
    const token = { idToken: 'x'.repeat(255), type: 'DirectPayment' };
    const alias = b.fromStation('Authorize', { idToken: token }).calls[0]?.payload.idToken;
    expect(alias.type).toBe('Central');
    expect(alias.idToken).toMatch(/^~[A-Z2-7]{35}$/);
    b.restart();
    const start = { idToken: { ...alias, idToken: alias.idToken.toLowerCase() }, remoteStartId: 1 };
    expect(b.fromCsms('RequestStartTransaction', start).calls[0]?.payload.idToken).toEqual(token);
  });

  it.each([
    ['EVCCID', '001122AABBCC', 'MacAddress'],
    ['EVCCID', 'DE-EVCC', 'Central'],
    ['VIN', 'WVWZZZ', 'Central'],
    ['eMAID', 'DE8AAC12345678X', 'eMAID'],
    ['Custom', 'abc', 'Central'],
  ])('type %s of %s is %s', (type, idToken, expected) => {
    const b = down();
    const { calls } = b.fromStation('Authorize', { idToken: { idToken, type } });
    expect(calls[0]?.payload.idToken).toEqual({ idToken, type: expected });
    expect(
      b.fromCsms('CustomerInformation', {
        requestId: 1,
        report: true,
        clear: false,
        idToken: { idToken, type: expected },
      }).calls[0]?.payload.idToken,
    ).toEqual({ idToken, type });
  });

  it('a plain token meant later is the plain token', () => {
    const b = down();
    b.fromStation('Authorize', { idToken: { idToken: 'X', type: 'VIN' } });
    b.fromStation('Authorize', { idToken: { idToken: 'X', type: 'Central' } });
    expect(
      b.fromCsms('RequestStartTransaction', { idToken: { idToken: 'X', type: 'Central' }, remoteStartId: 1 }).calls[0]
        ?.payload.idToken,
    ).toEqual({ idToken: 'X', type: 'Central' });
  });

  it('leaves out additional tokens that are too long', () => {
    const additionalInfo = [
      { additionalIdToken: 'a'.repeat(37), type: 't' },
      { additionalIdToken: 'b', type: 't' },
    ];
    const { calls } = down().fromStation('Authorize', { idToken: { idToken: 'X', type: 'Central', additionalInfo } });
    expect(calls[0]?.payload.idToken).toEqual({
      idToken: 'X',
      type: 'Central',
      additionalInfo: additionalInfo.slice(1),
    });
  });

  it('a contract certificate that is too long is never cut', () => {
    const run = down().fromStation('Authorize', {
      idToken: { idToken: 'X', type: 'eMAID' },
      certificate: 'c'.repeat(5501),
    });
    expect(run.calls).toEqual([]);
    expect(run.answer).toEqual({ idTokenInfo: { status: 'Invalid' }, certificateStatus: 'NoCertificateAvailable' });
  });
});

describe('ids and numbers', () => {
  it('a negative reservation id has another number in 2.1, and its own one in 2.0.1', () => {
    const b = down();
    const idToken = { idToken: 'X', type: 'Central' };
    const reserve = b.fromCsms('ReserveNow', { id: -5, expiryDateTime: at(60), idToken });
    const id = reserve.calls[0]?.payload.id;
    expect(id).toBe(2 ** 31 - 5);
    b.restart();
    expect(b.fromCsms('CancelReservation', { reservationId: -5 }).calls[0]?.payload).toEqual({ reservationId: id });
    expect(
      b.fromStation('ReservationStatusUpdate', { reservationId: id, reservationUpdateStatus: 'NoTransaction' }).calls[0]
        ?.payload,
    ).toEqual({ reservationId: -5, reservationUpdateStatus: 'Expired' });
    expect(b.fromStation('TransactionEvent', event({ reservationId: id })).calls[0]?.payload.reservationId).toBe(-5);
    expect(b.fromStation('TransactionEvent', event({ reservationId: 7 })).calls[0]?.payload.reservationId).toBe(7);
  });

  it('EVSE 0 of a remote start is left out, one below 0 is refused', () => {
    const start = { idToken: { idToken: 'X', type: 'Central' }, remoteStartId: 1 };
    expect(down().fromCsms('RequestStartTransaction', { ...start, evseId: 0 }).calls[0]?.payload).toEqual(start);
    const run = down().fromCsms('RequestStartTransaction', { ...start, evseId: -1 });
    expect(run.calls).toEqual([]);
    expect(run.answer).toEqual({ status: 'Rejected', statusInfo: { reasonCode: 'UnknownEvse' } });
  });

  it('variables of an EVSE below 0 are answered item by item, in order', () => {
    const item = (id: number): Payload => ({ component: { name: 'EVSE', evse: { id } }, variable: { name: 'Power' } });
    const result = (id: number): Payload => ({ ...item(id), attributeStatus: 'Accepted', attributeValue: '1' });
    const run = down().fromCsms(
      'GetVariables',
      { getVariableData: [item(1), item(-1), item(2)] },
      { getVariableResult: [result(1), result(2)] },
    );
    expect(run.calls).toEqual([{ action: 'GetVariables', payload: { getVariableData: [item(1), item(2)] } }]);
    expect(run.answer).toEqual({
      getVariableResult: [result(1), { ...item(-1), attributeStatus: 'UnknownComponent' }, result(2)],
    });
  });

  it('rounds what 2.0.1 takes whole, and says which transfer is meant', () => {
    const run = down().fromStation(
      'NotifyEVChargingNeeds',
      {
        evseId: 1,
        timestamp: at(0),
        chargingNeeds: {
          requestedEnergyTransfer: 'AC_BPT',
          controlMode: 'DynamicControl',
          acChargingParameters: { energyAmount: 10.6, evMinCurrent: 6, evMaxCurrent: 16.4, evMaxVoltage: 230 },
        },
      },
      { status: 'Accepted' },
    );
    expect(run.calls[0]?.payload).toEqual({
      evseId: 1,
      chargingNeeds: {
        requestedEnergyTransfer: 'AC_three_phase',
        acChargingParameters: { energyAmount: 11, evMinCurrent: 6, evMaxCurrent: 16, evMaxVoltage: 230 },
      },
    });
  });
});

describe('certificates', () => {
  it('the requestId of SignCertificate comes back with CertificateSigned', () => {
    const b = down();
    const sign = b.fromStation('SignCertificate', { csr: 'c', requestId: 9 });
    expect(sign.calls[0]?.payload).toEqual({ csr: 'c' });
    b.restart();
    expect(b.fromCsms('CertificateSigned', { certificateChain: 'x' }).calls[0]?.payload).toEqual({
      certificateChain: 'x',
      requestId: 9,
    });
  });

  it('is told of no root that 2.0.1 has no name for', () => {
    const hash = { hashAlgorithm: 'SHA256', issuerNameHash: 'a', issuerKeyHash: 'b', serialNumber: '1' };
    const chain = (certificateType: string): Payload => ({ certificateType, certificateHashData: hash });
    const ask = (...types: string[]) =>
      down().fromCsms(
        'GetInstalledCertificateIds',
        {},
        { status: 'Accepted', certificateHashDataChain: types.map(chain) },
      ).answer;
    expect(ask('V2GRootCertificate', 'OEMRootCertificate')).toEqual({
      status: 'Accepted',
      certificateHashDataChain: [chain('V2GRootCertificate')],
    });
    expect(ask('OEMRootCertificate')).toEqual({ status: 'NotFound' });
  });

  it('an EXI message that is too long is Failed', () => {
    const run = down().fromStation('Get15118EVCertificate', {
      iso15118SchemaVersion: 's',
      action: 'Install',
      exiRequest: 'e'.repeat(5601),
    });
    expect(run.calls).toEqual([]);
    expect(run.answer).toEqual({ status: 'Failed', statusInfo: { reasonCode: 'TooLargeElement' }, exiResponse: '' });
  });
});

describe('what a 2.1 station reports of its profiles', () => {
  const profile = (id: number, period: Payload): Payload => ({
    id,
    stackLevel: 0,
    chargingProfilePurpose: 'TxProfile',
    chargingProfileKind: 'Relative',
    chargingSchedule: [{ id: 1, chargingRateUnit: 'W', chargingSchedulePeriod: [{ startPeriod: 0, ...period }] }],
  });
  const report = (...chargingProfile: Payload[]): Payload => ({
    requestId: 1,
    chargingLimitSource: 'myEms',
    evseId: 1,
    chargingProfile,
  });

  it('leaves out those that 2.0.1 cannot say', () => {
    const b = down();
    expect(
      b.fromStation(
        'ReportChargingProfiles',
        report(profile(1, { limit: 5 }), profile(2, { operationMode: 'CentralSetpoint', setpoint: -5000 })),
      ).calls[0]?.payload,
    ).toEqual({ ...report(profile(1, { limit: 5 })), chargingLimitSource: 'Other' });
    expect(b.fromStation('ReportChargingProfiles', report(profile(2, { dischargeLimit: -1 }))).calls).toEqual([]);
  });

  it('a composite schedule that discharges is Rejected', () => {
    const schedule = (period: Payload): Payload => ({
      evseId: 1,
      duration: 60,
      scheduleStart: at(0),
      chargingRateUnit: 'W',
      chargingSchedulePeriod: [{ startPeriod: 0, ...period }],
    });
    const ask = (period: Payload) =>
      down().fromCsms(
        'GetCompositeSchedule',
        { duration: 60, evseId: 1 },
        { status: 'Accepted', schedule: schedule(period) },
      ).answer;
    expect(ask({ limit: 1000, limit_L2: 1000, limit_L3: 1000 })).toEqual({
      status: 'Accepted',
      schedule: schedule({ limit: 3000 }),
    });
    expect(ask({ setpoint: -1 })).toEqual({ status: 'Rejected' });
  });
});

describe('Actions that only 2.1 has', () => {
  it.each([
    [
      'OpenPeriodicEventStream',
      { constantStreamData: { id: 1, variableMonitoringId: 1, params: {} } },
      { status: 'Rejected', statusInfo: { reasonCode: 'UnsupportedRequest' } },
    ],
    [
      'PullDynamicScheduleUpdate',
      { chargingProfileId: 1 },
      { status: 'Rejected', statusInfo: { reasonCode: 'InvalidProfile' } },
    ],
    [
      'VatNumberValidation',
      { vatNumber: 'DE1', evseId: 2 },
      { status: 'Rejected', statusInfo: { reasonCode: 'UnsupportedRequest' }, vatNumber: 'DE1', evseId: 2 },
    ],
    ['NotifyPriorityCharging', { transactionId: 'T', activated: true }, {}],
    ['NotifySettlement', { pspRef: 'p', status: 'Settled', settlementAmount: 1, settlementTime: at(0) }, {}],
  ])('%s is answered here', (action, request, answer) => {
    const run = down().fromStation(action, request);
    expect(run.calls).toEqual([]);
    expect(run.answer).toEqual(answer);
  });
});
