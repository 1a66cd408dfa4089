import type { Messages } from '../../ocpp/generated/2.1.types.ts';
import { type Answers, answer } from '../dialect.ts';
import type { VirtualStation } from '../station.ts';
import { call } from './telling.ts';

type Message = Messages['SetDisplayMessageRequest']['message'];
const shelf = (station: VirtualStation) => station.shelf<Message>('displayMessages');

/** DisplayMessage: the messages are kept and told, for want of a display. */
export const displayAnswers: Answers<Messages, 'ClearDisplayMessage' | 'GetDisplayMessages' | 'SetDisplayMessage'> = {
  SetDisplayMessage: (station, { message }) => {
    if (!station.settings.list('DisplayMessageCtrlr.SupportedFormats').includes(message.message.format)) {
      return answer({ status: 'NotSupportedMessageFormat' });
    }
    const { transactionId } = message;
    if (transactionId !== undefined && station.transactions.find(transactionId) === undefined) {
      return answer({ status: 'UnknownTransaction' });
    }
    shelf(station).set(message.id, message);
    return answer({ status: 'Accepted' });
  },

  GetDisplayMessages: (station, { requestId, id, priority, state }) => {
    const found = [...shelf(station).values()].filter(
      (message) =>
        (id === undefined || id.includes(message.id)) &&
        (priority === undefined || message.priority === priority) &&
        (state === undefined || message.state === undefined || message.state === state),
    );
    if (found.length === 0) return answer({ status: 'Unknown' });
    return answer({ status: 'Accepted' }, () =>
      station.out.tell(call('NotifyDisplayMessages', { requestId, messageInfo: found, tbc: false })),
    );
  },

  ClearDisplayMessage: (station, { id }) => answer({ status: shelf(station).delete(id) ? 'Accepted' : 'Unknown' }),
};
