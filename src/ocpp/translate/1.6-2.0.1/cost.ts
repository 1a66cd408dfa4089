/** Block I, cost and prices of a 2.x CSMS for a 1.6 station: it has no such messages, but may take them in DataTransfer. */
import type { Context } from '../context.ts';
import { decimal } from '../decimal.ts';
import { answer, crossed, forward, type Outcome, type Payload } from '../outcome.ts';
import { procedure, row, rows } from '../rows.ts';
import { type Tasks, task } from '../tasks.ts';
import type { Pair } from '../translator.ts';
import { noCustomData } from './common-rows.ts';
import { costVendor, crossesCosts, customFields, priceText } from './cost-messages.ts';
import { nextEventId } from './errors.ts';
import { isUnsupported } from './security-extension.ts';
import { toEvse } from './topology.ts';
import { lastRegister, type Transaction, transactionById, transactionByNumber } from './transaction-state.ts';
import { noObject, parsedData, rejected } from './wrapped-data.ts';

type CostMessage = 'SetUserPrice' | 'RunningCost' | 'FinalCost';

/** Puts a message to the station. What it says to it is of interest to nobody but the operator. */
function transfer(messageId: CostMessage, data: Payload, context: Context): Outcome {
  const done = answer({});
  return forward(
    'DataTransfer',
    { vendorId: costVendor, messageId, data: JSON.stringify(data) },
    ({ status }) => {
      if (status !== 'Accepted') context.lost(messageId, `the station answered ${status as string}`);
      return done;
    },
    (failure) => {
      if (failure.uncertain === true) return { kind: 'refuse', failure };
      if (!isUnsupported(failure)) return { kind: 'refuse', failure: crossed(failure) };
      context.lost(messageId, 'the station does not know it');
      return done;
    },
  );
}

interface Told {
  readonly messageId: CostMessage;
  readonly data: Payload;
}

const TELL = 'cost';

export const costTasks: Tasks = {
  [TELL]: task<Told>('station', ({ messageId, data }, context) => transfer(messageId, data, context)),
};

/** After the message at hand; a newer one of its kind replaces what has not been told yet. */
const tellLater = (messageId: CostMessage, of: string | number, data: Payload, context: Context): void =>
  context.later(TELL, `${messageId} ${of}`, { messageId, data } satisfies Told);

/** @param told what the CSMS says beside the cost: unit prices, times of change, … */
function runningCost(transaction: Transaction, cost: number, told: Payload, context: Context): Payload {
  const { number, meterStart } = transaction;
  return {
    transactionId: number,
    timestamp: new Date(context.now()).toISOString(),
    meterValue: lastRegister(number, context) ?? meterStart,
    state: 'Charging',
    // Required, and empty where the station is not to reckon itself.
    chargingPrice: {},
    ...told,
    cost,
  };
}

/** Takes in what an idTokenInfo says of prices. @param idTag whose it is; `undefined`: not known */
export function tellPrice(idTag: string | undefined, info: unknown, context: Context): void {
  const { personalMessage, customData } = (info ?? {}) as Payload;
  if (personalMessage === undefined) return;
  const text = crossesCosts(context) ? priceText(personalMessage, customData) : undefined;
  if (text === undefined || idTag === undefined) context.lost('personalMessage', '1.6 shows no messages');
  else tellLater('SetUserPrice', idTag, { idToken: idTag, ...text }, context);
}

