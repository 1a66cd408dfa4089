/** How pairs of 1.5 and 1.6 are written down: most Actions cross as they are, so only what differs is said. */
import type { Context } from '../context.ts';
import { answer, type Outcome, type Payload } from '../outcome.ts';
import { procedure, type Row, row, sameBut } from '../rows.ts';
import { mapped, type Pair, type Procedure } from '../translator.ts';

const nothing = sameBut();

/** An Action that both Versions have under the same name. */
export const crossing = (
  initiator: Pair['initiator'],
  action: string,
  differences: Partial<Pick<Pair, 'request' | 'response' | 'up' | 'down' | 'note'>> = {},
): Pair => ({ initiator, older: action, newer: action, request: nothing, response: nothing, ...differences });

/** An Action that only 1.6 has: what becomes of it is said here. */
export const onlyIn16 = (
  initiator: Pair['initiator'],
  action: string,
  note: string,
  down: (request: Payload, context: Context) => Outcome,
): Pair => ({ initiator, older: null, newer: action, request: nothing, response: nothing, note, down });

/** 1.5 counts connectors from 0, the whole station, or from 1; 1.6 leaves it to the station to know which it has. */
export const connectorRow = (first: 0 | 1, otherwise: string): Row =>
  row('connectorId', 'connectorId', procedure(`the same; below ${first}: ${otherwise}`));

/** The plain mapping towards 1.5, but for connectors that 1.5 cannot name: those are answered with `status`. */
export const unlessBelow =
  (first: 0 | 1, status: string): Procedure =>
  (request, context, pair) =>
    (request.connectorId as number) < first ? answer({ status }) : mapped(pair, 'down', request, context);
