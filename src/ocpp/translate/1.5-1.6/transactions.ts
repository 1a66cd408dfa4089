/** StartTransaction, StopTransaction, MeterValues. */
import type { Context } from '../context.ts';
import { answer, forward, type Outcome, type Payload } from '../outcome.ts';
import { apply, convert, derived, keep, procedure, row, sameBut } from '../rows.ts';
import type { Pair } from '../translator.ts';
import { connectorOf, connectorRunning, type Running, saveConnector, seen, tellStatus } from './connectors.ts';
import { crossing } from './crossing.ts';
import { meterValuesDown, meterValuesRow, meterValuesUp } from './metering.ts';
import { idleSince, remember } from './readings.ts';

/** How long after the CSMS asked for it the end of a transaction is its doing, in ms. */
const REMOTE_STOP = 300_000;

/** Message of a 1.6 station with a connector that it cannot have → the nearest that 1.5 can name. */
const atLeast = (first: 0 | 1) =>
  row(
    'connectorId',
    'connectorId',
    convert(`below ${first} it is ${first} in 1.5`, keep, (value, context) => {
      if ((value as number) >= first) return value;
      context.lost('connectorId', `1.5 has no connector ${value as number}; ${first} is told`);
      return first;
    }),
  );

export const startTransaction = crossing('station', 'StartTransaction', {
  note: 'Towards 1.6: the status Charging follows when the station has said Occupied.',
  request: sameBut(atLeast(1)),
  up(request, context) {
    const connectorId = request.connectorId as number;
    return forward('StartTransaction', request, (response) => {
      const transaction: Running = { number: response.transactionId as number, idTag: request.idTag as string };
      saveConnector(connectorId, { transaction, finishing: undefined, idleSince: undefined }, context);
      return tellStatus(connectorId, request.timestamp as string, context, () => answer(response));
    });
  },
});

export const stopTransaction = crossing('station', 'StopTransaction', {
  note: 'Towards 1.6: the status Finishing follows when the station has said Occupied.',
  request: sameBut(
    row(
      null,
      'reason',
      derived(
        'Remote within five minutes of a RemoteStopTransaction that was not refused, unless another tag than that of the start stopped it; else Local. It does not cross towards 1.5',
        (source, context) => reason(source, context),
      ),
    ),
    row(
      'transactionData.values',
      'transactionData',
      procedure('as in MeterValues; 1.6 has one list, 1.5 a list of lists: all in the first'),
    ),
  ),
  up: stopUp,
  down: stopDown,
});

function reason(request: Payload, context: Context): string {
  const connectorId = connectorRunning(request.transactionId as number, context);
  const transaction = connectorId === undefined ? undefined : connectorOf(connectorId, context).transaction;
  const { stopAsked, idTag = '' } = transaction ?? {};
  const isOther = request.idTag !== undefined && (request.idTag as string).toLowerCase() !== idTag.toLowerCase();
  return stopAsked !== undefined && !isOther && context.now() - stopAsked < REMOTE_STOP ? 'Remote' : 'Local';
}

function stopUp({ transactionData, ...request }: Payload, context: Context, pair: Pair): Outcome {
  const values = (transactionData as readonly Payload[] | undefined)?.flatMap(
    (data) => (data.values as Payload[]) ?? [],
  );
  const data = values === undefined ? undefined : meterValuesUp(values, context);
  const payload = {
    ...apply(pair.request, 'up', request, context),
    ...(data === undefined ? {} : { transactionData: data }),
  };
  return forward('StopTransaction', payload, (response) => {
    const connectorId = connectorRunning(request.transactionId as number, context);
    if (connectorId === undefined) return answer(response);
    saveConnector(connectorId, { transaction: undefined, finishing: true, idleSince: undefined }, context);
    return tellStatus(connectorId, request.timestamp as string, context, () => answer(response));
  });
}

function stopDown({ transactionData, ...request }: Payload, context: Context, pair: Pair): Outcome {
  if (request.reason !== undefined && request.reason !== 'Local') context.lost('reason', '1.5 has no reasons');
  const values =
    transactionData === undefined ? undefined : meterValuesDown(transactionData as readonly Payload[], context);
  const payload = {
    ...apply(pair.request, 'down', request, context),
    ...(values === undefined ? {} : { transactionData: [{ values }] }),
  };
  return forward('StopTransaction', payload, answer);
}

const nothing = answer({});

export const meterValues = crossing('station', 'MeterValues', {
  note: 'A message without anything that the other Version can say is answered here. Degrees of K and Fahrenheit are converted to Celsius. Towards 1.6: when power ceases to flow for more than 60 s, or flows again, the status SuspendedEV or Charging follows.',
  request: sameBut(atLeast(0), meterValuesRow),
  up(request, context, pair) {
    const payload = apply(pair.request, 'up', request, context);
    const {
      connectorId,
      transactionId,
      meterValue = [],
    } = payload as {
      connectorId: number;
      transactionId?: number;
      meterValue?: readonly Payload[];
    };
    if (connectorId > 0) seen(connectorId, context);
    if (meterValue.length === 0) return nothing;
    remember(payload, context);
    return forward('MeterValues', payload, () => {
      const { transaction, idleSince: before } = connectorOf(connectorId, context);
      const isOfAnother = transactionId !== undefined && transactionId > 0 && transactionId !== transaction?.number;
      if (transaction === undefined || isOfAnother) return nothing;
      saveConnector(connectorId, { idleSince: idleSince(meterValue, before) }, context);
      return tellStatus(connectorId, meterValue.at(-1)?.timestamp as string, context, () => nothing);
    });
  },
  down(request, context, pair) {
    const payload = apply(pair.request, 'down', request, context);
    const { values = [] } = payload as { values?: readonly Payload[] };
    return values.length === 0 ? nothing : forward('MeterValues', payload, () => nothing);
  },
});
