/** Block K, Smart charging, station 1.6 under a CSMS of 2.x. */
import type { Context } from '../context.ts';
import { answer, forward, forwardAll, type Message, type Outcome, type Payload, type Result } from '../outcome.ts';
import { apply } from '../rows.ts';
import { failureAsStatus, refusal } from './fan-out.ts';
import { accepted, type Dialect, install, settle } from './smart-charging-change.ts';
import { comesBefore, held, planHeld, takeTurns } from './smart-charging-hold.ts';
import { chargingSchedule, profileToOlder } from './smart-charging-profile.ts';
import {
  forgetProfile,
  hasRoom,
  type InstalledProfile,
  installedProfile,
  installedProfiles,
  isElsewhere,
  knownOlderIds,
  olderIds,
  profilesBy,
  rememberProfile,
} from './smart-charging-registry.ts';
import { inUnit, type RateUnit, unitToAsk } from './smart-charging-units.ts';
import { isUnknown, toConnectors } from './topology.ts';
import { transactionById } from './transaction-state.ts';

const rejected = (reasonCode: string): Outcome => refusal('Rejected', reasonCode);

/** A station of 1.6 under a CSMS of 2.x. */
export const station16: Dialect = {
  task: 'settle charging profiles of a 1.6 station',
  set({ evseId, profile }, context) {
    const placed = place(profile, evseId, context);
    if (typeof placed === 'string') return placed;
    const converted = profileToOlder(profile, context);
    return converted.refused ?? setCalls(converted.profile, profile.id as number, placed, context);
  },
  clear: (id, context) =>
    knownOlderIds(id, context).map((olderId) => ({ action: 'ClearChargingProfile', payload: { id: olderId } })),
  undo: ({ payload }) => ({
    action: 'ClearChargingProfile',
    payload: { id: payload.csChargingProfiles.chargingProfileId },
  }),
};

export const setProfileDown = (request: Payload, context: Context): Outcome =>
  settle(station16, context, () => set(request.evseId as number, request.chargingProfile as Payload, context));

function set(evseId: number, profile: Payload, context: Context): Outcome {
  if (isUnknown(evseId, undefined, context)) return rejected('UnknownEvse');
  const calls = station16.set({ evseId, profile }, context);
  if (typeof calls === 'string') return rejected(calls);
  const rivals = installedProfiles(context).filter((other) => isRival(other, evseId, profile));
  if (rivals.some((other) => !context.settings.holdProfiles || !takesTurns(other, evseId, profile))) {
    return rejected('DuplicateProfile');
  }
  if (!hasRoom(profile, context)) return rejected('OutOfMemory');
  const entry = { evseId, profile };
  const before = installedProfile(profile.id as number, context);
  if (rivals.some((other) => comesBefore(other.profile, profile))) return hold(entry, before, context);
  // A station replaces by id, but some keep both when place or level differ; and by level, whatever the id.
  const moved = before !== undefined && before.held === undefined && isElsewhere(before, entry);
  const waiting = rivals.filter((other) => other.held === undefined).map((other) => held(other));
  const outcome = install(station16, entry, calls, moved ? [before, ...waiting] : waiting, context, (refused) => {
    planHeld(context);
    return refused === undefined ? answer({ status: 'Accepted' }) : refusedBy(refused);
  });
  planHeld(context);
  return outcome;
}

const refusedBy = (refused: Result): Outcome =>
  failureAsStatus([refused], 'Rejected') ??
  (refused.failure === undefined && refused.payload.status === 'NotSupported'
    ? rejected('UnsupportedRequest')
    : answer({ status: 'Rejected' }));

