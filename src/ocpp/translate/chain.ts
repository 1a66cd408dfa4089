import { type Version, versionNames } from '../versions/version.ts';
import type { Context, Environment, Side } from './context.ts';
import { answer, type Message, type Outcome, type Result } from './outcome.ts';
import type { Direction } from './rows.ts';
import type { Translator } from './translator.ts';

interface Hop {
  readonly translator: Translator;
  /** The way a message travels through this hop when it goes from the station to the CSMS. */
  readonly towardsCsms: Direction;
  readonly context: Context;
}

/** A Call that translation makes by itself, in the Version of the side it is for. */
export interface Emitted {
  readonly side: Side;
  readonly outcome: Outcome;
}

/** The way between a station's Version and the Version of its CSMS: none, one or several Translators, one after the other. */
export class Chain {
  readonly #hops: readonly Hop[];
  /** What is being translated, for the notes on what is lost. */
  #action = '';
  #emitted: { side: Side; hop: number; message: Message }[] = [];

  constructor(station: Version, csms: Version, translators: readonly Translator[], environment: Environment) {
    this.#hops = way(station, csms, translators).map(({ translator, towardsCsms }, index) => ({
      translator,
      towardsCsms,
      context: this.#context(environment, index),
    }));
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

  /** The Calls that translation made by itself since the last time, to be sent after what is at hand is answered. */
  takeEmitted(): readonly Emitted[] {
    if (this.#emitted.length === 0) return [];
    const emitted = this.#emitted;
    this.#emitted = [];
    return emitted.map(({ side, hop, message }) => ({
      side,
      // It is in the form of this side of the hop already, and still has the rest of the way to go.
      outcome: side === 'csms' ? this.#run('station', hop + 1, message) : this.#run('csms', hop - 1, message),
    }));
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
    return this.#join(initiator, index, this.#run(initiator, next, outcome.call), outcome.resume);
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

  #context(environment: Environment, hop: number): Context {
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
      emit: (side, message) => this.#emitted.push({ side, hop, message }),
    };
  }
}

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
