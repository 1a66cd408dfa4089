/**
 * Installing a charging profile at a station, where others have to go first: the station has the new one in the end, or what
 * it had before. When no answer comes, or the process dies on the way, it is brought to its end later.
 */
import type { Context } from '../context.ts';
import { answer, forward, forwardAll, type Message, type Outcome, type Result } from '../outcome.ts';
import { type Task, task } from '../tasks.ts';
import {
  forgetProfile,
  type InstalledProfile,
  installedProfile,
  isElsewhere,
  isOver,
  rememberProfile,
} from './smart-charging-registry.ts';

/** How the stations of one side are told. */
export interface Dialect {
  /** The task of the Translator that brings changes to their end, made by {@link settling}. */
  readonly task: string;
  /** The Calls that install a profile; or why it cannot be installed (any more), as a reasonCode of 2.x. */
  set(entry: InstalledProfile, context: Context): readonly Message[] | string;
  /** The Calls that clear a profile. */
  clear(id: number, context: Context): readonly Message[];
  /** The Call that clears what one of the Calls of `set` has installed. */
  undo(set: Message): Message;
}

/** A change that the station has not confirmed to its end. */
interface Doubt {
  /** What is being installed. */
  readonly entry: InstalledProfile;
  /** It was refused, and what was cleared for it is being put back. */
  readonly refused?: true;
  readonly cleared: readonly InstalledProfile[];
  /** The profile of the same id, which the station replaces by itself. */
  readonly inPlace?: InstalledProfile | undefined;
  readonly attempts: number;
}

const TABLE = 'profileInDoubt';
const KEY = 'change';
/** A station that does not answer is asked again after so many ms, this many times. */
const PAUSE = 60_000;
const ATTEMPTS = 10;

export const accepted = (result: Result | undefined): boolean =>
  result?.failure === undefined && result?.payload.status === 'Accepted';

const uncertain = (result: Result | undefined): boolean => result?.failure?.uncertain === true;

/**
 * Installs a profile.
 * @param set the Calls for it, as {@link Dialect.set} makes them
 * @param cleared profiles that have to go first, in the form in which they are remembered afterwards: those `held` stay here
 * @param done told in the end: with what the station refused it by, or `undefined` when it was accepted
 */
export function install(
  dialect: Dialect,
  entry: InstalledProfile,
  set: readonly Message[],
  cleared: readonly InstalledProfile[],
  context: Context,
  done: (refused: Result | undefined) => Outcome,
): Outcome {
  const inPlace = cleared.some(({ profile }) => profile.id === entry.profile.id)
    ? undefined
    : installedProfile(entry.profile.id as number, context);
  if (cleared.length > 0 || (inPlace !== undefined && isElsewhere(inPlace, entry))) {
    doubt(dialect, { entry, cleared, inPlace, attempts: 0 }, context.now(), context);
  }
  // From here on the station may have it: better to know of a profile too many than of one too few.
  for (const other of cleared) {
    if (other.held === undefined) forgetProfile(other.profile.id as number, context);
    else rememberProfile(other, context);
  }
  rememberProfile(entry, context);
  return carryOut(dialect, { entry, set, cleared, inPlace, again: false }, context, done);
}

interface Change {
  readonly entry: InstalledProfile;
  readonly set: readonly Message[];
  readonly cleared: readonly InstalledProfile[];
  readonly inPlace: InstalledProfile | undefined;
  /** It was begun before, and what came of it is not known. */
  readonly again: boolean;
}

function carryOut(
  dialect: Dialect,
  change: Change,
  context: Context,
  done: (refused: Result | undefined) => Outcome,
): Outcome {
  const clear = change.cleared.map(({ profile }) => dialect.clear(profile.id as number, context));
  return forwardAll(clear.flat(), (results) => {
    const silent = results.find(uncertain);
    if (silent !== undefined) return stayInDoubt(dialect, silent, context);
    return whileAccepted(change.set, (answers) => {
      const last = answers.at(-1);
      if (uncertain(last)) return stayInDoubt(dialect, last as Result, context);
      if (answers.length === change.set.length && answers.every(accepted)) {
        settled(dialect, context);
        return done(undefined);
      }
      if (change.again) return putBackAll(dialect, change, context, () => done(last));
      const own = clear.map((calls, index) =>
        results.slice(clear.slice(0, index).flat().length).slice(0, calls.length),
      );
      return putBack(dialect, change, own, answers, context, () => done(last));
    });
  });
}

/**
 * Not every connector took the profile: those that did lose it again, and what was cleared for it comes back.
 * @param clearings what the station said to the clearing of each
 */
