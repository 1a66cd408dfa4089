/**
 * Dynamic charging profiles (2.1 K28) at a station of 2.0.1, which has none. It gets an Absolute profile with one limit without
 * end, and with every update the same profile again, with the new limit. What a station of 2.1 does by itself is done here: asking
 * for updates (K28.FR.10), and letting the limit go when none comes in time (K28.FR.13).
 */
import type { Context, TranslationSettings } from '../context.ts';
import {
  answer,
  crossed,
  forward,
  type Message,
  type Outcome,
  type Payload,
  type Result,
  withAnswer,
} from '../outcome.ts';
import { apply } from '../rows.ts';
import { task } from '../tasks.ts';
import { mapped, type Pair } from '../translator.ts';
import { chargingProfile, isNewPurpose, limitOf, type ProfileReason, whyNotPeriod } from './charging-profiles.ts';
import { saying } from './crossing.ts';

const TABLE = 'dynamicProfile';
const LIMIT = 20;
/** A station is told no more often, in ms: many keep profiles in memory that wears out. */
const PACE = 10_000;
/** Pause before a station that does not answer is told again: twice as long each time, up to this, in ms. */
const LONGEST_PAUSE = 600_000;
/** How long the transaction of a remote start may take to begin, in ms. */
const START = 3_600_000;

/** A Dynamic profile that the CSMS has set. Times are ms since 1970. */
interface DynamicProfile {
  /** Absent: the station chooses it with the transaction. */
  readonly evseId?: number | undefined;
  readonly remoteStartId?: number;
  /** As the CSMS set it, with the numbers that it gave last. */
  readonly profile: Payload;
  /** When it gave them. */
  readonly updatedAt: number;
  /** When it was asked for them last. */
  readonly askedAt: number;
  /** When the station was told last, and how often since it last answered. */
  readonly toldAt: number;
  readonly tries: number;
  /** `told`: the station has these numbers; `due`: it is to be told; `expired`: it has none, until an update comes. */
  readonly state: 'told' | 'due' | 'expired';
}

const scheduleOf = ({ profile }: Pick<DynamicProfile, 'profile'>): Payload => profile.chargingSchedule[0];
const periodOf = (row: Pick<DynamicProfile, 'profile'>): Payload => scheduleOf(row).chargingSchedulePeriod[0];
const limitNow = (row: DynamicProfile): number | undefined =>
  limitOf(periodOf(row), scheduleOf(row).chargingRateUnit as string);

export const isDynamic = (profile: Payload | undefined, { emulateDynamic }: TranslationSettings): boolean =>
  profile?.chargingProfileKind === 'Dynamic' && emulateDynamic;

/** Why 2.0.1 cannot even be given the numbers of a Dynamic profile. One schedule of one period from 0 (K28.FR.01 to .03). */
function whyNot(profile: Payload, settings: TranslationSettings): ProfileReason | undefined {
  if (isNewPurpose(profile.chargingProfilePurpose)) return 'UnsupportedPurpose';
  const [schedule, ...schedules] = profile.chargingSchedule as Payload[];
  const [period, ...periods] = (schedule?.chargingSchedulePeriod ?? []) as Payload[];
  if (period?.startPeriod !== 0 || schedules.length > 0 || periods.length > 0) return 'InvalidSchedule';
  return whyNotPeriod(period, settings);
}

// ------------------------------------------------------------------------------------------------------------ state

/** The profiles that are still in force, by id. Those whose time is over are forgotten here. */
function* dynamicProfiles(context: Context): IterableIterator<DynamicProfile> {
  const rows = [...context.state.rows<DynamicProfile>(TABLE)];
  for (const [key, row] of rows.sort(([a], [b]) => Number(a) - Number(b))) {
    const { validTo, transactionId } = row.profile;
    const over = validTo !== undefined && Date.parse(validTo as string) <= context.now();
    const neverBegun = row.remoteStartId !== undefined && transactionId === undefined;
    if (over || (neverBegun && row.updatedAt + START <= context.now())) context.state.delete(TABLE, key);
    else yield row;
  }
}

function dynamicProfile(id: unknown, context: Context): DynamicProfile | undefined {
  for (const row of dynamicProfiles(context)) if (row.profile.id === id) return row;
  return undefined;
}

