/** What the round trips of translation need to know, and what does not survive them. */
import type { Side } from '../../src/ocpp/translate/context.ts';
import type { Message, Payload } from '../../src/ocpp/translate/outcome.ts';

interface Seen {
  readonly between: readonly Message[];
  readonly arrived: readonly { readonly call: Message; readonly reply: Payload }[];
  readonly answer: Payload | undefined;
}

/** What has to have happened before a message, and how the message then refers to it. */
export interface Preparation {
  readonly before: readonly (readonly [from: Side, call: Message])[];
  readonly adjust?: (payload: Payload, before: readonly Seen[]) => Payload;
}

const INSTANT = '2026-01-01T11:00:00.000Z';

const start16: Message = {
  action: 'StartTransaction',
  payload: { connectorId: 1, idTag: 'TAG', meterStart: 0, timestamp: INSTANT },
};
const started201: Message = {
  action: 'TransactionEvent',
  payload: {
    eventType: 'Started',
    timestamp: INSTANT,
    triggerReason: 'Authorized',
    seqNo: 0,
    transactionInfo: { transactionId: 'TX', chargingState: 'Charging' },
    evse: { id: 1, connectorId: 1 },
    idToken: { idToken: 'TAG', type: 'ISO14443' },
  },
};
/** A 1.6 station that knows the security extension shows it so. */
const securityEvent: Message = { action: 'SecurityEventNotification', payload: { type: 'x', timestamp: INSTANT } };
const getLog: Message = {
  action: 'GetLog',
  payload: { logType: 'SecurityLog', requestId: 7, log: { remoteLocation: 'ftp://x' } },
};

/** The Call of an Action that arrived first. */
const arrived = (before: readonly Seen[], action: string): { readonly call: Message; readonly reply: Payload } => {
  const found = before.flatMap((seen) => seen.arrived).find(({ call }) => call.action === action);
  if (found === undefined) throw new Error(`no ${action} arrived`);
  return found;
};

/** `outer → between Action`, with ` ↔ Action` where several pairs have it. */
export const preparations: Readonly<Record<string, Preparation>> = {
  '1.6 → 2.0.1 StopTransaction': {
    before: [['station', start16]],
    adjust: (payload, [started]) => ({ ...payload, transactionId: started?.answer?.transactionId }),
  },
  '1.6 → 2.0.1 RemoteStopTransaction': {
    before: [['station', start16]],
    adjust: (_payload, before) => ({ transactionId: arrived(before, 'StartTransaction').reply.transactionId }),
  },
  '1.6 → 2.0.1 SignedFirmwareStatusNotification': {
    before: [
      ['station', securityEvent],
      [
        'csms',
        {
          action: 'SignedUpdateFirmware',
          payload: {
            requestId: 7,
            firmware: { location: 'ftp://x', retrieveDateTime: INSTANT, signingCertificate: 'C', signature: 'S' },
          },
        },
      ],
    ],
    adjust: (payload) => ({ ...payload, requestId: 7 }),
  },
  '1.6 → 2.0.1 LogStatusNotification': {
    before: [
      ['station', securityEvent],
      ['csms', getLog],
    ],
    adjust: (payload) => ({ ...payload, requestId: 7 }),
  },
  '2.0.1 → 1.6 TransactionEvent ↔ StartTransaction': {
    before: [],
    adjust: (payload) => ({ ...started201.payload, ...payload, ...ofStart(payload) }),
  },
  '2.0.1 → 1.6 TransactionEvent ↔ StopTransaction': {
    before: [['station', started201]],
    adjust: (payload) => ({
      ...payload,
      eventType: 'Ended',
      triggerReason: 'StopAuthorized',
      seqNo: 1,
      transactionInfo: { ...payload.transactionInfo, transactionId: 'TX' },
      idToken: { idToken: 'TAG', type: 'ISO14443' },
    }),
  },
  '2.0.1 → 1.6 RequestStopTransaction': {
    before: [['station', started201]],
    adjust: (payload, before) => {
      const { transactionId } = arrived(before, 'TransactionEvent').call.payload.transactionInfo as Payload;
      return { ...payload, transactionId };
    },
  },
  '2.0.1 → 1.6 LogStatusNotification ↔ LogStatusNotification': {
    before: [
      ['station', securityEvent],
      ['csms', getLog],
    ],
    adjust: (payload) => ({ ...payload, requestId: 7 }),
  },
};

