/** Cost and prices of a 1.6 CSMS, in DataTransfers, for a 2.x station: CostUpdated, and what stands in the answers to its messages. */
import type { Context } from '../context.ts';
import { answer, crossed, forward, type Outcome, type Payload } from '../outcome.ts';
import { costVendor, crossesCosts, messageOf } from './cost-messages.ts';
import { isUnsupported } from './security-extension.ts';
import { type StationTransaction, stationTransactionByNumber } from './station-transactions.ts';
import { type IdToken, stationIdTag } from './tokens.ts';
import { noObject, parsedData, rejected } from './wrapped-data.ts';

/** idTag → the price that its user shall be shown; transactionId → what the end of the transaction shall be answered with. */
const PRICES = 'userPrice';
const FINAL = 'finalCost';
const PRICE_LIMIT = 200;
const FINAL_LIMIT = 50;

/** What a customData of 2.x has room for. @param fields what it has fields of its own for */
const custom = (fields: Payload): Payload =>
  Object.keys(fields).length === 0 ? {} : { customData: { vendorId: costVendor, ...fields } };

/** SetUserPrice: 2.x has no such Call. The user sees it with what is answered to the station next. */
function setUserPrice({ idToken, priceText }: Payload, context: Context): Outcome {
  const message = messageOf(priceText, context);
  if (typeof idToken !== 'string' || message === undefined) return rejected('idToken or priceText is missing');
  context.state.set(PRICES, idToken.toLowerCase(), message, PRICE_LIMIT);
  return answer({ status: 'Accepted' });
}

function costUpdated(transactionId: string, cost: number, fields: Payload): Outcome {
  return forward(
    'CostUpdated',
    { totalCost: cost, transactionId, ...custom(fields) },
    () => answer({ status: 'Accepted' }),
    (failure) =>
      isUnsupported(failure) ? rejected('the station shows no costs') : { kind: 'refuse', failure: crossed(failure) },
  );
}

function cost(messageId: 'RunningCost' | 'FinalCost', data: Payload, context: Context): Outcome {
  const { transactionId, cost, ...fields } = data;
  const transaction = stationTransactionByNumber(transactionId as number, context);
  if (transaction === undefined) return rejected('no such transaction is known');
  if (typeof cost !== 'number' || !Number.isFinite(cost)) return rejected('the cost is not a number');
  // Before the end is told there is nothing to wait for: it will be in the answer.
  if (messageId === 'RunningCost' || transaction.ended) return costUpdated(transaction.id, cost, fields);
  const { priceText, ...others } = fields;
  const message = messageOf(priceText, context);
  context.state.set(
    FINAL,
    transaction.id,
    {
      totalCost: cost,
      ...(message === undefined ? {} : { updatedPersonalMessage: message }),
      ...custom(others),
    },
    FINAL_LIMIT,
  );
  return answer({ status: 'Accepted' });
}

/** What a 1.6 CSMS tells of costs. @returns `undefined` when the DataTransfer is none of these */
export function costOfCsms({ vendorId, messageId, data }: Payload, context: Context): Outcome | undefined {
  if ((vendorId as string).toLowerCase() !== costVendor || !crossesCosts(context)) return undefined;
  const told = parsedData(data);
  switch (messageId) {
    case 'SetUserPrice':
      return told === undefined ? noObject : setUserPrice(told, context);
    case 'RunningCost':
    case 'FinalCost':
      return told === undefined ? noObject : cost(messageId, told, context);
    default:
      return answer({ status: 'UnknownMessageId' });
  }
}

/** The message for the user of a token, once. */
function takePrice(token: IdToken, context: Context): Payload | undefined {
  if (context.state.size(PRICES) === 0) return undefined;
  const key = stationIdTag(token, context).toLowerCase();
  const message = context.state.get<Payload>(PRICES, key);
  if (message !== undefined) context.state.delete(PRICES, key);
  return message;
}

/** The answer to Authorize, with what the CSMS has said of prices. */
export function withPrice(response: Payload, token: IdToken, context: Context): Payload {
  const personalMessage = takePrice(token, context);
  return personalMessage === undefined
    ? response
    : { ...response, idTokenInfo: { ...response.idTokenInfo, personalMessage } };
}

/** The answer to an event of a transaction, with what the CSMS has said of its costs. */
export function withCosts(
  response: Payload,
  event: Payload,
  { id, token }: StationTransaction,
  context: Context,
): Payload {
  const message = token === undefined ? undefined : takePrice(token, context);
  const final = event.eventType === 'Ended' ? context.state.get<Payload>(FINAL, id) : undefined;
  if (final !== undefined) context.state.delete(FINAL, id);
  return message === undefined && final === undefined
    ? response
    : { ...response, ...(message === undefined ? {} : { updatedPersonalMessage: message }), ...final };
}
