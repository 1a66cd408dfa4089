/** Block K, Smart charging, station 2.x under a 1.6 CSMS. */
import type { Context } from '../context.ts';
import {
  answer,
  crossed,
  type Failure,
  forward,
  forwardAll,
  type Message,
  type Outcome,
  type Payload,
} from '../outcome.ts';
import { apply } from '../rows.ts';
import { accepted, type Dialect, install, settle } from './smart-charging-change.ts';
import { chargingSchedule, profileToNewer } from './smart-charging-profile.ts';
import {
  forgetProfile,
  forgetProfiles,
  hasRoom,
  type InstalledProfile,
  installedProfiles,
} from './smart-charging-registry.ts';
import { resyncProfiles } from './smart-charging-reports.ts';
import { inUnit, type RateUnit, unitToAsk } from './smart-charging-units.ts';
import { stationTransactionByNumber, stationTransactionOn } from './station-transactions.ts';
import { toEvse } from './topology.ts';

const rejected = answer({ status: 'Rejected' });

/** Refused here: 1.6 has no reason to give, so it is noted. */
function refused(reasonCode: string, context: Context): Outcome {
  context.lost('csChargingProfiles', `not installed: ${reasonCode}`);
  return rejected;
}

/** A station of 2.x under a 1.6 CSMS. */
export const station2x: Dialect = {
  task: 'settle charging profiles of a 2.x station',
  set: ({ evseId, profile }) => [{ action: 'SetChargingProfile', payload: { evseId, chargingProfile: profile } }],
  clear: (id) => [{ action: 'ClearChargingProfile', payload: { chargingProfileId: id } }],
  undo: ({ payload }) => ({
    action: 'ClearChargingProfile',
    payload: { chargingProfileId: payload.chargingProfile.id },
  }),
};

export const setProfileUp = (request: Payload, context: Context): Outcome =>
  settle(station2x, context, () => set(request, context));

function set(request: Payload, context: Context): Outcome {
  const connectorId = request.connectorId as number;
  const older = request.csChargingProfiles as Payload;
  const transaction = transactionOf(older, connectorId, context);
  if (transaction.refused !== undefined) return refused(transaction.refused, context);
  if (older.chargingProfilePurpose === 'ChargePointMaxProfile' && connectorId !== 0)
    return refused('InvalidProfile', context);
  const converted = profileToNewer(older, context);
  if (converted.refused !== undefined) return refused(converted.refused, context);
  const { id: transactionId } = transaction;
  const evseId = toEvse(connectorId, context).id;
  const profile = { ...converted.profile, ...(transactionId === undefined ? {} : { transactionId }) };
  if (!hasRoom(profile, context)) return refused('OutOfMemory', context);
  const entry = { evseId, profile };
  // 1.6 replaces what has the same purpose and level on a connector; 2.x would refuse it as a duplicate.
  const replaced = installedProfiles(context).filter((other) => isReplacedBy(other, evseId, profile));
  return install(station2x, entry, station2x.set(entry, context) as Message[], replaced, context, (result) => {
    if (result === undefined) return answer({ status: 'Accepted' });
    if (result.failure !== undefined) return asStatus(result.failure);
    // There is one that nobody here knows of.
    if (result.payload.statusInfo?.reasonCode === 'DuplicateProfile') resyncProfiles(context);
    return rejected;
  });
}

const asStatus = (failure: Failure): Outcome =>
  failure.condition === 'NotSupported' || failure.condition === 'NotImplemented'
    ? answer({ status: 'NotSupported' })
    : { kind: 'refuse', failure: crossed(failure) };

