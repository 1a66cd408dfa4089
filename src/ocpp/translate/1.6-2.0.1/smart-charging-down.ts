/** Block K, Smart charging, station 1.6 under a CSMS of 2.x. */
import type { Context } from '../context.ts';
import { answer, forward, forwardAll, type Message, type Outcome, type Payload, type Result } from '../outcome.ts';
import { apply } from '../rows.ts';
import type { Pair } from '../translator.ts';
import { failureAsStatus } from './fan-out.ts';
import { chargingSchedule, profileToOlder } from './smart-charging-profile.ts';
import {
  forgetProfile,
  forgetProfiles,
  type InstalledProfile,
  installedProfiles,
  knownOlderIds,
  olderIds,
  rememberProfile,
} from './smart-charging-registry.ts';
import { isUnknown, toConnectors } from './topology.ts';
import { transactionById } from './transaction-state.ts';

const rejected = (reasonCode: string): Outcome => answer({ status: 'Rejected', statusInfo: { reasonCode } });

export const accepted = (result: Result | undefined): boolean =>
  result?.failure === undefined && result?.payload.status === 'Accepted';

/** Puts the Calls one after the other, until one is not Accepted. */
export function whileAccepted(
  calls: readonly Message[],
  then: (results: readonly Result[]) => Outcome,
  results: readonly Result[] = [],
): Outcome {
  const call = calls[results.length];
  if (call === undefined || (results.length > 0 && !accepted(results.at(-1)))) return then(results);
  return forward(
    call.action,
    call.payload,
    (payload) => whileAccepted(calls, then, [...results, { payload }]),
    (failure) => whileAccepted(calls, then, [...results, { failure }]),
  );
}

export function setProfileDown(request: Payload, context: Context): Outcome {
  const evseId = request.evseId as number;
  const profile = request.chargingProfile as Payload;
  if (isUnknown(evseId, undefined, context)) return rejected('UnknownEvse');
  const placed = place(profile, evseId, context);
  if (typeof placed === 'string') return rejected(placed);
  const converted = profileToOlder(profile, context);
  if (converted.refused !== undefined) return rejected(converted.refused);
  const installed = installedProfiles(context);
  if (installed.some((other) => collides(other, evseId, profile))) return rejected('DuplicateProfile');

  const before = installed.find((other) => other.profile.id === profile.id);
  const moved = before !== undefined && isElsewhere(before, evseId, profile) ? before : undefined;
  // A station replaces by id, but some keep both when place or level differ.
  const clear = moved === undefined ? [] : clearCalls(moved.profile.id as number, context);
  const set = setCalls(converted.profile, profile.id as number, placed, context);
  return forwardAll(clear, (cleared) => {
    const uncertain = cleared.find((result) => result.failure?.uncertain === true);
    if (uncertain?.failure !== undefined) return { kind: 'refuse', failure: uncertain.failure };
    return whileAccepted(set, (results) => {
      // Without an answer the station may have it: better to know of a profile too many than of one too few.
      if (results.length === set.length && (accepted(results.at(-1)) || results.at(-1)?.failure?.uncertain === true)) {
        rememberProfile({ evseId, profile }, context);
      }
      if (results.every(accepted)) return answer({ status: 'Accepted' });
      return takeBack(results, set, moved, context);
    });
  });
}

/** The connectors that a profile is for, and its transaction's number; or the reasonCode when there is no such place. */
interface Place {
  readonly connectors: readonly number[];
  readonly transactionNumber: number | undefined;
}

function place(profile: Payload, evseId: number, context: Context): Place | string {
  const connectors = toConnectors(evseId, undefined, context);
  if (profile.chargingProfilePurpose !== 'TxProfile') {
    if (profile.chargingProfilePurpose === 'ChargingStationMaxProfile' && evseId !== 0) return 'InvalidProfile';
    if (profile.transactionId !== undefined) return 'InvalidProfile';
    return { connectors, transactionNumber: undefined };
  }
  if (evseId === 0) return 'InvalidProfile';
  if (profile.transactionId === undefined) return 'MissingParam';
  const transaction = transactionById(profile.transactionId as string, context);
  if (transaction === undefined || transaction.ended !== 'no') return 'TxNotFound';
  // A transaction whose beginning was never told has connector 0: the CSMS knows better where it is.
  const own =
    transaction.connectorId === 0
      ? connectors.slice(0, 1)
      : connectors.filter((one) => one === transaction.connectorId);
  return own.length === 0 ? 'TxNotFound' : { connectors: own, transactionNumber: transaction.number };
}

/** 2.x refuses a second profile of a level, and TxDefaultProfiles of one level both of the station and of an EVSE (K01.FR.06, .52, .53). */
function collides({ evseId: otherEvse, profile: other }: InstalledProfile, evseId: number, profile: Payload): boolean {
  if (
    other.id === profile.id ||
    other.stackLevel !== profile.stackLevel ||
    other.chargingProfilePurpose !== profile.chargingProfilePurpose
  ) {
    return false;
  }
  if (profile.chargingProfilePurpose === 'TxProfile' && other.transactionId !== profile.transactionId) return false;
  return (
    otherEvse === evseId || (profile.chargingProfilePurpose === 'TxDefaultProfile' && (otherEvse === 0 || evseId === 0))
  );
}

const isElsewhere = (
  { evseId: otherEvse, profile: other }: InstalledProfile,
  evseId: number,
  profile: Payload,
): boolean =>
  otherEvse !== evseId ||
  other.stackLevel !== profile.stackLevel ||
  other.chargingProfilePurpose !== profile.chargingProfilePurpose ||
  other.transactionId !== profile.transactionId;

