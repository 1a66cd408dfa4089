/** Does what translation has to do by itself (src/ocpp/translate/tasks.ts): after an answer, at a later time, after a restart. */
import type { DueTask, Outcome } from '../ocpp/index.ts';
import { putCall } from './command.ts';
import type { Connection } from './connection.ts';
import { tellInvalidTranslation } from './invalid-translation.ts';
import { derivedEntry } from './journal.ts';
import type { JournalEntry } from './ports.ts';

/** Begins the tasks whose time has come, each in the station's turn, and wakes up for the next. */
export function runTasks(connection: Connection): void {
  const { station, services, version } = connection;
  if (!connection.isCurrent) return;
  const chain = station.chain(version);
  const first = chain.nextDue(Number.NEGATIVE_INFINITY);
  if (first === undefined) return;
  const now = services.now();
  if (first > now) {
    connection.wake(first, () => runTasks(connection));
    return;
  }
  const mayAsk = mayBeAsked(connection);
  for (const task of chain.due(now)) {
    // The task keeps until then.
    if (task.side === 'station' && !mayAsk) task.abandon();
    else void connection.outbound.run(() => perform(connection, task));
  }
  const next = chain.nextDue(now);
  if (next !== undefined) connection.wake(next, () => runTasks(connection));
}

/**
 * No Call to a station that may not answer yet (1.6 4.2.1, 2.0.1 B03), or that cannot be called. One that is Pending may be asked what
 * it is (B02).
 */
export function mayBeAsked({ station, isCallable }: Connection): boolean {
  const { registrationStatus } = station.row;
  return isCallable && (registrationStatus === 'Accepted' || registrationStatus === 'Pending');
}

/** Never rejects. */
async function perform(connection: Connection, task: DueTask): Promise<void> {
  const { station, services } = connection;
  try {
    if (task.side === 'csms') await towardsCsms(connection, task);
    else await towardsStation(connection, task);
  } catch (error) {
    services.log.error({ station: station.id, err: error }, 'what translation had to do by itself failed');
    // Memory is ahead of storage, or of itself: begin anew from what is stored.
    services.discard(station);
    return;
  }
  runTasks(connection);
}

async function towardsStation(connection: Connection, task: DueTask): Promise<void> {
  const { station, services } = connection;
  if (!connection.isCurrent) return task.abandon();
  let outcome = task.begin();
  let answers: readonly JournalEntry[] = [];
  while (outcome.kind === 'forward') {
    const before = answers;
    const { result, entries } = await putCall(connection, outcome.call, services.settings.callTimeout, (entry) => ({
      journal: [...before, entry],
    }));
    answers = entries;
    // Without its connection it can come to nothing; it is done again on the next.
    if (result.failure !== undefined && !connection.isCurrent) return task.abandon();
    outcome = outcome.resume(result);
  }
  task.done();
  await services.commits.commit(station.takeChanges(answers, services.now()));
}

/** The built-in CSMS answers at once: all of it is one commit, and happens exactly once. */
async function towardsCsms(connection: Connection, task: DueTask): Promise<void> {
  const { station, services } = connection;
  if (station.retired) return;
  const now = services.now();
  const journal: JournalEntry[] = [];
  let outcome: Outcome = task.begin();
  while (outcome.kind === 'forward') {
    const { action, payload } = outcome.call;
    const known = services.head.actions.get(action);
    if (known === undefined || !known.request(payload)) {
      tellInvalidTranslation(connection, action, known?.request.errors);
    }
    const decision = services.decide(action, payload, station.decisionContext(now));
    station.apply(decision);
    journal.push(derivedEntry(connection, now, services.newId(), outcome.call));
    outcome = outcome.resume(
      decision.failure === undefined ? { payload: decision.response } : { failure: decision.failure },
    );
  }
  task.done();
  await services.commits.commit(station.takeChanges(journal, now));
}