function save(row: DynamicProfile, context: Context): void {
  context.state.set(TABLE, String(row.profile.id), row, LIMIT);
  plan(context);
}

/** Changes what is remembered of a profile, if it still is. */
function change(id: unknown, to: (row: DynamicProfile) => Partial<DynamicProfile>, context: Context): void {
  const row = dynamicProfile(id, context);
  if (row !== undefined) save({ ...row, ...to(row) }, context);
}

function forget(id: unknown, context: Context): void {
  context.state.delete(TABLE, String(id));
  plan(context);
}

const TELL = 'tell dynamic profiles';
const PULL = 'pull dynamic schedule updates';

/** Has everything done in time that is to be done for the profiles. */
function plan(context: Context): void {
  let station = Number.POSITIVE_INFINITY;
  let csms = Number.POSITIVE_INFINITY;
  for (const row of dynamicProfiles(context)) {
    station = Math.min(station, toTell(row), toExpire(row));
    csms = Math.min(csms, toPull(row));
  }
  for (const [name, at] of [
    [TELL, station],
    [PULL, csms],
  ] as const) {
    if (at === Number.POSITIVE_INFINITY) context.cancel(name, '');
    else context.later(name, '', {}, at);
  }
}

/** Not before this the station is told again. */
const nextTurn = ({ toldAt, tries }: DynamicProfile): number =>
  toldAt + Math.min(PACE * 2 ** Math.max(0, tries - 1), LONGEST_PAUSE);

/** A TxProfile can be set once its transaction is known. */
const hasBegun = ({ evseId, profile }: DynamicProfile): boolean =>
  evseId !== undefined && (profile.chargingProfilePurpose !== 'TxProfile' || profile.transactionId !== undefined);

const toTell = (row: DynamicProfile): number =>
  row.state === 'due' && hasBegun(row) ? nextTurn(row) : Number.POSITIVE_INFINITY;

function toExpire(row: DynamicProfile): number {
  const duration = scheduleOf(row).duration as number | undefined;
  if (duration === undefined || row.state === 'expired' || !hasBegun(row)) return Number.POSITIVE_INFINITY;
  return Math.max(row.updatedAt + duration * 1000, row.tries > 0 ? nextTurn(row) : 0);
}

function toPull(row: DynamicProfile): number {
  const interval = (row.profile.dynUpdateInterval as number | undefined) ?? 0;
  if (interval <= 0 || !hasBegun(row)) return Number.POSITIVE_INFINITY;
  return Math.max(row.updatedAt, row.askedAt) + Math.max(interval * 1000, PACE);
}

// ------------------------------------------------------------------------------------------------- what is sent down

/** A Dynamic profile as 2.0.1 has it: from now on, without end. */
function absolute({ profile }: Pick<DynamicProfile, 'profile'>, context: Context): Payload {
  const { dynUpdateInterval: _interval, dynUpdateTime: _time, ...rest } = profile;
  const { duration: _duration, useLocalTime: _local, ...schedule } = scheduleOf({ profile });
  const startSchedule = new Date(context.now()).toISOString();
  return { ...rest, chargingProfileKind: 'Absolute', chargingSchedule: [{ ...schedule, startSchedule }] };
}

const isAccepted = (result: Result): boolean => result.failure === undefined && result.payload.status === 'Accepted';

/** Tells the station the numbers of a profile. Until it has answered, it is to be told again. */
function tell(row: DynamicProfile, context: Context, then: (result: Result) => Outcome): Outcome {
  const { id } = row.profile;
  save({ ...row, state: 'due', toldAt: context.now(), tries: row.tries + 1 }, context);
  const call: Message = {
    action: 'SetChargingProfile',
    payload: { evseId: row.evseId, chargingProfile: apply(chargingProfile, 'down', absolute(row, context), context) },
  };
  const resume = (result: Result): Outcome => {
    if (isAccepted(result)) change(id, () => ({ state: 'told', tries: 0 }), context);
    return then(result);
  };
  return { kind: 'forward', call, resume };
}

const answered = (result: Result): Outcome =>
  result.failure === undefined ? answer(result.payload) : { kind: 'refuse', failure: crossed(result.failure) };

