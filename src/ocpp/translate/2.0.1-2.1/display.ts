/** Block O, display messages, and MessageContent wherever text is shown. */
import type { Context } from '../context.ts';
import type { Payload } from '../outcome.ts';
import { convert, keep, list, object, type Rule, row, sameBut, widened } from '../rows.ts';
import { crossing, isLonger, isNegative, objectIf, statusInfo, statusResponse, unless, valueAt } from './crossing.ts';
import { evse, newIn21, renumbered, renumberedAll } from './numbers.ts';

const LENGTH = 512;

const isText = ({ format }: Payload): boolean => format === 'ASCII' || format === 'UTF8';

/** True when 2.0.1 cannot show this content, not even in part: a QR code, or a page or address that is too long. */
const unsayable = (content: Payload): boolean =>
  content.format === 'QRCODE' || (!isText(content) && isLonger(content.content, LENGTH));

function contentDown(value: unknown, context: Context): unknown {
  const content = value as Payload;
  if (unsayable(content)) {
    context.lost('content', '2.0.1 has no QRCODE, and 512 characters for HTML and URI');
    return undefined;
  }
  if (!isLonger(content.content, LENGTH)) return content;
  context.lost('content', 'cut to 512 characters');
  // An ellipsis is no ASCII character.
  const mark = content.format === 'ASCII' ? '...' : '…';
  return { ...content, content: [...(content.content as string)].slice(0, LENGTH - mark.length).join('') + mark };
}

/** MessageContentType where it may be left out. */
export const messageContent: Rule = convert(
  'towards 2.0.1: text is cut to 512 characters; QRCODE, and HTML and URI over 512, are left out',
  keep,
  contentDown,
);

const newStates = widened([null, 'Suspended'], [null, 'Discharging']);
const isNewState = (state: unknown): boolean => state === 'Suspended' || state === 'Discharging';

/** MessageInfoType. */
const messageInfo = sameBut(
  row('id', 'id', renumbered('display')),
  row('state', 'state', newStates),
  row('message', 'message', messageContent),
  row('display.evse', 'display.evse', evse),
  newIn21('messageExtra', '2.0.1 shows a message in one language'),
);

export const setDisplayMessage = crossing('csms', 'SetDisplayMessage', {
  note: 'Towards a 2.0.1 station the states Suspended and Discharging are NotSupportedState; QRCODE, and HTML or URI over 512 characters, NotSupportedMessageFormat.',
  request: sameBut(row('message', 'message', object(messageInfo))),
  response: sameBut(row('status', 'status', widened(['Rejected', 'LanguageNotSupported'])), statusInfo),
  down: unless(
    'down',
    objectIf((request) => isNewState(valueAt(request, 'message.state')), 'UnsupportedParam', 'NotSupportedState'),
    objectIf(
      (request) => unsayable(valueAt(request, 'message.message') as Payload),
      'UnsupportedParam',
      'NotSupportedMessageFormat',
    ),
  ),
  up: unless(
    'up',
    objectIf((request) => isNegative(valueAt(request, 'message.display.evse.id')), 'UnknownEvse'),
  ),
});

export const getDisplayMessages = crossing('csms', 'GetDisplayMessages', {
  note: 'No message of a 2.0.1 station is in the state Suspended or Discharging: Unknown.',
  request: sameBut(row('id', 'id', renumberedAll('display')), row('state', 'state', newStates)),
  response: statusResponse,
  down: unless(
    'down',
    objectIf((request) => isNewState(request.state), 'UnsupportedParam', 'Unknown'),
  ),
});

export const clearDisplayMessage = crossing('csms', 'ClearDisplayMessage', {
  request: sameBut(row('id', 'id', renumbered('display'))),
  response: sameBut(row('status', 'status', widened(['Unknown', 'Rejected'])), statusInfo),
});

export const notifyDisplayMessages = crossing('station', 'NotifyDisplayMessages', {
  note: 'Messages that 2.0.1 cannot say (state Suspended or Discharging, QRCODE, HTML or URI over 512 characters) are left out.',
  request: sameBut(
    row(
      'messageInfo',
      'messageInfo',
      list(messageInfo, {
        down: (messages, context) => {
          const sayable = messages.filter(({ state, message }) => !isNewState(state) && !unsayable(message as Payload));
          if (sayable.length < messages.length) context.lost('messageInfo', '2.0.1 cannot say this state or format');
          return sayable;
        },
      }),
    ),
  ),
});
