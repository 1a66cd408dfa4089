/** Block E, GetTransactionStatus: 1.6 has no such question; what is known of a 1.6 station's transactions is known here. */
import { answer } from '../outcome.ts';
import { procedure, row, rows } from '../rows.ts';
import type { Pair } from '../translator.ts';
import { noCustomData } from './common-rows.ts';
import { transactionById } from './transaction-state.ts';
import { isWaiting } from './untold.ts';

export const getTransactionStatus: Pair = {
  initiator: 'csms',
  older: null,
  newer: 'GetTransactionStatus',
  note: 'Answered here for a 1.6 station.',
  request: rows(
    row(null, 'transactionId', procedure('the table of transactions; one that is not known does not go on')),
    noCustomData,
  ),
  response: rows(
    row(null, 'messagesInQueue', procedure('whether the CSMS has events yet to take, of this transaction or of any')),
    row(null, 'ongoingIndicator', procedure('only where a transaction was asked for (2.0.1 E14)')),
    noCustomData,
  ),
  down(request, context) {
    const id = request.transactionId as string | undefined;
    const messagesInQueue = isWaiting(id, context);
    if (id === undefined) return answer({ messagesInQueue });
    return answer({ messagesInQueue, ongoingIndicator: transactionById(id, context)?.ended === 'no' });
  },
};
