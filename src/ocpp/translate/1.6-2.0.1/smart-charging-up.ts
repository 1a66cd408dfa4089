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
  type Result,
} from '../outcome.ts';
import { apply } from '../rows.ts';
import { accepted } from './smart-charging-down.ts';
import { chargingSchedule, profileToNewer } from './smart-charging-profile.ts';
import {
  forgetProfile,
  forgetProfiles,
  type InstalledProfile,
  installedProfiles,
  rememberProfile,
} from './smart-charging-registry.ts';
import { stationTransactionByNumber, stationTransactionOn } from './station-transactions.ts';
import { toEvse } from './topology.ts';

const rejected = answer({ status: 'Rejected' });

/** Refused here: 1.6 has no reason to give, so it is noted. */
function refused(reasonCode: string, context: Context): Outcome {
  context.lost('csChargingProfiles', `not installed: ${reasonCode}`);
  return rejected;
}

export function setProfileUp(request: Payload, context: Context): Outcome {
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

  // 1.6 replaces what has the same purpose and level on a connector; 2.x would refuse it as a duplicate.
  const replaced = installedProfiles(context).filter((other) => isReplacedBy(other, evseId, profile));
  const clear = replaced.map((other) => ({
    action: 'ClearChargingProfile',
    payload: { chargingProfileId: other.profile.id },
  }));
  return forwardAll(clear, (cleared) => {
    const failure = cleared.find((result) => result.failure !== undefined)?.failure;
    if (failure !== undefined)
      return restore(replaced, cleared, { kind: 'refuse', failure: crossed(failure) }, context);
    return forward(
      'SetChargingProfile',
      { evseId, chargingProfile: profile },
      (response) => {
        if (response.status !== 'Accepted') return restore(replaced, cleared, rejected, context);
        for (const other of replaced) forgetProfile(other.profile.id as number, context);
        rememberProfile({ evseId, profile }, context);
        return answer({ status: 'Accepted' });
      },
      (failed) => {
        if (failed.uncertain === true) {
          // The station may have it: better to know of a profile too many than of one too few.
          for (const other of replaced) forgetProfile(other.profile.id as number, context);
          rememberProfile({ evseId, profile }, context);
          return { kind: 'refuse', failure: failed };
        }
        return restore(replaced, cleared, asStatus(failed), context);
      },
    );
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

/** The new profile was not taken: those that were cleared for it are installed again. */
function restore(
  replaced: readonly InstalledProfile[],
  cleared: readonly Result[],
  final: Outcome,
  context: Context,
): Outcome {
  // Of those that the station did not have, nothing comes back.
  const gone = replaced.filter((_, index) => accepted(cleared[index]));
  for (const [index, other] of replaced.entries()) {
    if (cleared[index]?.failure === undefined && !accepted(cleared[index]))
      forgetProfile(other.profile.id as number, context);
  }
  const calls = gone.map(({ evseId, profile }) => ({
    action: 'SetChargingProfile',
    payload: { evseId, chargingProfile: profile },
  }));
  return forwardAll(calls, (results) => {
    for (const [index, other] of gone.entries()) {
      if (accepted(results[index])) continue;
      forgetProfile(other.profile.id as number, context);
      context.lost('csChargingProfiles', `profile ${other.profile.id} was cleared and could not be installed again`);
    }
    return final;
  });
}

/** What 1.6 means by "all" must be said by purposes: 2.x wants at least one criterion. */
const purposes = ['ChargingStationMaxProfile', 'TxDefaultProfile', 'TxProfile'];

const purposeUp = (purpose: string): string =>
  purpose === 'ChargePointMaxProfile' ? 'ChargingStationMaxProfile' : purpose;

export function clearProfileUp(request: Payload, context: Context): Outcome {
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
  const { duration, chargingRateUnit } = request;
  return forward(
    'GetCompositeSchedule',
    {
      duration,
      ...(chargingRateUnit === undefined ? {} : { chargingRateUnit }),
      evseId: toEvse(connectorId, context).id,
    },
    (response) => {
      const given = response.schedule as Payload | undefined;
      if (response.status !== 'Accepted' || given === undefined) return rejected;
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
