/**
 * Reads the whole configuration of a 1.6 station into the mirror: after it has booted, so that its limits are known without
 * anyone asking, and for a report. A durable task of one Call in each step, so that Commands find their turn between them.
 */
import type { Context } from '../context.ts';
import { answer, forward, type Outcome, type Payload } from '../outcome.ts';
import { type Tasks, task } from '../tasks.ts';
import { bootedFirmware, lastBoot } from './boot-state.ts';
import { rowOf } from './configuration-index.ts';
import { configurationKeys } from './configuration-keys.ts';
import {
  forgetKeys,
  isOwn,
  keysAtOnce,
  MAX_KEY,
  mirror,
  mirroredInteger,
  mirroredKeys,
} from './configuration-mirror.ts';

const TASK = 'read the configuration';
const TABLE = 'configurationRead';

/** How long after its BootNotification a station is left alone, in ms. */
const DELAY = 5000;
/** How long a boot of the same firmware reads nothing anew, in ms. */
const FRESH = 86_400_000;

/** Asked for first, in a Call as small as every station takes: how many keys it takes at once. */
const FIRST_KEYS = ['GetConfigurationMaxKeys', 'NumberOfConnectors', 'SupportedFeatureProfiles', 'HeartbeatInterval'];
/** Calls after each other that stay unanswered before nothing more is asked. */
const SILENCE = 3;

/** The last time that the configuration was read to the end. */
interface Reading {
  /** ms since 1970; 0: the station told nothing, and is asked again when it boots. */
  readonly at: number;
  readonly firmware: string | null;
  /** The station does not tell everything when it is asked for no key in particular. */
  readonly byName: boolean;
}

/** What is still to be read; without `left`: everything. */
interface Step {
  /** Keys that are to be asked for by name. */
  readonly left?: readonly string[];
  /** How many of them at once; absent: as many as the station takes. */
  readonly size?: number;
  /** Calls that stayed unanswered, one after the other. */
  readonly silent?: number;
}

const lastReading = (context: Context): Reading | undefined => context.state.get<Reading>(TABLE, 'last');

/** True when the station was asked for its whole configuration before. */
export const isConfigurationRead = (context: Context): boolean => lastReading(context) !== undefined;

/** Reads the configuration now, for what waits for it. */
export const readConfiguration = (context: Context): void => context.later(TASK, '', {} satisfies Step);

/** The station has booted and is accepted: its configuration is read, unless it is known of this firmware. */
export function readAfterBoot(context: Context): void {
  if (!context.settings.readConfiguration) return;
  const last = lastReading(context);
  const isFresh = last !== undefined && last.firmware === bootedFirmware(context) && context.now() - last.at < FRESH;
  if (!isFresh) context.later(TASK, '', {} satisfies Step, context.now() + DELAY);
}

/** The station is back: what no release before this one has read is read. */
export function readAfterConnecting(context: Context): void {
  if (lastBoot(context) !== undefined && !isConfigurationRead(context)) readAfterBoot(context);
}

/** Keys that a station may have: those of the table, and what it told besides. */
function knownKeys(context: Context): readonly string[] {
  const table = configurationKeys.flatMap(({ key, suffix, access }) =>
    suffix !== undefined || access === 'W' || FIRST_KEYS.includes(key) ? [] : [key],
  );
  const others = mirroredKeys(context).filter(({ name, key }) => {
    const row = rowOf(name)?.row;
    return !isOwn(name) && key.length <= MAX_KEY && (row === undefined || row.suffix !== undefined);
  });
  return [...FIRST_KEYS, ...table, ...others.map(({ key }) => key)];
}

/** Takes in what the station told. @returns its keys in lower case */
function takeIn(response: Payload, context: Context): ReadonlySet<string> {
  const told = new Set<string>();
  for (const { key, value, readonly } of (response.configurationKey ?? []) as Payload[]) {
    mirror(key as string, value as string | undefined, readonly === true, context);
    told.add((key as string).toLowerCase());
  }
  return told;
}

function next(step: Step, context: Context): Outcome {
  context.later(TASK, '', step);
  return answer({});
}

type End = (byName: boolean) => Outcome;

/** The first step: a station that is asked for no key in particular tells all that it has (1.6 5.8). */
function readAll(context: Context, end: End): Outcome {
  const byName = (): Outcome => next({ left: knownKeys(context), size: FIRST_KEYS.length }, context);
  const last = lastReading(context);
  if (last?.byName === true && last.firmware === bootedFirmware(context)) return byName();
  return forward(
    'GetConfiguration',
    {},
    (response) => {
      const told = takeIn(response, context);
      if (told.size === 0) return byName();
      if (told.size === mirroredInteger('GetConfigurationMaxKeys', context)) {
        // Exactly as many as it takes at once: perhaps these are not all.
        const left = knownKeys(context).filter((key) => !told.has(key.toLowerCase()));
        return left.length === 0 ? end(true) : next({ left }, context);
      }
      forgetKeys(
        mirroredKeys(context).filter(({ name }) => !told.has(name) && !isOwn(name)),
        context,
      );
      return end(false);
    },
    byName,
  );
}

/** The other steps: some keys by name; one by one as soon as a Call of several has failed. */
function readSome({ left, size, silent = 0 }: Step & { left: readonly string[] }, context: Context, end: End): Outcome {
  const asked = left.slice(0, size ?? keysAtOnce(context));
  const rest = left.slice(asked.length);
  const goOn = (step: Step & { left: readonly string[] }): Outcome =>
    step.left.length === 0 ? end(true) : next(step, context);
  return forward(
    'GetConfiguration',
    { key: asked },
    (response) => {
      takeIn(response, context);
      return goOn({ left: rest, ...(size === 1 ? { size } : {}) });
    },
    (failure) => {
      const isUnsupported = failure.condition === 'NotSupported' || failure.condition === 'NotImplemented';
      const silence = failure.uncertain === true ? silent + 1 : 0;
      if (isUnsupported || silence >= SILENCE) return end(true);
      return goOn({ left: asked.length === 1 ? rest : left, size: 1, silent: silence });
    },
  );
}

/** @param finished what to do when everything that the station tells is in the mirror */
export const configurationTasks = (finished: (context: Context) => void): Tasks => ({
  [TASK]: task<Step>('station', ({ left, ...step }, context) => {
    const end: End = (byName) => {
      const toldAny = mirroredKeys(context).some(({ name }) => !isOwn(name));
      const reading: Reading = { at: toldAny ? context.now() : 0, firmware: bootedFirmware(context), byName };
      context.state.set(TABLE, 'last', reading);
      // Whoever asked meanwhile has what this reading found.
      context.cancel(TASK, '');
      finished(context);
      return answer({});
    };
    return left === undefined ? readAll(context, end) : readSome({ ...step, left }, context, end);
  }),
});