/** SetChargingProfile with a Dynamic profile. */
export function setDynamic(request: Payload, context: Context): Outcome {
  const profile = request.chargingProfile as Payload;
  const reason = whyNot(profile, context.settings);
  if (reason !== undefined) return saying('Rejected', reason);
  const before = dynamicProfile(profile.id, context);
  if (before === undefined && context.state.size(TABLE) >= LIMIT) return saying('Rejected', 'OutOfMemory');
  const now = context.now();
  const row: DynamicProfile = {
    evseId: request.evseId as number,
    profile,
    updatedAt: now,
    askedAt: now,
    toldAt: now,
    tries: 0,
    state: 'due',
  };
  return tell(row, context, (result) => {
    if (!isAccepted(result) && result.failure?.uncertain !== true) {
      if (before === undefined) forget(profile.id, context);
      else save(before, context);
    }
    return answered(result);
  });
}

/** RequestStartTransaction with a Dynamic profile: its updates follow once the transaction has begun. */
export function startDynamic(request: Payload, context: Context, pair: Pair): Outcome {
  const profile = request.chargingProfile as Payload;
  const reason = whyNot(profile, context.settings);
  if (reason !== undefined) return saying('Rejected', reason);
  if (dynamicProfile(profile.id, context) === undefined && context.state.size(TABLE) >= LIMIT) {
    return saying('Rejected', 'OutOfMemory');
  }
  const now = context.now();
  const { evseId, remoteStartId } = request as { evseId?: number; remoteStartId: number };
  save({ evseId, remoteStartId, profile, updatedAt: now, askedAt: now, toldAt: now, tries: 0, state: 'told' }, context);
  const start = mapped(pair, 'down', { ...request, chargingProfile: absolute({ profile }, context) }, context);
  return withAnswer(start, (payload) => {
    if (payload.status !== 'Accepted') forget(profile.id, context);
    return payload;
  });
}

// ---------------------------------------------------------------------------------------------------------- updates

/** A profile with the numbers of an update; or why 2.0.1 cannot have them. What it does not give stays (K28.FR.06). */
function updated(
  row: DynamicProfile,
  { customData: _customData, ...numbers }: Payload,
  context: Context,
): DynamicProfile | ProfileReason {
  const period = { ...periodOf(row), ...numbers };
  const reason = whyNotPeriod(period, context.settings);
  if (reason !== undefined) return reason;
  const chargingSchedule = [{ ...scheduleOf(row), chargingSchedulePeriod: [period] }];
  const next = { ...row, profile: { ...row.profile, chargingSchedule }, updatedAt: context.now() };
  return row.state === 'told' && limitNow(next) === limitNow(row) ? next : { ...next, state: 'due' };
}

export function updateDynamicSchedule(request: Payload, context: Context): Outcome {
  const row = dynamicProfile(request.chargingProfileId, context);
  if (row === undefined) return saying('Rejected', 'UnsupportedKind');
  const next = updated(row, request.scheduleUpdate as Payload, context);
  if (typeof next === 'string') return saying('Rejected', next);
  if (toTell(next) > context.now()) {
    save(next, context);
    return answer({ status: 'Accepted' });
  }
  return tell(next, context, (result) => {
    if (!isAccepted(result) && result.failure?.uncertain !== true) {
      const { profile, updatedAt, state } = row;
      change(profile.id, () => ({ profile, updatedAt, state, tries: 0 }), context);
    }
    return answered(result);
  });
}

/** Tells the station what is due, one profile after the other. */
const tellDue = task('station', (_data, context) => {
  for (const row of dynamicProfiles(context)) {
    if (toExpire(row) <= context.now()) return expire(row, context);
    if (toTell(row) <= context.now()) return retell(row, context);
  }
  plan(context);
  return answer({});
});

function retell(row: DynamicProfile, context: Context): Outcome {
  return tell(row, context, (result) => {
    if (!isAccepted(result) && result.failure?.uncertain !== true) {
      // The CSMS has been told that it is done, and the station keeps the limit that it has.
      change(row.profile.id, () => ({ state: 'told', tries: 0 }), context);
      context.lost('scheduleUpdate', `the station refused an update of profile ${row.profile.id}`);
    }
    return answer({});
  });
}

