import type { Action, VersionName } from '../ocpp/index.ts';

/** Messages of each Action of one Version; counted by the Action itself, so that no text is made per message. */
type Counts = Map<Action, number>;

/** Plain counters of what the gateway does, cheap enough for the hot path; read when metrics are asked for. */
export class Statistics {
  /** Calls and Sends of stations. */
  readonly received = new Map<VersionName, Counts>();
  /** Calls to stations. */
  readonly sent = new Map<VersionName, Counts>();
  /** Error code → CallErrors sent to stations. */
  readonly callErrors = new Map<string, number>();
  /** Deviation code → messages in which it was tolerated. */
  readonly deviations = new Map<string, number>();
  /** Messages that were the repetition of an earlier one. */
  repetitions = 0;
  /** Messages left unanswered because storage had no room. */
  unanswered = 0;
  /** Messages that failed their own schema after translation. */
  invalidTranslations = 0;
  connections = 0;

  count(counter: Map<string, number>, key: string): void {
    counter.set(key, (counter.get(key) ?? 0) + 1);
  }

  countAction(counter: Map<VersionName, Counts>, version: VersionName, action: Action): void {
    let counts = counter.get(version);
    if (counts === undefined) {
      counts = new Map();
      counter.set(version, counts);
    }
    counts.set(action, (counts.get(action) ?? 0) + 1);
  }
}