/** Its time comes after that of another one: it is kept here, and what the station has by its id goes. */
function hold(entry: InstalledProfile, before: InstalledProfile | undefined, context: Context): Outcome {
  rememberProfile(held(entry), context);
  planHeld(context);
  const clear =
    before === undefined || before.held !== undefined ? [] : station16.clear(entry.profile.id as number, context);
  return forwardAll(clear, (results) => {
    const failed = failureAsStatus(results, 'Rejected');
    if (failed === undefined) return answer({ status: 'Accepted' });
    // What refuses to be cleared is still there. Without an answer nobody knows, and the new one is installed in its time.
    if (before !== undefined && !results.some(({ failure }) => failure?.uncertain === true)) {
      rememberProfile(before, context);
      planHeld(context);
    }
    return failed;
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

/**
 * True for another profile of the same level, which 2.x takes in certain cases only: of the same place or transaction
 * (K01.FR.06, .39), or a TxDefaultProfile of the station beside one of an EVSE (K01.FR.52, .53).
 */
function isRival({ evseId: otherEvse, profile: other }: InstalledProfile, evseId: number, profile: Payload): boolean {
  const { chargingProfilePurpose: purpose } = profile;
  if (other.id === profile.id || other.stackLevel !== profile.stackLevel || other.chargingProfilePurpose !== purpose)
    return false;
  if (purpose === 'TxProfile') return other.transactionId === profile.transactionId;
  return otherEvse === evseId || (purpose === 'TxDefaultProfile' && (otherEvse === 0 || evseId === 0));
}

/** Only at one place, and not within a transaction, are profiles of one level allowed one after the other. */
const takesTurns = ({ evseId: otherEvse, profile: other }: InstalledProfile, evseId: number, profile: Payload) =>
  otherEvse === evseId && profile.chargingProfilePurpose !== 'TxProfile' && takeTurns(other, profile);

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

export const clearProfileDown = (request: Payload, context: Context): Outcome =>
  settle(station16, context, () => clear(request, context));

const unknown = answer({ status: 'Unknown' });

function clear(request: Payload, context: Context): Outcome {
  const id = request.chargingProfileId as number | undefined;
  if (id !== undefined) {
    // Other criteria do not count beside an id, in either version.
    const entry = installedProfile(id, context);
    const calls = entry?.held === undefined ? station16.clear(id, context) : [];
    return clearAll(calls, entry === undefined ? [] : [entry], context);
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
  return clearAll(calls, profilesBy({ evseId, chargingProfilePurpose, stackLevel }, context), context);
}

const purposeDown = (purpose: string): string =>
  purpose === 'ChargingStationMaxProfile' ? 'ChargePointMaxProfile' : purpose;

/** Accepted when any was cleared; whatever the station answers, afterwards it has none of what the Calls name. */
function clearAll(calls: readonly Message[], entries: readonly InstalledProfile[], context: Context): Outcome {
  return forwardAll(calls, (results) => {
    const failed = failureAsStatus(results, 'Unknown');
    if (failed !== undefined) return failed;
    for (const { profile } of entries) forgetProfile(profile.id as number, context);
    planHeld(context);
    return results.some(accepted) || entries.some((entry) => entry.held !== undefined)
      ? answer({ status: 'Accepted' })
      : unknown;
  });
}

export function compositeScheduleDown(request: Payload, context: Context): Outcome {
  const evseId = request.evseId as number;
  if (isUnknown(evseId, undefined, context)) return rejected('UnknownEvse');
  const [connectorId, ...more] = toConnectors(evseId, undefined, context);
  if (more.length > 0) context.lost('evseId', 'of the connectors of the EVSE only the first is asked for its schedule');
  const { duration } = request;
  const wanted = request.chargingRateUnit as RateUnit | undefined;
  const unit = unitToAsk(wanted, context);
  return forward(
    'GetCompositeSchedule',
    { connectorId, duration, ...(unit === undefined ? {} : { chargingRateUnit: unit }) },
    (response) => {
      const found = response.chargingSchedule as Payload | undefined;
      if (response.status !== 'Accepted') return answer({ status: 'Rejected' });
      if (found === undefined || (found.chargingSchedulePeriod as unknown[]).length === 0) return rejected('NotFound');
      const given = (unit === wanted ? undefined : inUnit(found, wanted as RateUnit, context)) ?? found;
      const { startSchedule, minChargingRate, ...schedule } = apply(chargingSchedule, 'up', given, context);
      if (minChargingRate !== undefined) context.lost('minChargingRate', 'a composite schedule of 2.x has none');
      const scheduleStart = response.scheduleStart ?? startSchedule ?? new Date(context.now()).toISOString();
      return answer({ status: 'Accepted', schedule: { evseId, duration, scheduleStart, ...schedule } });
    },
    (failure) => failureAsStatus([{ failure }], 'Rejected') as Outcome,
  );
}
