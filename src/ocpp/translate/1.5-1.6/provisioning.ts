/** BootNotification, Heartbeat, Reset, DataTransfer. */
import type { Context } from '../context.ts';
import { answer, forward, type Payload } from '../outcome.ts';
import { apply, convert, cut, keep, row, sameBut, table } from '../rows.ts';
import { mapped } from '../translator.ts';
import { crossing } from './crossing.ts';
import { tellAllAgain } from './told.ts';

const BOOT = '1.5 boot';
/** A 1.5 station knows no Pending: it is rejected, and asked to come back within this time, in s. */
const SHORT_INTERVAL = 60;

/** The last BootNotification that the CSMS has accepted, for one that wants to see it again. */
export const lastBoot = (context: Context): Payload | undefined => context.state.get<Payload>(BOOT, 'request');

export const bootNotification = crossing('station', 'BootNotification', {
  note: 'Pending is Rejected for a 1.5 station, with at most 60 s to the next BootNotification. After a BootNotification every status is told to a 1.5 CSMS again.',
  response: sameBut(
    row(
      'status',
      'status',
      table(
        [
          ['Accepted', 'Accepted'],
          ['Rejected', 'Rejected'],
          ['Rejected', 'Pending'],
        ],
        { up: 'Rejected', down: 'Rejected' },
      ),
    ),
    row(
      'heartbeatInterval',
      'interval',
      convert('with Pending at most 60 s', keep, (value, _context, { status }) => {
        const interval = value as number;
        return status === 'Pending' && (interval <= 0 || interval > SHORT_INTERVAL) ? SHORT_INTERVAL : interval;
      }),
    ),
  ),
  up(request, context, pair) {
    return forward('BootNotification', request, (response) => {
      if (response.status !== 'Accepted') context.state.delete(BOOT, 'request');
      else if (JSON.stringify(lastBoot(context)) !== JSON.stringify(request))
        context.state.set(BOOT, 'request', request);
      return answer(apply(pair.response, 'down', response, context));
    });
  },
  down(request, context, pair) {
    tellAllAgain(context);
    return mapped(pair, 'down', request, context);
  },
});

export const heartbeat = crossing('station', 'Heartbeat');

export const reset = crossing('csms', 'Reset');

export const dataTransfer = crossing('both', 'DataTransfer', {
  request: sameBut(row('vendorId', 'vendorId', cut('up', 255)), row('messageId', 'messageId', cut('up', 50))),
});
