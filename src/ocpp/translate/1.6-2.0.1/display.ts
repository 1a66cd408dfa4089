/** Block O, display messages: 1.6 has none. Prices that are shown to a driver have a way of their own, see cost.ts. */
import { answer } from '../outcome.ts';
import { lost, procedure, row, rows } from '../rows.ts';
import type { Pair } from '../translator.ts';
import { noCustomData } from './common-rows.ts';
import { refusal } from './fan-out.ts';

const noMessages = lost('a 1.6 station has no display messages');
const answered = (status: string) =>
  rows(row(null, 'status', procedure(status)), row(null, 'statusInfo', procedure('UnsupportedRequest')), noCustomData);

const refused = (newer: string, status: string, fields: readonly string[]): Pair => ({
  initiator: 'csms',
  older: null,
  newer,
  note: `Down: ${status}; 1.6 shows no messages.`,
  request: rows(...fields.map((field) => row(null, field, noMessages)), noCustomData),
  response: answered(status),
  down: () => refusal(status, 'UnsupportedRequest'),
});

export const setDisplayMessage = refused('SetDisplayMessage', 'Rejected', ['message']);
export const getDisplayMessages = refused('GetDisplayMessages', 'Unknown', ['requestId', 'id', 'priority', 'state']);
export const clearDisplayMessage = refused('ClearDisplayMessage', 'Unknown', ['id']);

const notAsked = lost('a 1.6 CSMS asks for no display messages');

export const notifyDisplayMessages: Pair = {
  initiator: 'station',
  older: null,
  newer: 'NotifyDisplayMessages',
  note: 'Taken in; a 1.6 CSMS has no such message.',
  request: rows(
    row(null, 'messageInfo', notAsked),
    row(null, 'requestId', notAsked),
    row(null, 'tbc', notAsked),
    noCustomData,
  ),
  response: rows(noCustomData),
  down: () => answer({}),
};
