/** Block N, CustomerInformation: a 1.6 station has no such message; what the gateway itself holds of the customer is told, or erased. */
import type { Context } from '../context.ts';
import { answer, forwardAll, type Outcome, type Payload } from '../outcome.ts';
import { lost, procedure, row, rows } from '../rows.ts';
import { type Tasks, task } from '../tasks.ts';
import type { Pair } from '../translator.ts';
import { noCustomData } from './common-rows.ts';
import { refusal } from './fan-out.ts';
import { removeFromList } from './local-list.ts';
import { reservationsOf } from './reservation-state.ts';
import { evsesOf, forgetToken, type IdToken, tokensOf } from './tokens.ts';
import { save, transactionsOf } from './transaction-state.ts';

/** Longest text of one NotifyCustomerInformation. */
const LENGTH = 512;
/** Transactions that are told, the latest. */
const MOST_TRANSACTIONS = 20;

/** The idTags that a request is about. A certificate is none: 1.6 knows nothing of it. */
function idTagsOf({ idToken, customerIdentifier }: Payload, context: Context): readonly string[] {
  const texts = [(idToken as IdToken | undefined)?.idToken, customerIdentifier as string | undefined];
  return texts.flatMap((text) => {
    if (text === undefined || text === '') return [];
    const known = [...tokensOf(text, context).keys()];
    // A token that was never seen to be another one is its own idTag.
    return known.length > 0 ? known : [...text].length <= 20 ? [text] : [];
  });
}

/** What is known of an idTag, line by line. */
function linesOf(idTag: string, context: Context): readonly string[] {
  const tokens = [...tokensOf(idTag, context).values()].map(({ idToken, type }) => `token ${idToken} (${type})`);
  const evses = evsesOf(idTag, context);
  const transactions = transactionsOf(idTag, context)
    .slice(-MOST_TRANSACTIONS)
    .map(({ id, connectorId, startedAt, ended }) => {
      const state = ended === 'no' ? 'going on' : 'ended';
      return `transaction ${id} on connector ${connectorId} since ${startedAt}, ${state}`;
    });
  const reservations = reservationsOf(idTag, context).map(
    ([id, { connectorId, expires }]) =>
      `reservation ${id} of connector ${connectorId} until ${new Date(expires).toISOString()}`,
  );
  const lines = [
    ...tokens,
    ...(evses === undefined ? [] : [`only on EVSE ${evses.join(', ')}`]),
    ...transactions,
    ...reservations,
  ];
  return lines.length === 0 ? [] : [`idTag ${idTag}`, ...lines];
}

/** Erases what is not needed for a transaction that goes on. */
function forget(idTag: string, context: Context): void {
  const transactions = transactionsOf(idTag, context);
  for (const transaction of transactions) {
    if (transaction.ended === 'yes') save({ ...transaction, idTag: '' }, context);
  }
  if (transactions.every(({ ended }) => ended === 'yes')) forgetToken(idTag, context);
}

interface Report {
  readonly requestId: number;
  readonly text: string;
}

const NOTIFY = 'customerInformation';
const REMOVE = 'forgetCustomer';

export const customerTasks: Tasks = {
  [NOTIFY]: task<Report>('csms', ({ requestId, text }, context) => {
    const characters = [...text];
    const parts = Array.from({ length: Math.max(1, Math.ceil(characters.length / LENGTH)) }, (_, index) =>
      characters.slice(index * LENGTH, (index + 1) * LENGTH).join(''),
    );
    const generatedAt = new Date(context.now()).toISOString();
    return forwardAll(
      parts.map((data, seqNo) => ({
        action: 'NotifyCustomerInformation',
        payload: { data, tbc: seqNo + 1 < parts.length, seqNo, generatedAt, requestId },
      })),
      () => answer({}),
    );
  }),
  [REMOVE]: task<readonly string[]>('station', removeFromList),
};

function customerInformationDown(request: Payload, context: Context): Outcome {
  const { requestId, report, clear, idToken, customerIdentifier, customerCertificate } = request;
  // 2.0.1 N09.FR.02, N10.FR.08: there has to be a customer.
  if (idToken === undefined && customerIdentifier === undefined && customerCertificate === undefined) {
    return refusal('Invalid', 'MissingParam');
  }
  // N10.FR.07
  if (report !== true && clear !== true) return refusal('Rejected', 'UnsupportedParam', 'neither report nor clear');
  if (customerCertificate !== undefined)
    context.lost('customerCertificate', '1.6 knows nothing of certificates of customers');
  const idTags = idTagsOf(request, context);
  const text = report === true ? idTags.flatMap((idTag) => linesOf(idTag, context)).join('\n') : '';
  // That all is erased is told by a notification too (N10).
  context.later(NOTIFY, String(requestId), { requestId: requestId as number, text } satisfies Report);
  if (clear === true && idTags.length > 0) {
    for (const idTag of idTags) forget(idTag, context);
    context.later(REMOVE, String(requestId), idTags);
  }
  return answer({ status: 'Accepted' });
}

const whose = procedure('the idTags that are known of it');

export const customerInformation: Pair = {
  initiator: 'csms',
  older: null,
  newer: 'CustomerInformation',
  note: 'Down: Accepted, and NotifyCustomerInformation tells what the gateway itself holds: tokens, transactions, reservations. What is to be cleared is erased here and taken off the station’s local list; a transaction that goes on keeps its token.',
  request: rows(
    row(null, 'requestId', procedure('of the NotifyCustomerInformation')),
    row(null, 'report', procedure('what is known is told')),
    row(null, 'clear', procedure('what is known is erased')),
    row(null, 'idToken', whose),
    row(null, 'customerIdentifier', whose),
    row(null, 'customerCertificate', lost('1.6 knows nothing of certificates of customers')),
    noCustomData,
  ),
  response: rows(
    row(null, 'status', procedure('Accepted; Invalid without a customer; Rejected when nothing is asked for')),
    row(null, 'statusInfo', procedure('MissingParam, UnsupportedParam')),
    noCustomData,
  ),
  down: customerInformationDown,
};

const notAsked = lost('a 1.6 CSMS asks for no customer information');

export const notifyCustomerInformation: Pair = {
  initiator: 'station',
  older: null,
  newer: 'NotifyCustomerInformation',
  note: 'Taken in; a 1.6 CSMS has no such message.',
  request: rows(
    ...['data', 'tbc', 'seqNo', 'generatedAt', 'requestId'].map((field) => row(null, field, notAsked)),
    noCustomData,
  ),
  response: rows(noCustomData),
  down: () => answer({}),
};
