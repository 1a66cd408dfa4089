/** TriggerMessage for a station of 1.5, which has none: what is known is told again, after the answer. */
import type { Context } from '../context.ts';
import { answer, forwardAll, type Message, type Outcome } from '../outcome.ts';
import { task } from '../tasks.ts';
import { connectorOf, connectors, presentStatus, saveConnector } from './connectors.ts';
import { onlyIn16 } from './crossing.ts';
import { lastBoot } from './provisioning.ts';
import { lastReading, read } from './readings.ts';

interface Wanted {
  readonly requestedMessage: string;
  /** Absent: every one. */
  readonly connectorId?: number;
}

/** requestedMessage → the messages that can be told again; empty when nothing is known. */
const known: Readonly<Record<string, (wanted: Wanted, context: Context) => readonly Message[]>> = {
  BootNotification(_wanted, context) {
    const boot = lastBoot(context);
    return boot === undefined ? [] : [{ action: 'BootNotification', payload: boot }];
  },
  Heartbeat: () => [{ action: 'Heartbeat', payload: {} }],
  MeterValues: ({ connectorId }, context) =>
    (connectorId === undefined ? read(context) : [connectorId]).flatMap((connector) => {
      const payload = lastReading(connector, context);
      return payload === undefined ? [] : [{ action: 'MeterValues', payload }];
    }),
  StatusNotification: ({ connectorId }, context) =>
    (connectorId === undefined ? connectors(context) : [connectorId]).flatMap((connector) => {
      const status = presentStatus(connectorOf(connector, context), context.now());
      if (status === undefined) return [];
      const payload = { ...status, timestamp: new Date(context.now()).toISOString() };
      return [{ action: 'StatusNotification', payload }];
    }),
};

const TELL_AGAIN = 'tell again';

/** Tells what was asked for. The status of a connector may have become another one meanwhile. */
const tellAgain = task<Wanted>('csms', (wanted, context) => {
  const messages = known[wanted.requestedMessage]?.(wanted, context) ?? [];
  return forwardAll(messages, (results) => {
    for (const [index, { action, payload }] of messages.entries()) {
      if (action !== 'StatusNotification' || results[index]?.failure !== undefined) continue;
      const { timestamp: _timestamp, ...status } = payload;
      saveConnector(payload.connectorId as number, { status }, context);
    }
    return answer({});
  });
});

export const tasks = { [TELL_AGAIN]: tellAgain };

export const triggerMessage = onlyIn16(
  'csms',
  'TriggerMessage',
  'A 1.5 station cannot be asked. BootNotification, Heartbeat, StatusNotification and the last MeterValues (with context Trigger) are told again as they are known, after the answer; NotImplemented when nothing is known, and for everything else.',
  ({ requestedMessage, connectorId }, context): Outcome => {
    const wanted: Wanted = { requestedMessage, ...(connectorId === undefined ? {} : { connectorId }) };
    if ((known[requestedMessage]?.(wanted, context) ?? []).length === 0) return answer({ status: 'NotImplemented' });
    context.later(TELL_AGAIN, `${requestedMessage} ${connectorId ?? ''}`.trim(), wanted);
    return answer({ status: 'Accepted' });
  },
);
