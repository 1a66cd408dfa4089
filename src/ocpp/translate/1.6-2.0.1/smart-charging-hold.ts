/**
 * Profiles that take turns. A station of 2.x keeps several of one place, purpose and level when they are never valid at the same
 * time (K01.FR.06); one of 1.6 keeps the last. It is given the one whose time is first, and the others when theirs has come.
 */
import type { Context } from '../context.ts';
import { answer, forwardAll, type Message, type Outcome, type Payload } from '../outcome.ts';
import { task } from '../tasks.ts';
import { accepted, type Dialect, settle, whileAccepted } from './smart-charging-change.ts';
import { forgetProfile, type InstalledProfile, installedProfiles, rememberProfile } from './smart-charging-registry.ts';

export const INSTALL_HELD = 'install held profiles';
/** A station that does not answer is asked again after so many ms. */
const PAUSE = 60_000;

const from = ({ validFrom }: Payload): number =>
  validFrom === undefined ? Number.NEGATIVE_INFINITY : Date.parse(validFrom as string);
const to = ({ validTo }: Payload): number =>
  validTo === undefined ? Number.POSITIVE_INFINITY : Date.parse(validTo as string);

/** True when the two are never valid at the same time. */
export const takeTurns = (one: Payload, other: Payload): boolean => to(one) <= from(other) || to(other) <= from(one);

/** True when the time of `one` comes before that of `other`. */
export const comesBefore = (one: Payload, other: Payload): boolean => from(one) < from(other);

/** Keeps a profile here until its time comes. */
export const held = ({ evseId, profile }: InstalledProfile, after = 0): InstalledProfile => ({
  evseId,
  profile,
  held: { after },
});

/** Has the profiles that are held here installed in time. To be called whenever they may have changed. */
export function planHeld(context: Context): void {
  let next = Number.POSITIVE_INFINITY;
  for (const { profile, held } of installedProfiles(context)) {
    if (held !== undefined) next = Math.min(next, Math.max(from(profile), held.after));
  }
  if (next === Number.POSITIVE_INFINITY) context.cancel(INSTALL_HELD, '');
  else context.later(INSTALL_HELD, '', {}, next);
}

/** Installs the profiles whose time has come, one after the other. */
export const installHeld = (dialect: Dialect) =>
  task('station', (_data, context) => settle(dialect, context, () => installNext(dialect, context)));

function installNext(dialect: Dialect, context: Context): Outcome {
  const now = context.now();
  const next = installedProfiles(context).find(
    ({ profile, held }) => held !== undefined && Math.max(from(profile), held.after) <= now,
  );
  if (next === undefined) {
    planHeld(context);
    return answer({});
  }
  const { evseId, profile } = next;
  const calls = dialect.set(next, context);
  // Until the station has said something it may be asked again.
  rememberProfile(held(next, now + PAUSE), context);
  planHeld(context);
  return whileAccepted(typeof calls === 'string' ? [] : calls, (results) => {
    if (results.at(-1)?.failure?.uncertain === true) return answer({});
    if (typeof calls !== 'string' && results.length === calls.length && results.every(accepted)) {
      rememberProfile({ evseId, profile }, context);
      return installNext(dialect, context);
    }
    forgetProfile(profile.id as number, context);
    context.lost('chargingProfile', `profile ${profile.id} was refused by the station when its time came`);
    return forwardAll(undone(dialect, calls, results.filter(accepted).length), () => installNext(dialect, context));
  });
}

const undone = (dialect: Dialect, calls: readonly Message[] | string, count: number): readonly Message[] =>
  typeof calls === 'string' ? [] : calls.slice(0, count).map((call) => dialect.undo(call));
