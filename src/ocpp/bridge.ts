/** A station and its CSMS with the translation between them, for those who bring the two connections. */
import { checkedCall, checkedOutcome, otherSide, type Sides } from './checked.ts';
import { memoryEnvironment, type Surroundings } from './memory-environment.ts';
import { Chain } from './translate/chain.ts';
import type { DroppedNote, Environment, Side } from './translate/context.ts';
import { translators as allTranslators } from './translate/index.ts';
import type { Message, Outcome, Result } from './translate/outcome.ts';
import type { Translator } from './translate/translator.ts';
import { type VersionName, versionByName } from './versions/index.ts';

export interface BridgeOptions {
  /** The Version that the station speaks. */
  readonly station: VersionName;
  /** The Version that its CSMS speaks. */
  readonly csms: VersionName;
  /** What translation remembers, and the clock; see {@link memoryEnvironment}. */
  readonly environment: Environment;
  /**
   * Puts a Call to a side, in the Version of that side, and comes to its result: the payload of the CallResult, or a failure for
   * a CallError, a timeout, a lost connection (`uncertain` when the Call may have been carried out all the same).
   * @param delay ms to wait before, where the side needs time for what it was asked before this Call
   */
  send(to: Side, call: Message, delay?: number): Result | Promise<Result>;
  /** Told of a message that translation made for a side and that is not valid: a defect of this library. It is not sent. */
  invalid?(to: Side, message: Message, complaints: readonly string[]): void;
  /** Other Translators than those of this library, or these `traced`. */
  readonly translators?: readonly Translator[];
}

/**
 * Carries Calls between a station and its CSMS. Every message is validated against the official schema of its Version: those of
 * the two sides as they come in, those that translation makes before they are sent.
 *
 * Each side's Calls are to be given in order, the next one when the last one has its result (OCPP has one Call in flight in each
 * direction); {@link runDue} after each. Whoever wants to go on after a restart stores `environment.state.takeChanges()` before
 * the result goes out.
 */
export class Bridge {
  readonly #options: BridgeOptions;
  readonly #sides: Sides;
  readonly #chain: Chain;

  /** @throws Error when there is no way of translation between the two Versions */
  constructor(options: BridgeOptions) {
    this.#options = options;
    this.#sides = { station: versionByName(options.station), csms: versionByName(options.csms) };
    const { translators = allTranslators, environment } = options;
    this.#chain = new Chain(this.#sides.station, this.#sides.csms, translators, environment);
  }

  /** Takes in that the station has connected (anew); to be called before its first Call. What follows is due then, or later. */
  connected(): void {
    this.#chain.connected();
  }

  /**
   * Takes a Call of one side and comes to the result for it, in the Version of that side. The other side gets as many Calls as it
   * takes: one, none or several. Rejects only when `send` does.
   */
  async call(from: Side, call: Message): Promise<Result> {
    const outcome = await this.#drive(
      checkedCall(this.#chain, this.#sides, from, call, this.#options.invalid),
      otherSide[from],
    );
    return outcome.kind === 'answer' ? { payload: outcome.payload } : { failure: outcome.failure };
  }

  /**
   * Does what translation has to do by itself and whose time has come. Rejects only when `send` does; what was not done is due
   * again.
   * @returns when there is more to do, ms since 1970; `undefined`: nothing waits
   */
  async runDue(): Promise<number | undefined> {
    const { environment, invalid } = this.#options;
    for (let tasks = this.#chain.due(environment.now()); tasks.length > 0; tasks = this.#chain.due(environment.now())) {
      for (const [index, task] of tasks.entries()) {
        try {
          await this.#drive(checkedOutcome(task.begin(), this.#sides, task.side, invalid), task.side);
        } catch (error) {
          for (const left of tasks.slice(index)) left.abandon();
          throw error;
        }
        task.done();
      }
    }
    return this.#chain.nextDue(environment.now());
  }

  /** Puts what an outcome forwards to its side, until it comes to an answer or a refusal. */
  async #drive(first: Outcome, to: Side): Promise<Exclude<Outcome, { kind: 'forward' }>> {
    let outcome = first;
    while (outcome.kind === 'forward') {
      outcome = outcome.resume(await this.#options.send(to, outcome.call, outcome.delay));
    }
    return outcome;
  }
}

/** What became of one message. */
export interface Translated {
  /** What is to be done: `forward` this Call and `resume` with its result, `answer` with this, or `refuse`. */
  readonly outcome: Outcome;
  /** What does not cross; once the outcome is resumed, of the answer too. */
  readonly dropped: readonly DroppedNote[];
}

/**
 * Translates one Call for a station and a CSMS of which nothing is known yet. What needs memory (transactions that began before,
 * for one) is for a {@link Bridge}.
 * @param from the Version of the message
 * @param to the Version of whom it is for
 * @param side who sends it; needed only for an Action that both sides may send, where it is otherwise taken for the station
 */
export function translate(
  from: VersionName,
  to: VersionName,
  message: Message,
  surroundings: Surroundings,
  side?: Side,
): Translated {
  const environment = memoryEnvironment(surroundings);
  const initiator = side ?? initiatorOf(from, message.action);
  const sides: Sides = {
    station: versionByName(initiator === 'station' ? from : to),
    csms: versionByName(initiator === 'station' ? to : from),
  };
  const chain = new Chain(sides.station, sides.csms, allTranslators, environment);
  return {
    outcome: checkedCall(chain, sides, initiator, message),
    get dropped() {
      return environment.notes;
    },
  };
}

/** Who sends a Call of this Action; the station, when both may. */
export function initiatorOf(version: VersionName, action: string): Side {
  return versionByName(version).actions.get(action)?.initiator === 'csms' ? 'csms' : 'station';
}
