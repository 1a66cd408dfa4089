/**
 * Drives a Chain the way the gateway does, with scripted answers, and checks everything that translation makes against the
 * official schemas. A test reads: what one side sends, what the other side gets, what it answers, what comes back.
 */
import { Chain } from '../../src/ocpp/translate/chain.ts';
import {
  type DroppedNote,
  defaultSettings,
  type Side,
  type TranslationSettings,
} from '../../src/ocpp/translate/context.ts';
import type { Failure, Message, Outcome, Payload, Result } from '../../src/ocpp/translate/outcome.ts';
import { TranslationState } from '../../src/ocpp/translate/state.ts';
import type { Translator } from '../../src/ocpp/translate/translator.ts';
import { describeError, type Validate } from '../../src/ocpp/validate.ts';
import { type ErrorCondition, type Version, type VersionName, versionByName } from '../../src/ocpp/versions/index.ts';
import { smallest } from './schemas.ts';

/** What the far side answers: a CallResult's payload, a {@link failure}, a function of the Call, or a {@link crash}. */
export type Reply =
  | Payload
  | { readonly failure: Failure }
  | ((call: Message) => Payload | { readonly failure: Failure } | typeof crash)
  | typeof crash;

/** No answer comes: the process has died, and the next one begins with what was stored together with the Call. */
export const crash = Symbol('crash');

/** The far side's CallError (or, `uncertain`, its silence) as a {@link Reply}. */
export const failure = (condition: ErrorCondition, uncertain = false): { readonly failure: Failure } => ({
  failure: { condition, description: 'scripted', ...(uncertain ? { uncertain } : {}) },
});

/** What became of one Call. */
export interface Run {
  /** The Calls that reached the far side, in its Version. */
  readonly calls: readonly Message[];
  /** The CallResult's payload, in the Version of the side that called; `undefined` when it was refused. */
  readonly answer: Payload | undefined;
  readonly refusal: Failure | undefined;
}

/** What translation did by itself (a task, often one Call only), and what became of it. */
export interface EmittedRun extends Run {
  /** The side that it was for; `answer` is of no interest. */
  readonly side: Side;
}

/** A station and its CSMS with the translation between them. */
export interface Bridge {
  /** ms since 1970; starts at 2026-01-01T00:00:00Z. The connection was opened at that time. */
  now: number;
  connectedSince: number;
  state: TranslationState;
  settings: TranslationSettings;
  /** What the far side answers where a test has no reply; by default the smallest valid answer. */
  otherwise: Reply | undefined;
  /** What did not cross, so far. */
  readonly notes: DroppedNote[];
  /** A Call of the station, put to the CSMS; without a reply the CSMS gives the smallest valid answer. */
  fromStation(action: string, payload: Payload, ...replies: Reply[]): Run;
  /** A Call of the CSMS, put to the station. */
  fromCsms(action: string, payload: Payload, ...replies: Reply[]): Run;
  /** Does what translation has to do by itself until now ({@link Bridge.now}), and what that leads to. */
  emitted(...replies: Reply[]): readonly EmittedRun[];
  /** The station connects anew, at {@link Bridge.now}. */
  reconnect(): void;
  /** A new process with what is stored of the translation state. */
  restart(): void;
}

/** 2026-01-01T00:00:00Z. */
export const START = Date.UTC(2026, 0, 1);

/** `minutes` after {@link START}, as OCPP writes it. */
export const at = (minutes: number): string => new Date(START + minutes * 60_000).toISOString();

const otherSide = { station: 'csms', csms: 'station' } as const;

