/** How pairs of 2.0.1 and 2.1 are written down: nearly everything crosses as it is, so only what differs is said. */
import type { Context } from '../context.ts';
import { answer, type Outcome, type Payload, refuse, withAnswer } from '../outcome.ts';
import { cut, type Direction, isLonger, procedure, type Row, row, sameBut } from '../rows.ts';
import { mapped, type Pair, type Procedure } from '../translator.ts';

/** 2.1 gave the explanation of a status twice the room. */
export const statusInfo = row('statusInfo.additionalInfo', 'statusInfo.additionalInfo', cut('down', 512));

const nothing = sameBut();
/** A response whose status may be explained. */
export const statusResponse = sameBut(statusInfo);

/** An Action that both Versions have. */
export const crossing = (
  initiator: Pair['initiator'],
  action: string,
  differences: Partial<Pick<Pair, 'request' | 'response' | 'up' | 'down' | 'note'>> = {},
): Pair => ({ initiator, older: action, newer: action, request: nothing, response: nothing, ...differences });

/** Why a Call cannot be put to the other Version: what to do instead; `undefined`: it can. */
export type Objection = (request: Payload, context: Context) => Outcome | undefined;

/** The plain mapping, unless an objection stands against it. The first one counts. */
export const unless =
  (direction: Direction, ...objections: readonly Objection[]): Procedure =>
  (request, context, pair) => {
    for (const objection of objections) {
      const outcome = objection(request, context);
      if (outcome !== undefined) return outcome;
    }
    return mapped(pair, direction, request, context);
  };

/** A status of the response that says no, with its reason. */
export const saying = (status: string, reasonCode: string, extra: Payload = {}): Outcome =>
  answer({ ...extra, status, statusInfo: { reasonCode } });

/** Answers `status` when the test is true. */
export const objectIf =
  (test: (request: Payload) => boolean, reasonCode: string, status = 'Rejected'): Objection =>
  (request) =>
    test(request) ? saying(status, reasonCode) : undefined;

/** Refuses a Call that has no status to say no with, when the test is true. */
export const refuseIf =
  (test: (request: Payload) => boolean, description: string): Objection =>
  (request) =>
    test(request) ? refuse('PropertyConstraintViolation', description) : undefined;

/** The value at a dotted path. */
export function valueAt(source: Payload, path: string): unknown {
  let value: unknown = source;
  for (const name of path.split('.')) value = (value as Payload | undefined)?.[name];
  return value;
}

export { isLonger };

export const isNegative = (value: unknown): boolean => typeof value === 'number' && value < 0;

/** A field for which 2.1 has more room than 2.0.1, and which is of no use when cut. */
export interface Limit {
  readonly path: string;
  readonly characters: number;
  readonly reasonCode: 'InvalidURL' | 'TooLargeElement';
}

export const limit = (path: string, characters: number, reasonCode: Limit['reasonCode']): Limit => ({
  path,
  characters,
  reasonCode,
});

export const limitRow = ({ path, characters, reasonCode }: Limit): Row =>
  row(path, path, procedure(`longer than ${characters} characters: refused with ${reasonCode}`));

/** Objects to a field that is longer than 2.0.1 takes. */
export const tooLong =
  (limits: readonly Limit[], status = 'Rejected'): Objection =>
  (request) => {
    const found = limits.find(({ path, characters }) => isLonger(valueAt(request, path), characters));
    return found === undefined ? undefined : saying(status, found.reasonCode);
  };

/** Objects to an EVSE or connector number below 0, which 2.1 has no room for and no station has. */
export const noSuchEvse = (path: string, status = 'Rejected'): Objection =>
  objectIf(
    (request) => {
      const value = valueAt(request, path);
      if (typeof value === 'number') return value < 0;
      const { id, connectorId } = (value ?? {}) as Payload;
      return isNegative(id) || isNegative(connectorId);
    },
    'UnknownEvse',
    status,
  );

/**
 * A request that is a list of items, answered by a list of results: the items that `own` has a result for do not cross,
 * the others do, and the results come back in the order of the items.
 */
export const perItem =
  (direction: Direction, items: string, results: string, own: (item: Payload) => Payload | undefined): Procedure =>
  (request, context, pair) => {
    const list = request[items] as readonly Payload[];
    const answered = list.map(own);
    if (answered.every((result) => result === undefined)) return mapped(pair, direction, request, context);
    const left = list.filter((_item, index) => answered[index] === undefined);
    if (left.length === 0) return answer({ [results]: answered });
    return withAnswer(mapped(pair, direction, { ...request, [items]: left }, context), (payload) => {
      const merged = [...(payload[results] as readonly Payload[])];
      for (const [index, result] of answered.entries()) if (result !== undefined) merged.splice(index, 0, result);
      return { ...payload, [results]: merged };
    });
  };
