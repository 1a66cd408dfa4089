import { type DroppedNote, defaultSettings, type Environment, type TranslationSettings } from './translate/context.ts';
import { TranslationState } from './translate/state.ts';

/** The clock and the source of ids, which the protocol does not have itself. */
export interface Surroundings {
  /** ms since 1970; `Date.now` outside of tests. */
  now(): number;
  /** A new UUID; `() => crypto.randomUUID()` outside of tests. */
  newId(): string;
}

/** An {@link Environment} that keeps everything in memory, for one station. */
export interface MemoryEnvironment extends Environment {
  /** What did not cross so far, each field of an Action once. */
  readonly notes: readonly DroppedNote[];
  /** The last number that a transaction was given; 0: none yet. To be kept together with the rows of `state`. */
  readonly lastTransactionId: number;
}

/** What a {@link MemoryEnvironment} begins with, where that is not nothing. */
export interface Remembered {
  /** As `state.takeChanges()` gave it. */
  readonly state?: TranslationState;
  readonly lastTransactionId?: number;
  readonly settings?: Partial<TranslationSettings>;
  /** When the station's connection was opened, ms since 1970; by default now. What is older counts as sent late. */
  readonly connectedSince?: number;
}

export function memoryEnvironment(surroundings: Surroundings, remembered: Remembered = {}): MemoryEnvironment {
  const openedAt = remembered.connectedSince ?? surroundings.now();
  const notes = new Map<string, DroppedNote>();
  let lastTransactionId = remembered.lastTransactionId ?? 0;
  return {
    state: remembered.state ?? new TranslationState(),
    settings: { ...defaultSettings, ...remembered.settings },
    now: () => surroundings.now(),
    connectedSince: () => openedAt,
    newId: () => surroundings.newId(),
    nextTransactionId: () => ++lastTransactionId,
    dropped: (note) => void notes.set(`${note.action} ${note.field}`, note),
    get notes() {
      return [...notes.values()];
    },
    get lastTransactionId() {
      return lastTransactionId;
    },
  };
}
