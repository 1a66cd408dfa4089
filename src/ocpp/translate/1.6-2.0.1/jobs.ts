/**
 * Firmware updates and uploads of logs that a CSMS asked for. 2.x and 1.6's security extension number them, the plain messages of
 * 1.6 do not: here stands which request a status belongs to, and in which messages its CSMS and its station speak of it.
 */
import type { Context } from '../context.ts';
import { crossed, type Failure, forward, type Message, type Outcome, type Payload } from '../outcome.ts';
import { takeTrigger } from './triggered.ts';

/** A firmware update, or an upload of diagnostics or of another log. */
export type Work = 'firmware' | 'log';

/** In which messages 1.6 speaks of it: `plain` those of FirmwareManagement, `extended` those of the security extension. */
export type Kind = 'plain' | 'extended';

export interface Job {
  readonly requestId: number;
  readonly kind: Kind;
}

const TABLE = 'job';
/** Jobs remembered of each work: a station does one at a time, and may still speak of those before it. */
const LIMIT = 8;

const jobs = (work: Work, context: Context): readonly Job[] => context.state.get<readonly Job[]>(TABLE, work) ?? [];

/** The newest job, over or not: a station that was updated may tell so long after. */
export const lastJob = (work: Work, context: Context): Job | undefined => jobs(work, context).at(-1);

/** A requestId for a job of a CSMS that numbers none. Those that it gave itself, in messages of the security extension, are passed over. */
export function nextRequestId(work: Work, context: Context): number {
  const taken = new Set(jobs(work, context).map(({ requestId }) => requestId));
  let next = (context.state.get<number>('counter', 'requestId') ?? 0) + 1;
  while (taken.has(next)) next++;
  context.state.set('counter', 'requestId', next);
  return next;
}

interface Beginning {
  readonly work: Work;
  readonly job: Job;
  /** The Call that asks for it. */
  readonly call: Message;
  /** Whether the answer means that it will be done. */
  taken(response: Payload): boolean;
  answered(response: Payload): Outcome;
  /** By default the failure is passed on. */
  failed?(failure: Failure): Outcome;
}

/**
 * Puts the Call that begins a job to the other side. The job counts from now on, because its first status may come together with
 * the answer or, after a crash, without one; when it is not taken the one before counts again.
 */
export function begin({ work, job, call, taken, answered, failed }: Beginning, context: Context): Outcome {
  const before = jobs(work, context);
  const others = before.filter(({ requestId }) => requestId !== job.requestId);
  context.state.set(TABLE, work, [...others, job].slice(-LIMIT));
  return forward(
    call.action,
    call.payload,
    (response) => {
      if (!taken(response)) context.state.set(TABLE, work, before);
      return answered(response);
    },
    (failure) => {
      if (failure.uncertain !== true) context.state.set(TABLE, work, before);
      return failed?.(failure) ?? { kind: 'refuse', failure: crossed(failure) };
    },
  );
}

/**
 * A status of a 1.6 station as 2.x has it: with the number of its job, the newest where the station gives none. 2.x demands a number
 * (L01.FR.20, N01.FR.12) but for Idle; what nobody asked for is 0.
 */
export const numbered = (work: Work, status: unknown, requestId: unknown, context: Context): Payload =>
  status === 'Idle' ? { status } : { status, requestId: requestId ?? lastJob(work, context)?.requestId ?? 0 };

/** The messages in which 1.6 tells the status of a work. */
export const statusActions = {
  firmware: { plain: 'FirmwareStatusNotification', extended: 'SignedFirmwareStatusNotification' },
  log: { plain: 'DiagnosticsStatusNotification', extended: 'LogStatusNotification' },
} as const;

/**
 * In which messages a 1.6 CSMS is told a status of a 2.x station: those in which it asked for the job, or for the status.
 * @param requestId as the station gives it
 * @returns `undefined`: not at all, since it would take it for one of the job that came after
 */
export function kindFor(work: Work, requestId: number | undefined, context: Context): Kind | undefined {
  const known = jobs(work, context);
  const job = requestId === undefined ? undefined : known.find((one) => one.requestId === requestId);
  if (job !== undefined) return job.kind === 'plain' && job !== known.at(-1) ? undefined : job.kind;
  for (const kind of ['extended', 'plain'] as const) {
    if (takeTrigger(statusActions[work][kind], 0, context)) return kind;
  }
  return requestId === undefined ? (known.at(-1)?.kind ?? 'plain') : 'plain';
}
