import { type Version, versionNames } from '../versions/version.ts';
import type { Context, Environment, Side } from './context.ts';
import { after, answer, type Message, type Outcome, type Result } from './outcome.ts';
import type { Direction } from './rows.ts';
import type { TranslationState } from './state.ts';
import { TaskList } from './tasks.ts';
import type { Translator } from './translator.ts';

interface Hop {
  readonly translator: Translator;
  /** The way a message travels through this hop when it goes from the station to the CSMS. */
  readonly towardsCsms: Direction;
  readonly context: Context;
  readonly tasks: TaskList;
}

/** A {@link Task} whose time has come. */
export interface DueTask {
  /** Who gets the Calls that it forwards, in the Version of that side. */
  readonly side: Side;
  /** Begins it. */
  begin(): Outcome;
  /** It has come to its end; stored with what it changed. Never called, it is due again. */
  done(): void;
  /** It could not be brought to its end now: it is due again at the next occasion. */
  abandon(): void;
}

/** The way between a station's Version and the Version of its CSMS: none, one or several Translators, one after the other. */
export class Chain {
  readonly #hops: readonly Hop[];
  readonly #state: TranslationState;
  /** What is being translated, for the notes on what is lost. */
  #action = '';
  /** Places of tasks that are being done. */
  readonly #begun = new Set<string>();

  constructor(station: Version, csms: Version, translators: readonly Translator[], environment: Environment) {
    this.#state = environment.state;
    this.#hops = way(station, csms, translators).map(({ translator, towardsCsms }) => {
      const tasks = new TaskList(translator, environment.state);
      return { translator, towardsCsms, tasks, context: this.#context(environment, tasks) };
    });
  }

  /** True when both ends speak the same Version and messages cross as they are. */
  get isEmpty(): boolean {
    return this.#hops.length === 0;
  }

  /**
   * What is to be done with a Call of `initiator`, at the other end of the chain: `forward` puts a Call in the other end's Version,
   * and continues with its result; `answer` and `refuse` are in the initiator's own Version.
   */
  call(initiator: Side, message: Message): Outcome {
    return this.#run(initiator, initiator === 'station' ? 0 : this.#hops.length - 1, message);
  }

  /** Takes in that the station has connected (anew). To be called before its first message; what follows is {@link due} then, or later. */
  connected(): void {
    for (const { translator, towardsCsms, context } of this.#hops) translator.connected?.(towardsCsms, context);
  }

  /**
   * What translation has to do by itself and whose time has come, the earliest first, and in the order in which it was asked for.
   * Each is to be begun, and its Calls to be put to its side; it is not given out again before it is abandoned or a new Chain is made.
   * @param now ms since 1970
   */
  due(now: number): readonly DueTask[] {
    if (TaskList.isEmpty(this.#state)) return none;
    return this.#hops.flatMap(({ tasks, context }, index) =>
      [...tasks.waiting()]
        .filter(({ at, place }) => at <= now && !this.#begun.has(place))
        // A row that is written anew keeps its place in storage: by their times the order is the same after a restart.
        .sort((a, b) => a.at - b.at)
        .map(({ place, name, side, begin, done }): DueTask => {
          this.#begun.add(place);
          return {
            side,
            begin: () => {
              this.#action = name;
              // It speaks the Version of this side of its hop, and has the rest of the way to go.
              return this.#lift(side === 'csms' ? 'station' : 'csms', index, begin(context));
            },
            done: () => {
              this.#begun.delete(place);
              done();
            },
            abandon: () => this.#begun.delete(place),
          };
        }),
    );
  }

  /** When the next task becomes due after `now`, ms since 1970; `undefined`: none will. */
  nextDue(now: number): number | undefined {
    if (TaskList.isEmpty(this.#state)) return undefined;
    let next: number | undefined;
    for (const { tasks } of this.#hops) {
      const earliest = tasks.earliest((at, place) => at > now && !this.#begun.has(place));
      if (earliest !== undefined && (next === undefined || earliest < next)) next = earliest;
    }
    return next;
  }

  /** What the station calls a transaction that the CSMS knows by this id, when translation made that id up. */
  nativeTransactionId(csmsId: string): string | undefined {
    let id = csmsId;
    for (const { translator, towardsCsms, context } of this.#hops.toReversed()) {
      if (towardsCsms === 'up') id = translator.olderTransactionId?.(id, context) ?? id;
    }
    return id === csmsId ? undefined : id;
  }

  #run(initiator: Side, index: number, message: Message): Outcome {
    const hop = this.#hops[index];
    if (hop === undefined) return { kind: 'forward', call: message, resume: asOutcome };
    this.#action = message.action;
    const direction = initiator === 'station' ? hop.towardsCsms : opposite[hop.towardsCsms];
    return this.#lift(initiator, index, hop.translator.outcome(direction, initiator, message, hop.context));
  }

  /** Sends what a hop forwards through the hops after it. */
  #lift(initiator: Side, index: number, outcome: Outcome): Outcome {
    if (outcome.kind !== 'forward') return outcome;
    const next = initiator === 'station' ? index + 1 : index - 1;
    const inner = this.#run(initiator, next, outcome.call);
    return this.#join(
      initiator,
      index,
      outcome.delay === undefined ? inner : after(outcome.delay, inner),
      outcome.resume,
    );
  }

  /** Continues a hop with what the hops after it came to. */
  #join(initiator: Side, index: number, inner: Outcome, resume: (result: Result) => Outcome): Outcome {
    switch (inner.kind) {
      case 'forward':
        return { ...inner, resume: (result) => this.#join(initiator, index, inner.resume(result), resume) };
      case 'answer':
        return this.#lift(initiator, index, resume({ payload: inner.payload }));
      case 'refuse':
        return this.#lift(initiator, index, resume({ failure: inner.failure }));
    }
  }

  #context(environment: Environment, tasks: TaskList): Context {
    const note = (kind: 'lost' | 'unknown', field: string, reason: string): void =>
      environment.dropped({ kind, field, reason, action: this.#action });
    return {
      state: environment.state,
      settings: environment.settings,
      now: () => environment.now(),
      connectedSince: () => environment.connectedSince(),
      newId: () => environment.newId(),
      nextTransactionId: () => environment.nextTransactionId(),
      lost: (field, reason) => note('lost', field, reason),
      unknown: (field, value) => note('unknown', field, `${value} is not known`),
      emit: (side, message) => tasks.emit(side, message, environment.newId(), environment.now()),
      later: (name, key, data, at = environment.now()) => tasks.later(name, key, data, at),
      cancel: (name, key) => tasks.cancel(name, key),
    };
  }
}

const none: readonly DueTask[] = [];

const opposite = { up: 'down', down: 'up' } as const;

const asOutcome = (result: Result): Outcome =>
  result.failure === undefined ? answer(result.payload) : { kind: 'refuse', failure: result.failure };

function way(
  station: Version,
  csms: Version,
  translators: readonly Translator[],
): readonly { translator: Translator; towardsCsms: Direction }[] {
  const from = versionNames.indexOf(station.name);
  const to = versionNames.indexOf(csms.name);
  const between = (older: number): Translator => {
    const found = translators.find((candidate) => candidate.older.name === versionNames[older]);
    if (found === undefined) throw new Error(`there is no translator above OCPP ${versionNames[older]}`);
    return found;
  };
  const hops: { translator: Translator; towardsCsms: Direction }[] = [];
  for (let at = from; at < to; at++) hops.push({ translator: between(at), towardsCsms: 'up' });
  for (let at = from; at > to; at--) hops.push({ translator: between(at - 1), towardsCsms: 'down' });
  return hops;
}