/** The transaction of a TxProfile: the one it names, else the one on its connector. Other profiles must not name one in 2.x. */
function transactionOf(
  profile: Payload,
  connectorId: number,
  context: Context,
):
  | { readonly id: string | undefined; readonly refused?: undefined }
  | { readonly id?: undefined; readonly refused: string } {
  if (profile.chargingProfilePurpose !== 'TxProfile') return { id: undefined };
  if (connectorId <= 0) return { refused: 'InvalidProfile' };
  const number = profile.transactionId as number | undefined;
  const transaction =
    number === undefined ? stationTransactionOn(connectorId, context) : stationTransactionByNumber(number, context);
  const fits =
    transaction !== undefined && !transaction.ended && (transaction.connectorId ?? connectorId) === connectorId;
  return fits ? { id: transaction.id } : { refused: 'TxNotFound' };
}

const isReplacedBy = (
  { evseId: otherEvse, profile: other }: InstalledProfile,
  evseId: number,
  profile: Payload,
): boolean =>
  other.id !== profile.id &&
  otherEvse === evseId &&
  other.stackLevel === profile.stackLevel &&
  other.chargingProfilePurpose === profile.chargingProfilePurpose &&
  other.transactionId === profile.transactionId;

/** What 1.6 means by "all" must be said by purposes: 2.x wants at least one criterion. */
const purposes = ['ChargingStationMaxProfile', 'TxDefaultProfile', 'TxProfile'];

const purposeUp = (purpose: string): string =>
  purpose === 'ChargePointMaxProfile' ? 'ChargingStationMaxProfile' : purpose;

export const clearProfileUp = (request: Payload, context: Context): Outcome =>
  settle(station2x, context, () => clearBy(request, context));

function clearBy(request: Payload, context: Context): Outcome {
  const {
    id,
    connectorId,
    chargingProfilePurpose: purpose,
    stackLevel,
  } = request as {
    id?: number;
    connectorId?: number;
    chargingProfilePurpose?: string;
    stackLevel?: number;
  };
  if (id !== undefined) {
    return clear([{ chargingProfileId: id }], () => forgetProfile(id, context));
  }
  const criteria = {
    ...(connectorId === undefined ? {} : { evseId: toEvse(connectorId, context).id }),
    ...(purpose === undefined ? {} : { chargingProfilePurpose: purposeUp(purpose) }),
    ...(stackLevel === undefined ? {} : { stackLevel }),
  };
  const all = Object.keys(criteria).length === 0;
  const wanted: readonly Payload[] = all
    ? purposes.map((chargingProfilePurpose) => ({ chargingProfilePurpose }))
    : [criteria];
  return clear(
    wanted.map((chargingProfileCriteria) => ({ chargingProfileCriteria })),
    () => forgetProfiles(criteria, context),
  );
}

function clear(requests: readonly Payload[], forget: () => void): Outcome {
  const calls: Message[] = requests.map((payload) => ({ action: 'ClearChargingProfile', payload }));
  return forwardAll(calls, (results) => {
    const failure = results.find((result) => result.failure !== undefined)?.failure;
    if (failure !== undefined) return { kind: 'refuse', failure: crossed(failure) };
    forget();
    return answer({ status: results.some(accepted) ? 'Accepted' : 'Unknown' });
  });
}

export function compositeScheduleUp(request: Payload, context: Context): Outcome {
  const connectorId = request.connectorId as number;
  const { duration } = request;
  const wanted = request.chargingRateUnit as RateUnit | undefined;
  const unit = unitToAsk(wanted, context);
  return forward(
    'GetCompositeSchedule',
    {
      duration,
      ...(unit === undefined ? {} : { chargingRateUnit: unit }),
      evseId: toEvse(connectorId, context).id,
    },
    (response) => {
      const found = response.schedule as Payload | undefined;
      if (response.status !== 'Accepted' || found === undefined) return rejected;
      const given = (unit === wanted ? undefined : inUnit(found, wanted as RateUnit, context)) ?? found;
      const { evseId: _evse, scheduleStart, ...schedule } = given;
      return answer({
        status: 'Accepted',
        connectorId,
        scheduleStart,
        // Without startSchedule, which 1.6's errata leave to scheduleStart.
        chargingSchedule: apply(chargingSchedule, 'down', schedule, context),
      });
    },
  );
}