function putBack(
  dialect: Dialect,
  { entry, set, cleared, inPlace }: Change,
  clearings: readonly (readonly Result[])[],
  answers: readonly Result[],
  context: Context,
  then: () => Outcome,
): Outcome {
  const undo = set.slice(0, answers.filter(accepted).length).map((call) => dialect.undo(call));
  const back = inPlace !== undefined && undo.length > 0 ? [inPlace] : [];
  forgetProfile(entry.profile.id as number, context);
  if (inPlace !== undefined && undo.length === 0) rememberProfile(atStation(inPlace), context);
  for (const [index, other] of cleared.entries()) {
    const results = clearings[index] ?? [];
    if (results.some(accepted)) back.push(other);
    // What refuses to be cleared the station still has; what it does not know was lost before.
    else if (results.some(({ failure }) => failure !== undefined)) rememberProfile(atStation(other), context);
    else forgetProfile(other.profile.id as number, context);
  }
  return undoAndRestore(dialect, entry, undo, back, context, then);
}

/** It is not known how far it came: the station loses the profile, if it has it, and gets everything that was there before. */
function putBackAll(
  dialect: Dialect,
  { entry, cleared, inPlace }: Pick<Doubt, 'entry' | 'cleared' | 'inPlace'>,
  context: Context,
  then: () => Outcome,
): Outcome {
  const id = entry.profile.id as number;
  forgetProfile(id, context);
  const back = inPlace === undefined ? cleared : [...cleared, inPlace];
  return undoAndRestore(dialect, entry, dialect.clear(id, context), back, context, then);
}

function undoAndRestore(
  dialect: Dialect,
  entry: InstalledProfile,
  undo: readonly Message[],
  back: readonly InstalledProfile[],
  context: Context,
  then: () => Outcome,
): Outcome {
  const attempts = context.state.get<Doubt>(TABLE, KEY)?.attempts ?? 0;
  if (back.length === 0) settled(dialect, context);
  else doubt(dialect, { entry, refused: true, cleared: back, attempts }, context.now(), context);
  return forwardAll(undo, (results) => {
    const silent = results.find(uncertain);
    if (silent === undefined || back.length === 0) return restore(dialect, back, context, then);
    stayInDoubt(dialect, silent, context);
    return then();
  });
}

const atStation = ({ evseId, profile }: InstalledProfile): InstalledProfile => ({ evseId, profile });

function restore(
  dialect: Dialect,
  [first, ...rest]: readonly InstalledProfile[],
  context: Context,
  then: () => Outcome,
): Outcome {
  if (first === undefined) {
    settled(dialect, context);
    return then();
  }
  const calls = isOver(first.profile, context) ? 'over' : dialect.set(first, context);
  if (typeof calls !== 'string') rememberProfile(atStation(first), context);
  return whileAccepted(typeof calls === 'string' ? [] : calls, (results) => {
    const last = results.at(-1);
    if (uncertain(last)) {
      stayInDoubt(dialect, last as Result, context);
      return then();
    }
    if (typeof calls === 'string' || results.length < calls.length || !results.every(accepted)) {
      forgetProfile(first.profile.id as number, context);
      if (calls !== 'over') {
        context.lost('chargingProfile', `profile ${first.profile.id} was cleared and could not be installed again`);
      }
    }
    return restore(dialect, rest, context, then);
  });
}

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

// ------------------------------------------------------------------------------------------------ changes in doubt

function doubt(dialect: Dialect, change: Doubt, at: number, context: Context): void {
  context.state.set(TABLE, KEY, change);
  context.later(dialect.task, '', {}, at);
}

function settled(dialect: Dialect, context: Context): void {
  if (context.state.size(TABLE) === 0) return;
  context.state.delete(TABLE, KEY);
  context.cancel(dialect.task, '');
}

/** No answer came: nobody knows what the station has. */
function stayInDoubt(dialect: Dialect, silent: Result, context: Context): Outcome {
  const change = context.state.get<Doubt>(TABLE, KEY);
  if (change !== undefined) {
    if (change.attempts >= ATTEMPTS) settled(dialect, context);
    else doubt(dialect, { ...change, attempts: change.attempts + 1 }, context.now() + PAUSE, context);
  }
  return silent.failure === undefined ? answer({}) : { kind: 'refuse', failure: silent.failure };
}

/** Brings the change that is in doubt to its end, if there is one, before anything else is done with profiles. */
export function settle(dialect: Dialect, context: Context, then: () => Outcome): Outcome {
  const change = context.state.get<Doubt>(TABLE, KEY);
  if (change === undefined) return then();
  const { entry, refused, cleared, inPlace } = change;
  const set = refused === true || isOver(entry.profile, context) ? 'refused' : dialect.set(entry, context);
  return typeof set === 'string'
    ? putBackAll(dialect, change, context, then)
    : carryOut(dialect, { entry, set, cleared, inPlace, again: true }, context, then);
}

/** The task by which a {@link Dialect} brings a change to its end that was interrupted. */
export const settling = (dialect: Dialect): Task =>
  task('station', (_data, context) => settle(dialect, context, () => answer({})));
