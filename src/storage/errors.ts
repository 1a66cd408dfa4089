import pg from 'pg';
import { StoreUnavailable } from '../gateway/ports.ts';

/** A cursor that no list of this store has given out. */
export class InvalidCursor extends Error {
  override name = 'InvalidCursor';
}

/**
 * SQLSTATE classes that say "this data can never be stored": 21 a row twice in one command, 22 data exceptions (text with NUL,
 * a number that is none), 23 constraints, 54 limits of the program (an index entry too long).
 */
const refusals = new Set(['21', '22', '23', '54']);

/** True when the database answered that it cannot take the data; repeating will not help. */
export function isRefusal(error: unknown): boolean {
  return error instanceof pg.DatabaseError && refusals.has((error.code ?? '').slice(0, 2));
}

/**
 * SQLSTATEs of a server that is there and cannot work now: 08 connection, 53 resources (connections, disk, memory), 57P shutting
 * down or starting, 58 its own input/output, 25006 a standby that takes no writes.
 */
const awayStates = /^(08|53|57P|58|25006)/;

/** True when the database does not answer, or answers that it cannot work now. What is no answer of the server is trouble on the way to it. */
export function isAway(error: unknown): boolean {
  if (error instanceof StoreUnavailable) return true;
  if (error instanceof pg.DatabaseError) return awayStates.test(error.code ?? '');
  if (!(error instanceof Error)) return false;
  return !(error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError);
}

/** The error to hand to callers of reads: {@link StoreUnavailable} when the database is away, else the error itself. */
export function asUnavailable(error: unknown): unknown {
  if (error instanceof StoreUnavailable || !isAway(error)) return error;
  return new StoreUnavailable(
    `the database does not answer: ${error instanceof Error ? error.message : String(error)}`,
    {
      cause: error,
    },
  );
}
