/** CPU of a chain of translations, with what is validated and what is to be stored. */
import {
  Chain,
  type DueTask,
  defaultSettings,
  type Message,
  type Payload,
  type Result,
  type StateChange,
  TranslationState,
  translators,
  type Validate,
  type Version,
  versionByName,
} from '../../src/ocpp/index.ts';
import type { Make, Script, Turn } from './scripts.ts';

export interface Measured {
  /** µs of CPU for each message of the station, of each round. */
  readonly rounds: readonly number[];
  /** Calls that the CSMS gets for each of them. */
  readonly calls: number;
  /** Characters of TranslationState that are to be stored with each of them. */
  readonly stored: number;
}

/** A message with what it needs, made before the time is taken: a station's message is parsed already. */
interface Ready {
  readonly message: Message;
  readonly request: Validate;
  readonly response: Validate | undefined;
}

/** A station and a CSMS, driven as the gateway drives them. @throws Error when something is not valid */
class Run {
  readonly #script: Script;
  readonly #station: Version;
  readonly #csms: Version;
  readonly #state = new TranslationState();
  readonly #chain: Chain;
  readonly #answers: ReadonlyMap<string, { readonly request: Validate; readonly result: Result }>;
  readonly #now = Date.UTC(2026, 0, 1);
  #ids = 0;
  #index = 0;
  #round = 0;
  stored = 0;
  calls = 0;
  /** Transactions that the station has been told the number of: they are counted from 1. */
  #begun = 0;
  #transactionIds = 0;

  constructor(script: Script) {
    this.#script = script;
    this.#station = versionByName(script.station);
    this.#csms = versionByName(script.csms);
    this.#chain = new Chain(this.#station, this.#csms, translators, {
      state: this.#state,
      settings: defaultSettings,
      now: () => this.#now,
      connectedSince: () => this.#now,
      newId: () => `00000000-0000-4000-8000-${String(++this.#ids).padStart(12, '0')}`,
      nextTransactionId: () => ++this.#transactionIds,
      dropped: () => undefined,
    });
    this.#answers = new Map(
      Object.entries(script.answers).map(([action, payload]) => {
        const known = this.#csms.actions.get(action);
        if (known?.response?.(payload) !== true) throw new Error(`the answer to ${action} is not valid`);
        return [action, { request: known.request, result: { payload } }];
      }),
    );
    for (const make of script.prepare) this.#pass(this.#ready(make));
    this.#index = 0;
  }

  /** @returns µs of CPU of so many messages; making them is not counted */
  loop(messages: number): number {
    let spent = 0;
    for (let done = 0; done < messages; done += BATCH) {
      const batch = Array.from({ length: BATCH }, () => this.#next());
      const begun = process.cpuUsage();
      for (const ready of batch) this.#pass(ready);
      const { user, system } = process.cpuUsage(begun);
      spent += user + system;
    }
    return spent;
  }

  #next(): Ready {
    const at = this.#index % this.#script.loop.length;
    if (at === 0) this.#round++;
    return this.#ready(this.#script.loop[at] as Make);
  }

  #ready(make: Make): Ready {
    const turn: Turn = {
      round: this.#round,
      index: this.#index++,
      time: new Date(this.#now + this.#index * 1000).toISOString(),
      register: this.#index,
      transactionId: this.#begun,
    };
    const message = make(turn);
    if (message.action === 'StartTransaction') this.#begun++;
    const action = this.#station.actions.get(message.action);
    if (action === undefined) throw new Error(`OCPP ${this.#station.name} has no ${message.action}`);
    return { message, request: action.request, response: action.response };
  }

  /** Validate, translate, validate; the answer the same way; what is to be stored. */
  #pass({ message, request, response }: Ready): void {
    valid(request, message.payload);
    let outcome = this.#chain.call('station', message);
    while (outcome.kind === 'forward') {
      const { action, payload } = outcome.call;
      const answer = this.#answers.get(action);
      if (answer === undefined) throw new Error(`nothing is answered to ${action}`);
      valid(answer.request, payload);
      this.calls++;
      outcome = outcome.resume(answer.result);
    }
    if (outcome.kind === 'refuse') throw new Error(`refused: ${outcome.failure.description}`);
    valid(response, outcome.payload);
    for (const task of this.#chain.due(this.#now)) decline(task);
    this.stored += size(this.#state.takeChanges());
  }
}

/** What translation asks by itself after a boot is not what is measured here. */
function decline(task: DueTask): void {
  let outcome = task.begin();
  while (outcome.kind === 'forward') {
    outcome = outcome.resume({ failure: { condition: 'NotSupported', description: 'not here' } });
  }
  task.done();
}

function valid(validate: Validate | undefined, payload: Payload): void {
  if (validate === undefined || validate(payload)) return;
  throw new Error(`not valid: ${JSON.stringify(payload)} ${JSON.stringify(validate.errors)}`);
}

const size = (changes: readonly StateChange[]): number =>
  changes.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);

/** Messages that are made before they are measured. */
const BATCH = 550;

/**
 * @param rounds of `messages` each, after one of them for warming up
 * @throws Error when something is not valid, or not as the script expects it
 */
export function measure(script: Script, rounds: number, messages: number): Measured {
  const run = new Run(script);
  run.loop(messages);
  const [calls, stored] = [run.calls, run.stored];
  const figures = Array.from({ length: rounds }, () => run.loop(messages) / messages);
  const all = rounds * messages;
  return { rounds: figures, calls: (run.calls - calls) / all, stored: (run.stored - stored) / all };
}