function setCalls(older: Payload, id: number, { connectors, transactionNumber }: Place, context: Context): Message[] {
  const ids = olderIds(id, connectors, context);
  return connectors.map((connectorId, index) => ({
    action: 'SetChargingProfile',
    payload: {
      connectorId,
      csChargingProfiles: {
        ...older,
        chargingProfileId: ids[index],
        ...(transactionNumber === undefined ? {} : { transactionId: transactionNumber }),
      },
    },
  }));
}

const clearCalls = (id: number, context: Context): Message[] =>
  knownOlderIds(id, context).map((olderId) => ({ action: 'ClearChargingProfile', payload: { id: olderId } }));

/** Not every connector took the profile: those that did lose it again, and what was cleared for it comes back. */
function takeBack(
  results: readonly Result[],
  set: readonly Message[],
  moved: InstalledProfile | undefined,
  context: Context,
): Outcome {
  const refused = results.at(-1);
  const final =
    failureAsStatus(results, 'Rejected') ?? rejectedBy(refused?.failure === undefined ? refused?.payload : undefined);
  if (refused?.failure?.uncertain === true) return final;
  const undo = set.slice(0, results.filter(accepted).length).map(({ payload }) => ({
    action: 'ClearChargingProfile',
    payload: { id: payload.csChargingProfiles.chargingProfileId },
  }));
  const restore = moved === undefined ? [] : restoreCalls(moved, context);
  return forwardAll([...undo, ...restore], (answers) => {
    const restored = answers.slice(undo.length);
    if (moved !== undefined && !(restored.length > 0 && restored.every(accepted))) {
      forgetProfile(moved.profile.id as number, context);
      context.lost('chargingProfile', 'the profile before it was cleared and could not be installed again');
    }
    return final;
  });
}

function restoreCalls({ evseId, profile }: InstalledProfile, context: Context): Message[] {
  const placed = place(profile, evseId, context);
  const converted = profileToOlder(profile, context);
  if (typeof placed === 'string' || converted.refused !== undefined) return [];
  return setCalls(converted.profile, profile.id as number, placed, context);
}

const rejectedBy = (response: Payload | undefined): Outcome =>
  response?.status === 'NotSupported' ? rejected('UnsupportedRequest') : answer({ status: 'Rejected' });

export function clearProfileDown(request: Payload, context: Context): Outcome {
  const id = request.chargingProfileId as number | undefined;
  if (id !== undefined) {
    // Other criteria do not count beside an id, in either version.
    return clear(clearCalls(id, context), () => forgetProfile(id, context));
  }
  const { evseId, chargingProfilePurpose, stackLevel } = (request.chargingProfileCriteria ?? {}) as {
    evseId?: number;
    chargingProfilePurpose?: string;
    stackLevel?: number;
  };
  if (chargingProfilePurpose === 'ChargingStationExternalConstraints') return unknown;
  if (evseId !== undefined && isUnknown(evseId, undefined, context)) return unknown;
  const connectors = evseId === undefined ? [undefined] : toConnectors(evseId, undefined, context);
  const calls = connectors.map((connectorId) => ({
    action: 'ClearChargingProfile',
    payload: {
      ...(connectorId === undefined ? {} : { connectorId }),
      ...(chargingProfilePurpose === undefined ? {} : { chargingProfilePurpose: purposeDown(chargingProfilePurpose) }),
      ...(stackLevel === undefined ? {} : { stackLevel }),
    },
  }));
  return clear(calls, () => forgetProfiles({ evseId, chargingProfilePurpose, stackLevel }, context));
}

const unknown = answer({ status: 'Unknown' });

const purposeDown = (purpose: string): string =>
  purpose === 'ChargingStationMaxProfile' ? 'ChargePointMaxProfile' : purpose;

/** Accepted when any Call was; whatever the station answers, afterwards it has none of what they name. */
function clear(calls: readonly Message[], forget: () => void): Outcome {
  if (calls.length === 0) return unknown;
  return forwardAll(calls, (results) => {
    const failed = failureAsStatus(results, 'Unknown');
    if (failed !== undefined) return failed;
    forget();
    return results.some(accepted) ? answer({ status: 'Accepted' }) : unknown;
  });
}

export function compositeScheduleDown(request: Payload, context: Context, _pair: Pair): Outcome {
  const evseId = request.evseId as number;
  if (isUnknown(evseId, undefined, context)) return rejected('UnknownEvse');
  const [connectorId, ...more] = toConnectors(evseId, undefined, context);
  if (more.length > 0) context.lost('evseId', 'of the connectors of the EVSE only the first is asked for its schedule');
  const { duration, chargingRateUnit } = request;
  return forward(
    'GetCompositeSchedule',
    { connectorId, duration, ...(chargingRateUnit === undefined ? {} : { chargingRateUnit }) },
    (response) => {
      const given = response.chargingSchedule as Payload | undefined;
      if (response.status !== 'Accepted') return answer({ status: 'Rejected' });
      if (given === undefined || (given.chargingSchedulePeriod as unknown[]).length === 0) return rejected('NotFound');
      const { startSchedule, minChargingRate, ...schedule } = apply(chargingSchedule, 'up', given, context);
      if (minChargingRate !== undefined) context.lost('minChargingRate', 'a composite schedule of 2.x has none');
      const scheduleStart = response.scheduleStart ?? startSchedule ?? new Date(context.now()).toISOString();
      return answer({ status: 'Accepted', schedule: { evseId, duration, scheduleStart, ...schedule } });
    },
    (failure) => failureAsStatus([{ failure }], 'Rejected') as Outcome,
  );
}