/** Takes in what the answer to a TransactionEvent says of costs. @param number of the transaction */
export function tellCost(eventType: string, response: Payload, number: number, context: Context): void {
  const { totalCost, updatedPersonalMessage, customData, idTokenInfo } = response;
  const transaction = transactionByNumber(number, context);
  tellPrice(transaction?.idTag, idTokenInfo, context);
  if (!crossesCosts(context) || transaction === undefined) {
    if (totalCost !== undefined) context.lost('totalCost', '1.6 has no cost in the answer');
    if (updatedPersonalMessage !== undefined) context.lost('updatedPersonalMessage', '1.6 shows no messages');
    return;
  }
  const text = priceText(updatedPersonalMessage, customData);
  if (eventType !== 'Ended') {
    if (totalCost !== undefined) {
      const { updatedPersonalMessageExtra: _texts, ...told } = customFields(customData);
      tellLater('RunningCost', number, runningCost(transaction, totalCost, told, context), context);
    }
    const { idTag } = transaction;
    if (text !== undefined) tellLater('SetUserPrice', idTag, { idToken: idTag, ...text }, context);
    return;
  }
  context.cancel(TELL, `RunningCost ${number}`);
  if (totalCost === undefined) return;
  const { qrCodeText } = customFields(customData);
  tellLater(
    'FinalCost',
    number,
    {
      transactionId: number,
      cost: totalCost,
      ...(text ?? { priceText: decimal(totalCost) }),
      ...(typeof qrCodeText === 'string' ? { qrCodeText } : {}),
    },
    context,
  );
}

export const costUpdated: Pair = {
  initiator: 'csms',
  older: null,
  newer: 'CostUpdated',
  note: 'Down: RunningCost in a DataTransfer where costs cross (`costMessages`), with what a customData of that vendor says of prices; else answered here.',
  request: rows(
    row(null, 'totalCost', procedure('cost of a RunningCost')),
    row(null, 'transactionId', procedure('the integer that the station knows it by')),
    noCustomData,
  ),
  response: rows(noCustomData),
  down({ totalCost, transactionId, customData }, context) {
    const transaction = transactionById(transactionId, context);
    if (!crossesCosts(context) || transaction === undefined) {
      context.lost('totalCost', transaction === undefined ? 'no such transaction is known' : '1.6 has no costs');
      return answer({});
    }
    return transfer('RunningCost', runningCost(transaction, totalCost, customFields(customData), context), context);
  },
};

/**
 * ConnectorUnplugged of a 1.6 station, by which it says, reliably, that the car has left some time after its transaction: for 2.x
 * the car is no longer available.
 */
export function connectorUnplugged(data: Payload, context: Context): Outcome {
  const { transactionId, timestamp } = data;
  const transaction = transactionByNumber(transactionId as number, context);
  if (transaction === undefined) return rejected('no such transaction is known');
  const at = typeof timestamp === 'string' ? Date.parse(timestamp) : Number.NaN;
  if (Number.isNaN(at)) return rejected('the timestamp is not a date-time');
  const event = {
    eventId: nextEventId(context),
    timestamp: new Date(at).toISOString(),
    trigger: 'Delta',
    actualValue: 'false',
    transactionId: transaction.id,
    eventNotificationType: 'HardWiredNotification',
    component: {
      name: 'ConnectedEV',
      ...(transaction.connectorId > 0 ? { evse: { ...toEvse(transaction.connectorId, context) } } : {}),
    },
    variable: { name: 'Available' },
  };
  const generatedAt = new Date(context.now()).toISOString();
  return forward(
    'NotifyEvent',
    { generatedAt, seqNo: 0, eventData: [event] },
    () => answer({ status: 'Accepted' }),
    (failure) =>
      failure.uncertain === true || !isUnsupported(failure)
        ? { kind: 'refuse', failure: crossed(failure) }
        : // The connector's status tells it too, if less reliably.
          answer({ status: 'Accepted' }),
  );
}

/** What a 1.6 station tells of costs. @returns `undefined` when the DataTransfer is none of these */
export function costOfStation({ vendorId, messageId, data }: Payload, context: Context): Outcome | undefined {
  if ((vendorId as string).toLowerCase() !== costVendor || !context.settings.costMessages) return undefined;
  if (messageId !== 'ConnectorUnplugged') return answer({ status: 'UnknownMessageId' });
  const told = parsedData(data);
  return told === undefined ? noObject : connectorUnplugged(told, context);
}
