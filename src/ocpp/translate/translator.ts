import type { Initiator, Version } from '../versions/version.ts';
import type { Context, Side } from './context.ts';
import { answer, forward, type Message, type Outcome, type Payload, refuse } from './outcome.ts';
import { apply, type Direction, type Rows } from './rows.ts';
import type { Tasks } from './tasks.ts';

/** What is done with a Call that is not simply mapped. The payload is the caller's, in its own Version. */
export type Procedure = (request: Payload, context: Context, pair: Pair) => Outcome;

/**
 * Two Actions that mean the same in two neighbour Versions, both directions side by side. Without `up` (or `down`) a Call
 * that travels this way is one Call of the other Action by the rows, and its answer is mapped back by the rows.
 */
export interface Pair {
  /** Who sends the Call. */
  readonly initiator: Initiator;
  /** Action of the older Version; `null`: it has none, `down` says what happens. */
  readonly older: string | null;
  readonly newer: string | null;
  readonly request: Rows;
  readonly response: Rows;
  readonly up?: Procedure;
  readonly down?: Procedure;
  /** One line for the published tables on what the procedures do. */
  readonly note?: string;
}

/** The mapping between two adjacent Versions. */
export interface Translator {
  readonly older: Version;
  readonly newer: Version;
  readonly pairs: readonly Pair[];
  /** What the older side calls a transaction that the newer side knows by this id; `undefined`: the same, or not known. */
  readonly olderTransactionId?: (newerId: string, context: Context) => string | undefined;
  /** What it does by itself, later than the message that is the cause. */
  readonly tasks: Tasks;
  /**
   * The station has connected, and nobody knows what it did meanwhile: asks for what is to be found out ({@link Context.later}).
   * @param towardsCsms the direction in which the station's messages travel
   */
  readonly connected?: (towardsCsms: Direction, context: Context) => void;
  /** The pair by which a Call of `initiator` that travels in `direction` is treated; `undefined`: it is not translated. */
  pair(direction: Direction, initiator: Side, action: string): Pair | undefined;
  /** What is to be done with a Call of `initiator` that travels in `direction`. Never throws for a valid payload. */
  outcome(direction: Direction, initiator: Side, call: Message, context: Context): Outcome;
}

/** @throws Error when two pairs claim the same Action in the same direction, or one names an Action that does not exist */
export function translator(
  older: Version,
  newer: Version,
  pairs: readonly Pair[],
  { tasks = {}, ...more }: Partial<Pick<Translator, 'olderTransactionId' | 'tasks' | 'connected'>> = {},
): Translator {
  const index = {
    up: { station: new Map<string, Pair>(), csms: new Map<string, Pair>() },
    down: { station: new Map<string, Pair>(), csms: new Map<string, Pair>() },
  };
  for (const pair of pairs) {
    for (const [direction, version, action, other] of [
      ['up', older, pair.older, pair.newer],
      ['down', newer, pair.newer, pair.older],
    ] as const) {
      if (action === null) continue;
      if (!version.actions.has(action)) throw new Error(`OCPP ${version.name} has no Action ${action}`);
      if (pair[direction] === undefined && other === null) continue;
      for (const side of pair.initiator === 'both' ? (['station', 'csms'] as const) : [pair.initiator]) {
        const pairs = index[direction][side];
        const known = pairs.get(action);
        if (known !== undefined && known[direction] !== undefined && pair[direction] === undefined) continue;
        if (known !== undefined && pair[direction] !== undefined && known[direction] !== undefined) {
          throw new Error(`${older.name}-${newer.name}: two procedures for ${direction} ${side} ${action}`);
        }
        pairs.set(action, pair);
      }
    }
  }
  return {
    ...more,
    older,
    newer,
    pairs,
    tasks,
    pair: (direction, initiator, action) => index[direction][initiator].get(action),
    outcome(direction, initiator, call, context) {
      const pair = index[direction][initiator].get(call.action);
      if (pair === undefined) {
        const to = direction === 'up' ? newer : older;
        return refuse('NotSupported', `${call.action} is not translated to OCPP ${to.name}`);
      }
      const run = pair[direction];
      return run === undefined ? mapped(pair, direction, call.payload, context) : run(call.payload, context, pair);
    },
  };
}

/** The plain case: one Call by the request rows, its answer by the response rows, the other way. */
export function mapped(pair: Pair, direction: Direction, request: Payload, context: Context): Outcome {
  const back = direction === 'up' ? 'down' : 'up';
  const action = (direction === 'up' ? pair.newer : pair.older) as string;
  return forward(action, apply(pair.request, direction, request, context), (response) =>
    answer(apply(pair.response, back, response, context)),
  );
}