/** What makes a TransactionEvent the beginning of a transaction, in what it says of it. */
function ofStart({ transactionInfo }: Payload): Payload {
  const { eventType, triggerReason, seqNo, idToken, evse } = started201.payload;
  return {
    eventType,
    triggerReason,
    seqNo,
    idToken,
    evse,
    transactionInfo: { ...transactionInfo, chargingState: 'Charging' },
  };
}

/** Pairs that are never one Call for one Call, `outer → between Action ↔ Action` → why. */
export const severalCalls: Readonly<Record<string, string>> = {
  '1.6 → 2.0.1 GetDiagnostics ↔ GetLog': 'arrives as GetLog, which a station of the security extension has',
  '2.0.1 → 1.6 UpdateFirmware ↔ UpdateFirmware':
    'arrives as SignedUpdateFirmware, or is refused by a station without it',
  '2.0.1 → 1.6 GetLog ↔ GetDiagnostics': 'crosses as GetLog of the security extension',
  '2.0.1 → 1.6 FirmwareStatusNotification ↔ SignedFirmwareStatusNotification': 'told for a signed update only',
};

export interface Loss {
  readonly reason: string;
  /** In which messages (requests or answers) it is lost; absent: in any. */
  readonly when?: (message: Payload) => boolean;
}

const noToken = 'a token of 1.6 is an idTag without type';
const noMeasurand = 'samples that the other version has no measurand for are left out, and what is left empty by that';
const noQrCode = '2.0.1 has no QR codes';
const unasked = 'keys that the station said nothing of are told as unknown';
const noVariables = 'keys of which 2.x has no variable are answered on the way';
const onlyOne = 'beside the id of a profile, what else it is found by says nothing';
const noSchedule = 'Accepted without a schedule is none; a schedule beside Rejected is none';
const lowestPhase = 'limits by phase become the lowest, a setpoint becomes the limit';
const noStart = '1.6: an absolute schedule without startSchedule begins with charging, which 2.x calls Relative';
const newMonitors = '2.0.1 has no TargetDelta monitors';

const startOf = (profile: Payload | undefined): unknown => [profile?.chargingSchedule].flat()[0]?.startSchedule;
const isUnstarted = (profile: Payload | undefined): boolean =>
  profile?.chargingProfileKind === 'Absolute' && startOf(profile) === undefined;
const isRestarted = (profile: Payload | undefined): boolean =>
  profile?.chargingProfileKind === 'Relative' || startOf(profile) === undefined;
const hasChange = (schedule: Payload): boolean => /_L[23]|setpoint|ischarge/.test(JSON.stringify(schedule));

