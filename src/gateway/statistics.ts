import type { VersionName } from '../ocpp/index.ts';

/** Plain counters of what the gateway does, cheap enough for the hot path; read when metrics are asked for. */
export class Statistics {
  /** `version action` → Calls and Sends of stations. */
  readonly received = new Map<string, number>();
  /** `version action` → Calls to stations. */
  readonly sent = new Map<string, number>();
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

  static key = (version: VersionName, action: string): string => `${version} ${action}`;
}
