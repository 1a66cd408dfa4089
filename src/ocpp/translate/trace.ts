/** Looks over a Translator's shoulder: every step that it takes is told, with the rows that applied. */
import type { VersionName } from '../versions/version.ts';
import type { Context, DroppedNote, Side } from './context.ts';
import { explain, type FieldTrace } from './explain.ts';
import type { Failure, Message, Outcome, Payload, Result } from './outcome.ts';
import type { Direction } from './rows.ts';
import type { Pair, Translator } from './translator.ts';

/** What a Translator did at once: with a Call, or with the answer to one that it made. */
export interface TraceStep {
  readonly older: VersionName;
  readonly newer: VersionName;
  /** The way that Calls travel in this step, their answers go back; absent for a task, whose Calls begin here. */
  readonly direction?: Direction;
  /** What it was given: a Call, the result of the Call that it had made before, or a task of its own whose time had come. */
  readonly given:
    | { readonly call: Message }
    | { readonly result: Result; readonly of: Message }
    | { readonly task: string; readonly data: unknown };
  /** What it came to: a Call in the other Version, an answer, or a refusal. */
  readonly made: { readonly forward: Message } | { readonly answer: Payload } | { readonly refuse: Failure };
  /** `rows`: one Call for one Call; `procedure`: what the note and the rows say; `nothing`: the Action is not translated. */
  readonly by: 'rows' | 'procedure' | 'nothing';
  /** What the published tables say of the procedure. */
  readonly note?: string;
  /** The rows that applied, from what was given to what was made. */
  readonly fields: readonly FieldTrace[];
  /** What was told not to cross. */
  readonly dropped: readonly Dropped[];
  /** What is to be done by translation itself, after the message at hand is answered. */
  readonly asked: readonly Asked[];
}

export type Dropped = Omit<DroppedNote, 'action'>;

/** A Call of translation's own, or a named task with what it remembers. `at`: not before, ms since 1970; absent: at once. */
export type Asked =
  | { readonly side: Side; readonly call: Message }
  | { readonly task: string; readonly data: unknown; readonly at?: number };

/** A Translator that does what `between` does, and tells each step in the order in which they are taken. */
export function traced(between: Translator, tell: (step: TraceStep) => void): Translator {
  return {
    ...between,
    tasks: Object.fromEntries(
      Object.entries(between.tasks).map(([name, task]) => [
        name,
        {
          ...task,
          run(data: unknown, context: Context): Outcome {
            const trace = new Trace(between, context, tell);
            return trace.step({ task: name, data }, () => task.run(data, trace.context));
          },
        },
      ]),
    ),
    outcome(direction, initiator, call, context) {
      const trace = new Trace(between, context, tell, { direction, initiator, call });
      return trace.step({ call }, () => between.outcome(direction, initiator, call, trace.context));
    },
  };
}

/** The Call that a Translator works on. */
interface Subject {
  readonly direction: Direction;
  readonly initiator: Side;
  readonly call: Message;
}

const opposite = { up: 'down', down: 'up' } as const;

/** The steps that one Call or one task takes. */
class Trace {
  /** What the Translator sees of the outside; what it says there is heard. */
  readonly context: Context;
  readonly #between: Translator;
  readonly #tell: (step: TraceStep) => void;
  readonly #subject: Subject | undefined;
  #dropped: Dropped[] = [];
  #asked: Asked[] = [];

  constructor(between: Translator, context: Context, tell: (step: TraceStep) => void, subject?: Subject) {
    this.#between = between;
    this.#tell = tell;
    this.#subject = subject;
    this.context = {
      ...context,
      lost: (field, reason) => {
        this.#dropped.push({ kind: 'lost', field, reason });
        context.lost(field, reason);
      },
      unknown: (field, value) => {
        this.#dropped.push({ kind: 'unknown', field, reason: `${value} is not known` });
        context.unknown(field, value);
      },
      emit: (side, call) => {
        this.#asked.push({ side, call });
        context.emit(side, call);
      },
      later: (task, key, data, at) => {
        this.#asked.push({ task, data, ...(at === undefined ? {} : { at }) });
        context.later(task, key, data, at);
      },
    };
  }

  step(given: TraceStep['given'], run: () => Outcome): Outcome {
    const outcome = run();
    const { older, newer } = this.#between;
    this.#tell({
      older: older.name,
      newer: newer.name,
      given,
      made: made(outcome),
      ...this.#how(given, outcome),
      dropped: this.#dropped,
      asked: this.#asked,
    });
    this.#dropped = [];
    this.#asked = [];
    if (outcome.kind !== 'forward') return outcome;
    return {
      ...outcome,
      resume: (result) => this.step({ result, of: outcome.call }, () => outcome.resume(result)),
    };
  }

  #how(given: TraceStep['given'], outcome: Outcome): Pick<TraceStep, 'direction' | 'by' | 'note' | 'fields'> {
    if (this.#subject === undefined) return { by: 'procedure', fields: [] };
    const { direction, initiator, call } = this.#subject;
    const pair = this.#between.pair(direction, initiator, call.action);
    if (pair === undefined) return { direction, by: 'nothing', fields: [] };
    return {
      direction,
      by: pair[direction] === undefined ? 'rows' : 'procedure',
      ...(pair.note === undefined ? {} : { note: pair.note }),
      fields: this.#fields(pair, this.#subject, given, outcome),
    };
  }

  #fields(pair: Pair, { direction, initiator, call }: Subject, given: TraceStep['given'], outcome: Outcome) {
    if (outcome.kind === 'forward') {
      const own = this.#pairOf(direction, initiator, call.action, outcome.call.action);
      const fields = explain((own ?? pair).request, direction, call.payload, outcome.call.payload);
      return own === undefined ? fields.filter(crosses) : fields;
    }
    if (outcome.kind === 'refuse' || !('result' in given) || given.result.failure !== undefined) return [];
    const own = this.#pairOf(direction, initiator, call.action, given.of.action);
    const fields = explain((own ?? pair).response, opposite[direction], given.result.payload, outcome.payload);
    return own === undefined ? fields.filter(crosses) : fields;
  }

  /** Of the pairs of an Action the one whose other Action was made of it. */
  #pairOf(direction: Direction, initiator: Side, from: string, to: string): Pair | undefined {
    const [own, other] = direction === 'up' ? (['older', 'newer'] as const) : (['newer', 'older'] as const);
    return this.#between.pairs.find(
      (pair) => pair[own] === from && pair[other] === to && (pair.initiator === initiator || pair.initiator === 'both'),
    );
  }
}

/** Where an Action was made that no pair has beside the given one, the rows speak of another: what both have is of use. */
const crosses = ({ from, to }: FieldTrace): boolean => from !== undefined && to !== undefined;

function made(outcome: Outcome): TraceStep['made'] {
  switch (outcome.kind) {
    case 'forward':
      return { forward: outcome.call };
    case 'answer':
      return { answer: outcome.payload };
    case 'refuse':
      return { refuse: outcome.failure };
  }
}