/** `outer → between Action request|response path`, as the outer Version names it → why it does not come back. */
export const losses: Readonly<Record<string, Loss>> = {
  '1.5 → 1.6 StopTransaction request transactionData': {
    reason: 'what is empty is left out',
    when: ({ transactionData }) => /\{\}/.test(JSON.stringify(transactionData)),
  },
  '1.5 → 1.6 GetConfiguration response unknownKey': { reason: unasked },
  '1.5 → 1.6 GetConfiguration response configurationKey.key': {
    reason: '1.5 spells it HeartBeatInterval',
    when: ({ configurationKey }) => configurationKey.some(({ key }: Payload) => key === 'HeartbeatInterval'),
  },
  '1.6 → 1.5 MeterValues request meterValue': { reason: noMeasurand },
  '1.6 → 1.5 MeterValues request meterValue.sampledValue': {
    reason: '1.5 has no phases: samples of one are left out, or joined where all are there',
  },
  '1.6 → 1.5 MeterValues request meterValue.sampledValue.value': { reason: '1.5 has no phases: an average or a sum' },
  '1.6 → 1.5 GetConfiguration response unknownKey': { reason: unasked },
  '1.6 → 2.0.1 BootNotification request chargeBoxSerialNumber': {
    reason: '2.x has one serial number: the chargePointSerialNumber',
  },
  '1.6 → 2.0.1 StopTransaction request idTag': {
    reason: 'a token stopped the transaction only where the reason says so',
    when: ({ reason }) => reason !== undefined && reason !== 'Local',
  },
  '1.6 → 2.0.1 StopTransaction request transactionData': { reason: noMeasurand },
  '1.6 → 2.0.1 StopTransaction request transactionData.sampledValue': { reason: noMeasurand },
  '1.6 → 2.0.1 RemoteStartTransaction request chargingProfile.chargingProfileKind': {
    reason: noStart,
    when: ({ chargingProfile }) => isUnstarted(chargingProfile),
  },
  '1.6 → 2.0.1 RemoteStartTransaction request chargingProfile.chargingSchedule': {
    reason: 'begins where 2.x wants it to be said, and not where Relative forbids it',
    when: ({ chargingProfile }) => isRestarted(chargingProfile),
  },
  '1.6 → 2.0.1 SetChargingProfile request csChargingProfiles.chargingProfileKind': {
    reason: noStart,
    when: ({ csChargingProfiles }) => isUnstarted(csChargingProfiles),
  },
  '1.6 → 2.0.1 SetChargingProfile request csChargingProfiles.chargingSchedule': {
    reason: 'begins where 2.x wants it to be said, and not where Relative forbids it',
    when: ({ csChargingProfiles }) => isRestarted(csChargingProfiles),
  },
  '1.6 → 2.0.1 GetConfiguration request key': { reason: noVariables },
  '1.6 → 2.0.1 GetConfiguration response configurationKey': { reason: 'what was not asked for is not told' },
  '1.6 → 2.0.1 ClearChargingProfile request chargingProfilePurpose': {
    reason: onlyOne,
    when: ({ id }) => id !== undefined,
  },
  '1.6 → 2.0.1 ClearChargingProfile request stackLevel': { reason: onlyOne, when: ({ id }) => id !== undefined },
  '1.6 → 2.0.1 GetCompositeSchedule response status': {
    reason: noSchedule,
    when: ({ chargingSchedule }) => chargingSchedule === undefined,
  },
  '1.6 → 2.0.1 GetCompositeSchedule response chargingSchedule.chargingRateUnit': {
    reason: noSchedule,
    when: ({ status }) => status !== 'Accepted',
  },
  '1.6 → 2.0.1 GetCompositeSchedule response chargingSchedule.chargingSchedulePeriod': {
    reason: noSchedule,
    when: ({ status }) => status !== 'Accepted',
  },
  '2.0.1 → 1.6 Authorize request idToken': { reason: noToken },
  '2.0.1 → 1.6 Authorize response idTokenInfo.groupIdToken': { reason: noToken },
  '2.0.1 → 1.6 SendLocalList request localAuthorizationList': {
    reason: '1.6 has no NoAuthorization, which is no token to keep',
  },
  '2.0.1 → 1.6 SendLocalList request localAuthorizationList.idTokenInfo.groupIdToken': { reason: noToken },
  '2.0.1 → 1.6 TransactionEvent response idTokenInfo.status': {
    reason: 'a token for other EVSEs than this is Blocked in 1.6',
    when: ({ idTokenInfo }) => idTokenInfo.evseId !== undefined,
  },
  '2.0.1 → 1.6 TransactionEvent response idTokenInfo.groupIdToken': { reason: noToken },
  '2.0.1 → 1.6 TransactionEvent request meterValue': { reason: noMeasurand },
  '2.0.1 → 1.6 MeterValues request meterValue': { reason: noMeasurand },
  '2.0.1 → 1.6 MeterValues request meterValue.sampledValue': { reason: noMeasurand },
  '2.0.1 → 1.6 RequestStartTransaction request chargingProfile.chargingProfileKind': {
    reason: noStart,
    when: ({ chargingProfile }) => isUnstarted(chargingProfile),
  },
  '2.0.1 → 1.6 SetChargingProfile request chargingProfile.chargingProfileKind': {
    reason: noStart,
    when: ({ chargingProfile }) => isUnstarted(chargingProfile),
  },
  '2.0.1 → 1.6 SetChargingProfile request chargingProfile.chargingSchedule.startSchedule': {
    reason: 'Relative has no beginning',
    when: ({ chargingProfile }) => chargingProfile.chargingProfileKind === 'Relative',
  },
  '2.0.1 → 1.6 ClearChargingProfile request chargingProfileCriteria.chargingProfilePurpose': {
    reason: onlyOne,
    when: ({ chargingProfileId }) => chargingProfileId !== undefined,
  },
  '2.0.1 → 1.6 ClearChargingProfile request chargingProfileCriteria.stackLevel': {
    reason: onlyOne,
    when: ({ chargingProfileId }) => chargingProfileId !== undefined,
  },
  '2.0.1 → 1.6 GetCompositeSchedule response status': {
    reason: noSchedule,
    when: ({ schedule }) => schedule === undefined,
  },
  '2.0.1 → 1.6 GetCompositeSchedule response schedule.chargingRateUnit': {
    reason: noSchedule,
    when: ({ status }) => status !== 'Accepted',
  },
  '2.0.1 → 1.6 GetCompositeSchedule response schedule.chargingSchedulePeriod': {
    reason: noSchedule,
    when: ({ status }) => status !== 'Accepted',
  },
  '2.0.1 → 1.6 GetVariables request getVariableData': { reason: 'variables without a key are answered on the way' },
  '2.0.1 → 1.6 GetVariables response getVariableResult': {
    reason: 'a result belongs to what was asked; a random one to nothing',
  },
  '2.0.1 → 1.6 GetInstalledCertificateIds response certificateHashDataChain': {
    reason: '1.6 knows two types of certificates, and no chains',
  },
  '2.1 → 2.0.1 GetInstalledCertificateIds request certificateType': { reason: '2.0.1 has no OEMRootCertificate' },
  '2.1 → 2.0.1 GetInstalledCertificateIds response certificateHashDataChain': {
    reason: '2.0.1 has no OEMRootCertificate',
  },
  '2.1 → 2.0.1 GetInstalledCertificateIds response status': {
    reason: 'none is left without the OEMRootCertificates',
    when: ({ certificateHashDataChain }) => certificateHashDataChain !== undefined,
  },
  '2.1 → 2.0.1 SetNetworkProfile request connectionData.ocppVersion': { reason: '2.0.1 knows OCPP20 only' },
  '2.1 → 2.0.1 Authorize response idTokenInfo.personalMessage': { reason: noQrCode },
  '2.1 → 2.0.1 SendLocalList request localAuthorizationList.idTokenInfo.personalMessage': { reason: noQrCode },
  '2.1 → 2.0.1 TransactionEvent request triggerReason': { reason: 'the new reasons of 2.1 by their nearest meaning' },
  '2.1 → 2.0.1 TransactionEvent request meterValue': { reason: noMeasurand },
  '2.1 → 2.0.1 TransactionEvent request meterValue.sampledValue': { reason: noMeasurand },
  '2.1 → 2.0.1 TransactionEvent request meterValue.sampledValue.signedMeterValue': {
    reason: 'what 2.0.1 requires is there as an empty text',
  },
  '2.1 → 2.0.1 TransactionEvent response idTokenInfo.personalMessage': { reason: noQrCode },
  '2.1 → 2.0.1 TransactionEvent response updatedPersonalMessage': { reason: noQrCode },
  '2.1 → 2.0.1 MeterValues request meterValue': { reason: noMeasurand },
  '2.1 → 2.0.1 MeterValues request meterValue.sampledValue': { reason: noMeasurand },
  '2.1 → 2.0.1 MeterValues request meterValue.sampledValue.signedMeterValue': {
    reason: 'what 2.0.1 requires is there as an empty text',
  },
  '2.1 → 2.0.1 RequestStartTransaction request chargingProfile.chargingSchedule.startSchedule': {
    reason: 'a Dynamic profile is set as it is now, again and again',
    when: ({ chargingProfile }) => chargingProfile.chargingProfileKind === 'Dynamic',
  },
  '2.1 → 2.0.1 RequestStartTransaction request chargingProfile.chargingSchedule.duration': {
    reason: 'a Dynamic profile is set as it is now, again and again',
    when: ({ chargingProfile }) => chargingProfile.chargingProfileKind === 'Dynamic',
  },
  '2.1 → 2.0.1 SetChargingProfile request chargingProfile.chargingSchedule.chargingSchedulePeriod.limit': {
    reason: lowestPhase,
    when: ({ chargingProfile }) => hasChange(chargingProfile),
  },
  '2.1 → 2.0.1 GetChargingProfiles request chargingProfile.chargingLimitSource': {
    reason: 'sources that 2.0.1 does not know are Other',
  },
  '2.1 → 2.0.1 NotifyEvent request eventData': { reason: 'AvailabilityState of a connector is a StatusNotification' },
  '2.1 → 2.0.1 ReportChargingProfiles request chargingProfile': {
    reason: 'profiles that 2.0.1 cannot say are left out',
    when: ({ chargingProfile }) => chargingProfile.some(hasChange),
  },
  '2.1 → 2.0.1 ReportChargingProfiles request chargingProfile.chargingSchedule.chargingSchedulePeriod.limit': {
    reason: lowestPhase,
    when: ({ chargingProfile }) => chargingProfile.some(hasChange),
  },
  '2.1 → 2.0.1 GetCompositeSchedule response status': { reason: 'a schedule that 2.0.1 cannot say is none' },
  '2.1 → 2.0.1 GetCompositeSchedule response schedule': { reason: 'a schedule that 2.0.1 cannot say is none' },
  '2.1 → 2.0.1 GetCompositeSchedule response schedule.chargingSchedulePeriod.limit': {
    reason: lowestPhase,
    when: ({ schedule }) => hasChange(schedule),
  },
  '2.1 → 2.0.1 NotifyChargingLimit request chargingSchedule': {
    reason: 'schedules that 2.0.1 cannot say are left out',
  },
  '2.1 → 2.0.1 NotifyChargingLimit request chargingSchedule.chargingSchedulePeriod.limit': {
    reason: lowestPhase,
    when: ({ chargingSchedule }) => hasChange(chargingSchedule),
  },
  '2.1 → 2.0.1 NotifyEVChargingSchedule request chargingSchedule.chargingSchedulePeriod.limit': {
    reason: lowestPhase,
    when: ({ chargingSchedule }) => hasChange(chargingSchedule),
  },
  '2.1 → 2.0.1 SetVariableMonitoring request setMonitoringData': { reason: newMonitors },
  '2.1 → 2.0.1 NotifyMonitoringReport request monitor': { reason: newMonitors },
  '2.1 → 2.0.1 NotifyMonitoringReport request monitor.variableMonitoring': { reason: newMonitors },
  '2.1 → 2.0.1 NotifyDisplayMessages request messageInfo': { reason: noQrCode },
};
