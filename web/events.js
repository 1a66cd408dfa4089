/** The stream of events by fetch: EventSource cannot send a key. */
import { KeyWanted, request } from './api.js';

const longestPause = 15_000;

/** Cuts text into server-sent events as it comes (WHATWG HTML 9.2.6, the fields that this gateway sends). */
export function parser(onEvent) {
  let rest = '';
  return (text) => {
    const blocks = (rest + text).split('\n\n');
    rest = blocks.pop();
    for (const block of blocks) {
      const event = {};
      for (const line of block.split('\n')) {
        const [, name, value] = /^(\w+): ?(.*)$/.exec(line) ?? [];
        if (name !== undefined)
          event[name] = name === 'data' && event.data !== undefined ? `${event.data}\n${value}` : value;
      }
      if (event.data !== undefined) onEvent(event);
    }
  };
}

/**
 * Follows the events after `after`, for ever: reconnects where it was. Throws KeyWanted.
 * @param {{ after: number, onEvent: (event: object) => void, onState: (state: 'live' | 'lost') => void }} options
 */
export async function follow({ after, onEvent, onState }) {
  let last = String(after);
  let pause = 500;
  for (;;) {
    try {
      const response = await request('/v1/events', { headers: { accept: 'text/event-stream', 'last-event-id': last } });
      onState('live');
      pause = 500;
      const take = parser(({ id, data }) => {
        last = id;
        onEvent(JSON.parse(data));
      });
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let part = await reader.read(); !part.done; part = await reader.read()) take(part.value);
    } catch (error) {
      if (error instanceof KeyWanted) throw error;
      console.warn('event stream lost', error);
    }
    onState('lost');
    await new Promise((resolve) => setTimeout(resolve, pause));
    pause = Math.min(pause * 2, longestPause);
  }
}
