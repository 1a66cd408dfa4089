/** What translation does by itself, later: in order, once it is due, and not lost by a restart. */
import { describe, expect, it } from 'vitest';
import { answer, forward } from '../../../src/ocpp/translate/outcome.ts';
import { sameBut } from '../../../src/ocpp/translate/rows.ts';
import { task } from '../../../src/ocpp/translate/tasks.ts';
import { translator } from '../../../src/ocpp/translate/translator.ts';
import { v201 } from '../../../src/ocpp/versions/2.0.1.ts';
import { v21 } from '../../../src/ocpp/versions/2.1.ts';
import { at, bridge, START } from '../../support/translation.ts';

const nothing = sameBut();
const heartbeats = translator(
  v201,
  v21,
  [
    {
      initiator: 'csms',
      older: 'ClearCache',
      newer: 'ClearCache',
      request: nothing,
      response: nothing,
      down(_request, context) {
        context.later('clear', 'first', { times: 2 });
        context.later('clear', 'later', { times: 1 }, context.now() + 60_000);
        context.emit('csms', { action: 'Heartbeat', payload: {} });
        return answer({ status: 'Accepted' });
      },
    },
    {
      initiator: 'station',
      older: 'Heartbeat',
      newer: 'Heartbeat',
      request: nothing,
      response: nothing,
      up(request, context) {
        context.cancel('clear', 'later');
        return forward('Heartbeat', request, answer);
      },
    },
  ],
  {
    tasks: {
      clear: task<{ times: number }>('station', ({ times }, context) =>
        forward('ClearCache', {}, () => {
          if (times > 1) context.later('clear', 'first', { times: times - 1 });
          return answer({});
        }),
      ),
    },
  },
);
const calls = (runs: readonly { calls: readonly { action: string }[] }[]) =>
  runs.flatMap((run) => run.calls.map(({ action }) => action));

describe('tasks', () => {
  it('are done after the answer, in order, each step of several by itself', () => {
    const b = bridge('2.0.1', '2.1', [heartbeats]);
    expect(b.fromCsms('ClearCache', {})).toMatchObject({ calls: [], answer: { status: 'Accepted' } });
    expect(calls(b.emitted())).toEqual(['ClearCache', 'Heartbeat', 'ClearCache']);
    expect(b.emitted()).toEqual([]);
  });

  it('wait for their time', () => {
    const b = bridge('2.0.1', '2.1', [heartbeats]);
    b.fromCsms('ClearCache', {});
    b.emitted();
    b.now = START + 59_999;
    expect(b.emitted()).toEqual([]);
    b.now = START + 60_000;
    expect(calls(b.emitted())).toEqual(['ClearCache']);
    expect(b.state.size('task')).toBe(0);
  });

  it('are begun again by the next process when the last one ended before they did', () => {
    const b = bridge('2.0.1', '2.1', [heartbeats]);
    b.fromCsms('ClearCache', {});
    b.restart();
    expect(calls(b.emitted())).toEqual(['ClearCache', 'Heartbeat', 'ClearCache']);
    b.restart();
    expect(b.emitted()).toEqual([]);
    b.now = Date.parse(at(1));
    expect(calls(b.emitted())).toEqual(['ClearCache']);
  });

  it('are called off', () => {
    const b = bridge('2.0.1', '2.1', [heartbeats]);
    b.fromCsms('ClearCache', {});
    b.fromStation('Heartbeat', {});
    b.emitted();
    b.now = Date.parse(at(1));
    expect(b.emitted()).toEqual([]);
  });

  it('are called off, or put off, while they wait for their turn', () => {
    const b = bridge('2.0.1', '2.1', [heartbeats]);
    b.fromCsms('ClearCache', {});
    b.now = Date.parse(at(1));
    const runs = b.emitted(() => {
      // While the first one is done, the station says what calls the second one off.
      b.fromStation('Heartbeat', {});
      return { status: 'Accepted' };
    });
    expect(calls(runs)).toEqual(['ClearCache', 'Heartbeat', 'ClearCache']);
  });
});