/** @throws Error in its functions when a message that translation made, or a payload of the test, is not valid */
export function bridge(
  station: VersionName,
  csms: VersionName,
  translators: readonly Translator[],
  settings: Partial<TranslationSettings> = {},
): Bridge {
  const versions = { station: versionByName(station), csms: versionByName(csms) };
  const notes: DroppedNote[] = [];
  const stored = new Map<string, { table: string; key: string; value: string | null }>();
  let ids = 0;
  let transactionIds = 0;
  let chain: Chain;

  const store = (): void => {
    for (const change of self.state.takeChanges()) {
      const place = `${change.table}\n${change.key}`;
      if (change.value === null) stored.delete(place);
      else stored.set(place, change);
    }
  };
  const makeChain = (): Chain =>
    new Chain(versions.station, versions.csms, translators, {
      get state() {
        return self.state;
      },
      get settings() {
        return self.settings;
      },
      now: () => self.now,
      connectedSince: () => self.connectedSince,
      newId: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`,
      nextTransactionId: () => ++transactionIds,
      dropped: (note) => notes.push(note),
    });

  function drive(initiator: Side, first: Outcome, action: string, replies: Reply[]): Run {
    const calls: Message[] = [];
    const far = versions[otherSide[initiator]];
    let outcome = first;
    while (outcome.kind === 'forward') {
      const { call, delay = 0 } = outcome;
      self.now += delay;
      checkCall(far, initiator, call);
      calls.push(call);
      store();
      const reply = replyTo(call, replies.shift() ?? self.otherwise);
      if (reply === crash) {
        self.restart();
        return { calls, answer: undefined, refusal: undefined };
      }
      outcome = outcome.resume(resultOf(far, call, reply));
    }
    store();
    if (outcome.kind === 'refuse') return { calls, answer: undefined, refusal: outcome.failure };
    const known = versions[initiator].actions.get(action);
    // Nobody is told what becomes of a Send.
    if (known?.kind !== 'send') check(known?.response, `${versions[initiator].name} ${action} answer`, outcome.payload);
    return { calls, answer: outcome.payload, refusal: undefined };
  }

  function from(initiator: Side, action: string, payload: Payload, replies: Reply[]): Run {
    checkCall(versions[initiator], initiator, { action, payload });
    const before = JSON.stringify(payload);
    const run = drive(initiator, chain.call(initiator, { action, payload }), action, replies);
    if (JSON.stringify(payload) !== before) throw new Error(`${action}: translation changed the caller's payload`);
    if (replies.length > 0) throw new Error(`${action}: ${replies.length} scripted replies were not asked for`);
    return run;
  }

  const self: Bridge = {
    now: START,
    connectedSince: START,
    state: new TranslationState(),
    // Tests say which Calls a station gets: what it gets by itself after it has booted is for those that are about it.
    settings: { ...defaultSettings, readConfiguration: false, ...settings },
    otherwise: undefined,
    notes,
    fromStation: (action, payload, ...replies) => from('station', action, payload, replies),
    fromCsms: (action, payload, ...replies) => from('csms', action, payload, replies),
    emitted(...replies) {
      const runs: EmittedRun[] = [];
      for (let batch = chain.due(self.now); batch.length > 0; batch = chain.due(self.now)) {
        for (const { side, begin, done } of batch) {
          const calls: Message[] = [];
          let rest = begin();
          while (rest.kind === 'forward') {
            checkCall(versions[side], otherSide[side], rest.call);
            calls.push(rest.call);
            store();
            const reply = replyTo(rest.call, replies.shift() ?? self.otherwise);
            if (reply === crash) {
              self.restart();
              return [...runs, { side, calls, answer: undefined, refusal: undefined }];
            }
            rest = rest.resume(resultOf(versions[side], rest.call, reply));
          }
          done();
          runs.push({
            side,
            calls,
            answer: rest.kind === 'answer' ? rest.payload : undefined,
            refusal: rest.kind === 'refuse' ? rest.failure : undefined,
          });
        }
      }
      store();
      return runs;
    },
    reconnect() {
      self.connectedSince = self.now;
      chain.connected();
      store();
    },
    restart() {
      store();
      self.state = new TranslationState([...stored.values()]);
      chain = makeChain();
    },
  };
  chain = makeChain();
  return self;
}

type Given = Exclude<Reply, (call: Message) => unknown> | undefined;

const replyTo = (call: Message, reply: Reply | undefined): Given => (typeof reply === 'function' ? reply(call) : reply);

function resultOf(version: Version, call: Message, reply: Exclude<Given, typeof crash>): Result {
  const given = reply ?? smallest(version.name, `${call.action}Response`);
  if (isFailure(given)) return given;
  check(version.actions.get(call.action)?.response, `${version.name} ${call.action} scripted reply`, given);
  return { payload: given };
}

const isFailure = (reply: Payload | { readonly failure: Failure }): reply is { readonly failure: Failure } =>
  typeof (reply as { failure?: { condition?: unknown } }).failure?.condition === 'string';

/** @throws Error when `initiator` has no such Action in this Version, or the payload is not valid */
function checkCall(version: Version, initiator: Side, { action, payload }: Message): void {
  const known = version.actions.get(action);
  if (known === undefined) throw new Error(`OCPP ${version.name} has no Action ${action}`);
  if (known.initiator !== 'both' && known.initiator !== initiator) {
    throw new Error(`OCPP ${version.name}: ${action} is not for a ${initiator} to call`);
  }
  check(known.request, `${version.name} ${action}`, payload);
}

function check(validate: Validate | undefined, what: string, payload: Payload): void {
  if (validate === undefined) throw new Error(`${what}: there is no such message`);
  // On the wire nothing is undefined: what is validated is what would be sent.
  if (validate(JSON.parse(JSON.stringify(payload)))) return;
  const errors = (validate.errors ?? []).map(describeError).join('; ');
  throw new Error(`${what} is not valid: ${errors}\n${JSON.stringify(payload)}`);
}
