/** What translation does by itself: after the answer to the message at hand, or at a later time. */
import type { Context, Side } from './context.ts';
import { forward, type Message, type Outcome } from './outcome.ts';
import type { TranslationState } from './state.ts';
import type { Translator } from './translator.ts';

/**
 * A thing to be done, kept in {@link TranslationState} until it has come to its end: after a restart it is begun again, so it
 * happens at least once. What it has to remember is its `data`; one that takes several steps lets each step ask for the next.
 */
export interface Task {
  /** Who gets the Calls that it forwards. */
  readonly side: Side;
  /** Begins it. How its outcome ends is of no interest to anyone: what is to be told, it tells itself. */
  run(data: unknown, context: Context): Outcome;
}

/** Tasks by name. Names say what is done; they stand in storage. */
export type Tasks = Readonly<Record<string, Task>>;

/** Declares a task, with the type of what it remembers. */
export const task = <Data>(side: Side, run: (data: Data, context: Context) => Outcome): Task => ({
  side,
  run: (data, context) => run(data as Data, context),
});

interface Row {
  readonly task: string;
  readonly data: unknown;
  /** ms since 1970. */
  readonly at: number;
  /** Tells which was asked for before which; rows that are replaced between two commits keep their place in storage. */
  readonly order: number;
}

const TABLE = 'task';
/** Tasks of one station at once. */
const LIMIT = 200;

const EMIT = 'emit';
const sendsTo = (side: Side): Task => task<Message>(side, ({ action, payload }) => forward(action, payload, ended));
const ended = (): Outcome => ({ kind: 'answer', payload: {} });

/** A single Call towards one side. */
const emitting: Tasks = { [`${EMIT} csms`]: sendsTo('csms'), [`${EMIT} station`]: sendsTo('station') };

/** The tasks of one Translator, in the state of one station. */
export class TaskList {
  readonly #prefix: string;
  readonly #tasks: Tasks;
  readonly #state: TranslationState;

  constructor(translator: Translator, state: TranslationState) {
    this.#prefix = `${translator.older.name}-${translator.newer.name} `;
    this.#tasks = { ...emitting, ...translator.tasks };
    this.#state = state;
  }

  /** @throws Error when there is no such task */
  later(name: string, key: string, data: unknown, at: number): void {
    if (this.#tasks[name] === undefined) throw new Error(`there is no task ${name}`);
    let last = 0;
    for (const [, { order }] of this.#state.rows<Row>(TABLE)) last = Math.max(last, order);
    const row: Row = { task: name, data, at, order: last + 1 };
    this.#state.set(TABLE, this.#place(name, key), row, LIMIT);
  }

  emit(side: Side, message: Message, key: string, at: number): void {
    this.later(`${EMIT} ${side}`, key, message, at);
  }

  cancel(name: string, key: string): void {
    this.#state.delete(TABLE, this.#place(name, key));
  }

  #place(name: string, key: string): string {
    return `${this.#prefix}${name}${key === '' ? '' : ` ${key}`}`;
  }

  /** Tasks of this Translator, in the order in which they were asked for. */
  *waiting(): IterableIterator<Waiting> {
    const rows = [...this.#state.rows<Row>(TABLE)].sort(([, one], [, other]) => one.order - other.order);
    for (const [place, row] of rows) {
      if (!place.startsWith(this.#prefix)) continue;
      const found = this.#tasks[row.task];
      yield {
        place,
        at: row.at,
        name: row.task.startsWith(EMIT) ? (row.data as Message).action : row.task,
        side: found?.side ?? 'csms',
        // A task that a newer release no longer knows has nothing left to do; neither has one that was called off, or asked
        // for anew, while it waited for its turn.
        begin: (context) =>
          (this.#state.get<Row>(TABLE, place) === row ? found?.run(row.data, context) : undefined) ?? ended(),
        done: () => {
          // Asked for anew meanwhile, it is another one.
          if (this.#state.get<Row>(TABLE, place) === row) this.#state.delete(TABLE, place);
        },
      };
    }
  }

  /** When the first of those {@link waiting} that `fits` is due, ms since 1970. */
  earliest(fits: (at: number, place: string) => boolean): number | undefined {
    let earliest: number | undefined;
    for (const [place, { at }] of this.#state.rows<Row>(TABLE)) {
      if (place.startsWith(this.#prefix) && (earliest === undefined || at < earliest) && fits(at, place)) earliest = at;
    }
    return earliest;
  }

  static isEmpty(state: TranslationState): boolean {
    return state.size(TABLE) === 0;
  }
}

export interface Waiting {
  /** Its place in state, by which one tells whether it is being done already. */
  readonly place: string;
  /** ms since 1970. */
  readonly at: number;
  /** What the notes on what is lost call it. */
  readonly name: string;
  readonly side: Side;
  begin(context: Context): Outcome;
  /** It has come to its end and need not be done again. */
  done(): void;
}