/** No update came in time: the profile is no longer valid, until one comes (K28.FR.13, .14). */
function expire(row: DynamicProfile, context: Context): Outcome {
  const { id } = row.profile;
  save({ ...row, toldAt: context.now(), tries: row.tries + 1 }, context);
  const gone = (): Outcome => {
    change(id, () => ({ state: 'expired', tries: 0 }), context);
    return answer({});
  };
  return forward('ClearChargingProfile', { chargingProfileId: id }, gone, (failure) =>
    failure.uncertain === true ? answer({}) : gone(),
  );
}

/** Asks the CSMS for what it has not sent, one profile after the other. A refusal leaves things as they are. */
const pullDue = task('csms', (_data, context) => {
  for (const row of dynamicProfiles(context)) {
    if (toPull(row) > context.now()) continue;
    const { id } = row.profile;
    save({ ...row, askedAt: context.now() }, context);
    const take = ({ status, scheduleUpdate }: Payload): Outcome => {
      const now = dynamicProfile(id, context);
      if (status !== 'Accepted' || scheduleUpdate === undefined || now === undefined) return answer({});
      const next = updated(now, scheduleUpdate as Payload, context);
      if (typeof next === 'string') context.lost('scheduleUpdate', `2.0.1 cannot say it: ${next}`);
      else save(next, context);
      return answer({});
    };
    return forward('PullDynamicScheduleUpdate', { chargingProfileId: id }, take, () => answer({}));
  }
  plan(context);
  return answer({});
});

export const dynamicTasks = { [TELL]: tellDue, [PULL]: pullDue };

// ---------------------------------------------------------------------------------------------- what else concerns them

/** A TransactionEvent: the profile of a remote start gets its transaction, those of an ended one are over. */
export function followTransaction({ eventType, transactionInfo, evse }: Payload, context: Context): void {
  if (context.state.size(TABLE) === 0) return;
  const { transactionId, remoteStartId } = transactionInfo as { transactionId: string; remoteStartId?: number };
  for (const row of dynamicProfiles(context)) {
    const { profile } = row;
    const own = profile.transactionId === transactionId;
    if (own && eventType === 'Ended') forget(profile.id, context);
    else if (own && row.evseId === undefined && evse !== undefined) save({ ...row, evseId: evse.id }, context);
    else if (
      row.remoteStartId !== undefined &&
      row.remoteStartId === remoteStartId &&
      profile.transactionId === undefined
    ) {
      save({ ...row, evseId: row.evseId ?? evse?.id, profile: { ...profile, transactionId } }, context);
    }
  }
}

/** A profile of another kind has taken the id. */
export const replaceDynamic = (outcome: Outcome, id: unknown, context: Context): Outcome =>
  dynamicProfile(id, context) === undefined
    ? outcome
    : withAnswer(outcome, (payload) => {
        if (payload.status === 'Accepted') forget(id, context);
        return payload;
      });

/** ClearChargingProfile: those that it names are forgotten. One that has expired the station no longer has, and it is cleared. */
export function clearDynamic(outcome: Outcome, request: Payload, context: Context): Outcome {
  const named = [...dynamicProfiles(context)].filter((row) => isNamed(row, request));
  if (named.length === 0) return outcome;
  return withAnswer(outcome, (payload) => {
    for (const { profile } of named) forget(profile.id, context);
    return named.some(({ state }) => state === 'expired') ? { status: 'Accepted' } : payload;
  });
}

function isNamed({ evseId, profile }: DynamicProfile, request: Payload): boolean {
  if (request.chargingProfileId !== undefined) return request.chargingProfileId === profile.id;
  const criteria = (request.chargingProfileCriteria ?? {}) as Payload;
  return (
    (criteria.evseId ?? evseId) === evseId &&
    (criteria.stackLevel ?? profile.stackLevel) === profile.stackLevel &&
    (criteria.chargingProfilePurpose ?? profile.chargingProfilePurpose) === profile.chargingProfilePurpose
  );
}

/** A reported profile as the CSMS set it, when it is one of these. */
export function asDynamic(profile: Payload, context: Context): Payload {
  const row = context.state.size(TABLE) === 0 ? undefined : dynamicProfile(profile.id, context);
  return row === undefined ? profile : { ...row.profile, dynUpdateTime: new Date(row.updatedAt).toISOString() };
}
